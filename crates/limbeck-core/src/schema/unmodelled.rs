//! Objects that models do not describe: views, functions, triggers and others that stand on tables
//! or under them. They are known well enough to be kept, and to be made again.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Object, QualifiedName, Schema};

/// An object as it was seen in a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmodelled {
    /// What it is.
    pub kind: UnmodelledKind,
    /// Its name. A function's is SQL, with the types of its arguments: `"Sum"(integer)`.
    pub name: QualifiedName,
    /// The table or view that it belongs to.
    pub table: Option<QualifiedName>,
    /// The statement that creates it, where it can be told.
    pub definition: Option<String>,
    /// What is set once it is created: its comment, a domain's constraints, a trigger's state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// Statements that give it its owner, where that is not who creates it, and its privileges. They
    /// are made again with it and compared only as part of the residue: two servers have roles of
    /// their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<String>,
    /// What it depends on: none of it can go or change its type under the object (PostgreSQL manual,
    /// section 5.14).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub uses: BTreeSet<Object>,
}

/// Something that is said about an object after its creation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// The statement that sets it.
    pub make: String,
    /// The statement that takes it back, where there is one.
    pub undo: Option<String>,
}

/// The identity of an [`Unmodelled`] object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnmodelledKey {
    /// What it is.
    pub kind: UnmodelledKind,
    /// The table or view that it belongs to.
    pub table: Option<QualifiedName>,
    /// Its name.
    pub name: QualifiedName,
}

impl fmt::Display for UnmodelledKey {
    /// `view active_tasks`, `trigger touch on tasks`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.noun())?;
        if self.kind != UnmodelledKind::Privileges {
            write!(f, " {}", self.name)?;
        }
        match &self.table {
            Some(table) => write!(f, " on {table}"),
            None => Ok(()),
        }
    }
}

impl Unmodelled {
    /// An object of which nothing more is known.
    pub fn new(kind: UnmodelledKind, name: QualifiedName) -> Self {
        Self {
            kind,
            name,
            table: None,
            definition: None,
            settings: Vec::new(),
            privileges: Vec::new(),
            uses: BTreeSet::new(),
        }
    }

    /// The definition without what is a matter of rows: whether a materialised view is filled.
    pub fn lasting_definition(&self) -> Option<&str> {
        let text = self.definition.as_deref()?;
        Some(text.strip_suffix("\nWITH NO DATA").unwrap_or(text))
    }

    /// What tells it from all others of its database.
    pub fn key(&self) -> UnmodelledKey {
        UnmodelledKey {
            kind: self.kind,
            table: self.table.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether it stands on tables, so that it is created after them and dropped before them. What
    /// does not, tables may stand on.
    pub fn stands_on_tables(&self) -> bool {
        let uses_relation = || {
            self.uses.iter().any(|object| match object {
                Object::Table(_) | Object::Column(..) | Object::Constraint(..) => true,
                Object::Unmodelled(key) => key.kind.is_relation(),
                Object::Namespace(_)
                | Object::Enum(_)
                | Object::EnumValue(..)
                | Object::Sequence(_)
                | Object::Index(..) => false,
            })
        };
        self.table.is_some()
            || match self.kind {
                UnmodelledKind::View
                | UnmodelledKind::MaterializedView
                | UnmodelledKind::Trigger
                | UnmodelledKind::Rule
                | UnmodelledKind::Policy
                | UnmodelledKind::Statistics
                | UnmodelledKind::InvalidIndex
                | UnmodelledKind::Publication
                | UnmodelledKind::EventTrigger
                | UnmodelledKind::Privileges => true,
                // An ordinary table may reference it.
                UnmodelledKind::Partition => false,
                UnmodelledKind::Function
                | UnmodelledKind::Domain
                | UnmodelledKind::CompositeType
                | UnmodelledKind::RangeType
                | UnmodelledKind::Extension
                | UnmodelledKind::InheritedTable
                | UnmodelledKind::ForeignTable
                | UnmodelledKind::VirtualTable => uses_relation(),
            }
    }
}

/// The kinds of object that models do not describe.
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
    /// The owner of a table, where that is not who creates it, and the privileges on it.
    Privileges,
}

impl Schema {
    /// The objects that no statement of ours creates, and all that stand on one of them.
    pub fn unwritten(&self) -> BTreeSet<UnmodelledKey> {
        let mut unwritten: BTreeSet<UnmodelledKey> = BTreeSet::new();
        loop {
            let found: BTreeSet<UnmodelledKey> = self
                .unmodelled
                .iter()
                .filter(|object| {
                    let stands_on_one = object.uses.iter().any(
                        |used| matches!(used, Object::Unmodelled(key) if unwritten.contains(key)),
                    );
                    object.definition.is_none() || !object.kind.is_written() || stands_on_one
                })
                .map(Unmodelled::key)
                .collect();
            if found == unwritten {
                return unwritten;
            }
            unwritten = found;
        }
    }
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
            Self::Privileges => "privileges",
        }
    }

    /// The noun as the end of `it is …`.
    pub fn with_article(self) -> String {
        let noun = self.noun();
        if matches!(self, Self::Statistics | Self::Privileges) {
            return noun.to_owned();
        }
        let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
            "an"
        } else {
            "a"
        };
        format!("{article} {noun}")
    }

    /// Whether it has columns that others can read.
    pub fn is_relation(self) -> bool {
        match self {
            Self::View
            | Self::MaterializedView
            | Self::Partition
            | Self::InheritedTable
            | Self::ForeignTable
            | Self::VirtualTable => true,
            Self::InvalidIndex
            | Self::Function
            | Self::Trigger
            | Self::Rule
            | Self::Policy
            | Self::Domain
            | Self::CompositeType
            | Self::RangeType
            | Self::Extension
            | Self::Statistics
            | Self::EventTrigger
            | Self::Publication
            | Self::Privileges => false,
        }
    }

    /// Whether columns can be of it.
    pub fn is_type(self) -> bool {
        matches!(self, Self::Domain | Self::CompositeType | Self::RangeType)
    }

    /// Whether a plan can create and drop it.
    pub fn is_written(self) -> bool {
        match self {
            Self::View
            | Self::MaterializedView
            | Self::Function
            | Self::Trigger
            | Self::Rule
            | Self::Policy
            | Self::VirtualTable
            | Self::Domain
            | Self::CompositeType
            | Self::RangeType
            | Self::Extension
            | Self::Partition
            | Self::Privileges
            | Self::Statistics => true,
            Self::InvalidIndex
            | Self::InheritedTable
            | Self::ForeignTable
            | Self::EventTrigger
            | Self::Publication => false,
        }
    }

    /// Whether rows are stored in it that nothing else has.
    pub fn holds_rows(self) -> bool {
        self.is_relation() && !matches!(self, Self::View | Self::MaterializedView)
    }

    /// Whether roles are given privileges on it.
    pub fn has_privileges(self) -> bool {
        self.is_relation() || self == Self::Function
    }

    /// Whether rows or the types of columns go with it.
    pub fn holds_data(self) -> bool {
        match self {
            Self::Partition
            | Self::InheritedTable
            | Self::ForeignTable
            | Self::VirtualTable
            | Self::Domain
            | Self::CompositeType
            | Self::RangeType
            | Self::Extension => true,
            Self::View
            | Self::MaterializedView
            | Self::InvalidIndex
            | Self::Function
            | Self::Trigger
            | Self::Rule
            | Self::Policy
            | Self::Statistics
            | Self::EventTrigger
            | Self::Publication
            | Self::Privileges => false,
        }
    }
}
