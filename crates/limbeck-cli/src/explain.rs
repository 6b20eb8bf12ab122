//! What errors of the libraries are to somebody who runs the command.

use std::error::Error;

use limbeck::connection::{ConnectError, QueryError};
use limbeck::folder::FolderError;
use limbeck::history::{Half, HistoryError};
use limbeck::old_history::OldHistoryError;
use limbeck::run::{KeptError, RunError, RunErrorKind};
use limbeck::url::UrlError;
use limbeck_core::revision::{Direction, Gap};
use limbeck_core::schema::{Object, SqlObjectKind};
use limbeck_engine::ask::AskError;
use limbeck_engine::baseline::BaselineError;
use limbeck_engine::drift::DriftError;
use limbeck_engine::inspect::InspectError;
use limbeck_engine::proof::ProofError;
use limbeck_engine::state::StateError;
use limbeck_models::ScanError;

use crate::command_error::{CommandError, Kind};
use crate::hint;
use crate::workspace::Workspace;

mod comparison;
mod graph;

pub(crate) use self::comparison::{compare, declared_twice, generate, side, standing};
use self::graph::lacking;
pub(crate) use self::graph::{graph, section};

/// The error with its causes, and with what a database reports besides its message.
fn of(kind: Kind, error: &(dyn Error + 'static)) -> CommandError {
    let mut own = CommandError::of(kind, error);
    let mut source = Some(error);
    while let Some(error) = source {
        let query = error.downcast_ref::<QueryError>();
        own = own.hint_if(query.and_then(hint::query));
        if let Some(reported) = query.and_then(QueryError::database) {
            own.causes.extend(reported.detail.clone());
            own.causes.extend(reported.context.clone());
            own = own.hint_if(reported.hint.clone());
        }
        source = error.source();
    }
    own
}

pub(crate) fn url(error: &UrlError, place: &str) -> CommandError {
    let own = of(Kind::Config, error).hint(hint::url(error));
    match error {
        // The environment has it, not the place of the URL.
        UrlError::InvalidVariable { .. } | UrlError::UnsupportedVariable { .. } => own,
        _ => own.cause(format!("it comes from {place}")),
    }
}

pub(crate) fn connect(error: &ConnectError) -> CommandError {
    of(Kind::Database, error).hint(hint::connect(error))
}

pub(crate) fn history(error: &HistoryError) -> CommandError {
    of(Kind::Database, error).hint_if(hint::history(error))
}

pub(crate) fn inspect(error: &InspectError) -> CommandError {
    of(Kind::Database, error)
}

pub(crate) fn folder(error: &FolderError) -> CommandError {
    match error {
        FolderError::Graph(error) => graph(error),
        FolderError::Read { .. }
        | FolderError::Write { .. }
        | FolderError::Exists { .. }
        | FolderError::Files { .. }
        | FolderError::SeveralPreludes { .. } => {
            of(Kind::Config, error).hint_if(hint::folder(error))
        }
    }
}

/// An error of the scan with its place, as seen from here.
fn placed(workspace: &Workspace, error: &ScanError) -> String {
    let file = workspace.models_base().join(&error.file);
    format!(
        "{}:{}:{}: {}",
        file.display(),
        error.line,
        error.column,
        error.message
    )
}

/// What a scan has left out, each with what to type.
pub(crate) fn scan_warnings(workspace: &Workspace, warnings: &[ScanError]) -> Vec<String> {
    let told = |warning: &ScanError| match &warning.hint {
        Some(hint) => format!("{}: {hint}", placed(workspace, warning)),
        None => placed(workspace, warning),
    };
    warnings.iter().map(told).collect()
}

pub(crate) fn scan(workspace: &Workspace, errors: &[ScanError]) -> CommandError {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| placed(workspace, error))
        .collect();
    let mut own = CommandError::config(lines.join("\n"));
    for error in errors {
        own = own.hint_if(error.hint.clone());
    }
    own
}

/// The line that brings a half applied revision to its end.
pub(crate) fn finish(half: &Half) -> String {
    match half.direction {
        Direction::Upgrade => format!("limbeck upgrade {}", half.id),
        Direction::Downgrade => format!("limbeck downgrade {}-1", half.id),
    }
}

pub(crate) fn kept(error: &KeptError) -> CommandError {
    match error {
        KeptError::History(error) => history(error),
        KeptError::Graph(error) => graph(error),
        KeptError::Missing { id, .. } | KeptError::Unreadable { id, .. } => {
            of(Kind::Config, error).hint(format!("pull the branch that has `{id}`"))
        }
    }
}

/// What has been run without what it needs, where a command only tells of it.
pub(crate) fn gap(gap: &Gap) -> CommandError {
    CommandError::new(Kind::Differs, gap.to_string()).hint(hint::gap(gap))
}

pub(crate) fn run(error: &RunError) -> CommandError {
    let kind = match error.kind() {
        RunErrorKind::Graph(error) => return graph(error),
        RunErrorKind::Section(error) => return lacking(error),
        RunErrorKind::OldHistory(OldHistoryError::Uncovered { .. })
        | RunErrorKind::UnknownApplied { .. }
        | RunErrorKind::RevisionChanged { .. }
        | RunErrorKind::Gap { .. }
        | RunErrorKind::HalfApplied(_)
        | RunErrorKind::InDoubt { .. }
        | RunErrorKind::FrozenStatements { .. }
        | RunErrorKind::FrozenStep { .. }
        | RunErrorKind::FewerSteps { .. }
        | RunErrorKind::Irreversible { .. }
        | RunErrorKind::NoHook { .. }
        | RunErrorKind::WouldLose { .. }
        | RunErrorKind::WouldBeLost { .. }
        | RunErrorKind::Pooled { .. }
        | RunErrorKind::Sql { .. }
        | RunErrorKind::Misplaced { .. }
        | RunErrorKind::ForeignKeysOff { .. } => Kind::Config,
        RunErrorKind::Stopped { .. } => Kind::Interrupted,
        RunErrorKind::History(_)
        | RunErrorKind::OldHistory(_)
        | RunErrorKind::TooOld { .. }
        | RunErrorKind::Unsupported { .. }
        | RunErrorKind::ForeignKeysStillOn { .. }
        | RunErrorKind::Locked { .. }
        | RunErrorKind::Busy { .. }
        | RunErrorKind::Building { .. }
        | RunErrorKind::InUse { .. }
        | RunErrorKind::LockLost
        | RunErrorKind::Hook { .. }
        | RunErrorKind::HookEnded { .. }
        | RunErrorKind::Crossed { .. }
        | RunErrorKind::NotRecorded { .. }
        | RunErrorKind::Statement(_)
        | RunErrorKind::Record { .. }
        | RunErrorKind::Query { .. } => Kind::Database,
    };
    of(kind, error).hint_if(hint::run(error))
}

pub(crate) fn state(error: &StateError) -> CommandError {
    let kind = match error {
        StateError::Graph(error) => return graph(error),
        StateError::Section(error) => return lacking(error),
        StateError::Beyond(_) => Kind::Config,
        StateError::Replay { source, .. } => {
            // The file and the line say more than that it was a replay.
            let own = run(source);
            let mut outer = CommandError::new(own.kind, error.to_string());
            outer.causes.push(own.message);
            outer.causes.extend(own.causes);
            return outer.hint_if(hint::state(error));
        }
        StateError::Scratch(_) => Kind::Scratch,
        StateError::Connect(_) | StateError::Inspect(_) => Kind::Database,
    };
    of(kind, error).hint_if(hint::state(error))
}

pub(crate) fn proof(error: &ProofError) -> CommandError {
    match error {
        ProofError::State(error) => state(error),
        ProofError::Ask(error) => ask(error),
        ProofError::Inspect(error) => inspect(error),
        ProofError::Parents { source, .. } => {
            let inner = state(source);
            let mut own = CommandError::new(inner.kind, error.to_string()).cause(inner.message);
            own.causes.extend(inner.causes);
            inner.hints.iter().fold(own, CommandError::hint)
        }
        ProofError::RowsRefused { source, .. } => {
            let inner = state(source);
            let mut own = CommandError::new(Kind::Differs, error.to_string());
            own.causes.extend(inner.causes);
            own.hint("the rows are made up, and satisfy the tables before and after; if the failure is meant, say so above the statement: -- hazard: may_fail: TABLE: WHY")
        }
        ProofError::RowsChanged { objects, .. } | ProofError::ValuesLost { objects, .. } => {
            let mut own = of(Kind::Differs, error);
            own.causes.extend(error.details());
            let lines: Vec<String> = objects
                .iter()
                .map(|object| format!("-- loses: {object}"))
                .collect();
            own.hint(format!(
                "if that is meant, say so above the statement: {}",
                lines.join(", ")
            ))
        }
        ProofError::NothingOfThatName { .. } => of(Kind::Differs, error)
            .hint("name a table or `table.column` as it is called before or after the section"),
        ProofError::StrayFixture { .. } => of(Kind::Config, error)
            .hint("give the file the id of a revision, or `all.sql` for every one"),
        ProofError::NextRowRefused { .. } => of(Kind::Differs, error)
            .hint("set the sequence behind the rows that are there: SELECT setval(…)"),
        ProofError::DefaultRefused { .. } => {
            of(Kind::Differs, error).hint("give the column a default that its type takes, or none")
        }
        ProofError::NotTheModels { .. }
        | ProofError::NotRestored { .. }
        | ProofError::NotRepeatable { .. } => {
            let mut own = of(Kind::Differs, error);
            own.causes.extend(error.details());
            own
        }
    }
}

fn ask(error: &AskError) -> CommandError {
    let kind = match error {
        AskError::Plan(_) => Kind::Config,
        AskError::Refused { .. } | AskError::Query(_) | AskError::Inspect(_) => Kind::Database,
    };
    let own = of(kind, error);
    match error {
        AskError::Refused {
            object: Object::SqlObject(object),
            ..
        } if object.kind == SqlObjectKind::Extension => own.hint(format!(
            "install the package that has `{}` where scratch databases run, or set `scratch_url` in \
             limbeck.toml to a server with it",
            object.name
        )),
        _ => own,
    }
}

pub(crate) fn drift(error: &DriftError) -> CommandError {
    match error {
        DriftError::State(error) => state(error),
        DriftError::Ask(error) => ask(error),
        DriftError::Inspect(_) => of(Kind::Database, error),
    }
}

pub(crate) fn baseline(error: &BaselineError) -> CommandError {
    let own = match error {
        BaselineError::Inspect(_) => return of(Kind::Database, error),
        BaselineError::State(error) => return state(error),
        BaselineError::Plan(_) => of(Kind::Config, error),
        BaselineError::Proof(ProofError::State(error)) => state(error),
        BaselineError::Proof(ProofError::NotTheModels { dialect, .. }) => {
            let text = format!("the baseline does not make what the {dialect} database holds");
            CommandError::new(Kind::Differs, text)
        }
        BaselineError::Proof(error) => proof(error),
    };
    let details = match error {
        BaselineError::Proof(error @ ProofError::NotTheModels { .. }) => error.details(),
        _ => Vec::new(),
    };
    let own = details.into_iter().fold(own, CommandError::cause);
    own.hint("nothing is written; what others own goes into `scratch.sql` beside the revisions, or under `[unmanaged]`")
}
