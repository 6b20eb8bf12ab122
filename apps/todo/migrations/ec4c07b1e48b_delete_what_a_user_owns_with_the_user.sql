-- Delete what a user owns with the user
--
-- revision: ec4c07b1e48b
-- parents:  86bd06ad3b4d
-- created:  2026-11-26T10:53:43Z

-- upgrade postgres
ALTER TABLE conversations DROP CONSTRAINT conversations_user_id_fkey;
ALTER TABLE tasks DROP CONSTRAINT tasks_user_id_fkey;
ALTER TABLE conversations ADD CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE tasks ADD CONSTRAINT tasks_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

-- upgrade sqlite
-- step: foreign keys off
CREATE TABLE limbeck_new_conversations (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO limbeck_new_conversations (rowid, id, user_id, created_at, updated_at) SELECT rowid, id, user_id, created_at, updated_at FROM conversations;
DROP TABLE conversations;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_conversations RENAME TO conversations;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX ix_conversations_user_id ON conversations (user_id);

CREATE TABLE limbeck_new_tasks (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    title VARCHAR(200) NOT NULL,
    description TEXT,
    completed BOOLEAN NOT NULL DEFAULT false,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    priority INTEGER NOT NULL DEFAULT 0,
    completed_at DATETIME,
    tags TEXT,
    due_date DATETIME,
    recurrence_pattern VARCHAR(50),
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO limbeck_new_tasks (rowid, id, user_id, title, description, completed, created_at, updated_at, priority, completed_at, tags, due_date, recurrence_pattern) SELECT rowid, id, user_id, title, description, completed, created_at, updated_at, priority, completed_at, tags, due_date, recurrence_pattern FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX ix_tasks_title ON tasks (title);
CREATE INDEX ix_tasks_user_id ON tasks (user_id);
CREATE INDEX ix_tasks_user_id_completed_created_at ON tasks (user_id, completed, created_at);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;

-- downgrade postgres
ALTER TABLE tasks DROP CONSTRAINT tasks_user_id_fkey;
ALTER TABLE conversations DROP CONSTRAINT conversations_user_id_fkey;
ALTER TABLE tasks ADD CONSTRAINT tasks_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE conversations ADD CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id);

-- downgrade sqlite
-- step: foreign keys off
CREATE TABLE limbeck_new_tasks (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    title VARCHAR(200) NOT NULL,
    description TEXT,
    completed BOOLEAN NOT NULL DEFAULT false,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    priority INTEGER NOT NULL DEFAULT 0,
    completed_at DATETIME,
    tags TEXT,
    due_date DATETIME,
    recurrence_pattern VARCHAR(50),
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
INSERT INTO limbeck_new_tasks (rowid, id, user_id, title, description, completed, created_at, updated_at, priority, completed_at, tags, due_date, recurrence_pattern) SELECT rowid, id, user_id, title, description, completed, created_at, updated_at, priority, completed_at, tags, due_date, recurrence_pattern FROM tasks;
DROP TABLE tasks;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_tasks RENAME TO tasks;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX ix_tasks_title ON tasks (title);
CREATE INDEX ix_tasks_user_id ON tasks (user_id);
CREATE INDEX ix_tasks_user_id_completed_created_at ON tasks (user_id, completed, created_at);

CREATE TABLE limbeck_new_conversations (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
INSERT INTO limbeck_new_conversations (rowid, id, user_id, created_at, updated_at) SELECT rowid, id, user_id, created_at, updated_at FROM conversations;
DROP TABLE conversations;
PRAGMA legacy_alter_table = ON;
ALTER TABLE limbeck_new_conversations RENAME TO conversations;
PRAGMA legacy_alter_table = OFF;
CREATE INDEX ix_conversations_user_id ON conversations (user_id);
CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE limbeck_foreign_key_check;
