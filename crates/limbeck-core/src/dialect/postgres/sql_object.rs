//! Views, functions, triggers and others that models do not describe.

use super::{identifier, qualified};
use crate::dialect::RenderError;
use crate::op::SqlObjectOp;
use crate::op::composite::{self, AttributeChange};
use crate::op::partition::{self, ColumnChange};
use crate::schema::{
    DropForm, Object, QualifiedName, Schema, Setting, SettingKind, SqlObject, SqlObjectKind,
};

pub(super) fn statements(op: &SqlObjectOp, state: &Schema) -> Result<Vec<String>, RenderError> {
    match op {
        SqlObjectOp::Create(object) if goes_with_table(object) => Ok(object.privileges.clone()),
        SqlObjectOp::Drop(object) if goes_with_table(object) => Ok(Vec::new()),
        SqlObjectOp::Create(object) => create(object),
        SqlObjectOp::Drop(object) | SqlObjectOp::SetAside(object) => {
            let mut statements = released(object, state);
            statements.push(drop(object)?);
            Ok(statements)
        }
        SqlObjectOp::Alter { from, to } => alter(from, to),
    }
}

fn goes_with_table(object: &SqlObject) -> bool {
    object.kind.drop_form() == DropForm::WithTable
}

/// A sequence that belongs to a column would go with its table, and is an object of its own here; unless
/// it belongs to another one by now.
fn released(object: &SqlObject, state: &Schema) -> Vec<String> {
    let is_release = |setting: &&Setting| setting.kind == SettingKind::Ownership;
    let others = state
        .sql_objects
        .iter()
        .filter(|other| other.key() != object.key());
    let others: Vec<&Setting> = others.flat_map(|other| &other.settings).collect();
    let settings = object.settings.iter().filter(is_release);
    settings
        .filter(|one| !others.iter().any(|other| other.undo == one.undo))
        .filter_map(|one| one.undo.clone())
        .collect()
}

fn create(object: &SqlObject) -> Result<Vec<String>, RenderError> {
    // What cannot be dropped by a statement of ours could not be undone.
    drop(object)?;
    let Some(definition) = &object.definition else {
        return Err(refused(object, "what creates it cannot be told"));
    };
    let settings = object.settings.iter().map(|setting| setting.make.clone());
    Ok(written(definition)
        .into_iter()
        .chain(settings)
        .chain(object.privileges.iter().cloned())
        .collect())
}

/// The body of a function in SQL is checked when it is created, and may read what comes later
/// (PostgreSQL manual, section 20.11, `check_function_bodies`).
fn written(definition: &str) -> Vec<String> {
    let (head, _) = definition.split_once("\nAS ").unwrap_or_default();
    let unchecked = head.contains("\n LANGUAGE sql");
    let off = unchecked.then(|| "SET LOCAL check_function_bodies = off".to_owned());
    off.into_iter().chain([definition.to_owned()]).collect()
}

fn drop(object: &SqlObject) -> Result<String, RenderError> {
    match (object.kind.drop_form(), &object.table) {
        (DropForm::Named(word), _) => Ok(format!("DROP {word} {}", qualified(&object.name))),
        (DropForm::Routine, _) => Ok(format!("DROP ROUTINE {}", routine(&object.name))),
        (DropForm::OfTable(word), Some(table)) => Ok(format!(
            "DROP {word} {} ON {}",
            identifier(&object.name.name),
            qualified(table)
        )),
        (DropForm::OfTable(_), None) => Err(refused(object, "its table cannot be told")),
        (DropForm::WithTable | DropForm::Unwritten, _) => Err(refused(
            object,
            "Limbeck does not write it; write the change by hand",
        )),
    }
}

/// A function's name is SQL already.
fn routine(name: &QualifiedName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", identifier(schema), name.name),
        None => name.name.clone(),
    }
}

fn alter(from: &SqlObject, to: &SqlObject) -> Result<Vec<String>, RenderError> {
    let mut statements = Vec::new();
    let gone = |settings: &[Setting], others: &[Setting]| -> Vec<Setting> {
        settings
            .iter()
            .filter(|one| !others.contains(one))
            .cloned()
            .collect()
    };
    for setting in gone(&from.settings, &to.settings).iter().rev() {
        statements.extend(setting.undo.clone());
    }
    if let Some(changes) = composite::changes(from, to) {
        statements.extend(attributes(to, &changes));
    } else if let Some(changes) = partition::changes(from, to) {
        let table = qualified(&to.name);
        statements.extend(changes.iter().map(|change| match change {
            ColumnChange::Add(definition) => format!("ALTER TABLE {table} ADD COLUMN {definition}"),
            ColumnChange::Drop(column) => {
                format!("ALTER TABLE {table} DROP COLUMN {}", identifier(column))
            }
        }));
    } else if to.kind == SqlObjectKind::CompositeType {
        return Err(RenderError::NoWay {
            object: Object::SqlObject(Box::new(to.key())),
            reason: "an attribute of a composite type in use comes behind all others (PostgreSQL manual, ALTER TYPE)".to_owned(),
        });
    } else if from.lasting_definition() != to.lasting_definition() {
        let definition = to.definition.as_ref();
        let Some(definition) = definition.filter(|_| to.kind == SqlObjectKind::Function) else {
            return Err(refused(
                to,
                "Limbeck does not change its definition; write the change by hand",
            ));
        };
        statements.extend(written(definition));
    }
    let new = gone(&to.settings, &from.settings);
    statements.extend(new.into_iter().map(|setting| setting.make));
    if statements.is_empty() {
        return Err(refused(to, "there is no way back to its former state"));
    }
    Ok(statements)
}

/// CASCADE reaches the tables that are of the type.
fn attributes(object: &SqlObject, changes: &[AttributeChange]) -> Vec<String> {
    let name = qualified(&object.name);
    let changes = changes.iter().map(|change| match change {
        AttributeChange::Add(definition) => format!("ADD ATTRIBUTE {definition}"),
        AttributeChange::Drop(attribute) => format!("DROP ATTRIBUTE {attribute}"),
        AttributeChange::Retype(attribute, data_type) => {
            format!("ALTER ATTRIBUTE {attribute} TYPE {data_type}")
        }
    });
    changes
        .map(|change| format!("ALTER TYPE {name} {change} CASCADE"))
        .collect()
}

fn refused(object: &SqlObject, reason: &str) -> RenderError {
    let reason = format!("it is {}: {reason}", object.kind.with_article());
    RenderError::refused(Object::SqlObject(Box::new(object.key())), reason)
}
