//! `limbeck history`: the revisions, newest first; drawn as a graph at a terminal.

mod drawing;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use limbeck::history::{Applied, AppliedRevision};
use limbeck_core::revision::{Gap, RevisionId};

use crate::command_error::CommandError;
use crate::commands::identifier;
use crate::commands::show::{Marks, Run, Shown};
use crate::explain;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// List revisions, newest first
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// List a part only: `from:to`, either may be left out; steps (`-3:`) count from the other end
    #[arg(
        short = 'r',
        long = "rev-range",
        value_name = "FROM:TO",
        allow_hyphen_values = true
    )]
    pub(crate) range: Option<String>,
    /// Mark the revisions at which the database is; with -v, tell who has run each, when and for how long
    #[arg(short = 'i', long)]
    pub(crate) indicate_current: bool,
}

pub(crate) async fn cmd_history(
    ui: &Ui,
    workspace: &Workspace,
    args: &HistoryArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let range = args.range.as_deref().map(ends).transpose()?;
    let asks = range.is_some_and(needs_current);
    let applied = if args.indicate_current || asks {
        identifier::applied(ui, workspace, graph).await?
    } else {
        Applied::default()
    };
    let current = applied.heads(graph);
    let chosen = match range {
        Some((from, to)) => {
            let range = graph.resolve_range(from, to, &current);
            range.map_err(|error| explain::graph(&error))?
        }
        None => graph.iter().map(|revision| &revision.id).collect(),
    };
    let gap = applied.gap(graph);
    let marks = Marks::of(graph);
    let current: BTreeSet<RevisionId> = current.into_iter().collect();
    let rows: BTreeMap<&RevisionId, &AppliedRevision> = (applied.revisions.iter())
        .map(|row| (&row.id, row))
        .collect();
    let revisions = chosen.iter().rev().filter_map(|id| graph.get(id));
    let shown: Vec<Shown<'_>> = revisions
        .map(|revision| {
            let mut shown = Shown::new(graph, &marks, revision);
            if args.indicate_current {
                shown.is_current = Some(current.contains(&revision.id));
                let is_missing = |gap: &Gap| gap.missing.contains(&revision.id);
                shown.is_missing = Some(gap.as_ref().is_some_and(is_missing));
                shown.run = rows.get(&revision.id).copied().map(Run::of);
            }
            shown
        })
        .collect();
    if ui.is_json() {
        return ui.json(&shown);
    }
    if ui.verbose {
        for (index, shown) in shown.iter().enumerate() {
            if index > 0 {
                ui.data("");
            }
            shown.write(ui);
        }
    } else if ui.is_drawn() {
        for line in drawing::lines(graph, &shown) {
            ui.data(line);
        }
    } else {
        for shown in &shown {
            ui.data(shown.line_with_parents(graph));
        }
    }
    if graph.is_empty() {
        ui.note("There are no revisions");
    }
    if let (true, Some(gap)) = (args.indicate_current, &gap) {
        ui.warning(gap.to_string());
    }
    Ok(())
}

/// Cuts a range into its ends.
fn ends(range: &str) -> Result<(&str, &str), CommandError> {
    range.trim().split_once(':').ok_or_else(|| {
        CommandError::usage(format!("`{range}` is not of the form `from:to`"))
            .hint("-r base:head, -r 1f0e8f6d: or -r -3:current")
    })
}

fn needs_current((from, to): (&str, &str)) -> bool {
    let is_relative = |end: &str| end.starts_with(['+', '-']);
    [from, to].into_iter().any(identifier::needs_database) || is_relative(from) && is_relative(to)
}
