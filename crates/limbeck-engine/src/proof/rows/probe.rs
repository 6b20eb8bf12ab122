//! Rows that only the state before takes, tried one kind at a time.

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Hazard, HazardCode};
use limbeck_core::plan::StepMode;
use limbeck_core::revision::Section;
use limbeck_core::sql::split;

use super::draft::Amount;
use super::narrow::Probe;
use super::report::Finding;
use super::trial::{failed, statement};
use super::verdict::Leg;
use super::walk::{Excluded, Walk};
use crate::proof::ProofError;
use crate::state::Bench;
use limbeck::connection::{Connection, QueryError};

/// So many probes are run that need a database each.
const MOST_COPIES: usize = 4;

impl Walk<'_> {
    /// Tries rows that only the state before takes.
    pub(super) async fn try_probes(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        probes: Vec<Probe>,
    ) -> Result<Vec<Finding>, ProofError> {
        let mut findings: Vec<Finding> = Vec::new();
        let undone = self.undone(bench)?;
        let mut copies = 0;
        for probe in probes {
            let is_found = |code| {
                findings
                    .iter()
                    .map(|finding| &finding.hazard)
                    .any(|one| one.object == probe.object && one.code == code)
            };
            let may_be_lost = probe.values.is_some() && !is_found(HazardCode::DeletesData);
            if is_found(HazardCode::MayFail) && !may_be_lost {
                continue;
            }
            let seen = match &undone {
                Some(undone) => undone_try(connection, &probe, undone)
                    .await
                    .map_err(failed)?,
                None if copies < MOST_COPIES => {
                    copies += 1;
                    self.try_on_copy(bench, &probe).await?
                }
                None => Seen::Nothing,
            };
            let (code, reason, statement) = match seen {
                Seen::Nothing => continue,
                Seen::Failure { statement, message } => {
                    let reason = format!("{} ({})", probe.rows, message.replace('\n', " "));
                    (HazardCode::MayFail, reason, Some(statement))
                }
                Seen::Loss(reason) => (HazardCode::DeletesData, reason, None),
            };
            let is_known = findings
                .iter()
                .any(|one| one.hazard.object == probe.object && one.hazard.code == code);
            if !is_known {
                findings.push(Finding {
                    hazard: Hazard::new(code, probe.object, reason),
                    direction: self.there,
                    statement,
                });
            }
        }
        Ok(findings)
    }

    /// The statements of both ways, when all of the upgrade can be rolled back.
    fn undone(&self, bench: &Bench) -> Result<Option<Undone>, ProofError> {
        let file = |leg| self.trial.file_of(self.direction(leg)).unwrap_or_default();
        let there = bench.adapted(self.section(Leg::There), file(Leg::There))?;
        let back = bench.adapted(self.section(Leg::Back), file(Leg::Back))?;
        let one_step = |section: &Section| -> Option<(Vec<String>, StepMode)> {
            let [step] = section.steps() else {
                return None;
            };
            let statements = split(&step.sql, self.dialect).unwrap_or_default();
            let statements = statements.into_iter().map(|statement| statement.text);
            (step.mode != StepMode::NoTransaction).then(|| (statements.collect(), step.mode))
        };
        Ok(one_step(&there).map(|(there, mode)| {
            let back = one_step(&back);
            Undone {
                are_keys_off: [Some(mode), back.as_ref().map(|(_, mode)| *mode)]
                    .contains(&Some(StepMode::ForeignKeysOff)),
                there,
                back: back.map(|(statements, _)| statements),
            }
        }))
    }

    async fn try_on_copy(&self, bench: &mut Bench, probe: &Probe) -> Result<Seen, ProofError> {
        let mut copy = self.copy(bench).await?;
        let outcome = self.try_here(bench, &mut copy.connection, probe).await;
        bench.discard(copy).await?;
        outcome
    }

    async fn try_here(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        probe: &Probe,
    ) -> Result<Seen, ProofError> {
        let mut sides = self.sides(Amount::Few);
        self.fill(connection, &mut sides, &Excluded::new()).await?;
        let is_in = takes_one(connection, &probe.attempts).await;
        if !is_in.map_err(failed)? {
            return Ok(Seen::Nothing);
        }
        match self.run(bench, connection, Leg::There).await {
            Ok(()) => Ok(Seen::Nothing),
            Err(error) => match statement(&error) {
                Some(failed) => Ok(Seen::Failure {
                    statement: failed.statement.clone(),
                    message: failed.source.to_string(),
                }),
                None => Err(error.into()),
            },
        }
    }
}

/// Whether one of the rows is taken; the rest is left alone then. A connection that fails says nothing
/// of rows.
async fn takes_one(connection: &mut Connection, attempts: &[String]) -> Result<bool, QueryError> {
    for attempt in attempts {
        match connection.batch(attempt).await {
            Ok(()) => return Ok(true),
            Err(error) if error.database().is_some() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// What a probe has shown.
enum Seen {
    Nothing,
    Failure {
        /// The first line of the statement.
        statement: String,
        /// What the database says.
        message: String,
    },
    /// Values came back as others.
    Loss(String),
}

/// Statements that run in a transaction which is rolled back.
struct Undone {
    there: Vec<String>,
    /// `None` when there is no way back, or none that one transaction can go.
    back: Option<Vec<String>>,
    are_keys_off: bool,
}

async fn undone_try(
    connection: &mut Connection,
    probe: &Probe,
    undone: &Undone,
) -> Result<Seen, QueryError> {
    if undone.are_keys_off {
        connection.batch("PRAGMA foreign_keys = OFF").await?;
    }
    let outcome = in_transaction(connection, probe, undone).await;
    if undone.are_keys_off {
        connection
            .batch("PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON")
            .await?;
    }
    outcome
}

/// Checks at once what is checked at the end of a transaction, and no later: rows that stand in a table were committed, and
/// PostgreSQL refuses to change a table as long as checks of its rows are open.
const SETTLED: &str = "SET CONSTRAINTS ALL IMMEDIATE;
DO $$
DECLARE names text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.conname), ', ') INTO names
    FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
    WHERE c.condeferred;
    IF names IS NOT NULL THEN
        EXECUTE 'SET CONSTRAINTS ' || names || ' DEFERRED';
    END IF;
END
$$";

async fn in_transaction(
    connection: &mut Connection,
    probe: &Probe,
    undone: &Undone,
) -> Result<Seen, QueryError> {
    let mut is_in = false;
    let settled = match connection.dialect() {
        Dialect::Postgres => SETTLED,
        Dialect::Sqlite => "",
    };
    for attempt in &probe.attempts {
        match connection
            .batch(&format!("BEGIN; {attempt};\n{settled}"))
            .await
        {
            Ok(()) => {
                is_in = true;
                break;
            }
            Err(error) if error.database().is_some() => connection.batch("ROLLBACK").await?,
            Err(error) => return Err(error),
        }
    }
    if !is_in {
        return Ok(Seen::Nothing);
    }
    let seen = there_and_back(connection, probe, undone).await;
    connection.batch("ROLLBACK").await?;
    seen
}

async fn there_and_back(
    connection: &mut Connection,
    probe: &Probe,
    undone: &Undone,
) -> Result<Seen, QueryError> {
    let mut before = match &probe.values {
        Some(query) => connection.query_text(query).await?,
        None => Vec::new(),
    };
    let late = match connection.dialect() {
        // What is checked at the end of the transaction is checked here.
        Dialect::Postgres => Some("SET CONSTRAINTS ALL IMMEDIATE".to_owned()),
        Dialect::Sqlite => None,
    };
    for statement in undone.there.iter().chain(&late) {
        let outcome = connection.batch(statement).await;
        let Err(error) = outcome else { continue };
        let Some(refused) = error.database() else {
            return Err(error);
        };
        return Ok(Seen::Failure {
            statement: statement.lines().next().unwrap_or_default().to_owned(),
            message: refused.message.clone(),
        });
    }
    let (Some(query), Some(back)) = (&probe.values, &undone.back) else {
        return Ok(Seen::Nothing);
    };
    for statement in back {
        match connection.batch(statement).await {
            Ok(()) => {}
            // The way back has hazards of its own.
            Err(error) if error.database().is_some() => return Ok(Seen::Nothing),
            Err(error) => return Err(error),
        }
    }
    let mut after = connection.query_text(query).await?;
    before.sort();
    after.sort();
    let is_gone = |row: &&Vec<Option<String>>| !after.contains(row);
    let gone = before.iter().find(is_gone);
    let came = after.iter().find(|row| !before.contains(row));
    let shown = |row: &[Option<String>]| match row.first() {
        Some(Some(text)) => format!("'{text}'"),
        Some(None) | None => "NULL".to_owned(),
    };
    Ok(gone.map_or(Seen::Nothing, |gone| {
        let came = came.map_or("another value of the column".to_owned(), |row| shown(row));
        Seen::Loss(format!("{} comes back as {came}", shown(gone)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{Scratch, ScratchOptions, ServerOptions};

    #[tokio::test]
    async fn a_lost_connection_refuses_no_rows_on_postgres() {
        let cache = std::env::temp_dir().join("limbeck-test-probe");
        let mut scratch = Scratch::open(&ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server: ServerOptions {
                bin_dir: std::env::var_os("LIMBECK_PG_BIN").map(Into::into),
                ..ServerOptions::new(cache)
            },
        })
        .await
        .expect("PostgreSQL is installed");
        let database = scratch.create_database("probe", None).await;
        let database = database.expect("a database");
        let lost = "SELECT pg_terminate_backend(pg_backend_pid())";
        for (attempts, expected) in [
            (["SELECT nothing", "SELECT nobody"], Some(false)),
            (["SELECT nothing", "SELECT 1"], Some(true)),
            ([lost, "SELECT 1"], None),
        ] {
            let mut connection = database.connect().await.expect("connects");
            let attempts = attempts.map(str::to_owned);
            let taken = takes_one(&mut connection, &attempts).await;
            assert_eq!(taken.ok(), expected, "{attempts:?}");
        }
        let dropped = scratch.drop_database(&database.name).await;
        dropped.expect("is dropped");
        scratch.close().await.expect("stops");
    }
}
