//! A database as statements that make it again, and the names of what they do not make.

use std::collections::BTreeSet;

use limbeck_core::compare::{changes, fact};
use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Operation, fold};
use limbeck_core::plan::{
    MOST_STATEMENTS, Plan, PlanError, PlannedStatement, PlannedStep, StepMode, plan, plan_downgrade,
};
use limbeck_core::schema::{DefaultSchema, Schema, SettingKind, SqlObjectKind};
use limbeck_core::sql::quote_identifier;

use crate::inspect::{
    InspectError, InspectOptions, Residue, Snapshot, Supplements, snapshot, supplements,
};
use limbeck::connection::Connection;

/// All that was read of a database.
#[derive(Debug, Clone, Default)]
pub struct Whole {
    /// Its schema and residue.
    pub snapshot: Snapshot,
    /// What is beside the schema.
    pub supplements: Supplements,
}

/// What makes a database again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remake {
    /// The statements, in order.
    pub statements: Vec<String>,
    /// What they do not make, by name.
    pub left_out: BTreeSet<String>,
}

/// Turns off the check of functions in SQL, which may read what comes later (PostgreSQL manual,
/// section 20.11); a plan says so before each of them.
const UNCHECKED: &str = "SET LOCAL check_function_bodies = off";

/// Objects that nobody writes here, as the keys of a residue begin.
const UNWRITTEN: [&str; 15] = [
    "access method ",
    "cast ",
    "conversion ",
    "database",
    "foreign-data wrapper ",
    "language ",
    "operator ",
    "operator class ",
    "operator family ",
    "relation ",
    "server ",
    "subscription ",
    "text search ",
    "transform ",
    "user mapping ",
];

/// Reads all of a database.
///
/// # Errors
///
/// When the database does not answer, or holds a definition that is not understood.
pub async fn whole(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Whole, InspectError> {
    Ok(Whole {
        snapshot: snapshot(connection, options).await?,
        supplements: supplements(connection, options).await?,
    })
}

/// The statements that make a database on an empty one, and what they leave out. Names without a schema
/// are those of the default schema: the search path has to begin with it.
///
/// # Errors
///
/// An object cannot be spelled.
pub fn remake(whole: &Whole, dialect: Dialect) -> Result<Remake, PlanError> {
    let Snapshot { schema, residue } = &whole.snapshot;
    let mut made = schema.clone();
    let unwritten = schema.unwritten();
    made.sql_objects
        .retain(|object| !unwritten.contains(&object.key()));
    // An empty database has it.
    let usual = DefaultSchema::default();
    made.namespaces.remove(usual.name(dialect));
    let Ways { upgrade, .. } = ways(&made, &whole.supplements, dialect)?;
    let planned = upgrade.steps.into_iter().flat_map(|step| step.statements);
    let planned: Vec<String> = planned.map(|statement| statement.sql).collect();
    let mut statements = Vec::new();
    if !schema.default_schema.is_usual() {
        let name = quote_identifier(schema.default_schema.name(dialect), dialect);
        statements.push(format!("CREATE SCHEMA IF NOT EXISTS {name}"));
    }
    let first_unchecked = planned.iter().position(|statement| statement == UNCHECKED);
    for (place, statement) in planned.into_iter().enumerate() {
        if Some(place) == first_unchecked {
            statements.push("SET check_function_bodies = off".to_owned());
        } else if statement != UNCHECKED {
            statements.push(statement);
        }
    }
    if first_unchecked.is_some() {
        statements.push("RESET check_function_bodies".to_owned());
    }
    let mut left_out: BTreeSet<String> = unwritten.iter().map(ToString::to_string).collect();
    if dialect == Dialect::Postgres {
        let written: BTreeSet<&str> = whole
            .supplements
            .all()
            .map(|one| one.subject.as_str())
            .collect();
        let keys = residue.keys().filter(|key| {
            let subject = fact(key).map_or(key.as_str(), |(subject, _)| subject);
            !written.contains(subject) && is_unwritten(key, residue, schema)
        });
        left_out.extend(keys.map(|key| named(key).to_owned()));
    }
    Ok(Remake {
        statements,
        left_out,
    })
}

/// What makes a database, and what takes it away again.
pub(crate) struct Ways {
    pub(crate) operations: Vec<Operation>,
    pub(crate) upgrade: Plan,
    pub(crate) downgrade: Plan,
}

/// The ways to a database that can be written wholly, and back, with what is beside its schema.
pub(crate) fn ways(
    schema: &Schema,
    supplements: &Supplements,
    dialect: Dialect,
) -> Result<Ways, PlanError> {
    let mut state = Schema::default();
    let operations = changes(&state, schema, dialect);
    // Without anything to put between them, all are ordered at once.
    let is_whole = supplements.first.is_empty() && supplements.behind_functions.is_empty();
    let mut parts: [Vec<Operation>; 3] = Default::default();
    for operation in &operations {
        let place = if is_whole { 2 } else { place(operation) };
        parts[place].push(operation.clone());
    }
    let privileges = table_privileges(schema);
    let between = [
        &supplements.first,
        &supplements.behind_functions,
        &supplements.last,
    ];
    let mut upgrade = Plan::default();
    let mut back = Vec::new();
    for (place, (part, between)) in parts.iter().zip(between).enumerate() {
        let after = fold(part, state.clone(), dialect)?;
        append(&mut upgrade, plan(part, &state, dialect)?.steps);
        if place == 2 {
            append(&mut upgrade, step(privileges.iter().cloned()));
        }
        append(
            &mut upgrade,
            step(between.iter().map(|one| one.make.clone())),
        );
        let undo = step(between.iter().rev().filter_map(|one| one.undo.clone()));
        back.push((undo, plan_downgrade(part, &after, dialect)?));
        state = after;
    }
    let mut downgrade = Plan::default();
    for (undo, part) in back.into_iter().rev() {
        append(&mut downgrade, undo);
        append(&mut downgrade, part.steps);
        downgrade.irreversible = downgrade.irreversible.or(part.irreversible);
    }
    if downgrade.irreversible.is_some() {
        downgrade.steps.clear();
    }
    Ok(Ways {
        operations,
        upgrade,
        downgrade,
    })
}

/// Schemas come first; behind them what tables may stand on and stands on none; then the rest.
fn place(operation: &Operation) -> usize {
    match operation {
        Operation::Namespace(_) => 0,
        Operation::Enum(_) => 1,
        Operation::Sequence(op) => {
            let is_free = op.sides().to.is_some_and(|one| one.owned_by.is_none());
            if is_free { 1 } else { 2 }
        }
        // A partitioned table may reference an ordinary one.
        Operation::SqlObject(op) => {
            let object = op.subject();
            let is_foundation = !object.stands_on_tables() && !object.kind.is_relation();
            if is_foundation { 1 } else { 2 }
        }
        Operation::Table(_)
        | Operation::Column(_)
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_) => 2,
    }
}

/// Who owns ordinary tables, and who may do what with them.
fn table_privileges(schema: &Schema) -> Vec<String> {
    let privileges = schema.sql_objects.iter().filter(|object| {
        let table = object.table.as_ref();
        object.kind == SqlObjectKind::Privileges
            && table.is_some_and(|table| schema.tables.contains_key(table))
    });
    privileges
        .flat_map(|object| object.privileges.clone())
        .collect()
}

/// The statements as a step; none where there are none.
pub(crate) fn step(statements: impl Iterator<Item = String>) -> Vec<PlannedStep> {
    let statements: Vec<PlannedStatement> = statements
        .map(|sql| PlannedStatement {
            sql,
            hazards: Vec::new(),
        })
        .collect();
    let step = PlannedStep {
        mode: StepMode::Transaction,
        statements,
    };
    if step.statements.is_empty() {
        Vec::new()
    } else {
        vec![step]
    }
}

/// Adds steps at the end, in the last one's transaction where that has room.
pub(crate) fn append(plan: &mut Plan, steps: Vec<PlannedStep>) {
    for step in steps {
        match plan.steps.last_mut() {
            Some(last)
                if last.mode == StepMode::Transaction
                    && step.mode == StepMode::Transaction
                    && last.statements.len() + step.statements.len() <= MOST_STATEMENTS =>
            {
                last.statements.extend(step.statements);
            }
            _ => plan.steps.push(step),
        }
    }
}

/// Whether no statement makes what a key of a PostgreSQL residue tells. An object that is kept
/// as SQL tells it by itself.
fn is_unwritten(key: &str, residue: &Residue, schema: &Schema) -> bool {
    let (subject, fact) = fact(key).unwrap_or((key, ""));
    let is_base_type = || {
        let text = residue.get(subject).map_or("", String::as_str);
        subject.starts_with("type ") && (text.starts_with("kind b") || text.starts_with("kind p"))
    };
    UNWRITTEN.iter().any(|start| subject.starts_with(start))
        || ["tablespace", "triggers", "not null"].contains(&fact)
        || fact.starts_with("label for ")
        // A NOT NULL constraint, which is told of its column alone.
        || fact == "comment"
            && subject.starts_with("constraint on ")
            && !residue.contains_key(subject)
        || fact == "owner" && subject.starts_with("extension ")
        // What an extension or the server has made.
        || fact == "privileges" && subject.starts_with("function ") && !residue.contains_key(subject)
        || is_base_type()
        || is_attached_by_name(key, residue, schema)
}

/// An index of a partition is made with that of the whole table, under a name that the server gives:
/// the one of the table comes first in it. Where it can be told beforehand, the index is renamed.
fn is_attached_by_name(key: &str, residue: &Residue, schema: &Schema) -> bool {
    let Some(name) = key.strip_prefix("index ") else {
        return false;
    };
    let definition = residue.get(key).map_or("", String::as_str);
    let table = definition.split(" ON ").nth(1).unwrap_or_default();
    let table = table.split(" USING ").next().unwrap_or_default();
    let table = table.rsplit('.').next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    let renamed = format!(" RENAME TO {name}");
    let mut settings = schema.sql_objects.iter().flat_map(|one| &one.settings);
    let is_renamed =
        settings.any(|one| one.kind == SettingKind::IndexName && one.make.ends_with(&renamed));
    residue.contains_key(&format!("{key}: inherits"))
        && !is_renamed
        && !name
            .trim_matches('"')
            .starts_with(&format!("{}_", table.trim_matches('"')))
}

/// An object that is not made is named once, with all that is said about it.
fn named(key: &str) -> &str {
    let is_whole = UNWRITTEN.iter().any(|start| key.starts_with(start));
    match fact(key) {
        Some((subject, _)) if is_whole && subject != "database" => subject,
        _ => key,
    }
}
