//! Two schemas of any origin, compared.

use crate::project::Project;

#[test]
fn two_files_give_the_way_and_the_way_back() {
    let project = Project::new();
    project.write(
        "a.sql",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n",
    );
    project.write(
        "b.sql",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 0);\nCREATE INDEX i ON t (b);\n",
    );
    // What is printed can be given to a shell, so that it must not undo itself.
    insta::assert_snapshot!(project.run("diff a.sql b.sql"), @r#"
    out| -- upgrade
    out| ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 0;
    out| CREATE INDEX i ON t (b);
    err| error: the sides differ in 2 operations
    exit 1
    "#);
    insta::assert_snapshot!(project.run("diff a.sql b.sql --both"), @r#"
    out| -- upgrade
    out| ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 0;
    out| CREATE INDEX i ON t (b);
    out| 
    out| -- downgrade
    out| DROP INDEX i;
    out| -- loses: t.b
    out| ALTER TABLE t DROP COLUMN b;
    err| error: the sides differ in 2 operations
    exit 1
    "#);
    insta::assert_snapshot!(project.run("diff a.sql a.sql"), @r#"
    err| Nothing differs
    exit 0
    "#);
    insta::assert_snapshot!(project.run("diff b.sql a.sql --format json"), @r#"
    out| {
    out|   "operations": [
    out|     {
    out|       "describe": "drop column t.b",
    out|       "object": "t.b",
    out|       "hazards": [
    out|         {
    out|           "code": "deletes_data",
    out|           "object": "t.b",
    out|           "reason": "the column's values"
    out|         }
    out|       ]
    out|     },
    out|     {
    out|       "describe": "drop index t.i",
    out|       "object": "t.i",
    out|       "hazards": []
    out|     }
    out|   ],
    out|   "upgrade": [
    out|     {
    out|       "transaction": true,
    out|       "statements": [
    out|         "DROP INDEX i",
    out|         "ALTER TABLE t DROP COLUMN b"
    out|       ],
    out|       "hazards": [
    out|         {
    out|           "code": "deletes_data",
    out|           "object": "t.b",
    out|           "reason": "the column's values"
    out|         }
    out|       ],
    out|       "loses": [
    out|         "t.b"
    out|       ]
    out|     }
    out|   ],
    out|   "downgrade": [
    out|     {
    out|       "transaction": true,
    out|       "statements": [
    out|         "ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 0",
    out|         "CREATE INDEX i ON t (b)"
    out|       ],
    out|       "hazards": [],
    out|       "loses": []
    out|     }
    out|   ],
    out|   "ignored": []
    out| }
    err| error: the sides differ in 2 operations
    exit 1
    "#);
}

#[test]
fn views_and_triggers_are_written_too() {
    let project = Project::new();
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY);\n";
    project.write("a.sql", table);
    project.write(
        "b.sql",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\nCREATE VIEW v AS SELECT a FROM t;\n",
    );
    insta::assert_snapshot!(project.run("diff b.sql a.sql --drop-all --both"), @r#"
    out| -- upgrade
    out| DROP VIEW v;
    out| -- loses: t.a
    out| ALTER TABLE t DROP COLUMN a;
    out| 
    out| -- downgrade
    out| ALTER TABLE t ADD COLUMN a TEXT;
    out| CREATE VIEW v AS SELECT a FROM t;
    err| error: the sides differ in 2 operations
    exit 1
    "#);
    project.write(
        "c.sql",
        &format!("{table}CREATE VIEW v AS SELECT 1 AS a FROM t;\n"),
    );
    project.edit("b.sql", "SELECT a FROM t", "SELECT 1 AS a FROM t");
    project.edit(
        "b.sql",
        "id INTEGER PRIMARY KEY, a TEXT",
        "id INTEGER PRIMARY KEY",
    );
    insta::assert_snapshot!(project.run("diff b.sql c.sql"), @r#"
    err| Nothing differs
    exit 0
    "#);
}

#[test]
fn models_and_revisions_are_sides_too() {
    let project = Project::new();
    assert!(
        project
            .run("revision --autogenerate -m First --rev-id aaaa1111")
            .ends_with("exit 0\n")
    );
    insta::assert_snapshot!(project.run("diff revisions models"), @r#"
    err| Nothing differs
    exit 0
    "#);
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    insta::assert_snapshot!(project.run("diff revisions@aaaa sqlite:///todo.db"), @r#"
    err| Nothing differs
    exit 0
    "#);
    project.edit("src/models.rs", "pub title: String", "pub name: String");
    insta::assert_snapshot!(project.run("diff revisions models"), @r#"
    err| error: a question is open
    err|   `tasks.name` may be `tasks.title` renamed (same type, both not null, both behind `user_id`, names 4 letters apart)
    err|     --rename tasks.title:name  keep the data under the new name
    err|     --drop tasks.title         drop the one, create the other
    err| hint: add one flag for each question, or decide them all for drop and create: --no-rename --drop-all
    exit 2
    "#);
    insta::assert_snapshot!(project.run("diff revisions models --rename tasks.title:name --both"), @r#"
    out| -- upgrade
    out| -- hazard: breaks_clients: tasks.name: programs that say title
    out| ALTER TABLE tasks RENAME COLUMN title TO name;
    out| 
    out| -- downgrade
    out| -- hazard: breaks_clients: tasks.title: programs that say name
    out| ALTER TABLE tasks RENAME COLUMN name TO title;
    err| error: the sides differ in 1 operation
    exit 1
    "#);
}

/// A question names the sides that it is about.
#[tokio::test]
async fn a_question_names_its_sides() {
    let project = Project::new();
    assert!(
        project
            .run("revision --autogenerate -m First --rev-id aaaa1111")
            .ends_with("exit 0\n")
    );
    project.write(
        "a.sql",
        "CREATE TABLE left_alone (id INTEGER PRIMARY KEY, a TEXT, b TEXT);\n",
    );
    project.write("b.sql", "CREATE TABLE other (n INTEGER PRIMARY KEY);\n");
    insta::assert_snapshot!(project.run("diff a.sql b.sql"), @r#"
    err| error: a question is open
    err|   table `left_alone` is in a.sql and not in b.sql
    err|     --drop left_alone  drop it
    err| hint: add one flag for each question, or decide them all for drop and create: --no-rename --drop-all
    exit 2
    "#);
    insta::assert_snapshot!(project.run("diff a.sql revisions"), @r#"
    err| error: a question is open
    err|   table `left_alone` is in a.sql and not in the revisions
    err|     --drop left_alone  drop it
    err| hint: add one flag for each question, or decide them all for drop and create: --no-rename --drop-all
    exit 2
    "#);
    insta::assert_snapshot!(project.run("diff revisions@base a.sql"), @r#"
    out| -- upgrade
    out| CREATE TABLE left_alone (
    out|     id INTEGER NOT NULL,
    out|     a TEXT,
    out|     b TEXT,
    out|     PRIMARY KEY (id)
    out| );
    err| error: the sides differ in 1 operation
    exit 1
    "#);
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    insta::assert_snapshot!(project.run("diff sqlite:///todo.db b.sql"), @r#"
    err| error: 3 questions are open
    err|   enum type `status` is in `sqlite:///todo.db` and not in b.sql
    err|     --drop status  drop it
    err|   table `tasks` is in `sqlite:///todo.db` and not in b.sql
    err|     --drop tasks  drop it
    err|   table `users` is in `sqlite:///todo.db` and not in b.sql
    err|     --drop users  drop it
    err| hint: add one flag for each question, or decide them all for drop and create: --no-rename --drop-all
    exit 2
    "#);
    insta::assert_snapshot!(project.run("diff a.sql models --rename nothing:tasks"), @r#"
    err| error: --rename: `nothing` is neither a table, a column, an enum type, an enum value nor a sequence that is there
    err| hint: `from` is the name that is there, `to` the one that is to be
    exit 2
    "#);
    let decided = project.run("diff a.sql b.sql --no-rename --drop-all");
    assert!(decided.ends_with("exit 1\n"), "{decided}");
}

#[test]
fn sides_that_are_none() {
    let project = Project::without_url();
    insta::assert_snapshot!(project.run("diff models postgre"), @r#"
    err| error: `postgre` is nothing that can be compared
    err| hint: name `models`, `revisions`, `revisions@ID`, a database URL or a file that ends in .sql
    exit 2
    "#);
    insta::assert_snapshot!(project.run("diff models sqlite:///nowhere.db"), @r#"
    err| error: `sqlite:///nowhere.db` is not there
    exit 2
    "#);
    assert!(!project.path("nowhere.db").exists());
    insta::assert_snapshot!(project.run("diff models nowhere.sql --dialect sqlite"), @r#"
    err| error: cannot read nowhere.sql
    err| cause: No such file or directory (os error 2)
    exit 2
    "#);
    project.write(
        "broken.sql",
        "CREATE TABLE t (id INTEGER);\nCREATE TABEL u (id INTEGER);\n",
    );
    insta::assert_snapshot!(project.run("diff models broken.sql --dialect sqlite"), @r#"
    err| error: `broken.sql` cannot be loaded
    err| cause: broken.sql:2: `CREATE TABEL u (id INTEGER)` failed
    err| cause: near "TABEL": syntax error
    exit 2
    "#);
    insta::assert_snapshot!(project.run("diff models postgres://u:secret@127.0.0.1:1/d"), @r#"
    err| error: the server of `postgres://u@127.0.0.1:1/d` refuses the connection
    err| cause: Connection refused (os error 111)
    err| hint: is the server running, and is the port right?
    exit 3
    "#);
}

/// What is no word is an error with those that are, from a flag and from the configuration.
#[test]
fn what_is_ignored_is_said() {
    let project = Project::new();
    project.write("a.sql", "CREATE TABLE t (a int);");
    insta::assert_snapshot!(project.run("diff a.sql a.sql --ignore owners,comments --ignore privileges"), @r#"
    err| Nothing differs, owners, privileges and comments ignored
    exit 0
    "#);
    insta::assert_snapshot!(project.run("diff a.sql a.sql --ignore owners,coments"), @r#"
    err| error: `coments` is nothing that can be ignored
    err| hint: did you mean `comments`?
    err| hint: what can be ignored: owners, privileges, comments, storage, statistics, publications, subscriptions, event-triggers, foreign, settings, labels
    exit 2
    "#);
    project.write("limbeck.toml", "[diff]\nignore = [\"owners\"]\n");
    insta::assert_snapshot!(project.run("diff a.sql a.sql --format json"), @r#"
    out| {
    out|   "operations": [],
    out|   "upgrade": [],
    out|   "downgrade": [],
    out|   "ignored": [
    out|     "owners"
    out|   ]
    out| }
    err| Nothing differs, owners ignored
    exit 0
    "#);
    project.write("limbeck.toml", "[diff]\nignore = [\"roles\"]\n");
    insta::assert_snapshot!(project.run("diff a.sql a.sql"), @r#"
    err| error: limbeck.toml: `[diff] ignore`: `roles` is nothing that can be ignored
    err| hint: what can be ignored: owners, privileges, comments, storage, statistics, publications, subscriptions, event-triggers, foreign, settings, labels
    exit 2
    "#);
}

/// Two files tell no dialect, and nothing else does where there is no project.
#[test]
fn files_need_a_dialect() {
    let project = Project::without_url();
    project.write("a.sql", "CREATE TABLE t (a int);");
    insta::assert_snapshot!(project.run("diff a.sql a.sql"), @r#"
    err| error: neither side tells its dialect
    err| hint: add --dialect postgres or --dialect sqlite
    exit 2
    "#);
    let shown = project.run("diff a.sql a.sql --dialect sqlite");
    assert_eq!(shown, "err| Nothing differs\nexit 0\n");
}
