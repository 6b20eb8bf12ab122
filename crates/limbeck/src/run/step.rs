//! Runs one step: its statements, and in the same transaction the rows that say so.

use std::time::Duration;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, StepMode};
use limbeck_core::sql::Statement;

use crate::connection::{Connection, QueryError};
use crate::history::{self, Applied, HistoryError, HistoryTable, JournalRow, Untaken};
use crate::run::blockers;
use crate::run::foreign_keys::{self, Objects};
use crate::run::hook;
use crate::run::leftover::{self, Verdict};
use crate::run::lock::{self, Lock, Session, Tables, Wait, WaitFor};
use crate::run::prepare::{self, Pending, Prepared, shown};
use crate::run::stop::{self, Stop};
use crate::run::{Event, Leaves, Loss, OnEvent, RunError, RunOptions, StatementError};

/// What is needed to run a step with its history.
pub(super) struct StepContext<'a> {
    pub(super) options: &'a RunOptions,
    pub(super) graph: &'a Graph,
    pub(super) lock: &'a Lock,
    /// What the history says, unless another run has come between.
    pub(super) expected: &'a Applied,
    pub(super) pending: &'a Pending<'a>,
    pub(super) direction: Direction,
    /// The number of the step, counted from 1.
    pub(super) number: u32,
}

/// What became of a step.
pub(super) enum StepOutcome {
    /// It was run.
    Run,
    /// It was not run: another run has come between, and this is what the history says now.
    Overtaken(Applied),
}

/// Runs a step; without a context there is no history.
pub(super) async fn run(
    connection: &mut Connection,
    file: &str,
    step: &Prepared,
    context: Option<&StepContext<'_>>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    let mut job = Job {
        file,
        step,
        context,
        session: None,
    };
    match step.mode {
        StepMode::Transaction => transaction(connection, &job, on_event).await,
        StepMode::NoTransaction => match (connection.dialect(), context) {
            (Dialect::Postgres, Some(context)) => {
                let (options, lock) = (context.options, context.lock);
                let session = lock::take_session(connection, options, lock, on_event).await?;
                let session = job.session.insert(session).clone();
                let outcome = one_by_one(connection, &job, on_event).await;
                lock::release(connection, &session).await;
                outcome
            }
            (Dialect::Sqlite, _) | (_, None) => one_by_one(connection, &job, on_event).await,
        },
        StepMode::ForeignKeysOff => {
            let pragmas = foreign_keys::switch_off(connection, file, step).await?;
            let outcome = transaction(connection, &job, on_event).await;
            let restored = foreign_keys::restore(connection, &pragmas).await;
            let verdict = outcome?;
            restored?;
            Ok(verdict)
        }
    }
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

pub(super) fn not_recorded(table: &HistoryTable, source: QueryError) -> RunError {
    if history::is_refusal(&source) {
        // It was asked about when the transaction began.
        return RunError::History(HistoryError::NotTaken {
            table: table.name.clone(),
            reason: Untaken::Meanwhile,
        });
    }
    RunError::Record {
        table: table.name.clone(),
        done: Vec::new(),
        source,
    }
}

struct Job<'a> {
    file: &'a str,
    step: &'a Prepared,
    context: Option<&'a StepContext<'a>>,
    /// What holds the lock while there is no transaction.
    session: Option<Session>,
}

impl StepContext<'_> {
    fn of(&self) -> u32 {
        prepare::count(self.pending.steps.len())
    }

    /// Writes that the step has been run, inside the transaction that is open.
    async fn record(&self, connection: &mut Connection, step: &Prepared) -> Result<(), RunError> {
        let (table, dialect) = (&self.lock.table, connection.dialect());
        let not_recorded = |source| not_recorded(table, source);
        let revision = self.pending.revision;
        if self.number < self.of() {
            let row = JournalRow {
                id: &revision.id,
                direction: self.direction,
                step: self.number,
                steps: self.of(),
                checksum: &step.checksum,
            };
            let sql = history::insert_journal_sql(table, dialect, &row);
            let sql = history::write_sql(table, dialect, &sql);
            return connection.batch(&sql).await.map_err(not_recorded);
        }
        let history = match self.direction {
            Direction::Upgrade => {
                history::insert_sql(table, dialect, revision, &self.pending.checksum)
            }
            Direction::Downgrade => history::delete_sql(table, dialect, &revision.id),
        };
        let mut sql = history + " RETURNING revision";
        if self.of() > 1 {
            let journal = history::delete_journal_sql(table, dialect, &revision.id);
            sql = format!("{journal};\n{sql}");
        }
        let sql = history::write_sql(table, dialect, &sql);
        let mut sets = connection.query_sets(&sql).await.map_err(not_recorded)?;
        if dialect == Dialect::Postgres {
            // The path that is put back.
            sets.pop();
        }
        if sets.last().is_some_and(|rows| rows.len() == 1) {
            return Ok(());
        }
        Err(RunError::NotRecorded {
            table: table.name.clone(),
            id: revision.id.clone(),
            done: Vec::new(),
        })
    }

    /// Tells of the revision, once: with the first step of it that this run brings to its end.
    fn tell_revision(&self, on_event: OnEvent<'_>) {
        let (direction, revision) = (self.direction, self.pending.revision);
        if self.number != self.pending.done + 1 {
            return;
        }
        let from = self.expected.heads(self.graph);
        on_event(if self.pending.done == 0 {
            Event::Running {
                direction,
                revision,
                from: &from,
            }
        } else {
            Event::Resuming {
                direction,
                revision,
                done: self.pending.done,
                of: self.of(),
            }
        });
    }

    fn tell(&self, step: &Prepared, on_event: OnEvent<'_>) {
        self.tell_revision(on_event);
        if !step.statements.is_empty() {
            on_event(Event::Step {
                number: self.number,
                of: self.of(),
                mode: step.mode,
            });
        }
    }
}

async fn transaction(
    connection: &mut Connection,
    job: &Job<'_>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    if let Some(now) = begin(connection, job.context, on_event).await? {
        return Ok(StepOutcome::Overtaken(now));
    }
    if let Some(context) = job.context {
        context.tell(job.step, on_event);
    }
    let outcome = inside(connection, job, on_event).await;
    if let Err(mut error) = outcome {
        // It is over already when COMMIT was what failed, or the connection.
        let _ = connection.batch("ROLLBACK").await;
        blockers::name(connection, job.step, &mut error).await;
        return Err(error);
    }
    Ok(StepOutcome::Run)
}

/// Opens the transaction; returns the history when another run has come between, with the
/// transaction closed again.
async fn begin(
    connection: &mut Connection,
    context: Option<&StepContext<'_>>,
    on_event: OnEvent<'_>,
) -> Result<Option<Applied>, RunError> {
    match (connection.dialect(), context) {
        (Dialect::Postgres, None) => {
            connection.batch("BEGIN").await.map_err(not_begun)?;
            Ok(None)
        }
        (Dialect::Sqlite, None) => {
            begin_immediate(connection, Duration::ZERO, &Stop::default(), on_event).await?;
            Ok(None)
        }
        (Dialect::Postgres, Some(context)) => {
            let options = context.options;
            let settings =
                timeouts("SET LOCAL", options) + &options.local_settings(Dialect::Postgres);
            let tables = if context.expected.has_tables {
                Tables::There
            } else {
                Tables::Unknown
            };
            let read = lock::begin(
                connection,
                options,
                context.lock,
                &settings,
                tables,
                on_event,
            )
            .await?;
            let outcome = verify(connection, context, read).await;
            if !matches!(outcome, Ok(None)) {
                let _ = connection.batch("ROLLBACK").await;
            }
            outcome
        }
        (Dialect::Sqlite, Some(context)) => {
            let options = context.options;
            begin_immediate(connection, options.wait_for_lock, &options.stop, on_event).await?;
            let outcome = verify(connection, context, None).await;
            if !matches!(outcome, Ok(None)) {
                let _ = connection.batch("ROLLBACK").await;
            }
            outcome
        }
    }
}

/// Under the lock nobody else writes: what the history says now, unless it was read already, holds
/// until the lock is gone. Makes its tables where they are missing.
async fn verify(
    connection: &mut Connection,
    context: &StepContext<'_>,
    read: Option<Applied>,
) -> Result<Option<Applied>, RunError> {
    let (table, dialect) = (&context.lock.table, connection.dialect());
    let ensure = history::create_sql(table, dialect);
    // On PostgreSQL a table that is not there would end the transaction.
    if dialect == Dialect::Postgres && read.is_none() && !context.expected.has_tables {
        let made = connection.batch(&ensure).await;
        made.map_err(|source| not_recorded(table, source))?;
    }
    let now = match read {
        Some(now) => now,
        None => history::read(connection, table).await?,
    };
    if !now.is_same_place(context.expected) {
        return Ok(Some(now));
    }
    if !now.has_tables {
        let made = connection.batch(&ensure).await;
        made.map_err(|source| not_recorded(table, source))?;
    }
    Ok(None)
}

async fn inside(
    connection: &mut Connection,
    job: &Job<'_>,
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    let guarded = match job.context {
        Some(context)
            if job.step.mode == StepMode::ForeignKeysOff
                && context.options.loss == Loss::Refuse =>
        {
            let before: Objects = foreign_keys::objects(connection).await?;
            Some((context, before))
        }
        Some(_) | None => None,
    };
    statements(connection, job, on_event).await?;
    if let Some((context, before)) = &guarded {
        let (graph, pending) = (context.graph, context.pending);
        foreign_keys::check_lost(
            connection,
            before,
            graph,
            pending,
            context.direction,
            job.step,
        )
        .await?;
    }
    if let Some(context) = job.context {
        if let Some(hook) = context.pending.hook
            && context.number == context.of()
        {
            hook::run(connection, context.pending, hook).await?;
        }
        context.record(connection, job.step).await?;
    }
    let sql = "COMMIT".to_owned() + reset(job.step);
    // Constraints that are deferred fail here.
    let ended = connection.batch(&sql).await;
    ended.map_err(|source| failed(job, job.step.line, "COMMIT", Leaves::Nothing, source))
}

async fn statements(
    connection: &mut Connection,
    job: &Job<'_>,
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    let of = job.step.statements.len();
    for (index, statement) in job.step.statements.iter().enumerate() {
        on_event(Event::Statement {
            number: index + 1,
            of,
            line: statement.line,
        });
        if let Some(session) = &job.session {
            lock::check_session(connection, session).await?;
        }
        if let (Some(_), Some(context)) = (&job.session, job.context)
            && let Verdict::Done =
                leftover::settle(connection, context.options, statement, on_event).await?
        {
            continue;
        }
        let leaves = match job.step.mode {
            StepMode::NoTransaction => Leaves::Statements(index),
            StepMode::Transaction | StepMode::ForeignKeysOff => Leaves::Nothing,
        };
        let stopped = || RunError::Stopped {
            at: Some((job.file.to_owned(), statement.line)),
            leaves,
            done: Vec::new(),
        };
        let outcome = match job.context.map(|context| (context, &context.options.stop)) {
            None => connection.batch(&statement.text).await,
            Some((_, stop)) if stop.is_asked() => return Err(stopped()),
            Some((context, stop)) => {
                let outcome = stop::send(connection, &statement.text, stop, context.lock.key).await;
                // query_canceled
                if stop.is_asked() && outcome.as_ref().is_err_and(|error| error.has_code("57014")) {
                    return Err(stopped());
                }
                outcome
            }
        };
        outcome.map_err(|source| {
            failed(
                job,
                line_of(statement, &source),
                &statement.text,
                leaves,
                source,
            )
        })?;
    }
    Ok(())
}

/// The line on which the database found the error, else that on which the statement begins.
fn line_of(statement: &Statement, error: &QueryError) -> u32 {
    let position = error.database().and_then(|error| error.position);
    let before = position.map_or(0, |position| {
        statement
            .text
            .chars()
            .take(position.saturating_sub(1))
            .filter(|char| *char == '\n')
            .count()
    });
    statement.line + prepare::count(before)
}

/// Statements that cannot run in a transaction; what they wait for inside counts as waiting for a
/// lock, so a limit would leave an invalid index behind.
async fn one_by_one(
    connection: &mut Connection,
    job: &Job<'_>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    let dialect = connection.dialect();
    let Some(context) = job.context else {
        let outcome = statements(connection, job, on_event).await;
        let reset = reset(job.step).trim_start_matches("; ");
        if !reset.is_empty() {
            connection.batch(reset).await.map_err(not_begun)?;
        }
        return outcome.map(|()| StepOutcome::Run);
    };
    let options = context.options;
    let now = verify_alone(connection, context).await?;
    if let Some(now) = now {
        return Ok(StepOutcome::Overtaken(now));
    }
    let after = match dialect {
        Dialect::Postgres => {
            let sql = "SET lock_timeout = 0; SET statement_timeout = 0; ".to_owned()
                + &options.session_settings(dialect);
            connection.batch(&sql).await.map_err(not_begun)?;
            "RESET lock_timeout; RESET statement_timeout; RESET search_path; RESET ROLE".to_owned()
                + reset(job.step)
        }
        Dialect::Sqlite => String::new(),
    };
    context.tell(job.step, on_event);
    let mut outcome = statements(connection, job, on_event).await;
    if outcome.is_ok() && dialect == Dialect::Sqlite {
        begin_immediate(connection, options.wait_for_lock, &options.stop, on_event).await?;
        match verify(connection, context, None).await {
            Ok(None) => {}
            other => {
                let _ = connection.batch("ROLLBACK").await;
                return other.map(|now| now.map_or(StepOutcome::Run, StepOutcome::Overtaken));
            }
        }
    } else if outcome.is_ok() {
        outcome = connection.batch("BEGIN").await.map_err(not_begun);
    }
    if outcome.is_ok() {
        outcome = record_alone(connection, context, job.step).await;
    }
    if !after.is_empty() {
        let ended = connection.batch(&after).await.map_err(not_begun);
        outcome = outcome.and(ended);
    }
    outcome.map(|()| StepOutcome::Run)
}

/// What the history says when another run has come between, before statements outside of a
/// transaction.
async fn verify_alone(
    connection: &mut Connection,
    context: &StepContext<'_>,
) -> Result<Option<Applied>, RunError> {
    let table = &context.lock.table;
    let now = match connection.dialect() {
        Dialect::Sqlite => history::read(connection, table).await?,
        Dialect::Postgres => {
            let settings = context.options.local_settings(Dialect::Postgres);
            if !context.expected.has_tables {
                let sql = settings.clone() + &history::create_sql(table, Dialect::Postgres);
                let made = connection.batch(&sql).await;
                made.map_err(|source| not_recorded(table, source))?;
            }
            history::read_after(connection, &settings, table).await?
        }
    };
    Ok((!now.is_same_place(context.expected)).then_some(now))
}

/// Writes that the step has been run and ends the transaction that is open for that.
async fn record_alone(
    connection: &mut Connection,
    context: &StepContext<'_>,
    step: &Prepared,
) -> Result<(), RunError> {
    let mut outcome = context.record(connection, step).await;
    if outcome.is_ok() {
        let ended = connection.batch("COMMIT").await;
        outcome = ended.map_err(|source| not_recorded(&context.lock.table, source));
    }
    if outcome.is_err() {
        let _ = connection.batch("ROLLBACK").await;
    }
    outcome
}

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

/// What a step set for the session ends with the step, so that it does not matter whether the next
/// one runs on the same connection.
pub(super) fn reset(step: &Prepared) -> &'static str {
    if step.changes_session {
        "; RESET ALL; RESET SESSION AUTHORIZATION; RESET ROLE"
    } else {
        ""
    }
}

fn failed(
    job: &Job<'_>,
    line: u32,
    statement: &str,
    leaves: Leaves,
    source: QueryError,
) -> RunError {
    RunError::Statement(Box::new(StatementError {
        file: job.file.to_owned(),
        line,
        statement: shown(statement),
        leaves,
        blockers: Vec::new(),
        done: Vec::new(),
        source,
    }))
}

fn not_begun(source: QueryError) -> RunError {
    RunError::Query {
        action: "begin the step",
        done: Vec::new(),
        source,
    }
}

fn is_busy(error: &QueryError) -> bool {
    // The lowest byte of an extended code is the primary one; SQLITE_BUSY is 5.
    let code = error.database().and_then(|error| error.code.as_ref());
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}
