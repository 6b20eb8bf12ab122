//! Columns of PostgreSQL.

use limbeck_core::schema::{Column, Declared, Generated, Identity, IdentityKind, Type};
use serde::Deserialize;

use super::parse_type;
use super::{Names, expression, unwrapped};

/// A row of `columns.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct ColumnRow {
    pub(super) table_oid: i64,
    pub(super) number: i64,
    pub(super) name: String,
    type_text: String,
    is_array: bool,
    element_kind: String,
    element_schema: String,
    element_name: String,
    not_null: bool,
    default_text: Option<String>,
    /// `s` stored, `v` virtual (PostgreSQL 18), empty for neither.
    generated: String,
    /// `a` always, `d` by default, empty for neither.
    identity: String,
    collation: Option<String>,
    collation_schema: Option<String>,
    comment: Option<String>,
}

/// The column of a row; the options of an identity column's sequence are put in later.
pub(super) fn column(row: &ColumnRow, names: &Names<'_>) -> Column {
    let (default, generated) = match (&row.default_text, row.generated.as_str()) {
        (Some(text), "") => (Some(expression(text)), None),
        (Some(text), kind) => {
            let generated = Generated {
                expression: unwrapped(text),
                stored: kind == "s",
            };
            (None, Some(generated))
        }
        (None, _) => (None, None),
    };
    Column {
        name: row.name.clone(),
        data_type: data_type(row, names),
        nullable: !row.not_null,
        not_null_conflict: None,
        default,
        generated,
        identity: match row.identity.as_str() {
            "a" => Some(Identity::new(IdentityKind::Always)),
            "d" => Some(Identity::new(IdentityKind::ByDefault)),
            _ => None,
        },
        collation: names.collation(row.collation_schema.as_deref(), row.collation.as_deref()),
        comment: row.comment.clone(),
        declared: Declared::default(),
    }
}

fn data_type(row: &ColumnRow, names: &Names<'_>) -> Type {
    if row.element_kind == "e" {
        let name = Type::Enum(names.qualified(&row.element_schema, &row.element_name));
        return if row.is_array {
            Type::Array(Box::new(name))
        } else {
            name
        };
    }
    if row.element_schema == "pg_catalog" {
        return parse_type(&row.type_text);
    }
    // A type of one's own may bear any name, even one that looks like a built-in type.
    match row.type_text.strip_suffix("[]") {
        Some(element) if row.is_array => Type::Array(Box::new(Type::Sql(element.to_owned()))),
        _ => Type::Sql(row.type_text.clone()),
    }
}
