//! The revisions as a `MigrationSource` of Diesel.

use std::fmt;

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::migration::{
    Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result,
};
use limbeck_core::dialect::Dialect;

use super::part::{self, Part, PartMode};
use crate::migrator::{Migrator, MigratorError};

/// The upgrades as migrations, for `connection.run_pending_migrations(&MIGRATOR)` of `diesel_migrations`.
///
/// Versions count from `00000001` in the order in which the revisions are run; a step is one of them, and outside of a
/// transaction a statement is. What they make is in Limbeck's history too. To revert one is an error: Diesel would not
/// ask for the rows that a downgrade loses, and [`Migrator::downgrade`] by URL does.
#[cfg(feature = "postgres")]
impl MigrationSource<diesel::pg::Pg> for &Migrator {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<diesel::pg::Pg>>>> {
        migrations(self, Dialect::Postgres)
    }
}

/// As on PostgreSQL.
#[cfg(feature = "sqlite")]
impl MigrationSource<diesel::sqlite::Sqlite> for &Migrator {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>>> {
        migrations(self, Dialect::Sqlite)
    }
}

fn migrations<DB: Backend>(
    migrator: &Migrator,
    dialect: Dialect,
) -> Result<Vec<Box<dyn Migration<DB>>>> {
    let table = migrator.options().history;
    let parts = migrator
        .graph()
        .and_then(|graph| part::parts(graph, dialect, &table));
    let one = |part| Box::new(OfDiesel(part)) as Box<dyn Migration<DB>>;
    Ok(parts
        .map_err(Box::<MigratorError>::new)?
        .into_iter()
        .map(one)
        .collect())
}

struct OfDiesel(Part);

impl<DB: Backend> Migration<DB> for OfDiesel {
    fn run(&self, connection: &mut dyn BoxableConnection<DB>) -> Result<()> {
        Ok(connection.batch_execute(&self.0.sql)?)
    }

    fn revert(&self, _: &mut dyn BoxableConnection<DB>) -> Result<()> {
        Err(format!("`{self}` is taken back by `Migrator::downgrade` or `limbeck downgrade`, which ask for the rows that are lost").into())
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self
    }

    fn name(&self) -> &dyn MigrationName {
        self
    }
}

impl MigrationMetadata for OfDiesel {
    fn run_in_transaction(&self) -> bool {
        self.0.mode == PartMode::Transaction
    }
}

impl MigrationName for OfDiesel {
    /// Diesel sorts versions as texts.
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(format!("{:08}", self.0.number))
    }
}

impl fmt::Display for OfDiesel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08} {}", self.0.number, self.0.description)
    }
}
