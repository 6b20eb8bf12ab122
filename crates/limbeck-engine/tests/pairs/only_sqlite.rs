//! Pairs of what only SQLite has, or has in a way of its own.

use super::walk::{PAIR, Pair};

pub(super) const SQLITE: &[Pair<'static>] = &[
    Pair {
        name: "a table is searched by words through triggers",
        old: "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT)",
        data: "INSERT INTO notes VALUES (1, 'owls', 'they hunt')",
        new: "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT);
              CREATE VIRTUAL TABLE notes_words USING fts5 (title, body, content = 'notes', content_rowid = 'id');
              CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN INSERT INTO notes_words (rowid, title, body) VALUES (new.id, new.title, new.body); END;
              CREATE TRIGGER notes_ad AFTER DELETE ON notes BEGIN INSERT INTO notes_words (notes_words, rowid, title, body) VALUES ('delete', old.id, old.title, old.body); END",
        probes: &[("SELECT count(*) FROM notes", "1", "1")],
        ..PAIR
    },
    Pair {
        name: "a virtual table and its triggers go",
        old: "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
              CREATE VIRTUAL TABLE words USING fts5 (body);
              CREATE TRIGGER put AFTER INSERT ON notes BEGIN INSERT INTO words (body) VALUES (new.body); END",
        new: "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)",
        ..PAIR
    },
    Pair {
        name: "an ordinary table becomes one without row numbers, and STRICT",
        old: "CREATE TABLE settings (scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT, PRIMARY KEY (scope, name));
              CREATE TABLE uses (id INTEGER PRIMARY KEY, scope TEXT, name TEXT, FOREIGN KEY (scope, name) REFERENCES settings (scope, name) ON DELETE CASCADE)",
        data: "INSERT INTO settings VALUES ('a', 'b', 'c'); INSERT INTO uses VALUES (1, 'a', 'b')",
        new: "CREATE TABLE settings (scope TEXT NOT NULL, name TEXT NOT NULL, value ANY, PRIMARY KEY (scope, name)) STRICT, WITHOUT ROWID;
              CREATE TABLE uses (id INTEGER PRIMARY KEY, scope TEXT, name TEXT, FOREIGN KEY (scope, name) REFERENCES settings (scope, name) ON DELETE CASCADE) STRICT",
        probes: &[
            ("SELECT value FROM settings", "c", "c"),
            ("SELECT name FROM uses", "b", "b"),
        ],
        ..PAIR
    },
    Pair {
        name: "collations and conflict clauses change on columns, keys and an index",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE, b TEXT, UNIQUE (a, b) ON CONFLICT REPLACE); CREATE INDEX ix ON t (b COLLATE NOCASE DESC)",
        data: "INSERT INTO t VALUES (1, 'A', 'x')",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE RTRIM NOT NULL, b TEXT COLLATE BINARY, UNIQUE (a, b) ON CONFLICT FAIL); CREATE INDEX ix ON t (b COLLATE RTRIM)",
        probes: &[("SELECT a, b FROM t", "A,x", "A,x")],
        ..PAIR
    },
    Pair {
        name: "documents are indexed by a path, and a column is read from them",
        old: "CREATE TABLE events (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)",
        data: "INSERT INTO events VALUES (1, '{\"kind\": \"login\"}')",
        new: "CREATE TABLE events (id INTEGER PRIMARY KEY, payload TEXT NOT NULL CHECK (json_valid(payload)), kind TEXT AS (json_extract(payload, '$.kind')) VIRTUAL, size INTEGER AS (length(payload)) STORED);
              CREATE INDEX ix_kind ON events (kind); CREATE INDEX ix_path ON events (json_extract(payload, '$.user')) WHERE json_extract(payload, '$.user') IS NOT NULL",
        probes: &[("SELECT kind, size FROM events", "login,17", "")],
        ..PAIR
    },
    Pair {
        name: "rows are put in through a view, and the table behind it is made again",
        old: "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, born INTEGER);
              CREATE VIEW adults AS SELECT id, name FROM people WHERE born < 2008;
              CREATE TRIGGER put INSTEAD OF INSERT ON adults BEGIN INSERT INTO people (name, born) VALUES (new.name, 2000); END;
              CREATE TRIGGER named AFTER UPDATE OF name ON people WHEN new.name <> old.name BEGIN UPDATE people SET born = born WHERE id = new.id; END",
        data: "INSERT INTO adults (name) VALUES ('ann')",
        new: "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '', born INTEGER CHECK (born > 1900));
              CREATE VIEW adults AS SELECT id, name FROM people WHERE born < 2008;
              CREATE TRIGGER put INSTEAD OF INSERT ON adults BEGIN INSERT INTO people (name, born) VALUES (new.name, 2000); END;
              CREATE TRIGGER named AFTER UPDATE OF name ON people WHEN new.name <> old.name BEGIN UPDATE people SET born = born WHERE id = new.id; END",
        probes: &[("SELECT name FROM adults", "ann", "ann")],
        ..PAIR
    },
    Pair {
        name: "keys wait for the end of a transaction",
        old: "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b DEFERRABLE INITIALLY DEFERRED);
              CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a)",
        data: "INSERT INTO b VALUES (2, NULL); INSERT INTO a VALUES (1, 2); UPDATE b SET a = 1",
        new: "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b ON DELETE SET NULL);
              CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
        probes: &[("SELECT a.b, b.a FROM a, b", "2,1", "2,1")],
        ..PAIR
    },
    Pair {
        name: "an enum of three tables gains a value, and one of them a column",
        old: "CREATE TABLE a (id INTEGER PRIMARY KEY, s TEXT CONSTRAINT state CHECK (s IN ('on', 'off')));
              CREATE TABLE b (id INTEGER PRIMARY KEY, s TEXT DEFAULT 'on' CONSTRAINT state CHECK (s IN ('on', 'off')));
              CREATE TABLE c (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a, s TEXT NOT NULL CONSTRAINT state CHECK (s IN ('on', 'off')))",
        data: "INSERT INTO a VALUES (1, 'on'); INSERT INTO b (id) VALUES (1); INSERT INTO c VALUES (1, 1, 'off')",
        new: "CREATE TABLE a (id INTEGER PRIMARY KEY, s TEXT CONSTRAINT state CHECK (s IN ('on', 'off', 'idle')));
              CREATE TABLE b (id INTEGER PRIMARY KEY, s TEXT DEFAULT 'idle' CONSTRAINT state CHECK (s IN ('on', 'off', 'idle')));
              CREATE TABLE c (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a, s TEXT NOT NULL CONSTRAINT state CHECK (s IN ('on', 'off', 'idle')), n INTEGER DEFAULT 0)",
        probes: &[("SELECT a.s, b.s, c.s FROM a, b, c", "on,on,off", "on,on,off")],
        ..PAIR
    },
    Pair {
        name: "columns without a type, and types that SQLite does not know",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b DECIMAL(10, 2), c DOUBLE PRECISION, d \"my type\")",
        data: "INSERT INTO t VALUES (1, x'01', 2.5, 3, 'q')",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB, b DECIMAL(12, 2), c REAL, d \"my type\" NOT NULL DEFAULT 'q')",
        probes: &[("SELECT hex(a), b, d FROM t", "01,2.5,q", "01,2.5,q")],
        ..PAIR
    },
    Pair {
        name: "text in defaults, checks, views and triggers that looks like SQL",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT '); DROP TABLE t; --', CHECK (a <> 'CREATE TABLE t (')); /* a comment; */
              CREATE VIEW v AS SELECT 'FROM t WHERE a' AS x, a FROM t -- the end
              ; CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 'END; BEGIN' WHERE id = 0; END",
        data: "INSERT INTO t (id) VALUES (1)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT '); DROP TABLE t; --' NOT NULL, n INTEGER REFERENCES t, CHECK (a <> 'CREATE TABLE t ('));
              CREATE VIEW v AS SELECT 'FROM t WHERE a' AS x, a FROM t;
              CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 'END; BEGIN' WHERE id = 0; END",
        probes: &[("SELECT a FROM v", "); DROP TABLE t; --", "); DROP TABLE t; --")],
        ..PAIR
    },
    Pair {
        name: "an enum comes with its table, and another goes with its",
        old: "CREATE TABLE a (id INTEGER PRIMARY KEY, s TEXT CONSTRAINT state CHECK (s IN ('on', 'off')))",
        data: "INSERT INTO a VALUES (1, 'on')",
        new: "CREATE TABLE b (id INTEGER PRIMARY KEY, k TEXT NOT NULL DEFAULT 'x' CONSTRAINT kind CHECK (k IN ('x', 'y')))",
        ..PAIR
    },
];
