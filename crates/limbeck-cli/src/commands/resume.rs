//! `limbeck resume`: what became of a statement that a killed run has begun, where the database does not tell.

use clap::Args;
use limbeck::history::Half;
use limbeck::run::{self, Event, Outcome};
use limbeck_core::revision::{Direction, Graph};

use crate::command_error::CommandError;
use crate::commands::upgrade::{Ran, stopped, tell};
use crate::explain;
use crate::signals;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve_downgrade, short};

/// Say what became of a statement that a killed run has begun, and go on
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ResumeArgs {
    /// It was done: go on behind it
    #[arg(long)]
    pub(crate) done: bool,
    /// It was not done, or may be done twice: run it again
    #[arg(long)]
    pub(crate) again: bool,
}

pub(crate) async fn cmd_resume(
    ui: &Ui,
    workspace: &Workspace,
    args: &ResumeArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let url = workspace.required_url()?;
    workspace.refuse_unsaid(graph, url.dialect())?;
    let Some(mut connection) = workspace.look(&url).await? else {
        return nothing(ui, "Nothing is half applied");
    };
    let options = workspace.run_options();
    let applied = workspace.applied(&mut connection).await?;
    let in_doubt = |half: &Half| half.part.as_ref().is_some_and(|part| part.begun.is_some());
    match &applied.half {
        None => return nothing(ui, "Nothing is half applied"),
        Some(half) if !in_doubt(half) => {
            let text = format!(
                "The {} of {} is half applied ({half}), and no statement of it is in doubt: {}",
                half.direction,
                short(graph, &half.id),
                explain::finish(half)
            );
            return nothing(ui, &text);
        }
        Some(_) => {}
    }
    let outcome = if args.done {
        Outcome::Done
    } else {
        Outcome::Again
    };
    let answer = run::resume(&mut connection, outcome, &options);
    let half = signals::mind(ui, &options.stop, answer, explain::run).await?;
    let Some(half) = half else {
        return nothing(ui, "Another run has brought it to its end");
    };
    go_on(ui, workspace, graph, &half).await
}

/// Nothing was run; the document of that is `null`.
fn nothing(ui: &Ui, why: &str) -> Result<(), CommandError> {
    ui.note(why);
    if ui.is_json() {
        ui.json(&None::<Ran<'_>>)?;
    }
    Ok(())
}

/// Brings the revision to its end.
async fn go_on(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
    half: &Half,
) -> Result<(), CommandError> {
    let url = workspace.required_url()?;
    let mut connection = workspace.connect(&url).await?;
    let options = workspace.run_options();
    let mut on_event = |event: Event<'_>| tell(ui, graph, event);
    let done = match half.direction {
        Direction::Upgrade => {
            let target = [half.id.clone()];
            let run = run::upgrade(&mut connection, graph, &target, &options, &mut on_event);
            signals::mind(ui, &options.stop, run, stopped).await?
        }
        Direction::Downgrade => {
            let before = workspace.applied(&mut connection).await?.heads(graph);
            let target = resolve_downgrade(graph, &format!("{}-1", half.id), &before)?;
            let run = run::downgrade(&mut connection, graph, &target, &options, &mut on_event);
            signals::mind(ui, &options.stop, run, stopped).await?
        }
    };
    if ui.is_json() {
        let current = workspace.applied(&mut connection).await?.heads(graph);
        return ui.json(&Ran {
            direction: half.direction,
            url: url.to_string(),
            run: &done,
            current: &current,
        });
    }
    Ok(())
}
