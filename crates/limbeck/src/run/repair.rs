//! Writes into the history what the files say by now of revisions that have been run.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, RevisionId, checksum, keep};

use crate::connection::Connection;
use crate::history::{self, Applied, Entry, HistoryError, HistoryRow, Shape};
use crate::run::{Event, RunError, RunErrorKind, RunOptions, lock, locked, step, widen};

/// What the history has of a revision otherwise than the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The revision.
    pub id: RevisionId,
    /// Its file.
    pub file: String,
    /// The checksum of the upgrade that was run, and that of the file's, where they differ.
    pub upgrade: Option<(String, String)>,
    /// What the history keeps of the downgrade.
    pub downgrade: Kept,
}

/// What the history keeps of a downgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// What the file says.
    Same,
    /// Something else than the file says.
    Other,
    /// Nothing, as where an earlier version of Limbeck has run the revision.
    Nothing,
}

/// Tells of which of these revisions, or of all, the history has something else than the files; nothing is written.
///
/// # Errors
///
/// [`HistoryError`] when the history cannot be read.
pub async fn stale(
    connection: &mut Connection,
    graph: &Graph,
    only: &[RevisionId],
    options: &RunOptions,
) -> Result<Vec<Stale>, HistoryError> {
    let applied = super::read_history(connection, options).await?;
    compare(connection, graph, &applied, only, options).await
}

async fn compare(
    connection: &mut Connection,
    graph: &Graph,
    applied: &Applied,
    only: &[RevisionId],
    options: &RunOptions,
) -> Result<Vec<Stale>, HistoryError> {
    let dialect = connection.dialect();
    let asked = |id: &RevisionId| only.is_empty() || only.contains(id);
    let rows = applied.revisions.iter().filter(|row| asked(&row.id));
    let rows: Vec<_> = rows
        .filter_map(|row| Some((row, graph.get(&row.id)?)))
        .collect();
    let ids: Vec<RevisionId> = rows.iter().map(|(row, _)| row.id.clone()).collect();
    let kept = match applied.shape {
        Shape::Wide if !ids.is_empty() => {
            let settings = options.local_settings(dialect);
            history::kept(connection, &settings, &options.history, &ids).await?
        }
        Shape::Wide | Shape::Narrow => BTreeMap::new(),
    };
    let mut found = Vec::new();
    for (row, revision) in rows {
        let section = revision.section(Direction::Upgrade, dialect);
        let now = section.ok().map(|section| checksum(section, dialect));
        let changed = now.filter(|now| *now != row.checksum);
        let stale = Stale {
            id: row.id.clone(),
            file: graph.file(&row.id).unwrap_or_default().to_owned(),
            upgrade: changed.map(|now| (row.checksum.clone(), now)),
            downgrade: match (kept.get(&row.id), keep(revision, dialect).ok()) {
                (None, None) => Kept::Same,
                (None, Some(_)) => Kept::Nothing,
                (Some(text), now) if now.as_ref() == Some(text) => Kept::Same,
                (Some(_), _) => Kept::Other,
            },
        };
        if stale.upgrade.is_some() || stale.downgrade != Kept::Same {
            found.push(stale);
        }
    }
    Ok(found)
}

/// Writes what the files say of these revisions, as [`stale`] told; nothing is run. One that somebody has written anew
/// since is left as it is.
///
/// # Errors
///
/// [`RunErrorKind::HalfApplied`] while a revision is half applied.
pub async fn repair(
    connection: &mut Connection,
    graph: &Graph,
    told: &[Stale],
    options: &RunOptions,
) -> Result<Vec<RevisionId>, RunError> {
    let mut applied = super::read_history(connection, options).await?;
    if let Some(half) = applied.half {
        return Err(RunErrorKind::HalfApplied(Box::new(half)).into());
    }
    let lock = lock::find(connection, options).await?;
    let mut ignore = |_: Event<'_>| {};
    widen::widen(connection, options, &lock, &mut applied, &mut ignore).await?;
    let applied = locked::begin(connection, options, &lock, &mut ignore).await?;
    let written = write(connection, graph, told, &applied, &lock).await;
    let ended = match &written {
        Ok(_) => connection.batch("COMMIT").await,
        Err(_) => connection.batch("ROLLBACK").await,
    };
    let written = written?;
    ended.map_err(|source| step::not_recorded(&lock.table, source))?;
    Ok(written)
}

async fn write(
    connection: &mut Connection,
    graph: &Graph,
    told: &[Stale],
    applied: &Applied,
    lock: &lock::Lock,
) -> Result<Vec<RevisionId>, RunError> {
    if let Some(half) = &applied.half {
        return Err(RunErrorKind::HalfApplied(Box::new(half.clone())).into());
    }
    let dialect: Dialect = connection.dialect();
    let mut statements = Vec::new();
    let mut written = Vec::new();
    for row in &applied.revisions {
        let Some(stale) = told.iter().find(|stale| stale.id == row.id) else {
            continue;
        };
        let told = stale.upgrade.as_ref().map(|(was, _)| was);
        let Some(revision) = graph
            .get(&row.id)
            .filter(|_| told.is_none_or(|was| *was == row.checksum))
        else {
            continue;
        };
        let upgrade = revision.section(Direction::Upgrade, dialect)?;
        let row = HistoryRow {
            revision,
            checksum: &checksum(upgrade, dialect),
            run_by: None,
            milliseconds: None,
            entry: Entry::Run,
            taken_over: None,
        };
        statements.push(history::update_sql(&lock.table, dialect, &row));
        written.push(revision.id.clone());
    }
    if !statements.is_empty() {
        let sql = history::write_sql(&lock.table, dialect, None, &statements.join("; "));
        let done = connection.batch(&sql).await;
        done.map_err(|source| step::not_recorded(&lock.table, source))?;
    }
    Ok(written)
}
