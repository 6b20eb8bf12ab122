-- Every object outside the system schemas that is not part of an extension, as texts by readable keys.
-- Privileges are written out with the owner's defaults and in order, since GRANT then REVOKE leaves a
-- list where there was none. No text holds an object identifier, and column order is no part of it.
WITH namespace AS MATERIALIZED (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), member AS MATERIALIZED (
    SELECT e.classid, e.objid FROM pg_catalog.pg_depend e WHERE e.deptype = 'e'
), ignored AS MATERIALIZED (
    SELECT i.value ->> 0 AS nspname, i.value ->> 1 AS relname
    FROM pg_catalog.json_array_elements(pg_catalog.current_setting('limbeck.ignored')::json) i
), hidden_table AS MATERIALIZED (
    SELECT c.oid
    FROM ignored i
    JOIN namespace n ON n.nspname = i.nspname
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = i.relname
), hidden AS MATERIALIZED (
    -- Ignored tables with their own indexes and sequences.
    SELECT h.oid
    FROM hidden_table h
    UNION
    SELECT x.indexrelid
    FROM hidden_table h
    JOIN pg_catalog.pg_index x ON x.indrelid = h.oid
    UNION
    SELECT d.objid
    FROM hidden_table h
    JOIN pg_catalog.pg_depend d
      ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = h.oid
     AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
), relation AS MATERIALIZED (
    SELECT c.*, c.oid::pg_catalog.regclass::text AS title,
           CASE c.relkind
               WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'foreign table'
               WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
               WHEN 'c' THEN 'type' ELSE 'index' END AS noun
    FROM pg_catalog.pg_class c
    JOIN namespace n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (
        SELECT FROM member m
        WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
      AND NOT EXISTS (SELECT FROM hidden h WHERE h.oid = c.oid)
), routine AS MATERIALIZED (
    SELECT p.*
    FROM pg_catalog.pg_proc p
    JOIN namespace n ON n.oid = p.pronamespace
    WHERE NOT EXISTS (
        SELECT FROM member m
        WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid)
), type AS MATERIALIZED (
    -- Row types, arrays and multiranges come and go with what they belong to.
    SELECT t.*, t.oid::pg_catalog.regtype::text AS title,
           CASE t.typtype WHEN 'e' THEN 'enum type' WHEN 'd' THEN 'domain' ELSE 'type' END AS noun
    FROM pg_catalog.pg_type t
    JOIN namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'c', 'd', 'e', 'p', 'r')
      AND (t.typtype <> 'c' OR c.relkind = 'c')
      AND (t.typtype <> 'b' OR t.typelem = 0 OR t.typlen <> -1)
      AND NOT EXISTS (
          SELECT FROM member m
          WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
), acl AS MATERIALIZED (
    SELECT 'schema ' || n.nspname AS key, COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) AS items
    FROM namespace n
    UNION ALL
    SELECT c.noun || ' ' || c.title,
           COALESCE(c.relacl, pg_catalog.acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner))
    FROM relation c
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL
    SELECT 'column ' || c.title || '.' || pg_catalog.quote_ident(a.attname), a.attacl
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'function ' || p.oid::pg_catalog.regprocedure::text,
           COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))
    FROM routine p
    UNION ALL
    SELECT t.noun || ' ' || t.title, COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner))
    FROM type t
    UNION ALL
    SELECT 'default privileges of ' || pg_catalog.pg_get_userbyid(d.defaclrole)
               || COALESCE(' in schema ' || n.nspname, '') || ' on '
               || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                      WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::text END,
           d.defaclacl
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
)
SELECT 'schema ' || n.nspname || ': owner' AS key, pg_catalog.pg_get_userbyid(n.nspowner)::text AS value
FROM namespace n
UNION ALL
SELECT a.key || ': privileges', pg_catalog.string_agg(i.item::text, ', ' ORDER BY i.item::text)
FROM acl a
CROSS JOIN LATERAL pg_catalog.unnest(a.items) AS i (item)
GROUP BY a.key
UNION ALL
SELECT c.noun || ' ' || c.title || ': owner', pg_catalog.pg_get_userbyid(c.relowner)::text
FROM relation c
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
UNION ALL
SELECT c.noun || ' ' || c.title,
       pg_catalog.concat_ws(', ',
           'kind ' || c.relkind::text, 'persistence ' || c.relpersistence::text,
           CASE WHEN c.relkind IN ('r', 'p', 'm') THEN 'replica identity ' || c.relreplident::text END,
           CASE WHEN c.relrowsecurity THEN 'row security' END,
           CASE WHEN c.relforcerowsecurity THEN 'row security forced' END,
           'method ' || m.amname,
           'tablespace ' || s.spcname,
           'options ' || (SELECT pg_catalog.string_agg(o, ' ' ORDER BY o) FROM pg_catalog.unnest(c.reloptions) o),
           'toast options ' || (SELECT pg_catalog.string_agg(o, ' ' ORDER BY o) FROM pg_catalog.unnest(t.reloptions) o),
           'partition ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid),
           'partitioned by ' || CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
           'of type ' || CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END)
FROM relation c
LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
UNION ALL
SELECT 'table ' || c.title || ': inherits', h.inhparent::pg_catalog.regclass::text
FROM relation c
JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'column ' || c.title || '.' || pg_catalog.quote_ident(a.attname),
       pg_catalog.concat_ws(', ',
           pg_catalog.format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull THEN 'not null' END,
           CASE a.attgenerated WHEN '' THEN 'default ' ELSE 'generated ' || a.attgenerated::text || ' ' END
               || pg_catalog.pg_get_expr(d.adbin, d.adrelid),
           'identity ' || NULLIF(a.attidentity::text, ''),
           'collate ' || CASE WHEN a.attcollation <> t.typcollation
               THEN a.attcollation::pg_catalog.regcollation::text END,
           'storage ' || a.attstorage::text,
           'compression ' || NULLIF(a.attcompression::text, ''),
           'statistics ' || NULLIF(a.attstattarget, -1),
           -- `pg_attver` is a mark that the server itself puts on columns (seen from 15.20 on): it
           -- differs from one CREATE TABLE to the next, and pg_dump leaves it out.
           'options ' || CASE WHEN a.attoptions IS NOT NULL
               THEN NULLIF(ARRAY(SELECT option FROM pg_catalog.unnest(a.attoptions) AS option
                                 WHERE option NOT LIKE 'pg\_attver=%'), '{}')::text END,
           'foreign options ' || a.attfdwoptions::text,
           CASE WHEN a.attinhcount > 0 THEN 'inherited' END)
FROM relation c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
UNION ALL
SELECT 'constraint on ' || c.title || ': ' || o.conname,
       pg_catalog.concat_ws(', ', pg_catalog.pg_get_constraintdef(o.oid),
           CASE WHEN o.conislocal THEN NULL ELSE 'inherited' END)
FROM relation c
JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid
-- NOT NULL is a constraint with a generated name since 18; the column tells it.
WHERE o.contype <> 'n'
UNION ALL
SELECT 'constraint on ' || t.title || ': ' || o.conname, pg_catalog.pg_get_constraintdef(o.oid)
FROM type t
JOIN pg_catalog.pg_constraint o ON o.contypid = t.oid
UNION ALL
SELECT 'index ' || c.title,
       -- Options stand in the definition as they were set, in any order.
       pg_catalog.concat_ws(', ', CASE WHEN c.reloptions IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid)
               ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid),
                   ' WITH \([^()]*\)(?= TABLESPACE| WHERE|$)', '') END,
           'options ' || (SELECT pg_catalog.string_agg(o, ' ' ORDER BY o) FROM pg_catalog.unnest(c.reloptions) o),
           CASE WHEN NOT i.indisvalid THEN 'invalid' END,
           CASE WHEN i.indisclustered THEN 'clustered' END,
           CASE WHEN i.indisreplident THEN 'replica identity' END,
           'statistics ' || s.targets)
FROM relation c
JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN (
    SELECT a.attrelid, pg_catalog.string_agg(a.attnum || '=' || a.attstattarget, ' ' ORDER BY a.attnum) AS targets
    FROM pg_catalog.pg_attribute a
    WHERE a.attstattarget >= 0 AND a.attnum > 0
    GROUP BY a.attrelid
) s ON s.attrelid = c.oid
UNION ALL
SELECT 'trigger on ' || c.title || ': ' || t.tgname,
       pg_catalog.pg_get_triggerdef(t.oid) || ', enabled ' || t.tgenabled::text
FROM relation c
JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule on ' || c.title || ': ' || w.rulename, pg_catalog.pg_get_ruledef(w.oid) || ', enabled ' || w.ev_enabled::text
FROM relation c
JOIN pg_catalog.pg_rewrite w ON w.ev_class = c.oid
UNION ALL
SELECT 'policy on ' || c.title || ': ' || p.polname,
       pg_catalog.concat_ws(', ',
           'for ' || p.polcmd::text, CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
           'to ' || (
               SELECT pg_catalog.string_agg(
                   CASE r WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::text END, ' '
                   ORDER BY CASE r WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::text END)
               FROM pg_catalog.unnest(p.polroles) r),
           'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation c
JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
UNION ALL
SELECT 'function ' || p.oid::pg_catalog.regprocedure::text || ': owner', pg_catalog.pg_get_userbyid(p.proowner)::text
FROM routine p
UNION ALL
SELECT 'function ' || p.oid::pg_catalog.regprocedure::text,
       CASE WHEN p.prokind = 'a'
           THEN pg_catalog.concat_ws(', ', 'aggregate ' || pg_catalog.pg_get_function_result(p.oid),
               'transition ' || a.aggtransfn::text, 'final ' || a.aggfinalfn::text, 'combine ' || a.aggcombinefn::text,
               'type ' || pg_catalog.format_type(a.aggtranstype, NULL), 'initial ' || a.agginitval,
               'kind ' || a.aggkind::text, 'parallel ' || p.proparallel::text)
           ELSE pg_catalog.pg_get_functiondef(p.oid) END
FROM routine p
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
UNION ALL
SELECT t.noun || ' ' || t.title || ': owner', pg_catalog.pg_get_userbyid(t.typowner)::text
FROM type t
UNION ALL
SELECT t.noun || ' ' || t.title,
       pg_catalog.concat_ws(', ',
           'kind ' || t.typtype::text,
           'values ' || e.labels,
           'of ' || CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
           CASE WHEN t.typnotnull THEN 'not null' END,
           'default ' || t.typdefault,
           'collate ' || CASE WHEN t.typtype = 'd' AND t.typcollation <> 0 THEN t.typcollation::pg_catalog.regcollation::text END,
           'subtype ' || pg_catalog.format_type(r.rngsubtype, NULL),
           'canonical ' || NULLIF(r.rngcanonical::text, '-'),
           'difference ' || NULLIF(r.rngsubdiff::text, '-'))
FROM type t
LEFT JOIN (
    SELECT e.enumtypid, pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)::text AS labels
    FROM pg_catalog.pg_enum e
    GROUP BY e.enumtypid
) e ON e.enumtypid = t.oid
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
UNION ALL
SELECT 'sequence ' || c.title,
       pg_catalog.concat_ws(', ',
           pg_catalog.format_type(s.seqtypid, NULL), 'persistence ' || c.relpersistence::text,
           'start ' || s.seqstart, 'increment ' || s.seqincrement, 'min ' || s.seqmin, 'max ' || s.seqmax,
           'cache ' || s.seqcache, CASE WHEN s.seqcycle THEN 'cycle' END,
           CASE d.deptype WHEN 'i' THEN 'identity of ' ELSE 'owned by ' END
               || d.refobjid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname))
FROM relation c
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_catalog.pg_depend d
       ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
UNION ALL
SELECT 'statistics ' || n.nspname || '.' || s.stxname,
       pg_catalog.pg_get_statisticsobjdef(s.oid) || ', owner ' || pg_catalog.pg_get_userbyid(s.stxowner)
           || COALESCE(', target ' || NULLIF(s.stxstattarget, -1), '')
FROM pg_catalog.pg_statistic_ext s
JOIN namespace n ON n.oid = s.stxnamespace
UNION ALL
SELECT 'publication ' || p.pubname,
       pg_catalog.concat_ws(', ', 'owner ' || pg_catalog.pg_get_userbyid(p.pubowner),
           CASE WHEN p.puballtables THEN 'all tables' END, CASE WHEN p.pubinsert THEN 'insert' END,
           CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
           CASE WHEN p.pubtruncate THEN 'truncate' END, CASE WHEN p.pubviaroot THEN 'via root' END)
FROM pg_catalog.pg_publication p
UNION ALL
-- A publication lists tables and, since 15, schemas; the view adds columns and row filters.
SELECT 'publication ' || t.pubname || ': ' || t.schemaname || '.' || t.tablename,
       pg_catalog.concat_ws(', ', 'columns ' || (
               SELECT pg_catalog.string_agg(n, ' ' ORDER BY n)
               FROM pg_catalog.jsonb_array_elements_text(NULLIF(pg_catalog.to_jsonb(t) -> 'attnames', 'null')) n),
           'where ' || (pg_catalog.to_jsonb(t) ->> 'rowfilter'))
FROM pg_catalog.pg_publication_tables t
UNION ALL
SELECT 'publication ' || p.pubname || ': member', pg_catalog.pg_describe_object(d.classid, d.objid, 0)
FROM pg_catalog.pg_publication p
JOIN pg_catalog.pg_depend d
  ON d.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND d.refobjid = p.oid
UNION ALL
SELECT 'extension ' || e.extname,
       e.extversion || ', schema ' || n.nspname || ', owner ' || pg_catalog.pg_get_userbyid(e.extowner)
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
UNION ALL
SELECT 'event trigger ' || e.evtname,
       pg_catalog.concat_ws(', ', 'on ' || e.evtevent, 'tags ' || e.evttags::text, 'enabled ' || e.evtenabled::text,
           'calls ' || e.evtfoid::pg_catalog.regprocedure::text, 'owner ' || pg_catalog.pg_get_userbyid(e.evtowner))
FROM pg_catalog.pg_event_trigger e
UNION ALL
-- Objects that the kinds above do not describe: at least that they are there.
SELECT i.type || ' ' || i.identity, 'exists'
FROM (
    SELECT c.tableoid, c.oid FROM pg_catalog.pg_collation c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_conversion c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_operator c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_opclass c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_opfamily c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_cast c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_language c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_transform c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_am c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_ts_config c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_ts_dict c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_ts_parser c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_ts_template c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_foreign_data_wrapper c
    UNION ALL SELECT c.tableoid, c.oid FROM pg_catalog.pg_foreign_server c
) o
CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.tableoid, o.oid, 0) i
-- Identifiers below 16384 are the server's own (PostgreSQL source, transam.h).
WHERE o.oid >= 16384
  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = o.tableoid AND m.objid = o.oid)
UNION ALL
SELECT 'foreign table ' || c.title || ': server', s.srvname || COALESCE(' ' || f.ftoptions::text, '')
FROM relation c
JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
UNION ALL
SELECT 'comment on ' || i.type || ' ' || i.identity, d.description
FROM pg_catalog.pg_description d
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
WHERE (d.objoid >= 16384
       OR d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objoid IN (SELECT n.oid FROM namespace n))
  AND NOT EXISTS (SELECT FROM member m WHERE m.classid = d.classoid AND m.objid = d.objoid)
  AND NOT EXISTS (
      SELECT FROM hidden h
      WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND h.oid = d.objoid);
