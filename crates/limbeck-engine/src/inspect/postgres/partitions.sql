-- How partitioned tables and their partitions are made. What a partition takes over from its table is not said again.
-- What can change in place is a setting: constraints, indexes and their names, whom a sequence belongs to.
WITH relation AS MATERIALIZED (
    SELECT c.*, n.nspname, c.oid::pg_catalog.regclass::text AS title
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE (c.relkind = 'p' OR c.relkind = 'r' AND c.relispartition)
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend e
          WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.deptype = 'e')
), attribute AS MATERIALIZED (
    SELECT c.oid AS relation, c.relispartition, a.*, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
           -- A serial column has a sequence of its own under the name that the server gives.
           a.atttypid::pg_catalog.regtype::text IN ('smallint', 'integer', 'bigint') AND EXISTS (
               SELECT
               FROM pg_catalog.pg_depend o
               JOIN pg_catalog.pg_class s ON s.oid = o.objid AND s.relkind = 'S'
               WHERE o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                 AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum
                 AND o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.deptype = 'a'
                 AND s.relname = c.relname || '_' || a.attname || '_seq') AS serial
    FROM relation c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
), part AS (
    SELECT a.relation, 1 AS place, a.attnum::int AS number, a.attname::text AS name,
           pg_catalog.format('%I %s%s%s%s', a.attname,
               CASE WHEN a.serial THEN
                        CASE a.atttypid::pg_catalog.regtype::text WHEN 'bigint' THEN 'bigserial' WHEN 'smallint' THEN 'smallserial' ELSE 'serial' END
                    ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END,
               (SELECT ' COLLATE ' || k.oid::pg_catalog.regcollation::text
                FROM pg_catalog.pg_collation k
                JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
                WHERE k.oid = a.attcollation AND a.attcollation <> b.typcollation),
               CASE WHEN a.attgenerated = 's' THEN pg_catalog.format(' GENERATED ALWAYS AS (%s) STORED', a.expression)
                    WHEN a.serial IS NOT TRUE THEN ' DEFAULT ' || a.expression END,
               CASE WHEN a.attnotnull THEN ' NOT NULL' END) AS text
    FROM attribute a
    WHERE NOT a.relispartition
    UNION ALL
    SELECT a.relation, 1, a.attnum, a.attname,
           pg_catalog.format('%I%s%s', a.attname,
               CASE WHEN a.expression IS DISTINCT FROM b.expression THEN ' DEFAULT ' || COALESCE(a.expression, 'NULL') END,
               CASE WHEN a.attnotnull AND NOT b.attnotnull THEN ' NOT NULL' END)
    FROM attribute a
    JOIN pg_catalog.pg_inherits h ON h.inhrelid = a.relation
    JOIN attribute b ON b.relation = h.inhparent AND b.attname = a.attname
    WHERE a.relispartition
      AND (a.attgenerated = '' AND a.expression IS DISTINCT FROM b.expression OR a.attnotnull AND NOT b.attnotnull)
), body AS (
    SELECT p.relation, pg_catalog.string_agg(p.text, E',\n    ' ORDER BY p.place, p.number, p.name) AS text
    FROM part p
    GROUP BY p.relation
), attached AS (
    -- The indexes of partitions that stand for one of their table, and what the server calls them when it makes them with
    -- the partition (PostgreSQL source, ChooseIndexName).
    SELECT c.oid AS relation, c.nspname, i.oid AS index, i.relname::text AS name,
           c.relname || '_' || CASE WHEN x.indisprimary THEN 'pkey' ELSE (
               SELECT pg_catalog.string_agg(a.attname, '_' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = h.inhparent)
               || CASE WHEN x.indisexclusion THEN '_excl' WHEN k.oid IS NOT NULL THEN '_key' ELSE '_idx' END END AS usual
    FROM relation c
    JOIN pg_catalog.pg_index x ON x.indrelid = c.oid
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.oid
    LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = h.inhparent AND k.contype IN ('p', 'u', 'x')
), setting AS (
    -- A name that is cut, or that two would have, cannot be told beforehand.
    SELECT t.relation, 0 AS place, 'index_name' AS kind, t.name,
           pg_catalog.format('ALTER INDEX IF EXISTS %I.%I RENAME TO %I', t.nspname, t.usual, t.name) AS make,
           pg_catalog.format('ALTER INDEX IF EXISTS %s RENAME TO %I', t.index::pg_catalog.regclass, t.usual) AS undo
    FROM (SELECT t.*, pg_catalog.count(*) OVER (PARTITION BY t.relation, t.usual) AS alike FROM attached t) t
    WHERE t.usual <> t.name AND t.alike = 1 AND pg_catalog.octet_length(t.usual) < 64
    UNION ALL
    -- Of all constraints, keys and uniques come first, which others of the table may reference.
    SELECT c.oid, CASE WHEN k.contype IN ('p', 'u') THEN 1 ELSE 2 END, 'constraint', k.conname,
           pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.title, k.conname, pg_catalog.pg_get_constraintdef(k.oid)),
           pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.title, k.conname)
    FROM relation c
    JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid
    WHERE k.conparentid = 0 AND k.conislocal AND k.contype IN ('c', 'p', 'u', 'f', 'x')
    UNION ALL
    SELECT c.oid, 3, CASE WHEN x.indisunique THEN 'constraint' ELSE 'other' END, i.relname::text,
           -- Made before there are partitions, the index is one for each of them, too.
           pg_catalog.replace(pg_catalog.pg_get_indexdef(x.indexrelid), ' ON ONLY ', ' ON ') AS make,
           pg_catalog.format('DROP INDEX %s', x.indexrelid::pg_catalog.regclass) AS undo
    FROM relation c
    JOIN pg_catalog.pg_index x ON x.indrelid = c.oid
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.indexrelid)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT c.oid, 4, 'other', NULL, pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.title),
           pg_catalog.format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', c.title)
    FROM relation c
    WHERE c.relrowsecurity
    UNION ALL
    SELECT c.oid, 5, 'other', NULL, pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', c.title),
           pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', c.title)
    FROM relation c
    WHERE c.relforcerowsecurity
    UNION ALL
    SELECT c.oid, 6, 'other', NULL,
           pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY %s', c.title, CASE c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END),
           pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', c.title)
    FROM relation c
    WHERE c.relreplident IN ('f', 'n')
    UNION ALL
    SELECT c.oid, 7, 'ownership', s.relname,
           pg_catalog.format('ALTER SEQUENCE %s OWNED BY %s.%I', s.oid::pg_catalog.regclass, c.title, a.attname),
           pg_catalog.format('ALTER SEQUENCE %s OWNED BY NONE', s.oid::pg_catalog.regclass)
    FROM relation c
    JOIN attribute a ON a.relation = c.oid
    JOIN pg_catalog.pg_depend o
      ON o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjid = c.oid AND o.refobjsubid = a.attnum
     AND o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.deptype = 'a'
    JOIN pg_catalog.pg_class s ON s.oid = o.objid AND s.relkind = 'S'
    WHERE NOT (a.serial AND s.relname = c.relname || '_' || a.attname || '_seq')
    UNION ALL
    SELECT c.oid, 8, 'comment', a.attname,
           pg_catalog.format('COMMENT ON %s IS %L',
               CASE WHEN a.attname IS NULL THEN 'TABLE ' || c.title ELSE pg_catalog.format('COLUMN %s.%I', c.title, a.attname) END, d.description),
           pg_catalog.format('COMMENT ON %s IS NULL',
               CASE WHEN a.attname IS NULL THEN 'TABLE ' || c.title ELSE pg_catalog.format('COLUMN %s.%I', c.title, a.attname) END)
    FROM relation c
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid
    LEFT JOIN attribute a ON a.relation = c.oid AND a.attnum = d.objsubid
), used AS (
    SELECT DISTINCT c.oid AS relation, f.oid AS other, k.confkey
    FROM relation c
    JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
    JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
    WHERE f.oid <> c.oid
)
SELECT pg_catalog.json_build_object(
           'schema', c.nspname, 'name', c.relname,
           'definition',
           CASE WHEN EXISTS (
                    SELECT
                    FROM attribute a
                    WHERE a.relation = c.oid AND (a.attidentity <> '' OR a.attgenerated NOT IN ('', 's'))) THEN NULL
                WHEN c.relreplident = 'i' THEN NULL
                WHEN c.relispartition THEN
               pg_catalog.format('CREATE TABLE %s PARTITION OF %s%s %s%s%s', c.title,
                   (SELECT h.inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid),
                   E' (\n    ' || b.text || E'\n)',
                   pg_catalog.pg_get_expr(c.relpartbound, c.oid),
                   ' PARTITION BY ' || CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
                   ' WITH (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')')
           ELSE
               pg_catalog.format(E'CREATE%s TABLE %s (\n    %s\n) PARTITION BY %s',
                   CASE c.relpersistence WHEN 'u' THEN ' UNLOGGED' END, c.title, b.text, pg_catalog.pg_get_partkeydef(c.oid))
           END,
           'settings', COALESCE(
               (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('kind', s.kind, 'make', s.make, 'undo', s.undo) ORDER BY s.place, s.name)
                FROM setting s
                WHERE s.relation = c.oid), '[]'),
           'uses', COALESCE(
               (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                           'kind', CASE WHEN f.relkind = 'p' OR f.relispartition THEN 'partition' ELSE 'column' END,
                           'schema', n.nspname, 'name', f.relname,
                           'member', CASE WHEN f.relkind = 'r' AND NOT f.relispartition THEN a.attname END))
                FROM used u
                JOIN pg_catalog.pg_class f ON f.oid = u.other
                JOIN pg_catalog.pg_namespace n ON n.oid = f.relnamespace
                JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attnum = ANY (u.confkey)
                WHERE u.relation = c.oid), '[]'))
FROM relation c
LEFT JOIN body b ON b.relation = c.oid;
