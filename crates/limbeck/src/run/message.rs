//! A step of PostgreSQL as one message: its statements, the rows of the history, and COMMIT.

use std::time::Instant;

use limbeck_core::sql::Statement;

use crate::connection::{Connection, Counted};
use crate::run::ahead::Ahead;
use crate::run::begin::Open;
use crate::run::record::Record;
use crate::run::step::{self, Job, StepContext};
use crate::run::stop::{self, Holder};
use crate::run::traffic::Traffic;
use crate::run::{Leaves, OnEvent, RunError, RunErrorKind};

/// Sends all that is left of the transaction in one message, and opens that of the next revision where it can.
pub(super) async fn send(
    connection: &mut Connection,
    job: &Job<'_>,
    context: &StepContext<'_>,
    traffic: &Traffic<'_>,
    open: &Open,
    on_event: OnEvent<'_>,
) -> Result<Option<Open>, RunError> {
    let stop = &context.options.stop;
    let stopped = |line| RunErrorKind::Stopped {
        at: Some((job.file.to_owned(), line)),
        leaves: Leaves::Nothing,
    };
    let first = job.step.statements.first();
    let first = first.map_or(job.step.line, |statement| statement.line);
    if stop.is_asked() {
        return Err(stopped(first).into());
    }
    for (index, statement) in job.step.statements.iter().enumerate() {
        step::tell_statement(job, index, statement, on_event);
    }
    let mut message = Message::new(job, context, traffic, open);
    let ahead = Ahead::of(job.step, context, open);
    if let Some(ahead) = &ahead {
        message.sql += &format!("; {}", ahead.sql);
    }
    let end = message.parts.len() + message.record.statements();
    // The lock goes with COMMIT, and another run may have it by the time that this one is to stop.
    let holder = context.lock.key.map(|key| Holder {
        key,
        process: open.process.as_deref(),
    });
    let started = Instant::now();
    let sent = stop::send(connection, &message.sql, end, stop, holder);
    let (sent, ()) = tokio::join!(biased; sent, async { Ahead::read_on(context) });
    step::log(job, &job.step.statements, started.elapsed());
    match (sent, ahead) {
        (Ok(sets), Some(ahead)) => Ok(ahead.opened(connection, sets).await),
        (Ok(_), None) => Ok(None),
        // The step has come to its end. The next one begins by itself, and tells what is wrong.
        (Err(error), Some(_)) if error.answered >= end => {
            let _ = connection.batch("ROLLBACK").await;
            Ok(None)
        }
        (Err(error), _) => {
            let is_cancelled = stop.is_asked() && error.source.has_code(step::CANCELED);
            let error = message.failed(error);
            Err(match error.kind() {
                RunErrorKind::Statement(error) if is_cancelled => stopped(error.line).into(),
                _ if is_cancelled => stopped(first).into(),
                _ => error,
            })
        }
    }
}

/// What is sent, in its order; each part is one statement.
struct Message<'a> {
    job: &'a Job<'a>,
    context: &'a StepContext<'a>,
    traffic: &'a Traffic<'a>,
    sql: String,
    parts: Vec<Part<'a>>,
    record: Record,
}

/// A statement in a message.
struct Part<'a> {
    /// Where it begins, in bytes.
    start: usize,
    /// The statement of the revision; none where it is one of Limbeck's about locks.
    statement: Option<&'a Statement>,
}

impl<'a> Message<'a> {
    fn new(
        job: &'a Job<'a>,
        context: &'a StepContext<'a>,
        traffic: &'a Traffic<'a>,
        open: &Open,
    ) -> Self {
        let record = context.record_message(job.step, open);
        let mut message = Self {
            job,
            context,
            traffic,
            sql: String::new(),
            parts: Vec::new(),
            record,
        };
        for sql in traffic.begin_sql(&open.look) {
            message.add(&sql, None);
        }
        let short = Traffic::short_until(job.step);
        for (index, statement) in job.step.statements.iter().enumerate() {
            if index == short
                && let Some(sql) = traffic.end_sql()
            {
                message.add(&sql, None);
            }
            message.add(&statement.text, Some(statement));
        }
        message.sql += &message.record.sql;
        message
    }

    fn add(&mut self, sql: &str, statement: Option<&'a Statement>) {
        self.parts.push(Part {
            start: self.sql.len(),
            statement,
        });
        self.sql += sql;
        // What the server takes for the end of a statement is the same as ours.
        self.sql += ";\n";
    }

    /// The error of the part that failed.
    fn failed(&self, error: Counted) -> RunError {
        let leaves = match error.source.database() {
            Some(_) => Leaves::Nothing,
            None => Leaves::Unknown,
        };
        let position = error.source.database().and_then(|error| error.position);
        // All is read before anything is run, so where an error of grammar is only its place tells.
        let at = position.map(|position| {
            let mut places = self.sql.char_indices();
            let found = places.nth(position.saturating_sub(1));
            found.map_or(self.sql.len(), |(at, _)| at)
        });
        let index = match at {
            Some(at) => self.parts.iter().rposition(|part| part.start <= at),
            None => Some(error.answered).filter(|index| *index < self.parts.len()),
        };
        match index.and_then(|index| self.parts.get(index)) {
            Some(Part {
                start,
                statement: Some(statement),
            }) => {
                let before = at.map_or("", |at| self.sql.get(*start..at).unwrap_or_default());
                let line = step::line_of(statement, before);
                step::failed(self.job, line, &statement.text, leaves, error.source)
            }
            Some(_) => self.traffic.not_locked(self.job.file, error.source),
            None => {
                let answered = error.answered.saturating_sub(self.parts.len());
                let error = Counted { answered, ..error };
                self.context
                    .not_ended(self.job, &self.record, error, leaves)
            }
        }
    }
}
