//! Indexes in the SQL of SQLite.

use super::{identifier, table_name};
use crate::op::IndexOp;
use crate::schema::{Index, IndexKey, IndexTarget, Order, QualifiedName};

/// None of them needs a rebuild of the table.
pub(super) fn statements(op: &IndexOp) -> Vec<String> {
    let drop = |name: &str| format!("DROP INDEX {}", identifier(name));
    match op {
        IndexOp::Create { table, index } => vec![create(table, index)],
        IndexOp::Drop { index, .. } => vec![drop(&index.name)],
        IndexOp::Rename { table, from, to } => {
            let renamed = Index {
                name: to.clone(),
                ..from.clone()
            };
            vec![drop(&from.name), create(table, &renamed)]
        }
    }
}

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
