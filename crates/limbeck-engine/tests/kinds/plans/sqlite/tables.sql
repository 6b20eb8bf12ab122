-- What is written for each kind of change. The test `kinds` runs it, and holds this file;
-- LIMBECK_UPDATE=1 writes it again.


-- ## table added

-- upgrade
CREATE TABLE tasks (
    id INTEGER NOT NULL,
    project_id INTEGER NOT NULL,
    title VARCHAR(50) NOT NULL,
    done BOOLEAN NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CHECK (length(title) > 0)
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
    id INTEGER NOT NULL,
    project_id INTEGER NOT NULL,
    title VARCHAR(50) NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (project_id) REFERENCES projects (id),
    CHECK (length(title) > 0)
);
CREATE INDEX tasks_titles ON tasks (lower(title));


-- ## table renamed

-- upgrade
-- hazard: breaks_clients: tasks: programs that say todos
ALTER TABLE todos RENAME TO tasks;
-- downgrade
-- hazard: breaks_clients: todos: programs that say tasks
ALTER TABLE tasks RENAME TO todos;


-- ## table renamed under constraints that nobody has named

-- upgrade
-- hazard: breaks_clients: tasks: programs that say todos
ALTER TABLE todos RENAME TO tasks;
-- downgrade
-- hazard: breaks_clients: todos: programs that say tasks
ALTER TABLE tasks RENAME TO todos;


-- ## column renamed under constraints that nobody has named

-- upgrade
-- hazard: breaks_clients: tasks.parent_id: programs that say parent
ALTER TABLE tasks RENAME COLUMN parent TO parent_id;
-- downgrade
-- hazard: breaks_clients: tasks.parent: programs that say parent_id
ALTER TABLE tasks RENAME COLUMN parent_id TO parent;


-- ## table renamed under foreign keys and a change of its columns

-- upgrade
-- step: foreign keys off
-- hazard: breaks_clients: tasks: programs that say todos
ALTER TABLE todos RENAME TO tasks;

-- loses: tasks.title
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, coalesce(title, '') FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
-- downgrade
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT todos_pkey PRIMARY KEY (id)
);
INSERT INTO limbeck_new_tasks (id, title) SELECT id, title FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
-- hazard: breaks_clients: todos: programs that say tasks
ALTER TABLE tasks RENAME TO todos;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;


-- ## cyclic fk tables added

-- upgrade
CREATE TABLE people (
    id INTEGER NOT NULL,
    team_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (team_id) REFERENCES teams (id)
);

CREATE TABLE teams (
    id INTEGER NOT NULL,
    leader_id INTEGER,
    office_id INTEGER,
    FOREIGN KEY (leader_id) REFERENCES people (id) ON DELETE SET NULL,
    FOREIGN KEY (office_id) REFERENCES offices (id),
    PRIMARY KEY (id)
);
-- downgrade
-- step: foreign keys off
-- loses: teams
DROP TABLE teams;
-- loses: people
DROP TABLE people;
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
