//! The second half of a proof: what a revision does to rows.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Hazard, HazardCode};
use limbeck_core::revision::{Direction, Section};
use limbeck_core::schema::{Object, QualifiedName, Schema};
use limbeck_core::sql::names;

use super::change::Change;
use super::draft::Sides;
use super::fill::{Filled, fill};
use super::fixture;
use super::kept::{Difference, Snapshot, differences, losses, read_after, read_before};
use super::narrow::probes;
use super::order::with_neighbours;
use super::report::{Finding, Rows};
use crate::autogenerate::Project;
use crate::connection::{Connection, QueryError};
use crate::effects::readings;
use crate::folder::Fixture;
use crate::inspect::InspectError;
use crate::proof::ProofError;
use crate::run::{RunError, StatementError};
use crate::state::{Bench, State, StateError};

/// So many tables are left out, one after the other, when what is announced comes true.
const MOST_EXCLUDED: usize = 3;

/// What is tried.
pub(crate) struct RowsTrial<'a> {
    pub(crate) project: Project<'a>,
    pub(crate) before: &'a State,
    pub(crate) after: &'a Schema,
    pub(crate) upgrade: &'a Section,
    pub(crate) downgrade: &'a Section,
    pub(crate) file: Option<&'a str>,
    pub(crate) fixture: Option<&'a Fixture>,
}

/// Tries a revision on rows; the connection's database is in the state after it.
///
/// # Errors
///
/// Rows that satisfy both states are refused or changed.
pub(crate) async fn prove_rows(
    trial: &RowsTrial<'_>,
    bench: &mut Bench,
    connection: &mut Connection,
) -> Result<Rows, ProofError> {
    let dialect = bench.dialect();
    let mut before = trial.before.schema.clone();
    let own: BTreeSet<QualifiedName> = before
        .tables
        .keys()
        .filter(|name| !trial.project.unmanaged.contains(name))
        .cloned()
        .collect();
    before.tables.extend(trial.before.prelude.tables.clone());
    before.enums.extend(trial.before.prelude.enums.clone());
    let change = Change::new(
        &before,
        trial.after,
        trial.upgrade,
        trial.downgrade,
        dialect,
    );
    let mut tables: BTreeSet<QualifiedName> = if change.is_opaque {
        own
    } else {
        own.intersection(&change.concerned).cloned().collect()
    };
    if tables.is_empty() && trial.fixture.is_none() {
        return Ok(Rows::default());
    }
    tables = with_neighbours(&tables, &before);
    let walk = Walk {
        trial,
        before,
        change,
        tables,
        dialect,
    };
    let mut excluded = BTreeSet::new();
    let mut findings: Vec<Finding> = Vec::new();
    // The way back leads to the parents' state, as was just proven.
    let mut outcome = match trial.downgrade {
        Section::Steps(_) => {
            walk.run(bench, connection, Direction::Downgrade).await?;
            walk.attempt(bench, connection, &excluded).await?
        }
        Section::Irreversible(_) => walk.on_copy(bench, &excluded).await?,
    };
    loop {
        match outcome {
            Outcome::Done(mut rows) => {
                findings.append(&mut rows.findings);
                rows.findings = once(findings);
                for table in &excluded {
                    let reason = "left empty, since the rest would fail with it";
                    rows.without.retain(|(name, _)| name != table);
                    rows.without.push((table.clone(), reason.to_owned()));
                }
                rows.without.sort();
                return Ok(rows);
            }
            Outcome::Announced(finding, table) => {
                findings.push(*finding);
                let is_new = excluded.insert(table);
                if !is_new || excluded.len() > MOST_EXCLUDED {
                    let rows = Rows {
                        of: walk.tables.len(),
                        findings: once(findings),
                        ..Rows::default()
                    };
                    return Ok(rows);
                }
                outcome = walk.on_copy(bench, &excluded).await?;
            }
        }
    }
}

/// Each object once, with what was found first.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        if !kept.iter().any(|one| finding.is_said_by(&one.hazard)) {
            kept.push(finding);
        }
    }
    kept
}

enum Outcome {
    Done(Rows),
    /// A statement failed as the file says that it may, on rows of this table.
    Announced(Box<Finding>, QualifiedName),
}

pub(super) type Excluded = BTreeSet<QualifiedName>;

pub(super) struct Walk<'a> {
    pub(super) trial: &'a RowsTrial<'a>,
    /// Everything that is there before, what the prelude made included.
    pub(super) before: Schema,
    pub(super) change: Change,
    pub(super) tables: BTreeSet<QualifiedName>,
    pub(super) dialect: Dialect,
}

impl Walk<'_> {
    async fn on_copy(&self, bench: &mut Bench, excluded: &Excluded) -> Result<Outcome, ProofError> {
        let project = self.trial.project;
        let mut copy = bench.copy(project.folder, project.parents).await?;
        let outcome = self.attempt(bench, &mut copy.connection, excluded).await;
        bench.discard(copy).await?;
        outcome
    }

    pub(super) async fn run(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        direction: Direction,
    ) -> Result<(), StateError> {
        let section = match direction {
            Direction::Upgrade => self.trial.upgrade,
            Direction::Downgrade => self.trial.downgrade,
        };
        let new = format!("the new revision's {direction}");
        let file = self.trial.file.unwrap_or(&new);
        bench
            .run(connection, section, file, format!("the {direction}"))
            .await
    }

    /// Runs the fixture, and fills what is left empty.
    pub(super) async fn fill(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        sides: &mut Sides<'_>,
        excluded: &Excluded,
    ) -> Result<Filled, ProofError> {
        if let Some(fixture) = self.trial.fixture {
            let file = fixture.path.display().to_string();
            let what = format!("the rows of `{file}`");
            bench
                .run(connection, &fixture::section(fixture), &file, what)
                .await?;
        }
        let mut tables = self.tables.clone();
        tables.retain(|name| !excluded.contains(name));
        fill(connection, sides, &tables).await.map_err(failed)
    }

    /// Fills a database in the parents' state, and goes there and back.
    async fn attempt(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        excluded: &Excluded,
    ) -> Result<Outcome, ProofError> {
        let mut sides = Sides {
            before: &self.before,
            after: Some((self.trial.after, &self.change)),
            types: Default::default(),
            dialect: self.dialect,
        };
        let filled = self.fill(bench, connection, &mut sides, excluded).await?;
        let held = read_before(connection, &self.before, &self.tables)
            .await
            .map_err(failed)?;
        let mut rows = self.count(&filled, &held);
        if excluded.is_empty() {
            let probes = probes(connection, &sides, &filled).await.map_err(failed)?;
            rows.findings = self.try_probes(bench, connection, probes).await?;
        }
        if let Err(error) = self.run(bench, connection, Direction::Upgrade).await {
            return self.refused(Direction::Upgrade, error);
        }
        let reached = read_after(connection, &self.change, &self.tables)
            .await
            .map_err(failed)?;
        self.check(&held, &reached, Direction::Upgrade)?;
        if matches!(self.trial.downgrade, Section::Irreversible(_)) {
            return Ok(Outcome::Done(rows));
        }
        if let Err(error) = self.run(bench, connection, Direction::Downgrade).await {
            return self.refused(Direction::Downgrade, error);
        }
        let back = read_before(connection, &self.before, &self.tables)
            .await
            .map_err(failed)?;
        self.check(&held, &back, Direction::Downgrade)?;
        let losses = losses(&self.change, &held, &back);
        rows.findings.extend(losses.into_iter().filter_map(|loss| {
            let object = Object::Column(loss.table.clone(), loss.column.clone()?);
            let reason = format!("{} comes back as {}", loss.before, loss.after);
            Some(Finding {
                hazard: Hazard::new(HazardCode::DeletesData, object, reason),
                direction: Direction::Upgrade,
                statement: None,
            })
        }));
        Ok(Outcome::Done(rows))
    }

    fn count(&self, filled: &Filled, held: &Snapshot) -> Rows {
        let with = held.filled();
        let without = self.tables.iter().filter(|name| !with.contains(*name));
        let without: Vec<(QualifiedName, String)> = without
            .map(|name| {
                let reason = filled.without.get(name).cloned();
                let reason = reason.unwrap_or_else(|| {
                    if self
                        .before
                        .tables
                        .get(name)
                        .is_some_and(|table| table.columns.is_empty())
                    {
                        "no columns".to_owned()
                    } else {
                        "its rows do not stay".to_owned()
                    }
                });
                (name.clone(), reason)
            })
            .collect();
        Rows {
            filled: self.tables.len() - without.len(),
            of: self.tables.len(),
            without,
            findings: Vec::new(),
        }
    }

    fn check(
        &self,
        held: &Snapshot,
        found: &Snapshot,
        direction: Direction,
    ) -> Result<(), ProofError> {
        let differences = differences(&self.change, held, found, direction);
        if differences.is_empty() {
            return Ok(());
        }
        Err(ProofError::RowsChanged {
            dialect: self.dialect,
            direction,
            objects: differences.iter().map(Difference::object).collect(),
            differences: differences.iter().map(ToString::to_string).collect(),
        })
    }

    /// A failure that the file announces is a finding; any other refuses the revision.
    fn refused(&self, direction: Direction, error: StateError) -> Result<Outcome, ProofError> {
        let says = match direction {
            Direction::Upgrade => &self.change.upgrade,
            Direction::Downgrade => &self.change.downgrade,
        };
        let Some(failed) = statement(&error) else {
            return Err(error.into());
        };
        for text in &says.failures {
            for (table, column) in readings(text, self.dialect) {
                let known = self.known(&table);
                let Some(known) = known.filter(|_| self.concerns(failed, &table)) else {
                    continue;
                };
                let object = match column {
                    Some(column) => Object::Column(table, column),
                    None => Object::Table(table),
                };
                let reason = format!("any rows ({})", failed.source);
                let finding = Finding {
                    hazard: Hazard::new(HazardCode::MayFail, object, reason),
                    direction,
                    statement: Some(failed.statement.clone()),
                };
                return Ok(Outcome::Announced(Box::new(finding), known));
            }
        }
        Err(ProofError::RowsRefused {
            dialect: self.dialect,
            direction,
            source: Box::new(error),
        })
    }

    /// The table before that a name of the section means.
    fn known(&self, table: &QualifiedName) -> Option<QualifiedName> {
        let origin = self.change.origin(table).cloned();
        origin.or_else(|| {
            self.before
                .tables
                .contains_key(table)
                .then(|| table.clone())
        })
    }

    fn concerns(&self, failed: &StatementError, table: &QualifiedName) -> bool {
        let reported = failed.source.database();
        let by_report = reported
            .and_then(|error| error.table.as_ref())
            .is_some_and(|name| *name == table.name);
        let said = reported
            .map(|error| error.message.as_str())
            .unwrap_or_default();
        by_report
            || names(&failed.statement, &table.name, self.dialect)
            || said.contains(&format!("{}.", table.name))
    }
}

pub(super) fn statement(error: &StateError) -> Option<&StatementError> {
    let StateError::Replay { source, .. } = error else {
        return None;
    };
    match source.as_ref() {
        RunError::Statement(failed) => Some(failed),
        _ => None,
    }
}

pub(super) fn failed(error: QueryError) -> ProofError {
    ProofError::Inspect(InspectError::Query(error))
}
