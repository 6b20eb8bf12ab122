//! The transaction of the next revision, opened in the message that ends the one before: one round trip for each revision
//! instead of two.
//!
//! Between COMMIT and the lock behind it another run may come, and what the history says is not read again. So the row of
//! the revision is written only where those that it builds on are there, and it is not; else all of the revision is rolled
//! back, and worked out anew. What another run has done beside it is seen with the last revision of the run.

use std::collections::BTreeSet;

use limbeck_core::revision::Direction;

use crate::connection::{Connection, TextRow};
use crate::history::Seen;
use crate::run::begin::{self, Begun, Open};
use crate::run::lock;
use crate::run::prepare::Prepared;
use crate::run::step::StepContext;
use crate::run::traffic::{Look, Traffic, is_waited_for};
use crate::run::{OnEvent, RunError, RunErrorKind};

/// What opens it.
pub(super) struct Ahead {
    pub(super) sql: String,
    has_look: bool,
    seen: Seen,
}

impl Ahead {
    /// For the revision behind a step, where that is sent in one message, too.
    pub(super) fn of(step: &Prepared, context: &StepContext<'_>, open: &Open) -> Option<Self> {
        let is_end = context.direction == Direction::Upgrade && context.is_last();
        let next = context.rest.first().filter(|_| is_end)?.only_step()?;
        let seen = open.seen.clone()?;
        let made_here: BTreeSet<_> = step.made().collect();
        let traffic = Traffic::of(next, context.options, |name| {
            context.made.contains(name) || made_here.contains(name)
        });
        let look = traffic.look_sql();
        let mut sql = lock::begin_sql(context.lock, &begin::settings(context.options));
        if let Some(look) = &look {
            sql += &format!("; {look}");
        }
        Some(Self {
            sql,
            has_look: look.is_some(),
            seen,
        })
    }

    /// Reads what the message behind the next one asks for, while the server is at this one.
    pub(super) fn read_on(context: &StepContext<'_>) {
        let later = context
            .rest
            .get(1)
            .map_or_else(Default::default, |one| one.steps.as_slice());
        for step in later {
            step.traffic();
        }
    }

    /// Reads the answer; nothing is open where another run has the lock.
    pub(super) async fn opened(
        self,
        connection: &mut Connection,
        mut sets: Vec<Vec<TextRow>>,
    ) -> Option<Open> {
        let rows = self.has_look.then(|| sets.pop()).flatten();
        let look = Look::of_rows(rows.unwrap_or_default());
        let Some(process) = lock::process(&sets) else {
            let _ = connection.batch("ROLLBACK").await;
            return None;
        };
        Some(Open {
            seen: Some(self.seen),
            look,
            process: Some(process),
            is_ahead: true,
        })
    }
}

/// Begins the step once more, in the usual way, where what failed may be due to another run that has come between; nothing
/// where it is the step's own failure.
pub(super) async fn again(
    connection: &mut Connection,
    context: Option<&StepContext<'_>>,
    traffic: Option<&Traffic<'_>>,
    error: &RunError,
    on_event: OnEvent<'_>,
) -> Result<Option<Begun>, RunError> {
    let is_of_history = match error.kind() {
        RunErrorKind::History(_) | RunErrorKind::NotRecorded { .. } => true,
        RunErrorKind::Record { source, .. } => source.database().is_some(),
        _ => false,
    };
    if is_of_history {
        return begin::begin(connection, context, traffic, on_event)
            .await
            .map(Some);
    }
    let source = match error.kind() {
        RunErrorKind::Statement(error) => Some(&error.source),
        // A table that was seen may be gone.
        RunErrorKind::Query { source, .. } => Some(source),
        _ => None,
    };
    if source.is_some_and(|source| source.database().is_some() && !is_waited_for(source)) {
        match begin::begin(connection, context, traffic, on_event).await {
            Ok(now @ Begun::Overtaken(_)) => return Ok(Some(now)),
            Ok(Begun::Open(_)) => {
                let _ = connection.batch("ROLLBACK").await;
            }
            // That of the statement says more.
            Err(_) => {}
        }
    }
    Ok(None)
}
