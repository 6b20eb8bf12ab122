//! What a table is: its members by name, and its options.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::sql::{self, conjuncts, quoted};

use super::{
    Column, Constraint, ConstraintKind, FactKind, ForeignKey, Index, MemberFact, PrimaryKey,
    QualifiedName,
};

/// A table with its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: QualifiedName,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its constraints by name.
    pub constraints: BTreeMap<String, Constraint>,
    /// Its indexes by name, those that a constraint owns excluded.
    pub indexes: BTreeMap<String, Index>,
    /// COMMENT ON TABLE.
    pub comment: Option<String>,
    /// What CREATE TABLE says besides members.
    pub options: TableOptions,
    /// Facts of which the source does not speak. They are taken over from the state that the
    /// source is compared with, so this is empty in every inspected schema.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsaid: BTreeSet<FactKind>,
    /// The same of single constraints and indexes, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unsaid_of: BTreeMap<String, BTreeSet<MemberFact>>,
    /// Columns of which the source does not speak, on purpose.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsaid_columns: BTreeSet<String>,
    /// The names that a key has in databases, by the one that it is declared under: what bears one is that key,
    /// whatever its columns were.
    #[serde(skip)]
    pub known_as: BTreeMap<String, BTreeSet<String>>,
}

/// Options of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableOptions {
    /// STRICT (SQLite).
    pub strict: bool,
    /// WITHOUT ROWID (SQLite).
    pub without_rowid: bool,
    /// UNLOGGED (PostgreSQL).
    pub unlogged: bool,
    /// Storage parameters: WITH (name = value) (PostgreSQL).
    pub parameters: BTreeMap<String, String>,
    /// ROW LEVEL SECURITY (PostgreSQL).
    #[serde(default, skip_serializing_if = "is_default")]
    pub row_security: RowSecurity,
    /// REPLICA IDENTITY (PostgreSQL).
    #[serde(default, skip_serializing_if = "is_default")]
    pub replica_identity: ReplicaIdentity,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether policies restrict a table's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct RowSecurity {
    /// ENABLE ROW LEVEL SECURITY.
    pub enabled: bool,
    /// FORCE ROW LEVEL SECURITY: for the table's owner, too.
    pub forced: bool,
}

/// How logical replication names a row that is changed or deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// By its primary key.
    #[default]
    Default,
    /// Not at all.
    Nothing,
    /// By the whole row.
    Full,
    /// By the columns of a unique index.
    Index(String),
}

/// Whether an expression says that a column is not NULL, and nothing else.
pub(crate) fn is_not_null(expression: &str, column: &str, dialect: Dialect) -> bool {
    let said = format!("{} IS NOT NULL", quoted(column));
    sql::same(expression, &said, dialect)
}

impl Table {
    /// A table without members.
    pub fn new(name: QualifiedName) -> Self {
        Self {
            name,
            columns: Vec::new(),
            constraints: BTreeMap::new(),
            indexes: BTreeMap::new(),
            comment: None,
            options: TableOptions::default(),
            unsaid: BTreeSet::new(),
            unsaid_of: BTreeMap::new(),
            unsaid_columns: BTreeSet::new(),
            known_as: BTreeMap::new(),
        }
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column called `name`, to be changed.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
    }

    /// Whether its source says all that there is to say.
    pub fn is_whole(&self) -> bool {
        self.unsaid.is_empty() && self.unsaid_of.is_empty() && self.unsaid_columns.is_empty()
    }

    /// Whether its source leaves to the database what it does not say, as entities of other libraries do.
    pub fn is_in_part(&self) -> bool {
        self.unsaid.contains(&FactKind::Defaults)
    }

    /// Whether no row can hold NULL in a column: it is NOT NULL, or a check says so that all satisfy.
    pub fn refuses_null(&self, column: &str, dialect: Dialect) -> bool {
        let by_itself = self.column(column).is_some_and(|one| !one.nullable);
        by_itself
            || self.constraints.values().any(|constraint| {
                let ConstraintKind::Check(check) = &constraint.kind else {
                    return false;
                };
                let mut parts = conjuncts(&check.expression.0, dialect).into_iter();
                check.validated && parts.any(|part| is_not_null(part, column, dialect))
            })
    }

    /// The primary key and its name.
    pub fn primary_key(&self) -> Option<(&Constraint, &PrimaryKey)> {
        self.constraints.values().find_map(|constraint| {
            let ConstraintKind::PrimaryKey(key) = &constraint.kind else {
                return None;
            };
            Some((constraint, key))
        })
    }

    /// The foreign keys, by name.
    pub fn foreign_keys(&self) -> impl Iterator<Item = (&Constraint, &ForeignKey)> {
        self.constraints.values().filter_map(|constraint| {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                return None;
            };
            Some((constraint, key))
        })
    }

    /// Adds a constraint under its name; returns the one that stood there.
    pub fn add_constraint(&mut self, constraint: Constraint) -> Option<Constraint> {
        self.constraints.insert(constraint.name.clone(), constraint)
    }

    /// Adds an index under its name; returns the one that stood there.
    pub fn add_index(&mut self, index: Index) -> Option<Index> {
        self.indexes.insert(index.name.clone(), index)
    }
}
