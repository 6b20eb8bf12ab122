-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## type int->bigint

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points BIGINT NOT NULL,
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


-- ## type varchar length 50->100

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(100) NOT NULL,
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
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(50) NOT NULL,
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


-- ## type varchar length 100->50

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(50) NOT NULL,
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
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title VARCHAR(100) NOT NULL,
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


-- ## type numeric precision/scale

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    cost NUMERIC(12, 4),
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, cost, title) SELECT id, cost, title FROM tasks;
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
    cost NUMERIC(8, 2),
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, cost, title) SELECT id, cost, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type numeric->numeric(10,2) (arg added)

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    cost NUMERIC(10, 2),
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, cost, title) SELECT id, cost, title FROM tasks;
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
    cost NUMERIC,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, cost, title) SELECT id, cost, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type text->varchar(50)

-- upgrade
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
CREATE INDEX tasks_titles ON tasks (title);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type text->int (needs USING)

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.points: values that are no INTEGER
-- loses: tasks.points
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;

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
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points TEXT,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## varchar->text under a CHECK with IN

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT known_state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, state) SELECT id, state FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_open ON tasks (id) WHERE state IN ('open', 'late');
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    state VARCHAR(9) NOT NULL,
    CONSTRAINT known_state CHECK (state IN ('open', 'done')),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, state) SELECT id, state FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_open ON tasks (id) WHERE state IN ('open', 'late');
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type changed under a default

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.points: values that are no INTEGER
-- loses: tasks.points
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER DEFAULT 1,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;

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
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points TEXT DEFAULT '1',
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type changed under a generated column

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points BIGINT NOT NULL,
    twice BIGINT GENERATED ALWAYS AS (points * 2) STORED,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points) SELECT id, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_twice ON tasks (twice);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER NOT NULL,
    twice BIGINT GENERATED ALWAYS AS (points * 2) STORED,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points) SELECT id, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX tasks_twice ON tasks (twice);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type changed on both sides of a foreign key

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id BIGINT,
    name TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, name) SELECT id, name FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;

CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id BIGINT,
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
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, owner_id) SELECT id, owner_id FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;

-- hazard: may_fail: people.id: rows that hold NULL
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


-- ## type changed under a unique constraint and a check

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    number VARCHAR(20),
    title TEXT,
    CONSTRAINT one_number UNIQUE (number),
    PRIMARY KEY (id),
    CONSTRAINT titled CHECK (title <> '')
);
INSERT INTO limbeck_new_tasks (id, number, title) SELECT id, number, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.number: values that are no INTEGER
-- loses: tasks.number
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    number INTEGER,
    title TEXT,
    CONSTRAINT one_number UNIQUE (number),
    PRIMARY KEY (id),
    CONSTRAINT titled CHECK (title <> '')
);
INSERT INTO limbeck_new_tasks (id, number, title) SELECT id, number, title FROM tasks;

CREATE TEMP TABLE limbeck_value_check (
    unfit_0 INTEGER CONSTRAINT "tasks.number holds a value that is no INTEGER" CHECK (unfit_0 = 0)
);
INSERT INTO limbeck_value_check SELECT count(*) FILTER (WHERE number IS NOT NULL AND (typeof(number) = 'integer') IS NOT TRUE) FROM limbeck_new_tasks;
DROP TABLE limbeck_value_check;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## type bool->int

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    done INTEGER DEFAULT 0,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, done, title) SELECT id, done, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- loses: tasks.done
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    done BOOLEAN DEFAULT 0,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, done, title) SELECT id, CASE WHEN typeof(done) IN ('integer', 'real') THEN done <> 0 ELSE done END, title FROM tasks;

CREATE TEMP TABLE limbeck_value_check (
    unfit_0 INTEGER CONSTRAINT "tasks.done holds a value that is no BOOLEAN" CHECK (unfit_0 = 0)
);
INSERT INTO limbeck_value_check SELECT count(*) FILTER (WHERE done IS NOT NULL AND (typeof(done) = 'integer' AND done IN (0, 1)) IS NOT TRUE) FROM limbeck_new_tasks;
DROP TABLE limbeck_value_check;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
