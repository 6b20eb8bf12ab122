//! Types that a program reads and writes alike.

use crate::schema::Type;

/// Whether a column of the type `there` is one of `declared` to a program: texts of any kind, JSON of either kind, and
/// any precision.
pub(in crate::dialect) fn is_of_family(declared: &Type, there: &Type) -> bool {
    if declared == there || is_text(declared) && is_text(there) {
        return true;
    }
    match (declared, there) {
        (Type::Array(declared), Type::Array(there)) => is_of_family(declared, there),
        (Type::Timestamp { zone: one, .. }, Type::Timestamp { zone: other, .. })
        | (Type::Time { zone: one, .. }, Type::Time { zone: other, .. }) => one == other,
        (Type::Numeric(_), Type::Numeric(_)) => true,
        (Type::Json | Type::Jsonb, Type::Json | Type::Jsonb) => true,
        _ => false,
    }
}

/// Whether the server assigns what is a value of `from` to a column of the type `to`: a number to one that is at least
/// as exact, and what is of one family.
pub(in crate::dialect) fn takes_default(from: &Type, to: &Type) -> bool {
    let is_fraction = |one: &Type| matches!(one, Type::Real | Type::Double | Type::Numeric(_));
    match (from, to) {
        (Type::Array(from), Type::Array(to)) => takes_default(from, to),
        (from, to) if from.is_integer() => to.is_integer() || is_fraction(to),
        (from, to) if is_fraction(from) => is_fraction(to),
        (from, to) => is_of_family(to, from),
    }
}

fn is_text(data_type: &Type) -> bool {
    let is_named = |name: &str| matches!(data_type, Type::Sql(text) if text == name);
    matches!(data_type, Type::Text | Type::Varchar(_) | Type::Char(_))
        || is_named("citext")
        || is_named("bpchar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_what_is_read_alike() {
        let timestamp = |precision, zone| Type::Timestamp { precision, zone };
        let array = |element: Type| Type::Array(Box::new(element));
        for (declared, there, expected) in [
            (Type::Varchar(None), Type::Text, true),
            (Type::Varchar(None), Type::Varchar(Some(64)), true),
            (Type::Varchar(None), Type::Sql("citext".to_owned()), true),
            (Type::Varchar(None), Type::Uuid, false),
            (Type::Varchar(None), Type::Integer, false),
            (Type::Integer, Type::BigInt, false),
            (Type::Numeric(None), Type::Numeric(Some((78, 0))), true),
            (Type::Json, Type::Jsonb, true),
            (Type::Json, Type::Text, false),
            (timestamp(None, true), timestamp(Some(3), true), true),
            (timestamp(None, true), timestamp(None, false), false),
            (array(Type::Varchar(None)), array(Type::Text), true),
            (array(Type::Varchar(None)), Type::Text, false),
        ] {
            assert_eq!(
                is_of_family(&declared, &there),
                expected,
                "{declared} {there}"
            );
        }
    }
}
