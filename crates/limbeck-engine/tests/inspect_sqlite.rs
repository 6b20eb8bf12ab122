//! What SQLite is told, and what inspection says that it holds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use limbeck::connection::Connection;
use limbeck_core::schema::{QualifiedName, Schema};
use limbeck_engine::inspect::{InspectOptions, inspect, residue, residue_difference};

use crate::common::facts::{facts, pairs};

async fn inspected(sql: &str) -> Schema {
    let mut connection = Connection::memory().await.unwrap();
    connection.batch(sql).await.unwrap();
    inspect(&mut connection, &InspectOptions::default())
        .await
        .unwrap_or_else(|error| panic!("{error:?}: {sql}"))
}

/// SQL, and the facts of table `t` (and what else is in the schema).
const TABLE: &[(&str, &str)] = &[
    ("CREATE TABLE t (a)", "a: ``"),
    (
        "CREATE TABLE t (a integer, b  double   precision)",
        "a: `INTEGER`; b: `DOUBLE PRECISION`",
    ),
    (
        "create table if not exists main.t (a varchar ( 20 ), b numeric(10,2))",
        "a: `VARCHAR(20)`; b: `NUMERIC(10, 2)`",
    ),
    (
        "CREATE TEMP TABLE other (x); CREATE TABLE t (a INT)",
        "a: `INT`",
    ),
    (
        "CREATE TABLE \"t\" (\"a b\" TEXT, [c d] INT, `e``f` REAL, 'g''h' BLOB)",
        "a b: `TEXT`; c d: `INT`; e`f: `REAL`; g'h: `BLOB`",
    ),
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY)",
        "a: `INTEGER` not null; t_pkey: primary key (a)",
    ),
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
        "a: `INTEGER` not null by default as identity; t_pkey: primary key (a)",
    ),
    (
        "CREATE TABLE t (a INTEGER, PRIMARY KEY (A AUTOINCREMENT))",
        "a: `INTEGER` not null by default as identity; t_pkey: primary key (a)",
    ),
    (
        "CREATE TABLE t (a INTEGER CONSTRAINT k PRIMARY KEY ASC ON CONFLICT REPLACE AUTOINCREMENT)",
        "a: `INTEGER` not null by default as identity; k: primary key (a) on conflict REPLACE",
    ),
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY DESC)",
        "a: `INTEGER`; t_pkey: PRIMARY KEY (a DESC)",
    ),
    (
        "CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC))",
        "a: `INTEGER` not null; t_pkey: PRIMARY KEY (a DESC)",
    ),
    (
        "CREATE TABLE t (a INT PRIMARY KEY)",
        "a: `INT`; t_pkey: primary key (a)",
    ),
    (
        "CREATE TABLE t (a TEXT PRIMARY KEY NOT NULL)",
        "a: `TEXT` not null; t_pkey: primary key (a)",
    ),
    (
        "CREATE TABLE t (a TEXT, b INTEGER NOT NULL, PRIMARY KEY (a, b))",
        "a: `TEXT`; b: `INTEGER` not null; t_pkey: primary key (a, b)",
    ),
    (
        "CREATE TABLE t (a TEXT PRIMARY KEY) STRICT",
        "strict; a: `TEXT` not null; t_pkey: primary key (a)",
    ),
    (
        "CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT) WITHOUT ROWID, STRICT",
        "strict; without rowid; a: `TEXT` not null; b: `TEXT`; t_pkey: primary key (a)",
    ),
    (
        "CREATE TABLE t (a INT, b INT, CONSTRAINT k PRIMARY KEY (b, a) ON CONFLICT IGNORE)",
        "a: `INT`; b: `INT`; k: primary key (b, a) on conflict IGNORE",
    ),
    (
        "CREATE TABLE t (a INT NOT NULL ON CONFLICT IGNORE, b INT NULL, c INT CONSTRAINT nn NOT NULL)",
        "a: `INT` not null on conflict IGNORE; b: `INT`; c: `INT` not null",
    ),
    (
        "CREATE TABLE t (a INT NOT NULL ON CONFLICT ABORT)",
        "a: `INT` not null",
    ),
    (
        "CREATE TABLE t (a INT UNIQUE, b INT CONSTRAINT u UNIQUE ON CONFLICT FAIL)",
        "a: `INT`; b: `INT`; t_a_key: unique (a); u: unique (b) on conflict FAIL",
    ),
    (
        "CREATE TABLE t (a INT UNIQUE, UNIQUE (a), UNIQUE (a COLLATE NOCASE, b DESC), b)",
        "error",
    ),
    (
        "CREATE TABLE t (a INT UNIQUE, b, UNIQUE (a), UNIQUE (a COLLATE NOCASE, b DESC))",
        "a: `INT`; b: ``; t_a_b_key: UNIQUE (a COLLATE \"NOCASE\", b DESC); t_a_key: unique (a); t_a_key1: unique (a)",
    ),
    (
        "CREATE TABLE t (a INT CONSTRAINT t_b_key UNIQUE, b INT UNIQUE)",
        "a: `INT`; b: `INT`; t_b_key: unique (a); t_b_key1: unique (b)",
    ),
    (
        "CREATE TABLE t (a INT CHECK (a > 0), CHECK ((b < ')') AND (a <> 1)), b TEXT)",
        "error",
    ),
    (
        "CREATE TABLE t (a INT CHECK (a > 0), b TEXT, CHECK ((b < ')') AND (a <> 1)))",
        "a: `INT`; b: `TEXT`; t_a_check: check a > 0; t_b_check: check (b < ')') AND (a <> 1)",
    ),
    (
        "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a IN (1, 2)) ON CONFLICT ROLLBACK, CHECK (1))",
        "a: `INT`; c: check a IN (1, 2); t_check: check 1",
    ),
    (
        "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0), CONSTRAINT c CHECK (a < 9))",
        "a: `INT`; c: check a > 0; c1: check a < 9",
    ),
    (
        "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0) CONSTRAINT d CHECK (a < 9) UNIQUE (a))",
        "a: `INT`; c: check a > 0; d: check a < 9; t_a_key: unique (a)",
    ),
    (
        "CREATE TABLE t (a TEXT CONSTRAINT status CHECK (a IN ('x', 'y''z')))",
        "a: enum status; enum status: x, y'z",
    ),
    (
        "CREATE TABLE t (a TEXT NOT NULL DEFAULT 'x' CONSTRAINT s CHECK (a IN ('x', 'y')), b TEXT CONSTRAINT s CHECK (b IN ('x', 'y')), c TEXT CONSTRAINT s CHECK (c IN ('z')))",
        "a: enum s not null default 'x'; b: enum s; c: `TEXT`; s: check c IN ('z'); enum s: x, y",
    ),
    (
        "CREATE TABLE t (a TEXT CHECK (a IN ('x')), b INT CONSTRAINT s CHECK (b IN ('x')))",
        "a: `TEXT`; b: `INT`; s: check b IN ('x'); t_a_check: check a IN ('x')",
    ),
    (
        "CREATE TABLE t (a DEFAULT 1, b DEFAULT -1, c DEFAULT + 1.5e3, d DEFAULT 'it''s', e DEFAULT x'00')",
        "a: `` default 1; b: `` default -1; c: `` default 1.5e3; d: `` default 'it''s'; e: `` default x'00'",
    ),
    (
        "CREATE TABLE t (a TEXT DEFAULT CURRENT_TIMESTAMP NOT NULL, b DEFAULT NULL, c DEFAULT true)",
        "a: `TEXT` not null default CURRENT_TIMESTAMP; b: ``; c: `` default true",
    ),
    (
        "CREATE TABLE t (a TEXT DEFAULT (datetime('now')), b DEFAULT ((1) + (2)), c DEFAULT \"x\")",
        "a: `TEXT` default datetime('now'); b: `` default (1) + (2); c: `` default 'x'",
    ),
    (
        "CREATE TABLE t (a DEFAULT pending, b DEFAULT [a b], c DEFAULT `it's`, d DEFAULT (\"true\"), e DEFAULT key)",
        "error",
    ),
    (
        "CREATE TABLE t (a DEFAULT pending, b DEFAULT [a b], c DEFAULT `it's`, d DEFAULT \"true\", e DEFAULT key, f DEFAULT FALSE, g DEFAULT 0x1F, h DEFAULT -9223372036854775808)",
        "a: `` default 'pending'; b: `` default 'a b'; c: `` default 'it''s'; d: `` default 'true'; e: `` default 'key'; f: `` default FALSE; g: `` default 0x1F; h: `` default -9223372036854775808",
    ),
    (
        "CREATE TABLE t (a TEXT CONSTRAINT c CHECK (a <> \"no\" AND \"A\" <> \"it's\"), b TEXT AS (a || \"!\"), s TEXT CONSTRAINT status CHECK (s IN (\"x\", \"y\")));
         CREATE INDEX i ON t (a || \"?\") WHERE rowid > \"0\"",
        "a: `TEXT`; b: `TEXT` virtual a || '!'; s: enum status; c: check a <> 'no' AND \"A\" <> 'it''s'; index i: (a || '?') where rowid > '0'; enum status: x, y",
    ),
    (
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT COLLATE \"binary\")",
        "a: `TEXT` collate NOCASE; b: `TEXT` collate binary",
    ),
    (
        "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c AS (a || ')') VIRTUAL, d INT AS (a))",
        "a: `INT`; b: `INT` stored a * 2; c: `` virtual a || ')'; d: `INT` virtual a",
    ),
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p)",
        "a: `INT`; t_a_fkey: foreign key (a) references p (id)",
    ),
    (
        "CREATE TABLE t (a INT REFERENCES nowhere)",
        "a: `INT`; t_a_fkey: foreign key (a) references nowhere ()",
    ),
    (
        "CREATE TABLE P (Id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p (ID) ON DELETE SET NULL ON UPDATE CASCADE MATCH FULL DEFERRABLE INITIALLY DEFERRED)",
        "a: `INT`; t_a_fkey: foreign key (a) references P (Id) on delete SetNull on update Cascade match full InitiallyDeferred",
    ),
    (
        "CREATE TABLE t (a INT REFERENCES t (a) NOT DEFERRABLE INITIALLY IMMEDIATE NOT NULL)",
        "a: `INT` not null; t_a_fkey: foreign key (a) references t (a)",
    ),
    (
        "CREATE TABLE t (a INT REFERENCES t (a) NOT NULL DEFERRABLE)",
        "a: `INT` not null; t_a_fkey: foreign key (a) references t (a) InitiallyImmediate",
    ),
    (
        "CREATE TABLE t (a, b, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES t (b, a) ON UPDATE RESTRICT ON DELETE NO ACTION)",
        "a: ``; b: ``; f: foreign key (a, b) references t (b, a) on update Restrict",
    ),
    (
        "CREATE TABLE t (a -- the, first)\n , /* ) */ b INT -- last\n)",
        "a: ``; b: `INT`",
    ),
    (
        "CREATE TABLE t (a INT); ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT '' CHECK (b <> 'x')",
        "a: `INT`; b: `TEXT` not null default ''; t_b_check: check b <> 'x'",
    ),
    (
        "CREATE TABLE u (a INT CHECK (a > 0)); ALTER TABLE u RENAME TO t; ALTER TABLE t RENAME COLUMN a TO \"b c\"",
        "b c: `INT`; t_b c_check: check \"b c\" > 0",
    ),
    (
        "CREATE TABLE x (a INT, b TEXT); CREATE TABLE t AS SELECT a, b, a + 1 AS \"c d\" FROM x",
        "a: `INT`; b: `TEXT`; c d: ``",
    ),
    (
        "CREATE TABLE t (\"primary\" INT, \"check\" TEXT, generated INT, always TEXT, key, action, strict)",
        "primary: `INT`; check: `TEXT`; generated: `INT`; always: `TEXT`; key: ``; action: ``; strict: ``",
    ),
    (
        "CREATE TABLE t (a CONSTRAINT lonely, b INT CONSTRAINT x CONSTRAINT y UNIQUE)",
        "a: ``; b: `INT`; y: unique (b)",
    ),
    (
        "CREATE TABLE t (a \"long type\" (3), b UNSIGNED BIG INT, c any)",
        "a: `\"LONG TYPE\"(3)`; b: `UNSIGNED BIG INT`; c: `ANY`",
    ),
    (
        "CREATE TABLE t (a INT); CREATE UNIQUE INDEX i ON t (A DESC, lower(a), (a || 'x') COLLATE NOCASE ASC, \"a\" COLLATE rtrim) WHERE (a > 0)",
        "a: `INT`; index i: unique a DESC, (lower(a)), (a || 'x') collate NOCASE, a collate rtrim where a > 0",
    ),
    (
        "CREATE TABLE t (a INT); CREATE INDEX IF NOT EXISTS main.[odd i] ON \"t\" ([a], a IN (1, 2))",
        "a: `INT`; index odd i: a, (a IN (1, 2))",
    ),
    (
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT 1; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
        "a: ``; trigger g on t; view v",
    ),
    (
        "CREATE TABLE t (a); CREATE VIRTUAL TABLE f USING fts5(b)",
        "a: ``; virtual table f",
    ),
    (
        "CREATE TABLE t (a); CREATE INDEX i ON t (a); ANALYZE",
        "a: ``; index i: a",
    ),
];

#[tokio::test]
async fn each_statement_gives_its_facts() {
    let mut failures = Vec::new();
    for (sql, expected) in TABLE {
        let mut connection = Connection::memory().await.unwrap();
        if *expected == "error" {
            assert!(connection.batch(sql).await.is_err(), "{sql}");
            continue;
        }
        connection.batch(sql).await.unwrap();
        let schema = inspect(&mut connection, &InspectOptions::default())
            .await
            .unwrap_or_else(|error| panic!("{error:?}: {sql}"));
        let found = facts(&schema, "t");
        if found != *expected {
            failures.push(format!("{sql}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn ignored_tables_are_left_out() {
    let sql = "CREATE TABLE history (v PRIMARY KEY); CREATE INDEX hi ON history (v);\
        CREATE TRIGGER g AFTER INSERT ON history BEGIN SELECT 1; END";
    let mut connection = Connection::memory().await.unwrap();
    connection.batch(sql).await.unwrap();
    let options = InspectOptions {
        ignore: [QualifiedName::new("history")].into(),
        ..InspectOptions::default()
    };
    let schema = inspect(&mut connection, &options).await.unwrap();
    assert_eq!(schema, Schema::default());
    assert!(residue(&mut connection, &options).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_case_is_read() {
    for sql in pairs("sqlite") {
        let mut connection = Connection::memory().await.unwrap();
        if connection.batch(&sql).await.is_err() {
            continue;
        }
        let schema = inspect(&mut connection, &InspectOptions::default()).await;
        schema.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
        residue(&mut connection, &InspectOptions::default())
            .await
            .unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    }
}

#[tokio::test]
async fn an_enum_is_shared_by_tables_in_the_order_of_their_names() {
    let schema = inspected(
        "CREATE TABLE b (x TEXT CONSTRAINT s CHECK (x IN ('1')));\
         CREATE TABLE a (x TEXT CONSTRAINT s CHECK (x IN ('2')))",
    )
    .await;
    assert_eq!(schema.enums[&QualifiedName::new("s")].values, ["2"]);
}

/// Two databases and whether their residues are equal.
const RESIDUES: &[(&str, &str, &[&str])] = &[
    (
        "CREATE TABLE t (a INT, b INT)",
        "CREATE TABLE \"t\" ([b] int, a   INT)",
        &[],
    ),
    (
        "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0))",
        "CREATE TABLE t (a INT CHECK ((A > 0)))",
        &[],
    ),
    (
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (a TEXT)",
        &["column t.a"],
    ),
    (
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (a INT DEFAULT 1)",
        &["column t.a"],
    ),
    (
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (a INT CHECK (a > 0))",
        &["table t: check"],
    ),
    (
        "CREATE TABLE t (a INT)",
        "CREATE TABLE t (a INT) STRICT",
        &["table t"],
    ),
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
        &["table t: autoincrement"],
    ),
    (
        "CREATE TABLE t (a TEXT)",
        "CREATE TABLE t (a TEXT COLLATE NOCASE)",
        &["table t: collate"],
    ),
    (
        "CREATE TABLE t (a, b AS (a))",
        "CREATE TABLE t (a, b AS (a + 1))",
        &["table t: generated"],
    ),
    (
        "CREATE TABLE t (a UNIQUE)",
        "CREATE TABLE t (a UNIQUE ON CONFLICT IGNORE)",
        &["table t: on conflict"],
    ),
    (
        "CREATE TABLE t (a REFERENCES t (a))",
        "CREATE TABLE t (a REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)",
        &["table t: deferrable"],
    ),
    (
        "CREATE TABLE t (a, FOREIGN KEY (a) REFERENCES t (a))",
        "CREATE TABLE t (a REFERENCES t (a) ON DELETE CASCADE)",
        &["foreign keys of t"],
    ),
    (
        "CREATE TABLE t (a); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a); CREATE INDEX i ON t (a DESC)",
        &["index i"],
    ),
    (
        "CREATE TABLE t (a); CREATE INDEX i ON t (a) WHERE a > 0",
        "CREATE TABLE t (a); CREATE INDEX i ON t (a) WHERE a > 1",
        &["index i"],
    ),
    (
        "CREATE TABLE t (a UNIQUE)",
        "CREATE TABLE t (a)",
        &["unique keys of t"],
    ),
    (
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT 2",
        &["view v"],
    ),
    (
        "CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE TABLE t (a)",
        &["trigger on t: g"],
    ),
    (
        "CREATE TABLE t (a DEFAULT pending, b DEFAULT TRUE, c DEFAULT 0x10, d DEFAULT NULL, e DEFAULT +1.50)",
        "CREATE TABLE t (a DEFAULT 'pending', b DEFAULT 1, c DEFAULT 16, d, e DEFAULT (1.5))",
        &[],
    ),
    (
        "CREATE TABLE t (a DEFAULT pending)",
        "CREATE TABLE t (a DEFAULT 'Pending')",
        &["column t.a"],
    ),
    (
        "CREATE TABLE t (a CHECK (a <> \"b\"), c AS (a || \"d\")); CREATE INDEX i ON t (a || \"e\")",
        "CREATE TABLE t (a CHECK (a <> 'b'), c AS (a || 'd')); CREATE INDEX \"i\" ON \"t\" (\"a\" || 'e')",
        &[],
    ),
    (
        "CREATE TABLE t (a TEXT PRIMARY KEY)",
        "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY)",
        &["column t.a"],
    ),
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY)",
        "CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY)",
        &[],
    ),
    (
        "CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
        &[],
    ),
    (
        "CREATE TABLE t (a TEXT PRIMARY KEY) STRICT",
        "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY) STRICT",
        &[],
    ),
];

#[tokio::test]
async fn residues_differ_where_databases_do() {
    for (before, after, expected) in RESIDUES {
        let mut residues = Vec::new();
        for sql in [before, after] {
            let mut connection = Connection::memory().await.unwrap();
            connection.batch(sql).await.unwrap();
            let options = InspectOptions::default();
            residues.push(residue(&mut connection, &options).await.unwrap());
        }
        let found = residue_difference(&residues[0], &residues[1]);
        assert_eq!(found.len(), expected.len(), "{after}: {found:?}");
        for (line, key) in found.iter().zip(*expected) {
            assert!(line.starts_with(&format!("`{key}`")), "{after}: {line}");
        }
    }
}
