//! What an application has of its database.

use std::future::Future;
use std::path::Path;

use super::MigratorError;
use crate::connection::Connection;
#[cfg(feature = "sqlite")]
use crate::connection::{Pooled, SqliteHandle, sqlite};
use crate::url::DatabaseUrl;

/// A database as an application has it: a pool, the options of one or of a connection, or a URL.
///
/// On PostgreSQL a run has a connection of its own, made as the pool makes them, without what the pool does after
/// it has connected. On SQLite it takes one from the pool, since a database in memory is nowhere else.
///
/// A connection that is open is none: what it is set to, and whether it is in a transaction, is not to be told from
/// it, and a run on PostgreSQL opens a second one to find a pooler and to cancel what it has sent.
pub trait Database: Sync {
    /// Takes a connection for a run.
    #[doc(hidden)]
    fn connect(&self) -> impl Future<Output = Result<Connection, MigratorError>> + Send;
}

impl Database for DatabaseUrl {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        Ok(Connection::connect(self).await?)
    }
}

/// The text of a URL; relative SQLite paths are taken from the current folder.
impl Database for str {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        let url = DatabaseUrl::parse(self, Path::new("."))?;
        url.connect().await
    }
}

/// The text of a URL.
impl Database for String {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        self.as_str().connect().await
    }
}

#[cfg(feature = "postgres")]
impl Database for sqlx::PgPool {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        let url = DatabaseUrl::of_postgres(&self.connect_options());
        url.connect().await
    }
}

/// Who has one connection has its options.
#[cfg(feature = "postgres")]
impl Database for sqlx::postgres::PgConnectOptions {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        DatabaseUrl::of_postgres(self).connect().await
    }
}

/// Who has one connection has its options; a database in memory that they make is gone with the run.
#[cfg(feature = "sqlite")]
impl Database for sqlx::sqlite::SqliteConnectOptions {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        DatabaseUrl::of_sqlite(self).connect().await
    }
}

#[cfg(feature = "sqlite")]
impl Database for sqlx::SqlitePool {
    async fn connect(&self) -> Result<Connection, MigratorError> {
        let tries = sqlite::Tries::begin();
        let connection = loop {
            match self.acquire().await {
                Err(error) if tries.again(&error).await => {}
                outcome => break outcome,
            }
        };
        let failed = |error| MigratorError::Pool(Box::new(error));
        let connection = Pooled::take(connection.map_err(failed)?);
        let connection = connection.await.map_err(failed)?;
        Ok(Connection::Sqlite(SqliteHandle::Pooled(connection)))
    }
}

/// A connection of SeaORM that has a pool of sqlx below it.
#[cfg(feature = "sea-orm")]
impl Database for sea_orm::DatabaseConnection {
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
