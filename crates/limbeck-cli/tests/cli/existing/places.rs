//! Where the files of a project on a database go, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

use super::{open, texts};
use crate::project::Project;

/// Every file of the project but the database.
fn files(project: &Project) -> Vec<PathBuf> {
    let mut open = vec![project.path("")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.retain(|path| !path.to_string_lossy().contains(".db"));
    files.sort();
    files
}

/// A refusal leaves nothing behind.
#[tokio::test]
async fn nothing_is_done_by_halves() {
    let project = Project::without_url().without_models();
    project
        .batch(
            "todo.db",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);",
        )
        .await;
    let before = files(&project);
    let refused = |arguments: &str| {
        let shown = project.run(arguments);
        assert_eq!(files(&project), before, "{shown}");
        assert_eq!(project.read("src/lib.rs"), "//! An application.\n");
        shown
    };
    insta::assert_snapshot!(refused("init --from sqlite:///nowhere.db"), @r#"
    err| error: `sqlite:///nowhere.db` is not there
    exit 2
    "#);
    insta::assert_snapshot!(refused("init --from postgres://u:secret@127.0.0.1:1/d"), @r#"
    err| error: the server of `postgres://u@127.0.0.1:1/d` refuses the connection
    err| cause: Connection refused (os error 111)
    err| hint: is the server running, and is the port right?
    exit 3
    "#);
    insta::assert_snapshot!(refused("init --from sqlite:///todo.db --models src/lib.rs"), @r#"
    err| error: src/lib.rs is there already
    err| hint: name another file: --models src/schema.rs
    exit 2
    "#);
    insta::assert_snapshot!(refused("init --from sqlite:///todo.db --models src/db/models.rs"), @r#"
    err| error: no module of the package reaches src/db/models.rs
    err| cause: there is no src/db.rs
    err| hint: name a file that one reaches: --models PACKAGE/src/models.rs
    exit 2
    "#);
    insta::assert_snapshot!(refused("init --from sqlite:///todo.db --models ../models.rs"), @r#"
    err| error: ../models.rs lies in no package of this project
    err| hint: --models PACKAGE/src/models.rs
    exit 2
    "#);
    insta::assert_snapshot!(refused("init --from sqlite:///todo.db --dialect postgres"), @r#"
    err| error: the project is for postgres, and `sqlite:///todo.db` is sqlite
    err| hint: add `sqlite` to `dialects`
    exit 2
    "#);
    insta::assert_snapshot!(refused("init --models src/db.rs"), @r#"
    err| error: the following required arguments were not provided:
    err|   --from <URL>
    err| 
    err| Usage: limbeck init --from <URL> --models <FILE>
    err| 
    err| For more information, try '--help'.
    exit 2
    "#);
    insta::assert_snapshot!(refused("init --from sqlite:///todo.db --config other.toml"), @r#"
    err| error: init --from says which database it is, and where limbeck.toml goes: leave out --config
    exit 2
    "#);
    insta::assert_snapshot!(refused("init --from sqlite:///todo.db --url sqlite:///other.db"), @r#"
    err| error: init --from says which database it is, and where limbeck.toml goes: leave out --url
    exit 2
    "#);
    let mut live = open(&project, "todo.db").await;
    assert_eq!(
        texts(&mut live, "SELECT name FROM sqlite_schema").await,
        ["t"]
    );
    live.close().await.unwrap();
}

#[tokio::test]
async fn what_is_there_is_taken_in() {
    let project = Project::without_url();
    let project_files = |project: &Project| files(project).len();
    // The models say all, so there are none to write; a prepared configuration stays.
    project.write(
        "limbeck.toml",
        "url = \"${DATABASE_URL:-sqlite:///todo.db}\"\n",
    );
    project.batch("todo.db", "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, email VARCHAR(255) NOT NULL UNIQUE);").await;
    let before = project_files(&project);
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db --models src/more.rs"), @r#"
    err| error: the models of the project differ from the database
    err| cause: src/models.rs:13: create enum status (pending, completed)
    err| cause: src/models.rs:20: create table tasks
    err| hint: make them say what the database holds; what is to change is the next revision's
    exit 2
    "#);
    assert_eq!(project_files(&project), before);

    project.batch("todo.db", "CREATE TABLE tasks (id INTEGER NOT NULL CONSTRAINT tasks_pkey PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        title TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending' CONSTRAINT status CHECK (status IN ('pending', 'completed')));
        CREATE INDEX ix_tasks_user_id ON tasks (user_id); CREATE TABLE notes (id INTEGER PRIMARY KEY, task_id INTEGER REFERENCES tasks (id)); CREATE TABLE alembic_version (v TEXT)").await;
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db --models src/more.rs --rev-id aaaa1111"), @r#"
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/more.rs
    err| Added `pub mod more;` to src/lib.rs
    err| Baseline of 3 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Unmanaged: alembic_version (the history of Alembic)
    err| Running stamp  -> aaaa1111
    exit 0
    "#);
    insta::assert_snapshot!(project.read("src/more.rs"), @r#"
    use limbeck::Table;

    #[derive(Clone, Debug, Table)]
    #[table(name = "notes")]
    pub struct Note {
        #[column(primary_key, identity = false)]
        pub id: i64,
        #[column(references = "tasks.id")]
        pub task_id: Option<i64>,
    }
    "#);
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    url = "${DATABASE_URL:-sqlite:///todo.db}"
    
    # What others own, or models cannot say: kept as it is.
    [unmanaged]
    tables = [
        "alembic_version", # the history of Alembic
    ]
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: alembic_version
    err| Nothing differs
    exit 0
    "#);
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db"), @r#"
    err| error: the project has revisions already, such as migrations/aaaa1111_baseline.sql
    err| hint: a database that holds what they build is told so: limbeck stamp head --url URL
    exit 2
    "#);
    fs::remove_dir_all(project.path("migrations")).unwrap();
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db --models src/other.rs"), @r#"
    err| error: the database has a history already: `limbeck_history` has revision `aaaa1111`
    err| hint: put its revisions into migrations; limbeck check --only drift compares the database with them
    err| hint: or let it forget them, and try again: limbeck stamp base --purge --url URL
    exit 2
    "#);
    let forgotten = project.run("stamp base --purge --url sqlite:///todo.db");
    assert!(forgotten.ends_with("exit 0\n"), "{forgotten}");
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db --rev-id bbbb2222 --models src/other.rs"), @r#"
    out| Created migrations/bbbb2222_baseline.sql
    err| Baseline of 3 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Running stamp  -> bbbb2222
    exit 0
    "#);
    assert!(
        project
            .run("check")
            .ends_with("err| Nothing differs\nexit 0\n")
    );
}

/// What the hints say works where they are printed: beside the migrations of another tool, and where no project is.
#[tokio::test]
async fn a_database_forgets_where_no_project_is() {
    let project = Project::without_url();
    let others = [
        ("nothing", None),
        ("alembic", Some(("alembic/env.py", ""))),
        (
            "dbmate",
            Some((
                "migrations/20240101000000_a.sql",
                "-- migrate:up\nCREATE TABLE t (id INTEGER);\n-- migrate:down\nDROP TABLE t;\n",
            )),
        ),
    ];
    for (name, other) in others {
        let made = project.beside(&format!("{name} before"));
        let folder = project.beside(name);
        for folder in [&made, &folder] {
            fs::create_dir(folder).unwrap();
        }
        if let Some((file, text)) = other {
            let file = folder.join(file);
            fs::create_dir(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let file = project.beside(&format!("{name}.db"));
        let url = DatabaseUrl::parse(&format!("sqlite://{}", file.display()), &made).unwrap();
        let mut live = Connection::connect(&url).await.unwrap();
        live.batch("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
            .await
            .unwrap();
        live.close().await.unwrap();
        let from = format!("init --from sqlite:///../{name}.db");
        let begun = project.run_in(&made, &from);
        assert!(begun.ends_with("exit 0\n"), "{name}: {begun}");
        let refused = project.run_in(&folder, &from);
        let hints = "err| hint: limbeck init, then put its revisions into migrations; limbeck check --only drift compares the database with them
err| hint: or let it forget them, and try again: limbeck stamp base --purge --url URL
exit 2\n";
        assert!(refused.ends_with(hints), "{name}: {refused}");
        if other.is_none() {
            compares_in_a_new_project(&project, &made, name);
        }
        let stamp = format!("stamp base --purge --url sqlite:///../{name}.db");
        let forgotten = project.run_in(&folder, &stamp);
        assert!(forgotten.ends_with("exit 0\n"), "{name}: {forgotten}");
        let begun = project.run_in(&folder, &from);
        assert!(begun.ends_with("exit 0\n"), "{name}: {begun}");
    }
}

/// What the first hint says.
fn compares_in_a_new_project(project: &Project, made: &Path, name: &str) {
    let folder = project.beside(&format!("{name} after"));
    fs::create_dir(&folder).unwrap();
    assert!(project.run_in(&folder, "init").ends_with("exit 0\n"));
    for entry in fs::read_dir(made.join("migrations")).unwrap() {
        let from = entry.unwrap().path();
        let to = folder.join("migrations").join(from.file_name().unwrap());
        fs::copy(&from, to).unwrap();
    }
    let check = format!("check --only drift --url sqlite:///../{name}.db");
    let compared = project.run_in(&folder, &check);
    assert!(
        compared.ends_with("err| Nothing differs\nexit 0\n"),
        "{compared}"
    );
}

#[tokio::test]
async fn a_database_without_models_gets_a_package_all_the_same_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let contents = [
        ("extension", "CREATE EXTENSION citext"),
        ("view", "CREATE VIEW v AS SELECT 1 AS a"),
        (
            "function",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ),
        ("enum_type", "CREATE TYPE m AS ENUM ('a')"),
        ("domain", "CREATE DOMAIN d AS text"),
        ("others", "CREATE TABLE t (a int) PARTITION BY LIST (a)"),
    ];
    for (name, sql) in contents {
        let database = scratch.create_database(name, None).await.unwrap();
        let mut live = database.connect().await.unwrap();
        live.batch(sql).await.unwrap();
        live.close().await.unwrap();
        let folder = project.beside(name);
        fs::create_dir(&folder).unwrap();
        let begun = project.run_in(&folder, &format!("init --from {}", database.url));
        assert!(begun.ends_with("exit 0\n"), "{name}: {begun}");
        assert!(
            begun.contains("out| Created Cargo.toml\n")
                && begun.contains("out| Created src/lib.rs\n"),
            "{name}: {begun}"
        );
        let checked = project.run_in(&folder, &format!("check --url {}", database.url));
        assert!(checked.ends_with("exit 0\n"), "{name}: {checked}");
    }
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn a_folder_without_a_package_gets_one() {
    let project = Project::without_url();
    let shop = project.beside("My shop");
    fs::create_dir(&shop).unwrap();
    let url = DatabaseUrl::parse("sqlite:///shop.db", &shop).unwrap();
    let mut live = Connection::connect(&url).await.unwrap();
    live.batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, placed DATE NOT NULL)")
        .await
        .unwrap();
    live.close().await.unwrap();
    insta::assert_snapshot!(project.run_in(&shop, "init --from sqlite:///shop.db --rev-id aaaa1111"), @r#"
    out| Created Cargo.toml
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/lib.rs
    err| Baseline of 1 table
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Running stamp  -> aaaa1111
    err| Next: cargo add limbeck --no-default-features
    err| Next: cargo add chrono
    exit 0
    "#);
    assert!(
        fs::read_to_string(shop.join("Cargo.toml"))
            .unwrap()
            .contains("name = \"my-shop\"\n")
    );
    insta::assert_snapshot!(project.run_in(&shop, "check"), @r#"
    err| Nothing differs
    exit 0
    "#);
}

#[tokio::test]
async fn models_go_into_any_package_of_the_project() {
    let project = Project::without_url();
    let manifest = "[package]\nname = \"db\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    for file in ["Cargo.toml", "src/lib.rs", "src/models.rs"] {
        fs::remove_file(project.path(file)).unwrap();
    }
    project.write("backend/Cargo.toml", manifest);
    project.write("backend/src/main.rs", "fn main() {}\n");
    project
        .batch("todo.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
        .await;
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db --models backend/src/tables.rs --rev-id aaaa1111"), @r#"
    out| Created backend/src/tables.rs
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    err| Added `mod tables;` to backend/src/main.rs
    err| Baseline of 1 table
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Running stamp  -> aaaa1111
    err| Next: cargo add limbeck --no-default-features --manifest-path backend/Cargo.toml
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    # The database: DATABASE_URL of the environment or of .env.
    url = "${DATABASE_URL:-sqlite:///todo.db}"
    
    # The databases that revisions are written for.
    dialects = ["sqlite"]
    
    [models]
    path = "backend"
    "#);
    assert_eq!(
        project.read("backend/src/main.rs"),
        "fn main() {}\n\nmod tables;\n"
    );
    assert_eq!(project.run("check"), "err| Nothing differs\nexit 0\n");

    // In a workspace no package is theirs, unless it is said which one.
    let workspace = || {
        let project = Project::without_url();
        for file in ["src/lib.rs", "src/models.rs"] {
            fs::remove_file(project.path(file)).unwrap();
        }
        project.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
        project.write("crates/db/Cargo.toml", manifest);
        project.write("crates/db/src/lib.rs", "");
        project
    };
    let project = workspace();
    project
        .batch("todo.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
        .await;
    insta::assert_snapshot!(project.run("init --from sqlite:///todo.db --rev-id aaaa1111"), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    err| Baseline of 1 table
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Running stamp  -> aaaa1111
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    # The database: DATABASE_URL of the environment or of .env.
    url = "${DATABASE_URL:-sqlite:///todo.db}"

    # The databases that revisions are written for.
    dialects = ["sqlite"]

    [models]
    files = ["limbeck/models.rs"]
    "#);
    assert_eq!(project.run("check"), "err| Nothing differs\nexit 0\n");
    let project = workspace();
    project
        .batch("todo.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
        .await;
    let shown = project.run("init --from sqlite:///todo.db --models crates/db/src/tables.rs");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    assert_eq!(project.run("check"), "err| Nothing differs\nexit 0\n");
    insta::assert_snapshot!(project.run_in(&project.path("crates/db/src"), "init --from sqlite:///other.db"), @r#"
    err| error: this folder lies in the package of ..
    err| hint: start there: -C ..
    exit 2
    "#);
}
