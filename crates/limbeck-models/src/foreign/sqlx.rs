//! `#[sqlx(…)]`: what `FromRow` and `Type` of sqlx read.

use syn::Attribute;

use crate::attribute::{Argument, Value};
use crate::case::RenameRule;
use crate::error::GrammarError;
use crate::suggest;

use super::column::ForeignColumn;
use super::name::ForeignName;
use super::table::ForeignTable;
use super::{Said, arguments, text};

/// `rename_all` of a struct or an enum.
pub(super) fn rule(
    argument: &Argument,
    by: &'static str,
    faults: &mut Vec<GrammarError>,
) -> Option<Said<RenameRule>> {
    let said = text(argument, by)?;
    match RenameRule::from_foreign_name(&said.value) {
        Some(rule) => Some(Said::new(rule, said.span, by)),
        None => {
            faults.push(GrammarError::new(
                said.span,
                format!("unknown `rename_all` rule `{}`", said.value),
                suggest::hint(&said.value, RenameRule::NAMES),
            ));
            None
        }
    }
}

pub(super) fn table(attributes: &[Attribute], table: &mut ForeignTable) {
    for argument in arguments(attributes, "sqlx") {
        if argument.key() == "rename_all" {
            let rule = rule(&argument, "`#[sqlx(rename_all)]`", &mut table.faults);
            table.rules.extend(rule);
        }
    }
}

pub(super) fn column(attributes: &[Attribute], column: &mut ForeignColumn) {
    for argument in arguments(attributes, "sqlx") {
        let span = argument.span;
        match argument.key().as_str() {
            "rename" => {
                let name = text(&argument, "`#[sqlx(rename)]`");
                let name =
                    name.map(|name| Said::new(ForeignName::Sql(name.value), name.span, name.by));
                column.names.extend(name);
            }
            "skip" => column.skip = Some(Said::new((), span, "`#[sqlx(skip)]`")),
            "flatten" => column.nested = Some(Said::new((), span, "`#[sqlx(flatten)]`")),
            "json" => {
                let nullable = matches!(argument.value, Value::List(_));
                column.json = Some(Said::new(nullable, span, "`#[sqlx(json)]`"));
            }
            "try_from" => column.read_as(&argument, "`#[sqlx(try_from)]`"),
            // `default` is for rows without the column.
            _ => {}
        }
    }
}
