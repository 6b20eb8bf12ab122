//! Text that a change makes invalid although the server reports no error.
//!
//! To PostgreSQL the body of a function is a string. To SQLite a value of an enum in a view or trigger is one. Neither is
//! changed when something that it names gets another name.

use crate::dialect::Dialect;
use crate::op::{ColumnOp, EnumOp, Hazard, HazardCode, Operation, TableOp};
use crate::schema::{Object, QualifiedName, Schema, SqlObject, SqlObjectKind};
use crate::sql;

/// The objects of `state` whose text names what the operation renames or takes away.
pub(super) fn hazards(operation: &Operation, state: &Schema, dialect: Dialect) -> Vec<Hazard> {
    state
        .sql_objects
        .iter()
        .filter(|object| is_text(object, dialect))
        .filter_map(|object| {
            let word = named(operation, object, state, dialect)?;
            Some(Hazard::new(
                HazardCode::BreaksClients,
                Object::SqlObject(Box::new(object.key())),
                format!("its text says {word}"),
            ))
        })
        .collect()
}

fn is_text(object: &SqlObject, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => {
            let body = object.definition.as_deref().unwrap_or_default();
            let is_parsed = ["\nBEGIN ATOMIC", "\nRETURN "]
                .iter()
                .any(|word| body.contains(word));
            object.kind == SqlObjectKind::Function && !is_parsed
                || object.kind == SqlObjectKind::Trigger
        }
        Dialect::Sqlite => {
            matches!(object.kind, SqlObjectKind::View | SqlObjectKind::Trigger)
        }
    }
}

/// The word of the object's text that has no sense any more.
fn named(
    operation: &Operation,
    object: &SqlObject,
    state: &Schema,
    dialect: Dialect,
) -> Option<String> {
    let text = object.definition.as_deref()?;
    let says = |word: &str| sql::has_word(text, word).then(|| word.to_owned());
    let of_table =
        |table: &QualifiedName| says(&table.name).is_some() || is_called_for(object, table, state);
    match operation {
        // SQLite changes the text itself, or the change is refused.
        Operation::Table(_) | Operation::Column(_) if dialect == Dialect::Sqlite => None,
        Operation::Table(TableOp::Rename { from, .. }) => says(&from.name),
        Operation::Table(TableOp::Drop(table)) => says(&table.name.name),
        Operation::Column(ColumnOp::Rename { table, from, .. }) if of_table(table) => says(from),
        Operation::Column(ColumnOp::Drop { table, column, .. }) if of_table(table) => {
            says(&column.name)
        }
        Operation::Enum(op @ EnumOp::Alter { renamed, .. }) => {
            let renamed = renamed.iter().map(|(from, _)| from.as_str());
            let gone = op.removed_values();
            renamed
                .chain(gone.iter().map(AsRef::as_ref))
                .find_map(|value| {
                    text.contains(&sql::quote_literal(value))
                        .then(|| value.to_owned())
                })
        }
        Operation::Enum(EnumOp::Rename { from, .. }) if dialect == Dialect::Postgres => {
            says(&from.name)
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(_)
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => None,
    }
}

/// Whether a trigger of the table calls the function, which says NEW and OLD for its rows.
fn is_called_for(function: &SqlObject, table: &QualifiedName, state: &Schema) -> bool {
    let function = Object::SqlObject(Box::new(function.key()));
    state.sql_objects.iter().any(|object| {
        object.kind == SqlObjectKind::Trigger
            && object.table.as_ref() == Some(table)
            && object.uses.contains(&function)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, EnumType, Table, Type};

    fn sql_objects(kind: SqlObjectKind, name: &str, definition: &str) -> SqlObject {
        SqlObject {
            definition: Some(definition.to_owned()),
            ..SqlObject::new(kind, QualifiedName::new(name))
        }
    }

    #[test]
    fn text_that_names_what_goes_is_found() {
        let table = QualifiedName::new("tasks");
        let function = sql_objects(
            SqlObjectKind::Function,
            "touch()",
            "CREATE FUNCTION touch() AS $$ NEW.text := 'todo' $$",
        );
        let mut trigger = sql_objects(SqlObjectKind::Trigger, "touch", "CREATE TRIGGER touch …");
        trigger.table = Some(table.clone());
        trigger
            .uses
            .insert(Object::SqlObject(Box::new(function.key())));
        let mut state = Schema::default();
        state.sql_objects.extend([function.clone(), trigger]);
        state.sql_objects.insert(sql_objects(
            SqlObjectKind::View,
            "todos",
            "CREATE VIEW todos AS SELECT text FROM tasks WHERE status = 'todo'",
        ));
        let rename = |table: &QualifiedName, from: &str| {
            Operation::Column(ColumnOp::Rename {
                table: table.clone(),
                from: from.to_owned(),
                to: "title".to_owned(),
            })
        };
        let values = |values: &[&str]| EnumType {
            name: QualifiedName::new("status"),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            comment: None,
        };
        let renamed_value = Operation::Enum(EnumOp::Alter {
            from: values(&["todo"]),
            to: values(&["open"]),
            renamed: vec![("todo".to_owned(), "open".to_owned())],
        });
        let other = QualifiedName::new("users");
        let dropped = Operation::Table(TableOp::Drop(Table::new(table.clone())));
        let column = Operation::Column(ColumnOp::Drop {
            table: table.clone(),
            column: Column::new("text", Type::Text),
            fill: None,
        });
        use Dialect::{Postgres, Sqlite};
        for (operation, dialect, expected) in [
            (rename(&table, "text"), Postgres, &["touch()"][..]),
            (rename(&table, "tex"), Postgres, &[]),
            (rename(&other, "text"), Postgres, &[]),
            (rename(&table, "text"), Sqlite, &[]),
            (column, Postgres, &["touch()"]),
            (dropped, Postgres, &[]),
            (renamed_value.clone(), Postgres, &["touch()"]),
            (renamed_value, Sqlite, &["todos"]),
        ] {
            let found = hazards(&operation, &state, dialect);
            let found: Vec<String> = found.iter().map(|one| one.object.to_string()).collect();
            assert_eq!(found, expected, "{} on {dialect}", operation.describe());
        }
    }
}
