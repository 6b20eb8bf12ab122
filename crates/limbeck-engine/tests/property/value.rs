//! Values of each type, as text that the driver or the server reads, and their way through the driver.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use limbeck_core::dialect::{Dialect, type_name};
use limbeck_core::schema::{Schema, Type};
use rust_decimal::Decimal;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite};
use uuid::Uuid;

use super::dice::Dice;

/// What a field of a Rust struct is for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Bool,
    I16,
    I32,
    I64,
    F32,
    F64,
    Decimal,
    Text,
    Bytes,
    Uuid,
    Date,
    Time,
    Naive,
    Utc,
    /// No type of the driver: text that the server casts.
    Cast,
}

/// The field for a type that a model says.
pub(crate) fn field(data_type: &Type, dialect: Dialect) -> Field {
    match (data_type, dialect) {
        (Type::Boolean, _) => Field::Bool,
        (Type::SmallInt, Dialect::Postgres) => Field::I16,
        (Type::Integer, Dialect::Postgres) => Field::I32,
        // SQLite knows one width of integers, so that no change of it is one.
        (Type::BigInt, _) | (Type::SmallInt | Type::Integer, Dialect::Sqlite) => Field::I64,
        (Type::Real, Dialect::Postgres) => Field::F32,
        // SQLite has no decimals, and neither has the driver for it.
        (Type::Double, _) | (Type::Real | Type::Numeric(_), Dialect::Sqlite) => Field::F64,
        (Type::Numeric(_), Dialect::Postgres) => Field::Decimal,
        (Type::Text | Type::Varchar(_), _) | (_, Dialect::Sqlite)
            if matches!(
                data_type,
                Type::Text
                    | Type::Varchar(_)
                    | Type::Char(_)
                    | Type::Json
                    | Type::Jsonb
                    | Type::Enum(_)
            ) =>
        {
            Field::Text
        }
        (Type::Bytes, _) => Field::Bytes,
        (Type::Uuid, _) => Field::Uuid,
        (Type::Date, _) => Field::Date,
        (Type::Time { zone: false, .. }, _) => Field::Time,
        (Type::Timestamp { zone: false, .. }, _) => Field::Naive,
        (Type::Timestamp { zone: true, .. }, _) => Field::Utc,
        _ => Field::Cast,
    }
}

/// Where a value of the type stands in a statement of PostgreSQL.
pub(crate) fn placeholder(data_type: &Type, number: usize) -> String {
    match field(data_type, Dialect::Postgres) {
        Field::Cast => {
            let name = type_name(data_type, Dialect::Postgres);
            format!("CAST(${number}::text AS {name})")
        }
        _ => format!("${number}"),
    }
}

type PostgresQuery<'q> = Query<'q, Postgres, PgArguments>;
type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;

fn read<T: std::str::FromStr>(text: Option<&String>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    let text = text?;
    let read = text.parse::<T>();
    Some(read.unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    text.map(|text| text.as_bytes().to_vec())
}

/// Binds a value as a program with that field does.
pub(crate) fn bind_postgres<'q>(
    query: PostgresQuery<'q>,
    field: Field,
    text: Option<&String>,
) -> PostgresQuery<'q> {
    match field {
        Field::Bool => query.bind(read::<bool>(text)),
        Field::I16 => query.bind(read::<i16>(text)),
        Field::I32 => query.bind(read::<i32>(text)),
        Field::I64 => query.bind(read::<i64>(text)),
        Field::F32 => query.bind(read::<f32>(text)),
        Field::F64 => query.bind(read::<f64>(text)),
        Field::Decimal => query.bind(read::<Decimal>(text)),
        Field::Text | Field::Cast => query.bind(text.cloned()),
        Field::Bytes => query.bind(bytes(text)),
        Field::Uuid => query.bind(read::<Uuid>(text)),
        Field::Date => query.bind(read::<NaiveDate>(text)),
        Field::Time => query.bind(read::<NaiveTime>(text)),
        Field::Naive => query.bind(read::<NaiveDateTime>(text)),
        Field::Utc => query.bind(read::<DateTime<Utc>>(text)),
    }
}

/// Binds a value as a program with that field does.
pub(crate) fn bind_sqlite<'q>(
    query: SqliteQuery<'q>,
    field: Field,
    text: Option<&String>,
) -> SqliteQuery<'q> {
    match field {
        Field::Bool => query.bind(read::<bool>(text)),
        Field::I16 => query.bind(read::<i16>(text)),
        Field::I32 => query.bind(read::<i32>(text)),
        Field::I64 => query.bind(read::<i64>(text)),
        Field::F32 | Field::F64 | Field::Decimal => query.bind(read::<f64>(text)),
        Field::Text | Field::Cast => query.bind(text.cloned()),
        Field::Bytes => query.bind(bytes(text)),
        Field::Uuid => query.bind(read::<Uuid>(text)),
        Field::Date => query.bind(read::<NaiveDate>(text)),
        Field::Time => query.bind(read::<NaiveTime>(text)),
        Field::Naive => query.bind(read::<NaiveDateTime>(text)),
        Field::Utc => query.bind(read::<DateTime<Utc>>(text)),
    }
}

/// A value of the type: none that the proof makes up, but for the plainest.
pub(crate) fn value(dice: &mut Dice, data_type: &Type, schema: &Schema) -> String {
    match data_type {
        Type::Boolean => (*dice.pick(&["true", "false"])).to_owned(),
        Type::SmallInt => integer(dice, 4),
        Type::Integer => integer(dice, 9),
        Type::BigInt => integer(dice, 18),
        Type::Real => {
            let number = dice.roll(1 << 24) as f32 / *dice.pick(&[1.0, 10.0, 128.0, 1e9]);
            number.to_string()
        }
        Type::Double => {
            let number = (dice.next() >> 11) as f64 / *dice.pick(&[1.0, 100.0, 1e15, 1e20]);
            number.to_string()
        }
        Type::Numeric(None) => {
            let (whole, scale) = (dice.roll(12), dice.roll(10));
            decimal(dice, whole, scale)
        }
        Type::Numeric(Some((precision, scale))) => {
            let scale = usize::try_from(*scale).unwrap_or(0);
            let whole = usize::from(*precision) - scale;
            let (whole, scale) = (dice.roll(whole + 1), dice.roll(scale + 1));
            decimal(dice, whole, scale)
        }
        Type::Text | Type::Varchar(None) => text(dice, 60),
        Type::Varchar(Some(length)) | Type::Char(length) => text(dice, *length as usize),
        Type::Bytes => text(dice, 20),
        Type::Uuid => Uuid::from_u64_pair(dice.next(), dice.next()).to_string(),
        Type::Date => date(dice),
        Type::Time { zone, .. } => {
            let zone = if *zone {
                *dice.pick(&["+00", "+02", "-07:30"])
            } else {
                ""
            };
            format!("{}{zone}", time(dice))
        }
        Type::Timestamp { zone, .. } => {
            let zone = if *zone { "Z" } else { "" };
            format!("{}T{}{zone}", date(dice), time(dice))
        }
        Type::Interval => {
            let (months, days) = (dice.roll(30), dice.roll(50));
            format!("{months} mons {days} days {}", time(dice))
        }
        Type::Json | Type::Jsonb => json(dice),
        Type::Enum(name) => dice.pick(&schema.enums[name].values).clone(),
        Type::Array(element) => array(dice, element, schema),
        Type::Sql(name) => sql(dice, name),
        Type::PerDialect(_) => unreachable!("no model here says one"),
    }
}

fn integer(dice: &mut Dice, most_digits: usize) -> String {
    let count = 1 + dice.roll(most_digits);
    let sign = if dice.is_one_in(4) { "-" } else { "" };
    let number: i64 = dice.digits(count).parse().expect("digits are a number");
    format!("{sign}{number}")
}

fn decimal(dice: &mut Dice, whole: usize, scale: usize) -> String {
    let digits = dice.digits(whole);
    let whole = digits.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if dice.is_one_in(4) && whole != "0" {
        "-"
    } else {
        ""
    };
    match scale {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{}", dice.digits(scale)),
    }
}

fn date(dice: &mut Dice) -> String {
    let (year, month, day) = (1890 + dice.roll(300), 1 + dice.roll(12), 1 + dice.roll(28));
    format!("{year}-{month:02}-{day:02}")
}

fn time(dice: &mut Dice) -> String {
    let (hour, minute, second) = (dice.roll(24), dice.roll(60), dice.roll(60));
    let fraction = match dice.roll(3) {
        0 => String::new(),
        1 => format!(".{}", dice.digits(6)),
        _ => format!(".{}", dice.digits(3)),
    };
    format!("{hour:02}:{minute:02}:{second:02}{fraction}")
}

fn text(dice: &mut Dice, most: usize) -> String {
    let text = match dice.roll(14) {
        0 => String::new(),
        1 => dice.digits(5),
        2 => date(dice),
        3 => format!("{} {}", date(dice), time(dice)),
        4 => "true".to_owned(),
        5 => Uuid::from_u64_pair(dice.next(), dice.next()).to_string(),
        6 => json(dice),
        7 => decimal(dice, 3, 2),
        8 => "Straße 42, Köln ".to_owned(),
        9 => "it's a \\ \"quote\"\n".to_owned(),
        _ => {
            let letters = dice.roll(most.max(1)) + 1;
            (0..letters)
                .map(|_| *dice.pick(&['a', 'B', 'z', ' ', 'é', '1', '_']))
                .collect()
        }
    };
    text.chars().take(most).collect()
}

fn json(dice: &mut Dice) -> String {
    let number = dice.roll(1000);
    match dice.roll(7) {
        0 => format!("{{\"b\": {number}, \"a\": [1,  2.50]}}"),
        1 => format!("{{\"a\":{number}}}"),
        2 => format!("\"word {number}\""),
        3 => number.to_string(),
        4 => "null".to_owned(),
        5 => format!("{{\"k\": {number}, \"k\": 2}}"),
        _ => format!("[{{\"x\": {number}}}, true]"),
    }
}

fn array(dice: &mut Dice, element: &Type, schema: &Schema) -> String {
    let quoted = |dice: &mut Dice| {
        let text = value(dice, element, schema);
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    };
    match dice.roll(6) {
        0 => "{}".to_owned(),
        1 => format!("{{{}}}", quoted(dice)),
        2 => format!("[0:1]={{{},{}}}", quoted(dice), quoted(dice)),
        3 => format!(
            "{{{{{},{}}},{{{},{}}}}}",
            quoted(dice),
            quoted(dice),
            quoted(dice),
            quoted(dice)
        ),
        4 => format!("{{{},NULL}}", quoted(dice)),
        _ => format!("{{{},{},{}}}", quoted(dice), quoted(dice), quoted(dice)),
    }
}

fn sql(dice: &mut Dice, name: &str) -> String {
    let (low, more) = (dice.roll(100), 1 + dice.roll(50));
    match name {
        "point" => format!("({low}.5,{more})"),
        "int4range" => match dice.roll(5) {
            0 => "empty".to_owned(),
            1 => format!("(,{low})"),
            2 => format!("[{low},)"),
            _ => format!("[{low},{})", low + more),
        },
        "bit varying(8)" => (0..dice.roll(9)).map(|_| *dice.pick(&['0', '1'])).collect(),
        "inet" => {
            let mask = *dice.pick(&["", "/24", "/8"]);
            format!("10.{low}.{more}.7{mask}")
        }
        other => panic!("no values of {other}"),
    }
}
