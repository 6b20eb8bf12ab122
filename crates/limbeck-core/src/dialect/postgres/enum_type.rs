//! Enum types in the SQL of PostgreSQL.

use super::types::name as type_name;
use super::{identifier, qualified};
use crate::dialect::Dialect;
use crate::op::EnumOp;
use crate::schema::{EnumType, Schema, Type};
use crate::sql::quote_literal;

pub(super) fn statements(op: &EnumOp, state: &Schema, target: &Schema) -> Vec<String> {
    match op {
        EnumOp::Create(enum_type) => {
            let mut statements = vec![create(enum_type)];
            statements.extend(super::comment::of_enum(enum_type));
            statements
        }
        EnumOp::Drop(enum_type) => vec![format!("DROP TYPE {}", qualified(&enum_type.name))],
        EnumOp::Rename { from, to } => {
            let mut statements = Vec::new();
            let mut name = from.clone();
            if from.schema != to.schema {
                statements.push(format!(
                    "ALTER TYPE {} SET SCHEMA {}",
                    qualified(&name),
                    identifier(state.default_schema.of(to, Dialect::Postgres))
                ));
                name.schema.clone_from(&to.schema);
            }
            if from.name != to.name {
                statements.push(format!(
                    "ALTER TYPE {} RENAME TO {}",
                    qualified(&name),
                    identifier(&to.name)
                ));
            }
            statements
        }
        EnumOp::Alter { from, to, renamed } => {
            let mut statements: Vec<String> = renamed
                .iter()
                .map(|(former, present)| {
                    format!(
                        "ALTER TYPE {} RENAME VALUE {} TO {}",
                        qualified(&from.name),
                        quote_literal(former),
                        quote_literal(present)
                    )
                })
                .collect();
            if op.keeps_values() {
                statements.extend(additions(&op.appended_values(), to));
            } else {
                statements.extend(rewrite(from, to, state, target));
            }
            statements
        }
    }
}

fn create(enum_type: &EnumType) -> String {
    let values: Vec<String> = enum_type
        .values
        .iter()
        .map(|value| quote_literal(value))
        .collect();
    format!(
        "CREATE TYPE {} AS ENUM ({})",
        qualified(&enum_type.name),
        values.join(", ")
    )
}

/// ADD VALUE statements. Each value stands behind the one before it, which is there by then.
fn additions(added: &[&str], to: &EnumType) -> Vec<String> {
    let is_added = |value: &String| added.contains(&value.as_str());
    let name = qualified(&to.name);
    let mut statements = Vec::new();
    let first = to.values.iter().find(|value| !is_added(value));
    for (place, value) in to.values.iter().enumerate() {
        if !is_added(value) {
            continue;
        }
        let before = place.checked_sub(1).map(|place| &to.values[place]);
        let position = match (before, first) {
            (Some(before), _) if !to.values[place..].iter().all(is_added) => {
                format!(" AFTER {}", quote_literal(before))
            }
            (None, Some(first)) => format!(" BEFORE {}", quote_literal(first)),
            _ => String::new(),
        };
        statements.push(format!(
            "ALTER TYPE {name} ADD VALUE {}{position}",
            quote_literal(value)
        ));
    }
    statements
}

/// A value cannot be taken out of a type, nor moved (PostgreSQL manual, ALTER TYPE), so another
/// type takes its place.
fn rewrite(from: &EnumType, to: &EnumType, state: &Schema, target: &Schema) -> Vec<String> {
    let former = from.name.sibling(crate::schema::naming::cut(&format!(
        "limbeck_former_{}",
        from.name.name
    )));
    let mut statements = vec![
        format!(
            "ALTER TYPE {} RENAME TO {}",
            qualified(&from.name),
            identifier(&former.name)
        ),
        create(to),
    ];
    for (table, column) in state.users_of_enum(&from.name) {
        let table_name = qualified(&table.name);
        let name = identifier(&column.name);
        let alter = format!("ALTER TABLE {table_name} ALTER COLUMN {name}");
        if column.default.is_some() {
            statements.push(format!("{alter} DROP DEFAULT"));
        }
        let data_type = type_name(&column.data_type);
        let text = if matches!(column.data_type, Type::Array(_)) {
            "text[]"
        } else {
            "text"
        };
        statements.push(format!(
            "{alter} TYPE {data_type} USING {name}::{text}::{data_type}"
        ));
        // Another default is set by an operation of its own; this one may name a value that is gone.
        let kept = target.tables.get(&table.name);
        let kept = kept.and_then(|table| table.column(&column.name));
        if let Some(default) = &column.default
            && kept.is_some_and(|kept| kept.default.as_ref() == Some(default))
        {
            statements.push(format!("{alter} SET DEFAULT {default}"));
        }
    }
    statements.push(format!("DROP TYPE {}", qualified(&former)));
    statements.extend(super::comment::of_enum(&EnumType {
        comment: from.comment.clone(),
        ..to.clone()
    }));
    statements
}
