//! `limbeck history`: the revisions, newest first.

use std::collections::BTreeSet;

use clap::Args;
use limbeck_core::revision::{Graph, Revision, RevisionId};

use crate::command_error::CommandError;
use crate::commands::show::Shown;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve, short};

/// List revisions, newest first
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// List a part only: `from:to`, either may be left out
    #[arg(
        short = 'r',
        long = "rev-range",
        value_name = "FROM:TO",
        allow_hyphen_values = true
    )]
    pub(crate) range: Option<String>,
    /// Mark the revisions at which the database is
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
    let range = args.range.as_deref();
    let current = if args.indicate_current || range.is_some_and(needs_current) {
        Some(current(ui, workspace, graph).await?)
    } else {
        None
    };
    let chosen = match range {
        Some(range) => Some(within(
            graph,
            range,
            current.as_deref().unwrap_or_default(),
        )?),
        None => None,
    };
    let revisions = graph
        .iter()
        .rev()
        .filter(|revision| chosen.as_ref().is_none_or(|ids| ids.contains(&revision.id)));
    let shown: Vec<(&Revision, Shown<'_>)> = revisions
        .map(|revision| {
            let mut shown = Shown::new(graph, revision);
            let current = current.as_ref().filter(|_| args.indicate_current);
            shown.is_current = current.map(|ids| ids.contains(&revision.id));
            (revision, shown)
        })
        .collect();
    if ui.is_json() {
        let shown: Vec<Shown<'_>> = shown.into_iter().map(|(_, shown)| shown).collect();
        return ui.json(&shown);
    }
    for (index, (revision, shown)) in shown.iter().enumerate() {
        if !ui.verbose {
            let parents = if revision.parents.is_empty() {
                "<base>".to_owned()
            } else {
                let parents: Vec<String> =
                    revision.parents.iter().map(|id| short(graph, id)).collect();
                parents.join(", ")
            };
            let id = short(graph, &revision.id);
            ui.data(format!(
                "{parents} -> {id}{}, {}",
                shown.marks(),
                revision.title()
            ));
            continue;
        }
        if index > 0 {
            ui.data("");
        }
        shown.write(ui);
    }
    if graph.is_empty() {
        ui.note("There are no revisions");
    }
    Ok(())
}

async fn current(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
) -> Result<Vec<RevisionId>, CommandError> {
    let url = workspace.required_url()?;
    let Some(mut connection) = workspace.look(&url).await? else {
        ui.note(format!("`{url}` is not there yet"));
        return Ok(Vec::new());
    };
    let applied = workspace.applied(&mut connection).await?;
    Ok(applied.heads(graph))
}

fn needs_current(range: &str) -> bool {
    range
        .split(':')
        .any(|part| part.starts_with(['+', '-']) || part.contains("current"))
}

/// The revisions between two, both of them included.
fn within(
    graph: &Graph,
    range: &str,
    current: &[RevisionId],
) -> Result<BTreeSet<RevisionId>, CommandError> {
    let (from, to) = range.split_once(':').ok_or_else(|| {
        CommandError::usage(format!("`{range}` is not of the form `from:to`"))
            .hint("-r base:head, -r 1f0e8f6d: or -r -3:current")
    })?;
    let to = match to {
        "" => graph.heads().into_iter().cloned().collect(),
        to => resolve(graph, to, current)?,
    };
    let from = match from {
        "" => Vec::new(),
        from => resolve(graph, from, current)?,
    };
    let path = graph.upgrade_path(&from, &to);
    let path = path.map_err(|error| crate::explain::graph(&error))?;
    Ok(path.into_iter().chain(&from).cloned().collect())
}
