SELECT e.extname, n.nspname, e.extversion, e.extrelocatable, pg_has_role(current_user, e.extowner, 'USAGE')
FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace;

SELECT v.name, v.version, v.version = a.default_version, v.superuser AND NOT v.trusted, v.relocatable, v.schema,
       array_to_string(v.requires, ',')
FROM pg_available_extension_versions AS v
JOIN pg_available_extensions AS a ON a.name = v.name;

SELECT n.nspname, has_schema_privilege(current_user, n.oid, 'CREATE'), min(o.title)
FROM pg_namespace AS n
LEFT JOIN (
    SELECT p.pronamespace AS namespace, 'pg_proc'::regclass::oid AS class, p.oid, p.proowner AS owner,
           format('function "%s"', p.proname) AS title
    FROM pg_proc AS p
    UNION ALL
    SELECT o.oprnamespace, 'pg_operator'::regclass, o.oid, o.oprowner, format('operator "%s"', o.oprname)
    FROM pg_operator AS o
    UNION ALL
    SELECT c.relnamespace, 'pg_class'::regclass, c.oid, c.relowner, format('relation "%s"', c.relname)
    FROM pg_class AS c
    UNION ALL
    -- Those of tables and of elements are told by what they are of.
    SELECT t.typnamespace, 'pg_type'::regclass, t.oid, t.typowner, format('type "%s"', t.typname)
    FROM pg_type AS t
    WHERE t.typrelid = 0 AND t.typelem = 0
) AS o ON o.namespace = n.oid
    AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = o.owner AND r.rolsuper)
    AND NOT EXISTS (
        SELECT
        FROM pg_depend AS d
        WHERE d.classid = o.class AND d.objid = o.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
GROUP BY n.nspname, n.oid
