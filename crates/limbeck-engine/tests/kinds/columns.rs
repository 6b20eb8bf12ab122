//! Columns: come, go, get another name, a default, or must have a value.

use super::{CASE, Case, Ends, Kind, both, each, on_postgres};

pub(super) const KINDS: &[Kind] = &[
    both(
        "column added nullable",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title varchar(50) NOT NULL<< => , note text>>)",
            detected: &["add column tasks.note"],
            ..CASE
        },
    ),
    both(
        "column added not null no default (empty table)",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<< => , owner varchar(20) NOT NULL>>);
                  CREATE TABLE people (id integer PRIMARY KEY)",
            answers: &["--fill tasks.owner=''"],
            empty: &["tasks"],
            detected: &["add column tasks.owner"],
            ..CASE
        },
    ),
    both(
        "column added not null no default, on rows",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<< => , owner varchar(20) NOT NULL CONSTRAINT owned CHECK (owner <> '')>>)",
            answers: &["--fill tasks.owner='nobody'"],
            detected: &["add column tasks.owner", "add check constraint tasks.owned"],
            ..CASE
        },
    ),
    both(
        "column added not null with a default, on rows",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<< => , state text NOT NULL DEFAULT 'open'>>)",
            detected: &["add column tasks.state"],
            ..CASE
        },
    ),
    both(
        "column dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<<, note text => >>)",
            loses: &["tasks.note"],
            detected: &["drop column tasks.note"],
            ..CASE
        },
    ),
    both(
        "column dropped with its index, check and unique constraint",
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      title text
                      <<, note text, CONSTRAINT noted CHECK (length(note) > 0), CONSTRAINT own_note UNIQUE (note) => >>
                  );
                  <<CREATE INDEX tasks_notes ON tasks (title, note) => >>",
            loses: &["tasks.note"],
            detected: &[
                "drop column tasks.note",
                "drop check constraint tasks.noted",
                "drop unique constraint tasks.own_note",
                "drop index tasks.tasks_notes",
            ],
            ..CASE
        },
    ),
    both(
        "column dropped that is NOT NULL",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<<, points integer NOT NULL => >>)",
            detected: &["drop column tasks.points"],
            loses: &["tasks.points"],
            note: "Rows get a neutral value in it on the way back, here 0.",
            ..CASE
        },
    ),
    both(
        "column dropped that is NOT NULL and unique",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<<, number integer NOT NULL CONSTRAINT one_number UNIQUE => >>)",
            detected: &[
                "drop column tasks.number",
                "drop unique constraint tasks.one_number",
            ],
            ends: Ends::BackWithoutRows("tasks"),
            note: "The values are gone, and no neutral value would be unique.",
            ..CASE
        },
    ),
    both(
        "column renamed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, <<text => title>> varchar(50) NOT NULL, points integer)",
            answers: &["--rename tasks.text:title"],
            detected: &["rename column tasks.text to title"],
            ..CASE
        },
    ),
    both(
        "column renamed inside a check",
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      <<text => title>> text,
                      points integer,
                      CONSTRAINT said CHECK (length(<<text => title>>) > points OR <<text => title>> = 'text')
                  )",
            answers: &["--rename tasks.text:title"],
            detected: &["rename column tasks.text to title"],
            ..CASE
        },
    ),
    both(
        "column renamed inside indexes",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, <<text => title>> text, done integer);
                  CREATE INDEX plain ON tasks (<<text => title>>, done);
                  CREATE UNIQUE INDEX lowered ON tasks (lower(<<text => title>>)) WHERE <<text => title>> <> ''",
            answers: &["--rename tasks.text:title"],
            detected: &["rename column tasks.text to title"],
            ..CASE
        },
    ),
    both(
        "column renamed inside a generated column",
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      <<text => title>> text,
                      shout text GENERATED ALWAYS AS (upper(<<text => title>>)) STORED
                  )",
            answers: &["--rename tasks.text:title"],
            detected: &["rename column tasks.text to title"],
            ..CASE
        },
    ),
    both(
        "column renamed on both sides of a foreign key",
        Case {
            sql: "CREATE TABLE people (<<nr => id>> integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      <<person => owner_id>> integer,
                      CONSTRAINT tasks_owner FOREIGN KEY (<<person => owner_id>>) REFERENCES people (<<nr => id>>) ON DELETE CASCADE
                  )",
            answers: &["--rename people.nr:id", "--rename tasks.person:owner_id"],
            detected: &["rename column people.nr to id", "rename column tasks.person to owner_id"],
            ..CASE
        },
    ),
    both(
        "column renamed with its type changed",
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      <<text varchar(20) => title varchar(200)>> NOT NULL,
                      CONSTRAINT said CHECK (length(<<text => title>>) > 0)
                  );
                  CREATE INDEX tasks_titles ON tasks (<<text => title>>)",
            answers: &["--rename tasks.text:title"],
            detected: &[
                "rename column tasks.text to title",
                "alter column tasks.title: type",
            ],
            ..CASE
        },
    ),
    both(
        "two columns swap their names",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, <<short => long>> text, <<long => short>> text,
                      CONSTRAINT fits CHECK (length(<<short => long>>) <= length(<<long => short>>)))",
            volunteers: &["--rename tasks.short:long", "--rename tasks.long:short"],
            detected: &[
                "rename column tasks.short to limbeck_former_short",
                "rename column tasks.long to short",
                "rename column tasks.limbeck_former_short to long",
            ],
            ..CASE
        },
    ),
    both(
        "column reordered",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, <<title text, points integer => points integer, title text>>)",
            ends: Ends::Reported,
            ..CASE
        },
    ),
    both(
        "column dropped and another added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, <<estimate integer => due date>>)",
            loses: &["tasks.estimate"],
            detected: &["drop column tasks.estimate", "add column tasks.due"],
            ..CASE
        },
    ),
    both(
        "nullable -> not null",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title varchar(50) << => NOT NULL>>, points integer);
                  CREATE INDEX tasks_titles ON tasks (title)",
            answers: &["--fill tasks.title='none'"],
            detected: &["alter column tasks.title: set not null"],
            ..CASE
        },
    ),
    both(
        "nullable -> not null, rows with NULL filled",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title varchar(50) << => NOT NULL>>, points integer)",
            answers: &["--fill tasks.title='none'"],
            rows: "INSERT INTO tasks VALUES (1, 'a', 1), (2, NULL, 2)",
            rewrites: &["tasks.title"],
            loses: &["tasks.title"],
            detected: &["alter column tasks.title: set not null"],
            ..CASE
        },
    ),
    both(
        "nullable -> not null, with a default",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points integer << => NOT NULL>> DEFAULT 3)",
            detected: &["alter column tasks.points: set not null"],
            ..CASE
        },
    ),
    both(
        "not null -> nullable",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text <<NOT NULL => >>, points integer NOT NULL)",
            detected: &["alter column tasks.title: drop not null"],
            ..CASE
        },
    ),
    both(
        "default added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, state varchar(9) NOT NULL << => DEFAULT 'open'>>)",
            detected: &["alter column tasks.state: set default"],
            ..CASE
        },
    ),
    both(
        "default changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points integer DEFAULT <<1 => 2>>)",
            detected: &["alter column tasks.points: set default 2"],
            ..CASE
        },
    ),
    both(
        "default dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points integer NOT NULL <<DEFAULT 1 => >>)",
            detected: &["alter column tasks.points: drop default"],
            ..CASE
        },
    ),
    each(
        "default expr now() added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, at timestamptz NOT NULL << => DEFAULT now()>>)",
            detected: &["alter column tasks.at: set default now()"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, at DATETIME NOT NULL << => DEFAULT CURRENT_TIMESTAMP>>)",
            detected: &["alter column tasks.at: set default CURRENT_TIMESTAMP"],
            ..CASE
        },
    ),
    each(
        "default expression changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, code text DEFAULT <<upper('x') => lower('X') || '-' || 1>>)",
            detected: &["alter column tasks.code: set default ((lower('X'::text) || '-'::text) || 1)"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, code TEXT DEFAULT <<(upper('x')) => (lower('X') || '-' || 1)>>)",
            detected: &["alter column tasks.code: set default lower('X') || '-' || 1"],
            ..CASE
        },
    ),
    on_postgres(
        "column comment changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  COMMENT ON COLUMN tasks.title IS <<'The name' => 'What is to be done'>>",
            detected: &["comment on tasks.title"],
            ..CASE
        },
    ),
];
