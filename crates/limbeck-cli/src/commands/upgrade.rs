//! `limbeck upgrade`: runs revisions up to a target.

use std::time::Duration;

use clap::Args;
use limbeck::history::Applied;
use limbeck::run::{self, Event, Left, Loss, RunOptions};
use limbeck_core::dialect::Dialect;
use limbeck_core::plan::StepMode;
use limbeck_core::revision::{Direction, Graph, Revision, RevisionId};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::commands::script::{self, Script};
use crate::config::written_duration;
use crate::explain;
use crate::signals;
use crate::ui::{Ui, count};
use crate::workspace::{Looked, Workspace, resolve, short};

/// Run revisions up to a target
#[derive(Debug, Args)]
pub(crate) struct UpgradeArgs {
    /// An id, the start of one, a label, `head`, `heads`, steps such as `+1`, or one branch: `label@head`
    #[arg(default_value = "head", allow_negative_numbers = true)]
    pub(crate) target: String,
    /// Print the SQL instead of running it; TARGET may be `from:to`
    #[arg(long)]
    pub(crate) sql: bool,
    /// Go on though what no revision made, or another branch, will be gone
    #[arg(long)]
    pub(crate) allow_loss: bool,
    /// How long to wait for another run, and for others who use the tables: `30s`, `10min`; 60 s where nothing says it
    #[arg(long, value_name = "TIME", value_parser = lock_wait)]
    pub(crate) lock_wait: Option<Duration>,
}

/// What a run did, as programs read it.
#[derive(Debug, Serialize)]
pub(super) struct Ran<'a> {
    pub(super) direction: Direction,
    pub(super) url: String,
    pub(super) run: &'a [RevisionId],
    pub(super) current: &'a [RevisionId],
}

pub(crate) async fn cmd_upgrade(
    ui: &Ui,
    workspace: &Workspace,
    args: &UpgradeArgs,
) -> Result<(), CommandError> {
    if args.sql {
        let graph = workspace.folder()?.graph;
        return script::print(ui, workspace, &graph, Script::Upgrade(&args.target)).await;
    }
    let url = workspace.required_url()?;
    // A target that is no revision must not make a SQLite file.
    let (folder, looked) = workspace.folder_and_look(&url).await?;
    let graph = &folder.graph;
    workspace.refuse_unsaid(graph, url.dialect())?;
    let (mut applied, connection) = match looked? {
        Some(Looked {
            mut connection,
            applied,
        }) => {
            let applied = applied.map_err(|error| explain::run(&error.into()))?;
            let mut on_event = |event: Event<'_>| tell(ui, graph, event);
            let options = patient(workspace, args.lock_wait);
            let taken =
                run::taken_over(&mut connection, graph, applied, &options, &mut on_event).await;
            (
                taken.map_err(|error| explain::run(&error))?,
                Some(connection),
            )
        }
        None if graph.is_empty() => {
            ui.note("There are no revisions");
            if ui.is_json() {
                return ui.json(&Ran {
                    direction: Direction::Upgrade,
                    url: url.to_string(),
                    run: &[],
                    current: &[],
                });
            }
            return Ok(());
        }
        None => (Applied::default(), None),
    };
    let before = applied.heads(graph);
    if args.target.starts_with('-') {
        let error = CommandError::usage(format!("`{}` goes down, not up", args.target));
        return Err(error.hint(format!("limbeck downgrade {}", args.target)));
    }
    let target = resolve(graph, &args.target, &before)?;
    refuse_pending(workspace, graph, &before, &target, url.dialect())?;
    let mut connection = match connection {
        Some(connection) => connection,
        None => workspace.connect(&url).await?,
    };
    let mut on_event = |event: Event<'_>| tell(ui, graph, event);
    let options = RunOptions {
        loss: if args.allow_loss {
            Loss::Accept
        } else {
            Loss::Refuse
        },
        ..patient(workspace, args.lock_wait)
    };
    let run = run::upgrade_from(
        &mut connection,
        graph,
        &mut applied,
        &target,
        &options,
        &mut on_event,
    );
    let done = signals::mind(ui, &options.stop, run, stopped).await?;
    let current = applied.heads(graph);
    if ui.is_json() {
        return ui.json(&Ran {
            direction: Direction::Upgrade,
            url: url.to_string(),
            run: &done,
            current: &current,
        });
    }
    if done.is_empty() {
        ui.note(already(graph, &current));
    }
    Ok(())
}

/// Says so before anything is run, when a revision on the way has no section yet.
fn refuse_pending(
    workspace: &Workspace,
    graph: &Graph,
    current: &[RevisionId],
    target: &[RevisionId],
    dialect: Dialect,
) -> Result<(), CommandError> {
    let path = graph
        .upgrade_path(current, target)
        .map_err(|error| explain::graph(&error))?;
    for id in path {
        if let Some(revision) = graph.get(id) {
            let section = revision.section(Direction::Upgrade, dialect);
            section.map_err(|error| explain::section(workspace, &error))?;
        }
    }
    Ok(())
}

/// `Already at head: 7f3c1a9b0d12`.
fn already(graph: &Graph, current: &[RevisionId]) -> String {
    let heads = graph.heads();
    let ids: Vec<&str> = current.iter().map(RevisionId::as_str).collect();
    let place = if current.is_empty() {
        return "There are no revisions".to_owned();
    } else if current.iter().all(|id| heads.contains(&id)) {
        "Already at head"
    } else {
        "Already at or beyond the target"
    };
    format!("{place}: {}", ids.join(", "))
}

/// Reads a time that is to be waited.
pub(super) fn lock_wait(text: &str) -> Result<Duration, String> {
    written_duration(text).ok_or_else(|| "write a time such as 30s or 10min".to_owned())
}

/// How revisions are run by somebody who said how long to wait for others.
pub(super) fn patient(workspace: &Workspace, lock_wait: Option<Duration>) -> RunOptions {
    let options = workspace.run_options();
    RunOptions {
        wait_for_lock: lock_wait.unwrap_or(options.wait_for_lock),
        ..options
    }
}

/// The error of a run that stopped, with what stays.
pub(super) fn stopped(error: &run::RunError) -> CommandError {
    let mut own = explain::run(error);
    own.told.run = error.done().to_vec();
    match error.done().len() {
        0 => own,
        number => {
            let stay = if number == 1 { "it stays" } else { "they stay" };
            own.cause(format!(
                "{} ran before it, and {stay}",
                count(number, "revision")
            ))
        }
    }
}

/// Tells what a run does, in Alembic's words.
pub(super) fn tell(ui: &Ui, graph: &Graph, event: Event<'_>) {
    match event {
        Event::Waiting { seconds: 0 } => ui.note("Another run is under way, waiting for its end"),
        Event::TakenOver { tool, revisions } => ui.note(format!(
            "Taken over from {tool}, as its table says: {}",
            count(revisions.len(), "revision")
        )),
        Event::WaitingForWriter { seconds: 0 } => {
            ui.note("Another connection is writing to the file, waiting for its end");
        }
        Event::InUse { seconds, by } if seconds % 10 == 0 => ui.note(match by {
            [] => "Others use the tables, waiting for them".to_owned(),
            by => format!("Others use the tables, waiting for {}", by.join("; ")),
        }),
        // It begins to look after two seconds.
        Event::Blocked { seconds, by } if seconds % 10 == 2 => ui.note(format!(
            "  the statement waits for the end of {}",
            by.join("; ")
        )),
        Event::NotCompared { object, why } => ui.warning(format!(
            "whether somebody changed {object} by hand cannot be told: {why}"
        )),
        Event::Settled { object, left } => ui.note(match left {
            Left::Invalid => format!(
                "  {object} is invalid, an attempt before has not built it to its end: dropped, built anew"
            ),
            Left::Whole => format!("  {object} is there already, as the revision builds it"),
            Left::Detaching => format!("  {object} was being detached by an attempt before: brought to its end"),
            Left::Beside => format!(
                "  {object} is invalid, REINDEX has left it: DROP INDEX CONCURRENTLY {object}"
            ),
            Left::Building => format!(
                "  the server is still building {object}, for an attempt before: waiting for its end"
            ),
        }),
        Event::Running {
            direction,
            revision,
            ..
        } => ui.note(running(graph, direction, revision)),
        Event::Resuming {
            direction,
            revision,
            half,
        } => ui.note(format!(
            "{} (after {half})",
            running(graph, direction, revision)
        )),
        Event::Step { number, of, mode } if ui.verbose => {
            let mode = match mode {
                StepMode::Transaction => "",
                StepMode::NoTransaction => ", no transaction",
                StepMode::ForeignKeysOff => ", foreign keys off",
            };
            ui.note(format!("  step {number} of {of}{mode}"));
        }
        Event::Done { elapsed, .. } if ui.verbose => {
            ui.note(format!("  done in {:.3} s", elapsed.as_secs_f64()));
        }
        _ => {}
    }
}

fn running(graph: &Graph, direction: Direction, revision: &Revision) -> String {
    let parents: Vec<String> = revision.parents.iter().map(|id| short(graph, id)).collect();
    let parents = parents.join(", ");
    let id = short(graph, &revision.id);
    let (from, to) = match direction {
        Direction::Upgrade => (parents, id),
        Direction::Downgrade => (id, parents),
    };
    format!("Running {direction} {from} -> {to}, {}", revision.title())
}
