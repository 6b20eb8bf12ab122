-- Index notes
--
-- revision: c3d8f1a64e90
-- parents:  5b1e0c7a9d42
-- dialects: postgres, sqlite

-- upgrade postgres
-- step: no transaction
CREATE INDEX CONCURRENTLY ix_notes_author_id ON notes (author_id);
CREATE INDEX CONCURRENTLY ix_notes_text ON notes (text);

-- upgrade sqlite
CREATE INDEX ix_notes_author_id ON notes (author_id);
CREATE INDEX ix_notes_text ON notes (text);

-- downgrade
DROP INDEX ix_notes_text;
DROP INDEX ix_notes_author_id;
