//! The second half of a proof: what a revision does to rows.
//!
//! Rows that the parents' state accepts go up and down. Rows that the state of the revision accepts go down and up: users
//! write such values after the upgrade.

use std::collections::BTreeSet;

use limbeck_core::revision::{Direction, Section};
use limbeck_core::schema::{QualifiedName, Schema};

use super::change::Change;
use super::order::with_neighbours;
use super::report::{Finding, LEFT_EMPTY, RowsReport};
use super::walk::{Choice, Walk, WalkOutcome};
use crate::compare::Project;
use crate::inspect::InspectError;
use crate::proof::ProofError;
use crate::state::{Bench, State, StateError};
use limbeck::connection::{Connection, QueryError};
use limbeck::folder::Fixture;
use limbeck::run::{RunErrorKind, StatementError};

/// So many times a trial is repeated with rows that are fewer.
const MOST_TURNS: usize = 8;

/// What is tried.
pub(crate) struct RowsTrial<'a> {
    pub(crate) project: Project<'a>,
    pub(crate) before: &'a State,
    pub(crate) after: &'a Schema,
    pub(crate) upgrade: &'a Section,
    pub(crate) downgrade: &'a Section,
    pub(crate) file: Option<&'a str>,
    /// The file with the way back, where that is another one.
    pub(crate) downgrade_file: Option<&'a str>,
    pub(crate) fixtures: &'a [&'a Fixture],
}

impl RowsTrial<'_> {
    /// The file with one of the ways.
    pub(super) fn file_of(&self, direction: Direction) -> Option<&str> {
        match direction {
            Direction::Upgrade => self.file,
            Direction::Downgrade => self.downgrade_file.or(self.file),
        }
    }

    pub(super) fn section(&self, direction: Direction) -> &Section {
        match direction {
            Direction::Upgrade => self.upgrade,
            Direction::Downgrade => self.downgrade,
        }
    }
}

/// Tries a revision on rows; the connection's database is in the state after it.
///
/// # Errors
///
/// Rows that satisfy both states are refused or changed, or values are lost that nothing announces.
pub(crate) async fn prove_rows(
    trial: &RowsTrial<'_>,
    bench: &mut Bench,
    connection: &mut Connection,
) -> Result<RowsReport, ProofError> {
    let dialect = bench.dialect();
    let mut before = trial.before.schema.clone();
    let prelude = &trial.before.prelude;
    before.tables.extend(prelude.tables.clone());
    before.enums.extend(prelude.enums.clone());
    let walk = |there: Direction| {
        let (from, to) = match there {
            Direction::Upgrade => (&before, trial.after),
            Direction::Downgrade => (trial.after, &before),
        };
        let sections = [there, there.opposite()].map(|direction| trial.section(direction));
        let change = Change::new(from, to, sections[0], sections[1], dialect);
        let is_own = |name: &QualifiedName| {
            !trial.project.unmanaged.contains(name) && !prelude.tables.contains_key(name)
        };
        let own = from.tables.keys().filter(|name| is_own(name));
        let own = own.filter(|name| change.is_opaque || change.concerned.contains(*name));
        // What is announced to go as a whole tells nothing.
        let is_told = |name: &&QualifiedName| {
            there == Direction::Upgrade || !change.there.lost.contains(*name)
        };
        let tables: BTreeSet<QualifiedName> = own.filter(is_told).cloned().collect();
        let tables = with_neighbours(&tables, from);
        Walk {
            trial,
            from: from.clone(),
            to: to.clone(),
            change,
            tables,
            dialect,
            there,
        }
    };
    let up = walk(Direction::Upgrade);
    let mut rows = RowsReport::default();
    if !up.tables.is_empty() || !trial.fixtures.is_empty() {
        // The way back leads to the parents' state, as was just proven.
        let first = match trial.downgrade {
            Section::Steps(_) => {
                up.run(bench, connection, super::verdict::Leg::Back).await?;
                Some(up.attempt(bench, connection, &Choice::default()).await?)
            }
            Section::Irreversible(_) | Section::Unwritten(_) => None,
        };
        rows = tried(&up, bench, first).await?;
    }
    if matches!(trial.downgrade, Section::Steps(_)) {
        let down = walk(Direction::Downgrade);
        if !down.tables.is_empty() {
            let other = tried(&down, bench, None).await?;
            rows.findings.extend(other.findings);
        }
    }
    rows.findings = once(rows.findings);
    Ok(rows)
}

/// Goes a way until it is gone, with fewer rows where what is announced comes true.
async fn tried(
    walk: &Walk<'_>,
    bench: &mut Bench,
    first: Option<WalkOutcome>,
) -> Result<RowsReport, ProofError> {
    let mut choice = Choice::default();
    let mut findings: Vec<Finding> = Vec::new();
    let mut outcome = match first {
        Some(outcome) => outcome,
        None => walk.on_copy(bench, &choice).await?,
    };
    for _ in 0..MOST_TURNS {
        match outcome {
            WalkOutcome::Done(mut rows) => {
                findings.append(&mut rows.findings);
                rows.findings = once(findings);
                for table in &choice.excluded {
                    rows.without.retain(|(name, _)| name != table);
                    rows.without.push((table.clone(), LEFT_EMPTY.to_owned()));
                }
                rows.without.sort();
                return Ok(rows);
            }
            WalkOutcome::Announced(found, table) => {
                findings.extend(found);
                if !choice.excluded.insert(table) {
                    break;
                }
            }
            WalkOutcome::Poorer(found, tables) => {
                findings.extend(found);
                choice.few.extend(tables);
            }
        }
        outcome = walk.on_copy(bench, &choice).await?;
    }
    Ok(RowsReport {
        of: walk.tables.len(),
        findings: once(findings),
        ..RowsReport::default()
    })
}

/// Each object once, with what was found first.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let is_said =
            |one: &Finding| one.direction == finding.direction && finding.is_said_by(&one.hazard);
        if !kept.iter().any(is_said) {
            kept.push(finding);
        }
    }
    kept
}

pub(super) fn statement(error: &StateError) -> Option<&StatementError> {
    let StateError::Replay { source, .. } = error else {
        return None;
    };
    match source.kind() {
        RunErrorKind::Statement(failed) => Some(failed),
        _ => None,
    }
}

pub(super) fn failed(error: QueryError) -> ProofError {
    ProofError::Inspect(InspectError::Query(error))
}
