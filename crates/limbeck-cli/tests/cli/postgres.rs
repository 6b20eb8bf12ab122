//! The main path on a PostgreSQL server; one that is missing is a failure.

use std::fs;

use crate::project::Project;

/// A check that the server spells otherwise when it is made again does not hide what differs besides.
#[test]
fn a_difference_is_not_hidden_behind_a_spelling() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    let table = "CREATE TABLE t (s varchar(10), CONSTRAINT c CHECK (s IN ('x', 'y')));";
    project.write("a.sql", "CREATE TABLE t (s varchar(10));");
    project.write("b.sql", table);
    project.write(
        "c.sql",
        &format!("{table} CREATE VIEW vc AS SELECT 1 AS c;"),
    );
    let shown = project.run("diff a.sql b.sql --dialect postgres");
    assert!(shown.ends_with("exit 1\n"), "{shown}");
    let shown = project.run("diff a.sql c.sql --dialect postgres");
    assert!(shown.contains("`view vc` is missing"), "{shown}");
    assert!(shown.ends_with("exit 2\n"), "{shown}");
}

/// Two live databases are only looked at; what Limbeck does not write is told all the same.
#[tokio::test]
async fn two_databases_differ_in_row_security() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut urls = Vec::new();
    for more in ["", "ALTER TABLE t ENABLE ROW LEVEL SECURITY"] {
        let database = scratch.create_database("live", None).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        let sql = format!("CREATE TABLE t (id int); {more}");
        connection.batch(&sql).await.unwrap();
        connection.close().await.unwrap();
        urls.push(database.url.to_string());
    }
    let shown = project.run(&format!("diff {} {}", urls[0], urls[0]));
    assert_eq!(shown, "err| Nothing differs\nexit 0\n");
    let shown = project.run(&format!("diff {} {}", urls[0], urls[1]));
    assert!(shown.contains("row security"), "{shown}");
    assert!(shown.ends_with("exit 2\n"), "{shown}");
    scratch.close().await.unwrap();
}

/// A server that is too old says so in Limbeck's words, with the object, before it says "syntax error".
#[tokio::test]
async fn models_ask_for_a_newer_server() {
    let (project, mut scratch) = Project::beside_postgres().await;
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.edit(
        "src/models.rs",
        "    pub title: String,\n",
        "    pub title: String,\n    #[column(generated_virtual = \"length(title)\")]\n    pub length: i32,\n",
    );
    if scratch.server_version().major() >= 18 {
        let shown = project.run("revision --autogenerate -m 'Length'");
        assert!(shown.contains("Proven"), "{shown}");
        return;
    }
    insta::assert_snapshot!(project.run("revision --autogenerate -m 'Twice'"), @"");
    insta::assert_snapshot!(project.run("check --only models"), @"");
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn both_dialects_in_one_file() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    project.write("limbeck.toml", "dialects = [\"postgres\", \"sqlite\"]\n");

    insta::assert_snapshot!(project.run("revision --autogenerate -m 'Initial schema' --rev-id aaaa1111"), @r#"
    out| migrations/aaaa1111_initial_schema.sql
    err| Detected: create enum status (pending, completed) (src/models.rs:13)
    err| Detected: create table tasks (src/models.rs:20)
    err| Detected: create table users (src/models.rs:5)
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    exit 0
    "#);
    let file = project.read("migrations/aaaa1111_initial_schema.sql");
    for marker in [
        "-- upgrade postgres",
        "-- upgrade sqlite",
        "-- downgrade postgres",
        "-- downgrade sqlite",
    ] {
        assert!(file.contains(&format!("\n{marker}\n")), "{file}");
    }
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> aaaa1111, Initial schema
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| Nothing differs
    exit 0
    "#);
    project.edit(
        "src/models.rs",
        "    Completed,\n",
        "    InProgress,\n    Completed,\n",
    );
    insta::assert_snapshot!(project.run("check --only models"), @r#"
    out| src/models.rs:13: Status: alter enum status: add value in_progress
    err| error: 1 difference between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m 'In progress' --dialect sqlite --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_in_progress.sql
    err| Detected: alter enum status: add value in_progress (src/models.rs:13)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Pending on postgres: limbeck revision --complete bbbb2222
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: revision `bbbb2222` is pending on postgres: complete it with `limbeck revision --complete bbbb2222`
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --complete head"), @r#"
    out| migrations/bbbb2222_in_progress.sql
    err| Detected: alter enum status: add value in_progress (src/models.rs:13)
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    exit 0
    "#);
    insta::assert_snapshot!(project.run("verify"), @r#"
    out| bbbb2222, In progress: proven on PostgreSQL …: upgrade, downgrade, upgrade again
    out| bbbb2222, In progress: proven on SQLite …: upgrade, downgrade, upgrade again
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade aaaa1111 -> bbbb2222, In progress
    exit 0
    "#);
    insta::assert_snapshot!(project.run("downgrade -1"), @r#"
    err| Running downgrade bbbb2222 -> aaaa1111, In progress
    exit 0
    "#);
    insta::assert_snapshot!(project.run("downgrade base"), @r#"
    err| Running downgrade aaaa1111 -> , Initial schema
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade head"), @r#"
    err| Running upgrade  -> aaaa1111, Initial schema
    err| Running upgrade aaaa1111 -> bbbb2222, In progress
    exit 0
    "#);

    let mut live = database.connect().await.unwrap();
    live.batch("ALTER TABLE tasks ADD COLUMN extra integer; CREATE TABLE theirs (a int)")
        .await
        .unwrap();
    live.close().await.unwrap();
    insta::assert_snapshot!(project.run("check"), @r#"
    out| drift: besides the revisions: add column tasks.extra integer
    err| unmanaged: theirs
    err| error: 1 difference between the database and its revisions
    err| hint: write the change into a revision, or undo it in the database
    exit 1
    "#);
    scratch.close().await.unwrap();
}
