//! The SQL types that most fields of a Rust type have.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;

use crate::column::SqlType;
use crate::write::WriteContext;
use crate::write::types::{Plain, is_for_new_fields, is_integer, plain_type};

/// A line in the configuration is worth so many fields that need no word.
const WORTH: usize = 2;

/// What is known of the fields of a Rust type.
#[derive(Default)]
struct Fields {
    /// How many have which SQL type.
    counts: BTreeMap<String, usize>,
    /// The SQL types that the Rust type says by itself.
    usual: BTreeSet<String>,
}

/// The types of the configuration, with those that more fields have than any other.
pub(super) fn found(context: &WriteContext<'_>) -> BTreeMap<String, SqlType> {
    let mut types = context.conventions.types.clone();
    for (path, fields) in fields(context) {
        let usual: usize = fields
            .usual
            .iter()
            .filter_map(|sql| fields.counts.get(sql))
            .sum();
        let mut best = ("", usual);
        for (sql, count) in &fields.counts {
            let is_more = *count > best.1 && *count >= usual + WORTH;
            if is_more && !fields.usual.contains(sql) && is_for_new_fields(context, sql) {
                best = (sql, *count);
            }
        }
        // SQLite numbers keys of no other name than `INTEGER`, which the Rust type says.
        let is_kept = context.dialect == Dialect::Sqlite && is_integer(&path);
        if !best.0.is_empty() && !is_kept {
            let sql = SqlType::Everywhere(best.0.to_owned());
            types.entry(path).or_insert(sql);
        }
    }
    types
}

fn fields(context: &WriteContext<'_>) -> BTreeMap<String, Fields> {
    let mut all: BTreeMap<String, Fields> = BTreeMap::new();
    for table in context.tables.keys() {
        let Some(table) = context.schema.tables.get(*table) else {
            continue;
        };
        for column in &table.columns {
            let Some(Plain {
                path,
                sql,
                is_usual,
            }) = plain_type(context, table, column)
            else {
                continue;
            };
            let fields = all.entry(path).or_default();
            *fields.counts.entry(sql.clone()).or_default() += 1;
            if is_usual {
                fields.usual.insert(sql);
            }
        }
    }
    all
}
