//! Migrations of other tools that become revisions, and databases that only their tables know.

use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;
use sha2::{Digest as _, Sha384};

use crate::project::Project;

const FILES: [(&str, &str); 4] = [
    (
        "migrations/20240101100000_create_users.sql",
        "CREATE TABLE users (id INTEGER PRIMARY KEY NOT NULL, email TEXT NOT NULL UNIQUE);\n",
    ),
    (
        "migrations/20240201100000_create_tasks.up.sql",
        "BEGIN;\nCREATE TABLE tasks (id INTEGER PRIMARY KEY NOT NULL, user_id INTEGER NOT NULL REFERENCES users (id), title TEXT NOT NULL);\nCOMMIT;\n",
    ),
    (
        "migrations/20240201100000_create_tasks.down.sql",
        "DROP TABLE tasks;\n",
    ),
    (
        "migrations/20240301100000_index_titles.sql",
        "CREATE INDEX ix_titles ON tasks (title);\n",
    ),
];

/// The table of sqlx as it makes it on SQLite.
const TABLE: &str = "CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);";

async fn connect(url: &str) -> Connection {
    let url = DatabaseUrl::parse(url, Path::new("/")).unwrap();
    Connection::connect(&url).await.unwrap()
}

/// Runs what the files say, and writes the rows that sqlx writes.
async fn run_by_sqlx(project: &Project, name: &str, files: &[(&str, &str)], more: &str) {
    let url = format!("sqlite:///{}?mode=rwc", project.path(name).display());
    let mut connection = connect(&url).await;
    connection.batch(TABLE).await.unwrap();
    for (month, (path, text)) in files.iter().enumerate() {
        connection.batch(text).await.unwrap();
        let file = path.rsplit('/').next().unwrap();
        let (version, name) = file.split_once('_').unwrap();
        let name = name.trim_end_matches(".sql").trim_end_matches(".up");
        let sum = Sha384::digest(text.as_bytes());
        let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        connection
            .batch(&format!(
                "INSERT INTO _sqlx_migrations VALUES ({version}, '{}', '2025-0{}-01 08:00:00', true, X'{sum}', 1)",
                name.replace('_', " "),
                month + 1
            ))
            .await
            .unwrap();
    }
    if !more.is_empty() {
        connection.batch(more).await.unwrap();
    }
    connection.close().await.unwrap();
}

fn up(number: usize) -> Vec<(&'static str, &'static str)> {
    let up = FILES
        .into_iter()
        .filter(|(path, _)| !path.ends_with(".down.sql"));
    up.take(number).collect()
}

#[tokio::test]
async fn migrations_of_sqlx_become_revisions() {
    let project = Project::without_url().with_program(&FILES);
    run_by_sqlx(&project, "app.db", &up(3), "").await;
    let before = project
        .values("app.db", "SELECT hex(checksum) FROM _sqlx_migrations")
        .await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db"), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/20240101100000_create_users.sql
    out| Created limbeck/revisions/20240201100000_create_tasks.sql
    out| Created limbeck/revisions/20240301100000_index_titles.sql
    out| Created limbeck.toml
    err| Revisions of 3 migrations of sqlx in migrations, which stay as they are
    err| Replayed: they make what the database holds
    err| Unmanaged: _sqlx_migrations (the history of sqlx)
    err| Taken over from sqlx, as its table says: 3 revisions
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    # The database: DATABASE_URL of the environment or of .env.
    url = "${DATABASE_URL:-sqlite:///./app.db}"

    # The databases that revisions are written for.
    dialects = ["sqlite"]

    # `migrations` is another tool's.
    migrations = "limbeck/revisions"

    [models]
    files = ["limbeck/models.rs"]
    # How the database numbers integer keys of which models say nothing.
    identity = false

    # What others own, or models cannot say: kept as it is.
    [unmanaged]
    tables = [
        "_sqlx_migrations", # the history of sqlx
    ]
    "#);
    insta::assert_snapshot!(project.read("limbeck/revisions/20240201100000_create_tasks.sql"), @r#"
    -- create tasks
    --
    -- revision: 20240201100000
    -- parents:  20240101100000
    -- created:  2024-02-01T10:00:00Z
    -- dialects: sqlite
    -- replaces: sqlx 20240201100000 84c869aeb082d983d258b658afa0f26b94ebb730437b01146b6b1b2c281d3574c0ac670b1149d2afccf26e7897147b15

    -- upgrade
    CREATE TABLE tasks (id INTEGER PRIMARY KEY NOT NULL, user_id INTEGER NOT NULL REFERENCES users (id), title TEXT NOT NULL);

    -- downgrade
    DROP TABLE tasks;
    "#);
    assert_eq!(project.read("src/main.rs"), "fn main() {}\n");
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: _sqlx_migrations
    err| Nothing differs
    exit 0
    "#);
    insta::assert_snapshot!(project.run("current -v"), @r#"
    out| 20240301100000 (head), index titles, stamped 2025-03-01T08:00:00Z by sqlx (taken over), Limbeck 0.1.0, limbeck/revisions/20240301100000_index_titles.sql
    exit 0
    "#);
    // What was, stays, with its table.
    let after = project
        .values("app.db", "SELECT hex(checksum) FROM _sqlx_migrations")
        .await;
    assert_eq!(before, after);
    for (path, text) in FILES {
        assert_eq!(project.read(path), text);
    }

    // The next revision goes on from there.
    project.edit(
        "limbeck/models.rs",
        "    pub title: String,\n",
        "    pub title: String,\n    pub note: Option<String>,\n",
    );
    let shown = project.run("revision --autogenerate -m Note --rev-id aaaa1111");
    assert!(shown.contains("Detected: add column tasks.note"), "{shown}");

    // Databases that only sqlx knows are where it says they are; one of them is behind.
    run_by_sqlx(&project, "behind.db", &up(2), "").await;
    insta::assert_snapshot!(project.run("current --url sqlite:///./behind.db"), @r#"
    out| 20240201100000
    err| 2 revisions pending: limbeck upgrade
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///./behind.db"), @r#"
    err| Taken over from sqlx, as its table says: 2 revisions
    err| Running upgrade 20240201 -> 20240301, index titles
    err| Running upgrade 20240301 -> aaaa1111, Note
    exit 0
    "#);
    let rows = "SELECT revision || ' ' || applied_at || ' ' || run_by || ' ' || stamped FROM limbeck_history ORDER BY revision LIMIT 2";
    assert_eq!(
        project.values("behind.db", rows).await,
        [
            "20240101100000 2025-01-01T08:00:00Z sqlx (taken over) 1",
            "20240201100000 2025-02-01T08:00:00Z sqlx (taken over) 1",
        ]
    );
    // And an empty one gets them all.
    let shown = project.run("upgrade --url sqlite:///./fresh.db");
    assert!(
        shown.contains("Running upgrade  -> 20240101, create users"),
        "{shown}"
    );
}

#[tokio::test]
async fn what_does_not_fit_writes_nothing() {
    type Case<'a> = (&'a str, usize, &'a str, &'a str);
    let cases: [Case<'_>; 4] = [
        (
            "a file that changed",
            3,
            "UPDATE _sqlx_migrations SET checksum = X'AB' WHERE version = 20240101100000",
            "cause: migrations/20240101100000_create_users.sql: changed since `20240101100000` was run: its checksum is",
        ),
        (
            "a row without its file",
            3,
            "INSERT INTO _sqlx_migrations VALUES (5, 'x', '2025-01-01', true, X'AB', 1)",
            "cause: `5` has been run, and nothing stands for it",
        ),
        (
            "a run that failed",
            3,
            "UPDATE _sqlx_migrations SET success = false WHERE version = 20240101100000",
            "cause: `20240101100000` stopped in the middle",
        ),
        (
            "a change by hand",
            3,
            "ALTER TABLE users ADD COLUMN phone TEXT",
            "cause: add column users.phone",
        ),
    ];
    for (what, number, more, expected) in cases {
        let project = Project::without_url().with_program(&FILES);
        run_by_sqlx(&project, "app.db", &up(number), more).await;
        let shown = project.run("init --from sqlite:///./app.db");
        assert!(shown.contains(expected), "{what}: {shown}");
        assert!(shown.ends_with("exit 1\n"), "{what}: {shown}");
        assert!(!project.path("limbeck").exists(), "{what}");
        assert!(!project.path("limbeck.toml").exists(), "{what}");
        let tables = project
            .values(
                "app.db",
                "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'limbeck%'",
            )
            .await;
        assert_eq!(tables, ["0"], "{what}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_accepted_by_a_flag() {
    let project = Project::without_url().with_program(&FILES);
    let more = "UPDATE _sqlx_migrations SET checksum = X'AB' WHERE version = 20240101100000;
        ALTER TABLE users ADD COLUMN phone TEXT";
    run_by_sqlx(&project, "app.db", &up(3), more).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --accept-edited --keep-drift --rev-id aaaa1111"), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/20240101100000_create_users.sql
    out| Created limbeck/revisions/20240201100000_create_tasks.sql
    out| Created limbeck/revisions/20240301100000_index_titles.sql
    out| Created limbeck/revisions/aaaa1111_changes_made_by_hand.sql
    out| Created limbeck.toml
    err| Revisions of 3 migrations of sqlx in migrations, which stay as they are
    err| Done by hand: add column users.phone TEXT
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Unmanaged: _sqlx_migrations (the history of sqlx)
    err| Taken over from sqlx, as its table says: 3 revisions
    err| Running stamp  -> aaaa1111
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck/revisions/aaaa1111_changes_made_by_hand.sql").replace(char::is_numeric, "0"), @r#"
    -- Changes made by hand
    --
    -- revision: aaaa0000
    -- parents:  00000000000000
    -- created:  0000-00-00T00:00:00Z
    -- dialects: sqlite

    -- upgrade
    ALTER TABLE users ADD COLUMN phone TEXT;

    -- downgrade
    -- loses: users.phone
    ALTER TABLE users DROP COLUMN phone;
    "#);
    let header = project.read("limbeck/revisions/20240101100000_create_users.sql");
    assert!(
        header.contains("-- replaces: sqlx 20240101100000 ab\n"),
        "{header}"
    );
    assert_eq!(
        project.run("check"),
        "err| unmanaged: _sqlx_migrations\nerr| Nothing differs\nexit 0\n"
    );
    insta::assert_snapshot!(project.run("current"), @r#"
    out| aaaa1111 (head)
    exit 0
    "#);
    // A migration that is still to be run would come before what was done by hand.
    let project = Project::without_url().with_program(&FILES);
    run_by_sqlx(
        &project,
        "app.db",
        &up(2),
        "ALTER TABLE users ADD COLUMN phone TEXT",
    )
    .await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --keep-drift"), @r#"
    err| error: what was done by hand comes after what was run, and migrations are still to be run
    err| hint: run them with sqlx first, and try again
    exit 2
    "#);
}

#[tokio::test]
async fn a_baseline_stands_for_what_was_run() {
    let project = Project::without_url().with_program(&FILES);
    run_by_sqlx(&project, "app.db", &up(3), "").await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --baseline --rev-id aaaa1111"), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/aaaa1111_baseline.sql
    out| Created limbeck.toml
    err| Found 3 migrations of sqlx in migrations: left as it is
    err| Baseline of 2 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Unmanaged: _sqlx_migrations (the history of sqlx)
    err| Taken over from sqlx, as its table says: 1 revision
    exit 0
    "#);
    let file = project.read("limbeck/revisions/aaaa1111_baseline.sql");
    assert_eq!(
        file.matches("\n-- replaces: sqlx 2024").count(),
        3,
        "{file}"
    );
    assert_eq!(
        project.run("check"),
        "err| unmanaged: _sqlx_migrations\nerr| Nothing differs\nexit 0\n"
    );
    run_by_sqlx(&project, "other.db", &up(3), "").await;
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///./other.db"), @r#"
    err| Taken over from sqlx, as its table says: 1 revision
    err| Already at head: aaaa1111
    exit 0
    "#);
    // One that has only a part of it is neither before nor behind the baseline.
    run_by_sqlx(&project, "behind.db", &up(2), "").await;
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///./behind.db"), @r#"
    err| error: the history of sqlx, `_sqlx_migrations`, does not fit the revisions: revision `aaaa1111` stands for 20240301100000 as well, which has not been run
    err| hint: bring the database with sqlx to where it was taken over, and try again
    err| hint: or, if the database is at a revision, tell it so: limbeck stamp REVISION
    exit 2
    "#);
    insta::assert_snapshot!(project.run("check --url sqlite:///./behind.db --only pending"), @r#"
    err| error: the history of sqlx, `_sqlx_migrations`, does not fit the revisions: revision `aaaa1111` stands for 20240301100000 as well, which has not been run
    err| hint: bring the database with sqlx to where it was taken over, and try again
    err| hint: or, if the database is at a revision, tell it so: limbeck stamp REVISION
    exit 2
    "#);
}

#[tokio::test]
async fn migrations_of_diesel_become_revisions_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let files = [
        (
            "migrations/00000000000000_diesel_initial_setup/up.sql",
            "CREATE OR REPLACE FUNCTION diesel_set_updated_at() RETURNS trigger AS $$\nBEGIN\n    NEW.updated_at := current_timestamp;\n    RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql;\n",
        ),
        (
            "migrations/00000000000000_diesel_initial_setup/down.sql",
            "DROP FUNCTION IF EXISTS diesel_set_updated_at();\n",
        ),
        (
            "migrations/2024-01-01-100000_create_posts/up.sql",
            "CREATE TABLE posts (id SERIAL PRIMARY KEY, title VARCHAR NOT NULL, updated_at TIMESTAMP);\nCREATE TRIGGER t BEFORE UPDATE ON posts FOR EACH ROW EXECUTE PROCEDURE diesel_set_updated_at();\n",
        ),
        (
            "migrations/2024-01-01-100000_create_posts/down.sql",
            "DROP TABLE posts;\n",
        ),
        (
            "migrations/2024-02-01-100000_index/up.sql",
            "CREATE INDEX CONCURRENTLY ix_title ON posts (title);\n",
        ),
        (
            "migrations/2024-02-01-100000_index/down.sql",
            "-- This file should undo anything in `up.sql`\n",
        ),
        (
            "migrations/2024-02-01-100000_index/metadata.toml",
            "run_in_transaction = false\n",
        ),
        ("migrations/README.md", "x"),
    ];
    let project = project.with_program(&files);
    let database = scratch.create_database("live", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    for (path, text) in files {
        if path.ends_with("up.sql") {
            live.batch(text).await.unwrap();
        }
    }
    live.batch(
        "CREATE SCHEMA ops; CREATE TABLE ops.done (version VARCHAR(50) PRIMARY KEY, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
         INSERT INTO ops.done VALUES ('00000000000000', '2024-03-01 10:00:00'), ('20240101100000', '2024-03-02 10:00:00'), ('20240201100000', '2024-03-03 10:00:00')",
    )
    .await
    .unwrap();
    live.close().await.unwrap();
    let url = database.url.to_string();
    let shown = project.run(&format!("init --from {url}"));
    insta::assert_snapshot!(shown, @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/00000000000000_diesel_initial_setup.sql
    out| Created limbeck/revisions/20240101100000_create_posts.sql
    out| Created limbeck/revisions/20240201100000_index.sql
    out| Created limbeck.toml
    err| Revisions of 3 migrations of Diesel in migrations, which stay as they are
    err| Replayed: they make what the database holds
    err| Unmanaged: ops.done (the history of Diesel)
    err| Taken over from Diesel, as its table says: 3 revisions
    err| Next: set DATABASE_URL in the environment or in .env to the URL of the database
    exit 0
    "#);
    let file = project.read("limbeck/revisions/20240201100000_index.sql");
    insta::assert_snapshot!(file, @r#"
    -- index
    --
    -- revision: 20240201100000
    -- parents:  20240101100000
    -- created:  2024-02-01T10:00:00Z
    -- dialects: postgres
    -- replaces: diesel 20240201100000 in ops.done

    -- upgrade
    -- step: no transaction
    CREATE INDEX CONCURRENTLY ix_title ON posts (title);

    -- downgrade: irreversible, none was written
    "#);
    insta::assert_snapshot!(project.run(&format!("check --url {url}")), @r#"
    err| unmanaged: ops
    err| unmanaged: ops.done
    err| Nothing differs
    exit 0
    "#);
    let times = "SELECT run_by || ' ' || applied_at FROM limbeck_history ORDER BY revision";
    let mut live = database.connect().await.unwrap();
    live.batch("SET TIME ZONE 'UTC'").await.unwrap();
    let rows = live.query_text(times).await.unwrap();
    live.close().await.unwrap();
    let rows: Vec<String> = rows.into_iter().flatten().flatten().collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], "Diesel (taken over) 2024-03-01 10:00:00+00");
    // Limbeck's own history counts from now on, also when it says that nothing has been run.
    let stamped = project.run(&format!("stamp base --url {url}"));
    assert!(stamped.ends_with("exit 0\n"), "{stamped}");
    insta::assert_snapshot!(project.run(&format!("current --url {url}")), @r#"
    err| Nothing has been run on this database
    err| 3 revisions pending: limbeck upgrade
    exit 0
    "#);
}

/// Where only the table of the other tool says what has been run, every command goes by it, or says that it does not.
#[tokio::test]
async fn a_database_that_only_the_other_table_knows_is_where_that_says() {
    let project = Project::without_url().with_program(&FILES);
    run_by_sqlx(&project, "app.db", &up(3), "").await;
    run_by_sqlx(&project, "old.db", &up(2), "").await;
    project.run("init --from sqlite:///app.db");
    let old = "--url sqlite:///./old.db";
    for (command, expected) in [
        ("current", "20240201100000"),
        ("doctor", "1 revision pending"),
        ("history -i", "20240201 (current)"),
        ("verify current", "20240201100000_create_tasks.sql"),
    ] {
        let shown = project.run(&format!("{command} {old}"));
        assert!(shown.contains(expected), "{command}: {shown}");
    }
    for command in ["upgrade --sql", "downgrade -1 --sql"] {
        let shown = project.run(&format!("{command} {old}"));
        assert!(
            shown.contains("hint: take it over first, without running anything more: limbeck upgrade 20240201100000\n")
                && shown.ends_with("exit 2\n"),
            "{command}: {shown}"
        );
    }
    let again = project.run("init --from sqlite:///./old.db");
    assert!(again.contains("limbeck upgrade --url URL"), "{again}");
    insta::assert_snapshot!(project.run(&format!("downgrade -1 {old}")), @r#"
    err| Taken over from sqlx, as its table says: 2 revisions
    err| Running downgrade 20240201 -> 20240101, create tasks
    exit 0
    "#);
}

/// A history table whose migrations are nowhere in the project is told, and its text is no part of a header.
#[tokio::test]
async fn a_table_without_its_files_is_told() {
    let project = Project::without_url().with_program(&[]);
    run_by_sqlx(&project, "app.db", &up(1), "").await;
    let shown = project.run("init --from sqlite:///./app.db");
    assert!(
        shown.contains("err| The baseline stands for what sqlx has run, as `_sqlx_migrations` says: no migrations of it were found here\n")
            && shown.ends_with("exit 0\n"),
        "{shown}"
    );
    let project = Project::without_url().with_program(&[]);
    let table = "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));
        INSERT INTO refinery_schema_history VALUES (1, 'a', '2024-01-01T00:00:00Z', '12' || char(10) || '-- upgrade' || char(10) || 'DROP TABLE t;')";
    project.batch("app.db", table).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --baseline"), @r#"
    err| error: the row of `1` in `refinery_schema_history` holds what no header of a revision can say
    err| hint: refinery writes no such row: look at it, and correct it
    exit 2
    "#);
    assert!(!project.path("limbeck.toml").exists());
}

/// Hundreds of lines would hide what else is told.
#[tokio::test]
async fn many_files_of_a_folder_are_told_by_their_number() {
    let project = Project::without_url().with_program(&FILES);
    run_by_sqlx(&project, "app.db", &up(3), "").await;
    for day in 1..=28 {
        let path = format!("migrations/202404{day:02}100000_note_{day}.sql");
        project.write(&path, &format!("CREATE TABLE note_{day} (id INTEGER);\n"));
    }
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db"));
}
