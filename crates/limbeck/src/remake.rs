//! A database as statements that make it again, and the names of what they do not make.

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::plan::{PlanError, plan};
use limbeck_core::schema::{Schema, UnmodelledKind};

use crate::connection::Connection;
use crate::inspect::{
    InspectError, InspectOptions, Residue, Snapshot, Supplements, fact, quoted_title, snapshot,
    supplements,
};
use crate::proof::changes;

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

/// The statements that make a database on an empty one, and what they leave out.
///
/// # Errors
///
/// An object cannot be spelled.
pub fn remake(whole: &Whole, dialect: Dialect) -> Result<Remake, PlanError> {
    let Snapshot { schema, residue } = &whole.snapshot;
    let mut made = schema.clone();
    let unwritten = schema.unwritten();
    made.unmodelled
        .retain(|object| !unwritten.contains(&object.key()));
    let planned = planned(&made, dialect)?;
    let is_foundation = |statement: &String| statement.starts_with("CREATE SCHEMA ");
    let (foundations, others): (Vec<String>, Vec<String>) =
        planned.into_iter().partition(is_foundation);
    let mut statements = foundations;
    statements.extend(whole.supplements.first.iter().cloned());
    let is_unchecked = others.iter().any(|statement| statement == UNCHECKED);
    if is_unchecked {
        statements.push("SET check_function_bodies = off".to_owned());
    }
    let others = others.into_iter();
    statements.extend(others.filter(|statement| statement != UNCHECKED));
    if is_unchecked {
        statements.push("RESET check_function_bodies".to_owned());
    }
    let privileges = made.unmodelled.iter();
    let privileges = privileges.filter(|object| {
        let table = object.table.as_ref();
        object.kind == UnmodelledKind::Privileges
            && table.is_some_and(|table| made.tables.contains_key(table))
    });
    statements.extend(privileges.flat_map(|object| object.privileges.clone()));
    statements.extend(whole.supplements.last.iter().cloned());
    let mut left_out: BTreeSet<String> = unwritten.iter().map(ToString::to_string).collect();
    if dialect == Dialect::Postgres {
        let keys = residue
            .keys()
            .filter(|key| is_unwritten(key, residue, schema));
        left_out.extend(keys.map(|key| named(key).to_owned()));
    }
    Ok(Remake {
        statements,
        left_out,
    })
}

fn planned(schema: &Schema, dialect: Dialect) -> Result<Vec<String>, PlanError> {
    let empty = Schema::default();
    let operations = changes(&empty, schema, dialect);
    let plan = plan(&operations, &empty, dialect)?;
    let statements = plan.steps.into_iter().flat_map(|step| step.statements);
    Ok(statements.map(|statement| statement.sql).collect())
}

/// Whether no statement makes what a key of a PostgreSQL residue tells. What is unmodelled tells it
/// by itself.
fn is_unwritten(key: &str, residue: &Residue, schema: &Schema) -> bool {
    let (subject, fact) = fact(key).unwrap_or((key, ""));
    let is_base_type = || {
        let text = residue.get(subject).map_or("", String::as_str);
        subject.starts_with("type ") && (text.starts_with("kind b") || text.starts_with("kind p"))
    };
    UNWRITTEN.iter().any(|start| subject.starts_with(start))
        || ["tablespace", "triggers", "not null"].contains(&fact)
        || fact.starts_with("label for ")
        || fact == "owner" && subject.starts_with("extension ")
        // What an extension or the server has made.
        || fact == "privileges" && subject.starts_with("function ") && !residue.contains_key(subject)
        || is_base_type()
        || is_attached_by_name(key, residue)
        || is_behind_partition(key, residue, schema)
}

/// An index of a partition is made with that of the whole table, under a name that the server gives:
/// the one of the table comes first in it.
fn is_attached_by_name(key: &str, residue: &Residue) -> bool {
    let Some(name) = key.strip_prefix("index ") else {
        return false;
    };
    let definition = residue.get(key).map_or("", String::as_str);
    let table = definition.split(" ON ").nth(1).unwrap_or_default();
    let table = table.split(" USING ").next().unwrap_or_default();
    let table = table.rsplit('.').next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    residue.contains_key(&format!("{key}: inherits"))
        && !name
            .trim_matches('"')
            .starts_with(&format!("{}_", table.trim_matches('"')))
}

/// The sequence of a column of a partitioned table is made with it where `serial` makes it.
fn is_behind_partition(key: &str, residue: &Residue, schema: &Schema) -> bool {
    let (Some(name), Some(text)) = (key.strip_prefix("sequence "), residue.get(key)) else {
        return false;
    };
    let Some((_, column)) = text.split_once(" owned by ") else {
        return false;
    };
    let usual = format!("{}_seq", column.replace('.', "_").replace('"', ""));
    schema.unmodelled.iter().any(|object| {
        object.kind == UnmodelledKind::Partition
            && column.starts_with(&format!("{}.", quoted_title(&object.name)))
            && name.replace('"', "").replace('.', "_") != usual
    })
}

/// An object that is not made is named once, with all that is said about it.
fn named(key: &str) -> &str {
    let is_whole = UNWRITTEN.iter().any(|start| key.starts_with(start));
    match fact(key) {
        Some((subject, _)) if is_whole && subject != "database" => subject,
        _ => key,
    }
}
