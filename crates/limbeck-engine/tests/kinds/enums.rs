//! Enum types. On SQLite an enum is a CHECK with a name: `CONSTRAINT state CHECK (state IN ('open', 'done'))`.

use super::{CASE, Case, Kind, each, on_postgres};

pub(super) const KINDS: &[Kind] = &[
    each(
        "enum value added",
        Case {
            sql: "CREATE TYPE state AS ENUM ('open', << => 'waiting',>> 'done');
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state state NOT NULL DEFAULT 'open');
                  CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open'",
            detected: &["alter enum state: add value waiting"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT,
                      state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', << => 'waiting',>> 'done')));
                  CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open'",
            detected: &["alter enum state: add value waiting"],
            ..CASE
        },
    ),
    on_postgres(
        "enum value added at the end, and used at once",
        Case {
            sql: "CREATE TYPE state AS ENUM ('open', 'done'<< => , 'late'>>);
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state state NOT NULL DEFAULT <<'open' => 'late'>>)",
            detected: &[
                "alter enum state: add value late",
                "alter column tasks.state: set default 'late'::state",
            ],
            ..CASE
        },
    ),
    each(
        "enum value removed",
        Case {
            sql: "CREATE TYPE state AS ENUM ('open', <<'waiting', => >> 'done');
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state state NOT NULL DEFAULT 'open',
                      CONSTRAINT titled CHECK (state <> 'done' OR title <> ''));
                  CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open'",
            detected: &["alter enum state: remove value waiting"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT,
                      state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', <<'waiting', => >> 'done')),
                      CONSTRAINT titled CHECK (state <> 'done' OR title <> ''))",
            detected: &["alter enum state: remove value waiting"],
            ..CASE
        },
    ),
    on_postgres(
        "enum value removed from a type that a check of a text column names",
        Case {
            sql: "CREATE TYPE state AS ENUM ('open', <<'waiting', => >> 'done');
                  CREATE TABLE tasks (id integer PRIMARY KEY, state state, said text, CONSTRAINT unsaid CHECK (said <> ('done'::state)::text))",
            detected: &["alter enum state: remove value waiting"],
            ..CASE
        },
    ),
    each(
        "enum value renamed",
        Case {
            sql: "CREATE TYPE state AS ENUM (<<'todo' => 'open'>>, 'done');
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state state NOT NULL DEFAULT <<'todo' => 'open'>>,
                      CONSTRAINT titled CHECK (state <> <<'todo' => 'open'>> OR title <> ''));
                  CREATE INDEX tasks_open ON tasks (id) WHERE state = <<'todo' => 'open'>>",
            answers: &["--rename state.todo:open"],
            rows: "INSERT INTO tasks VALUES (1, 'a', 'todo'), (2, 'b', 'done')",
            rewrites: &["tasks.state"],
            detected: &[
                "alter enum state: rename value todo to open",
                "alter column tasks.state: set default 'open'::state",
                "drop check constraint tasks.titled",
                "add check constraint tasks.titled ((state <> 'open'::state) OR (title <> ''::text))",
                "drop index tasks.tasks_open",
                "create index tasks.tasks_open (id)",
            ],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT,
                      state TEXT NOT NULL DEFAULT <<'todo' => 'open'>> CONSTRAINT state CHECK (state IN (<<'todo' => 'open'>>, 'done')));
                  CREATE INDEX tasks_open ON tasks (id) WHERE state = <<'todo' => 'open'>>",
            answers: &["--rename state.todo:open"],
            rows: "INSERT INTO tasks VALUES (1, 'a', 'todo'), (2, 'b', 'done')",
            rewrites: &["tasks.state"],
            detected: &[
                "alter enum state: rename value todo to open",
                "alter column tasks.state: set default 'open'",
                "drop index tasks.tasks_open",
                "create index tasks.tasks_open (id)",
            ],
            ..CASE
        },
    ),
    each(
        "values of two enum types renamed, with another column's type",
        Case {
            sql: "CREATE TYPE mood AS ENUM ('bad', <<'good' => 'fine'>>);
                  CREATE TYPE state AS ENUM (<<'todo' => 'open'>>, 'done');
                  CREATE TABLE notes (id integer PRIMARY KEY, mood mood);
                  CREATE TABLE tasks (id integer PRIMARY KEY, points <<integer => bigint>>, state state)",
            answers: &["--rename mood.good:fine", "--rename state.todo:open"],
            rows: "INSERT INTO notes VALUES (1, 'good'), (2, 'bad');
                   INSERT INTO tasks VALUES (1, 7, 'todo'), (2, 8, 'done')",
            rewrites: &["notes.mood", "tasks.state"],
            detected: &[
                "alter enum mood: rename value good to fine",
                "alter enum state: rename value todo to open",
                "alter column tasks.points: type integer to bigint",
            ],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, mood TEXT CONSTRAINT mood CHECK (mood IN ('bad', <<'good' => 'fine'>>)));
                  CREATE TABLE tasks (id INTEGER PRIMARY KEY, points <<INTEGER => BIGINT>>,
                      state TEXT CONSTRAINT state CHECK (state IN (<<'todo' => 'open'>>, 'done')))",
            answers: &["--rename mood.good:fine", "--rename state.todo:open"],
            rows: "INSERT INTO notes VALUES (1, 'good'), (2, 'bad');
                   INSERT INTO tasks VALUES (1, 7, 'todo'), (2, 8, 'done')",
            rewrites: &["notes.mood", "tasks.state"],
            detected: &[
                "alter enum mood: rename value good to fine",
                "alter enum state: rename value todo to open",
                "alter column tasks.points: type INTEGER to BIGINT",
            ],
            ..CASE
        },
    ),
    each(
        "enum values reordered",
        Case {
            sql: "CREATE TYPE state AS ENUM (<<'open', 'done' => 'done', 'open'>>, 'late');
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state state NOT NULL DEFAULT 'open');
                  CREATE INDEX tasks_states ON tasks (state)",
            detected: &["alter enum state: reorder values: done, open, late"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT,
                      state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN (<<'open', 'done' => 'done', 'open'>>, 'late')))",
            detected: &["alter enum state: reorder values: done, open, late"],
            ..CASE
        },
    ),
    each(
        "enum type renamed",
        Case {
            sql: "CREATE TYPE <<state => task_state>> AS ENUM ('open', 'done');
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state <<state => task_state>> NOT NULL DEFAULT 'open');
                  CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open'",
            answers: &["--rename state:task_state"],
            detected: &["rename enum state to task_state"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT,
                      state TEXT NOT NULL CONSTRAINT <<state => task_state>> CHECK (state IN ('open', 'done')));
                  CREATE TABLE old_tasks (id INTEGER PRIMARY KEY, state TEXT CONSTRAINT <<state => task_state>> CHECK (state IN ('open', 'done')))",
            answers: &["--rename state:task_state"],
            detected: &["rename enum state to task_state"],
            ..CASE
        },
    ),
    each(
        "enum default changed with its values",
        Case {
            sql: "CREATE TYPE state AS ENUM (<<'new', 'open' => 'open'>>, 'done');
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state state NOT NULL DEFAULT <<'new' => 'open'>>)",
            detected: &[
                "alter enum state: remove value new",
                "alter column tasks.state: set default 'open'::state",
            ],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT,
                      state TEXT NOT NULL DEFAULT <<'new' => 'open'>> CONSTRAINT state CHECK (state IN (<<'new', 'open' => 'open'>>, 'done')))",
            detected: &[
                "alter enum state: remove value new",
                "alter column tasks.state: set default 'open'",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "enum array column, a value removed",
        Case {
            sql: "CREATE TYPE label AS ENUM ('bug', <<'idea', => >> 'debt');
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, labels label[] NOT NULL DEFAULT '{bug}');
                  CREATE INDEX tasks_labels ON tasks USING gin (labels)",
            detected: &["alter enum label: remove value idea"],
            ..CASE
        },
    ),
    on_postgres(
        "enum array column added",
        Case {
            sql: "CREATE TYPE label AS ENUM ('bug', 'debt');
                  CREATE TABLE tasks (id integer PRIMARY KEY, label label, title text<< => , labels label[] NOT NULL DEFAULT '{}'>>)",
            detected: &["add column tasks.labels label[] not null default '{}'::label[]"],
            ..CASE
        },
    ),
    each(
        "enum type + column added to existing table",
        Case {
            sql: "<< => CREATE TYPE state AS ENUM ('open', 'done');>>
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text<< => , state state NOT NULL DEFAULT 'open'>>)",
            detected: &[
                "create enum state (open, done)",
                "add column tasks.state state not null default 'open'::state",
            ],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT
                      << => , state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done'))>>)",
            detected: &[
                "create enum state (open, done)",
                "add column tasks.state state not null default 'open'",
            ],
            ..CASE
        },
    ),
    each(
        "enum column dropped (type left?)",
        Case {
            sql: "<<CREATE TYPE state AS ENUM ('open', 'done'); => >>
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text<<, state state NOT NULL DEFAULT 'open' => >>)",
            answers: &["--drop state"],
            loses: &["tasks.state"],
            detected: &["drop enum state", "drop column tasks.state"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT
                      <<, state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')) => >>)",
            answers: &["--drop state"],
            loses: &["tasks.state"],
            detected: &["drop enum state", "drop column tasks.state"],
            ..CASE
        },
    ),
    each(
        "table with enum added",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY);
                  << => CREATE TYPE state AS ENUM ('open', 'done');
                  CREATE TABLE tasks (id serial PRIMARY KEY, owner_id integer REFERENCES people, state state NOT NULL DEFAULT 'open', was state[]);>>",
            detected: &["create enum state (open, done)", "create table tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE people (id INTEGER PRIMARY KEY);
                  << => CREATE TABLE tasks (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES people,
                      state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')));>>",
            detected: &["create enum state (open, done)", "create table tasks"],
            ..CASE
        },
    ),
    each(
        "text becomes an enum",
        Case {
            sql: "<< => CREATE TYPE state AS ENUM ('open', 'done');>>
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, state <<text => state>> NOT NULL DEFAULT 'open')",
            detected: &[
                "create enum state (open, done)",
                "alter column tasks.state: type text to state, set default 'open'::state",
            ],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT,
                      state TEXT NOT NULL DEFAULT 'open' << => CONSTRAINT state CHECK (state IN ('open', 'done'))>>)",
            detected: &[
                "create enum state (open, done)",
                "alter column tasks.state: type TEXT to state",
            ],
            ..CASE
        },
    ),
];
