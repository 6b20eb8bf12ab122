-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## domain over a table's rows added, with a table that uses it

-- upgrade
CREATE TABLE kept (
    id integer NOT NULL,
    title text,
    CONSTRAINT kept_pkey PRIMARY KEY (id)
);
CREATE DOMAIN titled AS kept;
ALTER DOMAIN titled ADD CONSTRAINT titled_check CHECK (((VALUE).title <> ''::text));

CREATE TABLE a_user (
    id integer NOT NULL,
    what titled,
    CONSTRAINT a_user_pkey PRIMARY KEY (id)
);
-- downgrade
-- loses: a_user
DROP TABLE a_user;
-- loses: titled
DROP DOMAIN titled;
-- loses: kept
DROP TABLE kept;


-- ## collation added under a column

-- upgrade
CREATE COLLATION plain (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'C');
ALTER TABLE tasks ALTER COLUMN title TYPE text COLLATE "plain";
-- downgrade
ALTER TABLE tasks ALTER COLUMN title TYPE text;
DROP COLLATION plain;


-- ## collation dropped, and another one added

-- upgrade
CREATE COLLATION simple (PROVIDER = libc, LC_COLLATE = 'POSIX', LC_CTYPE = 'POSIX');
ALTER TABLE tasks ALTER COLUMN title TYPE text COLLATE "simple";
DROP COLLATION plain;
-- downgrade
CREATE COLLATION plain (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'C');
ALTER TABLE tasks ALTER COLUMN title TYPE text COLLATE "plain";
DROP COLLATION simple;


-- ## view added

-- upgrade
CREATE VIEW open_tasks AS
 SELECT tasks.id,
    tasks.title
   FROM tasks
  WHERE (NOT tasks.done);
COMMENT ON VIEW open_tasks IS 'To do';
-- downgrade
DROP VIEW open_tasks;


-- ## view changed

-- upgrade
-- hazard: breaks_clients: counted: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP VIEW counted;
DROP VIEW open_tasks;

CREATE VIEW open_tasks AS
 SELECT tasks.title,
    tasks.id
   FROM tasks
  WHERE (NOT tasks.done);
GRANT SELECT ON open_tasks TO PUBLIC;

CREATE VIEW counted AS
 SELECT count(open_tasks.id) AS open
   FROM open_tasks;
-- downgrade
-- hazard: breaks_clients: counted: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP VIEW counted;
DROP VIEW open_tasks;

CREATE VIEW open_tasks AS
 SELECT tasks.id
   FROM tasks
  WHERE (NOT tasks.done);
GRANT SELECT ON open_tasks TO PUBLIC;

CREATE VIEW counted AS
 SELECT count(open_tasks.id) AS open
   FROM open_tasks;


-- ## view dropped

-- upgrade
DROP VIEW titles;
-- downgrade
CREATE VIEW titles AS
 SELECT upper(tasks.title) AS title
   FROM tasks;


-- ## view over a column that changes its type

-- upgrade
-- hazard: breaks_clients: best: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP VIEW best;
-- hazard: breaks_clients: scores: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP VIEW scores;
ALTER TABLE tasks ALTER COLUMN points TYPE bigint;

CREATE VIEW scores WITH (security_barrier=true) AS
 SELECT tasks.id,
    (tasks.points + 1) AS next
   FROM tasks;
COMMENT ON COLUMN scores.next IS 'one more';
GRANT SELECT (id) ON scores TO PUBLIC;

CREATE VIEW best AS
 SELECT max(scores.next) AS most
   FROM scores;
-- downgrade
-- hazard: breaks_clients: best: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP VIEW best;
-- hazard: breaks_clients: scores: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP VIEW scores;
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer;

CREATE VIEW scores WITH (security_barrier=true) AS
 SELECT tasks.id,
    (tasks.points + 1) AS next
   FROM tasks;
COMMENT ON COLUMN scores.next IS 'one more';
GRANT SELECT (id) ON scores TO PUBLIC;

CREATE VIEW best AS
 SELECT max(scores.next) AS most
   FROM scores;


-- ## view over a column that is renamed

-- upgrade
DROP VIEW titles;
-- hazard: breaks_clients: tasks.title: programs that say text
ALTER TABLE tasks RENAME COLUMN text TO title;

CREATE VIEW titles AS
 SELECT tasks.title
   FROM tasks;
-- downgrade
DROP VIEW titles;
-- hazard: breaks_clients: tasks.text: programs that say title
ALTER TABLE tasks RENAME COLUMN title TO text;

CREATE VIEW titles AS
 SELECT tasks.text
   FROM tasks;


-- ## column dropped that a view no longer shows

-- upgrade
DROP VIEW shown;
-- loses: tasks.note
ALTER TABLE tasks DROP COLUMN note;

CREATE VIEW shown AS
 SELECT tasks.id,
    tasks.title
   FROM tasks;
-- downgrade
DROP VIEW shown;
ALTER TABLE tasks ADD COLUMN note text;

CREATE VIEW shown AS
 SELECT tasks.id,
    tasks.title,
    tasks.note
   FROM tasks;


-- ## materialized view added

-- upgrade
CREATE MATERIALIZED VIEW titles AS
 SELECT tasks.title,
    count(*) AS times
   FROM tasks
  GROUP BY tasks.title;
CREATE UNIQUE INDEX titles_once ON public.titles USING btree (title);
-- downgrade
DROP MATERIALIZED VIEW titles;


-- ## materialized view changed

-- upgrade
DROP MATERIALIZED VIEW titles;

CREATE MATERIALIZED VIEW titles AS
 SELECT lower(tasks.title) AS title,
    count(*) AS times
   FROM tasks
  GROUP BY (lower(tasks.title));
CREATE UNIQUE INDEX titles_once ON public.titles USING btree (title);
-- downgrade
DROP MATERIALIZED VIEW titles;

CREATE MATERIALIZED VIEW titles AS
 SELECT tasks.title,
    count(*) AS times
   FROM tasks
  GROUP BY tasks.title;
CREATE UNIQUE INDEX titles_once ON public.titles USING btree (title);


-- ## materialized view dropped

-- upgrade
DROP MATERIALIZED VIEW titles;
-- downgrade
CREATE MATERIALIZED VIEW titles AS
 SELECT tasks.title
   FROM tasks;
CREATE INDEX titles_by ON public.titles USING btree (title);


-- ## materialized view over a column that changes its type

-- upgrade
-- hazard: breaks_clients: scores: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP MATERIALIZED VIEW scores;
ALTER TABLE tasks ALTER COLUMN points TYPE numeric;

CREATE MATERIALIZED VIEW scores AS
 SELECT tasks.points,
    count(*) AS times
   FROM tasks
  GROUP BY tasks.points;
CREATE UNIQUE INDEX scores_once ON app.scores USING btree (points);
-- downgrade
-- hazard: breaks_clients: scores: it is created again with the owner and the privileges that revisions and the server's defaults give
DROP MATERIALIZED VIEW scores;
-- loses: tasks.points
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer;

CREATE MATERIALIZED VIEW scores AS
 SELECT tasks.points,
    count(*) AS times
   FROM tasks
  GROUP BY tasks.points;
CREATE UNIQUE INDEX scores_once ON app.scores USING btree (points);


-- ## function added

-- upgrade
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.titles(most integer DEFAULT 10)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
AS $function$SELECT title FROM tasks LIMIT most$function$;
-- downgrade
DROP ROUTINE titles(integer);


-- ## function changed

-- upgrade
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.shout(said text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT upper(said) || '!'$function$;
DROP ROUTINE size(text);
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.size(said text)
 RETURNS bigint
 LANGUAGE sql
AS $function$SELECT length(said)$function$;
-- downgrade
DROP ROUTINE size(text);
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.size(said text)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT length(said)$function$;
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.shout(said text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT upper(said)$function$;


-- ## function dropped

-- upgrade
DROP ROUTINE shout(text);
-- downgrade
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.shout(said text)
 RETURNS text
 LANGUAGE sql
AS $function$SELECT upper(said)$function$;


-- ## function with one more argument under a policy and a view

-- upgrade
DROP VIEW seen;
DROP POLICY own ON tasks;
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.sees(who text, whole boolean DEFAULT true)
 RETURNS boolean
 LANGUAGE sql
AS $function$SELECT true$function$;
DROP ROUTINE sees(text);

CREATE VIEW seen AS
 SELECT tasks.id
   FROM tasks
  WHERE sees(tasks.owner);
CREATE POLICY own ON tasks FOR SELECT TO PUBLIC USING (sees(owner));
-- downgrade
DROP POLICY own ON tasks;
DROP VIEW seen;
SET LOCAL check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.sees(who text)
 RETURNS boolean
 LANGUAGE sql
AS $function$SELECT true$function$;
DROP ROUTINE sees(text, boolean);
CREATE POLICY own ON tasks FOR SELECT TO PUBLIC USING (sees(owner));

CREATE VIEW seen AS
 SELECT tasks.id
   FROM tasks
  WHERE sees(tasks.owner);


-- ## view in the place of a table under a view

-- upgrade
DROP VIEW ids;
-- loses: tasks
DROP TABLE tasks;

CREATE TABLE all_tasks (
    id integer
);

CREATE VIEW tasks AS
 SELECT all_tasks.id
   FROM all_tasks;

CREATE VIEW ids AS
 SELECT tasks.id
   FROM tasks;
-- downgrade
DROP VIEW ids;
DROP VIEW tasks;
-- loses: all_tasks
DROP TABLE all_tasks;

CREATE TABLE tasks (
    id integer
);

CREATE VIEW ids AS
 SELECT tasks.id
   FROM tasks;


-- ## trigger added

-- upgrade
CREATE TRIGGER touch BEFORE UPDATE OF title ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
-- downgrade
DROP TRIGGER touch ON tasks;


-- ## trigger changed

-- upgrade
DROP TRIGGER touch ON tasks;
CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW WHEN (new.points > 1) EXECUTE FUNCTION touch();
ALTER TABLE tasks DISABLE TRIGGER touch;
-- downgrade
DROP TRIGGER touch ON tasks;
CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();


-- ## trigger dropped

-- upgrade
DROP TRIGGER touch ON tasks;
-- downgrade
CREATE TRIGGER touch AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TRIGGER touch ON tasks IS 'told';


-- ## trigger on a column that changes its type

-- upgrade
DROP TRIGGER touch ON tasks;
ALTER TABLE tasks ALTER COLUMN points TYPE bigint;
CREATE TRIGGER touch BEFORE UPDATE OF points ON tasks FOR EACH ROW WHEN (new.points > old.points) EXECUTE FUNCTION touch();
-- downgrade
DROP TRIGGER touch ON tasks;
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer;
CREATE TRIGGER touch BEFORE UPDATE OF points ON tasks FOR EACH ROW WHEN (new.points > old.points) EXECUTE FUNCTION touch();


-- ## policy added, with row security

-- upgrade
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasks FOR SELECT TO PUBLIC USING ((owner = CURRENT_USER));
-- downgrade
DROP POLICY own ON tasks;
ALTER TABLE tasks DISABLE ROW LEVEL SECURITY;


-- ## policy changed

-- upgrade
DROP POLICY own ON tasks;
CREATE POLICY own ON tasks FOR UPDATE TO PUBLIC USING ((owner = (CURRENT_USER)::text)) WITH CHECK ((points > 0));
-- downgrade
DROP POLICY own ON tasks;
CREATE POLICY own ON tasks FOR UPDATE TO PUBLIC USING ((owner = 'me'::text));


-- ## policy dropped

-- upgrade
DROP POLICY own ON tasks;
-- downgrade
CREATE POLICY own ON tasks AS RESTRICTIVE FOR DELETE TO PUBLIC USING ((owner = 'me'::text));


-- ## policy on a column that changes its type

-- upgrade
DROP POLICY few ON tasks;
ALTER TABLE tasks ALTER COLUMN points TYPE bigint;
CREATE POLICY few ON tasks TO PUBLIC USING ((points < 9));
-- downgrade
DROP POLICY few ON tasks;
-- hazard: may_fail: tasks.points: values that are no integer
ALTER TABLE tasks ALTER COLUMN points TYPE integer;
CREATE POLICY few ON tasks TO PUBLIC USING ((points < 9));


-- ## row security switched on and forced

-- upgrade
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
-- downgrade
ALTER TABLE tasks DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY;


-- ## replica identity changed

-- upgrade
ALTER TABLE notes REPLICA IDENTITY FULL;
ALTER TABLE tasks REPLICA IDENTITY USING INDEX one_number;
-- downgrade
ALTER TABLE tasks REPLICA IDENTITY DEFAULT;
ALTER TABLE notes REPLICA IDENTITY DEFAULT;


-- ## rule added

-- upgrade
CREATE RULE told AS
    ON DELETE TO tasks DO  INSERT INTO log (task_id)
  VALUES (old.id);
-- downgrade
DROP RULE told ON tasks;


-- ## rule changed

-- upgrade
DROP RULE told ON tasks;

CREATE RULE told AS
    ON DELETE TO tasks DO  INSERT INTO log (task_id)
  VALUES (old.id + 1);
-- downgrade
DROP RULE told ON tasks;

CREATE RULE told AS
    ON DELETE TO tasks DO  INSERT INTO log (task_id)
  VALUES (old.id);


-- ## rule dropped

-- upgrade
DROP RULE kept ON tasks;
-- downgrade
CREATE RULE kept AS
    ON DELETE TO tasks DO INSTEAD NOTHING;


-- ## statistics added

-- upgrade
CREATE STATISTICS app.addresses ON house, number FROM tasks;
-- downgrade
DROP STATISTICS addresses;


-- ## statistics changed

-- upgrade
DROP STATISTICS addresses;
CREATE STATISTICS app.addresses (dependencies, mcv) ON house, number FROM tasks;
-- downgrade
DROP STATISTICS addresses;
CREATE STATISTICS app.addresses (ndistinct) ON house, number FROM tasks;


-- ## statistics dropped

-- upgrade
DROP STATISTICS addresses;
-- downgrade
CREATE STATISTICS app.addresses ON house, number FROM tasks;


-- ## domain added with a column of it

-- upgrade
CREATE DOMAIN email AS text;
ALTER DOMAIN email SET DEFAULT 'a@b'::text;
ALTER DOMAIN email ADD CONSTRAINT at CHECK ((VALUE ~~ '%@%'::text));
ALTER TABLE people ADD COLUMN mail email;
-- downgrade
-- loses: people.mail
ALTER TABLE people DROP COLUMN mail;
-- loses: email
DROP DOMAIN email;


-- ## domain check changed

-- upgrade
-- hazard: may_fail: points: values that do not satisfy it
ALTER DOMAIN points DROP CONSTRAINT few;
ALTER DOMAIN points ADD CONSTRAINT few CHECK ((VALUE < 90));
-- downgrade
-- hazard: may_fail: points: values that do not satisfy it
ALTER DOMAIN points DROP CONSTRAINT few;
ALTER DOMAIN points ADD CONSTRAINT few CHECK ((VALUE < 50));


-- ## domain default changed

-- upgrade
ALTER DOMAIN points DROP DEFAULT;
ALTER DOMAIN points SET DEFAULT 2;
-- downgrade
ALTER DOMAIN points DROP DEFAULT;
ALTER DOMAIN points SET DEFAULT 1;


-- ## extension added with an index that needs it

-- upgrade
CREATE EXTENSION pg_trgm;
CREATE INDEX tasks_search ON tasks USING gin (title gin_trgm_ops);
-- downgrade
DROP INDEX tasks_search;
-- loses: pg_trgm
DROP EXTENSION pg_trgm;


-- ## extension added with a type that needs it

-- upgrade
CREATE EXTENSION citext;
-- hazard: may_fail: people.mail: values that are no citext
ALTER TABLE people ALTER COLUMN mail TYPE citext USING mail::citext;
-- downgrade
ALTER TABLE people ALTER COLUMN mail TYPE text USING mail;
-- loses: citext
DROP EXTENSION citext;
