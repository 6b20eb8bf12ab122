//! What comments announce must be about something that is there.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Section};
use limbeck_core::schema::{QualifiedName, Schema};
use limbeck_core::sql::effect::{Effect, readings, same_name};

use super::ProofError;

/// Refuses a `-- loses:` that names neither a table or column of these schemas nor one that the
/// section makes on its way.
pub(super) fn check(
    schemas: &[&Schema],
    direction: Direction,
    section: &Section,
    dialect: Dialect,
) -> Result<(), ProofError> {
    let made: Vec<QualifiedName> = section
        .effects(dialect)
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::CreateTable(table, _) | Effect::RenameTable(_, table) => Some(table),
            _ => None,
        })
        .collect();
    let is_there = |object: &String| {
        readings(object, dialect)
            .into_iter()
            .into_iter()
            .any(|(table, column)| {
                made.iter().any(|one| one.name == table.name)
                    || schemas
                        .iter()
                        .any(|schema| has(schema, &table, column.as_deref(), dialect))
            })
            || schemas.iter().any(|schema| {
                schema
                    .sql_objects
                    .iter()
                    .any(|one| one.key().to_string() == *object)
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
    match (schema.table_named(table, dialect), column) {
        (Some(table), Some(column)) => table
            .columns
            .iter()
            .any(|one| same_name(&one.name, column, dialect)),
        (Some(_), None) => true,
        (None, _) => {
            let lookup = schema.lookup(dialect);
            schema
                .sql_objects
                .iter()
                .any(|one| lookup.key(&one.name) == lookup.key(table))
        }
    }
}
