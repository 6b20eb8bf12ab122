//! What in a table could be spelled in more than one way.

use super::Fresh;
use crate::schema::{Column, Constraint, Index, IndexKey, IndexTarget, Table, Type};

/// Whether the table says anything in words that its counterpart does not have.
pub(super) fn is_open(table: &Table, before: Option<&Table>, fresh: Fresh) -> bool {
    let is_fresh = fresh == Fresh::IsOpen;
    let column = |column: &Column| match before.and_then(|before| before.column(&column.name)) {
        Some(before) => column_differs(column, before),
        None => is_fresh && column_has_words(column),
    };
    let constraint = |constraint: &Constraint| {
        let before = before.and_then(|before| before.constraints.get(&constraint.name));
        match before {
            Some(before) => constraint_has_words(constraint) && constraint.kind != before.kind,
            None => is_fresh && constraint_has_words(constraint),
        }
    };
    let index = |index: &Index| {
        let before = before.and_then(|before| before.indexes.get(&index.name));
        match before {
            Some(before) => index_differs(index, before),
            None => is_fresh && index_has_words(index),
        }
    };
    table.columns.iter().any(column)
        || table.constraints.values().any(constraint)
        || table.indexes.values().any(index)
}

/// A type that only the server can tell from another spelling of it.
fn is_own_word(data_type: &Type) -> bool {
    if let Type::Array(element) = data_type {
        return is_own_word(element);
    }
    matches!(data_type, Type::Sql(_))
}

fn has_options(column: &Column) -> bool {
    let identity = column.identity.as_ref();
    identity.is_some_and(|identity| identity.options != Default::default())
}

fn column_has_words(column: &Column) -> bool {
    column.default.is_some()
        || column.generated.is_some()
        || column.collation.is_some()
        || is_own_word(&column.data_type)
        || has_options(column)
}

fn column_differs(column: &Column, before: &Column) -> bool {
    (is_own_word(&column.data_type) && column.data_type != before.data_type)
        || (column.default.is_some() && column.default != before.default)
        || (column.generated.is_some() && column.generated != before.generated)
        || (column.collation.is_some() && column.collation != before.collation)
        || (has_options(column) && column.identity != before.identity)
}

fn constraint_has_words(constraint: &Constraint) -> bool {
    constraint.kind.expression().is_some()
}

fn index_has_words(index: &Index) -> bool {
    let key_has_words = |key: &IndexKey| {
        matches!(key.target, IndexTarget::Expression(_))
            || key.operator_class.is_some()
            || key.collation.is_some()
            || key.nulls.is_some()
    };
    index.predicate.is_some()
        || index.method.is_some()
        || !index.options.is_empty()
        || index.keys.iter().any(key_has_words)
}

fn index_differs(index: &Index, before: &Index) -> bool {
    index_has_words(index)
        && (index.keys != before.keys
            || index.predicate != before.predicate
            || index.method != before.method
            || index.options != before.options)
}
