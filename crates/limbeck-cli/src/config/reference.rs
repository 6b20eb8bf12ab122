//! `docs/configuration.md` says what the code reads, and nothing besides.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Config, FILE};

fn page() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join("docs/configuration.md")).unwrap()
}

/// The rows of the table below a heading: the key, and the last cell without its quotes.
fn rows(page: &str, heading: &str) -> Vec<(String, String)> {
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| {
            let key = line.split('`').nth(1).unwrap();
            let last = line.trim_end_matches([' ', '|', '`']);
            let last = last.rsplit('`').next().unwrap();
            (key.to_owned(), last.to_owned())
        })
        .collect()
}

/// The keys that the parser knows, in its own words.
fn known(table: &str) -> BTreeSet<String> {
    let text = match table {
        "Keys" => "zzzzzzzzzzzzz = 1".to_owned(),
        table => format!("[{table}]\nzzzzzzzzzzzzz = 1"),
    };
    let error = Config::parse(&text, FILE).unwrap_err();
    let hint = error.hints.join("\n");
    assert!(hint.starts_with("the keys here are"), "{hint}");
    let keys = hint.split('`').skip(1).step_by(2);
    keys.map(str::to_owned).collect()
}

#[test]
fn every_key_stands_on_the_page_with_an_example_that_is_read() {
    let page = page();
    for table in ["Keys", "models", "unmanaged", "names", "diff"] {
        let rows = rows(&page, table);
        let told: BTreeSet<String> = rows.iter().map(|(key, _)| key.clone()).collect();
        assert_eq!(told, known(table), "{table}");
        for (key, example) in rows {
            assert!(example.starts_with(&format!("{key} =")), "{key}: {example}");
            let text = match table {
                "Keys" => example,
                table => format!("[{table}]\n{example}"),
            };
            let read = Config::parse(&text, FILE);
            assert!(read.is_ok(), "{text}: {read:?}");
        }
    }
}

#[test]
fn every_default_of_a_name_is_the_one_of_the_code() {
    let naming = limbeck_core::schema::naming::Naming::default();
    let page = page();
    let (_, section) = page.split_once("\n## names\n").unwrap();
    for (key, default) in [
        ("primary_key", &naming.primary_key),
        ("unique", &naming.unique),
        ("foreign_key", &naming.foreign_key),
        ("check", &naming.check),
        ("exclusion", &naming.exclusion),
        ("index", &naming.index),
    ] {
        let row = format!("| `{key}` | template | `{default}` |");
        assert!(section.contains(&row), "{row}");
    }
    let timeout = limbeck::run::RunOptions::default().lock_timeout.as_secs();
    assert!(page.contains(&format!("for a lock on PostgreSQL | `{timeout}` |")));
}

fn sources(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if !path.ends_with("tests.rs") {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_variable_that_is_read_stands_on_the_page() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut text = String::new();
    for name in ["limbeck-cli", "limbeck", "limbeck-engine", "limbeck-models"] {
        sources(&crates.join(name).join("src"), &mut text);
    }
    // A name in capitals, in quotes, behind one of the ways in which variables are read.
    let ways = [
        "var(\"",
        "from_env(\"",
        "var_os(\"",
        "get(\"",
        "set(\"",
        "folder(\"",
        "is_set(\"",
        "[\"VISUAL\", \"",
        "[\"",
        "\", \"",
    ];
    let mut read = BTreeSet::new();
    for way in ways {
        for (at, _) in text.match_indices(way) {
            let name = text[at + way.len()..].split('"').next().unwrap();
            let is_name = name.len() > 1
                && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                && (name.starts_with("LIMBECK_")
                    || name.starts_with("PG")
                    || !way.ends_with(", \"") && !way.starts_with('['));
            if is_name || (way.starts_with("[\"VISUAL") && name == "EDITOR") {
                read.insert(name.to_owned());
            }
        }
    }
    read.insert("VISUAL".to_owned());
    let told: BTreeSet<String> = rows(&page(), "Variables")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    // Those that stand in for parameters are pairs; some of them share a row.
    for (at, _) in text.match_indices("\n    (\"PG") {
        let name = text[at + 7..].split('"').next().unwrap().to_owned();
        assert!(page().contains(&format!("`{name}")), "{name}");
        if told.contains(&name) {
            read.insert(name);
        }
    }
    assert_eq!(told, read);
}
