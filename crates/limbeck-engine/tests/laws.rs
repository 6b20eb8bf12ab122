//! The laws on real databases, for random schemas with a row in every table.

use std::collections::BTreeSet;

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::{HazardCode, Operation, fold};
use limbeck_core::plan::{plan, plan_downgrade};
use limbeck_core::revision::Section;
use limbeck_core::schema::{IdentityKind, QualifiedName, Schema, Type};
use limbeck_core::sql::{quote_identifier, quote_literal};
use limbeck_engine::inspect::{InspectOptions, inspect, residue, residue_difference};
use limbeck_engine::proof::rows::Change;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};

use crate::common::plans::{changes, described, run};
use crate::common::rows::{rows, untouched};
use crate::common::{plans, schemas};

/// A row in every table. Every id is 5, so that whatever references an id finds it.
async fn fill(connection: &mut Connection, schema: &Schema) {
    let dialect = connection.dialect();
    let quote = |name: &str| quote_identifier(name, dialect);
    match dialect {
        Dialect::Postgres => {
            connection
                .execute("SET session_replication_role = replica")
                .await
        }
        Dialect::Sqlite => connection.execute("PRAGMA foreign_keys = OFF").await,
    }
    .expect("keys are not enforced");
    for table in schema.tables.values() {
        let mut overriding = "";
        let mut names = Vec::new();
        let mut values = Vec::new();
        for column in &table.columns {
            let always = column
                .identity
                .as_ref()
                .is_some_and(|identity| identity.kind == IdentityKind::Always);
            if always {
                overriding = "OVERRIDING SYSTEM VALUE";
            }
            names.push(quote(&column.name));
            values.push(match &column.data_type {
                Type::Enum(name) => quote_literal(&schema.enums[name].values[0]),
                Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Double => "5".to_owned(),
                Type::Boolean => "true".to_owned(),
                Type::Timestamp { .. } => "'2026-01-02 03:04:05'".to_owned(),
                Type::Uuid => "'00000000-0000-0000-0000-000000000005'".to_owned(),
                Type::Sql(name) if name.contains("CHAR") || name == "TEXT" => "'five'".to_owned(),
                Type::Sql(_) => "5".to_owned(),
                _ => "'five'".to_owned(),
            });
        }
        let sql = format!(
            "INSERT INTO {} ({}) {overriding} VALUES ({})",
            quote(&table.name.name),
            names.join(", "),
            values.join(", ")
        );
        connection.execute(&sql).await.expect("a row fits");
    }
    match dialect {
        Dialect::Postgres => {
            connection
                .execute("SET session_replication_role = DEFAULT")
                .await
        }
        Dialect::Sqlite => connection.execute("PRAGMA foreign_keys = ON").await,
    }
    .expect("keys are enforced");
}

fn may_fail(operations: &[Operation]) -> bool {
    operations
        .iter()
        .flat_map(Operation::hazards)
        .any(|hazard| hazard.code == HazardCode::MayFail)
}

fn inverses_may_fail(operations: &[Operation]) -> bool {
    may_fail(&limbeck_core::op::inverses(operations))
}

/// Fills a database with made-up rows that satisfy two schemas; what is said to have rows has some.
async fn made_up(connection: &mut Connection, a: &Schema, b: &Schema) -> (usize, usize) {
    let dialect = connection.dialect();
    let nothing = Section::Steps(Vec::new());
    let first = changes(&Schema::default(), a, dialect);
    let plan = plan(&first, &Schema::default(), dialect).expect("is planned");
    run(connection, &plan).await.expect("is made");
    let change = Change::new(a, b, &nothing, &nothing, dialect);
    let tables: BTreeSet<QualifiedName> = a.tables.keys().cloned().collect();
    let filled = limbeck_engine::proof::rows::fill(connection, a, Some((b, &change)), &tables)
        .await
        .expect("answers");
    let held = rows(connection, a).await;
    for name in &tables {
        let has_rows = held
            .iter()
            .filter(|((table, _), _)| table == name)
            .all(|(_, values)| !values.is_empty());
        assert_eq!(
            has_rows,
            filled.tables.contains(name),
            "{name}: {:?}",
            filled.without
        );
    }
    (filled.tables.len(), tables.len())
}

/// Most tables get rows, and nothing panics.
fn check_share(shares: &[(usize, usize)]) {
    let filled: usize = shares.iter().map(|(filled, _)| filled).sum();
    let of: usize = shares.iter().map(|(_, of)| of).sum();
    assert!(filled * 100 >= of * 95, "{filled} of {of}");
}

#[tokio::test]
async fn random_tables_get_rows_on_sqlite() {
    let mut shares = Vec::new();
    for (a, b) in pairs(Dialect::Sqlite, 200) {
        let mut connection = Connection::memory().await.expect("memory");
        shares.push(made_up(&mut connection, &a, &b).await);
    }
    check_share(&shares);
}

#[tokio::test]
async fn random_tables_get_rows_on_postgres() {
    let mut scratch = plans::scratch("laws-rows").await;
    let mut shares = Vec::new();
    for (a, b) in pairs(Dialect::Postgres, 30) {
        let database = scratch
            .create_database("rows", None)
            .await
            .expect("a database");
        let mut connection = database.connect().await.expect("connects");
        shares.push(made_up(&mut connection, &a, &b).await);
        connection.close().await.expect("is closed");
        scratch
            .drop_database(&database.name)
            .await
            .expect("is dropped");
    }
    scratch.close().await.expect("stops");
    check_share(&shares);
}

async fn laws(connection: &mut Connection, a: &Schema, b: &Schema) {
    let options = InspectOptions::default();
    let dialect = connection.dialect();
    let first = plan(
        &changes(&Schema::default(), a, dialect),
        &Schema::default(),
        dialect,
    );
    run(connection, &first.expect("is planned"))
        .await
        .expect("is made");
    let before = inspect(connection, &options).await.expect("is inspected");
    let rest = changes(&before, a, dialect);
    assert!(rest.is_empty(), "made as planned: {}", described(&rest));
    fill(connection, a).await;
    let before_residue = residue(connection, &options).await.expect("has a residue");
    let before_rows = rows(connection, a).await;

    let operations = changes(&before, b, dialect);
    let after = fold(&operations, before.clone(), dialect).expect("operations fit");
    let upgrade = plan(&operations, &before, dialect).expect("is planned");
    let downgrade = plan_downgrade(&operations, &after, dialect).expect("is planned");
    if let Err(error) = run(connection, &upgrade).await {
        assert!(
            may_fail(&operations),
            "{error}\nwithout a hazard: {}",
            described(&operations)
        );
        if upgrade.steps.len() == 1 {
            let left = inspect(connection, &options).await.expect("is inspected");
            let rest = changes(&left, &before, dialect);
            assert!(
                rest.is_empty(),
                "a failure changes nothing: {}",
                described(&rest)
            );
        }
        return;
    }
    let reached = inspect(connection, &options).await.expect("is inspected");
    let rest = changes(&reached, b, dialect);
    assert!(rest.is_empty(), "the upgrade arrives: {}", described(&rest));
    let kept = untouched(&operations, &before, b);
    let after_rows = rows(connection, b).await;
    for column in &kept {
        assert_eq!(
            before_rows[column], after_rows[column],
            "upgrade keeps {column:?}"
        );
    }
    if let Err(error) = run(connection, &downgrade).await {
        assert!(
            inverses_may_fail(&operations),
            "{error}\nwithout a hazard: {}",
            described(&operations)
        );
        return;
    }
    let back = inspect(connection, &options).await.expect("is inspected");
    let rest = changes(&back, &before, dialect);
    assert!(
        rest.is_empty(),
        "the downgrade arrives: {}",
        described(&rest)
    );
    let left = residue(connection, &options).await.expect("has a residue");
    assert_eq!(
        residue_difference(&before_residue, &left),
        Vec::<String>::new()
    );
    let back_rows = rows(connection, a).await;
    for column in &kept {
        assert_eq!(
            before_rows[column], back_rows[column],
            "downgrade keeps {column:?}"
        );
    }
}

/// The same pairs on every run: what fails once can be looked into.
fn pairs(dialect: Dialect, count: usize) -> Vec<(Schema, Schema)> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let strategy = (schemas::schema(dialect), schemas::schema(dialect));
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("is drawn").current())
        .collect()
}

#[tokio::test]
async fn laws_on_sqlite() {
    for (a, b) in pairs(Dialect::Sqlite, 300) {
        let mut connection = Connection::memory().await.expect("memory");
        laws(&mut connection, &a, &b).await;
    }
}

#[tokio::test]
async fn laws_on_postgres() {
    let mut scratch = plans::scratch("laws").await;
    for (a, b) in pairs(Dialect::Postgres, 60) {
        let database = scratch
            .create_database("laws", None)
            .await
            .expect("a database");
        let mut connection = database.connect().await.expect("connects");
        laws(&mut connection, &a, &b).await;
        connection.close().await.expect("is closed");
        scratch
            .drop_database(&database.name)
            .await
            .expect("is dropped");
    }
    scratch.close().await.expect("stops");
}
