//! Holds the arrow: no stage uses a later one.

use std::fs;
use std::path::{Path, PathBuf};

/// The stages, first to last. A stage may use itself and those before it.
const STAGES: [&str; 9] = [
    "sql",
    "schema",
    "op",
    "dialect",
    "normalise",
    "diff",
    "compare",
    "plan",
    "revision",
];

/// Names that say which database or which object is meant, and nothing of what that means.
const NAMES: [&str; 2] = ["dialect::Dialect", "schema::QualifiedName"];

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

/// The paths behind `crate::` in a file, braces taken apart one level deep.
fn uses(text: &str) -> Vec<String> {
    let mut uses = Vec::new();
    for (place, _) in text.match_indices("crate::") {
        let rest = &text[place + "crate::".len()..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || "_:".contains(c)))
            .unwrap_or(rest.len());
        let path = &rest[..end];
        match rest[end..]
            .strip_prefix('{')
            .filter(|_| path.ends_with("::"))
        {
            Some(group) => {
                let group = &group[..group.find('}').expect("a closed brace")];
                let members = group
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty());
                uses.extend(members.map(|name| format!("{path}{name}")));
            }
            None => uses.push(path.trim_end_matches(':').to_owned()),
        }
    }
    uses
}

#[test]
fn no_stage_uses_a_later_one() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let place = |stage: &str| STAGES.iter().position(|name| *name == stage);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for stage in STAGES {
        let mut found = Vec::new();
        let folder = source.join(stage);
        if folder.is_dir() {
            files(&folder, &mut found);
        }
        assert!(!found.is_empty(), "stage {stage} has files");
        for file in found {
            let text = fs::read_to_string(&file).expect("is text");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for used in uses(text) {
                let other = used.split("::").next().unwrap_or_default();
                seen += 1;
                if place(other) > place(stage) && !NAMES.contains(&used.as_str()) {
                    wrong.push(format!("{}: {used}", file.display()));
                }
            }
        }
    }
    assert!(seen > 100, "the test sees the uses");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn core_reads_no_file_clock_or_environment() {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    for file in found {
        let text = fs::read_to_string(&file).expect("is text");
        for name in [
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "std::time",
            "std::io",
        ] {
            assert!(!text.contains(name), "{} uses {name}", file.display());
        }
    }
}
