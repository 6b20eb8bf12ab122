//! Defaults: what SQLite makes of the text behind DEFAULT (sqlite.org/lang_createtable.html,
//! section 3.2).

use crate::dialect::Dialect;
use crate::schema::{Expression, Type};
use crate::sql::{self, Token, TokenKind, quote_literal};

/// The default that the text behind DEFAULT means, written so that it means the same in parentheses;
/// `None` is the default that every column has, NULL.
///
/// A word that is no keyword is a string, and so is a name in any quotes (parse.y, `ccons`); a plus
/// sign says nothing.
pub fn meant_default(text: &str) -> Option<String> {
    let tokens = significant(text);
    Some(match tokens.as_slice() {
        [plus, rest @ ..] if plus.text(text) == "+" && rest.len() == 1 => {
            return meant_default(rest[0].text(text));
        }
        [token] => {
            let written = token.text(text);
            let is_word = token.kind == TokenKind::Word;
            if is_word && written.eq_ignore_ascii_case("null") {
                return None;
            }
            if is_word && !is_constant_word(written) {
                quote_literal(written)
            } else if token.kind == TokenKind::QuotedIdentifier {
                quote_literal(&sql::unquoted(written).unwrap_or_default())
            } else {
                written.to_owned()
            }
        }
        _ => text.trim().to_owned(),
    })
}

/// The tokens of a default, with one spelling for each value: TRUE is 1, `0x10` is 16, `1.50` is 1.5.
pub fn folded_default(text: &str) -> Option<String> {
    let meant = meant_default(text)?;
    let tokens = significant(&meant);
    let value = match tokens.as_slice() {
        [token] => value(token, &meant),
        [sign, number] if sign.text(&meant) == "-" && number.kind == TokenKind::Number => {
            value(number, &meant).map(|number| format!("-{number}"))
        }
        _ => None,
    };
    Some(value.unwrap_or_else(|| sql::fold(&meant, Dialect::Sqlite).join(" ")))
}

fn value(token: &Token, text: &str) -> Option<String> {
    let written = token.text(text).to_ascii_lowercase();
    let is = |kind: TokenKind| token.kind == kind;
    if is(TokenKind::Number) {
        return number(&written.replace('_', ""));
    }
    match written.as_str() {
        "true" if is(TokenKind::Word) => Some("1".to_owned()),
        "false" if is(TokenKind::Word) => Some("0".to_owned()),
        // The digits of a blob.
        _ if is(TokenKind::String) && written.starts_with('x') => Some(written),
        _ => None,
    }
}

fn number(digits: &str) -> Option<String> {
    match digits.strip_prefix("0x") {
        // Sixteen digits are a number below zero (sqlite.org/lang_expr.html, section 3).
        Some(digits) if digits.trim_start_matches('0').len() < 16 => {
            let number = i64::from_str_radix(digits, 16).ok()?;
            Some(number.to_string())
        }
        Some(_) => None,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let number: i64 = digits.parse().ok()?;
            Some(number.to_string())
        }
        None => {
            let number: f64 = digits.parse().ok()?;
            Some(format!("{number:?}"))
        }
    }
}

/// A default as DEFAULT takes it: what is no literal stands in parentheses.
pub(super) fn clause(default: &Expression) -> String {
    if is_literal(default) {
        default.0.clone()
    } else {
        format!("({default})")
    }
}

/// Whether ADD COLUMN takes the default for rows that are there: a literal that is the same at any
/// time.
pub(super) fn is_lasting(default: &Expression) -> bool {
    is_literal(default) && !default.0.to_ascii_lowercase().starts_with("current_")
}

/// The default of a model on a column of this type, in SQLite's words. The time of day and the day
/// alone have words of their own: the driver reads neither out of a whole timestamp.
pub(super) fn lowered(default: &Expression, data_type: &Type) -> Option<Expression> {
    match (default.as_str(), data_type) {
        ("now()", Type::Date) => Some(Expression::new("CURRENT_DATE")),
        ("now()", Type::Time { .. }) => Some(Expression::new("CURRENT_TIME")),
        ("now()", _) => Some(Expression::new("CURRENT_TIMESTAMP")),
        ("gen_random_uuid()", _) => Some(Expression::new("randomblob(16)")),
        (text, Type::Uuid) if uuid_digits(text).is_some() => {
            uuid_digits(text).map(|digits| Expression(format!("x'{digits}'")))
        }
        (text, _) => meant_default(text).map(Expression),
    }
}

/// The 32 digits of a UUID in a string literal, of which the driver keeps the bytes.
fn uuid_digits(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let digits = inner.replace(['-', '{', '}'], "").to_ascii_lowercase();
    let is_uuid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_uuid.then_some(digits)
}

fn is_literal(default: &Expression) -> bool {
    let tokens = significant(&default.0);
    match tokens.as_slice() {
        [token] => {
            matches!(token.kind, TokenKind::String | TokenKind::Number)
                || (token.kind == TokenKind::Word && is_constant_word(token.text(&default.0)))
        }
        [sign, number] => {
            ["-", "+"].contains(&sign.text(&default.0)) && number.kind == TokenKind::Number
        }
        _ => false,
    }
}

/// The words that are values.
fn is_constant_word(word: &str) -> bool {
    let words = [
        "null",
        "true",
        "false",
        "current_timestamp",
        "current_date",
        "current_time",
    ];
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

fn significant(text: &str) -> Vec<Token> {
    let mut tokens = sql::lex(text, Dialect::Sqlite).unwrap_or_default();
    tokens.retain(Token::is_significant);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_what_they_mean() {
        for (text, meant, folded) in [
            ("pending", Some("'pending'"), Some("'pending'")),
            ("\"it's\"", Some("'it''s'"), Some("'it''s'")),
            ("[a b]", Some("'a b'"), Some("'a b'")),
            ("`x`", Some("'x'"), Some("'x'")),
            ("'it''s'", Some("'it''s'"), Some("'it''s'")),
            ("key", Some("'key'"), Some("'key'")),
            ("\"true\"", Some("'true'"), Some("'true'")),
            ("True", Some("True"), Some("1")),
            ("false", Some("false"), Some("0")),
            ("NULL", None, None),
            ("+1", Some("1"), Some("1")),
            ("+ 'a'", Some("'a'"), Some("'a'")),
            ("-1", Some("-1"), Some("-1")),
            ("- 1.50", Some("- 1.50"), Some("-1.5")),
            ("0x1F", Some("0x1F"), Some("31")),
            (
                "0xFFFFFFFFFFFFFFFF",
                Some("0xFFFFFFFFFFFFFFFF"),
                Some("0xffffffffffffffff"),
            ),
            ("1e3", Some("1e3"), Some("1000.0")),
            ("1000", Some("1000"), Some("1000")),
            (".5", Some(".5"), Some("0.5")),
            ("007", Some("007"), Some("7")),
            ("X'aB'", Some("X'aB'"), Some("x'ab'")),
            ("CURRENT_DATE", Some("CURRENT_DATE"), Some("current_date")),
            ("abs( -1 )", Some("abs( -1 )"), Some("abs ( - 1 )")),
        ] {
            assert_eq!(meant_default(text).as_deref(), meant, "{text}");
            assert_eq!(folded_default(text).as_deref(), folded, "{text}");
        }
    }
}
