//! What a database keeps of revisions that are in no file: with that they can be taken back.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{
    Graph, GraphError, Revision, RevisionError, RevisionId, kept as read,
};
use limbeck_core::sql::quote_literal;

use super::tables::table_names;
use super::{Applied, HistoryError, HistoryTable, Refused, Shape, refused};
use crate::connection::Connection;
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
            kept(connection, &settings, &options.history, &unknown).await?
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
        let revision = read(&id, &text, &place).map_err(|source| KeptError::Unreadable {
            id: id.clone(),
            source,
        })?;
        let revision = revision.ok_or_else(|| missing("it holds that of another revision"))?;
        all.push((revision, place));
    }
    Ok(Graph::new(all)?)
}

/// What the history keeps of these revisions.
pub(crate) async fn kept(
    connection: &mut Connection,
    settings: &str,
    table: &HistoryTable,
    ids: &[RevisionId],
) -> Result<BTreeMap<RevisionId, String>, HistoryError> {
    let dialect = connection.dialect();
    let [history, _] = table_names(table, dialect);
    let listed: Vec<String> = ids.iter().map(|id| quote_literal(id.as_str())).collect();
    let equal = match dialect {
        Dialect::Postgres => "OPERATOR(pg_catalog.=) ANY (ARRAY[",
        Dialect::Sqlite => "IN (",
    };
    let end = match dialect {
        Dialect::Postgres => "])",
        Dialect::Sqlite => ")",
    };
    let select = format!(
        "SELECT revision, downgrade FROM {history} WHERE revision {equal}{}{end}",
        listed.join(", ")
    );
    let sql = settings.to_owned() + &super::guarded_sql(table, dialect, None, &select);
    let mut sets = match connection.query_sets(&sql).await {
        Ok(sets) => sets,
        Err(source) => {
            return match refused(connection, settings, table, source).await {
                Refused::Because(error) => Err(error),
                Refused::NoMore => Ok(BTreeMap::new()),
            };
        }
    };
    if dialect == Dialect::Postgres {
        // The path that is put back.
        sets.pop();
    }
    let rows = sets.pop().unwrap_or_default().into_iter();
    let pairs = rows.filter_map(|row| {
        let [id, text] = <[Option<String>; 2]>::try_from(row).ok()?;
        Some((id?.parse().ok()?, text?))
    });
    Ok(pairs.collect())
}
