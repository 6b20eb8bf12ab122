-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## fk added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    title TEXT,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id, title) SELECT id, owner_id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id, title) SELECT id, owner_id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk added along with its column

-- upgrade
ALTER TABLE tasks ADD COLUMN owner_id INTEGER CONSTRAINT tasks_owner REFERENCES people (id) ON DELETE SET NULL;
-- downgrade
-- step: foreign keys off
-- loses: tasks.owner_id
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk dropped

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id, title) SELECT id, owner_id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    title TEXT,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id, title) SELECT id, owner_id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk ondelete changed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk deferrable changed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk references another table

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES teams (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk renamed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk of several columns added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: bookings.booked: rows that reference nothing
CREATE TABLE limbeck_new_bookings (
    id INTEGER NOT NULL,
    house TEXT,
    number INTEGER,
    CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number) ON UPDATE CASCADE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_bookings (id, house, number) SELECT id, house, number FROM bookings;
DROP TABLE bookings;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_bookings RENAME TO bookings;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_bookings (
    id INTEGER NOT NULL,
    house TEXT,
    number INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_bookings (id, house, number) SELECT id, house, number FROM bookings;
DROP TABLE bookings;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_bookings RENAME TO bookings;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk of several columns in another order

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: bookings.booked: rows that reference nothing
CREATE TABLE limbeck_new_bookings (
    id INTEGER NOT NULL,
    house INTEGER,
    number INTEGER,
    CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (number, house),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_bookings (id, house, number) SELECT id, house, number FROM bookings;
DROP TABLE bookings;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_bookings RENAME TO bookings;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: bookings.booked: rows that reference nothing
CREATE TABLE limbeck_new_bookings (
    id INTEGER NOT NULL,
    house INTEGER,
    number INTEGER,
    CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_bookings (id, house, number) SELECT id, house, number FROM bookings;
DROP TABLE bookings;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_bookings RENAME TO bookings;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk to its own table added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.nested: rows that reference nothing
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    parent_id INTEGER,
    title TEXT,
    CONSTRAINT nested FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, parent_id, title) SELECT id, parent_id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    parent_id INTEGER,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, parent_id, title) SELECT id, parent_id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## table with a fk to itself changed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points TEXT,
    parent_id INTEGER,
    CONSTRAINT nested FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points, parent_id) SELECT id, title, points, parent_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.points: values that are no INTEGER
-- loses: tasks.points
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER,
    parent_id INTEGER,
    CONSTRAINT nested FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points, parent_id) SELECT id, title, points, parent_id FROM tasks;

CREATE TEMP TABLE limbeck_value_check (
    unfit_0 INTEGER CONSTRAINT "tasks.points holds a value that is no INTEGER" CHECK (unfit_0 = 0)
);
INSERT INTO limbeck_value_check SELECT count(*) FILTER (WHERE points IS NOT NULL AND (typeof(points) = 'integer') IS NOT TRUE) FROM limbeck_new_tasks;
DROP TABLE limbeck_value_check;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## fk MATCH FULL

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: bookings.booked: rows that reference nothing
CREATE TABLE limbeck_new_bookings (
    id INTEGER NOT NULL,
    house TEXT,
    number INTEGER,
    CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number) MATCH FULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_bookings (id, house, number) SELECT id, house, number FROM bookings;
DROP TABLE bookings;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_bookings RENAME TO bookings;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: bookings.booked: rows that reference nothing
CREATE TABLE limbeck_new_bookings (
    id INTEGER NOT NULL,
    house TEXT,
    number INTEGER,
    CONSTRAINT booked FOREIGN KEY (house, number) REFERENCES rooms (house, number),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_bookings (id, house, number) SELECT id, house, number FROM bookings;
DROP TABLE bookings;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_bookings RENAME TO bookings;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## primary key changed while it is referenced

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    code TEXT NOT NULL,
    CONSTRAINT one_id UNIQUE (id),
    CONSTRAINT people_pkey PRIMARY KEY (code)
);
INSERT INTO limbeck_new_people (id, code) SELECT id, code FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    code TEXT NOT NULL,
    CONSTRAINT one_code UNIQUE (code),
    CONSTRAINT people_pkey PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, code) SELECT id, code FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## referenced table dropped, the column stays

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    owner_id INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, owner_id) SELECT id, title, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
-- loses: people
DROP TABLE people;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE people (
    id INTEGER NOT NULL,
    name TEXT,
    PRIMARY KEY (id)
);

-- hazard: may_fail: tasks.tasks_owner: rows that reference nothing
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    owner_id INTEGER,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, owner_id) SELECT id, title, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
