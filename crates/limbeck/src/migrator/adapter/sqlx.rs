//! The revisions as sqlx's own `Migrator`.

use limbeck_core::dialect::Dialect;
use sqlx::migrate::{Migration, MigrationType};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::part::{self, Part, PartMode};
use crate::migrator::{Migrator, MigratorError};

impl Migrator {
    /// The upgrades as sqlx's own `Migrator`, for what wants one, such as `#[sqlx::test]`:
    ///
    /// ```
    /// use std::sync::LazyLock;
    ///
    /// use limbeck::Dialect;
    /// use limbeck::migrator::Migrator;
    ///
    /// static MIGRATOR: Migrator = limbeck::embed!("examples/migrations");
    /// static OF_SQLX: LazyLock<sqlx::migrate::Migrator> =
    ///     LazyLock::new(|| MIGRATOR.to_sqlx(Dialect::Postgres).expect("the revisions are one line"));
    ///
    /// // #[sqlx::test(migrator = "crate::OF_SQLX")]
    /// async fn a_note_is_kept(pool: sqlx::PgPool) {}
    /// # assert_eq!(OF_SQLX.iter().count(), 2);
    /// ```
    ///
    /// Versions count from 1 in the order in which the revisions are run; a step is one of them, and outside of a
    /// transaction a statement is. What they make is in Limbeck's history too, so that a `start` with
    /// [`crate::migrator::AtStart::Check`] finds nothing pending. There is no way back in it: sqlx would not ask for
    /// the rows that a downgrade loses.
    ///
    /// It is meant for new databases. On one with rows run [`Self::upgrade`], which holds limits of time and looks
    /// whether anything was changed by hand; sqlx does neither, and a step with foreign keys off that fails on SQLite
    /// leaves its connection in a transaction.
    ///
    /// # Errors
    ///
    /// As of [`Self::graph`]; there are several heads, or a revision has nothing for this database.
    pub fn to_sqlx(&self, dialect: Dialect) -> Result<sqlx::migrate::Migrator, MigratorError> {
        let parts = part::parts(self.graph()?, dialect, &self.options().history)?;
        let migration = |part: Part| {
            Migration::new(
                i64::from(part.number),
                part.description.into(),
                MigrationType::Simple,
                AssertSqlSafe(part.sql).into_sql_str(),
                part.mode == PartMode::Alone,
            )
        };
        let migrations = parts.into_iter().map(migration).collect();
        Ok(sqlx::migrate::Migrator::with_migrations(migrations))
    }
}
