-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## table made STRICT

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks: values that are not of their column's type
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER,
    PRIMARY KEY (id)
) STRICT;
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_points ON tasks (points);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_points ON tasks (points);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## table made WITHOUT ROWID

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tags (
    name TEXT NOT NULL,
    color TEXT,
    PRIMARY KEY (name)
) WITHOUT ROWID;
INSERT INTO limbeck_new_tags (name, color) SELECT name, color FROM tags;
DROP TABLE tags;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tags RENAME TO tags;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tags (
    name TEXT NOT NULL,
    color TEXT,
    PRIMARY KEY (name)
);
INSERT INTO limbeck_new_tags (name, color) SELECT name, color FROM tags;
DROP TABLE tags;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tags RENAME TO tags;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## AUTOINCREMENT added

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    title TEXT
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


-- ## AUTOINCREMENT dropped

-- upgrade
-- step: foreign keys off
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
CREATE TABLE limbeck_new_tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    title TEXT
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## collation NOCASE added to a column

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT COLLATE "NOCASE",
    name TEXT,
    UNIQUE (mail),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail, name) SELECT id, mail, name FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX people_names ON people (name, mail);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT,
    UNIQUE (mail),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail, name) SELECT id, mail, name FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX people_names ON people (name, mail);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## collation NOCASE added to an index

-- upgrade
DROP INDEX people_names;
CREATE INDEX people_names ON people (name COLLATE "NOCASE", mail);
-- downgrade
DROP INDEX people_names;
CREATE INDEX people_names ON people (name, mail);


-- ## ON CONFLICT changed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT NOT NULL ON CONFLICT IGNORE,
    CONSTRAINT one_mail UNIQUE (mail) ON CONFLICT REPLACE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail, name) SELECT id, mail, name FROM people;
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
    mail TEXT,
    name TEXT NOT NULL,
    CONSTRAINT one_mail UNIQUE (mail),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail, name) SELECT id, mail, name FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## generated VIRTUAL column added

-- upgrade
ALTER TABLE lines ADD COLUMN twice INTEGER GENERATED ALWAYS AS (price * 2) VIRTUAL;
-- downgrade
ALTER TABLE lines DROP COLUMN twice;


-- ## generated VIRTUAL -> STORED

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER,
    twice INTEGER GENERATED ALWAYS AS (price * 2) STORED,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_lines (id, price) SELECT id, price FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX lines_twice ON lines (twice);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER,
    twice INTEGER GENERATED ALWAYS AS (price * 2) VIRTUAL,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_lines (id, price) SELECT id, price FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX lines_twice ON lines (twice);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## partial and expression index added

-- upgrade
-- hazard: may_fail: tasks.open_titles: rows that are equal in its keys
CREATE UNIQUE INDEX open_titles ON tasks (lower(title) COLLATE "NOCASE" DESC, done + 1) WHERE done = 0 AND title IS NOT NULL;
-- downgrade
DROP INDEX open_titles;


-- ## virtual table added

-- upgrade
CREATE VIRTUAL TABLE found USING fts5(title, note);
-- downgrade
-- loses: found
DROP TABLE found;


-- ## virtual table changed

-- upgrade
-- loses: found
DROP TABLE found;
CREATE VIRTUAL TABLE found USING fts5(title, note);
-- downgrade
-- loses: found
DROP TABLE found;
CREATE VIRTUAL TABLE found USING fts5(title);


-- ## virtual table dropped

-- upgrade
-- loses: found
DROP TABLE found;
-- downgrade
CREATE VIRTUAL TABLE found USING fts5(title);


-- ## table rebuilt under a view and triggers

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TRIGGER told AFTER INSERT ON tasks BEGIN INSERT INTO log (said) VALUES (new.title); END;
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
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title, points) SELECT id, title, points FROM tasks;

CREATE TEMP TABLE limbeck_value_check (
    unfit_0 INTEGER CONSTRAINT "tasks.points holds a value that is no INTEGER" CHECK (unfit_0 = 0)
);
INSERT INTO limbeck_value_check SELECT count(*) FILTER (WHERE points IS NOT NULL AND (typeof(points) = 'integer') IS NOT TRUE) FROM limbeck_new_tasks;
DROP TABLE limbeck_value_check;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TRIGGER told AFTER INSERT ON tasks BEGIN INSERT INTO log (said) VALUES (new.title); END;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## foreign keys with CASCADE to a rebuilt table

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    name TEXT,
    age TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, name, age) SELECT id, name, age FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: people.age: values that are no INTEGER
-- loses: people.age
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    name TEXT,
    age INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, name, age) SELECT id, name, age FROM people;

CREATE TEMP TABLE limbeck_value_check (
    unfit_0 INTEGER CONSTRAINT "people.age holds a value that is no INTEGER" CHECK (unfit_0 = 0)
);
INSERT INTO limbeck_value_check SELECT count(*) FILTER (WHERE age IS NOT NULL AND (typeof(age) = 'integer') IS NOT TRUE) FROM limbeck_new_people;
DROP TABLE limbeck_value_check;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type DATE->DATETIME

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    due DATETIME,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, due, title) SELECT id, due || ' 00:00:00', title FROM tasks;

CREATE TEMP TABLE limbeck_value_check (
    unfit_0 INTEGER CONSTRAINT "tasks.due holds a value that is no DATETIME" CHECK (unfit_0 = 0)
);
INSERT INTO limbeck_value_check SELECT count(*) FILTER (WHERE due IS NOT NULL AND (typeof(due) = 'text' AND due GLOB '????-??-??[ T][0-2][0-9]:[0-5][0-9]*' AND date(substr(due, 1, 10)) = substr(due, 1, 10) AND datetime(due) IS NOT NULL) IS NOT TRUE) FROM limbeck_new_tasks;
DROP TABLE limbeck_value_check;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- loses: tasks.due
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    due DATE,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, due, title) SELECT id, coalesce(CASE typeof(due) WHEN 'integer' THEN date(due, 'unixepoch') ELSE date(due) END, due), title FROM tasks;

CREATE TEMP TABLE limbeck_value_check (
    unfit_0 INTEGER CONSTRAINT "tasks.due holds a value that is no DATE" CHECK (unfit_0 = 0)
);
INSERT INTO limbeck_value_check SELECT count(*) FILTER (WHERE due IS NOT NULL AND (typeof(due) = 'text' AND length(due) = 10 AND date(due) = due) IS NOT TRUE) FROM limbeck_new_tasks;
DROP TABLE limbeck_value_check;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## key that admitted NULL refuses it

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tags.name: rows that hold NULL
CREATE TABLE limbeck_new_tags (
    name TEXT NOT NULL,
    color TEXT,
    PRIMARY KEY (name)
);
INSERT INTO limbeck_new_tags (rowid, name, color) SELECT rowid, name, color FROM tags;
DROP TABLE tags;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tags RENAME TO tags;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tags (
    name TEXT,
    color TEXT,
    PRIMARY KEY (name)
);
INSERT INTO limbeck_new_tags (rowid, name, color) SELECT rowid, name, color FROM tags;
DROP TABLE tags;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tags RENAME TO tags;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## table renamed in other letters

-- upgrade
-- step: foreign keys off
-- hazard: breaks_clients: people: programs that say People
ALTER TABLE "People" RENAME TO limbeck_former_people;
ALTER TABLE limbeck_former_people RENAME TO people;

CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    name TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, name) SELECT id, name FROM people;
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
    name TEXT,
    CONSTRAINT "People_pkey" PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, name) SELECT id, name FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
-- hazard: breaks_clients: People: programs that say people
ALTER TABLE people RENAME TO "limbeck_former_People";
ALTER TABLE "limbeck_former_People" RENAME TO "People";
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## only column replaced

-- upgrade
-- step: foreign keys off
-- loses: notes.body
CREATE TABLE limbeck_new_notes (
    weight INTEGER
);
INSERT INTO limbeck_new_notes (rowid) SELECT rowid FROM notes;
DROP TABLE notes;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_notes RENAME TO notes;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- loses: notes.weight
CREATE TABLE limbeck_new_notes (
    body TEXT
);
INSERT INTO limbeck_new_notes (rowid) SELECT rowid FROM notes;
DROP TABLE notes;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_notes RENAME TO notes;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## default in another spelling

-- upgrade
-- downgrade


-- ## dump of the sqlite3 shell

-- upgrade
-- downgrade
