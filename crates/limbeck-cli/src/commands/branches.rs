//! `limbeck branches`: the revisions on which more than one builds.

use clap::Args;
use limbeck_core::revision::Revision;
use serde::Serialize;

use crate::command_error::CommandError;
use crate::commands::show::{Marks, Shown};
use crate::ui::Ui;
use crate::workspace::{Workspace, short};

/// Show the revisions from which branches go out
#[derive(Debug, Args)]
pub(crate) struct BranchesArgs {}

#[derive(Debug, Serialize)]
struct Fork<'a> {
    #[serde(flatten)]
    at: Shown<'a>,
    branches: Vec<Shown<'a>>,
}

pub(crate) fn cmd_branches(
    ui: &Ui,
    workspace: &Workspace,
    _args: &BranchesArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let marks = Marks::of(graph);
    let shown = |revision| Shown::new(graph, &marks, revision);
    let children = |revision: &Revision| {
        let ids = graph.children(&revision.id);
        ids.filter_map(|id| graph.get(id)).collect::<Vec<_>>()
    };
    let forks: Vec<(&Revision, Vec<&Revision>)> = graph
        .iter()
        .rev()
        .map(|revision| (revision, children(revision)))
        .filter(|(_, branches)| branches.len() > 1)
        .collect();
    if ui.is_json() {
        let forks = forks.into_iter().map(|(at, branches)| Fork {
            at: shown(at),
            branches: branches.into_iter().map(shown).collect(),
        });
        return ui.json(&forks.collect::<Vec<_>>());
    }
    for (index, (at, branches)) in forks.iter().enumerate() {
        if ui.verbose {
            if index > 0 {
                ui.data("");
            }
            shown(at).write(ui);
            ui.data("");
        } else {
            ui.data(shown(at).line(graph));
        }
        let indent = " ".repeat(short(graph, &at.id).len());
        for branch in branches {
            ui.data(format!("{indent} -> {}", shown(branch).line(graph)));
        }
    }
    if forks.is_empty() {
        ui.note("There are no branches");
    }
    Ok(())
}
