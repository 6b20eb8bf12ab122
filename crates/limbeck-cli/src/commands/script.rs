//! `--sql`: the script of a run, for somebody else to run.

use limbeck::history::Applied;
use limbeck::run::{self, RunError, RunErrorKind, ScriptRequest, ScriptTarget, Stamp};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId};

use crate::command_error::CommandError;
use crate::commands::stamp::stamp_target;
use crate::explain;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve, resolve_downgrade};

/// Which script; a target may be `from:to`, which needs no database.
#[derive(Debug, Clone, Copy)]
pub(super) enum Script<'a> {
    Upgrade(&'a str),
    Downgrade(&'a str),
    Stamp(&'a [String], Stamp),
}

pub(super) async fn print(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
    script: Script<'_>,
) -> Result<(), CommandError> {
    let dialect = dialect(workspace)?;
    workspace.refuse_unsaid(graph, dialect)?;
    let first = match script {
        Script::Upgrade(target) | Script::Downgrade(target) => target,
        Script::Stamp(targets, _) => targets.first().map_or("", String::as_str),
    };
    let (applied, to) = match (first.split_once(':'), script) {
        (Some((from, to)), _) => (assumed(workspace, graph, from, dialect)?, to),
        // Whatever has been run is forgotten.
        (None, Script::Stamp(_, Stamp::Purge)) => (Applied::default(), first),
        (None, _) => (current(workspace, graph, dialect).await?, first),
    };
    let from = applied.heads(graph);
    let options = workspace.run_options();
    let write = |target| {
        let request = ScriptRequest {
            graph,
            dialect,
            applied: &applied,
            target,
            options: &options,
        };
        // Everything is found before anything is printed: half a script is worse than none.
        run::script(&request).map_err(|error| refused(workspace, &error))
    };
    let text = match script {
        Script::Upgrade(_) => write(ScriptTarget::Upgrade(&resolve(graph, to, &from)?)),
        Script::Downgrade(_) => write(ScriptTarget::Downgrade(&resolve_downgrade(
            graph, to, &from,
        )?)),
        Script::Stamp(targets, purge) => {
            let others = targets.iter().skip(1).map(String::as_str);
            let targets: Vec<&str> = std::iter::once(to).chain(others).collect();
            let target = stamp_target(graph, &targets, &from)?;
            write(ScriptTarget::Stamp(&target, purge))
        }
    }?;
    match text {
        Some(text) => ui.verbatim(text.trim_end()),
        None => ui.note("Nothing to run"),
    }
    Ok(())
}

/// What a database has run that stands where somebody says.
fn assumed(
    workspace: &Workspace,
    graph: &Graph,
    from: &str,
    dialect: Dialect,
) -> Result<Applied, CommandError> {
    let heads: Vec<RevisionId> = match from {
        "" => Vec::new(),
        from => resolve(graph, from, &[])?,
    };
    run::assumed(graph, &heads, dialect).map_err(|error| refused(workspace, &error))
}

fn refused(workspace: &Workspace, error: &RunError) -> CommandError {
    match error.kind() {
        RunErrorKind::Section(error) => explain::section(workspace, error),
        _ => explain::run(error),
    }
}

/// What the project's database has run.
async fn current(
    workspace: &Workspace,
    graph: &Graph,
    dialect: Dialect,
) -> Result<Applied, CommandError> {
    let url = workspace.required_url()?;
    if url.dialect() != dialect {
        let text = format!("`{url}` is no {dialect} database, so where that one stands is unknown");
        return Err(CommandError::usage(text)
            .hint("say where it stands, in front of the target: `base:head`, or `ID:head`"));
    }
    let Some(mut connection) = workspace.look(&url).await? else {
        return Ok(Applied::default());
    };
    let applied = workspace.applied_here(&mut connection, graph).await?;
    if let Some(half) = &applied.half {
        let text = format!(
            "the {} of `{}` is half done ({half})",
            half.direction, half.id
        );
        return Err(CommandError::config(text).hint("finish it by running it without --sql"));
    }
    Ok(applied)
}

/// The dialect of a flag, else of the database, else of the project.
fn dialect(workspace: &Workspace) -> Result<Dialect, CommandError> {
    if let [one] = workspace.flagged_dialects() {
        return Ok(*one);
    }
    // A script between two revisions needs no database.
    if let Ok(Some(url)) = workspace.url() {
        return Ok(url.dialect());
    }
    match workspace.dialects()?.as_slice() {
        [one] => Ok(*one),
        _ => {
            Err(CommandError::usage("for which dialect?")
                .hint("--dialect postgres\n--dialect sqlite"))
        }
    }
}
