//! `#[diesel(…)]`, and the attributes of Diesel 1: what its derives read.

use proc_macro2::TokenStream;
use syn::Attribute;

use crate::attribute::{Argument, Value};

use super::column::ForeignColumn;
use super::name::ForeignName;
use super::table::ForeignTable;
use super::{Said, arguments, data_type};

pub(super) fn table(attributes: &[Attribute], table: &mut ForeignTable) {
    let by = "`#[diesel(table_name)]`";
    for argument in arguments(attributes, "diesel") {
        match argument.key().as_str() {
            "table_name" => table.names.extend(name(&argument, by)),
            "primary_key" => {
                let by = "`#[diesel(primary_key)]`";
                let fields = argument.words().ok();
                table.key = fields.map(|fields| Said::new(fields, argument.span, by));
            }
            _ => {}
        }
    }
    let by = "`#[table_name]`";
    table.names.extend(before_2(attributes, "table_name", by));
}

pub(super) fn column(attributes: &[Attribute], column: &mut ForeignColumn) {
    for argument in arguments(attributes, "diesel") {
        let span = argument.span;
        match argument.key().as_str() {
            "column_name" => {
                let by = "`#[diesel(column_name)]`";
                column.names.extend(name(&argument, by));
            }
            "embed" => column.nested = Some(Said::new((), span, "`#[diesel(embed)]`")),
            "serialize_as" => column.read_as(&argument, "`#[diesel(serialize_as)]`"),
            "deserialize_as" => column.read_as(&argument, "`#[diesel(deserialize_as)]`"),
            "sql_type" => {
                let by = "`#[diesel(sql_type)]`";
                let Value::Equals(tokens) = &argument.value else {
                    continue;
                };
                match data_type::of_diesel(tokens) {
                    Some(data_type) => {
                        column.data_type = Some(Said::new(data_type, argument.value_span(), by));
                    }
                    None => {
                        let shown = tokens.to_string();
                        column.unknown_type = Some(Said::new(shown, argument.value_span(), by));
                    }
                }
            }
            _ => {}
        }
    }
    let by = "`#[column_name]`";
    column.names.extend(before_2(attributes, "column_name", by));
}

/// `table_name = crate::schema::users`, `column_name = "type"`.
fn name(argument: &Argument, by: &'static str) -> Option<Said<ForeignName>> {
    let Value::Equals(tokens) = &argument.value else {
        return None;
    };
    rust_name(tokens.clone()).map(|name| Said::new(name, argument.value_span(), by))
}

fn rust_name(tokens: TokenStream) -> Option<ForeignName> {
    let name = match syn::parse2::<syn::LitStr>(tokens.clone()) {
        Ok(text) => text.value(),
        Err(_) => {
            let path: syn::Path = syn::parse2(tokens).ok()?;
            crate::column::column_name(&path.segments.last()?.ident)
        }
    };
    Some(ForeignName::Rust(name))
}

/// `#[table_name = "users"]`.
fn before_2(attributes: &[Attribute], key: &str, by: &'static str) -> Option<Said<ForeignName>> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(key))
        .find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => Some(Said::new(ForeignName::Rust(text.value()), text.span(), by)),
                _ => None,
            },
            _ => None,
        })
}
