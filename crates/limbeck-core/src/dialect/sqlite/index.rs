//! Indexes in the SQL of SQLite.

use super::{identifier, table_name};
use crate::schema::{Index, IndexKey, IndexTarget, Order, QualifiedName};

/// CREATE INDEX.
pub(super) fn create(table: &QualifiedName, index: &Index) -> String {
    let keys: Vec<String> = index.keys.iter().map(key).collect();
    let mut text = format!(
        "CREATE {}INDEX {} ON {} ({})",
        if index.unique { "UNIQUE " } else { "" },
        identifier(&index.name),
        table_name(table),
        keys.join(", ")
    );
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text
}

/// DROP INDEX.
pub(super) fn drop(name: &str) -> String {
    format!("DROP INDEX {}", identifier(name))
}

fn key(key: &IndexKey) -> String {
    let mut text = match &key.target {
        IndexTarget::Column(column) => identifier(column),
        IndexTarget::Expression(expression) => expression.0.clone(),
    };
    if let Some(collation) = &key.collation {
        text.push_str(&format!(" COLLATE {}", identifier(collation)));
    }
    if key.order == Order::Descending {
        text.push_str(" DESC");
    }
    text
}
