//! Projects of Alembic that are taken over: version files and what `alembic … --sql` printed of them, in the folder beside.

use std::fs;

use crate::project::Project;

/// A merge, two heads, labels, a dependency on another branch, an enum, a block outside of the transaction.
const SHOP: [(&str, &str); 9] = [
    ("alembic.ini", include_str!("alembic/shop/alembic.ini")),
    (
        "db/versions/a1_users.py",
        include_str!("alembic/shop/versions/a1_users.py"),
    ),
    (
        "db/versions/b2_role.py",
        include_str!("alembic/shop/versions/b2_role.py"),
    ),
    (
        "db/versions/c3_posts.py",
        include_str!("alembic/shop/versions/c3_posts.py"),
    ),
    (
        "db/versions/d4_merge.py",
        include_str!("alembic/shop/versions/d4_merge.py"),
    ),
    (
        "audit/late/e5_audit.py",
        include_str!("alembic/shop/audit/late/e5_audit.py"),
    ),
    (
        "audit/f6_more.py",
        include_str!("alembic/shop/audit/f6_more.py"),
    ),
    (
        "alembic-upgrade.sql",
        include_str!("alembic/shop/upgrade.sql"),
    ),
    (
        "alembic-downgrade.sql",
        include_str!("alembic/shop/downgrade.sql"),
    ),
];

/// Batches, which make a table again.
const PEOPLE: [(&str, &str); 4] = [
    (
        "alembic/versions/1a2b_people.py",
        include_str!("alembic/people/1a2b_people.py"),
    ),
    (
        "alembic/versions/3c4d_names.py",
        include_str!("alembic/people/3c4d_names.py"),
    ),
    (
        "alembic-upgrade.sql",
        include_str!("alembic/people/upgrade.sql"),
    ),
    (
        "alembic-downgrade.sql",
        include_str!("alembic/people/downgrade.sql"),
    ),
];

const SQL_FROM: &str = "--sql-from alembic-upgrade.sql --sql-from alembic-downgrade.sql";

/// A program with the files, and nothing of Limbeck's.
fn program(project: Project, files: &[(&str, &str)]) -> Project {
    let project = project.with_program(files);
    // Models get a place of their own.
    fs::create_dir_all(project.path("migrations")).unwrap();
    project.write("migrations/1_old.sql", "SELECT 1;\n");
    project
}

/// The statements that Alembic has run on a database, without those that begin and end its transactions.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    let statements = script.split(";\n").map(str::trim);
    statements.filter(|one| !["", "BEGIN", "COMMIT"].contains(one))
}

/// What of a script comes before a migration.
fn before<'a>(script: &'a str, migration: &str) -> &'a str {
    let mark = format!("-- Running upgrade {migration}\n");
    script.split_once(mark.as_str()).unwrap().0
}

#[tokio::test]
async fn a_graph_of_alembic_is_taken_over_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let project = program(project, &SHOP);
    let script = SHOP[7].1;
    let database = scratch.create_database("live", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    for statement in statements(script) {
        live.batch(statement).await.unwrap();
    }
    let url = database.url.to_string();
    insta::assert_snapshot!(project.run(&format!("init --from {url} {SQL_FROM}")), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/a1_create_users.sql
    out| Created limbeck/revisions/b2_add_role.sql
    out| Created limbeck/revisions/c3_posts.sql
    out| Created limbeck/revisions/d4_merge.sql
    out| Created limbeck/revisions/e5_audit.sql
    out| Created limbeck/revisions/f6_more_audit.sql
    out| Created limbeck.toml
    err| Found 1 migration of sqlx in migrations: left as it is
    err| Revisions of 6 migrations of Alembic in db/versions and audit, which stay as they are
    err| Replayed: they make what the database holds
    err| Unmanaged: alembic_version (the history of Alembic)
    err| Taken over from Alembic, as its table says: 6 revisions
    err| Next: set DATABASE_URL in the environment or in .env to the URL of the database
    exit 0
    "#);
    // In the words of `alembic history`, which prints the same but for blanks.
    insta::assert_snapshot!(project.run("history"), @r#"
    out| b2, c3 -> d4 (shop) (head) (mergepoint), merge
    out| e5 -> f6 (audit) (head), more audit
    out| <base> (b2) -> e5 (audit), audit
    out| a1 -> b2 (shop), add role
    out| a1 -> c3 (shop), posts
    out| <base> -> a1 (shop) (branchpoint), create users
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck/revisions/c3_posts.sql"), @r#"
    -- posts
    --
    -- revision: c3
    -- parents:  a1
    -- dialects: postgres
    -- replaces: alembic c3

    -- upgrade
    -- step
    CREATE TABLE posts (
        id SERIAL NOT NULL, 
        user_id INTEGER NOT NULL, 
        PRIMARY KEY (id), 
        FOREIGN KEY(user_id) REFERENCES users (id)
    );

    -- step: no transaction
    CREATE INDEX CONCURRENTLY ix_posts_user_id ON posts (user_id);

    -- step
    COMMENT ON TABLE posts IS 'what users write';

    -- downgrade
    DROP TABLE posts;
    "#);
    insta::assert_snapshot!(project.read("limbeck/revisions/b2_add_role.sql"), @r#"
    -- add role
    --
    -- revision: b2
    -- parents:  a1
    -- created:  2024-01-02T10:00:00Z
    -- dialects: postgres
    -- replaces: alembic b2

    -- upgrade
    CREATE TYPE role AS ENUM ('admin', 'it''s');

    ALTER TABLE users ADD COLUMN role role DEFAULT 'admin' NOT NULL;

    UPDATE users SET email = 'x
    -- Running upgrade z -> y
    ' WHERE email LIKE 'a%';

    -- downgrade
    ALTER TABLE users DROP COLUMN role;

    DROP TYPE role;
    "#);
    insta::assert_snapshot!(project.run(&format!("check --url {url}")), @r#"
    err| note: there are 2 heads: `f6` (limbeck/revisions/f6_more_audit.sql:3) and `d4` (limbeck/revisions/d4_merge.sql:3), each on a branch with a label
    err| unmanaged: alembic_version
    err| Nothing differs
    exit 0
    "#);
    let rows = live.query_text("SELECT version_num FROM alembic_version ORDER BY 1");
    let rows: Vec<String> = rows
        .await
        .unwrap()
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    assert_eq!(rows, ["d4", "f6"]);

    // Another database stands at an older place, on one branch alone, and goes on from there.
    let behind = scratch.create_database("behind", None).await.unwrap();
    let mut other = behind.connect().await.unwrap();
    for statement in statements(before(script, "a1 -> b2")) {
        other.batch(statement).await.unwrap();
    }
    let url = behind.url.to_string();
    insta::assert_snapshot!(project.run(&format!("current --url {url}")), @r#"
    out| c3 (shop)
    err| 4 revisions pending: limbeck upgrade heads
    exit 0
    "#);
    insta::assert_snapshot!(project.run(&format!("upgrade heads --url {url}")), @r#"
    err| Taken over from Alembic, as its table says: 2 revisions
    err| Running upgrade a1 -> b2, add role
    err| Running upgrade  -> e5, audit
    err| Running upgrade e5 -> f6, more audit
    err| Running upgrade b2, c3 -> d4, merge
    exit 0
    "#);
    insta::assert_snapshot!(project.run(&format!("check --url {url}")), @r#"
    err| note: there are 2 heads: `f6` (limbeck/revisions/f6_more_audit.sql:3) and `d4` (limbeck/revisions/d4_merge.sql:3), each on a branch with a label
    err| unmanaged: alembic_version
    err| Nothing differs
    exit 0
    "#);
    other.close().await.unwrap();
    live.close().await.unwrap();
}

#[tokio::test]
async fn batches_of_alembic_keep_the_rows_of_other_tables() {
    let project = program(Project::without_url(), &PEOPLE);
    let script = PEOPLE[2].1;
    project.batch("app.db", script).await;
    insta::assert_snapshot!(project.run(&format!("init --from sqlite:///./app.db {SQL_FROM}")), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/1a2b_people.sql
    out| Created limbeck/revisions/3c4d_names_are_there.sql
    out| Created limbeck.toml
    err| Found 1 migration of sqlx in migrations: left as it is
    err| Revisions of 2 migrations of Alembic in alembic/versions, which stay as they are
    err| Replayed: they make what the database holds
    err| Unmanaged: alembic_version (the history of Alembic)
    err| Taken over from Alembic, as its table says: 2 revisions
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck/revisions/3c4d_names_are_there.sql"), @r#"
    -- names are there
    --
    -- revision: 3c4d
    -- parents:  1a2b
    -- created:  2024-02-01T10:00:00Z
    -- dialects: sqlite
    -- replaces: alembic 3c4d

    -- upgrade
    -- step: foreign keys off
    CREATE TABLE _alembic_tmp_people (
        id INTEGER NOT NULL, 
        name TEXT NOT NULL, 
        PRIMARY KEY (id)
    );

    INSERT INTO _alembic_tmp_people (id, name) SELECT people.id, people.name 
    FROM people;

    DROP TABLE people;

    ALTER TABLE _alembic_tmp_people RENAME TO people;

    -- downgrade
    -- step: foreign keys off
    CREATE TABLE _alembic_tmp_people (
        id INTEGER NOT NULL, 
        name TEXT, 
        PRIMARY KEY (id)
    );

    INSERT INTO _alembic_tmp_people (id, name) SELECT people.id, people.name 
    FROM people;

    DROP TABLE people;

    ALTER TABLE _alembic_tmp_people RENAME TO people;
    "#);
    // The way back of the second one loses nothing of the pets, nor the way there.
    let until = before(script, "1a2b -> 3c4d");
    let rows = "INSERT INTO people VALUES (1, 'Ada'); INSERT INTO pets VALUES (1, 1);";
    project.batch("behind.db", &format!("{until}{rows}")).await;
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///./behind.db"), @r#"
    err| Taken over from Alembic, as its table says: 1 revision
    err| Running upgrade 1a2b -> 3c4d, names are there
    exit 0
    "#);
    let pets = "SELECT owner FROM pets";
    assert_eq!(project.values("behind.db", pets).await, ["1"]);
    insta::assert_snapshot!(project.run("downgrade -1 --url sqlite:///./behind.db"), @r#"
    err| Running downgrade 3c4d -> 1a2b, names are there
    exit 0
    "#);
    assert_eq!(project.values("behind.db", pets).await, ["1"]);
}

#[tokio::test]
async fn without_its_sql_alembic_gets_a_baseline_and_begins_again() {
    let project = program(Project::without_url(), &PEOPLE);
    project.batch("app.db", PEOPLE[2].1).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --rev-id aaaa1111"), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/aaaa1111_baseline.sql
    out| Created limbeck.toml
    err| Found 1 migration of sqlx in migrations: left as it is
    err| Found 2 migrations of Alembic in alembic/versions: left as it is
    err| Baseline of 2 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| The baseline stands for the migrations of Alembic, whose SQL Alembic alone can print
    err| One that has not been run here yet is in no revision: run it with Alembic first
    err| For a revision of each of them, take this back and begin with their SQL:
    err|   limbeck stamp base --purge --url URL, and remove the files that were created
    err|   alembic upgrade base:heads --sql > alembic-upgrade.sql
    err|   alembic downgrade 3c4d:base --sql > alembic-downgrade.sql
    err|   limbeck init --from URL --sql-from alembic-upgrade.sql --sql-from alembic-downgrade.sql
    err| Unmanaged: alembic_version (the history of Alembic)
    err| Taken over from Alembic, as its table says: 1 revision
    exit 0
    "#);
    let file = project.read("limbeck/revisions/aaaa1111_baseline.sql");
    assert!(file.contains("-- replaces: alembic 3c4d\n"), "{file}");
    // As it says: what was made is taken back, and each migration becomes a revision.
    let purged = project.run("stamp base --purge");
    assert!(purged.ends_with("exit 0\n"), "{purged}");
    fs::remove_dir_all(project.path("limbeck")).unwrap();
    fs::remove_file(project.path("limbeck.toml")).unwrap();
    insta::assert_snapshot!(project.run(&format!("init --from sqlite:///./app.db {SQL_FROM}")), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/1a2b_people.sql
    out| Created limbeck/revisions/3c4d_names_are_there.sql
    out| Created limbeck.toml
    err| Found 1 migration of sqlx in migrations: left as it is
    err| Revisions of 2 migrations of Alembic in alembic/versions, which stay as they are
    err| Replayed: they make what the database holds
    err| Unmanaged: alembic_version (the history of Alembic)
    err| Taken over from Alembic, as its table says: 2 revisions
    exit 0
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| 3c4d (head)
    exit 0
    "#);
}

#[tokio::test]
async fn what_of_alembic_does_not_fit_writes_nothing() {
    let [people, names, upgrade, _] = PEOPLE.map(|(_, text)| text);
    let version = "alembic/versions/3c4d_names.py";
    let more = "alembic/versions/5e6f_more.py";
    let row = "INSERT INTO alembic_version VALUES ('ffff');";
    type Case<'a> = (&'a str, (&'a str, String), &'a str, &'a str);
    let cases: [Case<'_>; 7] = [
        (
            "a row without its file",
            ("x.txt", String::new()),
            row,
            "cause: `ffff` has been run, and nothing stands for it",
        ),
        (
            "a file without its SQL",
            (
                more,
                names
                    .replace("1a2b", "3c4d")
                    .replace("revision = \"3c4d\"", "revision = \"5e6f\"")
                    .replace("down_revision = \"5e6f\"", "down_revision = \"3c4d\""),
            ),
            "",
            "cause: alembic/versions/5e6f_more.py: no script has the SQL of `5e6f`: alembic upgrade base:heads --sql",
        ),
        (
            "SQL without its file",
            (version, people.replace("1a2b", "9999")),
            "",
            "cause: alembic-upgrade.sql:23: SQL of `3c4d`, and no file has that version",
        ),
        (
            "a script of other files",
            (version, names.replace("\"1a2b\"", "None")),
            "",
            "cause: alembic-upgrade.sql:23: `3c4d` builds on `1a2b` here, and on nothing in alembic/versions/3c4d_names.py",
        ),
        (
            "what only Python knows",
            (
                version,
                names.replace("down_revision = ", "down_revision = previous or "),
            ),
            "",
            "cause: alembic/versions/3c4d_names.py:12: `down_revision` is no literal, and Python is not run",
        ),
        (
            "a statement of no migration",
            (
                "alembic-upgrade.sql",
                format!("SET search_path = x;\n{upgrade}"),
            ),
            "",
            "cause: alembic-upgrade.sql:1: this statement is before the first `-- Running …`, so it is of no migration",
        ),
        (
            "a change by hand",
            ("x.txt", String::new()),
            "ALTER TABLE pets ADD COLUMN name TEXT;",
            "cause: add column pets.name",
        ),
    ];
    for (what, (file, text_of_file), more, expected) in cases {
        let project = program(Project::without_url(), &PEOPLE);
        project.write(file, &text_of_file);
        project.batch("app.db", &format!("{upgrade}{more}")).await;
        let shown = project.run(&format!("init --from sqlite:///./app.db {SQL_FROM}"));
        assert!(shown.contains(expected), "{what}: {shown}");
        assert!(!shown.ends_with("exit 0\n"), "{what}: {shown}");
        assert!(!project.path("limbeck").exists(), "{what}");
        assert!(!project.path("limbeck.toml").exists(), "{what}");
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'limbeck%'";
        assert_eq!(project.values("app.db", tables).await, ["0"], "{what}");
    }
    // Scripts of a project that has no such files are not left out without a word.
    let project = program(Project::without_url(), &[PEOPLE[2], PEOPLE[3]]);
    project.batch("app.db", upgrade).await;
    insta::assert_snapshot!(project.run(&format!("init --from sqlite:///./app.db {SQL_FROM}")), @r#"
    err| error: --sql-from is for migrations of Alembic, and the project and the database do not both have them
    err| hint: version files are looked for where alembic.ini or pyproject.toml says they are, and the database has its `alembic_version`
    exit 2
    "#);
    // And what lies outside of the checkout is not read.
    let project = program(Project::without_url(), &PEOPLE);
    let outside = project.beside("versions");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("1a2b_people.py"), people).unwrap();
    fs::create_dir_all(project.path(".git")).unwrap();
    project.write(
        "alembic.ini",
        &format!("[alembic]\nversion_locations = {}\n", outside.display()),
    );
    project.batch("app.db", upgrade).await;
    let shown = project.run(&format!("init --from sqlite:///./app.db {SQL_FROM}"));
    assert!(
        shown.contains("which is outside of the checkout and is not read"),
        "{shown}"
    );
}
