//! The rows of the two tables, as statements.

use std::fmt;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Revision, RevisionId, Tool, keep};
use limbeck_core::sql::quote_literal;

use super::HistoryTable;
use super::tables::table_names;

/// What the history says of a revision.
#[derive(Clone, Copy, Debug)]
pub struct HistoryRow<'a> {
    /// The revision.
    pub revision: &'a Revision,
    /// The checksum of its upgrade.
    pub checksum: &'a str,
    /// Who; PostgreSQL knows its login itself.
    pub run_by: Option<&'a str>,
    /// How long the run worked on it, in milliseconds, where somebody has counted.
    pub milliseconds: Option<u64>,
    /// How it came into the history.
    pub entry: Entry,
    /// The tool that ran it before Limbeck had it, and when.
    pub taken_over: Option<TakenOver<'a>>,
}

/// Who ran a revision that was a migration of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOver<'a> {
    /// The tool.
    pub from: Tool,
    /// When it ran it, as RFC 3339 text, where it says so.
    pub at: Option<&'a str>,
}

/// As `sqlx (taken over)`: who ran it.
impl fmt::Display for TakenOver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (taken over)", self.from)
    }
}

/// How a revision came into the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// It was run.
    #[default]
    Run,
    /// Somebody said that the database is there.
    Stamped,
}

/// Says that a revision has been run, by whom and for how long nobody counts; `checksum` is that of its upgrade.
#[must_use]
pub fn insert_sql(
    table: &HistoryTable,
    dialect: Dialect,
    revision: &Revision,
    checksum: &str,
) -> String {
    let row = HistoryRow {
        revision,
        checksum,
        run_by: None,
        milliseconds: None,
        entry: Entry::Run,
        taken_over: None,
    };
    insert_row_sql(table, dialect, &row)
}

/// Says that a revision has been run.
pub(crate) fn insert_row_sql(
    table: &HistoryTable,
    dialect: Dialect,
    row: &HistoryRow<'_>,
) -> String {
    let [history, _] = table_names(table, dialect);
    let revision = row.revision;
    let null = || "NULL".to_owned();
    let text = |text: &str| quote_literal(text);
    let run_by = match (row.taken_over, dialect) {
        (Some(taken_over), _) => text(&taken_over.to_string()),
        (None, Dialect::Postgres) => "SESSION_USER".to_owned(),
        (None, Dialect::Sqlite) => row.run_by.map_or_else(null, text),
    };
    let stamped = match (dialect, row.entry) {
        (Dialect::Postgres, Entry::Run) => "false",
        (Dialect::Postgres, Entry::Stamped) => "true",
        (Dialect::Sqlite, Entry::Run) => "0",
        (Dialect::Sqlite, Entry::Stamped) => "1",
    };
    // Without a way back nothing is kept; what is asked for then is refused by name.
    let downgrade = keep(revision, dialect).ok();
    let values = [
        text(revision.id.as_str()),
        text(revision.title()),
        text(row.checksum),
        text(&listed(&revision.parents)),
        run_by,
        row.milliseconds.map_or_else(null, |it| it.to_string()),
        text(env!("CARGO_PKG_VERSION")),
        stamped.to_owned(),
        downgrade.as_deref().map_or_else(null, text),
    ];
    // Without a time the table fills it in.
    let at = row.taken_over.and_then(|taken_over| taken_over.at);
    let (column, at) = match at {
        Some(at) => (", applied_at", format!(", {}", text(at))),
        None => ("", String::new()),
    };
    let values = values.join(", ") + &at;
    format!(
        "INSERT INTO {history} (revision, description, checksum, parents, run_by, duration_ms, version, stamped, \
         downgrade{column}) VALUES ({values})"
    )
}

/// Writes the checksum and the way back of a revision anew.
pub(crate) fn update_sql(table: &HistoryTable, dialect: Dialect, row: &HistoryRow<'_>) -> String {
    let [history, _] = table_names(table, dialect);
    let downgrade = keep(row.revision, dialect).ok();
    format!(
        "UPDATE {history} SET description = {}, checksum = {}, parents = {}, downgrade = {} WHERE revision = {}",
        quote_literal(row.revision.title()),
        quote_literal(row.checksum),
        quote_literal(&listed(&row.revision.parents)),
        downgrade
            .as_deref()
            .map_or_else(|| "NULL".to_owned(), quote_literal),
        quote_literal(row.revision.id.as_str())
    )
}

fn listed(ids: &[RevisionId]) -> String {
    let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
    ids.join(", ")
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

/// How far a step is that runs outside of a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatementsRow<'a> {
    /// The step; its checksum is that of the statements that have been run.
    pub(crate) step: JournalRow<'a>,
    /// How many statements have been run.
    pub(crate) done: u32,
    /// How many there are.
    pub(crate) of: u32,
    /// The checksum of the one that was begun, behind the others.
    pub(crate) begun: Option<&'a str>,
}

/// Says how far a step is, in place of what was said of it before; writes only where `condition` holds, and answers a
/// row then. Without anything done or begun there is nothing to say of it, and no row.
pub(crate) fn statements_sql(
    table: &HistoryTable,
    dialect: Dialect,
    row: &StatementsRow<'_>,
    condition: &str,
) -> String {
    let [_, journal] = table_names(table, dialect);
    let JournalRow {
        id,
        direction,
        step,
        steps,
        checksum,
    } = row.step;
    let id = quote_literal(id.as_str());
    let forget = format!(
        "DELETE FROM {journal} WHERE revision = {id} AND direction = '{direction}' AND step = {step} AND {condition}"
    );
    if row.done == 0 && row.begun.is_none() {
        return format!("{forget}; SELECT 1 WHERE {condition}");
    }
    let begun = row.begun.map_or_else(|| "NULL".to_owned(), quote_literal);
    format!(
        "{forget}; INSERT INTO {journal} (revision, direction, step, steps, checksum, statement, statements, begun) \
         SELECT {id}, '{direction}', {step}, {steps}, {}, {}, {}, {begun} WHERE {condition} RETURNING 1",
        quote_literal(checksum),
        row.done,
        row.of
    )
}

/// Forgets the steps of a revision that has come to its end.
#[must_use]
pub fn delete_journal_sql(table: &HistoryTable, dialect: Dialect, id: &RevisionId) -> String {
    let [_, journal] = table_names(table, dialect);
    let id = quote_literal(id.as_str());
    format!("DELETE FROM {journal} WHERE revision = {id}")
}

/// Forgets how far a step is that has come to its end.
pub(crate) fn delete_step_sql(
    table: &HistoryTable,
    dialect: Dialect,
    row: &JournalRow<'_>,
) -> String {
    let [_, journal] = table_names(table, dialect);
    format!(
        "DELETE FROM {journal} WHERE revision = {} AND direction = '{}' AND step = {}",
        quote_literal(row.id.as_str()),
        row.direction,
        row.step
    )
}

/// Forgets everything.
#[must_use]
pub fn purge_sql(table: &HistoryTable, dialect: Dialect) -> String {
    let [history, journal] = table_names(table, dialect);
    format!("DELETE FROM {journal};\nDELETE FROM {history}")
}
