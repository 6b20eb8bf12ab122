//! Values for rows that are there: the same on every dialect.

use crate::dialect::Dialect;
use crate::schema::Expression;
use crate::sql::{self, TokenKind};

/// Whether the value is the same for every row, so that it can stand as a default.
pub fn is_constant(fill: &Expression) -> bool {
    let tokens: Vec<_> = sql::lex(&fill.0, Dialect::Postgres)
        .unwrap_or_default()
        .into_iter()
        .filter(sql::Token::is_significant)
        .collect();
    match tokens.as_slice() {
        [token] => {
            let word = token.text(&fill.0).to_ascii_lowercase();
            matches!(token.kind, TokenKind::String | TokenKind::Number)
                || word == "true"
                || word == "false"
        }
        [sign, number] => sign.text(&fill.0) == "-" && number.kind == TokenKind::Number,
        _ => false,
    }
}

/// Gives every row a value.
pub(crate) fn update(table: &str, column: &str, fill: &Expression) -> String {
    format!("UPDATE {table} SET {column} = {fill}")
}

/// Gives every row without a value one.
pub(crate) fn update_null(table: &str, column: &str, fill: &Expression) -> String {
    format!("UPDATE {table} SET {column} = {fill} WHERE {column} IS NULL")
}
