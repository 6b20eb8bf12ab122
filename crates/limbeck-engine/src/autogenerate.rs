//! From models and revisions to the next revision.
//!
//! Models and answers are arguments: nothing is scanned, asked or printed here.

use std::collections::BTreeSet;
use std::sync::Arc;

use limbeck_core::dialect::postgres::extension;
use limbeck_core::dialect::postgres::version::{Need, needs, too_new};
use limbeck_core::dialect::{Dialect, LowerError, lower};
use limbeck_core::diff::{
    Decisions, Undecided, acting_hints, after_renames, diff, inherit, keep_validated, spent_hints,
};
use limbeck_core::normalise::in_declared_words;
use limbeck_core::op::{Hazard, Mismatch, Operation, fold};
use limbeck_core::plan::{Plan, PlanError, plan, plan_downgrade};
use limbeck_core::revision::{self, Direction, RevisionId, Section};
use limbeck_core::schema::{
    IdentityKind, Models, Object, QualifiedName, RenamedFrom, Schema, UnmodelledKind,
};

use crate::ask::AskError;
use crate::proof::{Claim, Proof, ProofError, prove};
use crate::rows::announce;
use crate::spelling::spell;
use crate::state::{Bench, State, StateError};
use limbeck::folder::Folder;

/// What the models leave to others: names, with `*` for any characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unmanaged {
    /// The patterns, over names as messages show them.
    pub patterns: Vec<String>,
}

impl Unmanaged {
    /// Whether a pattern fits the name.
    #[must_use]
    pub fn contains(&self, name: &QualifiedName) -> bool {
        let name = name.to_string();
        self.patterns.iter().any(|pattern| fits(pattern, &name))
    }

    /// Takes what is unmanaged out of a schema, and names it.
    pub fn take_out(&self, schema: &mut Schema) -> BTreeSet<Object> {
        let mut taken = BTreeSet::new();
        schema.tables.retain(|name, _| {
            self.contains(name)
                .then(|| taken.insert(Object::Table(name.clone())))
                .is_none()
        });
        schema.enums.retain(|name, _| {
            self.contains(name)
                .then(|| taken.insert(Object::Enum(name.clone())))
                .is_none()
        });
        schema.sequences.retain(|name, _| {
            self.contains(name)
                .then(|| taken.insert(Object::Sequence(name.clone())))
                .is_none()
        });
        schema.unmodelled.retain(|object| {
            let is_others = object.kind.holds_rows() && self.contains(&object.name);
            is_others
                .then(|| taken.insert(Object::Unmodelled(Box::new(object.key()))))
                .is_none()
        });
        taken
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            name.char_indices()
                .map(|(place, _)| place)
                .chain([name.len()])
                .any(|place| fits(rest, &name[place..]))
        }),
    }
}

/// Why there is no revision.
#[derive(Debug, thiserror::Error)]
pub enum AutogenerateError {
    /// The models say what the dialect does not have.
    #[error("the models cannot be written for {dialect}")]
    Lower {
        /// The dialect.
        dialect: Dialect,
        /// What it does not have.
        errors: Vec<LowerError>,
    },
    /// The models say what the server is too old for.
    #[error("{server} is too old for the models")]
    TooOld {
        /// The server, as messages name it.
        server: String,
        /// What it does not have.
        needs: Vec<Need>,
    },
    /// A foreign key references a table that nobody makes.
    #[error(
        "foreign key `{constraint}` references table `{table}`, which no model, revision or prelude makes"
    )]
    MissingTable {
        /// The foreign key, behind its table: `tasks.tasks_user_id_fkey`.
        constraint: String,
        /// The table.
        table: QualifiedName,
    },
    /// A foreign key references a column that its table does not have.
    #[error("foreign key `{constraint}` references `{column}`, and `{table}` has no such column")]
    MissingColumn {
        /// The foreign key, behind its table: `tasks.tasks_user_id_fkey`.
        constraint: String,
        /// The table.
        table: QualifiedName,
        /// The column.
        column: String,
    },
    /// A model describes a partitioned table, which is made by hand.
    #[error("`{table}` is a partitioned table in the revisions, which no model describes")]
    Partitioned {
        /// The table.
        table: QualifiedName,
    },
    /// Questions are open.
    #[error("undecided")]
    Undecided(Vec<Undecided>),
    /// The state of the revisions cannot be told.
    #[error(transparent)]
    State(#[from] StateError),
    /// The server refuses a declaration.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The dialect cannot make a change.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The revision does not do what it should.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl From<Mismatch> for AutogenerateError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Plan(PlanError::Mismatch(mismatch))
    }
}

/// Where the revisions are, and what the comparison may do.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// The revisions.
    pub folder: &'a Folder,
    /// The revisions that the next one builds on.
    pub parents: &'a [RevisionId],
    /// What the models leave to others.
    pub unmanaged: &'a Unmanaged,
}

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
/// [`AutogenerateError::Undecided`] holds the questions that `decisions` leave open.
pub async fn compare(
    bench: &mut Bench,
    project: Project<'_>,
    models: &Models,
    decisions: &Decisions,
) -> Result<Comparison, AutogenerateError> {
    let dialect = bench.dialect();
    let lowered = lower(&models.schema, dialect)
        .map_err(|errors| AutogenerateError::Lower { dialect, errors })?;
    if let Some((server, needs)) = older_than(bench, &lowered).await? {
        return Err(AutogenerateError::TooOld { server, needs });
    }
    let state = bench.state(project.folder, project.parents).await?;
    let mut before = state.schema.clone();
    let unmanaged = project.unmanaged.take_out(&mut before);
    let lowered = without_partitioned(lowered, &state, project.unmanaged)?;
    let mut decisions = decisions.clone();
    decisions
        .renames
        .extend(acting_hints(&models.renamed_from).cloned());
    let renamed = after_renames(&before, &lowered, &decisions, dialect);
    let mut declared = inherit(&lowered, &renamed);
    leave_what_models_do_not_say(&mut declared, &renamed, &state.prelude);
    keep_extensions(&mut declared, &renamed, &state.prelude, dialect);
    check_references(&declared, &before, &state, &unmanaged)?;

    let (before, mut target) = spell(bench, project, &state, before, &declared).await?;
    let renamed = after_renames(&before, &target, &decisions, dialect);
    keep_validated(&mut target, &renamed);
    let operations =
        diff(&before, &target, &decisions, dialect).map_err(AutogenerateError::Undecided)?;
    let target = fold(&operations, before.clone(), dialect)?;
    Ok(Comparison {
        operations: in_declared_words(operations, &declared),
        spent: spent_hints(&before, &models.renamed_from)
            .into_iter()
            .cloned()
            .collect(),
        state,
        before,
        target,
        unmanaged,
    })
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
) -> Result<Option<Generated>, AutogenerateError> {
    if comparison.operations.is_empty() {
        return Ok(None);
    }
    let dialect = bench.dialect();
    let before = comparison.before.clone();
    let after = fold(&comparison.operations, before.clone(), dialect)?;
    let upgrade = plan(&comparison.operations, &before, dialect)?;
    let downgrade = plan_downgrade(&comparison.operations, &after, dialect)?;
    let hazards = hazards(&upgrade);
    let upgrade = revision::section(&upgrade);
    let downgrade = revision::section(&downgrade);
    let fixtures = project.folder.fixtures(id, dialect);
    let claim = Claim {
        before: &comparison.state,
        upgrade: &upgrade,
        downgrade: &downgrade,
        target: Some(&comparison.target),
        file: None,
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

/// What a schema needs and the server does not have, which the server itself would call an error of
/// syntax; with the server's name.
pub(crate) async fn older_than(
    bench: &mut Bench,
    lowered: &Schema,
) -> Result<Option<(String, Vec<Need>)>, StateError> {
    if bench.dialect() == Dialect::Sqlite || needs(lowered).is_empty() {
        return Ok(None);
    }
    let needs = match bench.server_version().await? {
        Some(version) => too_new(lowered, version),
        None => Vec::new(),
    };
    if needs.is_empty() {
        return Ok(None);
    }
    Ok(Some((bench.server().await?, needs)))
}

/// Models cannot declare views, functions and the like, and an extension that nobody declares any more
/// stays, too; one that is there is not created again.
pub(crate) fn keep_extensions(
    declared: &mut Schema,
    before: &Schema,
    prelude: &Schema,
    dialect: Dialect,
) {
    declared.unmodelled = match dialect {
        Dialect::Postgres => &before.unmodelled | &extension::missing(declared, &[before, prelude]),
        Dialect::Sqlite => before.unmodelled.clone(),
    };
}

/// Models cannot declare schemas by themselves, and revisions make sequences by hand, so those that
/// are there stay; what the prelude makes is there already. Nor do they say what the sequence behind
/// a column is called.
pub(crate) fn leave_what_models_do_not_say(
    declared: &mut Schema,
    before: &Schema,
    prelude: &Schema,
) {
    declared
        .namespaces
        .retain(|name| !prelude.namespaces.contains(name));
    declared
        .namespaces
        .extend(before.namespaces.iter().cloned());
    declared
        .sequences
        .retain(|name, _| !prelude.sequences.contains_key(name));
    for table in declared.tables.values_mut() {
        let Some(from) = before.tables.get(&table.name) else {
            continue;
        };
        for column in &mut table.columns {
            let from = from.column(&column.name);
            let from = from.and_then(|from| from.identity.as_ref());
            if let (Some(identity), Some(from)) = (&mut column.identity, from)
                && identity.sequence.is_usual()
                && (identity.kind == IdentityKind::Serial) == (from.kind == IdentityKind::Serial)
            {
                identity.sequence.clone_from(&from.sequence);
            }
        }
    }
    let behind_columns: BTreeSet<QualifiedName> = declared
        .tables
        .values()
        .flat_map(|table| {
            let numbered = table.columns.iter().filter_map(|column| {
                let identity = column.identity.as_ref()?;
                Some(identity.sequence_name(&table.name, &column.name))
            });
            numbered.collect::<Vec<_>>()
        })
        .collect();
    for (name, sequence) in &before.sequences {
        if behind_columns.contains(name) {
            continue;
        }
        let goes = sequence.owned_by.as_ref().is_some_and(|(table, column)| {
            let table = declared.tables.get(table);
            let column = table.and_then(|table| table.column(column));
            column.is_none_or(|column| column.default.is_none())
        });
        if !goes {
            let declared = declared.sequences.entry(name.clone());
            declared.or_insert_with(|| sequence.clone());
        }
    }
}

/// The models without the partitioned tables that are left to others.
fn without_partitioned(
    mut lowered: Schema,
    state: &State,
    unmanaged: &Unmanaged,
) -> Result<Schema, AutogenerateError> {
    let objects = state.schema.unmodelled.iter();
    let objects = objects.chain(&state.prelude.unmodelled);
    for object in objects.filter(|one| one.kind == UnmodelledKind::Partition) {
        if !lowered.tables.contains_key(&object.name) {
            continue;
        }
        if !unmanaged.contains(&object.name) {
            return Err(AutogenerateError::Partitioned {
                table: object.name.clone(),
            });
        }
        lowered.tables.remove(&object.name);
    }
    Ok(lowered)
}

fn check_references(
    declared: &Schema,
    before: &Schema,
    state: &State,
    unmanaged: &BTreeSet<Object>,
) -> Result<(), AutogenerateError> {
    let is_there = |name: &QualifiedName| {
        let partitioned = |schema: &Schema| {
            schema
                .unmodelled
                .iter()
                .any(|one| one.kind == UnmodelledKind::Partition && one.name == *name)
        };
        declared.tables.contains_key(name)
            || before.tables.contains_key(name)
            || state.prelude.tables.contains_key(name)
            || unmanaged.contains(&Object::Table(name.clone()))
            || partitioned(&state.schema)
            || partitioned(&state.prelude)
    };
    for table in declared.tables.values() {
        for (constraint, key) in table.foreign_keys() {
            let named = || format!("{}.{}", table.name, constraint.name);
            if !is_there(&key.references) {
                return Err(AutogenerateError::MissingTable {
                    constraint: named(),
                    table: key.references.clone(),
                });
            }
            let schemas = [declared, before, &state.prelude];
            let referenced = schemas
                .iter()
                .find_map(|schema| schema.tables.get(&key.references));
            let mut columns = key.referenced_columns.iter();
            if let Some(referenced) = referenced
                && let Some(column) = columns.find(|column| referenced.column(column).is_none())
            {
                return Err(AutogenerateError::MissingColumn {
                    constraint: named(),
                    table: key.references.clone(),
                    column: column.clone(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name, expected) in [
            ("legacy", "legacy", true),
            ("legacy", "legacy_users", false),
            ("legacy_*", "legacy_users", true),
            ("auth.*", "auth.users", true),
            ("*_old", "a_old", true),
            ("*_old", "a_older", false),
            ("*", "x", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
