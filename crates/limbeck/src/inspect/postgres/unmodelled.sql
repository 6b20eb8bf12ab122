-- Everything that Schema does not describe, under the names of UnmodelledKind.
WITH namespace AS (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), member AS (
    SELECT e.classid, e.objid FROM pg_catalog.pg_depend e WHERE e.deptype = 'e'
), relation AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition
    FROM pg_catalog.pg_class c
    JOIN namespace n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (
        SELECT FROM member m
        WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
)
SELECT pg_catalog.row_to_json(r)
FROM (
    SELECT CASE
               WHEN c.relkind = 'v' THEN 'view'
               WHEN c.relkind = 'm' THEN 'materialized_view'
               WHEN c.relkind = 'f' THEN 'foreign_table'
               WHEN c.relkind = 'p' OR c.relispartition THEN 'partition'
               ELSE 'inherited_table'
           END AS kind,
           c.nspname::text AS schema,
           c.relname::text AS name,
           NULL::text AS table_schema,
           NULL::text AS table_name,
           CASE c.relkind
               WHEN 'v' THEN pg_catalog.format('CREATE VIEW %s AS%s%s', c.oid::pg_catalog.regclass, E'\n', pg_catalog.pg_get_viewdef(c.oid))
               WHEN 'm' THEN pg_catalog.format('CREATE MATERIALIZED VIEW %s AS%s%s', c.oid::pg_catalog.regclass, E'\n', pg_catalog.pg_get_viewdef(c.oid))
           END AS definition
    FROM relation c
    WHERE c.relkind IN ('v', 'm', 'f', 'p')
       OR c.relkind = 'r' AND (
           c.relispartition
           OR EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid))
    UNION ALL
    SELECT 'function', n.nspname, pg_catalog.format('%s(%s)', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
           NULL, NULL, CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END
    FROM pg_catalog.pg_proc p
    JOIN namespace n ON n.oid = p.pronamespace
    -- Range types bring constructors; those are internal to the type.
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend m
        WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid AND m.deptype IN ('e', 'i'))
    UNION ALL
    SELECT 'trigger', c.nspname, t.tgname, c.nspname, c.relname, pg_catalog.pg_get_triggerdef(t.oid)
    FROM pg_catalog.pg_trigger t
    JOIN relation c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'rule', c.nspname, w.rulename, c.nspname, c.relname, pg_catalog.pg_get_ruledef(w.oid)
    FROM pg_catalog.pg_rewrite w
    JOIN relation c ON c.oid = w.ev_class
    WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy', c.nspname, p.polname, c.nspname, c.relname, NULL
    FROM pg_catalog.pg_policy p
    JOIN relation c ON c.oid = p.polrelid
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range_type' ELSE 'composite_type' END,
           n.nspname, t.typname, NULL, NULL, NULL
    FROM pg_catalog.pg_type t
    JOIN namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('d', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
      AND NOT EXISTS (
          SELECT FROM member m
          WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'statistics', n.nspname, s.stxname, c.nspname, c.relname, pg_catalog.pg_get_statisticsobjdef(s.oid)
    FROM pg_catalog.pg_statistic_ext s
    JOIN namespace n ON n.oid = s.stxnamespace
    JOIN relation c ON c.oid = s.stxrelid
    UNION ALL
    SELECT 'extension', NULL, e.extname, NULL, NULL, NULL
    FROM pg_catalog.pg_extension e
    WHERE e.extname <> 'plpgsql'
    UNION ALL
    SELECT 'event_trigger', NULL, e.evtname, NULL, NULL, NULL
    FROM pg_catalog.pg_event_trigger e
    WHERE NOT EXISTS (
        SELECT FROM member m
        WHERE m.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND m.objid = e.oid)
    UNION ALL
    SELECT 'publication', NULL, p.pubname, NULL, NULL, NULL
    FROM pg_catalog.pg_publication p
) r;
