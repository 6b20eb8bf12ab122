//! `limbeck heads`: the revisions that no other builds on.

use clap::Args;
use limbeck_engine::branches::named_by_both;
use serde::Serialize;

use crate::command_error::CommandError;
use crate::ui::Ui;
use crate::workspace::{Workspace, short};

/// Show the revisions that no other builds on
#[derive(Debug, Args)]
pub(crate) struct HeadsArgs {}

#[derive(Debug, Serialize)]
struct Head<'a> {
    revision: &'a str,
    description: &'a str,
    file: &'a str,
}

pub(crate) fn cmd_heads(
    ui: &Ui,
    workspace: &Workspace,
    _args: &HeadsArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let heads = graph
        .heads()
        .into_iter()
        .filter_map(|id| graph.get(id))
        .map(|revision| Head {
            revision: revision.id.as_str(),
            description: revision.title(),
            file: graph.file(&revision.id).unwrap_or_default(),
        });
    let heads: Vec<Head<'_>> = heads.collect();
    if ui.is_json() {
        return ui.json(&heads);
    }
    for head in &heads {
        if ui.verbose {
            ui.data(format!(
                "{} (head), {}, {}",
                head.revision, head.description, head.file
            ));
        } else {
            ui.data(format!("{} (head)", head.revision));
        }
    }
    if heads.is_empty() {
        ui.note("There are no revisions");
    }
    for (one, two, names) in named_by_both(graph, &workspace.dialects()?) {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        ui.note(format!(
            "note: {} and {} both name {}: whether it matters which runs first, limbeck verify tells",
            short(graph, &one),
            short(graph, &two),
            names.join(", ")
        ));
    }
    Ok(())
}
