-- Columns of tables that are not modelled are read too: foreign keys may name them.
-- An enum is told by the catalog, not by its name, since anything may be called anything.
SELECT pg_catalog.row_to_json(r)
FROM (
    SELECT a.attrelid::bigint AS table_oid,
           a.attnum AS number,
           a.attname AS name,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_text,
           t.typtype AS type_kind,
           e.oid IS NOT NULL AS is_array,
           COALESCE(e.typtype, t.typtype) AS element_kind,
           tn.nspname AS element_schema,
           COALESCE(e.typname, t.typname) AS element_name,
           a.attnotnull AS not_null,
           pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) AS default_text,
           a.attgenerated AS generated,
           a.attidentity AS identity,
           co.collname AS collation,
           cn.nspname AS collation_schema,
           d.description AS comment
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
    JOIN pg_catalog.pg_namespace tn ON tn.oid = COALESCE(e.typnamespace, t.typnamespace)
    LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
    LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
    LEFT JOIN pg_catalog.pg_description d
           ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.objoid = a.attrelid
          AND d.objsubid = a.attnum
    WHERE c.relkind IN ('r', 'p', 'f')
      AND a.attnum > 0
      AND NOT a.attisdropped
      AND n.nspname !~ '^pg_'
      AND n.nspname <> 'information_schema'
) r;
