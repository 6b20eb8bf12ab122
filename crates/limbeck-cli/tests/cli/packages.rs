//! What the crates are published as: the Rust that they say they need, and the files of their packages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use syn::visit::{self, Visit};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .args(["--offline", "--color", "never"])
        .current_dir(root())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {args:?}: {err}");
    String::from_utf8(output.stdout).unwrap()
}

/// A version of Rust: major and minor, of which alone the language is one.
fn version(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

fn published() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let published = packages.filter(|package| package["publish"].is_null());
    let published: Vec<Value> = published.cloned().collect();
    assert_eq!(published.len(), 6, "{metadata}");
    published
}

/// `rust-version` of every package that this workspace has been resolved to, by name and version.
fn rust_versions() -> BTreeMap<(String, String), (u32, u32)> {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        host.unwrap(),
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let said = packages.filter_map(|package| {
        let text = |key: &str| package[key].as_str().map(str::to_owned);
        let rust = version(&text("rust_version")?);
        Some(((text("name")?, text("version")?), rust))
    });
    said.collect()
}

/// The highest `rust-version` among what a crate is built from.
fn needed(
    rust_versions: &BTreeMap<(String, String), (u32, u32)>,
    args: &[&str],
) -> ((u32, u32), String) {
    let format = ["--prefix", "none", "--format", "{p}", "--locked"];
    let edges = ["--edges", "normal,build"];
    let tree = cargo(&[&["tree"], args, &format, &edges].concat());
    let used = tree.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?;
        let rust = rust_versions.get(&(name.to_owned(), version.to_owned()))?;
        (!name.starts_with("limbeck")).then(|| (*rust, name.to_owned()))
    });
    used.max().expect("has dependencies")
}

#[test]
fn no_dependency_needs_a_newer_rust_than_its_crate_says() {
    let rust_versions = rust_versions();
    for package in published() {
        let name = package["name"].as_str().unwrap();
        let said = version(package["rust_version"].as_str().unwrap());
        // Cargo tells by sqlx's word who uses a driver with an older Rust.
        let features = if name == "limbeck" {
            "--no-default-features"
        } else {
            "--all-features"
        };
        let (needed, whose) = needed(&rust_versions, &["--package", name, features]);
        assert!(said >= needed, "{name}: {whose} needs {needed:?}");
        if said < (1, 95) {
            assert_eq!(said, needed, "{name} could say {needed:?}, as {whose} does");
        }
    }
}

/// `clippy::msrv` of the modules that need a driver.
#[test]
fn modules_with_a_driver_may_use_the_rust_of_the_driver() {
    let all = ["--package", "limbeck", "--all-features"];
    let (needed, whose) = needed(&rust_versions(), &all);
    let lib = fs::read_to_string(root().join("crates/limbeck/src/lib.rs")).unwrap();
    let words: BTreeSet<&str> = lib
        .lines()
        .filter_map(|line| {
            line.strip_prefix("#[clippy::msrv = \"")?
                .strip_suffix("\"]")
        })
        .collect();
    let words: Vec<(u32, u32)> = words.into_iter().map(version).collect();
    assert_eq!(words, [needed], "{whose}");
    let cfg = "#[cfg(any(feature = \"postgres\", feature = \"sqlite\"))]\n";
    for item in lib.split(cfg).skip(1) {
        let (attributes, _) = item.split_once("pub ").unwrap();
        let is_module = item.starts_with(&format!("{attributes}pub mod "));
        let has_words = attributes.contains("clippy::msrv");
        assert_eq!(is_module, has_words, "{item}");
    }
}

/// Guards with `let`, the syntax that 1.95 brought and that no lint holds to `rust-version`.
#[derive(Default)]
struct Guards(usize);

impl<'ast> Visit<'ast> for Guards {
    fn visit_pat_guard(&mut self, pattern: &'ast syn::PatGuard) {
        let mut lets = Lets::default();
        lets.visit_expr(&pattern.guard);
        self.0 += lets.0;
        visit::visit_pat_guard(self, pattern);
    }
}

#[derive(Default)]
struct Lets(usize);

impl<'ast> Visit<'ast> for Lets {
    fn visit_expr_let(&mut self, expression: &'ast syn::ExprLet) {
        self.0 += 1;
        visit::visit_expr_let(self, expression);
    }

    // What is inside of a block is no part of the guard.
    fn visit_block(&mut self, _: &'ast syn::Block) {}
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_if(&mut self, _: &'ast syn::ExprIf) {}
    fn visit_expr_match(&mut self, _: &'ast syn::ExprMatch) {}
}

fn guards(source: &str) -> usize {
    let mut guards = Guards::default();
    guards.visit_file(&syn::parse_file(source).unwrap());
    guards.0
}

#[test]
fn no_syntax_is_newer_than_the_rust_that_a_crate_says() {
    let mut count = 0;
    for package in published() {
        if version(package["rust_version"].as_str().unwrap()) >= (1, 95) {
            continue;
        }
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let mut open = vec![manifest.with_file_name("src")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let source = fs::read_to_string(&path).unwrap();
                    assert_eq!(guards(&source), 0, "{}", path.display());
                    assert!(!source.contains("cfg_select!"), "{}", path.display());
                    count += 1;
                }
            }
        }
    }
    assert!(count > 200, "{count}");
    // The test can fail.
    let newer =
        "fn f(a: Option<u8>) { match 1 { 1 if let Some(_) = a => {} _ if a == a => {} _ => {} } }";
    assert_eq!(guards(newer), 1);
}

#[test]
fn every_package_has_what_a_registry_shows_and_no_tests() {
    for package in published() {
        let name = package["name"].as_str().unwrap();
        for key in [
            "description",
            "license",
            "repository",
            "readme",
            "rust_version",
        ] {
            assert!(package[key].is_string(), "{name}: {key}");
        }
        for (key, most) in [("keywords", 5), ("categories", 5)] {
            let count = package[key].as_array().unwrap().len();
            assert!((1..=most).contains(&count), "{name}: {key}");
        }
        assert!(package["metadata"]["docs"]["rs"].is_object(), "{name}");
        for dependency in package["dependencies"].as_array().unwrap() {
            let is_ours = dependency["path"].is_string();
            let is_test = dependency["kind"] == "dev";
            // Without a version, Cargo leaves one for tests out of what it publishes, and refuses any other.
            assert!(!is_ours || is_test || dependency["req"] != "*", "{name}");
        }
        let list = cargo(&["package", "--list", "--allow-dirty", "--package", name]);
        let files: BTreeSet<&str> = list.lines().collect();
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "Cargo.toml"] {
            assert!(files.contains(file), "{name}: {file}");
        }
        for file in &files {
            let is_extra = ["tests/", "benches/"].iter().any(|it| file.starts_with(it));
            assert!(!is_extra, "{name}: {file}");
        }
    }
}

/// What `include` leaves out and the source needs would be missing there alone.
#[test]
fn what_the_source_of_a_package_includes_is_in_it() {
    for package in published() {
        let name = package["name"].as_str().unwrap();
        let folder = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = folder.parent().unwrap().canonicalize().unwrap();
        let list = cargo(&["package", "--list", "--allow-dirty", "--package", name]);
        let files: BTreeSet<PathBuf> = list.lines().map(|file| folder.join(file)).collect();
        for file in list.lines().filter(|file| file.ends_with(".rs")) {
            let path = folder.join(file);
            let source = fs::read_to_string(&path).unwrap();
            let included = ["include_str!(\"", "include_bytes!(\"", "include!(\""]
                .iter()
                .flat_map(|call| source.split(call).skip(1))
                .filter_map(|rest| rest.split_once("\")"));
            for (named, _) in included {
                let Ok(named) = path.with_file_name(named).canonicalize() else {
                    // A text about the macro, in a comment or a literal.
                    continue;
                };
                assert!(
                    files.contains(&named),
                    "{name}: {file}: {}",
                    named.display()
                );
            }
        }
    }
}

#[test]
fn the_readme_installs_what_is_published_and_says_its_rust() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for (command, name) in [
        ("cargo install limbeck-cli ", "limbeck-cli"),
        ("cargo add limbeck ", "limbeck"),
    ] {
        let line = readme.lines().find(|line| line.contains(command)).unwrap();
        let packages = published();
        let package = packages.iter().find(|package| package["name"] == name);
        let rust = package.unwrap()["rust_version"].as_str().unwrap();
        assert!(line.ends_with(&format!("Rust {rust}")), "{line}");
    }
}
