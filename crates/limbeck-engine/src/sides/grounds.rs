//! What tables may stand on and no schema tells, such as a collation: made before the way, and taken away
//! behind it.

use limbeck_core::plan::Plan;
use limbeck_core::revision::section;

use super::SideError;
use super::load::Loaded;
use super::trial::THERE;
use crate::inspect::{Residue, Supplement, supplements};
use crate::remake::{append, step};
use crate::state::Bench;
use limbeck::connection::Connection;

/// What one side has and the other has not.
#[derive(Default)]
pub(super) struct Grounds {
    gained: Vec<Supplement>,
    lost: Vec<Supplement>,
}

/// How the keys of such objects begin in a residue.
const KINDS: [&str; 2] = ["collation ", "text search "];

impl Grounds {
    /// Asks both sides, where their residues tell that there is something to ask about.
    pub(super) async fn between(
        bench: &Bench,
        before: &mut Loaded,
        target: &mut Loaded,
    ) -> Result<Self, SideError> {
        if before.is_models() || target.is_models() {
            return Ok(Self::default());
        }
        let (from, to) = (&before.state.residue, &target.state.residue);
        if told(from).eq(told(to)) {
            return Ok(Self::default());
        }
        let (from, to) = (first(bench, before).await?, first(bench, target).await?);
        let lacks =
            |side: &[Supplement], one: &Supplement| side.iter().all(|other| other.make != one.make);
        let gained = to.iter().filter(|one| lacks(&from, one)).cloned();
        let lost = from.iter().filter(|one| lacks(&to, one)).cloned();
        Ok(Self {
            gained: gained.collect(),
            lost: lost.collect(),
        })
    }

    /// The way there, on its grounds.
    pub(super) fn there(&self, plan: Plan) -> Plan {
        between(&self.gained, plan, &self.lost)
    }

    /// The way back.
    pub(super) fn back(&self, plan: Plan) -> Plan {
        between(&self.lost, plan, &self.gained)
    }

    /// Makes what the tables of the second side stand on, so that the server can be asked about them.
    pub(super) async fn lay(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
    ) -> Result<(), SideError> {
        run(bench, connection, makes(&self.gained)).await
    }

    /// Takes it away again.
    pub(super) async fn clear(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
    ) -> Result<(), SideError> {
        run(bench, connection, undoes(&self.gained)).await
    }
}

/// Makes what the tables of a database stand on that was only looked at. What the scratch server does
/// not take of it, such as an owner that it does not have, its tables do not need, or they fail on it.
pub(super) async fn stand(side: &Loaded, connection: &mut Connection) {
    let Some(live) = side.live() else {
        return;
    };
    for statement in makes(&live.supplements.first) {
        if let Err(reason) = connection.batch(&statement).await {
            tracing::debug!(%reason, %statement, "is not made again");
        }
    }
}

fn told(residue: &Residue) -> impl Iterator<Item = (&String, &String)> {
    residue
        .iter()
        .filter(|(key, _)| KINDS.iter().any(|kind| key.starts_with(kind)))
}

async fn first(bench: &Bench, side: &mut Loaded) -> Result<Vec<Supplement>, SideError> {
    if let Some(live) = side.live() {
        return Ok(live.supplements.first.clone());
    }
    let Some(copy) = &mut side.copy else {
        return Ok(Vec::new());
    };
    let read = supplements(&mut copy.connection, bench.inspect_options()).await?;
    Ok(read.first)
}

fn between(made: &[Supplement], plan: Plan, undone: &[Supplement]) -> Plan {
    if plan.irreversible.is_some() || plan.steps.is_empty() {
        return plan;
    }
    let mut whole = Plan {
        steps: step(makes(made)),
        ..plan
    };
    // Where a step of the plan ends there is a reason: only the first one may be joined.
    let mut steps = plan.steps.into_iter();
    append(&mut whole, steps.next().into_iter().collect());
    whole.steps.extend(steps);
    append(&mut whole, step(undoes(undone)));
    whole
}

fn makes(supplements: &[Supplement]) -> impl Iterator<Item = String> {
    supplements.iter().map(|one| one.make.clone())
}

fn undoes(supplements: &[Supplement]) -> impl Iterator<Item = String> {
    supplements.iter().rev().filter_map(|one| one.undo.clone())
}

async fn run(
    bench: &mut Bench,
    connection: &mut Connection,
    statements: impl Iterator<Item = String>,
) -> Result<(), SideError> {
    let plan = Plan {
        steps: step(statements),
        ..Plan::default()
    };
    let section = section(&plan, bench.dialect());
    let run = bench.run(connection, &section, THERE, THERE.to_owned());
    run.await.map_err(|source| SideError::of_way(THERE, source))
}
