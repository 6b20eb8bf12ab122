-- Add priority to tasks
--
-- revision: bc12b5a3f177
-- parents:  acb5ecd0394a
-- created:  2026-11-20T14:36:24Z

-- upgrade postgres
ALTER TABLE tasks ADD COLUMN priority integer DEFAULT 0 NOT NULL;

-- upgrade sqlite
ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

-- downgrade postgres
-- loses: tasks.priority
ALTER TABLE tasks DROP COLUMN priority;

-- downgrade sqlite
-- loses: tasks.priority
ALTER TABLE tasks DROP COLUMN priority;
