SELECT 'schema ' || pg_catalog.quote_ident(n.nspname) AS key, 'exists' AS value
FROM namespace n
UNION ALL
SELECT c.noun || ' ' || c.title,
       pg_catalog.concat_ws(', ',
           'kind ' || c.relkind::text, 'persistence ' || c.relpersistence::text,
           CASE WHEN c.relkind IN ('r', 'p', 'm') THEN 'replica identity ' || c.relreplident::text END,
           CASE WHEN c.relrowsecurity THEN 'row security' END,
           CASE WHEN c.relforcerowsecurity THEN 'row security forced' END,
           'method ' || m.amname,
           'options ' || (SELECT pg_catalog.string_agg(o, ' ' ORDER BY o) FROM pg_catalog.unnest(c.reloptions) o),
           'toast options ' || (SELECT pg_catalog.string_agg(o, ' ' ORDER BY o) FROM pg_catalog.unnest(t.reloptions) o),
           'partition ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid),
           'partitioned by ' || CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
           'of type ' || CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END)
FROM relation c
LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
UNION ALL
SELECT c.noun || ' ' || c.title || ': tablespace', s.spcname::text
FROM relation c
JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
UNION ALL
-- The parents in order: a second one may have the same columns.
SELECT c.noun || ' ' || c.title || ': inherits',
       h.inhseqno || ' ' || h.inhparent::pg_catalog.regclass::text
           || CASE WHEN (pg_catalog.to_jsonb(h) ->> 'inhdetachpending')::boolean THEN ', being detached' ELSE '' END
FROM relation c
JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
UNION ALL
SELECT 'foreign table ' || c.title || ': server', pg_catalog.concat_ws(', ', pg_catalog.quote_ident(s.srvname),
           (SELECT pg_catalog.string_agg(o.option_name || ' ' || CASE
                       WHEN o.option_name ~* 'pass|secret|token|key|user' THEN pg_catalog.md5(o.option_value)
                       ELSE o.option_value END, ', ' ORDER BY o.option_name)
            FROM pg_catalog.pg_options_to_table(f.ftoptions) o))
FROM relation c
JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
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
           CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal THEN 'inherited and local' ELSE 'inherited' END END)
FROM relation c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
UNION ALL
SELECT 'column ' || c.title || '.' || pg_catalog.quote_ident(a.attname) || ': ' || f.fact, f.text
FROM relation c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
CROSS JOIN LATERAL (VALUES
    ('storage', CASE WHEN a.attstorage <> t.typstorage THEN
        CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END),
    ('compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE NULLIF(a.attcompression::text, '') END),
    ('statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END),
    -- `pg_attver` is a mark that the server itself puts on columns (seen from 15.20 on): it
    -- differs from one CREATE TABLE to the next, and pg_dump leaves it out.
    ('options', (SELECT pg_catalog.string_agg(o.option, ', ' ORDER BY o.option)
                 FROM pg_catalog.unnest(a.attoptions) AS o (option)
                 WHERE o.option NOT LIKE 'pg\_attver=%')),
    ('foreign options', a.attfdwoptions::text)
) AS f (fact, text)
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
  AND (a.attstorage <> t.typstorage OR a.attcompression <> '' OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL OR a.attfdwoptions IS NOT NULL)
  AND f.text IS NOT NULL
UNION ALL
SELECT 'constraint on ' || c.title || ': ' || pg_catalog.quote_ident(o.conname),
       pg_catalog.concat_ws(', ', pg_catalog.pg_get_constraintdef(o.oid),
           CASE WHEN o.coninhcount > 0 THEN CASE WHEN o.conislocal THEN 'inherited and local' ELSE 'inherited' END END)
FROM relation c
JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid
WHERE o.contype NOT IN ('n', 't')
UNION ALL
-- NOT NULL is a constraint since 18. The column tells that it is there; a name that the server gave follows no rename.
SELECT 'column ' || c.title || '.' || pg_catalog.quote_ident(a.attname) || ': not null', n.text
FROM relation c
JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid AND o.contype = 'n'
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = o.conkey[1]
CROSS JOIN LATERAL (
    SELECT pg_catalog.concat_ws(', ',
        'named ' || CASE WHEN o.conname !~ '_not_null[0-9]*$' THEN o.conname END,
        CASE WHEN NOT o.convalidated THEN 'not valid' END,
        CASE WHEN o.connoinherit AND o.conislocal THEN 'no inherit' END) AS text) n
WHERE n.text <> ''
UNION ALL
-- ALTER TABLE … DISABLE TRIGGER ALL reaches those of foreign keys.
SELECT 'constraint on ' || c.title || ': ' || pg_catalog.quote_ident(o.conname) || ': triggers', 'enabled ' || t.tgenabled::text
FROM relation c
JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND t.tgisinternal AND t.tgenabled <> 'O'
JOIN pg_catalog.pg_constraint o ON o.oid = t.tgconstraint
WHERE t.tgparentid = 0
UNION ALL
SELECT 'constraint on ' || t.title || ': ' || pg_catalog.quote_ident(o.conname), pg_catalog.pg_get_constraintdef(o.oid)
FROM type t
JOIN pg_catalog.pg_constraint o ON o.contypid = t.oid
WHERE o.contype <> 'n'
UNION ALL
SELECT 'index ' || c.title,
       -- Options stand in the definition as they were set, in any order.
       pg_catalog.concat_ws(', ', CASE WHEN c.reloptions IS NULL THEN pg_catalog.pg_get_indexdef(i.indexrelid)
               ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid),
                   ' WITH \([^()]*\)(?= TABLESPACE| WHERE|$)', '') END,
           'options ' || (SELECT pg_catalog.string_agg(o, ' ' ORDER BY o) FROM pg_catalog.unnest(c.reloptions) o),
           CASE WHEN NOT i.indisvalid THEN 'invalid' END,
           CASE WHEN i.indisreplident THEN 'replica identity' END)
FROM relation c
JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
UNION ALL
SELECT 'index ' || c.title || ': clustered', 'yes'
FROM relation c
JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
WHERE i.indisclustered
UNION ALL
SELECT 'index ' || c.title || ': statistics',
       pg_catalog.string_agg(a.attnum || '=' || a.attstattarget, ' ' ORDER BY a.attnum)
FROM relation c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('i', 'I') AND a.attstattarget >= 0 AND a.attnum > 0
GROUP BY c.title
UNION ALL
SELECT 'trigger on ' || c.title || ': ' || pg_catalog.quote_ident(t.tgname),
       pg_catalog.pg_get_triggerdef(t.oid) || ', enabled ' || t.tgenabled::text
FROM relation c
JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule on ' || c.title || ': ' || pg_catalog.quote_ident(w.rulename), pg_catalog.pg_get_ruledef(w.oid) || ', enabled ' || w.ev_enabled::text
FROM relation c
JOIN pg_catalog.pg_rewrite w ON w.ev_class = c.oid
UNION ALL
SELECT 'policy on ' || c.title || ': ' || pg_catalog.quote_ident(p.polname),
       pg_catalog.concat_ws(', ',
           'for ' || p.polcmd::text, CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
           'to ' || (SELECT pg_catalog.string_agg(o.name, ' ' ORDER BY o.name) FROM role o WHERE o.oid = ANY (p.polroles)),
           'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation c
JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
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
SELECT 'statistics ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.stxname), pg_catalog.pg_get_statisticsobjdef(s.oid)
FROM pg_catalog.pg_statistic_ext s
JOIN namespace n ON n.oid = s.stxnamespace
UNION ALL
SELECT 'statistics ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.stxname) || ': statistics', s.stxstattarget::text
FROM pg_catalog.pg_statistic_ext s
JOIN namespace n ON n.oid = s.stxnamespace
WHERE s.stxstattarget >= 0
