SELECT pg_catalog.row_to_json(r)
FROM (
    SELECT n.nspname AS schema,
           t.typname AS name,
           COALESCE(v.values, '{}') AS values,
           d.description AS comment
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN (
        SELECT e.enumtypid, pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder) AS values
        FROM pg_catalog.pg_enum e
        GROUP BY e.enumtypid
    ) v ON v.enumtypid = t.oid
    LEFT JOIN pg_catalog.pg_description d
           ON d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass
          AND d.objoid = t.oid
          AND d.objsubid = 0
    WHERE t.typtype = 'e'
      AND n.nspname !~ '^pg_'
      AND n.nspname <> 'information_schema'
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend x
          WHERE x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
            AND x.objid = t.oid
            AND x.deptype = 'e')
) r;
