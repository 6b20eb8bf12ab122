//! Sequences of PostgreSQL, on their own or behind a column.

use limbeck_core::schema::naming::serial_sequence;
use limbeck_core::schema::{
    Column, Identity, IdentityKind, QualifiedName, Sequence, SequenceOptions, Table, Type,
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
        let (smallest, largest) = match parse_type(&self.data_type) {
            Type::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Type::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let ascending = self.increment > 0;
        let (default_min, default_max, default_start) = if ascending {
            (1, largest, self.min_value)
        } else {
            (smallest, -1, self.max_value)
        };
        let unless = |value: i64, default: i64| (value != default).then_some(value);
        SequenceOptions {
            start: unless(self.start, default_start),
            increment: unless(self.increment, 1),
            min_value: unless(self.min_value, default_min),
            max_value: unless(self.max_value, default_max),
            cache: unless(self.cache, 1),
            cycle: self.cycle,
        }
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
