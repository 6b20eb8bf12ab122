//! The two tables by which a database knows its revisions: the history of those that were run, and
//! the journal of the one that was begun.

mod answer;
mod guard;
mod kept;
mod pending;
mod place;
mod queries;
mod rows;
mod tables;
mod usual;

pub(crate) use answer::of_sets;
pub use guard::Untaken;
pub(crate) use guard::{Seen, all_faults_sql, is_refusal, trusted_sql};
pub(crate) use kept::kept;
pub(crate) use place::{Found, fits_a_row, of_place, place_sql, read_expected, unread_sql};
pub(crate) use queries::read_sql;
pub use rows::{
    Entry, HistoryRow, JournalRow, TakenOver, delete_journal_sql, delete_sql, insert_journal_sql,
    insert_sql, purge_sql,
};
pub(crate) use rows::{StatementsRow, delete_step_sql, insert_row_sql, statements_sql, update_sql};
pub use tables::ensure_sql;
pub(crate) use tables::missing_columns;
pub(crate) use tables::{create_sql, table_names, widen};

use std::collections::BTreeSet;
use std::fmt;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, RevisionId};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::quote_literal;

use crate::connection::{Connection, QueryError, TextRow};
use crate::own_names;
use guard::{Access, Ask, Question};
use queries::{path_sql, sqlite_sql, usual_sql};
use tables::Which;

/// The name of the history table unless the configuration gives one.
pub const DEFAULT_NAME: &str = "limbeck_history";

/// Names the history table; the journal stands beside it, with `_journal` at the end of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryTable {
    /// The name; SQLite has no schemas and leaves that part out.
    pub name: QualifiedName,
}

impl Default for HistoryTable {
    fn default() -> Self {
        Self {
            name: QualifiedName::new(DEFAULT_NAME),
        }
    }
}

impl HistoryTable {
    /// The name of the journal.
    #[must_use]
    pub fn journal(&self) -> QualifiedName {
        self.name.sibling(format!("{}_journal", self.name.name))
    }
}

/// What a database says has been run on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The revisions, the one run first comes first.
    pub revisions: Vec<AppliedRevision>,
    /// The revision that was begun and not finished.
    pub half: Option<Half>,
    /// Whether the tables are there.
    pub has_tables: bool,
    /// Which columns they have.
    pub(crate) shape: Shape,
    /// What PostgreSQL's catalog says of them.
    pub(crate) seen: Option<Seen>,
}

/// Which columns the tables have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Fewer than this version writes: the next run adds the others.
    #[default]
    Narrow,
    /// All.
    Wide,
}

/// A revision that has been run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedRevision {
    /// The revision.
    pub id: RevisionId,
    /// The first line of its description.
    pub description: String,
    /// The checksum of what was run.
    pub checksum: String,
    /// When, as RFC 3339 text in UTC; empty when it was just now.
    pub applied_at: String,
    /// The revisions that it builds on; this and what follows is not known of what an earlier version of Limbeck has
    /// run.
    pub parents: Option<Vec<RevisionId>>,
    /// Who: the login, or for a SQLite file the user of the machine.
    pub run_by: Option<String>,
    /// How long the run worked on it that brought it to its end, in milliseconds.
    pub milliseconds: Option<u64>,
    /// The version of Limbeck.
    pub version: Option<String>,
    /// How it came into the history.
    pub entry: Entry,
}

/// What it is and when it was run, as `Add tasks, run 2026-11-20T10:09:00Z by ann in 52 ms, Limbeck 0.1.0`.
impl fmt::Display for AppliedRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.entry {
            Entry::Run => "run",
            Entry::Stamped => "stamped",
        };
        write!(f, "{}, {how} {}", self.description, self.applied_at)?;
        if let Some(by) = &self.run_by {
            write!(f, " by {by}")?;
        }
        if let Some(milliseconds) = self.milliseconds {
            write!(f, " in {milliseconds} ms")?;
        }
        match &self.version {
            Some(version) => write!(f, ", Limbeck {version}"),
            None => Ok(()),
        }
    }
}

/// A revision that was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Half {
    /// The revision.
    pub id: RevisionId,
    /// Which way it was going.
    pub direction: Direction,
    /// How many steps have been run.
    pub done: u32,
    /// How many there were at that time.
    pub of: u32,
    /// The checksums of the steps that have been run.
    pub checksums: Vec<String>,
    /// How far the next step is, of which a part has been run.
    pub part: Option<Part>,
}

/// How far a step is that runs outside of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// How many statements have been run.
    pub done: u32,
    /// How many there were at that time.
    pub of: u32,
    /// The checksum of those that have been run.
    pub checksum: String,
    /// The checksum of the next one behind them, when it was begun and nobody saw its end.
    pub begun: Option<String>,
}

/// How far it is, as `step 2 of 3, statement 1 of 4`.
impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(part) = &self.part else {
            return write!(f, "step {} of {}", self.done, self.of);
        };
        write!(f, "step {} of {}, ", self.done + 1, self.of)?;
        match part.begun {
            None => write!(f, "statement {} of {}", part.done, part.of),
            Some(_) => write!(f, "in statement {} of {}", part.done + 1, part.of),
        }
    }
}

/// Why the history could not be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The database refuses.
    #[error("the history table `{table}` cannot be read")]
    Query {
        /// The history table.
        table: QualifiedName,
        /// What the database says.
        source: QueryError,
    },
    /// There is a history and no journal beside it.
    #[error("the journal `{journal}` is missing beside the history table `{table}`")]
    NoJournal {
        /// The history table.
        table: QualifiedName,
        /// The journal.
        journal: QualifiedName,
    },
    /// A table of that name is somebody else's, or has what Limbeck does not make.
    #[error("`{table}` is not taken for the history: {reason}")]
    NotTaken {
        /// The table, with its schema.
        table: QualifiedName,
        /// Why.
        reason: Untaken,
    },
    /// The tables hold what Limbeck never writes.
    #[error("the history table `{table}` is damaged: {reason}")]
    Damaged {
        /// The history table.
        table: QualifiedName,
        /// What is wrong.
        reason: String,
    },
}

impl Applied {
    /// Tells whether a revision has been run to its end.
    #[must_use]
    pub fn contains(&self, id: &RevisionId) -> bool {
        self.revisions.iter().any(|revision| revision.id == *id)
    }

    /// Returns the ids of what has been run.
    #[must_use]
    pub fn ids(&self) -> Vec<RevisionId> {
        self.revisions.iter().map(|row| row.id.clone()).collect()
    }

    /// Returns what has been run and no other such revision builds on or needs; what is in no file
    /// is left out, see [`Self::unknown`].
    #[must_use]
    pub fn heads(&self, graph: &Graph) -> Vec<RevisionId> {
        let heads = graph.heads_of(self.revisions.iter().map(|row| &row.id));
        let rows = self.revisions.iter().map(|row| &row.id);
        rows.filter(|id| heads.contains(id)).cloned().collect()
    }

    /// Returns what has been run, or begun, and is in no file.
    #[must_use]
    pub fn unknown(&self, graph: &Graph) -> Vec<RevisionId> {
        let half = self.half.iter().map(|half| &half.id);
        let unknown: BTreeSet<&RevisionId> = self
            .revisions
            .iter()
            .map(|row| &row.id)
            .chain(half)
            .filter(|id| graph.get(id).is_none())
            .collect();
        unknown.into_iter().cloned().collect()
    }

    /// Returns the rows of what has been run and is in no file.
    pub(crate) fn unknown_rows(&self, graph: &Graph) -> Vec<AppliedRevision> {
        let rows = self.revisions.iter();
        rows.filter(|row| graph.get(&row.id).is_none())
            .cloned()
            .collect()
    }

    /// Returns what has been run and whose upgrade says something else by now.
    #[must_use]
    pub fn changed(&self, graph: &Graph, dialect: Dialect) -> Vec<RevisionId> {
        let is_changed = |row: &&AppliedRevision| {
            let now = graph.checksum(&row.id, dialect);
            now.is_some_and(|now| *now != row.checksum)
        };
        self.revisions
            .iter()
            .filter(is_changed)
            .map(|row| row.id.clone())
            .collect()
    }

    /// Tells whether both say that the same has been run.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let ids = |applied: &Self| applied.ids().into_iter().collect::<BTreeSet<_>>();
        ids(self) == ids(other) && self.half == other.half
    }
}

/// Reads the history in one round trip, and changes nothing; without tables nothing has been run. It may be within a
/// transaction.
///
/// # Errors
///
/// [`HistoryError`] when the tables cannot be read, or are not as Limbeck writes them.
pub async fn read(
    connection: &mut Connection,
    table: &HistoryTable,
) -> Result<Applied, HistoryError> {
    read_whole(connection, "", table).await
}

/// Reads the history after `settings`, statements that end with semicolons, in the same round trip; a second one may
/// follow, so it is not for a transaction, which the first one may end.
pub(crate) async fn read_after(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
) -> Result<Applied, HistoryError> {
    if connection.dialect() == Dialect::Sqlite {
        return read_whole(connection, settings, table).await;
    }
    let usual = usual_sql(table);
    match connection.query_typed(&format!("{settings}{usual}")).await {
        Ok(answer) => match usual::read(table, answer)? {
            Some(applied) => Ok(applied),
            None => read_whole(connection, settings, table).await,
        },
        Err(source) if guard::is_unusual(&source) => read_whole(connection, settings, table).await,
        Err(source) => told(connection, settings, table, Err(source)).await,
    }
}

/// As [`read_after`], for who will write: all is asked of the tables.
pub(crate) async fn read_whole(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
) -> Result<Applied, HistoryError> {
    let whole = format!("{settings}{}", read_sql(table, connection.dialect()));
    let answer = connection.query_sets(&whole).await;
    told(connection, settings, table, answer).await
}

/// The history as an answer tells it, or why it does not.
async fn told(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
    mut answer: Result<Vec<Vec<TextRow>>, QueryError>,
) -> Result<Applied, HistoryError> {
    let dialect = connection.dialect();
    if answer.as_ref().is_err_and(lacks_columns) {
        let narrow = sqlite_sql(table, Shape::Narrow);
        answer = connection.query_sets(&narrow).await;
    }
    let source = match answer {
        Ok(mut sets) => return of_sets(table, &mut sets, dialect),
        Err(source) => source,
    };
    let Some(message) = missing_table(&source, dialect) else {
        return match refused(connection, settings, table, source).await {
            Refused::Because(error) => Err(error),
            Refused::NoMore => Box::pin(read_whole(connection, settings, table)).await,
        };
    };
    // PostgreSQL looks for the history first and names only one; SQLite begins at the end.
    let there = if !names(message, &table.journal().name) {
        There::Neither
    } else if dialect == Dialect::Postgres {
        There::HistoryAlone
    } else {
        there(connection, table).await?
    };
    match there {
        There::Neither => Ok(Applied::default()),
        There::HistoryAlone => Err(HistoryError::NoJournal {
            table: table.name.clone(),
            journal: table.journal(),
        }),
        // Another run has made them since.
        There::Both => Box::pin(read_whole(connection, settings, table)).await,
    }
}

/// What became of tables that were refused.
pub(crate) enum Refused {
    /// This is wrong.
    Because(HistoryError),
    /// Nothing is wrong any more.
    NoMore,
}

/// Tells why the tables could not be read, or written to; no transaction may be open that has failed.
pub(crate) async fn refused(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
    source: QueryError,
) -> Refused {
    let query = |source| {
        Refused::Because(HistoryError::Query {
            table: table.name.clone(),
            source,
        })
    };
    if connection.dialect() == Dialect::Sqlite || !is_refusal(&source) {
        return query(source);
    }
    match guard::refusal(connection, settings, table).await {
        Ok(Some(error)) => Refused::Because(error),
        Ok(None) => Refused::NoMore,
        // In a transaction nothing can be asked any more, and it was asked before it began.
        Err(error) if error.has_code("25P02") => Refused::Because(HistoryError::NotTaken {
            table: table.name.clone(),
            reason: Untaken::Meanwhile,
        }),
        Err(source) => query(source),
    }
}

/// Which of the two tables a SQLite database has.
enum There {
    Neither,
    HistoryAlone,
    Both,
}

async fn there(connection: &mut Connection, table: &HistoryTable) -> Result<There, HistoryError> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE name = {}), count(*) FILTER (WHERE name = {}) \
         FROM sqlite_schema WHERE type = 'table'",
        quote_literal(&table.name.name),
        quote_literal(&table.journal().name)
    );
    let rows = connection.query_text(&sql).await;
    let rows = rows.map_err(|source| HistoryError::Query {
        table: table.name.clone(),
        source,
    })?;
    let counts: Vec<&str> = rows
        .iter()
        .flatten()
        .flatten()
        .map(String::as_str)
        .collect();
    Ok(match counts.as_slice() {
        ["0", _] => There::Neither,
        [_, "0"] => There::HistoryAlone,
        _ => There::Both,
    })
}

fn missing_table(error: &QueryError, dialect: Dialect) -> Option<&str> {
    let error = error.database()?;
    let is_missing = match dialect {
        // LOCK says so of the schema.
        Dialect::Postgres => error.has_code("42P01") || error.has_code("3F000"),
        Dialect::Sqlite => error.message.starts_with("no such table"),
    };
    is_missing.then_some(error.message.as_str())
}

/// Whether SQLite misses a column that was added later; PostgreSQL is asked so that it misses none.
fn lacks_columns(error: &QueryError) -> bool {
    let added = || tables::added(Which::History).chain(tables::added(Which::Journal));
    error.database().is_some_and(|error| {
        let column = error.message.strip_prefix("no such column: ");
        column.is_some_and(|column| added().any(|name| name == column))
    })
}

/// Servers translate the message, never the name; PostgreSQL puts it in quotes, some languages'
/// own.
fn names(message: &str, table: &str) -> bool {
    message.match_indices(table).any(|(at, _)| {
        let after = message[at + table.len()..].chars().next();
        !after.is_some_and(|char| char.is_alphanumeric() || char == '_')
    })
}

/// Statements that write to the tables, on PostgreSQL once it is sure that nothing hangs on them; the
/// table names its schema. What the transaction has seen of them is asked again, or all.
pub(crate) fn write_sql(
    table: &HistoryTable,
    dialect: Dialect,
    seen: Option<&Seen>,
    statements: &str,
) -> String {
    match dialect {
        Dialect::Sqlite => statements.to_owned(),
        Dialect::Postgres => guarded(table, seen, statements).sql,
    }
}

/// Statements on PostgreSQL that write to the tables, among those that make sure of them.
pub(crate) struct Guarded {
    pub(crate) sql: String,
    /// How many stand before those that write.
    pub(crate) before: usize,
    /// How many stand behind them.
    pub(crate) behind: usize,
}

/// As [`write_sql`] on PostgreSQL: the guard, with a path of its own around it.
pub(crate) fn guarded(table: &HistoryTable, seen: Option<&Seen>, statements: &str) -> Guarded {
    let guard = guard::guard_sql(table, Ask::Shape, Access::Write, Question::since(seen));
    Guarded {
        sql: own_names::alone(&format!("{guard}{statements}")),
        before: 1 + guard::STATEMENTS,
        behind: 1,
    }
}

/// The same for the row of a revision, behind what [`unread_sql`] asks. It may be written on any path.
pub(crate) fn guarded_unread(unread: &str, row: &str) -> Guarded {
    Guarded {
        sql: format!("{unread}{row}"),
        before: guard::STATEMENTS,
        behind: 0,
    }
}

/// As [`write_sql`], where it was not asked yet whose the tables are.
pub(crate) fn first_write_sql(table: &HistoryTable, dialect: Dialect, statements: &str) -> String {
    match dialect {
        Dialect::Sqlite => statements.to_owned(),
        Dialect::Postgres => own_names::alone(&format!(
            "{}{statements}",
            guard::guard_sql(table, Ask::All, Access::Write, Question::Whole)
        )),
    }
}
