-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## type int->bigint

-- upgrade
ALTER TABLE tasks ALTER COLUMN points TYPE bigint;
-- downgrade
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer;


-- ## type varchar length 50->100

-- upgrade
ALTER TABLE tasks ALTER COLUMN title TYPE varchar(100);
-- downgrade
-- hazard: may_fail: tasks.title: values that are no varchar(50)
ALTER TABLE tasks ALTER COLUMN title TYPE varchar(50);


-- ## type varchar length 100->50

-- upgrade
-- hazard: may_fail: tasks.title: values that are no varchar(50)
ALTER TABLE tasks ALTER COLUMN title TYPE varchar(50);
-- downgrade
ALTER TABLE tasks ALTER COLUMN title TYPE varchar(100);


-- ## type numeric precision/scale

-- upgrade
ALTER TABLE tasks ALTER COLUMN cost TYPE numeric(12, 4);
-- downgrade
-- loses: tasks.cost
-- hazard: may_fail: tasks.cost: values that are no numeric(8, 2)
ALTER TABLE tasks ALTER COLUMN cost TYPE numeric(8, 2);


-- ## type numeric->numeric(10,2) (arg added)

-- upgrade
-- loses: tasks.cost
-- hazard: may_fail: tasks.cost: values that are no numeric(10, 2)
ALTER TABLE tasks ALTER COLUMN cost TYPE numeric(10, 2);
-- downgrade
ALTER TABLE tasks ALTER COLUMN cost TYPE numeric;


-- ## type text->varchar(50)

-- upgrade
-- hazard: may_fail: tasks.title: values that are no varchar(50)
ALTER TABLE tasks ALTER COLUMN title TYPE varchar(50);
-- downgrade
ALTER TABLE tasks ALTER COLUMN title TYPE text;


-- ## type text->int (needs USING)

-- upgrade
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer USING points::integer;
-- downgrade
ALTER TABLE tasks ALTER COLUMN points TYPE text USING points;


-- ## varchar->text under a CHECK with IN

-- upgrade
DROP INDEX tasks_open;
ALTER TABLE tasks DROP CONSTRAINT known_state;
ALTER TABLE tasks ALTER COLUMN state TYPE text;
-- hazard: may_fail: tasks.known_state: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT known_state CHECK (state = ANY (ARRAY['open'::text, 'done'::text]));
CREATE INDEX tasks_open ON tasks (id) WHERE state = ANY (ARRAY['open'::text, 'late'::text]);
-- downgrade
DROP INDEX tasks_open;
ALTER TABLE tasks DROP CONSTRAINT known_state;
-- hazard: may_fail: tasks.state: values that are no varchar(9)
ALTER TABLE tasks ALTER COLUMN state TYPE varchar(9);
-- hazard: may_fail: tasks.known_state: rows that do not satisfy it
ALTER TABLE tasks ADD CONSTRAINT known_state CHECK ((state)::text = ANY (ARRAY[('open'::character varying)::text, ('done'::character varying)::text]));
CREATE INDEX tasks_open ON tasks (id) WHERE (state)::text = ANY (ARRAY[('open'::character varying)::text, ('late'::character varying)::text]);


-- ## type changed under a default

-- upgrade
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN points TYPE integer USING points::integer;
ALTER TABLE tasks ALTER COLUMN points SET DEFAULT 1;
-- downgrade
ALTER TABLE tasks ALTER COLUMN points DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN points TYPE text USING points;
ALTER TABLE tasks ALTER COLUMN points SET DEFAULT '1'::text;


-- ## type changed under a generated column

-- upgrade
DROP INDEX tasks_twice;
ALTER TABLE tasks DROP COLUMN twice;
ALTER TABLE tasks ALTER COLUMN points TYPE bigint;
ALTER TABLE tasks ADD COLUMN twice bigint GENERATED ALWAYS AS (points * 2) STORED;
CREATE INDEX tasks_twice ON tasks (twice);
-- downgrade
DROP INDEX tasks_twice;
ALTER TABLE tasks DROP COLUMN twice;
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer;
ALTER TABLE tasks ADD COLUMN twice bigint GENERATED ALWAYS AS (points * 2) STORED;
CREATE INDEX tasks_twice ON tasks (twice);


-- ## type changed on both sides of a foreign key

-- upgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
ALTER TABLE people ALTER COLUMN id TYPE bigint;
ALTER TABLE tasks ALTER COLUMN owner_id TYPE bigint;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE CASCADE;
-- downgrade
ALTER TABLE tasks DROP CONSTRAINT tasks_owner;
-- hazard: may_fail: tasks.owner_id: values that are no integer
ALTER TABLE tasks ALTER COLUMN owner_id TYPE integer;
-- hazard: may_fail: people.id: values that are no integer
ALTER TABLE people ALTER COLUMN id TYPE integer;
ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people (id) ON DELETE CASCADE;


-- ## type changed under a unique constraint and a check

-- upgrade
ALTER TABLE tasks ALTER COLUMN number TYPE varchar(20) USING number;
-- downgrade
-- hazard: may_fail: tasks.number: values that are no integer
ALTER TABLE tasks ALTER COLUMN number TYPE integer USING number::integer;


-- ## type bool->int

-- upgrade
ALTER TABLE tasks ALTER COLUMN done DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN done TYPE integer USING done::integer;
ALTER TABLE tasks ALTER COLUMN done SET DEFAULT 0;
-- downgrade
-- loses: tasks.done
ALTER TABLE tasks ALTER COLUMN done DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN done TYPE boolean USING done::boolean;
ALTER TABLE tasks ALTER COLUMN done SET DEFAULT false;


-- ## timestamp->timestamptz

-- upgrade
ALTER TABLE tasks ALTER COLUMN due TYPE timestamptz USING due AT TIME ZONE 'UTC';
-- downgrade
ALTER TABLE tasks ALTER COLUMN due TYPE timestamp USING due AT TIME ZONE 'UTC';


-- ## json->jsonb

-- upgrade
-- loses: tasks.payload
-- hazard: may_fail: tasks.payload: values that are no jsonb
ALTER TABLE tasks ALTER COLUMN payload DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN payload TYPE jsonb;
ALTER TABLE tasks ALTER COLUMN payload SET DEFAULT '{}'::jsonb;
-- downgrade
ALTER TABLE tasks ALTER COLUMN payload DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN payload TYPE json;
ALTER TABLE tasks ALTER COLUMN payload SET DEFAULT '{}'::json;


-- ## text->json

-- upgrade
-- hazard: may_fail: tasks.payload: values that are no json
ALTER TABLE tasks ALTER COLUMN payload TYPE json USING payload::json;
-- downgrade
ALTER TABLE tasks ALTER COLUMN payload TYPE text USING payload;


-- ## array dims int[]->text[]

-- upgrade
ALTER TABLE tasks ALTER COLUMN tags DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN tags TYPE text[] USING tags::text[];
ALTER TABLE tasks ALTER COLUMN tags SET DEFAULT '{}'::text[];
-- downgrade
-- hazard: may_fail: tasks.tags: values that are no integer[]
ALTER TABLE tasks ALTER COLUMN tags DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN tags TYPE integer[] USING tags::integer[];
ALTER TABLE tasks ALTER COLUMN tags SET DEFAULT '{}'::integer[];


-- ## text->uuid

-- upgrade
-- hazard: may_fail: tasks.token: values that are no uuid
ALTER TABLE tasks ALTER COLUMN token TYPE uuid USING token::uuid;
-- downgrade
ALTER TABLE tasks ALTER COLUMN token TYPE text USING token;


-- ## range type changed

-- upgrade
ALTER TABLE shifts DROP CONSTRAINT shifts_span_excl;
-- hazard: may_fail: shifts.span: values that are no int8range
ALTER TABLE shifts ALTER COLUMN span TYPE int8range USING span::text::int8range;
-- hazard: may_fail: shifts.shifts_span_excl: rows that exclude each other
ALTER TABLE shifts ADD CONSTRAINT shifts_span_excl EXCLUDE USING gist (span WITH &&);
-- downgrade
ALTER TABLE shifts DROP CONSTRAINT shifts_span_excl;
-- hazard: may_fail: shifts.span: values that are no int4range
ALTER TABLE shifts ALTER COLUMN span TYPE int4range USING span::text::int4range;
-- hazard: may_fail: shifts.shifts_span_excl: rows that exclude each other
ALTER TABLE shifts ADD CONSTRAINT shifts_span_excl EXCLUDE USING gist (span WITH &&);


-- ## collation change

-- upgrade
ALTER TABLE tasks ALTER COLUMN title TYPE text COLLATE "C";
-- downgrade
ALTER TABLE tasks ALTER COLUMN title TYPE text;


-- ## column becomes a domain

-- upgrade
-- hazard: may_fail: people.mail: values that are no email
ALTER TABLE people ALTER COLUMN mail TYPE email USING mail::email;
-- downgrade
ALTER TABLE people ALTER COLUMN mail TYPE text USING mail;
