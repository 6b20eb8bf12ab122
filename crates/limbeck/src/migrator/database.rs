//! What an application has of its database.

use std::path::Path;

use super::MigratorError;
#[cfg(feature = "postgres")]
use super::close;
use crate::connection::Connection;
#[cfg(feature = "sqlite")]
use crate::connection::{Pooled, SqliteHandle, sqlite};
use crate::url::{DatabaseUrl, Location};

/// A database as an application has it: a pool, the options of one or of a connection, or a URL.
///
/// On PostgreSQL a run has a connection of its own, made as the pool makes them, without what the pool does after
/// it has connected (`after_connect`): a role and a search path that are set there stand in
/// [`RunOptions`](crate::run::RunOptions) too. [`Migrator::status`](super::Migrator::status) reads on a connection of the
/// pool, with that role and path, and sets nothing on it. On SQLite a run takes a connection from the pool, since a database
/// in memory is nowhere else; if the run is cancelled, the pool has it back when it is as it was.
///
/// A connection that is open is none: what it is set to, and whether it is in a transaction, is not to be told from
/// it, and a run on PostgreSQL opens a second one to find a pooler and to cancel what it has sent.
///
/// These are all: no other type can implement it.
pub trait Database: sealed::Opened {}

mod sealed {
    use std::future::Future;

    use super::{Connection, MigratorError};

    /// What is done with a [`super::Database`].
    pub trait Opened: Sync {
        /// Takes a connection for a run.
        fn connect(&self) -> impl Future<Output = Result<Connection, MigratorError>> + Send;

        /// Takes a connection to read the history.
        fn look(&self) -> impl Future<Output = Result<Connection, MigratorError>> + Send {
            self.connect()
        }
    }
}

pub(super) use sealed::Opened;

/// A database in memory is refused, since each look would make a new one.
impl Database for DatabaseUrl {}

impl Opened for DatabaseUrl {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        if *self.location() == Location::Memory {
            return Err(MigratorError::InMemory);
        }
        Ok(Connection::connect(self).await?)
    }
}

/// The text of a URL; relative SQLite paths are taken from the current folder.
impl Database for str {}

impl Opened for str {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        let url = DatabaseUrl::parse(self, Path::new("."))?;
        url.connect().await
    }
}

/// The text of a URL.
impl Database for String {}

impl Opened for String {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        self.as_str().connect().await
    }
}

#[cfg(feature = "postgres")]
impl Database for sqlx::PgPool {}

#[cfg(feature = "postgres")]
impl Opened for sqlx::PgPool {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        if self.is_closed() {
            return Err(not_given(sqlx::Error::PoolClosed));
        }
        let url = DatabaseUrl::of_postgres(&self.connect_options());
        url.connect().await
    }

    async fn look(&self) -> Result<Connection, MigratorError> {
        // The pool tells of a server that is not there only when its time is over, and not why.
        if self.size() == 0 {
            return self.connect().await;
        }
        match self.acquire().await {
            Ok(connection) => {
                let url = DatabaseUrl::of_postgres(&self.connect_options());
                Ok(Connection::of_pool(connection, url))
            }
            Err(error @ sqlx::Error::PoolTimedOut) => {
                close(self.connect().await?).await;
                Err(not_given(error))
            }
            Err(error) => Err(not_given(error)),
        }
    }
}

/// Who has one connection has its options.
#[cfg(feature = "postgres")]
impl Database for sqlx::postgres::PgConnectOptions {}

#[cfg(feature = "postgres")]
impl Opened for sqlx::postgres::PgConnectOptions {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        DatabaseUrl::of_postgres(self).connect().await
    }
}

/// Who has one connection has its options. A database in memory is another one for each connection, and refused.
#[cfg(feature = "sqlite")]
impl Database for sqlx::sqlite::SqliteConnectOptions {}

#[cfg(feature = "sqlite")]
impl Opened for sqlx::sqlite::SqliteConnectOptions {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        let name = self.get_filename().as_os_str();
        if name == ":memory:" || name.is_empty() {
            return Err(MigratorError::InMemory);
        }
        DatabaseUrl::of_sqlite(self).connect().await
    }
}

#[cfg(feature = "sqlite")]
impl Database for sqlx::SqlitePool {}

#[cfg(feature = "sqlite")]
impl Opened for sqlx::SqlitePool {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        let tries = sqlite::Tries::begin();
        let connection = loop {
            match self.acquire().await {
                Err(error) if tries.again(&error).await => {}
                outcome => break outcome,
            }
        };
        let connection = Pooled::take(connection.map_err(not_given)?);
        let connection = connection.await.map_err(not_given)?;
        Ok(Connection::Sqlite(SqliteHandle::Pooled(connection)))
    }
}

/// A connection of SeaORM that has a pool of sqlx below it.
#[cfg(feature = "sea-orm")]
impl Database for sea_orm::DatabaseConnection {}

#[cfg(feature = "sea-orm")]
impl Opened for sea_orm::DatabaseConnection {
    #[cfg(feature = "postgres")]
    async fn look(&self) -> Result<Connection, MigratorError> {
        use sea_orm::DatabaseConnectionType;
        match &self.inner {
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                self.get_postgres_connection_pool().look().await
            }
            _ => self.connect().await,
        }
    }

    async fn connect(&self) -> Result<Connection, MigratorError> {
        use sea_orm::DatabaseConnectionType;
        match &self.inner {
            #[cfg(feature = "postgres")]
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                self.get_postgres_connection_pool().connect().await
            }
            #[cfg(feature = "sqlite")]
            DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
                self.get_sqlite_connection_pool().connect().await
            }
            // What other variants there are is up to the features that others switch on.
            other => Err(MigratorError::NoPool(format!("{other:?}"))),
        }
    }
}

fn not_given(error: sqlx::Error) -> MigratorError {
    MigratorError::Pool(Box::new(error))
}
