-- Names in the queries, operators above all, are those of pg_catalog: what anybody may have put into
-- another schema is not called with the rights of who looks at the database.
-- `true` keeps the settings within the transaction, so that an error restores them too.
SELECT pg_catalog.set_config('limbeck.search_path', pg_catalog.current_setting('search_path'), true),
       pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
       -- All rows of each cursor are asked for.
       pg_catalog.set_config('cursor_tuple_fraction', '1', true),
       -- These queries are short; compiling them takes longer than running them.
       pg_catalog.set_config('jit', 'off', true);
