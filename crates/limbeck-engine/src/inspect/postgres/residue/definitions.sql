UNION ALL
SELECT 'function ' || p.title,
       CASE WHEN p.prokind = 'a'
           THEN pg_catalog.concat_ws(', ', 'aggregate ' || pg_catalog.pg_get_function_result(p.oid),
               'type ' || pg_catalog.format_type(a.aggtranstype, NULL),
               'moving type ' || CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END,
               'sorts by ' || NULLIF(a.aggsortop::pg_catalog.regoperator::text, '0'),
               'parallel ' || p.proparallel::text,
               (pg_catalog.to_jsonb(a) - '{aggfnoid,aggtranstype,aggmtranstype,aggsortop}'::text[])::text)
           ELSE pg_catalog.pg_get_functiondef(p.oid) END
FROM routine p
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
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
           'operator class ' || r.opcname,
           'collation ' || CASE WHEN r.rngcollation <> 0 THEN r.rngcollation::pg_catalog.regcollation::text END,
           'canonical ' || NULLIF(r.rngcanonical::text, '-'),
           'difference ' || NULLIF(r.rngsubdiff::text, '-'),
           'multirange ' || r.multirange,
           CASE WHEN t.typtype = 'b' THEN pg_catalog.concat_ws(' ', t.typlen, t.typbyval, t.typcategory, t.typispreferred, t.typdelim,
               t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze,
               pg_catalog.to_jsonb(t) ->> 'typsubscript', t.typalign, t.typstorage, t.typcollation <> 0,
               CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END) END)
FROM type t
LEFT JOIN (
    SELECT e.enumtypid, pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)::text AS labels
    FROM pg_catalog.pg_enum e
    GROUP BY e.enumtypid
) e ON e.enumtypid = t.oid
LEFT JOIN (
    SELECT r.*, o.opcname, (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.regtype::text AS multirange
    FROM pg_catalog.pg_range r
    JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
) r ON r.rngtypid = t.oid
UNION ALL
SELECT 'publication ' || pg_catalog.quote_ident(p.pubname),
       pg_catalog.concat_ws(', ',
           CASE WHEN p.puballtables THEN 'all tables' END, CASE WHEN p.pubinsert THEN 'insert' END,
           CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
           CASE WHEN p.pubtruncate THEN 'truncate' END, CASE WHEN p.pubviaroot THEN 'via root' END,
           'generated columns ' || NULLIF(pg_catalog.to_jsonb(p) ->> 'pubgencols', 'n'))
FROM pg_catalog.pg_publication p
UNION ALL
-- A publication lists tables and, since 15, schemas; the view adds columns and row filters. It lists all columns where
-- none were named.
SELECT 'publication ' || pg_catalog.quote_ident(t.pubname) || ': ' || t.schemaname || '.' || t.tablename,
       pg_catalog.concat_ws(', ', 'columns ' || CASE WHEN pg_catalog.to_jsonb(m) ->> 'prattrs' IS NOT NULL THEN (
               SELECT pg_catalog.string_agg(n, ' ' ORDER BY n)
               FROM pg_catalog.jsonb_array_elements_text(NULLIF(pg_catalog.to_jsonb(t) -> 'attnames', 'null')) n) END,
           'where ' || (pg_catalog.to_jsonb(t) ->> 'rowfilter'))
FROM pg_catalog.pg_publication_tables t
JOIN pg_catalog.pg_publication p ON p.pubname = t.pubname
JOIN pg_catalog.pg_class c ON c.relname = t.tablename
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = t.schemaname
JOIN pg_catalog.pg_publication_rel m ON m.prpubid = p.oid AND m.prrelid = c.oid
UNION ALL
SELECT 'publication ' || pg_catalog.quote_ident(p.pubname) || ': member', pg_catalog.pg_describe_object(d.classid, d.objid, 0)
FROM pg_catalog.pg_publication p
JOIN pg_catalog.pg_depend d
  ON d.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND d.refobjid = p.oid
UNION ALL
-- Where it connects to is no business of ours, and may hold a password: its hash is enough. Only a superuser may read it,
-- and a query that names the column is refused to all others, so that it is text here.
SELECT 'subscription ' || pg_catalog.quote_ident(s.subname),
       pg_catalog.concat_ws(', ', CASE WHEN s.subenabled THEN 'enabled' END, 'slot ' || s.subslotname,
           'publications ' || s.subpublications::text,
           CASE WHEN pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'SELECT') THEN
               'settings ' || pg_catalog.substring(pg_catalog.query_to_xml(
                   'SELECT pg_catalog.md5((pg_catalog.to_jsonb(s) - ''{oid,subdbid,subowner,subskiplsn}''::text[])::text) AS hash
                    FROM pg_catalog.pg_subscription s WHERE s.subname = ' || pg_catalog.quote_literal(s.subname)
                   || ' AND s.subdbid = ' || s.subdbid, true, true, '')::text, '<hash>([0-9a-f]+)</hash>') END)
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database b ON b.oid = s.subdbid AND b.datname = pg_catalog.current_database()
UNION ALL
SELECT 'subscription ' || pg_catalog.quote_ident(s.subname) || ': owner', o.name
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database b ON b.oid = s.subdbid AND b.datname = pg_catalog.current_database()
JOIN role o ON o.oid = s.subowner
WHERE o.name <> 'CURRENT_USER'
UNION ALL
SELECT 'extension ' || pg_catalog.quote_ident(e.extname), e.extversion || ', schema ' || n.nspname
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
UNION ALL
SELECT 'event trigger ' || pg_catalog.quote_ident(e.evtname),
       pg_catalog.concat_ws(', ', 'on ' || e.evtevent, 'tags ' || e.evttags::text, 'enabled ' || e.evtenabled::text,
           'calls ' || e.evtfoid::pg_catalog.regprocedure::text)
FROM pg_catalog.pg_event_trigger e
UNION ALL
SELECT o.key, d.text
FROM other o
JOIN (
    SELECT c.tableoid AS classid, c.oid AS objid,
           (pg_catalog.to_jsonb(c) - '{oid,collname,collnamespace,collowner,collversion,collencoding}'::text[])::text AS text
    FROM pg_catalog.pg_collation c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(' ', pg_catalog.pg_encoding_to_char(c.conforencoding), pg_catalog.pg_encoding_to_char(c.contoencoding),
               c.conproc, CASE WHEN c.condefault THEN 'default' END)
    FROM pg_catalog.pg_conversion c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', 'calls ' || c.oprcode::text, 'gives ' || pg_catalog.format_type(c.oprresult, NULL),
               'commutator ' || NULLIF(c.oprcom::pg_catalog.regoperator::text, '0'), 'negator ' || NULLIF(c.oprnegate::pg_catalog.regoperator::text, '0'),
               'restrict ' || NULLIF(c.oprrest::text, '-'), 'join ' || NULLIF(c.oprjoin::text, '-'),
               CASE WHEN c.oprcanmerge THEN 'merges' END, CASE WHEN c.oprcanhash THEN 'hashes' END)
    FROM pg_catalog.pg_operator c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', 'for ' || pg_catalog.format_type(c.opcintype, NULL), 'family ' || f.opfname,
               CASE WHEN c.opcdefault THEN 'default' END, 'stores ' || CASE WHEN c.opckeytype <> 0 THEN pg_catalog.format_type(c.opckeytype, NULL) END)
    FROM pg_catalog.pg_opclass c
    JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', 'family',
               (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.amopstrategy, a.amopopr::pg_catalog.regoperator, a.amoppurpose,
                                                 CASE WHEN a.amopsortfamily <> 0 THEN 'sorts' END), ', ' ORDER BY a.amopstrategy, a.amopopr::pg_catalog.regoperator::text)
                FROM pg_catalog.pg_amop a WHERE a.amopfamily = c.oid),
               (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.amprocnum, pg_catalog.format_type(a.amproclefttype, NULL),
                                                 pg_catalog.format_type(a.amprocrighttype, NULL), a.amproc::text), ', '
                                             ORDER BY a.amprocnum, a.amproclefttype::pg_catalog.regtype::text, a.amprocrighttype::pg_catalog.regtype::text)
                FROM pg_catalog.pg_amproc a WHERE a.amprocfamily = c.oid))
    FROM pg_catalog.pg_opfamily c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', 'calls ' || CASE WHEN c.castfunc <> 0 THEN c.castfunc::pg_catalog.regprocedure::text END,
               'context ' || c.castcontext::text, 'method ' || c.castmethod::text)
    FROM pg_catalog.pg_cast c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', CASE WHEN c.lanpltrusted THEN 'trusted' END, 'handler ' || c.lanplcallfoid::pg_catalog.regprocedure::text,
               'inline ' || NULLIF(c.laninline::pg_catalog.regprocedure::text, '-'), 'validator ' || NULLIF(c.lanvalidator::pg_catalog.regprocedure::text, '-'))
    FROM pg_catalog.pg_language c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, pg_catalog.concat_ws(', ', 'from ' || c.trffromsql::text, 'to ' || c.trftosql::text)
    FROM pg_catalog.pg_transform c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, pg_catalog.concat_ws(', ', 'type ' || c.amtype::text, 'handler ' || c.amhandler::text)
    FROM pg_catalog.pg_am c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', 'parser ' || p.prsname,
               (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', t.alias, m.dicts), ', ' ORDER BY t.alias)
                FROM (SELECT m.maptokentype, pg_catalog.string_agg(m.mapdict::pg_catalog.regdictionary::text, ' ' ORDER BY m.mapseqno) AS dicts
                      FROM pg_catalog.pg_ts_config_map m
                      WHERE m.mapcfg = c.oid
                      GROUP BY m.maptokentype) m
                JOIN pg_catalog.ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype))
    FROM pg_catalog.pg_ts_config c
    JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, pg_catalog.concat_ws(', ', 'template ' || t.tmplname, c.dictinitoption)
    FROM pg_catalog.pg_ts_dict c
    JOIN pg_catalog.pg_ts_template t ON t.oid = c.dicttemplate
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, pg_catalog.concat_ws(' ', c.prsstart, c.prstoken, c.prsend, c.prsheadline, c.prslextype)
    FROM pg_catalog.pg_ts_parser c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, pg_catalog.concat_ws(' ', c.tmplinit, c.tmpllexize)
    FROM pg_catalog.pg_ts_template c
    WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', 'handler ' || NULLIF(c.fdwhandler::pg_catalog.regprocedure::text, '-'),
               'validator ' || NULLIF(c.fdwvalidator::pg_catalog.regprocedure::text, '-'),
               'options ' || (SELECT pg_catalog.string_agg(o.option_name || ' ' || pg_catalog.md5(o.option_value), ', ' ORDER BY o.option_name)
                              FROM pg_catalog.pg_options_to_table(c.fdwoptions) o))
    FROM pg_catalog.pg_foreign_data_wrapper c
    WHERE c.oid >= 16384
    UNION ALL
    -- An option may be a password: its hash is enough where its name does not tell that it is none.
    SELECT c.tableoid, c.oid,
           pg_catalog.concat_ws(', ', 'wrapper ' || w.fdwname, 'type ' || c.srvtype, 'version ' || c.srvversion,
               'options ' || (SELECT pg_catalog.string_agg(o.option_name || ' ' || CASE
                                         WHEN o.option_name IN ('host', 'hostaddr', 'port', 'dbname', 'fetch_size', 'use_remote_estimate', 'updatable') THEN o.option_value
                                         ELSE pg_catalog.md5(o.option_value) END, ', ' ORDER BY o.option_name)
                              FROM pg_catalog.pg_options_to_table(c.srvoptions) o))
    FROM pg_catalog.pg_foreign_server c
    JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = c.srvfdw
    WHERE c.oid >= 16384
) d ON d.classid = o.classid AND d.objid = o.objid
UNION ALL
SELECT 'user mapping for ' || o.name || ' on server ' || pg_catalog.quote_ident(m.srvname),
       pg_catalog.concat_ws(', ', 'exists',
           (SELECT pg_catalog.string_agg(t.option_name || ' ' || pg_catalog.md5(t.option_value), ', ' ORDER BY t.option_name)
            FROM pg_catalog.pg_options_to_table(m.umoptions) t))
FROM pg_catalog.pg_user_mappings m
JOIN role o ON o.oid = m.umuser
