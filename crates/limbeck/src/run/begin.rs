//! Opens the transaction of a step: with the lock, and once the history says what is expected.

use std::time::Duration;

use limbeck_core::dialect::Dialect;

use crate::connection::{self, Connection, QueryError};
use crate::history::{self, Applied, Found, Seen};
use crate::run::lock::{self, Tables, Wait, WaitFor};
use crate::run::step::{StepContext, not_begun, not_recorded};
use crate::run::stop::Stop;
use crate::run::traffic::{Look, Traffic};
use crate::run::{OnEvent, RunError, RunOptions};

/// A transaction for a step.
pub(super) enum Begun {
    /// It is open.
    Open(Open),
    /// It is closed again: another run has come between, and this is what the history says now.
    Overtaken(Applied),
}

/// What was seen when a transaction began.
#[derive(Default)]
pub(super) struct Open {
    /// Of the tables of the history.
    pub(super) seen: Option<Seen>,
    /// Of the tables that the step changes.
    pub(super) look: Look,
    /// The process of a PostgreSQL server that has it.
    pub(super) process: Option<String>,
    /// Whether it began with the end of the step before: nobody has read yet what the history says.
    pub(super) is_ahead: bool,
}

pub(super) async fn begin(
    connection: &mut Connection,
    context: Option<&StepContext<'_>>,
    traffic: Option<&Traffic<'_>>,
    on_event: OnEvent<'_>,
) -> Result<Begun, RunError> {
    match (connection.dialect(), context) {
        (Dialect::Postgres, None) => {
            connection.batch("BEGIN").await.map_err(not_begun)?;
            Ok(Begun::Open(Open::default()))
        }
        (Dialect::Sqlite, None) => {
            begin_immediate(connection, Duration::ZERO, &Stop::default(), on_event).await?;
            Ok(Begun::Open(Open::default()))
        }
        (Dialect::Postgres, Some(context)) => {
            let options = context.options;
            let settings = settings(options);
            let tables = if context.expected.has_tables {
                Tables::There(Some(context.expected))
            } else {
                Tables::Unknown
            };
            let look = traffic.and_then(Traffic::look_sql);
            let opened = lock::begin_asking(
                connection,
                options,
                context.lock,
                &settings,
                tables,
                look.as_deref(),
                on_event,
            )
            .await?;
            let begun = begun(connection, context, context.expected, opened.found).await?;
            let look = Look::of_rows(opened.rows);
            Ok(match begun {
                Begun::Open(open) => Begun::Open(Open {
                    look,
                    process: Some(opened.process),
                    ..open
                }),
                Begun::Overtaken(now) => Begun::Overtaken(now),
            })
        }
        (Dialect::Sqlite, Some(context)) => {
            let options = context.options;
            begin_immediate(connection, options.wait_for_lock, &options.stop, on_event).await?;
            begun(connection, context, context.expected, None).await
        }
    }
}

/// Whether the history says what is expected in the transaction that is open; where it does not, it is closed.
///
/// Under the lock nobody else writes: what the history says now, unless it was read already, holds until the lock is gone.
pub(super) async fn begun(
    connection: &mut Connection,
    context: &StepContext<'_>,
    expected: &Applied,
    found: Option<Found>,
) -> Result<Begun, RunError> {
    let outcome = verify(connection, context, expected, found).await;
    if !matches!(outcome, Ok(Begun::Open(_))) {
        let _ = connection.batch("ROLLBACK").await;
    }
    outcome
}

/// Makes the tables of the history, too, where they are missing.
async fn verify(
    connection: &mut Connection,
    context: &StepContext<'_>,
    expected: &Applied,
    found: Option<Found>,
) -> Result<Begun, RunError> {
    let (table, dialect) = (&context.lock.table, connection.dialect());
    let ensure = history::create_sql(table, dialect);
    // On PostgreSQL a table that is not there would end the transaction.
    if dialect == Dialect::Postgres && found.is_none() && !expected.has_tables {
        let made = connection.batch(&ensure).await;
        made.map_err(|source| not_recorded(table, source))?;
    }
    let found = match found {
        Some(found) => found,
        None => history::read_expected(connection, table, expected).await?,
    };
    let now = match found {
        Found::Expected(seen) => return Ok(opened(seen)),
        Found::All(now) => now,
    };
    if !now.is_same_place(expected) {
        return Ok(Begun::Overtaken(now));
    }
    if !now.has_tables {
        let made = connection.batch(&ensure).await;
        made.map_err(|source| not_recorded(table, source))?;
    }
    Ok(opened(now.seen))
}

fn opened(seen: Option<Seen>) -> Begun {
    Begun::Open(Open {
        seen,
        ..Open::default()
    })
}

/// `BEGIN IMMEDIATE`, again and again while another connection writes.
pub(super) async fn begin_immediate(
    connection: &mut Connection,
    limit: Duration,
    stop: &Stop,
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    let mut wait = Wait::new(WaitFor::Writer, limit, stop);
    loop {
        match connection.batch("BEGIN IMMEDIATE").await {
            Ok(()) => return Ok(()),
            Err(error) if !is_busy(&error) => return Err(lock::failed(error)),
            Err(_) => {
                if !wait.pause(on_event).await {
                    return Err(wait.over(None));
                }
            }
        }
    }
}

/// What holds in the transaction of a step on PostgreSQL.
pub(super) fn settings(options: &RunOptions) -> String {
    timeouts("SET LOCAL", options)
        + &alive("SET LOCAL")
        + &options.local_settings(Dialect::Postgres)
}

/// Has the server ask whether the client is still there, and end the session after two minutes without an answer: it would
/// hold the locks of a machine that is gone for hours. It means nothing over a socket (PostgreSQL manual, section 20.3.2).
pub(super) fn alive(set: &str) -> String {
    let [idle, interval, count] = ALIVE;
    format!("{set} {idle} = 60; {set} {interval} = 10; {set} {count} = 6; ")
}

/// What [`alive`] sets.
pub(super) const ALIVE: [&str; 3] = [
    "tcp_keepalives_idle",
    "tcp_keepalives_interval",
    "tcp_keepalives_count",
];

pub(super) fn timeouts(set: &str, options: &RunOptions) -> String {
    // 0 would mean to wait for ever.
    let milliseconds = |limit: Duration| limit.as_millis().max(1);
    let mut sql = format!(
        "{set} lock_timeout = {}; ",
        milliseconds(options.lock_timeout)
    );
    if let Some(limit) = options.statement_timeout {
        sql += &format!("{set} statement_timeout = {}; ", milliseconds(limit));
    }
    sql
}

fn is_busy(error: &QueryError) -> bool {
    let code = error.database().and_then(|error| error.code.as_deref());
    code.is_some_and(connection::is_busy)
}
