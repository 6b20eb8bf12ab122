//! The first revision of a project whose database is there already: it makes what that holds.
//!
//! Not here: the models of the database (`limbeck_models::rust`), nor telling the database that the
//! revision has been run (`run::stamp`).

mod refused;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Mismatch, Operation, fold};
use limbeck_core::plan::{PlanError, plan, plan_downgrade};
use limbeck_core::revision::{self, Graph, Revision, Section};
use limbeck_core::schema::{Object, QualifiedName, Schema, Unmodelled, UnmodelledKey};

use crate::autogenerate::Project;
use crate::connection::Connection;
use crate::folder::Folder;
use crate::inspect::{InspectError, Residue, Snapshot, residue_key, snapshot};
use crate::proof::{Claim, Proof, ProofError, changes, prove};
use crate::state::{Bench, State, StateError, without};

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
    let mut found = snapshot(live, &options).await?;
    without(&mut found.schema, &before.prelude);
    let mut unmanaged = leave_to_others(&mut found.schema, project);

    let mut beyond = BTreeMap::new();
    let mut made = make(bench, project, &before, &found.schema).await;
    if let Err(BaselineError::Proof(ProofError::State(error))) = &made
        && error.is_refusal()
        && dialect == Dialect::Postgres
    {
        let mut target = found.schema.clone();
        let unwritten = target.unwritten();
        target
            .unmodelled
            .retain(|object| !unwritten.contains(&object.key()));
        beyond = refused::refused(bench, project, &target).await?;
        if !beyond.is_empty() {
            refused::take_out(&mut found.schema, &beyond);
            made = make(bench, project, &before, &found.schema).await;
        }
    }
    let Made {
        operations,
        upgrade,
        downgrade,
        proof,
    } = made?;
    revision.dialects = BTreeSet::from([bench.dialect()]);
    revision.upgrade.common = Some(upgrade);
    revision.downgrade.common = Some(downgrade);

    let id = revision.id.clone();
    let folder = Folder {
        graph: Graph::new(vec![(revision.clone(), FILE.to_owned())]).map_err(StateError::Graph)?,
        ..project.folder.clone()
    };
    let heads = [id];
    let made = Snapshot {
        schema: bench.state(&folder, &heads).await?.schema.clone(),
        residue: Residue::clone(&*bench.residue(&folder, &heads).await?),
    };
    let mut sentences: Vec<String> = beyond
        .iter()
        .map(|(object, reason)| format!("`{object}`, which cannot be made: {reason}"))
        .collect();
    sentences.extend(left_out(&found, &made, dialect));
    unmanaged.extend(beyond.into_keys());
    Ok(Baseline {
        revision,
        operations,
        proof,
        unmanaged,
        left_out: sentences,
        schema: found.schema,
    })
}

/// A way that was proven.
struct Made {
    operations: Vec<Operation>,
    upgrade: Section,
    downgrade: Section,
    proof: Proof,
}

/// Plans and proves what makes the schema, as far as it can be written.
async fn make(
    bench: &mut Bench,
    project: Project<'_>,
    before: &State,
    schema: &Schema,
) -> Result<Made, BaselineError> {
    let dialect = bench.dialect();
    let empty = Schema::default();
    let unwritten = schema.unwritten();
    let mut target = schema.clone();
    target
        .unmodelled
        .retain(|object| !unwritten.contains(&object.key()));
    let operations = changes(&empty, &target, dialect);
    let after = fold(&operations, empty.clone(), dialect)?;
    let upgrade = revision::section(&plan(&operations, &empty, dialect)?);
    let downgrade = revision::section(&plan_downgrade(&operations, &after, dialect)?);
    let claim = Claim {
        before,
        upgrade: &upgrade,
        downgrade: &downgrade,
        target: Some(&target),
        file: Some(FILE),
        fixtures: &[],
        stray: None,
    };
    let proof = prove(bench, project, claim).await?;
    Ok(Made {
        operations,
        upgrade,
        downgrade,
        proof,
    })
}

/// Takes out what `unmanaged` names, with what goes where its table goes.
fn leave_to_others(schema: &mut Schema, project: Project<'_>) -> BTreeSet<Object> {
    let taken = project.unmanaged.take_out(schema);
    let is_taken = |table: &QualifiedName| taken.contains(&Object::Table(table.clone()));
    schema.sequences.retain(|_, sequence| {
        let owner = sequence.owned_by.as_ref();
        owner.is_none_or(|(table, _)| !is_taken(table))
    });
    schema
        .unmodelled
        .retain(|object| !object.table.as_ref().is_some_and(is_taken));
    taken
}

/// What only `found` has of all that no comparison of schemas sees: objects beyond tables, and what
/// else the catalog says of tables. Owners and privileges are no part of it: roles are the server's.
fn left_out(found: &Snapshot, made: &Snapshot, dialect: Dialect) -> Vec<String> {
    let keys = |state: &Snapshot| -> BTreeSet<UnmodelledKey> {
        state
            .schema
            .unmodelled
            .iter()
            .map(Unmodelled::key)
            .collect()
    };
    let mut sentences: Vec<String> = keys(found)
        .difference(&keys(made))
        .map(ToString::to_string)
        .collect();
    // On SQLite the schema says all that there is of a table.
    let tables = found.schema.tables.keys();
    for name in tables.filter(|_| dialect == Dialect::Postgres) {
        let Some(key) = residue_key(&Object::Table(name.clone())) else {
            continue;
        };
        let said = |state: &Snapshot| state.residue.get(&key).cloned().unwrap_or_default();
        let (found, made) = (said(found), said(made));
        if found != made {
            sentences.push(format!(
                "what the catalog says of table `{name}`, `{found}`: the baseline makes it `{made}`"
            ));
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use limbeck_core::schema::{Table, UnmodelledKind};

    use super::*;

    #[test]
    fn what_the_baseline_lacks_is_named() {
        let view = |name: &str| Unmodelled::new(UnmodelledKind::View, QualifiedName::new(name));
        let state = |views: &[&str], table: &str| {
            let mut state = Snapshot::default();
            let name = QualifiedName::new("t");
            state.schema.tables.insert(name.clone(), Table::new(name));
            let views = views.iter().map(|name| view(name));
            state.schema.unmodelled.extend(views);
            state.residue.insert("table t".to_owned(), table.to_owned());
            state
                .residue
                .insert("table t: owner".to_owned(), table.to_owned());
            state
        };
        let found = state(&["a", "b"], "kind r, row security");
        let made = state(&["b"], "kind r");
        assert_eq!(
            left_out(&found, &made, Dialect::Postgres),
            [
                "view a",
                "what the catalog says of table `t`, `kind r, row security`: the baseline makes it `kind r`"
            ]
        );
        assert_eq!(
            left_out(&found, &found, Dialect::Postgres),
            Vec::<String>::new()
        );
    }
}
