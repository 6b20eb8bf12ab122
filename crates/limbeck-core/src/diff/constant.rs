//! Defaults that are one constant, whatever cast PostgreSQL or somebody has written behind it, and the one moment that has
//! several names.

use crate::dialect::{Dialect, type_name};
use crate::schema::Type;
use crate::sql::{Token, TokenKind, lex, quote_literal, without_parentheses};

/// The constant that a default is for a column of the type, in one spelling; `None` where it is more
/// than one, or where a cast may make another value of it.
pub(super) fn constant(default: &str, column: &Type) -> Option<String> {
    let bare = without_parentheses(default, Dialect::Postgres);
    let mut tokens = lex(bare, Dialect::Postgres).ok()?;
    tokens.retain(Token::is_significant);
    let cast = tokens.iter().position(|token| token.text(bare) == "::");
    let (value, cast) = match cast {
        Some(at) => (
            &bare[..tokens[at].range.start],
            Some(&bare[tokens[at].range.end..]),
        ),
        None => (bare, None),
    };
    let literal = literal(without_parentheses(value, Dialect::Postgres))?;
    if cast.is_some_and(|cast| !keeps(cast, column, &literal)) {
        return None;
    }
    if is_number(column) {
        let text = literal.text().trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number = digits
            .bytes()
            .all(|one| one.is_ascii_digit() || one == b'.')
            && digits.bytes().any(|one| one.is_ascii_digit());
        return is_number.then(|| text.to_owned());
    }
    if *column == Type::Boolean {
        return match literal.text().to_ascii_lowercase().as_str() {
            "true" | "t" => Some("true".to_owned()),
            "false" | "f" => Some("false".to_owned()),
            _ => None,
        };
    }
    match literal {
        Literal::Text(text) => Some(quote_literal(&text)),
        Literal::Word(_) => None,
    }
}

/// `now()` for each name of the time at which the transaction began (PostgreSQL's manual, section 9.9.5). SeaORM and SQL
/// at large write another one than Limbeck.
pub(super) fn moment(default: &str) -> Option<&'static str> {
    let bare = without_parentheses(default, Dialect::Postgres);
    let mut tokens = lex(bare, Dialect::Postgres).ok()?;
    tokens.retain(Token::is_significant);
    let words: Vec<String> = tokens
        .iter()
        .map(|token| token.text(bare).to_ascii_lowercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = words.strip_prefix(&["pg_catalog", "."]).unwrap_or(&words);
    matches!(
        words,
        ["current_timestamp"] | ["now" | "transaction_timestamp", "(", ")"]
    )
    .then_some("now()")
}

fn is_number(data_type: &Type) -> bool {
    data_type.is_integer() || matches!(data_type, Type::Numeric(_) | Type::Real | Type::Double)
}

enum Literal {
    Text(String),
    /// A number, or a truth value.
    Word(String),
}

impl Literal {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Word(text) => text,
        }
    }
}

fn literal(text: &str) -> Option<Literal> {
    let mut tokens = lex(text, Dialect::Postgres).ok()?;
    tokens.retain(Token::is_significant);
    match tokens.as_slice() {
        [one] if one.kind == TokenKind::String => {
            let inner = one.text(text).strip_prefix('\'')?.strip_suffix('\'')?;
            Some(Literal::Text(inner.replace("''", "'")))
        }
        [one] if one.kind == TokenKind::Number => Some(Literal::Word(one.text(text).to_owned())),
        [one] if ["true", "false"].contains(&one.text(text).to_ascii_lowercase().as_str()) => {
            Some(Literal::Word(one.text(text).to_owned()))
        }
        [sign, one] if sign.text(text) == "-" && one.kind == TokenKind::Number => {
            Some(Literal::Word(format!("-{}", one.text(text))))
        }
        _ => None,
    }
}

/// Whether a cast leaves of a literal what the column would make of it without the cast.
fn keeps(cast: &str, column: &Type, literal: &Literal) -> bool {
    let cast = short(cast);
    let own = short(&type_name(column, Dialect::Postgres));
    let unlimited = own.split('(').next().unwrap_or_default().trim().to_owned();
    if cast == own || cast == unlimited {
        return true;
    }
    let is_whole = || {
        let text = literal.text().trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.len() < 10 && !digits.is_empty() && digits.bytes().all(|one| one.is_ascii_digit())
    };
    let is_number = |name: &str| {
        [
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "real",
            "double precision",
        ]
        .contains(&name)
    };
    let is_text = |name: &str| ["text", "varchar"].contains(&name);
    (is_number(&cast) && is_number(&unlimited) && cast != "real" && is_whole())
        || (is_text(&cast) && (is_text(&unlimited) || unlimited == "char"))
}

/// The name of a type as short as it can be said.
fn short(name: &str) -> String {
    let name = name
        .split_whitespace()
        .collect::<Vec<&str>>()
        .join(" ")
        .to_ascii_lowercase();
    let zone = |name: &str, with: &str| {
        let name = name.replace(" without time zone", "");
        match name.strip_suffix(" with time zone") {
            Some(start) => start.replacen(with, &format!("{with}tz"), 1),
            None => name,
        }
    };
    let name = match name.split(['(', ' ']).next() {
        Some("timestamp") => zone(&name, "timestamp"),
        Some("time") => zone(&name, "time"),
        _ => name,
    };
    name.replace("character varying", "varchar")
        .replace("bpchar", "char")
        .replace("character", "char")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_transaction_has_several_names() {
        for (default, expected) in [
            ("now()", true),
            ("(CURRENT_TIMESTAMP)", true),
            ("current_timestamp", true),
            ("pg_catalog.now()", true),
            ("transaction_timestamp()", true),
            ("CURRENT_TIMESTAMP(3)", false),
            ("LOCALTIMESTAMP", false),
            ("clock_timestamp()", false),
            ("statement_timestamp()", false),
            ("app.now()", false),
            ("\"CURRENT_TIMESTAMP\"", false),
            ("timezone('utc', now())", false),
            ("'now()'", false),
        ] {
            assert_eq!(moment(default).is_some(), expected, "{default}");
        }
    }

    #[test]
    fn constants_are_what_their_column_makes_of_them() {
        let timestamp = Type::Timestamp {
            zone: true,
            precision: None,
        };
        for (column, default, expected) in [
            (Type::BigInt, "'0'::bigint", Some("0")),
            (Type::BigInt, "0", Some("0")),
            (Type::BigInt, "(0)::bigint", Some("0")),
            (Type::BigInt, "'-1'::integer", Some("-1")),
            (Type::BigInt, "-1", Some("-1")),
            (Type::SmallInt, "(0)::numeric", Some("0")),
            (Type::Numeric(None), "(0)::numeric", Some("0")),
            (Type::Numeric(None), "0.0", Some("0.0")),
            (Type::Numeric(None), "(1.5)::integer", None),
            (Type::Double, "'0.1'::real", None),
            (Type::Real, "'0.5'::real", Some("0.5")),
            (Type::Varchar(Some(5)), "'a'::text", Some("'a'")),
            (
                Type::Varchar(Some(5)),
                "'a'::character varying",
                Some("'a'"),
            ),
            (Type::Varchar(Some(5)), "'abc'::varchar(2)", None),
            (Type::Text, "'a '::bpchar", None),
            (Type::Text, "'it''s'", Some("'it''s'")),
            (Type::Date, "'2020-01-01'::date", Some("'2020-01-01'")),
            (
                timestamp.clone(),
                "'2020-01-01'::timestamp with time zone",
                Some("'2020-01-01'"),
            ),
            (timestamp, "'2020-01-01'::timestamp without time zone", None),
            (Type::Jsonb, "'{}'::jsonb", Some("'{}'")),
            (
                Type::Array(Box::new(Type::Text)),
                "'{}'::text[]",
                Some("'{}'"),
            ),
            (Type::Boolean, "'t'::boolean", Some("true")),
            (Type::Text, "now()", None),
            (Type::BigInt, "nextval('s'::regclass)", None),
            (Type::BigInt, "1 + 1", None),
        ] {
            assert_eq!(constant(default, &column).as_deref(), expected, "{default}");
        }
    }
}
