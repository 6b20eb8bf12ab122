//! A step outside of a transaction: its statements one by one, and in the journal how far it is.
//!
//! A statement that can run in a transaction gets one together with what the journal says of it, so that both are there
//! or neither. The others are said to be begun before they are sent; that they are done is said with the next one. On
//! SQLite the few others are such as may run again, and nothing is said before them.

use std::sync::OnceLock;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::checksum_behind;
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::Statement;
use limbeck_core::sql::effect::{self, is_of_session, needs_no_transaction};

use crate::connection::Connection;
use crate::history::{self, Applied, Half, Part, StatementsRow};
use crate::run::begin::{ALIVE, Begun, Open, alive, begin_immediate, begun};
use crate::run::blockers;
use crate::run::leftover::{self, Attempt, Resumed, Verdict};
use crate::run::lock::{self, Session};
use crate::run::prepare::{self, Prepared, shown};
use crate::run::step::{
    Job, Ran, StepContext, StepOutcome, not_begun, not_recorded, reset, send, tell_statement,
};
use crate::run::traffic::{Look, Traffic};
use crate::run::{Leaves, OnEvent, RunError, RunErrorKind, waits};

/// How a statement is run, and what is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// In a transaction with what is said of it.
    Together,
    /// Said to be begun before.
    Alone,
    /// All that it does ends with the session, or may be done again: it is said of it with the next one.
    Unsaid,
}

pub(super) fn way(statement: &Statement) -> Way {
    let needs_none = needs_no_transaction(statement);
    match statement.dialect {
        _ if is_of_session(statement) => Way::Unsaid,
        Dialect::Sqlite if needs_none => Way::Unsaid,
        Dialect::Postgres if needs_none => Way::Alone,
        Dialect::Postgres | Dialect::Sqlite => Way::Together,
    }
}

/// Runs the step from where the journal says that it is.
pub(super) async fn run(
    connection: &mut Connection,
    job: &Job<'_>,
    context: &StepContext<'_>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    let (options, lock) = (context.options, context.lock);
    if connection.dialect() == Dialect::Sqlite {
        return locked(connection, job, context, None, on_event).await;
    }
    let session = lock::take_session(connection, options, lock, on_event).await?;
    let outcome = locked(connection, job, context, Some(&session), on_event).await;
    lock::release(connection, &session).await;
    outcome
}

async fn locked(
    connection: &mut Connection,
    job: &Job<'_>,
    context: &StepContext<'_>,
    session: Option<&Session>,
    on_event: OnEvent<'_>,
) -> Result<StepOutcome, RunError> {
    let dialect = connection.dialect();
    if let Some(now) = verify_alone(connection, context).await? {
        return Ok(StepOutcome::Overtaken(now));
    }
    let after = match dialect {
        // What a statement waits for inside counts as waiting for a lock, so a limit would leave an invalid index behind.
        Dialect::Postgres => {
            let sql = "SET lock_timeout = 0; SET statement_timeout = 0; ".to_owned()
                + &alive("SET")
                + &context.options.session_settings(dialect);
            connection.batch(&sql).await.map_err(not_begun)?;
            let alive = ALIVE.map(|name| format!("; RESET {name}")).concat();
            "RESET lock_timeout; RESET statement_timeout; RESET search_path; RESET ROLE".to_owned()
                + &alive
                + reset(job.step)
        }
        Dialect::Sqlite => String::new(),
    };
    context.tell(job.step, on_event);
    let mut progress = Progress::new(job, context, session);
    let mut outcome = progress.run(connection, on_event).await;
    if let Ok(StepOutcome::Run(_)) = outcome {
        outcome = progress.finish(connection, on_event).await;
    }
    if !after.is_empty() {
        let ended = connection.batch(&after).await.map_err(not_begun);
        outcome = outcome.and_then(|outcome| ended.map(|()| outcome));
    }
    outcome
}

/// What the history says when another run has come between.
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
            history::read_whole(connection, &settings, table).await?
        }
    };
    Ok((!now.is_same_place(context.expected)).then_some(now))
}

/// How far the step is.
struct Progress<'a> {
    job: &'a Job<'a>,
    context: &'a StepContext<'a>,
    /// What holds the lock on PostgreSQL.
    session: Option<&'a Session>,
    /// How many statements have been run.
    done: usize,
    /// The checksum of these.
    checksum: String,
    /// What the journal says of the step.
    said: Option<Part>,
}

impl<'a> Progress<'a> {
    fn new(job: &'a Job<'a>, context: &'a StepContext<'a>, session: Option<&'a Session>) -> Self {
        let said = context.pending.part.clone();
        // The journal may be of another step, which came before.
        let said = said.filter(|_| context.number == context.pending.done + 1);
        Self {
            job,
            context,
            session,
            done: said.as_ref().map_or(0, |part| part.done as usize),
            checksum: said
                .as_ref()
                .map(|part| part.checksum.clone())
                .unwrap_or_default(),
            said,
        }
    }

    async fn run(
        &mut self,
        connection: &mut Connection,
        on_event: OnEvent<'_>,
    ) -> Result<StepOutcome, RunError> {
        let job = self.job;
        // Another session may have set this.
        for (index, statement) in job.step.statements.iter().enumerate().take(self.done) {
            if is_of_session(statement) {
                send(connection, job, statement, Leaves::Statements(index)).await?;
            }
        }
        let mut begun = self.said.as_ref().and_then(|part| part.begun.clone());
        for (index, statement) in job.step.statements.iter().enumerate().skip(self.done) {
            tell_statement(job, index, statement, on_event);
            let begun = begun.take();
            let attempt = match &begun {
                Some(_) => Attempt::Again,
                None => Attempt::First,
            };
            let behind = checksum_behind(&self.checksum, statement);
            let is_done = match &begun {
                Some(begun) => self.resume(connection, statement, *begun != behind).await?,
                None => Verdict::Run,
            };
            if is_done == Verdict::Run {
                let sent = self
                    .send(connection, index, statement, (&behind, attempt), on_event)
                    .await;
                match sent {
                    Ok(None) => {}
                    Ok(Some(now)) => return Ok(StepOutcome::Overtaken(now)),
                    Err(error) => return Err(self.failed(connection, error).await),
                }
            }
            self.done = index + 1;
            self.checksum = behind;
        }
        if begun.is_some() {
            // The file has fewer statements by now.
            return Err(self.in_doubt(None, true));
        }
        Ok(StepOutcome::Run(Ran::default()))
    }

    /// Runs one statement; returns the history when another run has come between.
    async fn send(
        &mut self,
        connection: &mut Connection,
        index: usize,
        statement: &Statement,
        (behind, attempt): (&str, Attempt),
        on_event: OnEvent<'_>,
    ) -> Result<Option<Applied>, RunError> {
        let (job, leaves) = (self.job, Leaves::Statements(index));
        let mut way = way(statement);
        if way == Way::Together {
            let ended = self.together(connection, statement, behind, on_event).await;
            // active_sql_transaction, invalid_transaction_termination: it wants none.
            let wants_none = ended.as_ref().is_err_and(|error| match error.kind() {
                RunErrorKind::Statement(error) => {
                    error.source.has_code("25001") || error.source.has_code("2D000")
                }
                _ => false,
            });
            if !wants_none {
                return ended;
            }
            way = Way::Alone;
        }
        if way == Way::Alone {
            self.say(connection, self.done, &self.checksum.clone(), Some(behind))
                .await?;
            let options = self.context.options;
            let left = leftover::settle(connection, options, statement, attempt, on_event).await?;
            if left == Verdict::Done {
                return Ok(None);
            }
        } else if let Some(session) = self.session {
            lock::check_session(connection, session).await?;
        }
        let another = connection.another();
        let sending = send(connection, job, statement, leaves);
        match (self.session, another) {
            (Some(session), Some(another)) if way == Way::Alone => tokio::select! {
                biased;
                outcome = sending => outcome?,
                never = waits::tell(another, session.process(), on_event) => match never {},
            },
            _ => sending.await?,
        }
        Ok(None)
    }

    /// Runs a statement in one transaction with what the journal says of it. What locks tables that others use is tried
    /// again and again, as in a step that is a transaction: whoever waits for a strong lock has all others wait behind.
    async fn together(
        &mut self,
        connection: &mut Connection,
        statement: &Statement,
        behind: &str,
        on_event: OnEvent<'_>,
    ) -> Result<Option<Applied>, RunError> {
        if self.said.as_ref().is_some_and(|part| part.begun.is_some()) {
            // The one before is done, whatever becomes of this one.
            self.say(connection, self.done, &self.checksum.clone(), None)
                .await?;
        }
        let (job, context) = (self.job, self.context);
        let one = self.alone(statement);
        let mut traffic = self.session.filter(|_| !self.has_own_limit()).map(|_| {
            let is_made = |name: &QualifiedName| context.made.contains(name);
            Traffic::of(&one, context.options, is_made)
        });
        loop {
            let asked = traffic.as_mut().and_then(|traffic| {
                let sql = traffic.look_sql()?;
                Some((traffic, sql))
            });
            let Some((traffic, sql)) = asked else {
                return self
                    .attempt(connection, statement, behind, None, on_event)
                    .await;
            };
            let rows = connection.query_text(&sql).await.map_err(lock::failed)?;
            let look = Look::of_rows(rows);
            let who = traffic.in_the_way(&look);
            if !who.is_empty() {
                let waited = traffic.wait(job.file, who, on_event).await;
                waited.map_err(|error| self.given_up(error))?;
                continue;
            }
            let locks = Some((&*traffic, &look));
            let outcome = self
                .attempt(connection, statement, behind, locks, on_event)
                .await;
            let mut error = match outcome {
                Err(error) => error,
                done => return done,
            };
            blockers::name(connection, &one, Some(traffic), context.options, &mut error).await;
            let again = traffic.try_again(error, on_event).await;
            again.map_err(|error| self.given_up(error))?;
        }
    }

    /// A step of one statement.
    fn alone(&self, statement: &Statement) -> Prepared {
        let step = self.job.step;
        Prepared {
            mode: step.mode,
            line: statement.line,
            checksum: String::new(),
            statements: vec![statement.clone()],
            changes_session: step.changes_session,
            traffic: OnceLock::new(),
        }
    }

    /// Whether the step says itself how long it waits for locks.
    fn has_own_limit(&self) -> bool {
        self.job.step.traffic().iter().any(|one| one.has_own_limit)
    }

    /// The statements before one that was not run stay.
    fn given_up(&self, mut error: RunError) -> RunError {
        if let RunErrorKind::Stopped { leaves, .. } = error.kind_mut() {
            *leaves = Leaves::Statements(self.done);
        }
        error
    }

    /// One try, which is rolled back where it fails.
    async fn attempt(
        &mut self,
        connection: &mut Connection,
        statement: &Statement,
        behind: &str,
        locks: Option<(&Traffic<'_>, &Look)>,
        on_event: OnEvent<'_>,
    ) -> Result<Option<Applied>, RunError> {
        let now = self.begin(connection, on_event).await?;
        if now.is_some() {
            return Ok(now);
        }
        let leaves = Leaves::Statements(self.done);
        let mut outcome = Ok(());
        if let Some((traffic, look)) = locks {
            let limit = || traffic.end_sql().into_iter();
            // A try of what goes through rows may be long work.
            let long = limit().filter(|_| !effect::traffic(statement).is_definition);
            let sql = limit().chain(traffic.begin_sql(look)).chain(long);
            let sql: Vec<String> = sql.collect();
            let locked = connection.batch(&sql.join("; ")).await;
            outcome = locked.map_err(|source| traffic.not_locked(self.job.file, source));
        }
        if outcome.is_ok() {
            outcome = send(connection, self.job, statement, leaves).await;
        }
        let part = self.part(self.done + 1, behind, None);
        if outcome.is_ok() {
            outcome = self.write(connection, part.as_ref()).await;
        }
        if outcome.is_ok() {
            let ended = connection.batch("COMMIT").await;
            outcome = ended.map_err(|source| {
                crate::run::step::failed(self.job, statement.line, "COMMIT", leaves, source)
            });
        }
        if let Err(error) = outcome {
            let _ = connection.batch("ROLLBACK").await;
            return Err(error);
        }
        self.said = part;
        Ok(None)
    }

    /// Opens a transaction; on SQLite it is the lock, too, and another run may have come between.
    async fn begin(
        &self,
        connection: &mut Connection,
        on_event: OnEvent<'_>,
    ) -> Result<Option<Applied>, RunError> {
        let (context, options) = (self.context, self.context.options);
        if connection.dialect() == Dialect::Postgres {
            let begun = connection.batch("BEGIN").await;
            return begun.map(|()| None).map_err(not_begun);
        }
        begin_immediate(connection, options.wait_for_lock, &options.stop, on_event).await?;
        Ok(
            match begun(connection, context, &self.expected(), None).await? {
                Begun::Open(_) => None,
                Begun::Overtaken(now) => Some(now),
            },
        )
    }

    /// What the history says unless another run has come between.
    fn expected(&self) -> Applied {
        let context = self.context;
        let mut expected = context.expected.clone();
        let pending = context.pending;
        expected.has_tables |= self.said.is_some();
        if self.said == context.pending.part && context.number == pending.done + 1 {
            return expected;
        }
        let steps = pending.steps.iter().take(context.number as usize - 1);
        expected.half = (context.number > 1 || self.said.is_some()).then(|| Half {
            id: pending.revision.id.clone(),
            direction: context.direction,
            done: context.number - 1,
            of: context.of(),
            checksums: steps.map(|step| step.checksum.clone()).collect(),
            part: self.said.clone(),
        });
        expected
    }

    fn part(&self, done: usize, checksum: &str, begun: Option<&str>) -> Option<Part> {
        (done > 0 || begun.is_some()).then(|| Part {
            done: prepare::count(done),
            of: prepare::count(self.job.step.statements.len()),
            checksum: checksum.to_owned(),
            begun: begun.map(str::to_owned),
        })
    }

    /// Writes how far the step is, inside the transaction that is open.
    async fn write(
        &self,
        connection: &mut Connection,
        part: Option<&Part>,
    ) -> Result<(), RunError> {
        let (table, dialect) = (&self.context.lock.table, connection.dialect());
        let nothing = Part {
            done: 0,
            of: 0,
            checksum: String::new(),
            begun: None,
        };
        let part = part.unwrap_or(&nothing);
        let row = StatementsRow {
            step: self.context.journal_row(&part.checksum),
            done: part.done,
            of: part.of,
            begun: part.begun.as_deref(),
        };
        let condition = self
            .session
            .map_or_else(|| "true".to_owned(), lock::holds_sql);
        let sql = history::statements_sql(table, dialect, &row, &condition);
        let sql = self.role(connection) + &history::write_sql(table, dialect, None, &sql);
        let sets = connection.query_sets(&sql).await;
        let mut sets = sets.map_err(|source| not_recorded(table, source))?;
        if dialect == Dialect::Postgres {
            // The path that is put back.
            sets.pop();
        }
        if sets.last().is_some_and(|rows| rows.len() == 1) {
            return Ok(());
        }
        Err(RunErrorKind::LockLost.into())
    }

    /// The journal is written by the role that made it, whatever the step has become.
    fn role(&self, connection: &Connection) -> String {
        if !self.job.step.changes_session {
            return String::new();
        }
        "SET LOCAL session_authorization TO DEFAULT; SET LOCAL role TO DEFAULT; ".to_owned()
            + &self.context.options.local_settings(connection.dialect())
    }

    /// Writes how far the step is, in a transaction of its own.
    async fn say(
        &mut self,
        connection: &mut Connection,
        done: usize,
        checksum: &str,
        begun: Option<&str>,
    ) -> Result<(), RunError> {
        let part = self.part(done, checksum, begun);
        if part == self.said {
            return Ok(());
        }
        let table = &self.context.lock.table;
        connection.batch("BEGIN").await.map_err(not_begun)?;
        let mut outcome = self.write(connection, part.as_ref()).await;
        if outcome.is_ok() {
            let ended = connection.batch("COMMIT").await;
            outcome = ended.map_err(|source| not_recorded(table, source));
        }
        if outcome.is_err() {
            let _ = connection.batch("ROLLBACK").await;
        } else {
            self.said = part;
        }
        outcome
    }

    /// A statement that failed has been rolled back, if the server is there to say so; what is done before it stays said.
    async fn failed(&mut self, connection: &mut Connection, error: RunError) -> RunError {
        let is_told = match error.kind() {
            RunErrorKind::Statement(error) => error.source.database().is_some(),
            RunErrorKind::Stopped { .. } => true,
            _ => false,
        };
        if is_told && connection.dialect() == Dialect::Postgres {
            let checksum = self.checksum.clone();
            // Without a connection it stays said that the statement was begun, which is true.
            let _ = self.say(connection, self.done, &checksum, None).await;
        }
        error
    }

    /// What became of a statement that was begun.
    async fn resume(
        &mut self,
        connection: &mut Connection,
        statement: &Statement,
        edited: bool,
    ) -> Result<Verdict, RunError> {
        if edited {
            return Err(self.in_doubt(Some(statement), true));
        }
        match leftover::resume(connection, statement).await? {
            Resumed::Run => Ok(Verdict::Run),
            Resumed::Done => Ok(Verdict::Done),
            Resumed::Unknown => Err(self.in_doubt(Some(statement), false)),
        }
    }

    fn in_doubt(&self, statement: Option<&Statement>, edited: bool) -> RunError {
        let (context, step) = (self.context, self.job.step);
        RunErrorKind::InDoubt {
            id: context.pending.revision.id.clone(),
            direction: context.direction,
            file: self.job.file.to_owned(),
            line: statement.map_or(step.line, |statement| statement.line),
            statement: statement.map_or_else(String::new, |statement| shown(&statement.text)),
            edited,
        }
        .into()
    }

    /// Writes that the step has been run.
    async fn finish(
        &mut self,
        connection: &mut Connection,
        on_event: OnEvent<'_>,
    ) -> Result<StepOutcome, RunError> {
        if let Some(now) = self.begin(connection, on_event).await? {
            return Ok(StepOutcome::Overtaken(now));
        }
        let role = self.role(connection);
        let mut outcome = Ok(());
        if let Some(session) = self.session {
            outcome = lock::check_session(connection, session).await;
        }
        if outcome.is_ok() && !role.is_empty() && connection.dialect() == Dialect::Postgres {
            outcome = connection.batch(&role).await.map_err(not_begun);
        }
        if outcome.is_ok() {
            let leaves = Leaves::Statements(self.done);
            outcome = self
                .context
                .record(connection, self.job, &Open::default(), leaves)
                .await;
        }
        if outcome.is_err() {
            let _ = connection.batch("ROLLBACK").await;
        }
        outcome.map(|()| StepOutcome::Run(Ran::default()))
    }
}
