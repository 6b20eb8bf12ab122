//! How many tables get made-up rows: schemas of our own making, random ones, and suites of others.

use std::collections::BTreeSet;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck_core::schema::{QualifiedName, Schema};
use limbeck_engine::inspect::{InspectOptions, inspect};
use limbeck_engine::proof::rows::{Filled, fill};
use limbeck_engine::scratch::Scratch;

use super::place::{rows, scratch};
use crate::common::left_out::LeftOut;

/// Fills every table of a database; what is said to have rows has some.
async fn fill_all(connection: &mut Connection) -> (Schema, Filled) {
    let options = InspectOptions::default();
    let schema = inspect(connection, &options).await.expect("is inspected");
    let tables: BTreeSet<QualifiedName> = schema.tables.keys().cloned().collect();
    let filled = fill(connection, &schema, None, &tables)
        .await
        .expect("answers");
    for name in &filled.tables {
        let parts: Vec<String> = name
            .parts()
            .iter()
            .map(|part| format!("\"{part}\""))
            .collect();
        let sql = format!("SELECT count(*) FROM {}", parts.join("."));
        assert_ne!(rows(connection, &sql).await, ["0"], "{name} has rows");
    }
    (schema, filled)
}

fn told(filled: &Filled) -> Vec<String> {
    filled
        .without
        .iter()
        .map(|(table, reason)| format!("{table}: {reason}"))
        .collect()
}

fn database(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/databases")
        .join(name);
    std::fs::read_to_string(path).expect("is there")
}

async fn on_postgres(scratch: &mut Scratch, sql: &str) -> Result<(Schema, Filled), String> {
    let database = scratch
        .create_database("fill", None)
        .await
        .expect("a database");
    let mut connection = database.connect().await.expect("connects");
    let outcome = match connection.batch(sql).await {
        Ok(()) => Ok(fill_all(&mut connection).await),
        Err(error) => Err(error.to_string()),
    };
    connection.close().await.expect("is closed");
    scratch
        .drop_database(&database.name)
        .await
        .expect("is dropped");
    outcome
}

#[tokio::test]
async fn every_table_of_a_shop_and_a_rental_gets_rows_on_sqlite() {
    for (name, expected) in [
        ("music.sql", vec![]),
        // SQLite makes a table whose key references nothing, and takes no row that uses it.
        (
            "rental_sqlite.sql",
            vec!["payment: no such table: main.nowhere"],
        ),
    ] {
        let mut connection = Connection::memory().await.expect("memory");
        connection.batch(&database(name)).await.expect("is loaded");
        let (_, filled) = fill_all(&mut connection).await;
        assert_eq!(told(&filled), expected, "{name}");
    }
}

#[tokio::test]
async fn every_table_of_a_shop_and_a_rental_gets_rows_on_postgres() {
    let mut server = scratch("fill").await;
    let mut left_out = LeftOut::default();
    for name in ["music.sql", "rental_postgres.sql", "since_15.sql"] {
        let version = Some(server.server_version());
        if left_out.note(version, name, &database(name)).is_some() {
            continue;
        }
        let (_, filled) = on_postgres(&mut server, &database(name))
            .await
            .expect("is loaded");
        assert_eq!(told(&filled), Vec::<String>::new(), "{name}");
    }
    left_out.tell();
    server.close().await.expect("stops");
}

#[derive(serde::Deserialize)]
struct Pair {
    name: String,
    new: Vec<String>,
}

#[tokio::test]
async fn tables_of_other_suites_get_rows_on_postgres() {
    let Some(text) = crate::common::cases::read("postgres-pairs.json") else {
        return;
    };
    let pairs: Vec<Pair> = serde_json::from_str(&text).expect("cases are JSON");
    let mut server = scratch("fill-others").await;
    let (mut tables, mut with, mut without) = (0, 0, Vec::new());
    // The first ones show as much as all do.
    for pair in pairs.iter().take(40) {
        let Ok((schema, filled)) = on_postgres(&mut server, &pair.new.join(";\n")).await else {
            continue;
        };
        tables += schema.tables.len();
        with += filled.tables.len();
        without.extend(
            told(&filled)
                .into_iter()
                .map(|line| format!("{}: {line}", pair.name)),
        );
    }
    server.close().await.expect("stops");
    assert!(
        with * 100 >= tables * 90,
        "{with} of {tables}: {without:#?}"
    );
}
