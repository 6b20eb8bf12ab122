//! Runs one step: its statements, and in the same transaction the rows that say so.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use limbeck_core::dialect::Dialect;
use limbeck_core::passwords::without_passwords;
use limbeck_core::revision::{Direction, Graph, StepMode};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::Statement;

use crate::connection::{Connection, QueryError};
use crate::history::{self, Applied, HistoryError, HistoryTable, JournalRow, Seen, Untaken};
use crate::run::ahead;
use crate::run::alone;
use crate::run::begin::{Begun, Open, begin};
use crate::run::blockers;
use crate::run::foreign_keys::{self, Objects};
use crate::run::hook;
use crate::run::lock::Lock;
use crate::run::loss;
use crate::run::message;
use crate::run::prepare::{self, Pending, Prepared, shown};
use crate::run::stop::{self, Holder};
use crate::run::traffic::Traffic;
use crate::run::{
    Event, Leaves, Loss, OnEvent, RunError, RunErrorKind, RunOptions, StatementError,
};

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
    /// When this run began with the revision.
    pub(super) started: Instant,
    /// The tables that this run has made.
    pub(super) made: &'a BTreeSet<QualifiedName>,
    /// The revisions behind the one that this step belongs to.
    pub(super) rest: &'a [Pending<'a>],
}

/// What became of a step.
pub(super) enum StepOutcome {
    /// It was run.
    Run(Ran),
    /// It was not run: another run has come between, and this is what the history says now.
    Overtaken(Applied),
}

/// What is known behind a step.
#[derive(Default)]
pub(super) struct Ran {
    /// What was seen of the tables of the history.
    pub(super) seen: Option<Seen>,
    /// The transaction of the next step, where it is open.
    pub(super) ahead: Option<Open>,
}

/// Runs a step, in the transaction that is open for it already where there is one; without a context there is no history.
pub(super) async fn run(
    connection: &mut Connection,
    file: &str,
    step: &Prepared,
    context: Option<&StepContext<'_>>,
    ahead: Option<Open>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    let job = Job {
        file,
        step,
        context,
    };
    match step.mode {
        StepMode::Transaction => transaction(connection, &job, ahead, on_event).await,
        StepMode::NoTransaction => match context {
            Some(context) => Box::pin(alone::run(connection, &job, context, on_event)).await,
            None => without_history(connection, &job, on_event).await,
        },
        StepMode::ForeignKeysOff => {
            let pragmas = foreign_keys::switch_off(connection, file, step).await?;
            let outcome = transaction(connection, &job, None, on_event).await;
            let restored = foreign_keys::restore(connection, &pragmas).await;
            let verdict = outcome?;
            restored?;
            Ok(verdict)
        }
    }
}

pub(super) fn not_recorded(table: &HistoryTable, source: QueryError) -> RunError {
    if history::is_refusal(&source) {
        // It was asked about when the transaction began.
        return RunErrorKind::History(HistoryError::NotTaken {
            table: table.name.clone(),
            reason: Untaken::Meanwhile,
        })
        .into();
    }
    RunErrorKind::Record {
        table: table.name.clone(),
        source,
    }
    .into()
}

pub(super) struct Job<'a> {
    pub(super) file: &'a str,
    pub(super) step: &'a Prepared,
    context: Option<&'a StepContext<'a>>,
}

impl StepContext<'_> {
    pub(super) fn of(&self) -> u32 {
        prepare::count(self.pending.steps.len())
    }

    /// The row that the journal has of the step.
    pub(super) fn journal_row<'a>(&'a self, checksum: &'a str) -> JournalRow<'a> {
        JournalRow {
            id: &self.pending.revision.id,
            direction: self.direction,
            step: self.number,
            steps: self.of(),
            checksum,
        }
    }

    pub(super) fn is_last(&self) -> bool {
        self.number == self.of()
    }

    /// What changes data behind the statements of this step.
    fn hook(&self) -> Option<&hook::Hook> {
        self.pending.hook.filter(|_| self.is_last())
    }

    /// Tells of the revision, once: with the first step of it that this run brings to its end.
    fn tell_revision(&self, on_event: OnEvent<'_>) {
        let (direction, revision) = (self.direction, self.pending.revision);
        if self.number != self.pending.done + 1 {
            return;
        }
        let half = self.expected.half.as_ref();
        on_event(match half.filter(|half| half.id == revision.id) {
            None => Event::Running {
                direction,
                revision,
            },
            Some(half) => Event::Resuming {
                direction,
                revision,
                half,
            },
        });
    }

    pub(super) fn tell(&self, step: &Prepared, on_event: OnEvent<'_>) {
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

/// Statements that cannot run in a transaction, on a scratch database.
async fn without_history(
    connection: &mut Connection,
    job: &Job<'_>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    let outcome = statements(connection, job, None, &Open::default(), on_event).await;
    let reset = reset(job.step).trim_start_matches("; ");
    if !reset.is_empty() {
        connection.batch(reset).await.map_err(not_begun)?;
    }
    outcome.map(|()| StepOutcome::Run(Ran::default()))
}

async fn transaction(
    connection: &mut Connection,
    job: &Job<'_>,
    ahead: Option<Open>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    let context = job.context;
    let mut traffic = context
        .filter(|_| connection.dialect() == Dialect::Postgres)
        .map(|context| {
            Traffic::of(job.step, context.options, |name| {
                context.made.contains(name)
            })
        });
    let mut is_told = false;
    let mut begun = ahead.map(Begun::Open);
    loop {
        let now = match begun.take() {
            Some(begun) => begun,
            None => begin(connection, context, traffic.as_ref(), on_event).await?,
        };
        let open = match now {
            Begun::Open(open) => open,
            Begun::Overtaken(now) => return Ok(StepOutcome::Overtaken(now)),
        };
        if let Some(traffic) = &mut traffic {
            let who = traffic.in_the_way(&open.look);
            if !who.is_empty() {
                connection.batch("ROLLBACK").await.map_err(not_begun)?;
                traffic.wait(job.file, who, on_event).await?;
                check_losses(connection, context).await?;
                continue;
            }
        }
        if let (Some(context), false) = (context, is_told) {
            context.tell(job.step, on_event);
            is_told = true;
        }
        let outcome = inside(connection, job, traffic.as_ref(), &open, on_event).await;
        let mut error = match outcome {
            Ok(ahead) => {
                let seen = open.seen;
                return Ok(StepOutcome::Run(Ran { seen, ahead }));
            }
            Err(error) => error,
        };
        // It is over already when COMMIT was what failed, or the connection.
        let _ = connection.batch("ROLLBACK").await;
        if open.is_ahead {
            begun = ahead::again(connection, context, traffic.as_ref(), &error, on_event).await?;
            if begun.is_some() {
                continue;
            }
        }
        if let Some(context) = context {
            let options = context.options;
            blockers::name(connection, job.step, traffic.as_ref(), options, &mut error).await;
        }
        match &mut traffic {
            Some(traffic) => traffic.try_again(error, on_event).await?,
            None => return Err(error),
        }
        check_losses(connection, context).await?;
    }
}

/// Asks once more for what a downgrade would lose, before it begins with a revision: whoever it has waited for may have
/// written rows.
async fn check_losses(
    connection: &mut Connection,
    context: Option<&StepContext<'_>>,
) -> Result<(), RunError> {
    let Some(context) = context else {
        return Ok(());
    };
    let is_asked =
        context.direction == Direction::Downgrade && context.options.loss == Loss::Refuse;
    // What is left of the revision is told as of the beginning of the run.
    if is_asked && context.number == context.pending.done + 1 {
        let pending = std::slice::from_ref(context.pending);
        loss::check(connection, context.options, pending).await?;
    }
    Ok(())
}

async fn inside(
    connection: &mut Connection,
    job: &Job<'_>,
    traffic: Option<&Traffic<'_>>,
    open: &Open,
    on_event: OnEvent<'_>,
) -> Result<Option<Open>, RunError> {
    if let (Some(context), Some(traffic)) = (job.context, traffic)
        && job.step.is_one_message()
        && context.hook().is_none()
    {
        return message::send(connection, job, context, traffic, open, on_event).await;
    }
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
    statements(connection, job, traffic, open, on_event).await?;
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
        if let Some(hook) = context.hook() {
            // The short limit is for definitions, which stop others while they wait.
            if let Some(sql) = traffic.and_then(Traffic::end_sql) {
                connection.batch(&sql).await.map_err(not_begun)?;
            }
            hook::run(connection, context.pending, hook).await?;
        }
        let recorded = context.record(connection, job, open, Leaves::Nothing);
        return recorded.await.map(|()| None);
    }
    let sql = "COMMIT".to_owned() + reset(job.step);
    // Constraints that are deferred fail here.
    let ended = connection.batch(&sql).await;
    ended.map_err(|source| failed(job, job.step.line, "COMMIT", Leaves::Nothing, source))?;
    Ok(None)
}

async fn statements(
    connection: &mut Connection,
    job: &Job<'_>,
    traffic: Option<&Traffic<'_>>,
    open: &Open,
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    let leaves = match job.step.mode {
        StepMode::NoTransaction => Leaves::Statements,
        StepMode::Transaction | StepMode::ForeignKeysOff => |_| Leaves::Nothing,
    };
    if let Some(traffic) = traffic {
        for sql in traffic.begin_sql(&open.look) {
            let locked = connection.batch(&sql).await;
            locked.map_err(|source| traffic.not_locked(job.file, source))?;
        }
    }
    let short = Traffic::short_until(job.step);
    for (index, statement) in job.step.statements.iter().enumerate() {
        if index == short
            && let Some(sql) = traffic.and_then(Traffic::end_sql)
        {
            connection.batch(&sql).await.map_err(not_begun)?;
        }
        tell_statement(job, index, statement, on_event);
        send(connection, job, statement, leaves(index)).await?;
    }
    Ok(())
}

pub(super) fn tell_statement(
    job: &Job<'_>,
    index: usize,
    statement: &Statement,
    on_event: OnEvent<'_>,
) {
    on_event(Event::Statement {
        number: index + 1,
        of: job.step.statements.len(),
        line: statement.line,
    });
}

/// Sends one statement, unless the run is to stop.
pub(super) async fn send(
    connection: &mut Connection,
    job: &Job<'_>,
    statement: &Statement,
    leaves: Leaves,
) -> Result<(), RunError> {
    let stopped = || RunErrorKind::Stopped {
        at: Some((job.file.to_owned(), statement.line)),
        leaves,
    };
    let started = Instant::now();
    let outcome = match job.context.map(|context| (context, &context.options.stop)) {
        None => connection.batch(&statement.text).await,
        Some((_, stop)) if stop.is_asked() => return Err(stopped().into()),
        Some((context, stop)) => {
            let holder = context.lock.key.map(Holder::of);
            let outcome = stop::send(connection, &statement.text, usize::MAX, stop, holder).await;
            let outcome = outcome.map(drop).map_err(|error| error.source);
            if stop.is_asked()
                && outcome
                    .as_ref()
                    .is_err_and(|error| error.has_code(CANCELED))
            {
                return Err(stopped().into());
            }
            outcome
        }
    };
    log(job, std::slice::from_ref(statement), started.elapsed());
    outcome.map_err(|source| {
        let position = source.database().and_then(|error| error.position);
        let before = position.map_or(0, |position| position.saturating_sub(1));
        let mut places = statement.text.char_indices();
        let before = places.nth(before).map_or(0, |(at, _)| at);
        let line = line_of(statement, statement.text.get(..before).unwrap_or_default());
        failed(job, line, &statement.text, leaves, source)
    })
}

/// query_canceled
pub(super) const CANCELED: &str = "57014";

/// Writes what was sent in one message, and how long that took.
pub(super) fn log(job: &Job<'_>, statements: &[Statement], elapsed: Duration) {
    let place = if job.context.is_some() { "" } else { SCRATCH };
    log_at(place, statements, elapsed);
}

/// The same, with where it was sent; nothing for the database of the run.
pub(super) fn log_at(place: &str, statements: &[Statement], elapsed: Duration) {
    let texts = statements.iter().map(|statement| statement.text.as_str());
    tracing::debug!(
        target: "limbeck::run::sql",
        "{place}{}; -- {:.1} ms",
        without_passwords(&texts.collect::<Vec<_>>().join(";\n")),
        elapsed.as_secs_f64() * 1000.0
    );
}

/// Without a history it is a scratch database, or a copy in memory.
pub(super) const SCRATCH: &str = "on scratch: ";

/// The line on which the database found an error, behind this much of the statement.
pub(super) fn line_of(statement: &Statement, before: &str) -> u32 {
    statement.line + prepare::count(before.matches('\n').count())
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

pub(super) fn failed(
    job: &Job<'_>,
    line: u32,
    statement: &str,
    leaves: Leaves,
    source: QueryError,
) -> RunError {
    RunErrorKind::Statement(Box::new(StatementError {
        file: job.file.to_owned(),
        line,
        statement: shown(statement),
        leaves,
        blockers: Vec::new(),
        source,
    }))
    .into()
}

pub(super) fn not_begun(source: QueryError) -> RunError {
    RunErrorKind::Query {
        action: "begin the step",
        source,
    }
    .into()
}
