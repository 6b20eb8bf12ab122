//! Primary keys, unique constraints, checks and exclusion.

use super::{CASE, Case, Kind, both, on_postgres};

pub(super) const KINDS: &[Kind] = &[
    both(
        "primary key columns changed",
        Case {
            sql: "CREATE TABLE members (
                      team_id integer NOT NULL,
                      person_id integer NOT NULL,
                      since date,
                      CONSTRAINT members_pkey PRIMARY KEY (team_id<< => , person_id>>)
                  );
                  CREATE INDEX members_people ON members (person_id)",
            detected: &[
                "drop primary key members.members_pkey",
                "add primary key members.members_pkey (team_id, person_id)",
            ],
            ..CASE
        },
    ),
    both(
        "primary key added",
        Case {
            sql: "CREATE TABLE tasks (id integer NOT NULL, title text<< => , CONSTRAINT tasks_pkey PRIMARY KEY (id)>>)",
            detected: &["add primary key tasks.tasks_pkey (id)"],
            ..CASE
        },
    ),
    both(
        "primary key dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer NOT NULL, title text<<, CONSTRAINT tasks_pkey PRIMARY KEY (id) => >>)",
            detected: &["drop primary key tasks.tasks_pkey"],
            ..CASE
        },
    ),
    both(
        "primary key renamed",
        Case {
            sql: "CREATE TABLE tasks (id integer NOT NULL, title text, CONSTRAINT <<tasks_pkey => pk_tasks>> PRIMARY KEY (id));
                  CREATE TABLE notes (task_id integer CONSTRAINT notes_task REFERENCES tasks (id), body text)",
            detected: &["rename constraint tasks.tasks_pkey to pk_tasks"],
            ..CASE
        },
    ),
    both(
        "unique named added",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text, name text<< => , CONSTRAINT one_mail UNIQUE (mail, name)>>)",
            detected: &["add unique constraint people.one_mail (mail, name)"],
            ..CASE
        },
    ),
    both(
        "unique unnamed added",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text << => UNIQUE>>, name text)",
            detected: &["add unique constraint people.people_mail_key (mail)"],
            ..CASE
        },
    ),
    both(
        "unique dropped",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text, name text<<, CONSTRAINT one_mail UNIQUE (mail) => >>)",
            detected: &["drop unique constraint people.one_mail"],
            ..CASE
        },
    ),
    both(
        "unique columns changed same name",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text, name text, CONSTRAINT one_person UNIQUE (mail<< => , name>>))",
            detected: &[
                "drop unique constraint people.one_person",
                "add unique constraint people.one_person (mail, name)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "unique -> deferrable",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, place integer,
                      CONSTRAINT one_place UNIQUE (place) << => DEFERRABLE INITIALLY DEFERRED>>)",
            detected: &[
                "drop unique constraint people.one_place",
                "add unique constraint people.one_place (place)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "unique nulls not distinct",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text, CONSTRAINT one_mail UNIQUE << => NULLS NOT DISTINCT>> (mail))",
            detected: &[
                "drop unique constraint people.one_mail",
                "add unique constraint people.one_mail (mail)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "unique with INCLUDE",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text, name text, CONSTRAINT one_mail UNIQUE (mail) << => INCLUDE (name)>>)",
            detected: &[
                "drop unique constraint people.one_mail",
                "add unique constraint people.one_mail (mail)",
            ],
            ..CASE
        },
    ),
    both(
        "unique renamed",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text, CONSTRAINT <<one_mail => mail_once>> UNIQUE (mail))",
            detected: &["rename constraint people.one_mail to mail_once"],
            ..CASE
        },
    ),
    on_postgres(
        "unique renamed under a foreign key, without a rebuild",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text CONSTRAINT <<one_mail => mail_once>> UNIQUE);
                  CREATE TABLE letters (id integer PRIMARY KEY, sent_to text CONSTRAINT letters_mail REFERENCES people (mail))",
            detected: &["rename constraint people.one_mail to mail_once"],
            ..CASE
        },
    ),
    both(
        "unique constraint becomes a unique index",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, mail text<<, CONSTRAINT one_mail UNIQUE (mail) => >>);
                  << => CREATE UNIQUE INDEX one_mail ON people (mail)>>",
            detected: &[
                "drop unique constraint people.one_mail",
                "create unique index people.one_mail (mail)",
            ],
            ..CASE
        },
    ),
    both(
        "check added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer NOT NULL, title text<< => , CONSTRAINT few CHECK (points BETWEEN 0 AND 99)>>)",
            detected: &["add check constraint tasks.few"],
            ..CASE
        },
    ),
    both(
        "check dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer NOT NULL, title text<<, CONSTRAINT few CHECK (points BETWEEN 0 AND 99) => >>)",
            detected: &["drop check constraint tasks.few"],
            ..CASE
        },
    ),
    both(
        "check expr changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer NOT NULL, title text,
                      CONSTRAINT few CHECK (points > 0 AND points < <<50 => 100>>),
                      CONSTRAINT titled CHECK (title <> ''))",
            detected: &["drop check constraint tasks.few", "add check constraint tasks.few"],
            ..CASE
        },
    ),
    both(
        "check renamed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer, CONSTRAINT <<few => few_points>> CHECK (points < 50))",
            detected: &["rename constraint tasks.few to few_points"],
            ..CASE
        },
    ),
    both(
        "check unnamed added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer << => CHECK (points < 50)>>, title text)",
            detected: &["add check constraint tasks.tasks_points_check (points < 50)"],
            ..CASE
        },
    ),
    on_postgres(
        "check NOT VALID -> valid",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer);
                  ALTER TABLE tasks ADD CONSTRAINT few CHECK (points < 50) <<NOT VALID => >>",
            detected: &["validate check constraint tasks.few"],
            ..CASE
        },
    ),
    on_postgres(
        "check NO INHERIT",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer, CONSTRAINT few CHECK (points < 50) << => NO INHERIT>>)",
            detected: &[
                "drop check constraint tasks.few",
                "add check constraint tasks.few (points < 50)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "check with a function changed",
        Case {
            sql: "CREATE FUNCTION good(integer) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 > 0';
                  CREATE TABLE tasks (id integer PRIMARY KEY, points integer, CONSTRAINT few CHECK (good(points)<< => AND points < 50>>))",
            detected: &[
                "drop check constraint tasks.few",
                "add check constraint tasks.few (good(points) AND (points < 50))",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "exclude added",
        Case {
            sql: "CREATE TABLE bookings (id integer PRIMARY KEY, room integer, span int4range NOT NULL
                      << => , CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&)>>)",
            detected: &["add exclusion constraint bookings.no_overlap"],
            ..CASE
        },
    ),
    on_postgres(
        "exclusion changed",
        Case {
            sql: "CREATE TABLE bookings (id integer PRIMARY KEY, room integer, span int4range NOT NULL,
                      CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&) WHERE (room > <<0 => 9>>) << => DEFERRABLE>>)",
            detected: &[
                "drop exclusion constraint bookings.no_overlap",
                "add exclusion constraint bookings.no_overlap",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "exclusion dropped",
        Case {
            sql: "CREATE TABLE bookings (id integer PRIMARY KEY, span int4range NOT NULL<<, CONSTRAINT no_overlap EXCLUDE USING gist (span WITH &&) => >>)",
            detected: &["drop exclusion constraint bookings.no_overlap"],
            ..CASE
        },
    ),
    on_postgres(
        "constraint comment changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points integer CONSTRAINT few CHECK (points < 50));
                  COMMENT ON CONSTRAINT few ON tasks IS <<'few' => 'not many'>>",
            detected: &["comment on tasks.few"],
            ..CASE
        },
    ),
];
