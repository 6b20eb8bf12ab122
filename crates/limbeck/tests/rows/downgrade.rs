//! Downgrades that would lose what is there.

use limbeck::connection::Connection;
use limbeck::run::{Loss, RunError, RunOptions, downgrade, upgrade};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId, parse};

use crate::place::scratch;

/// What is done between two revisions, and what a downgrade to the base would lose.
struct Case {
    name: &'static str,
    dialect: Option<Dialect>,
    /// Revisions: the way there, and back.
    revisions: &'static [(&'static str, &'static str)],
    /// Run after the upgrade.
    rows: &'static str,
    expected: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "empty tables lose nothing",
        dialect: None,
        revisions: &[("CREATE TABLE t (a INTEGER)", "DROP TABLE t")],
        rows: "",
        expected: &[],
    },
    Case {
        name: "a table with rows, whatever the comment",
        dialect: None,
        revisions: &[
            (
                "CREATE TABLE t (a INTEGER)",
                "-- loses: t\nDROP TABLE IF EXISTS t",
            ),
            ("CREATE TABLE u (a INTEGER)", "DROP TABLE u"),
        ],
        rows: "INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)",
        expected: &["t", "u"],
    },
    Case {
        name: "a column with values, and one without any",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "ALTER TABLE t ADD COLUMN b TEXT; ALTER TABLE t ADD COLUMN c TEXT",
                "ALTER TABLE t DROP COLUMN c; ALTER TABLE t DROP COLUMN b",
            ),
        ],
        rows: "INSERT INTO t VALUES (1, 'x', NULL)",
        expected: &["t.b"],
    },
    Case {
        name: "a column that has another name by then",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "ALTER TABLE t ADD COLUMN b TEXT",
                "ALTER TABLE t DROP COLUMN b",
            ),
            (
                "ALTER TABLE t RENAME COLUMN b TO c",
                "ALTER TABLE t RENAME COLUMN c TO b",
            ),
            ("ALTER TABLE t RENAME TO u", "ALTER TABLE u RENAME TO t"),
        ],
        rows: "INSERT INTO u VALUES (1, 'x')",
        expected: &["u.c"],
    },
    Case {
        name: "a table that is rebuilt loses what its comment says",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER, b TEXT)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new (a INTEGER); INSERT INTO new SELECT a FROM t;\n-- loses: t.b\nDROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1, 'x')",
        expected: &["t.b"],
    },
    Case {
        name: "a table that is rebuilt and loses nothing",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new (a INTEGER); INSERT INTO new SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &[],
    },
    Case {
        name: "a table that is made and dropped on the way",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE x AS SELECT * FROM t; DROP TABLE x",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &[],
    },
    Case {
        name: "rows that are deleted, all of them",
        dialect: None,
        revisions: &[
            (
                "CREATE TABLE t (a INTEGER); CREATE TABLE u (a INTEGER)",
                "-- nothing",
            ),
            ("SELECT 1", "DELETE FROM t; DELETE FROM u WHERE a = 7"),
        ],
        rows: "INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "names in schemas, in quotes and emptied",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            (
                "CREATE SCHEMA s; CREATE TABLE s.\"T x\" (\"B\" text, n integer, g integer GENERATED ALWAYS AS (n + 1) STORED); CREATE TABLE v (a integer)",
                "-- nothing",
            ),
            (
                "SELECT 1",
                "ALTER TABLE s.\"T x\" DROP COLUMN \"B\", DROP g; TRUNCATE v",
            ),
        ],
        rows: "INSERT INTO s.\"T x\" VALUES ('x', 1); INSERT INTO v VALUES (1)",
        expected: &["v", "s.T x.B"],
    },
];

fn graph(case: &Case) -> Graph {
    let revisions = case.revisions.iter().enumerate().map(|(number, (up, down))| {
        let parent = match number {
            0 => "none".to_owned(),
            _ => format!("r{}", number - 1),
        };
        let text = format!(
            "-- One\n--\n-- revision: r{number}\n-- parents: {parent}\n\n-- upgrade\n{up}\n\n-- downgrade\n{down}\n"
        );
        let file = format!("r{number}.sql");
        (parse(&text, &file).unwrap_or_else(|error| panic!("{error}")), file)
    });
    Graph::new(revisions.collect()).expect("fits")
}

async fn check(connection: &mut Connection, case: &Case) {
    let name = case.name;
    let graph = graph(case);
    let options = RunOptions::default();
    let heads: Vec<RevisionId> = graph.heads().into_iter().cloned().collect();
    upgrade(connection, &graph, &heads, &options, &mut |_| {})
        .await
        .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    connection.batch(case.rows).await.expect("rows fit");
    let outcome = downgrade(connection, &graph, &[], &options, &mut |_| {}).await;
    if case.expected.is_empty() {
        assert_eq!(outcome.expect(name).len(), case.revisions.len(), "{name}");
        return;
    }
    match outcome {
        Err(RunError::WouldLose { objects }) => assert_eq!(objects, case.expected, "{name}"),
        other => panic!("{name}: {other:?}"),
    }
    let accept = RunOptions {
        loss: Loss::Accept,
        ..options
    };
    let done = downgrade(connection, &graph, &[], &accept, &mut |_| {}).await;
    assert_eq!(
        done.expect(name).len(),
        case.revisions.len(),
        "nothing was run before: {name}"
    );
}

fn cases(dialect: Dialect) -> impl Iterator<Item = &'static Case> {
    let cases = CASES.iter();
    cases.filter(move |case| case.dialect.is_none_or(|own| own == dialect))
}

#[tokio::test]
async fn downgrades_that_lose_ask_on_sqlite() {
    for case in cases(Dialect::Sqlite) {
        let mut connection = Connection::memory().await.expect("memory");
        check(&mut connection, case).await;
    }
}

#[tokio::test]
async fn downgrades_that_lose_ask_on_postgres() {
    let mut server = scratch("downgrade").await;
    for case in cases(Dialect::Postgres) {
        let database = server
            .create_database("downgrade", None)
            .await
            .expect("a database");
        let mut connection = database.connect().await.expect("connects");
        check(&mut connection, case).await;
        connection.close().await.expect("is closed");
        server
            .drop_database(&database.name)
            .await
            .expect("is dropped");
    }
    server.close().await.expect("stops");
}
