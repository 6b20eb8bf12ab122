//! Whole tables.

use super::{CASE, Case, Ends, Kind, both, each, on_postgres, on_sqlite};

pub(super) const KINDS: &[Kind] = &[
    each(
        "table added",
        Case {
            sql: "CREATE TABLE projects (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
                  <<=> CREATE TABLE tasks (
                      id serial PRIMARY KEY,
                      project_id integer NOT NULL REFERENCES projects ON DELETE CASCADE,
                      title varchar(50) NOT NULL CHECK (length(title) > 0),
                      done boolean NOT NULL DEFAULT false
                  );
                  CREATE INDEX tasks_open ON tasks (project_id) WHERE NOT done; >>",
            detected: &["create table tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                  <<=> CREATE TABLE tasks (
                      id INTEGER PRIMARY KEY,
                      project_id INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
                      title VARCHAR(50) NOT NULL CHECK (length(title) > 0),
                      done BOOLEAN NOT NULL DEFAULT 0
                  );
                  CREATE INDEX tasks_open ON tasks (project_id) WHERE NOT done; >>",
            detected: &["create table tasks"],
            ..CASE
        },
    ),
    each(
        "table dropped",
        Case {
            sql: "CREATE TABLE projects (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
                  << CREATE TABLE tasks (
                      id serial PRIMARY KEY,
                      project_id integer NOT NULL REFERENCES projects,
                      title varchar(50) NOT NULL CHECK (length(title) > 0)
                  );
                  CREATE INDEX tasks_titles ON tasks (lower(title)); => >>",
            answers: &["--drop tasks"],
            loses: &["tasks"],
            detected: &["drop table tasks"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                  << CREATE TABLE tasks (
                      id INTEGER PRIMARY KEY,
                      project_id INTEGER NOT NULL REFERENCES projects,
                      title VARCHAR(50) NOT NULL CHECK (length(title) > 0)
                  );
                  CREATE INDEX tasks_titles ON tasks (lower(title)); => >>",
            answers: &["--drop tasks"],
            loses: &["tasks"],
            detected: &["drop table tasks"],
            ..CASE
        },
    ),
    both(
        "table renamed",
        Case {
            sql: "CREATE TABLE <<todos => tasks>> (
                      id integer NOT NULL,
                      title text,
                      CONSTRAINT todos_pkey PRIMARY KEY (id),
                      CONSTRAINT todos_title_check CHECK (length(title) > 0)
                  );
                  CREATE INDEX todos_titles ON <<todos => tasks>> (title)",
            answers: &["--rename todos:tasks"],
            detected: &["rename table todos to tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "table renamed, with its sequence, constraints and indexes",
        Case {
            sql: "CREATE TABLE <<todos => tasks>> (
                      id serial PRIMARY KEY,
                      title text UNIQUE CHECK (length(title) > 0),
                      parent_id integer REFERENCES <<todos => tasks>>
                  );
                  CREATE INDEX <<todos_parent_idx => tasks_parent_idx>> ON <<todos => tasks>> (parent_id);
                  CREATE TABLE notes (task_id integer REFERENCES <<todos => tasks>>, body text)",
            answers: &["--rename todos:tasks"],
            detected: &[
                "rename table todos to tasks",
                "rename constraint tasks.todos_parent_id_fkey to tasks_parent_id_fkey",
                "rename constraint tasks.todos_pkey to tasks_pkey",
                "rename constraint tasks.todos_title_check to tasks_title_check",
                "rename constraint tasks.todos_title_key to tasks_title_key",
                "rename index tasks.todos_parent_idx to tasks_parent_idx",
            ],
            ..CASE
        },
    ),
    on_sqlite(
        "table renamed under constraints that nobody has named",
        Case {
            sql: "CREATE TABLE <<todos => tasks>> (
                      id INTEGER PRIMARY KEY,
                      title text UNIQUE CHECK (length(title) > 0),
                      parent_id integer REFERENCES <<todos => tasks>>
                  )",
            answers: &["--rename todos:tasks"],
            detected: &["rename table todos to tasks"],
            ..CASE
        },
    ),
    on_sqlite(
        "column renamed under constraints that nobody has named",
        Case {
            sql: "CREATE TABLE tasks (
                      id INTEGER PRIMARY KEY,
                      <<parent => parent_id>> integer UNIQUE CHECK (<<parent => parent_id>> > 0) REFERENCES tasks
                  )",
            answers: &["--rename tasks.parent:parent_id"],
            detected: &["rename column tasks.parent to parent_id"],
            ..CASE
        },
    ),
    both(
        "table renamed under foreign keys and a change of its columns",
        Case {
            sql: "CREATE TABLE <<todos => tasks>> (id integer CONSTRAINT <<todos_pkey => tasks_pkey>> PRIMARY KEY, title <<text => text NOT NULL>>);
                  CREATE TABLE notes (
                      task_id integer CONSTRAINT notes_task_fkey REFERENCES <<todos => tasks>> (id) ON DELETE CASCADE,
                      body text
                  )",
            answers: &["--rename todos:tasks", "--fill tasks.title=''"],
            detected: &[
                "rename table todos to tasks",
                "alter column tasks.title: set not null",
                "rename constraint tasks.todos_pkey to tasks_pkey",
            ],
            ..CASE
        },
    ),
    each(
        "cyclic fk tables added",
        Case {
            sql: "CREATE TABLE offices (id integer PRIMARY KEY, town text);
                  <<=> CREATE TABLE teams (id serial PRIMARY KEY, leader_id integer, office_id integer REFERENCES offices);
                  CREATE TABLE people (id serial PRIMARY KEY, team_id integer REFERENCES teams);
                  ALTER TABLE teams ADD CONSTRAINT teams_leader_fkey FOREIGN KEY (leader_id) REFERENCES people ON DELETE SET NULL; >>",
            detected: &["create table people", "create table teams"],
            ..CASE
        },
        Case {
            sql: "CREATE TABLE offices (id INTEGER PRIMARY KEY, town TEXT);
                  <<=> CREATE TABLE teams (id INTEGER PRIMARY KEY, leader_id INTEGER REFERENCES people ON DELETE SET NULL, office_id INTEGER REFERENCES offices);
                  CREATE TABLE people (id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams); >>",
            detected: &["create table people", "create table teams"],
            ..CASE
        },
    ),
    on_postgres(
        "table comment changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  COMMENT ON COLUMN tasks.title IS 'What is to be done';
                  COMMENT ON TABLE tasks IS <<'Work' => 'Work, and what it''s about'>>",
            detected: &["comment on tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "schema added + table in it",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text);
                  <<=> CREATE SCHEMA audit;
                  CREATE TABLE audit.tasks (
                      id serial PRIMARY KEY,
                      task_id integer REFERENCES public.tasks,
                      at timestamptz DEFAULT now()
                  );
                  CREATE INDEX by_time ON audit.tasks (at DESC); >>",
            detected: &["create schema audit", "create table audit.tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "table moved to another schema",
        Case {
            sql: "CREATE SCHEMA archive;
                  CREATE TABLE << => archive.>>tasks (id serial PRIMARY KEY, title text UNIQUE);
                  CREATE TABLE notes (task_id integer REFERENCES << => archive.>>tasks, body text)",
            answers: &["--rename tasks:archive.tasks"],
            detected: &["rename table tasks to archive.tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "schema dropped",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY);
                  << CREATE SCHEMA audit; CREATE TABLE audit.seen (task_id integer REFERENCES tasks, at date); => >>",
            answers: &["--drop audit", "--drop audit.seen"],
            loses: &["audit.seen"],
            detected: &["drop schema audit", "drop table audit.seen"],
            ..CASE
        },
    ),
    on_postgres(
        "storage parameters changed",
        Case {
            sql: "CREATE TABLE tasks (id integer PRIMARY KEY, title text)
                      WITH (fillfactor = <<70 => 90>><< => , autovacuum_enabled = false>>)",
            detected: &["set options of table tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "table made UNLOGGED",
        Case {
            sql: "CREATE << => UNLOGGED>> TABLE tasks (id serial PRIMARY KEY, title text UNIQUE)",
            detected: &["set options of table tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "table made logged, along with one that references it",
        Case {
            sql: "CREATE <<UNLOGGED => >> TABLE tasks (id integer PRIMARY KEY, title text);
                  CREATE <<UNLOGGED => >> TABLE notes (task_id integer REFERENCES tasks, body text)",
            detected: &["set options of table notes", "set options of table tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "table dropped with a trigger and a policy",
        Case {
            sql: "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                  CREATE TABLE people (id integer PRIMARY KEY);
                  << CREATE TABLE tasks (id integer PRIMARY KEY, owner_id integer REFERENCES people, title text);
                  CREATE TRIGGER touch BEFORE UPDATE OF title ON tasks FOR EACH ROW EXECUTE FUNCTION touch();
                  ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
                  CREATE POLICY own ON tasks FOR SELECT USING (owner_id > 0); => >>",
            answers: &["--drop tasks"],
            loses: &["tasks"],
            detected: &[
                "drop trigger touch on tasks",
                "drop policy own on tasks",
                "drop table tasks",
            ],
            ..CASE
        },
    ),
    on_postgres(
        "table dropped that has privileges",
        Case {
            sql: "CREATE TABLE people (id integer PRIMARY KEY);
                  << CREATE TABLE tasks (id integer PRIMARY KEY, title text); GRANT SELECT ON tasks TO PUBLIC; => >>",
            answers: &["--drop tasks"],
            loses: &["tasks"],
            detected: &["drop privileges on tasks", "drop table tasks"],
            ..CASE
        },
    ),
    on_postgres(
        "restored dump",
        Case {
            sql: "<<
                  CREATE TYPE state AS ENUM ('open', 'done');
                  CREATE TABLE people (id serial PRIMARY KEY, mail varchar(80) NOT NULL UNIQUE CHECK (mail LIKE '%@%'));
                  CREATE TABLE tasks (
                      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                      owner_id int NOT NULL REFERENCES people ON DELETE CASCADE,
                      kind varchar(9) DEFAULT 'bug' CHECK (kind IN ('bug', 'idea')),
                      state state NOT NULL DEFAULT 'open',
                      points decimal(5, 2) CHECK (points BETWEEN 0 AND 99),
                      half decimal GENERATED ALWAYS AS (points / 2) STORED,
                      due timestamp with time zone DEFAULT now() + interval '1 day'
                  );
                  CREATE INDEX tasks_open ON tasks (lower(kind), due DESC) WHERE state = 'open' AND kind IN ('bug', 'idea');
                  CREATE VIEW open_tasks AS SELECT id, due FROM tasks WHERE state <> 'done';
                  =>
                  SET statement_timeout = 0;
                  SELECT pg_catalog.set_config('search_path', '', false);
                  CREATE TYPE public.state AS ENUM (
                      'open',
                      'done'
                  );
                  SET default_table_access_method = heap;
                  CREATE TABLE public.tasks (
                      id integer NOT NULL,
                      owner_id integer NOT NULL,
                      kind character varying(9) DEFAULT 'bug'::character varying,
                      state public.state DEFAULT 'open'::public.state NOT NULL,
                      points numeric(5,2),
                      half numeric GENERATED ALWAYS AS ((points / (2)::numeric)) STORED,
                      due timestamp with time zone DEFAULT (now() + '1 day'::interval),
                      CONSTRAINT tasks_kind_check CHECK (((kind)::text = ANY ((ARRAY['bug'::character varying, 'idea'::character varying])::text[]))),
                      CONSTRAINT tasks_points_check CHECK (((points >= (0)::numeric) AND (points <= (99)::numeric)))
                  );
                  CREATE VIEW public.open_tasks AS
                   SELECT tasks.id,
                      tasks.due
                     FROM public.tasks
                    WHERE (tasks.state <> 'done'::public.state);
                  CREATE TABLE public.people (
                      id integer NOT NULL,
                      mail character varying(80) NOT NULL,
                      CONSTRAINT people_mail_check CHECK (((mail)::text ~~ '%@%'::text))
                  );
                  CREATE SEQUENCE public.people_id_seq
                      AS integer
                      START WITH 1
                      INCREMENT BY 1
                      NO MINVALUE
                      NO MAXVALUE
                      CACHE 1;
                  ALTER SEQUENCE public.people_id_seq OWNED BY public.people.id;
                  ALTER TABLE public.tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
                      SEQUENCE NAME public.tasks_id_seq
                      START WITH 1
                      INCREMENT BY 1
                      NO MINVALUE
                      NO MAXVALUE
                      CACHE 1
                  );
                  ALTER TABLE ONLY public.people ALTER COLUMN id SET DEFAULT nextval('public.people_id_seq'::regclass);
                  ALTER TABLE ONLY public.people
                      ADD CONSTRAINT people_mail_key UNIQUE (mail);
                  ALTER TABLE ONLY public.people
                      ADD CONSTRAINT people_pkey PRIMARY KEY (id);
                  ALTER TABLE ONLY public.tasks
                      ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);
                  CREATE INDEX tasks_open ON public.tasks USING btree (lower((kind)::text), due DESC) WHERE ((state = 'open'::public.state) AND ((kind)::text = ANY ((ARRAY['bug'::character varying, 'idea'::character varying])::text[])));
                  ALTER TABLE ONLY public.tasks
                      ADD CONSTRAINT tasks_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.people(id) ON DELETE CASCADE;
                  >>",
            ends: Ends::Equal,
            ..CASE
        },
    ),
];
