-- Names are not empty
--
-- revision: e72b95d04c18
-- parents:  c3d8f1a64e90
-- dialects: postgres, sqlite

-- upgrade postgres
ALTER TABLE authors ADD CONSTRAINT authors_name_check CHECK (length(name) > 0) NOT VALID;
-- step
ALTER TABLE authors VALIDATE CONSTRAINT authors_name_check;

-- upgrade sqlite
-- step: foreign keys off
CREATE TABLE limbeck_new_authors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    CONSTRAINT authors_name_check CHECK (length(name) > 0)
);
INSERT INTO limbeck_new_authors (id, name) SELECT id, name FROM authors;
DROP TABLE authors;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_authors RENAME TO authors;
PRAGMA legacy_alter_table = OFF -- without a semicolon, and with a comment behind it

-- downgrade postgres
ALTER TABLE authors DROP CONSTRAINT authors_name_check;

-- downgrade sqlite
-- step: foreign keys off
CREATE TABLE limbeck_new_authors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL
);
INSERT INTO limbeck_new_authors (id, name) SELECT id, name FROM authors;
DROP TABLE authors;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_authors RENAME TO authors;
PRAGMA legacy_alter_table = OFF;
