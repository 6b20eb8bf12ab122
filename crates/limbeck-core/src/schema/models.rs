//! What a source of models says: a schema, where each object stands, and hints.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Object, QualifiedName, Schema};

/// Models as read from Rust source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Models {
    /// The tables and enum types, with portable types.
    pub schema: Schema,
    /// Where each object is declared.
    pub origins: BTreeMap<Object, Origin>,
    /// The `renamed_from` attributes.
    pub renamed_from: Vec<RenamedFrom>,
}

impl Models {
    /// Where `object` is declared; a member without an origin of its own stands where its table does.
    pub fn origin(&self, object: &Object) -> Option<&Origin> {
        self.origins.get(object).or_else(|| {
            let table = object.table()?;
            self.origins.get(&Object::Table(table.clone()))
        })
    }
}

/// A place in Rust source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The file, relative to the project's folder where it lies within.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The Rust path: `Task` for a struct, `Task::title` for a field.
    pub path: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A `renamed_from` attribute: acts only while `from` is in the state and the object is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RenamedFrom {
    /// A table, by its former name.
    Table {
        /// The former name.
        from: QualifiedName,
        /// The declared name.
        to: QualifiedName,
    },
    /// An enum type, by its former name.
    Enum {
        /// The former name.
        from: QualifiedName,
        /// The declared name.
        to: QualifiedName,
    },
    /// A sequence, by its former name.
    Sequence {
        /// The former name.
        from: QualifiedName,
        /// The declared name.
        to: QualifiedName,
    },
    /// A column.
    Column {
        /// The table's declared name.
        table: QualifiedName,
        /// The former name.
        from: String,
        /// The declared name.
        to: String,
    },
    /// A value of an enum type.
    EnumValue {
        /// The enum's declared name.
        enum_type: QualifiedName,
        /// The former value.
        from: String,
        /// The declared value.
        to: String,
    },
}

/// A kind of fact of which a source may not speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Column defaults.
    Defaults,
    /// Indexes that are not unique.
    Indexes,
    /// Check constraints.
    Checks,
    /// Exclusion constraints.
    Exclusions,
    /// Comments on the table and its members.
    Comments,
    /// Collations of columns.
    Collations,
    /// Generated columns' expressions.
    Generated,
    /// Options of the sequences behind identity and serial columns.
    IdentityOptions,
    /// Table options and storage parameters.
    Options,
    /// Row security and the replica identity.
    RowSecurity,
}
