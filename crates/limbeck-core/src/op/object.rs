//! What renames do to the text of objects that are kept as they are.
//!
//! A server changes the text of a view or trigger along with what it names. Where it cannot be
//! told what the text has become, because a name in it could be another table's, it is forgotten.

use crate::dialect::Dialect;
use crate::schema::{QualifiedName, Schema};
use crate::sql;

/// After `from`, which `schema` has no longer, has become `to`.
pub(super) fn table_renamed(
    schema: &mut Schema,
    from: &QualifiedName,
    to: &QualifiedName,
    dialect: Dialect,
) {
    let is_column = schema
        .tables
        .values()
        .any(|table| has_column(table.columns.iter().map(|one| &one.name), &from.name));
    let unmodelled = std::mem::take(&mut schema.unmodelled);
    for mut object in unmodelled {
        if object.table.as_ref() == Some(from) {
            object.table = Some(to.clone());
        }
        object.definition = object.definition.and_then(|text| {
            if !sql::names(&text, &from.name, dialect) {
                return Some(text);
            }
            (!is_column).then(|| sql::rename_everywhere(&text, &from.name, &to.name, dialect))
        });
        schema.unmodelled.insert(object);
    }
}

/// After the column `from` of `table` has become `to`.
pub(super) fn column_renamed(
    schema: &mut Schema,
    table: &QualifiedName,
    from: &str,
    to: &str,
    dialect: Dialect,
) {
    let unmodelled = std::mem::take(&mut schema.unmodelled);
    for mut object in unmodelled {
        let is_of_table = object.table.as_ref() == Some(table);
        let tables = &schema.tables;
        object.definition = object.definition.and_then(|text| {
            let named = |name: &str| sql::names(&text, name, dialect);
            if !(named(from) && (is_of_table || named(&table.name))) {
                return Some(text);
            }
            let is_of_another = tables.values().any(|other| {
                other.name != *table
                    && named(&other.name.name)
                    && has_column(other.columns.iter().map(|one| &one.name), from)
            });
            (!is_of_another).then(|| sql::rename_identifier(&text, from, to, dialect))
        });
        schema.unmodelled.insert(object);
    }
}

fn has_column<'a>(mut columns: impl Iterator<Item = &'a String>, name: &str) -> bool {
    columns.any(|column| column.eq_ignore_ascii_case(name))
}
