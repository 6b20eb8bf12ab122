//! Comments.

use super::{identifier, qualified};
use crate::op::CommentOp;
use crate::schema::{Column, Constraint, EnumType, Index, Object, QualifiedName, Table};
use crate::sql::quote_literal;

pub(super) fn statements(op: &CommentOp) -> Vec<String> {
    vec![comment_on(&op.object, op.to.as_deref())]
}

pub(super) fn of_enum(enum_type: &EnumType) -> Option<String> {
    let comment = enum_type.comment.as_deref()?;
    Some(comment_on(
        &Object::Enum(enum_type.name.clone()),
        Some(comment),
    ))
}

pub(super) fn of_column(table: &QualifiedName, column: &Column) -> Option<String> {
    let comment = column.comment.as_deref()?;
    let object = Object::Column(table.clone(), column.name.clone());
    Some(comment_on(&object, Some(comment)))
}

pub(super) fn of_constraint(table: &QualifiedName, constraint: &Constraint) -> Option<String> {
    let comment = constraint.comment.as_deref()?;
    let object = Object::Constraint(table.clone(), constraint.name.clone());
    Some(comment_on(&object, Some(comment)))
}

pub(super) fn of_index(table: &QualifiedName, index: &Index) -> Option<String> {
    let comment = index.comment.as_deref()?;
    let object = Object::Index(table.clone(), index.name.clone());
    Some(comment_on(&object, Some(comment)))
}

/// The comments on a new table and its members.
pub(super) fn of_table(table: &Table) -> Vec<String> {
    let mut statements = Vec::new();
    if let Some(comment) = &table.comment {
        statements.push(comment_on(
            &Object::Table(table.name.clone()),
            Some(comment),
        ));
    }
    let columns = table.columns.iter();
    statements.extend(columns.filter_map(|one| of_column(&table.name, one)));
    let constraints = table.constraints.values();
    statements.extend(constraints.filter_map(|one| of_constraint(&table.name, one)));
    let indexes = table.indexes.values();
    statements.extend(indexes.filter_map(|one| of_index(&table.name, one)));
    statements
}

fn comment_on(object: &Object, comment: Option<&str>) -> String {
    let what = match object {
        Object::Namespace(name) => format!("SCHEMA {}", identifier(name)),
        Object::Enum(name) | Object::EnumValue(name, _) => format!("TYPE {}", qualified(name)),
        Object::Sequence(name) => format!("SEQUENCE {}", qualified(name)),
        Object::Table(name) => format!("TABLE {}", qualified(name)),
        Object::Column(table, name) => format!("COLUMN {}.{}", qualified(table), identifier(name)),
        Object::Constraint(table, name) => {
            format!("CONSTRAINT {} ON {}", identifier(name), qualified(table))
        }
        Object::Index(table, name) => format!("INDEX {}", qualified(&table.sibling(name))),
        Object::SqlObject(key) => format!(
            "{} {}",
            key.kind.noun().to_uppercase(),
            qualified(&key.name)
        ),
    };
    let text = comment.map_or_else(|| "NULL".to_owned(), quote_literal);
    format!("COMMENT ON {what} IS {text}")
}
