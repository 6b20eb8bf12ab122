//! Indexes that no constraint owns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Expression;

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name; unique within the table's schema.
    pub name: String,
    /// UNIQUE.
    pub unique: bool,
    /// The access method where it is not `btree`.
    pub method: Option<String>,
    /// What is indexed, in order.
    pub keys: Vec<IndexKey>,
    /// INCLUDE columns.
    pub include: Vec<String>,
    /// WHERE.
    pub predicate: Option<Expression>,
    /// NULLS NOT DISTINCT, which PostgreSQL keeps of an index that is not unique, too.
    pub nulls_not_distinct: bool,
    /// Storage parameters: WITH (name = value).
    pub options: BTreeMap<String, String>,
    /// COMMENT ON INDEX.
    pub comment: Option<String>,
}

impl Index {
    /// A plain index on columns.
    pub fn on_columns<I, S>(name: impl Into<String>, columns: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self {
            name: name.into(),
            unique: false,
            method: None,
            keys: columns
                .into_iter()
                .map(|column| IndexKey::new(IndexTarget::Column(column.into())))
                .collect(),
            include: Vec::new(),
            predicate: None,
            nulls_not_distinct: false,
            options: BTreeMap::new(),
            comment: None,
        }
    }
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexKey {
    /// What is indexed.
    pub target: IndexTarget,
    /// ASC or DESC.
    pub order: Order,
    /// NULLS FIRST or LAST, where it is not the order's default (LAST for ASC, FIRST for DESC).
    pub nulls: Option<Nulls>,
    /// A collation other than the column's own.
    pub collation: Option<String>,
    /// An operator class other than the type's default, with its parameters.
    pub operator_class: Option<String>,
}

impl IndexKey {
    /// An ascending key.
    pub fn new(target: IndexTarget) -> Self {
        Self {
            target,
            order: Order::Ascending,
            nulls: None,
            collation: None,
            operator_class: None,
        }
    }
}

/// What an index key is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexTarget {
    /// A column.
    Column(String),
    /// An expression, without parentheses around it.
    Expression(Expression),
}

/// The order of an index key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// ASC.
    Ascending,
    /// DESC.
    Descending,
}

/// Where nulls stand in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nulls {
    /// NULLS FIRST.
    First,
    /// NULLS LAST.
    Last,
}
