//! What stands on tables, and what tables stand on: views, functions, triggers and others.

use super::{CASE, Case, Kind, each, on_postgres};

pub(super) const KINDS: &[Kind] = &[
    on_postgres(
        "domain over a table's rows added, with a table that uses it",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  << => CREATE TABLE kept (id integer PRIMARY KEY, title text);
                  CREATE DOMAIN titled AS kept CHECK ((VALUE).title <> '');
                  CREATE TABLE a_user (id integer PRIMARY KEY, what titled);>>",
            detected: &["create table a_user", "create table kept", "create domain titled"],
            ..CASE
        },
    ),
    on_postgres(
        "collation added under a column",
        Case {
            sql: "<<=> CREATE COLLATION plain (PROVIDER = libc, LOCALE = 'C');>>
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text <<=> COLLATE plain>>)",
            detected: &["alter column tasks.title"],
            ..CASE
        },
    ),
    on_postgres(
        "collation dropped, and another one added",
        Case {
            sql: "CREATE COLLATION <<plain => simple>> (PROVIDER = libc, LOCALE = <<'C' => 'POSIX'>>);
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text COLLATE <<plain => simple>>)",
            detected: &["alter column tasks.title"],
            ..CASE
        },
    ),
    each(
        "view added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, done boolean);
                  << => CREATE VIEW open_tasks AS SELECT id, title FROM tasks WHERE NOT done; COMMENT ON VIEW open_tasks IS 'To do'>>",
            detected: &["create view open_tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, done BOOLEAN);
                  << => CREATE VIEW open_tasks AS SELECT id, title FROM tasks WHERE NOT done>>",
            detected: &["create view open_tasks"],
            ..CASE
        },
    ),
    each(
        "view changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, done boolean);
                  CREATE VIEW open_tasks AS SELECT <<id => title, id>> FROM tasks WHERE NOT done;
                  CREATE VIEW counted AS SELECT count(id) AS open FROM open_tasks;
                  GRANT SELECT ON open_tasks TO PUBLIC",
            detected: &["drop view open_tasks", "create view open_tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, done BOOLEAN);
                  CREATE VIEW open_tasks AS SELECT <<id => title, id>> FROM tasks WHERE NOT done;
                  CREATE VIEW counted AS SELECT count(id) AS open FROM open_tasks",
            detected: &["drop view open_tasks", "create view open_tasks"],
            ..CASE
        },
    ),
    each(
        "view dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  <<CREATE VIEW titles AS SELECT upper(title) AS title FROM tasks => >>",
            detected: &["drop view titles"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT);
                  <<CREATE VIEW titles AS SELECT upper(title) AS title FROM tasks => >>",
            detected: &["drop view titles"],
            ..CASE
        },
    ),
    each(
        "view over a column that changes its type",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points <<integer => bigint>>);
                  CREATE VIEW scores WITH (security_barrier = true) AS SELECT id, points + 1 AS next FROM tasks;
                  CREATE VIEW best AS SELECT max(next) AS most FROM scores;
                  COMMENT ON COLUMN scores.next IS 'one more';
                  GRANT SELECT (id) ON scores TO PUBLIC",
            detected: &["alter column tasks.points: type integer to bigint"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, points <<INTEGER => BIGINT>>);
                  CREATE VIEW scores AS SELECT id, points + 1 AS next FROM tasks;
                  CREATE VIEW best AS SELECT max(next) AS most FROM scores",
            detected: &["alter column tasks.points: type INTEGER to BIGINT"],
            ..CASE
        },
    ),
    each(
        "view over a column that is renamed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, <<text => title>> text);
                  CREATE VIEW titles AS SELECT <<text => title>> FROM tasks",
            answers: &["--rename tasks.text:title"],
            detected: &[
                "drop view titles",
                "rename column tasks.text to title",
                "create view titles",
            ],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, <<text => title>> TEXT);
                  CREATE VIEW titles AS SELECT <<text => title>> FROM tasks",
            answers: &["--rename tasks.text:title"],
            detected: &["rename column tasks.text to title"],
            ..CASE
        },
    ),
    each(
        "column dropped that a view no longer shows",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text<<, note text => >>);
                  CREATE VIEW shown AS SELECT id, title<<, note => >> FROM tasks",
            loses: &["tasks.note"],
            detected: &["drop view shown", "drop column tasks.note", "create view shown"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT<<, note TEXT => >>);
                  CREATE VIEW shown AS SELECT id, title<<, note => >> FROM tasks",
            loses: &["tasks.note"],
            detected: &["drop view shown", "drop column tasks.note", "create view shown"],
            ..CASE
        },
    ),
    on_postgres(
        "materialized view added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  << => CREATE MATERIALIZED VIEW titles AS SELECT title, count(*) AS times FROM tasks GROUP BY title;
                  CREATE UNIQUE INDEX titles_once ON titles (title)>>",
            detected: &["create materialized view titles"],
            ..CASE
        },
    ),
    on_postgres(
        "materialized view changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE MATERIALIZED VIEW titles AS SELECT <<title => lower(title) AS title>>, count(*) AS times FROM tasks GROUP BY 1;
                  CREATE UNIQUE INDEX titles_once ON titles (title)",
            detected: &["drop materialized view titles", "create materialized view titles"],
            ..CASE
        },
    ),
    on_postgres(
        "materialized view dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  <<CREATE MATERIALIZED VIEW titles AS SELECT title FROM tasks; CREATE INDEX titles_by ON titles (title) => >>",
            detected: &["drop materialized view titles"],
            ..CASE
        },
    ),
    on_postgres(
        "materialized view over a column that changes its type",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points <<integer => numeric>>);
                  CREATE MATERIALIZED VIEW scores AS SELECT points, count(*) AS times FROM tasks GROUP BY points;
                  CREATE UNIQUE INDEX scores_once ON scores (points)",
            detected: &["alter column tasks.points: type integer to numeric"],
            ..CASE
        },
    ),
    on_postgres(
        "function added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  << => CREATE FUNCTION titles(most integer DEFAULT 10) RETURNS SETOF text STABLE LANGUAGE sql AS 'SELECT title FROM tasks LIMIT most'>>",
            detected: &["create function titles(integer)"],
            ..CASE
        },
    ),
    on_postgres(
        "function changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE FUNCTION shout(said text) RETURNS text IMMUTABLE LANGUAGE sql AS <<'SELECT upper(said)' => 'SELECT upper(said) || ''!'''>>;
                  CREATE FUNCTION size(said text) RETURNS <<integer => bigint>> LANGUAGE sql AS 'SELECT length(said)'",
            detected: &[
                "change function shout(text)",
                "drop function size(text)",
                "create function size(text)",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "function dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  <<CREATE FUNCTION shout(said text) RETURNS text LANGUAGE sql AS 'SELECT upper(said)' => >>",
            detected: &["drop function shout(text)"],
            ..CASE
        },
    ),
    on_postgres(
        "function with one more argument under a policy and a view",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, owner text);
                  CREATE FUNCTION sees(who text<< => , whole boolean DEFAULT true>>) RETURNS boolean LANGUAGE sql AS 'SELECT true';
                  CREATE POLICY own ON tasks FOR SELECT USING (sees(owner));
                  CREATE VIEW seen AS SELECT id FROM tasks WHERE sees(owner)",
            detected: &[
                "drop view seen",
                "drop policy own on tasks",
                "drop function sees(text)",
                "create view seen",
                "create function sees(text, boolean)",
                "create policy own on tasks",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "view in the place of a table under a view",
        Case {
            sql: "<<CREATE TABLE tasks (id integer) => CREATE TABLE all_tasks (id integer); CREATE VIEW tasks AS SELECT id FROM all_tasks>>;
                  CREATE VIEW ids AS SELECT id FROM tasks",
            answers: &["--drop tasks"],
            loses: &["tasks"],
            detected: &[
                "drop view ids",
                "drop table tasks",
                "create table all_tasks",
                "create view ids",
                "create view tasks",
            ],
            ..CASE
        },
    ),
    each(
        "trigger added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                  << => CREATE TRIGGER touch BEFORE UPDATE OF title ON tasks FOR EACH ROW EXECUTE FUNCTION touch()>>",
            detected: &["create trigger touch on tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT);
                  CREATE TABLE log (task_id INTEGER, said TEXT);
                  << => CREATE TRIGGER touch AFTER DELETE ON tasks BEGIN INSERT INTO log VALUES (old.id, old.title); END>>",
            detected: &["create trigger touch on tasks"],
            ..CASE
        },
    ),
    each(
        "trigger changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text, points integer);
                  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                  CREATE TRIGGER touch BEFORE UPDATE ON tasks FOR EACH ROW << => WHEN (new.points > 1)>> EXECUTE FUNCTION touch();
                  ALTER TABLE tasks <<ENABLE => DISABLE>> TRIGGER touch",
            detected: &["drop trigger touch on tasks", "create trigger touch on tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT);
                  CREATE TABLE log (task_id INTEGER, said TEXT);
                  CREATE TRIGGER touch AFTER DELETE ON tasks BEGIN INSERT INTO log VALUES (old.id, <<old.title => 'gone'>>); END",
            detected: &["drop trigger touch on tasks", "create trigger touch on tasks"],
            ..CASE
        },
    ),
    each(
        "trigger dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                  <<CREATE TRIGGER touch AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION touch(); COMMENT ON TRIGGER touch ON tasks IS 'told' => >>",
            detected: &["drop trigger touch on tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT);
                  <<CREATE TRIGGER touch AFTER INSERT ON tasks BEGIN UPDATE tasks SET title = title WHERE id = new.id; END => >>",
            detected: &["drop trigger touch on tasks"],
            ..CASE
        },
    ),
    each(
        "trigger on a column that changes its type",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points <<integer => bigint>>, title text);
                  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                  CREATE TRIGGER touch BEFORE UPDATE OF points ON tasks FOR EACH ROW WHEN (new.points > old.points) EXECUTE FUNCTION touch()",
            detected: &["alter column tasks.points: type integer to bigint"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE tasks (id INTEGER PRIMARY KEY, points <<INTEGER => BIGINT>>, title TEXT);
                  CREATE TABLE log (task_id INTEGER, points INTEGER);
                  CREATE TRIGGER touch AFTER UPDATE OF points ON tasks BEGIN INSERT INTO log VALUES (new.id, new.points); END",
            detected: &["alter column tasks.points: type INTEGER to BIGINT"],
            ..CASE
        },
    ),
    on_postgres(
        "policy added, with row security",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, owner text);
                  << => CREATE POLICY own ON tasks FOR SELECT TO PUBLIC USING (owner = current_user);
                  ALTER TABLE tasks ENABLE ROW LEVEL SECURITY>>",
            detected: &["set options of table tasks", "create policy own on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "policy changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, owner text, points integer);
                  CREATE POLICY own ON tasks FOR UPDATE USING (owner = <<'me' => current_user::text>>) << => WITH CHECK (points > 0)>>",
            detected: &["drop policy own on tasks", "create policy own on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "policy dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, owner text);
                  <<CREATE POLICY own ON tasks AS RESTRICTIVE FOR DELETE USING (owner = 'me') => >>",
            detected: &["drop policy own on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "policy on a column that changes its type",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, points <<integer => bigint>>);
                  CREATE POLICY few ON tasks USING (points < 9)",
            detected: &["alter column tasks.points: type integer to bigint"],
            ..CASE
        },
    ),
    on_postgres(
        "row security switched on and forced",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, owner text);
                  << => ALTER TABLE tasks ENABLE ROW LEVEL SECURITY; ALTER TABLE tasks FORCE ROW LEVEL SECURITY>>",
            detected: &["set options of table tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "replica identity changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, number integer NOT NULL CONSTRAINT one_number UNIQUE);
                  CREATE TABLE notes (body text);
                  << => ALTER TABLE tasks REPLICA IDENTITY USING INDEX one_number; ALTER TABLE notes REPLICA IDENTITY FULL>>",
            detected: &["set options of table notes", "set options of table tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "rule added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE TABLE log (task_id integer);
                  << => CREATE RULE told AS ON DELETE TO tasks DO ALSO INSERT INTO log VALUES (old.id)>>",
            detected: &["create rule told on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "rule changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE TABLE log (task_id integer);
                  CREATE RULE told AS ON DELETE TO tasks DO ALSO INSERT INTO log VALUES (old.id << => + 1>>)",
            detected: &["drop rule told on tasks", "create rule told on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "rule dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  <<CREATE RULE kept AS ON DELETE TO tasks DO INSTEAD NOTHING => >>",
            detected: &["drop rule kept on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "statistics added",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, house text, number integer);
                  << => CREATE STATISTICS addresses ON house, number FROM tasks>>",
            detected: &["create statistics addresses on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "statistics changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, house text, number integer);
                  CREATE STATISTICS addresses <<(ndistinct) => (dependencies, mcv)>> ON house, number FROM tasks",
            detected: &[
                "drop statistics addresses on tasks",
                "create statistics addresses on tasks",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "statistics dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, house text, number integer);
                  <<CREATE STATISTICS addresses ON house, number FROM tasks => >>",
            detected: &["drop statistics addresses on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "domain added with a column of it",
        Case {
            sql: "<< => CREATE DOMAIN email AS text DEFAULT 'a@b' CONSTRAINT at CHECK (VALUE LIKE '%@%');>>
                  CREATE TABLE people (id integer PRIMARY KEY, name text<< => , mail email>>)",
            detected: &["add column people.mail email", "create domain email"],
            ..CASE
        },
    ),
    on_postgres(
        "domain check changed",
        Case {
            sql: "CREATE DOMAIN points AS integer CONSTRAINT few CHECK (VALUE < <<50 => 90>>);
                  CREATE TABLE tasks (id integer PRIMARY KEY, points points, title text)",
            detected: &["change domain points"],
            ..CASE
        },
    ),
    on_postgres(
        "domain default changed",
        Case {
            sql: "CREATE DOMAIN points AS integer DEFAULT <<1 => 2>> CHECK (VALUE < 50);
                  CREATE TABLE tasks (id integer PRIMARY KEY, points points, title text)",
            detected: &["change domain points"],
            ..CASE
        },
    ),
    on_postgres(
        "extension added with an index that needs it",
        Case {
            sql: "<< => CREATE EXTENSION pg_trgm;>>
                  CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  << => CREATE INDEX tasks_search ON tasks USING gin (title gin_trgm_ops)>>",
            detected: &["create index tasks.tasks_search (title)", "create extension pg_trgm"],
            ..CASE
        },
    ),
    on_postgres(
        "extension added with a type that needs it",
        Case {
            sql: "<< => CREATE EXTENSION citext;>>
                  CREATE TABLE people (id integer PRIMARY KEY, mail <<text => citext>> CONSTRAINT one_mail UNIQUE)",
            detected: &["alter column people.mail: type text to citext", "create extension citext"],
            ..CASE
        },
    ),
];
