//! Tells a database at which revisions it is, without running any.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, DowngradeTarget, Graph, RevisionId, checksum};

use crate::connection::Connection;
use crate::history::{self, Applied, AppliedRevision, HistoryError, HistoryTable};
use crate::run::lock::{self, Lock, Tables};
use crate::run::{Event, RunError, RunOptions, step};

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
/// builds on them; without a target as if nothing had been run. A half applied revision is whole
/// or gone afterwards. Files are taken as they are now.
///
/// # Errors
///
/// [`RunError::UnknownApplied`] when the database has revisions that are in no file and nothing is
/// purged.
pub async fn stamp(
    connection: &mut Connection,
    graph: &Graph,
    target: &DowngradeTarget,
    purge: Stamp,
    options: &RunOptions,
) -> Result<(), RunError> {
    let lock = lock::find(connection, options).await?;
    let mut outcome = begin(connection, options, &lock).await;
    if outcome.is_ok() {
        outcome = stamp_locked(connection, graph, target, purge, &lock).await;
        if outcome.is_err() {
            let _ = connection.batch("ROLLBACK").await;
        }
    }
    outcome
}

async fn begin(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
) -> Result<(), RunError> {
    let mut ignore = |_: Event<'_>| {};
    match connection.dialect() {
        Dialect::Sqlite => {
            step::begin_immediate(
                connection,
                options.wait_for_lock,
                &options.stop,
                &mut ignore,
            )
            .await
        }
        Dialect::Postgres => {
            // Asked before the transaction: a table that cannot be read would end it.
            let settings = options.local_settings(Dialect::Postgres);
            let is_there = match history::read_after(connection, &settings, &lock.table).await {
                Ok(applied) => applied.has_tables,
                Err(HistoryError::NoJournal { .. }) => false,
                Err(HistoryError::Damaged { .. }) => true,
                Err(error) => return Err(error.into()),
            };
            let unread = Tables::Unknown;
            lock::begin(connection, options, lock, &settings, unread, &mut ignore).await?;
            if is_there {
                return Ok(());
            }
            let made = history::create_sql(&lock.table, Dialect::Postgres);
            let outcome = connection.batch(&made).await;
            if outcome.is_err() {
                let _ = connection.batch("ROLLBACK").await;
            }
            outcome.map_err(|source| step::not_recorded(&lock.table, source))
        }
    }
}

async fn stamp_locked(
    connection: &mut Connection,
    graph: &Graph,
    target: &DowngradeTarget,
    purge: Stamp,
    lock: &Lock,
) -> Result<(), RunError> {
    let dialect = connection.dialect();
    let table = &lock.table;
    let mut parts = Vec::new();
    let mut statements = Vec::new();
    let applied = match purge {
        Stamp::Purge => {
            parts.push(history::create_sql(table, dialect));
            statements.push(history::purge_sql(table, dialect));
            Applied::default()
        }
        Stamp::Keep => {
            let applied = history::read(connection, table).await?;
            let unknown = applied.unknown(graph);
            if !unknown.is_empty() {
                return Err(RunError::UnknownApplied { unknown });
            }
            if !applied.has_tables {
                parts.push(history::create_sql(table, dialect));
            }
            if let Some(half) = &applied.half {
                statements.push(history::delete_journal_sql(table, dialect, &half.id));
            }
            applied
        }
    };
    statements.extend(rows(graph, target, &applied, table, dialect)?);
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

/// The statements that make a history say so.
pub(super) fn rows(
    graph: &Graph,
    target: &DowngradeTarget,
    applied: &Applied,
    table: &HistoryTable,
    dialect: Dialect,
) -> Result<Vec<String>, RunError> {
    let mut statements = Vec::new();
    let wanted = graph.upgrade_path(&[], &target.revisions)?;
    let kept: BTreeSet<&RevisionId> = wanted.iter().copied().collect();
    let above = graph.above(target);
    for row in &applied.revisions {
        if above.contains(&row.id) && !kept.contains(&row.id) {
            statements.push(history::delete_sql(table, dialect, &row.id));
        }
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
        statements.push(history::insert_sql(table, dialect, revision, &sum));
    }
    Ok(statements)
}
