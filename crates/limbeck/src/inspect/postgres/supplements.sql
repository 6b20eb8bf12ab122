-- What is in the database and in no schema of ours, as statements that make it: of place 0 before everything else, the
-- others after it. What no statement of ours makes is not among them; the residue tells it.
WITH namespace AS MATERIALIZED (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl, pg_catalog.quote_ident(n.nspname) AS title
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), member AS MATERIALIZED (
    SELECT e.classid, e.objid FROM pg_catalog.pg_depend e WHERE e.deptype = 'e'
), relation AS MATERIALIZED (
    SELECT c.*, c.oid::pg_catalog.regclass::text AS title,
           CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS noun
    FROM pg_catalog.pg_class c
    JOIN namespace n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (
        SELECT FROM member m
        WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
      AND NOT EXISTS (
        SELECT
        FROM pg_catalog.json_array_elements(pg_catalog.current_setting('limbeck.ignored')::json) i
        WHERE n.nspname = i.value ->> 0 AND c.relname = i.value ->> 1)
      -- A table that inherits is not made.
      AND (c.relkind <> 'r' OR c.relispartition OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid))
), object AS (
    -- What has an owner and privileges that are said nowhere else.
    SELECT 'SCHEMA ' || n.title AS title, n.nspowner AS owner, NOT (n.oid = 2200 AND n.nspowner IN (10, 6171)) AS tells_owner,
           n.nspacl AS acl, COALESCE(i.initprivs, pg_catalog.acldefault('n', n.nspowner)) AS default_acl, 'n'::"char" AS letter, 0::pg_catalog.oid AS namespace
    FROM namespace n
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND i.objoid = n.oid
    UNION ALL
    SELECT 'TYPE ' || t.oid::pg_catalog.regtype::text, t.typowner, true, t.typacl, pg_catalog.acldefault('T', t.typowner), 'T', t.typnamespace
    FROM pg_catalog.pg_type t
    JOIN namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'e'
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'SEQUENCE ' || c.title, c.relowner, true, c.relacl, pg_catalog.acldefault('s', c.relowner), 'S', c.relnamespace
    FROM relation c
    WHERE c.relkind = 'S'
      AND NOT EXISTS (
          SELECT
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_class o ON o.oid = d.refobjid AND o.relkind = 'r' AND NOT o.relispartition
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT 'TABLE ' || c.title, c.relowner, true, c.relacl, pg_catalog.acldefault('r', c.relowner), 'r', c.relnamespace
    FROM relation c
    WHERE c.relkind = 'p' OR c.relkind = 'r' AND c.relispartition
), grantee AS (
    SELECT o.title, o.acl, e.grantee,
           CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role,
           pg_catalog.bool_or(e.has_by_itself) AS has_by_itself
    FROM (SELECT o.title, o.owner, o.letter, o.namespace, o.default_acl, COALESCE(o.acl, o.default_acl) AS acl FROM object o) o
    CROSS JOIN LATERAL (
        SELECT d.grantee, d.grantee IN (SELECT b.grantee FROM pg_catalog.aclexplode(o.default_acl) b) AS has_by_itself
        FROM ((SELECT * FROM pg_catalog.aclexplode(o.acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(o.default_acl))
              UNION ALL
              (SELECT * FROM pg_catalog.aclexplode(o.default_acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(o.acl))) d) e
    GROUP BY o.title, o.acl, e.grantee
), said AS (
    -- Comments on what is made without them.
    SELECT 'SCHEMA ' || n.title AS title, d.description
    FROM namespace n
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objoid = n.oid
    WHERE d.description <> 'standard public schema'
    UNION ALL
    SELECT pg_catalog.format('EXTENSION %I', e.extname), d.description
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.objoid = e.oid
    LEFT JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
    WHERE d.description IS DISTINCT FROM a.comment
    UNION ALL
    SELECT CASE WHEN c.relkind = 'S' THEN 'SEQUENCE ' ELSE 'INDEX ' END || c.title, d.description
    FROM relation c
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    WHERE c.relkind = 'S' OR c.relkind IN ('i', 'I') AND (t.relkind <> 'r' OR t.relispartition)
       -- The index of a constraint has a comment of its own.
       OR c.relkind = 'i' AND EXISTS (
           SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = t.oid)
    UNION ALL
    SELECT pg_catalog.format('COLUMN %s.%I', c.title, a.attname), d.description
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
    WHERE c.relkind = 'c' AND a.attnum > 0
    UNION ALL
    SELECT pg_catalog.format('CONSTRAINT %I ON %s', k.conname, CASE WHEN k.conrelid <> 0 THEN c.title ELSE 'DOMAIN ' || k.contypid::pg_catalog.regtype::text END),
           d.description
    FROM pg_catalog.pg_constraint k
    JOIN namespace n ON n.oid = k.connamespace
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid
    LEFT JOIN relation c ON c.oid = k.conrelid
    WHERE k.contypid <> 0 OR c.relkind = 'p' OR c.relispartition
), statement AS (
    SELECT 0 AS place, 'collation ' || k.oid::pg_catalog.regcollation::text AS name,
           pg_catalog.format('CREATE COLLATION %s (%s)', k.oid::pg_catalog.regcollation, pg_catalog.concat_ws(', ',
               'PROVIDER = ' || CASE k.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
               'LOCALE = ' || pg_catalog.quote_literal(COALESCE(
                   pg_catalog.to_jsonb(k) ->> 'colllocale', pg_catalog.to_jsonb(k) ->> 'colliculocale',
                   CASE WHEN k.collprovider = 'i' THEN pg_catalog.to_jsonb(k) ->> 'collcollate' END)),
               'LC_COLLATE = ' || CASE WHEN k.collprovider = 'c' THEN pg_catalog.quote_literal(pg_catalog.to_jsonb(k) ->> 'collcollate') END,
               'LC_CTYPE = ' || CASE WHEN k.collprovider = 'c' THEN pg_catalog.quote_literal(pg_catalog.to_jsonb(k) ->> 'collctype') END,
               'RULES = ' || pg_catalog.quote_literal(COALESCE(pg_catalog.to_jsonb(k) ->> 'collicurules', pg_catalog.to_jsonb(k) ->> 'collrules')),
               CASE WHEN NOT k.collisdeterministic THEN 'DETERMINISTIC = false' END)) AS text
    FROM pg_catalog.pg_collation k
    JOIN namespace n ON n.oid = k.collnamespace
    WHERE k.oid >= 16384
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND m.objid = k.oid)
    UNION ALL
    SELECT 0, 'collation ' || k.oid::pg_catalog.regcollation::text || ' ' || s.number,
           pg_catalog.format(s.text, k.oid::pg_catalog.regcollation, s.value)
    FROM pg_catalog.pg_collation k
    JOIN namespace n ON n.oid = k.collnamespace
    CROSS JOIN LATERAL (
        SELECT 1 AS number, 'ALTER COLLATION %s OWNER TO %s' AS text, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(k.collowner)) AS value
        WHERE pg_catalog.pg_get_userbyid(k.collowner) <> CURRENT_USER
        UNION ALL
        SELECT 2, 'COMMENT ON COLLATION %s IS %s', pg_catalog.quote_literal(d.description)
        FROM pg_catalog.pg_description d
        WHERE d.classoid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.objoid = k.oid) s
    WHERE k.oid >= 16384
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND m.objid = k.oid)
    UNION ALL
    SELECT 3, c.title || '.' || a.attname || f.text, pg_catalog.format('ALTER %s %s ALTER COLUMN %I SET %s', c.noun, c.title, a.attname, f.text)
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    CROSS JOIN LATERAL (VALUES
        ('STORAGE ' || CASE WHEN a.attstorage <> t.typstorage THEN
            CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END),
        ('COMPRESSION ' || CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END),
        ('STATISTICS ' || CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END),
        ('(' || (SELECT pg_catalog.string_agg(o.option, ', ' ORDER BY o.option)
                 FROM pg_catalog.unnest(a.attoptions) AS o (option)
                 WHERE o.option NOT LIKE 'pg\_attver=%') || ')')
    ) AS f (text)
    WHERE c.relkind IN ('r', 'p', 'm') AND f.text IS NOT NULL
    UNION ALL
    SELECT 3, c.title || a.attnum, pg_catalog.format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', c.title, a.attnum, a.attstattarget)
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relkind IN ('i', 'I') AND a.attstattarget >= 0
    UNION ALL
    SELECT 3, t.title, pg_catalog.format('ALTER %s %s CLUSTER ON %I', t.noun, t.title, c.relname)
    FROM relation t
    JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisclustered
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    UNION ALL
    SELECT 4, s.title, pg_catalog.format('COMMENT ON %s IS %L', s.title, s.description)
    FROM said s
    UNION ALL
    SELECT 5, o.title, pg_catalog.format('ALTER %s OWNER TO %I', o.title, pg_catalog.pg_get_userbyid(o.owner))
    FROM object o
    WHERE o.tells_owner AND pg_catalog.pg_get_userbyid(o.owner) <> CURRENT_USER
    UNION ALL
    SELECT 6, g.title || g.role, pg_catalog.format('REVOKE ALL ON %s FROM %s', g.title, g.role)
    FROM grantee g
    WHERE g.has_by_itself
    UNION ALL
    SELECT 7, g.title || g.role || e.is_grantable,
           pg_catalog.format('GRANT %s ON %s TO %s%s',
               pg_catalog.string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type), g.title, g.role,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM grantee g
    CROSS JOIN LATERAL pg_catalog.aclexplode(g.acl) e
    WHERE e.grantee = g.grantee
    GROUP BY g.title, g.role, e.is_grantable
    UNION ALL
    SELECT 7, c.title || a.attname, pg_catalog.format('GRANT %s (%I) ON TABLE %s TO %s%s', e.privilege_type, a.attname, c.title,
               CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) e
    WHERE (c.relkind = 'p' OR c.relkind = 'r' AND c.relispartition) AND e.grantee <> c.relowner
    UNION ALL
    SELECT 8 + x.place, d.oid::text || x.text,
           pg_catalog.format('ALTER DEFAULT PRIVILEGES%s%s %s',
               CASE WHEN pg_catalog.pg_get_userbyid(d.defaclrole) <> CURRENT_USER
                    THEN pg_catalog.format(' FOR ROLE %I', pg_catalog.pg_get_userbyid(d.defaclrole)) END,
               ' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), x.text)
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL (
        SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES'
                   WHEN 'T' THEN 'TYPES' WHEN 'L' THEN 'LARGE OBJECTS' ELSE 'SCHEMAS' END AS noun,
               CASE WHEN d.defaclnamespace <> 0 THEN NULL
                    ELSE pg_catalog.acldefault((CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END)::"char", d.defaclrole) END AS initial) i
    CROSS JOIN LATERAL (
        SELECT 0 AS place, pg_catalog.format('REVOKE %s ON %s FROM %s', r.privilege_type, i.noun,
                   CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.grantee)) END) AS text
        FROM (SELECT * FROM pg_catalog.aclexplode(i.initial) EXCEPT SELECT * FROM pg_catalog.aclexplode(d.defaclacl)) r
        UNION ALL
        SELECT 1, pg_catalog.format('GRANT %s ON %s TO %s%s', g.privilege_type, i.noun,
                   CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,
                   CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END)
        FROM (SELECT * FROM pg_catalog.aclexplode(d.defaclacl) EXCEPT SELECT * FROM pg_catalog.aclexplode(i.initial)) g) x
)
SELECT s.place, s.text
FROM statement s
ORDER BY s.place, s.name COLLATE pg_catalog."C", s.text COLLATE pg_catalog."C";
