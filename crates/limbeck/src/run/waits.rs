//! For whom a statement waits in the server that has no limit of its own.
//!
//! What cannot run in a transaction may wait for hours, for transactions that have nothing to do with its table, too: CREATE
//! INDEX CONCURRENTLY waits for everybody who might still use the state before it (PostgreSQL manual, section "CREATE
//! INDEX"). The connection is busy with it meanwhile, so another one asks.

use std::convert::Infallible;
use std::error::Error;
use std::time::{Duration, Instant};

use crate::connection::{Connecting, Connection, QueryError};
use crate::own_names;
use crate::run::{Event, OnEvent, blockers};

/// A statement that takes no longer waits for nobody.
const PATIENCE: Duration = Duration::from_secs(2);

const PAUSE: Duration = Duration::from_secs(1);

/// A prepared transaction has no process; what tells of it is the lock that it holds and the statement waits for.
const WAITED_FOR: &str = "SELECT DISTINCT {told}
FROM (SELECT b.pid, NULL::pg_catalog.text AS virtualtransaction
        FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids({process})) AS b (pid) WHERE b.pid != 0
    UNION ALL SELECT o.pid, o.virtualtransaction FROM pg_catalog.pg_locks AS w
        JOIN pg_catalog.pg_locks AS o ON o.transactionid == w.transactionid
            OR (o.relation == w.relation AND o.database == w.database)
        WHERE w.pid == {process} AND NOT w.granted AND o.granted AND o.pid IS NULL) AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid == l.pid
ORDER BY 1";

/// Tells while the process of the server waits for others, and does not end by itself.
pub(super) async fn tell(another: Connecting, process: &str, on_event: OnEvent<'_>) -> Infallible {
    let started = Instant::now();
    tokio::time::sleep(PATIENCE).await;
    // It is told where it can be: the statement goes on without that.
    let told: Result<(), Box<dyn Error + Send + Sync>> = async {
        tell_on(&mut another.await?, process, started, on_event).await?;
        Ok(())
    }
    .await;
    tracing::debug!("nobody tells for whom the statement waits: {told:?}");
    std::future::pending().await
}

async fn tell_on(
    connection: &mut Connection,
    process: &str,
    started: Instant,
    on_event: OnEvent<'_>,
) -> Result<(), QueryError> {
    let sql = own_names::spelled(&WAITED_FOR.replace("{told}", &blockers::told(None)))
        .replace("{process}", process);
    loop {
        let rows = connection.query_text(&sql).await?;
        let by: Vec<String> = rows.into_iter().flatten().flatten().collect();
        if !by.is_empty() {
            on_event(Event::Blocked {
                seconds: started.elapsed().as_secs(),
                by: &by,
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}
