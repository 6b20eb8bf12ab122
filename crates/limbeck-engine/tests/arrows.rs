//! Holds the order of the modules of this crate and of `limbeck`: none uses a later one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `limbeck` with a driver.
const LIMBECK: &[&str] = &[
    "own_names",
    "url",
    "connection",
    "folder",
    "history",
    "old_history",
    "inspect",
    "run",
    "migrator",
];

const ENGINE: &[&str] = &[
    "inspect",
    "scratch",
    "state",
    "ask",
    "compare",
    "spelling",
    "remake",
    "fill",
    "proof",
    "autogenerate",
    "branches",
    "drift",
    "baseline",
    "takeover",
    "layout",
    "sides",
    "standing",
    "uuids",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a file names behind `crate::`.
fn uses(text: &str) -> BTreeSet<&str> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let places = text.match_indices("crate::");
    places
        .map(|(place, start)| {
            let rest = &text[place + start.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn no_module_uses_a_later_one() {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR"));
    let limbeck = engine.join("../limbeck");
    for (folder, order) in [(limbeck.as_path(), LIMBECK), (engine, ENGINE)] {
        let source = folder.join("src");
        let mut found = Vec::new();
        files(&source, &mut found);
        let place = |module: &str| order.iter().position(|one| *one == module);
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        for file in found {
            let path = file.strip_prefix(&source).expect("is within");
            let first = path.iter().next().expect("has a name");
            let module = Path::new(first).file_stem().expect("has a name");
            let module = module.to_str().expect("is text");
            if ["lib", "enum_type", "table"].contains(&module) {
                continue;
            }
            assert!(
                place(module).is_some(),
                "`{module}` has no place in the order"
            );
            seen.insert(module.to_owned());
            let text = fs::read_to_string(&file).expect("is text");
            for used in uses(&text) {
                if place(used) > place(module) {
                    wrong.push(format!("{} uses {used}", path.display()));
                }
            }
        }
        assert_eq!(seen.len(), order.len(), "every module is there");
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// A file beside `main.rs` that it does not name would never run.
#[test]
fn every_file_of_tests_is_in_their_binary() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["limbeck", "limbeck-core", "limbeck-engine"] {
        let tests = crates.join(folder).join("tests");
        let main = fs::read_to_string(tests.join("main.rs")).expect("is read");
        for entry in fs::read_dir(&tests).expect("a folder") {
            let path = entry.expect("an entry").path();
            let is_file = path.extension().is_some_and(|extension| extension == "rs");
            let name = path.file_stem().expect("a name").to_string_lossy();
            if name != "main" && (is_file || path.join("mod.rs").exists()) {
                let module = format!("mod {name};");
                assert!(main.contains(&module), "{folder}: `{module}` is missing");
            }
        }
    }
}
