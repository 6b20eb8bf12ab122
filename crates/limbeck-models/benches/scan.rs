//! How long the scan of a large crate takes: generated sources, plain timing.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use limbeck_models::{ScanOptions, scan};

/// What a line of a generated function is made of.
const LINE: &str = "        let total = items.iter().filter(|item| item.count > limit).map(|item| \
                    format!(\"{}: {}\", item.name, item.count)).collect::<Vec<_>>();\n";

#[expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn main() {
    // `cargo test --all-targets` starts this too, and has nothing to learn from it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    for lines in [50_000, 200_000] {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (files, written) = generate(folder.path(), lines);
        let mut best = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            let found = scan(folder.path(), &ScanOptions::default()).expect("the crate is valid");
            best = best.min(start.elapsed().as_secs_f64());
            assert_eq!(found.models.schema.tables.len(), files);
        }
        let whole = whole_files(folder.path());
        println!(
            "{written} lines, {files} files: scan {best:.3} s, syn on whole files {whole:.3} s"
        );
    }
}

/// What parsing everything would take.
fn whole_files(folder: &Path) -> f64 {
    let start = Instant::now();
    for entry in fs::read_dir(folder.join("src")).expect("the folder was written") {
        let path = entry.expect("the folder can be listed").path();
        let text = fs::read_to_string(path).expect("the file was written");
        syn::parse_file(&text).expect("the file is Rust");
    }
    start.elapsed().as_secs_f64()
}

/// Writes a crate of files of 500 lines, each with a model, a few structs and methods.
fn generate(folder: &Path, lines: usize) -> (usize, usize) {
    let files = lines / 500;
    let source = folder.join("src");
    fs::create_dir(&source).expect("the folder is empty");
    let manifest = "[package]\nname = \"large\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                    [dependencies]\nlimbeck = \"0.1\"\nuuid = \"1\"\nchrono = \"0.4\"\n";
    fs::write(folder.join("Cargo.toml"), manifest).expect("the folder can be written");
    let mut root = String::new();
    let mut written = 0;
    for file in 0..files {
        let _ = writeln!(root, "pub mod file_{file};");
        let text = module(file);
        written += text.lines().count();
        fs::write(source.join(format!("file_{file}.rs")), text).expect("the folder can be written");
    }
    fs::write(source.join("lib.rs"), root).expect("the folder can be written");
    (files, written)
}

fn module(file: usize) -> String {
    let mut text = String::from(
        "use chrono::{DateTime, Utc};\nuse limbeck::{Enum, Table};\nuse uuid::Uuid;\n\n",
    );
    let _ = write!(
        text,
        "#[derive(Table)]\n#[table(name = \"table_{file}\", index(status, created_at))]\n\
         pub struct Model{file} {{\n    #[column(primary_key)]\n    pub id: Uuid,\n    \
         #[column(max_length = 200)]\n    pub title: String,\n    #[column(default = now)]\n    \
         pub created_at: DateTime<Utc>,\n    #[column(default = Status{file}::Open)]\n    \
         pub status: Status{file},\n    pub previous: Option<i64>,\n}}\n\n\
         #[derive(Enum)]\npub enum Status{file} {{ Open, InProgress, Done }}\n\n\
         pub struct Item {{ pub name: String, pub count: u32 }}\n\n"
    );
    let mut method = 0;
    while text.lines().count() < 490 {
        let _ = write!(
            text,
            "impl Item {{\n    /// A method.\n    pub fn method_{method}(items: &[Item], limit: u32) \
             -> usize {{\n"
        );
        for _ in 0..12 {
            text.push_str(LINE);
        }
        text.push_str("        if limit > 3 { return 1; }\n        items.len()\n    }\n}\n\n");
        method += 1;
    }
    text
}
