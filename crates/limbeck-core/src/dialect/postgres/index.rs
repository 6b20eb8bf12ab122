//! Indexes in the SQL of PostgreSQL.

use super::column::collation_name;
use super::{identifier, list, qualified};
use crate::op::IndexOp;
use crate::schema::{Index, IndexKey, IndexTarget, Nulls, Order, QualifiedName};

pub(super) fn statements(op: &IndexOp) -> Vec<String> {
    let name = |index: &str| qualified(&op.table().sibling(index));
    match op {
        IndexOp::Create { table, index } => {
            let mut statements = vec![create(table, index)];
            statements.extend(super::comment::of_index(table, index));
            statements
        }
        IndexOp::Drop { index, .. } => vec![format!("DROP INDEX {}", name(&index.name))],
        IndexOp::Rename { from, to, .. } => vec![format!(
            "ALTER INDEX {} RENAME TO {}",
            name(&from.name),
            identifier(to)
        )],
    }
}

/// CREATE INDEX.
pub(super) fn create(table: &QualifiedName, index: &Index) -> String {
    let keys: Vec<String> = index.keys.iter().map(key).collect();
    let mut text = format!(
        "CREATE {}INDEX {} ON {} ",
        if index.unique { "UNIQUE " } else { "" },
        identifier(&index.name),
        qualified(table)
    );
    if let Some(method) = &index.method {
        text.push_str(&format!("USING {} ", identifier(method)));
    }
    text.push_str(&format!("({})", keys.join(", ")));
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", list(&index.include)));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if !index.options.is_empty() {
        let options: Vec<String> = index
            .options
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        text.push_str(&format!(" WITH ({})", options.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text
}

fn key(key: &IndexKey) -> String {
    let mut text = match &key.target {
        IndexTarget::Column(column) => identifier(column),
        IndexTarget::Expression(expression) => format!("({expression})"),
    };
    if let Some(collation) = &key.collation {
        text.push_str(&format!(" COLLATE {}", collation_name(collation)));
    }
    if let Some(class) = &key.operator_class {
        text.push_str(&format!(" {class}"));
    }
    if key.order == Order::Descending {
        text.push_str(" DESC");
    }
    match key.nulls {
        Some(Nulls::First) => text.push_str(" NULLS FIRST"),
        Some(Nulls::Last) => text.push_str(" NULLS LAST"),
        None => {}
    }
    text
}
