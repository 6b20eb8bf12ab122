//! The README's terminal transcripts work as printed.

use std::fs;
use std::path::Path;
use std::process::Command;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

/// The text with revision ids, whole or shortened, as `ID`.
fn without_ids(text: &str) -> String {
    let mut result = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            word.push(c);
            continue;
        }
        let has_digit = word.contains(|c: char| c.is_ascii_digit());
        let is_id = has_digit && (word.len() == 8 || word.len() == 12);
        result.push_str(if is_id { "ID" } else { &word });
        word.clear();
        result.push(c);
    }
    result.trim_end().to_owned()
}

/// The commands of a section's transcript, each with what it prints.
fn transcript(title: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let section = readme
        .split("\n## ")
        .find(|section| section.starts_with(title))
        .expect("the README has the section");
    let mut commands: Vec<(String, String)> = Vec::new();
    let blocks = section.split("```console\n").skip(1);
    for block in blocks.filter_map(|block| block.split("```").next()) {
        for line in block.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command.to_owned(), String::new())),
                (None, Some((_, output))) => {
                    output.push_str(line);
                    output.push('\n');
                }
                (None, None) => panic!("output before the first command: {line}"),
            }
        }
    }
    commands
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

fn assert_works(title: &str, place: &Path) {
    let commands = transcript(title);
    assert!(commands.len() > 3, "the transcript is there");
    for (command, expected) in commands {
        let own = command.replace("cargo limbeck", env!("CARGO_BIN_EXE_limbeck"));
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1; {own}")])
            .current_dir(place)
            .env_remove("DATABASE_URL")
            .env_remove("LIMBECK_ENV")
            .output()
            .expect("bash is there");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(without_ids(&printed), without_ids(&expected), "$ {command}");
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

#[test]
fn the_first_transcript_works_as_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let place = tempfile::tempdir().expect("a folder");
    fs::copy(root.join("Cargo.toml"), place.path().join("Cargo.toml")).expect("is copied");
    copy(&root.join("apps/todo"), &place.path().join("apps/todo"));
    assert_works("From struct to database and back", place.path());
}

#[tokio::test]
async fn an_existing_database_works_as_printed() {
    let place = tempfile::tempdir().expect("a folder");
    let shop = place.path().join("shop");
    fs::create_dir_all(shop.join("src")).expect("a folder");
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(shop.join("Cargo.toml"), manifest).expect("is written");
    fs::write(shop.join("src/lib.rs"), "//! A shop.\n").expect("is written");
    let url = DatabaseUrl::parse("sqlite:///shop.db", &shop).expect("is a URL");
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
    assert_works("An existing database", place.path());
}
