//! Tables of PostgreSQL, before their members are put into them.

use std::collections::BTreeMap;

use limbeck_core::schema::{ReplicaIdentity, RowSecurity, Table};
use serde::Deserialize;

use super::Names;

/// A row of `tables.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct TableRow {
    pub(super) oid: i64,
    schema: String,
    name: String,
    unlogged: bool,
    options: Option<Vec<String>>,
    toast_options: Option<Vec<String>>,
    row_security: bool,
    force_row_security: bool,
    replica_identity: String,
    replica_index: Option<String>,
    comment: Option<String>,
}

/// The table of a row, without members.
pub(super) fn table(row: &TableRow, names: &Names<'_>) -> Table {
    let mut table = Table::new(names.qualified(&row.schema, &row.name));
    table.comment.clone_from(&row.comment);
    table.options.unlogged = row.unlogged;
    table.options.parameters = parameters(row.options.as_deref());
    let toast = parameters(row.toast_options.as_deref());
    let toast = toast
        .into_iter()
        .map(|(name, value)| (format!("toast.{name}"), value));
    table.options.parameters.extend(toast);
    table.options.row_security = RowSecurity {
        enabled: row.row_security,
        forced: row.force_row_security,
    };
    table.options.replica_identity = match (row.replica_identity.as_str(), &row.replica_index) {
        ("f", _) => ReplicaIdentity::Full,
        ("i", Some(index)) => ReplicaIdentity::Index(index.clone()),
        // An index that was dropped leaves no identity behind (PostgreSQL manual, ALTER TABLE).
        ("i" | "n", _) => ReplicaIdentity::Nothing,
        _ => ReplicaIdentity::Default,
    };
    table
}

/// Reads `reloptions`, whose items are `name=value`.
pub(super) fn parameters(options: Option<&[String]>) -> BTreeMap<String, String> {
    options
        .unwrap_or_default()
        .iter()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (option.clone(), String::new()),
        })
        .collect()
}
