//! Types of columns.

use super::{CASE, Case, Kind, both, each, on_postgres};

pub(super) const KINDS: &[Kind] = &[
    both(
        "type int->bigint",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points <<integer => bigint>> NOT NULL)",
            detected: &["alter column tasks.points: type"],
            ..CASE
        },
    ),
    both(
        "type varchar length 50->100",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title varchar(<<50 => 100>>) NOT NULL, points integer)",
            detected: &["alter column tasks.title: type"],
            ..CASE
        },
    ),
    both(
        "type varchar length 100->50",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title varchar(<<100 => 50>>) NOT NULL, points integer)",
            detected: &["alter column tasks.title: type"],
            ..CASE
        },
    ),
    each(
        "type numeric precision/scale",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, cost numeric(<<8, 2 => 12, 4>>), title text)",
            detected: &["alter column tasks.cost: type"],
            rewrites: &["tasks.cost"],
            note: "The numbers stay, and are shown with as many places as the type has.",
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, cost numeric(<<8, 2 => 12, 4>>), title text)",
            detected: &["alter column tasks.cost: type"],
            ..CASE
        },
    ),
    each(
        "type numeric->numeric(10,2) (arg added)",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, cost numeric<< => (10, 2)>>, title text)",
            detected: &["alter column tasks.cost: type"],
            rewrites: &["tasks.cost"],
            loses: &["tasks.cost"],
            note: "The numbers stay: 7 is 7.00 afterwards, and comes back so.",
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, cost numeric<< => (10, 2)>>, title text)",
            detected: &["alter column tasks.cost: type"],
            ..CASE
        },
    ),
    both(
        "type text->varchar(50)",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title <<text => varchar(50)>>, points integer);
                  CREATE INDEX tasks_titles ON tasks (title)",
            detected: &["alter column tasks.title: type"],
            ..CASE
        },
    ),
    both(
        "type text->int (needs USING)",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points <<text => integer>>, title text)",
            detected: &["alter column tasks.points: type"],
            rows: "INSERT INTO tasks (id, points) VALUES (1, '7'), (2, '12'), (3, NULL)",
            ..CASE
        },
    ),
    each(
        "varchar->text under a CHECK with IN",
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      state <<varchar(9) => text>> NOT NULL,
                      CONSTRAINT known_state CHECK (state IN ('open', 'done'))
                  );
                  CREATE INDEX tasks_open ON tasks (id) WHERE state IN ('open', 'late')",
            detected: &[
                "alter column tasks.state: type varchar(9) to text",
                "drop check constraint tasks.known_state",
                "add check constraint tasks.known_state (state = ANY (ARRAY['open'::text, 'done'::text]))",
                "drop index tasks.tasks_open",
                "create index tasks.tasks_open (id)",
            ],
            respelled: &["constraint on tasks: known_state", "index tasks_open"],
            note: "After the downgrade PostgreSQL prints the check and the predicate with casts in other places, and compares them as equal.",
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      state <<varchar(9) => text>> NOT NULL,
                      CONSTRAINT known_state CHECK (state IN ('open', 'done'))
                  );
                  CREATE INDEX tasks_open ON tasks (id) WHERE state IN ('open', 'late')",
            detected: &["alter column tasks.state: type VARCHAR(9) to TEXT"],
            ..CASE
        },
    ),
    both(
        "type changed under a default",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points <<text DEFAULT '1' => integer DEFAULT 1>>, title text)",
            detected: &["alter column tasks.points: type"],
            rows: "INSERT INTO tasks (id, points) VALUES (1, '7'), (2, '12'), (3, NULL)",
            ..CASE
        },
    ),
    both(
        "type changed under a generated column",
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      points <<integer => bigint>> NOT NULL,
                      twice bigint GENERATED ALWAYS AS (points * 2) STORED
                  );
                  CREATE INDEX tasks_twice ON tasks (twice)",
            detected: &["alter column tasks.points: type"],
            ..CASE
        },
    ),
    both(
        "type changed on both sides of a foreign key",
        Case {
            sql: "CREATE TABLE people (id <<integer => bigint>> PRIMARY KEY, name text);
                  CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      owner_id <<integer => bigint>> CONSTRAINT tasks_owner REFERENCES people (id) ON DELETE CASCADE
                  )",
            detected: &[
                "alter column people.id: type",
                "alter column tasks.owner_id: type",
            ],
            ..CASE
        },
    ),
    both(
        "type changed under a unique constraint and a check",
        Case {
            sql: "CREATE TABLE tasks (
                      id integer PRIMARY KEY,
                      number <<integer => varchar(20)>>,
                      title text,
                      CONSTRAINT one_number UNIQUE (number),
                      CONSTRAINT titled CHECK (title <> '')
                  )",
            detected: &["alter column tasks.number: type"],
            ..CASE
        },
    ),
    each(
        "type bool->int",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, done <<boolean DEFAULT false => integer DEFAULT 0>>, title text)",
            rewrites: &["tasks.done"],
            detected: &["alter column tasks.done: type boolean to integer, set default 0"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, done <<BOOLEAN => INTEGER>> DEFAULT 0, title TEXT)",
            detected: &["alter column tasks.done: type BOOLEAN to INTEGER"],
            ..CASE
        },
    ),
    on_postgres(
        "timestamp->timestamptz",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, due timestamp<< => tz>>, title text);
                  CREATE INDEX tasks_due ON tasks (due)",
            rewrites: &["tasks.due"],
            detected: &["alter column tasks.due: type timestamp to timestamptz"],
            ..CASE
        },
    ),
    on_postgres(
        "json->jsonb",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, payload <<json => jsonb>> NOT NULL DEFAULT '{}', title text)",
            detected: &["alter column tasks.payload: type json to jsonb, set default '{}'::jsonb"],
            ..CASE
        },
    ),
    on_postgres(
        "text->json",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, payload <<text => json>>, title text)",
            detected: &["alter column tasks.payload: type text to json"],
            ..CASE
        },
    ),
    on_postgres(
        "array dims int[]->text[]",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, tags <<integer => text>>[] NOT NULL DEFAULT '{}', title text)",
            detected: &["alter column tasks.tags: type integer[] to text[], set default '{}'::text[]"],
            ..CASE
        },
    ),
    on_postgres(
        "text->uuid",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, token <<text => uuid>> UNIQUE, title text)",
            detected: &["alter column tasks.token: type text to uuid"],
            ..CASE
        },
    ),
    on_postgres(
        "range type changed",
        Case {
            sql: "CREATE TABLE shifts (id integer PRIMARY KEY, span <<int4range => int8range>> NOT NULL, EXCLUDE USING gist (span WITH &&))",
            detected: &["alter column shifts.span: type int4range to int8range"],
            ..CASE
        },
    ),
    on_postgres(
        "collation change",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text << => COLLATE \"C\">> NOT NULL, note text);
                  CREATE INDEX tasks_titles ON tasks (title)",
            detected: &["alter column tasks.title: collate C"],
            ..CASE
        },
    ),
    on_postgres(
        "column becomes a domain",
        Case {
            sql: "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
                  CREATE TABLE people (id integer PRIMARY KEY, mail <<text => email>>, name text)",
            detected: &["alter column people.mail: type text to email"],
            rows: "INSERT INTO people VALUES (1, 'a@b', 'Ann'), (2, NULL, NULL)",
            ..CASE
        },
    ),
];
