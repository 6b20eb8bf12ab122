//! What only SQLite has.

use super::{CASE, Case, Ends, Kind, on_sqlite};

pub(super) const KINDS: &[Kind] = &[
    on_sqlite(
        "table made STRICT",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, points INTEGER) << => STRICT>>;
                  CREATE INDEX tasks_points ON tasks (points)",
            detected: &["set options of table tasks"],
            ..CASE
        },
    ),
    on_sqlite(
        "table made WITHOUT ROWID",
        Case {
            sql: "CREATE TABLE tags (name TEXT NOT NULL PRIMARY KEY, color TEXT) << => WITHOUT ROWID>>;
                  CREATE TABLE uses (id INTEGER PRIMARY KEY, tag TEXT REFERENCES tags ON DELETE CASCADE)",
            detected: &["set options of table tags"],
            ..CASE
        },
    ),
    on_sqlite(
        "AUTOINCREMENT added",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY << => AUTOINCREMENT>>, title TEXT);
                  CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, task_id INTEGER REFERENCES tasks)",
            detected: &["alter column tasks.id: add identity"],
            ..CASE
        },
    ),
    on_sqlite(
        "AUTOINCREMENT dropped",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY <<AUTOINCREMENT => >>, title TEXT)",
            detected: &["alter column tasks.id: drop identity"],
            ..CASE
        },
    ),
    on_sqlite(
        "collation NOCASE added to a column",
        Case {
            sql: "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT << => COLLATE NOCASE>> UNIQUE, name TEXT);
                  CREATE INDEX people_names ON people (name, mail)",
            detected: &["alter column people.mail: collate NOCASE"],
            ..CASE
        },
    ),
    on_sqlite(
        "collation NOCASE added to an index",
        Case {
            sql: "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT, name TEXT);
                  CREATE INDEX people_names ON people (name << => COLLATE NOCASE>>, mail)",
            detected: &[
                "drop index people.people_names",
                "create index people.people_names (name, mail)",
            ],
            ..CASE
        },
    ),
    on_sqlite(
        "ON CONFLICT changed",
        Case {
            sql: "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT, name TEXT NOT NULL << => ON CONFLICT IGNORE>>,
                      CONSTRAINT one_mail UNIQUE (mail) << => ON CONFLICT REPLACE>>)",
            detected: &[
                "alter column people.name: other clauses",
                "drop unique constraint people.one_mail",
                "add unique constraint people.one_mail (mail)",
            ],
            ..CASE
        },
    ),
    on_sqlite(
        "generated VIRTUAL column added",
        Case {
            sql: "CREATE TABLE lines (id INTEGER PRIMARY KEY, price INTEGER << => , twice INTEGER GENERATED ALWAYS AS (price * 2) VIRTUAL>>)",
            detected: &["add column lines.twice INTEGER generated as (price * 2)"],
            ..CASE
        },
    ),
    on_sqlite(
        "generated VIRTUAL -> STORED",
        Case {
            sql: "CREATE TABLE lines (id INTEGER PRIMARY KEY, price INTEGER, twice INTEGER GENERATED ALWAYS AS (price * 2) <<VIRTUAL => STORED>>);
                  CREATE INDEX lines_twice ON lines (twice)",
            detected: &[
                "drop column lines.twice",
                "add column lines.twice INTEGER generated as (price * 2)",
            ],
            ..CASE
        },
    ),
    on_sqlite(
        "partial and expression index added",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, done INTEGER);
                  << => CREATE UNIQUE INDEX open_titles ON tasks (lower(title) COLLATE NOCASE DESC, done + 1) WHERE done = 0 AND title IS NOT NULL>>",
            detected: &["create unique index tasks.open_titles (lower(title), done + 1)"],
            ..CASE
        },
    ),
    on_sqlite(
        "virtual table added",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT);
                  << => CREATE VIRTUAL TABLE found USING fts5(title, note)>>",
            detected: &["create virtual table found"],
            ..CASE
        },
    ),
    on_sqlite(
        "virtual table changed",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT);
                  CREATE VIRTUAL TABLE found USING fts5(title<< => , note>>)",
            answers: &["--drop found"],
            detected: &["drop virtual table found", "create virtual table found"],
            note: "What is stored in a virtual table is lost; the file says so.",
            ..CASE
        },
    ),
    on_sqlite(
        "virtual table dropped",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT);
                  <<CREATE VIRTUAL TABLE found USING fts5(title) => >>",
            answers: &["--drop found"],
            detected: &["drop virtual table found"],
            ..CASE
        },
    ),
    on_sqlite(
        "table rebuilt under a view and triggers",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, points <<INTEGER => TEXT>>);
                  CREATE TABLE log (id INTEGER PRIMARY KEY, said TEXT);
                  CREATE VIEW titles AS SELECT id, title FROM tasks;
                  CREATE TRIGGER told AFTER INSERT ON tasks BEGIN INSERT INTO log (said) VALUES (new.title); END;
                  CREATE TRIGGER put INSTEAD OF INSERT ON titles BEGIN INSERT INTO tasks (title) VALUES (new.title); END",
            detected: &["alter column tasks.points: type INTEGER to TEXT"],
            ..CASE
        },
    ),
    on_sqlite(
        "foreign keys with CASCADE to a rebuilt table",
        Case {
            sql: "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age <<INTEGER => TEXT>>);
                  CREATE TABLE tasks (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES people ON DELETE CASCADE);
                  CREATE TABLE notes (id INTEGER PRIMARY KEY, task_id INTEGER REFERENCES tasks ON DELETE SET NULL, body TEXT)",
            detected: &["alter column people.age: type INTEGER to TEXT"],
            ..CASE
        },
    ),
    on_sqlite(
        "type DATE->DATETIME",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, due <<DATE => DATETIME>>, title TEXT)",
            rows: "INSERT INTO tasks VALUES (1, '2026-11-25', 'a'), (2, NULL, 'b')",
            rewrites: &["tasks.due"],
            detected: &["alter column tasks.due: type DATE to DATETIME"],
            note: "A value that does not fit the other type fails the change, and the file says where that can be.",
            ..CASE
        },
    ),
    on_sqlite(
        "key that admitted NULL refuses it",
        Case {
            sql: "CREATE TABLE tags (name TEXT << => NOT NULL>> PRIMARY KEY, color TEXT)",
            rows: "INSERT INTO tags VALUES ('a', 'red')",
            empty: &["tags"],
            detected: &["alter column tags.name: set not null"],
            ..CASE
        },
    ),
    on_sqlite(
        "table renamed in other letters",
        Case {
            sql: "CREATE TABLE <<People => people>> (id INTEGER PRIMARY KEY, name TEXT);
                  CREATE TABLE tasks (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES <<People => people>> ON DELETE CASCADE)",
            answers: &["--rename People:people"],
            detected: &["rename table People to people", "rename constraint people.People_pkey to people_pkey"],
            ..CASE
        },
    ),
    on_sqlite(
        "only column replaced",
        Case {
            sql: "CREATE TABLE notes (<<body TEXT => weight INTEGER>>)",
            empty: &["notes"],
            detected: &["drop column notes.body", "add column notes.weight INTEGER"],
            ..CASE
        },
    ),
    on_sqlite(
        "default in another spelling",
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY,
                      state TEXT DEFAULT <<pending => 'pending'>>, note TEXT DEFAULT <<\"\" => ''>>, done BOOLEAN DEFAULT <<TRUE => 1>>,
                      flags INTEGER DEFAULT <<0x10 => +16>>, title TEXT <<DEFAULT NULL => >> CHECK (title <> <<\"none\" => 'none'>>))",
            ends: Ends::Equal,
            ..CASE
        },
    ),
    on_sqlite(
        "dump of the sqlite3 shell",
        Case {
            sql: "<<
                  CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT NOT NULL UNIQUE CHECK (mail LIKE '%@%'));
                  CREATE TABLE tasks (
                      id INTEGER PRIMARY KEY,
                      owner_id INTEGER REFERENCES people ON DELETE CASCADE,
                      state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')),
                      points DECIMAL(5, 2)
                  );
                  CREATE INDEX tasks_open ON tasks (owner_id) WHERE state = 'open';
                  =>
                  PRAGMA foreign_keys=OFF;
                  BEGIN TRANSACTION;
                  CREATE TABLE \"people\" ( id INTEGER PRIMARY KEY AUTOINCREMENT,
                      mail TEXT NOT NULL UNIQUE CHECK ( ( mail LIKE '%@%' ) ) );
                  CREATE TABLE tasks (\"id\" integer primary key, owner_id INTEGER REFERENCES \"people\" on delete cascade,
                      state TEXT DEFAULT ('open') NOT NULL CONSTRAINT state CHECK (\"state\" IN ('open','done')), points DECIMAL(5,2));
                  CREATE INDEX tasks_open ON tasks(owner_id) where state='open';
                  COMMIT; >>",
            ends: Ends::Equal,
            ..CASE
        },
    ),
];
