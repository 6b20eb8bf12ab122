//! The code by which a program knows an error: `docs/json.md` lists them all, and they stay.

use std::error::Error;

use limbeck::connection::{ConnectError, QueryError};
use limbeck::folder::FolderError;
use limbeck::history::HistoryError;
use limbeck::run::{RunError, RunErrorKind};
use limbeck::url::UrlError;
use limbeck_core::revision::{GraphError, SectionError};
use limbeck_engine::proof::ProofError;

use crate::command_error::Kind;

/// The code of the outermost error that has one of its own.
pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut source = Some(error);
    while let Some(error) = source {
        let code = error
            .downcast_ref()
            .and_then(run)
            .or_else(|| error.downcast_ref().map(graph))
            .or_else(|| error.downcast_ref().map(section))
            .or_else(|| error.downcast_ref().and_then(history))
            .or_else(|| error.downcast_ref().map(connect))
            .or_else(|| error.downcast_ref::<FolderError>().and_then(folder))
            .or_else(|| error.downcast_ref::<UrlError>().map(|_| "url"))
            .or_else(|| error.downcast_ref::<ProofError>().map(|_| "not_proven"));
        if code.is_some() {
            return code;
        }
        source = error.source();
    }
    None
}

/// What the database itself calls it: a SQLSTATE, or a result code of SQLite.
pub(crate) fn of_database(error: &(dyn Error + 'static)) -> Option<String> {
    let mut source = Some(error);
    while let Some(error) = source {
        let query = error.downcast_ref::<QueryError>();
        if let Some(reported) = query.and_then(QueryError::database) {
            return reported.code.clone();
        }
        if let Some(ConnectError::Rejected { source, .. }) = error.downcast_ref() {
            return source.code.clone();
        }
        source = error.source();
    }
    None
}

/// The code of an error that has none of its own.
pub(crate) fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Differs => "differs",
        Kind::Usage => "usage",
        Kind::Config => "config",
        Kind::Undecided => "undecided",
        Kind::Database => "database",
        Kind::Scratch => "scratch",
        Kind::Interrupted => "interrupted",
        Kind::Terminated => "terminated",
        Kind::Bug => "bug",
    }
}

/// What only wraps another error has the code of that one.
fn run(error: &RunError) -> Option<&'static str> {
    Some(match error.kind() {
        RunErrorKind::OldHistory(_) => "old_history",
        RunErrorKind::UnknownApplied { .. } => "unknown_applied",
        RunErrorKind::RevisionChanged { .. } => "revision_changed",
        RunErrorKind::Gap { .. } => "gap",
        RunErrorKind::HalfApplied { .. } => "half_applied",
        RunErrorKind::InDoubt { .. } => "in_doubt",
        RunErrorKind::FrozenStep { .. }
        | RunErrorKind::FewerSteps { .. }
        | RunErrorKind::FrozenStatements { .. } => "frozen_step",
        RunErrorKind::Irreversible { .. } => "irreversible",
        RunErrorKind::WouldLose { .. } => "would_lose",
        RunErrorKind::WouldBeLost { .. } => "would_be_lost",
        RunErrorKind::Sql { .. } => "sql",
        RunErrorKind::Misplaced { .. } | RunErrorKind::ForeignKeysOff { .. } => {
            "misplaced_statement"
        }
        RunErrorKind::TooOld { .. } | RunErrorKind::Unsupported { .. } => "server_too_old",
        RunErrorKind::ForeignKeysStillOn { .. } => "foreign_keys",
        RunErrorKind::Locked { .. }
        | RunErrorKind::Busy { .. }
        | RunErrorKind::Building { .. }
        | RunErrorKind::InUse { .. } => "locked",
        RunErrorKind::LockLost | RunErrorKind::Crossed { .. } => "lock_lost",
        RunErrorKind::Pooled { .. } => "pooler",
        RunErrorKind::NoHook { .. } => "no_hook",
        RunErrorKind::Hook { .. } | RunErrorKind::HookEnded { .. } => "hook_failed",
        RunErrorKind::NotRecorded { .. } | RunErrorKind::Record { .. } => "not_recorded",
        RunErrorKind::Statement(_) => "statement_failed",
        RunErrorKind::History(_)
        | RunErrorKind::Graph(_)
        | RunErrorKind::Section(_)
        | RunErrorKind::Stopped { .. }
        | RunErrorKind::Query { .. } => return None,
    })
}

fn graph(error: &GraphError) -> &'static str {
    match error {
        GraphError::UnknownRevision { .. }
        | GraphError::UnknownLabel { .. }
        | GraphError::TooFar { .. }
        | GraphError::NothingOnBranch { .. }
        | GraphError::NotOnBranch { .. } => "unknown_revision",
        GraphError::Ambiguous { .. } => "ambiguous_revision",
        GraphError::MultipleHeads { .. } | GraphError::Branched { .. } => "several_heads",
        GraphError::UnknownParent { .. } | GraphError::UnknownDependency { .. } => "missing_parent",
        GraphError::UnknownCurrent { .. } => "unknown_applied",
        GraphError::NotApplied { .. } | GraphError::NotBefore { .. } => "not_on_the_way",
        GraphError::DuplicateId { .. }
        | GraphError::DuplicateLabel { .. }
        | GraphError::LabelIsId { .. } => "duplicate_name",
        GraphError::Cycle { .. } => "cycle",
    }
}

fn section(error: &SectionError) -> &'static str {
    match error {
        SectionError::Pending { .. } | SectionError::Missing { .. } => "no_section",
        SectionError::Unwritten { .. } => "not_written",
    }
}

fn history(error: &HistoryError) -> Option<&'static str> {
    match error {
        HistoryError::Query { .. } => None,
        HistoryError::NoJournal { .. }
        | HistoryError::NotTaken { .. }
        | HistoryError::Damaged { .. } => Some("history"),
    }
}

fn connect(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::HostNotFound { .. } => "host_not_found",
        ConnectError::Refused { .. } => "connection_refused",
        ConnectError::Unreachable { .. } | ConnectError::Timeout { .. } => "unreachable",
        ConnectError::Authentication { .. } | ConnectError::NoRole { .. } => "login_failed",
        ConnectError::NoDatabase { .. } => "no_database",
        ConnectError::TlsRequired { .. }
        | ConnectError::Certificate { .. }
        | ConnectError::OtherHost { .. }
        | ConnectError::NoTls { .. }
        | ConnectError::TlsFile { .. }
        | ConnectError::Tls { .. } => "tls",
        ConnectError::Rejected { .. } | ConnectError::Driver { .. } => "connection_rejected",
        ConnectError::CannotOpen { .. }
        | ConnectError::Damaged { .. }
        | ConnectError::NotSqlite { .. } => "file",
    }
}

fn folder(error: &FolderError) -> Option<&'static str> {
    match error {
        FolderError::Graph(_) => None,
        FolderError::Read { .. }
        | FolderError::Write { .. }
        | FolderError::Exists { .. }
        | FolderError::Files { .. }
        | FolderError::SeveralPreludes { .. } => Some("revision_files"),
    }
}
