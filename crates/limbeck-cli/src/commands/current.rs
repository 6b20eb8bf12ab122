//! `limbeck current`: at which revisions the database is, and what is still to be run.

use std::collections::BTreeMap;

use clap::Args;
use limbeck::history::{Applied, AppliedRevision, Entry};
use limbeck_core::revision::{Gap, Graph, GraphError, RevisionId};
use serde::Serialize;

use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::hint;
use crate::ui::{Ui, count};
use crate::workspace::{Looked, Workspace, short};

/// Show at which revisions the database is
#[derive(Debug, Args)]
pub(crate) struct CurrentArgs {
    /// Exit with 1 unless all heads have been run
    #[arg(long)]
    pub(crate) check_heads: bool,
}

#[derive(Debug, Serialize)]
struct Current {
    url: String,
    exists: bool,
    heads: Vec<Position>,
    half: Option<Half>,
    pending: Vec<RevisionId>,
    /// What of it is needed by what has been run.
    missing: Vec<RevisionId>,
    unknown: Vec<RevisionId>,
    #[serde(skip)]
    gap: Option<Gap>,
    #[serde(skip)]
    unknown_told: BTreeMap<RevisionId, String>,
}

/// What the history says of a revision beyond when it was run; nothing is known of what an earlier version of Limbeck
/// has run.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    run_by: Option<String>,
    duration_ms: Option<u64>,
    limbeck_version: Option<String>,
    stamped: bool,
}

impl Facts {
    pub(super) fn of(row: &AppliedRevision) -> Self {
        Self {
            run_by: row.run_by.clone(),
            duration_ms: row.milliseconds,
            limbeck_version: row.version.clone(),
            stamped: row.entry == Entry::Stamped,
        }
    }
}

#[derive(Debug, Serialize)]
struct Position {
    revision: RevisionId,
    description: String,
    applied_at: String,
    #[serde(flatten)]
    facts: Facts,
    /// All that in words.
    #[serde(skip)]
    told: String,
    is_head: bool,
    /// The labels of the branches that it is on.
    branches: Vec<String>,
    /// Revisions of other branches that depend on it, and have been run.
    needed_by: Vec<RevisionId>,
}

#[derive(Debug, Serialize)]
struct Half {
    revision: RevisionId,
    direction: String,
    done: u32,
    of: u32,
    /// The step of which a part has been run.
    part: Option<Part>,
    /// How far it is, in words.
    #[serde(skip)]
    place: String,
}

#[derive(Debug, Serialize)]
struct Part {
    step: u32,
    /// How many of its statements have been run.
    done: u32,
    of: u32,
    /// Whether the next one was begun, and nobody saw its end.
    begun: bool,
}

pub(crate) async fn cmd_current(
    ui: &Ui,
    workspace: &Workspace,
    args: &CurrentArgs,
) -> Result<(), CommandError> {
    let url = workspace.required_url()?;
    let (folder, looked) = workspace.folder_and_look(&url).await?;
    let graph = &folder.graph;
    let looked = looked?;
    let exists = looked.is_some();
    let applied = match looked {
        Some(Looked {
            mut connection,
            applied,
        }) => {
            workspace
                .as_taken_over(&mut connection, graph, applied)
                .await?
        }
        None => Applied::default(),
    };
    let gap = applied.gap(graph);
    let current = Current {
        url: url.to_string(),
        exists,
        heads: places(graph, &applied),
        half: applied.half.as_ref().map(|half| Half {
            revision: half.id.clone(),
            direction: half.direction.to_string(),
            done: half.done,
            of: half.of,
            part: half.part.as_ref().map(|part| Part {
                step: half.done + 1,
                done: part.done,
                of: part.of,
                begun: part.begun.is_some(),
            }),
            place: half.to_string(),
        }),
        pending: applied.pending(graph),
        missing: gap.iter().flat_map(|gap| gap.missing.clone()).collect(),
        gap,
        unknown: applied.unknown(graph),
        unknown_told: (applied.revisions.iter())
            .filter(|row| graph.get(&row.id).is_none())
            .map(|row| (row.id.clone(), told(ui, row)))
            .collect(),
    };
    if ui.is_json() {
        ui.json(&current)?;
    } else {
        show(ui, workspace, graph, &current);
        if let (Some(gap), false) = (&current.gap, args.check_heads) {
            ui.warning(gap.to_string());
            for line in hint::gap(gap).lines() {
                ui.note(format!("hint: {line}"));
            }
        }
    }
    if args.check_heads {
        return check_heads(workspace, graph, &current);
    }
    Ok(())
}

/// The ends of what has been run, those on which another branch depends included.
fn places(graph: &Graph, applied: &Applied) -> Vec<Position> {
    let rows = applied.revisions.iter();
    let run: BTreeMap<&RevisionId, &AppliedRevision> = rows.map(|row| (&row.id, row)).collect();
    let labels = graph.labels_of_branches();
    let is_run = |id: &&RevisionId| run.contains_key(*id);
    // In the order of the files: two that were run in one second have no other.
    let known = graph.iter().filter_map(|one| run.get(&one.id));
    let ends = known.filter(|row| !graph.children(&row.id).any(|child| run.contains_key(child)));
    ends.map(|row| {
        let needing = graph.iter().filter(|one| one.depends_on.contains(&row.id));
        let branches = labels.get(&row.id).into_iter().flatten();
        Position {
            revision: row.id.clone(),
            description: row.description.clone(),
            applied_at: row.applied_at.clone(),
            facts: Facts::of(row),
            told: row.to_string(),
            is_head: graph.children(&row.id).next().is_none(),
            branches: branches.map(|label| (*label).to_owned()).collect(),
            needed_by: needing.map(|one| &one.id).filter(is_run).cloned().collect(),
        }
    })
    .collect()
}

fn check_heads(
    workspace: &Workspace,
    graph: &Graph,
    current: &Current,
) -> Result<(), CommandError> {
    if let Some(half) = &current.half {
        let text = format!(
            "the {} of `{}` is half done ({})",
            half.direction, half.revision, half.place
        );
        return Err(CommandError::new(Kind::Differs, text).hint("finish it by running it again"));
    }
    if let Some(id) = current.unknown.first() {
        let error = GraphError::UnknownCurrent { id: id.clone() };
        let mut error = explain::graph(&error);
        error.kind = Kind::Differs;
        return Err(error);
    }
    if let Some(gap) = &current.gap {
        return Err(explain::gap(gap));
    }
    match current.pending.len() {
        0 => Ok(()),
        number => {
            let text = format!(
                "not all heads have been run: {} pending",
                count(number, "revision")
            );
            let target = if graph.heads().len() > 1 {
                " heads"
            } else {
                ""
            };
            Err(CommandError::new(Kind::Differs, text)
                .hint(format!("{}{target}", workspace.upgrade_command())))
        }
    }
}

/// What a revision is that is in no file, and when it was run.
fn told(ui: &Ui, row: &AppliedRevision) -> String {
    if ui.verbose {
        row.to_string()
    } else {
        format!("{}, run {}", row.description, row.applied_at)
    }
}

fn show(ui: &Ui, workspace: &Workspace, graph: &Graph, current: &Current) {
    for place in &current.heads {
        let mut head = match place.branches.as_slice() {
            [] => String::new(),
            labels => format!(" ({})", labels.join(", ")),
        };
        if place.is_head {
            head.push_str(" (head)");
        }
        if !place.needed_by.is_empty() {
            let ids: Vec<String> = place.needed_by.iter().map(|id| short(graph, id)).collect();
            head = format!("{head} (needed by {})", ids.join(", "));
        }
        if ui.verbose {
            let file = graph.file(&place.revision).unwrap_or_default();
            ui.data(format!("{}{head}, {}, {file}", place.revision, place.told));
        } else {
            ui.data(format!("{}{head}", place.revision));
        }
    }
    if let Some(half) = &current.half {
        ui.data(format!(
            "{} ({}, {})",
            half.revision, half.direction, half.place
        ));
    }
    if !current.exists {
        ui.note(format!("`{}` is not there yet", current.url));
    } else if current.heads.is_empty() && current.half.is_none() && current.unknown.is_empty() {
        ui.note("Nothing has been run on this database");
    }
    for id in &current.unknown {
        match current.unknown_told.get(id) {
            Some(told) => ui.data(format!("{id} (in no file), {told}")),
            None => ui.data(format!("{id} (in no file)")),
        }
    }
    match current.pending.len() {
        // An upgrade refuses a gap, of which is told instead.
        _ if current.gap.is_some() => {}
        0 => {}
        number => {
            let target = match graph.heads().as_slice() {
                [_] => "",
                _ => " heads",
            };
            let number = count(number, "revision");
            let command = workspace.upgrade_command();
            ui.note(format!("{number} pending: {command}{target}"));
        }
    }
}
