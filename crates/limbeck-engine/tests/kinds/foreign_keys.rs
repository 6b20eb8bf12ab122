//! Foreign keys.

use super::{CASE, Case, Ends, Kind, both, each, on_postgres};

pub(super) const KINDS: &[Kind] = &[
    both(
        "fk added",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer, title text
                      << => , CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id)>>)",
            detected: &["add foreign key tasks.tasks_owner (owner_id) references people (id)"],
            ..CASE
        },
    ),
    both(
        "fk added along with its column",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text
                      << => , owner_id integer CONSTRAINT tasks_owner REFERENCES people (id) ON DELETE SET NULL>>)",
            detected: &[
                "add column tasks.owner_id",
                "add foreign key tasks.tasks_owner (owner_id) references people (id)",
            ],
            ..CASE
        },
    ),
    both(
        "fk dropped",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer, title text
                      <<, CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) => >>)",
            detected: &["drop foreign key tasks.tasks_owner"],
            ..CASE
        },
    ),
    both(
        "fk ondelete changed",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer NOT NULL,
                      CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE <<CASCADE => RESTRICT ON UPDATE CASCADE>>)",
            detected: &[
                "drop foreign key tasks.tasks_owner",
                "add foreign key tasks.tasks_owner (owner_id) references people (id)",
            ],
            ..CASE
        },
    ),
    both(
        "fk deferrable changed",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer NOT NULL,
                      CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) << => DEFERRABLE INITIALLY DEFERRED>>)",
            detected: &[
                "drop foreign key tasks.tasks_owner",
                "add foreign key tasks.tasks_owner (owner_id) references people (id)",
            ],
            ..CASE
        },
    ),
    both(
        "fk references another table",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE teams (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer,
                      CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES <<people => teams>> (id))",
            detected: &[
                "drop foreign key tasks.tasks_owner",
                "add foreign key tasks.tasks_owner (owner_id) references teams (id)",
            ],
            ..CASE
        },
    ),
    both(
        "fk renamed",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer,
                      CONSTRAINT <<tasks_owner => owned>> FOREIGN KEY (owner_id) REFERENCES people (id))",
            detected: &["rename constraint tasks.tasks_owner to owned"],
            ..CASE
        },
    ),
    both(
        "fk of several columns added",
        Case {
            sql: "CREATE TABLE rooms (house text, number integer, PRIMARY KEY (house, number));
                  CREATE TABLE bookings (id integer PRIMARY KEY, house text, number integer
                      << => , CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number) ON UPDATE CASCADE>>)",
            detected: &["add foreign key bookings.booked (house, number) references rooms (house, number)"],
            ..CASE
        },
    ),
    both(
        "fk of several columns in another order",
        Case {
            sql: "CREATE TABLE rooms (house integer, number integer, PRIMARY KEY (house, number));
                  CREATE TABLE bookings (id integer PRIMARY KEY, house integer, number integer,
                      CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms <<(house, number) => (number, house)>>)",
            detected: &[
                "drop foreign key bookings.booked",
                "add foreign key bookings.booked (house, number) references rooms (number, house)",
            ],
            ..CASE
        },
    ),
    both(
        "fk to its own table added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, parent_id integer, title text
                      << => , CONSTRAINT nested FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE CASCADE>>)",
            detected: &["add foreign key tasks.nested (parent_id) references tasks (id)"],
            ..CASE
        },
    ),
    both(
        "table with a fk to itself changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points <<integer => text>>,
                      parent_id integer CONSTRAINT nested REFERENCES tasks (id) ON DELETE CASCADE)",
            detected: &["alter column tasks.points: type"],
            ..CASE
        },
    ),
    each(
        "fk MATCH FULL",
        Case {
            sql: "CREATE TABLE rooms (house text, number integer, PRIMARY KEY (house, number));
                  CREATE TABLE bookings (id integer PRIMARY KEY, house text, number integer,
                      CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms << => MATCH FULL>>)",
            detected: &[
                "drop foreign key bookings.booked",
                "add foreign key bookings.booked (house, number) references rooms (house, number)",
            ],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE rooms (house TEXT, number INTEGER, PRIMARY KEY (house, number));
                  CREATE TABLE bookings (id INTEGER PRIMARY KEY, house TEXT, number INTEGER,
                      CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms << => MATCH FULL>>)",
            detected: &[
                "drop foreign key bookings.booked",
                "add foreign key bookings.booked (house, number) references rooms (house, number)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "fk ON DELETE SET NULL (columns)",
        Case {
            sql: "CREATE TABLE rooms (house text, number integer, PRIMARY KEY (house, number));
                  CREATE TABLE bookings (id integer PRIMARY KEY, house text NOT NULL, number integer,
                      CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms ON DELETE SET NULL << => (number)>>)",
            detected: &[
                "drop foreign key bookings.booked",
                "add foreign key bookings.booked (house, number) references rooms (house, number)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "fk NOT VALID -> valid",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY, name text);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer);
                  ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) <<NOT VALID => >>",
            detected: &["validate foreign key tasks.tasks_owner"],
            ..CASE
        },
    ),
    both(
        "primary key changed while it is referenced",
        Case {
            sql: "CREATE TABLE people (id integer NOT NULL, code text NOT NULL,
                      CONSTRAINT <<people_pkey PRIMARY KEY (id), CONSTRAINT one_code UNIQUE (code) => people_pkey PRIMARY KEY (code), CONSTRAINT one_id UNIQUE (id)>>);
                  CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer CONSTRAINT tasks_owner REFERENCES people (id))",
            detected: &[
                "drop unique constraint people.one_code",
                "drop primary key people.people_pkey",
                "add unique constraint people.one_id (id)",
                "add primary key people.people_pkey (code)",
            ],
            ..CASE
        },
    ),
    both(
        "referenced table dropped, the column stays",
        Case {
            sql: "<<CREATE TABLE people (id integer PRIMARY KEY, name text); => >>
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text, owner_id integer <<CONSTRAINT tasks_owner REFERENCES people (id) => >>)",
            answers: &["--drop people"],
            ends: Ends::BackWithoutRows("constraint"),
            note: "The rows that were referenced are gone, so that the foreign key cannot be made again.",
            detected: &["drop table people", "drop foreign key tasks.tasks_owner"],
            ..CASE
        },
    ),
];
