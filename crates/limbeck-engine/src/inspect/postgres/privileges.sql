-- What roles may do with ordinary tables and the sequences of their columns, and who owns them where that is somebody
-- else: the statements that say it, by table. Default privileges are taken back first, so that it is as it was.
WITH relation AS MATERIALIZED (
    SELECT c.oid AS table_oid, c.oid, 'TABLE' AS noun, c.oid::pg_catalog.regclass::text AS title, c.relacl, c.relowner, c.relnamespace, 'r'::"char" AS letter
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND NOT c.relispartition
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (c.relacl IS NOT NULL OR pg_catalog.pg_get_userbyid(c.relowner) <> CURRENT_USER
           OR EXISTS (SELECT FROM pg_catalog.pg_default_acl d WHERE d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, c.relnamespace))
           OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL))
    UNION ALL
    SELECT d.refobjid, s.oid, 'SEQUENCE', s.oid::pg_catalog.regclass::text, s.relacl, s.relowner, s.relnamespace, 'S'
    FROM pg_catalog.pg_class s
    JOIN pg_catalog.pg_class c ON c.relkind = 'r' AND NOT c.relispartition
    JOIN pg_catalog.pg_depend d
      ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid AND d.refobjid = c.oid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    WHERE s.relkind = 'S'
      AND (s.relacl IS NOT NULL
           OR EXISTS (SELECT FROM pg_catalog.pg_default_acl d WHERE d.defaclobjtype = 'S' AND d.defaclnamespace IN (0, s.relnamespace)))
), listed AS (
    SELECT r.*, COALESCE(r.relacl, r.default_acl) AS acl
    FROM (SELECT r.*, pg_catalog.acldefault(CASE r.letter WHEN 'S' THEN 's' ELSE r.letter END::"char", r.relowner) AS default_acl FROM relation r) r
), grantee AS (
    SELECT l.table_oid, l.noun, l.title, l.acl, e.grantee,
           CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role,
           pg_catalog.bool_or(e.has_by_itself) AS has_by_itself
    FROM listed l
    CROSS JOIN LATERAL (
        SELECT d.grantee, d.grantee IN (SELECT b.grantee FROM pg_catalog.aclexplode(l.default_acl) b) AS has_by_itself
        FROM ((SELECT * FROM pg_catalog.aclexplode(l.acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(l.default_acl))
              UNION ALL
              (SELECT * FROM pg_catalog.aclexplode(l.default_acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(l.acl))) d
        UNION ALL
        SELECT a.grantee, true
        FROM pg_catalog.pg_default_acl d
        CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
        WHERE d.defaclobjtype = l.letter AND d.defaclnamespace IN (0, l.relnamespace) AND a.grantee NOT IN (l.relowner, d.defaclrole)) e
    GROUP BY l.table_oid, l.noun, l.title, l.acl, e.grantee
), statement AS (
    SELECT r.table_oid, 1 AS place, pg_catalog.format('ALTER TABLE %s OWNER TO %I', r.title, pg_catalog.pg_get_userbyid(r.relowner)) AS text
    FROM relation r
    -- A sequence of a column has the owner of the table.
    WHERE r.noun = 'TABLE' AND pg_catalog.pg_get_userbyid(r.relowner) <> CURRENT_USER
    UNION ALL
    SELECT g.table_oid, 2, pg_catalog.format('REVOKE ALL ON %s %s FROM %s', g.noun, g.title, g.role)
    FROM grantee g
    WHERE g.has_by_itself
    UNION ALL
    SELECT g.table_oid, 3,
           pg_catalog.format('GRANT %s ON %s %s TO %s%s',
               pg_catalog.string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type), g.noun, g.title, g.role,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM grantee g
    CROSS JOIN LATERAL pg_catalog.aclexplode(g.acl) e
    WHERE e.grantee = g.grantee
    GROUP BY g.table_oid, g.noun, g.title, g.role, e.is_grantable
    UNION ALL
    SELECT r.table_oid, 4,
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
