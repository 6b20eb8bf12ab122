-- Columns of tables that are not modelled are read too: foreign keys may name them.
-- An enum is told by the catalog, not by its name, since anything may be called anything.
-- The catalog's statistics underestimate the tables of a schema, which would make nested loops of
-- these joins; what is materialized is hashed.
WITH relation AS MATERIALIZED (
    SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') /* only c.oid */
      AND n.nspname !~ '^pg_'
      AND n.nspname <> 'information_schema'
), type AS MATERIALIZED (
    SELECT t.oid,
           t.typcollation,
           e.oid IS NOT NULL AS is_array,
           COALESCE(e.typtype, t.typtype) AS element_kind,
           n.nspname AS element_schema,
           COALESCE(e.typname, t.typname) AS element_name
    FROM pg_catalog.pg_type t
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = COALESCE(e.typnamespace, t.typnamespace)
), named_collation AS MATERIALIZED (
    SELECT c.oid, c.collname, n.nspname
    FROM pg_catalog.pg_collation c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
), description AS MATERIALIZED (
    SELECT d.objoid, d.objsubid, d.description
    FROM pg_catalog.pg_description d
    WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid > 0
)
SELECT a.attrelid AS table_oid,
       a.attnum AS number,
       a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_text,
       t.is_array,
       t.element_kind,
       t.element_schema,
       t.element_name,
       a.attnotnull AS not_null,
       pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) AS default_text,
       a.attgenerated AS generated,
       a.attidentity AS identity,
       co.collname AS collation,
       co.nspname AS collation_schema,
       d.description AS comment
FROM relation c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
JOIN type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
LEFT JOIN named_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN description d ON d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE a.attnum > 0
  AND NOT a.attisdropped;
