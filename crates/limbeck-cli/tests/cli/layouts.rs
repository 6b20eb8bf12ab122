//! Migrations that stay in the layout of another tool, which goes on running them.

use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;
use sha2::{Digest as _, Sha384};

use crate::project::Project;

const SCHEMA: &str = "diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
    }
}
";

pub(crate) const USERS: &str = "CREATE TABLE users (\n    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,\n    email TEXT NOT NULL\n);\n";

pub(crate) const DIESEL_TABLE: &str = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);";

pub(crate) const SQLX_TABLE: &str = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);";

/// A project of a tool: its files, and `limbeck.toml` with its layout.
pub(crate) fn project(layout: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::without_url();
    let _ = fs::remove_dir_all(project.path("migrations"));
    let _ = fs::remove_file(project.path("src/models.rs"));
    project.write("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\ndiesel = \"2.3\"\n");
    project.write("src/lib.rs", "pub mod schema;\n");
    project.write("src/schema.rs", SCHEMA);
    project.write(
        "limbeck.toml",
        &format!("dialects = [\"sqlite\"]\nlayout = \"{layout}\"\n"),
    );
    project.write(".env", "DATABASE_URL=sqlite:///./shop.db\n");
    for (file, text) in files {
        project.write(&format!("migrations/{file}"), text);
    }
    project
}

pub(crate) async fn run(project: &Project, sql: &str) {
    let path = project.path("shop.db");
    if !path.exists() {
        fs::File::create(&path).unwrap();
    }
    let url = format!("sqlite:///{}", path.display());
    let url = DatabaseUrl::parse(&url, Path::new("/")).unwrap();
    let mut live = Connection::connect(&url).await.unwrap();
    live.batch(sql).await.unwrap();
    live.close().await.unwrap();
}

fn sum(text: &str) -> String {
    let sum = Sha384::digest(text.as_bytes());
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What sqlx writes down once it has run a file.
fn row(version: u32, text: &str) -> String {
    format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ({version}, 'x', true, x'{}', 1);",
        sum(text)
    )
}

/// The files of the migrations, and their texts.
pub(crate) fn files(project: &Project) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec!["migrations".to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(project.path(&folder)).unwrap().flatten() {
            let name = format!("{folder}/{}", entry.file_name().into_string().unwrap());
            if entry.path().is_dir() {
                open.push(name);
            } else {
                found.push((name.clone(), project.read(&name)));
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn shown_files(files: &[(String, String)]) -> String {
    let files = files
        .iter()
        .map(|(name, text)| format!("== {name}\n{text}"));
    files.collect()
}

#[tokio::test]
async fn diesel_goes_on_running_its_migrations() {
    let project = project(
        "diesel",
        &[
            ("2024-01-01-000000-0000_users/up.sql", USERS),
            (
                "2024-01-01-000000-0000_users/down.sql",
                "DROP TABLE users;\n",
            ),
            ("README.md", "notes"),
        ],
    );
    run(&project, &format!("{DIESEL_TABLE}{USERS}INSERT INTO __diesel_schema_migrations (version) VALUES ('202401010000000000');")).await;
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: __diesel_schema_migrations
    err| Nothing differs
    exit 0
    "#);
    project.edit(
        "src/schema.rs",
        "        email -> Text,\n",
        "        email -> Text,\n        name -> Nullable<Text>,\n",
    );
    let before = files(&project);
    insta::assert_snapshot!(
        project.run("revision --autogenerate -m Names --rev-id 202402020000000000"), @r#"
    out| migrations/2024-02-02-000000-0000_names/up.sql
    err| Detected: add column users.name TEXT (src/schema.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 1 of 1 table
    exit 0
    "#);
    let after: Vec<_> = files(&project)
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    insta::assert_snapshot!(shown_files(&after), @r#"
    == migrations/2024-02-02-000000-0000_names/down.sql
    -- loses: users.name
    ALTER TABLE users DROP COLUMN name;
    == migrations/2024-02-02-000000-0000_names/up.sql
    ALTER TABLE users ADD COLUMN name TEXT;
    "#);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| 202401010000000000
    err| 1 revision pending: diesel migration run
    exit 0
    "#);
    insta::assert_snapshot!(project.run("verify --all"), @"
    out| 20240202, names: proven on SQLite …: upgrade, downgrade, upgrade again
    out|   rows: 1 of 1 table
    err| error: migrations/2024-01-01-000000-0000_users/down.sql: the downgrade loses values and does not say so, on sqlite
    err| cause: users: 56 rows became 0 rows
    err| hint: if that is meant, say so above the statement: -- loses: users
    err| error: 1 of 2 proofs failed
    err| cause: 20240101  sqlite  migrations/2024-01-01-000000-0000_users/down.sql: the downgrade loses values and does not say so, on sqlite
    exit 1
    ");
    // Diesel runs it.
    let up = project.read("migrations/2024-02-02-000000-0000_names/up.sql");
    run(
        &project,
        &format!(
            "{up}; INSERT INTO __diesel_schema_migrations (version) VALUES ('202402020000000000');"
        ),
    )
    .await;
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: __diesel_schema_migrations
    err| Nothing differs
    exit 0
    "#);
    for command in [
        "upgrade",
        "downgrade -1",
        "stamp head",
        "merge heads -m x",
        "revision -m x --head base",
    ] {
        let told = project.run(command);
        assert!(told.ends_with("exit 2\n"), "{told}");
        assert!(told.contains("is not for migrations of Diesel"), "{told}");
    }
    assert!(
        project
            .run("upgrade")
            .contains("hint: diesel migration run")
    );
    // What does not fit into one transaction is refused, and nothing is written.
    project.edit("src/schema.rs", "email -> Text", "email -> Nullable<Text>");
    let before = files(&project);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Optional"), @r#"
    err| Detected: alter column users.email: drop not null (src/schema.rs:4)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 1 of 1 table
    err| error: Diesel cannot turn foreign keys off around a transaction, which this revision needs
    err| cause: no file is written
    err| hint: Limbeck's own files hold it: write migrations = "limbeck/revisions" in place of `layout`, then limbeck init --from URL
    exit 2
    "#);
    assert_eq!(files(&project), before);
}

#[tokio::test]
async fn sqlx_goes_on_running_its_migrations() {
    let project = project(
        "sqlx",
        &[
            ("0001_users.up.sql", USERS),
            ("0001_users.down.sql", "DROP TABLE users;\n"),
        ],
    );
    run(&project, &format!("{SQLX_TABLE}{USERS}{}", row(1, USERS))).await;
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: _sqlx_migrations
    err| Nothing differs
    exit 0
    "#);
    project.edit(
        "src/schema.rs",
        "        email -> Text,\n",
        "        email -> Text,\n        name -> Nullable<Text>,\n",
    );
    let before = files(&project);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Names"), @r#"
    out| migrations/0002_names.up.sql
    err| Detected: add column users.name TEXT (src/schema.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 1 of 1 table
    exit 0
    "#);
    let after: Vec<_> = files(&project)
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    insta::assert_snapshot!(shown_files(&after), @r#"
    == migrations/0002_names.down.sql
    -- loses: users.name
    ALTER TABLE users DROP COLUMN name;
    == migrations/0002_names.up.sql
    ALTER TABLE users ADD COLUMN name TEXT;
    "#);
    insta::assert_snapshot!(project.run("current --check-heads"), @"
    out| 0001
    err| 1 revision pending: sqlx migrate run
    err| error: not all heads have been run: 1 revision pending
    err| hint: sqlx migrate run
    exit 1
    ");
    let up = project.read("migrations/0002_names.up.sql");
    run(&project, &format!("{up}; {}", row(2, &up))).await;
    let told = project.run("check");
    assert!(told.ends_with("err| Nothing differs\nexit 0\n"), "{told}");
    // What was run must not change.
    project.write("migrations/0002_names.up.sql", &format!("{up}-- more\n"));
    insta::assert_snapshot!(project.run("current").replace(&sum(&up), "RUN").replace(&sum(&format!("{up}-- more\n")), "FILE"), @r#"
    err| error: the history of sqlx, `_sqlx_migrations`, does not fit the revisions: migrations/0002_names.up.sql: changed since `2` was run: its checksum is FILE, and that of what was run RUN
    err| hint: restore the files that sqlx has run, as it demands itself
    exit 2
    "#);
    // An empty one is written to be filled by hand.
    project.write("migrations/0002_names.up.sql", &up);
    insta::assert_snapshot!(project.run("revision -m Rows"), @r#"
    out| migrations/0003_rows.up.sql
    err| Write its SQL there, and the way back beside it, then: limbeck verify
    exit 0
    "#);
    assert_eq!(
        project.read("migrations/0003_rows.up.sql"),
        "-- Write the SQL here.\n"
    );
}

#[test]
fn what_fits_no_layout_is_told() {
    let project = project("sqlx", &[("1_users.sql", USERS)]);
    let told = project.run("revision -m Rows --rev-id abc");
    assert!(told.contains("`abc` is no version for sqlx"), "{told}");
    project.write("limbeck.toml", "layout = \"rails\"\n");
    insta::assert_snapshot!(project.run("check"), @"
    err| error: limbeck.toml:1: `rails` is nothing that `layout` can be
    err| hint: write one of `sqlx`, `diesel`, `refinery`
    exit 2
    ");
    project.write("limbeck.toml", "layout = \"sqlx\"\n");
    fs::remove_file(project.path(".env")).unwrap();
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: nothing says which database the migrations of sqlx are for
    err| hint: write dialects = ["postgres"] or dialects = ["sqlite"] into limbeck.toml
    exit 2
    "#);
    project.write(
        "limbeck.toml",
        "dialects = [\"sqlite\"]\nlayout = \"sqlx\"\n",
    );
    let told = project.run("revision --autogenerate -m none");
    assert!(told.contains("Nothing"), "{told}");
    project.write("limbeck/a_first.sql", "-- A\n--\n-- revision: a\n-- parents:  none\n-- created:  2026-01-01T00:00:00Z\n\n-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n");
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: limbeck/a_first.sql is a revision, and `layout` in limbeck.toml says that migrations stay where they are
    err| hint: take one of the two away: limbeck/a_first.sql, or `layout`
    exit 2
    "#);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed_as_the_tools_follow_them() {
    use std::os::unix::fs::symlink;
    let more = "ALTER TABLE users ADD COLUMN name TEXT;\n";
    // One that stays in the checkout is a migration as any other.
    let sqlx = project("sqlx", &[("1_users.sql", USERS)]);
    sqlx.write("shared/2_b.sql", more);
    symlink("../shared/2_b.sql", sqlx.path("migrations/2_b.sql")).unwrap();
    let diesel = project("diesel", &[("1_users/up.sql", USERS)]);
    diesel.write("shared/2_b/up.sql", more);
    symlink("../shared/2_b", diesel.path("migrations/2_b")).unwrap();
    run(&sqlx, SQLX_TABLE).await;
    run(&diesel, DIESEL_TABLE).await;
    for project in [&sqlx, &diesel] {
        let told = project.run("heads");
        assert!(told.starts_with("out| 2"), "{told}");
        let told = project.run("check");
        assert!(told.contains("users.name"), "{told}");
        assert!(told.ends_with("exit 1\n"), "{told}");
    }
    // One that leads out is refused, and one that leads nowhere is told.
    for (project, link, target) in [
        (&sqlx, "migrations/3_c.sql", "outside/3_c.sql"),
        (&diesel, "migrations/3_c", "outside"),
    ] {
        fs::create_dir_all(project.beside("outside")).unwrap();
        fs::write(project.beside("outside/3_c.sql"), more).unwrap();
        symlink(project.beside(target), project.path(link)).unwrap();
        let told = project.run("check");
        assert!(told.contains(&format!("{link} leads to")), "{told}");
        assert!(told.ends_with("exit 2\n"), "{told}");
        fs::remove_file(project.path(link)).unwrap();
        symlink("nowhere", project.path(link)).unwrap();
        let told = project.run("check");
        assert!(told.contains(&format!("cannot read {link}")), "{told}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_link_leads_to_is_taken_over() {
    use std::os::unix::fs::symlink;
    let project = project("sqlx", &[("1_users.sql", USERS)]);
    for file in ["limbeck.toml", "src/lib.rs", "src/schema.rs"] {
        fs::remove_file(project.path(file)).unwrap();
    }
    project.write(
        "Cargo.toml",
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    project.write("src/main.rs", "fn main() {}\n");
    let more = "ALTER TABLE users ADD COLUMN name TEXT;\n";
    project.write("shared/2_b.sql", more);
    let rows = format!("{}{}", row(1, USERS), row(2, more));
    run(&project, &format!("{SQLX_TABLE}{USERS}{more}{rows}")).await;
    let link = project.path("migrations/2_b.sql");
    fs::create_dir_all(project.beside("outside")).unwrap();
    fs::write(project.beside("outside/2_b.sql"), more).unwrap();
    symlink(project.beside("outside/2_b.sql"), &link).unwrap();
    let told = project.run("init --from sqlite:///./shop.db");
    assert!(told.contains("migrations/2_b.sql leads to"), "{told}");
    assert!(told.ends_with("exit 2\n"), "{told}");
    fs::remove_file(&link).unwrap();
    symlink("../shared/2_b.sql", &link).unwrap();
    let told = project.run("init --from sqlite:///./shop.db");
    assert!(
        told.contains("Taken over from sqlx, as its table says: 2 revisions"),
        "{told}"
    );
}

#[test]
fn names_that_sqlx_refuses_are_errors() {
    let project = project(
        "sqlx",
        &[
            ("1_users.sql", USERS),
            ("seed.sql", "x"),
            ("2b_x.txt", "x"),
            ("old/2b_x.sql", "x"),
        ],
    );
    let told = project.run("heads");
    assert!(told.ends_with("exit 0\n"), "{told}");
    project.write("migrations/2b_x.sql", "SELECT 1;\n");
    project.write("migrations/99999999999999999999_x.sql", "SELECT 1;\n");
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: migrations of sqlx cannot be read
    err| cause: migrations/2b_x.sql: sqlx refuses the version `2b`: it takes whole numbers of 64 bits
    err| cause: migrations/99999999999999999999_x.sql: sqlx refuses the version `99999999999999999999`: it takes whole numbers of 64 bits
    exit 2
    "#);
}

#[test]
fn settings_of_sqlx_that_cannot_be_read_are_errors() {
    let project = project("sqlx", &[("1_users.sql", USERS)]);
    project.write("sqlx.toml", "[migrate\n");
    let told = project.run("heads");
    assert!(told.contains("error: sqlx.toml is not TOML"), "{told}");
    assert!(told.ends_with("exit 2\n"), "{told}");
    for name in ["\"a.b.c\"", "7"] {
        project.write("sqlx.toml", &format!("[migrate]\ntable-name = {name}\n"));
        let told = project.run("heads");
        assert!(
            told.contains("error: `table-name` in sqlx.toml names no table"),
            "{told}"
        );
        assert!(told.ends_with("exit 2\n"), "{told}");
    }
    for (settings, error) in [
        ("migrate = \"x\"\n", "`migrate` in sqlx.toml is no table"),
        (
            "[migrate]\nmigrations-dir = \"\"\n",
            "`migrations-dir` in sqlx.toml names no folder",
        ),
        (
            "[migrate]\nmigrations-dir = 7\n",
            "`migrations-dir` in sqlx.toml names no folder",
        ),
        (
            "[migrate]\nignored-chars = \" \"\n",
            "`ignored-chars` in sqlx.toml is no list of texts",
        ),
    ] {
        project.write("sqlx.toml", settings);
        let told = project.run("heads");
        assert!(
            told.starts_with(&format!("err| error: {error}\n")),
            "{told}"
        );
        assert!(told.ends_with("exit 2\n"), "{told}");
    }
    let file = fs::File::create(project.path("sqlx.toml")).unwrap();
    file.set_len((1 << 20) + 1).unwrap();
    let told = project.run("heads");
    assert!(told.contains("cause: it is larger than 1 MiB"), "{told}");
    fs::remove_file(project.path("sqlx.toml")).unwrap();
    fs::create_dir(project.path("sqlx.toml")).unwrap();
    let told = project.run("heads");
    assert!(told.contains("cause: it is no file"), "{told}");
    // Diesel does not read it.
    project.edit("limbeck.toml", "sqlx", "diesel");
    let told = project.run("heads");
    assert!(!told.contains("sqlx.toml"), "{told}");
}

#[test]
fn a_file_too_large_for_a_migration_is_told() {
    let project = project("sqlx", &[("1_users.sql", USERS)]);
    let file = fs::File::create(project.path("migrations/2_rows.sql")).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    insta::assert_snapshot!(project.run("heads"), @r#"
    err| error: migrations/2_rows.sql is too large for a migration
    err| cause: files of up to 64 MiB are read
    exit 2
    "#);
}
