//! The SQL that an operation brings along: expressions and definitions, which others have written.

use super::Operation;
use crate::dialect::Dialect;
use crate::schema::{Column, Expression, Index, Table};
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
            tokens
                .iter()
                .filter(|one| one.kind == TokenKind::String)
                .any(|token| is_one(token.text(text)))
        })
    }

    /// The SQL that the server reads when the change is made.
    fn texts(&self) -> Vec<&str> {
        let expressions: Vec<&Expression> = match self {
            Self::Table(op) => op
                .sides()
                .to
                .into_iter()
                .flat_map(Table::expressions)
                .collect(),
            Self::Column(op) => {
                let column = op.sides().to.into_iter();
                let cast = op.casts().map(|casts| &casts.upgrade.value);
                let own = column.flat_map(Column::expressions);
                own.chain(cast).chain(op.fill()).collect()
            }
            Self::Constraint(op) => {
                let constraint = op.sides().to;
                let expression = constraint.and_then(|one| one.kind.expression());
                expression.into_iter().collect()
            }
            Self::Index(op) => op
                .sides()
                .to
                .into_iter()
                .flat_map(Index::expressions)
                .collect(),
            Self::SqlObject(op) => {
                let Some(object) = op.sides().to else {
                    return Vec::new();
                };
                let settings = object.settings.iter().map(|setting| setting.make.as_str());
                let definition = object.definition.as_deref();
                return definition.into_iter().chain(settings).collect();
            }
            Self::Namespace(_) | Self::Enum(_) | Self::Sequence(_) | Self::Comment(_) => Vec::new(),
        };
        expressions.iter().map(|one| one.0.as_str()).collect()
    }
}
