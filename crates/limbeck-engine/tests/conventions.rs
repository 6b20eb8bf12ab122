//! What a database's tables have in common is found, and saves words in the models that are written of it.

use std::collections::BTreeSet;

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::schema::naming::{Naming, Parts, fill};
use limbeck_core::schema::{ConstraintKind, IndexTarget, QualifiedName, Schema, Table, Type};
use limbeck_engine::inspect::{InspectOptions, inspect};
use limbeck_engine::uuids::note_uuids;
use limbeck_models::{Conventions, SqlType, conventions, rust};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::plans::scratch;
use crate::common::schemas;

/// Templates as people have them; the last ones are no tool's.
fn namings() -> Vec<Naming> {
    let naming = |primary_key: &str, unique: &str, foreign_key: &str, index: &str| Naming {
        primary_key: primary_key.to_owned(),
        unique: unique.to_owned(),
        foreign_key: foreign_key.to_owned(),
        index: index.to_owned(),
        ..Naming::default()
    };
    vec![
        naming(
            "{table}_pkey",
            "{table}_{columns}_key",
            "fk_rails_{sha256:10:{table}_{columns}_fk}",
            "index_{table}_on_{columns:_and_}",
        ),
        naming(
            "pk_{table}",
            "uq_{table}_{first_column}",
            "fk_{table}_{first_column}_{referenced_table}",
            "ix_{table}_{columns}",
        ),
        naming(
            "{table}_pkey",
            "{table}_{columns}_{md5:8:{table}{columns:}}_uniq",
            "{table}_{columns}_{md5:8:{table}{columns:}}_fk_{referenced_table}_{referenced_columns}",
            "{table}_{columns}_{md5:8:{table}{columns:}}",
        ),
        naming(
            "{table}-the-key",
            "only.one.{columns:-}.of.{table}",
            "{referenced_table}<{table}:{columns}",
            "{columns}__{table}__i",
        ),
    ]
}

/// Names the members anew, but for those whose name somebody has; how many are named so, of how many.
fn renamed(schema: &Schema, naming: &Naming) -> (Schema, usize, usize) {
    let mut renamed = schema.clone();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let (mut named, mut all) = (0, 0);
    for table in renamed.tables.values_mut() {
        let from = table.clone();
        table.constraints.clear();
        table.indexes.clear();
        for mut constraint in from.constraints.into_values() {
            let columns = constraint.kind.key_columns().to_vec();
            let mut parts = Parts::new(&table.name.name, &columns);
            if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                parts.references = Some((&key.references.name, &key.referenced_columns));
            }
            let name = fill(naming.of_constraint(&constraint.kind), &parts);
            all += 1;
            if !columns.is_empty() && taken.insert(name.clone()) {
                constraint.name = name;
                named += 1;
            }
            table.add_constraint(constraint);
        }
        for mut index in from.indexes.into_values() {
            let columns: Vec<String> = index
                .keys
                .iter()
                .filter_map(|key| match &key.target {
                    IndexTarget::Column(column) => Some(column.clone()),
                    IndexTarget::Expression(_) => None,
                })
                .collect();
            let name = fill(
                naming.of_index(index.unique),
                &Parts::new(&table.name.name, &columns),
            );
            all += 1;
            if columns.len() == index.keys.len() && taken.insert(name.clone()) {
                index.name = name;
                named += 1;
            }
            table.add_index(index);
        }
    }
    (renamed, named, all)
}

/// The names that the source says.
fn said(schema: &Schema, source: &str) -> usize {
    let names = |table: &Table| -> Vec<String> {
        let constraints = table.constraints.keys();
        constraints.chain(table.indexes.keys()).cloned().collect()
    };
    let all: Vec<String> = schema.tables.values().flat_map(names).collect();
    let is_said = |name: &&String| source.contains(&format!("\"{name}\""));
    all.iter().filter(is_said).count()
}

/// Several schemas as one, so that a kind has members enough to show something.
fn random(runner: &mut TestRunner, dialect: Dialect) -> Schema {
    let strategy = schemas::schema(dialect);
    let mut whole = Schema::default();
    for number in 0..8 {
        let drawn = strategy.new_tree(runner).expect("is drawn").current();
        whole.enums.extend(drawn.enums);
        for mut table in drawn.tables.into_values() {
            table.name.name = format!("{}{number}", table.name.name);
            for constraint in table.constraints.values_mut() {
                if let ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                    key.references.name = format!("{}{number}", key.references.name);
                }
            }
            whole.tables.insert(table.name.clone(), table);
        }
    }
    whole
}

/// A column of SQLite, its rows, and whether they are UUIDs.
const COLUMNS: &[(&str, &[&str], bool)] = &[
    (
        "id BLOB",
        &["x'67e5504410b1426f9247bb680e5fe0c8'", "NULL"],
        true,
    ),
    ("id BLOB", &["x'67e5504410b1026f9247bb680e5fe0c8'"], false),
    ("id BLOB", &["x'67e5504410b1426f1247bb680e5fe0c8'"], false),
    ("id BLOB", &["x'67e5504410b1426f9247bb680e5fe0'"], false),
    ("id BLOB", &["'67e55044-10b1-42'"], false),
    ("id BLOB", &[], false),
    ("id UUID", &["zeroblob(16)"], true),
    (
        "id UUID",
        &["'67e55044-10b1-426f-9247-bb680e5fe0c8'"],
        false,
    ),
    (
        "id UUID",
        &[
            "x'67e5504410b1426f9247bb680e5fe0c8'",
            "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
        ],
        false,
    ),
    (
        "\"user Id\" BINARY(16)",
        &["x'0192d3f0aabb7ccc8ddd000102030405'"],
        true,
    ),
    (
        "digest BLOB",
        &["x'67e5504410b1426f9247bb680e5fe0c8'"],
        false,
    ),
    (
        "token BLOB",
        &[
            "x'67e5504410b1426f9247bb680e5fe0c8'",
            "x'67e5504410b1426f9247bb680e5fe0c9'",
            "x'67e5504410b1426f9247bb680e5fe0ca'",
            "x'67e5504410b1426f9247bb680e5fe0cb'",
        ],
        true,
    ),
    ("id TEXT", &["x'67e5504410b1426f9247bb680e5fe0c8'"], false),
];

#[tokio::test]
async fn rows_tell_which_columns_hold_uuids() {
    let mut connection = Connection::memory().await.expect("memory");
    for (number, (column, values, _)) in COLUMNS.iter().enumerate() {
        let mut statements = vec![format!("CREATE TABLE \"t {number}\" (n INTEGER, {column})")];
        statements.extend(
            values
                .iter()
                .map(|value| format!("INSERT INTO \"t {number}\" VALUES (1, {value})")),
        );
        for statement in statements {
            connection.execute(&statement).await.expect("is run");
        }
    }
    for statement in [
        "CREATE TABLE parent (id BLOB PRIMARY KEY)",
        "CREATE TABLE child (parent BLOB REFERENCES parent (id), other BLOB)",
        "CREATE TABLE grandchild (child BLOB REFERENCES child (parent))",
        "INSERT INTO parent VALUES (x'67e5504410b1426f9247bb680e5fe0c8')",
    ] {
        connection.execute(statement).await.expect("is run");
    }
    let schema = inspect(&mut connection, &InspectOptions::default()).await;
    let mut schema = schema.expect("is inspected");
    note_uuids(&mut connection, &mut schema).await;
    let is_uuid = |table: &str, place: usize| {
        let table = &schema.tables[&QualifiedName::new(table)];
        table.columns[place].declared.data_type == Some(Type::Uuid)
    };
    for (number, (column, values, expected)) in COLUMNS.iter().enumerate() {
        let found = is_uuid(&format!("t {number}"), 1);
        assert_eq!(found, *expected, "{column} with {values:?}");
    }
    let found = [("parent", 0), ("child", 0), ("child", 1), ("grandchild", 0)];
    assert_eq!(
        found.map(|(table, place)| is_uuid(table, place)),
        [true, true, false, true]
    );
}

#[tokio::test]
async fn what_cannot_be_asked_holds_no_uuids() {
    let mut connection = Connection::memory().await.expect("memory");
    let many: Vec<String> = (0..1900)
        .map(|number| format!("c{number}_id BLOB"))
        .collect();
    let uuid = "x'67e5504410b1426f9247bb680e5fe0c8'";
    for statement in [
        format!("CREATE TABLE wide ({}, last_id BLOB)", many.join(", ")),
        format!("INSERT INTO wide (c0_id, last_id) VALUES ({uuid}, {uuid})"),
        "CREATE TABLE odd (id BLOB, body TEXT)".to_owned(),
        format!("INSERT INTO odd VALUES ({uuid}, 'no JSON')"),
        "ALTER TABLE odd ADD COLUMN part_id BLOB AS (json_extract(body, '$.id'))".to_owned(),
        "CREATE TABLE after_them (id BLOB)".to_owned(),
        format!("INSERT INTO after_them VALUES ({uuid})"),
    ] {
        connection.execute(&statement).await.expect("is run");
    }
    let schema = inspect(&mut connection, &InspectOptions::default()).await;
    let mut schema = schema.expect("is inspected");
    note_uuids(&mut connection, &mut schema).await;
    let is_uuid = |table: &str, column: &str| {
        let table = &schema.tables[&QualifiedName::new(table)];
        let column = table.columns.iter().find(|one| one.name == column);
        column.expect("is there").declared.data_type == Some(Type::Uuid)
    };
    let found = [
        ("wide", "c0_id"),
        ("wide", "c1_id"),
        ("wide", "last_id"),
        ("odd", "id"),
        ("odd", "part_id"),
        ("after_them", "id"),
    ];
    assert_eq!(
        found.map(|(table, column)| is_uuid(table, column)),
        [true, false, true, true, false, true]
    );
}

#[test]
fn the_templates_of_names_are_found() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut saved = 0;
    for round in 0..40 {
        for dialect in Dialect::ALL {
            let drawn = random(&mut runner, dialect);
            for naming in namings() {
                let (schema, named, all) = renamed(&drawn, &naming);
                let found = conventions(&schema, dialect, &Conventions::default());
                let truth = Conventions {
                    naming,
                    ..Conventions::default()
                };
                let said =
                    |conventions: &Conventions| said(&schema, &rust(&schema, dialect, conventions));
                let [with_none, with_found, with_truth] =
                    [&Conventions::default(), &found, &truth].map(said);
                // A kind with one or two members may show nothing, and then their names are said.
                assert!(
                    with_found <= with_none && with_found <= with_truth + 2 * 7,
                    "round {round}: {with_found} of {all} names are said, {named} follow {truth:#?}, and this was found: {found:#?}"
                );
                saved += with_none - with_found;
            }
        }
    }
    assert!(saved > 0);
}

#[tokio::test]
async fn of_templates_that_fit_the_plain_one_is_found() {
    let mut connection = Connection::memory().await.expect("memory");
    for statement in [
        "CREATE TABLE a (name TEXT, note TEXT)",
        "CREATE TABLE b (name TEXT)",
        "CREATE INDEX \"only name of a\" ON a (name)",
        "CREATE INDEX \"only note of a\" ON a (note)",
        "CREATE INDEX \"only name of b\" ON b (name)",
    ] {
        connection.execute(statement).await.expect("is run");
    }
    let schema = inspect(&mut connection, &InspectOptions::default()).await;
    let schema = schema.expect("is inspected");
    let found = conventions(&schema, Dialect::Sqlite, &Conventions::default());
    assert_eq!(found.naming.index, "only {columns} of {table}");
}

/// Statements, and the types that are found in their database.
type TypeCase = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

/// What a field that is still to come may be without a word, and what only some columns are.
const TYPES_ON_POSTGRES: &[TypeCase] = &[
    (
        &["varchar", "varchar", "varchar[]", "text"],
        &[("String", "varchar")],
    ),
    (&["citext", "citext"], &[("String", "citext")]),
    (
        &["timestamp(3)", "timestamp(3)"],
        &[("chrono::NaiveDateTime", "timestamp(3)")],
    ),
    (&["short", "short", "short"], &[]),
    (
        &[
            "flag",
            "flag",
            "\"Flag\"",
            "\"Flag\"",
            "other.flag",
            "other.flag",
        ],
        &[],
    ),
    (&["short[]", "short[]"], &[]),
    (&["char(3)", "char(3)", "char(3)"], &[]),
    (
        &["bit(3)", "bit(3)", "bit varying(5)", "bit varying(5)"],
        &[],
    ),
    (
        &[
            "interval day to second",
            "interval day to second",
            "interval(3)",
            "interval(3)",
        ],
        &[],
    ),
    // Where the domain is left out, others may be the most.
    (
        &["short", "short", "short", "varchar", "varchar"],
        &[("String", "varchar")],
    ),
];

const TYPES_ON_SQLITE: &[TypeCase] = &[
    (&["VARCHAR", "VARCHAR"], &[("String", "VARCHAR")]),
    (
        &["DATETIME(6)", "DATETIME(6)"],
        &[("chrono::NaiveDateTime", "DATETIME(6)")],
    ),
    (
        &["double precision", "double precision"],
        &[("f64", "DOUBLE PRECISION")],
    ),
    (
        &[
            "uuid_text",
            "uuid_text",
            "timestamp_with_timezone_text",
            "timestamp_with_timezone_text",
        ],
        &[
            ("chrono::DateTime", "TIMESTAMP_WITH_TIMEZONE_TEXT"),
            ("uuid::Uuid", "UUID_TEXT"),
        ],
    ),
    (
        &["NVARCHAR(40)", "NVARCHAR(40)", "VARCHAR(9)", "VARCHAR(9)"],
        &[],
    ),
    (&["BLOB SUB_TYPE TEXT", "BLOB SUB_TYPE TEXT"], &[]),
    (
        &[
            "DOUBLE(8, 2)",
            "DOUBLE(8, 2)",
            "FLOATING POINT",
            "FLOATING POINT",
        ],
        &[],
    ),
    (
        &[
            "LONGTEXT", "LONGTEXT", "my text", "my text", "BLOB(16)", "BLOB(16)",
        ],
        &[],
    ),
];

async fn types_are_found(connection: &mut Connection, dialect: Dialect, cases: &[TypeCase]) {
    for (columns, expected) in cases {
        let columns: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(number, sql)| format!("c{number} {sql}"))
            .collect();
        let columns = columns.join(", ");
        let create = format!("CREATE TABLE t (id integer PRIMARY KEY, {columns})");
        connection.execute(&create).await.expect("is run");
        let schema = inspect(connection, &InspectOptions::default()).await;
        let schema = schema.expect("is inspected");
        connection.execute("DROP TABLE t").await.expect("is run");
        let found = conventions(&schema, dialect, &Conventions::default()).types;
        let expected = expected.iter().map(|(path, sql)| {
            let sql = SqlType::Everywhere((*sql).to_owned());
            ((*path).to_owned(), sql)
        });
        assert_eq!(found, expected.collect(), "{columns}");
    }
}

#[tokio::test]
async fn types_of_a_project_are_those_of_new_fields_on_sqlite() {
    let mut connection = Connection::memory().await.expect("memory");
    types_are_found(&mut connection, Dialect::Sqlite, TYPES_ON_SQLITE).await;
}

#[tokio::test]
async fn types_of_a_project_are_those_of_new_fields_on_postgres() {
    let mut scratch = scratch("conventions").await;
    let database = scratch.create_database("types", None).await;
    let mut connection = database
        .expect("a database")
        .connect()
        .await
        .expect("connects");
    let own = "CREATE EXTENSION citext; CREATE SCHEMA other; CREATE DOMAIN short AS varchar(5); CREATE DOMAIN flag AS boolean NOT NULL; CREATE DOMAIN \"Flag\" AS boolean; CREATE DOMAIN other.flag AS boolean";
    connection.batch(own).await.expect("is run");
    types_are_found(&mut connection, Dialect::Postgres, TYPES_ON_POSTGRES).await;
    connection.close().await.expect("is closed");
    scratch.close().await.expect("is closed");
}
