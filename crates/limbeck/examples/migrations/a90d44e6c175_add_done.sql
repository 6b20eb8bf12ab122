-- Add done
--
-- revision: a90d44e6c175
-- parents:  3f1c9a70b2d4
-- dialects: postgres, sqlite

-- upgrade
ALTER TABLE notes ADD COLUMN done boolean NOT NULL DEFAULT false;

-- downgrade
-- loses: notes.done
ALTER TABLE notes DROP COLUMN done;
