-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## primary key columns changed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_members (
    team_id INTEGER NOT NULL,
    person_id INTEGER NOT NULL,
    since DATE,
    CONSTRAINT members_pkey PRIMARY KEY (team_id, person_id)
);
INSERT INTO limbeck_new_members (team_id, person_id, since) SELECT team_id, person_id, since FROM members;
DROP TABLE members;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_members RENAME TO members;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX members_people ON members (person_id);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: members.members_pkey: rows that are equal in its columns
CREATE TABLE limbeck_new_members (
    team_id INTEGER NOT NULL,
    person_id INTEGER NOT NULL,
    since DATE,
    CONSTRAINT members_pkey PRIMARY KEY (team_id)
);
INSERT INTO limbeck_new_members (team_id, person_id, since) SELECT team_id, person_id, since FROM members;
DROP TABLE members;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_members RENAME TO members;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX members_people ON members (person_id);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## primary key added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.tasks_pkey: rows that are equal in its columns
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT tasks_pkey PRIMARY KEY (id)
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


-- ## primary key dropped

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
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
-- hazard: may_fail: tasks.tasks_pkey: rows that are equal in its columns
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT tasks_pkey PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## primary key renamed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT pk_tasks PRIMARY KEY (id)
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
    CONSTRAINT tasks_pkey PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## unique named added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: people.one_mail: rows that are equal in its columns
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT,
    CONSTRAINT one_mail UNIQUE (mail, name),
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
    name TEXT,
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


-- ## unique unnamed added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: people.people_mail_key: rows that are equal in its columns
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
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT,
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


-- ## unique dropped

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT,
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
-- hazard: may_fail: people.one_mail: rows that are equal in its columns
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT,
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


-- ## unique columns changed same name

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT,
    CONSTRAINT one_person UNIQUE (mail, name),
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
-- hazard: may_fail: people.one_person: rows that are equal in its columns
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    name TEXT,
    CONSTRAINT one_person UNIQUE (mail),
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


-- ## unique renamed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    CONSTRAINT mail_once UNIQUE (mail),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail) SELECT id, mail FROM people;
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
    CONSTRAINT one_mail UNIQUE (mail),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail) SELECT id, mail FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## unique constraint becomes a unique index

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail) SELECT id, mail FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE UNIQUE INDEX one_mail ON people (mail);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_people (
    id INTEGER NOT NULL,
    mail TEXT,
    CONSTRAINT one_mail UNIQUE (mail),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_people (id, mail) SELECT id, mail FROM people;
DROP TABLE people;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_people RENAME TO people;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## check added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.few: rows that do not satisfy it
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT few CHECK (points BETWEEN 0 AND 99),
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
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER NOT NULL,
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


-- ## check dropped

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER NOT NULL,
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
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.few: rows that do not satisfy it
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT few CHECK (points BETWEEN 0 AND 99),
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


-- ## check expr changed

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.few: rows that do not satisfy it
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT few CHECK (points > 0 AND points < 100),
    PRIMARY KEY (id),
    CONSTRAINT titled CHECK (title <> '')
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.few: rows that do not satisfy it
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT few CHECK (points > 0 AND points < 50),
    PRIMARY KEY (id),
    CONSTRAINT titled CHECK (title <> '')
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## check renamed

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER,
    CONSTRAINT few_points CHECK (points < 50),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points) SELECT id, points FROM tasks;
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
    points INTEGER,
    CONSTRAINT few CHECK (points < 50),
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points) SELECT id, points FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## check unnamed added

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: tasks.tasks_points_check: rows that do not satisfy it
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points INTEGER,
    title TEXT,
    PRIMARY KEY (id),
    CHECK (points < 50)
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;
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
    points INTEGER,
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
