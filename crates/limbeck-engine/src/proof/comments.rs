//! What comments announce must be about something that is there.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Section};
use limbeck_core::schema::{QualifiedName, Schema};
use limbeck_core::sql::effect::{Effect, readings};

use super::ProofError;

/// Refuses a `-- loses:` that names neither a table or column of these schemas nor one that the
/// section makes on its way.
pub(super) fn check(
    schemas: &[&Schema],
    direction: Direction,
    section: &Section,
    dialect: Dialect,
) -> Result<(), ProofError> {
    let effects = section.effects(dialect).into_iter();
    let made: Vec<QualifiedName> = effects
        .filter_map(|effect| match effect {
            Effect::CreateTable(table) | Effect::RenameTable(_, table) => Some(table),
            _ => None,
        })
        .collect();
    let is_there = |object: &String| {
        let readings = readings(object, dialect).into_iter();
        readings.into_iter().any(|(table, column)| {
            made.iter().any(|one| one.name == table.name)
                || schemas
                    .iter()
                    .any(|schema| has(schema, &table, column.as_deref(), dialect))
        }) || schemas.iter().any(|schema| {
            let mut unmodelled = schema.unmodelled.iter();
            unmodelled.any(|one| one.key().to_string() == *object)
        })
    };
    let mut losses = section.announced(dialect).losses.into_iter();
    match losses.find(|object| !is_there(object)) {
        None => Ok(()),
        Some(object) => Err(ProofError::NothingOfThatName {
            direction,
            comment: format!("loses: {object}"),
        }),
    }
}

/// Whether a schema has a table, or a column of it, under a name as comments write it. What columns an
/// object has that models do not describe is not known.
fn has(schema: &Schema, table: &QualifiedName, column: Option<&str>, dialect: Dialect) -> bool {
    let (default, is_same): (_, fn(&str, &str) -> bool) = match dialect {
        Dialect::Postgres => ("public", |one, other| one == other),
        Dialect::Sqlite => ("main", |one, other| one.eq_ignore_ascii_case(other)),
    };
    let within = table.schema.as_deref().filter(|one| *one != default);
    let is_it =
        |name: &QualifiedName| is_same(&name.name, &table.name) && name.schema.as_deref() == within;
    let found = schema.tables.values().find(|one| is_it(&one.name));
    match (found, column) {
        (Some(table), Some(column)) => table.columns.iter().any(|one| is_same(&one.name, column)),
        (Some(_), None) => true,
        (None, _) => schema.unmodelled.iter().any(|one| is_it(&one.name)),
    }
}
