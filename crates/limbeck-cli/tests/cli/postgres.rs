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
    assert!(shown.contains("CREATE VIEW vc AS"), "{shown}");
    assert!(shown.ends_with("exit 1\n"), "{shown}");
}

/// The terminal tells every hazard that stands in the file, also those of a view that is in the way.
#[test]
fn a_view_in_the_way_is_told() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "src/models.rs",
        "use limbeck::Table;\n\n#[derive(Table)]\npub struct Note {\n    pub body: String,\n}\n",
    );
    project.write(
        "migrations/aaaa1111_initial.sql",
        "-- Initial\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade
CREATE TABLE note (body varchar(9) NOT NULL);
CREATE VIEW notes AS SELECT body FROM note;

-- downgrade
DROP VIEW notes;
DROP TABLE note;
",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Longer --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_longer.sql
    err| Detected: alter column note.body: type varchar(9) to text (src/models.rs:5)
    err| hazard: breaks_clients: notes: it is created again with the owner and the privileges that revisions and the server's defaults give
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| rows: 1 of 1 table
    exit 0
    "#);
    project.write("src/models.rs", "");
    insta::assert_snapshot!(project.run("revision --autogenerate -m Less --drop note"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `todo`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| error: cannot change `note`: view notes stands in the way, and uses it; drop or change it in a revision before this one
    exit 2
    "#);
}

/// A name that is misspelled in a DROP is nothing that others own.
#[test]
fn a_drop_of_nothing_asks_for_no_prelude() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "migrations/aaaa1111_views.sql",
        "-- Views\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade
CREATE VIEW notes AS SELECT 1 AS a;

-- downgrade
DROP VIEW note;
",
    );
    insta::assert_snapshot!(project.run("verify"), @r#"
    err| error: migrations/aaaa1111_views.sql: cannot run the downgrade on a scratch postgres database
    err| cause: migrations/aaaa1111_views.sql:10: `DROP VIEW note` failed
    err| cause: view "note" does not exist
    exit 3
    "#);
}

/// Two live databases are only looked at: a column of a partitioned table comes in place, and what Limbeck
/// does not write, as another type of one, is told.
#[tokio::test]
async fn two_databases_differ_in_a_partitioned_table() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut urls = Vec::new();
    for more in [
        "",
        "ALTER TABLE p ADD COLUMN b int",
        "ALTER TABLE p ADD COLUMN b text",
    ] {
        let database = scratch.create_database("live", None).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        let sql = format!("CREATE TABLE p (id int) PARTITION BY LIST (id); {more}");
        connection.batch(&sql).await.unwrap();
        connection.close().await.unwrap();
        urls.push(database.url.to_string());
    }
    let shown = project.run(&format!("diff {} {}", urls[0], urls[0]));
    assert_eq!(shown, "err| Nothing differs\nexit 0\n");
    let shown = project.run(&format!("diff {} {}", urls[0], urls[1]));
    let added = "out| ALTER TABLE p ADD COLUMN b integer;\n";
    assert!(shown.contains(added), "{shown}");
    assert!(shown.ends_with("exit 1\n"), "{shown}");
    let shown = project.run(&format!("diff {} {}", urls[1], urls[0]));
    let dropped = "out| -- loses: p.b\nout| ALTER TABLE p DROP COLUMN b;\n";
    assert!(shown.contains(dropped), "{shown}");
    let shown = project.run(&format!("diff {} {}", urls[1], urls[2]));
    assert!(shown.contains("cannot change `p`"), "{shown}");
    assert!(shown.ends_with("exit 2\n"), "{shown}");
    scratch.close().await.unwrap();
}

/// A server that is too old says so in Limbeck's words, with the object, before it says "syntax error".
#[tokio::test]
async fn models_ask_for_a_newer_server() {
    let (project, scratch) = Project::beside_postgres().await;
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
    let refused = project.run("revision --autogenerate -m 'Length'");
    insta::assert_snapshot!(refused, @r#"
    err| error: PostgreSQL … is too old for the models
    err| cause: src/models.rs:27: `tasks.length`: a virtual generated column needs PostgreSQL …
    err| hint: make the generated column a stored one
    err| hint: set `scratch_url` in limbeck.toml to a newer server, or install one on this machine
    exit 3
    "#);
    assert_eq!(project.run("check --only models"), refused);
    scratch.close().await.unwrap();
}

/// Domains, composite types, ranges and extensions are there already; columns take their types.
#[tokio::test]
async fn columns_take_types_that_revisions_made() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "migrations/aaaa1111_types.sql",
        "-- Types\n--\n-- revision: aaaa1111\n-- parents: none\n\n-- upgrade\nCREATE EXTENSION citext;\nCREATE EXTENSION ltree;\nCREATE SCHEMA app;\nCREATE DOMAIN app.email AS citext CHECK (VALUE LIKE '%@%');\nCREATE TYPE place AS (x integer, y integer);\nCREATE TYPE span AS RANGE (subtype = float8);\n\n-- downgrade\nDROP TYPE span;\nDROP TYPE place;\nDROP DOMAIN app.email;\nDROP SCHEMA app;\nDROP EXTENSION ltree;\nDROP EXTENSION citext;\n",
    );
    let column = |name: &str, sql_type: &str, more: &str| {
        format!("    #[column(sql_type = \"{sql_type}\"{more})]\n    pub {name}: Option<String>,\n")
    };
    let columns = [
        column("email", "app.email", ", unique"),
        column("emails", "app.email[]", ", default_sql = \"'{}'\""),
        column("nick", "CITEXT", ", check = \"nick <> ''\""),
        column("home", "place", ""),
        column("ways", "ltree[]", ""),
        column("during", "span", ""),
    ];
    let models = format!(
        "use limbeck::Table;\n\n#[derive(Table)]\n#[table(name = \"people\", index(nick ops \"citext_pattern_ops\"))]\npub struct Person {{\n    #[column(primary_key)]\n    pub id: i64,\n{}}}\n",
        columns.concat()
    );
    project.write("src/models.rs", &models);
    let shown = project.run("revision --autogenerate -m 'People' --rev-id bbbb2222");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let file = project.read("migrations/bbbb2222_people.sql");
    assert!(!file.contains("EXTENSION"), "they are there: {file}");
    let shown = project.run("upgrade");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    assert_eq!(project.run("check"), "err| Nothing differs\nexit 0\n");
    project.edit(
        "src/models.rs",
        "sql_type = \"span\"",
        "sql_type = \"int4range[]\"",
    );
    let shown = project.run("revision --autogenerate -m 'Ranges'");
    assert!(shown.contains("type span to int4range[]"), "{shown}");
    scratch.close().await.unwrap();
}

/// What was written for a newer server is not half run by an older one.
#[tokio::test]
async fn a_revision_asks_for_a_newer_server() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "migrations/aaaa1111_names.sql",
        "-- Names\n--\n-- revision: aaaa1111\n-- parents: none\n\n-- upgrade\nCREATE TABLE names (\n    id integer\n);\nALTER TABLE names\n    ADD twice integer GENERATED ALWAYS AS (id * 2) VIRTUAL;\n\n-- downgrade\nDROP TABLE names;\n",
    );
    let shown = project.run("upgrade");
    if scratch.server_version().major() >= 18 {
        assert!(shown.ends_with("exit 0\n"), "{shown}");
        return;
    }
    insta::assert_snapshot!(shown, @r#"
    err| error: migrations/aaaa1111_names.sql:11: a virtual generated column needs PostgreSQL …, and the server is PostgreSQL …
    err| hint: upgrade the server, or for this one: make the generated column a stored one
    exit 3
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    err| Nothing has been run on this database
    err| 1 revision pending: limbeck upgrade
    exit 0
    "#);
    scratch.close().await.unwrap();
}

/// A constraint or index that is the same but for its name is renamed, and what it holds stays.
#[tokio::test]
async fn members_are_renamed_without_a_rebuild() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    project.edit(
        "src/models.rs",
        "    pub title: String,\n",
        "    #[column(check(has_title = \"title <> ''\"))]\n    pub title: String,\n",
    );
    let first = project.run("revision --autogenerate -m First --rev-id aaaa1111");
    assert!(first.ends_with("exit 0\n"), "{first}");
    let upgrade = project.run("upgrade");
    assert!(upgrade.ends_with("exit 0\n"), "{upgrade}");
    let mut live = database.connect().await.unwrap();
    let files = "SELECT string_agg(pg_relation_filenode(c.oid)::text, ' ' ORDER BY c.oid) FROM pg_class c
        JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname IN ('tasks', 'users')";
    let before = live.query_text(files).await.unwrap();
    assert!(
        before[0][0]
            .as_ref()
            .is_some_and(|files| files.split(' ').count() == 4)
    );

    project.edit("src/models.rs", "has_title", "titled");
    project.write(
        "limbeck.toml",
        "[names]\nindex = \"idx_{table}_{columns}\"\nprimary_key = \"pk_{table}\"\nunique = \"uq_{table}_{columns}\"\nforeign_key = \"fk_{table}_{columns}\"\n",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Names --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_names.sql
    err| Detected: rename constraint tasks.tasks_user_id_fkey to fk_tasks_user_id (src/models.rs:23)
    err| Detected: rename constraint tasks.tasks_pkey to pk_tasks (src/models.rs:21)
    err| Detected: rename constraint tasks.has_title to titled (src/models.rs:25)
    err| Detected: rename index tasks.ix_tasks_user_id to idx_tasks_user_id (src/models.rs:23)
    err| Detected: rename constraint users.users_pkey to pk_users (src/models.rs:6)
    err| Detected: rename constraint users.users_email_key to uq_users_email (src/models.rs:8)
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    let text = project.read("migrations/bbbb2222_names.sql");
    let (_, sections) = text.split_once("-- upgrade\n").unwrap();
    insta::assert_snapshot!(sections, @r#"
    ALTER TABLE tasks RENAME CONSTRAINT tasks_user_id_fkey TO fk_tasks_user_id;
    ALTER TABLE tasks RENAME CONSTRAINT tasks_pkey TO pk_tasks;
    ALTER TABLE tasks RENAME CONSTRAINT has_title TO titled;
    ALTER INDEX ix_tasks_user_id RENAME TO idx_tasks_user_id;
    ALTER TABLE users RENAME CONSTRAINT users_pkey TO pk_users;
    ALTER TABLE users RENAME CONSTRAINT users_email_key TO uq_users_email;
    
    -- downgrade
    ALTER TABLE users RENAME CONSTRAINT uq_users_email TO users_email_key;
    ALTER TABLE users RENAME CONSTRAINT pk_users TO users_pkey;
    ALTER INDEX idx_tasks_user_id RENAME TO ix_tasks_user_id;
    ALTER TABLE tasks RENAME CONSTRAINT titled TO has_title;
    ALTER TABLE tasks RENAME CONSTRAINT pk_tasks TO tasks_pkey;
    ALTER TABLE tasks RENAME CONSTRAINT fk_tasks_user_id TO tasks_user_id_fkey;
    "#);
    let upgrade = project.run("upgrade");
    assert!(upgrade.ends_with("exit 0\n"), "{upgrade}");
    assert_eq!(live.query_text(files).await.unwrap(), before);
    assert_eq!(project.run("check"), "err| Nothing differs\nexit 0\n");
    live.close().await.unwrap();
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
    err| rows: 2 of 2 tables
    err| Pending on postgres: limbeck revision --complete bbbb2222
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: revision `bbbb2222` is pending on postgres
    err| hint: limbeck revision --complete --all
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --complete head"), @r#"
    out| migrations/bbbb2222_in_progress.sql
    err| Detected: alter enum status: add value in_progress (src/models.rs:13)
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.run("verify"), @r#"
    out| bbbb2222, In progress: proven on PostgreSQL …: upgrade, downgrade, upgrade again
    out|   rows: 2 of 2 tables
    out| bbbb2222, In progress: proven on SQLite …: upgrade, downgrade, upgrade again
    out|   rows: 2 of 2 tables
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

/// Roles are the cluster's: a template of an earlier state that holds privileges of one does not keep it
/// from being dropped, and one that a downgrade leaves behind is told.
#[test]
fn a_role_of_a_revision_goes_with_its_downgrade() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write("src/models.rs", "");
    let first = "-- One\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade
CREATE ROLE limbeck_reader; CREATE TABLE t (a int); GRANT SELECT ON t TO limbeck_reader;

-- downgrade
-- loses: t
DROP TABLE t; DROP ROLE limbeck_reader;
";
    project.write("migrations/aaaa1111_one.sql", first);
    project.write(
        "migrations/bbbb2222_two.sql",
        "-- Two\n--\n-- revision: bbbb2222\n-- parents:  aaaa1111\n\n-- upgrade
ALTER TABLE t ADD COLUMN b int;

-- downgrade
-- loses: t.b
ALTER TABLE t DROP COLUMN b;
",
    );
    for arguments in ["verify bbbb2222", "verify --all", "verify --all"] {
        let shown = project.run(arguments);
        assert!(shown.ends_with("exit 0\n"), "{arguments}: {shown}");
    }
    let left = first.replace(" DROP ROLE limbeck_reader;", "");
    project.write("migrations/aaaa1111_one.sql", &left);
    let shown = project.run("verify aaaa1111");
    assert!(
        shown.contains("role `limbeck_reader` is left behind"),
        "{shown}"
    );
}

/// A model of a partitioned table is told what to do, and `[unmanaged]` leaves the table to others.
#[test]
fn a_model_of_a_partitioned_table_is_told() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write(
        "src/models.rs",
        "use limbeck::Table;\n\n#[derive(Table)]\n#[table(name = \"events\")]\npub struct Event {\n    pub body: String,\n}\n",
    );
    project.write(
        "migrations/aaaa1111_events.sql",
        "-- Events\n--\n-- revision: aaaa1111\n-- parents:  none\n\n-- upgrade
CREATE TABLE events (body text NOT NULL) PARTITION BY LIST (body);

-- downgrade
-- loses: events
DROP TABLE events;
",
    );
    for arguments in ["check --only models", "revision --autogenerate -m More"] {
        let shown = project.run(arguments);
        assert!(
            shown.contains("src/models.rs:") && shown.contains("`events` is a partitioned table"),
            "{arguments}: {shown}"
        );
        assert!(!shown.contains("stamp"), "{arguments}: {shown}");
    }
    project.write(
        "limbeck.toml",
        "dialects = [\"postgres\"]\n\n[unmanaged]\ntables = [\"events*\"]\n",
    );
    let shown = project.run("check --only models");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
}

/// What somebody changed of a live database by hand is told by name, whatever kind of thing it is.
#[tokio::test]
async fn changed_texts_of_a_live_database_are_told() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    project.write("src/models.rs", "");
    project.write(
        "migrations/aaaa1111_one.sql",
        "-- One\n--\n-- revision: aaaa1111\n-- parents:  none\n-- dialects: postgres\n\n-- upgrade
CREATE TABLE a (id int NOT NULL, x text);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON a USING (id > 0);
CREATE VIEW v AS SELECT id FROM a;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON TABLE a IS 'said';

-- downgrade
DROP FUNCTION f();
DROP VIEW v;
-- loses: a
DROP TABLE a;
",
    );
    let database = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    let untouched = project.run("check --only drift");
    assert_eq!(untouched, "err| Nothing differs\nexit 0\n");
    let cases = [
        (
            "CREATE OR REPLACE VIEW v AS SELECT id FROM a WHERE id > 5",
            "CREATE OR REPLACE VIEW v AS SELECT id FROM a",
            "view `v`",
        ),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "function f()",
        ),
        (
            "ALTER POLICY mine ON a USING (id > 9)",
            "ALTER POLICY mine ON a USING (id > 0)",
            "mine",
        ),
        (
            "GRANT SELECT ON a TO PUBLIC",
            "REVOKE SELECT ON a FROM PUBLIC",
            "table a: privileges",
        ),
        (
            "COMMENT ON TABLE a IS 'by hand'",
            "COMMENT ON TABLE a IS 'said'",
            "comment",
        ),
        (
            "ALTER TABLE a ALTER COLUMN x SET STORAGE EXTERNAL",
            "ALTER TABLE a ALTER COLUMN x SET STORAGE EXTENDED",
            "a.x",
        ),
    ];
    for (change, undo, named) in cases {
        let mut live = database.connect().await.unwrap();
        live.batch(change).await.unwrap();
        let shown = project.run("check --only drift");
        assert!(
            shown.starts_with("out| drift: ") && shown.contains(named),
            "{change}: {shown}"
        );
        assert!(
            shown.contains("err| error: 1 difference"),
            "{change}: {shown}"
        );
        assert!(shown.ends_with("exit 1\n"), "{change}: {shown}");
        live.batch(undo).await.unwrap();
        live.close().await.unwrap();
        let shown = project.run("check --only drift");
        assert_eq!(shown, untouched, "{undo}");
    }
    scratch.close().await.unwrap();
}

/// What the server refuses of a table is named, where it stands.
#[test]
fn a_member_that_the_server_refuses_is_told_with_its_place() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"postgres\"]\n");
    let cases = [
        ("check(c = \"lost > 0\")", ""),
        ("index(name = \"i\", columns(\"lower(lost)\"))", ""),
        (
            "index(name = \"i\", columns(id), where = \"lost IS NULL\")",
            "",
        ),
        ("name = \"note\"", "#[column(generated = \"lost + 1\")]"),
        ("name = \"note\"", "#[column(sql_type = \"nothing\")]"),
        ("name = \"note\"", "#[column(default_sql = \"no()\")]"),
    ];
    let mut told = String::new();
    for (of_table, of_column) in cases {
        let model = format!(
            "use limbeck::Table;\n\n#[derive(Table)]\n#[table({of_table})]\npub struct Note {{\n    #[column(primary_key)]\n    pub id: i64,\n    {of_column}\n    pub other: i64,\n}}\n"
        );
        project.write("src/models.rs", &model);
        let shown = project.run("revision --autogenerate -m x");
        told += shown.split("err| hint").next().unwrap_or_default();
    }
    insta::assert_snapshot!(told, @r#"
    err| error: src/models.rs:4: the database refuses `note.c`
    err| cause: column "lost" does not exist
    exit 3
    err| error: src/models.rs:4: the database refuses `note.i`
    err| cause: column "lost" does not exist
    exit 3
    err| error: src/models.rs:4: the database refuses `note.i`
    err| cause: column "lost" does not exist
    exit 3
    err| error: src/models.rs:9: the database refuses `note.other`
    err| cause: column "lost" does not exist
    exit 3
    err| error: src/models.rs:9: the database refuses `note.other`
    err| cause: type "nothing" does not exist
    exit 3
    err| error: src/models.rs:9: the database refuses `note.other`
    err| cause: function no() does not exist
    "#);
}
