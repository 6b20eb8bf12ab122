//! Downgrades of SQLite that copy values into another table: what the upgrade makes of them decides whether
//! they are lost.

use limbeck::connection::Connection;
use limbeck::run::RunOptions;
use limbeck_core::dialect::Dialect;

use super::downgrade::{Case, difference};

const CASES: &[Case] = &[
    Case {
        name: "a day that was a time comes back",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            ("CREATE TABLE t (a DATETIME)", "-- nothing"),
            (
                "CREATE TABLE n (a DATE); INSERT INTO n (a) SELECT coalesce(date(a), a) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a DATETIME); INSERT INTO n (a) SELECT a || ' 00:00:00' FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES ('2020-01-01'), (NULL)",
        expected: &[],
    },
    Case {
        name: "what is no day, and comes back as one",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            ("CREATE TABLE t (a DATETIME)", "-- nothing"),
            (
                "CREATE TABLE n (a DATE); INSERT INTO n (a) SELECT coalesce(date(a), a) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a DATETIME); INSERT INTO n (a) SELECT a || ' 00:00:00' FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES ('2020-01-01 07:00:00')",
        expected: &["t.a"],
    },
    Case {
        name: "a truth that was text comes back",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            ("CREATE TABLE t (a TEXT)", "-- nothing"),
            (
                "CREATE TABLE n (a BOOLEAN); INSERT INTO n (a) SELECT CASE WHEN lower(a) IN ('true', 'yes') THEN 1 WHEN a = 'false' THEN 0 ELSE a END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a TEXT); INSERT INTO n (a) SELECT CASE a WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE a END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (0), (1), (NULL)",
        expected: &[],
    },
    Case {
        name: "a number that comes back as a truth",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            ("CREATE TABLE t (a TEXT)", "-- nothing"),
            (
                "CREATE TABLE n (a BOOLEAN); INSERT INTO n (a) SELECT CASE WHEN lower(a) IN ('true', 'yes') THEN 1 WHEN a = 'false' THEN 0 ELSE a END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a TEXT); INSERT INTO n (a) SELECT CASE a WHEN 0 THEN 'false' ELSE 'true' END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (2)",
        expected: &["t.a"],
    },
    Case {
        name: "a value of an enum that had another name",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            (
                "CREATE TABLE t (a TEXT CHECK (a IN ('a', 'b')))",
                "-- nothing",
            ),
            (
                "CREATE TABLE n (a TEXT CHECK (a IN ('a', 'bee', 'c'))); INSERT INTO n (a) SELECT CASE a WHEN 'b' THEN 'bee' ELSE a END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a TEXT CHECK (a IN ('a', 'b'))); INSERT INTO n (a) SELECT CASE a WHEN 'bee' THEN 'b' ELSE a END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES ('a'), ('bee')",
        expected: &[],
    },
    Case {
        name: "a value of an enum that comes back as another",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            (
                "CREATE TABLE t (a TEXT CHECK (a IN ('a', 'b')))",
                "-- nothing",
            ),
            (
                "CREATE TABLE n (a TEXT CHECK (a IN ('a', 'bee', 'c'))); INSERT INTO n (a) SELECT CASE a WHEN 'b' THEN 'bee' ELSE a END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a TEXT CHECK (a IN ('a', 'b'))); INSERT INTO n (a) SELECT CASE a WHEN 'bee' THEN 'b' WHEN 'c' THEN 'a' ELSE a END FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES ('c')",
        expected: &["t.a"],
    },
    Case {
        name: "bytes that were text come back",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            ("CREATE TABLE t (a TEXT)", "-- nothing"),
            (
                "CREATE TABLE n (a BLOB); INSERT INTO n (a) SELECT unhex(a, '-') FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a TEXT); INSERT INTO n (a) SELECT substr(hex(a), 1, 2) || '-' || substr(hex(a), 3) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (x'0102')",
        expected: &[],
    },
    Case {
        name: "bytes that are cut",
        dialect: Some(Dialect::Sqlite),
        revisions: &[
            ("CREATE TABLE t (a TEXT)", "-- nothing"),
            (
                "CREATE TABLE n (a BLOB); INSERT INTO n (a) SELECT unhex(a, '-') FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
                "CREATE TABLE n (a TEXT); INSERT INTO n (a) SELECT substr(hex(a), 1, 2) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (x'0102')",
        expected: &["t.a"],
    },
];

#[tokio::test]
async fn values_that_come_back_are_not_asked_for_on_sqlite() {
    let mut differences = Vec::new();
    for case in CASES {
        let mut connection = Connection::memory().await.expect("memory");
        differences.extend(difference(&mut connection, case, &RunOptions::default()).await);
    }
    assert!(differences.is_empty(), "{differences:#?}");
}
