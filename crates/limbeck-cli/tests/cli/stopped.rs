//! Runs that somebody stops with a signal.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use limbeck::connection::Connection;
use limbeck_engine::scratch::ScratchDatabase;

use crate::project::Project;

/// So long a run may take to stop, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn kill(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

async fn ask(connection: &mut Connection, sql: &str) -> String {
    let rows = connection.query_text(sql).await.unwrap();
    rows[0][0].clone().unwrap_or_default()
}

/// Waits until the query answers `t`.
async fn until(database: &ScratchDatabase, sql: &str) {
    let mut connection = database.connect().await.unwrap();
    let begun = Instant::now();
    while ask(&mut connection, sql).await != "t" {
        assert!(begun.elapsed() < PATIENCE, "{sql}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    connection.close().await.unwrap();
}

fn revision(id: &str, parents: &str, sql: &str) -> String {
    format!(
        "-- revision: {id}\n-- parents: {parents}\n\n-- upgrade\n{sql}\n\n-- downgrade\n-- nothing\n"
    )
}

const SLEEPS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database())";

/// The statement does not go on in the server, the step is rolled back, and the next run begins with it.
#[tokio::test]
async fn a_signal_cancels_what_the_server_does_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "migrations/a.sql",
        &revision("a", "none", "CREATE TABLE a (x int);"),
    );
    let slow = |step: &str| {
        let sql = format!(
            "{step}CREATE TABLE b (x int);\nSELECT pg_sleep(600);\nCREATE TABLE c (x int);"
        );
        revision("b", "a", &sql)
    };
    let mut connection = database.connect().await.unwrap();
    for (step, signal, code, left) in [
        ("", "INT", 130, "a"),
        ("", "TERM", 143, "a"),
        ("-- step: no transaction\n", "INT", 130, "a,b"),
    ] {
        project.write("migrations/b.sql", &slow(step));
        let child = project.start("upgrade");
        until(&database, SLEEPS).await;
        kill(&child, signal);
        let begun = Instant::now();
        let shown = project.end(child);
        assert!(begun.elapsed() < PATIENCE, "{shown}");
        assert!(shown.ends_with(&format!("exit {code}\n")), "{shown}");
        assert!(
            shown.contains("stopped on request at migrations/b.sql:"),
            "{shown}"
        );
        let stays = shown.contains("1 revision ran before it, and it stays");
        assert_eq!(stays, signal == "INT" && step.is_empty(), "{shown}");
        assert_eq!(ask(&mut connection, SLEEPS).await, "f");
        let tables = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relname ~ '^.$'";
        assert_eq!(ask(&mut connection, tables).await, left);
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
        assert_eq!(ask(&mut connection, locks).await, "0");
        assert!(project.run("current").contains("out| a\n"), "{step}");
    }
    // What has been run of the step stays, and is not run again.
    let half = "b (upgrade, step 1 of 1, statement 1 of 3)";
    assert!(project.run("current").contains(half));
    let quick = slow("-- step: no transaction\n").replace("(600)", "(0)");
    project.write("migrations/b.sql", &quick);
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    // Who waits for another run stops at once, and has run nothing.
    let waiting = revision("c", "b", "SELECT pg_sleep(600);");
    project.write("migrations/c.sql", &waiting);
    let first = project.start("upgrade");
    until(&database, SLEEPS).await;
    let second = project.start("upgrade");
    tokio::time::sleep(Duration::from_millis(500)).await;
    kill(&second, "INT");
    let shown = project.end(second);
    assert!(shown.ends_with("exit 130\n"), "{shown}");
    assert!(
        shown.contains("stopped on request while it waited"),
        "{shown}"
    );
    assert_eq!(ask(&mut connection, SLEEPS).await, "t");
    kill(&first, "TERM");
    assert!(project.end(first).ends_with("exit 143\n"));
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// SQLite ends its statement; nothing of the step stays.
#[tokio::test]
async fn a_signal_stops_before_the_next_statement_on_sqlite() {
    let project = Project::new();
    let slow = "CREATE TABLE b AS WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000000) SELECT count(*) AS x FROM n;\nCREATE TABLE c (x int);";
    for file in std::fs::read_dir(project.path("migrations"))
        .into_iter()
        .flatten()
    {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    project.write("migrations/b.sql", &revision("b", "none", slow));
    let child = project.start("upgrade");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    kill(&child, "INT");
    let shown = project.end(child);
    assert!(shown.ends_with("exit 130\n"), "{shown}");
    assert!(
        shown.contains("stopped on request at migrations/b.sql:"),
        "{shown}"
    );
    let tables = project.tables().await;
    assert!(
        !tables.iter().any(|name| name == "b" || name == "c"),
        "{tables:?}"
    );
}
