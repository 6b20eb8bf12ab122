//! The SQL that an operation brings along: expressions and definitions, which others have written.

use super::{ColumnOp, ConstraintOp, IndexOp, Operation, TableOp, UnmodelledOp};
use crate::dialect::Dialect;
use crate::schema::Expression;
use crate::sql::{TokenKind, lex, quote_literal};

impl Operation {
    /// Whether a literal in the operation's SQL is one of the values of an enum type, or an array that
    /// may hold one.
    pub(crate) fn says(&self, values: &[&str]) -> bool {
        if values.is_empty() {
            return false;
        }
        let is_one = |literal: &str| {
            let is_array = literal.starts_with("'{");
            values.iter().any(|value| {
                *literal == quote_literal(value) || is_array && literal.contains(value)
            })
        };
        self.texts().iter().any(|text| {
            let tokens = lex(text, Dialect::Postgres).unwrap_or_default();
            let mut literals = tokens.iter().filter(|one| one.kind == TokenKind::String);
            literals.any(|token| is_one(token.text(text)))
        })
    }

    /// The SQL that the server reads when the change is made.
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Table(TableOp::Create(table)) => of_expressions(table.expressions()),
            Self::Column(ColumnOp::Add { column, fill, .. }) => {
                of_expressions(column.expressions().chain(fill))
            }
            Self::Column(ColumnOp::Alter {
                to, casts, fills, ..
            }) => {
                let cast = casts.iter().map(|casts| &casts.upgrade.value);
                let fill = fills.upgrade.iter();
                of_expressions(to.expressions().chain(cast).chain(fill))
            }
            Self::Constraint(
                ConstraintOp::Add { constraint, .. }
                | ConstraintOp::Validate { to: constraint, .. },
            ) => of_expressions(constraint.kind.expression().into_iter()),
            Self::Index(IndexOp::Create { index, .. }) => of_expressions(index.expressions()),
            Self::Unmodelled(
                UnmodelledOp::Create(object) | UnmodelledOp::Alter { to: object, .. },
            ) => {
                let settings = object.settings.iter().map(|setting| setting.make.as_str());
                object
                    .definition
                    .as_deref()
                    .into_iter()
                    .chain(settings)
                    .collect()
            }
            Self::Namespace(_)
            | Self::Enum(_)
            | Self::Sequence(_)
            | Self::Table(_)
            | Self::Column(_)
            | Self::Constraint(_)
            | Self::Index(_)
            | Self::Comment(_)
            | Self::Unmodelled(_) => Vec::new(),
        }
    }
}

fn of_expressions<'a>(expressions: impl Iterator<Item = &'a Expression>) -> Vec<&'a str> {
    expressions.map(|one| one.0.as_str()).collect()
}
