//! The models of whole databases compile, with what the tables have in common said once, and read what is in them.
//!
//! Beside this file stands what is written of each, as for the types; `LIMBECK_UPDATE=1` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::Target;
use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Column, ConstraintKind, QualifiedName, Schema, Table, Type};
use limbeck_core::sql;
use limbeck_engine::inspect::{InspectOptions, inspect};
use limbeck_engine::uuids::note_uuids;
use limbeck_models::{Conventions, conventions, read_table, rust};
use sqlx::{ConnectOptions as _, PgConnection};

use crate::common::plans;
use crate::driver::driver;

#[expect(
    dead_code,
    unreachable_pub,
    reason = "written as for a library, and read by this test alone"
)]
mod rental {
    include!("rental_postgres.in");
}

#[expect(
    dead_code,
    unreachable_pub,
    reason = "written as for a library, and read by this test alone"
)]
mod music {
    include!("music_sqlite.in");
}

const RENTAL: &str = include_str!("../databases/rental_postgres.sql");
const MUSIC: &str = concat!(
    include_str!("../databases/music.sql"),
    include_str!("../databases/rental_sqlite.sql"),
    "CREATE TABLE device (id BLOB PRIMARY KEY, token UUID NOT NULL, digest BLOB NOT NULL);",
    "CREATE TABLE visit (id INTEGER PRIMARY KEY, device_id BLOB REFERENCES device (id));"
);

/// A value that any column of the type takes, as SQL.
fn value(schema: &Schema, column: &Column, dialect: Dialect) -> String {
    if dialect == Dialect::Sqlite {
        return of_sqlite(column).to_owned();
    }
    match &column.data_type {
        Type::Enum(name) => sql::quote_literal(&schema.enums[name].values[0]),
        Type::Array(_) => "'{}'".to_owned(),
        Type::Sql(text) if text.ends_with("range") => "'empty'".to_owned(),
        other => of_postgres(other).to_owned(),
    }
}

fn of_postgres(data_type: &Type) -> &'static str {
    match data_type {
        Type::Boolean => "true",
        Type::Uuid => "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
        Type::Date | Type::Timestamp { .. } => "'2026-11-25'",
        Type::Time { .. } => "'12:13:14'",
        Type::Interval => "'1 day'",
        Type::Json | Type::Jsonb => "'{}'",
        Type::Sql(text) if text == "point" => "'(1,2)'",
        Type::Bytes => "'\\x00'",
        _ => "'1'",
    }
}

fn of_sqlite(column: &Column) -> &'static str {
    let Type::Sql(text) = &column.data_type else {
        return "'PG'";
    };
    match text.split('(').next().unwrap_or_default() {
        "BLOB" | "UUID" if column.name == "digest" => "x'0102030405060708090a0b0c0d0e0f10'",
        "BLOB" | "UUID" => "x'67e5504410b1426f9247bb680e5fe0c8'",
        "DATE" => "'2026-11-25'",
        "TIME" => "'12:13:14'",
        "DATETIME" => "CURRENT_TIMESTAMP",
        "REAL" | "DOUBLE" => "1.5",
        "TEXT" | "VARCHAR" | "CHAR" => "'a'",
        _ => "1",
    }
}

/// A row for every table, whatever its constraints say.
fn filled(schema: &Schema, dialect: Dialect) -> Vec<String> {
    let mut statements = Vec::new();
    let own = |name: &QualifiedName| {
        let parts = name.parts().into_iter();
        let parts: Vec<String> = parts
            .map(|part| sql::quote_identifier(part, dialect))
            .collect();
        parts.join(".")
    };
    let is_in_the_way = |table: &Table| -> Vec<String> {
        let constraints = table.constraints.values().filter(|constraint| {
            matches!(
                constraint.kind,
                ConstraintKind::ForeignKey(_) | ConstraintKind::Check(_)
            )
        });
        constraints
            .map(|constraint| constraint.name.clone())
            .collect()
    };
    if dialect == Dialect::Sqlite {
        statements.push("PRAGMA ignore_check_constraints = 1".to_owned());
        statements.push("PRAGMA foreign_keys = 0".to_owned());
    } else {
        for table in schema.tables.values() {
            for name in is_in_the_way(table) {
                let name = sql::quote_identifier(&name, dialect);
                statements.push(format!(
                    "ALTER TABLE {} DROP CONSTRAINT {name}",
                    own(&table.name)
                ));
            }
        }
    }
    for table in schema.tables.values() {
        let columns = table
            .columns
            .iter()
            .filter(|column| column.generated.is_none());
        let names: Vec<String> = columns
            .clone()
            .map(|column| sql::quote_identifier(&column.name, dialect))
            .collect();
        let values: Vec<String> = columns
            .map(|column| value(schema, column, dialect))
            .collect();
        let overriding = if dialect == Dialect::Postgres {
            " OVERRIDING SYSTEM VALUE"
        } else {
            ""
        };
        statements.push(format!(
            "INSERT INTO {} ({}){overriding} VALUES ({})",
            own(&table.name),
            names.join(", "),
            values.join(", ")
        ));
    }
    statements
}

/// A function that reads every column of every row as its field says, but for those that say they are not read.
fn reader(source: &str, dialect: Dialect) -> String {
    let file = syn::parse_file(source).expect("is Rust");
    let connection = match dialect {
        Dialect::Postgres => "PgConnection",
        Dialect::Sqlite => "SqliteConnection",
    };
    let mut text = format!(
        "\n/// Reads every row of every table; what was not read.\npub async fn read(connection: &mut sqlx::{connection}) -> Vec<String> {{\n    use sqlx::Row as _;\n    let mut faults = Vec::new();\n"
    );
    for item in &file.items {
        let syn::Item::Struct(item) = item else {
            continue;
        };
        let table = read_table(item).expect("is a table");
        let name = table.qualified_name();
        let parts: Vec<String> = name
            .parts()
            .into_iter()
            .map(|part| sql::quote_identifier(part, dialect))
            .collect();
        let select = format!("SELECT * FROM {}", parts.join("."));
        let begins = format!("pub struct {} {{", item.ident);
        let from = source.find(&begins).expect("is written");
        let own = &source[from..];
        let own = &own[..own.find("\n}").expect("ends")];
        let _ = writeln!(
            text,
            "    for row in sqlx::query({select:?}).fetch_all(&mut *connection).await.expect(\"is read\") {{"
        );
        for column in &table.columns {
            let declared = format!("    pub {}: ", column.field);
            let (before, from) = own.split_once(&declared).expect("is written");
            let above = match before.rsplit_once("\n    pub ") {
                Some((_, last)) => last.split_once('\n').map_or("", |(_, rest)| rest),
                None => before,
            };
            if above.contains("// not read: ") {
                continue;
            }
            let rust_type = from
                .lines()
                .next()
                .unwrap_or_default()
                .trim_end_matches(',');
            let (field, name) = (
                format!("{}.{}", item.ident, column.field),
                &column.name.value,
            );
            let _ = writeln!(
                text,
                "        if let Err(error) = row.try_get::<{rust_type}, _>({name:?}) {{\n            faults.push(format!(\"{field}: {{error}}\"));\n        }}"
            );
        }
        text.push_str("    }\n");
    }
    text.push_str("    faults\n}\n");
    text
}

/// Holds what is written of a database against what was compiled, and fills it.
async fn written(connection: &mut Connection, name: &str, compiled: &str) {
    let dialect = connection.dialect();
    let schema = inspect(connection, &InspectOptions::default()).await;
    let mut schema = schema.expect("is inspected");
    for statement in filled(&schema, dialect) {
        connection
            .execute(&statement)
            .await
            .unwrap_or_else(|error| panic!("{error:?} in {statement}"));
    }
    note_uuids(connection, &mut schema).await;
    let found = conventions(&schema, dialect, &Conventions::default());
    let source = rust(&schema, dialect, &found);
    let source = format!("{source}{}", reader(&source, dialect));
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/written")
        .join(name);
    if std::env::var_os("LIMBECK_UPDATE").is_some() {
        fs::write(&path, &source).expect("is written");
    }
    assert!(
        compiled == source,
        "{} is behind what is written: run this test with LIMBECK_UPDATE=1, then once more",
        path.display()
    );
}

async fn make(connection: &mut Connection, text: &str) {
    let dialect = connection.dialect();
    for statement in sql::split(text, dialect).expect("is SQL") {
        connection
            .execute(&statement.text)
            .await
            .unwrap_or_else(|error| panic!("{error:?} in {}", statement.text));
    }
}

#[tokio::test]
async fn the_models_of_a_database_read_it_on_postgres() {
    let mut server = plans::scratch("written-rental").await;
    let database = server.create_database("live", None).await.expect("is made");
    let mut connection = database.connect().await.expect("connects");
    make(&mut connection, RENTAL).await;
    let compiled = include_str!("rental_postgres.in");
    written(&mut connection, "rental_postgres.in", compiled).await;
    connection.close().await.expect("is closed");
    let Target::Postgres(options) = database.url.target() else {
        panic!("this is PostgreSQL");
    };
    let mut driver: PgConnection = options.connect().await.expect("connects");
    assert_eq!(rental::read(&mut driver).await, Vec::<String>::new());
    drop(driver);
    let dropped = server.drop_database(&database.name).await;
    dropped.expect("is dropped");
    server.close().await.expect("is closed");
}

#[tokio::test]
async fn the_models_of_a_database_read_it_on_sqlite() {
    let mut connection = Connection::memory().await.expect("memory");
    make(&mut connection, MUSIC).await;
    let compiled = include_str!("music_sqlite.in");
    written(&mut connection, "music_sqlite.in", compiled).await;
    assert_eq!(
        music::read(driver(&mut connection)).await,
        Vec::<String>::new()
    );
}
