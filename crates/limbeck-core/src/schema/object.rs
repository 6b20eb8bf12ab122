//! Names for anything an operation, an origin or a message can be about.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{QualifiedName, Schema, SqlObjectKey};

/// The identity of an object: what messages name and origins are filed under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// A schema.
    Namespace(String),
    /// An enum type.
    Enum(QualifiedName),
    /// A value of an enum type.
    EnumValue(QualifiedName, String),
    /// A sequence.
    Sequence(QualifiedName),
    /// A table.
    Table(QualifiedName),
    /// A column of a table.
    Column(QualifiedName, String),
    /// A constraint of a table.
    Constraint(QualifiedName, String),
    /// An index of a table.
    Index(QualifiedName, String),
    /// An object that models do not describe.
    SqlObject(Box<SqlObjectKey>),
}

impl Object {
    /// The table that the object is, or belongs to.
    pub fn table(&self) -> Option<&QualifiedName> {
        match self {
            Self::Table(table)
            | Self::Column(table, _)
            | Self::Constraint(table, _)
            | Self::Index(table, _) => Some(table),
            Self::SqlObject(key) => key.table.as_ref(),
            Self::Namespace(_) | Self::Enum(_) | Self::EnumValue(..) | Self::Sequence(_) => None,
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(name) => f.write_str(name),
            Self::Enum(name) | Self::Sequence(name) | Self::Table(name) => write!(f, "{name}"),
            Self::EnumValue(owner, name)
            | Self::Column(owner, name)
            | Self::Constraint(owner, name)
            | Self::Index(owner, name) => write!(f, "{owner}.{name}"),
            Self::SqlObject(key) => write!(f, "{}", key.name),
        }
    }
}

impl Schema {
    /// Whether the object is there.
    pub(crate) fn has(&self, object: &Object) -> bool {
        let table = |name: &QualifiedName| self.tables.get(name);
        match object {
            Object::Table(name) => table(name).is_some(),
            Object::Column(name, column) => {
                table(name).is_some_and(|table| table.column(column).is_some())
            }
            Object::Constraint(name, constraint) => {
                table(name).is_some_and(|table| table.constraints.contains_key(constraint))
            }
            Object::Index(name, index) => {
                table(name).is_some_and(|table| table.indexes.contains_key(index))
            }
            Object::Enum(name) | Object::EnumValue(name, _) => self.enums.contains_key(name),
            // A serial column's own sequence is not listed.
            Object::Sequence(_) | Object::Namespace(_) => true,
            Object::SqlObject(key) => self.sql_objects.iter().any(|one| one.key() == **key),
        }
    }
}
