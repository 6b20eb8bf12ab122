//! The README's terminal transcripts work as printed.

use std::fs;
use std::path::Path;
use std::process::Command;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

use crate::project::Project;
use crate::transcript::{Exchange, Fence, fences, without_ids};

/// The commands of a section's consoles, each with what it prints.
fn transcript(title: &str) -> Vec<Exchange> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let section = readme
        .split("\n## ")
        .find(|section| section.starts_with(title))
        .expect("the README has the section");
    let consoles = fences(section).into_iter().filter(Fence::is_console);
    consoles.flat_map(|fence| fence.exchanges()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else if path.extension().is_none_or(|extension| extension != "db") {
            fs::copy(&path, &target).expect("is copied");
        }
    }
}

fn assert_works(title: &str, project: &Project) {
    let exchanges = transcript(title);
    assert!(exchanges.len() > 3, "the transcript is there");
    for Exchange { command, output } in exchanges {
        let (printed, _) = project.bash(&command.replace("cargo limbeck", "limbeck"));
        assert_eq!(without_ids(&printed), without_ids(&output), "$ {command}");
    }
}

#[test]
fn every_command_is_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let table = readme.split("\n## Commands\n").nth(1).expect("has a table");
    let output = Command::new(env!("CARGO_BIN_EXE_limbeck"))
        .arg("--help")
        .output()
        .expect("runs");
    let help = String::from_utf8_lossy(&output.stdout);
    let list = help.split("Commands:\n").nth(1).expect("lists commands");
    let names = list
        .lines()
        .take_while(|line| !line.is_empty())
        // A line that goes on is further in.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.contains(&"init") && names.len() > 10, "{help}");
    for name in names {
        let is_named = [format!("`{name}`"), format!("`{name} ")]
            .iter()
            .any(|cell| table.contains(cell));
        assert!(is_named, "README.md does not say what `{name}` does");
    }
}

/// The blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let start = format!("```{language}\n");
    let found = readme.split(&start).skip(1);
    let found = found.map(|rest| rest.split("```").next().unwrap_or_default().to_owned());
    found.collect()
}

#[test]
fn its_models_are_models_as_pasted() {
    let blocks = blocks("rust");
    assert!(!blocks.is_empty(), "the models are there");
    // What a block names and does not show.
    let before = "use chrono::{DateTime, Utc};\nuse limbeck::{Enum, Table};\nuse uuid::Uuid;\n
#[derive(Enum)]\npub enum Status {\n    Pending,\n    Completed,\n}\n
#[derive(Table)]\npub struct User {\n    #[column(primary_key)]\n    pub id: Uuid,\n}\n\n";
    for block in blocks {
        let project = Project::without_url().without_models();
        project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
        project.write("src/lib.rs", &format!("{before}{block}"));
        let made = project.run("revision --autogenerate -m First");
        assert!(made.ends_with("exit 0\n"), "{block}\n{made}");
        let checked = project.run("check");
        assert!(
            checked.ends_with("err| Nothing differs\nexit 0\n"),
            "{checked}"
        );
    }
}

#[test]
fn its_revisions_are_revisions_as_pasted() {
    let blocks = blocks("sql");
    assert!(!blocks.is_empty(), "a revision is there");
    for block in blocks {
        let project = Project::without_url();
        let parent = block
            .lines()
            .find_map(|line| line.strip_prefix("-- parents:"));
        let parent = parent.expect("has a parent").trim();
        let first = format!(
            "-- First\n--\n-- revision: {parent}\n-- parents:  none\n-- dialects: postgres\n\n-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n"
        );
        project.write("migrations/first.sql", &first);
        project.write("migrations/second.sql", &block);
        let heads = project.run("heads");
        assert!(heads.ends_with("exit 0\n"), "{block}\n{heads}");
    }
}

#[test]
fn the_first_transcript_works_as_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let project = Project::empty();
    fs::copy(root.join("Cargo.toml"), project.path("Cargo.toml")).expect("is copied");
    copy(&root.join("apps/todo"), &project.path("apps/todo"));
    assert_works("From struct to database and back", &project);
}

#[tokio::test]
async fn an_existing_database_works_as_printed() {
    let project = Project::empty();
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    project.write("shop/Cargo.toml", manifest);
    project.write("shop/src/lib.rs", "//! A shop.\n");
    let url = DatabaseUrl::parse("sqlite:///shop.db", &project.path("shop")).expect("is a URL");
    let mut connection = Connection::connect(&url).await.expect("connects");
    let sql = "CREATE TABLE customers (id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(255) NOT NULL UNIQUE);
        CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER NOT NULL REFERENCES customers ON DELETE CASCADE,
            placed DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
        CREATE INDEX ix_orders_customer_id ON orders (customer_id);
        CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
        INSERT INTO customers (email) VALUES ('ada@example.org');
        INSERT INTO orders (customer_id) VALUES (1)";
    connection.batch(sql).await.expect("is made");
    connection.close().await.expect("is closed");
    assert_works("An existing database", &project);
}
