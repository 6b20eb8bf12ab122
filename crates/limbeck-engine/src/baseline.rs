//! The first revision of a project whose database exists already: it makes what the database holds.
//!
//! Not here: the models of the database (`limbeck_models::rust`), and the row in its history (`run::stamp`).

mod left_out;
mod refused;

use std::collections::BTreeSet;

use limbeck_core::compare::without;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Mismatch, Operation};
use limbeck_core::plan::PlanError;
use limbeck_core::revision::{self, Graph, Revision};
use limbeck_core::schema::{Object, Schema};

use self::refused::Refused;
use crate::compare::Project;
use crate::drift::said::is_left_to_others;
use crate::inspect::{self, InspectError, Supplements};
use crate::proof::{Claim, Proof, ProofError, prove};
use crate::remake::{Ways, Whole, ways, whole};
use crate::state::{Bench, State, StateError, prelude_keys};
use limbeck::connection::Connection;
use limbeck::folder::Folder;

/// What errors call the revision, which has no file yet.
const FILE: &str = "the baseline";

/// A first revision that was proven.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The revision, its sections filled in.
    pub revision: Revision,
    /// What the database holds, without what belongs to others.
    pub schema: Schema,
    /// What it does.
    pub operations: Vec<Operation>,
    /// What was seen when it was tried.
    pub proof: Proof,
    /// What is left to others.
    pub unmanaged: BTreeSet<Object>,
    /// What the database holds and the revision does not make, in sentences.
    pub left_out: Vec<String>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The database cannot be read.
    #[error("failed to read the live database")]
    Inspect(#[from] InspectError),
    /// There is no scratch database.
    #[error(transparent)]
    State(#[from] StateError),
    /// Something cannot be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The revision does not make what the database holds, or does not undo it.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl From<Mismatch> for BaselineError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Plan(PlanError::Mismatch(mismatch))
    }
}

/// Fills `revision`, the first of the project, with what a live database holds, and proves it.
///
/// What the prelude makes and what `project.unmanaged` names is left to others.
///
/// # Errors
///
/// The database cannot be read, or what it holds cannot be made on a scratch database.
pub async fn baseline(
    bench: &mut Bench,
    project: Project<'_>,
    live: &mut Connection,
    mut revision: Revision,
) -> Result<Baseline, BaselineError> {
    let dialect = bench.dialect();
    let options = bench.inspect_options().clone();
    let before = bench.state(project.folder, &[]).await?;
    let Whole {
        snapshot: found,
        mut supplements,
    } = whole(live, &options).await?;
    let mut schema = found.schema.clone();
    without(&mut schema, &before.prelude);
    let mut unmanaged = project.unmanaged.take_out(&mut schema);
    let prelude = prelude_keys(bench, project.folder).await?;
    let is_others =
        |key: &str| prelude.contains(key) || is_left_to_others(key, &unmanaged, &found.schema);
    supplements.retain(|one| !is_others(&one.subject));
    if !prelude.is_empty() {
        let mut copy = bench.copy(project.folder, &[]).await?;
        let said = inspect::supplements(&mut copy.connection, &options).await;
        bench.put_back(copy).await?;
        let said = said?;
        supplements.retain(|one| !said.all().any(|other| other.make == one.make));
    }

    let mut beyond = Refused::default();
    let mut made = make(bench, project, &before, &schema, &supplements).await;
    if let Err(BaselineError::Proof(ProofError::State(error))) = &made
        && error.is_refusal()
        && dialect == Dialect::Postgres
    {
        beyond = refused::refused(bench, project, &written(&schema), &supplements).await?;
        if !beyond.is_empty() {
            beyond.take_out(&mut schema, &mut supplements);
            made = make(bench, project, &before, &schema, &supplements).await;
        }
    }
    let Made { ways, proof } = made?;
    revision.dialects = BTreeSet::from([bench.dialect()]);
    revision.upgrade.common = Some(revision::section(&ways.upgrade, dialect));
    revision.downgrade.common = Some(revision::section(&ways.downgrade, dialect));

    let folder = Folder {
        graph: Graph::new(vec![(revision.clone(), FILE.to_owned())]).map_err(StateError::Graph)?,
        ..project.folder.clone()
    };
    let heads = [revision.id.clone()];
    let mut sentences = beyond.sentences();
    sentences.extend(match dialect {
        Dialect::Postgres => {
            let base = bench.residue(&folder, &[]).await?;
            let made = bench.residue(&folder, &heads).await?;
            let refused: BTreeSet<Object> = beyond.objects.keys().cloned().collect();
            left_out::of_residue(&found.residue, &made, &base, |key| {
                is_others(key)
                    || is_left_to_others(key, &refused, &found.schema)
                    || beyond.is_about(key)
            })
        }
        Dialect::Sqlite => {
            left_out::of_schema(&found.schema, &bench.state(&folder, &heads).await?.schema)
        }
    });
    unmanaged.extend(beyond.objects.into_keys());
    Ok(Baseline {
        revision,
        operations: ways.operations,
        proof,
        unmanaged,
        left_out: sentences,
        schema,
    })
}

/// A way that was proven.
struct Made {
    ways: Ways,
    proof: Proof,
}

/// Plans and proves what makes the schema, as far as it can be written.
async fn make(
    bench: &mut Bench,
    project: Project<'_>,
    before: &State,
    schema: &Schema,
    supplements: &Supplements,
) -> Result<Made, BaselineError> {
    let target = written(schema);
    let dialect = bench.dialect();
    let ways = ways(&target, supplements, dialect)?;
    let claim = Claim {
        before,
        upgrade: &revision::section(&ways.upgrade, dialect),
        downgrade: &revision::section(&ways.downgrade, dialect),
        target: Some(&target),
        file: Some(FILE),
        downgrade_file: None,
        fixtures: &[],
        stray: None,
    };
    let proof = prove(bench, project, claim).await?;
    Ok(Made { ways, proof })
}

/// The schema as far as it can be written.
fn written(schema: &Schema) -> Schema {
    let unwritten = schema.unwritten();
    let mut schema = schema.clone();
    schema
        .sql_objects
        .retain(|object| !unwritten.contains(&object.key()));
    schema
}
