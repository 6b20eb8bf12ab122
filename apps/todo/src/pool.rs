//! The pool of connections, with the settings that SQLAlchemy's users know.

use std::path::Path;
use std::time::Duration;

use limbeck::url::{DatabaseUrl, Location, Target};
use sea_orm::DatabaseConnection;
use sqlx::ConnectOptions;
use sqlx::pool::{PoolConnectionMetadata, PoolOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tracing::log::LevelFilter;

use crate::settings::{PoolSettings, Settings};

/// SQLite has one writer; more connections than that only read beside it.
const SQLITE_CONNECTIONS: u32 = 5;

/// A connection that nobody has used for so long is closed: a pool that is idle keeps no server awake.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);

/// A connection that was idle for so long may be gone, and is tried before it is used.
const PING_AFTER: Duration = Duration::from_secs(30);

/// A statement that takes longer than this is in the log as a warning.
const SLOW: Duration = Duration::from_secs(1);

/// Makes the pool. It connects when somebody asks for a connection, so the service starts without its database.
///
/// # Errors
///
/// The folder of a SQLite file cannot be made.
pub fn open(settings: &Settings) -> std::io::Result<DatabaseConnection> {
    let pool = &settings.pool;
    Ok(match settings.database.target() {
        Target::Postgres(options) => {
            let options = logged(postgres(options, &settings.database), settings.debug);
            pool_options::<sqlx::Postgres>(pool, pool.max_connections)
                .connect_lazy_with(options)
                .into()
        }
        Target::Sqlite(options) => {
            let (connections, options) = match settings.database.location() {
                Location::File { path, .. } => {
                    make_folder(path)?;
                    (SQLITE_CONNECTIONS, file(options))
                }
                // Each connection would have a database of its own.
                _ => (1, options.clone()),
            };
            let mut pool =
                pool_options::<sqlx::Sqlite>(pool, connections.min(pool.max_connections));
            if connections == 1 {
                // The database would go with its only connection.
                pool = pool.idle_timeout(None).max_lifetime(None);
            }
            pool.connect_lazy_with(logged(options, settings.debug))
                .into()
        }
        // `Target` may come to know other databases.
        _ => return Err(std::io::Error::other("the database is of an unknown kind")),
    })
}

fn pool_options<DB: sqlx::Database>(settings: &PoolSettings, connections: u32) -> PoolOptions<DB> {
    let options = PoolOptions::new()
        .min_connections(0)
        .max_connections(connections)
        .acquire_timeout(settings.acquire_timeout)
        .max_lifetime(settings.max_lifetime)
        .idle_timeout(IDLE_TIMEOUT)
        // It would cost each request a round trip.
        .test_before_acquire(false);
    if !settings.pre_ping {
        return options;
    }
    options.before_acquire(|connection, meta: PoolConnectionMetadata| {
        Box::pin(async move {
            use sqlx::Connection as _;
            if meta.idle_for > PING_AFTER {
                connection.ping().await?;
            }
            Ok(true)
        })
    })
}

fn postgres(options: &PgConnectOptions, url: &DatabaseUrl) -> PgConnectOptions {
    let options = options.clone().application_name("todo");
    match url.location() {
        // A pooler gives each transaction another session, which does not know the statements of the last one.
        Location::Tcp { host, .. } if host.split('.').any(|part| part.ends_with("-pooler")) => {
            options.statement_cache_capacity(0)
        }
        _ => options,
    }
}

fn file(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .clone()
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL this loses no more than FULL when the program dies, and less time.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

/// What SQLAlchemy calls `echo`.
fn logged<O: ConnectOptions>(options: O, debug: bool) -> O {
    let level = if debug {
        LevelFilter::Info
    } else {
        LevelFilter::Debug
    };
    options
        .log_statements(level)
        .log_slow_statements(LevelFilter::Warn, SLOW)
}
