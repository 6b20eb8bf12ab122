-- Everything that models do not describe, under the names of SqlObjectKind: the statement that creates it, what is
-- set after that, its owner and privileges, and what it depends on.
-- Most databases have few of these and many tables, which the planner cannot know: a subquery with OFFSET 0 is not
-- merged into the join around it, so that a catalog is asked for each object by its index instead of being read whole.
WITH namespace AS MATERIALIZED (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), member AS MATERIALIZED (
    SELECT e.classid, e.objid, x.extname
    FROM pg_catalog.pg_extension x
    CROSS JOIN LATERAL (
        SELECT d.classid, d.objid
        FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = x.oid AND d.deptype = 'e'
        OFFSET 0) e
), relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.reloptions, c.relispopulated, c.relowner, c.relacl, n.nspname,
           CASE
               WHEN c.relkind = 'v' THEN 'view'
               WHEN c.relkind = 'm' THEN 'materialized_view'
               WHEN c.relkind = 'f' THEN 'foreign_table'
               WHEN c.relkind = 'p' OR c.relispartition THEN 'partition'
               WHEN c.relkind = 'S' THEN 'sequence'
               WHEN c.oid IN (SELECT h.inhrelid FROM pg_catalog.pg_inherits h) THEN 'inherited_table'
               ELSE 'table'
           END AS kind
    FROM pg_catalog.pg_class c
    JOIN namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
      AND NOT EXISTS (
        SELECT FROM member m
        WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
), routine AS MATERIALIZED (
    SELECT p.*, n.nspname,
           -- What tells it from others of its name, which the names of its arguments do not.
           pg_catalog.format('%I(%s)', p.proname,
               (SELECT pg_catalog.string_agg(pg_catalog.format_type(a.type, NULL), ', ' ORDER BY a.place)
                FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, place))) AS signature
    FROM pg_catalog.pg_proc p
    JOIN namespace n ON n.oid = p.pronamespace
    -- Identifiers below 16384 are the server's own (PostgreSQL source, transam.h).
    WHERE p.oid >= 16384
      -- Range types bring constructors; those are internal to the type.
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend m
        WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid AND m.deptype IN ('e', 'i'))
), type AS MATERIALIZED (
    SELECT t.*, n.nspname, t.oid::pg_catalog.regtype::text AS title,
           CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range_type' WHEN 'e' THEN 'enum' ELSE 'composite_type' END AS kind
    FROM pg_catalog.pg_type t
    JOIN namespace n ON n.oid = t.typnamespace
    -- The row type of a table is no type of its own.
    WHERE t.oid >= 16384
      AND (t.typtype IN ('d', 'r', 'e') OR t.oid IN (SELECT c.reltype FROM pg_catalog.pg_class c WHERE c.relkind = 'c'))
      AND NOT EXISTS (
          SELECT FROM member m
          WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
), object AS MATERIALIZED (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid AS classid, c.oid AS objid, c.kind,
           c.nspname::text AS schema, c.relname::text AS name, NULL::text AS table_schema, NULL::text AS table_name,
           -- What COMMENT ON, ALTER … OWNER TO and GRANT call it.
           CASE c.kind WHEN 'view' THEN 'VIEW ' WHEN 'materialized_view' THEN 'MATERIALIZED VIEW ' END
               || c.oid::pg_catalog.regclass::text AS title,
           CASE WHEN c.relkind IN ('v', 'm') THEN
               pg_catalog.format('CREATE %s %s%s AS%s%s%s',
                   CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END,
                   c.oid::pg_catalog.regclass,
                   ' WITH (' || (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o) FROM pg_catalog.unnest(c.reloptions) o) || ')',
                   E'\n',
                   pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'),
                   CASE WHEN NOT c.relispopulated THEN E'\nWITH NO DATA' END)
           END AS definition,
           c.relowner AS owner, c.relacl AS acl, pg_catalog.acldefault('r', c.relowner) AS default_acl
    FROM relation c
    WHERE c.kind NOT IN ('table', 'sequence')
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'function', p.nspname, p.signature, NULL, NULL,
           'ROUTINE ' || p.oid::pg_catalog.regprocedure::text,
           CASE WHEN p.prokind <> 'a' THEN pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\n') ELSE (
               SELECT pg_catalog.format(E'CREATE AGGREGATE %I.%I(%s) (\n    %s\n)', p.nspname, p.proname,
                   COALESCE(NULLIF(pg_catalog.pg_get_function_arguments(p.oid), ''), '*'),
                   pg_catalog.concat_ws(E',\n    ',
                       'SFUNC = ' || a.aggtransfn::text, 'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL), 'SSPACE = ' || NULLIF(a.aggtransspace, 0),
                       'FINALFUNC = ' || NULLIF(a.aggfinalfn::text, '-'), CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
                       'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END,
                       'COMBINEFUNC = ' || NULLIF(a.aggcombinefn::text, '-'), 'SERIALFUNC = ' || NULLIF(a.aggserialfn::text, '-'),
                       'DESERIALFUNC = ' || NULLIF(a.aggdeserialfn::text, '-'), 'INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
                       'MSFUNC = ' || NULLIF(a.aggmtransfn::text, '-'), 'MINVFUNC = ' || NULLIF(a.aggminvtransfn::text, '-'),
                       'MSTYPE = ' || CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END,
                       'MSSPACE = ' || NULLIF(a.aggmtransspace, 0), 'MFINALFUNC = ' || NULLIF(a.aggmfinalfn::text, '-'),
                       CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
                       'MFINALFUNC_MODIFY = ' || CASE WHEN a.aggmtranstype <> 0 THEN
                           CASE a.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
                       'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
                       'SORTOP = ' || (
                           SELECT pg_catalog.format('OPERATOR(%I.%s)', m.nspname, s.oprname)
                           FROM pg_catalog.pg_operator s
                           JOIN pg_catalog.pg_namespace m ON m.oid = s.oprnamespace
                           WHERE s.oid = a.aggsortop),
                       'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
                       CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END))
               FROM pg_catalog.pg_aggregate a
               WHERE a.aggfnoid = p.oid) END,
           p.proowner, p.proacl, pg_catalog.acldefault('f', p.proowner)
    FROM routine p
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 'trigger', NULL, t.tgname, c.nspname, c.relname,
           pg_catalog.format('TRIGGER %I ON %s', t.tgname, c.oid::pg_catalog.regclass),
           pg_catalog.pg_get_triggerdef(t.oid, true), NULL, NULL, NULL
    FROM pg_catalog.pg_trigger t
    JOIN relation c ON c.oid = t.tgrelid
    -- A trigger of a partitioned table has a copy on each partition.
    WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 'rule', NULL, w.rulename, c.nspname, c.relname,
           pg_catalog.format('RULE %I ON %s', w.rulename, c.oid::pg_catalog.regclass),
           pg_catalog.rtrim(pg_catalog.pg_get_ruledef(w.oid, true), ';'), NULL, NULL, NULL
    FROM pg_catalog.pg_rewrite w
    JOIN relation c ON c.oid = w.ev_class
    WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 'policy', NULL, p.polname, c.nspname, c.relname,
           pg_catalog.format('POLICY %I ON %s', p.polname, c.oid::pg_catalog.regclass),
           pg_catalog.format('CREATE POLICY %I ON %s%s%s TO %s%s%s', p.polname, c.oid::pg_catalog.regclass,
               CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' END,
               CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' END,
               (SELECT pg_catalog.string_agg(
                           CASE r.role WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.role)) END,
                           ', ' ORDER BY r.role)
                FROM pg_catalog.unnest(p.polroles) AS r (role)),
               ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
               ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
           NULL, NULL, NULL
    FROM pg_catalog.pg_policy p
    JOIN relation c ON c.oid = p.polrelid
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.kind, t.nspname, t.typname, NULL, NULL,
           CASE t.kind WHEN 'domain' THEN 'DOMAIN ' ELSE 'TYPE ' END || t.title,
           CASE t.kind
               WHEN 'domain' THEN pg_catalog.format('CREATE DOMAIN %s AS %s%s', t.title,
                   pg_catalog.format_type(t.typbasetype, t.typtypmod),
                   (SELECT ' COLLATE ' || k.oid::pg_catalog.regcollation::text
                    FROM pg_catalog.pg_collation k
                    JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
                    WHERE k.oid = t.typcollation AND t.typcollation <> b.typcollation))
               WHEN 'composite_type' THEN pg_catalog.format('CREATE TYPE %s AS (%s)', t.title,
                   (SELECT pg_catalog.string_agg(
                               pg_catalog.format('%I %s%s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                                   (SELECT ' COLLATE ' || k.oid::pg_catalog.regcollation::text
                                    FROM pg_catalog.pg_collation k
                                    JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
                                    WHERE k.oid = a.attcollation AND a.attcollation <> b.typcollation)),
                               ', ' ORDER BY a.attnum)
                    FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
               WHEN 'range_type' THEN
                   (SELECT pg_catalog.format('CREATE TYPE %s AS RANGE (%s)', t.title,
                               pg_catalog.concat_ws(', ',
                                   'SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL),
                                   'SUBTYPE_OPCLASS = ' || (
                                       SELECT CASE s.nspname WHEN 'pg_catalog' THEN '' ELSE pg_catalog.quote_ident(s.nspname) || '.' END
                                              || pg_catalog.quote_ident(o.opcname)
                                       FROM pg_catalog.pg_opclass o
                                       JOIN pg_catalog.pg_namespace s ON s.oid = o.opcnamespace
                                       WHERE o.oid = r.rngsubopc),
                                   'COLLATION = ' || (SELECT k.oid::pg_catalog.regcollation::text FROM pg_catalog.pg_collation k WHERE k.oid = r.rngcollation),
                                   'SUBTYPE_DIFF = ' || CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::text END,
                                   'MULTIRANGE_TYPE_NAME = ' || ((pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.regtype)::text))
                    FROM pg_catalog.pg_range r
                    WHERE r.rngtypid = t.oid AND r.rngcanonical = 0)
           END,
           t.typowner, t.typacl, pg_catalog.acldefault('T', t.typowner)
    FROM type t
    WHERE t.kind <> 'enum'
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, 'statistics', n.nspname, s.stxname, c.nspname, c.relname,
           pg_catalog.format('STATISTICS %I.%I', n.nspname, s.stxname),
           pg_catalog.pg_get_statisticsobjdef(s.oid), s.stxowner, NULL, NULL
    FROM pg_catalog.pg_statistic_ext s
    JOIN namespace n ON n.oid = s.stxnamespace
    JOIN relation c ON c.oid = s.stxrelid
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, e.oid, 'extension', NULL, e.extname, NULL, NULL,
           pg_catalog.format('EXTENSION %I', e.extname),
           pg_catalog.format('CREATE EXTENSION %I%s%s', e.extname,
               CASE WHEN n.nspname <> pg_catalog.current_setting('limbeck.default_schema') AND n.nspname <> 'pg_catalog'
                    THEN pg_catalog.format(' SCHEMA %I', n.nspname) END,
               (SELECT pg_catalog.format(' VERSION %L', e.extversion)
                FROM pg_catalog.pg_available_extensions() a
                WHERE a.name = e.extname AND a.default_version <> e.extversion)),
           NULL, NULL, NULL
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname <> 'plpgsql'
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, 'event_trigger', NULL, e.evtname, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_catalog.pg_event_trigger e
    WHERE NOT EXISTS (
        SELECT FROM member m
        WHERE m.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND m.objid = e.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 'publication', NULL, p.pubname, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_catalog.pg_publication p
), setting AS (
    SELECT o.classid, o.objid, 1 AS place, 'other' AS kind, NULL::text AS name,
           pg_catalog.format('ALTER DOMAIN %s SET DEFAULT %s', t.title, t.typdefault) AS make,
           pg_catalog.format('ALTER DOMAIN %s DROP DEFAULT', t.title) AS undo
    FROM object o
    JOIN type t ON t.oid = o.objid
    WHERE o.kind = 'domain' AND t.typdefault IS NOT NULL
    UNION ALL
    SELECT o.classid, o.objid, 2, 'constraint', NULL, pg_catalog.format('ALTER DOMAIN %s SET NOT NULL', t.title),
           pg_catalog.format('ALTER DOMAIN %s DROP NOT NULL', t.title)
    FROM object o
    JOIN type t ON t.oid = o.objid
    WHERE o.kind = 'domain' AND t.typnotnull
    UNION ALL
    SELECT o.classid, o.objid, 3, 'constraint', k.conname,
           pg_catalog.format('ALTER DOMAIN %s ADD CONSTRAINT %I %s', t.title, k.conname, pg_catalog.pg_get_constraintdef(k.oid)),
           pg_catalog.format('ALTER DOMAIN %s DROP CONSTRAINT %I', t.title, k.conname)
    FROM object o
    JOIN type t ON t.oid = o.objid
    CROSS JOIN LATERAL (
        SELECT k.oid, k.conname FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' OFFSET 0) k
    WHERE o.kind = 'domain'
    UNION ALL
    SELECT o.classid, o.objid, 4, 'other', d.attname,
           pg_catalog.format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', o.objid::pg_catalog.regclass, d.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)),
           pg_catalog.format('ALTER VIEW %s ALTER COLUMN %I DROP DEFAULT', o.objid::pg_catalog.regclass, d.attname)
    FROM object o
    CROSS JOIN LATERAL (
        SELECT d.adbin, d.adrelid, a.attname
        FROM pg_catalog.pg_attrdef d
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE d.adrelid = o.objid
        OFFSET 0) d
    WHERE o.kind = 'view'
    UNION ALL
    SELECT o.classid, o.objid, 5, CASE WHEN x.indisunique THEN 'constraint' ELSE 'other' END, x.relname, pg_catalog.pg_get_indexdef(x.indexrelid),
           pg_catalog.format('DROP INDEX %s', x.indexrelid::pg_catalog.regclass)
    FROM object o
    CROSS JOIN LATERAL (
        SELECT x.indexrelid, x.indisunique, i.relname
        FROM pg_catalog.pg_index x
        JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
        WHERE x.indrelid = o.objid
        OFFSET 0) x
    WHERE o.kind = 'materialized_view'
    UNION ALL
    SELECT o.classid, o.objid, 6, 'other', NULL,
           pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', t.tgrelid::pg_catalog.regclass,
               CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname),
           pg_catalog.format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::pg_catalog.regclass, t.tgname)
    FROM object o
    JOIN pg_catalog.pg_trigger t ON t.oid = o.objid
    WHERE o.kind = 'trigger' AND t.tgenabled <> 'O'
    UNION ALL
    SELECT o.classid, o.objid, 6, 'other', NULL,
           pg_catalog.format('ALTER TABLE %s %s RULE %I', w.ev_class::pg_catalog.regclass,
               CASE w.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, w.rulename),
           pg_catalog.format('ALTER TABLE %s ENABLE RULE %I', w.ev_class::pg_catalog.regclass, w.rulename)
    FROM object o
    JOIN pg_catalog.pg_rewrite w ON w.oid = o.objid
    WHERE o.kind = 'rule' AND w.ev_enabled <> 'O'
    UNION ALL
    SELECT o.classid, o.objid, 7, 'other', NULL,
           pg_catalog.format('ALTER %s SET STATISTICS %s', o.title, pg_catalog.to_jsonb(s) ->> 'stxstattarget'),
           pg_catalog.format('ALTER %s SET STATISTICS -1', o.title)
    FROM object o
    JOIN pg_catalog.pg_statistic_ext s ON s.oid = o.objid
    WHERE o.kind = 'statistics' AND COALESCE((pg_catalog.to_jsonb(s) ->> 'stxstattarget')::int, -1) <> -1
    UNION ALL
    SELECT o.classid, o.objid, 8, 'comment', NULL, pg_catalog.format('COMMENT ON %s IS %L', o.title, d.description),
           pg_catalog.format('COMMENT ON %s IS NULL', o.title)
    FROM object o
    CROSS JOIN LATERAL (
        SELECT d.description
        FROM pg_catalog.pg_description d
        WHERE d.objoid = o.objid AND d.classoid = o.classid AND d.objsubid = 0
        OFFSET 0) d
    -- An extension brings its comment itself.
    WHERE o.title IS NOT NULL AND o.kind <> 'extension'
    UNION ALL
    SELECT o.classid, o.objid, 9, 'comment', d.attname,
           pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', o.objid::pg_catalog.regclass, d.attname, d.description),
           pg_catalog.format('COMMENT ON COLUMN %s.%I IS NULL', o.objid::pg_catalog.regclass, d.attname)
    FROM object o
    CROSS JOIN LATERAL (
        SELECT d.description, a.attname
        FROM pg_catalog.pg_description d
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
        WHERE d.objoid = o.objid AND d.classoid = o.classid AND d.objsubid > 0
        OFFSET 0) d
    WHERE o.kind IN ('view', 'materialized_view')
), listed AS (
    -- The privileges on each object, those that the server gives by itself, and the kind that default privileges are for.
    SELECT o.classid, o.objid, o.owner, COALESCE(o.acl, o.default_acl) AS acl, o.default_acl, n.oid AS namespace,
           CASE WHEN o.kind IN ('view', 'materialized_view') THEN o.objid::pg_catalog.regclass::text ELSE o.title END AS title,
           CASE o.kind WHEN 'view' THEN 'r' WHEN 'materialized_view' THEN 'r' WHEN 'function' THEN 'f' ELSE 'T' END::"char" AS letter
    FROM object o
    JOIN namespace n ON n.nspname = o.schema
    WHERE o.title IS NOT NULL AND o.default_acl IS NOT NULL
), grantee AS (
    -- Who has other privileges than a new object gives: default privileges are taken back first, so that it is as it was.
    SELECT l.classid, l.objid, l.title, l.acl, e.grantee,
           CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS role,
           pg_catalog.bool_or(e.has_by_itself) AS has_by_itself
    FROM listed l
    CROSS JOIN LATERAL (
        SELECT d.grantee, d.grantee IN (SELECT b.grantee FROM pg_catalog.aclexplode(l.default_acl) b) AS has_by_itself
        FROM ((SELECT * FROM pg_catalog.aclexplode(l.acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(l.default_acl))
              UNION ALL
              (SELECT * FROM pg_catalog.aclexplode(l.default_acl) EXCEPT SELECT * FROM pg_catalog.aclexplode(l.acl))) d
        UNION ALL
        SELECT g.grantee, true
        FROM pg_catalog.pg_default_acl d
        CROSS JOIN LATERAL (
            SELECT a.grantee FROM pg_catalog.aclexplode(d.defaclacl) a
            UNION SELECT b.grantee FROM pg_catalog.aclexplode(l.default_acl) b) g
        WHERE d.defaclobjtype = l.letter AND d.defaclnamespace IN (0, l.namespace) AND g.grantee NOT IN (l.owner, d.defaclrole)) e
    GROUP BY l.classid, l.objid, l.title, l.acl, e.grantee
), privilege AS (
    SELECT o.classid, o.objid, 1 AS place, NULL::text AS role,
           pg_catalog.format('ALTER %s OWNER TO %I', o.title, pg_catalog.pg_get_userbyid(o.owner)) AS statement
    FROM object o
    WHERE o.title IS NOT NULL AND o.owner IS NOT NULL AND pg_catalog.pg_get_userbyid(o.owner) <> CURRENT_USER
    UNION ALL
    SELECT g.classid, g.objid, 2, g.role, pg_catalog.format('REVOKE ALL ON %s FROM %s', g.title, g.role)
    FROM grantee g
    WHERE g.has_by_itself
    UNION ALL
    SELECT g.classid, g.objid, 3, g.role,
           pg_catalog.format('GRANT %s ON %s TO %s%s',
               pg_catalog.string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type), g.title, g.role,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM grantee g
    CROSS JOIN LATERAL pg_catalog.aclexplode(g.acl) e
    WHERE e.grantee = g.grantee
    GROUP BY g.classid, g.objid, g.title, g.role, e.is_grantable
    UNION ALL
    SELECT o.classid, o.objid, 4, a.attname,
           pg_catalog.format('GRANT %s (%I) ON %s TO %s%s', e.privilege_type, a.attname, o.objid::pg_catalog.regclass,
               CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END,
               CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM object o
    CROSS JOIN LATERAL (
        SELECT a.attname, a.attacl
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = o.objid AND a.attacl IS NOT NULL AND NOT a.attisdropped
        OFFSET 0) a
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) e
    WHERE o.kind IN ('view', 'materialized_view') AND e.grantee <> o.owner
), part AS (
    -- The objects, and what of them has dependencies of its own.
    SELECT o.classid, o.objid, o.classid AS part_class, o.objid AS part, ARRAY['n', 'a'] AS types
    FROM object o
    UNION ALL
    SELECT o.classid, o.objid, 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, ARRAY['n']
    FROM object o
    CROSS JOIN LATERAL (
        SELECT w.oid FROM pg_catalog.pg_rewrite w WHERE w.ev_class = o.objid AND w.rulename = '_RETURN' OFFSET 0) w
    WHERE o.kind IN ('view', 'materialized_view')
    UNION ALL
    SELECT o.classid, o.objid, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, ARRAY['n']
    FROM object o
    CROSS JOIN LATERAL (SELECT k.oid FROM pg_catalog.pg_constraint k WHERE k.contypid = o.objid OFFSET 0) k
    WHERE o.kind = 'domain'
    UNION ALL
    SELECT o.classid, o.objid, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, ARRAY['n']
    FROM object o
    CROSS JOIN LATERAL (SELECT t.typrelid AS oid FROM pg_catalog.pg_type t WHERE t.oid = o.objid OFFSET 0) c
    WHERE o.kind = 'composite_type'
), dependency AS (
    SELECT DISTINCT p.classid, p.objid, d.refclassid, d.refobjid, d.refobjsubid
    FROM part p
    CROSS JOIN LATERAL (
        SELECT d.refclassid, d.refobjid, d.refobjsubid
        FROM pg_catalog.pg_depend d
        WHERE d.classid = p.part_class AND d.objid = p.part AND d.deptype::text = ANY (p.types)
        OFFSET 0) d
    -- A view's rule depends on its own columns.
    WHERE NOT (d.refclassid = p.classid AND d.refobjid = p.objid)
), used AS (
    SELECT d.classid, d.objid, CASE WHEN a.attname IS NOT NULL AND c.kind = 'table' THEN 'column' ELSE c.kind END AS kind,
           c.nspname::text AS schema, c.relname::text AS name,
           CASE WHEN c.kind = 'table' THEN a.attname::text END AS member
    FROM dependency d
    JOIN relation c ON c.oid = d.refobjid
    LEFT JOIN LATERAL (
        SELECT a.attname
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
        OFFSET 0) a ON true
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    UNION
    SELECT d.classid, d.objid, 'constraint', c.nspname, c.relname, k.conname
    FROM dependency d
    CROSS JOIN LATERAL (
        SELECT k.conname, k.conrelid FROM pg_catalog.pg_constraint k WHERE k.oid = d.refobjid OFFSET 0) k
    JOIN relation c ON c.oid = k.conrelid
    WHERE d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND c.kind = 'table'
    UNION
    SELECT d.classid, d.objid, 'function', p.nspname, p.signature, NULL
    FROM dependency d
    JOIN routine p ON p.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    UNION
    SELECT d.classid, d.objid, t.kind, t.nspname, t.typname, NULL
    FROM dependency d
    -- An array stands for its elements.
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.typcategory = 'A' THEN r.typelem ELSE r.oid END AS oid
        FROM pg_catalog.pg_type r
        WHERE r.oid = d.refobjid
        OFFSET 0) r
    JOIN type t ON t.oid = r.oid
    WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
    UNION
    SELECT d.classid, d.objid, c.kind, c.nspname, c.relname, NULL
    FROM dependency d
    CROSS JOIN LATERAL (
        SELECT t.typrelid
        FROM pg_catalog.pg_type r
        JOIN pg_catalog.pg_type t ON t.oid = CASE WHEN r.typcategory = 'A' THEN r.typelem ELSE r.oid END
        WHERE r.oid = d.refobjid
        OFFSET 0) r
    JOIN relation c ON c.oid = r.typrelid
    WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
    UNION
    SELECT d.classid, d.objid, 'extension', NULL, m.extname, NULL
    FROM dependency d
    -- Every database has it.
    JOIN member m ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.extname <> 'plpgsql'
)
SELECT pg_catalog.json_build_object(
           'kind', o.kind, 'schema', o.schema, 'name', o.name,
           'table_schema', o.table_schema, 'table_name', o.table_name,
           'definition', o.definition,
           'settings', COALESCE(s.settings, '[]'),
           'privileges', COALESCE(p.privileges, '[]'),
           'uses', COALESCE(u.uses, '[]'))
FROM object o
LEFT JOIN (
    SELECT s.classid, s.objid,
           pg_catalog.json_agg(pg_catalog.json_build_object('kind', s.kind, 'make', s.make, 'undo', s.undo) ORDER BY s.place, s.name) AS settings
    FROM setting s
    GROUP BY s.classid, s.objid) s ON s.classid = o.classid AND s.objid = o.objid
LEFT JOIN (
    SELECT p.classid, p.objid, pg_catalog.json_agg(p.statement ORDER BY p.place, p.role, p.statement) AS privileges
    FROM privilege p
    GROUP BY p.classid, p.objid) p ON p.classid = o.classid AND p.objid = o.objid
LEFT JOIN (
    SELECT u.classid, u.objid,
           pg_catalog.json_agg(pg_catalog.json_build_object('kind', u.kind, 'schema', u.schema, 'name', u.name, 'member', u.member)) AS uses
    FROM used u
    GROUP BY u.classid, u.objid) u ON u.classid = o.classid AND u.objid = o.objid;
