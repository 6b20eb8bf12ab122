-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## column added nullable

-- upgrade
ALTER TABLE tasks ADD COLUMN note TEXT;
-- downgrade
-- loses: tasks.note
ALTER TABLE tasks DROP COLUMN note;


-- ## column added not null no default (empty table)

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    owner VARCHAR(20) NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, owner) SELECT id, title, '' FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- loses: tasks.owner
ALTER TABLE tasks DROP COLUMN owner;


-- ## column added not null no default, on rows

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.owned: rows that do not satisfy it
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    owner VARCHAR(20) NOT NULL,
    CONSTRAINT owned CHECK (owner <> ''),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, owner) SELECT id, title, 'nobody' FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- loses: tasks.owner
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


-- ## column added not null with a default, on rows

-- upgrade
ALTER TABLE tasks ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
-- downgrade
-- loses: tasks.state
ALTER TABLE tasks DROP COLUMN state;


-- ## column dropped

-- upgrade
-- loses: tasks.note
ALTER TABLE tasks DROP COLUMN note;
-- downgrade
ALTER TABLE tasks ADD COLUMN note TEXT;


-- ## column dropped with its index, check and unique constraint

-- upgrade
-- step: foreign keys off
-- loses: tasks.note
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
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.own_note: rows that are equal in its columns
-- hazard: may_fail: tasks.noted: rows that do not satisfy it
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    note TEXT,
    CONSTRAINT noted CHECK (length(note) > 0),
    CONSTRAINT own_note UNIQUE (note),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_notes ON tasks (title, note);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## column dropped that is NOT NULL

-- upgrade
-- loses: tasks.points
ALTER TABLE tasks DROP COLUMN points;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, 0 FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## column dropped that is NOT NULL and unique

-- upgrade
-- step: foreign keys off
-- loses: tasks.number
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
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.number: rows are there, and the column gives them no value
-- hazard: may_fail: tasks.one_number: rows that are equal in its columns
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    number INTEGER NOT NULL,
    CONSTRAINT one_number UNIQUE (number),
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


-- ## column renamed

-- upgrade
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;
-- downgrade
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;


-- ## column renamed inside a check

-- upgrade
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;
-- downgrade
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;


-- ## column renamed inside indexes

-- upgrade
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;
-- downgrade
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;


-- ## column renamed inside a generated column

-- upgrade
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;
-- downgrade
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;


-- ## column renamed on both sides of a foreign key

-- upgrade
-- hazard: breaks_clients: people.id: programs that say nr
ALTER TABLE people RENAME COLUMN nr TO id;
-- hazard: breaks_clients: tasks.owner_id: programs that say person
ALTER TABLE tasks RENAME COLUMN person TO owner_id;
-- downgrade
-- hazard: breaks_clients: tasks.person: programs that say owner_id
ALTER TABLE tasks RENAME COLUMN owner_id TO person;
-- hazard: breaks_clients: people.nr: programs that say id
ALTER TABLE people RENAME COLUMN id TO nr;


-- ## column renamed with its type changed

-- upgrade
-- step: foreign keys off
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;

CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(200) NOT NULL,
    CONSTRAINT said CHECK (length(title) > 0),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_titles ON tasks (title);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(20) NOT NULL,
    CONSTRAINT said CHECK (length(title) > 0),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_titles ON tasks (title);
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## two columns swap their names

-- upgrade
-- hazard: breaks_clients: tasks.limbeck_former_short: programs that say short
ALTER TABLE tasks RENAME COLUMN short TO limbeck_former_short;
-- hazard: breaks_clients: tasks.short: programs that say long
ALTER TABLE tasks RENAME COLUMN long TO short;
-- hazard: breaks_clients: tasks.long: programs that say limbeck_former_short
ALTER TABLE tasks RENAME COLUMN limbeck_former_short TO long;
-- downgrade
-- hazard: breaks_clients: tasks.limbeck_former_short: programs that say long
ALTER TABLE tasks RENAME COLUMN long TO limbeck_former_short;
-- hazard: breaks_clients: tasks.long: programs that say short
ALTER TABLE tasks RENAME COLUMN short TO long;
-- hazard: breaks_clients: tasks.short: programs that say limbeck_former_short
ALTER TABLE tasks RENAME COLUMN limbeck_former_short TO short;


-- ## column reordered

-- upgrade
-- downgrade


-- ## column dropped and another added

-- upgrade
-- loses: tasks.estimate
ALTER TABLE tasks DROP COLUMN estimate;
ALTER TABLE tasks ADD COLUMN due DATE;
-- downgrade
-- loses: tasks.due
ALTER TABLE tasks DROP COLUMN due;
ALTER TABLE tasks ADD COLUMN estimate INTEGER;


-- ## nullable -> not null

-- upgrade
-- step: foreign keys off
-- loses: tasks.title
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(50) NOT NULL,
    points INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, coalesce(title, 'none'), points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_titles ON tasks (title);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(50),
    points INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_titles ON tasks (title);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## nullable -> not null, rows with NULL filled

-- upgrade
-- step: foreign keys off
-- loses: tasks.title
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(50) NOT NULL,
    points INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, coalesce(title, 'none'), points FROM tasks;
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
    title VARCHAR(50),
    points INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## nullable -> not null, with a default

-- upgrade
-- step: foreign keys off
-- loses: tasks.points
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER NOT NULL DEFAULT 3,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, coalesce(points, 3) FROM tasks;
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
    title TEXT,
    points INTEGER DEFAULT 3,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## not null -> nullable

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.title: rows that hold NULL
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    points INTEGER NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## default added

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state VARCHAR(9) NOT NULL DEFAULT 'open',
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, state) SELECT id, title, state FROM tasks;
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
    title TEXT,
    state VARCHAR(9) NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, state) SELECT id, title, state FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## default changed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER DEFAULT 2,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
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
    title TEXT,
    points INTEGER DEFAULT 1,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## default dropped

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
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
    title TEXT,
    points INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## default expr now() added

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, at) SELECT id, title, at FROM tasks;
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
    title TEXT,
    at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, at) SELECT id, title, at FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## default expression changed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    code TEXT DEFAULT (lower('X') || '-' || 1),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, code) SELECT id, title, code FROM tasks;
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
    title TEXT,
    code TEXT DEFAULT (upper('x')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, code) SELECT id, title, code FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
