//! `deny.toml` held against what is really built, without `cargo deny`; and that the pages which promise
//! something name tests that are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What Cargo says of the packages of this machine's builds.
fn packages() -> Vec<serde_json::Value> {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(rustc.stdout).unwrap();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
        ])
        .arg(host.unwrap())
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let used: BTreeSet<String> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].to_string())
        .collect();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| used.contains(&package["id"].to_string()))
        .cloned()
        .collect()
}

/// Whether an SPDX expression can be kept with these licences alone.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (is_allowed, rest) = either(&words, allowed);
    assert!(rest.is_empty(), "`{expression}` is no licence expression");
    is_allowed
}

fn either<'a>(words: &'a [&'a str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'a str]) {
    let (mut is_allowed, mut rest) = both(words, allowed);
    while let ["OR", after @ ..] = rest {
        let (next, after) = both(after, allowed);
        is_allowed |= next;
        rest = after;
    }
    (is_allowed, rest)
}

fn both<'a>(words: &'a [&'a str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'a str]) {
    let (mut is_allowed, mut rest) = one(words, allowed);
    while let ["AND", after @ ..] = rest {
        let (next, after) = one(after, allowed);
        is_allowed &= next;
        rest = after;
    }
    (is_allowed, rest)
}

fn one<'a>(words: &'a [&'a str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inner @ ..] => match either(inner, allowed) {
            (is_allowed, [")", rest @ ..]) => (is_allowed, rest),
            _ => panic!("a parenthesis has no partner"),
        },
        [name, "WITH", exception, rest @ ..] => (
            allowed.contains(format!("{name} WITH {exception}").as_str()),
            rest,
        ),
        [name, rest @ ..] => (allowed.contains(name), rest),
        [] => panic!("a licence is missing"),
    }
}

#[test]
fn every_package_is_one_that_deny_toml_allows() {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let deny: toml::Table = text.parse().unwrap();
    let strings = |value: &toml::Value| -> Vec<String> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    };
    let licences = strings(&deny["licenses"]["allow"]);
    let allowed: BTreeSet<&str> = licences.iter().map(String::as_str).collect();
    let registries = strings(&deny["sources"]["allow-registry"]);
    let banned: Vec<&str> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["crate"].as_str().unwrap())
        .collect();
    let packages = packages();
    assert!(packages.len() > 100, "{}", packages.len());
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence, &allowed), "{name}: {licence}");
        assert!(!banned.contains(&name), "{name}");
        if let Some(source) = package["source"].as_str() {
            let registry = source.strip_prefix("registry+").unwrap_or(source);
            assert!(
                registries.iter().any(|one| one == registry),
                "{name}: {source}"
            );
        }
    }
    // The test can fail.
    assert!(!is_allowed("GPL-3.0-only", &allowed));
    assert!(is_allowed("GPL-3.0-only OR MIT", &allowed));
    assert!(!is_allowed("MIT AND (GPL-3.0-only OR LGPL-3.0)", &allowed));
}

/// Frameworks are behind features of `limbeck` that are off.
#[test]
fn an_application_gets_no_framework_that_it_did_not_ask_for() {
    let tree = |features: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--locked",
                "--offline",
                "--prefix",
                "none",
                "--edges",
                "normal",
            ])
            .args(["--package", "limbeck"])
            .args(features)
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let has = |tree: &str, name: &str| tree.lines().any(|line| line.starts_with(name));
    let frameworks = ["async-trait ", "clap ", "diesel ", "sea-orm "];
    for name in frameworks {
        assert!(!has(&tree(&[]), name), "{name}");
    }
    // The test can fail.
    let all = tree(&["--features", "clap,diesel,sea-orm-migration"]);
    assert!(frameworks.iter().all(|name| has(&all, name)), "{all}");
}

/// The names of tests in SECURITY.md. `.ci/ordinary-user` runs those behind `test: `.
#[test]
fn the_tests_that_security_md_names_are_there() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let names: BTreeSet<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("test"))
        .filter_map(|word| word.split_once(": ").map(|(_, name)| name))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let mut sources = String::new();
    let mut open = vec![root().join("crates")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources += &fs::read_to_string(path).unwrap();
            }
        }
    }
    for name in names {
        assert!(sources.contains(&format!("fn {name}(")), "no test `{name}`");
    }
}
