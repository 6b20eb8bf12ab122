//! Types that a program reads and writes alike.

use super::parse::read_type;
use crate::schema::Type;

/// Whether two types are one, in whatever words.
pub(in crate::dialect) fn is_same_type(declared: &Type, there: &Type) -> bool {
    declared == there || read(declared) == read(there)
}

/// Whether what has a collation as a value of the one type has it as one of the other.
pub(in crate::dialect) fn takes_collation(from: &Type, to: &Type) -> bool {
    is_same_type(from, to) || is_text(&read(from)) && is_text(&read(to))
}

/// A type of which only SQL tells, as one that is known.
fn read(data_type: &Type) -> Type {
    if let Type::Sql(text) = data_type {
        read_type(text)
    } else if let Type::Array(element) = data_type {
        Type::Array(Box::new(read(element)))
    } else {
        data_type.clone()
    }
}

/// Whether a column of the type `there` is one of `declared` to a program: texts of any kind, JSON of either kind, and
/// any precision.
pub(in crate::dialect) fn is_of_family(declared: &Type, there: &Type) -> bool {
    let declared = &read(declared);
    if is_same_type(declared, there) || is_text(declared) && is_text(there) {
        return true;
    }
    match (declared, there) {
        (Type::Array(declared), Type::Array(there)) => is_of_family(declared, there),
        (Type::Timestamp { zone: one, .. }, Type::Timestamp { zone: other, .. })
        | (Type::Time { zone: one, .. }, Type::Time { zone: other, .. }) => one == other,
        (Type::Numeric(_), Type::Numeric(_)) => true,
        (Type::Json | Type::Jsonb, Type::Json | Type::Jsonb) => true,
        (declared, Type::Sql(there)) => is_modified(declared, there),
        _ => false,
    }
}

/// Whether what is there is the declared type with a modifier, of which the source says nothing: `bit(3)`, `interval day to
/// second`, `vector(1536)`, `geometry(Point,4326)`.
fn is_modified(declared: &Type, there: &str) -> bool {
    if *declared == Type::Interval {
        let mut starts = ["interval ", "interval("].iter();
        return starts.any(|start| there.starts_with(start));
    }
    let Type::Sql(said) = declared else {
        return false;
    };
    let base = without_modifier(there);
    without_modifier(said).is_none() && base.is_some_and(|base| base == plain(said))
}

/// The name of a type in front of its modifier, where it has one.
fn without_modifier(text: &str) -> Option<&str> {
    // A quoted name may hold a bracket.
    let end = text.rfind('"').map_or(0, |quote| quote + 1);
    let modifier = end + text[end..].find('(')?;
    text.ends_with(')').then_some(&text[..modifier])
}

/// The name as the server prints it beside a modifier: `bit` is a word of its grammar there, and a quoted name elsewhere.
fn plain(name: &str) -> &str {
    match name.strip_prefix("pg_catalog.").unwrap_or(name) {
        "\"bit\"" => "bit",
        "varbit" => "bit varying",
        name => name,
    }
}

/// Whether the server assigns what is a value of `from` to a column of the type `to`: a number to one that is at least
/// as exact, and what is of one family.
pub(in crate::dialect) fn takes_default(from: &Type, to: &Type) -> bool {
    let is_fraction = |one: &Type| matches!(one, Type::Real | Type::Double | Type::Numeric(_));
    match (&read(from), &read(to)) {
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
        let sql = |text: &str| Type::Sql(text.to_owned());
        let array = |element: Type| Type::Array(Box::new(element));
        for (declared, there, expected) in [
            (Type::Varchar(None), Type::Text, true),
            (Type::Varchar(None), Type::Varchar(Some(64)), true),
            (Type::Varchar(None), Type::Sql("citext".to_owned()), true),
            (sql("varchar"), Type::Varchar(Some(20)), true),
            (sql("TEXT"), Type::Varchar(Some(20)), true),
            (sql("CITEXT"), sql("citext"), true),
            (sql("int8"), Type::BigInt, true),
            (sql("int8"), Type::Integer, false),
            (array(sql("VARCHAR")), array(Type::Text), true),
            (Type::Varchar(None), Type::Uuid, false),
            (Type::Varchar(None), Type::Integer, false),
            (Type::Integer, Type::BigInt, false),
            (Type::Numeric(None), Type::Numeric(Some((78, 0))), true),
            (Type::Json, Type::Jsonb, true),
            (Type::Json, Type::Text, false),
            (timestamp(None, true), timestamp(Some(3), true), true),
            (timestamp(None, true), timestamp(None, false), false),
            (sql("\"bit\""), sql("bit(3)"), true),
            (sql("varbit"), sql("bit varying(5)"), true),
            (sql("bit(3)"), sql("bit(4)"), false),
            (sql("\"bit\""), sql("bit varying(5)"), false),
            (Type::Interval, sql("interval day to second(3)"), true),
            (Type::Interval, sql("interval(3)"), true),
            (Type::Interval, sql("intervals(3)"), false),
            (sql("vector"), sql("vector(1536)"), true),
            (sql("vector"), sql("halfvec(1536)"), false),
            (sql("geometry"), sql("geometry(Point,4326)"), true),
            (sql("gis.geometry"), sql("gis.geometry(Point,4326)"), true),
            (sql("a.\"odd(type)\""), sql("a.\"odd(type)\"(2)"), true),
            (sql("a.\"odd"), sql("a.\"odd(type)\""), false),
            (array(sql("vector")), array(sql("vector(3)")), true),
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
