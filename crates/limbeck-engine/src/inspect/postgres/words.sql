-- Deparsed names depend on search_path when a query runs, not when it is read (PostgreSQL manual, section
-- 9.26, "System Catalog Information Functions"). With the default schema alone on it, names are printed as a
-- statement that runs under the same path would read them: pg_catalog comes first by itself (section 5.9.5).
SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(pg_catalog.current_setting('limbeck.default_schema')), true);
