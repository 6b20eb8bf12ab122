-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## enum value added

-- upgrade
ALTER TYPE state ADD VALUE 'waiting' AFTER 'open';
-- downgrade
DROP INDEX tasks_open;
-- hazard: may_fail: state: rows that hold the value waiting
ALTER TYPE state RENAME TO limbeck_former_state;
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::text::state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;
DROP TYPE limbeck_former_state;
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open'::state;


-- ## enum value added at the end, and used at once

-- upgrade
ALTER TYPE state ADD VALUE 'late';
-- step
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'late'::state;
-- downgrade
-- hazard: may_fail: state: rows that hold the value late
ALTER TYPE state RENAME TO limbeck_former_state;
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::text::state;
DROP TYPE limbeck_former_state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;


-- ## enum value removed

-- upgrade
DROP INDEX tasks_open;
ALTER TABLE tasks DROP CONSTRAINT titled;
-- hazard: may_fail: state: rows that hold the value waiting
ALTER TYPE state RENAME TO limbeck_former_state;
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::text::state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;
DROP TYPE limbeck_former_state;
-- hazard: may_fail: tasks.titled: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT titled CHECK ((state <> 'done'::state) OR (title <> ''::text));
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open'::state;
-- downgrade
ALTER TYPE state ADD VALUE 'waiting' AFTER 'open';


-- ## enum value removed from a type that a check of a text column names

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT unsaid;
-- hazard: may_fail: state: rows that hold the value waiting
ALTER TYPE state RENAME TO limbeck_former_state;
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::text::state;
DROP TYPE limbeck_former_state;
-- hazard: may_fail: tasks.unsaid: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT unsaid CHECK (said <> ('done'::state)::text);
-- downgrade
ALTER TYPE state ADD VALUE 'waiting' AFTER 'open';


-- ## enum value renamed

-- upgrade
DROP INDEX tasks_open;
ALTER TABLE tasks DROP CONSTRAINT titled;
-- hazard: breaks_clients: state: programs that write the value todo
ALTER TYPE state RENAME VALUE 'todo' TO 'open';
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;
-- hazard: may_fail: tasks.titled: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT titled CHECK ((state <> 'open'::state) OR (title <> ''::text));
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open'::state;
-- downgrade
DROP INDEX tasks_open;
ALTER TABLE tasks DROP CONSTRAINT titled;
-- hazard: breaks_clients: state: programs that write the value open
ALTER TYPE state RENAME VALUE 'open' TO 'todo';
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'todo'::state;
-- hazard: may_fail: tasks.titled: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT titled CHECK ((state <> 'todo'::state) OR (title <> ''::text));
CREATE INDEX tasks_open ON tasks (id) WHERE state = 'todo'::state;


-- ## values of two enum types renamed, with another column's type

-- upgrade
-- hazard: breaks_clients: mood: programs that write the value good
ALTER TYPE mood RENAME VALUE 'good' TO 'fine';
-- hazard: breaks_clients: state: programs that write the value todo
ALTER TYPE state RENAME VALUE 'todo' TO 'open';
ALTER TABLE tasks ALTER COLUMN points TYPE bigint;
-- downgrade
-- hazard: breaks_clients: state: programs that write the value open
ALTER TYPE state RENAME VALUE 'open' TO 'todo';
-- hazard: breaks_clients: mood: programs that write the value fine
ALTER TYPE mood RENAME VALUE 'fine' TO 'good';
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer;


-- ## enum values reordered

-- upgrade
ALTER TYPE state RENAME TO limbeck_former_state;
CREATE TYPE state AS ENUM ('done', 'open', 'late');
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::text::state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;
DROP TYPE limbeck_former_state;
-- downgrade
ALTER TYPE state RENAME TO limbeck_former_state;
CREATE TYPE state AS ENUM ('open', 'done', 'late');
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::text::state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;
DROP TYPE limbeck_former_state;


-- ## enum type renamed

-- upgrade
ALTER TYPE state RENAME TO task_state;
-- downgrade
ALTER TYPE task_state RENAME TO state;


-- ## enum default changed with its values

-- upgrade
-- hazard: may_fail: state: rows that hold the value new
ALTER TYPE state RENAME TO limbeck_former_state;
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::text::state;
DROP TYPE limbeck_former_state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;
-- downgrade
ALTER TYPE state ADD VALUE 'new' BEFORE 'open';
-- step
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'new'::state;


-- ## enum array column, a value removed

-- upgrade
-- hazard: may_fail: label: rows that hold the value idea
ALTER TYPE label RENAME TO limbeck_former_label;
CREATE TYPE label AS ENUM ('bug', 'debt');
ALTER TABLE tasks ALTER COLUMN labels DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN labels TYPE label[] USING labels::text[]::label[];
ALTER TABLE tasks ALTER COLUMN labels SET DEFAULT '{bug}'::label[];
DROP TYPE limbeck_former_label;
-- downgrade
ALTER TYPE label ADD VALUE 'idea' AFTER 'bug';


-- ## enum array column added

-- upgrade
ALTER TABLE tasks ADD COLUMN labels label[] DEFAULT '{}'::label[] NOT NULL;
-- downgrade
-- loses: tasks.labels
ALTER TABLE tasks DROP COLUMN labels;


-- ## enum type + column added to existing table

-- upgrade
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE tasks ADD COLUMN state state DEFAULT 'open'::state NOT NULL;
-- downgrade
-- loses: tasks.state
ALTER TABLE tasks DROP COLUMN state;
DROP TYPE state;


-- ## enum column dropped (type left?)

-- upgrade
-- loses: tasks.state
ALTER TABLE tasks DROP COLUMN state;
DROP TYPE state;
-- downgrade
CREATE TYPE state AS ENUM ('open', 'done');
ALTER TABLE tasks ADD COLUMN state state DEFAULT 'open'::state NOT NULL;


-- ## table with enum added

-- upgrade
CREATE TYPE state AS ENUM ('open', 'done');

CREATE TABLE tasks (
    id serial NOT NULL,
    owner_id integer,
    state state DEFAULT 'open'::state NOT NULL,
    was state[],
    CONSTRAINT tasks_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES people (id),
    CONSTRAINT tasks_pkey PRIMARY KEY (id)
);
-- downgrade
-- loses: tasks
DROP TABLE tasks;
DROP TYPE state;


-- ## text becomes an enum

-- upgrade
CREATE TYPE state AS ENUM ('open', 'done');
-- hazard: may_fail: tasks.state: values that are no state
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE state USING state::state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::state;
-- downgrade
ALTER TABLE tasks ALTER COLUMN state DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN state TYPE text USING state;
ALTER TABLE tasks ALTER COLUMN state SET DEFAULT 'open'::text;
DROP TYPE state;
