//! Opening a file that others open at the same moment.

use std::time::Duration;

use tokio::time::Instant;

use super::error::is_busy;

/// How long an open waits for others: as long as the driver lets a statement wait for a lock.
const LIMIT: Duration = Duration::from_secs(5);

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
