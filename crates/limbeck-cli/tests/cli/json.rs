//! `--format json`: one document for each command, and the page that says what stands in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::project::Project;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The fields that the code writes, by the names of the structs that hold them.
fn written() -> BTreeMap<String, BTreeSet<String>> {
    let mut texts = Vec::new();
    sources(&root().join("src"), &mut texts);
    let mut found = BTreeMap::new();
    for text in &texts {
        for (at, _) in text.match_indices("#[derive(") {
            let (derive, rest) = text[at..].split_once(")]").unwrap();
            let Some((head, body)) = rest.split_once('{') else {
                continue;
            };
            let Some((_, name)) = head.split_once("struct ") else {
                continue;
            };
            if !derive.contains("Serialize") || head.contains(';') || head.contains("fn ") {
                continue;
            }
            let body = body.split_once("\n}").unwrap().0;
            let mut fields = BTreeSet::new();
            let mut is_left_out = false;
            for line in body.lines().map(str::trim) {
                match line {
                    "#[serde(skip)]" | "#[serde(flatten)]" => is_left_out = true,
                    line if line.starts_with(['#', '/']) || line.is_empty() => {}
                    line => {
                        let name = line.split(':').next().unwrap();
                        let name = name.rsplit(' ').next().unwrap();
                        if !std::mem::take(&mut is_left_out) {
                            fields.insert(name.to_owned());
                        }
                    }
                }
            }
            let name = name.split(['<', ' ']).next().unwrap();
            assert!(
                found.insert(name.to_owned(), fields).is_none(),
                "{name} is there twice"
            );
        }
    }
    found
}

fn page() -> String {
    fs::read_to_string(root().join("../../docs/json.md")).unwrap()
}

/// The first cell of each row of a table, without its quotes.
fn first_cells(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect()
}

#[test]
fn every_field_stands_on_the_page_and_none_besides() {
    let page = page();
    let sections = page.split("\n### `").skip(1);
    let told: BTreeMap<String, BTreeSet<String>> = sections
        .map(|section| {
            let (name, rest) = section.split_once('`').unwrap();
            let rest = rest.split("\n## ").next().unwrap();
            let rest = rest.split("\n### ").next().unwrap();
            (name.to_owned(), first_cells(rest))
        })
        .collect();
    assert_eq!(told, written());
    assert!(told.len() > 15, "{}", told.len());
}

#[test]
fn every_code_stands_on_the_page_and_none_besides() {
    let source = fs::read_to_string(root().join("src/code.rs")).unwrap();
    let written: BTreeSet<String> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    let page = page();
    let table = page.split_once("### Codes").unwrap().1;
    let told = first_cells(table.split("\n## ").next().unwrap());
    assert_eq!(told, written);
    assert!(told.len() > 30, "{}", told.len());
}

/// What a command wrote to stdout, which is one document, and its exit code.
fn document(shown: &str) -> (serde_json::Value, i32) {
    let out: String = shown
        .lines()
        .filter_map(|line| line.strip_prefix("out| "))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let exit = shown.rsplit_once("exit ").unwrap().1.trim();
    let document = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}\n{shown}"));
    (document, exit.parse().unwrap())
}

#[test]
fn each_command_writes_one_document_whatever_becomes_of_it() {
    let project = Project::new();
    for (command, exit) in [
        ("upgrade", 0),
        ("stamp head", 0),
        ("current", 0),
        ("heads", 0),
        ("history", 0),
        ("branches", 0),
        ("revision --autogenerate -m First --rev-id aaaa1111", 0),
        ("check", 1),
        ("database", 0),
        ("database", 0),
        ("verify", 0),
        ("show head", 0),
        ("upgrade", 0),
        ("upgrade", 0),
        ("current --check-heads", 0),
        ("history -i", 0),
        ("check", 0),
        ("diff models revisions", 0),
        ("inspect", 0),
        ("stamp head", 0),
        ("downgrade base --allow-loss", 0),
        ("current --check-heads", 1),
        ("upgrade nothing", 2),
        ("show", 2),
        ("merge", 2),
        ("upgrade --url postgres://localhost:1/x", 3),
        ("current --url nonsense", 2),
        ("no-such-command", 2),
    ] {
        let (document, code) = document(&project.run(&format!("{command} --format json")));
        assert_eq!(code, exit, "{command}: {document}");
        if exit > 1 {
            assert_eq!(document["error"]["exit"], exit, "{command}");
        }
    }
    let (document, _) = document(&project.run("--format=json upgrade nothing"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "error": {
        "causes": [],
        "code": "unknown_revision",
        "exit": 2,
        "file": null,
        "hints": [
          "limbeck history lists the revisions"
        ],
        "line": null,
        "message": "no revision is called `nothing`",
        "run": [],
        "sqlstate": null
      }
    }
    "#);
}

#[test]
fn an_error_tells_file_line_and_what_had_been_run() {
    let project = Project::new();
    for (id, parents, sql) in [
        ("aaaa1111", "none", "CREATE TABLE a (id INTEGER);"),
        (
            "bbbb2222",
            "aaaa1111",
            "CREATE TABLE b (id INTEGER);\n\nSELECT nothing FROM nowhere;",
        ),
    ] {
        project.write(
            &format!("migrations/{id}_x.sql"),
            &format!("-- Make {id}\n--\n-- revision: {id}\n-- parents:  {parents}\n\n-- upgrade\n{sql}\n\n-- downgrade\nDROP TABLE a;\n"),
        );
    }
    let (document, code) = document(&project.run("upgrade --format json"));
    assert_eq!(code, 3);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "error": {
        "causes": [
          "near \"nothing\": syntax error",
          "1 revision ran before it, and it stays"
        ],
        "code": "statement_failed",
        "exit": 3,
        "file": "migrations/bbbb2222_x.sql",
        "hints": [],
        "line": 9,
        "message": "migrations/bbbb2222_x.sql:9: `SELECT nothing FROM nowhere` failed",
        "run": [
          "aaaa1111"
        ],
        "sqlstate": "1"
      }
    }
    "#);
}

#[test]
fn programs_read_json() {
    let project = Project::new();
    insta::assert_snapshot!(project.run("revision --autogenerate -m First --rev-id 1f0e8f6d2c4b --format json"), @r#"
    out| {
    out|   "revision": "1f0e8f6d2c4b",
    out|   "file": "migrations/1f0e8f6d2c4b_first.sql",
    out|   "dialects": [
    out|     {
    out|       "dialect": "sqlite",
    out|       "operations": [
    out|         "create enum status (pending, completed)",
    out|         "create table tasks",
    out|         "create table users"
    out|       ],
    out|       "hazards": [],
    out|       "upgrade": {
    out|         "hazards": [],
    out|         "loses": []
    out|       },
    out|       "downgrade": {
    out|         "hazards": [],
    out|         "loses": [
    out|           "tasks",
    out|           "users"
    out|         ]
    out|       },
    out|       "proven_on": "SQLite …",
    out|       "rows": null
    out|     }
    out|   ]
    out| }
    err| Detected: create enum status (pending, completed) (src/models.rs:13)
    err| Detected: create table tasks (src/models.rs:20)
    err| Detected: create table users (src/models.rs:5)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check --format json"), @r#"
    out| {
    out|   "findings": [
    out|     {
    out|       "what": "pending",
    out|       "dialects": [
    out|         "sqlite"
    out|       ],
    out|       "object": null,
    out|       "path": null,
    out|       "file": null,
    out|       "line": null,
    out|       "text": "1f0e8f6d, First"
    out|     }
    out|   ],
    out|   "unmanaged": [],
    out|   "live": "sqlite:///todo.db",
    out|   "ignored": []
    out| }
    err| `sqlite:///todo.db` is not there yet: every revision is pending
    err| error: 1 revision pending
    err| hint: limbeck upgrade
    exit 1
    "#);
    insta::assert_snapshot!(project.run("upgrade --format json"), @r#"
    out| {
    out|   "direction": "upgrade",
    out|   "url": "sqlite:///todo.db",
    out|   "run": [
    out|     "1f0e8f6d2c4b"
    out|   ],
    out|   "current": [
    out|     "1f0e8f6d2c4b"
    out|   ]
    out| }
    err| Running upgrade  -> 1f0e8f6d, First
    exit 0
    "#);
    let heads = project.run("heads --format json");
    let heads: Vec<&str> = heads
        .lines()
        .filter(|line| !line.contains("created"))
        .collect();
    insta::assert_snapshot!(heads.join("\n"), @r#"
    out| [
    out|   {
    out|     "revision": "1f0e8f6d2c4b",
    out|     "parents": [],
    out|     "description": "First",
    out|     "label": null,
    out|     "branches": [],
    out|     "depends_on": [],
    out|     "children": [],
    out|     "pending": [],
    out|     "requires": [],
    out|     "replaces": [],
    out|     "file": "migrations/1f0e8f6d2c4b_first.sql",
    out|     "is_head": true
    out|   }
    out| ]
    exit 0
    "#);
    project.edit(
        "src/models.rs",
        "pub title: String",
        "pub title: Option<String>",
    );
    insta::assert_snapshot!(project.run("check --format json"), @r#"
    out| {
    out|   "findings": [
    out|     {
    out|       "what": "models",
    out|       "dialects": [
    out|         "sqlite"
    out|       ],
    out|       "object": "tasks.title",
    out|       "path": "Task::title",
    out|       "file": "src/models.rs",
    out|       "line": 25,
    out|       "text": "alter column tasks.title: drop not null"
    out|     }
    out|   ],
    out|   "unmanaged": [],
    out|   "live": "sqlite:///todo.db",
    out|   "ignored": []
    out| }
    err| error: 1 difference between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
}
