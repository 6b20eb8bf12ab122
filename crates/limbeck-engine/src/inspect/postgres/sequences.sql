-- Sequences with the columns that they belong to. `i` marks the sequence of an identity column, `a` one that is OWNED BY a column
-- (PostgreSQL manual, section 53.18, pg_depend).
SELECT n.nspname AS schema,
       c.relname AS name,
       pg_catalog.format_type(s.seqtypid, NULL) AS data_type,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS min_value,
       s.seqmax AS max_value,
       s.seqcache AS cache,
       s.seqcycle AS cycle,
       c.relpersistence = 'u' AS unlogged,
       o.deptype AS ownership,
       o.refobjid AS owner_oid,
       o.refobjsubid AS owner_column,
       -- A column of a partitioned table has it, and `serial` has not made it.
       o.deptype = 'a' AND EXISTS (
           SELECT
           FROM pg_catalog.pg_class t
           JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.refobjsubid
           WHERE t.oid = o.refobjid AND (t.relkind = 'p' OR t.relkind = 'r' AND t.relispartition)
             AND NOT (a.atttypid::pg_catalog.regtype::text IN ('smallint', 'integer', 'bigint')
                      AND c.relname = t.relname || '_' || a.attname || '_seq')) AS stands_apart
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend o
       ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND o.objid = s.seqrelid
      AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND o.refobjsubid > 0
      AND o.deptype IN ('a', 'i')
WHERE n.nspname !~ '^pg_' /* only o.refobjid */
  AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend x
      WHERE x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND x.objid = s.seqrelid
        AND x.deptype = 'e');
