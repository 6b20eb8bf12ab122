//! Diesel's `MigrationSource`.

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::MigrationHarness as _;
use limbeck::migrator::{AtStart, Migrator};

static MIGRATOR: Migrator = limbeck::embed!("migrations");

#[tokio::test]
async fn diesel_runs_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    diesel::sql_query("PRAGMA foreign_keys = ON")
        .execute(&mut connection)
        .unwrap();
    assert!(connection.has_pending_migration(&MIGRATOR).unwrap());
    let run = connection.run_pending_migrations(&MIGRATOR).unwrap();
    let versions: Vec<String> = run.iter().map(ToString::to_string).collect();
    assert_eq!(versions, ["00000001", "00000002", "00000003"]);
    assert!(!connection.has_pending_migration(&MIGRATOR).unwrap());
    let error = connection.revert_last_migration(&MIGRATOR).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("Names are not empty` is taken back by"),
        "{error}"
    );
    // The rebuild of `authors` has not taken the notes along.
    let notes = diesel::sql_query("UPDATE notes SET text = 'x'").execute(&mut connection);
    assert_eq!(notes.unwrap(), 1);
    drop(connection);
    let url = format!("sqlite:{}", file.display());
    MIGRATOR.start(&url, AtStart::Check).await.unwrap();
}

#[test]
fn steps_and_statements_are_versions() {
    let told: Vec<String> = MigrationSource::<Pg>::migrations(&&MIGRATOR)
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one.name(), one.metadata().run_in_transaction()))
        .collect();
    assert_eq!(
        told,
        [
            "00000001 5b1e0c7a9d42 Create notes true",
            "00000002 c3d8f1a64e90 Index notes (1 of 3) false",
            "00000003 c3d8f1a64e90 Index notes (2 of 3) false",
            "00000004 c3d8f1a64e90 Index notes (3 of 3) true",
            "00000005 e72b95d04c18 Names are not empty (1 of 2) true",
            "00000006 e72b95d04c18 Names are not empty (2 of 2) true",
        ]
    );
}

#[test]
fn several_heads_are_named() {
    let migrator = super::of_sqlx::branches();
    let error = MigrationSource::<Sqlite>::migrations(&&migrator);
    let text = error.err().unwrap().to_string();
    assert!(text.contains("b1") && text.contains("b2"), "{text}");
}
