//! The layout of refinery, and where the tools say that migrations are.

use std::fs;

use crate::layouts::{DIESEL_TABLE, SQLX_TABLE, USERS, files, project, run, shown_files};

const REFINERY_TABLE: &str = "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));";

/// What refinery writes down once it has run a file with this checksum.
fn refinery_row(version: u64, name: &str, checksum: &str) -> String {
    format!(
        "INSERT INTO refinery_schema_history VALUES ({version}, '{name}', '2026-01-01T00:00:00Z', '{checksum}');"
    )
}

#[tokio::test]
async fn refinery_goes_on_running_its_migrations() {
    let text = "CREATE TABLE t (id integer);\n";
    let project = project(
        "refinery",
        &[
            ("2025/V001__initial.sql", text),
            ("U002__users.sql", USERS),
            ("V3.md", "notes"),
            ("mod.rs", "refinery::embed_migrations!();\n"),
        ],
    );
    project.edit(
        "limbeck.toml",
        "layout",
        "unmanaged = { tables = [\"t\"] }\nlayout",
    );
    run(
        &project,
        &format!(
            "{REFINERY_TABLE}{text}{}",
            refinery_row(1, "initial", "14893452217820592104")
        ),
    )
    .await;
    insta::assert_snapshot!(project.run("current"), @"
    out| 001
    err| 1 revision pending: refinery migrate
    exit 0
    ");
    // With versions of eight bytes the same file has another sum, and nothing in the project tells of that for sure.
    let wide = refinery_row(1, "initial", "1434134024962984536");
    run(
        &project,
        &format!("DELETE FROM refinery_schema_history; {wide}"),
    )
    .await;
    let shown = project.run("current");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let other = refinery_row(1, "initial", "1434134024962984537");
    run(
        &project,
        &format!("DELETE FROM refinery_schema_history; {other}"),
    )
    .await;
    let shown = project.run("current");
    assert!(shown.contains("changed since `1` was run"), "{shown}");
    run(
        &project,
        &format!("DELETE FROM refinery_schema_history; {wide}"),
    )
    .await;
    insta::assert_snapshot!(project.run("revision -m Rows --rev-id 20261126150000"), @"
    err| error: `20261126150000` is more than 2147483647, and no version that is there is: refinery takes it only where it was built for that
    err| hint: without --rev-id the next number is taken; where refinery was built so, the first file with such a version is made by hand
    exit 2
    ");
    project.edit(
        "src/schema.rs",
        "        email -> Text,\n",
        "        email -> Text,\n        name -> Nullable<Text>,\n",
    );
    let before = files(&project);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Names"), @"
    out| migrations/V003__names.sql
    err| Detected: add column users.name TEXT (src/schema.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 1 of 1 table
    exit 0
    ");
    let after: Vec<_> = files(&project)
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    insta::assert_snapshot!(shown_files(&after), @"
    == migrations/V003__names.sql
    ALTER TABLE users ADD COLUMN name TEXT;
    ");
    insta::assert_snapshot!(project.run("history"), @"
    out| 002 -> 003 (head), names
    out| 001 -> 002, users
    out| <base> -> 001, initial
    exit 0
    ");
    insta::assert_snapshot!(project.run("upgrade"), @"
    err| error: limbeck upgrade is not for migrations of refinery, which `layout` in limbeck.toml says these are
    err| hint: refinery migrate
    exit 2
    ");
    insta::assert_snapshot!(project.run("downgrade -1"), @r#"
    err| error: limbeck downgrade is not for migrations of refinery, which `layout` in limbeck.toml says these are
    err| hint: the tool goes no way back: write a migration that undoes it, limbeck revision -m "…"
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision -m Rows --rev-id 2"), @"
    err| error: --rev-id: `002` is taken by migrations/U002__users.sql
    exit 2
    ");
    insta::assert_snapshot!(project.run("revision -m Rows --rev-id 0"), @"
    err| error: `000` would come before `003`, which is there
    err| hint: --rev-id VERSION names one that comes behind it
    exit 2
    ");
    insta::assert_snapshot!(project.run("revision -m Rows"), @"
    out| migrations/V004__rows.sql
    err| Write its SQL there, then: limbeck verify
    exit 0
    ");
    // A rebuild needs foreign keys off, which refinery's transaction does not allow.
    project.edit("src/schema.rs", "email -> Text", "email -> Nullable<Text>");
    let before = files(&project);
    insta::assert_snapshot!(project.run("revision --autogenerate -m Optional"), @r#"
    err| Detected: alter column users.email: drop not null (src/schema.rs:4)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 1 of 1 table
    err| error: refinery cannot turn foreign keys off around a transaction, which this revision needs
    err| cause: no file is written
    err| hint: Limbeck's own files hold it: write migrations = "limbeck/revisions" in place of `layout`, then limbeck init --from URL
    exit 2
    "#);
    assert_eq!(files(&project), before);
    // A program has no SQL that can be read.
    project.write(
        "migrations/V5__more.rs",
        "pub fn migration() -> String { String::new() }\n",
    );
    insta::assert_snapshot!(project.run("check"), @r#"
    err| error: migrations of refinery cannot be read
    err| cause: migrations/V5__more.rs: a program, which refinery alone can run
    err| hint: a baseline stands for them: write migrations = "limbeck/revisions" in place of `layout`, then limbeck init --from URL
    exit 2
    "#);
}

#[tokio::test]
async fn the_folder_is_the_one_that_the_tool_is_told() {
    for (layout, settings, text, named, files, table) in [
        (
            "diesel",
            "diesel.toml",
            "[migrations_directory]\ndir = \"db/steps\"\n",
            "db/steps/2024-01-01-000000-0000_users/up.sql",
            &["2024-01-01-000000-0000_users/up.sql"][..],
            DIESEL_TABLE,
        ),
        (
            "sqlx",
            "sqlx.toml",
            "[migrate]\nmigrations-dir = \"db/steps\"\n",
            "db/steps/1_users.sql",
            &["1_users.sql"],
            SQLX_TABLE,
        ),
    ] {
        let project = project(layout, &[]);
        project.write(settings, text);
        for file in files {
            project.write(&format!("db/steps/{file}"), USERS);
        }
        run(&project, &format!("{table}{USERS}")).await;
        let shown = project.run("check --only models");
        assert!(
            shown.ends_with("err| Nothing differs\nexit 0\n"),
            "{layout}: {shown}"
        );
        let shown = project.run("history");
        assert!(shown.ends_with("exit 0\n"), "{layout}: {shown}");
        let shown = project.run("revision -m more");
        assert!(shown.contains("out| db/steps/"), "{layout}: {shown}");
        // What limbeck.toml names counts.
        let config = project.read("limbeck.toml");
        project.write(
            "limbeck.toml",
            &format!("migrations = \"elsewhere\"\n{config}"),
        );
        let shown = project.run("history");
        assert!(shown.contains("cannot read elsewhere"), "{layout}: {shown}");
        project.write("limbeck.toml", &config);
        // What no folder can be is told, and so is one outside of the checkout.
        project.write(settings, &text.replace("\"db/steps\"", "1"));
        let shown = project.run("history");
        assert!(shown.contains("names no folder"), "{layout}: {shown}");
        project.write(settings, &text.replace("db/steps", "../outside"));
        fs::create_dir_all(project.beside("outside")).unwrap();
        let shown = project.run("history");
        assert!(shown.contains("outside"), "{layout}: {shown}");
        assert!(project.path(named).exists(), "{layout}");
    }
}

#[tokio::test]
async fn init_from_says_what_to_type_where_migrations_stay() {
    let project = project("diesel", &[("2024-01-01-000000-0000_users/up.sql", USERS)]);
    run(&project, &format!("{DIESEL_TABLE}{USERS}")).await;
    let before = files(&project);
    insta::assert_snapshot!(project.run("init --from sqlite:///./shop.db"), @r#"
    err| error: limbeck init --from is not for migrations of Diesel, which `layout` in limbeck.toml says these are
    err| hint: its tables as models: mkdir -p limbeck && limbeck inspect URL --format rust > limbeck/models.rs
    err| hint: and in limbeck.toml, under [models]: files = ["limbeck/models.rs"]
    err| hint: Limbeck's own files hold it: write migrations = "limbeck/revisions" in place of `layout`, then limbeck init --from URL
    exit 2
    "#);
    assert_eq!(files(&project), before);
    // It is typed as it stands.
    let shown = project.run("init --from sqlite:///./shop.db");
    let start = "hint: its tables as models: ";
    let line = shown.lines().find_map(|line| line.split_once(start));
    let (_, line) = line.expect("is told");
    let (shown, code) = project.bash(&line.replace("URL", "sqlite:///./shop.db"));
    assert_eq!(code, Some(0), "{shown}");
    let config = project.read("limbeck.toml");
    project.write(
        "limbeck.toml",
        &format!("{config}\n[models]\nfiles = [\"limbeck/models.rs\"]\n"),
    );
    let shown = project.run("check --only models");
    assert!(shown.ends_with("err| Nothing differs\nexit 0\n"), "{shown}");
    insta::assert_snapshot!(project.run("inspect sqlite:///./shop.db --format rust"), @r#"
    out| use limbeck::Table;
    out| 
    out| #[derive(Clone, Debug, Table)]
    out| #[table(name = "users")]
    out| pub struct User {
    out|     #[column(primary_key)]
    out|     pub id: i64,
    out|     pub email: String,
    out| }
    exit 0
    "#);
}

#[tokio::test]
async fn what_is_wrong_with_a_way_back_stands_in_its_file() {
    let wrong_back = "-- a note\n\n\nDROP TABLE users;\n\nDROP TABLE gone;\n";
    let wrong_there = "\n\n-- a note\nCREATE TABLE t (a integer);\nCREATE TABLE t (a integer);\n";
    for (layout, up, down, next) in [
        (
            "diesel",
            "2024-01-01-000000_a/up.sql",
            "2024-01-01-000000_a/down.sql",
            "2024-01-02-000000_b/up.sql",
        ),
        ("sqlx", "1_a.up.sql", "1_a.down.sql", "2_b.up.sql"),
    ] {
        let project = project(
            layout,
            &[(up, USERS), (down, wrong_back), (next, wrong_there)],
        );
        let shown = project.run("verify --all");
        for told in [
            format!("error: migrations/{down}: cannot run the downgrade"),
            format!("cause: migrations/{down}:6: `DROP TABLE gone` failed"),
            format!("error: migrations/{next}: cannot run the upgrade"),
            format!("cause: migrations/{next}:5: `CREATE TABLE t (a integer)` failed"),
        ] {
            assert!(shown.contains(&told), "{told}\n{shown}");
        }
        project.write(&format!("migrations/{down}"), "SELECT 1;\n");
        let shown = project.run("verify --all");
        let told = format!("error: migrations/{down}: the downgrade does not lead back");
        assert!(shown.contains(&told), "{told}\n{shown}");
        // The line that tells sqlx how to run it is a line, too.
        if layout == "sqlx" {
            let text = format!("-- no-transaction\n{wrong_back}");
            project.write(&format!("migrations/{down}"), &text);
            let shown = project.run("verify --all");
            let told = format!("cause: migrations/{down}:7: `DROP TABLE gone` failed");
            assert!(shown.contains(&told), "{told}\n{shown}");
        }
    }
}

#[tokio::test]
async fn what_is_typed_is_what_the_tool_reads() {
    for (layout, file, expected) in [
        (
            "sqlx",
            "1_a.up.sql",
            "err| hint: write `-- no-transaction` at the very beginning of its file\n",
        ),
        (
            "diesel",
            "2024-01-01-000000_a/up.sql",
            "err| hint: write run_in_transaction = false into metadata.toml beside its file\n",
        ),
        (
            "refinery",
            "V1__a.sql",
            "err| hint: Limbeck's own files hold it: write migrations = \"limbeck/revisions\" in place of `layout`, then limbeck init --from URL\n",
        ),
    ] {
        let project = project(layout, &[(file, "CREATE TABLE t (a integer);\nVACUUM;\n")]);
        for command in ["verify --all", "check --only models"] {
            let shown = project.run(command);
            let place = format!("cause: migrations/{file}:2: `VACUUM`");
            assert!(shown.contains(&place), "{layout}, {command}: {shown}");
            assert!(shown.contains(expected), "{layout}, {command}: {shown}");
            assert!(!shown.contains("`-- step"), "{layout}, {command}: {shown}");
        }
    }
}

#[cfg(unix)]
#[test]
fn refinery_is_read_as_it_reads() {
    use std::os::unix::fs::symlink;
    let project = project("refinery", &[("V1__a.sql", USERS)]);
    let more = "CREATE TABLE t (a integer);\n";
    // Folders that lead round in a circle end nowhere.
    symlink(".", project.path("migrations/one")).unwrap();
    symlink(".", project.path("migrations/two")).unwrap();
    project.write("other/V7__x.sql", more);
    symlink("../other", project.path("migrations/linked")).unwrap();
    project.write("migrations/.hidden/V2__b.sql", more);
    project.write("migrations/V3__b.dump", "x");
    insta::assert_snapshot!(project.run("history"), @"
    out| 1 -> 2 (head), b
    out| <base> -> 1, a
    exit 0
    ");
    project.write("migrations/V1.1__x.sql", more);
    project.write("migrations/U99999999999999999999__x.rs", more);
    project.write("migrations/V1.a__x.sql", more);
    insta::assert_snapshot!(project.run("history"), @"
    err| error: migrations of refinery cannot be read
    err| cause: migrations/U99999999999999999999__x.rs: refinery refuses the version `99999999999999999999`: it takes whole numbers of 64 bits
    err| cause: migrations/V1.1__x.sql: refinery refuses the version `1.1`: it takes whole numbers of 64 bits
    exit 2
    ");
}

#[test]
fn what_is_limbecks_own_stands_beside_the_layout_on_postgres() {
    for (layout, file) in [
        ("sqlx", "1_a.up.sql"),
        ("diesel", "2024-01-01-000000_a/up.sql"),
        ("refinery", "V1__a.sql"),
    ] {
        let text = "CREATE TABLE t (a integer PRIMARY KEY, b text NOT NULL CHECK (abs(length(b)) * 3 = 39));\n";
        let project = project(layout, &[(file, text)]);
        let shown = project.run("verify --all");
        assert!(!shown.contains("beside"), "{layout}: {shown}");
        for own in ["scratch.sql", "fixtures/all.sql"] {
            project.write(&format!("migrations/{own}"), "SELECT 1;\n");
            let shown = project.run("heads");
            let told = format!("hint: move it to limbeck/{own}");
            assert!(shown.contains(&told), "{layout}: {shown}");
            fs::remove_file(project.path(&format!("migrations/{own}"))).unwrap();
        }
        // What others own is told with a statement on PostgreSQL.
        project.edit("limbeck.toml", "sqlite", "postgres");
        fs::remove_file(project.path(".env")).unwrap();
        project.write(
            &format!("migrations/{file}"),
            "CREATE TABLE t (a integer);\nINSERT INTO theirs VALUES (1);\n",
        );
        let shown = project.run("verify --all");
        assert!(
            shown.contains("add to `limbeck/scratch.sql`"),
            "{layout}: {shown}"
        );
    }
}

#[test]
fn init_makes_the_folder_that_the_tool_is_told() {
    for (layout, settings, text, next) in [
        (
            "diesel",
            "diesel.toml",
            "[migrations_directory]\ndir = \"db/steps\"\n",
            "diesel migration run",
        ),
        (
            "sqlx",
            "sqlx.toml",
            "[migrate]\nmigrations-dir = \"db/steps\"\n",
            "sqlx migrate run",
        ),
    ] {
        let project = project(layout, &[]);
        project.write(settings, text);
        let shown = project.run("init");
        assert!(shown.contains("out| Created db/steps\n"), "{shown}");
        assert!(shown.contains(&format!("err|   {next}\n")), "{shown}");
        assert!(!shown.contains("limbeck upgrade"), "{shown}");
        assert!(!shown.contains("init --from"), "{shown}");
        assert!(!project.path("migrations").exists(), "{shown}");
        let shown = project.run("history");
        assert!(shown.ends_with("exit 0\n"), "{shown}");
    }
}

#[test]
fn a_proof_that_fails_names_its_file_though_its_id_is_in_the_message() {
    let project = project(
        "sqlx",
        &[
            ("1_a.up.sql", "CREATE TABLE t (a integer);\n"),
            ("1_a.down.sql", "-- loses: nope1\nDROP TABLE t;\n"),
        ],
    );
    let shown = project.run("verify --all");
    let told = "error: migrations/1_a.down.sql: the downgrade says `-- loses: nope1`";
    assert!(shown.contains(told), "{shown}");
}
