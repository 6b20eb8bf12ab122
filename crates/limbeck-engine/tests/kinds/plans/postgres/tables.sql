-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## table added

-- upgrade
CREATE TABLE tasks (
    id serial NOT NULL,
    project_id integer NOT NULL,
    title varchar(50) NOT NULL,
    done boolean DEFAULT false NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT tasks_title_check CHECK (length((title)::text) > 0)
);
CREATE INDEX tasks_open ON tasks (project_id) WHERE NOT done;
-- downgrade
-- loses: tasks
DROP TABLE tasks;


-- ## table dropped

-- upgrade
-- loses: tasks
DROP TABLE tasks;
-- downgrade
CREATE TABLE tasks (
    id serial NOT NULL,
    project_id integer NOT NULL,
    title varchar(50) NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id),
    CONSTRAINT tasks_title_check CHECK (length((title)::text) > 0)
);
CREATE INDEX tasks_titles ON tasks ((lower((title)::text)));


-- ## table renamed

-- upgrade
-- hazard: breaks_clients: tasks: programs that say todos
ALTER TABLE todos RENAME TO tasks;
-- downgrade
-- hazard: breaks_clients: todos: programs that say tasks
ALTER TABLE tasks RENAME TO todos;


-- ## table renamed, with its sequence, constraints and indexes

-- upgrade
-- hazard: breaks_clients: tasks: programs that say todos
ALTER TABLE todos RENAME TO tasks;
ALTER SEQUENCE todos_id_seq RENAME TO tasks_id_seq;
ALTER TABLE tasks RENAME CONSTRAINT todos_parent_id_fkey TO tasks_parent_id_fkey;
ALTER TABLE tasks RENAME CONSTRAINT todos_pkey TO tasks_pkey;
ALTER TABLE tasks RENAME CONSTRAINT todos_title_check TO tasks_title_check;
ALTER TABLE tasks RENAME CONSTRAINT todos_title_key TO tasks_title_key;
ALTER INDEX todos_parent_idx RENAME TO tasks_parent_idx;
-- downgrade
ALTER INDEX tasks_parent_idx RENAME TO todos_parent_idx;
ALTER TABLE tasks RENAME CONSTRAINT tasks_title_key TO todos_title_key;
ALTER TABLE tasks RENAME CONSTRAINT tasks_title_check TO todos_title_check;
ALTER TABLE tasks RENAME CONSTRAINT tasks_pkey TO todos_pkey;
ALTER TABLE tasks RENAME CONSTRAINT tasks_parent_id_fkey TO todos_parent_id_fkey;
-- hazard: breaks_clients: todos: programs that say tasks
ALTER TABLE tasks RENAME TO todos;
ALTER SEQUENCE tasks_id_seq RENAME TO todos_id_seq;


-- ## table renamed under foreign keys and a change of its columns

-- upgrade
-- hazard: breaks_clients: tasks: programs that say todos
ALTER TABLE todos RENAME TO tasks;
ALTER TABLE tasks RENAME CONSTRAINT todos_pkey TO tasks_pkey;
-- loses: tasks.title
UPDATE tasks SET title = '' WHERE title IS NULL;
ALTER TABLE tasks ALTER COLUMN title SET NOT NULL;
-- downgrade
ALTER TABLE tasks RENAME CONSTRAINT tasks_pkey TO todos_pkey;
ALTER TABLE tasks ALTER COLUMN title DROP NOT NULL;
-- hazard: breaks_clients: todos: programs that say tasks
ALTER TABLE tasks RENAME TO todos;


-- ## cyclic fk tables added

-- upgrade
CREATE TABLE people (
    id serial NOT NULL,
    team_id integer,
    CONSTRAINT people_pkey PRIMARY KEY (id)
);

CREATE TABLE teams (
    id serial NOT NULL,
    leader_id integer,
    office_id integer,
    CONSTRAINT teams_leader_fkey FOREIGN KEY (leader_id) REFERENCES people (id) ON DELETE SET NULL,
    CONSTRAINT teams_office_id_fkey FOREIGN KEY (office_id) REFERENCES offices (id),
    CONSTRAINT teams_pkey PRIMARY KEY (id)
);
ALTER TABLE people ADD CONSTRAINT people_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams (id);
-- downgrade
ALTER TABLE people DROP CONSTRAINT people_team_id_fkey;
-- loses: teams
DROP TABLE teams;
-- loses: people
DROP TABLE people;


-- ## table comment changed

-- upgrade
COMMENT ON TABLE tasks IS 'Work, and what it''s about';
-- downgrade
COMMENT ON TABLE tasks IS 'Work';


-- ## schema added + table in it

-- upgrade
CREATE SCHEMA audit;

CREATE TABLE audit.tasks (
    id serial NOT NULL,
    task_id integer,
    at timestamptz DEFAULT now(),
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks (id)
);
CREATE INDEX by_time ON audit.tasks (at DESC);
-- downgrade
-- loses: audit.tasks
DROP TABLE audit.tasks;
DROP SCHEMA audit;


-- ## table moved to another schema

-- upgrade
-- hazard: breaks_clients: archive.tasks: programs that say tasks
ALTER TABLE tasks SET SCHEMA archive;
-- downgrade
-- hazard: breaks_clients: tasks: programs that say archive.tasks
ALTER TABLE archive.tasks SET SCHEMA public;


-- ## schema dropped

-- upgrade
-- loses: audit.seen
DROP TABLE audit.seen;
DROP SCHEMA audit;
-- downgrade
CREATE SCHEMA audit;

CREATE TABLE audit.seen (
    task_id integer,
    at date,
    CONSTRAINT seen_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks (id)
);


-- ## storage parameters changed

-- upgrade
ALTER TABLE tasks SET (autovacuum_enabled = false, fillfactor = 90);
-- downgrade
ALTER TABLE tasks RESET (autovacuum_enabled);
ALTER TABLE tasks SET (fillfactor = 70);


-- ## table made UNLOGGED

-- upgrade
ALTER TABLE tasks SET UNLOGGED;
-- downgrade
ALTER TABLE tasks SET LOGGED;


-- ## table made logged, along with one that references it

-- upgrade
ALTER TABLE tasks SET LOGGED;
ALTER TABLE notes SET LOGGED;
-- downgrade
ALTER TABLE notes SET UNLOGGED;
ALTER TABLE tasks SET UNLOGGED;


-- ## table dropped with a trigger and a policy

-- upgrade
DROP TRIGGER touch ON tasks;
DROP POLICY own ON tasks;
-- loses: tasks
DROP TABLE tasks;
-- downgrade
CREATE TABLE tasks (
    id integer NOT NULL,
    owner_id integer,
    title text,
    CONSTRAINT tasks_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES people (id),
    CONSTRAINT tasks_pkey PRIMARY KEY (id)
);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasks FOR SELECT TO PUBLIC USING ((owner_id > 0));
CREATE TRIGGER touch BEFORE UPDATE OF title ON tasks FOR EACH ROW EXECUTE FUNCTION touch();


-- ## table dropped that has privileges

-- upgrade
-- loses: tasks
DROP TABLE tasks;
-- downgrade
CREATE TABLE tasks (
    id integer NOT NULL,
    title text,
    CONSTRAINT tasks_pkey PRIMARY KEY (id)
);
GRANT SELECT ON TABLE tasks TO PUBLIC;


-- ## restored dump

-- upgrade
-- downgrade
