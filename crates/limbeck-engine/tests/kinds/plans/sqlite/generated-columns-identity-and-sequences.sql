-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## generated column added

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER NOT NULL,
    number INTEGER NOT NULL,
    total INTEGER GENERATED ALWAYS AS (price * number) STORED,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_lines (id, price, number) SELECT id, price, number FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX lines_totals ON lines (total);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
DROP INDEX lines_totals;
ALTER TABLE lines DROP COLUMN total;


-- ## generated expression changed

-- upgrade
-- step: foreign keys off
-- hazard: may_fail: lines.positive: rows that do not satisfy it
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER NOT NULL,
    total INTEGER GENERATED ALWAYS AS (price * 3) STORED,
    PRIMARY KEY (id),
    CONSTRAINT positive CHECK (total > -1000000)
);
INSERT INTO limbeck_new_lines (id, price) SELECT id, price FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX lines_totals ON lines (total);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- hazard: may_fail: lines.positive: rows that do not satisfy it
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER NOT NULL,
    total INTEGER GENERATED ALWAYS AS (price * 2) STORED,
    PRIMARY KEY (id),
    CONSTRAINT positive CHECK (total > -1000000)
);
INSERT INTO limbeck_new_lines (id, price) SELECT id, price FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX lines_totals ON lines (total);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## generated column dropped

-- upgrade
ALTER TABLE lines DROP COLUMN total;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER NOT NULL,
    total INTEGER GENERATED ALWAYS AS (price * 2) STORED,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_lines (id, price) SELECT id, price FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## generated column made a plain one

-- upgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER NOT NULL,
    total INTEGER,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_lines (id, price, total) SELECT id, price, total FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
-- loses: lines.total
CREATE TABLE limbeck_new_lines (
    id INTEGER NOT NULL,
    price INTEGER NOT NULL,
    total INTEGER GENERATED ALWAYS AS (price * 2) STORED,
    PRIMARY KEY (id)
);
INSERT INTO limbeck_new_lines (id, price) SELECT id, price FROM lines;
DROP TABLE lines;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_lines RENAME TO lines;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
