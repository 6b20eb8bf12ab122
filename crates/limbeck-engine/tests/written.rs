//! Models that were written from a database compile, and read every column of it through sqlx.
//!
//! `written/postgres.in` is what `limbeck_models::rust` writes of [`TYPES`] and [`NAMES`], with a reader
//! for each table behind it; `LIMBECK_UPDATE=1` writes it anew. It is compiled with this test.

mod databases;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use limbeck::url::Target;
use limbeck_core::dialect::Dialect;
use limbeck_core::sql;
use limbeck_engine::inspect::{InspectOptions, inspect};
use limbeck_models::{Conventions, driver_features, read_table, rust};
use sqlx::{ConnectOptions as _, PgConnection};

use crate::common::{left_out, plans};

#[expect(
    dead_code,
    unreachable_pub,
    reason = "written as for a library, and read by this test alone"
)]
mod postgres {
    include!("written/postgres.in");
}

const MAKE: &str = "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION cube;
    CREATE SCHEMA app; CREATE TYPE mood AS ENUM ('sad', 'quite ok', 'happy'); CREATE TYPE app.\"Odd Kind\" AS ENUM ('A', 'BeeCee');
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE DOMAIN title AS varchar(20) COLLATE \"C\"; CREATE DOMAIN very AS positive;
    CREATE DOMAIN app.price AS numeric(12, 2); CREATE DOMAIN tags AS text[];
    CREATE DOMAIN feeling AS mood; CREATE DOMAIN feelings AS mood[]; CREATE DOMAIN odd AS app.\"Odd Kind\"; CREATE DOMAIN counts AS integer[]; CREATE DOMAIN stay AS daterange;
    CREATE DOMAIN wait AS interval; CREATE DOMAIN note AS jsonb; CREATE DOMAIN address AS inet; CREATE DOMAIN flags AS bit(3);
    CREATE TYPE pair AS (a integer, b text); CREATE DOMAIN couple AS pair; CREATE TYPE floatrange AS RANGE (SUBTYPE = float8); CREATE TYPE span AS RANGE (SUBTYPE = int8);";

/// Every type of PostgreSQL and of the extensions that sqlx knows, with a value.
const TYPES: &[(&str, &str)] = &[
    ("boolean", "true"),
    ("\"char\"", "a"),
    ("smallint", "-7"),
    ("integer", "7"),
    ("bigint", "9007199254740993"),
    ("real", "1.5"),
    ("double precision", "1.5"),
    ("numeric", "1.50"),
    ("numeric(10, 2)", "1.50"),
    ("numeric(3, -2)", "1200"),
    ("numeric(40, 10)", "123456789012345678901234567890.5"),
    ("money", "12.50"),
    ("text", "ü"),
    ("character varying", "a"),
    ("character varying(20)", "a"),
    ("character(3)", "ab"),
    ("bpchar", "a "),
    ("name", "a"),
    ("citext", "aB"),
    ("bytea", "\\x00ff"),
    ("uuid", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
    ("date", "2026-11-25"),
    ("time", "12:13:14.5"),
    ("time(3)", "12:13:14.5"),
    ("time with time zone", "12:13:14.5+02"),
    ("timestamp", "2026-11-25 12:13:14.5"),
    ("timestamp(3)", "2026-11-25 12:13:14.5"),
    ("timestamp with time zone", "2026-11-25 12:13:14.5+02"),
    ("interval", "1 month 2 days 3.5 seconds"),
    ("interval day to second(3)", "2 days 3.5 seconds"),
    ("interval(3)", "3.5 seconds"),
    ("json", "{\"a\": 1}"),
    ("jsonb", "[1, null]"),
    ("inet", "10.0.0.1/8"),
    ("cidr", "10.0.0.0/8"),
    ("macaddr", "08:00:2b:01:02:03"),
    ("macaddr8", "08:00:2b:01:02:03:04:05"),
    ("bit(3)", "101"),
    ("bit varying", "1010"),
    ("bit varying(5)", "10"),
    ("oid", "7"),
    ("regclass", "pg_class"),
    ("xml", "<a/>"),
    ("tsvector", "a b"),
    ("tsquery", "a & b"),
    ("jsonpath", "$.a"),
    ("pg_lsn", "16/B374D848"),
    ("point", "(1,2)"),
    ("line", "{1,2,3}"),
    ("lseg", "[(1,2),(3,4)]"),
    ("box", "(3,4),(1,2)"),
    ("path", "[(1,2),(3,4)]"),
    ("polygon", "((1,2),(3,4))"),
    ("circle", "<(1,2),3>"),
    ("int4range", "[1,3)"),
    ("int8range", "[1,3)"),
    ("numrange", "[1.5,3)"),
    ("daterange", "[2026-01-01,2026-02-01)"),
    ("tsrange", "[2026-01-01 00:00,2026-02-01 00:00)"),
    ("tstzrange", "[2026-01-01 00:00+00,2026-02-01 00:00+00)"),
    ("hstore", "a=>1"),
    ("ltree", "a.b"),
    ("lquery", "a.*"),
    ("ltxtquery", "a & b"),
    ("cube", "(1,2)"),
    ("mood", "quite ok"),
    ("app.\"Odd Kind\"", "BeeCee"),
    ("positive", "7"),
    ("title", "a"),
    ("very", "7"),
    ("app.price", "1.50"),
    ("tags", "{a,b}"),
    ("feeling", "quite ok"),
    ("feelings", "{sad,quite ok}"),
    ("odd", "BeeCee"),
    ("counts", "{1,2}"),
    ("stay", "[2026-01-01,2026-02-01)"),
    ("wait", "1 month 2 days 3.5 seconds"),
    ("note", "[1, null]"),
    ("address", "10.0.0.1/8"),
    ("flags", "101"),
    ("pair", "(1,a)"),
    ("couple", "(1,a)"),
    ("floatrange", "[1.5,2)"),
    ("span", "[1,3)"),
];

/// Names that are none in Rust, or something else there.
const NAMES: &str = "CREATE TABLE \"Result\" (\"type\" integer, self integer, async integer, crate integer, \"Self\" integer, super integer, gen integer, try integer,
        fn integer, \"two words\" integer, \"1st\" integer, id integer, \"ID\" integer, \"Größe\" integer, \"!!\" integer, \"…\" integer, \"a-b\" integer, a_b integer,
        _ integer, __ integer, \"²\" integer, \"r#type\" integer, \"say \"\"so\"\"\" integer, \"back\\slash\" integer, column_ integer, \"column\" integer, row integer);
    CREATE TABLE \"2fa\" (option text, string text, vec text); CREATE TABLE \"select\" (\"from\" text); CREATE TABLE \"Option\" (value text, none text);
    CREATE TABLE \"user table\" (err text); CREATE TABLE \"user-table\" (ok text); CREATE TABLE \"…\" (a text); CREATE TABLE \"Clone\" (a text); CREATE TABLE i32 (a integer);
    CREATE TYPE \"Some\" AS ENUM ('Self', 'self', 'type', '1', 'None', 'Ok', '!!', 'ü'); CREATE TYPE self AS ENUM ('a-b', 'a_b', 'a b');
    CREATE TABLE \"Enum\" (a \"Some\", b self, c \"Some\"[])";

/// A scale below zero is newer than PostgreSQL 14: the type, as models say it, and what stands for it there.
const NEWER: [(&str, &str); 2] = [
    ("numeric(3, -2)", "numeric(4, 0)"),
    ("precision = 3, scale = -2", "precision = 4"),
];

fn made() -> String {
    let mut columns = Vec::new();
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (place, (data_type, value)) in TYPES.iter().enumerate() {
        let literal = sql::quote_literal(value);
        columns.push(format!("c{place} {data_type}"));
        names.push(format!("c{place}"));
        values.push(format!("{literal}::{data_type}"));
        columns.push(format!("a{place} {data_type}[]"));
        names.push(format!("a{place}"));
        values.push(format!("ARRAY[{literal}::{data_type}]"));
    }
    format!(
        "{MAKE} CREATE TABLE every (id integer PRIMARY KEY, {}); INSERT INTO every (id, {}) VALUES (1, {}); INSERT INTO every (id) VALUES (2); {NAMES}",
        columns.join(", "),
        names.join(", "),
        values.join(", ")
    )
}

/// A function that reads a row of each table into its struct.
fn readers(source: &str) -> String {
    let file = syn::parse_file(source).expect("is Rust");
    let unread: Vec<&str> = source
        .lines()
        .zip(source.lines().skip(1))
        .filter(|(line, _)| line.trim_start().starts_with("// not read: "))
        .map(|(_, line)| line)
        .collect();
    let is_unread = |field: &str, rust_type: &str| {
        let declared = format!("pub {field}: ");
        let from = source.find(&format!("    {declared}{rust_type}"));
        let above = from.map_or("", |from| &source[..from]);
        let own = above.rfind("    pub ").map_or(above, |last| &above[last..]);
        !unread.is_empty() && own.contains("// not read: ")
    };
    let mut text = String::from(
        "\n/// Reads every row of every table; what was not read.\npub async fn read(connection: &mut sqlx::PgConnection) -> Vec<String> {\n    use sqlx::Row as _;\n    let mut faults = Vec::new();\n",
    );
    for item in &file.items {
        let syn::Item::Struct(item) = item else {
            continue;
        };
        let table = read_table(item).expect("is a table");
        let mut selected = Vec::new();
        // What is said not to be read, under its type and under that of a text.
        let mut refused: Vec<(String, String)> = Vec::new();
        let mut fields = String::new();
        for column in &table.columns {
            let name = sql::quote_identifier(&column.name.value, Dialect::Postgres);
            let field = column.field.to_string();
            let is_array = matches!(&column.rust_type, syn::Type::Path(path)
                if format!("{path:?}").contains("Vec"));
            let is_unread = is_unread(&field, "");
            if is_unread {
                let declared = format!("    pub {field}: ");
                let from = source.find(&declared).expect("is declared") + declared.len();
                let rest = &source[from..];
                refused.push((
                    column.name.value.clone(),
                    rest[..rest.find(",\n").expect("ends")].to_owned(),
                ));
            }
            let cast = match (is_unread, is_array) {
                (false, _) => "",
                (true, false) => "::text",
                (true, true) => "::text[]",
            };
            selected.push(format!("{name}{cast} AS {name}"));
            let _ = writeln!(
                fields,
                "            {field}: row.try_get({:?}).unwrap_or_else(|error| {{ faults.push(error.to_string()); Default::default() }}),",
                column.name.value
            );
        }
        let from = sql::quote_identifier(&table.name.value, Dialect::Postgres);
        let select = format!("SELECT {} FROM {from}", selected.join(", "));
        let _ = write!(
            text,
            "    for row in sqlx::query({select:?}).fetch_all(&mut *connection).await.expect(\"is read\") {{\n        let _ = {} {{\n{fields}        }};\n    }}\n",
            item.ident
        );
        if refused.is_empty() {
            continue;
        }
        let tries: String = refused
            .iter()
            .map(|(name, rust_type)| {
                format!("        if row.try_get::<{rust_type}, _>({name:?}).is_ok_and(|value| value.is_some()) {{ faults.push(\"{name} is read after all\".to_owned()); }}\n")
            })
            .collect();
        let select = format!("SELECT * FROM {from}");
        let _ = write!(
            text,
            "    for row in sqlx::query({select:?}).fetch_all(&mut *connection).await.expect(\"is read\") {{\n{tries}    }}\n"
        );
    }
    text.push_str("    faults\n}\n");
    text
}

/// The models of every type are compiled by this package, with the features of sqlx that it names.
#[test]
fn the_features_of_sqlx_that_written_models_need_are_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(path).expect("is read");
    let (_, rest) = manifest
        .split_once("\n[dev-dependencies]\n")
        .expect("has tests");
    let (_, rest) = rest.split_once("\nsqlx = ").expect("uses sqlx");
    let (features, _) = rest.split_once(']').expect("ends");
    let mut named: BTreeSet<&str> = features.split('"').skip(1).step_by(2).collect();
    // It has them by `limbeck`, and by what reads files of SQLite.
    named.insert("postgres");
    named.remove("sqlite");
    assert_eq!(driver_features(include_str!("written/postgres.in")), named);
}

#[tokio::test]
async fn every_written_column_is_read_or_says_that_it_is_not_on_postgres() {
    let mut server = plans::scratch("written").await;
    let made_database = server.create_database("live", None).await.expect("is made");
    let mut connection = made_database.connect().await.expect("connects");
    let (mut made, mut compiled) = (made(), include_str!("written/postgres.in").to_owned());
    let version = server.server_version();
    if version.major() < 15 {
        let mut left_out = left_out::LeftOut::default();
        let [(newer, _), _] = NEWER;
        let input = format!("{newer}: it needs PostgreSQL 15, and the server is {version}");
        left_out.inputs.push(input);
        left_out.tell();
        for (newer, instead) in NEWER {
            made = made.replace(newer, instead);
            compiled = compiled.replace(newer, instead);
        }
    }
    for statement in sql::split(&made, Dialect::Postgres).expect("is SQL") {
        connection
            .execute(&statement.text)
            .await
            .unwrap_or_else(|error| panic!("{error:?} in {}", statement.text));
    }
    let schema = inspect(&mut connection, &InspectOptions::default()).await;
    let source = rust(
        &schema.expect("is inspected"),
        Dialect::Postgres,
        &Conventions::default(),
    );
    let source = format!("{source}{}", readers(&source));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/written/postgres.in");
    if std::env::var_os("LIMBECK_UPDATE").is_some() {
        assert!(version.major() >= 15, "an older server lacks a type");
        fs::write(&path, &source).expect("is written");
    }
    assert!(
        compiled == source,
        "{} is behind what is written: run this test with LIMBECK_UPDATE=1, then once more",
        path.display()
    );
    // A row for each table with names, each value a NULL.
    for table in [
        "\"Result\"",
        "\"2fa\"",
        "\"select\"",
        "\"Option\"",
        "\"user table\"",
        "\"user-table\"",
        "\"…\"",
        "\"Clone\"",
        "i32",
    ] {
        let insert = format!("INSERT INTO {table} DEFAULT VALUES");
        connection.execute(&insert).await.expect("is filled");
    }
    connection
        .execute("INSERT INTO \"Enum\" SELECT v, 'a b', ARRAY[v] FROM pg_catalog.unnest(pg_catalog.enum_range(NULL::\"Some\")) AS v")
        .await
        .expect("is filled");
    connection.close().await.expect("is closed");
    let Target::Postgres(options) = made_database.url.target() else {
        panic!("this is PostgreSQL");
    };
    let mut driver: PgConnection = options.connect().await.expect("connects");
    assert_eq!(postgres::read(&mut driver).await, Vec::<String>::new());
    drop(driver);
    server
        .drop_database(&made_database.name)
        .await
        .expect("is dropped");
    server.close().await.expect("is closed");
}
