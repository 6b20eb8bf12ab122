//! Sequences.

use serde::{Deserialize, Serialize};

use super::{QualifiedName, Type};

/// A sequence that stands on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// `smallint`, `integer` or `bigint`.
    pub data_type: Type,
    /// Options that are not the default ones.
    pub options: SequenceOptions,
    /// OWNED BY table and column.
    pub owned_by: Option<(QualifiedName, String)>,
}

/// Options of a sequence; `None` is the server's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// START WITH.
    pub start: Option<i64>,
    /// INCREMENT BY.
    pub increment: Option<i64>,
    /// MINVALUE.
    pub min_value: Option<i64>,
    /// MAXVALUE.
    pub max_value: Option<i64>,
    /// CACHE.
    pub cache: Option<i64>,
    /// CYCLE.
    pub cycle: bool,
}
