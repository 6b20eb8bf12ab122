//! Why a run stopped.

use std::fmt;

use limbeck_core::dialect::postgres::version::{Feature, OLDEST, ServerVersion};
use limbeck_core::revision::{Direction, Gap, GraphError, RevisionId, SectionError};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::SqlError;

use crate::connection::QueryError;
use crate::history::{AppliedRevision, Half, HistoryError};
use crate::old_history::OldHistoryError;

/// A run that stopped.
#[derive(Debug)]
pub struct RunError {
    kind: Box<RunErrorKind>,
    done: Vec<RevisionId>,
}

impl RunError {
    /// Why.
    #[must_use]
    pub fn kind(&self) -> &RunErrorKind {
        &self.kind
    }

    /// The revisions that this run had brought to their end before, and which stay.
    #[must_use]
    pub fn done(&self) -> &[RevisionId] {
        &self.done
    }

    pub(crate) fn kind_mut(&mut self) -> &mut RunErrorKind {
        &mut self.kind
    }

    pub(crate) fn after(self, done: &[RevisionId]) -> Self {
        Self {
            done: done.to_vec(),
            ..self
        }
    }
}

impl<E: Into<RunErrorKind>> From<E> for RunError {
    fn from(error: E) -> Self {
        Self {
            kind: Box::new(error.into()),
            done: Vec::new(),
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunErrorKind {
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The history of another tool is there alone, and does not say where the database is.
    #[error(transparent)]
    OldHistory(#[from] OldHistoryError),
    /// The target is not known, or not below what has been run.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A revision has nothing to run on this dialect.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// The database has revisions that are in no file.
    #[error(
        "the database has revisions that are in no file: {}",
        told(unknown, rows)
    )]
    UnknownApplied {
        /// The revisions.
        unknown: Vec<RevisionId>,
        /// What the history says of those that were run to their end.
        rows: Vec<AppliedRevision>,
    },
    /// A file says something else than what was run.
    #[error("{file}: changed since it was run as revision `{id}`")]
    RevisionChanged {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
    },
    /// Something was run without what it builds on.
    #[error("{0}")]
    Gap(Box<Gap>),
    /// A revision was begun and has to come to its end first.
    #[error("the {} of revision `{}` is half done ({})", .0.direction, .0.id, .0)]
    HalfApplied(Box<Half>),
    /// A statement was begun, and nobody saw its end: only who looks at the database can tell whether it was done.
    #[error(
        "{file}:{line}: `{statement}` was begun by a run that did not see its end, and nothing tells whether it was done{}",
        if *edited { ": it says something else by now" } else { "" }
    )]
    InDoubt {
        /// The revision.
        id: RevisionId,
        /// Which way it was going.
        direction: Direction,
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// Its first line, shortened.
        statement: String,
        /// Whether the file says something else by now.
        edited: bool,
    },
    /// Statements of a half applied revision were edited after they had been run.
    #[error(
        "{file}: {} of step {step} of the {direction} changed since {} run",
        first(*statements),
        if *statements == 1 { "it was" } else { "they were" }
    )]
    FrozenStatements {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
        /// Which way it was going.
        direction: Direction,
        /// The number of the step.
        step: u32,
        /// How many statements of it have been run.
        statements: u32,
    },
    /// A step of a half applied revision was edited after it had been run.
    #[error("{file}: step {step} of the {direction} changed since it was run")]
    FrozenStep {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
        /// Which way it was going.
        direction: Direction,
        /// The number of the step.
        step: u32,
    },
    /// A half applied revision has lost steps.
    #[error(
        "{file}: step {done} of the {direction} has been run, and the file has {steps} of them"
    )]
    FewerSteps {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
        /// Which way it was going.
        direction: Direction,
        /// How many steps there are.
        steps: u32,
        /// How many have been run.
        done: u32,
    },
    /// There is no way back.
    #[error("{file}: cannot be taken back: {reason}")]
    Irreversible {
        /// The file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// A revision needs a function that is not there; nothing has been run.
    #[error(
        "{file}: revision `{id}` requires a hook, a function of the application, which is not here"
    )]
    NoHook {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
    },
    /// The function of a revision failed; its step has been rolled back, but for what the function itself committed on
    /// PostgreSQL.
    #[error("{file}: the hook of revision `{id}` failed")]
    Hook {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
        /// What it says.
        source: crate::run::HookError,
    },
    /// The function of a revision ended the transaction that it was called in; SQLite lets none.
    #[error(
        "{file}: the hook of revision `{id}` has ended the transaction of its step: what it committed is there, and not in the history"
    )]
    HookEnded {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
    },
    /// Rows or values that are there would be gone; nothing of that has been run.
    #[error("the downgrade would lose data that is there: {}", objects.join(", "))]
    WouldLose {
        /// The tables and columns.
        objects: Vec<String>,
    },
    /// The SQL of a step cannot be taken apart.
    #[error("{file}: {source}")]
    Sql {
        /// The file.
        file: String,
        /// What is wrong, with the line of the file.
        source: SqlError,
    },
    /// A statement cannot run in the kind of step it stands in; nothing has been run.
    #[error("{file}:{line}: `{statement}` {misfit}")]
    Misplaced {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// The first words of the statement.
        statement: String,
        /// What is wrong with its place.
        misfit: Misfit,
    },
    /// A statement asks for what the server is too old for; nothing has been run.
    #[error("{file}:{line}: {feature} needs PostgreSQL {}, and the server is PostgreSQL {found}", feature.since())]
    TooOld {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// What the server does not have.
        feature: Feature,
        /// The version of the server.
        found: ServerVersion,
    },
    /// The server is older than any that Limbeck speaks to.
    #[error("the server is PostgreSQL {found}, and Limbeck needs {OLDEST}")]
    Unsupported {
        /// The version of the server.
        found: ServerVersion,
    },
    /// A step switches foreign keys off, which only SQLite can.
    #[error("{file}:{line}: `-- step: foreign keys off` is for SQLite only")]
    ForeignKeysOff {
        /// The file.
        file: String,
        /// The line.
        line: u32,
    },
    /// The switch for foreign keys had no effect.
    #[error("{file}:{line}: foreign keys cannot be switched off")]
    ForeignKeysStillOn {
        /// The file.
        file: String,
        /// The line.
        line: u32,
    },
    /// Another run did not come to its end in time.
    #[error("another run holds the lock, waited for {seconds} seconds{}", by(holder.as_ref()))]
    Locked {
        /// How long it was waited.
        seconds: u64,
        /// Who holds it, as far as this role may see.
        holder: Option<String>,
    },
    /// The server is still building an index for an attempt before this one.
    #[error(
        "the server is still building the index {index}, as pid {process}, waited for {seconds} seconds"
    )]
    Building {
        /// The index, as SQL names it.
        index: String,
        /// The process that builds it.
        process: String,
        /// How long it was waited.
        seconds: u64,
    },
    /// It was asked to, see [`super::Stop`].
    #[error("stopped on request{}", place(at.as_ref()))]
    Stopped {
        /// The file and the line of the statement that was cancelled, or would have been next; none while it
        /// waited.
        at: Option<(String, u32)>,
        /// Whether statements before it in the step stay.
        leaves: Leaves,
    },
    /// A program held the SQLite file, which has one writer at a time, for too long.
    #[error("another connection is writing to the file, waited for {seconds} seconds")]
    Busy {
        /// How long it was waited.
        seconds: u64,
    },
    /// Transactions of others used the tables that a step changes for too long; nothing of the step has been run, or
    /// nothing of the statement where the step is no transaction.
    #[error(
        "{file}: the tables that it changes are in use, waited for {seconds} seconds{}",
        if by.is_empty() { String::new() } else { format!(": {}", by.join("; ")) }
    )]
    InUse {
        /// The file.
        file: String,
        /// How long it was waited.
        seconds: u64,
        /// Who uses them, as far as this role may see.
        by: Vec<String>,
    },
    /// The server forgot the lock, as it does behind a transaction pooler, or when a statement gives it back.
    #[error(
        "the lock of this run is gone: a statement has given it back, or the connection goes through a transaction pooler"
    )]
    LockLost,
    /// A step needs a session, and a transaction pooler gives none; nothing of it has been run.
    #[error(
        "{file}:{line}: the step runs outside of a transaction, and the connection goes through a transaction pooler"
    )]
    Pooled {
        /// The file.
        file: String,
        /// The line.
        line: u32,
    },
    /// Another run goes the other way at the same time.
    #[error(
        "another run undoes what this one does: revision `{id}` would be run by it a second time"
    )]
    Crossed {
        /// The revision.
        id: RevisionId,
    },
    /// The history does not hold what it was told, as when SQL of the revision itself writes it.
    #[error("the history table `{table}` does not take the row of revision `{id}`")]
    NotRecorded {
        /// The history table.
        table: QualifiedName,
        /// The revision.
        id: RevisionId,
    },
    /// A statement of a revision failed.
    #[error(transparent)]
    Statement(Box<StatementError>),
    /// A step would lose something that the revision does not know.
    #[error(
        "{file}:{line}: {} would be lost: {}",
        listed(objects),
        unknown_why(id, objects, made_by)
    )]
    WouldBeLost {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// The revision.
        id: RevisionId,
        /// Which way it goes.
        direction: Direction,
        /// What it is.
        objects: Vec<LostObject>,
        /// Revisions on which this one does not build, and which name it; none when none does.
        made_by: Vec<RevisionId>,
    },
    /// The tables of the history cannot be made or written.
    #[error("the history table `{table}` cannot be written")]
    Record {
        /// The history table.
        table: QualifiedName,
        /// What the database says.
        source: QueryError,
    },
    /// The database refuses what a run needs around the statements.
    #[error("cannot {action}")]
    Query {
        /// What was tried, as the end of `cannot …`.
        action: &'static str,
        /// What the database says.
        source: QueryError,
    },
}

/// A statement of a revision that failed.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: `{statement}` failed{}", blocked(blockers))]
pub struct StatementError {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Its first line, shortened.
    pub statement: String,
    /// Whether statements before it in the step stay.
    pub leaves: Leaves,
    /// Who holds locks on the tables that it names.
    pub blockers: Vec<String>,
    /// What the database says.
    pub source: QueryError,
}

/// Something that hangs on a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostObject {
    /// `column`, `constraint`, `trigger`, `index`, `view` and the like.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table that it belongs to.
    pub table: Option<String>,
}

impl fmt::Display for LostObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)?;
        match &self.table {
            Some(table)
                if ["trigger", "index", "policy", "rule"]
                    .iter()
                    .any(|kind| self.kind.ends_with(kind)) =>
            {
                write!(f, " on `{table}`")
            }
            Some(table) => write!(f, " of `{table}`"),
            None => Ok(()),
        }
    }
}

/// What is wrong with the place of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It begins or ends a transaction.
    TransactionControl,
    /// It cannot run in a transaction.
    NeedsNoTransaction,
    /// SQLite ignores it in a transaction.
    IgnoredInTransaction,
    /// PostgreSQL gives back the lock of the run with all others.
    GivesLockBack,
}

/// What is left of a step whose statement failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// The transaction was rolled back.
    Nothing,
    /// This many statements before it stand, and the failed one may have left something.
    Statements(usize),
    /// The connection broke when the server had got all of the step, COMMIT among it: it may have brought that to its end.
    /// The next run sees which.
    Unknown,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TransactionControl => "begins or ends a transaction, and a step is one already",
            Self::NeedsNoTransaction => "cannot run in a transaction, and the step is one",
            Self::IgnoredInTransaction => "does nothing in a transaction, and the step is one",
            Self::GivesLockBack => {
                "gives back all locks of the session, the one of this run among them"
            }
        })
    }
}

fn first(statements: u32) -> String {
    match statements {
        // It was begun, and is in a step of another kind by now.
        0 | 1 => "the first statement".to_owned(),
        several => format!("one of the first {several} statements"),
    }
}

fn listed(objects: &[LostObject]) -> String {
    let objects: Vec<String> = objects.iter().map(LostObject::to_string).collect();
    objects.join(", ")
}

fn unknown_why(id: &RevisionId, objects: &[LostObject], made_by: &[RevisionId]) -> String {
    match (made_by, objects) {
        ([], [_]) => "it is not in the revisions".to_owned(),
        ([], _) => "they are not in the revisions".to_owned(),
        (made_by, _) => format!("`{id}` does not build on {}", ids(made_by)),
    }
}

fn told(unknown: &[RevisionId], rows: &[AppliedRevision]) -> String {
    let one = |id: &RevisionId| match rows.iter().find(|row| row.id == *id) {
        Some(row) => format!("`{id}` ({}, run {})", row.description, row.applied_at),
        None => format!("`{id}`"),
    };
    unknown.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn ids(ids: &[RevisionId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}

fn place(at: Option<&(String, u32)>) -> String {
    at.map_or_else(
        || " while it waited".to_owned(),
        |(file, line)| format!(" at {file}:{line}"),
    )
}

fn by(holder: Option<&String>) -> String {
    holder.map_or(String::new(), |holder| format!(": {holder}"))
}

fn blocked(blockers: &[String]) -> String {
    if blockers.is_empty() {
        String::new()
    } else {
        format!(", blocked by {}", blockers.join(", "))
    }
}
