//! A scratch database on SQLite that begins with the image of an earlier one is what a whole replay makes.

use std::fs;
use std::path::Path;

use limbeck::folder;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::RevisionId;
use limbeck_engine::state::Bench;

use crate::common::benches::{Names, own_server};

/// Each revision: its id, what it builds on, and what it does.
type Revisions = &'static [(&'static str, &'static str, &'static str)];

const CASES: &[(&str, &str, Revisions)] = &[
    (
        "a line",
        "",
        &[
            (
                "aaaa",
                "none",
                "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x text)",
            ),
            ("bbbb", "aaaa", "INSERT INTO a (x) VALUES ('one'), ('two')"),
            ("cccc", "bbbb", "ALTER TABLE a ADD COLUMN y integer"),
            ("dddd", "cccc", "CREATE INDEX i ON a (y)"),
            ("eeee", "dddd", "DELETE FROM a"),
        ],
    ),
    (
        "what others own is there before",
        "CREATE TABLE theirs (id integer);",
        &[
            ("aaaa", "none", "CREATE VIEW v AS SELECT id FROM theirs"),
            ("bbbb", "aaaa", "CREATE TABLE b (id integer)"),
        ],
    ),
    (
        "branches and a merge",
        "",
        &[
            ("aaaa", "none", "CREATE TABLE a (id integer)"),
            ("bbbb", "aaaa", "ALTER TABLE a ADD COLUMN b integer"),
            ("cccc", "aaaa", "ALTER TABLE a ADD COLUMN c integer"),
            ("dddd", "bbbb, cccc", "CREATE TABLE d (id integer)"),
        ],
    ),
    (
        "nothing is made at first",
        "",
        &[
            ("aaaa", "none", "SELECT 1"),
            ("bbbb", "aaaa", "CREATE TABLE b (id integer)"),
        ],
    ),
    (
        "a setting of the session counts for those behind it",
        "",
        &[
            (
                "aaaa",
                "none",
                "CREATE TABLE a (id integer); CREATE VIEW v AS SELECT x FROM missing; PRAGMA legacy_alter_table = ON",
            ),
            ("bbbb", "aaaa", "ALTER TABLE a RENAME TO b"),
        ],
    ),
    (
        "so does what is no pragma to read",
        "PRAGMA case_sensitive_like = ON;",
        &[
            (
                "aaaa",
                "none",
                "CREATE TABLE a (n text CHECK (n LIKE 'A%'))",
            ),
            ("bbbb", "aaaa", "INSERT OR IGNORE INTO a VALUES ('abc')"),
        ],
    ),
    (
        "so does a table of the session",
        "",
        &[
            (
                "aaaa",
                "none",
                "CREATE TABLE a (id integer); CREATE TEMP TABLE noted AS SELECT 7 AS id",
            ),
            ("bbbb", "aaaa", "INSERT INTO a SELECT id FROM noted"),
        ],
    ),
];

fn write(home: &Path, prelude: &str, revisions: Revisions) {
    if !prelude.is_empty() {
        fs::write(home.join("scratch.sql"), prelude).expect("is written");
    }
    for (id, parents, sql) in revisions {
        let text = format!(
            "-- {id}\n--\n-- revision: {id}\n-- parents: {parents}\n\n-- upgrade\n{sql};\n\n-- downgrade: irreversible, a test\n"
        );
        fs::write(home.join(format!("{id}.sql")), text).expect("is written");
    }
}

/// All that the database after a revision holds.
async fn holds(bench: &mut Bench, home: &Path, id: &str) -> Vec<Vec<Option<String>>> {
    let folder = folder::read(&[home.to_owned()]).expect("is read");
    let id: RevisionId = id.parse().expect("an id");
    let mut copy = bench.copy(&folder, &[id]).await.expect("is made");
    let connection = &mut copy.connection;
    let objects = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name";
    let mut found = connection.query_text(objects).await.expect("is read");
    for table in ["a", "b", "d", "sqlite_sequence"] {
        let rows = connection
            .query_text(&format!("SELECT '{table}', * FROM {table}"))
            .await;
        found.extend(rows.unwrap_or_default());
    }
    bench.discard(copy).await.expect("is dropped");
    found
}

#[tokio::test]
async fn an_image_is_what_a_whole_replay_makes() {
    for (name, prelude, revisions) in CASES {
        let home = tempfile::tempdir().expect("a folder");
        write(home.path(), prelude, revisions);
        let new = || Names::Usual.bench(Dialect::Sqlite, own_server("images"));
        let mut kept = new();
        // Twice, so that an image is used also for the state that it is of.
        for (id, ..) in revisions.iter().chain(*revisions) {
            let of_images = holds(&mut kept, home.path(), id).await;
            let mut fresh = new();
            let whole = holds(&mut fresh, home.path(), id).await;
            fresh.close().await.expect("is closed");
            assert_eq!(of_images, whole, "{name}: {id}");
        }
        kept.close().await.expect("is closed");
    }
}
