-- Keys of which more is to be said than column and order come with their place, as JSON.
-- An operator class is named where it is not the one that CREATE INDEX would choose: the default
-- of the column's own type, or else of a type that it is binary coercible to.
WITH relation AS MATERIALIZED (
    SELECT i.*, n.nspname, c.relname, c.relam, c.reloptions
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_'
      AND n.nspname <> 'information_schema' /* only i.indrelid */
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_constraint o
          WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
), description AS MATERIALIZED (
    SELECT d.objoid, d.description
    FROM pg_catalog.pg_description d
    WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
), special_key AS MATERIALIZED (
    SELECT i.indexrelid,
           pg_catalog.json_agg(pg_catalog.json_build_object(
               'place', k.position,
               'expression', CASE WHEN k.number = 0
                   THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.position::integer, false) END,
               'operator_class', CASE
                   WHEN NOT o.opcdefault OR x.oid <> o.oid OR ia.attoptions IS NOT NULL
                   THEN CASE WHEN pg_catalog.pg_opclass_is_visible(o.oid)
                             THEN pg_catalog.quote_ident(o.opcname)
                             ELSE pg_catalog.format('%I.%I', os.nspname, o.opcname) END END,
               'operator_class_options', ia.attoptions,
               'collation', co.collname,
               'collation_schema', cs.nspname
           ) ORDER BY k.position) AS keys
    FROM relation i
    CROSS JOIN LATERAL ROWS FROM (
        pg_catalog.unnest(i.indkey::smallint[]),
        pg_catalog.unnest(i.indclass::oid[]),
        pg_catalog.unnest(i.indcollation::oid[])
    ) WITH ORDINALITY AS k (number, operator_class, collation_oid, position)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    LEFT JOIN pg_catalog.pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = k.position
    LEFT JOIN pg_catalog.pg_opclass o ON o.oid = k.operator_class
    LEFT JOIN pg_catalog.pg_namespace os ON os.oid = o.opcnamespace
    LEFT JOIN pg_catalog.pg_opclass x
           ON x.opcmethod = o.opcmethod AND x.opcdefault AND x.opcintype = a.atttypid
    LEFT JOIN pg_catalog.pg_collation co
           ON co.oid = k.collation_oid
          AND k.collation_oid <> COALESCE(a.attcollation, 'pg_catalog."default"'::pg_catalog.regcollation)
          -- An expression's own collation is not in the catalog, but its index tells if it differs.
          AND (k.number <> 0 OR pg_catalog.pg_get_indexdef(i.indexrelid) LIKE '% COLLATE %')
    LEFT JOIN pg_catalog.pg_namespace cs ON cs.oid = co.collnamespace
    WHERE k.number = 0
       OR NOT o.opcdefault
       OR x.oid <> o.oid
       OR ia.attoptions IS NOT NULL
       OR co.oid IS NOT NULL
    GROUP BY i.indexrelid
)
SELECT i.indrelid AS table_oid,
       i.nspname AS schema,
       i.relname AS name,
       am.amname AS method,
       i.indisunique AS unique,
       i.indisvalid AS valid,
       i.indnkeyatts AS key_count,
       pg_catalog.to_json(i.reloptions) AS options,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indnullsnotdistinct AS nulls_not_distinct,
       CASE WHEN NOT i.indisvalid THEN pg_catalog.pg_get_indexdef(i.indexrelid) END AS definition,
       i.indkey AS columns,
       i.indoption AS orders,
       s.keys AS special_keys,
       d.description AS comment
FROM relation i
JOIN pg_catalog.pg_am am ON am.oid = i.relam
LEFT JOIN special_key s ON s.indexrelid = i.indexrelid
LEFT JOIN description d ON d.objoid = i.indexrelid;
