//! What the table of another tool says has been run, and which revisions that makes needless: a database that was
//! taken over elsewhere knows its place without anybody who tells it.
//!
//! The tables are read, and never written.

mod cover;
mod table;
mod version;

pub use cover::{Covered, Uncovered, cover, differences};
pub use version::{VersionNumber, is_same_version, row_of};

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, Tool};
use limbeck_core::schema::QualifiedName;

use crate::connection::{Connection, QueryError};

/// What the table of a tool says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldHistory {
    /// The tool.
    pub tool: Tool,
    /// Its table, as headers name it.
    pub table: QualifiedName,
    /// Its rows, in the order in which the tool ran them as far as that can be told.
    pub rows: Vec<OldRow>,
}

/// A migration that the tool has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRow {
    /// Its version.
    pub version: String,
    /// Its checksum, where the tool keeps one.
    pub checksum: Option<String>,
    /// When, as RFC 3339 text in UTC, where the tool keeps that.
    pub at: Option<String>,
    /// How it went.
    pub outcome: OldOutcome,
}

/// How a migration of another tool went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldOutcome {
    /// To its end.
    Done,
    /// It was not run: what comes up to it was there before the tool was.
    Baseline,
    /// It stopped, and the tool waits for somebody to mend it.
    Failed,
}

/// Why the table of another tool is not believed.
#[derive(Debug, thiserror::Error)]
pub enum OldHistoryError {
    /// The database refuses.
    #[error("the history of {tool}, `{table}`, cannot be read")]
    Query {
        /// The tool.
        tool: Tool,
        /// Its table.
        table: QualifiedName,
        /// What the database says.
        source: QueryError,
    },
    /// Somebody made the table who could make any table.
    #[error("`{table}` is not taken for the history of {tool}: it belongs to the role `{owner}`")]
    Owner {
        /// The tool.
        tool: Tool,
        /// The table.
        table: QualifiedName,
        /// Who owns it.
        owner: String,
    },
    /// It says something else than the revisions do.
    #[error(
        "the history of {tool}, `{table}`, does not fit the revisions: {}",
        said(reasons)
    )]
    Uncovered {
        /// The tool.
        tool: Tool,
        /// Its table.
        table: QualifiedName,
        /// All that does not fit.
        reasons: Vec<Uncovered>,
    },
}

fn said(reasons: &[Uncovered]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    reasons.join("; ")
}

/// The tables of other tools that revisions stand for on such databases.
#[must_use]
pub fn named(graph: &Graph, dialect: Dialect) -> BTreeSet<(Tool, QualifiedName)> {
    let replaced = graph.iter().flat_map(|revision| &revision.replaces);
    let replaced = replaced.filter(|one| one.is_on(dialect));
    replaced.map(|one| (one.tool, one.table())).collect()
}

/// Reads a tool's table after `settings`, statements that end with semicolons; `None` where there is none.
pub(crate) async fn read_after(
    connection: &mut Connection,
    settings: &str,
    tool: Tool,
    name: &QualifiedName,
) -> Result<Option<OldHistory>, OldHistoryError> {
    let failed = |source| OldHistoryError::Query {
        tool,
        table: name.clone(),
        source,
    };
    let dialect = connection.dialect();
    let found = connection
        .query_sets(&format!("{settings}{}", table::find_sql(name, dialect)))
        .await
        .map_err(failed)?;
    let Some(row) = found.last().and_then(|rows| rows.first()) else {
        return Ok(None);
    };
    let text = |index: usize| row.get(index).cloned().flatten();
    let there = match dialect {
        Dialect::Postgres => QualifiedName::within(text(0).as_deref(), name.name.clone()),
        Dialect::Sqlite => QualifiedName::new(text(0).unwrap_or_default()),
    };
    if let Some(owner) = text(1) {
        return Err(OldHistoryError::Owner {
            tool,
            table: name.clone(),
            owner,
        });
    }
    let rows = connection
        .query_sets(&format!(
            "{settings}{}",
            table::select_sql(tool, &there, dialect)
        ))
        .await
        .map_err(failed)?;
    let rows = rows.into_iter().next_back().unwrap_or_default();
    Ok(Some(OldHistory {
        tool,
        table: name.clone(),
        rows: table::rows(tool, rows),
    }))
}
