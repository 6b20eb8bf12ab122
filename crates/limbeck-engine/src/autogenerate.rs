//! From models and revisions to the next revision.
//!
//! Models and answers are arguments: nothing is scanned, asked or printed here.

mod stored;

use std::collections::BTreeSet;
use std::sync::Arc;

use limbeck_core::compare::{Difference, Ignored, Said, SideSchema, Source, comparable};
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::Decisions;
use limbeck_core::op::{Hazard, Mismatch, Operation, fold};
use limbeck_core::plan::{Plan, PlanError, plan, plan_downgrade};
use limbeck_core::revision::{self, Direction, RevisionId, Section};
use limbeck_core::schema::{Models, Object, RenamedFrom, Schema};

use crate::compare::{CompareError, Project, lowered};
use crate::proof::rows::announce;
use crate::proof::{Claim, Proof, ProofError, prove};
use crate::spelling::spell;
use crate::state::{Bench, State};

/// What the models differ in from the revisions.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What must be done, in the words of the models.
    pub operations: Vec<Operation>,
    /// The state of the revisions.
    pub state: Arc<State>,
    /// The schema that the operations start from.
    pub before: Schema,
    /// The schema that they end with.
    pub target: Schema,
    /// `renamed_from` attributes that have nothing left to do.
    pub spent: Vec<RenamedFrom>,
    /// What is left to others.
    pub unmanaged: BTreeSet<Object>,
}

/// Compares the models with the state of the revisions.
///
/// # Errors
///
/// [`CompareError::Undecided`] holds the questions that `decisions` leave open.
pub async fn compare(
    bench: &mut Bench,
    project: Project<'_>,
    models: &Models,
    decisions: &Decisions,
) -> Result<Comparison, CompareError> {
    let lowered = lowered(bench, models).await?;
    let state = bench.state(project.folder, project.parents).await?;
    let before = SideSchema {
        schema: &state.schema,
        prelude: &state.prelude,
        source: Source::Database,
    };
    let target = SideSchema {
        schema: &lowered,
        prelude: &Schema::default(),
        source: Source::Models(&models.renamed_from),
    };
    let said = Said {
        decisions,
        unmanaged: project.unmanaged,
        ignored: &Ignored::default(),
    };
    let mut sides = comparable(before, target, said, bench.dialect())?;
    drop(lowered);
    let unmanaged = std::mem::take(&mut sides.unmanaged);
    let (from, to) = (std::mem::take(&mut sides.from), &sides.to);
    let (from, to) = spell(bench, project, &state, from, to).await?;
    let Difference {
        operations,
        from,
        after,
        spent,
        reordered: _,
    } = sides.difference(from, to)?;
    Ok(Comparison {
        operations,
        state,
        before: from,
        target: after,
        spent,
        unmanaged,
    })
}

/// Why there is no revision.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The dialect cannot make a change.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The revision does not do what it should.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl From<Mismatch> for GenerateError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Plan(PlanError::Mismatch(mismatch))
    }
}

/// A revision that was proven.
#[derive(Debug, Clone)]
pub struct Generated {
    /// What it does.
    pub comparison: Comparison,
    /// The way there.
    pub upgrade: Section,
    /// The way back.
    pub downgrade: Section,
    /// What the way there puts at risk, that of objects which are made again on it included.
    pub hazards: Vec<Hazard>,
    /// What was seen when it was tried.
    pub proof: Proof,
}

/// Plans and proves the revision that `comparison` asks for; `None` when nothing differs. Rows for
/// the proof are looked for under the `id` that it will have.
///
/// # Errors
///
/// The change cannot be made, or the proof fails: the object is named then.
pub async fn generate(
    bench: &mut Bench,
    project: Project<'_>,
    comparison: Comparison,
    id: Option<&RevisionId>,
) -> Result<Option<Generated>, GenerateError> {
    if comparison.operations.is_empty() {
        return Ok(None);
    }
    let dialect = bench.dialect();
    let before = comparison.before.clone();
    let after = fold(&comparison.operations, before.clone(), dialect)?;
    let upgrade = plan(&comparison.operations, &before, dialect)?;
    let downgrade = plan_downgrade(&comparison.operations, &after, dialect)?;
    let hazards = hazards(&upgrade);
    let mut ways = [&upgrade, &downgrade].map(|plan| revision::section(plan, dialect));
    if dialect == Dialect::Postgres {
        let residue = bench.residue(project.folder, project.parents).await;
        let change = stored::Change {
            operations: &comparison.operations,
            before: &before,
            after: &after,
        };
        let residue = residue.map_err(ProofError::State)?;
        ways = stored::with_stored(&change, &residue, ways);
    }
    let [upgrade, downgrade] = ways;
    let fixtures = project.folder.fixtures(id, dialect);
    let claim = Claim {
        before: &comparison.state,
        upgrade: &upgrade,
        downgrade: &downgrade,
        target: Some(&comparison.target),
        file: None,
        downgrade_file: None,
        fixtures: &fixtures,
        stray: project.folder.stray_fixture(id),
    };
    let proof = prove(bench, project, claim).await?;
    let upgrade = announce(&upgrade, &proof.rows, Direction::Upgrade);
    let downgrade = announce(&downgrade, &proof.rows, Direction::Downgrade);
    Ok(Some(Generated {
        comparison,
        upgrade,
        downgrade,
        hazards,
        proof,
    }))
}

fn hazards(plan: &Plan) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    for statement in plan.steps.iter().flat_map(|step| &step.statements) {
        for hazard in &statement.hazards {
            if !hazards.contains(hazard) {
                hazards.push(hazard.clone());
            }
        }
    }
    hazards
}
