//! `limbeck doctor`, and each row of docs/troubleshooting.md against what the command says.

use std::fs;
use std::path::Path;

use crate::project::Project;

const REVISION: &str = "-- Tasks\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade\nCREATE TABLE tasks (id INTEGER);\n\n-- downgrade\nDROP TABLE tasks;\n";

/// A row of the page: what is said, and what to type.
fn rows() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/troubleshooting.md");
    let page = fs::read_to_string(page).unwrap();
    let table = page.split_once("## What is said").unwrap().1;
    let table = table.split("\n## ").next().unwrap();
    let cells = table.lines().filter(|line| line.starts_with("| `"));
    cells
        .map(|line| {
            let quoted: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
            (quoted[0].to_owned(), quoted[1].to_owned())
        })
        .collect()
}

/// What the command says in each trouble.
async fn said() -> Vec<String> {
    let mut said = Vec::new();
    let project = Project::without_url();
    said.push(project.run("doctor"));
    said.push(project.run_in(&project.beside(""), "current"));
    let project = Project::new();
    project.write("migrations/aaaa1111_tasks.sql", REVISION);
    project.run("upgrade");
    project.run("stamp base");
    said.push(project.run("doctor"));
    said.push(project.run("upgrade"));
    project.run("stamp head");
    project.edit("migrations/aaaa1111_tasks.sql", "id INTEGER", "id TEXT");
    said.push(project.run("doctor"));
    fs::remove_file(project.path("migrations/aaaa1111_tasks.sql")).unwrap();
    said.push(project.run("doctor"));
    for url in [
        "postgres://u:secret@127.0.0.1:1/x",
        "postgres://u:secret@nowhere.invalid/x",
        "sqlite:////nowhere/at/all.db",
        "mysql://u:secret@h/x",
    ] {
        said.push(project.run(&format!("doctor --url {url}")));
    }
    let gap = Project::new();
    gap.write("migrations/aaaa1111_tasks.sql", REVISION);
    gap.run("upgrade");
    gap.edit("migrations/aaaa1111_tasks.sql", "none", "bbbb2222");
    let below = REVISION.replace("aaaa1111", "bbbb2222");
    gap.write("migrations/bbbb2222_below.sql", &below);
    said.push(gap.run("doctor"));
    project.write("broken.db", "this is no database, whatever its name says");
    said.push(project.run("doctor --url sqlite:///broken.db"));
    said.push(project.run("downgrade base"));
    said
}

#[tokio::test]
async fn each_trouble_of_the_page_is_told_with_its_line() {
    let said = said().await;
    let all = said.join("\n");
    for (message, fix) in rows() {
        let told = said
            .iter()
            .any(|one| one.contains(&message) && one.contains(&fix));
        assert!(told, "nobody says `{message}` with `{fix}`:\n{all}");
    }
    assert!(rows().len() >= 8);
    assert!(!all.contains("secret"), "{all}");
}

#[test]
fn a_healthy_project_has_no_trouble() {
    let project = Project::new();
    project.write("migrations/aaaa1111_tasks.sql", REVISION);
    insta::assert_snapshot!(project.run("doctor"), @r"
    out| ok     models: 2 tables
    out| ok     revisions: 1 revision
    out| ok     url: sqlite:///todo.db, from DATABASE_URL in HOME/app/.env
    out| note   connection: HOME/app/todo.db is not there yet
    out|        -> limbeck upgrade
    exit 0
    ");
    assert!(!project.path("todo.db").exists());
    project.run("upgrade");
    insta::assert_snapshot!(project.run("doctor"), @r"
    out| ok     models: 2 tables
    out| ok     revisions: 1 revision
    out| ok     url: sqlite:///todo.db, from DATABASE_URL in HOME/app/.env
    out| ok     connection: it answers
    out| ok     server: SQLite …, journal mode delete
    out| ok     history: all revisions have been run
    exit 0
    ");
}

#[tokio::test]
async fn a_server_is_looked_at_from_all_sides_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("doctor", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    project.write("migrations/aaaa1111_tasks.sql", REVISION);
    let healthy = project.run("doctor");
    assert!(healthy.ends_with("exit 0\n"), "{healthy}");
    assert!(!healthy.contains("wrong"), "{healthy}");
    let mut connection = database.connect().await.unwrap();
    let troubles = "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1)";
    connection.batch(troubles).await.unwrap();
    let failed = connection
        .batch("CREATE UNIQUE INDEX CONCURRENTLY once ON t (id)")
        .await;
    assert!(failed.is_err());
    let long = "CREATE TABLE long (id int PRIMARY KEY, a text)";
    connection.batch(long).await.unwrap();
    let mut reader = database.connect().await.unwrap();
    let see = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM long";
    reader.batch(see).await.unwrap();
    let timeout = "SET statement_timeout = '2s'";
    connection.batch(timeout).await.unwrap();
    let stopped = connection.batch("REINDEX TABLE CONCURRENTLY long").await;
    assert!(stopped.is_err());
    connection.batch("RESET statement_timeout").await.unwrap();
    reader.close().await.unwrap();
    connection
        .batch("CREATE DATABASE limbeck_old_1_1_0123abcd")
        .await
        .unwrap();
    let lock = "SELECT pg_advisory_lock(hashtextextended(format('limbeck %I.%I.%I', current_database(), 'public', 'limbeck_history'), 0))";
    connection.batch(lock).await.unwrap();
    let mut idle = database.connect().await.unwrap();
    idle.batch("BEGIN; SELECT * FROM t").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    let told = project.run("doctor");
    for text in [
        "wrong  lock: a run is under way: pid",
        "wrong  sessions: a transaction is open for 00:00:1",
        "idle in transaction",
        "note   indexes: public.once is invalid",
        "-> REINDEX INDEX CONCURRENTLY public.once",
        "-> DROP INDEX CONCURRENTLY public.long_pkey_ccnew",
        "-> DROP INDEX CONCURRENTLY pg_toast.pg_toast_",
        "-> DROP DATABASE limbeck_old_1_1_0123abcd",
        "note   history: 1 revision pending",
        "exit 1",
    ] {
        assert!(told.contains(text), "{text}\n{told}");
    }
    idle.close().await.unwrap();
    // The first look changes nothing, nor does this one.
    let tables = "SELECT count(*)::text FROM pg_class WHERE relname LIKE 'limbeck%'";
    let rows = connection.query_text(tables).await.unwrap();
    assert_eq!(rows, [[Some("0".to_owned())]]);
    connection.close().await.unwrap();
    project.write(
        "limbeck.toml",
        "dialects = [\"postgres\"]\nrole = \"nobody here\"\n",
    );
    let told = project.run("doctor");
    assert!(told.contains("-> CREATE ROLE \"nobody here\""), "{told}");
    scratch.close().await.unwrap();
}

/// A machine that runs revisions has neither sources nor a variable that tells its user.
#[test]
fn a_place_that_only_runs_revisions_is_no_trouble() {
    let project = Project::new();
    project.write("migrations/aaaa1111_tasks.sql", REVISION);
    fs::remove_file(project.path("Cargo.toml")).unwrap();
    project.run("upgrade");
    let said = project.run("doctor");
    let is_noted = said.contains("note   models: no Cargo.toml is here");
    assert!(is_noted && said.ends_with("exit 0\n"), "{said}");
    let current = project.run("--format json current");
    assert!(!current.contains("\"run_by\": null"), "{current}");
}
