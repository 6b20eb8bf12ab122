//! One run at a time: on PostgreSQL by an advisory lock, which is polled for.
//!
//! The lock belongs to the transaction of a step: behind a transaction pooler that is the only thing
//! a run has to itself, and it ends with it, whatever happens. Only a step outside of a transaction
//! holds the lock by its session. Whoever waits inside `pg_advisory_lock` holds a snapshot, for
//! which CREATE INDEX CONCURRENTLY waits in turn; polling holds none. On SQLite each transaction is
//! the lock.

use std::time::{Duration, Instant};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::{quote_identifier, quote_literal};

use crate::connection::{Connection, QueryError, TextRow};
use crate::history::{self, Applied, Found, HistoryTable, Refused};
use crate::own_names;
use crate::run::{Event, Leaves, OnEvent, RunError, RunErrorKind, RunOptions, Stop};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How often a pooler is asked for the session that holds a lock.
const TRIES_TO_RELEASE: usize = 200;
const PAUSE_TO_RELEASE: Duration = Duration::from_millis(5);

/// What a run locks.
pub(super) struct Lock {
    /// The key of the advisory lock; none on SQLite.
    pub(super) key: Option<i64>,
    /// The history table with its schema, which a statement that changes `search_path` cannot hide.
    pub(super) table: HistoryTable,
}

/// Whether the tables of the history are there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables<'a> {
    /// They are; this is what they should say, where that is known.
    There(Option<&'a Applied>),
    Unknown,
}

/// A session that holds the lock.
#[derive(Clone)]
pub(super) struct Session {
    key: i64,
    /// The process of the server that it was when it took the lock.
    process: String,
}

impl Session {
    /// The process of the server.
    pub(super) fn process(&self) -> &str {
        &self.process
    }
}

/// Tells what is to be locked; nothing is locked yet.
pub(super) async fn find(
    connection: &mut Connection,
    options: &RunOptions,
) -> Result<Lock, RunError> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(Lock {
            key: None,
            table: options.history.clone(),
        });
    }
    let sql = options.local_settings(Dialect::Postgres) + &place_sql(&options.history);
    let sets = connection.query_sets(&sql).await.map_err(failed)?;
    let row = sets.last().and_then(|rows| rows.first());
    let text = |index: usize| row.and_then(|row| row.get(index)?.as_deref());
    let name = QualifiedName::within(text(0), &options.history.name.name);
    Ok(Lock {
        key: text(1).and_then(|key| key.parse().ok()),
        table: HistoryTable { name },
    })
}

/// Opens a transaction, and answers in its last row whether it has the lock, and which process of the server it has.
pub(super) fn begin_sql(lock: &Lock, settings: &str) -> String {
    let key = lock.key.unwrap_or_default();
    // Under a stricter level the snapshot would be older than the lock, and hide what the run before
    // has written.
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; {settings}SELECT pg_catalog.pg_try_advisory_xact_lock({key}), \
         pg_catalog.pg_backend_pid()"
    )
}

/// The process, where [`begin_sql`], whose answer is the last one, has the lock.
pub(super) fn process(sets: &[Vec<TextRow>]) -> Option<String> {
    let has_lock = first(sets, 0) == Some("t");
    first(sets, 1).filter(|_| has_lock).map(str::to_owned)
}

/// What was read when a transaction began.
pub(super) struct Opened {
    /// What the history says, where its tables are there.
    pub(super) found: Option<Found>,
    /// The answer to what was asked besides.
    pub(super) rows: Vec<TextRow>,
    /// The process of the server that has the transaction.
    pub(super) process: String,
}

/// Opens a transaction on PostgreSQL that holds the lock until its end, or waits for it; reads the
/// history in the same round trip where its tables are there, and says what is expected.
pub(super) async fn begin(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
    settings: &str,
    tables: Tables<'_>,
    on_event: OnEvent<'_>,
) -> Result<Option<Found>, RunError> {
    let opened = begin_asking(connection, options, lock, settings, tables, None, on_event).await?;
    Ok(opened.found)
}

/// The same with one more query.
pub(super) async fn begin_asking(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
    settings: &str,
    tables: Tables<'_>,
    query: Option<&str>,
    on_event: OnEvent<'_>,
) -> Result<Opened, RunError> {
    let key = lock.key.unwrap_or_default();
    let begin = begin_sql(lock, settings);
    let all = || history::read_sql(&lock.table, Dialect::Postgres);
    let mut expected = match tables {
        Tables::There(expected) => expected.filter(|one| history::fits_a_row(one)),
        Tables::Unknown => None,
    };
    let mut sql = match (tables, expected) {
        (Tables::There(_), Some(expected)) => {
            let place = history::place_sql(&lock.table, Dialect::Postgres, expected);
            format!("{begin}; {place}")
        }
        (Tables::There(_), None) => format!("{begin}; {}", all()),
        (Tables::Unknown, _) => begin.clone(),
    };
    let query = query.map_or_else(String::new, |query| format!("; {query}"));
    let mut wait = Wait::new(WaitFor::Run, options.wait_for_lock, &options.stop);
    loop {
        let mut sets = match connection.query_sets(&format!("{sql}{query}")).await {
            Ok(sets) => sets,
            Err(source) => {
                let _ = connection.batch("ROLLBACK").await;
                if tables == Tables::Unknown {
                    return Err(failed(source));
                }
                let role = options.local_settings(Dialect::Postgres);
                match history::refused(connection, &role, &lock.table, source).await {
                    Refused::Because(error) => return Err(error.into()),
                    // They are other tables than were seen, and such as well.
                    Refused::NoMore => sql = format!("{begin}; {}", all()),
                }
                expected = None;
                continue;
            }
        };
        let rows = match query.as_str() {
            "" => Vec::new(),
            _ => sets.pop().unwrap_or_default(),
        };
        let found = match (tables, expected) {
            (Tables::There(_), Some(expected)) => {
                history::of_place(&mut sets, Dialect::Postgres, expected).map(Ok)
            }
            (Tables::There(_), None) => {
                let all = history::of_sets(&lock.table, &mut sets, Dialect::Postgres);
                Some(all.map(Found::All))
            }
            (Tables::Unknown, _) => None,
        };
        if let Some(process) = process(&sets) {
            if let Some(Err(_)) = &found {
                let _ = connection.batch("ROLLBACK").await;
            }
            let found = found.transpose()?;
            return Ok(Opened {
                found,
                rows,
                process,
            });
        }
        connection.batch("ROLLBACK").await.map_err(failed)?;
        if !wait.pause(on_event).await {
            let holder = holder(connection, key).await;
            return Err(wait.over(holder));
        }
    }
}

/// Has the session hold the lock, or waits for it.
pub(super) async fn take_session(
    connection: &mut Connection,
    options: &RunOptions,
    lock: &Lock,
    on_event: OnEvent<'_>,
) -> Result<Session, RunError> {
    let key = lock.key.unwrap_or_default();
    // A lock that this session holds already would be taken a second time.
    let sql = format!(
        "{}WITH before AS MATERIALIZED ({} AS held) \
         SELECT pg_backend_pid(), held, \
         CASE WHEN held THEN false ELSE pg_try_advisory_lock({key}) END FROM before",
        own_names::BEGIN,
        held_sql(key)
    );
    let mut wait = Wait::new(WaitFor::Run, options.wait_for_lock, &options.stop);
    loop {
        let sets = connection.query_sets(&sql).await.map_err(failed)?;
        if first(&sets, 1) == Some("t") {
            return Err(RunErrorKind::LockLost.into());
        }
        if first(&sets, 2) == Some("t") {
            return Ok(Session {
                key,
                process: first(&sets, 0).unwrap_or_default().to_owned(),
            });
        }
        if !wait.pause(on_event).await {
            let holder = holder(connection, key).await;
            return Err(wait.over(holder));
        }
    }
}

/// Refuses when the session is another one by now, as it may be behind a pooler.
pub(super) async fn check_session(
    connection: &mut Connection,
    session: &Session,
) -> Result<(), RunError> {
    let sql = format!(
        "{}SELECT pg_backend_pid(), ({})",
        own_names::BEGIN,
        held_sql(session.key)
    );
    let sets = connection.query_sets(&sql).await.map_err(failed)?;
    let is_same = first(&sets, 0) == Some(&session.process) && first(&sets, 1) == Some("t");
    if is_same {
        Ok(())
    } else {
        Err(RunErrorKind::LockLost.into())
    }
}

/// Whether the session is still the one that holds the lock, as a condition; the path is that of
/// [`own_names::BEGIN`].
pub(super) fn holds_sql(session: &Session) -> String {
    format!(
        "(pg_backend_pid() = {} AND ({}))",
        session.process,
        held_sql(session.key)
    )
}

/// Gives the lock of the session back, also where a pooler has to be asked for the session again; a
/// connection that is lost gives it back by itself.
pub(super) async fn release(connection: &mut Connection, session: &Session) {
    let Session { key, process } = session;
    let sql = format!(
        "{}SELECT CASE WHEN pg_backend_pid() = {process} THEN pg_advisory_unlock({key}) END \
         FROM (SELECT 1) AS one \
         WHERE pg_backend_pid() = {process} OR EXISTS \
         (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = {process})",
        own_names::BEGIN
    );
    for _ in 0..TRIES_TO_RELEASE {
        match connection.query_sets(&sql).await {
            Ok(sets) if sets.last().is_some_and(|rows| !rows.is_empty()) => {
                if first(&sets, 0).is_some() {
                    return;
                }
            }
            // The session has ended, or the connection.
            Ok(_) | Err(_) => return,
        }
        tokio::time::sleep(PAUSE_TO_RELEASE).await;
    }
}

/// A value of the first row of the last answer.
fn first(sets: &[Vec<Vec<Option<String>>>], index: usize) -> Option<&str> {
    sets.last()?.first()?.get(index)?.as_deref()
}

/// A query for `t` when this very session holds the lock; its names are those of `pg_catalog`.
fn held_sql(key: i64) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted \
         AND pid = pg_backend_pid() AND objsubid = 1 \
         AND (classid::bigint << 32) | objid::bigint = {key})"
    )
}

/// What is waited for.
#[derive(Clone, Copy)]
pub(super) enum WaitFor {
    /// The end of another run.
    Run,
    /// The end of a transaction that writes to the SQLite file; it may be an application's.
    Writer,
}

/// Counts how long it is waited, with pauses that grow.
pub(super) struct Wait {
    what: WaitFor,
    started: Instant,
    limit: Duration,
    pause: Duration,
    told: Option<u64>,
    stop: Stop,
}

impl Wait {
    pub(super) fn new(what: WaitFor, limit: Duration, stop: &Stop) -> Self {
        Self {
            what,
            started: Instant::now(),
            limit,
            pause: FIRST_PAUSE,
            told: None,
            stop: stop.clone(),
        }
    }

    /// Waits a little; `false` when it has been waited long enough, or the run is to stop.
    pub(super) async fn pause(&mut self, on_event: OnEvent<'_>) -> bool {
        let elapsed = self.started.elapsed();
        if elapsed >= self.limit || self.stop.is_asked() {
            return false;
        }
        let seconds = elapsed.as_secs();
        if self.told != Some(seconds) {
            self.told = Some(seconds);
            on_event(match self.what {
                WaitFor::Run => Event::Waiting { seconds },
                WaitFor::Writer => Event::WaitingForWriter { seconds },
            });
        }
        // It ends at once when the run is to stop.
        let _ = tokio::time::timeout(self.pause, self.stop.asked()).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }

    pub(super) fn over(&self, holder: Option<String>) -> RunError {
        let seconds = self.started.elapsed().as_secs();
        if self.stop.is_asked() {
            return RunErrorKind::Stopped {
                at: None,
                leaves: Leaves::Nothing,
            }
            .into();
        }
        match self.what {
            WaitFor::Run => RunErrorKind::Locked { seconds, holder }.into(),
            WaitFor::Writer => RunErrorKind::Busy { seconds }.into(),
        }
    }
}

pub(super) fn failed(source: QueryError) -> RunError {
    RunErrorKind::Query {
        action: "take the lock for the run",
        source,
    }
    .into()
}

/// Answers the schema of the history table and the key. The key is made of the database and the
/// table, so that two services in one database do not wait for each other. The path is the session's: it
/// says where a table without a schema is.
pub(super) fn place_sql(table: &HistoryTable) -> String {
    let name = &table.name;
    let schema = match &name.schema {
        Some(schema) => quote_literal(schema) + "::pg_catalog.text",
        None => format!(
            "coalesce((SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
             WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid), \
             pg_catalog.current_schema()::pg_catalog.text, 'public')",
            quote_literal(&quote_identifier(&name.name, Dialect::Postgres))
        ),
    };
    format!(
        "WITH place AS MATERIALIZED (SELECT {schema} AS schema) \
         SELECT schema, pg_catalog.hashtextextended(pg_catalog.format('limbeck %I.%I.%I', \
         pg_catalog.current_database(), schema, {}), 0) AS key FROM place",
        quote_literal(&name.name)
    )
}

/// Tells who holds the lock of a run at the moment; nobody on SQLite.
///
/// # Errors
///
/// [`RunError`] when the server does not answer.
pub async fn lock_holder(
    connection: &mut Connection,
    options: &RunOptions,
) -> Result<Option<String>, RunError> {
    match find(connection, options).await?.key {
        Some(key) => Ok(holder(connection, key).await),
        None => Ok(None),
    }
}

/// Tells who holds the lock, as far as this role may see.
async fn holder(connection: &mut Connection, key: i64) -> Option<String> {
    let sql = format!(
        "{}SELECT format('pid %s (%s, since %s)', l.pid, concat_ws(', ', coalesce(nullif(a.application_name, ''), \
         a.usename::text, '?'), a.state), coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', \
         'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '?')) \
         FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
         AND (l.classid::bigint << 32) | l.objid::bigint = {key}",
        own_names::BEGIN
    );
    let sets = connection.query_sets(&sql).await.ok()?;
    first(&sets, 0).map(str::to_owned)
}
