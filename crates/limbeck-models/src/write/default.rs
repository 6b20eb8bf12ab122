//! Defaults: the words of the grammar where it has them, else SQL.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Column, Type};

use super::WriteContext;
use super::text::{literal, said};

/// `default = …` or `default_sql = "…"` for a column of this type; `None` is one that SQL spells.
pub(crate) fn argument(
    context: &WriteContext<'_>,
    column: &Column,
    portable: Option<&Type>,
) -> Option<String> {
    let text = column.default.as_ref()?.as_str();
    let word = portable.and_then(|portable| word(context, text, portable));
    Some(match word {
        Some(word) => format!("default = {word}"),
        None => said("default_sql", text),
    })
}

/// What follows `default =`; `None` for what only SQL says.
pub(crate) fn word(context: &WriteContext<'_>, text: &str, portable: &Type) -> Option<String> {
    match portable {
        Type::Boolean => {
            let word = text.to_ascii_lowercase();
            matches!(word.as_str(), "true" | "false").then_some(word)
        }
        Type::SmallInt => integer::<i16>(context.dialect, text),
        Type::Integer => integer::<i32>(context.dialect, text),
        Type::BigInt => integer::<i64>(context.dialect, text),
        Type::Real | Type::Double | Type::Numeric(_) => decimal(context.dialect, text),
        Type::Date | Type::Time { .. } | Type::Timestamp { .. } => {
            let now = match (context.dialect, portable) {
                (Dialect::Postgres, _) => "now()",
                (Dialect::Sqlite, Type::Date) => "CURRENT_DATE",
                (Dialect::Sqlite, Type::Time { .. }) => "CURRENT_TIME",
                (Dialect::Sqlite, _) => "CURRENT_TIMESTAMP",
            };
            let is_now = match context.dialect {
                // Two names of one moment, which are compared as one.
                Dialect::Postgres => text == now || text == "CURRENT_TIMESTAMP",
                Dialect::Sqlite => text.eq_ignore_ascii_case(now),
            };
            is_now.then(|| "now".to_owned())
        }
        Type::Uuid => (text == "gen_random_uuid()").then(|| "uuid".to_owned()),
        Type::Text | Type::Varchar(_) | Type::Json | Type::Jsonb => {
            let (value, cast) = string(text)?;
            // A literal that is cast otherwise is another default to the server.
            let expected = match (context.dialect, portable) {
                (Dialect::Sqlite, _) => "",
                (Dialect::Postgres, Type::Text) => "text",
                (Dialect::Postgres, Type::Varchar(_)) => "character varying",
                (Dialect::Postgres, Type::Json) => "json",
                (Dialect::Postgres, _) => "jsonb",
            };
            let fits = match portable {
                Type::Varchar(Some(length)) => value.chars().count() <= *length as usize,
                _ => true,
            };
            (fits && cast == expected).then(|| literal(&value))
        }
        Type::Enum(name) => {
            let (value, cast) = string(text)?;
            let is_name =
                |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '"' | ' ');
            let values = &context.schema.enums.get(name)?.values;
            let names = context.enums.get(name)?;
            let place = values.iter().position(|one| *one == value)?;
            let variant = names.variants.get(place)?;
            cast.chars()
                .all(is_name)
                .then(|| format!("{}::{variant}", names.ident))
        }
        _ => None,
    }
}

/// A number that the server prints as this text when it is declared as one: `-1` is `'-1'::integer`
/// to PostgreSQL. With another cast, as other tools write them, it is another default to it.
fn number(dialect: Dialect, text: &str) -> Option<&str> {
    let quoted = text
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once("'::"));
    let Some((number, cast)) = quoted else {
        return match dialect {
            Dialect::Postgres => plain_cast(text).is_none().then_some(text),
            Dialect::Sqlite => Some(text),
        };
    };
    (dialect == Dialect::Postgres && plain_cast(number) == Some(cast)).then_some(number)
}

/// The cast that PostgreSQL prints with a literal number; none where there is none.
fn plain_cast(number: &str) -> Option<&'static str> {
    let is_negative = number.starts_with('-');
    if number.contains('.') {
        return is_negative.then_some("numeric");
    }
    match number.parse::<i32>() {
        Ok(_) => is_negative.then_some("integer"),
        Err(_) => Some("bigint"),
    }
}

fn integer<N: std::str::FromStr + ToString>(dialect: Dialect, text: &str) -> Option<String> {
    let text = number(dialect, text)?;
    let number: N = text.parse().ok()?;
    (number.to_string() == text).then(|| text.to_owned())
}

fn decimal(dialect: Dialect, text: &str) -> Option<String> {
    let text = number(dialect, text)?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_plain = whole == "0" || !whole.starts_with('0');
    // The grammar reads an integer as far as 64 bits go.
    (all_digits(whole) && all_digits(fraction) && is_plain && digits.len() < 18)
        .then(|| text.to_owned())
}

/// The value of a string literal, and the type that it is cast to.
fn string(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None if after.is_empty() => return Some((value, "")),
            None => return Some((value, after.strip_prefix("::")?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_taken_apart() {
        assert_eq!(string("'it''s'::text"), Some(("it's".to_owned(), "text")));
        assert_eq!(string("''"), Some((String::new(), "")));
        assert_eq!(string("'a' || 'b'"), None);
    }

    #[test]
    fn a_number_is_one_only_where_the_server_prints_it_so() {
        let numbers = [
            ("0", Some("0")),
            ("'-1'::integer", Some("-1")),
            ("'5000000000'::bigint", Some("5000000000")),
            ("'0'::bigint", None),
            ("'-1'::bigint", None),
            ("(0)::bigint", None),
            ("'0'::smallint", None),
            ("007", None),
        ];
        for (text, expected) in numbers {
            let expected = expected.map(str::to_owned);
            assert_eq!(integer::<i64>(Dialect::Postgres, text), expected, "{text}");
        }
        assert_eq!(integer::<i16>(Dialect::Postgres, "70000"), None);
        assert_eq!(integer::<i16>(Dialect::Sqlite, "-1"), Some("-1".to_owned()));
        let decimals = [
            ("0.50", Some("0.50")),
            ("'-0.5'::numeric", Some("-0.5")),
            ("'0'::numeric", None),
            ("1e3", None),
        ];
        for (text, expected) in decimals {
            let expected = expected.map(str::to_owned);
            assert_eq!(decimal(Dialect::Postgres, text), expected, "{text}");
        }
    }
}
