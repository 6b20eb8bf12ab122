//! Defaults: the words of the grammar where it has them, else SQL.

use limbeck_core::dialect::Dialect;
use limbeck_core::diff::is_same_default;
use limbeck_core::schema::{Column, Expression, Type};
use limbeck_core::sql::quote_literal;

use super::WriteContext;
use super::text::{literal, said};
use super::types::FieldType;

/// `default = …` or `default_sql = "…"` for a column with this field.
pub(crate) fn argument(
    context: &WriteContext<'_>,
    column: &Column,
    found: &FieldType,
) -> Option<String> {
    let text = column.default.as_ref()?.as_str();
    let kind = match &found.portable {
        Some(portable) => Some(portable.clone()),
        None => kind(context.dialect, found, &column.data_type),
    };
    let word = kind.and_then(|kind| word(context, text, (&kind, &column.data_type)));
    Some(match word {
        Some(word) => format!("default = {word}"),
        None => said("default_sql", text),
    })
}

/// What a field holds whose SQL type is said; `None` where a default of the kind could be spelled otherwise.
fn kind(dialect: Dialect, found: &FieldType, data_type: &Type) -> Option<Type> {
    Some(match found.rust.as_str() {
        "bool" => Type::Boolean,
        "i16" => Type::SmallInt,
        "i32" => Type::Integer,
        "i64" => Type::BigInt,
        "f32" => Type::Real,
        "f64" => Type::Double,
        "Decimal" | "sqlx::types::BigDecimal" => Type::Numeric(None),
        "NaiveTime" if dialect == Dialect::Postgres => Type::Time {
            precision: None,
            zone: false,
        },
        "NaiveDate" if dialect == Dialect::Postgres => Type::Date,
        "String" => Type::Text,
        "Value" => Type::Jsonb,
        "NaiveDateTime" | "DateTime<Utc>" => Type::Timestamp {
            precision: None,
            zone: found.rust != "NaiveDateTime",
        },
        _ if dialect == Dialect::Postgres => match data_type {
            array @ Type::Array(_) => array.clone(),
            _ => return None,
        },
        _ => return None,
    })
}

/// What follows `default =` for a column of this kind, stored as this type; `None` for what only SQL says.
pub(crate) fn word(
    context: &WriteContext<'_>,
    text: &str,
    (kind, stored): (&Type, &Type),
) -> Option<String> {
    let is = |sql: &str| {
        let (one, other) = (Expression::new(text), Expression::new(sql));
        is_same_default(&one, &other, stored, context.dialect)
    };
    let number = |number: Option<String>| number.filter(|number| is(number));
    match kind {
        Type::Boolean => ["true", "false"]
            .into_iter()
            .find(|word| is(word))
            .map(str::to_owned),
        Type::SmallInt => number(integer::<i16>(text)),
        Type::Integer => number(integer::<i32>(text)),
        Type::BigInt => number(integer::<i64>(text)),
        Type::Real | Type::Double | Type::Numeric(_) => number(decimal(text)),
        Type::Date | Type::Time { .. } | Type::Timestamp { .. } => {
            let now = match (context.dialect, kind) {
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
        Type::Uuid => {
            let drawn = match context.dialect {
                Dialect::Postgres => "gen_random_uuid()",
                Dialect::Sqlite => "randomblob(16)",
            };
            (text == drawn).then(|| "uuid".to_owned())
        }
        Type::Text | Type::Varchar(_) | Type::Json | Type::Jsonb | Type::Array(_) => {
            let (value, _) = string(text)?;
            let fits = match kind {
                Type::Varchar(Some(length)) => value.chars().count() <= *length as usize,
                _ => true,
            };
            (fits && is(&quote_literal(&value))).then(|| literal(&value))
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

/// The number that a default begins with, quoted or not, whatever cast there is behind it.
fn number(text: &str) -> &str {
    let bare = text.trim_matches(['(', ')']);
    match bare.strip_prefix('\'') {
        Some(rest) => rest.split('\'').next().unwrap_or_default(),
        None => bare.split("::").next().unwrap_or_default(),
    }
}

fn integer<N: std::str::FromStr + ToString>(text: &str) -> Option<String> {
    let text = number(text).trim_matches(['(', ')']);
    let number: N = text.parse().ok()?;
    (number.to_string() == text).then(|| text.to_owned())
}

fn decimal(text: &str) -> Option<String> {
    let text = number(text).trim_matches(['(', ')']);
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
    fn numbers_are_found_within_casts() {
        for (text, expected) in [
            ("0", Some("0")),
            ("'-1'::integer", Some("-1")),
            ("'5000000000'::bigint", Some("5000000000")),
            ("(0)::bigint", Some("0")),
            ("'0'::smallint", Some("0")),
            ("007", None),
            ("1 + 1", None),
        ] {
            assert_eq!(integer::<i64>(text).as_deref(), expected, "{text}");
        }
        assert_eq!(integer::<i16>("70000"), None);
        for (text, expected) in [
            ("0.50", Some("0.50")),
            ("'-0.5'::numeric", Some("-0.5")),
            ("'0'::numeric", Some("0")),
            ("1e3", None),
        ] {
            assert_eq!(decimal(text).as_deref(), expected, "{text}");
        }
    }
}
