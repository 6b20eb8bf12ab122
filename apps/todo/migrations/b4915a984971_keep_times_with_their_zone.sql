-- Keep times with their zone
--
-- revision: b4915a984971
-- parents:  ec4c07b1e48b
-- created:  2026-11-26T10:53:45Z

-- upgrade postgres
ALTER TABLE conversations ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE conversations ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC';
ALTER TABLE conversations ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE conversations ALTER COLUMN updated_at DROP DEFAULT;
ALTER TABLE conversations ALTER COLUMN updated_at TYPE timestamptz USING updated_at AT TIME ZONE 'UTC';
ALTER TABLE conversations ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE messages ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE messages ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC';
ALTER TABLE messages ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE tasks ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC';
ALTER TABLE tasks ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE tasks ALTER COLUMN updated_at DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN updated_at TYPE timestamptz USING updated_at AT TIME ZONE 'UTC';
ALTER TABLE tasks ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE users ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE users ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC';
ALTER TABLE users ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE users ALTER COLUMN updated_at DROP DEFAULT;
ALTER TABLE users ALTER COLUMN updated_at TYPE timestamptz USING updated_at AT TIME ZONE 'UTC';
ALTER TABLE users ALTER COLUMN updated_at SET DEFAULT now();

-- upgrade sqlite
-- nothing

-- downgrade postgres
ALTER TABLE users ALTER COLUMN updated_at DROP DEFAULT;
ALTER TABLE users ALTER COLUMN updated_at TYPE timestamp USING updated_at AT TIME ZONE 'UTC';
ALTER TABLE users ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE users ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE users ALTER COLUMN created_at TYPE timestamp USING created_at AT TIME ZONE 'UTC';
ALTER TABLE users ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE tasks ALTER COLUMN updated_at DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN updated_at TYPE timestamp USING updated_at AT TIME ZONE 'UTC';
ALTER TABLE tasks ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE tasks ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE tasks ALTER COLUMN created_at TYPE timestamp USING created_at AT TIME ZONE 'UTC';
ALTER TABLE tasks ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE messages ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE messages ALTER COLUMN created_at TYPE timestamp USING created_at AT TIME ZONE 'UTC';
ALTER TABLE messages ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE conversations ALTER COLUMN updated_at DROP DEFAULT;
ALTER TABLE conversations ALTER COLUMN updated_at TYPE timestamp USING updated_at AT TIME ZONE 'UTC';
ALTER TABLE conversations ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE conversations ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE conversations ALTER COLUMN created_at TYPE timestamp USING created_at AT TIME ZONE 'UTC';
ALTER TABLE conversations ALTER COLUMN created_at SET DEFAULT now();

-- downgrade sqlite
-- nothing
