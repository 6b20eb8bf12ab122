//! What is said where a PostgreSQL server answers; one that is missing is a failure.

use super::{judge, revision};
use crate::project::Project;

/// The address differs from run to run, so that the lines are named alone.
#[tokio::test]
async fn a_server_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("words", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let weak = format!("words_weak_{}", std::process::id());
    connection
        .batch(&format!(
            "CREATE ROLE {weak}; CREATE SCHEMA app; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
        ))
        .await
        .unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    let write = |id: &str, parents: &str, upgrade: &str, downgrade: &str| {
        let text = revision(id, parents, upgrade, downgrade).replace("sqlite", "postgres");
        project.write(&format!("migrations/{id}.sql"), &text);
    };
    let says = |situation: &str, command: &str, lines: &[&str]| {
        let shown = project.run(command);
        judge(situation, &shown);
        for line in lines {
            assert!(shown.contains(line), "{situation}: {line}: {shown}");
        }
    };
    let table = "CREATE TABLE t (a int);";
    let drop = "-- loses: t\nDROP TABLE t;";
    write("aaaa1111", "none", table, drop);

    let nowhere = database
        .url
        .to_string()
        .replace(&database.name, "words_nowhere");
    says(
        "no such database",
        &format!("upgrade --url {nowhere}"),
        &[
            "does not exist",
            "hint: create it: CREATE DATABASE \"words_nowhere\"",
            "exit 3",
        ],
    );
    project.write("limbeck.toml", "search_path = \"ap\"\n");
    says(
        "no such schema",
        "upgrade",
        &[
            "error: the database has no schema `ap`, which `search_path` in limbeck.toml begins with",
            "hint: create it there: CREATE SCHEMA ap;",
            "exit 2",
        ],
    );
    project.write("limbeck.toml", &format!("role = \"{weak}\"\n"));
    says(
        "no rights",
        "upgrade",
        &[
            "permission denied",
            "hint: grant CREATE on schema `public` to this role",
            "exit 3",
        ],
    );
    std::fs::remove_file(project.path("limbeck.toml")).unwrap();
    says(
        "the first",
        "upgrade",
        &["Running upgrade  -> aaaa1111", "exit 0"],
    );

    write(
        "bbbb2222",
        "aaaa1111",
        "SELECT 1;\n\nCREATE TABL u (a int);",
        "-- nothing",
    );
    let at = "migrations/bbbb2222.sql:10: `CREATE TABL u (a int)` failed";
    says(
        "a mistake in SQL",
        "upgrade",
        &[
            &format!("error: {at}"),
            "cause: syntax error at or near \"TABL\"",
            "exit 3",
        ],
    );
    says(
        "the same, proven",
        "verify",
        &[
            "cannot run the upgrade on a scratch postgres database",
            &format!("cause: {at}"),
            "exit 3",
        ],
    );

    connection
        .batch("INSERT INTO t VALUES (5), (5), (NULL)")
        .await
        .unwrap();
    for (upgrade, downgrade, line) in [
        (
            "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a);",
            "ALTER TABLE t DROP CONSTRAINT k;",
            "hint: the table holds values twice: merge or change those rows before this statement",
        ),
        (
            "ALTER TABLE t ADD b int NOT NULL;",
            "-- loses: t.b\nALTER TABLE t DROP b;",
            "hint: fill the rows where `b` of `t` is NULL before this statement, or write the revision again with --fill public.t.b=VALUE",
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 5);",
            "ALTER TABLE t DROP CONSTRAINT c;",
            "hint: rows of `t` break the check: change them before this statement",
        ),
    ] {
        write("bbbb2222", "aaaa1111", upgrade, downgrade);
        says(
            upgrade,
            "upgrade",
            &["error: migrations/bbbb2222.sql:8: ", line, "exit 3"],
        );
    }
    says(
        "rows are there",
        "downgrade base",
        &[
            "error: the downgrade would lose data that is there: t",
            "hint: limbeck downgrade base --allow-loss",
            "exit 2",
        ],
    );

    write(
        "bbbb2222",
        "aaaa1111",
        "ALTER TABLE t ADD b int;",
        "-- loses: t.b\nALTER TABLE t DROP b;",
    );
    project.write(
        "limbeck.toml",
        "lock_timeout = \"300ms\"\nlock_wait = \"10min\"\n",
    );
    connection.batch("BEGIN; LOCK TABLE t").await.unwrap();
    says(
        "somebody holds the table",
        "upgrade --lock-wait 1s",
        &[
            "Others use the tables, waiting for pid ",
            "error: migrations/bbbb2222.sql: the tables that it changes are in use, waited for 1 seconds: pid ",
            "hint: end these transactions (SELECT pg_terminate_backend(pid)), or wait longer: --lock-wait 10min",
            "exit 3",
        ],
    );
    connection.batch("ROLLBACK").await.unwrap();

    write("aaaa1111", "none", "CREATE TABLE t (a bigint);", drop);
    says(
        "a file that was run is edited",
        "upgrade",
        &[
            "error: migrations/aaaa1111.sql: changed since it was run as revision `aaaa1111`",
            "hint: restore migrations/aaaa1111.sql",
            "exit 2",
        ],
    );
    says(
        "the same, looked at",
        "check --only drift",
        &[
            "drift: migrations/aaaa1111.sql: changed since it was run as revision `aaaa1111`",
            "exit 1",
        ],
    );
    connection
        .batch(&format!("DROP ROLE {weak}"))
        .await
        .unwrap();
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}
