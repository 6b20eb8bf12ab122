//! sqlx's own `Migrator`, and `#[sqlx::test]` with it.

use std::process::Command;
use std::sync::LazyLock;

use limbeck::Dialect;
use limbeck::migrator::{AtStart, Migrator, MigratorError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{PgPool, SqlitePool};

use super::server::Postgres;

static MIGRATOR: Migrator = limbeck::embed!("migrations");
static ON_POSTGRES: LazyLock<sqlx::migrate::Migrator> = LazyLock::new(|| of(Dialect::Postgres));
static ON_SQLITE: LazyLock<sqlx::migrate::Migrator> = LazyLock::new(|| of(Dialect::Sqlite));

fn of(dialect: Dialect) -> sqlx::migrate::Migrator {
    MIGRATOR
        .to_sqlx(dialect)
        .expect("the revisions are one line")
}

#[sqlx::test(migrator = "crate::of_sqlx::ON_POSTGRES")]
#[ignore = "it wants DATABASE_URL: `sqlx_gives_each_test_a_database_on_postgres` runs it"]
async fn a_test_of_sqlx_has_the_tables(pool: PgPool) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO notes (text) VALUES ('x')")
        .execute(&pool)
        .await?;
    let indexes = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text LIKE 'ix\\_notes%'";
    let indexes: i64 = sqlx::query_scalar(indexes).fetch_one(&pool).await?;
    assert_eq!(indexes, 2);
    // Limbeck knows of it.
    let status = MIGRATOR.start(&pool, AtStart::Check).await.unwrap();
    assert!(status.is_at_head());
    Ok(())
}

#[sqlx::test(migrator = "crate::of_sqlx::ON_SQLITE")]
#[ignore = "it leaves a folder: `sqlx_gives_each_test_a_database` runs it elsewhere"]
async fn a_test_of_sqlx_has_the_tables_too(pool: SqlitePool) -> sqlx::Result<()> {
    // The rebuild of `authors` has not taken the notes along.
    let first: String = sqlx::query_scalar("SELECT text FROM notes")
        .fetch_one(&pool)
        .await?;
    assert_eq!(first, "the first");
    let refused = sqlx::query("INSERT INTO authors (name) VALUES ('')")
        .execute(&pool)
        .await;
    assert!(refused.unwrap_err().to_string().contains("CHECK"));
    let status = MIGRATOR.start(&pool, AtStart::Check).await.unwrap();
    assert!(status.is_at_head());
    Ok(())
}

#[test]
fn sqlx_gives_each_test_a_database() {
    run("of_sqlx::a_test_of_sqlx_has_the_tables_too", None);
}

#[tokio::test]
async fn sqlx_gives_each_test_a_database_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    run("of_sqlx::a_test_of_sqlx_has_the_tables", Some(&url));
}

/// Runs a test of this binary that is ignored otherwise.
fn run(test: &str, url: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", test]);
    command
        .current_dir(folder.path())
        .env_remove("DATABASE_URL");
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn steps_and_statements_are_versions() {
    let told = |migrator: &sqlx::migrate::Migrator| -> Vec<String> {
        let line = |one: &sqlx::migrate::Migration| {
            let sql = one.sql.as_str().lines().next().unwrap_or_default();
            format!("{} {} {} {sql}", one.version, one.description, one.no_tx)
        };
        migrator.iter().map(line).collect()
    };
    assert_eq!(
        told(&ON_POSTGRES),
        [
            "1 5b1e0c7a9d42 Create notes false CREATE TABLE authors (",
            "2 c3d8f1a64e90 Index notes (1 of 3) true CREATE INDEX CONCURRENTLY ix_notes_author_id ON notes (author_id)",
            "3 c3d8f1a64e90 Index notes (2 of 3) true CREATE INDEX CONCURRENTLY ix_notes_text ON notes (text)",
            "4 c3d8f1a64e90 Index notes (3 of 3) false CREATE TABLE IF NOT EXISTS limbeck_history (",
            "5 e72b95d04c18 Names are not empty (1 of 2) false ALTER TABLE authors ADD CONSTRAINT authors_name_check CHECK (length(name) > 0) NOT VALID;",
            "6 e72b95d04c18 Names are not empty (2 of 2) false ALTER TABLE authors VALIDATE CONSTRAINT authors_name_check;",
        ]
    );
    assert_eq!(
        told(&ON_SQLITE),
        [
            "1 5b1e0c7a9d42 Create notes false CREATE TABLE authors (",
            "2 c3d8f1a64e90 Index notes false CREATE INDEX ix_notes_author_id ON notes (author_id);",
            "3 e72b95d04c18 Names are not empty true PRAGMA foreign_keys = OFF;",
        ]
    );
}

/// What sqlx has run stays so for it, and Limbeck goes on from there.
#[tokio::test]
async fn sqlx_and_limbeck_go_on_from_each_other() {
    let options = SqliteConnectOptions::new().in_memory(true);
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.unwrap();
    ON_SQLITE.run_to(2, &pool).await.unwrap();
    let status = MIGRATOR.status(&pool).await.unwrap();
    assert_eq!(status.pending.len(), 1);
    ON_SQLITE.run(&pool).await.unwrap();
    ON_SQLITE.run(&pool).await.unwrap();
    assert!(MIGRATOR.status(&pool).await.unwrap().is_at_head());
    MIGRATOR.downgrade(&pool, "-1").await.unwrap();
    assert_eq!(MIGRATOR.status(&pool).await.unwrap().pending.len(), 1);
}

#[test]
fn several_heads_are_named() {
    let error = branches().to_sqlx(Dialect::Sqlite).unwrap_err();
    assert!(matches!(error, MigratorError::Graph(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("b1") && text.contains("b2"), "{text}");
}

/// Two heads on one base.
pub(crate) fn branches() -> Migrator {
    let file = |id: &str, parents: &str| {
        let text = format!(
            "-- revision: {id}\n-- parents: {parents}\n\n-- upgrade\nCREATE TABLE {id} (x int);\n-- downgrade\nDROP TABLE {id};\n"
        );
        (format!("{id}.sql"), text)
    };
    Migrator::from_files(vec![file("a0", "none"), file("b1", "a0"), file("b2", "a0")])
}
