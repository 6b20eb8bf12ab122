//! Reads what a database holds, in a fixed number of queries for the whole of it.
//!
//! Not here: how two schemas are compared (`limbeck_core::diff`).

mod postgres;
mod residue;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{QualifiedName, Schema, Table};

use limbeck::connection::Connection;
pub use limbeck::inspect::sqlite::ParseError;
use limbeck::inspect::sqlite::inspect as inspect_sqlite;
pub use limbeck::inspect::{InspectError, InspectOptions};

pub use self::postgres::parse_type;
pub use self::residue::{Residue, residue, residue_difference};
pub(crate) use self::residue::{quoted_title, residue_key, shown, sides_difference};

/// Reads the whole database.
///
/// # Errors
///
/// When the database does not answer, or holds a definition that is not understood.
pub async fn inspect(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Schema, InspectError> {
    match connection.dialect() {
        Dialect::Postgres => postgres::inspect(connection, options).await,
        Dialect::Sqlite => inspect_sqlite(connection, options).await,
    }
}

/// Reads some tables of a PostgreSQL database, in a time that does not depend on the others.
pub(crate) async fn tables(
    connection: &mut Connection,
    options: &InspectOptions,
    names: &BTreeSet<QualifiedName>,
) -> Result<BTreeMap<QualifiedName, Table>, InspectError> {
    postgres::tables(connection, options, names).await
}

/// What is in a PostgreSQL database beside its schema, as statements that make it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supplements {
    /// What anything may stand on.
    pub first: Vec<Supplement>,
    /// What stands on functions and types, and tables may stand on.
    pub behind_functions: Vec<Supplement>,
    /// What is said of objects that are there.
    pub last: Vec<Supplement>,
}

/// One of these statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplement {
    /// The statement.
    pub make: String,
    /// The statement that takes it back, where it does not go with its object.
    pub undo: Option<String>,
    /// What it is about, as a residue calls it.
    pub(crate) subject: String,
}

impl Supplements {
    /// All of them, in the order in which they are made.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Supplement> {
        let behind_functions = self.behind_functions.iter();
        self.first.iter().chain(behind_functions).chain(&self.last)
    }

    /// Those for which a condition holds.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&Supplement) -> bool) {
        for part in [&mut self.first, &mut self.behind_functions, &mut self.last] {
            part.retain(&is_kept);
        }
    }
}

/// Reads what [`Supplements`] hold; on SQLite the schema is all that there is.
///
/// # Errors
///
/// When the database does not answer.
pub async fn supplements(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Supplements, InspectError> {
    match connection.dialect() {
        Dialect::Postgres => postgres::supplements::supplements(connection, options).await,
        Dialect::Sqlite => Ok(Supplements::default()),
    }
}

/// The roles that something in the database belongs to or is granted to, except for the one that asks.
///
/// # Errors
///
/// When the database does not answer.
pub async fn roles(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Vec<String>, InspectError> {
    match connection.dialect() {
        Dialect::Postgres => postgres::supplements::roles(connection, options).await,
        Dialect::Sqlite => Ok(Vec::new()),
    }
}

/// A database as it was at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Its objects.
    pub schema: Schema,
    /// The whole of it as text, without going through `Schema`.
    pub residue: Residue,
}

/// Reads the whole database and its residue; on PostgreSQL in one round trip.
///
/// # Errors
///
/// As [`inspect`].
pub async fn snapshot(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Snapshot, InspectError> {
    match connection.dialect() {
        Dialect::Postgres => postgres::snapshot(connection, options).await,
        Dialect::Sqlite => {
            let schema = inspect_sqlite(connection, options).await?;
            let residue = sqlite::residue(connection, options).await?;
            Ok(Snapshot { schema, residue })
        }
    }
}
