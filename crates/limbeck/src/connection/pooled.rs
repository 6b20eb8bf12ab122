//! A SQLite connection of a pool, which gets it back as it was, also from a run that failed, was cancelled or has panicked.

use std::future::{Future, poll_fn};
use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Either, Executor as _, Row as _, Sqlite, SqliteConnection};

use super::{raw, sqlite_row};

/// What of a connection a step without a transaction may set, and leave so: what statements do, and how they lock. Each is
/// one word or number, which it also takes. (sqlite.org/pragma.html)
const SETTINGS: [&str; 15] = [
    "busy_timeout",
    "cache_size",
    "defer_foreign_keys",
    "foreign_keys",
    "ignore_check_constraints",
    "legacy_alter_table",
    "locking_mode",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "synchronous",
    "temp_store",
    "trusted_schema",
    "writable_schema",
];

/// A connection of a pool.
#[derive(Debug)]
pub struct Pooled {
    /// It is taken out when this value is dropped.
    connection: Option<PoolConnection<Sqlite>>,
    found: Found,
}

/// How a connection was when it was taken, and what of the application was called on it.
#[derive(Debug, Default)]
struct Found {
    /// In the order of [`SETTINGS`]; none for what this SQLite does not have.
    settings: Vec<Option<String>>,
    has_hooks: bool,
}

impl Pooled {
    /// Reads how the connection is set, which is what it is set to again.
    pub(crate) async fn take(mut connection: PoolConnection<Sqlite>) -> Result<Self, sqlx::Error> {
        let settings = settings(&mut connection).await?;
        Ok(Self {
            connection: Some(connection),
            found: Found {
                settings,
                has_hooks: false,
            },
        })
    }

    /// Hooks of SQLite are set on the connection, in the place of those that the application may have set.
    pub(crate) fn has_hooks(&mut self) {
        self.found.has_hooks = true;
    }

    /// Gives the connection back. Who does not wait for the end gives it back all the same.
    pub(crate) async fn finish(mut self) {
        let Some(giving) = self.give_back() else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // A panic in it has closed the connection.
            let _ = runtime.spawn(giving).await;
        } else {
            giving.await;
        }
    }

    fn give_back(&mut self) -> Option<impl Future<Output = ()> + Send + use<>> {
        let left = Left(Some(self.connection.take()?));
        Some(left.give_back(std::mem::take(&mut self.found)))
    }
}

impl Deref for Pooled {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect(IS_THERE)
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect(IS_THERE)
    }
}

const IS_THERE: &str = "nothing but the drop takes the connection out";

impl Drop for Pooled {
    fn drop(&mut self) {
        // The pool does not have it before the task ends: a database in memory is nowhere else.
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && let Some(giving) = self.give_back()
        {
            runtime.spawn(giving);
        }
    }
}

/// A connection in whatever state a run has left it; it is closed unless it can be set as it was.
struct Left(Option<PoolConnection<Sqlite>>);

impl Left {
    async fn give_back(mut self, found: Found) {
        let Some(connection) = &mut self.0 else {
            return;
        };
        let restored = restore(connection, &found).await;
        match restored {
            // Its hooks are Limbeck's; a new one gets those of the application. In memory there can be no new one.
            Ok(Kind::File) if found.has_hooks => {
                if let Some(connection) = self.0.take() {
                    let _ = connection.close().await;
                }
            }
            Ok(Kind::File | Kind::Memory) => drop(self.0.take()),
            Err(error) => tracing::warn!(
                "a connection is closed, since it cannot be set as it was before the run: {error}"
            ),
        }
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            // What is open in it is rolled back by that.
            drop(connection.detach());
        }
    }
}

/// What a database is.
enum Kind {
    File,
    /// It is gone with its connection.
    Memory,
}

async fn restore(connection: &mut SqliteConnection, found: &Found) -> Result<Kind, sqlx::Error> {
    if found.has_hooks {
        let mut handle = connection.lock_handle().await?;
        handle.remove_commit_hook();
        handle.remove_rollback_hook();
    }
    // It is an error where no transaction is open; that none is shows the BEGIN.
    let _ = connection.execute(raw("ROLLBACK")).await;
    let mut sql = "BEGIN; ROLLBACK;".to_owned();
    let now = settings(connection).await?;
    for ((name, before), now) in SETTINGS.iter().zip(&found.settings).zip(now) {
        if let Some(before) = before
            && now.as_ref() != Some(before)
        {
            sql += &format!(" PRAGMA {name} = {before};");
        }
    }
    connection.execute(raw(&sql)).await?;
    let main = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let file: Option<String> = connection.fetch_one(raw(main)).await?.try_get(0)?;
    Ok(match file.as_deref() {
        None | Some("") => Kind::Memory,
        Some(_) => Kind::File,
    })
}

/// In the order of [`SETTINGS`].
async fn settings(connection: &mut SqliteConnection) -> Result<Vec<Option<String>>, sqlx::Error> {
    let sql = SETTINGS.map(|name| format!("PRAGMA {name};")).concat();
    let mut answers = connection.fetch_many(raw(&sql));
    let (mut settings, mut value) = (Vec::new(), None);
    while let Some(answer) = poll_fn(|context| answers.as_mut().poll_next(context)).await {
        match answer? {
            Either::Left(_) => settings.push(value.take()),
            Either::Right(row) => value = sqlite_row(&row)?.into_iter().next().flatten(),
        }
    }
    Ok(settings)
}
