//! Runs that an application cancels, that fail or that panic in it: its pool goes on with a connection as it was.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use limbeck::migrator::{AtStart, Migrator};
use limbeck::run::{Event, HookResult};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection as _, SqliteConnection, SqlitePool};

/// A revision of a slow statement, in each kind of step.
fn migrator(header: &str, before: &str, rows: u32) -> Migrator {
    let text = format!(
        "-- revision: a\n-- parents: none\n{header}\n-- upgrade\n{before}CREATE TABLE a (x);\n\
         CREATE TABLE b AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {rows}) \
         SELECT x FROM c;\n-- downgrade\nDROP TABLE b;\nDROP TABLE a;\n"
    );
    Migrator::from_files(vec![("a.sql".to_owned(), text)])
}

async fn waits(connection: &mut SqliteConnection) -> HookResult {
    sqlx::query("INSERT INTO a VALUES (1)")
        .execute(&mut *connection)
        .await?;
    std::future::pending::<()>().await;
    Ok(())
}

async fn panics(_: &mut SqliteConnection) -> HookResult {
    panic!("the hook")
}

async fn works(_: &mut SqliteConnection) -> HookResult {
    Ok(())
}

async fn pool(options: SqliteConnectOptions) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.unwrap();
    sqlx::query("CREATE TABLE kept (x)")
        .execute(&pool)
        .await
        .unwrap();
    pool
}

/// What the application does next works, is kept, and is seen by others; and so does the next run.
async fn check(pool: &SqlitePool, file: Option<&str>, again: &Migrator, case: &str) {
    let keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(keys, 1, "{case}");
    let tables = "SELECT group_concat(name) FROM sqlite_schema WHERE name IN ('a', 'b', 'kept')";
    let there: String = sqlx::query_scalar(tables).fetch_one(pool).await.unwrap();
    assert_eq!(there, "kept", "{case}");
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("INSERT INTO kept VALUES (1)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    if let Some(file) = file {
        let mut other = SqliteConnection::connect(file).await.unwrap();
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM kept")
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert_eq!(rows, 1, "{case}");
        sqlx::query("INSERT INTO kept VALUES (2)")
            .execute(&mut other)
            .await
            .unwrap();
        other.close().await.unwrap();
    }
    let status = again.start(pool, AtStart::Upgrade).await.unwrap();
    assert!(status.is_at_head(), "{case}");
}

#[tokio::test]
async fn a_pool_goes_on_as_if_a_cancelled_run_had_not_been() {
    const SLOW: u32 = 800_000;
    let limit = Duration::from_millis(100);
    let off = "-- step: foreign keys off\n";
    let hook = "-- requires: hook\n";
    for in_memory in [false, true] {
        for case in [
            "a step",
            "foreign keys off",
            "a hook",
            "a hook panics",
            "an event panics",
        ] {
            let home = tempfile::tempdir().unwrap();
            let file = home.path().join("a.db").display().to_string();
            let options = if in_memory {
                SqliteConnectOptions::new().in_memory(true)
            } else {
                let options = SqliteConnectOptions::new().filename(&file);
                options.create_if_missing(true)
            };
            let pool = pool(options).await;
            let (cut, again) = match case {
                "a step" => (migrator("", "", SLOW), migrator("", "", 1)),
                "foreign keys off" => (migrator("", off, SLOW), migrator("", off, 1)),
                "a hook" | "a hook panics" => {
                    let again = migrator(hook, off, 1).with_hook("a", works);
                    let cut = migrator(hook, off, 1);
                    let cut = if case == "a hook" {
                        cut.with_hook("a", waits)
                    } else {
                        cut.with_hook("a", panics)
                    };
                    (cut, again)
                }
                _ => (migrator("", off, 1), migrator("", off, 1)),
            };
            if case.ends_with("panics") {
                let pool = pool.clone();
                let is_event = case == "an event panics";
                let run = tokio::spawn(async move {
                    let mut on_event = |event: Event<'_>| {
                        assert!(!is_event || !matches!(event, Event::Statement { .. }));
                    };
                    cut.upgrade_with(&pool, "heads", &mut on_event)
                        .await
                        .map(drop)
                });
                assert!(run.await.unwrap_err().is_panic(), "{case}");
            } else {
                let run = tokio::time::timeout(limit, cut.upgrade(&pool, "heads"));
                assert!(run.await.is_err(), "{case}");
            }
            let file = (!in_memory).then_some(file.as_str());
            check(&pool, file, &again, case).await;
        }
    }
}

/// A step without a transaction sets what it likes, and is not the last to use the connection.
#[tokio::test]
async fn a_pool_goes_on_with_the_settings_that_it_had() {
    const SETTINGS: [(&str, i64); 6] = [
        ("foreign_keys", 1),
        ("ignore_check_constraints", 0),
        ("recursive_triggers", 0),
        ("legacy_alter_table", 0),
        ("query_only", 0),
        ("synchronous", 2),
    ];
    for in_memory in [false, true] {
        for (last, fails) in [
            ("SELECT 1;", false),
            ("INSERT INTO nowhere VALUES (1);", true),
            ("PRAGMA query_only = 1;\nCREATE TABLE b (x);", true),
        ] {
            let home = tempfile::tempdir().unwrap();
            let options = if in_memory {
                SqliteConnectOptions::new().in_memory(true)
            } else {
                let options = SqliteConnectOptions::new().filename(home.path().join("a.db"));
                options.create_if_missing(true)
            };
            let pool = pool(options).await;
            let text = format!(
                "-- revision: a\n-- parents: none\n\n-- upgrade\n-- step: no transaction\n\
                 PRAGMA foreign_keys = OFF;\nPRAGMA ignore_check_constraints = 1;\n\
                 PRAGMA recursive_triggers = 1;\nPRAGMA legacy_alter_table = 1;\n\
                 PRAGMA synchronous = 0;\nPRAGMA locking_mode = exclusive;\n{last}\n\
                 -- downgrade\n-- nothing\n"
            );
            let migrator = Migrator::from_files(vec![("a.sql".to_owned(), text)]);
            let case = format!("{last}, in memory: {in_memory}");
            let outcome = migrator.upgrade(&pool, "heads").await;
            assert_eq!(outcome.is_err(), fails, "{case}: {outcome:?}");
            for (name, expected) in SETTINGS {
                let sql = sqlx::AssertSqlSafe(format!("PRAGMA {name}"));
                let now: i64 = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
                assert_eq!(now, expected, "{case}: {name}");
            }
            let kept = sqlx::query("INSERT INTO kept VALUES (1)")
                .execute(&pool)
                .await;
            kept.unwrap();
            if !in_memory {
                let file = home.path().join("a.db").display().to_string();
                let mut other = SqliteConnection::connect(&file).await.unwrap();
                let kept = sqlx::query("INSERT INTO kept VALUES (2)");
                kept.execute(&mut other).await.unwrap();
            }
        }
    }
}
