//! Opening a file that others open at the same moment, and a database in memory as bytes.

use std::time::Duration;

use sqlx::sqlite::SqliteOwnedBuf;
use tokio::time::Instant;

use super::error::is_busy;
use super::{Connection, QueryError};

/// How long an open waits for others: as long as the driver lets a statement wait for a lock.
const LIMIT: Duration = Duration::from_secs(5);

/// The collations that every connection has (<https://sqlite.org/datatype3.html#collating_sequences>).
const BUILT_IN: [&str; 3] = ["BINARY", "NOCASE", "RTRIM"];

/// How long between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// The tries to open a file that another connection holds.
///
/// SQLite waits by itself for a lock (`busy_timeout`), but not where a connection changes the journal mode to WAL,
/// which the options of a pool may ask for: the first connections of several programs to a new file meet there
/// (<https://sqlite.org/wal.html>, section "Sometimes Queries Return `SQLITE_BUSY` In WAL Mode").
pub(crate) struct Tries(Instant);

impl Tries {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    /// Whether to try once more, after a pause.
    pub(crate) async fn again(&self, error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(|error| error.code());
        let again = code.is_some_and(|code| is_busy(&code)) && self.0.elapsed() < LIMIT;
        if again {
            tokio::time::sleep(PAUSE).await;
        }
        again
    }
}

impl Connection {
    /// A SQLite database as the bytes of its file, without what was set for the session; none where nothing is in it.
    ///
    /// # Errors
    ///
    /// [`QueryError`] says what the database reports.
    #[doc(hidden)]
    pub async fn image(&mut self) -> Result<Option<Vec<u8>>, QueryError> {
        // One without a page cannot be told from one that is not there.
        let pages = self.query_text("PRAGMA page_count").await?;
        let is_empty = pages
            .iter()
            .flatten()
            .all(|pages| pages.as_deref() == Some("0"));
        match self {
            Self::Sqlite(connection) if !is_empty => {
                Ok(Some(connection.serialize(None).await?.to_vec()))
            }
            Self::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Self::Postgres { .. } => Ok(None),
        }
    }

    /// Opens a SQLite database in memory that is what an image says.
    ///
    /// Nothing was asked of the connection before: a table-valued PRAGMA keeps a pointer to the schema that
    /// `sqlite3_deserialize` frees, and the next one would crash.
    ///
    /// # Errors
    ///
    /// [`QueryError`] says what the database reports.
    #[doc(hidden)]
    pub async fn of_image(image: &[u8]) -> Result<Self, QueryError> {
        let opened = Self::memory().await;
        let mut opened = opened.map_err(|error| QueryError::Lost(std::io::Error::other(error)))?;
        match &mut opened {
            Self::Sqlite(connection) => {
                let image = SqliteOwnedBuf::try_from(image)?;
                connection.deserialize(None, image, false).await?;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres { .. } => {}
        }
        Ok(opened)
    }
    /// The collations that a connection has, its own ones and those of SQLite.
    pub(crate) async fn collations(&mut self) -> Result<Vec<String>, QueryError> {
        let rows = self
            .query_text("SELECT name FROM pragma_collation_list")
            .await?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }

    /// Gives a connection collations that it lacks; they go by the bytes.
    pub(crate) async fn stand_in_for_collations(
        &mut self,
        names: &[String],
    ) -> Result<(), QueryError> {
        let connection = match self {
            Self::Sqlite(connection) => connection,
            #[cfg(feature = "postgres")]
            Self::Postgres { .. } => return Ok(()),
        };
        let mut handle = connection.lock_handle().await?;
        for name in names {
            let is_there = BUILT_IN.iter().any(|one| one.eq_ignore_ascii_case(name));
            if !is_there {
                handle.create_collation(name, Ord::cmp)?;
            }
        }
        Ok(())
    }
}
