//! What an application has of its database, where it is not there yet, and what its errors tell.

use std::time::{Duration, Instant};

use limbeck::migrator::{AtStart, Migrator, MigratorError};
use limbeck::run::RunOptions;
use sqlx::Executor as _;
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::server::{Postgres, sqlite};

static MIGRATOR: Migrator = limbeck::embed!("migrations");

fn one(sql: &str) -> Migrator {
    let text = format!(
        "-- revision: a\n-- parents: none\n\n-- upgrade\n{sql}\n-- downgrade: irreversible, it is a test\n"
    );
    Migrator::from_files(vec![("a.sql".to_owned(), text)])
}

async fn said(pool: &PgPool, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// A look takes a connection that is there, and is answered as a run is; nothing stays set.
#[tokio::test]
async fn a_look_takes_a_connection_of_the_pool_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("SET search_path = pg_catalog").await?;
                Ok(())
            })
        });
    let pool = pool.connect(&url).await.unwrap();
    MIGRATOR.start(&pool, AtStart::Upgrade).await.unwrap();
    // The only connection is taken by each look: if it had one of its own, it would not wait for this one.
    let process = "SELECT pg_backend_pid()::text || current_setting('search_path') || current_user";
    let before = said(&pool, process).await;
    for _ in 0..20 {
        assert!(MIGRATOR.status(&pool).await.unwrap().is_at_head());
    }
    assert_eq!(said(&pool, process).await, before);
    let held = pool.acquire().await.unwrap();
    let look = tokio::time::timeout(Duration::from_millis(300), MIGRATOR.status(&pool));
    assert!(look.await.is_err());
    drop(held);
    // Role and path of the options hold for the look alone.
    pool.execute("CREATE SCHEMA tenant; CREATE ROLE tenant; GRANT ALL ON SCHEMA tenant TO tenant")
        .await
        .unwrap();
    let of_tenant = limbeck::embed!("migrations").with_options(RunOptions {
        role: Some("tenant".to_owned()),
        search_path: Some("tenant".to_owned()),
        ..RunOptions::default()
    });
    assert!(!of_tenant.status(&pool).await.unwrap().is_at_head());
    of_tenant.start(&pool, AtStart::Upgrade).await.unwrap();
    assert_eq!(said(&pool, process).await, before);
    pool.close().await;
    for outcome in [
        MIGRATOR.status(&pool).await,
        MIGRATOR.start(&pool, AtStart::Upgrade).await,
        MIGRATOR
            .start(&pool, AtStart::Wait(Duration::from_secs(30)))
            .await,
    ] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, MigratorError::Pool(_)), "{error:?}");
    }
}

/// No error shows the password that its statement has.
#[tokio::test]
async fn errors_show_no_passwords_on_postgres() {
    let mut server = Postgres::start().await;
    let pool = PgPool::connect(&server.database().await).await.unwrap();
    pool.execute("CREATE ROLE taken").await.unwrap();
    for sql in [
        "CREATE ROLE taken LOGIN PASSWORD 'hunter2';",
        "CREATE USER taken WITH ENCRYPTED PASSWORD 'hunter2';",
        "ALTER ROLE nobody PASSWORD E'hunter2';",
        "CREATE ROLE x PASSWORD 'hunter2' NOTHING;",
        "CREATE ROLE x PASSWORD\n'hunter2' NOTHING;",
        "CREATE USER MAPPING FOR taken SERVER nowhere OPTIONS (user 'x', password 'hunter2');",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2' PUBLICATION p;",
        "SELECT dblink_connect('host=h password=hunter2');",
        "SELECT dblink_connect('postgres://u:hunter2@h/d');",
        "DO $$ BEGIN EXECUTE 'CREATE ROLE taken PASSWORD ''hunter2'''; END $$;",
        "DO $$ BEGIN CREATE ROLE taken PASSWORD 'hunter2'; END $$;",
    ] {
        let error = one(sql).upgrade(&pool, "heads").await.unwrap_err();
        let mut texts = vec![format!("{error:?}")];
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            texts.push(error.to_string());
            cause = error.source();
        }
        assert!(
            texts.iter().all(|text| !text.contains("hunter2")),
            "{texts:?}"
        );
    }
}

/// Replicas and the job that runs revisions start together, perhaps before the server.
#[tokio::test]
async fn who_waits_also_waits_for_the_database_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let later = url.replace("embedded", "later");
    assert_ne!(url, later);
    let pool = PgPoolOptions::new().connect_lazy(&later).unwrap();
    let make = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let here = PgPool::connect(&url).await.unwrap();
        let name: String = sqlx::query_scalar("SELECT current_database()")
            .fetch_one(&here)
            .await
            .unwrap();
        let sql = format!("CREATE DATABASE \"{}\"", name.replace("embedded", "later"));
        here.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        MIGRATOR.upgrade(&later, "heads").await.unwrap();
    };
    let wait = AtStart::Wait(Duration::from_secs(30));
    let (waited, ()) = tokio::join!(MIGRATOR.start(&pool, wait), make);
    assert!(waited.unwrap().is_at_head());
}

#[tokio::test]
async fn who_waits_tells_what_was_wrong_last() {
    let nowhere = "postgres://u@127.0.0.1:1/d";
    let begun = Instant::now();
    let wait = AtStart::Wait(Duration::from_millis(700));
    let error = MIGRATOR.start(nowhere, wait).await.unwrap_err();
    assert!(begun.elapsed() >= Duration::from_millis(700));
    assert!(matches!(error, MigratorError::Connect(_)), "{error:?}");
    // What no waiting mends is told at once.
    let wait = AtStart::Wait(Duration::from_secs(60));
    let error = MIGRATOR.start("nowhere", wait).await.unwrap_err();
    assert!(matches!(error, MigratorError::Url(_)), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

/// Each connection would have a database of its own.
#[tokio::test]
async fn a_database_in_memory_is_a_pools() {
    let url = "sqlite::memory:";
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(":memory:");
    let wait = AtStart::Wait(Duration::from_secs(60));
    for error in [
        MIGRATOR.start(url, AtStart::Upgrade).await.unwrap_err(),
        MIGRATOR
            .start("sqlite://x.db?mode=memory", wait)
            .await
            .unwrap_err(),
        MIGRATOR
            .start(&options, AtStart::Upgrade)
            .await
            .unwrap_err(),
        MIGRATOR.status(url).await.unwrap_err(),
        MIGRATOR.upgrade(url, "heads").await.unwrap_err(),
        MIGRATOR.stamp(url, "heads").await.unwrap_err(),
    ] {
        assert!(matches!(error, MigratorError::InMemory), "{error:?}");
        assert!(error.to_string().contains("give the pool"), "{error}");
    }
    // It has a name, so that others might see it.
    for options in [
        url.parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap(),
        sqlx::sqlite::SqliteConnectOptions::new()
            .in_memory(true)
            .filename("named"),
    ] {
        let error = MIGRATOR
            .start(&options, AtStart::Upgrade)
            .await
            .unwrap_err();
        assert!(matches!(error, MigratorError::NotKept(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_test_tells_the_url_of_its_database() {
    let memory = MIGRATOR.test_database("sqlite::memory:").await.unwrap();
    assert_eq!(memory.connection_string(), "sqlite::memory:");
    let home = tempfile::Builder::new()
        .prefix("50% ?#: ")
        .tempdir()
        .unwrap();
    let place = sqlite(&home)
        .replace('%', "%25")
        .replace('#', "%23")
        .replacen('?', "%3F", 1);
    let file = MIGRATOR.test_database(&place).await.unwrap();
    let pool = sqlx::SqlitePool::connect(&file.connection_string())
        .await
        .unwrap();
    assert!(MIGRATOR.status(&pool).await.unwrap().is_at_head());
    assert!(
        MIGRATOR
            .status(&file.connection_string())
            .await
            .unwrap()
            .is_at_head()
    );
}
