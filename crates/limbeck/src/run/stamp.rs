//! Tells a database at which revisions it is, without running any.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, DowngradeTarget, Graph, RevisionId, checksum};

use crate::connection::Connection;
use crate::history::{
    self, Applied, AppliedRevision, Entry, Half, HistoryError, HistoryRow, HistoryTable, Shape,
};
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
/// builds on them; without a target as if nothing had been run. Files are taken as they are now.
///
/// # Errors
///
/// [`RunError::HalfApplied`] while a revision is half applied, and [`RunError::UnknownApplied`] when the database has
/// revisions that are in no file and nothing is purged.
pub async fn stamp(
    connection: &mut Connection,
    graph: &Graph,
    target: &DowngradeTarget,
    purge: Stamp,
    options: &RunOptions,
) -> Result<(), RunError> {
    let lock = lock::find(connection, options).await?;
    let place = begin(connection, options, &lock).await?;
    let mut outcome = match place.half {
        // The database is at neither side of it.
        Some(half) => Err(RunError::HalfApplied(Box::new(half))),
        None => Ok(()),
    };
    if outcome.is_ok() && place.shape == Shape::Narrow {
        outcome = make(connection, &lock).await;
    }
    if outcome.is_ok() {
        outcome = stamp_locked(connection, graph, target, purge, options, &lock).await;
    }
    if outcome.is_err() {
        let _ = connection.batch("ROLLBACK").await;
    }
    outcome
}

/// What is known of the history before anything is written.
pub(super) struct Place {
    half: Option<Half>,
    shape: Shape,
    pub(super) has_tables: bool,
}

impl Place {
    fn of(read: Result<Applied, HistoryError>) -> Result<Self, RunError> {
        match read {
            Ok(applied) => Ok(Self {
                half: applied.half,
                shape: applied.shape,
                has_tables: applied.has_tables,
            }),
            // A purge makes it whole; without one it is an error when it is read again.
            Err(HistoryError::NoJournal { .. } | HistoryError::Damaged { .. }) => Ok(Self {
                half: None,
                shape: Shape::Narrow,
                has_tables: true,
            }),
            Err(error) => Err(error.into()),
        }
    }
}

/// Opens a transaction that holds the lock.
pub(super) async fn begin(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
) -> Result<Place, RunError> {
    let mut ignore = |_: Event<'_>| {};
    match connection.dialect() {
        Dialect::Sqlite => {
            step::begin_immediate(
                connection,
                options.wait_for_lock,
                &options.stop,
                &mut ignore,
            )
            .await?;
            let place = Place::of(history::read(connection, &lock.table).await);
            if place.is_err() {
                let _ = connection.batch("ROLLBACK").await;
            }
            place
        }
        Dialect::Postgres => {
            // Asked before the transaction: a table that cannot be read would end it.
            let settings = options.local_settings(Dialect::Postgres);
            let place = Place::of(history::read_after(connection, &settings, &lock.table).await)?;
            let unread = Tables::Unknown;
            lock::begin(connection, options, lock, &settings, unread, &mut ignore).await?;
            Ok(place)
        }
    }
}

/// Makes the tables where they are missing, and the columns that they lack.
pub(super) async fn make(connection: &mut Connection, lock: &Lock) -> Result<(), RunError> {
    let sql = history::create_sql(&lock.table, connection.dialect());
    let mut made = connection.batch(&sql).await;
    if made.is_ok() {
        made = history::widen(connection, &lock.table).await;
    }
    made.map_err(|source| step::not_recorded(&lock.table, source))
}

async fn stamp_locked(
    connection: &mut Connection,
    graph: &Graph,
    target: &DowngradeTarget,
    purge: Stamp,
    options: &RunOptions,
    lock: &Lock,
) -> Result<(), RunError> {
    let dialect = connection.dialect();
    let table = &lock.table;
    let mut parts = Vec::new();
    let mut statements = Vec::new();
    let applied = match purge {
        Stamp::Purge => {
            statements.push(history::purge_sql(table, dialect));
            Applied::default()
        }
        Stamp::Keep => {
            let applied = history::read(connection, table).await?;
            if let Some(half) = applied.half {
                return Err(RunError::HalfApplied(Box::new(half)));
            }
            let unknown = applied.unknown(graph);
            if !unknown.is_empty() {
                let rows = applied.unknown_rows(graph);
                return Err(RunError::UnknownApplied { unknown, rows });
            }
            applied
        }
    };
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
        statements.push(history::insert_row_sql(table, dialect, &row, None));
    }
    Ok(statements)
}
