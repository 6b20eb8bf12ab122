//! What the history is told of a step, in the transaction of the step.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, StepMode};

use crate::connection::{Connection, Counted};
use crate::history::{self, Entry, HistoryRow, Seen};
use crate::run::prepare::Prepared;
use crate::run::step::{Job, StepContext, failed, not_recorded, reset};
use crate::run::{Leaves, RunError};

impl StepContext<'_> {
    /// Writes that the step has been run, and ends the transaction that is open; on PostgreSQL in one round trip.
    pub(super) async fn record(
        &self,
        connection: &mut Connection,
        job: &Job<'_>,
        seen: Option<&Seen>,
        leaves: Leaves,
    ) -> Result<(), RunError> {
        let (table, dialect) = (&self.lock.table, connection.dialect());
        let statements = self.record_sql(dialect, job.step);
        let of = statements.len();
        let write = history::write_sql(table, dialect, seen, &statements.join("; "));
        let commit = "COMMIT".to_owned() + reset(job.step);
        let not_committed = |source| failed(job, job.step.line, "COMMIT", leaves, source);
        if dialect == Dialect::Sqlite {
            let sets = connection.query_sets(&write).await;
            let sets = sets.map_err(|source| not_recorded(table, source))?;
            if self.is_last() && sets.last().is_none_or(|rows| rows.len() != 1) {
                return Err(self.nothing_written());
            }
            return connection.batch(&commit).await.map_err(not_committed);
        }
        let sent = connection
            .query_counted(&format!("{write}; {commit}"))
            .await;
        // Constraints that are deferred fail at the end.
        sent.map(|_| ()).map_err(|Counted { answered, source }| {
            match answered.checked_sub(history::BEFORE_WRITING) {
                Some(written) if written >= of => not_committed(source),
                Some(written) if written + 1 == of && history::is_refusal(&source) => {
                    self.nothing_written()
                }
                Some(_) | None => not_recorded(table, source),
            }
        })
    }

    /// The statements that write that the step has been run; the last one of the last step is sure to write its row, on
    /// SQLite by what it returns.
    fn record_sql(&self, dialect: Dialect, step: &Prepared) -> Vec<String> {
        let table = &self.lock.table;
        let revision = self.pending.revision;
        let mut statements = Vec::new();
        if !self.is_last() {
            let row = self.journal_row(&step.checksum);
            if step.mode == StepMode::NoTransaction {
                statements.push(history::delete_step_sql(table, dialect, &row));
            }
            statements.push(history::insert_journal_sql(table, dialect, &row));
            return statements;
        }
        if self.of() > 1 || step.mode == StepMode::NoTransaction {
            let journal = history::delete_journal_sql(table, dialect, &revision.id);
            statements.push(journal);
        }
        let history = match self.direction {
            Direction::Upgrade => {
                let row = HistoryRow {
                    revision,
                    checksum: &self.pending.checksum,
                    run_by: self.options.run_by.as_deref(),
                    milliseconds: u64::try_from(self.started.elapsed().as_millis()).ok(),
                    entry: Entry::Run,
                    taken_over: None,
                };
                history::insert_row_sql(table, dialect, &row)
            }
            Direction::Downgrade => history::delete_sql(table, dialect, &revision.id),
        };
        statements.push(match dialect {
            Dialect::Sqlite => format!("{history} RETURNING revision"),
            // A division by zero: nothing is committed that the history does not say.
            Dialect::Postgres => format!(
                "WITH written AS ({history} RETURNING revision) SELECT 1 OPERATOR(pg_catalog./) \
                 CAST(pg_catalog.count(*) AS pg_catalog.int4) FROM written"
            ),
        });
        statements
    }

    fn is_last(&self) -> bool {
        self.number == self.of()
    }

    fn nothing_written(&self) -> RunError {
        RunError::NotRecorded {
            table: self.lock.table.name.clone(),
            id: self.pending.revision.id.clone(),
            done: Vec::new(),
        }
    }
}
