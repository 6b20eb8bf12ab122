//! Revisions that are in no file: with what the database keeps of them they can be taken back.

use std::collections::BTreeMap;

use limbeck_core::revision::{Graph, GraphError, Revision, RevisionError, RevisionId, kept};

use crate::connection::Connection;
use crate::history::{self, Applied, HistoryError, Shape};
use crate::run::RunOptions;

/// Why revisions that are in no file cannot be taken back either.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The history does not have the SQL.
    #[error("revision `{id}` is in no file, and the history does not hold its downgrade: {reason}")]
    Missing {
        /// The revision.
        id: RevisionId,
        /// Why not.
        reason: &'static str,
    },
    /// What the history holds is no revision.
    #[error("revision `{id}` is in no file, and what the history holds of it cannot be read")]
    Unreadable {
        /// The revision.
        id: RevisionId,
        /// What is wrong with it.
        source: RevisionError,
    },
    /// What the history holds does not fit the files.
    #[error("the revisions of the history and those of the files do not fit together")]
    Graph(#[from] GraphError),
}

/// The files, and what the history keeps of revisions that are in none: only their downgrades are there to be run.
///
/// # Errors
///
/// [`KeptError`] names the first revision of which there is not enough.
pub async fn with_kept(
    connection: &mut Connection,
    options: &RunOptions,
    graph: &Graph,
    applied: &Applied,
) -> Result<Graph, KeptError> {
    let unknown = applied.unknown(graph);
    if unknown.is_empty() {
        return Ok(graph.clone());
    }
    let dialect = connection.dialect();
    let mut texts = match applied.shape {
        Shape::Narrow => BTreeMap::new(),
        Shape::Wide => {
            let settings = options.local_settings(dialect);
            history::kept(connection, &settings, &options.history, &unknown).await?
        }
    };
    let mut all: Vec<(Revision, String)> = graph
        .iter()
        .map(|one| {
            (
                one.clone(),
                graph.file(&one.id).unwrap_or_default().to_owned(),
            )
        })
        .collect();
    for id in unknown {
        let place = format!("{} of {}", id, options.history.name);
        let missing = |reason| KeptError::Missing {
            id: id.clone(),
            reason,
        };
        if !applied.contains(&id) {
            return Err(missing(
                "it is half applied, which only its file brings to its end",
            ));
        }
        let text = texts.remove(&id).ok_or_else(|| {
            missing("an earlier version of Limbeck has run it, or it had none for this database")
        })?;
        let revision = kept(&id, &text, &place).map_err(|source| KeptError::Unreadable {
            id: id.clone(),
            source,
        })?;
        let revision = revision.ok_or_else(|| missing("it holds that of another revision"))?;
        all.push((revision, place));
    }
    Ok(Graph::new(all)?)
}
