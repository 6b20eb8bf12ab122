//! Tells a database at which revisions it is, without running any.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, DowngradeTarget, Graph, RevisionId, checksum};

use crate::connection::Connection;
use crate::history::{self, Applied, AppliedRevision, Entry, HistoryRow, HistoryTable};
use crate::run::lock::{self, Lock};
use crate::run::{Event, RunError, RunErrorKind, RunOptions, locked, step};

/// What becomes of what the history says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamp {
    /// What neither builds on a target nor is needed by one stays, such as another branch.
    #[default]
    Keep,
    /// Everything is forgotten, revisions that are in no file included.
    Purge,
}

/// Writes a history as if the targets and everything they need had been run, and nothing that
/// builds on them; without a target as if nothing had been run. Files are taken as they are now.
///
/// # Errors
///
/// [`RunErrorKind::HalfApplied`] while a revision is half applied, and [`RunErrorKind::UnknownApplied`] when the database has
/// revisions that are in no file and nothing is purged.
pub async fn stamp(
    connection: &mut Connection,
    graph: &Graph,
    target: &DowngradeTarget,
    purge: Stamp,
    options: &RunOptions,
) -> Result<(), RunError> {
    let lock = lock::find(connection, options).await?;
    let mut ignore = |_: Event<'_>| {};
    let applied = locked::begin_made(connection, options, &lock, purge, &mut ignore).await?;
    let outcome = stamp_locked(connection, graph, target, purge, options, &lock, applied).await;
    if outcome.is_err() {
        let _ = connection.batch("ROLLBACK").await;
    }
    outcome
}

async fn stamp_locked(
    connection: &mut Connection,
    graph: &Graph,
    target: &DowngradeTarget,
    purge: Stamp,
    options: &RunOptions,
    lock: &Lock,
    mut applied: Applied,
) -> Result<(), RunError> {
    let dialect = connection.dialect();
    let table = &lock.table;
    // The database is at neither side of it.
    if let Some(half) = applied.half {
        return Err(RunErrorKind::HalfApplied(Box::new(half)).into());
    }
    let mut parts = Vec::new();
    let mut statements = Vec::new();
    match purge {
        Stamp::Purge => {
            statements.push(history::purge_sql(table, dialect));
            applied = Applied::default();
        }
        Stamp::Keep => {
            let unknown = applied.unknown(graph);
            if !unknown.is_empty() {
                let rows = applied.unknown_rows(graph);
                return Err(RunErrorKind::UnknownApplied { unknown, rows }.into());
            }
        }
    }
    statements.extend(rows(graph, target, &applied, options, table, dialect)?);
    if !statements.is_empty() {
        parts.push(history::first_write_sql(
            table,
            dialect,
            &statements.join(";\n"),
        ));
    }
    parts.push("COMMIT".to_owned());
    let outcome = connection.batch(&parts.join(";\n")).await;
    outcome.map_err(|source| step::not_recorded(table, source))
}

/// Returns what a stamp takes out of a history, first what is in a file, from the bases to the heads: the next upgrade
/// runs that again.
#[must_use]
pub fn forgotten(
    graph: &Graph,
    target: &DowngradeTarget,
    purge: Stamp,
    applied: &Applied,
) -> Vec<RevisionId> {
    let kept = graph.ancestors_of(&target.revisions);
    let above = graph.above(target);
    let rows = applied.revisions.iter().map(|row| &row.id);
    let gone = rows.filter(|id| match purge {
        Stamp::Keep => above.contains(id) && !kept.contains(id),
        Stamp::Purge => !kept.contains(id) && !target.revisions.contains(id),
    });
    let gone: BTreeSet<&RevisionId> = gone.collect();
    let known = graph.iter().map(|revision| &revision.id);
    let known = known.filter(|id| gone.contains(id));
    let unknown = gone.iter().copied().filter(|id| graph.get(id).is_none());
    known.chain(unknown).cloned().collect()
}

/// The statements that make a history say so.
pub(super) fn rows(
    graph: &Graph,
    target: &DowngradeTarget,
    applied: &Applied,
    options: &RunOptions,
    table: &HistoryTable,
    dialect: Dialect,
) -> Result<Vec<String>, RunError> {
    let mut statements = Vec::new();
    let wanted = graph.upgrade_path(&[], &target.revisions)?;
    for id in forgotten(graph, target, Stamp::Keep, applied) {
        statements.push(history::delete_sql(table, dialect, &id));
    }
    let rows = applied.revisions.iter();
    let rows: BTreeMap<&RevisionId, &AppliedRevision> = rows.map(|row| (&row.id, row)).collect();
    for revision in wanted.into_iter().filter_map(|id| graph.get(id)) {
        let sum = checksum(revision.section(Direction::Upgrade, dialect)?, dialect);
        let before = rows.get(&revision.id);
        if before.is_some_and(|row| row.checksum == sum) {
            continue;
        }
        if before.is_some() {
            statements.push(history::delete_sql(table, dialect, &revision.id));
        }
        let row = HistoryRow {
            revision,
            checksum: &sum,
            run_by: options.run_by.as_deref(),
            milliseconds: None,
            entry: Entry::Stamped,
            taken_over: None,
        };
        statements.push(history::insert_row_sql(table, dialect, &row));
    }
    Ok(statements)
}
