//! Values that a type has of its own, for rows that have none.

use crate::schema::{Expression, Schema, Type};
use crate::sql;

/// A value of the type that stands for nothing in particular: `0`, `''`, `false`.
///
/// The first value of an enum type is looked up in `schema`. `None` for types without such a value.
pub fn neutral_value(data_type: &Type, schema: Option<&Schema>) -> Option<Expression> {
    let text = match data_type {
        Type::Boolean => "false",
        Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::Real
        | Type::Double
        | Type::Numeric(_) => "0",
        Type::Text | Type::Varchar(_) | Type::Char(_) | Type::Bytes => "''",
        Type::Uuid => "'00000000-0000-0000-0000-000000000000'",
        Type::Date => "'1970-01-01'",
        Type::Time { .. } => "'00:00:00'",
        Type::Timestamp { zone: false, .. } => "'1970-01-01 00:00:00'",
        Type::Timestamp { zone: true, .. } => "'1970-01-01 00:00:00+00'",
        Type::Interval => "'0'",
        Type::Json | Type::Jsonb => "'null'",
        Type::Array(_) => "'{}'",
        Type::Enum(name) => {
            let value = schema?.enums.get(name)?.values.first()?;
            return Some(Expression(sql::quote_literal(value)));
        }
        Type::Sql(name) => {
            // SQLite's types by affinity (sqlite.org/datatype3.html, section 3.1).
            let name = name.to_ascii_uppercase();
            let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
            if is(&["INT", "REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL", "BOOL"]) {
                "0"
            } else if is(&["CHAR", "TEXT", "CLOB"]) {
                "''"
            } else if is(&["BLOB"]) {
                // Read as a `Uuid` and as bytes.
                "x'00000000000000000000000000000000'"
            } else if name == "DATE" {
                "'1970-01-01'"
            } else if name == "TIME" {
                "'00:00:00'"
            } else if is(&["DATE", "TIME"]) {
                "'1970-01-01 00:00:00'"
            } else {
                return None;
            }
        }
        Type::PerDialect(_) => return None,
    };
    Some(Expression::new(text))
}

/// A value of the type that somebody may want in rows that are there: the time of now, else
/// [`neutral_value`].
pub fn offered_value(data_type: &Type, schema: &Schema) -> Option<Expression> {
    let now = match data_type {
        Type::Date => "CURRENT_DATE",
        Type::Time { .. } => "CURRENT_TIME",
        Type::Timestamp { .. } => "CURRENT_TIMESTAMP",
        // SQLite's types that the driver reads times from.
        Type::Sql(name) if name.eq_ignore_ascii_case("DATE") => "CURRENT_DATE",
        Type::Sql(name) if name.eq_ignore_ascii_case("TIME") => "CURRENT_TIME",
        Type::Sql(name)
            if name.eq_ignore_ascii_case("DATETIME") || name.eq_ignore_ascii_case("TIMESTAMP") =>
        {
            "CURRENT_TIMESTAMP"
        }
        Type::Boolean
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::Real
        | Type::Double
        | Type::Numeric(_)
        | Type::Text
        | Type::Varchar(_)
        | Type::Char(_)
        | Type::Bytes
        | Type::Uuid
        | Type::Interval
        | Type::Json
        | Type::Jsonb
        | Type::Array(_)
        | Type::Enum(_)
        | Type::Sql(_)
        | Type::PerDialect(_) => return neutral_value(data_type, Some(schema)),
    };
    Some(Expression::new(now))
}
