//! `limbeck downgrade`: takes revisions back down to a target.

use std::time::Duration;

use clap::Args;
use limbeck::run::{self, Event, Loss, RunError, RunErrorKind, RunOptions, with_kept};
use limbeck_core::revision::Direction;

use crate::command_error::CommandError;
use crate::commands::script::{self, Script};
use crate::commands::upgrade::{Ran, lock_wait, patient, stopped, tell};
use crate::explain;
use crate::signals;
use crate::ui::Ui;
use crate::workspace::{Looked, Workspace, resolve_downgrade, short};

/// Take revisions back down to a target
#[derive(Debug, Args)]
pub(crate) struct DowngradeArgs {
    /// An id, the start of one, a label, `base`, steps such as `-1`, or one branch: `label@base`
    #[arg(allow_negative_numbers = true)]
    pub(crate) target: String,
    /// Print the SQL instead of running it; TARGET may be `from:to`
    #[arg(long)]
    pub(crate) sql: bool,
    /// Go on though rows or values that are there will be gone
    #[arg(long)]
    pub(crate) allow_loss: bool,
    /// How long to wait for another run, and for others who use the tables: `30s`, `10min`; 60 s where nothing says it
    #[arg(long, value_name = "TIME", value_parser = lock_wait)]
    pub(crate) lock_wait: Option<Duration>,
}

pub(crate) async fn cmd_downgrade(
    ui: &Ui,
    workspace: &Workspace,
    args: &DowngradeArgs,
) -> Result<(), CommandError> {
    if args.sql {
        let graph = workspace.folder()?.graph;
        return script::print(ui, workspace, &graph, Script::Downgrade(&args.target)).await;
    }
    let url = workspace.required_url()?;
    let (folder, looked) = workspace.folder_and_look(&url).await?;
    let graph = &folder.graph;
    workspace.refuse_unsaid(graph, url.dialect())?;
    let Some(looked) = looked? else {
        return Err(CommandError::usage(format!(
            "`{url}` is not there, so nothing has been run on it"
        )));
    };
    let options = workspace.run_options();
    let mut on_event = |event: Event<'_>| tell(ui, graph, event);
    let Looked {
        mut connection,
        applied,
    } = looked;
    let applied = applied.map_err(|error| explain::run(&error.into()))?;
    let taken = run::taken_over(&mut connection, graph, applied, &options, &mut on_event);
    let mut applied = taken.await.map_err(|error| explain::run(&error))?;
    let unknown = applied.unknown(graph);
    let kept;
    let graph = if unknown.is_empty() {
        graph
    } else {
        let read = with_kept(&mut connection, &workspace.run_options(), graph, &applied).await;
        kept = read.map_err(|error| explain::kept(&error))?;
        for row in applied
            .revisions
            .iter()
            .filter(|row| unknown.contains(&row.id))
        {
            let id = short(&kept, &row.id);
            ui.note(format!(
                "{id} is in no file, and the history keeps its downgrade: {row}"
            ));
        }
        &kept
    };
    let before = applied.heads(graph);
    let target = resolve_downgrade(graph, &args.target, &before)?;
    let mut on_event = |event: Event<'_>| tell(ui, graph, event);
    let options = RunOptions {
        loss: if args.allow_loss {
            Loss::Accept
        } else {
            Loss::Refuse
        },
        ..patient(workspace, args.lock_wait)
    };
    let run = run::downgrade_from(
        &mut connection,
        graph,
        &mut applied,
        &target,
        &options,
        &mut on_event,
    );
    let explain = |error: &RunError| match error.kind() {
        RunErrorKind::WouldLose { .. } => {
            stopped(error).hint(format!("limbeck downgrade {} --allow-loss", args.target))
        }
        _ => stopped(error),
    };
    let done = signals::mind(ui, &options.stop, run, explain).await?;
    let current = applied.heads(graph);
    if ui.is_json() {
        return ui.json(&Ran {
            direction: Direction::Downgrade,
            url: url.to_string(),
            run: &done,
            current: &current,
        });
    }
    if done.is_empty() {
        let place = if target.revisions.is_empty() {
            "Already at base"
        } else {
            "Already at the target"
        };
        ui.note(format!("{place}: nothing to take back"));
    }
    Ok(())
}
