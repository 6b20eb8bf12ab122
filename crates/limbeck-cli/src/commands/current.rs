//! `limbeck current`: at which revisions the database is, and what is still to be run.

use clap::Args;
use limbeck::history::Applied;
use limbeck_core::revision::{Graph, RevisionId};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::explain;
use crate::ui::{Ui, count};
use crate::workspace::Workspace;

/// Show at which revisions the database is
#[derive(Debug, Args)]
pub(crate) struct CurrentArgs {}

#[derive(Debug, Serialize)]
struct Current {
    url: String,
    exists: bool,
    heads: Vec<Position>,
    half: Option<Half>,
    pending: Vec<RevisionId>,
    unknown: Vec<RevisionId>,
}

#[derive(Debug, Serialize)]
struct Position {
    revision: RevisionId,
    description: String,
    applied_at: String,
    is_head: bool,
}

#[derive(Debug, Serialize)]
struct Half {
    revision: RevisionId,
    direction: String,
    done: u32,
    of: u32,
}

pub(crate) async fn cmd_current(
    ui: &Ui,
    workspace: &Workspace,
    _args: &CurrentArgs,
) -> Result<(), CommandError> {
    let url = workspace.required_url()?;
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let connection = workspace.look(&url).await?;
    let exists = connection.is_some();
    let applied = match connection {
        Some(mut connection) => workspace.applied(&mut connection).await?,
        None => Applied::default(),
    };
    let current = Current {
        url: url.to_string(),
        exists,
        heads: places(graph, &applied),
        half: applied.half.as_ref().map(|half| Half {
            revision: half.id.clone(),
            direction: half.direction.to_string(),
            done: half.done,
            of: half.of,
        }),
        pending: pending(graph, &applied)?,
        unknown: applied.unknown(graph),
    };
    if ui.is_json() {
        return ui.json(&current);
    }
    show(ui, graph, &current);
    Ok(())
}

fn places(graph: &Graph, applied: &Applied) -> Vec<Position> {
    let heads = applied.heads(graph);
    let rows = applied
        .revisions
        .iter()
        .filter(|row| heads.contains(&row.id));
    rows.map(|row| Position {
        revision: row.id.clone(),
        description: row.description.clone(),
        applied_at: row.applied_at.clone(),
        is_head: graph.children(&row.id).next().is_none(),
    })
    .collect()
}

/// What an upgrade to all heads would run.
pub(super) fn pending(graph: &Graph, applied: &Applied) -> Result<Vec<RevisionId>, CommandError> {
    let heads: Vec<RevisionId> = graph.heads().into_iter().cloned().collect();
    let path = graph.upgrade_path(&applied.heads(graph), &heads);
    let path = path.map_err(|error| explain::graph(&error))?;
    Ok(path.into_iter().cloned().collect())
}

fn show(ui: &Ui, graph: &Graph, current: &Current) {
    for place in &current.heads {
        let head = if place.is_head { " (head)" } else { "" };
        if ui.verbose {
            let file = graph.file(&place.revision).unwrap_or_default();
            ui.data(format!(
                "{}{head}, {}, run {}, {file}",
                place.revision, place.description, place.applied_at
            ));
        } else {
            ui.data(format!("{}{head}", place.revision));
        }
    }
    if let Some(half) = &current.half {
        ui.data(format!(
            "{} ({}, step {} of {})",
            half.revision, half.direction, half.done, half.of
        ));
    }
    if !current.exists {
        ui.note(format!("`{}` is not there yet", current.url));
    } else if current.heads.is_empty() && current.half.is_none() && current.unknown.is_empty() {
        ui.note("Nothing has been run on this database");
    }
    for id in &current.unknown {
        ui.data(format!("{id} (in no file)"));
    }
    match current.pending.len() {
        0 => {}
        number => {
            let target = match graph.heads().as_slice() {
                [_] => "",
                _ => " heads",
            };
            let number = count(number, "revision");
            ui.note(format!("{number} pending: limbeck upgrade{target}"));
        }
    }
}
