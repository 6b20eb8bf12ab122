//! Names for anything an operation, an origin or a message can be about.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::QualifiedName;

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
}

impl Object {
    /// The table that the object is, or belongs to.
    pub fn table(&self) -> Option<&QualifiedName> {
        match self {
            Self::Table(table)
            | Self::Column(table, _)
            | Self::Constraint(table, _)
            | Self::Index(table, _) => Some(table),
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
        }
    }
}

/// An object that was seen in a database and is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmodelled {
    /// What it is.
    pub kind: UnmodelledKind,
    /// Its name, with arguments for a function.
    pub name: QualifiedName,
    /// The table that it belongs to.
    pub table: Option<QualifiedName>,
    /// The statement that creates it, where the server tells it.
    pub definition: Option<String>,
}

/// The kinds of object that are kept as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmodelledKind {
    /// An index whose CREATE INDEX CONCURRENTLY failed.
    InvalidIndex,
    /// A view.
    View,
    /// A materialised view.
    MaterializedView,
    /// A function, procedure or aggregate.
    Function,
    /// A trigger.
    Trigger,
    /// A rewrite rule.
    Rule,
    /// A row security policy.
    Policy,
    /// A partitioned table, or a partition.
    Partition,
    /// A table that inherits from another.
    InheritedTable,
    /// A foreign table.
    ForeignTable,
    /// A virtual table (SQLite).
    VirtualTable,
    /// A domain.
    Domain,
    /// A composite type.
    CompositeType,
    /// A range type.
    RangeType,
    /// An extension.
    Extension,
    /// Extended statistics.
    Statistics,
    /// An event trigger.
    EventTrigger,
    /// A publication.
    Publication,
}

impl UnmodelledKind {
    /// What SQL calls it, in lower case.
    pub fn noun(self) -> &'static str {
        match self {
            Self::InvalidIndex => "invalid index",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Function => "function",
            Self::Trigger => "trigger",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Partition => "partitioned table",
            Self::InheritedTable => "inherited table",
            Self::ForeignTable => "foreign table",
            Self::VirtualTable => "virtual table",
            Self::Domain => "domain",
            Self::CompositeType => "composite type",
            Self::RangeType => "range type",
            Self::Extension => "extension",
            Self::Statistics => "statistics",
            Self::EventTrigger => "event trigger",
            Self::Publication => "publication",
        }
    }
}
