//! One way with rows, and the way back.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Hazard, HazardCode};
use limbeck_core::revision::{Direction, Section};
use limbeck_core::schema::{Object, QualifiedName, Schema, Table};
use limbeck_core::sql::effect::readings;

use super::change::Change;
use super::counters;
use super::draft::{Amount, Sides};
use super::fill::{Filled, fill};
use super::fixture;
use super::kept::{Difference, HeldRows, read_after, read_before, written_over};
use super::narrow::probes;
use super::next;
use super::report::{Finding, NO_COLUMNS, RowsReport};
use super::trial::{RowsTrial, failed, statement};
use super::verdict::{Leg, LostValue, altered, losses};
use crate::proof::ProofError;
use crate::state::{Bench, Copy, Part, StateError};
use limbeck::connection::Connection;

/// How an attempt ended.
pub(super) enum WalkOutcome {
    Done(RowsReport),
    /// A statement failed as the file says that it may, on rows of this table. What was found so far
    /// holds.
    Announced(Vec<Finding>, QualifiedName),
    /// A statement failed on some of many rows of these tables, which are to get few. What was found so
    /// far holds.
    Poorer(Vec<Finding>, BTreeSet<QualifiedName>),
}

pub(super) type Excluded = BTreeSet<QualifiedName>;

/// What an attempt leaves out.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    /// Tables that stay empty.
    pub(super) excluded: Excluded,
    /// Tables that get few rows.
    pub(super) few: BTreeSet<QualifiedName>,
}

/// A way and the way back.
pub(super) struct Walk<'a> {
    pub(super) trial: &'a RowsTrial<'a>,
    /// Everything that is there where rows are made, what the prelude made included.
    pub(super) from: Schema,
    /// Everything that is there at the other end.
    pub(super) to: Schema,
    pub(super) change: Change,
    pub(super) tables: BTreeSet<QualifiedName>,
    pub(super) dialect: Dialect,
    /// The way there; the other one is the way back.
    pub(super) there: Direction,
}

impl Walk<'_> {
    pub(super) fn section(&self, leg: Leg) -> &Section {
        self.trial.section(self.direction(leg))
    }

    pub(super) fn direction(&self, leg: Leg) -> Direction {
        match leg {
            Leg::There => self.there,
            Leg::Back => self.there.opposite(),
        }
    }

    pub(super) async fn on_copy(
        &self,
        bench: &mut Bench,
        choice: &Choice,
    ) -> Result<WalkOutcome, ProofError> {
        let mut copy = self.copy(bench).await?;
        let outcome = self.attempt_here(bench, &mut copy.connection, choice).await;
        bench.discard(copy).await?;
        outcome
    }

    /// A database where the way begins, with the rows that the project brings.
    pub(super) async fn copy(&self, bench: &mut Bench) -> Result<Copy, ProofError> {
        let project = self.trial.project;
        let mut copy = bench.copy(project.folder, project.parents).await?;
        let prepared = match self.bring(bench, &mut copy.connection).await {
            Ok(()) if self.there == Direction::Downgrade => {
                match self.run(bench, &mut copy.connection, Leg::Back).await {
                    // That was tried already; the way back begins without these rows then.
                    Err(error) if statement(&error).is_some() => {
                        bench.discard(copy).await?;
                        copy = bench.copy(project.folder, project.parents).await?;
                        self.run(bench, &mut copy.connection, Leg::Back).await
                    }
                    Ok(()) => self.bring_rest(bench, &mut copy.connection).await,
                    outcome => outcome,
                }
            }
            outcome => outcome,
        };
        match prepared {
            Ok(()) => Ok(copy),
            Err(error) => {
                bench.discard(copy).await?;
                Err(error.into())
            }
        }
    }

    pub(super) async fn run(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        leg: Leg,
    ) -> Result<(), StateError> {
        let direction = self.direction(leg);
        let new = format!("the new revision's {direction}");
        let file = self.trial.file_of(direction).unwrap_or(&new);
        let section = self.section(leg);
        bench
            .run(connection, section, file, Part::Way(direction))
            .await
    }

    /// Runs what the project brings for the parents' state.
    async fn bring(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
    ) -> Result<(), StateError> {
        let parents = match self.there {
            Direction::Upgrade => &self.from,
            Direction::Downgrade => &self.to,
        };
        for fixture in self.trial.fixtures {
            let file = fixture.path.display().to_string();
            let what = format!("the rows of `{file}`");
            let section = fixture::section(fixture, parents, self.dialect);
            bench.run(connection, &section, &file, what).await?;
        }
        Ok(())
    }

    /// Runs what the project brings for the state after besides.
    async fn bring_rest(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
    ) -> Result<(), StateError> {
        for fixture in self.trial.fixtures {
            let file = fixture.path.display().to_string();
            let what = format!("the rows of `{file}`");
            if let Some(section) = fixture::rest(fixture, &self.to, &self.from, self.dialect) {
                bench.run(connection, &section, &file, what).await?;
            }
        }
        Ok(())
    }

    pub(super) fn sides(&self, amount: Amount) -> Sides<'_> {
        Sides {
            before: &self.from,
            after: Some((&self.to, &self.change)),
            types: Default::default(),
            dialect: self.dialect,
            amount,
        }
    }

    /// Fills what is empty.
    pub(super) async fn fill(
        &self,
        connection: &mut Connection,
        sides: &mut Sides<'_>,
        excluded: &Excluded,
    ) -> Result<Filled, ProofError> {
        let mut tables = self.tables.clone();
        tables.retain(|name| !excluded.contains(name));
        fill(connection, sides, &tables).await.map_err(failed)
    }

    /// Goes there and back on a database where the way begins, and which has no rows yet.
    pub(super) async fn attempt(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        choice: &Choice,
    ) -> Result<WalkOutcome, ProofError> {
        self.bring(bench, connection).await?;
        self.attempt_here(bench, connection, choice).await
    }

    async fn attempt_here(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        choice: &Choice,
    ) -> Result<WalkOutcome, ProofError> {
        let mut sides = self.sides(Amount::Many {
            but: choice.few.clone(),
        });
        let filled = self.fill(connection, &mut sides, &choice.excluded).await?;
        let held = read_before(connection, &self.from, &self.tables);
        let held = held.await.map_err(failed)?;
        let mut rows = self.count(&filled, &held);
        self.refuse_unseen(&held, choice, &rows)?;
        if choice.excluded.is_empty() && choice.few.is_empty() {
            let mut probes = probes(connection, &sides, &filled).await.map_err(failed)?;
            probes.retain(|one| self.there == Direction::Upgrade || one.values.is_some());
            let found = self.try_probes(bench, connection, probes).await?;
            rows.findings = self.told(found)?;
        }
        let counted = counters::settle(connection, &self.from, &self.tables).await;
        let counted = counted.map_err(failed)?;
        let given = counters::run_ahead(connection, &self.from, &self.tables).await;
        let given = given.map_err(failed)?;
        let refused = next::refusals(connection, &self.from, &self.tables).await;
        let refused = refused.map_err(failed)?;
        if let Err(error) = self.run(bench, connection, Leg::There).await {
            return self.refused(
                Leg::There,
                error,
                choice,
                &written_over(&filled, &held),
                rows.findings,
            );
        }
        let reached = read_after(connection, &self.change, &self.tables).await;
        let reached = reached.map_err(failed)?;
        self.check(&altered(&self.change, &held, &reached), self.there)?;
        let now: BTreeSet<QualifiedName> = self.change.tables.values().cloned().collect();
        let stuck = counters::stuck(connection, &self.to, &now).await;
        self.check_counters(&counted, stuck.map_err(failed)?, Leg::There)?;
        let standing = counters::given(connection, &self.to, &now).await;
        let again = self.given_again(&given, &standing.map_err(failed)?, Leg::There);
        rows.findings.extend(again);
        let refusals = next::refusals(connection, &self.to, &now).await;
        let refusals = refusals.map_err(failed)?;
        let found = self.check_defaults(&refused, refusals, Leg::There)?;
        rows.findings.extend(found);
        if matches!(self.section(Leg::Back), Section::Irreversible(_)) {
            let lost = losses(&self.change, &held, Some(&reached), None);
            self.add_lost(&mut rows.findings, lost)?;
            return Ok(WalkOutcome::Done(rows));
        }
        if let Err(error) = self.run(bench, connection, Leg::Back).await {
            return self.refused(
                Leg::Back,
                error,
                choice,
                &written_over(&filled, &held),
                rows.findings,
            );
        }
        let back = read_before(connection, &self.from, &self.tables).await;
        let back = back.map_err(failed)?;
        let lost = losses(&self.change, &held, Some(&reached), Some(&back));
        self.add_lost(&mut rows.findings, lost)?;
        let stuck = counters::stuck(connection, &self.from, &self.tables).await;
        self.check_counters(&counted, stuck.map_err(failed)?, Leg::Back)?;
        let standing = counters::given(connection, &self.from, &self.tables).await;
        let again = self.given_again(&given, &standing.map_err(failed)?, Leg::Back);
        rows.findings.extend(again);
        let refusals = next::refusals(connection, &self.from, &self.tables).await;
        let refusals = refusals.map_err(failed)?;
        let found = self.check_defaults(&refused, refusals, Leg::Back)?;
        rows.findings.extend(found);
        Ok(WalkOutcome::Done(rows))
    }

    fn count(&self, filled: &Filled, held: &HeldRows) -> RowsReport {
        let with = held.filled();
        let without = self.tables.iter().filter(|name| !with.contains(*name));
        let without: Vec<(QualifiedName, String)> = without
            .map(|name| {
                let reason = filled.without.get(name).cloned();
                let reason = reason.unwrap_or_else(|| {
                    if self.from.tables.get(name).is_some_and(has_no_columns) {
                        NO_COLUMNS.to_owned()
                    } else {
                        "its rows do not stay".to_owned()
                    }
                });
                (name.clone(), reason)
            })
            .collect();
        RowsReport {
            filled: self.tables.len() - without.len(),
            of: self.tables.len(),
            without,
            findings: Vec::new(),
        }
    }

    /// What goes from a table without rows is not seen to come back.
    fn refuse_unseen(
        &self,
        held: &HeldRows,
        choice: &Choice,
        rows: &RowsReport,
    ) -> Result<(), ProofError> {
        let change = &self.change;
        let with = held.filled();
        let mut unseen = Vec::new();
        for (name, reason) in &rows.without {
            let table = self
                .from
                .tables
                .get(name)
                .filter(|one| !has_no_columns(one));
            let is_open = !choice.excluded.contains(name)
                && !with.contains(name)
                && !change.there.lost.contains(name);
            let Some(table) = table.filter(|_| is_open) else {
                continue;
            };
            let gone = |column: Option<&str>| Difference {
                table: name.clone(),
                column: column.map(str::to_owned),
                before: format!("values that cannot be made up ({reason})"),
                after: "none".to_owned(),
            };
            if !change.tables.contains_key(name) || change.there.loses.contains(name) {
                unseen.push(gone(None));
                continue;
            }
            let columns = table.columns.iter().filter(|one| one.generated.is_none());
            let lost = columns
                .map(|one| (name.clone(), one.name.clone()))
                .filter(|place| {
                    let goes =
                        !change.columns.contains_key(place) || change.there.dropped.contains(place);
                    goes && !change.is_announced(place)
                });
            unseen.extend(lost.map(|(_, column)| gone(Some(&column))));
        }
        let holding = self.from.sql_objects.iter();
        let lookup = self.from.lookup(self.dialect);
        let holding = holding.filter(|one| {
            one.kind.holds_rows() && change.there.others.contains(&lookup.key(&one.name))
        });
        unseen.extend(holding.map(|one| Difference {
            table: one.name.clone(),
            column: None,
            before: format!("rows that cannot be made up ({})", one.key()),
            after: "none".to_owned(),
        }));
        self.refuse_lost(&unseen, self.there)
    }

    fn check(&self, differences: &[Difference], direction: Direction) -> Result<(), ProofError> {
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

    fn refuse_lost(
        &self,
        differences: &[Difference],
        direction: Direction,
    ) -> Result<(), ProofError> {
        if differences.is_empty() {
            return Ok(());
        }
        Err(ProofError::ValuesLost {
            dialect: self.dialect,
            direction,
            objects: differences.iter().map(Difference::object).collect(),
            differences: differences.iter().map(ToString::to_string).collect(),
        })
    }

    /// What is lost by another type is a finding for who writes the revision; everything else, and
    /// all that is written already, is refused. What rows of one kind have shown of a column is not found
    /// again: of values that are only spelled otherwise it is not told which way does that.
    fn add_lost(
        &self,
        findings: &mut Vec<Finding>,
        losses: Vec<LostValue>,
    ) -> Result<(), ProofError> {
        let is_found = |loss: &LostValue| loss.is_retyped && self.trial.file.is_none();
        let (found, refused): (Vec<LostValue>, Vec<LostValue>) =
            losses.into_iter().partition(is_found);
        for leg in [Leg::There, Leg::Back] {
            let of_leg = refused.iter().filter(|loss| loss.leg == leg);
            let of_leg: Vec<Difference> = of_leg.map(|loss| loss.difference.clone()).collect();
            self.refuse_lost(&of_leg, self.direction(leg))?;
        }
        for loss in found {
            let Difference {
                table,
                column: Some(column),
                before,
                after,
            } = loss.difference
            else {
                continue;
            };
            let object = Object::Column(table, column);
            let reason = format!("{before} comes back as {after}");
            let finding = Finding {
                hazard: Hazard::new(HazardCode::DeletesData, object, reason),
                direction: self.direction(loss.leg),
                statement: None,
            };
            if !findings.iter().any(|one| finding.is_said_by(&one.hazard)) {
                findings.push(finding);
            }
        }
        Ok(())
    }

    /// Losses that rows of one kind have shown.
    fn told(&self, findings: Vec<Finding>) -> Result<Vec<Finding>, ProofError> {
        let (lost, others): (Vec<Finding>, Vec<Finding>) =
            findings.into_iter().partition(Finding::is_loss);
        let is_open = |finding: &Finding| match &finding.hazard.object {
            Object::Column(table, column) => {
                let place = (table.clone(), column.clone());
                !self.change.is_announced(&place)
            }
            _ => true,
        };
        let lost: Vec<Finding> = lost.into_iter().filter(is_open).collect();
        // What a way back may fail on is told by what it is made of.
        let others = others
            .into_iter()
            .filter(|_| self.there == Direction::Upgrade);
        if self.trial.file.is_none() || lost.is_empty() {
            return Ok(lost.into_iter().chain(others).collect());
        }
        let told = |one: &Finding| format!("{}: {}", one.hazard.object, one.hazard.reason);
        Err(ProofError::ValuesLost {
            dialect: self.dialect,
            direction: self.there,
            objects: lost
                .iter()
                .map(|one| one.hazard.object.to_string())
                .collect(),
            differences: lost.iter().map(told).collect(),
        })
    }

    /// A failure on some of many rows is a finding, and so is one that the file announces; any other
    /// refuses the revision. Rows that a trigger has `written_over` satisfy what the trigger makes of
    /// them, and not both states.
    fn refused(
        &self,
        leg: Leg,
        error: StateError,
        choice: &Choice,
        written_over: &BTreeSet<QualifiedName>,
        mut found: Vec<Finding>,
    ) -> Result<WalkOutcome, ProofError> {
        let says = match leg {
            Leg::There => &self.change.there,
            Leg::Back => &self.change.back,
        };
        let Some(failed) = statement(&error) else {
            return Err(error.into());
        };
        let announced = says.failures.iter().find_map(|text| {
            readings(text, self.dialect)
                .into_iter()
                .find_map(|(table, column)| {
                    let member = column.as_deref();
                    let is_meant = self.concerns(failed, &table)
                        || member.is_some_and(|name| self.checks_key(failed, leg, &table, name));
                    let known = self.known(&table).filter(|_| is_meant)?;
                    let object = match column {
                        Some(column) => Object::Column(table, column),
                        None => Object::Table(table),
                    };
                    Some((object, known))
                })
        });
        let rich = self.tables.difference(&choice.few);
        let rich: BTreeSet<QualifiedName> = rich.cloned().collect();
        let named: BTreeSet<QualifiedName> = rich
            .iter()
            .filter(|name| self.concerns(failed, name))
            .cloned()
            .collect();
        let finding = |object: Object, rows: &str| Finding {
            hazard: Hazard::new(
                HazardCode::MayFail,
                object,
                format!("{rows} ({})", failed.source),
            ),
            direction: self.direction(leg),
            statement: Some(failed.statement.clone()),
        };
        if !rich.is_empty() {
            let is_open = announced.is_none() && self.direction(leg) == Direction::Upgrade;
            let object = is_open.then(|| self.object(failed)).flatten();
            found.extend(object.map(|object| finding(object, "some rows")));
            let few = if named.is_empty() { rich } else { named };
            return Ok(WalkOutcome::Poorer(found, few));
        }
        let by_trigger = written_over.iter().find(|name| self.concerns(failed, name));
        if let (None, Some(name)) = (&announced, by_trigger) {
            let object = self.object(failed);
            let object = object.unwrap_or_else(|| Object::Table(name.clone()));
            found.push(finding(object, "rows that a trigger writes over"));
            return Ok(WalkOutcome::Announced(found, name.clone()));
        }
        match announced {
            Some((object, known)) => {
                found.push(finding(object, "any rows"));
                Ok(WalkOutcome::Announced(found, known))
            }
            None => Err(ProofError::RowsRefused {
                dialect: self.dialect,
                direction: self.direction(leg),
                source: Box::new(error),
            }),
        }
    }
}

fn has_no_columns(table: &Table) -> bool {
    table.columns.is_empty()
}
