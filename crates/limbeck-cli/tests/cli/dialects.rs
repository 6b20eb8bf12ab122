//! Which database a project is for, which file or schema its URL means, and who says so.

use std::fs;

use crate::project::Project;

/// What is written for one database runs on no other; where nothing says which it is, nothing is written.
#[test]
fn the_dialect_is_never_guessed() {
    let project = Project::without_url();
    insta::assert_snapshot!(project.run("revision --autogenerate -m First"), @r#"
    err| error: nothing says which database this project is for
    err| hint: set DATABASE_URL in .env, such as DATABASE_URL=sqlite:///app.db
    err| hint: write dialects = ["postgres"] or dialects = ["sqlite"] into limbeck.toml
    err| hint: for this time: --dialect postgres or --dialect sqlite
    exit 2
    "#);
    let run = project.run("revision --autogenerate -m First --rev-id aaaa1111 --dialect sqlite");
    assert!(run.ends_with("exit 0\n"), "{run}");
    let text = project.read("migrations/aaaa1111_first.sql");
    assert!(
        text.contains("\n-- dialects: sqlite\n\n-- upgrade\n"),
        "{text}"
    );
    // From now on the revisions say it.
    insta::assert_snapshot!(project.run("check --only models"), @r"
    err| Nothing differs
    exit 0
    ");
    insta::assert_snapshot!(project.run("upgrade --sql base:head --url postgres://localhost/x"), @r#"
    err| error: revision `aaaa1111` has no upgrade for postgres
    err| hint: if the project is for both: dialects = ["postgres", "sqlite"] in limbeck.toml, then: limbeck revision --complete --all
    exit 2
    "#);
}

/// A file from before headers said which database it is for.
fn unmarked(id: &str, parent: &str, sql: [&str; 2]) -> String {
    format!(
        "-- From before\n--\n-- revision: {id}\n-- parents:  {parent}\n\n-- upgrade\n{}\n\n-- downgrade\n{}\n",
        sql[0], sql[1]
    )
}

const NOTES: [&str; 2] = [
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, text REAL);",
    "-- loses: notes\nDROP TABLE notes;",
];
const WORDS: [&str; 2] = [
    "CREATE TABLE words (id INTEGER PRIMARY KEY);",
    "-- loses: words\nDROP TABLE words;",
];

/// What nothing says to be for a database runs on none but that of the project; one command says it, and
/// what was run is not changed by that.
#[test]
fn a_file_that_says_no_dialect_is_the_projects_alone() {
    let project = Project::new();
    project.write(
        "migrations/aaaa1111_notes.sql",
        &unmarked("aaaa1111", "none", NOTES),
    );
    project.write(
        "migrations/bbbb2222_words.sql",
        &unmarked("bbbb2222", "aaaa1111", WORDS),
    );
    for command in ["verify --all", "upgrade"] {
        let run = project.run(command);
        assert!(run.ends_with("exit 0\n"), "{command}: {run}");
    }
    // Before any server is spoken to.
    let elsewhere = "postgres://localhost:1/x";
    let refused = project.run(&format!("upgrade --url {elsewhere}"));
    insta::assert_snapshot!(refused, @r"
    err| error: migrations/aaaa1111_notes.sql does not say which database its SQL is for, nor does another one
    err| cause: the project is for sqlite, and this is postgres
    err| hint: mark what was written for sqlite: limbeck revision --mark --dialect sqlite
    exit 2
    ");
    for command in [
        "verify --all",
        "downgrade base",
        "stamp head",
        "upgrade --sql base:head",
        "check --only pending",
        "diff revisions models",
        "revision --autogenerate -m Next",
    ] {
        let run = project.run(&format!("{command} --url {elsewhere}"));
        assert_eq!(run, refused, "{command}");
    }
    // A project that is for both has to say it of each file.
    project.write("limbeck.toml", "dialects = [\"postgres\", \"sqlite\"]\n");
    insta::assert_snapshot!(project.run("verify --all"), @r"
    err| error: migrations/aaaa1111_notes.sql does not say which database its SQL is for, nor does another one
    err| hint: mark what was written for PostgreSQL: limbeck revision --mark --dialect postgres
    err| hint: mark what was written for SQLite: limbeck revision --mark --dialect sqlite
    err| hint: mark what runs on both: limbeck revision --mark --dialect postgres --dialect sqlite
    exit 2
    ");
    insta::assert_snapshot!(project.run("revision --mark"), @r"
    err| error: nothing says which database the revisions were written for
    err| hint: --dialect postgres or --dialect sqlite; both flags for what runs on both
    exit 2
    ");
    insta::assert_snapshot!(project.run("revision --mark --dialect sqlite"), @r"
    out| Marked migrations/aaaa1111_notes.sql: sqlite
    out| Marked migrations/bbbb2222_words.sql: sqlite
    exit 0
    ");
    assert_eq!(
        project.read("migrations/aaaa1111_notes.sql"),
        unmarked("aaaa1111", "none", NOTES).replace("none\n", "none\n-- dialects: sqlite\n")
    );
    for command in [
        "upgrade",
        "verify --all --dialect sqlite",
        "check --only drift",
        "downgrade base",
    ] {
        let run = project.run(command);
        assert!(run.ends_with("exit 0\n"), "{command}: {run}");
    }
    insta::assert_snapshot!(project.run("revision --mark --dialect sqlite"), @r"
    err| Every revision says which database it is for
    exit 0
    ");
}

/// The same from the other side, on a server.
#[tokio::test]
async fn a_file_that_says_no_dialect_is_the_projects_alone_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("unsaid", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    project.write(
        "migrations/aaaa1111_notes.sql",
        &unmarked("aaaa1111", "none", NOTES),
    );
    for command in ["verify --all", "upgrade"] {
        let run = project.run(command);
        assert!(run.ends_with("exit 0\n"), "{command}: {run}");
    }
    for command in [
        "upgrade --url sqlite:///x.db",
        "verify --all --url sqlite:///x.db",
    ] {
        insta::allow_duplicates! { insta::assert_snapshot!(project.run(command), @r"
        err| error: migrations/aaaa1111_notes.sql does not say which database its SQL is for
        err| cause: the project is for postgres, and this is sqlite
        err| hint: mark what was written for postgres: limbeck revision --mark --dialect postgres
        exit 2
        "); }
    }
    assert!(!project.path("x.db").exists());
    let run = project.run("revision --mark");
    assert!(
        run.contains("Marked migrations/aaaa1111_notes.sql: postgres"),
        "{run}"
    );
    for command in ["upgrade", "check --only drift", "downgrade base"] {
        let run = project.run(command);
        assert!(run.ends_with("exit 0\n"), "{command}: {run}");
    }
    scratch.close().await.unwrap();
}

/// Revisions that were written for SQLite alone get their sections for PostgreSQL, all at once.
#[test]
fn a_project_goes_on_with_postgres() {
    let project = Project::without_url();
    fs::create_dir(project.beside("cache")).unwrap();
    project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
    let run = project.run("revision --autogenerate -m First --rev-id aaaa1111");
    assert!(run.ends_with("exit 0\n"), "{run}");
    project.write("limbeck.toml", "dialects = [\"postgres\", \"sqlite\"]\n");
    project.edit(
        "src/models.rs",
        "    pub title: String,\n",
        "    pub title: String,\n    pub points: Option<f64>,\n",
    );
    let run = project.run("revision --autogenerate -m Points --rev-id bbbb2222 --dialect sqlite");
    assert!(run.ends_with("exit 0\n"), "{run}");
    insta::assert_snapshot!(project.run("revision --complete aaaa1111"), @r"
    err| error: `aaaa1111` is not the head, so the models do not say what it should do
    err| hint: put all that is to be done into the head's: limbeck revision --complete --all
    err| hint: or write its sections by hand, remove `pending` from its header, then: limbeck verify aaaa1111
    exit 2
    ");
    insta::assert_snapshot!(project.run("revision --complete bbbb2222"), @r"
    err| error: `bbbb2222` builds on `aaaa1111`, which has nothing for postgres either
    err| hint: put all that is to be done into the head's: limbeck revision --complete --all
    exit 2
    ");
    let run = project.run("revision --complete --all");
    assert!(run.ends_with("exit 0\n"), "{run}");
    let first = project.read("migrations/aaaa1111_first.sql");
    assert!(
        first.contains("-- upgrade postgres\n-- nothing\n"),
        "{first}"
    );
    let head = project.read("migrations/bbbb2222_points.sql");
    assert!(head.contains("points double precision"), "{head}");
    assert!(!head.contains("-- pending"), "{head}");
    for command in ["verify --all", "check --only models"] {
        let run = project.run(command);
        assert!(run.ends_with("exit 0\n"), "{command}: {run}");
    }
    insta::assert_snapshot!(project.run("revision --complete --all"), @r"
    err| Every revision has its sections
    exit 0
    ");
}

/// Every command looks where `upgrade` wrote, whoever says which schema that is.
#[tokio::test]
async fn a_search_path_means_the_same_everywhere_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    for (number, parameter) in ["options=-c%20search_path%3Dapp", "schema=app"]
        .iter()
        .enumerate()
    {
        let database = scratch.create_database("path", None).await.unwrap();
        let mut connection = database.connect().await.unwrap();
        connection.batch("CREATE SCHEMA app").await.unwrap();
        let url = database.url.to_string();
        let joint = if url.contains('?') { '&' } else { '?' };
        project.set("DATABASE_URL", format!("{url}{joint}{parameter}"));
        if number == 0 {
            let run = project.run("revision --autogenerate -m First --rev-id aaaa1111");
            assert!(run.ends_with("exit 0\n"), "{run}");
        }
        for command in ["upgrade", "check"] {
            let run = project.run(command);
            assert!(run.ends_with("exit 0\n"), "{command}: {run}");
            assert!(!run.contains("unmanaged"), "{run}");
        }
        let sql = "SELECT count(*) FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'";
        let rows = connection.query_text(sql).await.unwrap();
        assert_ne!(rows, [[Some("0".to_owned())]], "{parameter}");
        project.write("limbeck.toml", "search_path = \"other\"\n");
        let run = project.run("upgrade");
        assert!(
            run.contains("has no schema `other`") && run.contains("CREATE SCHEMA other;"),
            "{run}"
        );
        fs::remove_file(project.path("limbeck.toml")).unwrap();
        connection.close().await.unwrap();
    }
    scratch.close().await.unwrap();
}

/// `.env` is read as docker compose reads it; a line that cannot be read is named and not shown.
#[test]
fn env_files_are_read_as_people_write_them() {
    let project = Project::without_url();
    project.write(
        ".env",
        "export NAME=${NO_SUCH:-todo} # a name\r\nDATABASE_URL=\"sqlite:///${NAME}.db\"\r\n",
    );
    insta::assert_snapshot!(project.run("current"), @r"
    err| `sqlite:///todo.db` is not there yet
    exit 0
    ");
    project.write(".env", "\nDATABASE_URL=\"postgres://u:s3cret@h/d\n");
    insta::assert_snapshot!(project.run("current"), @r#"
    err| error: HOME/app/.env:2: this line cannot be read: its " is never closed
    exit 2
    "#);
}

/// What `init` writes is added to what is there.
#[test]
fn init_keeps_passwords_and_databases_out_of_the_repository() {
    let project = Project::without_url();
    project.write(".gitignore", "/target\n/.env");
    insta::assert_snapshot!(project.run("init"), @r#"
    out| Created limbeck.toml
    out| Created migrations
    out| Created .env.example
    out| Added *.db, *.db-shm, *.db-wal to .gitignore
    err| Next: cp .env.example .env, and name your database there
    err| Next: derive `Table` on your structs, then
    err|   limbeck revision --autogenerate -m "Initial schema"
    err|   limbeck upgrade
    exit 0
    "#);
    assert_eq!(
        project.read(".gitignore"),
        "/target\n/.env\n*.db\n*.db-shm\n*.db-wal\n"
    );
    project.write(".env.example", "MINE=1\n");
    let run = project.run("init");
    assert!(
        !run.contains(".gitignore") && !run.contains("Created"),
        "{run}"
    );
    assert_eq!(project.read(".env.example"), "MINE=1\n");
}
