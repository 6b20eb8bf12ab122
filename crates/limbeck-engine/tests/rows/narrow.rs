//! Downgrades that write over values, convert them or delete some rows: what is there now decides
//! whether they ask.

use limbeck::connection::Connection;
use limbeck::run::{Loss, RunErrorKind, RunOptions, downgrade, upgrade};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId, parse};

use super::place::scratch;
use crate::common::left_out::LeftOut;

/// A downgrade, and the values with which it asks and those with which it does not.
struct Case {
    name: &'static str,
    dialect: Option<Dialect>,
    /// The way to what there is before the downgrade, of which nothing is taken back.
    tables: &'static str,
    down: &'static str,
    /// Rows with which nothing is lost.
    kept: &'static [&'static str],
    /// Rows with which something is lost.
    lost: &'static [&'static str],
    /// What is named then.
    named: &'static [&'static str],
}

const POSTGRES: Option<Dialect> = Some(Dialect::Postgres);
const SQLITE: Option<Dialect> = Some(Dialect::Sqlite);

const CASES: &[Case] = &[
    Case {
        name: "a block in a plain string",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer)",
        down: "DO 'BEGIN DELETE FROM t; END'",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what a DO block changes or deletes"],
    },
    Case {
        name: "rows behind a view",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer); CREATE VIEW v AS SELECT c FROM t",
        down: "DELETE FROM v",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `DELETE FROM v` changes"],
    },
    Case {
        name: "values behind a view that is made on the way",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer)",
        down: "CREATE VIEW v AS SELECT c FROM t; UPDATE v SET c = NULL; DROP VIEW v",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `UPDATE v SET c = NULL` changes"],
    },
    Case {
        name: "a trigger that deletes",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer); CREATE TABLE o (c integer); CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM t; RETURN NULL; END'; CREATE TRIGGER z AFTER INSERT ON o FOR EACH ROW EXECUTE FUNCTION g()",
        down: "INSERT INTO o VALUES (1)",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `INSERT INTO o VALUES (1)` changes"],
    },
    Case {
        name: "a trigger that writes nothing",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer); CREATE TABLE o (c integer); CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.c := 1; RETURN NEW; END'; CREATE TRIGGER z BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION g()",
        down: "INSERT INTO o VALUES (1)",
        kept: &["INSERT INTO t VALUES (1)"],
        lost: &[],
        named: &[],
    },
    Case {
        name: "a rule that is made on the way",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer)",
        down: "CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM t; INSERT INTO t VALUES (2)",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `INSERT INTO t VALUES (2)` changes"],
    },
    Case {
        name: "a statement that is prepared",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer)",
        down: "PREPARE p AS DELETE FROM t; EXECUTE p",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `PREPARE p AS DELETE FROM t` changes"],
    },
    Case {
        name: "a statement that is explained by running it",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer)",
        down: "EXPLAIN ANALYZE DELETE FROM t",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `EXPLAIN ANALYZE DELETE FROM t` changes"],
    },
    Case {
        name: "an attribute of a composite type",
        dialect: POSTGRES,
        tables: "CREATE TYPE y AS (a integer, b integer); CREATE TABLE t (c y)",
        down: "ALTER TYPE y DROP ATTRIBUTE b",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (ROW(1, 2))"],
        named: &["what `ALTER TYPE y DROP ATTRIBUTE b` takes along"],
    },
    Case {
        name: "the schema table written by hand",
        dialect: SQLITE,
        tables: "CREATE TABLE t (c integer)",
        down: "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 't'; PRAGMA writable_schema = OFF",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `PRAGMA writable_schema = ON` allows"],
    },
    Case {
        name: "a trigger that deletes",
        dialect: SQLITE,
        tables: "CREATE TABLE t (c integer); CREATE TABLE o (c integer); CREATE TRIGGER z AFTER INSERT ON o BEGIN DELETE FROM t; END",
        down: "INSERT INTO o VALUES (1)",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `INSERT INTO o VALUES (1)` changes"],
    },
    Case {
        name: "a trigger of a view",
        dialect: SQLITE,
        tables: "CREATE TABLE t (c integer); CREATE VIEW v AS SELECT c FROM t; CREATE TRIGGER z INSTEAD OF DELETE ON v BEGIN DELETE FROM t; END",
        down: "DELETE FROM v",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `DELETE FROM v` changes"],
    },
    Case {
        name: "digits behind the point",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c numeric(12, 4))",
        down: "ALTER TABLE t ALTER COLUMN c TYPE numeric(10, 2)",
        kept: &["INSERT INTO t VALUES (1.23), (1.2300), (NULL)"],
        lost: &["INSERT INTO t VALUES (1.23), (1.2345)"],
        named: &["t.c"],
    },
    Case {
        name: "text that is cut",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c text)",
        down: "ALTER TABLE t ALTER c TYPE varchar(3) USING left(c, 3)",
        kept: &["INSERT INTO t VALUES ('abc'), ('')"],
        lost: &["INSERT INTO t VALUES ('abcd')"],
        named: &["t.c"],
    },
    Case {
        name: "spaces that are cut without a word",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c text)",
        down: "ALTER TABLE t ALTER c SET DATA TYPE varchar(3)",
        kept: &["INSERT INTO t VALUES ('abc')"],
        lost: &["INSERT INTO t VALUES ('ab   ')"],
        named: &["t.c"],
    },
    Case {
        name: "a time of day",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c timestamptz)",
        down: "ALTER TABLE t ALTER c TYPE date",
        kept: &["INSERT INTO t VALUES (date '2026-01-01')"],
        lost: &["INSERT INTO t VALUES ('2026-01-01 12:30:00')"],
        named: &["t.c"],
    },
    Case {
        name: "elements of an array",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer[])",
        down: "ALTER TABLE t ALTER c TYPE integer USING c[1]",
        kept: &["INSERT INTO t VALUES ('{1}')"],
        lost: &[
            "INSERT INTO t VALUES ('{1,2}')",
            "INSERT INTO t VALUES ('{}')",
        ],
        named: &["t.c"],
    },
    Case {
        name: "an array of what was one value",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c integer)",
        down: "ALTER TABLE t ALTER c TYPE integer[] USING ARRAY[c]",
        kept: &["INSERT INTO t VALUES (7)"],
        lost: &[],
        named: &[],
    },
    Case {
        name: "binary fractions",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c double precision)",
        down: "ALTER TABLE t ALTER c TYPE real",
        kept: &["INSERT INTO t VALUES (0.5)"],
        lost: &["INSERT INTO t VALUES (0.1)"],
        named: &["t.c"],
    },
    Case {
        name: "documents",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c json)",
        down: "ALTER TABLE t ALTER c TYPE jsonb",
        kept: &["INSERT INTO t VALUES ('{\"a\": 1}')"],
        lost: &["INSERT INTO t VALUES ('{\"a\":1, \"a\":2}')"],
        named: &["t.c"],
    },
    Case {
        name: "a document that keeps its words",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c jsonb)",
        down: "ALTER TABLE t ALTER c TYPE json",
        kept: &["INSERT INTO t VALUES ('{\"a\": [1]}')"],
        lost: &[],
        named: &[],
    },
    Case {
        name: "text that was a number",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c text)",
        down: "ALTER TABLE t ALTER c TYPE integer USING c::integer",
        kept: &["INSERT INTO t VALUES ('7')"],
        lost: &["INSERT INTO t VALUES ('007')"],
        named: &["t.c"],
    },
    Case {
        name: "a value of an enum that goes",
        dialect: POSTGRES,
        tables: "CREATE TYPE mood AS ENUM ('ok', 'bad', 'odd'); CREATE TABLE t (c mood)",
        down: "ALTER TYPE mood RENAME TO mood_before; CREATE TYPE mood AS ENUM ('ok', 'bad'); ALTER TABLE t ALTER c TYPE mood USING (CASE c::text WHEN 'odd' THEN 'bad' ELSE c::text END)::mood; DROP TYPE mood_before",
        kept: &["INSERT INTO t VALUES ('ok'), ('bad')"],
        lost: &["INSERT INTO t VALUES ('odd')"],
        named: &["t.c"],
    },
    Case {
        name: "several columns in one statement",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a numeric(8, 3), b numeric(8, 3), c numeric(8, 3))",
        down: "ALTER TABLE t ALTER a TYPE numeric(7, 2), ALTER COLUMN b SET DATA TYPE numeric(7, 2) USING round(b, 2), ALTER c DROP NOT NULL",
        kept: &["INSERT INTO t VALUES (1.25, 1.25, 1.255)"],
        lost: &["INSERT INTO t VALUES (1.255, 1.255, 1.255)"],
        named: &["t.a", "t.b"],
    },
    Case {
        name: "values that are written over",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER, b TEXT)",
        down: "UPDATE t SET b = 'x' WHERE a > 3",
        kept: &[
            "INSERT INTO t VALUES (1, 'y')",
            "INSERT INTO t VALUES (7, NULL)",
            "INSERT INTO t VALUES (7, 'x')",
        ],
        lost: &["INSERT INTO t VALUES (7, 'y')"],
        named: &["t.b"],
    },
    Case {
        name: "values that are shortened",
        dialect: None,
        tables: "CREATE TABLE t (b TEXT)",
        down: "UPDATE t SET b = substr(b, 1, 2)",
        kept: &["INSERT INTO t VALUES ('xy')"],
        lost: &["INSERT INTO t VALUES ('xyz')"],
        named: &["t.b"],
    },
    Case {
        name: "what is added can be taken away again",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER)",
        down: "UPDATE t SET a = a - 10; UPDATE t SET a = a + 3 WHERE a > 0",
        kept: &["INSERT INTO t VALUES (1), (7)"],
        lost: &[],
        named: &[],
    },
    Case {
        name: "another column is added",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER, b INTEGER)",
        down: "UPDATE t SET a = a + b",
        kept: &["INSERT INTO t VALUES (1, 0)"],
        lost: &["INSERT INTO t VALUES (1, 2)"],
        named: &["t.a"],
    },
    Case {
        name: "some rows",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER)",
        down: "DELETE FROM t AS x WHERE x.a > 3",
        kept: &["INSERT INTO t VALUES (1)"],
        lost: &["INSERT INTO t VALUES (1), (4)"],
        named: &["rows of t"],
    },
    Case {
        name: "rows that are marked before",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER, gone INTEGER)",
        down: "UPDATE t SET gone = 1; DELETE FROM t WHERE gone = 1",
        kept: &[],
        lost: &["INSERT INTO t VALUES (1, NULL)"],
        named: &["rows of t"],
    },
    Case {
        name: "rows that another table tells",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer); CREATE TABLE u (a integer)",
        down: "DELETE FROM t USING u WHERE t.a = u.a",
        kept: &[
            "INSERT INTO t VALUES (1)",
            "INSERT INTO t VALUES (1); INSERT INTO u VALUES (2)",
        ],
        lost: &["INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)"],
        named: &["rows of t"],
    },
    Case {
        name: "rows that are merged",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer); CREATE TABLE u (a integer)",
        down: "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
        kept: &["INSERT INTO u VALUES (1)"],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE` changes"],
    },
    Case {
        name: "rows that are only added",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer); CREATE TABLE u (a integer)",
        down: "MERGE INTO t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT VALUES (u.a)",
        kept: &["INSERT INTO t VALUES (1)"],
        lost: &[],
        named: &[],
    },
    Case {
        name: "rows that take the place of others",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)",
        down: "INSERT INTO t VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = 'x'",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1, 'y')"],
        named: &[
            "what `INSERT INTO t VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = 'x'` changes",
        ],
    },
    Case {
        name: "a statement within another",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer); CREATE TABLE u (a integer)",
        down: "WITH gone AS (DELETE FROM t RETURNING a) SELECT count(*) FROM gone",
        kept: &["INSERT INTO u VALUES (1)"],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &[
            "t",
            "what `WITH gone AS (DELETE FROM t RETURNING a) SELECT count(*) FROM gone` changes",
        ],
    },
    Case {
        name: "a function that may do anything",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer); CREATE FUNCTION clear() RETURNS void LANGUAGE sql AS $$ DELETE FROM t WHERE a > 3 $$",
        down: "SELECT clear()",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `SELECT clear()` changes"],
    },
    Case {
        name: "a procedure that is made on the way",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer)",
        down: "CREATE PROCEDURE clear() LANGUAGE sql AS $$ DELETE FROM t WHERE a > 3 $$; CALL clear(); DROP PROCEDURE clear()",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (1)"],
        named: &["what `CALL clear()` changes"],
    },
    Case {
        name: "functions that change nothing",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer); CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2'",
        down: "SELECT pg_sleep(0), twice(a), now() FROM t; SELECT set_config('search_path', 'public', true)",
        kept: &["INSERT INTO t VALUES (1)"],
        lost: &[],
        named: &[],
    },
    Case {
        name: "a block of code reaches the tables that it names",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (a integer); CREATE TABLE u (a integer)",
        down: "DO $x$ BEGIN IF random() < 2 THEN DELETE FROM t WHERE a = 1; END IF; END $x$",
        kept: &["INSERT INTO u VALUES (1)"],
        lost: &["INSERT INTO t VALUES (2)"],
        named: &["what a DO block changes or deletes"],
    },
    Case {
        name: "a rebuilt table leaves a column out without a word",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER, b TEXT)",
        down: "CREATE TABLE new (a INTEGER); INSERT INTO new (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
        kept: &["INSERT INTO t VALUES (1, NULL)"],
        lost: &["INSERT INTO t VALUES (1, 'x')"],
        named: &["t.b"],
    },
    Case {
        name: "a rebuilt table leaves rows out",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER)",
        down: "CREATE TABLE new (a INTEGER); INSERT INTO new (a) SELECT a FROM t WHERE a > 3; DROP TABLE t; ALTER TABLE new RENAME TO t",
        kept: &["INSERT INTO t VALUES (4)"],
        lost: &[
            "INSERT INTO t VALUES (4), (1)",
            "INSERT INTO t VALUES (NULL)",
        ],
        named: &["rows of t"],
    },
    Case {
        name: "a rebuilt table converts with a cast",
        dialect: SQLITE,
        tables: "CREATE TABLE t (a REAL, b TEXT)",
        down: "CREATE TABLE new (a INTEGER, b INTEGER); INSERT INTO new (a, b) SELECT CAST(a AS INTEGER), CAST(b AS INTEGER) FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
        kept: &["INSERT INTO t VALUES (1.0, '7')"],
        lost: &["INSERT INTO t VALUES (1.5, '007')"],
        named: &["t.a", "t.b"],
    },
    Case {
        name: "a rebuilt table converts by the type of its column",
        dialect: SQLITE,
        tables: "CREATE TABLE t (b TEXT)",
        down: "CREATE TABLE new (b NUMERIC); INSERT INTO new (b) SELECT b FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
        kept: &[
            "INSERT INTO t VALUES ('7')",
            "INSERT INTO t VALUES ('2026-01-01'), ('x')",
        ],
        lost: &["INSERT INTO t VALUES ('1.50')"],
        named: &["t.b"],
    },
    Case {
        name: "a rebuilt table gives a column another name",
        dialect: None,
        tables: "CREATE TABLE t (a INTEGER, b TEXT)",
        down: "CREATE TABLE new (c INTEGER, b TEXT); INSERT INTO new SELECT a, b FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t;\n-- step\nALTER TABLE t DROP COLUMN c",
        kept: &["INSERT INTO t VALUES (NULL, 'x')"],
        lost: &["INSERT INTO t VALUES (1, 'x')"],
        named: &["t.a"],
    },
    Case {
        name: "a table without rows asks nothing",
        dialect: POSTGRES,
        tables: "CREATE TABLE t (c numeric(12, 4))",
        down: "UPDATE t SET c = 1; ALTER TABLE t ALTER c TYPE text USING 'x'; DELETE FROM t WHERE c = 'y'; TRUNCATE t; DO $x$ BEGIN EXECUTE 'DELETE FROM t'; END $x$",
        kept: &[""],
        lost: &["INSERT INTO t VALUES (2)"],
        named: &["t", "what a DO block changes or deletes"],
    },
];

fn graph(case: &Case) -> Graph {
    let texts = [
        format!(
            "-- One\n--\n-- revision: r0\n-- parents: none\n\n-- upgrade\n{}\n\n-- downgrade\n-- nothing\n",
            case.tables
        ),
        format!(
            "-- Two\n--\n-- revision: r1\n-- parents: r0\n\n-- upgrade\nSELECT 1\n\n-- downgrade\n{}\n",
            case.down
        ),
    ];
    let revisions = texts.iter().enumerate().map(|(number, text)| {
        let file = format!("r{number}.sql");
        (
            parse(text, &file).unwrap_or_else(|error| panic!("{}: {error}", case.name)),
            file,
        )
    });
    Graph::new(revisions.collect()).expect("fits")
}

/// What a downgrade asks for with these rows; what it says is what it is refused with.
async fn asked(connection: &mut Connection, case: &Case, rows: &str) -> Vec<String> {
    let name = case.name;
    let graph = graph(case);
    let heads: Vec<RevisionId> = graph.heads().into_iter().cloned().collect();
    let options = RunOptions::default();
    upgrade(connection, &graph, &heads, &options, &mut |_| {})
        .await
        .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    connection
        .batch(rows)
        .await
        .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let target = limbeck_core::revision::DowngradeTarget::to(["r0".parse().expect("an id")]);
    let outcome = downgrade(connection, &graph, &target, &options, &mut |_| {}).await;
    let objects = match outcome {
        Ok(_) => return Vec::new(),
        Err(error) => match error.kind() {
            RunErrorKind::WouldLose { objects } => objects.clone(),
            error => panic!("{name} with {rows}: {error:?}"),
        },
    };
    let accept = RunOptions {
        loss: Loss::Accept,
        ..options
    };
    downgrade(connection, &graph, &target, &accept, &mut |_| {})
        .await
        .unwrap_or_else(|error| panic!("{name} with {rows}: {error:?}"));
    objects
}

fn trials(dialect: Dialect) -> impl Iterator<Item = (&'static Case, &'static str, Vec<String>)> {
    let cases = CASES
        .iter()
        .filter(move |case| case.dialect.is_none_or(|own| own == dialect));
    cases.flat_map(|case| {
        let named: Vec<String> = case.named.iter().map(|name| (*name).to_owned()).collect();
        let kept = case.kept.iter().map(move |rows| (case, *rows, Vec::new()));
        let lost = case
            .lost
            .iter()
            .map(move |rows| (case, *rows, named.clone()));
        kept.chain(lost)
    })
}

#[tokio::test]
async fn values_that_would_go_are_asked_for_on_sqlite() {
    let mut differences = Vec::new();
    for (case, rows, named) in trials(Dialect::Sqlite) {
        let mut connection = Connection::memory().await.expect("memory");
        let found = asked(&mut connection, case, rows).await;
        if found != named {
            differences.push(format!("{} with {rows}: {found:?}", case.name));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[tokio::test]
async fn values_that_would_go_are_asked_for_on_postgres() {
    let mut server = scratch("narrow").await;
    let mut differences = Vec::new();
    let mut left_out = LeftOut::default();
    for (case, rows, named) in trials(Dialect::Postgres) {
        let version = Some(server.server_version());
        let text = format!("{};\n{}", case.tables, case.down);
        if left_out.note(version, case.name, &text).is_some() {
            continue;
        }
        let database = server
            .create_database("narrow", None)
            .await
            .expect("a database");
        let mut connection = database.connect().await.expect("connects");
        let found = asked(&mut connection, case, rows).await;
        if found != named {
            differences.push(format!("{} with {rows}: {found:?}", case.name));
        }
        connection.close().await.expect("is closed");
        server
            .drop_database(&database.name)
            .await
            .expect("is dropped");
    }
    left_out.tell();
    server.close().await.expect("stops");
    assert!(differences.is_empty(), "{differences:#?}");
}
