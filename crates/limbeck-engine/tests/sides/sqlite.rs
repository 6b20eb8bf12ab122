//! Two SQLite databases are equal only where nothing differs: one schema, each thing in it changed by
//! itself, and the databases compared with each other.

use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;
use limbeck_core::compare::Ignored;
use limbeck_core::dialect::Dialect;
use limbeck_engine::inspect::{InspectOptions, residue};
use limbeck_engine::sides::Side;
use limbeck_engine::state::{Bench, BenchOptions};

use super::{file, options, own_bin_dir, verdict};

const BASE: &str = "\
CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE, n INTEGER DEFAULT 1 CHECK (n > 0), g INTEGER GENERATED ALWAYS AS (n * 2) STORED, note TEXT COLLATE NOCASE);
CREATE TABLE c (a INTEGER, b TEXT, p_id INTEGER REFERENCES p (id) ON DELETE CASCADE, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE s (x INT) STRICT;
CREATE INDEX i ON p (n DESC) WHERE n > 5;
CREATE UNIQUE INDEX u ON c (b COLLATE NOCASE);
CREATE INDEX e ON p (lower(code));
CREATE VIEW v AS SELECT id FROM p;
CREATE TRIGGER t AFTER INSERT ON p BEGIN UPDATE p SET n = 2; END;
CREATE VIRTUAL TABLE f USING fts5(body);
";

/// What is said otherwise, each of it in one way.
const CHANGES: &[(&str, &str)] = &[
    (" AUTOINCREMENT", ""),
    ("code TEXT NOT NULL UNIQUE", "code TEXT UNIQUE"),
    ("code TEXT NOT NULL UNIQUE", "code TEXT NOT NULL"),
    (
        "code TEXT NOT NULL UNIQUE",
        "code TEXT NOT NULL UNIQUE ON CONFLICT IGNORE",
    ),
    (
        "code TEXT NOT NULL UNIQUE",
        "code TEXT NOT NULL ON CONFLICT REPLACE UNIQUE",
    ),
    (
        "code TEXT NOT NULL UNIQUE",
        "code VARCHAR(9) NOT NULL UNIQUE",
    ),
    ("code TEXT NOT NULL UNIQUE", "code BLOB NOT NULL UNIQUE"),
    (" DEFAULT 1", " DEFAULT 2"),
    (" DEFAULT 1", " DEFAULT '1'"),
    (" DEFAULT 1", ""),
    ("CHECK (n > 0)", "CHECK (n >= 0)"),
    (" CHECK (n > 0)", ""),
    ("n * 2", "n * 3"),
    ("STORED", "VIRTUAL"),
    ("g INTEGER GENERATED ALWAYS AS (n * 2) STORED", "g INTEGER"),
    (
        "COLLATE NOCASE);\nCREATE TABLE",
        "COLLATE RTRIM);\nCREATE TABLE",
    ),
    (" COLLATE NOCASE);\nCREATE TABLE", ");\nCREATE TABLE"),
    ("ON DELETE CASCADE", "ON DELETE SET NULL"),
    (" ON DELETE CASCADE", ""),
    ("ON DELETE CASCADE", "ON DELETE CASCADE ON UPDATE CASCADE"),
    (
        "ON DELETE CASCADE",
        "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    ),
    (" REFERENCES p (id) ON DELETE CASCADE", ""),
    ("PRIMARY KEY (a, b)", "PRIMARY KEY (b, a)"),
    ("PRIMARY KEY (a, b)", "PRIMARY KEY (a)"),
    (") WITHOUT ROWID", ")"),
    (") STRICT", ")"),
    ("x INT)", "x TEXT)"),
    ("x INT)", "x INT, y INT)"),
    ("x INT)", "z INT)"),
    ("n DESC", "n"),
    (" WHERE n > 5", ""),
    ("WHERE n > 5", "WHERE n > 6"),
    ("CREATE INDEX i", "CREATE UNIQUE INDEX i"),
    ("(n DESC)", "(n DESC, id)"),
    ("INDEX i ON", "INDEX j ON"),
    ("b COLLATE NOCASE)", "b)"),
    ("lower(code)", "upper(code)"),
    ("CREATE INDEX e ON p (lower(code));\n", ""),
    ("SELECT id FROM p", "SELECT n FROM p"),
    ("CREATE VIEW v AS SELECT id FROM p;\n", ""),
    ("SET n = 2", "SET n = 3"),
    ("AFTER INSERT", "BEFORE INSERT"),
    (
        "CREATE TRIGGER t AFTER INSERT ON p BEGIN UPDATE p SET n = 2; END;\n",
        "",
    ),
    ("fts5(body)", "fts5(body, title)"),
    ("CREATE VIRTUAL TABLE f USING fts5(body);\n", ""),
    ("CREATE TABLE s (x INT) STRICT;\n", ""),
    ("CREATE TABLE s", "CREATE TABLE more (q);\nCREATE TABLE s"),
];

/// What is the same in other words.
const SAME: &[(&str, &str)] = &[
    (
        "CREATE TABLE p (id",
        "create table \"p\" ( -- the first\n  \"id\"",
    ),
    ("CHECK (n > 0)", "CHECK ( ( n>0 ) )"),
    (
        "CREATE INDEX i ON p (n DESC)",
        "CREATE INDEX IF NOT EXISTS i ON p(\"n\" desc)",
    ),
    ("DEFAULT 1", "DEFAULT (1)"),
];

/// Makes the database of a schema, and reads its fingerprint.
async fn made(folder: &Path, number: usize, sql: &str) -> (DatabaseUrl, String) {
    let name = format!("sqlite:///{number}.db");
    let url = DatabaseUrl::parse(&name, folder).expect("is a URL");
    let mut connection = Connection::connect(&url).await.expect("connects");
    let hasty = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;";
    let loaded = connection.batch(&format!("{hasty}\n{sql}")).await;
    loaded.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    let read = residue(&mut connection, &InspectOptions::default()).await;
    let read = format!("{:?}", read.expect("has a residue"));
    connection.close().await.expect("is closed");
    (url, read)
}

#[tokio::test]
async fn what_differs_is_never_nothing_on_sqlite_at_length() {
    let mut bench = Bench::new(
        Dialect::Sqlite,
        BenchOptions {
            scratch: options(own_bin_dir()),
            inspect: InspectOptions::default(),
            search_path: None,
            cache: None,
        },
    );
    let folder = tempfile::tempdir().expect("a folder");
    let mut schemas = vec![("the base".to_owned(), BASE.to_owned())];
    for (from, to) in CHANGES.iter().chain(SAME) {
        assert_eq!(BASE.matches(from).count(), 1, "{from}");
        schemas.push((format!("{from} => {to}"), BASE.replace(from, to)));
    }
    let mut databases = Vec::new();
    for (number, (_, sql)) in schemas.iter().enumerate() {
        databases.push(made(folder.path(), number, sql).await);
    }
    let is_same = |number: usize| number == 0 || number > CHANGES.len();
    let mut wrong = Vec::new();
    for from in 0..schemas.len() {
        for to in from..schemas.len() {
            // A third of the pairs without the base says as much in a third of the time; those that are
            // said to be the same are all tried.
            let is_tried = from == to || is_same(from) || is_same(to) || (from + to) % 3 == 0;
            if !is_tried {
                continue;
            }
            let equal = from == to || is_same(from) && is_same(to);
            let (one, other) = (&databases[from], &databases[to]);
            let [here, there] = [one, other].map(|(url, _)| Side::Database(url.clone()));
            // Each way is compared by itself; which one a pair goes is no matter.
            let (here, there) = match (from + to) % 2 {
                0 => (here, there),
                _ => (there, here),
            };
            let (code, said) = verdict(&mut bench, &here, &there, Ignored::default()).await;
            let names = [from, to].map(|number| schemas[number].0.replace('\n', " "));
            if (code == 0) != equal {
                wrong.push(format!("{}: code {code} {said}", names.join(" and ")));
            }
            if code == 0 && !equal && one.1 != other.1 {
                wrong.push(format!("{}: residues differ", names.join(" and ")));
            }
        }
    }
    // Files, and a file beside a database, go the same way.
    for (number, (name, sql)) in schemas.iter().enumerate().skip(1) {
        for (from, to) in [
            (file(BASE), file(sql)),
            (file(sql), Side::Database(databases[0].0.clone())),
        ] {
            let (code, said) = verdict(&mut bench, &from, &to, Ignored::default()).await;
            if (code == 0) != is_same(number) {
                wrong.push(format!("{name}: code {code} {said} of files"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
