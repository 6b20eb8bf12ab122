//! Models that are written from a database read it: each column through sqlx, as its field says.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_engine::inspect::{InspectOptions, inspect};
use limbeck_models::{Conventions, rust};
use sqlx::{AssertSqlSafe, Decode, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::value::driver;

/// Declared types, and what people keep in such columns.
const COLUMNS: &[(&str, &[&str], &str)] = &[
    ("INTEGER", &["1", "-9007199254740993"], "i64"),
    ("INT", &["1"], "i64"),
    ("INT8", &["'7'"], "i64"),
    ("BIGINT UNSIGNED", &["7"], "i64"),
    ("TINYINT(1)", &["1"], "i64"),
    ("BOOLEAN", &["TRUE", "0"], "bool"),
    ("BOOL", &["1"], "bool"),
    ("REAL", &["1", "1.5"], "f64"),
    ("DOUBLE PRECISION", &["1", "1.5"], "f64"),
    ("FLOAT", &["7"], "f64"),
    ("REAL(10, 2)", &["7"], "f64"),
    ("TEXT", &["'a'", "7"], "String"),
    ("VARCHAR(20)", &["'a'", "7"], "String"),
    ("NVARCHAR(20)", &["'a'"], "String"),
    ("CHARACTER(2)", &["'ab'"], "String"),
    ("CLOB", &["'a'", "1.5"], "String"),
    ("BLOB", &["x'00ff'", "''"], "Vec<u8>"),
    ("LONGBLOB", &["x'00ff'"], "Vec<u8>"),
    ("DATE", &["CURRENT_DATE", "'2026-11-25'"], "NaiveDate"),
    ("TIME", &["CURRENT_TIME", "'14:16:16.5'"], "NaiveTime"),
    (
        "DATETIME",
        &["CURRENT_TIMESTAMP", "'2026-11-25T14:16:16+02:00'"],
        "NaiveDateTime",
    ),
    ("DATETIME(6)", &["CURRENT_TIMESTAMP"], "NaiveDateTime"),
    (
        "TIMESTAMP",
        &["CURRENT_TIMESTAMP", "1764080176", "2461005.09"],
        "NaiveDateTime",
    ),
    (
        "TIMESTAMPTZ",
        &["'2026-11-25T14:16:16+02:00'"],
        "DateTime<Utc>",
    ),
    (
        "TIMESTAMP WITH TIME ZONE",
        &["CURRENT_TIMESTAMP"],
        "DateTime<Utc>",
    ),
    ("DATE_TEXT", &["'2026-11-25'"], "NaiveDate"),
    (
        "TIMESTAMP_WITH_TIMEZONE_TEXT",
        &["'2026-11-25T14:16:16+00:00'"],
        "DateTime<Utc>",
    ),
    ("JSON", &["'{\"a\": 1}'", "'\"text\"'"], "Value"),
    ("JSON_TEXT", &["'7'"], "Value"),
    ("UUID_TEXT", &["randomblob(16)"], "Uuid"),
    ("NUMERIC", &["5", "5.25"], "f64"),
    ("NUMERIC(10, 2)", &["5", "'5.25'"], "f64"),
    ("DECIMAL(5, 2)", &["5", "5.25"], "f64"),
    ("MONEY", &["5"], "f64"),
    (
        "UUID",
        &["randomblob(16)", "'67e55044-10b1-426f-9247-bb680e5fe0c8'"],
        "String",
    ),
    ("STRING", &["'a'", "'007'"], "String"),
    ("GEOMETRY", &["x'00'"], "String"),
    ("", &["1", "'a'"], "Vec<u8>"),
    ("ANY", &["1.5"], "Vec<u8>"),
];

async fn reads(connection: &mut SqliteConnection, field: &str, column: &str) -> Result<(), String> {
    match field {
        "bool" => all::<bool>(connection, column).await,
        "i64" => all::<i64>(connection, column).await,
        "f64" => all::<f64>(connection, column).await,
        "String" => all::<String>(connection, column).await,
        "Vec<u8>" => all::<Vec<u8>>(connection, column).await,
        "NaiveDate" => all::<NaiveDate>(connection, column).await,
        "NaiveTime" => all::<NaiveTime>(connection, column).await,
        "NaiveDateTime" => all::<NaiveDateTime>(connection, column).await,
        "DateTime<Utc>" => all::<DateTime<Utc>>(connection, column).await,
        "Value" => all::<serde_json::Value>(connection, column).await,
        "Uuid" => all::<Uuid>(connection, column).await,
        other => panic!("no field is a {other}"),
    }
}

async fn all<T>(connection: &mut SqliteConnection, column: &str) -> Result<(), String>
where
    T: for<'r> Decode<'r, Sqlite> + sqlx::Type<Sqlite> + Send + Unpin,
{
    let query = format!("SELECT {column} FROM t");
    let values = sqlx::query_scalar::<_, Option<T>>(AssertSqlSafe(query));
    let values = values.fetch_all(connection).await;
    values.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn every_written_column_is_read_or_says_that_it_is_not() {
    let mut connection = Connection::memory().await.expect("memory");
    let members: Vec<String> = COLUMNS
        .iter()
        .enumerate()
        .map(|(place, (declared, ..))| format!("c{place} {declared}"))
        .collect();
    let table = format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, {})",
        members.join(", ")
    );
    connection.execute(&table).await.expect("is made");
    for (place, (_, values, _)) in COLUMNS.iter().enumerate() {
        for value in *values {
            let insert = format!("INSERT INTO t (c{place}) VALUES ({value})");
            connection.execute(&insert).await.expect("is filled");
        }
    }
    let schema = inspect(&mut connection, &InspectOptions::default()).await;
    let schema = schema.expect("is inspected");
    let source = rust(&schema, Dialect::Sqlite, &Conventions::default());
    for (place, (declared, _, expected)) in COLUMNS.iter().enumerate() {
        let field = format!("pub c{place}: Option<");
        let start = source.find(&field).expect("has a field");
        let rest = &source[start + field.len()..];
        let (found, _) = rest.split_once(">,\n").expect("ends");
        assert_eq!(found, *expected, "{declared}");
        let above = &source[..start];
        let above = &above[above.rfind("pub ").unwrap_or(0)..];
        let is_said = above.contains("// not read: ");
        let read = reads(driver(&mut connection), found, &format!("c{place}")).await;
        assert_eq!(read.is_err(), is_said, "{declared} as {found}: {read:?}");
    }
}
