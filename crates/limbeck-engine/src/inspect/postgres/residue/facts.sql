UNION ALL
SELECT s.key || ': owner', o.name
FROM subject s
JOIN role o ON o.oid = s.owner
WHERE s.tells_owner AND o.name <> 'CURRENT_USER'
UNION ALL
-- Privileges are those that were given and taken away, since GRANT then REVOKE leaves a list where there was none. What
-- the server and an extension give themselves is in pg_init_privs (PostgreSQL manual, section 53.27).
SELECT a.key || ': privileges', pg_catalog.string_agg(e.text, ', ' ORDER BY e.text)
FROM (
    SELECT s.key, s.owner, s.acl,
           -- Who owns `public` by now has what its first owner had.
           CASE WHEN s.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND s.objid = 2200
                THEN pg_catalog.acldefault('n', s.owner) || pg_catalog.makeaclitem(0, s.owner, 'USAGE', false)
                     || CASE WHEN pg_catalog.current_setting('server_version_num')::int < 150000
                             THEN ARRAY[pg_catalog.makeaclitem(0, s.owner, 'CREATE', false)] ELSE '{}' END
                ELSE COALESCE(i.initprivs, pg_catalog.acldefault(s.letter, s.owner)) END AS initial
    FROM subject s
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = s.classid AND i.objoid = s.objid AND i.objsubid = s.place
    WHERE s.acl IS NOT NULL
    UNION ALL
    SELECT 'function ' || p.oid::pg_catalog.regprocedure::text, p.proowner, p.proacl, COALESCE(i.initprivs, pg_catalog.acldefault('f', p.proowner))
    FROM pg_catalog.pg_proc p
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = p.tableoid AND i.objoid = p.oid
    WHERE p.proacl IS NOT NULL AND p.oid NOT IN (SELECT r.oid FROM routine r)
    UNION ALL
    SELECT 'language ' || pg_catalog.quote_ident(l.lanname), l.lanowner, l.lanacl, COALESCE(i.initprivs, pg_catalog.acldefault('l', l.lanowner))
    FROM pg_catalog.pg_language l
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = l.tableoid AND i.objoid = l.oid
    WHERE l.lanacl IS NOT NULL AND l.oid NOT IN (SELECT o.objid FROM other o WHERE o.classid = l.tableoid)
    UNION ALL
    SELECT 'relation ' || c.oid::pg_catalog.regclass::text, c.relowner, c.relacl,
           COALESCE(i.initprivs, pg_catalog.acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner))
    FROM pg_catalog.pg_class c
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = c.tableoid AND i.objoid = c.oid AND i.objsubid = 0
    WHERE c.relacl IS NOT NULL AND c.oid NOT IN (SELECT r.oid FROM relation r) AND c.oid NOT IN (SELECT h.oid FROM hidden h)
      -- Nobody has noted what the server gives on these.
      AND c.relnamespace <> 'information_schema'::pg_catalog.regnamespace
    UNION ALL
    SELECT 'database', b.datdba, b.datacl, pg_catalog.acldefault('d', b.datdba)
    FROM pg_catalog.pg_database b
    WHERE b.datname = pg_catalog.current_database() AND b.datacl IS NOT NULL
    UNION ALL
    -- Those for a schema are added to those for all.
    SELECT 'default privileges of ' || o.name || COALESCE(' in schema ' || pg_catalog.quote_ident(n.nspname), '') || ' on '
               || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                      WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text END,
           d.defaclrole, d.defaclacl,
           CASE WHEN d.defaclnamespace <> 0 THEN NULL
                ELSE pg_catalog.acldefault((CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END)::"char", d.defaclrole) END
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN role o ON o.oid = d.defaclrole
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
) a
CROSS JOIN LATERAL (
    SELECT x.word || ' ' || x.privilege_type || x.towards || COALESCE(g.name, x.grantee::text)
           || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END
           || CASE WHEN x.grantor <> a.owner THEN ' by ' || COALESCE(b.name, x.grantor::text) ELSE '' END AS text
    FROM (
        SELECT 'grant' AS word, ' to ' AS towards, g.*
        FROM (SELECT * FROM pg_catalog.aclexplode(a.acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(a.initial)) g
        UNION ALL
        SELECT 'revoke', ' from ', r.*
        FROM (SELECT * FROM pg_catalog.aclexplode(a.initial) EXCEPT SELECT * FROM pg_catalog.aclexplode(a.acl)) r
    ) x
    LEFT JOIN role g ON g.oid = x.grantee
    LEFT JOIN role b ON b.oid = x.grantor
) e
GROUP BY a.key
UNION ALL
SELECT s.key || d.fact, d.text
FROM subject s
JOIN described d ON d.classid = s.classid AND d.objid = s.objid AND d.place = s.place
UNION ALL
-- What else has a comment or a label.
SELECT i.type || ' ' || i.identity || d.fact, d.text
FROM described d
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.place) i
WHERE d.objid >= 16384
  AND NOT EXISTS (SELECT FROM subject s WHERE s.classid = d.classid AND s.objid = d.objid AND s.place = d.place)
  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = d.classid AND m.objid = d.objid)
  AND NOT EXISTS (
      SELECT FROM hidden h
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND h.oid = d.objid)
UNION ALL
-- What is said of the database as a whole, which a scratch database of ours is not.
SELECT 'database: settings' || CASE WHEN r.setrole <> 0 THEN ' of ' || COALESCE(o.name, '') ELSE '' END,
       (SELECT pg_catalog.string_agg(t, ', ' ORDER BY t) FROM pg_catalog.unnest(r.setconfig) t)
FROM pg_catalog.pg_db_role_setting r
JOIN pg_catalog.pg_database b ON b.oid = r.setdatabase AND b.datname = pg_catalog.current_database()
LEFT JOIN role o ON o.oid = r.setrole
WHERE b.datname !~ '^limbeck_'
UNION ALL
SELECT 'database: owner', o.name
FROM pg_catalog.pg_database b
JOIN role o ON o.oid = b.datdba
WHERE b.datname = pg_catalog.current_database() AND o.name <> 'CURRENT_USER' AND b.datname !~ '^limbeck_'
UNION ALL
SELECT 'database: comment', d.description
FROM pg_catalog.pg_database b
JOIN pg_catalog.pg_shdescription d ON d.objoid = b.oid AND d.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
WHERE b.datname = pg_catalog.current_database() AND b.datname !~ '^limbeck_';
