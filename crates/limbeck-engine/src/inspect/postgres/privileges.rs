//! Privileges on ordinary tables.

use limbeck_core::schema::{SqlObject, SqlObjectKind};
use serde::Deserialize;

use super::Names;

/// A row of `privileges.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct PrivilegesRow {
    schema: String,
    table: String,
    statements: Vec<String>,
}

pub(super) fn privileges(row: PrivilegesRow, names: &Names<'_>) -> SqlObject {
    let table = names.qualified(&row.schema, &row.table);
    SqlObject {
        definition: Some(row.statements.join("; ")),
        privileges: row.statements,
        table: Some(table.clone()),
        ..SqlObject::new(SqlObjectKind::Privileges, table)
    }
}
