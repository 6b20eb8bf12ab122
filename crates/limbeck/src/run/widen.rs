//! Gives the tables of an earlier version the columns of this one, before anything else is written.

use crate::connection::{Connection, QueryError};
use crate::history::{self, Applied, Shape};
use crate::run::lock::Lock;
use crate::run::{OnEvent, RunError, RunErrorKind, RunOptions, locked};

/// Whether the tables are those of an earlier version.
pub(super) fn is_needed(applied: &Applied) -> bool {
    applied.has_tables && applied.shape == Shape::Narrow
}

/// Adds the columns that are missing, in a transaction of its own: those who look at the history are not to wait for the
/// end of a step.
pub(super) async fn widen(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
    applied: &mut Applied,
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    if !is_needed(applied) {
        return Ok(());
    }
    locked::begin(connection, options, lock, on_event).await?;
    let outcome = inside(connection, lock).await;
    if outcome.is_err() {
        let _ = connection.batch("ROLLBACK").await;
    }
    *applied = outcome?;
    Ok(())
}

async fn inside(connection: &mut Connection, lock: &Lock) -> Result<Applied, RunError> {
    let failed = |source: QueryError| RunErrorKind::Query {
        action: "give the tables of the history the columns of this version",
        source,
    };
    let widened = history::widen(connection, &lock.table).await;
    widened.map_err(failed)?;
    let applied = history::read(connection, &lock.table).await?;
    connection.batch("COMMIT").await.map_err(failed)?;
    Ok(applied)
}
