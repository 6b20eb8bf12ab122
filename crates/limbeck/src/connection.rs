//! One connection to a database, speaking the simple protocol and giving every value as text.
//!
//! Not here: pools, prepared statements and typed rows; behind a transaction pooler only the simple
//! protocol is safe, and Limbeck reads catalogs, which are text.

mod error;
#[cfg(feature = "postgres")]
#[doc(hidden)]
pub mod extension;
#[cfg(feature = "sqlite")]
mod pooled;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
#[cfg(feature = "postgres")]
mod tls;

pub(crate) use error::is_busy;
pub use error::{ConnectError, DatabaseError, QueryError};
#[cfg(feature = "sqlite")]
pub use pooled::Pooled;
#[cfg(feature = "postgres")]
pub use postgres::PostgresHandle;

use std::future::{Future, poll_fn};
use std::pin::Pin;

use futures_core::Stream;
use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::ServerVersion;
#[cfg(feature = "postgres")]
use sqlx::PgConnection;
#[cfg(feature = "sqlite")]
use sqlx::SqliteConnection;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgSslMode};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Database, Either, Executor as _, Row as _,
    ValueRef as _,
};

use crate::url::{DatabaseUrl, Target};

/// A row, every value as text and `NULL` as `None`.
pub type TextRow = Vec<Option<String>>;

/// The name connections have in `pg_stat_activity` unless the URL gives one.
pub const APPLICATION_NAME: &str = "limbeck";

/// An open connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Connection {
    /// To a PostgreSQL server.
    #[cfg(feature = "postgres")]
    #[non_exhaustive]
    Postgres {
        /// The connection of the driver.
        connection: PostgresHandle,
        /// Where it leads, for another one like it.
        url: Box<DatabaseUrl>,
        /// What may be installed there beyond the rights of the login.
        allowance: Option<Box<extension::Allowance>>,
    },
    /// To a SQLite database.
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteHandle),
}

/// A connection that is being made.
pub(crate) type Connecting = Pin<Box<dyn Future<Output = Result<Connection, ConnectError>> + Send>>;

/// A connection to a SQLite database, and whose it is.
#[cfg(feature = "sqlite")]
#[derive(Debug)]
pub enum SqliteHandle {
    /// One of its own.
    Own(SqliteConnection),
    /// One of a pool, to which it goes back: a database in memory is nowhere else.
    Pooled(Pooled),
}

#[cfg(feature = "sqlite")]
impl std::ops::Deref for SqliteHandle {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

#[cfg(feature = "sqlite")]
impl std::ops::DerefMut for SqliteHandle {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl Connection {
    /// Connects, without sending anything beyond the login.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] names the database without its password.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, ConnectError> {
        match url.target() {
            #[cfg(feature = "postgres")]
            Target::Postgres(options) => {
                let mut options = options
                    .clone()
                    .statement_cache_capacity(0)
                    // The server writes floats in full by itself, and PgBouncer refuses the setting.
                    .extra_float_digits(None)
                    .disable_statement_logging();
                if options.get_application_name().is_none() {
                    options = options.application_name(APPLICATION_NAME);
                }
                tls::look_at_files(url)?;
                let connection = encrypted_if_possible(url, options).await?;
                Ok(Self::Postgres {
                    connection: PostgresHandle::Own(connection),
                    url: Box::new(url.clone()),
                    allowance: None,
                })
            }
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => {
                let options = options.clone().disable_statement_logging();
                let attempt = async {
                    let tries = sqlite::Tries::begin();
                    loop {
                        match open(&options).await {
                            Err(error) if tries.again(&error).await => {}
                            outcome => return outcome,
                        }
                    }
                };
                let connection = in_time(url, attempt).await?;
                Ok(Self::Sqlite(SqliteHandle::Own(connection)))
            }
        }
    }

    /// A connection of a pool, which only looks: see [`PostgresHandle::Pooled`].
    #[cfg(feature = "postgres")]
    pub(crate) fn of_pool(
        connection: sqlx::pool::PoolConnection<sqlx::Postgres>,
        url: DatabaseUrl,
    ) -> Self {
        Self::Postgres {
            connection: PostgresHandle::Pooled(connection),
            url: Box::new(url),
            allowance: None,
        }
    }

    /// What a query on the connection is to begin with; nothing on one of Limbeck's own.
    pub(crate) fn as_own(&self) -> &'static str {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { connection, .. } => connection.as_own(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "",
        }
    }

    /// Opens a new, empty SQLite database in memory: the scratch database of that dialect.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] when memory runs out.
    #[cfg(feature = "sqlite")]
    pub async fn memory() -> Result<Self, ConnectError> {
        Self::connect(&DatabaseUrl::memory()).await
    }

    /// The dialect of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match *self {
            #[cfg(feature = "postgres")]
            Self::Postgres { .. } => Dialect::Postgres,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Opens another connection to the same database; none on SQLite.
    pub(crate) fn another(&self) -> Option<Connecting> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { url, .. } => {
                let url = url.clone();
                Some(Box::pin(async move { Self::connect(&url).await }))
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => None,
        }
    }

    /// Lets extensions be installed that the login has not the right to install.
    #[cfg(feature = "postgres")]
    #[doc(hidden)]
    pub fn allow(&mut self, extensions: extension::Allowance) {
        match self {
            Self::Postgres { allowance, .. } => *allowance = Some(Box::new(extensions)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => {}
        }
    }

    /// Runs a statement that is allowed beyond the rights of the login; any other one is none of it.
    #[cfg(feature = "postgres")]
    async fn run_allowed(&mut self, sql: &str) -> Option<Result<(), QueryError>> {
        let allowance = match self {
            Self::Postgres { allowance, .. } => allowance.as_ref()?.clone(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => return None,
        };
        let request = allowance.covers(sql)?;
        Some(extension::run(self, &allowance, &request, sql).await)
    }

    /// Runs one statement and returns how many rows it affected.
    ///
    /// # Errors
    ///
    /// [`QueryError`] says what the database reports.
    pub async fn execute(&mut self, sql: &str) -> Result<u64, QueryError> {
        #[cfg(feature = "postgres")]
        if let Some(outcome) = self.run_allowed(sql).await {
            return outcome.map(|()| 0);
        }
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { connection, .. } => {
                Ok(connection.execute(raw(sql)).await?.rows_affected())
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                // SQLite goes on reporting the count of the last statement that changed rows.
                let before = total_changes(connection).await?;
                let affected = connection.execute(raw(sql)).await?.rows_affected();
                let changed = total_changes(connection).await? != before;
                Ok(if changed { affected } else { 0 })
            }
        }
    }

    /// Runs several statements, separated by semicolons.
    ///
    /// PostgreSQL runs them in one transaction unless they say `BEGIN` themselves; SQLite runs each
    /// on its own.
    ///
    /// # Errors
    ///
    /// [`QueryError`] of the first statement that fails; those after it do not run.
    pub async fn batch(&mut self, sql: &str) -> Result<(), QueryError> {
        #[cfg(feature = "postgres")]
        if let Some(outcome) = self.run_allowed(sql).await {
            return outcome;
        }
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { connection, .. } => connection.execute(raw(sql)).await.map(|_| ())?,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => connection.execute(raw(sql)).await.map(|_| ())?,
        }
        Ok(())
    }

    /// As [`Self::batch`]; a failure tells which statement it was.
    pub(crate) async fn batch_counted(&mut self, sql: &str) -> Result<(), Counted> {
        self.batch_keeping(sql, usize::MAX).await.map(drop)
    }

    /// As [`Self::batch_counted`], with the rows of the statements behind the first ones.
    pub(crate) async fn batch_keeping(
        &mut self,
        sql: &str,
        behind: usize,
    ) -> Result<Vec<Vec<TextRow>>, Counted> {
        #[cfg(feature = "postgres")]
        if let Some(outcome) = self.run_allowed(sql).await {
            let answered = 0;
            let outcome = outcome.map(|()| Vec::new());
            return outcome.map_err(|source| Counted { answered, source });
        }
        self.rows_behind(sql, behind).await
    }

    /// Runs a query and returns its rows as text.
    ///
    /// Of several statements the rows come one after the other; see [`Self::query_sets`].
    ///
    /// # Errors
    ///
    /// [`QueryError`] says what the database reports.
    pub async fn query_text(&mut self, sql: &str) -> Result<Vec<TextRow>, QueryError> {
        Ok(self.query_sets(sql).await?.into_iter().flatten().collect())
    }

    /// Runs several statements in one round trip and returns the rows of each, an empty set for a
    /// statement that gives none.
    ///
    /// # Errors
    ///
    /// [`QueryError`] of the first statement that fails.
    pub async fn query_sets(&mut self, sql: &str) -> Result<Vec<Vec<TextRow>>, QueryError> {
        let sets = self.query_counted(sql).await;
        sets.map_err(|counted| counted.source)
    }

    /// As [`Self::query_sets`], with the types of the columns of the widest rows; SQLite does not tell them.
    pub(crate) async fn query_typed(&mut self, sql: &str) -> Result<Typed, QueryError> {
        let (sets, types) = match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { connection, .. } => {
                let mut types = Vec::new();
                let read = |row: &sqlx::postgres::PgRow| {
                    if row.len() > types.len() {
                        types = type_numbers(row);
                    }
                    postgres_row(row)
                };
                let rows = connection.fetch_many(raw(sql));
                (sets::<sqlx::Postgres>(rows, 0, read).await, types)
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                let rows = connection.fetch_many(raw(sql));
                (sets::<sqlx::Sqlite>(rows, 0, sqlite_row).await, Vec::new())
            }
        };
        let sets = sets.map_err(|counted| counted.source)?;
        Ok(Typed { sets, types })
    }

    /// As [`Self::query_sets`]; a failure tells which statement it was.
    pub(crate) async fn query_counted(&mut self, sql: &str) -> Result<Vec<Vec<TextRow>>, Counted> {
        self.rows_behind(sql, 0).await
    }

    async fn rows_behind(
        &mut self,
        sql: &str,
        behind: usize,
    ) -> Result<Vec<Vec<TextRow>>, Counted> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { connection, .. } => {
                let answers = connection.fetch_many(raw(sql));
                sets::<sqlx::Postgres>(answers, behind, postgres_row).await
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                let answers = connection.fetch_many(raw(sql));
                sets::<sqlx::Sqlite>(answers, behind, sqlite_row).await
            }
        }
    }

    /// The version of a PostgreSQL server, from the login; none on SQLite, which is built in.
    #[must_use]
    pub fn server_version(&self) -> Option<ServerVersion> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres { connection, .. } => connection.server_version_num().map(ServerVersion),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => None,
        }
    }

    /// Says goodbye and closes the connection; a server is told nothing when it is only dropped.
    ///
    /// # Errors
    ///
    /// [`QueryError`] when the goodbye is not delivered.
    pub async fn close(self) -> Result<(), QueryError> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres {
                connection: PostgresHandle::Own(connection),
                ..
            } => connection.close().await?,
            // The pool goes on with it.
            #[cfg(feature = "postgres")]
            Self::Postgres {
                connection: PostgresHandle::Pooled(_),
                ..
            } => {}
            #[cfg(feature = "sqlite")]
            Self::Sqlite(SqliteHandle::Own(connection)) => connection.close().await?,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(SqliteHandle::Pooled(connection)) => connection.finish().await,
        }
        Ok(())
    }
}

/// SQL of revisions and of Limbeck is run as written; there is nothing to bind.
fn raw(sql: &str) -> sqlx::RawSql {
    sqlx::raw_sql(AssertSqlSafe(sql))
}

/// Connects; a server without TLS on another machine is told about before it gets a password.
#[cfg(feature = "postgres")]
async fn encrypted_if_possible(
    url: &DatabaseUrl,
    options: PgConnectOptions,
) -> Result<PgConnection, ConnectError> {
    if !matches!(options.get_ssl_mode(), PgSslMode::Prefer) || url.is_loopback() {
        return in_time(url, options.connect()).await;
    }
    let encrypted = options.clone().ssl_mode(PgSslMode::Require);
    match in_time(url, encrypted.connect()).await {
        Err(ConnectError::NoTls { .. }) => {
            tracing::warn!(
                "the server of `{url}` has no TLS: password and data can be read on the way \
                 (`sslmode=require` refuses that, `sslmode=disable` says that it is meant)"
            );
            in_time(url, options.ssl_mode(PgSslMode::Disable).connect()).await
        }
        outcome => outcome,
    }
}

#[cfg(feature = "sqlite")]
async fn open(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    // SQLite opens lazily; this reads the head of the file and tells what it is.
    connection.execute("PRAGMA schema_version").await?;
    Ok(connection)
}

async fn in_time<C>(
    url: &DatabaseUrl,
    attempt: impl Future<Output = Result<C, sqlx::Error>>,
) -> Result<C, ConnectError> {
    let outcome = match url.connect_timeout() {
        None => attempt.await,
        Some(limit) => match tokio::time::timeout(limit, attempt).await {
            Ok(outcome) => outcome,
            Err(_) => {
                return Err(ConnectError::Timeout {
                    url: url.clone(),
                    seconds: limit.as_secs(),
                });
            }
        },
    };
    match outcome {
        Ok(connection) => Ok(connection),
        Err(error) => Err(ConnectError::classify(url, error).await),
    }
}

/// The rows of several statements.
pub(crate) struct Typed {
    pub(crate) sets: Vec<Vec<TextRow>>,
    /// The types of the columns of the widest rows, by their numbers; 0 for one that is told by its name alone.
    pub(crate) types: Vec<u32>,
}

/// The failure of one of several statements.
pub(crate) struct Counted {
    /// How many were answered before it.
    pub(crate) answered: usize,
    pub(crate) source: QueryError,
}

type Answers<'a, D> = Pin<
    Box<
        dyn Stream<
                Item = Result<
                    Either<<D as Database>::QueryResult, <D as Database>::Row>,
                    sqlx::Error,
                >,
            > + Send
            + 'a,
    >,
>;

/// Collects the rows of each statement behind the first ones, whose rows go; the driver marks the end of a statement by
/// its result.
async fn sets<D: Database>(
    mut answers: Answers<'_, D>,
    behind: usize,
    mut read: impl FnMut(&D::Row) -> Result<TextRow, sqlx::Error>,
) -> Result<Vec<Vec<TextRow>>, Counted> {
    let mut answered = 0;
    let mut sets = Vec::new();
    let mut rows = Vec::new();
    while let Some(answer) = poll_fn(|context| answers.as_mut().poll_next(context)).await {
        let is_kept = answered >= behind;
        let counted = |source: sqlx::Error| Counted {
            answered,
            source: source.into(),
        };
        match answer.map_err(counted)? {
            Either::Left(_) => {
                answered += 1;
                if is_kept {
                    sets.push(std::mem::take(&mut rows));
                }
            }
            Either::Right(row) if is_kept => rows.push(read(&row).map_err(counted)?),
            Either::Right(_) => {}
        }
    }
    Ok(sets)
}

#[cfg(feature = "postgres")]
fn type_numbers(row: &sqlx::postgres::PgRow) -> Vec<u32> {
    use sqlx::Column as _;
    let columns = row.columns().iter();
    let numbers = columns.map(|column| column.type_info().oid());
    numbers
        .map(|number| number.map_or(0, |number| number.0))
        .collect()
}

#[cfg(feature = "postgres")]
fn postgres_row(row: &sqlx::postgres::PgRow) -> Result<TextRow, sqlx::Error> {
    let mut texts = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let value = row.try_get_raw(index)?;
        let text = || value.as_str().map_err(sqlx::Error::Decode);
        texts.push(if value.is_null() {
            None
        } else {
            Some(text()?.to_owned())
        });
    }
    Ok(texts)
}

/// Writes values as SQLite's own `CAST(… AS TEXT)` does, blobs as the literal `X'…'`.
#[cfg(feature = "sqlite")]
fn sqlite_row(row: &sqlx::sqlite::SqliteRow) -> Result<TextRow, sqlx::Error> {
    use sqlx::TypeInfo as _;
    (0..row.len())
        .map(|index| {
            let value = row.try_get_raw(index)?;
            if value.is_null() {
                return Ok(None);
            }
            let storage = value.type_info();
            // A declared type such as BOOLEAN changes nothing here: the value tells its own class.
            let text = match storage.name() {
                "INTEGER" => row.try_get_unchecked::<i64, _>(index)?.to_string(),
                "REAL" => format!("{:?}", row.try_get_unchecked::<f64, _>(index)?),
                "BLOB" => {
                    let bytes = row.try_get_unchecked::<Vec<u8>, _>(index)?;
                    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                    format!("X'{digits}'")
                }
                _ => row.try_get_unchecked::<String, _>(index)?,
            };
            Ok(Some(text))
        })
        .collect()
}

#[cfg(feature = "sqlite")]
async fn total_changes(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let row = connection.fetch_one(raw("SELECT total_changes()")).await?;
    row.try_get(0)
}
