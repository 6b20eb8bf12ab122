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
    /// Numbers of columns, 0 for an expression; those of INCLUDE come last.
    columns: Vec<i64>,
    /// Bit 0 is DESC, bit 1 is NULLS FIRST.
    orders: Vec<u8>,
    special_keys: Option<Vec<SpecialKey>>,
    comment: Option<String>,
}

/// What is to be said of a key besides column and order.
#[derive(Debug, Default, Deserialize)]
struct SpecialKey {
    /// Counted from 1.
    place: usize,
    expression: Option<String>,
    operator_class: Option<String>,
    operator_class_options: Option<Vec<String>>,
    collation: Option<String>,
    collation_schema: Option<String>,
}

/// The index of a row.
pub(super) fn index(row: IndexRow, columns: &ColumnNames, names: &Names<'_>) -> Index {
    let split = row.key_count.min(row.columns.len());
    let column = |number: &i64| columns.get(&(row.table_oid, *number)).cloned();
    let nothing = SpecialKey::default();
    let key = |(place, number): (usize, &i64)| {
        let mut special = row.special_keys.iter().flatten();
        let special = special.find(|key| key.place == place + 1);
        let order = row.orders.get(place).copied().unwrap_or_default();
        index_key(special.unwrap_or(&nothing), order, column(number), names)
    };
    Index {
        unique: row.unique,
        method: (row.method != "btree").then(|| row.method.clone()),
        keys: row.columns[..split].iter().enumerate().map(key).collect(),
        include: row.columns[split..].iter().filter_map(column).collect(),
        predicate: row.predicate.as_deref().map(unwrapped),
        nulls_not_distinct: row.nulls_not_distinct,
        options: parameters(row.options.as_deref()),
        comment: row.comment,
        name: row.name,
    }
}

fn index_key(row: &SpecialKey, order: u8, column: Option<String>, names: &Names<'_>) -> IndexKey {
    let (descending, nulls_first) = (order & 1 != 0, order & 2 != 0);
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
fn operator_class(row: &SpecialKey) -> Option<String> {
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
