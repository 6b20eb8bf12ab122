//! What a project on a database that is there leaves to others.

use limbeck::autogenerate::Comparison;
use limbeck::baseline::Baseline;
use limbeck_core::schema::{Models, Object, QualifiedName, Schema};

use super::existing::Start;
use crate::command_error::CommandError;

/// A name for `[unmanaged]`.
#[derive(Debug)]
pub(super) struct ToOthers {
    /// The table, type or sequence.
    pub(super) name: String,
    /// Why.
    pub(super) reason: String,
}

/// Tables in which other tools keep what they have run.
pub(super) const HISTORIES: [(&str, &str); 9] = [
    ("__diesel_schema_migrations", "Diesel"),
    ("_prisma_migrations", "Prisma"),
    ("_sqlx_migrations", "sqlx"),
    ("alembic_version", "Alembic"),
    ("django_migrations", "Django"),
    ("flyway_schema_history", "Flyway"),
    ("goose_db_version", "goose"),
    ("refinery_schema_history", "refinery"),
    ("seaql_migrations", "SeaORM"),
];

/// The histories of other tools, as far as the configuration does not leave them out by itself.
pub(super) fn histories(start: &Start<'_>, baseline: &Baseline) -> Vec<ToOthers> {
    let own = start.workspace.unmanaged();
    let reason = |table: &QualifiedName| {
        let tool = HISTORIES.iter().find(|(name, _)| *name == table.name);
        tool.map(|(_, tool)| format!("the history of {tool}"))
    };
    let tables = baseline.unmanaged.iter().filter_map(|object| match object {
        Object::Table(table) if !own.contains(table) => Some(ToOthers {
            name: table.to_string(),
            reason: reason(table)?,
        }),
        _ => None,
    });
    tables.collect()
}

/// Leaves to others what the models cannot say: they speak of a table or a type wholly, or not at all.
pub(super) fn leave(
    start: &Start<'_>,
    schema: &Schema,
    comparison: &Comparison,
    models: &Models,
    left: &mut Vec<ToOthers>,
) -> Result<(), CommandError> {
    for operation in &comparison.operations {
        let object = operation.object();
        let owner = match &object {
            Object::Enum(name) | Object::EnumValue(name, _) | Object::Sequence(name) => Some(name),
            other => other.table(),
        };
        let is_declared = owner.is_some_and(|name| start.declared.schema.tables.contains_key(name));
        let Some(owner) = owner.filter(|_| !is_declared) else {
            return Err(differ(comparison, models));
        };
        let mut names = vec![owner];
        names.extend(schema.sequences.values().filter_map(|sequence| {
            let of = sequence.owned_by.as_ref().map(|(table, _)| table);
            (of == Some(owner)).then_some(&sequence.name)
        }));
        for name in names {
            let name = name.to_string();
            if !left.iter().any(|one| one.name == name) {
                let reason = format!("as a model it would differ: {}", operation.describe());
                left.push(ToOthers { name, reason });
            }
        }
    }
    Ok(())
}

/// Models that were there say otherwise.
pub(super) fn differ(comparison: &Comparison, models: &Models) -> CommandError {
    let mut error = CommandError::usage("the models of the project differ from the database");
    for operation in &comparison.operations {
        let origin = models.origin(&operation.object());
        let origin = origin.map_or(String::new(), |origin| format!("{origin}: "));
        error = error.cause(format!("{origin}{}", operation.describe()));
    }
    error.hint("make them say what the database holds; what is to change is the next revision's")
}
