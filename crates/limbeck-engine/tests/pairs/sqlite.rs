//! Pairs on SQLite.

use super::walk::{PAIR, Pair};

pub(super) const PAIRS: &[Pair<'static>] = &[
    Pair {
        name: "a check that names its table stands in the way of a rebuild",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, CHECK (t.a > 0))",
        data: "INSERT INTO t (a) VALUES (1)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, CHECK (t.a > 0))",
        fails: Some("leave the table's name out of it"),
        ..PAIR
    },
    Pair {
        name: "a rebuild keeps the counter that is ahead of the rows",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER)",
        data: "INSERT INTO t (a) VALUES (1), (2), (3); DELETE FROM t WHERE id > 1; UPDATE sqlite_sequence SET seq = 40",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL)",
        probes: &[("SELECT name, seq FROM sqlite_sequence", "t,40", "t,40")],
        ..PAIR
    },
    Pair {
        name: "a rebuild keeps the counter of an empty table",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER)",
        data: "INSERT INTO t (a) VALUES (1), (2), (3); DELETE FROM t",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)",
        probes: &[("SELECT name, seq FROM sqlite_sequence", "t,3", "t,3")],
        ..PAIR
    },
    Pair {
        name: "autoincrement comes and goes",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)",
        data: "INSERT INTO t (id, a) VALUES (7, 1)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER)",
        probes: &[
            ("SELECT id, a FROM t", "7,1", "7,1"),
            ("SELECT name, seq FROM sqlite_sequence", "t,7", ""),
        ],
        ..PAIR
    },
    Pair {
        name: "autoincrement with a conflict clause on its key",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT, a INTEGER)",
        data: "INSERT INTO t (id, a) VALUES (7, 1)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT, a TEXT)",
        ..PAIR
    },
    Pair {
        name: "triggers and views survive a rebuild",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); CREATE TABLE log (x); CREATE VIEW v AS SELECT id, a FROM t; \
            CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a); END; \
            CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END; \
            CREATE TRIGGER other AFTER DELETE ON log BEGIN DELETE FROM t; END",
        data: "INSERT INTO v (a) VALUES (1)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE log (x); CREATE VIEW v AS SELECT id, a FROM t; \
            CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a); END; \
            CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END; \
            CREATE TRIGGER other AFTER DELETE ON log BEGIN DELETE FROM t; END",
        probes: &[("SELECT x FROM log", "1", "1")],
        ..PAIR
    },
    Pair {
        name: "a column is renamed and the table rebuilt under a trigger",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, n INTEGER); CREATE TABLE log (x); CREATE VIEW v AS SELECT a FROM t; \
            CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN INSERT INTO log VALUES (NEW.a); END",
        data: "INSERT INTO t (a, n) VALUES (1, 2)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, b INTEGER, n TEXT); CREATE TABLE log (x); CREATE VIEW v AS SELECT b FROM t; \
            CREATE TRIGGER g AFTER UPDATE OF b ON t BEGIN INSERT INTO log VALUES (NEW.b); END",
        answers: &["--rename t.a:b"],
        probes: &[("SELECT b, n FROM t", "1,2", "")],
        ..PAIR
    },
    Pair {
        name: "a table is renamed and rebuilt under a trigger",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); CREATE TABLE log (x); \
            CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO log SELECT a FROM t; END",
        data: "INSERT INTO t (a) VALUES (1)",
        new: "CREATE TABLE u (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE log (x); \
            CREATE TRIGGER g AFTER UPDATE ON u BEGIN INSERT INTO log SELECT a FROM u; END",
        answers: &["--rename t:u"],
        ..PAIR
    },
    Pair {
        name: "strict and without rowid come and go",
        old: "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, a INTEGER) STRICT; CREATE INDEX i ON t (a DESC) WHERE a > 0",
        data: "INSERT INTO t VALUES ('x', 1), ('y', 2)",
        new: "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, a INTEGER) WITHOUT ROWID; CREATE INDEX i ON t (a DESC) WHERE a > 0",
        probes: &[("SELECT id, a FROM t ORDER BY id", "x,1;y,2", "x,1;y,2")],
        ..PAIR
    },
    Pair {
        name: "row numbers are kept",
        old: "CREATE TABLE t (id TEXT PRIMARY KEY, a INTEGER)",
        data: "INSERT INTO t (rowid, id, a) VALUES (5, 'x', 1), (90, 'y', 2)",
        new: "CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT)",
        probes: &[("SELECT rowid FROM t ORDER BY 1", "5;90", "5;90")],
        ..PAIR
    },
    Pair {
        name: "a column that is called like the row number",
        old: "CREATE TABLE t (\"RowID\" TEXT, a INTEGER)",
        data: "INSERT INTO t (\"RowID\", a) VALUES ('x', 1), ('y', 2)",
        new: "CREATE TABLE t (\"RowID\" TEXT, a TEXT)",
        probes: &[("SELECT \"RowID\" FROM t ORDER BY 1", "x;y", "x;y")],
        ..PAIR
    },
    Pair {
        name: "children under ON DELETE CASCADE outlive their parent's rebuild",
        old: "CREATE TABLE p (id INTEGER PRIMARY KEY, a INTEGER); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE)",
        data: "INSERT INTO p VALUES (1, 2); INSERT INTO c VALUES (3, 1)",
        new: "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT NOT NULL); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE)",
        probes: &[("SELECT * FROM c", "3,1", "3,1")],
        ..PAIR
    },
    Pair {
        name: "a table that references itself is rebuilt",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t ON DELETE CASCADE, a INTEGER)",
        data: "INSERT INTO t VALUES (1, NULL, 1), (2, 1, 2)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t ON DELETE CASCADE, a TEXT)",
        probes: &[(
            "SELECT id, up FROM t ORDER BY id",
            "1,null;2,1",
            "1,null;2,1",
        )],
        ..PAIR
    },
    Pair {
        name: "a table that references itself is dropped",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t ON DELETE RESTRICT)",
        data: "INSERT INTO t VALUES (1, NULL), (2, 1), (3, 3)",
        new: "CREATE TABLE u (a)",
        ..PAIR
    },
    Pair {
        name: "a parent goes and its children stay",
        old: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE)",
        data: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (3, 1)",
        new: "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER)",
        probes: &[("SELECT * FROM c", "3,1", "")],
        back_fails: Some("no row references a missing row"),
        ..PAIR
    },
    Pair {
        name: "a parent goes with the column of its children",
        old: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE)",
        data: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (3, 1)",
        new: "CREATE TABLE c (id INTEGER PRIMARY KEY)",
        probes: &[("SELECT id FROM c", "3", "3")],
        ..PAIR
    },
    Pair {
        name: "a foreign key that rows violate fails by itself",
        old: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER)",
        data: "INSERT INTO c VALUES (3, 1)",
        new: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p)",
        fails: Some("no row references a missing row"),
        ..PAIR
    },
    Pair {
        name: "computed columns are computed again",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED, c INTEGER AS (a + 1)); CREATE INDEX i ON t (b); CREATE INDEX e ON t (a + c)",
        data: "INSERT INTO t (a) VALUES (4)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a REAL, b INTEGER GENERATED ALWAYS AS (a * 3) STORED, c INTEGER AS (a + 1)); CREATE INDEX i ON t (b); CREATE INDEX e ON t (a + c)",
        probes: &[("SELECT b, c FROM t", "12,5", "8,5")],
        ..PAIR
    },
    Pair {
        name: "a computed column becomes a plain one",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER AS (a * 2), c INTEGER AS (a * 3) STORED)",
        data: "INSERT INTO t (a) VALUES (4)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER)",
        probes: &[("SELECT a, b, c FROM t", "4,8,12", "4,8,12")],
        ..PAIR
    },
    Pair {
        name: "names that need quotes",
        old: "CREATE TABLE \"Order Details\" (\"group\" INTEGER PRIMARY KEY, \"Sel\"\"ect\" INTEGER, \"two words\" TEXT DEFAULT 'a''b', CHECK (\"Sel\"\"ect\" > 0)); CREATE INDEX \"my index\" ON \"Order Details\" (\"two words\" COLLATE NOCASE)",
        data: "INSERT INTO \"Order Details\" VALUES (1, 2, 'x')",
        new: "CREATE TABLE \"Order Details\" (\"group\" INTEGER PRIMARY KEY, \"Sel\"\"ect\" TEXT, \"two words\" TEXT DEFAULT 'a''c', CHECK (\"Sel\"\"ect\" > 1)); CREATE INDEX \"my index\" ON \"Order Details\" (\"two words\" COLLATE NOCASE DESC)",
        ..PAIR
    },
    Pair {
        name: "names in capitals",
        old: "CREATE TABLE Tasks (Id INTEGER PRIMARY KEY AUTOINCREMENT, Title TEXT, CHECK (length(Title) > 0)); CREATE INDEX Ix ON Tasks (Title)",
        data: "INSERT INTO Tasks (Title) VALUES ('x'); UPDATE sqlite_sequence SET seq = 9",
        new: "CREATE TABLE Tasks (Id INTEGER PRIMARY KEY AUTOINCREMENT, Title VARCHAR(9) NOT NULL, CHECK (length(Title) > 0)); CREATE INDEX Ix ON Tasks (Title)",
        probes: &[("SELECT seq FROM sqlite_sequence", "9", "9")],
        ..PAIR
    },
    Pair {
        name: "the check of an enum changes along with a column",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT NOT NULL DEFAULT 'a' CONSTRAINT status CHECK (s IN ('a', 'b')), n INTEGER); CREATE INDEX i ON t (s) WHERE s = 'a'",
        data: "INSERT INTO t VALUES (1, 'a', 2), (2, 'b', 3)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT NOT NULL DEFAULT 'c' CONSTRAINT status CHECK (s IN ('c', 'b')), n TEXT); CREATE INDEX i ON t (s) WHERE s = 'c'",
        answers: &["--rename status.a:c"],
        probes: &[("SELECT s FROM t ORDER BY id", "c;b", "a;b")],
        ..PAIR
    },
    Pair {
        name: "an enum is renamed, and a table with it",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT CONSTRAINT status CHECK (s IN ('a', 'b'))); CREATE TABLE w (s TEXT CONSTRAINT status CHECK (s IN ('a', 'b')))",
        data: "INSERT INTO t VALUES (1, 'a'); INSERT INTO w VALUES ('b')",
        new: "CREATE TABLE u (id INTEGER PRIMARY KEY, s TEXT CONSTRAINT state CHECK (s IN ('a', 'b'))); CREATE TABLE w (s TEXT CONSTRAINT state CHECK (s IN ('a', 'b')))",
        answers: &["--rename t:u", "--rename status:state"],
        ..PAIR
    },
    Pair {
        name: "an index moves to another table, and both are rebuilt",
        old: "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, n INTEGER); CREATE INDEX i ON b (n)",
        data: "INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 2)",
        new: "CREATE TABLE a (id INTEGER PRIMARY KEY, n TEXT CHECK (n <> '')); CREATE TABLE b (id INTEGER PRIMARY KEY, n TEXT CHECK (n <> '')); CREATE INDEX i ON a (n)",
        ..PAIR
    },
    Pair {
        name: "an index moves to a new table",
        old: "CREATE TABLE b (id INTEGER PRIMARY KEY, n INTEGER); CREATE INDEX i ON b (n)",
        data: "INSERT INTO b VALUES (1, 2)",
        new: "CREATE TABLE a (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, n TEXT); CREATE INDEX i ON a (n)",
        ..PAIR
    },
    Pair {
        name: "several tables are rebuilt around a circle of keys",
        old: "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b ON DELETE CASCADE, n INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a ON DELETE CASCADE, n INTEGER); CREATE TABLE c (b INTEGER REFERENCES b ON DELETE SET NULL)",
        data: "INSERT INTO a VALUES (1, NULL, 5); INSERT INTO b VALUES (2, 1, 6); UPDATE a SET b = 2; INSERT INTO c VALUES (2)",
        new: "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b ON DELETE CASCADE, n TEXT NOT NULL); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a ON DELETE CASCADE, n TEXT NOT NULL); CREATE TABLE c (b INTEGER REFERENCES b ON DELETE SET NULL)",
        probes: &[("SELECT a.b, b.a, c.b FROM a, b, c", "2,1,2", "2,1,2")],
        ..PAIR
    },
    Pair {
        name: "a new column takes its value from one that goes",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
        data: "INSERT INTO t VALUES (1, 'a b')",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, first TEXT NOT NULL)",
        answers: &["--fill t.first=coalesce(substr(name, 1, 1), '')"],
        probes: &[("SELECT first FROM t", "a", "")],
        ..PAIR
    },
    Pair {
        name: "a column that an index and a check use is dropped",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER CHECK (a > 0), b TEXT UNIQUE, c TEXT); CREATE INDEX i ON t (a); CREATE INDEX j ON t (lower(c))",
        data: "INSERT INTO t VALUES (1, 2, 'x', 'y')",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        ..PAIR
    },
    Pair {
        name: "a key of several columns, referenced, changes its columns",
        old: "CREATE TABLE p (a INTEGER, b INTEGER, c INTEGER, PRIMARY KEY (a, b), UNIQUE (a, c)); CREATE TABLE k (a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES p (a, b) ON UPDATE CASCADE)",
        data: "INSERT INTO p VALUES (1, 2, 3); INSERT INTO k VALUES (1, 2)",
        new: "CREATE TABLE p (a INTEGER, b INTEGER, c INTEGER, PRIMARY KEY (a, c), UNIQUE (a, b)); CREATE TABLE k (a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES p (a, b) ON UPDATE CASCADE)",
        ..PAIR
    },
    Pair {
        name: "a table that a view shows is dropped",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE u (a INTEGER); CREATE VIEW v AS SELECT id FROM t",
        new: "CREATE TABLE u (a TEXT); CREATE VIEW v AS SELECT id FROM t",
        fails: Some("view `v` uses it"),
        ..PAIR
    },
    Pair {
        name: "two columns swap their names, and the table is rebuilt under a trigger",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT, n INTEGER); CREATE TABLE log (x); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a || NEW.b); END",
        data: "INSERT INTO t VALUES (1, 'a', 'b', 3)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, a TEXT, n TEXT); CREATE TABLE log (x); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.b || NEW.a); END",
        answers: &["--rename t.a:b", "--rename t.b:a"],
        probes: &[("SELECT a, b FROM t", "b,a", "a,b")],
        ..PAIR
    },
    Pair {
        name: "a column changes its case",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, Title TEXT CHECK (length(Title) > 0)); CREATE INDEX i ON t (Title)",
        data: "INSERT INTO t VALUES (1, 'x')",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT CHECK (length(title) > 0)); CREATE INDEX i ON t (title)",
        answers: &["--rename t.Title:title"],
        probes: &[("SELECT title FROM t", "x", "x")],
        ..PAIR
    },
    Pair {
        name: "a table is renamed, and another is rebuilt whose trigger writes to it",
        old: "CREATE TABLE log (x TEXT, y TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log (x) VALUES (NEW.a); DELETE FROM log WHERE log.y = 'q'; END",
        data: "INSERT INTO t (a) VALUES (1)",
        new: "CREATE TABLE journal (x TEXT, y TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO journal (x) VALUES (NEW.a); DELETE FROM journal WHERE journal.y = 'q'; END",
        answers: &["--rename log:journal"],
        probes: &[("SELECT x FROM journal", "1", "")],
        ..PAIR
    },
    Pair {
        name: "a trigger whose text after a rename cannot be told is made anew",
        old: "CREATE TABLE log (a TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n INTEGER); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log (a) VALUES (NEW.a); END",
        new: "CREATE TABLE log (a TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, n TEXT); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log (a) VALUES (NEW.b); END",
        answers: &["--rename t.a:b"],
        ..PAIR
    },
    Pair {
        name: "columns that ALTER TABLE cannot add to rows",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        data: "INSERT INTO t DEFAULT VALUES; UPDATE sqlite_sequence SET seq = 8",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, b BLOB DEFAULT (randomblob(4)), c INTEGER UNIQUE, d INTEGER REFERENCES t DEFAULT 1, e INTEGER NOT NULL CONSTRAINT level CHECK (e IN (1, 2)) DEFAULT 1, f INTEGER AS (e + 1) STORED)",
        probes: &[
            (
                "SELECT length(a), length(b), c, d, e, f FROM t",
                "19,4,null,1,1,2",
                "",
            ),
            ("SELECT seq FROM sqlite_sequence", "8", "8"),
        ],
        ..PAIR
    },
    Pair {
        name: "a table is called by other letters, under a key, a view and a trigger",
        old: "CREATE TABLE \"Users\" (id INTEGER PRIMARY KEY, x INT); CREATE TABLE c (u INT REFERENCES \"Users\"); CREATE TABLE log (x); CREATE VIEW v AS SELECT x FROM \"Users\"; \
            CREATE TRIGGER g AFTER INSERT ON \"Users\" BEGIN INSERT INTO log VALUES (NEW.x); END",
        data: "INSERT INTO \"Users\" VALUES (1, 2); INSERT INTO c VALUES (1)",
        new: "CREATE TABLE users (id INTEGER PRIMARY KEY, x INT); CREATE TABLE c (u INT REFERENCES users); CREATE TABLE log (x); CREATE VIEW v AS SELECT x FROM users; \
            CREATE TRIGGER g AFTER INSERT ON users BEGIN INSERT INTO log VALUES (NEW.x); END",
        answers: &["--rename Users:users"],
        probes: &[("SELECT v.x, c.u, log.x FROM v, c, log", "2,1,2", "2,1,2")],
        ..PAIR
    },
    Pair {
        name: "the only column is replaced, and its rows stay",
        old: "CREATE TABLE t (a TEXT)",
        data: "INSERT INTO t VALUES ('x'), ('y')",
        new: "CREATE TABLE t (b INT)",
        probes: &[("SELECT count(*), count(b) FROM t", "2,0", "")],
        ..PAIR
    },
    Pair {
        name: "both columns are replaced",
        old: "CREATE TABLE t (a TEXT, b TEXT)",
        data: "INSERT INTO t VALUES ('x', 'y')",
        new: "CREATE TABLE t (c INT DEFAULT 7)",
        probes: &[("SELECT c FROM t", "7", "")],
        ..PAIR
    },
    Pair {
        name: "words that are strings survive a rebuild",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT DEFAULT pending CHECK (s <> \"gone\"), u TEXT AS (s || \"!\"), n INT); CREATE INDEX i ON t (s || \"?\")",
        data: "INSERT INTO t (n) VALUES (1)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT DEFAULT \"pending\" CHECK (s <> 'gone'), u TEXT AS (s || '!'), n TEXT); CREATE INDEX i ON t (s || '?')",
        probes: &[(
            "SELECT s, u, n FROM t",
            "pending,pending!,1",
            "pending,pending!,1",
        )],
        ..PAIR
    },
    Pair {
        name: "a key refuses NULL",
        old: "CREATE TABLE t (k TEXT PRIMARY KEY, n INT)",
        data: "INSERT INTO t VALUES ('a', 1)",
        new: "CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, n INT)",
        probes: &[("SELECT k, n FROM t", "a,1", "a,1")],
        ..PAIR
    },
    Pair {
        name: "a key refuses NULL, and a row has it",
        old: "CREATE TABLE t (k TEXT PRIMARY KEY, n INT)",
        data: "INSERT INTO t VALUES (NULL, 1), (NULL, 2)",
        new: "CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, n INT)",
        fails: Some("NOT NULL constraint failed"),
        ..PAIR
    },
    Pair {
        name: "a value of another type that does not fit is named",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, \"a b\" TEXT, n TEXT)",
        data: "INSERT INTO t VALUES (1, '7', '1'), (2, 'x', '2'), (3, NULL, NULL)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, \"a b\" INTEGER, n REAL)",
        fails: Some("t.a b holds a value that is no INTEGER"),
        ..PAIR
    },
    Pair {
        name: "values take their column's other type, in a STRICT table too",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL, c INTEGER) STRICT",
        data: "INSERT INTO t VALUES (1, '7', 2.5, 1), (2, NULL, NULL, NULL)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c TEXT) STRICT",
        probes: &[(
            "SELECT typeof(a), typeof(b), typeof(c), a, b, c FROM t WHERE id = 1",
            "integer,text,text,7,2.5,1",
            "text,real,integer,7,2.5,1",
        )],
        ..PAIR
    },
    Pair {
        name: "a column takes another type along with a fill",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, d DATE)",
        data: "INSERT INTO t VALUES (1, '2026-11-25'), (2, NULL)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, d DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00')",
        probes: &[(
            "SELECT d FROM t ORDER BY id",
            "2026-11-25 00:00:00;1970-01-01 00:00:00",
            "2026-11-25;1970-01-01",
        )],
        ..PAIR
    },
    Pair {
        name: "a table that other tables' triggers write to changes its columns",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE TABLE s (x); CREATE TRIGGER g AFTER INSERT ON s BEGIN INSERT INTO t (a) VALUES (NEW.x); END",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, b INTEGER); CREATE TABLE s (x); CREATE TRIGGER g AFTER INSERT ON s BEGIN INSERT INTO t (a) VALUES (NEW.x); END",
        fails: Some("trigger `g` uses it"),
        ..PAIR
    },
];
