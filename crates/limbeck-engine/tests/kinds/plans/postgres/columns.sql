-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## column added nullable

-- upgrade
ALTER TABLE tasks ADD COLUMN note text;
-- downgrade
-- loses: tasks.note
ALTER TABLE tasks DROP COLUMN note;


-- ## column added not null no default (empty table)

-- upgrade
ALTER TABLE tasks ADD COLUMN owner varchar(20) DEFAULT '' NOT NULL;
ALTER TABLE tasks ALTER COLUMN owner DROP DEFAULT;
-- downgrade
-- loses: tasks.owner
ALTER TABLE tasks DROP COLUMN owner;


-- ## column added not null no default, on rows

-- upgrade
ALTER TABLE tasks ADD COLUMN owner varchar(20) DEFAULT 'nobody' NOT NULL;
ALTER TABLE tasks ALTER COLUMN owner DROP DEFAULT;
-- hazard: may_fail: tasks.owned: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT owned CHECK ((owner)::text <> ''::text);
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT owned;
-- loses: tasks.owner
ALTER TABLE tasks DROP COLUMN owner;


-- ## column added not null with a default, on rows

-- upgrade
ALTER TABLE tasks ADD COLUMN state text DEFAULT 'open'::text NOT NULL;
-- downgrade
-- loses: tasks.state
ALTER TABLE tasks DROP COLUMN state;


-- ## column dropped

-- upgrade
-- loses: tasks.note
ALTER TABLE tasks DROP COLUMN note;
-- downgrade
ALTER TABLE tasks ADD COLUMN note text;


-- ## column dropped with its index, check and unique constraint

-- upgrade
DROP INDEX tasks_notes;
ALTER TABLE tasks DROP CONSTRAINT noted;
ALTER TABLE tasks DROP CONSTRAINT own_note;
-- loses: tasks.note
ALTER TABLE tasks DROP COLUMN note;
-- downgrade
ALTER TABLE tasks ADD COLUMN note text;
-- hazard: may_fail: tasks.own_note: rows that are equal in its columns
ALTER TABLE tasks ADD CONSTRAINT own_note UNIQUE (note);
-- hazard: may_fail: tasks.noted: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT noted CHECK (length(note) > 0);
CREATE INDEX tasks_notes ON tasks (title, note);


-- ## column dropped that is NOT NULL

-- upgrade
-- loses: tasks.points
ALTER TABLE tasks DROP COLUMN points;
-- downgrade
ALTER TABLE tasks ADD COLUMN points integer DEFAULT 0 NOT NULL;
ALTER TABLE tasks ALTER COLUMN points DROP DEFAULT;


-- ## column dropped that is NOT NULL and unique

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT one_number;
-- loses: tasks.number
ALTER TABLE tasks DROP COLUMN number;
-- downgrade
-- hazard: may_fail: tasks.number: rows are there, and the column gives them no value
ALTER TABLE tasks ADD COLUMN number integer NOT NULL;
-- hazard: may_fail: tasks.one_number: rows that are equal in its columns
ALTER TABLE tasks ADD CONSTRAINT one_number UNIQUE (number);


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
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;
ALTER TABLE tasks DROP CONSTRAINT said;
ALTER TABLE tasks ALTER COLUMN title TYPE varchar(200);
ALTER TABLE tasks ADD CONSTRAINT said CHECK (length((title)::text) > 0);
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT said;
-- hazard: may_fail: tasks.title: values that are no varchar(20)
ALTER TABLE tasks ALTER COLUMN title TYPE varchar(20);
-- hazard: may_fail: tasks.said: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT said CHECK (length((title)::text) > 0);
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;


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
ALTER TABLE tasks ADD COLUMN due date;
-- downgrade
-- loses: tasks.due
ALTER TABLE tasks DROP COLUMN due;
ALTER TABLE tasks ADD COLUMN estimate integer;


-- ## nullable -> not null

-- upgrade
-- loses: tasks.title
UPDATE tasks SET title = 'none' WHERE title IS NULL;
ALTER TABLE tasks ALTER COLUMN title SET NOT NULL;
-- downgrade
ALTER TABLE tasks ALTER COLUMN title DROP NOT NULL;


-- ## nullable -> not null, rows with NULL filled

-- upgrade
-- loses: tasks.title
UPDATE tasks SET title = 'none' WHERE title IS NULL;
ALTER TABLE tasks ALTER COLUMN title SET NOT NULL;
-- downgrade
ALTER TABLE tasks ALTER COLUMN title DROP NOT NULL;


-- ## nullable -> not null, with a default

-- upgrade
-- loses: tasks.points
UPDATE tasks SET points = 3 WHERE points IS NULL;
ALTER TABLE tasks ALTER COLUMN points SET NOT NULL;
-- downgrade
ALTER TABLE tasks ALTER COLUMN points DROP NOT NULL;


-- ## not null -> nullable

-- upgrade
ALTER TABLE tasks ALTER COLUMN title DROP NOT NULL;
-- downgrade
-- hazard: may_fail: tasks.title: rows that hold NULL
ALTER TABLE tasks ALTER COLUMN title SET NOT NULL;


-- ## default added

-- upgrade
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::character varying;
-- downgrade
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;


-- ## default changed

-- upgrade
ALTER TABLE tasks ALTER COLUMN points SET DEFAULT 2;
-- downgrade
ALTER TABLE tasks ALTER COLUMN points SET DEFAULT 1;


-- ## default dropped

-- upgrade
ALTER TABLE tasks ALTER COLUMN points DROP DEFAULT;
-- downgrade
ALTER TABLE tasks ALTER COLUMN points SET DEFAULT 1;


-- ## default expr now() added

-- upgrade
ALTER TABLE tasks ALTER COLUMN at SET DEFAULT now();
-- downgrade
ALTER TABLE tasks ALTER COLUMN at DROP DEFAULT;


-- ## default expression changed

-- upgrade
ALTER TABLE tasks ALTER COLUMN code SET DEFAULT ((lower('X'::text) || '-'::text) || 1);
-- downgrade
ALTER TABLE tasks ALTER COLUMN code SET DEFAULT upper('x'::text);


-- ## column comment changed

-- upgrade
COMMENT ON COLUMN tasks.title IS 'What is to be done';
-- downgrade
COMMENT ON COLUMN tasks.title IS 'The name';
