//! Enum types of PostgreSQL.

use limbeck_core::schema::EnumType;
use serde::Deserialize;

use super::Names;

/// A row of `enums.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct EnumRow {
    schema: String,
    name: String,
    values: Vec<String>,
    comment: Option<String>,
}

/// The enum type of a row.
pub(super) fn enum_type(row: EnumRow, names: &Names<'_>) -> EnumType {
    EnumType {
        name: names.qualified(&row.schema, &row.name),
        values: row.values,
        comment: row.comment,
    }
}
