//! What the conversion of a column does to its values: whether it takes them, and whether it keeps them.

use crate::schema::Type;

/// Whether the conversion takes every value of `from`, whatever becomes of it.
pub(super) fn widens(from: &Type, to: &Type) -> bool {
    use Type::{
        Array, BigInt, Boolean, Bytes, Char, Date, Double, Integer, Interval, Json, Jsonb, Numeric,
        Real, SmallInt, Text, Time, Timestamp, Varchar,
    };
    let whole = |limits: &(u16, i16)| i32::from(limits.0) - i32::from(limits.1);
    match (from, to) {
        (from, to) if from == to => true,
        (_, Text | Varchar(None)) => true,
        (from, Varchar(Some(to)) | Char(to)) => longest(from).is_some_and(|from| from <= *to),
        (from, Bytes) => is_plain(from),
        (SmallInt, Integer | BigInt) | (Integer, BigInt) => true,
        (SmallInt | Integer | BigInt, Real | Double | Numeric(None) | Json | Jsonb) => true,
        (SmallInt | Integer | BigInt | Real | Double | Numeric(_), Boolean) => true,
        (SmallInt, Numeric(Some(to))) => whole(to) >= 5,
        (Integer, Numeric(Some(to))) => whole(to) >= 10,
        (BigInt, Numeric(Some(to))) => whole(to) >= 19,
        (SmallInt | Integer, Interval) => true,
        (Boolean, SmallInt | Integer | BigInt | Real | Double | Numeric(None) | Json | Jsonb) => {
            true
        }
        (Boolean, Numeric(Some(to))) => whole(to) >= 1,
        (Real, Double) | (Real | Double, Numeric(None)) => true,
        (Numeric(Some(_)), Numeric(None)) => true,
        // A fraction that is rounded up may need one more digit.
        (Numeric(Some(from)), Numeric(Some(to))) => {
            whole(from) + i32::from(to.1 < from.1) <= whole(to)
        }
        (Numeric(Some(from)), Double) => whole(from) <= 308,
        (Numeric(Some(from)), Real) => whole(from) <= 38,
        (Timestamp { .. }, Date | Timestamp { .. }) => true,
        (Time { .. }, Time { .. }) => true,
        (Time { zone: false, .. }, Interval) => true,
        (Jsonb, Json) => true,
        (Array(from), Array(to)) => widens(from, to),
        (from, Array(element)) => **element == *from,
        (Array(element), to) => **element == *to,
        _ => false,
    }
}

/// The most characters that values of the type have as text, where there is such a number.
fn longest(data_type: &Type) -> Option<u32> {
    match data_type {
        Type::Varchar(Some(length)) | Type::Char(length) => Some(*length),
        Type::Boolean => Some(5),
        Type::SmallInt => Some(6),
        Type::Integer => Some(11),
        Type::BigInt => Some(20),
        Type::Uuid => Some(36),
        Type::Date => Some(13),
        Type::Time {
            zone: false,
            precision: Some(0),
        } => Some(8),
        // A sign, a digit before the point, and the point.
        Type::Numeric(Some((precision, scale))) => {
            let (precision, scale) = (i32::from(*precision), i32::from(*scale));
            let whole = (precision - scale).max(1);
            let fraction = if scale > 0 { scale + 1 } else { 0 };
            u32::try_from(1 + whole + fraction)
                .ok()
                .map(|length| length.max(3))
        }
        Type::Real
        | Type::Double
        | Type::Numeric(None)
        | Type::Text
        | Type::Varchar(None)
        | Type::Bytes
        | Type::Time { .. }
        | Type::Timestamp { .. }
        | Type::Interval
        | Type::Json
        | Type::Jsonb
        | Type::Array(_)
        | Type::Enum(_)
        | Type::Sql(_)
        | Type::PerDialect(_) => None,
    }
}

/// Whether values have no backslash as text, which stands for something in bytes (PostgreSQL manual,
/// section 8.4).
fn is_plain(data_type: &Type) -> bool {
    match data_type {
        Type::Boolean
        | Type::Numeric(_)
        | Type::Real
        | Type::Double
        | Type::Date
        | Type::Time { .. }
        | Type::Timestamp { .. }
        | Type::Interval
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::Uuid => true,
        Type::Array(element) => is_plain(element),
        Type::Text
        | Type::Varchar(_)
        | Type::Char(_)
        | Type::Bytes
        | Type::Json
        | Type::Jsonb
        | Type::Enum(_)
        | Type::Sql(_)
        | Type::PerDialect(_) => false,
    }
}

/// Whether the other type takes part of a value away without failing: an array's other elements, a
/// fraction, a time, digits, spelling.
pub(super) fn loses(from: &Type, to: &Type) -> bool {
    use Type::{
        Array, BigInt, Boolean, Char, Date, Double, Integer, Json, Jsonb, Numeric, Real, SmallInt,
        Text, Time, Timestamp, Varchar,
    };
    match (from, to) {
        (Array(from), Array(to)) => loses(from, to),
        (Array(element), to) => **element == *to,
        (SmallInt | Integer | BigInt | Numeric(_) | Real | Double, Boolean) => true,
        (Numeric(None) | Real | Double, SmallInt | Integer | BigInt) => true,
        (Numeric(Some((_, scale))), SmallInt | Integer | BigInt) => *scale > 0,
        (Double | Numeric(_) | BigInt | Integer, Real) | (BigInt, Double) => true,
        (Numeric(None), Double | Numeric(Some(_))) | (Double | Real, Numeric(_)) => true,
        (Numeric(Some((precision, _))), Double) => *precision > 15,
        (Numeric(Some((_, from))), Numeric(Some((_, to)))) => to < from,
        // Most currencies have two digits behind the point.
        (Type::Sql(from), SmallInt | Integer | BigInt | Real) => from == "money",
        (Numeric(Some((_, scale))), Type::Sql(to)) => to == "money" && *scale > 2,
        (Numeric(None) | Real | Double, Type::Sql(to)) => to == "money",
        (Timestamp { .. }, Date | Time { .. }) => true,
        (
            Timestamp {
                precision: from, ..
            },
            Timestamp { precision: to, .. },
        ) => digits(*to) < digits(*from),
        (
            Time {
                precision: from,
                zone,
            },
            Time {
                precision: to,
                zone: other,
            },
        ) => digits(*to) < digits(*from) || *zone && !other,
        (Json, Jsonb) => true,
        (Text | Varchar(_), Char(_)) => true,
        _ => false,
    }
}

/// The digits of the fraction of a second (PostgreSQL manual, section 8.5).
fn digits(precision: Option<u8>) -> u8 {
    precision.unwrap_or(6)
}
