//! Defaults: the words of the grammar where it has them, else SQL.

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Column, Type};

use super::Context;
use super::text::{literal, said};

/// `default = …` or `default_sql = "…"` for a column of this type; `None` is one that SQL spells.
pub(crate) fn argument(
    context: &Context<'_>,
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

fn word(context: &Context<'_>, text: &str, portable: &Type) -> Option<String> {
    match portable {
        Type::Boolean => {
            let word = text.to_ascii_lowercase();
            matches!(word.as_str(), "true" | "false").then_some(word)
        }
        Type::SmallInt => integer::<i16>(text),
        Type::Integer => integer::<i32>(text),
        Type::BigInt => integer::<i64>(text),
        Type::Real | Type::Double | Type::Numeric(_) => decimal(text),
        Type::Date | Type::Time { .. } | Type::Timestamp { .. } => {
            let now = match (context.dialect, portable) {
                (Dialect::Postgres, _) => "now()",
                (Dialect::Sqlite, Type::Date) => "CURRENT_DATE",
                (Dialect::Sqlite, Type::Time { .. }) => "CURRENT_TIME",
                (Dialect::Sqlite, _) => "CURRENT_TIMESTAMP",
            };
            let is_now = match context.dialect {
                Dialect::Postgres => text == now,
                Dialect::Sqlite => text.eq_ignore_ascii_case(now),
            };
            is_now.then(|| "now".to_owned())
        }
        Type::Uuid => (text == "gen_random_uuid()").then(|| "uuid".to_owned()),
        Type::Text | Type::Varchar(_) | Type::Json | Type::Jsonb => {
            let (value, cast) = string(text)?;
            let casts = ["", "text", "character varying", "json", "jsonb"];
            let fits = match portable {
                Type::Varchar(Some(length)) => value.chars().count() <= *length as usize,
                _ => true,
            };
            (fits && casts.contains(&cast)).then(|| literal(&value))
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

/// A number as the server prints it: `-1` is `'-1'::integer` to PostgreSQL.
fn number(text: &str) -> Option<&str> {
    let quoted = text
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once("'::"));
    match quoted {
        Some((number, "smallint" | "integer" | "bigint" | "numeric")) => Some(number),
        Some(_) => None,
        None => Some(text),
    }
}

fn integer<N: std::str::FromStr + ToString>(text: &str) -> Option<String> {
    let text = number(text)?;
    let number: N = text.parse().ok()?;
    (number.to_string() == text).then(|| text.to_owned())
}

fn decimal(text: &str) -> Option<String> {
    let text = number(text)?;
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
        assert_eq!(integer::<i32>("'-1'::integer"), Some("-1".to_owned()));
        assert_eq!(integer::<i16>("70000"), None);
        assert_eq!(integer::<i32>("007"), None);
        assert_eq!(decimal("0.50"), Some("0.50".to_owned()));
        assert_eq!(decimal("1e3"), None);
    }
}
