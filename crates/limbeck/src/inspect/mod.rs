//! Reads what a SQLite database holds: a run looks at it before it makes tables again.
//!
//! Not here: PostgreSQL, and the residue (`limbeck-engine`).

mod expression;
pub mod sqlite;

use std::collections::BTreeSet;

use limbeck_core::schema::{DefaultSchema, QualifiedName};
use limbeck_core::sql::SqlError;

pub use self::expression::without_parentheses;
use self::sqlite::ParseError;
use crate::connection::QueryError;

/// What to read, and under which names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InspectOptions {
    /// The schema whose objects are named without a schema (PostgreSQL).
    pub default_schema: DefaultSchema,
    /// Tables that are left out, such as the history.
    pub ignore: BTreeSet<QualifiedName>,
}

/// Says why a database could not be read.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The database did not answer.
    #[error("failed to read the catalog")]
    Query(#[from] QueryError),
    /// The answer has not as many parts as there were queries.
    #[error("the catalog queries gave {found} results instead of {expected}")]
    Results {
        /// How many were asked for.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// A row of the catalog is not what the query promises.
    #[error("unexpected row of the catalog query `{query}`")]
    Row {
        /// The query's name.
        query: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A statement kept by SQLite is not understood.
    #[error("failed to read the definition of `{name}`")]
    Definition {
        /// The table or index.
        name: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// A statement kept by SQLite cannot be cut into tokens.
    #[error("failed to read the definition of `{name}`")]
    Tokens {
        /// The object.
        name: String,
        /// What is wrong with it.
        source: SqlError,
    },
}
