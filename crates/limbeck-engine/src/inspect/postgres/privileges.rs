//! Privileges on ordinary tables.

use limbeck_core::schema::{Unmodelled, UnmodelledKind};
use serde::Deserialize;

use super::Names;

/// A row of `privileges.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct PrivilegesRow {
    schema: String,
    table: String,
    statements: Vec<String>,
}

pub(super) fn privileges(row: PrivilegesRow, names: &Names<'_>) -> Unmodelled {
    let table = names.qualified(&row.schema, &row.table);
    Unmodelled {
        definition: Some(row.statements.join("; ")),
        privileges: row.statements,
        table: Some(table.clone()),
        ..Unmodelled::new(UnmodelledKind::Privileges, table)
    }
}
