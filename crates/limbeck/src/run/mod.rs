//! Runs revisions against a database: guarded, step by step, and on from where a run stopped.
//!
//! A future that is dropped leaves its transaction to the server, which rolls back when the connection is closed: drop the
//! connection too. A step that PostgreSQL has got whole, COMMIT among it, is brought to its end there nevertheless; the
//! next run waits for that, and finds it done.

mod ahead;
mod alone;
mod begin;
mod blockers;
#[cfg(feature = "sqlite")]
mod carried;
mod error;
mod event;
mod foreign_keys;
mod gap;
mod hook;
mod kept;
mod leftover;
mod lock;
mod locked;
mod loss;
mod message;
mod pooler;
mod prepare;
mod record;
mod remade;
mod repair;
mod resume;
mod script;
mod stamp;
mod step;
mod stop;
mod taken_over;
mod traffic;
mod waits;
mod widen;

pub use error::{Leaves, LostObject, Misfit, RunError, RunErrorKind, StatementError};
pub use event::{Event, OnEvent};
#[doc(hidden)]
pub use hook::Hook;
pub use hook::{HookConnection, HookError, HookFn, HookResult, Hooks};
pub use kept::{KeptError, with_kept};
pub use leftover::Left;
#[doc(hidden)]
pub use lock::lock_holder;
pub use loss::Loss;
#[doc(hidden)]
pub use pooler::shares_session;
pub use repair::{Kept, Stale, repair, stale};
pub use resume::{Outcome, resume};
#[doc(hidden)]
pub use script::{ScriptRequest, ScriptTarget, assumed, script};
#[doc(hidden)]
pub use stamp::{Stamp, forgotten, stamp};
pub use stop::Stop;
pub use taken_over::{
    EmptyHistory, as_taken_over, read_as_taken_over, read_old_history, take_over,
};

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::ServerVersion;
use limbeck_core::revision::{Direction, DowngradeTarget, Graph, RevisionId, Section};
use limbeck_core::schema::DefaultSchema;
use limbeck_core::sql::{quote_identifier, quote_literal};

use crate::connection::Connection;
use crate::history::{
    self, Applied, AppliedRevision, Entry, Half, HistoryError, HistoryTable, Shape,
};
use lock::Lock;
use prepare::Pending;
use step::{StepContext, StepOutcome};

/// How revisions are run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Where the history is kept.
    pub history: HistoryTable,
    /// How long a statement of a transaction waits for each lock on PostgreSQL, before the step is rolled back and tried
    /// again; statements that would hold up others meanwhile wait for a fifth of a second at most. What cannot run in a
    /// transaction waits as long as it takes.
    pub lock_timeout: Duration,
    /// How long a statement of a transaction may take on PostgreSQL; the server's own limit
    /// applies when there is none.
    pub statement_timeout: Option<Duration>,
    /// How long to wait for others: for another run, and for transactions that use the tables that a step changes.
    pub wait_for_lock: Duration,
    /// The PostgreSQL role that runs the statements and owns what they make.
    pub role: Option<String>,
    /// The schemas in which PostgreSQL looks for names, separated by commas.
    pub search_path: Option<String>,
    /// What an upgrade does about files that changed since they were run.
    pub changed: Changed,
    /// What is done about what would be gone.
    pub loss: Loss,
    /// Who runs, for the history of a SQLite file; a server knows its login.
    pub run_by: Option<String>,
    /// Asks the run to stop.
    pub stop: Stop,
    /// What changes data in the transactions of revisions that say `requires: hook`.
    pub hooks: Hooks,
}

/// What an upgrade does about files that changed since they were run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changed {
    /// Stops before anything is run.
    #[default]
    Refuse,
    /// Goes on.
    Accept,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            history: HistoryTable::default(),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: None,
            wait_for_lock: Duration::from_secs(60),
            role: None,
            search_path: None,
            changed: Changed::default(),
            loss: Loss::default(),
            run_by: None,
            stop: Stop::default(),
            hooks: Hooks::default(),
        }
    }
}

impl RunOptions {
    /// The schema of names that say none, as far as the options tell.
    fn default_schema(&self) -> DefaultSchema {
        let path = self.search_path.as_deref();
        path.map_or_else(DefaultSchema::default, DefaultSchema::first_of)
    }

    /// Role and search path for one transaction, each statement with its semicolon.
    pub(crate) fn local_settings(&self, dialect: Dialect) -> String {
        self.settings(dialect, "SET LOCAL ROLE", "true")
    }

    /// Role and search path until they are reset.
    fn session_settings(&self, dialect: Dialect) -> String {
        self.settings(dialect, "SET ROLE", "false")
    }

    fn settings(&self, dialect: Dialect, set_role: &str, is_local: &str) -> String {
        let mut sql = String::new();
        if dialect == Dialect::Sqlite {
            return sql;
        }
        if let Some(role) = &self.role {
            sql += &format!("{set_role} {}; ", quote_identifier(role, dialect));
        }
        if let Some(path) = &self.search_path {
            let path = quote_literal(path);
            sql += &format!("SELECT pg_catalog.set_config('search_path', {path}, {is_local}); ");
        }
        sql
    }
}

/// Reads the history as a run would, with its role and search path, in one round trip.
///
/// # Errors
///
/// [`HistoryError`] when the tables cannot be read, or are not as Limbeck writes them.
pub async fn read_history(
    connection: &mut Connection,
    options: &RunOptions,
) -> Result<Applied, HistoryError> {
    let settings = connection.as_own().to_owned() + &options.local_settings(connection.dialect());
    history::read_after(connection, &settings, &options.history).await
}

/// Reads the history before a run, and goes on as [`taken_over`].
///
/// # Errors
///
/// As [`read_history`] and [`taken_over`].
pub async fn read_to_run(
    connection: &mut Connection,
    graph: &Graph,
    options: &RunOptions,
    on_event: OnEvent<'_>,
) -> Result<Applied, RunError> {
    let applied = read_history(connection, options).await?;
    taken_over(connection, graph, applied, options, on_event).await
}

/// Goes on from what [`read_history`] has told before a run. Where there is no history, and revisions stand for the
/// migrations of another tool, what that tool's table says has been run is written into it first.
///
/// # Errors
///
/// [`RunErrorKind::OldHistory`] when that table and the revisions do not fit.
pub async fn taken_over(
    connection: &mut Connection,
    graph: &Graph,
    applied: Applied,
    options: &RunOptions,
    on_event: OnEvent<'_>,
) -> Result<Applied, RunError> {
    if !taken_over::may_be(graph, &applied, connection.dialect()) {
        return Ok(applied);
    }
    if take_over(
        connection,
        graph,
        options,
        EmptyHistory::TakenBack,
        on_event,
    )
    .await?
    .is_empty()
    {
        return Ok(applied);
    }
    Ok(read_history(connection, options).await?)
}

/// Runs the targets and everything they need, and returns what this run brought to its end.
///
/// When there is nothing to do it is one round trip, without a lock.
///
/// # Errors
///
/// [`RunError`], whose [`RunError::done`] tells what was run before it stopped.
pub async fn upgrade(
    connection: &mut Connection,
    graph: &Graph,
    target: &[RevisionId],
    options: &RunOptions,
    on_event: OnEvent<'_>,
) -> Result<Vec<RevisionId>, RunError> {
    let mut applied = read_to_run(connection, graph, options, on_event).await?;
    upgrade_from(connection, graph, &mut applied, target, options, on_event).await
}

/// As [`upgrade`], from what [`read_history`] has told, which is kept as the history is then. With nothing to do there
/// is no round trip.
///
/// # Errors
///
/// As [`upgrade`].
pub async fn upgrade_from(
    connection: &mut Connection,
    graph: &Graph,
    applied: &mut Applied,
    target: &[RevisionId],
    options: &RunOptions,
    on_event: OnEvent<'_>,
) -> Result<Vec<RevisionId>, RunError> {
    let request = Request {
        graph,
        target: Target::Upgrade(target),
        options,
        server: connection.server_version(),
    };
    run(connection, &request, applied, on_event).await
}

/// Takes back what builds on the target, and returns what this run took back.
///
/// # Errors
///
/// [`RunError`], whose [`RunError::done`] tells what was taken back before it stopped.
pub async fn downgrade(
    connection: &mut Connection,
    graph: &Graph,
    target: &DowngradeTarget,
    options: &RunOptions,
    on_event: OnEvent<'_>,
) -> Result<Vec<RevisionId>, RunError> {
    let mut applied = read_history(connection, options).await?;
    downgrade_from(connection, graph, &mut applied, target, options, on_event).await
}

/// As [`downgrade`], from what [`read_history`] has told, which is kept as the history is then.
///
/// # Errors
///
/// As [`downgrade`].
pub async fn downgrade_from(
    connection: &mut Connection,
    graph: &Graph,
    applied: &mut Applied,
    target: &DowngradeTarget,
    options: &RunOptions,
    on_event: OnEvent<'_>,
) -> Result<Vec<RevisionId>, RunError> {
    let request = Request {
        graph,
        target: Target::Downgrade(target),
        options,
        server: connection.server_version(),
    };
    run(connection, &request, applied, on_event).await
}

/// Runs the steps of a section on a scratch database, without lock and without history; tells the
/// number of each statement in the section, and how many there are.
///
/// # Errors
///
/// [`RunError`] of the first statement that fails.
pub async fn section(
    connection: &mut Connection,
    section: &Section,
    file: &str,
    on_statement: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<(), RunError> {
    let steps = prepare::steps(section, file, connection.dialect())?;
    prepare::check_steps(&steps, file, connection.server_version())?;
    let of = steps.iter().map(|step| step.statements.len()).sum();
    let mut before = 0;
    for step in &steps {
        let mut on_event = |event: Event<'_>| {
            if let Event::Statement { number, .. } = event {
                on_statement(before + number, of);
            }
        };
        // All that a step may come to takes room, and a thread of a runtime has little of it on its stack.
        Box::pin(step::run(connection, file, step, None, None, &mut on_event)).await?;
        before += step.statements.len();
    }
    Ok(())
}

/// Where a run goes to.
#[derive(Clone, Copy)]
enum Target<'a> {
    Upgrade(&'a [RevisionId]),
    Downgrade(&'a DowngradeTarget),
}

/// What a run is asked for.
struct Request<'a> {
    graph: &'a Graph,
    target: Target<'a>,
    options: &'a RunOptions,
    server: Option<ServerVersion>,
}

impl<'a> Request<'a> {
    fn direction(&self) -> Direction {
        match self.target {
            Target::Upgrade(_) => Direction::Upgrade,
            Target::Downgrade(_) => Direction::Downgrade,
        }
    }

    fn pending(&self, applied: &Applied, dialect: Dialect) -> Result<Vec<Pending<'a>>, RunError> {
        let pending = prepare::pending(self.graph, applied, self.target, dialect, self.options)?;
        prepare::check_version(&pending, self.server)?;
        Ok(pending)
    }
}

async fn run(
    connection: &mut Connection,
    request: &Request<'_>,
    applied: &mut Applied,
    on_event: OnEvent<'_>,
) -> Result<Vec<RevisionId>, RunError> {
    let dialect = connection.dialect();
    let mut pending = request.pending(applied, dialect)?;
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    let lock = lock::find(connection, request.options).await?;
    if widen::is_needed(applied) {
        widen::widen(connection, request.options, &lock, applied, on_event).await?;
        pending = request.pending(applied, dialect)?;
    }
    run_all(connection, request, &lock, applied, pending, on_event).await
}

async fn run_all(
    connection: &mut Connection,
    request: &Request<'_>,
    lock: &Lock,
    applied: &mut Applied,
    mut pending: Vec<Pending<'_>>,
    on_event: OnEvent<'_>,
) -> Result<Vec<RevisionId>, RunError> {
    let dialect = connection.dialect();
    let mut done: Vec<RevisionId> = Vec::new();
    let mut session = SessionIs::Unknown;
    let mut made = BTreeSet::new();
    // Another run may come between two steps; then the rest is worked out anew.
    'again: loop {
        check_before(connection, request, &pending, &done, &mut session, on_event)
            .await
            .map_err(|error| error.after(&done))?;
        let mut ahead = None;
        for (at, one) in pending.iter().enumerate() {
            let started = Instant::now();
            for index in one.done as usize..one.steps.len() {
                let context = StepContext {
                    options: request.options,
                    graph: request.graph,
                    lock,
                    expected: applied,
                    pending: one,
                    direction: request.direction(),
                    number: prepare::count(index + 1),
                    started,
                    made: &made,
                    rest: &pending[at + 1..],
                };
                let (step, open) = (&one.steps[index], ahead.take());
                let run = step::run(connection, one.file, step, Some(&context), open, on_event);
                let verdict = Box::pin(run).await;
                match verdict.map_err(|error| error.after(&done))? {
                    StepOutcome::Run(ran) => {
                        note(applied, one, request.direction(), index);
                        applied.seen = ran.seen;
                        ahead = ran.ahead;
                        made.extend(step.made().cloned());
                    }
                    StepOutcome::Overtaken(now) => {
                        *applied = now;
                        let now = request.pending(applied, dialect);
                        pending = now.map_err(|error| error.after(&done))?;
                        continue 'again;
                    }
                }
            }
            done.push(one.revision.id.clone());
            on_event(Event::Done {
                revision: one.revision,
                elapsed: started.elapsed(),
            });
        }
        return Ok(done);
    }
}

/// What is known of the session of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SessionIs {
    Unknown,
    /// Of this connection alone.
    Own,
}

/// Refuses what must not be begun, before any of it is run.
async fn check_before(
    connection: &mut Connection,
    request: &Request<'_>,
    pending: &[Pending<'_>],
    done: &[RevisionId],
    session: &mut SessionIs,
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    // Two runs that undo each other's steps would go on for ever.
    if let Some(crossed) = pending.iter().find(|one| done.contains(&one.revision.id)) {
        return Err(RunErrorKind::Crossed {
            id: crossed.revision.id.clone(),
        }
        .into());
    }
    if let Some((file, line)) = prepare::outside_transaction(pending)
        && connection.dialect() == Dialect::Postgres
        && *session == SessionIs::Unknown
    {
        let shares = pooler::shares_session(connection).await;
        if shares.map_err(lock::failed)? {
            return Err(RunErrorKind::Pooled {
                file: file.to_owned(),
                line,
            }
            .into());
        }
        *session = SessionIs::Own;
    }
    if request.direction() == Direction::Downgrade && request.options.loss == Loss::Refuse {
        loss::check(connection, request.options, pending).await?;
    }
    if request.options.loss == Loss::Refuse {
        let (graph, direction) = (request.graph, request.direction());
        #[cfg(feature = "sqlite")]
        carried::check(
            connection,
            graph,
            direction,
            request.options,
            pending,
            on_event,
        )
        .await?;
        remade::check(
            connection,
            graph,
            direction,
            request.options,
            pending,
            on_event,
        )
        .await?;
    }
    Ok(())
}

/// Notes a step as the database has noted it.
fn note(applied: &mut Applied, pending: &Pending<'_>, direction: Direction, index: usize) {
    let id = &pending.revision.id;
    applied.has_tables = true;
    applied.shape = Shape::Wide;
    if index + 1 < pending.steps.len() {
        let run = &pending.steps[..=index];
        applied.half = Some(Half {
            id: id.clone(),
            direction,
            done: prepare::count(index + 1),
            of: prepare::count(pending.steps.len()),
            checksums: run.iter().map(|step| step.checksum.clone()).collect(),
            part: None,
        });
        return;
    }
    applied.half = None;
    match direction {
        Direction::Upgrade => applied.revisions.push(AppliedRevision {
            id: id.clone(),
            description: pending.revision.title().to_owned(),
            checksum: pending.checksum.clone(),
            applied_at: String::new(),
            parents: Some(pending.revision.parents.clone()),
            run_by: None,
            milliseconds: None,
            version: None,
            entry: Entry::Run,
        }),
        Direction::Downgrade => applied.revisions.retain(|row| row.id != *id),
    }
}
