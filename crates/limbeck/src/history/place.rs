//! The history as one row, for a run that knows what it should say: to read all rows again before each step would take the
//! more time the more has been run.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Revision, RevisionId};
use limbeck_core::sql::quote_literal;

use super::guard::{self, Question};
use super::queries::guarded_sql;
use super::tables::table_names;
use super::{Applied, HistoryError, HistoryTable, Seen, answer, read};
use crate::connection::{Connection, TextRow};

/// Whether one row can tell that a history says what is expected: not while a revision is half applied.
pub(crate) fn fits_a_row(expected: &Applied) -> bool {
    expected.has_tables && expected.half.is_none()
}

/// Asks for that row, on PostgreSQL once it is sure that the tables are those of a history, or still as they were seen.
pub(crate) fn place_sql(table: &HistoryTable, dialect: Dialect, expected: &Applied) -> String {
    let [history, journal] = table_names(table, dialect);
    let select = match dialect {
        Dialect::Postgres => format!(
            "SELECT (SELECT pg_catalog.string_agg(revision, ',') FROM {history}), \
             (SELECT CAST(pg_catalog.count(*) AS pg_catalog.text) FROM {journal})"
        ),
        Dialect::Sqlite => format!(
            "SELECT (SELECT group_concat(revision, ',') FROM {history}), \
             (SELECT CAST(count(*) AS text) FROM {journal})"
        ),
    };
    guarded_sql(
        table,
        dialect,
        Question::since(expected.seen.as_ref()),
        &select,
    )
}

/// Asks on PostgreSQL, in a transaction that has asked nothing of the tables, whether a row for the revision can be written
/// to the history: they are those that were seen, the rows of what the revision builds on are there, and nothing is half
/// applied. With the last revision of a run there must be no other row besides, too; to count them for each would take the more
/// time the more there are. It fails where not.
pub(crate) fn unread_sql(
    table: &HistoryTable,
    seen: &Seen,
    expected: &Applied,
    revision: &Revision,
    is_last: bool,
) -> String {
    let [history, journal] = table_names(table, Dialect::Postgres);
    let needs: BTreeSet<&RevisionId> = revision
        .parents
        .iter()
        .chain(&revision.depends_on)
        .collect();
    let is_there = |id: &&RevisionId| {
        // It is mostly the one that was run just before.
        let mut latest = expected.revisions.iter().rev();
        latest.any(|row| row.id == **id)
    };
    let nothing_half = format!("NOT EXISTS (SELECT FROM {journal})");
    let as_many = is_last.then(|| {
        let count = expected.revisions.len();
        format!(
            "(SELECT pg_catalog.count(*) FROM {history}) OPERATOR(pg_catalog.=) {count}::pg_catalog.int8"
        )
    });
    let needed = needs.into_iter().filter(is_there).map(|id| {
        let id = quote_literal(id.as_str());
        format!("EXISTS (SELECT FROM {history} WHERE revision OPERATOR(pg_catalog.=) {id})")
    });
    let first = std::iter::once(nothing_half).chain(as_many);
    let conditions: Vec<String> = first.chain(needed).collect();
    guard::unread_sql(table, seen, &conditions.join(" AND "))
}

/// What a history says, to somebody who knows what it should say.
pub(crate) enum Found {
    /// Just that; this was seen of the tables.
    Expected(Option<Seen>),
    /// All that it says.
    All(Applied),
}

/// Whether the answer to [`place_sql`] says what is expected; takes the answer off the sets.
pub(crate) fn of_place(
    sets: &mut Vec<Vec<TextRow>>,
    dialect: Dialect,
    expected: &Applied,
) -> Option<Found> {
    let (rows, seen) = answer::take(sets, dialect);
    let row = rows.first()?;
    let text = |index: usize| row.get(index).and_then(Option::as_deref);
    let is_there = text(1) == Some("0") && are_ids(text(0).unwrap_or_default(), expected);
    // What was asked for by what was seen says nothing new.
    let seen = seen.or_else(|| expected.seen.clone());
    is_there.then_some(Found::Expected(seen))
}

/// Whether ids with commas between them are those that are expected.
fn are_ids(told: &str, expected: &Applied) -> bool {
    let ids = || expected.revisions.iter().map(|row| row.id.as_str());
    // Rows mostly come in the order in which they were written.
    let rest = ids().enumerate().try_fold(told, |rest, (at, id)| {
        let rest = if at == 0 {
            rest
        } else {
            rest.strip_prefix(',')?
        };
        rest.strip_prefix(id)
    });
    let told = || told.split(',').filter(|id| !id.is_empty());
    rest == Some("") || told().collect::<BTreeSet<_>>() == ids().collect()
}

/// Reads the history of a SQLite database: one row where it says what is expected, and all rows where it does not.
pub(crate) async fn read_expected(
    connection: &mut Connection,
    table: &HistoryTable,
    expected: &Applied,
) -> Result<Found, HistoryError> {
    if connection.dialect() == Dialect::Sqlite && fits_a_row(expected) {
        let sql = place_sql(table, Dialect::Sqlite, expected);
        // A table that is not there any more is an error of the whole question.
        if let Ok(mut sets) = connection.query_sets(&sql).await
            && let Some(found) = of_place(&mut sets, Dialect::Sqlite, expected)
        {
            return Ok(found);
        }
    }
    read(connection, table).await.map(Found::All)
}
