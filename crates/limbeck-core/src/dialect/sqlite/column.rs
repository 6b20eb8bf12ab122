//! Columns in the SQL of SQLite, and which of them need no rebuild of their table.

use super::{default, enum_type, identifier};
use crate::dialect::Dialect;
use crate::op::ColumnOp;
use crate::schema::{Column, Constraint, ConstraintKind, PrimaryKey, Schema, Table, Type};

/// A column as CREATE TABLE and ADD COLUMN spell it.
///
/// `key` is its AUTOINCREMENT key, which must be declared here and not with
/// the table's constraints (sqlite.org/autoinc.html).
pub(super) fn definition(
    column: &Column,
    schema: &Schema,
    key: Option<(&Constraint, &PrimaryKey)>,
) -> String {
    let Column {
        name,
        data_type,
        nullable,
        not_null_conflict,
        default,
        generated,
        collation,
        identity: _,
        comment: _,
        declared: _,
    } = column;
    let mut words = vec![identifier(name)];
    if matches!(data_type, Type::Enum(_)) {
        words.push("TEXT".to_owned());
    } else if *data_type != Type::Sql(String::new()) {
        words.push(data_type.to_string());
    }
    if let Some((constraint, key)) = key {
        // It is compared without its name.
        if !constraint.unnamed.0 {
            words.push(format!("CONSTRAINT {}", identifier(&constraint.name)));
        }
        words.push(format!(
            "PRIMARY KEY{} AUTOINCREMENT",
            super::constraint::conflict(key.on_conflict.as_ref())
        ));
    }
    if !nullable {
        let conflict = super::constraint::conflict(not_null_conflict.as_ref());
        words.push(format!("NOT NULL{conflict}"));
    }
    if let Some(collation) = collation {
        words.push(format!("COLLATE {}", identifier(collation)));
    }
    if let Some(default) = default {
        words.push(format!("DEFAULT {}", default::clause(default)));
    }
    if let Some(generated) = generated {
        let storage = if generated.stored {
            "STORED"
        } else {
            "VIRTUAL"
        };
        words.push(format!(
            "GENERATED ALWAYS AS ({}) {storage}",
            generated.expression
        ));
    }
    if let Type::Enum(of) = data_type
        && let Some(enum_type) = schema.enums.get(of)
    {
        words.push(enum_type::check(name, enum_type));
    }
    words.join(" ")
}

/// Whether ADD COLUMN can make the column (sqlite.org/lang_altertable.html, section 4).
pub(super) fn can_be_added(op: &ColumnOp) -> bool {
    let ColumnOp::Add { column, fill, .. } = op else {
        return false;
    };
    let constant = column.default.as_ref().is_none_or(default::is_lasting);
    fill.is_none()
        && constant
        && column.identity.is_none()
        && column.fills_itself()
        && column
            .generated
            .as_ref()
            .is_none_or(|generated| !generated.stored)
}

/// Whether DROP COLUMN can drop the column of `table`, which has lost by then the members that
/// the same revision drops.
pub(super) fn can_be_dropped(table: &Table, schema: &Schema, column: &str) -> bool {
    let mut members = table.members();
    let is_used = members.any(|member| member.uses(column, Dialect::Sqlite));
    let referenced = schema.referencing(&table.name).any(|(_, constraint)| {
        matches!(&constraint.kind, ConstraintKind::ForeignKey(key)
            if key.referenced_columns.iter().any(|name| name == column))
    });
    !(is_used || referenced)
}
