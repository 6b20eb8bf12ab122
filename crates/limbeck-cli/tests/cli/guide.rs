//! The way of a project from its first table on, on SQLite.

use crate::project::Project;

#[tokio::test]
async fn from_the_first_table_to_the_second_revision_and_back() {
    let project = Project::new();
    insta::assert_snapshot!(project.run("init"), @r#"
    out| Created limbeck.toml
    out| Created migrations
    out| Created .env.example
    out| Added .env, *.db, *.db-shm, *.db-wal to .gitignore
    err| Next: derive `Table` on your structs, then
    err|   limbeck revision --autogenerate -m "Initial schema"
    err|   limbeck upgrade
    exit 0
    "#);
    insta::assert_snapshot!(project.run("init"), @r#"
    err| limbeck.toml is there already
    err| migrations is there already
    err| Next: derive `Table` on your structs, then
    err|   limbeck revision --autogenerate -m "Initial schema"
    err|   limbeck upgrade
    exit 0
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    err| `sqlite:///todo.db` is not there yet
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    out| src/models.rs:13: Status: create enum status (pending, completed)
    out| src/models.rs:20: Task: create table tasks
    out| src/models.rs:5: User: create table users
    err| `sqlite:///todo.db` is not there yet: every revision is pending
    err| error: 3 differences between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
    assert!(!project.path("todo.db").exists(), "looking makes no file");
    insta::assert_snapshot!(project.run("revision --autogenerate -m 'Initial schema' --rev-id 1f0e8f6d2c4b"), @r#"
    out| migrations/1f0e8f6d2c4b_initial_schema.sql
    err| Detected: create enum status (pending, completed) (src/models.rs:13)
    err| Detected: create table tasks (src/models.rs:20)
    err| Detected: create table users (src/models.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    exit 0
    "#);
    let file = project.read("migrations/1f0e8f6d2c4b_initial_schema.sql");
    assert!(
        file.contains("\n-- upgrade\nCREATE TABLE users ("),
        "{file}"
    );
    insta::assert_snapshot!(project.run("check"), @r#"
    out| pending: 1f0e8f6d, Initial schema
    err| `sqlite:///todo.db` is not there yet: every revision is pending
    err| error: 1 revision pending
    err| hint: limbeck upgrade
    exit 1
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> 1f0e8f6d, Initial schema
    exit 0
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| 1f0e8f6d2c4b (head)
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| Nothing differs
    exit 0
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m 'Nothing new'"), @r#"
    err| Nothing differs: no revision written
    exit 0
    "#);

    project.edit(
        "src/models.rs",
        "    pub title: String,\n",
        "    pub title: String,\n    #[column(default = 0)]\n    pub priority: i32,\n",
    );
    insta::assert_snapshot!(project.run("check"), @r#"
    out| src/models.rs:27: Task::priority: add column tasks.priority INTEGER not null default 0
    err| error: 1 difference between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m 'Add priority' --rev-id 7f3c1a9be0d2"), @r#"
    out| migrations/7f3c1a9be0d2_add_priority.sql
    err| Detected: add column tasks.priority INTEGER not null default 0 (src/models.rs:27)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| 1f0e8f6d2c4b
    err| 1 revision pending: limbeck upgrade
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check --only pending"), @r#"
    out| pending: 7f3c1a9b, Add priority
    err| error: 1 revision pending
    err| hint: limbeck upgrade
    exit 1
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade 1f0e8f6d -> 7f3c1a9b, Add priority
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Already at head: 7f3c1a9be0d2
    exit 0
    "#);
    insta::assert_snapshot!(project.run("history -i"), @r#"
    out| 1f0e8f6d -> 7f3c1a9b (head) (current), Add priority
    out| <base> -> 1f0e8f6d, Initial schema
    exit 0
    "#);
    insta::assert_snapshot!(project.run("downgrade -1"), @r#"
    err| Running downgrade 7f3c1a9b -> 1f0e8f6d, Add priority
    exit 0
    "#);
    insta::assert_snapshot!(project.run("downgrade base"), @r#"
    err| Running downgrade 1f0e8f6d -> , Initial schema
    exit 0
    "#);
    assert_eq!(
        project.tables().await,
        ["limbeck_history", "limbeck_history_journal"]
    );
    insta::assert_snapshot!(project.run("current"), @r#"
    err| Nothing has been run on this database
    err| 2 revisions pending: limbeck upgrade
    exit 0
    "#);
    insta::assert_snapshot!(project.run("downgrade base"), @r#"
    err| Already at base: nothing to take back
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade head"), @r#"
    err| Running upgrade  -> 1f0e8f6d, Initial schema
    err| Running upgrade 1f0e8f6d -> 7f3c1a9b, Add priority
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| Nothing differs
    exit 0
    "#);
    insta::assert_snapshot!(project.run("heads"), @r#"
    out| 7f3c1a9be0d2 (head)
    exit 0
    "#);
    insta::assert_snapshot!(project.run("current -v"), @r#"
    out| 7f3c1a9be0d2 (head), Add priority, run …, Limbeck 0.1.0, migrations/7f3c1a9be0d2_add_priority.sql
    exit 0
    "#);
    insta::assert_snapshot!(project.run("verify --all"), @r#"
    out| 1f0e8f6d, Initial schema: proven on SQLite …: upgrade, downgrade, upgrade again
    out| 7f3c1a9b, Add priority: proven on SQLite …: upgrade, downgrade, upgrade again
    out|   rows: 2 of 2 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.run("history -r base:1f0e"), @r#"
    out| <base> -> 1f0e8f6d, Initial schema
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade +1"), @r#"
    err| error: `+1` goes beyond the history, which has 0 in that direction
    err| hint: limbeck current shows where the database is, and limbeck history all revisions
    exit 2
    "#);
}

#[test]
fn scripts_are_printed_instead_of_run() {
    let project = Project::new();
    project.write("migrations/a.sql", "-- First\n--\n-- revision: aaaa\n-- parents:  none\n\n-- upgrade\nCREATE TABLE t (a INTEGER);\n-- step\nCREATE TABLE u (a INTEGER);\n\n-- downgrade\nDROP TABLE u;\nDROP TABLE t;\n");
    insta::assert_snapshot!(project.run("upgrade --sql base:head"), @r"
    out| -- An upgrade from base, written by limbeck 0.1.0 for sqlite3:  sqlite3 DATABASE < FILE
    out| .bail on
    out| .timeout 60000
    out| -- As Limbeck's own connections have it.
    out| PRAGMA foreign_keys = ON;
    out| -- The revisions that have been run, and the steps of one that is half done.
    out| CREATE TEMP TABLE limbeck_run (revision TEXT PRIMARY KEY);
    out| CREATE TEMP TABLE limbeck_half (revision TEXT, direction TEXT, step INTEGER, statement INTEGER);
    out| -- What is otherwise in the database.
    out| CREATE TEMP VIEW limbeck_wrong (message) AS
    out|     SELECT 'this script begins at base, and the database does not stand there: ' || what FROM (
    out|         SELECT 'the ' || direction || ' of ' || revision || ' is half done, of its ' || steps || ' steps (limbeck upgrade finishes it)' AS what
    out|             FROM main.limbeck_history_journal AS j WHERE NOT EXISTS (SELECT 1 FROM temp.limbeck_half AS h
    out|             WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
    out|         UNION ALL
    out|         SELECT 'it has not begun ' || revision FROM temp.limbeck_half AS h WHERE NOT EXISTS (SELECT 1 FROM main.limbeck_history_journal AS j
    out|             WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
    out|         UNION ALL
    out|         SELECT * FROM (SELECT 'it has run ' || revision || ', ' || description || CASE WHEN count(*) OVER () > 1
    out|             THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
    out|             FROM main.limbeck_history WHERE revision NOT IN (SELECT revision FROM temp.limbeck_run) ORDER BY applied_at DESC, rowid DESC)
    out|         UNION ALL
    out|         SELECT * FROM (SELECT 'it lacks ' || revision || CASE WHEN count(*) OVER () > 1
    out|             THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
    out|             FROM temp.limbeck_run WHERE revision NOT IN (SELECT revision FROM main.limbeck_history))
    out|     );
    out| 
    out| -- upgrade aaaa, First
    out| BEGIN IMMEDIATE;
    out| CREATE TABLE IF NOT EXISTS limbeck_history (
    out|     revision text NOT NULL PRIMARY KEY,
    out|     description text NOT NULL,
    out|     checksum text NOT NULL,
    out|     applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    out|     parents TEXT,
    out|     run_by TEXT,
    out|     duration_ms INTEGER,
    out|     version TEXT,
    out|     stamped INTEGER,
    out|     downgrade TEXT
    out| );
    out| CREATE TABLE IF NOT EXISTS limbeck_history_journal (
    out|     id INTEGER PRIMARY KEY,
    out|     revision text NOT NULL,
    out|     direction text NOT NULL,
    out|     step integer NOT NULL,
    out|     steps integer NOT NULL,
    out|     checksum text NOT NULL,
    out|     run_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    out|     statement INTEGER,
    out|     statements INTEGER,
    out|     begun TEXT,
    out|     UNIQUE (revision, direction, step)
    out| );
    out| SELECT json_extract('{}', 'limbeck: ' || message) FROM temp.limbeck_wrong;
    out| CREATE TABLE t (a INTEGER);
    out| INSERT INTO limbeck_history_journal (revision, direction, step, steps, checksum) VALUES ('aaaa', 'upgrade', 1, 2, 'sha256:b307d4af4041d4e202fd218d03f9b48adce3abd19cb1c3eae64bc3303218f427');
    out| DELETE FROM temp.limbeck_half WHERE step = 1;
    out| INSERT INTO temp.limbeck_half VALUES ('aaaa', 'upgrade', 1, NULL);
    out| COMMIT;
    out| BEGIN IMMEDIATE;
    out| SELECT json_extract('{}', 'limbeck: ' || message) FROM temp.limbeck_wrong;
    out| CREATE TABLE u (a INTEGER);
    out| DELETE FROM limbeck_history_journal WHERE revision = 'aaaa';
    out| INSERT INTO limbeck_history (revision, description, checksum, parents, run_by, duration_ms, version, stamped, downgrade) VALUES ('aaaa', 'First', 'sha256:bdb750bd2e4de36a88cc2a05dbcc1757ae5f4d6a640d81864fc3df1bd0c1db81', '', NULL, NULL, '0.1.0', 0, '-- First
    out| --
    out| -- revision: aaaa
    out| -- parents:  none
    out| 
    out| -- upgrade sqlite
    out| -- nothing
    out| 
    out| -- downgrade sqlite
    out| DROP TABLE u;
    out| DROP TABLE t;
    out| ');
    out| DELETE FROM temp.limbeck_half;
    out| INSERT INTO temp.limbeck_run VALUES ('aaaa');
    out| COMMIT;
    exit 0
    ");
    insta::assert_snapshot!(project.run("downgrade --sql aaaa:base"), @r"
    out| -- A downgrade from aaaa, written by limbeck 0.1.0 for sqlite3:  sqlite3 DATABASE < FILE
    out| .bail on
    out| .timeout 60000
    out| -- As Limbeck's own connections have it.
    out| PRAGMA foreign_keys = ON;
    out| -- The revisions that have been run, and the steps of one that is half done.
    out| CREATE TEMP TABLE limbeck_run (revision TEXT PRIMARY KEY);
    out| CREATE TEMP TABLE limbeck_half (revision TEXT, direction TEXT, step INTEGER, statement INTEGER);
    out| INSERT INTO temp.limbeck_run VALUES ('aaaa');
    out| -- What is otherwise in the database.
    out| CREATE TEMP VIEW limbeck_wrong (message) AS
    out|     SELECT 'this script begins at aaaa, and the database does not stand there: ' || what FROM (
    out|         SELECT 'the ' || direction || ' of ' || revision || ' is half done, of its ' || steps || ' steps (limbeck upgrade finishes it)' AS what
    out|             FROM main.limbeck_history_journal AS j WHERE NOT EXISTS (SELECT 1 FROM temp.limbeck_half AS h
    out|             WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
    out|         UNION ALL
    out|         SELECT 'it has not begun ' || revision FROM temp.limbeck_half AS h WHERE NOT EXISTS (SELECT 1 FROM main.limbeck_history_journal AS j
    out|             WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
    out|         UNION ALL
    out|         SELECT * FROM (SELECT 'it has run ' || revision || ', ' || description || CASE WHEN count(*) OVER () > 1
    out|             THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
    out|             FROM main.limbeck_history WHERE revision NOT IN (SELECT revision FROM temp.limbeck_run) ORDER BY applied_at DESC, rowid DESC)
    out|         UNION ALL
    out|         SELECT * FROM (SELECT 'it lacks ' || revision || CASE WHEN count(*) OVER () > 1
    out|             THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
    out|             FROM temp.limbeck_run WHERE revision NOT IN (SELECT revision FROM main.limbeck_history))
    out|     );
    out| 
    out| -- downgrade aaaa, First
    out| BEGIN IMMEDIATE;
    out| CREATE TABLE IF NOT EXISTS limbeck_history (
    out|     revision text NOT NULL PRIMARY KEY,
    out|     description text NOT NULL,
    out|     checksum text NOT NULL,
    out|     applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    out|     parents TEXT,
    out|     run_by TEXT,
    out|     duration_ms INTEGER,
    out|     version TEXT,
    out|     stamped INTEGER,
    out|     downgrade TEXT
    out| );
    out| CREATE TABLE IF NOT EXISTS limbeck_history_journal (
    out|     id INTEGER PRIMARY KEY,
    out|     revision text NOT NULL,
    out|     direction text NOT NULL,
    out|     step integer NOT NULL,
    out|     steps integer NOT NULL,
    out|     checksum text NOT NULL,
    out|     run_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    out|     statement INTEGER,
    out|     statements INTEGER,
    out|     begun TEXT,
    out|     UNIQUE (revision, direction, step)
    out| );
    out| SELECT json_extract('{}', 'limbeck: ' || message) FROM temp.limbeck_wrong;
    out| DROP TABLE u;
    out| DROP TABLE t;
    out| DELETE FROM limbeck_history WHERE revision = 'aaaa';
    out| DELETE FROM temp.limbeck_run WHERE revision = 'aaaa';
    out| COMMIT;
    exit 0
    ");
    insta::assert_snapshot!(project.run("upgrade --sql"), @r"
    out| -- An upgrade from base, written by limbeck 0.1.0 for sqlite3:  sqlite3 DATABASE < FILE
    out| .bail on
    out| .timeout 60000
    out| -- As Limbeck's own connections have it.
    out| PRAGMA foreign_keys = ON;
    out| -- The revisions that have been run, and the steps of one that is half done.
    out| CREATE TEMP TABLE limbeck_run (revision TEXT PRIMARY KEY);
    out| CREATE TEMP TABLE limbeck_half (revision TEXT, direction TEXT, step INTEGER, statement INTEGER);
    out| -- What is otherwise in the database.
    out| CREATE TEMP VIEW limbeck_wrong (message) AS
    out|     SELECT 'this script begins at base, and the database does not stand there: ' || what FROM (
    out|         SELECT 'the ' || direction || ' of ' || revision || ' is half done, of its ' || steps || ' steps (limbeck upgrade finishes it)' AS what
    out|             FROM main.limbeck_history_journal AS j WHERE NOT EXISTS (SELECT 1 FROM temp.limbeck_half AS h
    out|             WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
    out|         UNION ALL
    out|         SELECT 'it has not begun ' || revision FROM temp.limbeck_half AS h WHERE NOT EXISTS (SELECT 1 FROM main.limbeck_history_journal AS j
    out|             WHERE h.revision = j.revision AND h.direction = j.direction AND h.step = j.step AND h.statement IS j.statement)
    out|         UNION ALL
    out|         SELECT * FROM (SELECT 'it has run ' || revision || ', ' || description || CASE WHEN count(*) OVER () > 1
    out|             THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
    out|             FROM main.limbeck_history WHERE revision NOT IN (SELECT revision FROM temp.limbeck_run) ORDER BY applied_at DESC, rowid DESC)
    out|         UNION ALL
    out|         SELECT * FROM (SELECT 'it lacks ' || revision || CASE WHEN count(*) OVER () > 1
    out|             THEN ', and ' || (count(*) OVER () - 1) || ' more' ELSE '' END
    out|             FROM temp.limbeck_run WHERE revision NOT IN (SELECT revision FROM main.limbeck_history))
    out|     );
    out| 
    out| -- upgrade aaaa, First
    out| BEGIN IMMEDIATE;
    out| CREATE TABLE IF NOT EXISTS limbeck_history (
    out|     revision text NOT NULL PRIMARY KEY,
    out|     description text NOT NULL,
    out|     checksum text NOT NULL,
    out|     applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    out|     parents TEXT,
    out|     run_by TEXT,
    out|     duration_ms INTEGER,
    out|     version TEXT,
    out|     stamped INTEGER,
    out|     downgrade TEXT
    out| );
    out| CREATE TABLE IF NOT EXISTS limbeck_history_journal (
    out|     id INTEGER PRIMARY KEY,
    out|     revision text NOT NULL,
    out|     direction text NOT NULL,
    out|     step integer NOT NULL,
    out|     steps integer NOT NULL,
    out|     checksum text NOT NULL,
    out|     run_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    out|     statement INTEGER,
    out|     statements INTEGER,
    out|     begun TEXT,
    out|     UNIQUE (revision, direction, step)
    out| );
    out| SELECT json_extract('{}', 'limbeck: ' || message) FROM temp.limbeck_wrong;
    out| CREATE TABLE t (a INTEGER);
    out| INSERT INTO limbeck_history_journal (revision, direction, step, steps, checksum) VALUES ('aaaa', 'upgrade', 1, 2, 'sha256:b307d4af4041d4e202fd218d03f9b48adce3abd19cb1c3eae64bc3303218f427');
    out| DELETE FROM temp.limbeck_half WHERE step = 1;
    out| INSERT INTO temp.limbeck_half VALUES ('aaaa', 'upgrade', 1, NULL);
    out| COMMIT;
    out| BEGIN IMMEDIATE;
    out| SELECT json_extract('{}', 'limbeck: ' || message) FROM temp.limbeck_wrong;
    out| CREATE TABLE u (a INTEGER);
    out| DELETE FROM limbeck_history_journal WHERE revision = 'aaaa';
    out| INSERT INTO limbeck_history (revision, description, checksum, parents, run_by, duration_ms, version, stamped, downgrade) VALUES ('aaaa', 'First', 'sha256:bdb750bd2e4de36a88cc2a05dbcc1757ae5f4d6a640d81864fc3df1bd0c1db81', '', NULL, NULL, '0.1.0', 0, '-- First
    out| --
    out| -- revision: aaaa
    out| -- parents:  none
    out| 
    out| -- upgrade sqlite
    out| -- nothing
    out| 
    out| -- downgrade sqlite
    out| DROP TABLE u;
    out| DROP TABLE t;
    out| ');
    out| DELETE FROM temp.limbeck_half;
    out| INSERT INTO temp.limbeck_run VALUES ('aaaa');
    out| COMMIT;
    exit 0
    ");
    assert!(!project.path("todo.db").exists());
}

#[test]
fn an_empty_revision_says_what_to_do() {
    let project = Project::new();
    insta::assert_snapshot!(project.run("revision -m 'By hand' --rev-id b1"), @r#"
    out| migrations/b1_by_hand.sql
    err| Write the SQL of both sections, then: limbeck verify
    exit 0
    "#);
    let file = project.read("migrations/b1_by_hand.sql");
    let body = &file[file.find("-- upgrade").unwrap()..];
    insta::assert_snapshot!(body, @r#"
    -- upgrade
    -- Write the SQL here, or a line `-- nothing`.

    -- downgrade
    -- Write the SQL that undoes the upgrade, or a line `-- nothing`, or change the marker to
    -- "downgrade: irreversible, <reason>".
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: migrations/b1_by_hand.sql:8: nobody has written the upgrade of revision `b1` yet
    err| hint: write its SQL there, or `-- nothing` if there is nothing to do
    exit 2
    "#);
    let upgraded = file.replace(
        "-- Write the SQL here, or a line `-- nothing`.",
        "-- nothing",
    );
    project.write("migrations/b1_by_hand.sql", &upgraded);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| error: migrations/b1_by_hand.sql:11: nobody has written the downgrade of revision `b1` yet
    err| hint: write the SQL there that undoes the upgrade, or `-- nothing`, or change the marker to `-- downgrade: irreversible, <reason>`
    exit 2
    "#);
    project.write(
        "migrations/b1_by_hand.sql",
        &format!("{upgraded}-- nothing\n"),
    );
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade  -> b1, By hand
    exit 0
    "#);
    insta::assert_snapshot!(project.run("stamp base"), @r#"
    err| Running stamp b1 -> 
    err| Forgotten: b1; the next upgrade runs it again
    exit 0
    "#);
    insta::assert_snapshot!(project.run("stamp head"), @r#"
    err| Running stamp  -> b1
    exit 0
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| b1 (head)
    exit 0
    "#);
}

#[test]
fn paths_are_those_of_the_caller() {
    let project = Project::new();
    insta::assert_snapshot!(project.run_in(&project.path("src"), "check --only models"), @r#"
    out| ../src/models.rs:13: Status: create enum status (pending, completed)
    out| ../src/models.rs:20: Task: create table tasks
    out| ../src/models.rs:5: User: create table users
    err| error: 3 differences between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
    insta::assert_snapshot!(project.run_in(
        &project.beside(""),
        "-C app revision --autogenerate -m First --rev-id b1"
    ), @r#"
    out| app/migrations/b1_first.sql
    err| Detected: create enum status (pending, completed) (app/src/models.rs:13)
    err| Detected: create table tasks (app/src/models.rs:20)
    err| Detected: create table users (app/src/models.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    exit 0
    "#);
}
