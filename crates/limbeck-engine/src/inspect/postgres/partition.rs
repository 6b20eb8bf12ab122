//! Partitioned tables and partitions: what makes them.

use std::collections::BTreeMap;

use limbeck_core::schema::{QualifiedName, Setting, SqlObject, SqlObjectKind};
use serde::Deserialize;

use super::Names;
use super::sql_object::{Used, object};

/// A row of `partitions.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct PartitionRow {
    schema: String,
    name: String,
    definition: Option<String>,
    settings: Vec<Setting>,
    uses: Vec<Used>,
}

/// The rows by the names of what they make.
pub(super) fn by_name(
    rows: Vec<PartitionRow>,
    names: &Names<'_>,
) -> BTreeMap<QualifiedName, PartitionRow> {
    rows.into_iter()
        .map(|row| (names.qualified(&row.schema, &row.name), row))
        .collect()
}

/// The object with what makes it, if it is one of the rows'.
pub(super) fn completed(
    mut seen: SqlObject,
    rows: &mut BTreeMap<QualifiedName, PartitionRow>,
    names: &Names<'_>,
) -> SqlObject {
    if seen.kind == SqlObjectKind::Partition
        && let Some(row) = rows.remove(&seen.name)
    {
        seen.definition = row.definition;
        seen.settings = row.settings;
        let uses = row.uses.iter().map(|used| object(used, names));
        seen.uses.extend(uses);
    }
    seen
}
