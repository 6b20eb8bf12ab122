//! What the history is told of a step, in the transaction of the step.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, StepMode};

use crate::connection::{Connection, Counted};
use crate::history::{self, Entry, Guarded, HistoryRow};
use crate::run::begin::Open;
use crate::run::prepare::Prepared;
use crate::run::step::{Job, StepContext, failed, not_recorded, reset};
use crate::run::{Leaves, RunError, RunErrorKind};

/// What a transaction of PostgreSQL ends with: the rows of the history, and COMMIT.
pub(super) struct Record {
    pub(super) sql: String,
    /// How many statements stand before those that write rows.
    before: usize,
    /// How many write rows.
    writes: usize,
    /// How many stand behind them, before COMMIT.
    behind: usize,
}

impl Record {
    /// How many statements it is, up to COMMIT.
    pub(super) fn statements(&self) -> usize {
        self.before + self.writes + self.behind + 1
    }
}

impl StepContext<'_> {
    /// Writes that the step has been run, and ends the transaction that is open; on PostgreSQL in one round trip.
    pub(super) async fn record(
        &self,
        connection: &mut Connection,
        job: &Job<'_>,
        open: &Open,
        leaves: Leaves,
    ) -> Result<(), RunError> {
        if connection.dialect() == Dialect::Postgres {
            let record = self.record_message(job.step, open);
            let sent = connection.batch_counted(&record.sql).await;
            return sent.map_err(|error| self.not_ended(job, &record, error, leaves));
        }
        let table = &self.lock.table;
        let write = self.record_sql(Dialect::Sqlite, job.step).join("; ");
        let sets = connection.query_sets(&write).await;
        let sets = sets.map_err(|source| not_recorded(table, source))?;
        if self.is_last() && sets.last().is_none_or(|rows| rows.len() != 1) {
            return Err(self.nothing_written());
        }
        let ended = connection.batch("COMMIT").await;
        ended.map_err(|source| failed(job, job.step.line, "COMMIT", leaves, source))
    }

    /// What ends the transaction of a step on PostgreSQL.
    pub(super) fn record_message(&self, step: &Prepared, open: &Open) -> Record {
        let table = &self.lock.table;
        let (guarded, writes) = match open.seen.as_ref() {
            // It is the only step of an upgrade.
            Some(seen) if open.is_ahead => {
                let (revision, is_last) = (self.pending.revision, self.rest.is_empty());
                let unread = history::unread_sql(table, seen, self.expected, revision, is_last);
                let row = self.row_sql(Dialect::Postgres);
                (history::guarded_unread(&unread, &row), 1)
            }
            seen => {
                let statements = self.record_sql(Dialect::Postgres, step);
                let guarded = history::guarded(table, seen, &statements.join("; "));
                (guarded, statements.len())
            }
        };
        let Guarded {
            sql,
            before,
            behind,
        } = guarded;
        Record {
            sql: format!("{sql}; COMMIT{}", reset(step)),
            before,
            writes,
            behind,
        }
    }

    /// The error of what ends the transaction, of whose statements some were answered.
    pub(super) fn not_ended(
        &self,
        job: &Job<'_>,
        record: &Record,
        Counted { answered, source }: Counted,
        leaves: Leaves,
    ) -> RunError {
        match answered.checked_sub(record.before) {
            // Constraints that are deferred fail at the end.
            Some(written) if written >= record.writes => {
                failed(job, job.step.line, "COMMIT", leaves, source)
            }
            Some(written) if written + 1 == record.writes && history::is_refusal(&source) => {
                self.nothing_written()
            }
            Some(_) | None => not_recorded(&self.lock.table, source),
        }
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
        let history = self.row_sql(dialect);
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

    /// Writes, or takes away, the row of the revision.
    fn row_sql(&self, dialect: Dialect) -> String {
        let (table, revision) = (&self.lock.table, self.pending.revision);
        match self.direction {
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
        }
    }

    fn nothing_written(&self) -> RunError {
        RunErrorKind::NotRecorded {
            table: self.lock.table.name.clone(),
            id: self.pending.revision.id.clone(),
        }
        .into()
    }
}
