//! A database for each test.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use limbeck::connection::Connection;
use limbeck::migrator::{AtStart, Migrator, MigratorError, TestDatabase};
use limbeck::run::HookResult;
use limbeck::url::{DatabaseUrl, Location};
use sqlx::Executor as _;

use super::server::Postgres;

static MIGRATOR: Migrator = limbeck::embed!("migrations");

/// So many tables with a key, an index and a foreign key, in ten revisions.
fn tables(tables: usize) -> Migrator {
    let ids: Vec<String> = (0..10).map(|number| format!("r{number}")).collect();
    let files = ids.iter().enumerate().map(|(number, id)| {
        let parent = number.checked_sub(1).map_or("none", |before| &ids[before]);
        let make = |table: usize| {
            format!(
                "CREATE TABLE t{table} (id integer PRIMARY KEY, parent integer REFERENCES t{} (id), name text NOT NULL, \
                 CONSTRAINT t{table}_name_check CHECK (length(name) > 0));\nCREATE INDEX ix_t{table} ON t{table} (parent);\n",
                table.saturating_sub(1)
            )
        };
        let each = tables / ids.len();
        let sql: String = (number * each..(number + 1) * each).map(make).collect();
        let text = format!("-- revision: {id}\n-- parents: {parent}\n\n-- upgrade\n{sql}\n-- downgrade: irreversible, it is a test\n");
        (format!("{id}.sql"), text)
    });
    Migrator::from_files(files.collect())
}

async fn names(url: &str) -> BTreeSet<String> {
    let url = DatabaseUrl::parse(url, ".".as_ref()).unwrap();
    let mut connection = Connection::connect(&url).await.unwrap();
    let sql = "SELECT datname FROM pg_database WHERE datname LIKE 'limbeck\\_test%'";
    let rows = connection.query_text(sql).await.unwrap();
    connection.close().await.unwrap();
    rows.into_iter().flatten().flatten().collect()
}

async fn keep_a_note(database: &TestDatabase, text: &str) -> Vec<String> {
    let pool = database.postgres().unwrap();
    sqlx::query("INSERT INTO notes (text) VALUES ($1)")
        .bind(text)
        .execute(&pool)
        .await
        .unwrap();
    let texts = sqlx::query_scalar("SELECT text FROM notes");
    let texts = texts.fetch_all(&pool).await.unwrap();
    // The server of these tests has twenty connections.
    pool.close().await;
    texts
}

#[tokio::test]
async fn each_test_has_its_own_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let first = MIGRATOR.test_database(&url).await.unwrap();
    let second = MIGRATOR.test_database(&url).await.unwrap();
    assert_eq!(keep_a_note(&first, "one").await, ["one"]);
    assert_eq!(keep_a_note(&second, "two").await, ["two"]);
    let status = MIGRATOR.start(first.url(), AtStart::Check).await.unwrap();
    assert!(status.is_at_head());
    let text = first.connection_string();
    sqlx::PgPool::connect(&text).await.unwrap();
    let there = names(&url).await;
    assert_eq!(there.len(), 3, "{there:?}");
    // It goes by itself, with what is connected to it, and by hand.
    let pool = first.postgres().unwrap();
    pool.acquire().await.unwrap();
    drop(first);
    assert_eq!(names(&url).await.len(), 2);
    second.close().await.unwrap();
    let left = names(&url).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left.iter().all(|name| name.starts_with("limbeck_tests_")));
    assert!(matches!(
        MIGRATOR
            .test_database(&url)
            .await
            .unwrap()
            .sqlite()
            .unwrap_err(),
        MigratorError::OtherDialect(_)
    ));
    // Another set of revisions has another template, and only so many stay.
    for number in 0..8 {
        let text = format!(
            "-- revision: a\n-- parents: none\n\n-- upgrade\nCREATE TABLE t{number} (x int);\n-- downgrade\n-- nothing\n"
        );
        let other = Migrator::from_files(vec![("a.sql".to_owned(), text)]);
        let database = other.test_database(&url).await.unwrap();
        let pool = database.postgres().unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("SELECT x FROM t{number}")))
            .execute(&pool)
            .await
            .unwrap();
    }
    assert_eq!(names(&url).await.len(), 5);
}

/// Of a user that a URL holds encoded only, on a server that is named by a number.
#[tokio::test]
async fn a_user_with_an_odd_name_has_a_url_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    pool.execute("CREATE ROLE \"a/b@c:d\" LOGIN CREATEDB PASSWORD 'p@/:%'")
        .await
        .unwrap();
    pool.close().await;
    let rest = url.rsplit_once('@').unwrap().1;
    let of_user = format!("postgres://a%2Fb%40c%3Ad:p%40%2F%3A%25@{rest}");
    let database = MIGRATOR.test_database(&of_user).await.unwrap();
    let read: sqlx::postgres::PgConnectOptions = database.connection_string().parse().unwrap();
    assert_eq!(read.get_username(), "a/b@c:d");
    assert_eq!(read.get_socket(), options.get_socket());
    assert_eq!(read.get_port(), options.get_port());
    let pool = sqlx::PgPool::connect_with(read).await.unwrap();
    let user: String =
        sqlx::query_scalar("SELECT current_user::text || ' ' || count(*) FROM notes")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(user, "a/b@c:d 0");
}

const OF_HOOK: &str = "-- revision: a\n-- parents: none\n-- requires: hook\n\n-- upgrade\nCREATE TABLE told (x text);\n-- downgrade\n-- nothing\n";

fn of_hook() -> Migrator {
    Migrator::from_files(vec![("a.sql".to_owned(), OF_HOOK.to_owned())])
}

async fn one_on_postgres(connection: &mut sqlx::PgConnection) -> HookResult {
    connection
        .execute("INSERT INTO told VALUES ('one')")
        .await?;
    Ok(())
}

async fn two_on_postgres(connection: &mut sqlx::PgConnection) -> HookResult {
    connection
        .execute("INSERT INTO told VALUES ('two')")
        .await?;
    Ok(())
}

async fn one_on_sqlite(connection: &mut sqlx::SqliteConnection) -> HookResult {
    connection
        .execute("INSERT INTO told VALUES ('one')")
        .await?;
    Ok(())
}

async fn two_on_sqlite(connection: &mut sqlx::SqliteConnection) -> HookResult {
    connection
        .execute("INSERT INTO told VALUES ('two')")
        .await?;
    Ok(())
}

const TOLD: &str = "SELECT x FROM told";

/// A template is of its hooks, too.
#[tokio::test]
async fn each_hook_has_its_own_template_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    for _ in 0..2 {
        for (migrator, expected) in [
            (of_hook().with_hook("a", one_on_postgres), "one"),
            (of_hook().with_hook("a", two_on_postgres), "two"),
        ] {
            let database = migrator.test_database(&url).await.unwrap();
            let pool = database.postgres().unwrap();
            let told: String = sqlx::query_scalar(TOLD).fetch_one(&pool).await.unwrap();
            assert_eq!(told, expected);
        }
    }
    let there = names(&url).await;
    assert_eq!(there.len(), 2, "{there:?}");
}

#[tokio::test]
async fn each_hook_has_its_own_image_on_sqlite() {
    for (migrator, expected) in [
        (of_hook().with_hook("a", one_on_sqlite), "one"),
        (of_hook().with_hook("a", two_on_sqlite), "two"),
    ] {
        let database = migrator.test_database("sqlite::memory:").await.unwrap();
        let pool = database.sqlite().unwrap();
        let told: String = sqlx::query_scalar(TOLD).fetch_one(&pool).await.unwrap();
        assert_eq!(told, expected);
    }
}

/// Processes that begin at once make one template, and each has its own copies.
#[tokio::test]
async fn processes_at_once_make_one_template_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let children: Vec<_> = (0..3)
        .map(|_| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--ignored", "--exact", "databases::a_process_of_tests"]);
            command.env("EMBEDDED_TEST_URL", &url);
            command.stdout(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}"
        );
    }
    let left = names(&url).await;
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
#[ignore = "`processes_at_once_make_one_template_on_postgres` runs it"]
fn a_process_of_tests() {
    let url = std::env::var("EMBEDDED_TEST_URL").unwrap();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let url = url.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().unwrap();
                runtime.block_on(async {
                    for _ in 0..3 {
                        let database = MIGRATOR.test_database(&url).await.unwrap();
                        assert_eq!(keep_a_note(&database, "mine").await, ["mine"]);
                    }
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// More tests than the server has connections wait for each other.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_full_is_waited_for_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let tests = (0..30).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let database = MIGRATOR.test_database(&url).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            drop(database);
        })
    });
    for test in tests.collect::<Vec<_>>() {
        test.await.unwrap();
    }
    assert_eq!(names(&url).await.len(), 1);
}

/// What a killed process has left goes with the next call; what a living one has stays.
#[tokio::test]
async fn what_is_left_is_cleared_away_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let alive = MIGRATOR.test_database(&url).await.unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "databases::a_process_that_is_killed",
    ]);
    command.env("EMBEDDED_TEST_URL", &url);
    assert!(!command.output().unwrap().status.success());
    let template = "limbeck_tests_";
    let copies = |names: &BTreeSet<String>| {
        names
            .iter()
            .filter(|name| !name.starts_with(template))
            .count()
    };
    assert_eq!(copies(&names(&url).await), 2);
    // The server sees soon that its client is gone.
    let begun = Instant::now();
    while copies(&names(&url).await) > 1 {
        drop(MIGRATOR.test_database(&url).await.unwrap());
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    keep_a_note(&alive, "still there").await;
}

#[tokio::test]
#[ignore = "`what_is_left_is_cleared_away_on_postgres` runs it"]
async fn a_process_that_is_killed() {
    let url = std::env::var("EMBEDDED_TEST_URL").unwrap();
    let _database = MIGRATOR.test_database(&url).await.unwrap();
    std::process::abort();
}

/// A role that may create databases cannot have others copy what it likes.
#[tokio::test]
async fn a_template_of_another_owner_is_refused_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    drop(MIGRATOR.test_database(&url).await.unwrap());
    let left = names(&url).await;
    let template = left.first().unwrap();
    let parsed = DatabaseUrl::parse(&url, ".".as_ref()).unwrap();
    let mut connection = Connection::connect(&parsed).await.unwrap();
    let sql = format!("CREATE ROLE eve; ALTER DATABASE {template} OWNER TO eve");
    connection.batch(&sql).await.unwrap();
    let error = MIGRATOR.test_database(&url).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        format!("{error}: {source}"),
        format!("cannot use `{template}`: it is of `eve`, who may have put anything into it")
    );
}

#[tokio::test]
async fn revisions_that_fail_leave_nothing_on_postgres() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let text =
        "-- revision: a\n-- parents: none\n\n-- upgrade\nSELECT 1/0;\n-- downgrade\n-- nothing\n";
    let wrong = Migrator::from_files(vec![("a.sql".to_owned(), text.to_owned())]);
    let error = wrong.test_database(&url).await.unwrap_err();
    assert!(matches!(error, MigratorError::Run(_)), "{error:?}");
    assert!(names(&url).await.is_empty());
}

#[tokio::test]
async fn each_test_has_its_own_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("tests/a.db").display());
    for server in [url.as_str(), "sqlite::memory:"] {
        let databases = [
            MIGRATOR.test_database(server).await.unwrap(),
            MIGRATOR.test_database(server).await.unwrap(),
        ];
        for database in &databases {
            let pool = database.sqlite().unwrap();
            let mut texts: Vec<String> = sqlx::query_scalar(
                "INSERT INTO notes (text) VALUES ('x') RETURNING (SELECT count(*) FROM notes) || text",
            )
            .fetch_all(&pool)
            .await
            .unwrap();
            texts.sort();
            // The first revision has brought one.
            assert_eq!(texts, ["2x"], "{server}");
            assert!(MIGRATOR.status(&pool).await.unwrap().is_at_head());
            assert!(database.postgres().is_err());
        }
        let [first, second] = databases;
        first.close().await.unwrap();
        drop(second);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path().join("tests"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn what_is_left_is_cleared_away_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.db").display());
    let alive = MIGRATOR.test_database(&url).await.unwrap();
    let Location::File { path, .. } = alive.url().location() else {
        panic!("{:?}", alive.url());
    };
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(60);
    for name in [
        "limbeck_test_1_2_3.lock",
        "limbeck_test_1_2_3.db",
        "limbeck_test_1_2_3.db-wal",
    ] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    for lock in [
        folder.path().join("limbeck_test_1_2_3.lock"),
        path.with_extension("lock"),
    ] {
        let file = std::fs::File::options().append(true).open(lock).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    drop(MIGRATOR.test_database(&url).await.unwrap());
    let mut left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    left.sort();
    assert_eq!(left, [path.clone(), path.with_extension("lock")]);
}

/// `cargo test --workspace --test embedded -- --ignored --nocapture how_long`
#[tokio::test]
#[ignore = "it measures"]
async fn how_long_a_database_takes_on_postgres() {
    let mut server = Postgres::start().await;
    let url = std::env::var("EMBEDDED_TEST_URL").ok();
    let url = match url {
        Some(url) => url,
        None => server.database().await,
    };
    let migrator = tables(100);
    for server in [
        url.as_str(),
        "sqlite:target/how_long/a.db",
        "sqlite::memory:",
    ] {
        let mut told = Vec::new();
        for _ in 0..11 {
            let begun = Instant::now();
            let database = migrator.test_database(server).await.unwrap();
            let made = begun.elapsed();
            database.close().await.unwrap();
            told.push(format!(
                "{}+{}",
                made.as_millis(),
                (begun.elapsed() - made).as_millis()
            ));
        }
        let kind = server.split(':').next().unwrap_or_default();
        println!(
            "{kind}: ms to make + to drop, 100 tables: {}",
            told.join(" ")
        );
    }
}
