//! What a database holds before anything is run, and what of it would go.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{Lookup, same_name};

use super::probe::Probe;

/// The tables of a database before anything is run.
pub(super) struct Catalog {
    pub(super) dialect: Dialect,
    /// The schemas in which names without one are looked for; none on SQLite.
    pub(super) path: Vec<String>,
    /// With their schemas on PostgreSQL, and with the columns that hold values of their own: what is
    /// generated can be generated again. Each column with its type.
    pub(super) tables: BTreeMap<QualifiedName, Vec<(String, String)>>,
    /// Schemas, and the tables outside of them with columns of their types.
    pub(super) users: BTreeSet<(String, QualifiedName)>,
    /// The names of functions that may write.
    pub(super) functions: BTreeSet<String>,
    /// Views, and tables with triggers or rules that may write: what is written there goes elsewhere, too.
    pub(super) elsewhere: BTreeSet<String>,
}

impl Catalog {
    /// How the names that statements write lead to tables.
    pub(super) fn lookup(&self) -> Lookup {
        match self.dialect {
            Dialect::Postgres => Lookup::along(self.path.clone(), self.dialect),
            Dialect::Sqlite => Lookup::without("main", self.dialect),
        }
    }

    /// A column as the database calls it, with its type.
    pub(super) fn column(&self, table: &QualifiedName, column: &str) -> Option<&(String, String)> {
        self.tables
            .get(table)?
            .iter()
            .find(|(name, _)| same_name(name, column, self.dialect))
    }
}

/// What would go, by the names that it has before anything is run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doomed {
    Table(QualifiedName),
    Column(QualifiedName, String),
    /// Values of a column, those that the probe finds.
    Values(QualifiedName, String, Probe),
    /// Rows of a table, those that the query finds; any, without one.
    Rows(QualifiedName, Option<String>),
    /// Something that may take any of these tables along, or part of them.
    Several(String, BTreeSet<QualifiedName>),
}
