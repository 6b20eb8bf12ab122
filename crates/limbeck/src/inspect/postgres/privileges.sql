-- What roles may do with ordinary tables and the sequences of their columns, and who owns them where that is somebody
-- else: the statements that say it, by table.
WITH relation AS MATERIALIZED (
    SELECT c.oid AS table_oid, c.oid, 'TABLE' AS noun, c.oid::pg_catalog.regclass::text AS title, c.relacl, c.relowner
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND NOT c.relispartition
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (c.relacl IS NOT NULL OR pg_catalog.pg_get_userbyid(c.relowner) <> CURRENT_USER
           OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL))
    UNION ALL
    SELECT d.refobjid, s.oid, 'SEQUENCE', s.oid::pg_catalog.regclass::text, s.relacl, s.relowner
    FROM pg_catalog.pg_class s
    JOIN pg_catalog.pg_depend d
      ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    WHERE s.relkind = 'S' AND s.relacl IS NOT NULL
), statement AS (
    SELECT r.table_oid, 1 AS place, pg_catalog.format('ALTER TABLE %s OWNER TO %I', r.title, pg_catalog.pg_get_userbyid(r.relowner)) AS text
    FROM relation r
    -- A sequence of a column has the owner of the table.
    WHERE r.noun = 'TABLE' AND pg_catalog.pg_get_userbyid(r.relowner) <> CURRENT_USER
    UNION ALL
    SELECT r.table_oid, 2,
           pg_catalog.format('GRANT %s ON %s %s TO %s%s',
               pg_catalog.string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type), r.noun, r.title,
               CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM relation r
    CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) e
    WHERE e.grantee <> r.relowner
    GROUP BY r.table_oid, r.noun, r.title, e.grantee, e.is_grantable
    UNION ALL
    SELECT r.table_oid, 3,
           pg_catalog.format('GRANT %s (%I) ON TABLE %s TO %s%s', e.privilege_type, a.attname, r.title,
               CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM relation r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) e
    WHERE r.noun = 'TABLE' AND e.grantee <> r.relowner
)
SELECT pg_catalog.json_build_object(
           'schema', n.nspname, 'table', c.relname,
           'statements', pg_catalog.json_agg(s.text ORDER BY s.place, s.text))
FROM statement s
JOIN pg_catalog.pg_class c ON c.oid = s.table_oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
GROUP BY n.nspname, c.relname;
