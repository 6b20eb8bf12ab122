-- A foreign key to a partitioned table has a row per partition as well; those have a parent.
WITH description AS MATERIALIZED (
    SELECT d.objoid, d.description
    FROM pg_catalog.pg_description d
    WHERE d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objsubid = 0
)
SELECT c.conrelid AS table_oid,
       c.conname AS name,
       c.contype AS kind,
       COALESCE(c.conkey, '{}') AS key,
       c.confrelid AS references_oid,
       fn.nspname AS references_schema,
       f.relname AS references_name,
       COALESCE(c.confkey, '{}') AS references_key,
       c.confdelsetcols AS delete_columns,
       c.confdeltype AS on_delete,
       c.confupdtype AS on_update,
       c.confmatchtype AS match_type,
       c.condeferrable AS deferrable,
       c.condeferred AS deferred,
       c.convalidated AS validated,
       c.connoinherit AS no_inherit,
       CASE WHEN c.contype = 'c' THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid) END AS expression,
       CASE WHEN c.contype IN ('p', 'u') THEN i.indkey END AS index_key,
       i.indnkeyatts AS index_key_count,
       COALESCE(c.contype = 'u' AND i.indnullsnotdistinct, false) AS nulls_not_distinct,
       CASE WHEN c.contype = 'x' OR c.conperiod OR NOT c.conenforced
            THEN pg_catalog.pg_get_constraintdef(c.oid) END AS definition,
       d.description AS comment
FROM pg_catalog.pg_constraint c
JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')
LEFT JOIN pg_catalog.pg_class f ON f.oid = c.confrelid
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
LEFT JOIN description d ON d.objoid = c.oid
WHERE c.contype IN ('p', 'u', 'c', 'x', 'f') /* only c.conrelid */
  AND c.conrelid <> 0
  AND c.conparentid = 0
  AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema';
