//! What somebody says of a statement of which the database tells nothing: whether it was done.

use crate::connection::Connection;
use crate::history::{self, Half, JournalRow, Part, StatementsRow};
use crate::run::lock::{self, Lock};
use crate::run::{Event, RunError, RunOptions, locked, step};

/// What became of a statement that was begun by a run that did not see its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done: the next run goes on behind it.
    Done,
    /// It was not, or may be done twice: the next run sends it again.
    Again,
}

/// Writes what became of the statement that is in doubt, and runs nothing. Returns how far the revision is that is half
/// applied, if one is; where no statement of it is in doubt, nothing is written.
///
/// # Errors
///
/// [`RunError`] when the history cannot be read or written, or another run is under way.
pub async fn resume(
    connection: &mut Connection,
    outcome: Outcome,
    options: &RunOptions,
) -> Result<Option<Half>, RunError> {
    if super::read_history(connection, options)
        .await?
        .half
        .is_none()
    {
        return Ok(None);
    }
    let lock = lock::find(connection, options).await?;
    let mut ignore = |_: Event<'_>| {};
    let applied = locked::begin(connection, options, &lock, &mut ignore).await?;
    let written = match applied.half {
        Some(half) => answered(connection, &lock, half, outcome).await.map(Some),
        None => Ok(None),
    };
    let ended = match &written {
        Ok(_) => connection.batch("COMMIT").await,
        Err(_) => connection.batch("ROLLBACK").await,
    };
    let written = written?;
    ended.map_err(|source| step::not_recorded(&lock.table, source))?;
    Ok(written)
}

async fn answered(
    connection: &mut Connection,
    lock: &Lock,
    mut half: Half,
    outcome: Outcome,
) -> Result<Half, RunError> {
    let Some((part, begun)) = half
        .part
        .as_ref()
        .and_then(|part| Some((part, part.begun.clone()?)))
    else {
        return Ok(half);
    };
    let part = match outcome {
        Outcome::Done => Part {
            done: part.done + 1,
            of: part.of,
            checksum: begun,
            begun: None,
        },
        Outcome::Again => Part {
            begun: None,
            ..part.clone()
        },
    };
    let row = StatementsRow {
        step: JournalRow {
            id: &half.id,
            direction: half.direction,
            step: half.done + 1,
            steps: half.of,
            checksum: &part.checksum,
        },
        done: part.done,
        of: part.of,
        begun: None,
    };
    let dialect = connection.dialect();
    let sql = history::statements_sql(&lock.table, dialect, &row, "true");
    let sql = history::write_sql(&lock.table, dialect, None, &sql);
    let written = connection.batch(&sql).await;
    written.map_err(|source| step::not_recorded(&lock.table, source))?;
    half.part = Some(part);
    Ok(half)
}
