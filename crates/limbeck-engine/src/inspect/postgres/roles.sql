-- The roles that something in this database belongs to or is granted to.
SELECT r.rolname
FROM pg_catalog.pg_shdepend d
JOIN pg_catalog.pg_database b ON b.oid = d.dbid AND b.datname = pg_catalog.current_database()
JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
WHERE r.rolname !~ '^pg_' AND r.rolname <> CURRENT_USER
GROUP BY r.rolname
ORDER BY r.rolname COLLATE pg_catalog."C";
