//! Sequences of PostgreSQL, on their own or behind a column.

use limbeck_core::schema::{OwnSequence, QualifiedName, Sequence, SequenceOptions};
use serde::Deserialize;

use super::Names;
use super::parse_type;

/// A row of `sequences.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct SequenceRow {
    schema: String,
    name: String,
    data_type: String,
    start: i64,
    increment: i64,
    min_value: i64,
    max_value: i64,
    cache: i64,
    cycle: bool,
    unlogged: bool,
    /// `i` for identity, `a` for OWNED BY.
    pub(super) ownership: Option<String>,
    pub(super) owner_oid: Option<i64>,
    pub(super) owner_column: Option<i64>,
    /// Whether it is told of its partitioned table that the sequence belongs to a column of it.
    pub(super) stands_apart: Option<bool>,
}

impl SequenceRow {
    /// Whether an identity column has made it.
    pub(super) fn is_identity(&self) -> bool {
        self.ownership.as_deref() == Some("i")
    }

    /// The sequence as an object of its own.
    pub(super) fn sequence(
        &self,
        owned_by: Option<(QualifiedName, String)>,
        names: &Names<'_>,
    ) -> Sequence {
        Sequence {
            name: names.qualified(&self.schema, &self.name),
            data_type: parse_type(&self.data_type),
            options: self.options(),
            owned_by,
            unlogged: self.unlogged,
        }
    }

    /// The sequence as that of a column.
    pub(super) fn own(&self) -> OwnSequence {
        OwnSequence {
            name: Some(self.name.clone()),
            data_type: Some(parse_type(&self.data_type)),
        }
    }

    /// Its options without those that CREATE SEQUENCE would choose by itself
    /// (PostgreSQL manual, CREATE SEQUENCE).
    pub(super) fn options(&self) -> SequenceOptions {
        SequenceOptions {
            start: Some(self.start),
            increment: Some(self.increment),
            min_value: Some(self.min_value),
            max_value: Some(self.max_value),
            cache: Some(self.cache),
            cycle: self.cycle,
        }
        .without_defaults(&parse_type(&self.data_type))
    }
}
