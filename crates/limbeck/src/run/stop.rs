//! Stops a run from outside: between two statements, or by cancelling the one that the server is at.

use tokio::sync::watch;

use crate::connection::{Connecting, Connection, Counted, TextRow};
use crate::own_names;

/// Asks a run to stop. Clones ask the same run.
///
/// On PostgreSQL the statement that is under way is cancelled in the server; SQLite brings it to its end. Then the
/// step is rolled back, and the run ends with [`super::RunErrorKind::Stopped`].
#[derive(Clone, Debug)]
pub struct Stop {
    asked: watch::Sender<bool>,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            asked: watch::Sender::new(false),
        }
    }
}

impl Stop {
    /// Asks for it.
    pub fn ask(&self) {
        self.asked.send_replace(true);
    }

    /// Whether it has been asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits until it is asked for.
    pub(super) async fn asked(&self) {
        let mut asked = self.asked.subscribe();
        // It fails when nobody is left who could ask, and this is one who is.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}

/// The session that is to be stopped: it holds a lock.
#[derive(Clone, Copy)]
pub(super) struct Holder<'a> {
    /// The key of the lock.
    pub(super) key: i64,
    /// The process of the server, where another session may come to hold the lock.
    pub(super) process: Option<&'a str>,
}

impl Holder<'_> {
    /// Whoever holds the lock: nobody else comes to hold it meanwhile.
    pub(super) fn of(key: i64) -> Self {
        Self { key, process: None }
    }
}

/// Runs statements of a run that holds the lock, and has the server cancel the one that it is at when the run is to stop.
/// The rows are those of the statements behind the first ones.
pub(super) async fn send(
    connection: &mut Connection,
    sql: &str,
    behind: usize,
    stop: &Stop,
    holder: Option<Holder<'_>>,
) -> Result<Vec<Vec<TextRow>>, Counted> {
    let another = connection.another();
    let mut running = std::pin::pin!(connection.batch_keeping(sql, behind));
    tokio::select! {
        biased;
        outcome = &mut running => return outcome,
        () = stop.asked() => {}
    }
    // Nothing else is sent on the connection before this has ended, so that no other statement of it is met.
    if let (Some(another), Some(holder)) = (another, holder)
        && let Err(error) = cancel(another, holder).await
    {
        tracing::warn!("the statement goes on in the server, which was not reached: {error}");
    }
    running.await
}

/// Cancels what the session does that holds the lock.
async fn cancel(
    another: Connecting,
    Holder { key, process }: Holder<'_>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = another.await?;
    let process = process.unwrap_or("pid");
    let sql = format!(
        "{}SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND (classid::bigint << 32) | objid::bigint = {key} AND pid = {process}",
        own_names::BEGIN
    );
    connection.query_sets(&sql).await?;
    connection.close().await?;
    Ok(())
}
