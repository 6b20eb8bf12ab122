//! Indexes of PostgreSQL that no constraint owns.

use limbeck_core::schema::{Index, IndexKey, IndexTarget, Nulls, Order};
use serde::Deserialize;

use super::constraint::ColumnNames;
use super::table::parameters;
use super::{Names, unwrapped};

/// A row of `indexes.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct IndexRow {
    pub(super) table_oid: i64,
    pub(super) schema: String,
    pub(super) name: String,
    method: String,
    unique: bool,
    pub(super) valid: bool,
    key_count: usize,
    options: Option<Vec<String>>,
    predicate: Option<String>,
    nulls_not_distinct: bool,
    pub(super) definition: Option<String>,
    keys: Vec<KeyRow>,
    comment: Option<String>,
}

#[derive(Debug, Deserialize)]
struct KeyRow {
    column: i64,
    expression: Option<String>,
    /// Bit 0 is DESC, bit 1 is NULLS FIRST; null for an INCLUDE column.
    option: Option<u8>,
    operator_class: Option<String>,
    operator_class_options: Option<Vec<String>>,
    collation: Option<String>,
    collation_schema: Option<String>,
}

/// The index of a row.
pub(super) fn index(row: IndexRow, columns: &ColumnNames, names: &Names<'_>) -> Index {
    let split = row.key_count.min(row.keys.len());
    let column = |key: &KeyRow| columns.get(&(row.table_oid, key.column)).cloned();
    Index {
        unique: row.unique,
        method: (row.method != "btree").then(|| row.method.clone()),
        keys: row.keys[..split]
            .iter()
            .map(|key| index_key(key, column(key), names))
            .collect(),
        include: row.keys[split..].iter().filter_map(column).collect(),
        predicate: row.predicate.as_deref().map(unwrapped),
        nulls_not_distinct: row.nulls_not_distinct,
        options: parameters(row.options.as_deref()),
        comment: row.comment,
        name: row.name,
    }
}

fn index_key(row: &KeyRow, column: Option<String>, names: &Names<'_>) -> IndexKey {
    let option = row.option.unwrap_or_default();
    let (descending, nulls_first) = (option & 1 != 0, option & 2 != 0);
    IndexKey {
        target: match column {
            Some(name) => IndexTarget::Column(name),
            None => {
                IndexTarget::Expression(unwrapped(row.expression.as_deref().unwrap_or_default()))
            }
        },
        order: if descending {
            Order::Descending
        } else {
            Order::Ascending
        },
        nulls: match (descending, nulls_first) {
            (false, true) => Some(Nulls::First),
            (true, false) => Some(Nulls::Last),
            (false, false) | (true, true) => None,
        },
        collation: names.collation(row.collation_schema.as_deref(), row.collation.as_deref()),
        operator_class: operator_class(row),
    }
}

/// The operator class as CREATE INDEX writes it: `gist_trgm_ops (siglen='32')`.
fn operator_class(row: &KeyRow) -> Option<String> {
    let name = row.operator_class.clone()?;
    let options = parameters(row.operator_class_options.as_deref());
    if options.is_empty() {
        return Some(name);
    }
    let options: Vec<String> = options
        .iter()
        .map(|(name, value)| format!("{name}='{}'", value.replace('\'', "''")))
        .collect();
    Some(format!("{name} ({})", options.join(", ")))
}
