-- Deparsed names depend on search_path (PostgreSQL manual, section 9.26, "System Catalog
-- Information Functions"). With the default schema alone on it, names are printed as a statement
-- that runs under the same path would read them: pg_catalog comes first by itself (section 5.9.5).
-- `true` keeps both settings within the transaction, so that an error restores them too.
SELECT pg_catalog.set_config('limbeck.search_path', pg_catalog.current_setting('search_path'), true),
       pg_catalog.set_config('search_path', pg_catalog.quote_ident(pg_catalog.current_setting('limbeck.default_schema')), true),
       -- These queries are short; compiling them takes longer than running them.
       pg_catalog.set_config('jit', 'off', true);
