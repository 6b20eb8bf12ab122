//! Line ends of Windows in a database that is there: files have those of the system that they are checked out on.

use crate::project::Project;

const NOTHING_DIFFERS: &str = "err| Nothing differs\nexit 0\n";

#[tokio::test]
async fn values_keep_their_line_ends_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = project.without_models();
    let database = scratch.create_database("windows", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(
        "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL DEFAULT E'x\\r\\ny', b text CHECK (b <> E'p\\r\\nq\\\\'));
         COMMENT ON COLUMN t.a IS E'first\\r\\nsecond';
         CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS E'BEGIN\\r\\n  RETURN ''it''''s\\r\\n\\\\'';\\r\\nEND';
         CREATE VIEW v AS SELECT id, E'l\\r\\nm' AS lm FROM t;",
    )
    .await
    .unwrap();
    let said = "SELECT f(), prosrc, pg_get_viewdef('v'), pg_get_expr(adbin, adrelid), col_description('t'::regclass, 2) \
                FROM pg_proc, pg_attrdef WHERE proname = 'f' AND adrelid = 't'::regclass";
    let there = live.query_text(said).await.unwrap();
    live.close().await.unwrap();
    let url = database.url.to_string();
    project.set("DATABASE_URL", &url);
    let shown = project.run(&format!("init --from {url}"));
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    assert!(!project.sections("baseline").contains('\r'));
    assert_eq!(project.run("check"), NOTHING_DIFFERS);
    let other = scratch.create_database("other", None).await.unwrap();
    let shown = project.run(&format!("upgrade --url {}", other.url));
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let mut made = other.connect().await.unwrap();
    assert_eq!(made.query_text(said).await.unwrap(), there);
    made.close().await.unwrap();
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn line_ends_of_statements_are_those_of_the_file() {
    let project = Project::without_url().without_models();
    project
        .batch(
            "todo.db",
            "CREATE TABLE t (\r\n id integer PRIMARY KEY,\r\n a text CHECK (a <>\r\n 'x'));
             CREATE VIEW v AS SELECT id,\r\n a FROM t;
             CREATE TRIGGER g AFTER INSERT ON t BEGIN\r\n UPDATE t SET a = 'y'\r\n; END;",
        )
        .await;
    let shown = project.run("init --from sqlite:///todo.db");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    assert!(!project.sections("baseline").contains('\r'));
    assert_eq!(project.run("check"), NOTHING_DIFFERS);
}

/// SQLite has no escape for it.
#[tokio::test]
async fn what_no_file_keeps_is_refused_by_name() {
    let project = Project::without_url().without_models();
    project
        .batch(
            "todo.db",
            "CREATE TABLE t (id integer PRIMARY KEY); CREATE VIEW v AS SELECT 'l\r\nm' AS lm FROM t;",
        )
        .await;
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db"), @r#"
    err| error: no file can keep the line end of Windows (CR LF) in a text or a name of `CREATE VIEW v AS SELECT 'l`
    err| cause: files have the line ends of the system that they are checked out on
    err| hint: write it without the CR; where the value needs one, put it together: 'a' || char(13, 10) || 'b'
    exit 2
    "#);
    assert!(!project.path("migrations").exists() && !project.path("limbeck.toml").exists());
}
