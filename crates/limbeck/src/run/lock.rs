//! One run at a time: on PostgreSQL an advisory lock of the session, which is polled for.
//!
//! Whoever waits inside `pg_advisory_lock` holds a snapshot, for which CREATE INDEX CONCURRENTLY
//! waits in turn; polling holds none. On SQLite each transaction is the lock.

use std::time::{Duration, Instant};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{quote_identifier, quote_literal};

use crate::connection::{Connection, QueryError};
use crate::history::HistoryTable;
use crate::run::{Event, OnEvent, RunError, RunOptions};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What a run holds while it is under way.
pub(super) struct Lock {
    /// The key of the advisory lock; none on SQLite.
    pub(super) key: Option<i64>,
    /// The history table with its schema, which a statement that changes `search_path` cannot hide.
    pub(super) table: HistoryTable,
}

/// Takes the lock, or waits for it.
pub(super) async fn take(
    connection: &mut Connection,
    options: &RunOptions,
    on_event: OnEvent<'_>,
) -> Result<Lock, RunError> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(Lock {
            key: None,
            table: options.history.clone(),
        });
    }
    let sql = options.local_settings(Dialect::Postgres) + &take_sql(&options.history);
    let mut wait = Wait::new(options.wait_for_lock);
    loop {
        let sets = connection.query_sets(&sql).await.map_err(failed)?;
        let row = sets.last().and_then(|rows| rows.first());
        let text = |index: usize| row.and_then(|row| row.get(index)?.as_deref());
        let key: i64 = text(1).and_then(|key| key.parse().ok()).unwrap_or(0);
        if text(2) == Some("t") {
            let name = QualifiedName::within(text(0), &options.history.name.name);
            return Ok(Lock {
                key: Some(key),
                table: HistoryTable { name },
            });
        }
        if !wait.pause(on_event).await {
            let holder = holder(connection, key).await;
            return Err(wait.over(holder));
        }
    }
}

/// Gives the lock back; a connection that is lost gives it back by itself.
pub(super) async fn release(connection: &mut Connection, lock: &Lock) {
    if let Some(key) = lock.key {
        let _ = connection
            .batch(&format!("SELECT pg_advisory_unlock({key})"))
            .await;
    }
}

/// A query for `t` when this very session still holds the lock.
pub(super) fn held_sql(key: i64) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted \
         AND pid = pg_backend_pid() AND objsubid = 1 \
         AND (classid::bigint << 32) | objid::bigint = {key})"
    )
}

/// Counts how long it is waited, with pauses that grow.
pub(super) struct Wait {
    started: Instant,
    limit: Duration,
    pause: Duration,
    told: Option<u64>,
}

impl Wait {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            started: Instant::now(),
            limit,
            pause: FIRST_PAUSE,
            told: None,
        }
    }

    /// Waits a little; `false` when it has been waited long enough.
    pub(super) async fn pause(&mut self, on_event: OnEvent<'_>) -> bool {
        let elapsed = self.started.elapsed();
        if elapsed >= self.limit {
            return false;
        }
        let seconds = elapsed.as_secs();
        if self.told != Some(seconds) {
            self.told = Some(seconds);
            on_event(Event::Waiting { seconds });
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }

    pub(super) fn over(&self, holder: Option<String>) -> RunError {
        RunError::Locked {
            seconds: self.started.elapsed().as_secs(),
            holder,
        }
    }
}

pub(super) fn failed(source: QueryError) -> RunError {
    RunError::Query {
        action: "take the lock for the run",
        done: Vec::new(),
        source,
    }
}

/// Answers the schema of the history table, the key, and whether the lock is taken. The key is made
/// of the database and the table, so that two services in one database do not wait for each other.
fn take_sql(table: &HistoryTable) -> String {
    let name = &table.name;
    let schema = match &name.schema {
        Some(schema) => quote_literal(schema) + "::text",
        None => format!(
            "coalesce((SELECT n.nspname::text FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = to_regclass({})), current_schema()::text, 'public')",
            quote_literal(&quote_identifier(&name.name, Dialect::Postgres))
        ),
    };
    format!(
        "WITH place AS MATERIALIZED (SELECT {schema} AS schema), \
         keyed AS MATERIALIZED (SELECT schema, hashtextextended(format('limbeck %I.%I.%I', \
         current_database(), schema, {}), 0) AS key FROM place) \
         SELECT schema, key, pg_try_advisory_lock(key) FROM keyed",
        quote_literal(&name.name)
    )
}

/// Tells who holds the lock, as far as this role may see.
async fn holder(connection: &mut Connection, key: i64) -> Option<String> {
    let sql = format!(
        "SELECT format('pid %s (%s, since %s)', l.pid, coalesce(nullif(a.application_name, ''), \
         a.usename::text, '?'), coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', \
         'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '?')) \
         FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
         AND (l.classid::bigint << 32) | l.objid::bigint = {key}"
    );
    let rows = connection.query_text(&sql).await.ok()?;
    rows.into_iter().next()?.into_iter().next()?
}
