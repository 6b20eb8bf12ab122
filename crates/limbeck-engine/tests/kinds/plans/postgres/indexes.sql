-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## index added

-- upgrade
CREATE INDEX tasks_due ON tasks (due, title);
-- downgrade
DROP INDEX tasks_due;


-- ## index dropped

-- upgrade
DROP INDEX tasks_due;
-- downgrade
CREATE INDEX tasks_due ON tasks (due DESC, title);


-- ## index unique toggled

-- upgrade
DROP INDEX tasks_titles;
-- hazard: may_fail: tasks.tasks_titles: rows that are equal in its keys
CREATE UNIQUE INDEX tasks_titles ON tasks (title);
-- downgrade
DROP INDEX tasks_titles;
CREATE INDEX tasks_titles ON tasks (title);


-- ## index columns changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (due, title);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title);


-- ## index sort order changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title, due DESC);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title, due);


-- ## index expression changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks ((upper(title)), due);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks ((lower(title)), due);


-- ## index partial predicate changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title) WHERE (points > 10) AND (title <> ''::text);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title) WHERE points > 1;


-- ## index nulls order changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (due DESC NULLS LAST, title);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (due DESC, title);


-- ## index method btree->hash

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks USING hash (title);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title);


-- ## index opclass changed

-- upgrade
DROP INDEX tasks_by;
DROP INDEX tasks_payload;
CREATE INDEX tasks_by ON tasks (title text_pattern_ops);
CREATE INDEX tasks_payload ON tasks USING gin (payload jsonb_path_ops);
-- downgrade
DROP INDEX tasks_payload;
DROP INDEX tasks_by;
CREATE INDEX tasks_payload ON tasks USING gin (payload);
CREATE INDEX tasks_by ON tasks (title);


-- ## index include changed

-- upgrade
DROP INDEX tasks_by;
CREATE UNIQUE INDEX tasks_by ON tasks (title) INCLUDE (due);
-- downgrade
DROP INDEX tasks_by;
CREATE UNIQUE INDEX tasks_by ON tasks (title);


-- ## index nulls not distinct

-- upgrade
DROP INDEX tasks_by;
-- hazard: may_fail: tasks.tasks_by: rows that are equal in its keys
CREATE UNIQUE INDEX tasks_by ON tasks (title) NULLS NOT DISTINCT;
-- downgrade
DROP INDEX tasks_by;
CREATE UNIQUE INDEX tasks_by ON tasks (title);


-- ## index that is not unique nulls not distinct

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title) NULLS NOT DISTINCT;
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title);


-- ## index storage options changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title) WITH (deduplicate_items = off, fillfactor = 90);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title) WITH (fillfactor = 70);


-- ## expression index with a collation changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks ((lower(title)) COLLATE "POSIX" DESC, note);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks ((lower(title)) COLLATE "C" DESC, note);


-- ## index renamed

-- upgrade
ALTER INDEX tasks_by RENAME TO tasks_titles;
-- downgrade
ALTER INDEX tasks_titles RENAME TO tasks_by;


-- ## index comment changed

-- upgrade
COMMENT ON INDEX tasks_by IS 'new';
-- downgrade
COMMENT ON INDEX tasks_by IS 'old';


-- ## index moved to another table

-- upgrade
DROP INDEX by_title;
CREATE INDEX by_title ON notes (title);
-- downgrade
DROP INDEX by_title;
CREATE INDEX by_title ON tasks (title);
