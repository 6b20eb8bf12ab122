-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## view added

-- upgrade
CREATE VIEW open_tasks AS SELECT id, title FROM tasks WHERE NOT done;
-- downgrade
DROP VIEW open_tasks;


-- ## view changed

-- upgrade
DROP VIEW open_tasks;
CREATE VIEW open_tasks AS SELECT title, id FROM tasks WHERE NOT done;
-- downgrade
DROP VIEW open_tasks;
CREATE VIEW open_tasks AS SELECT id FROM tasks WHERE NOT done;


-- ## view dropped

-- upgrade
DROP VIEW titles;
-- downgrade
CREATE VIEW titles AS SELECT upper(title) AS title FROM tasks;


-- ## view over a column that changes its type

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    points BIGINT,
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


-- ## view over a column that is renamed

-- upgrade
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;
-- downgrade
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;


-- ## column dropped that a view no longer shows

-- upgrade
DROP VIEW shown;
-- loses: tasks.note
ALTER TABLE tasks DROP COLUMN note;
CREATE VIEW shown AS SELECT id, title FROM tasks;
-- downgrade
DROP VIEW shown;
ALTER TABLE tasks ADD COLUMN note TEXT;
CREATE VIEW shown AS SELECT id, title, note FROM tasks;


-- ## trigger added

-- upgrade
CREATE TRIGGER touch AFTER DELETE ON tasks BEGIN INSERT INTO log VALUES (old.id, old.title); END;
-- downgrade
DROP TRIGGER touch;


-- ## trigger changed

-- upgrade
DROP TRIGGER touch;
CREATE TRIGGER touch AFTER DELETE ON tasks BEGIN INSERT INTO log VALUES (old.id, 'gone'); END;
-- downgrade
DROP TRIGGER touch;
CREATE TRIGGER touch AFTER DELETE ON tasks BEGIN INSERT INTO log VALUES (old.id, old.title); END;


-- ## trigger dropped

-- upgrade
DROP TRIGGER touch;
-- downgrade
CREATE TRIGGER touch AFTER INSERT ON tasks BEGIN UPDATE tasks SET title = title WHERE id = new.id; END;


-- ## trigger on a column that changes its type

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    points BIGINT,
    title TEXT,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, points, title) SELECT id, points, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TRIGGER touch AFTER UPDATE OF points ON tasks BEGIN INSERT INTO log VALUES (new.id, new.points); END;
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
CREATE TRIGGER touch AFTER UPDATE OF points ON tasks BEGIN INSERT INTO log VALUES (new.id, new.points); END;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
