//! A database for each test, with all revisions, made by copying one that has them.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use limbeck_core::revision::{Direction, RevisionId, checksum};
use sha2::{Digest as _, Sha256};

use super::{Migrator, MigratorError};
use crate::url::{DatabaseUrl, Target};

/// How the name of each begins.
const PREFIX: &str = "limbeck_test_";

/// A database for one test, which goes when this value is dropped.
///
/// It is at the heads, as a run of [`Migrator::upgrade`] leaves it, history included.
#[derive(Debug)]
pub struct TestDatabase {
    url: DatabaseUrl,
    place: Place,
}

#[derive(Debug)]
enum Place {
    #[cfg(feature = "postgres")]
    Postgres(postgres::Copy),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Copy),
}

impl Migrator {
    /// Makes a database for one test, with all revisions.
    ///
    /// ```no_run
    /// use limbeck::migrator::Migrator;
    ///
    /// static MIGRATOR: Migrator = limbeck::embed!("examples/migrations");
    ///
    /// #[tokio::test]
    /// # async fn ignored() {}
    /// async fn a_note_is_kept() -> Result<(), Box<dyn std::error::Error>> {
    ///     let database = MIGRATOR.test_database("postgres://localhost/postgres").await?;
    ///     let pool = database.postgres()?;
    ///     sqlx::query("INSERT INTO notes (text) VALUES ('x')").execute(&pool).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// **PostgreSQL.** The URL names a server, by any database of it; nothing is written to that one. The login may
    /// create databases. The first test runs the revisions in a *template*, `limbeck_tests_` and a hash of
    /// the revisions, and every test of every process copies it. One process makes it, while the others wait for an
    /// advisory lock of the named database. A template of another owner is refused, and of templates that nobody
    /// has made anew the five newest stay. The URL is a direct one: behind a transaction pooler no lock would hold.
    ///
    /// **SQLite.** The first test of a process runs the revisions in memory. `sqlite:target/tests/a.db` has each
    /// test get a file in that folder; `sqlite::memory:` has it get a database in memory, which only the pool of
    /// [`TestDatabase::sqlite`] can see.
    ///
    /// **Hooks** run as the revisions do. What they do no hash can tell, so with hooks each build of a test has a template
    /// of its own; with hooks that hold values, each process.
    ///
    /// A database goes with its value. What a killed process has left is cleared away by the next call.
    ///
    /// # Errors
    ///
    /// The revisions fail, the server cannot be reached, or the login may not create databases.
    pub async fn test_database(&self, server: &str) -> Result<TestDatabase, MigratorError> {
        let url = DatabaseUrl::parse(server, Path::new("."))?;
        let hash = self.hash(&url)?;
        match url.target() {
            #[cfg(feature = "postgres")]
            Target::Postgres(_) => postgres::copy(self, &url, &hash).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(_) => sqlite::copy(self, &url, &hash).await,
        }
    }

    /// Tells two templates apart that may differ.
    fn hash(&self, url: &DatabaseUrl) -> Result<String, MigratorError> {
        let graph = self.graph()?;
        let options = self.options();
        let dialect = url.dialect();
        let heads: Vec<RevisionId> = graph.heads().into_iter().cloned().collect();
        let mut texts = vec![
            env!("CARGO_PKG_VERSION").to_owned(),
            dialect.as_str().to_owned(),
            format!("{:?}", options.history),
            format!("{:?}", options.role),
            format!("{:?}", options.search_path),
            format!("{:?}", url.user()),
        ];
        for id in graph.upgrade_path(&[], &heads)? {
            let Some(revision) = graph.get(id) else {
                continue;
            };
            let section = revision.section(Direction::Upgrade, dialect);
            texts.push(id.to_string());
            texts.push(revision.title().to_owned());
            texts.push(checksum(
                section.map_err(crate::run::RunError::from)?,
                dialect,
            ));
        }
        let hooks = options.hooks.identities(dialect);
        if !hooks.is_empty() {
            texts.push(executable());
            texts.extend(hooks);
        }
        let mut hash = Sha256::new();
        for text in texts {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        let digest = hash.finalize();
        Ok(digest[..20]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    }
}

impl TestDatabase {
    /// Where it is; a database in memory is not found by it.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Its URL as text, with the password, for what takes no `DatabaseUrl`. Of a database in memory it is
    /// `sqlite::memory:`, which opens another one, without the revisions.
    #[must_use]
    pub fn connection_string(&self) -> String {
        self.url.with_password()
    }

    /// A pool of five connections, which are made when they are needed.
    ///
    /// # Errors
    ///
    /// It is a SQLite database.
    #[cfg(feature = "postgres")]
    pub fn postgres(&self) -> Result<sqlx::PgPool, MigratorError> {
        match (self.url.target(), &self.place) {
            (Target::Postgres(options), Place::Postgres(_)) => {
                let pool = sqlx::postgres::PgPoolOptions::new().max_connections(5);
                Ok(pool.connect_lazy_with(options.clone()))
            }
            #[cfg(feature = "sqlite")]
            (Target::Postgres(_) | Target::Sqlite(_), _) => Err(self.is_other()),
        }
    }

    /// A pool of five connections, which are made when they are needed; of a database in memory one, and each pool
    /// then has a database of its own.
    ///
    /// # Errors
    ///
    /// It is a PostgreSQL database.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&self) -> Result<sqlx::SqlitePool, MigratorError> {
        match (self.url.target(), &self.place) {
            (Target::Sqlite(options), Place::Sqlite(copy)) => Ok(copy.pool(options.clone())),
            #[cfg(feature = "postgres")]
            (Target::Postgres(_) | Target::Sqlite(_), _) => Err(self.is_other()),
        }
    }

    /// Drops the database, and tells when it cannot. Who does not call this has it dropped silently.
    ///
    /// # Errors
    ///
    /// The database refuses.
    pub async fn close(self) -> Result<(), MigratorError> {
        match self.place {
            #[cfg(feature = "postgres")]
            Place::Postgres(copy) => copy.close().await,
            #[cfg(feature = "sqlite")]
            Place::Sqlite(copy) => copy.close(),
        }
    }

    #[cfg(all(feature = "postgres", feature = "sqlite"))]
    fn is_other(&self) -> MigratorError {
        MigratorError::OtherDialect(self.url.dialect())
    }
}

/// Tells builds of the process apart: what a function does is nowhere but in its code.
fn executable() -> String {
    let text = || {
        let path = std::env::current_exe().ok()?;
        let metadata = path.metadata().ok()?;
        let modified = metadata.modified().ok()?;
        Some(format!("{path:?} {modified:?} {}", metadata.len()))
    };
    text().unwrap_or_else(|| std::process::id().to_string())
}

/// A name that nobody else is likely to draw, and that tells who made it and when.
fn name() -> String {
    // The keys of the standard hasher differ for each process and each call.
    let random = RandomState::new().build_hasher().finish() >> 32;
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    format!("{PREFIX}{}_{seconds}_{random:08x}", std::process::id())
}

/// What was to be done with a test database failed.
fn failed(
    action: impl Into<String>,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> MigratorError {
    MigratorError::TestDatabase {
        action: action.into(),
        source: cause.into(),
    }
}
