//! A SQLite connection of a pool, which gets it back as it was, also from a run that was cancelled or has panicked.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Executor as _, Row as _, Sqlite, SqliteConnection};

use super::raw;

/// A connection of a pool.
#[derive(Debug)]
pub struct Pooled {
    /// It is taken out when this value is dropped.
    connection: Option<PoolConnection<Sqlite>>,
    found: Found,
    is_finished: bool,
}

/// How a connection was when it was taken, and what of the application was called on it.
#[derive(Clone, Copy, Debug)]
struct Found {
    foreign_keys: bool,
    legacy_alter_table: bool,
    has_hooks: bool,
}

impl Pooled {
    /// Reads how the connection is set, which is what it is set to again.
    pub(crate) async fn take(mut connection: PoolConnection<Sqlite>) -> Result<Self, sqlx::Error> {
        let foreign_keys = is_on(&mut connection, "PRAGMA foreign_keys").await?;
        let legacy_alter_table = is_on(&mut connection, "PRAGMA legacy_alter_table").await?;
        Ok(Self {
            connection: Some(connection),
            found: Found {
                foreign_keys,
                legacy_alter_table,
                has_hooks: false,
            },
            is_finished: false,
        })
    }

    /// Hooks of SQLite are set on the connection.
    pub(crate) fn has_hooks(&mut self) {
        self.found.has_hooks = true;
    }

    /// The run has come to its end, and has set everything as it was.
    pub(crate) fn finish(mut self) {
        self.is_finished = true;
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
        let Some(connection) = self.connection.take() else {
            return;
        };
        if self.is_finished {
            return;
        }
        // The pool does not have it before the task ends: a database in memory is nowhere else.
        let left = Left(Some(connection));
        let found = self.found;
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(left.give_back(found));
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
        match restore(connection, found).await {
            Ok(()) => drop(self.0.take()),
            Err(error) => tracing::warn!(
                "a run was cancelled, and its connection is closed, since it cannot be set as it was: {error}"
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

async fn is_on(connection: &mut SqliteConnection, sql: &str) -> Result<bool, sqlx::Error> {
    connection.fetch_one(raw(sql)).await?.try_get(0)
}

async fn restore(connection: &mut SqliteConnection, found: Found) -> Result<(), sqlx::Error> {
    if found.has_hooks {
        let mut handle = connection.lock_handle().await?;
        handle.remove_commit_hook();
        handle.remove_rollback_hook();
    }
    // It is an error where no transaction is open; that none is shows the BEGIN.
    let _ = connection.execute(raw("ROLLBACK")).await;
    let word = |is_on| if is_on { "ON" } else { "OFF" };
    let sql = format!(
        "BEGIN; ROLLBACK; PRAGMA foreign_keys = {}; PRAGMA legacy_alter_table = {}",
        word(found.foreign_keys),
        word(found.legacy_alter_table)
    );
    connection.execute(raw(&sql)).await?;
    Ok(())
}
