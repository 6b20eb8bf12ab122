//! `limbeck heads`: the revisions that no other builds on.

use clap::Args;
use limbeck_engine::branches::named_by_both;

use crate::command_error::CommandError;
use crate::commands::show::{Marks, Shown};
use crate::ui::Ui;
use crate::workspace::{Workspace, short};

/// Show the revisions that no other builds on
#[derive(Debug, Args)]
pub(crate) struct HeadsArgs {
    /// Leave out those on which a revision of another branch depends
    #[arg(long)]
    pub(crate) resolve_dependencies: bool,
}

pub(crate) fn cmd_heads(
    ui: &Ui,
    workspace: &Workspace,
    args: &HeadsArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let marks = Marks::of(graph);
    let mut heads = graph.heads();
    if args.resolve_dependencies {
        heads.retain(|id| !marks.is_needed(id));
    }
    let heads = heads.into_iter().filter_map(|id| graph.get(id));
    let heads: Vec<Shown<'_>> = heads
        .map(|revision| Shown::new(graph, &marks, revision))
        .collect();
    if ui.is_json() {
        return ui.json(&heads);
    }
    for (index, head) in heads.iter().enumerate() {
        if !ui.verbose {
            ui.data(head.name());
            continue;
        }
        if index > 0 {
            ui.data("");
        }
        head.write(ui);
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
