//! The two tables themselves: how they are made, and how those of an earlier version get the columns of this one.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{quote_identifier, quote_literal};

use super::HistoryTable;
use crate::connection::{Connection, QueryError};
use crate::own_names;

impl HistoryTable {
    /// The table of this name, in the schema that PostgreSQL makes tables in.
    ///
    /// ```
    /// use limbeck::history::HistoryTable;
    /// use limbeck::run::RunOptions;
    ///
    /// let options = RunOptions {
    ///     history: HistoryTable::new("billing_history").in_schema("operations"),
    ///     ..RunOptions::default()
    /// };
    /// # assert_eq!(options.history.name.to_string(), "operations.billing_history");
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: QualifiedName::new(name),
        }
    }

    /// In this schema, which a run makes where it is missing; SQLite has none.
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
        self.name.schema = Some(schema.into());
        self
    }
}

/// What later versions have added, in the order in which it was: tables without are taken, too.
const ADDED: [(Which, &str, [&str; 2]); 9] = {
    use Which::{History, Journal};
    [
        (History, "parents", ["text", "TEXT"]),
        (History, "run_by", ["text", "TEXT"]),
        (History, "duration_ms", ["bigint", "INTEGER"]),
        (History, "version", ["text", "TEXT"]),
        (History, "stamped", ["boolean", "INTEGER"]),
        (History, "downgrade", ["text", "TEXT"]),
        (Journal, "statement", ["integer", "INTEGER"]),
        (Journal, "statements", ["integer", "INTEGER"]),
        (Journal, "begun", ["text", "TEXT"]),
    ]
};

/// How many columns that are, as text.
pub(super) const ADDED_COUNT: &str = "9";

/// One of the two tables.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    History,
    Journal,
}

/// The names of the columns that were added to a table.
pub(super) fn added(which: Which) -> impl Iterator<Item = &'static str> {
    let of = ADDED.iter().filter(move |(table, ..)| *table == which);
    of.map(|(_, name, _)| *name)
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
    let columns = |which| {
        let of = ADDED.iter().filter(|(table, ..)| *table == which);
        of.map(|(_, name, types)| format!(",\n    {name} {}", spelled(*types, dialect)))
            .collect::<String>()
    };
    sql + &format!(
        "CREATE TABLE IF NOT EXISTS {history} (\n    \
         revision text NOT NULL PRIMARY KEY,\n    \
         description text NOT NULL,\n    \
         checksum text NOT NULL,\n    \
         applied_at {time}{}\n);\n\
         CREATE TABLE IF NOT EXISTS {journal} (\n    \
         id {id},\n    \
         revision text NOT NULL,\n    \
         direction text NOT NULL,\n    \
         step integer NOT NULL,\n    \
         steps integer NOT NULL,\n    \
         checksum text NOT NULL,\n    \
         run_at {time}{},\n    \
         UNIQUE (revision, direction, step)\n)",
        columns(Which::History),
        columns(Which::Journal)
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

/// Gives both tables the columns that they lack; on PostgreSQL the table names its schema. The transaction that is
/// open has looked at them.
pub(crate) async fn widen(
    connection: &mut Connection,
    table: &HistoryTable,
) -> Result<(), QueryError> {
    let dialect = connection.dialect();
    let [history, journal] = table_names(table, dialect);
    let mut statements = Vec::new();
    for (which, name, types) in ADDED {
        let (owner, shown) = match which {
            Which::History => (&table.name, &history),
            Which::Journal => (&table.journal(), &journal),
        };
        let kind = spelled(types, dialect);
        if dialect == Dialect::Postgres {
            statements.push(format!(
                "ALTER TABLE {shown} ADD COLUMN IF NOT EXISTS {name} {kind}"
            ));
            continue;
        }
        let sql = format!(
            "SELECT name FROM pragma_table_info({}) WHERE name = {}",
            quote_literal(&owner.name),
            quote_literal(name)
        );
        if connection.query_text(&sql).await?.is_empty() {
            statements.push(format!("ALTER TABLE {shown} ADD COLUMN {name} {kind}"));
        }
    }
    connection
        .batch(&super::first_write_sql(
            table,
            dialect,
            &statements.join("; "),
        ))
        .await
}

/// The columns that tables of an earlier version may lack on PostgreSQL: each with the table, as SQL, and the statement
/// that adds it.
pub(crate) fn missing_columns(
    table: &HistoryTable,
) -> impl Iterator<Item = (String, &'static str, String)> {
    let [history, journal] = table_names(table, Dialect::Postgres);
    ADDED.iter().map(move |(which, name, types)| {
        let shown = match which {
            Which::History => &history,
            Which::Journal => &journal,
        };
        let kind = spelled(*types, Dialect::Postgres);
        let add = format!("ALTER TABLE {shown} ADD COLUMN {name} {kind}");
        (shown.clone(), *name, add)
    })
}

fn spelled([postgres, sqlite]: [&'static str; 2], dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => postgres,
        Dialect::Sqlite => sqlite,
    }
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
