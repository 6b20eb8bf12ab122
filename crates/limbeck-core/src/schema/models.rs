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

/// A kind of fact of which a source may not speak. What it says of the kind all the same counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Whether it is a table, or a view that is read as one.
    TableOrView,
    /// Column defaults.
    Defaults,
    /// Indexes that are not unique.
    Indexes,
    /// Unique constraints and unique indexes.
    Uniques,
    /// Check constraints.
    Checks,
    /// Exclusion constraints.
    Exclusions,
    /// Foreign keys.
    ForeignKeys,
    /// Comments on the table and its members.
    Comments,
    /// Collations of columns.
    Collations,
    /// Generated columns' expressions.
    Generated,
    /// Which mechanism numbers a column, and how.
    Identity,
    /// Table options and storage parameters.
    Options,
    /// Row security and the replica identity.
    RowSecurity,
    /// The order of an enum type's values.
    EnumOrder,
    /// Enum types: which there are, and their values.
    Enums,
    /// Whether a column of the primary key admits NULL, which SQLite lets it.
    KeyNulls,
}

impl FactKind {
    /// All that models of another library may leave to the database.
    pub const ALL: [Self; 16] = [
        Self::TableOrView,
        Self::Defaults,
        Self::Indexes,
        Self::Uniques,
        Self::Checks,
        Self::Exclusions,
        Self::ForeignKeys,
        Self::Comments,
        Self::Collations,
        Self::Generated,
        Self::Identity,
        Self::Options,
        Self::RowSecurity,
        Self::EnumOrder,
        Self::Enums,
        Self::KeyNulls,
    ];
}

/// What a source may not say of a constraint or an index that it declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberFact {
    /// What it is called.
    Name,
    /// What it says besides its columns: their order, whether an index or a constraint keeps them apart,
    /// INCLUDE, MATCH, when it is checked.
    Details,
    /// ON DELETE.
    OnDelete,
    /// ON UPDATE.
    OnUpdate,
    /// Whether a foreign key is there at all, where its columns are: what is said may be a way of joining.
    Presence,
}
