//! The two tables by which a database knows its revisions: the history of those that were run, and
//! the journal of the one that was begun.

mod answer;
mod guard;

pub(crate) use answer::of_sets;
pub use guard::Untaken;
pub(crate) use guard::{all_faults_sql, is_refusal};

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, Revision, RevisionId, checksum};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{quote_identifier, quote_literal};

use crate::connection::{Connection, QueryError};
use crate::own_names;
use guard::{Access, Ask};

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
        let known = || {
            self.revisions
                .iter()
                .filter(|row| graph.get(&row.id).is_some())
        };
        let inner = graph.ancestors_of(known().map(|row| &row.id));
        known()
            .filter(|row| !inner.contains(&row.id))
            .map(|row| row.id.clone())
            .collect()
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

    /// Returns what has been run and whose upgrade says something else by now.
    #[must_use]
    pub fn changed(&self, graph: &Graph, dialect: Dialect) -> Vec<RevisionId> {
        let is_changed = |row: &&AppliedRevision| {
            let section = graph
                .get(&row.id)
                .and_then(|revision| revision.section(Direction::Upgrade, dialect).ok());
            section.is_some_and(|section| checksum(section, dialect) != row.checksum)
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

/// Reads the history in one round trip, and changes nothing; without tables nothing has been run.
///
/// # Errors
///
/// [`HistoryError`] when the tables cannot be read, or are not as Limbeck writes them.
pub async fn read(
    connection: &mut Connection,
    table: &HistoryTable,
) -> Result<Applied, HistoryError> {
    read_after(connection, "", table).await
}

/// Reads the history after `settings`, statements that end with semicolons, in the same round trip.
pub(crate) async fn read_after(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
) -> Result<Applied, HistoryError> {
    let dialect = connection.dialect();
    let sql = format!("{settings}{}", read_sql(table, dialect));
    match connection.query_sets(&sql).await {
        Ok(mut sets) => of_sets(table, &mut sets, dialect),
        Err(source) => {
            let Some(message) = missing_table(&source, dialect) else {
                return match refused(connection, settings, table, source).await {
                    Refused::Because(error) => Err(error),
                    Refused::NoMore => Box::pin(read_after(connection, settings, table)).await,
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
                There::Both => Box::pin(read_after(connection, settings, table)).await,
            }
        }
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

/// Servers translate the message, never the name; PostgreSQL puts it in quotes, some languages'
/// own.
fn names(message: &str, table: &str) -> bool {
    message.match_indices(table).any(|(at, _)| {
        let after = message[at + table.len()..].chars().next();
        !after.is_some_and(|char| char.is_alphanumeric() || char == '_')
    })
}

/// Leaves `pg_catalog` alone on the path, and behind it the schema of the tables where they name none.
fn path_sql(table: &HistoryTable) -> String {
    if table.name.schema.is_some() {
        return own_names::BEGIN.to_owned();
    }
    let name = quote_identifier(&table.name.name, Dialect::Postgres);
    format!(
        "SELECT pg_catalog.set_config('limbeck.search_path', pg_catalog.current_setting('search_path'), true), \
         pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog', \
         (SELECT pg_catalog.quote_ident(n.nspname::pg_catalog.text) FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid), 'pg_temp'), true); ",
        quote_literal(&name)
    )
}

/// Reads the history, on PostgreSQL once it is sure that it is one; [`of_sets`] reads the answer.
pub(crate) fn read_sql(table: &HistoryTable, dialect: Dialect) -> String {
    let select = select_sql(table, dialect);
    match dialect {
        Dialect::Sqlite => select,
        Dialect::Postgres => format!(
            "{}{}{select}{}",
            path_sql(table),
            guard::guard_sql(table, Ask::All, Access::Read),
            own_names::END
        ),
    }
}

/// Statements that write to the tables, on PostgreSQL once it is sure that nothing hangs on them; the
/// table names its schema.
pub(crate) fn write_sql(table: &HistoryTable, dialect: Dialect, statements: &str) -> String {
    match dialect {
        Dialect::Sqlite => statements.to_owned(),
        Dialect::Postgres => own_names::alone(&format!(
            "{}{statements}",
            guard::guard_sql(table, Ask::Shape, Access::Write)
        )),
    }
}

/// As [`write_sql`], where it was not asked yet whose the tables are.
pub(crate) fn first_write_sql(table: &HistoryTable, dialect: Dialect, statements: &str) -> String {
    match dialect {
        Dialect::Sqlite => statements.to_owned(),
        Dialect::Postgres => own_names::alone(&format!(
            "{}{statements}",
            guard::guard_sql(table, Ask::All, Access::Write)
        )),
    }
}

/// One statement, so that both tables are seen at the same moment.
fn select_sql(table: &HistoryTable, dialect: Dialect) -> String {
    let [history, journal] = table_names(table, dialect);
    let time = |column: &str| match dialect {
        Dialect::Postgres => {
            format!(
                "pg_catalog.to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
            )
        }
        Dialect::Sqlite => format!("strftime('%Y-%m-%dT%H:%M:%SZ', {column})"),
    };
    let text = |column: &str| match dialect {
        Dialect::Postgres => format!("CAST({column} AS pg_catalog.text)"),
        Dialect::Sqlite => format!("CAST({column} AS text)"),
    };
    format!(
        "SELECT 'history' AS kind, revision, description, checksum, {} AS at, {null} AS direction, \
         {null} AS step, {null} AS steps FROM {history} \
         UNION ALL \
         SELECT 'journal', revision, {null}, checksum, {}, direction, {}, {} FROM {journal} \
         ORDER BY 5, 2",
        time("applied_at"),
        time("run_at"),
        text("step"),
        text("steps"),
        null = text("NULL"),
    )
}

/// Creates both tables where they are missing, and on PostgreSQL their schema. None of it goes by a name
/// that another schema of the path could have, too.
#[must_use]
pub fn ensure_sql(table: &HistoryTable, dialect: Dialect) -> String {
    let [history, journal] = table_names(table, dialect);
    let (id, time) = match dialect {
        Dialect::Postgres => (
            "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP",
        ),
        Dialect::Sqlite => (
            "INTEGER PRIMARY KEY",
            "TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP",
        ),
    };
    let mut sql = String::new();
    if let (Dialect::Postgres, Some(schema)) = (dialect, &table.name.schema) {
        // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even when it exists.
        let schema = quote_identifier(schema, dialect);
        sql = format!(
            "DO {};\n",
            quote_literal(&format!(
                "BEGIN IF pg_catalog.to_regnamespace({}) IS NULL THEN CREATE SCHEMA {schema}; END IF; END",
                quote_literal(&schema)
            ))
        );
    }
    sql + &format!(
        "CREATE TABLE IF NOT EXISTS {history} (\n    \
         revision text NOT NULL PRIMARY KEY,\n    \
         description text NOT NULL,\n    \
         checksum text NOT NULL,\n    \
         applied_at {time}\n);\n\
         CREATE TABLE IF NOT EXISTS {journal} (\n    \
         id {id},\n    \
         revision text NOT NULL,\n    \
         direction text NOT NULL,\n    \
         step integer NOT NULL,\n    \
         steps integer NOT NULL,\n    \
         checksum text NOT NULL,\n    \
         run_at {time},\n    \
         UNIQUE (revision, direction, step)\n)"
    )
}

/// As [`ensure_sql`], to be run now; on PostgreSQL the table names its schema.
pub(crate) fn create_sql(table: &HistoryTable, dialect: Dialect) -> String {
    let sql = ensure_sql(table, dialect);
    match dialect {
        Dialect::Postgres => own_names::alone(&sql),
        Dialect::Sqlite => sql,
    }
}

/// Says that a revision has been run; `checksum` is that of its upgrade.
#[must_use]
pub fn insert_sql(
    table: &HistoryTable,
    dialect: Dialect,
    revision: &Revision,
    checksum: &str,
) -> String {
    let [history, _] = table_names(table, dialect);
    let values = [revision.id.as_str(), revision.title(), checksum].map(quote_literal);
    format!(
        "INSERT INTO {history} (revision, description, checksum) VALUES ({})",
        values.join(", ")
    )
}

/// Says that a revision has been taken back.
#[must_use]
pub fn delete_sql(table: &HistoryTable, dialect: Dialect, id: &RevisionId) -> String {
    let [history, _] = table_names(table, dialect);
    let id = quote_literal(id.as_str());
    format!("DELETE FROM {history} WHERE revision = {id}")
}

/// A step that has been run, as the journal keeps it.
#[derive(Clone, Copy, Debug)]
pub struct JournalRow<'a> {
    /// The revision.
    pub id: &'a RevisionId,
    /// Which way it is going.
    pub direction: Direction,
    /// The number of the step, counted from 1.
    pub step: u32,
    /// How many there are.
    pub steps: u32,
    /// The checksum of the step.
    pub checksum: &'a str,
}

/// Says that a step has been run, and is not the last one.
#[must_use]
pub fn insert_journal_sql(table: &HistoryTable, dialect: Dialect, row: &JournalRow<'_>) -> String {
    let [_, journal] = table_names(table, dialect);
    format!(
        "INSERT INTO {journal} (revision, direction, step, steps, checksum) VALUES ({}, '{}', {}, {}, {})",
        quote_literal(row.id.as_str()),
        row.direction,
        row.step,
        row.steps,
        quote_literal(row.checksum)
    )
}

/// Forgets the steps of a revision that has come to its end.
#[must_use]
pub fn delete_journal_sql(table: &HistoryTable, dialect: Dialect, id: &RevisionId) -> String {
    let [_, journal] = table_names(table, dialect);
    let id = quote_literal(id.as_str());
    format!("DELETE FROM {journal} WHERE revision = {id}")
}

/// Forgets everything.
#[must_use]
pub fn purge_sql(table: &HistoryTable, dialect: Dialect) -> String {
    let [history, journal] = table_names(table, dialect);
    format!("DELETE FROM {journal};\nDELETE FROM {history}")
}

/// Both tables as SQL names them: the history, and the journal.
pub(crate) fn table_names(table: &HistoryTable, dialect: Dialect) -> [String; 2] {
    [&table.name, &table.journal()].map(|name| {
        let own = quote_identifier(&name.name, dialect);
        match (dialect, &name.schema) {
            (Dialect::Postgres, Some(schema)) => {
                format!("{}.{own}", quote_identifier(schema, dialect))
            }
            (Dialect::Postgres, None) | (Dialect::Sqlite, _) => own,
        }
    })
}
