//! What `limbeck.toml` says and the project does not hold, or holds otherwise.

use std::fs;

use crate::layouts::{SQLX_TABLE, run};
use crate::project::Project;

fn model(table: &str) -> String {
    format!(
        "use limbeck::Table;\n\n#[derive(Table)]\n#[table(name = \"{table}\")]\npub struct T {{\n    #[column(primary_key)]\n    pub id: i32,\n}}\n"
    )
}

fn on_sqlite() -> Project {
    let project = Project::without_url();
    project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
    project.write(".env", "DATABASE_URL=sqlite:///./shop.db\n");
    project
}

/// A table is the models' or somebody else's.
#[test]
fn a_model_of_what_is_left_to_others_is_told_with_both_places() {
    let project = on_sqlite();
    for (config, table, told) in [
        (
            "[unmanaged]\ntables = [\"t*\"]\n",
            "t",
            "`t` has a model, and limbeck.toml leaves it to others: [unmanaged] tables = [\"t*\"]",
        ),
        (
            "",
            "limbeck_history",
            "`limbeck_history` has a model, and the table is Limbeck's own",
        ),
        (
            "",
            "limbeck_history_journal",
            "`limbeck_history_journal` has a model, and the table is Limbeck's own",
        ),
        (
            "layout = \"sqlx\"\n",
            "_sqlx_migrations",
            "`_sqlx_migrations` has a model, and the table is the history of sqlx",
        ),
    ] {
        project.write(
            "limbeck.toml",
            &format!("dialects = [\"sqlite\"]\n{config}"),
        );
        project.write("src/models.rs", &model(table));
        if config.contains("layout") {
            fs::create_dir_all(project.path("migrations")).unwrap();
        }
        for command in ["check --only models", "revision --autogenerate -m x"] {
            let shown = project.run(command);
            let told =
                format!("err| error: src/models.rs:5: {told}\nerr| hint: take out the model");
            assert!(shown.starts_with(&told), "{command}: {shown}");
            assert!(shown.ends_with("exit 2\n"), "{command}: {shown}");
        }
    }
}

/// What is typed into a file by `inspect` is what models are.
#[tokio::test]
async fn models_of_a_database_leave_out_what_tools_keep() {
    let project = on_sqlite();
    run(&project, SQLX_TABLE).await;
    run(&project, "CREATE TABLE of_dbmate (version varchar(128) PRIMARY KEY); CREATE TABLE alembic_version (version_num varchar(32) NOT NULL); CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY)").await;
    for config in [
        "",
        "layout = \"sqlx\"\n",
        "[unmanaged]\ntables = [\"alembic*\"]\n",
    ] {
        project.write(
            "limbeck.toml",
            &format!("dialects = [\"sqlite\"]\n{config}"),
        );
        let shown = project.run("inspect --format rust");
        let structs = shown.matches("pub struct ").count();
        assert_eq!(structs, 2, "{config}: {shown}");
        assert!(
            shown.contains("struct OfDbmate") && shown.contains("struct T"),
            "{shown}"
        );
    }
}

/// A deployment with a typo would run nothing, and say that all is well.
#[test]
fn a_folder_of_revisions_that_is_not_there_is_told() {
    let project = on_sqlite();
    project.write("src/models.rs", &model("t"));
    let shown = project.run("revision --autogenerate -m one --rev-id aaaa1111");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let config = |folders: &str| {
        project.write(
            "limbeck.toml",
            &format!("dialects = [\"sqlite\"]\nmigrations = {folders}\n"),
        );
    };
    let commands = [
        "upgrade",
        "upgrade --sql",
        "downgrade base",
        "verify --all",
        "current --check-heads",
        "check",
        "heads",
        "history",
        "stamp head",
    ];
    for folders in ["\"migration\"", "[\"migrations\", \"migration\"]"] {
        config(folders);
        for command in commands.iter().chain(&["revision --autogenerate -m x"]) {
            assert_eq!(
                project.run(command),
                "err| error: there is no folder `migration`, which `migrations` in limbeck.toml names\n\
                 err| hint: revisions are in migrations: write migrations = \"migrations\"\nexit 2\n",
                "{command}"
            );
        }
        let shown = project.run("doctor");
        assert!(
            shown.contains("wrong  revisions: there is no folder `migration`"),
            "{shown}"
        );
    }
    // A project that begins: the first revision makes the folder.
    fs::remove_dir_all(project.path("migrations")).unwrap();
    config("\"db/revisions\"");
    for command in commands {
        let shown = project.run(command);
        let hint =
            "hint: limbeck revision --autogenerate -m \"…\" makes it with the first revision\n";
        assert!(shown.contains(hint), "{command}: {shown}");
    }
    let shown = project.run("revision --autogenerate -m one --rev-id aaaa1111");
    assert!(shown.contains("db/revisions/aaaa1111_one.sql"), "{shown}");
    assert!(project.run("upgrade").ends_with("exit 0\n"));
    // The usual folder need not be there.
    fs::remove_dir_all(project.path("db")).unwrap();
    project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
    let shown = project.run("heads");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
}

/// SQLite keeps names of any length, PostgreSQL does not.
#[tokio::test]
async fn long_names_are_for_sqlite_alone() {
    let long = "a".repeat(70);
    let table = "t".repeat(70);
    let project = on_sqlite();
    run(&project, &format!("CREATE TABLE {table} (id INTEGER NOT NULL PRIMARY KEY, {long} TEXT); CREATE INDEX i{long} ON {table} ({long}); CREATE TABLE s (id INTEGER NOT NULL PRIMARY KEY, {long} TEXT, CONSTRAINT u{long} UNIQUE ({long}))")).await;
    fs::remove_file(project.path("limbeck.toml")).unwrap();
    project.write("src/models.rs", "");
    let shown = project.run("init --from sqlite:///./shop.db");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let shown = project.run("check");
    assert!(shown.ends_with("Nothing differs\nexit 0\n"), "{shown}");
    project.edit("limbeck.toml", "[\"sqlite\"]", "[\"postgres\", \"sqlite\"]");
    let shown = project.run("check --only models");
    let told = format!("the name `{long}` has 70 bytes, and PostgreSQL would cut it after 63");
    assert!(shown.contains(&told), "{shown}");
}

/// A message names the file that was read.
#[test]
fn another_configuration_is_called_by_its_name() {
    let project = on_sqlite();
    project.write("src/models.rs", &model("t"));
    project.write(
        "other.toml",
        "dialects = [\"sqlite\"]\n[diff]\nignore = [\"zz\"]\n[unmanaged]\ntables = [\"t\"]\n",
    );
    let shown = project.run("check --config other.toml");
    assert!(
        shown.contains("error: other.toml: `[diff] ignore`"),
        "{shown}"
    );
    let shown = project.run("revision --autogenerate -m x --config other.toml");
    assert!(
        shown.contains("and other.toml leaves it to others"),
        "{shown}"
    );
}
