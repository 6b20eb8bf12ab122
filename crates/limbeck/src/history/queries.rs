//! The questions by which a history is read.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{quote_identifier, quote_literal};

use super::guard::{self, Access, Ask, Question};
use super::tables::{self, Which, table_names};
use super::{HistoryTable, Shape, usual};
use crate::own_names;

/// Leaves `pg_catalog` alone on the path, and behind it the schema of the tables where they name none.
pub(super) fn path_sql(table: &HistoryTable) -> String {
    if table.name.schema.is_some() {
        return own_names::BEGIN.to_owned();
    }
    let name = quote_identifier(&table.name.name, Dialect::Postgres);
    // The function answers with the name of the schema as SQL spells it, and costs less than to ask the catalog.
    format!(
        "SELECT pg_catalog.set_config('limbeck.search_path', pg_catalog.current_setting('search_path'), true), \
         pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog', \
         (pg_catalog.pg_identify_object(1259::pg_catalog.oid, pg_catalog.to_regclass({})::pg_catalog.oid, 0)).schema, \
         'pg_temp'), true); ",
        quote_literal(&name)
    )
}

/// Reads the history, on PostgreSQL once it is sure that it is one; [`of_sets`](super::of_sets) reads the answer.
pub(crate) fn read_sql(table: &HistoryTable, dialect: Dialect) -> String {
    let select = match dialect {
        Dialect::Sqlite => sqlite_sql(table, Shape::Wide),
        Dialect::Postgres => postgres_sql(table),
    };
    guarded_sql(table, dialect, Question::Whole, &select)
}

/// As [`read_sql`], for tables on PostgreSQL that are this role's own and have the columns of this version: others are
/// refused, and [`read_sql`] tells whether they are good, too. No name in it depends on the path, so that stays what it is.
/// [`usual`](super::usual) reads the answer.
pub(super) fn usual_sql(table: &HistoryTable) -> String {
    let guard = guard::guard_sql(table, Ask::All, Access::Read, Question::Reading);
    guard + &usual::select_sql(table)
}

/// A query of the tables, on PostgreSQL once it is sure that they are those of a history, or still as they were seen.
pub(super) fn guarded_sql(
    table: &HistoryTable,
    dialect: Dialect,
    question: Question<'_>,
    select: &str,
) -> String {
    match dialect {
        Dialect::Sqlite => select.to_owned(),
        Dialect::Postgres => format!(
            "{}{}{select}{}",
            path_sql(table),
            guard::guard_sql(table, Ask::All, Access::Read, question),
            own_names::END
        ),
    }
}

/// One statement, so that both tables are seen at the same moment. A column that a table does not have is that of the
/// row beside it.
fn postgres_sql(table: &HistoryTable) -> String {
    let [history, journal] = table_names(table, Dialect::Postgres);
    let missing = |which| {
        let of = tables::added(which);
        of.map(|name| format!("CAST(NULL AS pg_catalog.text) AS {name}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let text = |column: &str| format!("CAST({column} AS pg_catalog.text)");
    let counted: Vec<String> = [(&history, Which::History), (&journal, Which::Journal)]
        .into_iter()
        .map(|(name, which)| {
            let names: Vec<String> = tables::added(which).map(quote_literal).collect();
            format!(
                "attrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid \
                 AND attname OPERATOR(pg_catalog.=) ANY (CAST(ARRAY[{}] AS pg_catalog.name[]))",
                quote_literal(name),
                names.join(", ")
            )
        })
        .collect();
    format!(
        "SELECT 'history' AS kind, h.* FROM (SELECT {}) AS missing CROSS JOIN LATERAL \
         (SELECT revision, description, checksum, {} AS at, {null}, {null}, {null}, parents, run_by, {}, version, {}, \
         {null}, {null}, {null} FROM {history}) AS h \
         UNION ALL SELECT 'journal', j.* FROM (SELECT {}) AS missing CROSS JOIN LATERAL \
         (SELECT revision, {null}, checksum, {}, direction, {}, {}, {null}, {null}, {null}, {null}, {null}, {}, {}, begun \
         FROM {journal}) AS j \
         UNION ALL SELECT 'shape', (SELECT {} FROM pg_catalog.pg_attribute WHERE NOT attisdropped AND ({})), \
         {null}, {null}, {null}, {null}, {null}, {null}, {null}, {null}, {null}, {null}, {null}, {null}, {null}, {null} \
         ORDER BY 5, 2",
        missing(Which::History),
        postgres_time("applied_at"),
        text("duration_ms"),
        text("stamped"),
        missing(Which::Journal),
        postgres_time("run_at"),
        text("step"),
        text("steps"),
        text("statement"),
        text("statements"),
        text("pg_catalog.count(*)"),
        counted.join(" OR "),
        null = text("NULL"),
    )
}

/// The same for tables of SQLite of one shape: all columns of this version, or none that was added. The rows come as one
/// text, a line of JSON for each; the driver spends as much on each value of a row as SQLite on the whole row.
pub(super) fn sqlite_sql(table: &HistoryTable, shape: Shape) -> String {
    let [history, journal] = table_names(table, Dialect::Sqlite);
    let time = |column: &str| format!("strftime('%Y-%m-%dT%H:%M:%SZ', {column})");
    let text = |column: &str| format!("CAST({column} AS text)");
    let added = |column: &str| match shape {
        Shape::Narrow => "NULL".to_owned(),
        Shape::Wide => text(column),
    };
    let count = match shape {
        Shape::Narrow => "0",
        Shape::Wide => tables::ADDED_COUNT,
    };
    format!(
        "SELECT group_concat(line, char(10)) FROM (\
         SELECT json_array('history', {}, {}, {}, {}, NULL, NULL, NULL, {}, {}, {}, {}, {}) AS line FROM {history} \
         UNION ALL SELECT json_array('journal', {}, NULL, {}, {}, {}, {}, {}, NULL, NULL, NULL, NULL, NULL, {}, {}, {}) \
         FROM {journal} \
         UNION ALL SELECT json_array('shape', '{count}'))",
        text("revision"),
        text("description"),
        text("checksum"),
        time("applied_at"),
        added("parents"),
        added("run_by"),
        added("duration_ms"),
        added("version"),
        added("stamped"),
        text("revision"),
        text("checksum"),
        time("run_at"),
        text("direction"),
        text("step"),
        text("steps"),
        added("statement"),
        added("statements"),
        added("begun"),
    )
}

fn postgres_time(column: &str) -> String {
    format!("pg_catalog.to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
}
