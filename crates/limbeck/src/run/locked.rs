//! The history under the lock: what it says then holds until the transaction ends.

use limbeck_core::dialect::Dialect;

use crate::connection::Connection;
use crate::history::{self, Applied, Found, HistoryError, Shape};
use crate::run::lock::{self, Lock, Tables};
use crate::run::{OnEvent, RunError, RunOptions, Stamp, begin, step};

/// Opens a transaction that holds the lock, and reads the history, whose tables are there.
pub(super) async fn begin(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
    on_event: OnEvent<'_>,
) -> Result<Applied, RunError> {
    match open(connection, options, lock, Tables::There(None), on_event).await? {
        Some(Found::All(applied)) => return Ok(applied),
        Some(Found::Expected(_)) => return Ok(Applied::default()),
        None => {}
    }
    let applied = history::read(connection, &lock.table).await;
    if applied.is_err() {
        let _ = connection.batch("ROLLBACK").await;
    }
    Ok(applied?)
}

/// The same where the tables may be missing, or lack columns: they are made once the history is read. A purge takes a
/// history that cannot be read for an empty one.
pub(super) async fn begin_made(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
    purge: Stamp,
    on_event: OnEvent<'_>,
) -> Result<Applied, RunError> {
    if connection.dialect() == Dialect::Postgres {
        // Why a table is refused cannot be asked in the transaction that this ends.
        let settings = options.local_settings(Dialect::Postgres);
        let read = history::read_whole(connection, &settings, &lock.table).await;
        or_purged(read, purge)?;
    }
    open(connection, options, lock, Tables::Unknown, on_event).await?;
    let outcome = made(connection, lock, purge).await;
    if outcome.is_err() {
        let _ = connection.batch("ROLLBACK").await;
    }
    outcome
}

/// Opens a transaction that holds the lock; on PostgreSQL it may tell what the history says.
async fn open(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
    tables: Tables<'_>,
    on_event: OnEvent<'_>,
) -> Result<Option<Found>, RunError> {
    match connection.dialect() {
        Dialect::Sqlite => {
            let limit = options.wait_for_lock;
            begin::begin_immediate(connection, limit, &options.stop, on_event).await?;
            Ok(None)
        }
        Dialect::Postgres => {
            let settings = begin::settings(options);
            lock::begin(connection, options, lock, &settings, tables, on_event).await
        }
    }
}

async fn made(connection: &mut Connection, lock: &Lock, purge: Stamp) -> Result<Applied, RunError> {
    let is_postgres = connection.dialect() == Dialect::Postgres;
    if is_postgres {
        let saved = connection.batch("SAVEPOINT limbeck_history").await;
        saved.map_err(lock::failed)?;
    }
    let read = history::read(connection, &lock.table).await;
    if is_postgres && !read.as_ref().is_ok_and(|applied| applied.has_tables) {
        // A table that is not there has ended the transaction up to here.
        let back = connection
            .batch("ROLLBACK TO SAVEPOINT limbeck_history")
            .await;
        back.map_err(lock::failed)?;
    }
    let applied = or_purged(read, purge)?;
    if applied.shape == Shape::Narrow {
        let sql = history::create_sql(&lock.table, connection.dialect());
        let mut made = connection.batch(&sql).await;
        if made.is_ok() {
            made = history::widen(connection, &lock.table).await;
        }
        made.map_err(|source| step::not_recorded(&lock.table, source))?;
    }
    Ok(applied)
}

fn or_purged(read: Result<Applied, HistoryError>, purge: Stamp) -> Result<Applied, HistoryError> {
    match read {
        Err(HistoryError::NoJournal { .. } | HistoryError::Damaged { .. })
            if purge == Stamp::Purge =>
        {
            Ok(Applied {
                has_tables: true,
                ..Applied::default()
            })
        }
        read => read,
    }
}
