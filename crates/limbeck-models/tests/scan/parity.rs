//! The derives and the scan agree: what one accepts or refuses, the other does.

use std::fs;
use std::path::Path;

use limbeck_models::ScanOptions;

use crate::support::{errors_text, scan_files};

/// The cases that the derives are compiled with, by name.
fn cases(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../limbeck-macros/tests/ui")
        .join(folder);
    let mut cases: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the cases of the derives are there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a case can be read");
            (path.display().to_string(), text)
        })
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn the_scan_accepts_what_the_derives_accept() {
    for (name, text) in cases("pass") {
        let result = scan_files(&[("src/main.rs", &text)], &ScanOptions::default());
        assert!(
            result.is_ok(),
            "{name}: {}",
            errors_text(&result.err().unwrap_or_default())
        );
    }
}

#[test]
fn the_scan_refuses_what_the_derives_refuse() {
    for (name, text) in cases("fail") {
        let result = scan_files(&[("src/main.rs", &text)], &ScanOptions::default());
        assert!(result.is_err(), "{name}");
    }
}
