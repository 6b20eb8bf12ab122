//! What a project on a database that is there leaves to others.

use limbeck_core::op::Operation;
use limbeck_core::schema::{Models, Object, QualifiedName, Schema, Table};
use limbeck_engine::autogenerate::Comparison;

use super::existing::Start;
use crate::command_error::CommandError;
use crate::neighbours::History;

/// A name for `[unmanaged]`.
#[derive(Debug)]
pub(super) struct ToOthers {
    /// The table, type or sequence.
    pub(super) name: String,
    /// Why.
    pub(super) reason: String,
}

impl ToOthers {
    /// The table of another tool.
    pub(super) fn history(history: &History) -> Self {
        Self {
            name: history.table.to_string(),
            reason: format!("the history of {}", history.of),
        }
    }
}

/// Parts what the entities of another library say otherwise, which a revision is to settle, from what the models
/// that are to be written cannot say.
pub(super) fn of_entities(
    start: &Start<'_>,
    operations: Vec<Operation>,
) -> (Vec<Operation>, Vec<Operation>) {
    let declared = &start.declared.schema;
    let in_part = |name: &QualifiedName| {
        let table = declared.tables.get(name);
        table.is_some_and(Table::is_in_part)
    };
    operations.into_iter().partition(|operation| {
        let object = operation.object();
        match &object {
            Object::Enum(name) | Object::EnumValue(name, _) => declared
                .users_of_enum(name)
                .any(|(table, _)| in_part(&table.name)),
            other => other.table().is_some_and(in_part),
        }
    })
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
                let reason = match (&start.place, operation) {
                    (None, Operation::Table(_) | Operation::Enum(_)) => {
                        "no model says it".to_owned()
                    }
                    (_, operation) => {
                        format!("as a model it would differ: {}", operation.describe())
                    }
                };
                left.push(ToOthers { name, reason });
            }
        }
    }
    Ok(())
}

/// A table whose model was just written, and that the scan does not see, would be left to others for ever.
pub(super) fn refuse_unseen(
    start: &Start<'_>,
    schema: &Schema,
    left: &[ToOthers],
    models: &Models,
) -> Result<(), CommandError> {
    // Without such a file the models are those of another library.
    let Some(place) = &start.place else {
        return Ok(());
    };
    let is_left = |name: &QualifiedName| left.iter().any(|one| one.name == name.to_string());
    let mut tables = schema.tables.keys().filter(|name| !is_left(name));
    let Some(unseen) = tables.find(|name| !models.schema.tables.contains_key(*name)) else {
        return Ok(());
    };
    let file = place.file.display();
    let text = format!("the model of `{unseen}` in {file} is not among those of the project");
    Err(CommandError::config(text)
        .hint("name a file of a package whose models count: --models PACKAGE/src/models.rs"))
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
