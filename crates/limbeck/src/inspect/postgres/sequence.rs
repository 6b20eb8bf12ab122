//! Sequences of PostgreSQL, on their own or behind a column.

use limbeck_core::schema::naming::serial_sequence;
use limbeck_core::schema::{
    Column, Identity, IdentityKind, QualifiedName, Sequence, SequenceOptions, Table,
};
use serde::Deserialize;

use super::types::parse_type;
use super::{Names, expression};

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
    /// The default that `serial` would have written.
    next_value: String,
    /// `i` for identity, `a` for OWNED BY.
    pub(super) ownership: Option<String>,
    pub(super) owner_oid: Option<i64>,
    pub(super) owner_column: Option<i64>,
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

    /// Whether `serial` would have made this sequence for the column.
    fn is_serial_of(&self, table: &Table, column: &Column, names: &Names<'_>) -> bool {
        names.qualified(&self.schema, &self.name)
            == table
                .name
                .sibling(serial_sequence(&table.name.name, &column.name))
            && parse_type(&self.data_type) == column.data_type
            && column.default == Some(expression(&self.next_value))
    }
}

/// Makes the owning column a serial one, where `serial` is what its owner, default and name say.
pub(super) fn adopt_serial(
    row: &SequenceRow,
    table: &mut Table,
    column: &str,
    names: &Names<'_>,
) -> bool {
    let is_serial = table
        .column(column)
        .is_some_and(|column| row.is_serial_of(table, column, names));
    if let (true, Some(column)) = (is_serial, table.column_mut(column)) {
        column.default = None;
        column.identity = Some(Identity {
            kind: IdentityKind::Serial,
            options: row.options(),
        });
    }
    is_serial
}
