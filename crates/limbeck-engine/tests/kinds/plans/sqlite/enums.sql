-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## enum value added

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'waiting', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, state) SELECT id, title, state FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open';
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: state: rows that hold the value waiting
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, state) SELECT id, title, state FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open';
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## enum value removed

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: state: rows that hold the value waiting
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id),
    CONSTRAINT titled CHECK (state <> 'done' OR title <> '')
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
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'waiting', 'done')),
    PRIMARY KEY (id),
    CONSTRAINT titled CHECK (state <> 'done' OR title <> '')
);
INSERT INTO limbeck_new_tasks (id, title, state) SELECT id, title, state FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## enum value renamed

-- upgrade
-- step: foreign keys off
-- hazard: breaks_clients: state: programs that write the value todo
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, state) SELECT id, title, CASE state WHEN 'todo' THEN 'open' ELSE state END FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open';
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: breaks_clients: state: programs that write the value open
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'todo' CONSTRAINT state CHECK (state IN ('todo', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, state) SELECT id, title, CASE state WHEN 'open' THEN 'todo' ELSE state END FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'todo';
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## values of two enum types renamed, with another column's type

-- upgrade
-- step: foreign keys off
-- hazard: breaks_clients: mood: programs that write the value good
CREATE TABLE limbeck_new_notes (
    id INTEGER NOT NULL,
    mood TEXT CONSTRAINT mood CHECK (mood IN ('bad', 'fine')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_notes (id, mood) SELECT id, CASE mood WHEN 'good' THEN 'fine' ELSE mood END FROM notes;
DROP TABLE notes;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_notes RENAME TO notes;
PRAGMA legacy_alter_table = OFF;

-- hazard: breaks_clients: state: programs that write the value todo
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points BIGINT,
    state TEXT CONSTRAINT state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points, state) SELECT id, points, CASE state WHEN 'todo' THEN 'open' ELSE state END FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: breaks_clients: mood: programs that write the value fine
CREATE TABLE limbeck_new_notes (
    id INTEGER NOT NULL,
    mood TEXT CONSTRAINT mood CHECK (mood IN ('bad', 'good')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_notes (id, mood) SELECT id, CASE mood WHEN 'fine' THEN 'good' ELSE mood END FROM notes;
DROP TABLE notes;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_notes RENAME TO notes;
PRAGMA legacy_alter_table = OFF;

-- hazard: breaks_clients: state: programs that write the value open
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER,
    state TEXT CONSTRAINT state CHECK (state IN ('todo', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points, state) SELECT id, points, CASE state WHEN 'open' THEN 'todo' ELSE state END FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## enum values reordered

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('done', 'open', 'late')),
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
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done', 'late')),
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


-- ## enum type renamed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_old_tasks (
    id INTEGER NOT NULL,
    state TEXT CONSTRAINT task_state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_old_tasks (id, state) SELECT id, state FROM old_tasks;
DROP TABLE old_tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_old_tasks RENAME TO old_tasks;
PRAGMA legacy_alter_table = OFF;

CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL CONSTRAINT task_state CHECK (state IN ('open', 'done')),
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
CREATE TABLE limbeck_new_old_tasks (
    id INTEGER NOT NULL,
    state TEXT CONSTRAINT state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_old_tasks (id, state) SELECT id, state FROM old_tasks;
DROP TABLE old_tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_old_tasks RENAME TO old_tasks;
PRAGMA legacy_alter_table = OFF;

CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL CONSTRAINT state CHECK (state IN ('open', 'done')),
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


-- ## enum default changed with its values

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: state: rows that hold the value new
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')),
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
    state TEXT NOT NULL DEFAULT 'new' CONSTRAINT state CHECK (state IN ('new', 'open', 'done')),
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


-- ## enum type + column added to existing table

-- upgrade
ALTER TABLE tasks ADD COLUMN state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done'));
-- downgrade
-- loses: tasks.state
ALTER TABLE tasks DROP COLUMN state;


-- ## enum column dropped (type left?)

-- upgrade
-- loses: tasks.state
ALTER TABLE tasks DROP COLUMN state;
-- downgrade
ALTER TABLE tasks ADD COLUMN state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done'));


-- ## table with enum added

-- upgrade
CREATE TABLE tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')),
    FOREIGN KEY (owner_id) REFERENCES people (id),
    PRIMARY KEY (id)
);
-- downgrade
-- loses: tasks
DROP TABLE tasks;


-- ## text becomes an enum

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.state: values that are no state
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT state CHECK (state IN ('open', 'done')),
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
    state TEXT NOT NULL DEFAULT 'open',
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
