-- to_jsonb of a catalog row reads columns that only newer servers have: confdelsetcols and
-- indnullsnotdistinct (15), conperiod and conenforced (18).
-- A foreign key to a partitioned table has a row per partition as well; those have a parent.
SELECT pg_catalog.row_to_json(r)
FROM (
    SELECT c.conrelid::bigint AS table_oid,
           c.conname AS name,
           c.contype AS kind,
           COALESCE(c.conkey, '{}') AS key,
           c.confrelid::bigint AS references_oid,
           fn.nspname AS references_schema,
           f.relname AS references_name,
           COALESCE(c.confkey, '{}') AS references_key,
           CASE WHEN c.contype = 'f' THEN pg_catalog.to_jsonb(c) -> 'confdelsetcols' END AS delete_columns,
           c.confdeltype AS on_delete,
           c.confupdtype AS on_update,
           c.confmatchtype AS match_type,
           c.condeferrable AS deferrable,
           c.condeferred AS deferred,
           c.convalidated AS validated,
           c.connoinherit AS no_inherit,
           CASE WHEN c.contype = 'c' THEN pg_catalog.pg_get_expr(c.conbin, c.conrelid) END AS expression,
           CASE WHEN c.contype IN ('p', 'u') THEN i.indkey::smallint[] END AS index_key,
           i.indnkeyatts AS index_key_count,
           COALESCE(c.contype = 'u' AND (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
               AS nulls_not_distinct,
           CASE WHEN c.contype = 'x'
                  OR (pg_catalog.to_jsonb(c) ->> 'conperiod')::boolean
                  OR NOT (pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean
                THEN pg_catalog.pg_get_constraintdef(c.oid) END AS definition,
           d.description AS comment
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_catalog.pg_class f ON f.oid = c.confrelid
    LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
    LEFT JOIN pg_catalog.pg_description d
           ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
          AND d.objoid = c.oid
          AND d.objsubid = 0
    WHERE c.contype IN ('p', 'u', 'c', 'x', 'f')
      AND c.conrelid <> 0
      AND c.conparentid = 0
      AND n.nspname !~ '^pg_'
      AND n.nspname <> 'information_schema'
) r;
