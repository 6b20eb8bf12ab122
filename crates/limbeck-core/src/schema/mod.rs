//! What a database looks like: plain, ordered, serialisable values with public fields.
//!
//! Not here: how two schemas are compared (`diff`), or how one is spelled in SQL (`dialect`).

mod column;
mod constraint;
mod distance;
mod enum_type;
mod expression;
mod index;
mod member;
mod models;
mod name;
pub mod naming;
mod object;
mod sequence;
mod sql_object;
mod table;
mod types;
pub mod unnamed;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::sql::effect::Lookup;

pub use self::column::{Binding, Column, Declared, Generated, Identity, IdentityKind, OwnSequence};
pub use self::constraint::{
    Action, Check, Constraint, ConstraintKind, Deferrable, Exclusion, ForeignKey, MatchType,
    PrimaryKey, Unique, Unnamed,
};
pub use self::distance::distance;
pub use self::enum_type::EnumType;
pub use self::expression::Expression;
pub use self::index::{Index, IndexKey, IndexTarget, Nulls, Order};
pub use self::member::{Member, Word, WordMut};
pub use self::models::{FactKind, MemberFact, Models, Origin, RenamedFrom};
pub use self::name::{DefaultSchema, QualifiedName};
pub use self::object::Object;
pub use self::sequence::{Sequence, SequenceOptions};
pub use self::sql_object::{
    DropForm, Setting, SettingKind, SqlObject, SqlObjectKey, SqlObjectKind,
};
pub(crate) use self::table::is_not_null;
pub use self::table::{ReplicaIdentity, RowSecurity, Table, TableOptions};
pub use self::types::Type;

/// A whole database as Limbeck sees it.
///
/// The same type serves models and databases. Types and expressions are portable until
/// `dialect::lower` spells them for one database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The schema that names say nothing of.
    #[serde(default, skip_serializing_if = "DefaultSchema::is_usual")]
    pub default_schema: DefaultSchema,
    /// Schemas (PostgreSQL namespaces) other than the default one.
    pub namespaces: BTreeSet<String>,
    /// Enum types. On SQLite an enum is spelled as a CHECK that bears its name.
    pub enums: BTreeMap<QualifiedName, EnumType>,
    /// Sequences that no identity or serial column owns.
    pub sequences: BTreeMap<QualifiedName, Sequence>,
    /// Ordinary tables.
    pub tables: BTreeMap<QualifiedName, Table>,
    /// Objects that models do not describe.
    pub sql_objects: BTreeSet<SqlObject>,
}

impl Schema {
    /// How names that somebody writes lead to what is in it.
    pub fn lookup(&self, dialect: Dialect) -> Lookup {
        Lookup::without(self.default_schema.name(dialect), dialect)
    }

    /// The table that somebody means by a name.
    pub fn table_named(&self, written: &QualifiedName, dialect: Dialect) -> Option<&Table> {
        let lookup = self.lookup(dialect);
        let written = lookup.key(written);
        self.tables
            .values()
            .find(|table| lookup.key(&table.name) == written)
    }

    /// Tables that have a foreign key to `table`, itself excluded.
    pub fn referencing<'a>(
        &'a self,
        table: &'a QualifiedName,
    ) -> impl Iterator<Item = (&'a Table, &'a Constraint)> {
        self.tables
            .values()
            .filter(move |other| other.name != *table)
            .flat_map(move |other| {
                other
                    .foreign_keys()
                    .filter(move |(_, key)| key.references == *table)
                    .map(move |(constraint, _)| (other, constraint))
            })
    }

    /// Every column whose type is the enum `name`, or an array of it.
    pub fn users_of_enum<'a>(
        &'a self,
        name: &'a QualifiedName,
    ) -> impl Iterator<Item = (&'a Table, &'a Column)> {
        self.tables.values().flat_map(move |table| {
            table
                .columns
                .iter()
                .filter(move |column| column.data_type.enum_name() == Some(name))
                .map(move |column| (table, column))
        })
    }
}
