//! Reads the type names that PostgreSQL's `format_type` prints.

use crate::schema::Type;

/// Reads a type as `format_type` prints it; what has no variant of its own is kept as text.
pub fn parse_type(text: &str) -> Type {
    if let Some(element) = text.strip_suffix("[]") {
        return Type::Array(Box::new(parse_type(element)));
    }
    known_type(text).unwrap_or_else(|| Type::Sql(text.to_owned()))
}

fn known_type(text: &str) -> Option<Type> {
    let (name, modifiers) = take_modifiers(text);
    known_name(&name, &modifiers)
}

fn known_name(name: &str, modifiers: &[i64]) -> Option<Type> {
    let first = modifiers.first().copied();
    let data_type = match name {
        "boolean" => Type::Boolean,
        "smallint" => Type::SmallInt,
        "integer" => Type::Integer,
        "bigint" => Type::BigInt,
        "real" => Type::Real,
        "double precision" => Type::Double,
        "numeric" => Type::Numeric(match modifiers {
            [] => None,
            [precision, scale] => {
                Some((u16::try_from(*precision).ok()?, i16::try_from(*scale).ok()?))
            }
            _ => return None,
        }),
        "text" => Type::Text,
        "character varying" => match first {
            None => Type::Varchar(None),
            Some(length) => Type::Varchar(Some(u32::try_from(length).ok()?)),
        },
        "character" => Type::Char(u32::try_from(first?).ok()?),
        "bytea" => Type::Bytes,
        "uuid" => Type::Uuid,
        "date" => Type::Date,
        "time without time zone" | "time with time zone" => Type::Time {
            precision: precision(first)?,
            zone: name == "time with time zone",
        },
        "timestamp without time zone" | "timestamp with time zone" => Type::Timestamp {
            precision: precision(first)?,
            zone: name == "timestamp with time zone",
        },
        "interval" if modifiers.is_empty() => Type::Interval,
        "json" => Type::Json,
        "jsonb" => Type::Jsonb,
        _ => return None,
    };
    Some(data_type)
}

/// Reads a type as people write it, whom the grammar of PostgreSQL lets say one type in several words: `VARCHAR(20)`,
/// `int4`, `timestamptz(3)` (PostgreSQL manual, table 8.1). A name in quotes is left as it is.
pub(super) fn read_type(text: &str) -> Type {
    if text.contains('"') {
        return Type::Sql(text.to_owned());
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(&text.to_lowercase().replace('(', " (")).replace(" (", "(");
    let (name, mut modifiers) = take_modifiers(&text);
    let name = words(&name);
    let name = match name.as_str() {
        "bool" => "boolean",
        "int2" => "smallint",
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" | "float" => "double precision",
        "decimal" | "dec" => "numeric",
        "varchar" | "char varying" => "character varying",
        "char" => "character",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        other => other,
    };
    match (name, modifiers.as_slice()) {
        ("character", []) => modifiers.push(1),
        ("numeric", [_]) => modifiers.push(0),
        _ => {}
    }
    known_name(name, &modifiers).unwrap_or(Type::Sql(text))
}

/// `None` when the number is no precision, `Some(None)` when none is given.
fn precision(modifier: Option<i64>) -> Option<Option<u8>> {
    match modifier {
        None => Some(None),
        Some(digits) => u8::try_from(digits).ok().map(Some),
    }
}

/// Splits `timestamp(3) with time zone` into `timestamp with time zone` and `[3]`.
fn take_modifiers(text: &str) -> (String, Vec<i64>) {
    let parts = text.split_once('(').and_then(|(before, rest)| {
        let (inside, after) = rest.split_once(')')?;
        let numbers: Result<Vec<i64>, _> = inside
            .split(',')
            .map(|number| number.trim().parse())
            .collect();
        Some((format!("{before}{after}"), numbers.ok()?))
    });
    parts.unwrap_or_else(|| (text.to_owned(), Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_read_in_every_word_for_it() {
        for (text, expected) in [
            ("varchar", "character varying"),
            ("VARCHAR (20)", "character varying(20)"),
            ("char", "character(1)"),
            ("int4", "integer"),
            ("decimal(9)", "numeric(9,0)"),
            ("numeric( 9 , 2 )", "numeric(9,2)"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            (
                "TIMESTAMP (3) WITH TIME ZONE",
                "timestamp(3) with time zone",
            ),
            ("time", "time without time zone"),
            ("double  precision", "double precision"),
            ("CITEXT", "citext"),
            ("interval", "interval"),
            ("\"char\"", "\"char\""),
            ("app.\"Text\"", "app.\"Text\""),
            ("app.varchar", "app.varchar"),
        ] {
            assert_eq!(read_type(text), parse_type(expected), "{text}");
        }
    }

    #[test]
    fn every_spelling_of_format_type_has_its_type() {
        let sql = |text: &str| Type::Sql(text.to_owned());
        let array = |element| Type::Array(Box::new(element));
        let table = [
            ("boolean", Type::Boolean),
            ("smallint", Type::SmallInt),
            ("integer", Type::Integer),
            ("bigint", Type::BigInt),
            ("real", Type::Real),
            ("double precision", Type::Double),
            ("numeric", Type::Numeric(None)),
            ("numeric(10,2)", Type::Numeric(Some((10, 2)))),
            ("numeric(3,-2)", Type::Numeric(Some((3, -2)))),
            ("text", Type::Text),
            ("character varying", Type::Varchar(None)),
            ("character varying(200)", Type::Varchar(Some(200))),
            ("character(3)", Type::Char(3)),
            ("bpchar", sql("bpchar")),
            ("\"char\"", sql("\"char\"")),
            ("name", sql("name")),
            ("bytea", Type::Bytes),
            ("uuid", Type::Uuid),
            ("date", Type::Date),
            (
                "time without time zone",
                Type::Time {
                    precision: None,
                    zone: false,
                },
            ),
            (
                "time(3) with time zone",
                Type::Time {
                    precision: Some(3),
                    zone: true,
                },
            ),
            (
                "timestamp without time zone",
                Type::Timestamp {
                    precision: None,
                    zone: false,
                },
            ),
            (
                "timestamp(0) without time zone",
                Type::Timestamp {
                    precision: Some(0),
                    zone: false,
                },
            ),
            (
                "timestamp(3) with time zone",
                Type::Timestamp {
                    precision: Some(3),
                    zone: true,
                },
            ),
            ("interval", Type::Interval),
            ("interval(3)", sql("interval(3)")),
            (
                "interval day to second(3)",
                sql("interval day to second(3)"),
            ),
            ("json", Type::Json),
            ("jsonb", Type::Jsonb),
            ("bit(3)", sql("bit(3)")),
            ("bit varying(5)", sql("bit varying(5)")),
            ("text[]", array(Type::Text)),
            ("character varying(20)[]", array(Type::Varchar(Some(20)))),
            (
                "timestamp(3) with time zone[]",
                array(Type::Timestamp {
                    precision: Some(3),
                    zone: true,
                }),
            ),
            ("int4range[]", array(sql("int4range"))),
            ("auth.\"odd(type)\"", sql("auth.\"odd(type)\"")),
            ("geometry(Point,4326)", sql("geometry(Point,4326)")),
            ("vector(3)", sql("vector(3)")),
            ("public.uuid", sql("public.uuid")),
        ];
        for (text, expected) in table {
            assert_eq!(parse_type(text), expected, "{text}");
        }
    }
}
