//! Files that are not what they should be: bytes that no database takes, and a cache that lies.

use std::fs;
use std::path::{Path, PathBuf};

use crate::project::{MODELS, Project};

const REVISION: &str = "-- First\n--\n-- revision: aaaa1111\n-- parents:  none\n-- dialects: sqlite\n\n-- upgrade\nCREATE TABLE t (a TEXT);\n\n-- downgrade\n-- loses: t\nDROP TABLE t;\n";

/// A NUL byte in any file that is read is refused with file and line; nothing is run, and nothing hangs.
#[test]
fn a_nul_byte_is_refused_where_it_is_read() {
    let cases = [
        (
            "migrations/aaaa1111_first.sql",
            REVISION.replace("(a TEXT)", "(a\0 TEXT)"),
            "migrations/aaaa1111_first.sql:8:",
        ),
        (
            "migrations/aaaa1111_first.sql",
            REVISION.replace("DROP TABLE t;", "SELECT 1;\n-- \0\nDROP TABLE t;"),
            "migrations/aaaa1111_first.sql:13:",
        ),
        (
            "migrations/scratch.sql",
            "SELECT 1;\nSELECT '\0';\n".to_owned(),
            "migrations/scratch.sql:2:",
        ),
        (
            "migrations/fixtures/aaaa1111.sql",
            "INSERT INTO t\nVALUES ('\0');\n".to_owned(),
            "migrations/fixtures/aaaa1111.sql:2:",
        ),
        (
            "src/models.rs",
            format!("{MODELS}\n// \0\n"),
            "src/models.rs:",
        ),
        (
            "limbeck.toml",
            "dialects = [\"sqlite\"]\n# \0\n".to_owned(),
            "limbeck.toml:2:",
        ),
        (".env", "A=1\nB=\0\n".to_owned(), ".env:2:"),
        (
            "Cargo.toml",
            "[package]\nname = \"todo\"\n# \0\n".to_owned(),
            "Cargo.toml:3:",
        ),
    ];
    for (file, text, place) in cases {
        let project = Project::new();
        project.write("migrations/aaaa1111_first.sql", REVISION);
        project.write(file, &text);
        let commands: &[&str] = match file {
            "migrations/aaaa1111_first.sql" => &["check", "verify", "upgrade", "history"],
            "limbeck.toml" | ".env" => &["check", "upgrade"],
            "migrations/scratch.sql" | "migrations/fixtures/aaaa1111.sql" => &["verify"],
            _ => &["check"],
        };
        for command in commands {
            let shown = project.run(command);
            assert!(shown.ends_with("exit 2\n"), "{command} {file}: {shown}");
            assert!(shown.contains(place), "{command} {file}: {shown}");
            assert!(!shown.contains('\0'), "{command} {file}: {shown}");
        }
        assert!(!project.path("todo.db").exists(), "{file}");
    }
}

/// A cached file with one byte that is another is read anew, and the answer is the same.
#[test]
fn a_damaged_cache_is_not_believed() {
    let project = Project::new();
    project.write("migrations/aaaa1111_first.sql", REVISION);
    let answer = project.run("check --only models");
    assert!(answer.contains("exit 1"), "{answer}");
    assert!(project.run("verify").ends_with("exit 0\n"));
    let mut kept = files(&project.beside("cache"));
    // One that holds nothing tells something by its time alone.
    kept.retain(|path| fs::metadata(path).unwrap().len() > 0);
    let kinds: Vec<&str> = ["state", "residue"]
        .into_iter()
        .filter(|kind| {
            let folder = std::ffi::OsStr::new(kind);
            kept.iter()
                .any(|path| path.iter().any(|part| part == folder))
        })
        .collect();
    assert_eq!(kinds, ["state", "residue"], "{kept:?}");
    for path in &kept {
        let whole = fs::read(path).unwrap();
        // The first byte, one in the middle of what is said, and the last one.
        for place in [0, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            fs::write(path, &damaged).unwrap();
            assert_eq!(
                project.run("check --only models"),
                answer,
                "{path:?} {place}"
            );
            assert!(
                project.run("verify").ends_with("exit 0\n"),
                "{path:?} {place}"
            );
            // It was read, found wanting, and written anew; or nobody asked for it.
            let now = fs::read(path).unwrap();
            assert!(now == whole || now == damaged, "{path:?} {place}");
        }
        fs::write(path, &whole).unwrap();
    }
    // What is wrong in the words, with a sum that is right for other words.
    let state = kept
        .iter()
        .find(|path| {
            let is_state = path.iter().any(|part| part == "state");
            is_state && fs::read_to_string(path).unwrap().contains("\"t\"")
        })
        .unwrap();
    let whole = fs::read_to_string(state).unwrap();
    fs::write(state, whole.replace("\"t\"", "\"u\"")).unwrap();
    assert_eq!(project.run("check --only models"), answer);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
