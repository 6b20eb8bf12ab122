-- Every object outside the system schemas that is not part of an extension, as texts by readable keys. What is said
-- about an object is a fact of its own, `table t: owner`, and is told where it is not what the server does by itself.
-- No text holds an object identifier, and column order is no part of it. The parts of this query are joined.
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
    SELECT c.oid, c.relowner
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
), maker AS MATERIALIZED (
    -- Who makes things here: the owner of the history, or else who asks. Two servers have roles of their own, and this
    -- one is called alike on both.
    SELECT COALESCE(
        (SELECT h.relowner FROM hidden_table h ORDER BY h.relowner LIMIT 1),
        (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)) AS oid
), role AS MATERIALIZED (
    SELECT 0::pg_catalog.oid AS oid, 'PUBLIC' AS name
    UNION ALL
    SELECT r.oid, CASE WHEN r.oid = m.oid THEN 'CURRENT_USER' ELSE pg_catalog.quote_ident(r.rolname) END
    FROM pg_catalog.pg_roles r
    CROSS JOIN maker m
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
    SELECT p.*, p.oid::pg_catalog.regprocedure::text AS title
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
), other AS MATERIALIZED (
    -- Objects that only people make who extend the server; each is told further below.
    SELECT o.classid, o.objid, i.type || ' ' || i.identity AS key, o.owner, o.acl, o.letter
    FROM (
        SELECT c.tableoid AS classid, c.oid AS objid, c.collowner AS owner, NULL::pg_catalog.aclitem[] AS acl, NULL::"char" AS letter
        FROM pg_catalog.pg_collation c
        UNION ALL SELECT c.tableoid, c.oid, c.conowner, NULL, NULL FROM pg_catalog.pg_conversion c
        UNION ALL SELECT c.tableoid, c.oid, c.oprowner, NULL, NULL FROM pg_catalog.pg_operator c
        UNION ALL SELECT c.tableoid, c.oid, c.opcowner, NULL, NULL FROM pg_catalog.pg_opclass c
        UNION ALL SELECT c.tableoid, c.oid, c.opfowner, NULL, NULL FROM pg_catalog.pg_opfamily c
        UNION ALL SELECT c.tableoid, c.oid, NULL, NULL, NULL FROM pg_catalog.pg_cast c
        UNION ALL SELECT c.tableoid, c.oid, c.lanowner, c.lanacl, 'l' FROM pg_catalog.pg_language c
        UNION ALL SELECT c.tableoid, c.oid, NULL, NULL, NULL FROM pg_catalog.pg_transform c
        UNION ALL SELECT c.tableoid, c.oid, NULL, NULL, NULL FROM pg_catalog.pg_am c
        UNION ALL SELECT c.tableoid, c.oid, c.cfgowner, NULL, NULL FROM pg_catalog.pg_ts_config c
        UNION ALL SELECT c.tableoid, c.oid, c.dictowner, NULL, NULL FROM pg_catalog.pg_ts_dict c
        UNION ALL SELECT c.tableoid, c.oid, NULL, NULL, NULL FROM pg_catalog.pg_ts_parser c
        UNION ALL SELECT c.tableoid, c.oid, NULL, NULL, NULL FROM pg_catalog.pg_ts_template c
        UNION ALL SELECT c.tableoid, c.oid, c.fdwowner, c.fdwacl, 'F' FROM pg_catalog.pg_foreign_data_wrapper c
        UNION ALL SELECT c.tableoid, c.oid, c.srvowner, c.srvacl, 'S' FROM pg_catalog.pg_foreign_server c
    ) o
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) i
    -- Identifiers below 16384 are the server's own (PostgreSQL source, transam.h).
    WHERE o.objid >= 16384
      -- Those of an extension, and what comes with something else, as the cast of a range type does.
      AND NOT EXISTS (
          SELECT
          FROM pg_catalog.pg_depend d
          WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype IN ('e', 'i'))
), described AS MATERIALIZED (
    SELECT d.classoid AS classid, d.objoid AS objid, d.objsubid AS place, ': comment' AS fact, d.description AS text
    FROM pg_catalog.pg_description d
    WHERE d.objoid >= 16384
       OR d.classoid IN ('pg_catalog.pg_namespace'::pg_catalog.regclass, 'pg_catalog.pg_extension'::pg_catalog.regclass)
    UNION ALL
    SELECT l.classoid, l.objoid, l.objsubid, ': label for ' || l.provider, l.label
    FROM pg_catalog.pg_seclabel l
), subject AS MATERIALIZED (
    -- What has an owner, privileges, a comment or a label. The schema `public` belongs to the server.
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid AS classid, n.oid AS objid, 0 AS place,
           'schema ' || pg_catalog.quote_ident(n.nspname) AS key, n.nspowner AS owner, NOT (n.oid = 2200 AND n.nspowner IN (10, 6171)) AS tells_owner,
           n.nspacl AS acl, 'n'::"char" AS letter
    FROM namespace n
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0, c.noun || ' ' || c.title, c.relowner,
           c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S'), c.relacl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"
    FROM relation c
    WHERE c.relkind <> 'c'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum,
           'column ' || c.title || '.' || pg_catalog.quote_ident(a.attname), c.relowner, false, a.attacl, 'c'
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
    WHERE a.attacl IS NOT NULL
       OR EXISTS (
           SELECT
           FROM described d
           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.place = a.attnum AND d.place <> 0)
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, 'function ' || p.title, p.proowner, true, p.proacl, 'f'
    FROM routine p
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0, t.noun || ' ' || t.title, t.typowner, true, t.typacl, 'T'
    FROM type t
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, o.oid, 0, 'constraint on ' || r.title || ': ' || pg_catalog.quote_ident(o.conname), NULL, false, NULL, NULL
    FROM described d
    JOIN pg_catalog.pg_constraint o ON o.oid = d.objid
    JOIN (SELECT c.oid AS relation, 0::pg_catalog.oid AS type, c.title FROM relation c UNION ALL SELECT 0, t.oid, t.title FROM type t) r
      ON r.relation = o.conrelid AND r.type = o.contypid
    WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
    UNION ALL
    SELECT d.classid, t.oid, 0, 'trigger on ' || c.title || ': ' || pg_catalog.quote_ident(t.tgname), NULL, false, NULL, NULL
    FROM described d
    JOIN pg_catalog.pg_trigger t ON t.oid = d.objid
    JOIN relation c ON c.oid = t.tgrelid
    WHERE d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
    UNION ALL
    SELECT d.classid, w.oid, 0, 'rule on ' || c.title || ': ' || pg_catalog.quote_ident(w.rulename), NULL, false, NULL, NULL
    FROM described d
    JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid
    JOIN relation c ON c.oid = w.ev_class
    WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    UNION ALL
    SELECT d.classid, p.oid, 0, 'policy on ' || c.title || ': ' || pg_catalog.quote_ident(p.polname), NULL, false, NULL, NULL
    FROM described d
    JOIN pg_catalog.pg_policy p ON p.oid = d.objid
    JOIN relation c ON c.oid = p.polrelid
    WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, 0,
           'statistics ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.stxname), s.stxowner, true, NULL, NULL
    FROM pg_catalog.pg_statistic_ext s
    JOIN namespace n ON n.oid = s.stxnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 0, 'publication ' || pg_catalog.quote_ident(p.pubname), p.pubowner, true, NULL, NULL
    FROM pg_catalog.pg_publication p
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, e.oid, 0, 'extension ' || pg_catalog.quote_ident(e.extname), e.extowner,
           e.oid >= 16384, NULL, NULL
    FROM pg_catalog.pg_extension e
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, 0, 'event trigger ' || pg_catalog.quote_ident(e.evtname), e.evtowner, true, NULL, NULL
    FROM pg_catalog.pg_event_trigger e
    UNION ALL
    SELECT o.classid, o.objid, 0, o.key, o.owner, o.owner IS NOT NULL, o.acl, o.letter
    FROM other o
)
