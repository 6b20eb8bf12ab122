-- Add account state, due dates, tags and recurrence
--
-- revision: 86bd06ad3b4d
-- parents:  bc12b5a3f177
-- created:  2026-11-26T10:53:40Z

-- upgrade postgres
ALTER TABLE tasks ADD COLUMN completed_at timestamptz;
ALTER TABLE tasks ADD COLUMN tags jsonb;
ALTER TABLE tasks ADD COLUMN due_date timestamptz;
ALTER TABLE tasks ADD COLUMN recurrence_pattern varchar(50);
ALTER TABLE users ADD COLUMN full_name varchar(255);
ALTER TABLE users ADD COLUMN is_active boolean DEFAULT true NOT NULL;
CREATE INDEX ix_tasks_user_id_completed_created_at ON tasks (user_id, completed, created_at);

-- upgrade sqlite
ALTER TABLE tasks ADD COLUMN completed_at DATETIME;
ALTER TABLE tasks ADD COLUMN tags TEXT;
ALTER TABLE tasks ADD COLUMN due_date DATETIME;
ALTER TABLE tasks ADD COLUMN recurrence_pattern VARCHAR(50);
ALTER TABLE users ADD COLUMN full_name VARCHAR(255);
ALTER TABLE users ADD COLUMN is_active BOOLEAN NOT NULL DEFAULT true;
CREATE INDEX ix_tasks_user_id_completed_created_at ON tasks (user_id, completed, created_at);

-- downgrade postgres
DROP INDEX ix_tasks_user_id_completed_created_at;
-- loses: users.is_active
ALTER TABLE users DROP COLUMN is_active;
-- loses: users.full_name
ALTER TABLE users DROP COLUMN full_name;
-- loses: tasks.recurrence_pattern
ALTER TABLE tasks DROP COLUMN recurrence_pattern;
-- loses: tasks.due_date
ALTER TABLE tasks DROP COLUMN due_date;
-- loses: tasks.tags
ALTER TABLE tasks DROP COLUMN tags;
-- loses: tasks.completed_at
ALTER TABLE tasks DROP COLUMN completed_at;

-- downgrade sqlite
DROP INDEX ix_tasks_user_id_completed_created_at;
-- loses: users.is_active
ALTER TABLE users DROP COLUMN is_active;
-- loses: users.full_name
ALTER TABLE users DROP COLUMN full_name;
-- loses: tasks.recurrence_pattern
ALTER TABLE tasks DROP COLUMN recurrence_pattern;
-- loses: tasks.due_date
ALTER TABLE tasks DROP COLUMN due_date;
-- loses: tasks.tags
ALTER TABLE tasks DROP COLUMN tags;
-- loses: tasks.completed_at
ALTER TABLE tasks DROP COLUMN completed_at;
