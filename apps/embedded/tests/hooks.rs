//! Functions of an application that change data in the transaction of a revision.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use limbeck::migrator::{AtStart, Migrator, MigratorError};
use limbeck::run::{HookResult, RunErrorKind, RunOptions};
use sqlx::{Connection as _, PgConnection, PgPool, SqliteConnection, SqlitePool};

use super::server::{Postgres, sqlite};

/// Full names that become two columns, on both databases; the last step of PostgreSQL has no transaction.
fn files(header: &str) -> Vec<(String, String)> {
    let people = "-- revision: a\n-- parents: none\n\n-- upgrade\nCREATE TABLE people (name text);\n\
                  INSERT INTO people VALUES ('Ada Lovelace'), ('Alan Turing');\n\
                  -- downgrade\n-- loses: people\nDROP TABLE people;\n";
    let split = format!(
        "-- revision: b\n-- parents: a\n{header}\n\
         -- upgrade postgres\nALTER TABLE people ADD COLUMN last text;\n-- step: no transaction\n\
         CREATE INDEX CONCURRENTLY ix_people_last ON people (last);\n\
         -- upgrade sqlite\nALTER TABLE people ADD COLUMN last text;\n\
         -- downgrade\n-- loses: people.last\nALTER TABLE people DROP COLUMN last;\n"
    );
    vec![
        ("a.sql".to_owned(), people.to_owned()),
        ("b.sql".to_owned(), split),
    ]
}

fn migrator() -> Migrator {
    Migrator::from_files(files("-- requires: hook\n"))
}

static SPLITS: LazyLock<Migrator> = LazyLock::new(|| {
    migrator()
        .with_hook("b", split_on_postgres)
        .with_hook("b", split_on_sqlite)
});

fn last(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or_default()
}

/// It begins a transaction of its own, which is a part of the revision's.
async fn split_on_postgres(connection: &mut PgConnection) -> HookResult {
    let mut transaction = connection.begin().await?;
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM people")
        .fetch_all(&mut *transaction)
        .await?;
    for name in names {
        let update = sqlx::query("UPDATE people SET last = $1 WHERE name = $2");
        let update = update.bind(last(&name)).bind(&name);
        update.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn split_on_sqlite(connection: &mut SqliteConnection) -> HookResult {
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM people")
        .fetch_all(&mut *connection)
        .await?;
    for name in names {
        let update = sqlx::query("UPDATE people SET last = $1 WHERE name = $2");
        let update = update.bind(last(&name)).bind(&name);
        update.execute(&mut *connection).await?;
    }
    Ok(())
}

const LAST: &str = "SELECT last FROM people ORDER BY last";

#[tokio::test]
async fn data_changes_with_its_revision_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let pool = SqlitePool::connect(&sqlite(&folder)).await.unwrap();
    SPLITS.start(&pool, AtStart::Upgrade).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(LAST).fetch_all(&pool).await.unwrap();
    assert_eq!(names, ["Lovelace", "Turing"]);
    // The connections are as they were.
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("DELETE FROM people")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    SPLITS.downgrade(&pool, "base").await.unwrap();
    SPLITS.upgrade(&pool, "head").await.unwrap();
}

#[tokio::test]
async fn data_changes_with_its_revision_on_postgres() {
    let mut server = Postgres::start().await;
    let pool = PgPool::connect(&server.database().await).await.unwrap();
    let starts = (0..3).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { SPLITS.start(&pool, AtStart::Upgrade).await })
    });
    for start in starts.collect::<Vec<_>>() {
        assert!(start.await.unwrap().unwrap().is_at_head());
    }
    let names: Vec<String> = sqlx::query_scalar(LAST).fetch_all(&pool).await.unwrap();
    assert_eq!(names, ["Lovelace", "Turing"]);
}

#[tokio::test]
async fn a_migrator_without_the_hook_runs_nothing_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let pool = SqlitePool::connect(&sqlite(&folder)).await.unwrap();
    // That of the other database is none here.
    for without in [migrator(), migrator().with_hook("b", split_on_postgres)] {
        let error = without.upgrade(&pool, "head").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "b.sql: revision `b` requires a hook, a function of the application, which is not here"
        );
        assert_eq!(without.status(&pool).await.unwrap().pending.len(), 2);
        // What comes before needs none.
        without.upgrade(&pool, "a").await.unwrap();
        without.downgrade(&pool, "base").await.unwrap_err();
        sqlx::query("DELETE FROM people")
            .execute(&pool)
            .await
            .unwrap();
        without.downgrade(&pool, "base").await.unwrap();
    }
}

#[test]
fn a_hook_that_nothing_asks_for_is_refused() {
    let of_nothing = migrator().with_hook("c", split_on_sqlite);
    assert_eq!(
        of_nothing.graph().unwrap_err().to_string(),
        "a hook is of revision `c`, which is not there: it takes the whole id"
    );
    let not_asked = Migrator::from_files(files("")).with_hook("b", split_on_sqlite);
    assert_eq!(
        not_asked.graph().unwrap_err().to_string(),
        "b.sql: a hook is of revision `b`, whose header does not say `-- requires: hook`"
    );
    for dialect in [limbeck::Dialect::Postgres, limbeck::Dialect::Sqlite] {
        assert_eq!(
            SPLITS.to_sqlx(dialect).unwrap_err().to_string(),
            "b.sql: revision `b` requires a hook, which `Migrator` alone can call"
        );
    }
}

/// One database has one function.
#[test]
fn two_hooks_of_one_revision_are_refused() {
    let two = migrator()
        .with_hook("b", split_on_sqlite)
        .with_hook("b".to_owned(), split_on_postgres)
        .with_hook("b", fails_on_sqlite);
    assert_eq!(
        two.graph().unwrap_err().to_string(),
        "revision `b` has two hooks for sqlite, and one alone can be called"
    );
    // Those of the options are hooks, too.
    let mut options = RunOptions::default();
    options.hooks.add("b".parse().unwrap(), split_on_sqlite);
    let two = migrator()
        .with_options(options)
        .with_hook("b", fails_on_sqlite);
    assert!(matches!(
        two.graph().unwrap_err(),
        MigratorError::TwoHooks { .. }
    ));
}

/// An error of the application's own, which sqlx's goes into.
#[derive(Debug)]
enum OwnError {
    Nothing,
    Sql(sqlx::Error),
}

impl From<sqlx::Error> for OwnError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl std::fmt::Display for OwnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Sql(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OwnError {}

async fn of_sqlx(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let update = sqlx::query("UPDATE people SET last = 'sqlx'");
    update.execute(connection).await?;
    Ok(())
}

async fn of_its_own(connection: &mut SqliteConnection) -> Result<(), OwnError> {
    of_sqlx(connection).await?;
    Err(OwnError::Nothing)
}

/// Functions of other errors, and closures with and without what they hold.
#[tokio::test]
async fn a_hook_is_what_an_application_has_on_sqlite() {
    let word = String::from("held");
    let cases: [(Migrator, Result<&str, &str>); 4] = [
        (migrator().with_hook("b", of_sqlx), Ok("sqlx")),
        (
            migrator().with_hook("b", of_its_own),
            Err("failed: Nothing"),
        ),
        (
            migrator().with_hook("b", async |connection: &mut SqliteConnection| {
                of_sqlx(connection).await
            }),
            Ok("sqlx"),
        ),
        (
            migrator().with_boxed_hook("b", move |connection: &mut SqliteConnection| {
                let word = word.clone();
                Box::pin(async move {
                    let update = sqlx::query("UPDATE people SET last = $1");
                    update.bind(word).execute(connection).await?;
                    Ok(())
                })
            }),
            Ok("held"),
        ),
    ];
    for (migrator, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let pool = SqlitePool::connect(&sqlite(&folder)).await.unwrap();
        match (migrator.start(&pool, AtStart::Upgrade).await, expected) {
            (Ok(_), Ok(expected)) => {
                let names: Vec<String> = sqlx::query_scalar(LAST).fetch_all(&pool).await.unwrap();
                assert_eq!(names, [expected, expected]);
            }
            (Err(error), Err(expected)) => {
                let text = hook_error(&error);
                assert!(text.contains(expected), "{text}");
            }
            (outcome, expected) => panic!("{expected:?}: {outcome:?}"),
        }
    }
}

async fn fails_on_postgres(connection: &mut PgConnection) -> HookResult {
    split_on_postgres(connection).await?;
    Err("that is all".into())
}

async fn fails_on_sqlite(connection: &mut SqliteConnection) -> HookResult {
    split_on_sqlite(connection).await?;
    Err("that is all".into())
}

/// It ends the transaction, as if it had done its work.
async fn ends_on_postgres(connection: &mut PgConnection) -> HookResult {
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

async fn commits_on_sqlite(connection: &mut SqliteConnection) -> HookResult {
    split_on_sqlite(connection).await?;
    // It is refused, which the function does not mind.
    let _ = sqlx::query("COMMIT").execute(&mut *connection).await;
    Ok(())
}

async fn rolls_back_on_sqlite(connection: &mut SqliteConnection) -> HookResult {
    sqlx::query("ROLLBACK").execute(&mut *connection).await?;
    Ok(())
}

async fn commits_and_fails_on_sqlite(connection: &mut SqliteConnection) -> HookResult {
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

/// SQLite itself ends the transaction.
async fn collides_on_sqlite(connection: &mut SqliteConnection) -> HookResult {
    sqlx::raw_sql("CREATE UNIQUE INDEX once ON people (name); INSERT OR ROLLBACK INTO people (name) SELECT name FROM people")
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn commits_and_fails_on_postgres(connection: &mut PgConnection) -> HookResult {
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Err("that is all".into())
}

async fn fails_in_sql_on_postgres(connection: &mut PgConnection) -> HookResult {
    sqlx::query("SELECT 1 / 0")
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn begins_on_sqlite(connection: &mut SqliteConnection) -> HookResult {
    let transaction = connection.begin().await?;
    transaction.commit().await?;
    Ok(())
}

fn hook_error(error: &MigratorError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text += &format!(": {source}");
        cause = source.source();
    }
    text
}

#[tokio::test]
async fn a_hook_that_fails_takes_its_step_along_on_sqlite() {
    let cases: [(Migrator, &str); 6] = [
        (
            migrator().with_hook("b", fails_on_sqlite),
            "failed: that is all",
        ),
        (
            migrator().with_hook("b", commits_on_sqlite),
            "failed: it has tried to commit the transaction of its step, which is refused and rolls the step back",
        ),
        (
            migrator().with_hook("b", commits_and_fails_on_sqlite),
            "refused and rolls the step back: error returned from database",
        ),
        (
            migrator().with_hook("b", rolls_back_on_sqlite),
            "failed: the transaction of its step has been rolled back in it",
        ),
        (
            migrator().with_hook("b", collides_on_sqlite),
            "UNIQUE constraint failed: people.name",
        ),
        (
            migrator().with_hook("b", begins_on_sqlite),
            "cannot start a transaction within a transaction",
        ),
    ];
    for (wrong, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let pool = SqlitePool::connect(&sqlite(&folder)).await.unwrap();
        let error = wrong.upgrade(&pool, "head").await.unwrap_err();
        let text = hook_error(&error);
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(matches!(&error, MigratorError::Run(run) if run.done().len() == 1));
        // The step has been rolled back, and the right function brings it to its end.
        let column = sqlx::query(LAST).execute(&pool).await;
        assert!(column.is_err(), "{expected}");
        SPLITS.upgrade(&pool, "head").await.unwrap();
        let names: Vec<String> = sqlx::query_scalar(LAST).fetch_all(&pool).await.unwrap();
        assert_eq!(names, ["Lovelace", "Turing"], "{expected}");
    }
}

/// A connection of a file is made anew, so that it has what `after_connect` sets on each. In memory that cannot be.
#[tokio::test]
async fn hooks_of_the_application_are_on_its_connections_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let pool = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| {
            let counted = Arc::clone(&counted);
            Box::pin(async move {
                connection.lock_handle().await?.set_commit_hook(move || {
                    counted.fetch_add(1, Ordering::Relaxed);
                    true
                });
                Ok(())
            })
        });
    let pool = pool.connect(&sqlite(&folder)).await.unwrap();
    SPLITS.start(&pool, AtStart::Upgrade).await.unwrap();
    let before = commits.load(Ordering::Relaxed);
    sqlx::query("DELETE FROM people")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(commits.load(Ordering::Relaxed), before + 1);
}

#[tokio::test]
async fn a_hook_that_fails_takes_its_step_along_on_postgres() {
    let mut server = Postgres::start().await;
    for (wrong, expected) in [
        (
            migrator().with_hook("b", fails_on_postgres),
            "failed: that is all",
        ),
        (
            migrator().with_hook("b", ends_on_postgres),
            "has ended the transaction of its step",
        ),
        (
            migrator().with_hook("b", commits_and_fails_on_postgres),
            "what it committed is there and not in the history, and then it failed: that is all",
        ),
        (
            migrator().with_hook("b", fails_in_sql_on_postgres),
            "failed: error returned from database: division by zero",
        ),
    ] {
        let pool = PgPool::connect(&server.database().await).await.unwrap();
        let error = wrong.upgrade(&pool, "head").await.unwrap_err();
        let text = hook_error(&error);
        assert!(text.contains(expected), "{expected}: {text}");
        let MigratorError::Run(run) = &error else {
            panic!("{error:?}");
        };
        assert!(matches!(
            run.kind(),
            RunErrorKind::Hook { .. } | RunErrorKind::HookEnded { .. }
        ));
        // The steps before it are there, and it goes on behind them.
        let half = wrong.status(&pool).await.unwrap().half.unwrap();
        assert_eq!((half.done, half.of), (2, 3));
        SPLITS.upgrade(&pool, "head").await.unwrap();
        let names: Vec<String> = sqlx::query_scalar(LAST).fetch_all(&pool).await.unwrap();
        assert_eq!(names, ["Lovelace", "Turing"], "{expected}");
    }
}
