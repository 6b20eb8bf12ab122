-- What is in the database and in no schema of ours, as statements that make it, each with the statement that takes it
-- back where it does not go with its object, and with what it is about, as the residue calls it. Those of place 0 come
-- before everything else, those of place 1 behind functions and types and before tables, the others after all of it.
-- What no statement of ours makes is not among them; the residue tells it.
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
    SELECT 'SCHEMA ' || n.title AS title, 'schema ' || n.title AS key, n.nspowner AS owner, NOT (n.oid = 2200 AND n.nspowner IN (10, 6171)) AS tells_owner,
           n.nspacl AS acl,
           CASE WHEN n.oid = 2200
                THEN pg_catalog.acldefault('n', n.nspowner) || pg_catalog.makeaclitem(0, n.nspowner, 'USAGE', false)
                     || CASE WHEN pg_catalog.current_setting('server_version_num')::int < 150000
                             THEN ARRAY[pg_catalog.makeaclitem(0, n.nspowner, 'CREATE', false)] ELSE '{}' END
                ELSE COALESCE(i.initprivs, pg_catalog.acldefault('n', n.nspowner)) END AS default_acl, 'n'::"char" AS letter, 0::pg_catalog.oid AS namespace
    FROM namespace n
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND i.objoid = n.oid
    UNION ALL
    SELECT 'TYPE ' || t.oid::pg_catalog.regtype::text, 'enum type ' || t.oid::pg_catalog.regtype::text, t.typowner, true, t.typacl, pg_catalog.acldefault('T', t.typowner), 'T', t.typnamespace
    FROM pg_catalog.pg_type t
    JOIN namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'e'
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'SEQUENCE ' || c.title, 'sequence ' || c.title, c.relowner, true, c.relacl, pg_catalog.acldefault('s', c.relowner), 'S', c.relnamespace
    FROM relation c
    WHERE c.relkind = 'S'
      AND NOT EXISTS (
          SELECT
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_class o ON o.oid = d.refobjid AND o.relkind = 'r' AND NOT o.relispartition
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT 'TABLE ' || c.title, 'table ' || c.title, c.relowner, true, c.relacl, pg_catalog.acldefault('r', c.relowner), 'r', c.relnamespace
    FROM relation c
    WHERE c.relkind = 'p' OR c.relkind = 'r' AND c.relispartition
), grantee AS (
    SELECT o.title, o.key, o.acl, o.default_acl, e.grantee,
           CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role,
           pg_catalog.bool_or(e.has_by_itself) AS has_by_itself
    FROM (SELECT o.title, o.key, o.owner, o.letter, o.namespace, o.default_acl, COALESCE(o.acl, o.default_acl) AS acl FROM object o) o
    CROSS JOIN LATERAL (
        SELECT d.grantee, d.grantee IN (SELECT b.grantee FROM pg_catalog.aclexplode(o.default_acl) b) AS has_by_itself
        FROM ((SELECT * FROM pg_catalog.aclexplode(o.acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(o.default_acl))
              UNION ALL
              (SELECT * FROM pg_catalog.aclexplode(o.default_acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(o.acl))) d) e
    GROUP BY o.title, o.key, o.acl, o.default_acl, e.grantee
), said AS (
    -- Comments on what is made without them.
    SELECT 'SCHEMA ' || n.title AS title, 'schema ' || n.title AS key, d.description
    FROM namespace n
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objoid = n.oid
    WHERE d.description <> 'standard public schema'
    UNION ALL
    SELECT pg_catalog.format('EXTENSION %I', e.extname), pg_catalog.format('extension %I', e.extname), d.description
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.objoid = e.oid
    LEFT JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
    WHERE d.description IS DISTINCT FROM a.comment
    UNION ALL
    SELECT CASE WHEN c.relkind = 'S' THEN 'SEQUENCE ' ELSE 'INDEX ' END || c.title,
           CASE WHEN c.relkind = 'S' THEN 'sequence ' ELSE 'index ' END || c.title, d.description
    FROM relation c
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    WHERE c.relkind = 'S' OR c.relkind IN ('i', 'I') AND (t.relkind <> 'r' OR t.relispartition)
       -- The index of a constraint has a comment of its own.
       OR c.relkind = 'i' AND EXISTS (
           SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = t.oid)
    UNION ALL
    SELECT pg_catalog.format('COLUMN %s.%I', c.title, a.attname), 'type ' || c.title, d.description
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
    WHERE c.relkind = 'c' AND a.attnum > 0
    UNION ALL
    SELECT pg_catalog.format('CONSTRAINT %I ON %s', k.conname, CASE WHEN k.conrelid <> 0 THEN c.title ELSE 'DOMAIN ' || k.contypid::pg_catalog.regtype::text END),
           CASE WHEN k.conrelid <> 0 THEN 'table ' || c.title ELSE 'domain ' || k.contypid::pg_catalog.regtype::text END, d.description
    FROM pg_catalog.pg_constraint k
    JOIN namespace n ON n.oid = k.connamespace
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid
    LEFT JOIN relation c ON c.oid = k.conrelid
    WHERE k.contypid <> 0 OR c.relkind = 'p' OR c.relispartition
), other AS MATERIALIZED (
    -- Objects that only people make who extend the server, as the residue calls them.
    SELECT o.classid, o.objid, o.owner, o.place, i.key, i.title,
           CASE WHEN o.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass THEN 'text search e' ELSE '' END || i.key AS place_name
    FROM (
        SELECT c.tableoid AS classid, c.oid AS objid, c.collowner AS owner, 0 AS place FROM pg_catalog.pg_collation c
        UNION ALL SELECT c.tableoid, c.oid, c.dictowner, 0 FROM pg_catalog.pg_ts_dict c
        UNION ALL SELECT c.tableoid, c.oid, c.cfgowner, 0 FROM pg_catalog.pg_ts_config c
        UNION ALL SELECT c.tableoid, c.oid, NULL, 1 FROM pg_catalog.pg_cast c
        -- One without a function is only named by another one.
        UNION ALL SELECT c.tableoid, c.oid, c.oprowner, 1 FROM pg_catalog.pg_operator c WHERE c.oprcode <> 0
    ) o
    CROSS JOIN LATERAL (
        SELECT i.type || ' ' || i.identity AS key, pg_catalog.upper(i.type) || ' ' ||
               CASE i.type WHEN 'collation' THEN o.objid::pg_catalog.regcollation::text
                   WHEN 'text search dictionary' THEN o.objid::pg_catalog.regdictionary::text
                   WHEN 'text search configuration' THEN o.objid::pg_catalog.regconfig::text
                   WHEN 'operator' THEN o.objid::pg_catalog.regoperator::text ELSE i.identity END AS title
        FROM pg_catalog.pg_identify_object(o.classid, o.objid, 0) i) i
    -- Identifiers below 16384 are the server's own (PostgreSQL source, transam.h).
    WHERE o.objid >= 16384
      AND NOT EXISTS (
          SELECT
          FROM pg_catalog.pg_depend d
          WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype IN ('e', 'i'))
), statement AS (
    SELECT 0 AS place, c.key AS name,
           pg_catalog.format('CREATE COLLATION %s (%s)', k.oid::pg_catalog.regcollation, pg_catalog.concat_ws(', ',
               'PROVIDER = ' || CASE k.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
               'LOCALE = ' || pg_catalog.quote_literal(COALESCE(
                   pg_catalog.to_jsonb(k) ->> 'colllocale', pg_catalog.to_jsonb(k) ->> 'colliculocale',
                   CASE WHEN k.collprovider = 'i' THEN pg_catalog.to_jsonb(k) ->> 'collcollate' END)),
               'LC_COLLATE = ' || CASE WHEN k.collprovider = 'c' THEN pg_catalog.quote_literal(pg_catalog.to_jsonb(k) ->> 'collcollate') END,
               'LC_CTYPE = ' || CASE WHEN k.collprovider = 'c' THEN pg_catalog.quote_literal(pg_catalog.to_jsonb(k) ->> 'collctype') END,
               'RULES = ' || pg_catalog.quote_literal(COALESCE(pg_catalog.to_jsonb(k) ->> 'collicurules', pg_catalog.to_jsonb(k) ->> 'collrules')),
               CASE WHEN NOT k.collisdeterministic THEN 'DETERMINISTIC = false' END)) AS text,
           pg_catalog.format('DROP COLLATION %s', k.oid::pg_catalog.regcollation) AS undo, c.key
    FROM pg_catalog.pg_collation k
    JOIN other c ON c.classid = k.tableoid AND c.objid = k.oid
    UNION ALL
    SELECT 0, c.key,
           pg_catalog.format('CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = %I.%I%s)', d.oid::pg_catalog.regdictionary, n.nspname, t.tmplname, ', ' || d.dictinitoption),
           pg_catalog.format('DROP TEXT SEARCH DICTIONARY %s', d.oid::pg_catalog.regdictionary), c.key
    FROM pg_catalog.pg_ts_dict d
    JOIN other c ON c.classid = d.tableoid AND c.objid = d.oid
    JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
    JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace
    UNION ALL
    -- Its name sorts before that of its dictionaries, which come first.
    SELECT 0, 'text search e' || c.key || ' 0',
           pg_catalog.format('CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %I.%I)', k.oid::pg_catalog.regconfig, n.nspname, p.prsname),
           pg_catalog.format('DROP TEXT SEARCH CONFIGURATION %s', k.oid::pg_catalog.regconfig), c.key
    FROM pg_catalog.pg_ts_config k
    JOIN other c ON c.classid = k.tableoid AND c.objid = k.oid
    JOIN pg_catalog.pg_ts_parser p ON p.oid = k.cfgparser
    JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace
    UNION ALL
    SELECT 0, 'text search e' || c.key || ' 1',
           pg_catalog.format('ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %s WITH %s', k.oid::pg_catalog.regconfig,
               pg_catalog.string_agg(pg_catalog.quote_ident(t.alias), ', ' ORDER BY t.alias), m.dictionaries),
           NULL, c.key
    FROM pg_catalog.pg_ts_config k
    JOIN other c ON c.classid = k.tableoid AND c.objid = k.oid
    CROSS JOIN LATERAL (
        SELECT m.maptokentype, pg_catalog.string_agg(m.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
        FROM pg_catalog.pg_ts_config_map m
        WHERE m.mapcfg = k.oid
        GROUP BY m.maptokentype) m
    JOIN LATERAL pg_catalog.ts_token_type(k.cfgparser) t ON t.tokid = m.maptokentype
    GROUP BY k.oid, c.key, m.dictionaries
    UNION ALL
    SELECT 1, c.key,
           pg_catalog.format('CREATE CAST (%s AS %s) %s%s', pg_catalog.format_type(k.castsource, NULL), pg_catalog.format_type(k.casttarget, NULL),
               CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::pg_catalog.regprocedure::text WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
               CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END),
           pg_catalog.format('DROP CAST (%s AS %s)', pg_catalog.format_type(k.castsource, NULL), pg_catalog.format_type(k.casttarget, NULL)), c.key
    FROM pg_catalog.pg_cast k
    JOIN other c ON c.classid = k.tableoid AND c.objid = k.oid
    UNION ALL
    SELECT 1, c.key,
           pg_catalog.format('CREATE OPERATOR %I.%s (%s)', n.nspname, o.oprname, pg_catalog.concat_ws(', ',
               'FUNCTION = ' || o.oprcode::text,
               'LEFTARG = ' || CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END,
               'RIGHTARG = ' || pg_catalog.format_type(o.oprright, NULL),
               'COMMUTATOR = ' || (
                   SELECT pg_catalog.format('OPERATOR(%I.%s)', m.nspname, b.oprname)
                   FROM pg_catalog.pg_operator b
                   JOIN pg_catalog.pg_namespace m ON m.oid = b.oprnamespace
                   WHERE b.oid = o.oprcom),
               'NEGATOR = ' || (
                   SELECT pg_catalog.format('OPERATOR(%I.%s)', m.nspname, b.oprname)
                   FROM pg_catalog.pg_operator b
                   JOIN pg_catalog.pg_namespace m ON m.oid = b.oprnamespace
                   WHERE b.oid = o.oprnegate),
               'RESTRICT = ' || NULLIF(o.oprrest::text, '-'), 'JOIN = ' || NULLIF(o.oprjoin::text, '-'),
               CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END)),
           pg_catalog.format('DROP OPERATOR %s', o.oid::pg_catalog.regoperator), c.key
    FROM pg_catalog.pg_operator o
    JOIN other c ON c.classid = o.tableoid AND c.objid = o.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    UNION ALL
    SELECT c.place, c.place_name || ' 2', pg_catalog.format('ALTER %s OWNER TO %I', c.title, pg_catalog.pg_get_userbyid(c.owner)), NULL, c.key
    FROM other c
    WHERE pg_catalog.pg_get_userbyid(c.owner) <> CURRENT_USER
    UNION ALL
    SELECT c.place, c.place_name || ' 3', pg_catalog.format('COMMENT ON %s IS %L', c.title, d.description), NULL, c.key
    FROM other c
    JOIN pg_catalog.pg_description d ON d.classoid = c.classid AND d.objoid = c.objid
    UNION ALL
    SELECT 3, c.title || '.' || a.attname || f.text, pg_catalog.format('ALTER %s %s ALTER COLUMN %I SET %s', c.noun, c.title, a.attname, f.text),
           NULL, pg_catalog.lower(c.noun) || ' ' || c.title
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
    SELECT 3, c.title || a.attnum, pg_catalog.format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', c.title, a.attnum, a.attstattarget),
           NULL, 'index ' || c.title
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relkind IN ('i', 'I') AND a.attstattarget >= 0
    UNION ALL
    SELECT 3, t.title, pg_catalog.format('ALTER %s %s CLUSTER ON %I', t.noun, t.title, c.relname),
           NULL, pg_catalog.lower(t.noun) || ' ' || t.title
    FROM relation t
    JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisclustered
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    UNION ALL
    -- The schema `public` stays, with the comment that the server gives.
    SELECT 4, s.title, pg_catalog.format('COMMENT ON %s IS %L', s.title, s.description),
           CASE WHEN s.title = 'SCHEMA public' THEN 'COMMENT ON SCHEMA public IS ''standard public schema''' END, s.key
    FROM said s
    UNION ALL
    SELECT 5, o.title, pg_catalog.format('ALTER %s OWNER TO %I', o.title, pg_catalog.pg_get_userbyid(o.owner)),
           CASE WHEN o.title = 'SCHEMA public' THEN
               CASE WHEN pg_catalog.current_setting('server_version_num')::int < 150000 THEN 'ALTER SCHEMA public OWNER TO CURRENT_USER'
                    ELSE 'ALTER SCHEMA public OWNER TO pg_database_owner' END END, o.key
    FROM object o
    WHERE o.tells_owner AND pg_catalog.pg_get_userbyid(o.owner) <> CURRENT_USER
    UNION ALL
    SELECT 6, g.title || g.role, pg_catalog.format('REVOKE ALL ON %s FROM %s', g.title, g.role),
           CASE WHEN g.title = 'SCHEMA public' THEN (
               SELECT pg_catalog.format('GRANT %s ON SCHEMA public TO %s', pg_catalog.string_agg(b.privilege_type, ', ' ORDER BY b.privilege_type), g.role)
               FROM pg_catalog.aclexplode(g.default_acl) b
               WHERE b.grantee = g.grantee) END, g.key
    FROM grantee g
    WHERE g.has_by_itself
    UNION ALL
    SELECT 7, g.title || g.role || e.is_grantable,
           pg_catalog.format('GRANT %s ON %s TO %s%s',
               pg_catalog.string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type), g.title, g.role,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END),
           CASE WHEN g.title = 'SCHEMA public' THEN pg_catalog.format('REVOKE ALL ON SCHEMA public FROM %s', g.role) END, g.key
    FROM grantee g
    CROSS JOIN LATERAL pg_catalog.aclexplode(g.acl) e
    WHERE e.grantee = g.grantee
    GROUP BY g.title, g.key, g.role, e.is_grantable
    UNION ALL
    SELECT 7, c.title || a.attname, pg_catalog.format('GRANT %s (%I) ON TABLE %s TO %s%s', e.privilege_type, a.attname, c.title,
               CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END),
           NULL, 'table ' || c.title
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) e
    WHERE (c.relkind = 'p' OR c.relkind = 'r' AND c.relispartition) AND e.grantee <> c.relowner
    UNION ALL
    SELECT 8 + x.place, d.oid::text || x.text, pg_catalog.format(m.frame, x.text), pg_catalog.format(m.frame, x.undo),
           'default privileges of ' || CASE WHEN pg_catalog.pg_get_userbyid(d.defaclrole) = CURRENT_USER THEN 'CURRENT_USER'
                   ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)) END
               || COALESCE(' in schema ' || pg_catalog.quote_ident(n.nspname), '') || ' on '
               || CASE i.noun WHEN 'ROUTINES' THEN 'functions' ELSE pg_catalog.lower(i.noun) END
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL (
        SELECT pg_catalog.format('ALTER DEFAULT PRIVILEGES%s%s %%s',
            CASE WHEN pg_catalog.pg_get_userbyid(d.defaclrole) <> CURRENT_USER
                 THEN pg_catalog.format(' FOR ROLE %s', pg_catalog.replace(pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)), '%', '%%')) END,
            ' IN SCHEMA ' || pg_catalog.replace(pg_catalog.quote_ident(n.nspname), '%', '%%')) AS frame) m
    CROSS JOIN LATERAL (
        SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES'
                   WHEN 'T' THEN 'TYPES' WHEN 'L' THEN 'LARGE OBJECTS' ELSE 'SCHEMAS' END AS noun,
               CASE WHEN d.defaclnamespace <> 0 THEN NULL
                    ELSE pg_catalog.acldefault((CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END)::"char", d.defaclrole) END AS initial) i
    CROSS JOIN LATERAL (
        SELECT 0 AS place, pg_catalog.format('REVOKE %s ON %s FROM %s', r.privilege_type, i.noun, r.role) AS text,
               pg_catalog.format('GRANT %s ON %s TO %s', r.privilege_type, i.noun, r.role) AS undo
        FROM (SELECT e.privilege_type,
                     CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role
              FROM (SELECT * FROM pg_catalog.aclexplode(i.initial) EXCEPT SELECT * FROM pg_catalog.aclexplode(d.defaclacl)) e) r
        UNION ALL
        SELECT 1, pg_catalog.format('GRANT %s ON %s TO %s%s', g.privilege_type, i.noun, g.role,
                   CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END),
               pg_catalog.format('REVOKE %s ON %s FROM %s', g.privilege_type, i.noun, g.role)
        FROM (SELECT e.privilege_type, e.is_grantable,
                     CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role
              FROM (SELECT * FROM pg_catalog.aclexplode(d.defaclacl) EXCEPT SELECT * FROM pg_catalog.aclexplode(i.initial)) e) g) x
)
SELECT s.place, s.text, s.undo, s.key
FROM statement s
ORDER BY s.place, s.name COLLATE pg_catalog."C", s.text COLLATE pg_catalog."C";
