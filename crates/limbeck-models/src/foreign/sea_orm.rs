//! `#[sea_orm(…)]`: what `DeriveEntityModel` of SeaORM reads.

use syn::Attribute;

use crate::attribute::{Argument, Value};
use crate::column::DefaultValue;
use crate::error::GrammarError;

use super::column::ForeignColumn;
use super::name::ForeignName;
use super::table::ForeignTable;
use super::{Said, arguments, data_type, literal, sqlx, text};

pub(super) fn table(attributes: &[Attribute], table: &mut ForeignTable) {
    for argument in arguments(attributes, "sea_orm") {
        match argument.key().as_str() {
            "table_name" => {
                let name = text(&argument, "`#[sea_orm(table_name)]`");
                let name =
                    name.map(|name| Said::new(ForeignName::Sql(name.value), name.span, name.by));
                table.names.extend(name);
            }
            "schema_name" => table.schema = text(&argument, "`#[sea_orm(schema_name)]`"),
            "comment" => table.comment = text(&argument, "`#[sea_orm(comment)]`"),
            "rename_all" => {
                let by = "`#[sea_orm(rename_all)]`";
                let rule = sqlx::rule(&argument, by, &mut table.faults);
                table.rules.extend(rule);
            }
            _ => {}
        }
    }
}

pub(super) fn column(attributes: &[Attribute], column: &mut ForeignColumn) {
    for argument in arguments(attributes, "sea_orm") {
        read_key(&argument, column);
    }
}

/// Passes over a field that stands for rows of other tables, whatever its attributes say.
#[cfg(feature = "scan")]
pub(super) fn relation_field(field: &syn::Field, column: &mut ForeignColumn) {
    let syn::Type::Path(path) = &field.ty else {
        return;
    };
    let is_relation = path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        matches!(name.as_str(), "BelongsTo" | "HasMany" | "HasOne")
    });
    if is_relation {
        column.skip = Some(Said::new(
            (),
            syn::spanned::Spanned::span(path),
            "a relation",
        ));
    }
}

fn read_key(argument: &Argument, column: &mut ForeignColumn) {
    let span = argument.span;
    let is_on = argument.flag().is_ok_and(|flag| flag.value);
    match argument.key().as_str() {
        "column_name" => {
            let name = text(argument, "`#[sea_orm(column_name)]`");
            let name = name.map(|name| Said::new(ForeignName::Sql(name.value), name.span, name.by));
            column.names.extend(name);
        }
        "ignore" if is_on => column.skip = Some(Said::new((), span, "`#[sea_orm(ignore)]`")),
        "belongs_to" | "has_many" | "has_one" | "self_ref" => {
            column.skip = Some(Said::new((), span, "`#[sea_orm(…)]`, a relation,"));
        }
        "nested" if is_on => column.nested = Some(Said::new((), span, "`#[sea_orm(nested)]`")),
        "primary_key" if is_on => {
            column.primary_key = Some(Said::new((), span, "`#[sea_orm(primary_key)]`"));
        }
        "auto_increment" => {
            let by = "`#[sea_orm(auto_increment)]`";
            column.auto_increment = argument
                .flag()
                .ok()
                .map(|flag| Said::new(flag.value, flag.span, by));
        }
        "unique" if is_on => column.unique = Some(Said::new((), span, "`#[sea_orm(unique)]`")),
        "indexed" if is_on => column.indexed = Some(Said::new((), span, "`#[sea_orm(indexed)]`")),
        "nullable" if is_on => {
            column.nullable = Some(Said::new((), span, "`#[sea_orm(nullable)]`"));
        }
        "unique_key" => column.unique_key = text(argument, "`#[sea_orm(unique_key)]`"),
        "comment" => column.comment = text(argument, "`#[sea_orm(comment)]`"),
        "renamed_from" => column.renamed_from = text(argument, "`#[sea_orm(renamed_from)]`"),
        "column_type" => {
            let by = "`#[sea_orm(column_type)]`";
            let Some(said) = text(argument, by) else {
                return;
            };
            match data_type::of_sea_orm(&said.value) {
                Some(data_type) => column.data_type = Some(Said::new(data_type, said.span, by)),
                None => column.unknown_type = Some(said),
            }
        }
        "default_value" => match literal(argument, "`#[sea_orm(default_value)]`") {
            Some(default) => column.default = Some(default),
            None => column.faults.push(uncertain_default(argument)),
        },
        "default_expr" => {
            let by = "`#[sea_orm(default_expr)]`";
            let said = text(argument, by);
            match said {
                Some(said) if is_now(&said.value) => {
                    column.default = Some(Said::new(DefaultValue::Now, said.span, by));
                }
                Some(Said { value, span, .. }) if custom(&value).is_some() => {
                    let sql = custom(&value).unwrap_or_default();
                    column.default = Some(Said::new(DefaultValue::Sql(sql), span, by));
                }
                _ => column.unknown_default = Some(Said::new((), argument.value_span(), by)),
            }
        }
        _ => {}
    }
}

fn is_now(text: &str) -> bool {
    let path = text.replace(' ', "");
    path.trim_end_matches("()").ends_with("current_timestamp")
}

/// Whether the SQL of a `default_expr` is certain.
#[cfg(feature = "scan")]
pub(crate) fn is_known_default(argument: &Argument) -> bool {
    let text = argument.text();
    text.is_ok_and(|text| is_now(&text.value) || custom(&text.value).is_some())
}

/// The SQL in `Expr::cust("…")`.
fn custom(text: &str) -> Option<String> {
    let syn::Expr::Call(call) = syn::parse_str(text).ok()? else {
        return None;
    };
    let syn::Expr::Path(path) = call.func.as_ref() else {
        return None;
    };
    let is_custom = path.path.segments.last()?.ident == "cust";
    match call.args.first()? {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(sql),
            ..
        }) if is_custom => Some(sql.value()),
        _ => None,
    }
}

fn uncertain_default(argument: &Argument) -> GrammarError {
    GrammarError::new(
        argument.value_span(),
        format!("`{}` is no literal", argument.key()),
        match argument.value {
            Value::Equals(_) => "write the default as `#[column(default = …)]`",
            _ => "write `default_value = …`",
        },
    )
}
