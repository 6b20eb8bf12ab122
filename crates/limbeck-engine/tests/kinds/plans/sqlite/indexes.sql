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
CREATE INDEX tasks_by ON tasks (upper(title), due);
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (lower(title), due);


-- ## index partial predicate changed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title) WHERE points > 10 AND title <> '';
-- downgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_by ON tasks (title) WHERE points > 1;


-- ## index renamed

-- upgrade
DROP INDEX tasks_by;
CREATE INDEX tasks_titles ON tasks (lower(title)) WHERE title <> '';
-- downgrade
DROP INDEX tasks_titles;
CREATE INDEX tasks_by ON tasks (lower(title)) WHERE title <> '';


-- ## index moved to another table

-- upgrade
DROP INDEX by_title;
CREATE INDEX by_title ON notes (title);
-- downgrade
DROP INDEX by_title;
CREATE INDEX by_title ON tasks (title);
