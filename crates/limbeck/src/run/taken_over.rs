//! Takes over what another tool has run: a database that has only the tool's table gets the rows of the revisions that
//! stand for its migrations, with the times of then. The tool's table is read, and never written.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, RevisionId, Tool, checksum};
use limbeck_core::schema::QualifiedName;

use crate::connection::Connection;
use crate::history::{self, Applied, AppliedRevision, Entry, HistoryRow, TakenOver};
use crate::old_history::{self, Covered, OldHistory, OldHistoryError, cover};
use crate::run::lock::{self, Lock};
use crate::run::{Event, OnEvent, RunError, RunOptions, Stamp, locked, step};

/// Whether a history may be taken over: there is none of Limbeck, and a revision stands for another tool's. One that is
/// there and empty says that all was taken back, which the other tool's table does not know.
pub(super) fn may_be(graph: &Graph, applied: &Applied, dialect: Dialect) -> bool {
    !applied.has_tables && !old_history::named(graph, dialect).is_empty()
}

/// What a history says that is there and has no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyHistory {
    /// That all was taken back.
    TakenBack,
    /// Nothing: a project begins with the database.
    Nothing,
}

/// Writes into a history that is begun what the tables of other tools say, once all of it fits the revisions; returns
/// what was written. Without such a table, or without a revision that stands for what is in it, nothing is done.
///
/// # Errors
///
/// [`RunErrorKind::OldHistory`](crate::run::RunErrorKind::OldHistory) when the tables and the revisions do not fit: then it is not known where the database is.
pub async fn take_over(
    connection: &mut Connection,
    graph: &Graph,
    options: &RunOptions,
    empty: EmptyHistory,
    on_event: OnEvent<'_>,
) -> Result<Vec<RevisionId>, RunError> {
    if read(connection, graph, options).await?.is_empty() {
        return Ok(Vec::new());
    }
    let lock = lock::find(connection, options).await?;
    let applied = locked::begin_made(connection, options, &lock, Stamp::Keep, on_event).await?;
    if applied.has_tables && empty == EmptyHistory::TakenBack {
        // Another run has come before.
        connection.batch("ROLLBACK").await.map_err(lock::failed)?;
        return Ok(Vec::new());
    }
    let outcome = inside(connection, graph, options, &lock, &applied).await;
    if outcome.is_err() {
        let _ = connection.batch("ROLLBACK").await;
    }
    let written = outcome?;
    for (tool, revisions) in &written {
        on_event(Event::TakenOver {
            tool: *tool,
            revisions,
        });
    }
    Ok(written.into_iter().flat_map(|(_, ids)| ids).collect())
}

/// Reads the history, and goes on as [`as_taken_over`].
///
/// # Errors
///
/// As [`read_history`](crate::run::read_history) and [`as_taken_over`].
pub async fn read_as_taken_over(
    connection: &mut Connection,
    graph: &Graph,
    options: &RunOptions,
) -> Result<Applied, RunError> {
    let applied = crate::run::read_history(connection, options).await?;
    as_taken_over(connection, graph, applied, options).await
}

/// Goes on from what [`read_history`](crate::run::read_history) has told, and where there is no history tells what
/// [`take_over`] would write into it. Nothing is written.
///
/// # Errors
///
/// As [`take_over`].
pub async fn as_taken_over(
    connection: &mut Connection,
    graph: &Graph,
    mut applied: Applied,
    options: &RunOptions,
) -> Result<Applied, RunError> {
    let dialect = connection.dialect();
    if !may_be(graph, &applied, dialect) {
        return Ok(applied);
    }
    for history in read(connection, graph, options).await? {
        for one in covered(graph, &history, dialect)? {
            let upgrade = one.revision.section(Direction::Upgrade, dialect)?;
            applied.revisions.push(AppliedRevision {
                id: one.revision.id.clone(),
                description: one.revision.title().to_owned(),
                checksum: checksum(upgrade, dialect),
                applied_at: one.at.unwrap_or_default().to_owned(),
                parents: Some(one.revision.parents.clone()),
                run_by: Some(
                    TakenOver {
                        from: one.tool,
                        at: None,
                    }
                    .to_string(),
                ),
                milliseconds: None,
                version: None,
                entry: Entry::Stamped,
            });
        }
    }
    Ok(applied)
}

fn covered<'a>(
    graph: &'a Graph,
    history: &'a OldHistory,
    dialect: Dialect,
) -> Result<Vec<Covered<'a>>, RunError> {
    let covered = cover(graph, history, dialect).map_err(|reasons| OldHistoryError::Uncovered {
        tool: history.tool,
        table: history.table.clone(),
        reasons,
    });
    Ok(covered?)
}

/// Reads the table of another tool as a run would, with its role and search path; `None` where there is none.
///
/// # Errors
///
/// [`OldHistoryError`] when it cannot be read, or belongs to somebody who is not to say what has been run.
pub async fn read_old_history(
    connection: &mut Connection,
    options: &RunOptions,
    tool: Tool,
    table: &QualifiedName,
) -> Result<Option<OldHistory>, OldHistoryError> {
    let settings = connection.as_own().to_owned() + &options.local_settings(connection.dialect());
    old_history::read_after(connection, &settings, tool, table).await
}

/// The tables of other tools that revisions stand for, as far as they are there and have rows.
async fn read(
    connection: &mut Connection,
    graph: &Graph,
    options: &RunOptions,
) -> Result<Vec<OldHistory>, RunError> {
    let mut found = Vec::new();
    for (tool, table) in old_history::named(graph, connection.dialect()) {
        let history = read_old_history(connection, options, tool, &table).await?;
        found.extend(history.filter(|history| !history.rows.is_empty()));
    }
    Ok(found)
}

/// Reads what the other tools say under the lock, and writes it unless the history says something.
async fn inside(
    connection: &mut Connection,
    graph: &Graph,
    options: &RunOptions,
    lock: &Lock,
    applied: &Applied,
) -> Result<Vec<(Tool, Vec<RevisionId>)>, RunError> {
    let dialect = connection.dialect();
    let mut written = Vec::new();
    let mut statements = Vec::new();
    if applied.revisions.is_empty() && applied.half.is_none() {
        for history in read(connection, graph, options).await? {
            let covered = covered(graph, &history, dialect)?;
            for one in &covered {
                let revision = one.revision;
                let sum = checksum(revision.section(Direction::Upgrade, dialect)?, dialect);
                let row = HistoryRow {
                    revision,
                    checksum: &sum,
                    run_by: options.run_by.as_deref(),
                    milliseconds: None,
                    entry: Entry::Stamped,
                    taken_over: Some(TakenOver {
                        from: one.tool,
                        at: one.at,
                    }),
                };
                statements.push(history::insert_row_sql(&lock.table, dialect, &row));
            }
            let ids = covered.iter().map(|one| one.revision.id.clone());
            written.push((history.tool, ids.collect::<Vec<_>>()));
        }
    }
    let mut parts = Vec::new();
    if !statements.is_empty() {
        let all = statements.join(";\n");
        parts.push(history::first_write_sql(&lock.table, dialect, &all));
    }
    parts.push("COMMIT".to_owned());
    let outcome = connection.batch(&parts.join(";\n")).await;
    outcome.map_err(|source| step::not_recorded(&lock.table, source))?;
    written.retain(|(_, ids)| !ids.is_empty());
    Ok(written)
}
