//! What two databases can differ in besides the shape of their tables, one thing at a time.

/// A database, and what is done to it that makes it another one.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) base: &'static str,
    pub(super) change: &'static str,
}

pub(super) const fn case(name: &'static str, base: &'static str, change: &'static str) -> Case {
    Case { name, base, change }
}

pub(super) const CLERK: &str =
    "DO $$ BEGIN CREATE ROLE clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$;";

/// What a role has to do with, which stands before each of these.
pub(super) const ROLES: &[Case] = &[
    case(
        "a table's owner",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t OWNER TO clerk",
    ),
    case(
        "a schema's owner",
        "CREATE SCHEMA s",
        "ALTER SCHEMA s OWNER TO clerk",
    ),
    case(
        "a view's owner",
        "CREATE VIEW v AS SELECT 1 AS a",
        "ALTER VIEW v OWNER TO clerk",
    ),
    case(
        "a function's owner",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION f() OWNER TO clerk",
    ),
    case(
        "an enum's owner",
        "CREATE TYPE e AS ENUM ('a')",
        "ALTER TYPE e OWNER TO clerk",
    ),
    case(
        "a domain's owner",
        "CREATE DOMAIN d AS int",
        "ALTER DOMAIN d OWNER TO clerk",
    ),
    case(
        "a sequence's owner",
        "CREATE SEQUENCE s",
        "ALTER SEQUENCE s OWNER TO clerk",
    ),
    case(
        "a grant on a table",
        "CREATE TABLE t (a int)",
        "GRANT SELECT ON t TO clerk",
    ),
    case(
        "a grant to everybody",
        "CREATE TABLE t (a int)",
        "GRANT SELECT ON t TO PUBLIC",
    ),
    case(
        "a grant that can be given on",
        "CREATE TABLE t (a int); GRANT SELECT ON t TO clerk",
        "GRANT SELECT ON t TO clerk WITH GRANT OPTION",
    ),
    case(
        "what the owner may not",
        "CREATE TABLE t (a int)",
        "REVOKE UPDATE ON t FROM CURRENT_USER",
    ),
    case(
        "a grant on a column",
        "CREATE TABLE t (a int)",
        "GRANT UPDATE (a) ON t TO clerk",
    ),
    case(
        "a grant on a sequence",
        "CREATE SEQUENCE s",
        "GRANT USAGE ON SEQUENCE s TO clerk",
    ),
    case(
        "a grant on the sequence of a column",
        "CREATE TABLE t (a serial)",
        "GRANT USAGE ON SEQUENCE t_a_seq TO clerk",
    ),
    case(
        "a grant on a schema",
        "CREATE SCHEMA s",
        "GRANT USAGE ON SCHEMA s TO clerk",
    ),
    case(
        "a grant on the schema public",
        "",
        "GRANT CREATE ON SCHEMA public TO clerk",
    ),
    case(
        "what everybody may not run",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC",
    ),
    case(
        "a grant on a type",
        "CREATE TYPE e AS ENUM ('a')",
        "REVOKE USAGE ON TYPE e FROM PUBLIC",
    ),
    case(
        "a grant on a domain",
        "CREATE DOMAIN d AS int",
        "REVOKE USAGE ON DOMAIN d FROM PUBLIC",
    ),
    case(
        "a grant on a language",
        "",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
    ),
    case(
        "a grant on a function of the server",
        "",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC",
    ),
    case(
        "a grant on a table of the server",
        "",
        "GRANT SELECT ON pg_catalog.pg_authid TO clerk",
    ),
    case(
        "a grant on a function of an extension",
        "CREATE EXTENSION citext",
        "REVOKE EXECUTE ON FUNCTION citext_eq(citext, citext) FROM PUBLIC",
    ),
    case(
        "default privileges",
        "",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    ),
    case(
        "default privileges of a role",
        "",
        "ALTER DEFAULT PRIVILEGES FOR ROLE clerk GRANT SELECT ON TABLES TO PUBLIC",
    ),
    case(
        "default privileges in a schema",
        "CREATE SCHEMA s",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT USAGE ON TYPES TO clerk",
    ),
    case(
        "what is no default privilege",
        "",
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    ),
    case(
        "whom a policy is for",
        "CREATE TABLE t (a int); CREATE POLICY p ON t USING (a > 0)",
        "ALTER POLICY p ON t TO clerk",
    ),
    case(
        "a user mapping",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE USER MAPPING FOR clerk SERVER s OPTIONS (password 'secret')",
    ),
    case(
        "what a user mapping says",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE USER MAPPING FOR clerk SERVER s OPTIONS (password 'secret')",
        "ALTER USER MAPPING FOR clerk SERVER s OPTIONS (SET password 'other')",
    ),
    case(
        "a foreign server's owner",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "GRANT USAGE ON FOREIGN SERVER s TO clerk",
    ),
    case(
        "a publication's owner",
        "CREATE PUBLICATION p",
        "ALTER PUBLICATION p OWNER TO limbeck_sides_super",
    ),
];

pub(super) const CASES: &[Case] = &[
    case(
        "a comment on a schema",
        "CREATE SCHEMA s",
        "COMMENT ON SCHEMA s IS 'x'",
    ),
    case(
        "a comment on a table",
        "CREATE TABLE t (a int)",
        "COMMENT ON TABLE t IS 'x'",
    ),
    case(
        "a comment on a column",
        "CREATE TABLE t (a int)",
        "COMMENT ON COLUMN t.a IS 'x'",
    ),
    case(
        "a comment on a sequence",
        "CREATE SEQUENCE s",
        "COMMENT ON SEQUENCE s IS 'x'",
    ),
    case(
        "a comment on an identity sequence",
        "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)",
        "COMMENT ON SEQUENCE t_a_seq IS 'x'",
    ),
    case(
        "a comment on a key",
        "CREATE TABLE t (a int PRIMARY KEY)",
        "COMMENT ON CONSTRAINT t_pkey ON t IS 'x'",
    ),
    case(
        "a comment on the index of a key",
        "CREATE TABLE t (a int PRIMARY KEY)",
        "COMMENT ON INDEX t_pkey IS 'x'",
    ),
    case(
        "a comment on a domain's constraint",
        "CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0)",
        "COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'",
    ),
    case(
        "a comment on an attribute",
        "CREATE TYPE c AS (a int)",
        "COMMENT ON COLUMN c.a IS 'x'",
    ),
    case(
        "a comment on a type",
        "CREATE TYPE c AS (a int)",
        "COMMENT ON TYPE c IS 'x'",
    ),
    case(
        "a comment on an aggregate",
        "CREATE AGGREGATE g (int) (SFUNC = int4pl, STYPE = int)",
        "COMMENT ON AGGREGATE g (int) IS 'x'",
    ),
    case(
        "a comment on a collation",
        "CREATE COLLATION c FROM \"C\"",
        "COMMENT ON COLLATION c IS 'x'",
    ),
    case(
        "a comment on a materialised view's index",
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE INDEX i ON m (a)",
        "COMMENT ON INDEX i IS 'x'",
    ),
    case(
        "a comment on an extension",
        "CREATE EXTENSION citext",
        "COMMENT ON EXTENSION citext IS 'x'",
    ),
    case(
        "a comment on an event trigger",
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()",
        "COMMENT ON EVENT TRIGGER e IS 'x'",
    ),
    case(
        "a comment on a publication",
        "CREATE PUBLICATION p",
        "COMMENT ON PUBLICATION p IS 'x'",
    ),
    case(
        "a comment on a policy",
        "CREATE TABLE t (a int); CREATE POLICY p ON t",
        "COMMENT ON POLICY p ON t IS 'x'",
    ),
    case(
        "a comment on a rule",
        "CREATE TABLE t (a int); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
        "COMMENT ON RULE r ON t IS 'x'",
    ),
    case(
        "a comment on a cast",
        "CREATE TYPE c AS (a int); CREATE CAST (c AS text) WITH INOUT",
        "COMMENT ON CAST (c AS text) IS 'x'",
    ),
    case(
        "a comment on statistics",
        "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t",
        "COMMENT ON STATISTICS s IS 'x'",
    ),
    case(
        "a comment on a partition's column",
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT",
        "COMMENT ON COLUMN p1.a IS 'x'",
    ),
    case(
        "a comment on a partition's index",
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE INDEX i ON p (a)",
        "COMMENT ON INDEX i IS 'x'",
    ),
    case(
        "a comment on a foreign server",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "COMMENT ON SERVER s IS 'x'",
    ),
    case(
        "storage",
        "CREATE TABLE t (a text)",
        "ALTER TABLE t ALTER a SET STORAGE EXTERNAL",
    ),
    case(
        "storage of a partition",
        "CREATE TABLE p (a text) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT",
        "ALTER TABLE p1 ALTER a SET STORAGE EXTERNAL",
    ),
    case(
        "storage of a materialised view",
        "CREATE MATERIALIZED VIEW m AS SELECT 'x'::text AS a",
        "ALTER MATERIALIZED VIEW m ALTER a SET STORAGE EXTERNAL",
    ),
    case(
        "compression",
        "CREATE TABLE t (a text)",
        "ALTER TABLE t ALTER a SET COMPRESSION pglz",
    ),
    case(
        "a statistics target",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ALTER a SET STATISTICS 7",
    ),
    case(
        "a statistics target of zero",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ALTER a SET STATISTICS 0",
    ),
    case(
        "a statistics target of an index",
        "CREATE TABLE t (a int); CREATE INDEX i ON t ((a + 1))",
        "ALTER INDEX i ALTER 1 SET STATISTICS 7",
    ),
    case(
        "how many values are told",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ALTER a SET (n_distinct = 5)",
    ),
    case(
        "CLUSTER ON",
        "CREATE TABLE t (a int PRIMARY KEY)",
        "ALTER TABLE t CLUSTER ON t_pkey",
    ),
    case(
        "an unlogged sequence",
        "CREATE SEQUENCE s",
        "ALTER SEQUENCE s SET UNLOGGED",
    ),
    case(
        "the name of an identity sequence",
        "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)",
        "ALTER SEQUENCE t_a_seq RENAME TO other",
    ),
    case(
        "the owner of a sequence",
        "CREATE TABLE t (a int); CREATE SEQUENCE s",
        "ALTER SEQUENCE s OWNED BY t.a",
    ),
    case(
        "a sequence of a partitioned table",
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE SEQUENCE s",
        "ALTER SEQUENCE s OWNED BY p.a",
    ),
    case(
        "an index that is attached",
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT;
         CREATE INDEX i ON ONLY p (a); CREATE INDEX i1 ON p1 (a)",
        "ALTER INDEX i ATTACH PARTITION i1",
    ),
    case(
        "a foreign-data wrapper",
        "",
        "CREATE FOREIGN DATA WRAPPER w",
    ),
    case(
        "a foreign server",
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE SERVER s FOREIGN DATA WRAPPER w",
    ),
    case(
        "what a foreign server says",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "ALTER SERVER s OPTIONS (host 'h')",
    ),
    case(
        "a foreign table",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int) SERVER s",
        "ALTER FOREIGN TABLE f OPTIONS (x 'y')",
    ),
    case(
        "an operator",
        "CREATE FUNCTION f(int, int) RETURNS bool LANGUAGE sql AS 'SELECT true'",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = f)",
    ),
    case(
        "what an operator does",
        "CREATE FUNCTION f(int, int) RETURNS bool LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = f)",
        "ALTER OPERATOR === (int, int) SET (RESTRICT = eqsel)",
    ),
    case(
        "an operator class",
        "",
        "CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int)",
    ),
    case(
        "what is in an operator family",
        "CREATE OPERATOR FAMILY f USING btree",
        "ALTER OPERATOR FAMILY f USING btree ADD OPERATOR 1 < (int, int), FUNCTION 1 btint4cmp(int, int)",
    ),
    case(
        "a cast",
        "CREATE TYPE c AS (a int)",
        "CREATE CAST (c AS text) WITH INOUT",
    ),
    case(
        "when a cast is made",
        "CREATE TYPE c AS (a int); CREATE CAST (c AS text) WITH INOUT",
        "DROP CAST (c AS text); CREATE CAST (c AS text) WITH INOUT AS ASSIGNMENT",
    ),
    case(
        "a conversion",
        "",
        "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
    ),
    case(
        "an access method",
        "",
        "CREATE ACCESS METHOD a TYPE INDEX HANDLER bthandler",
    ),
    case(
        "a language",
        "",
        "CREATE LANGUAGE l HANDLER plpgsql_call_handler",
    ),
    case(
        "a transform",
        "",
        "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))",
    ),
    case("a base type", "", "CREATE TYPE b"),
    case(
        "a text search dictionary",
        "",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
    ),
    case(
        "what a dictionary says",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
        "ALTER TEXT SEARCH DICTIONARY d (accept = false)",
    ),
    case(
        "a text search configuration",
        "",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = english)",
    ),
    case(
        "what a configuration maps",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = english)",
        "ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word WITH simple",
    ),
    case("a collation", "", "CREATE COLLATION c FROM \"C\""),
    case(
        "what a collation is",
        "CREATE COLLATION c FROM \"C\"",
        "DROP COLLATION c; CREATE COLLATION c FROM \"POSIX\"",
    ),
    case(
        "a publication",
        "CREATE TABLE t (a int)",
        "CREATE PUBLICATION p FOR TABLE t",
    ),
    case(
        "what a publication has",
        "CREATE TABLE t (a int); CREATE PUBLICATION p",
        "ALTER PUBLICATION p ADD TABLE t",
    ),
    case(
        "what a publication tells",
        "CREATE PUBLICATION p",
        "ALTER PUBLICATION p SET (publish = 'insert')",
    ),
    case(
        "an event trigger that sleeps",
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()",
        "ALTER EVENT TRIGGER e DISABLE",
    ),
    case(
        "a trigger that sleeps",
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()",
        "ALTER TABLE t DISABLE TRIGGER x",
    ),
    case(
        "a foreign key that sleeps",
        "CREATE TABLE o (a int PRIMARY KEY); CREATE TABLE t (a int REFERENCES o)",
        "ALTER TABLE t DISABLE TRIGGER ALL",
    ),
    case(
        "a rule that sleeps",
        "CREATE TABLE t (a int); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
        "ALTER TABLE t DISABLE RULE r",
    ),
    case(
        "row security",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    ),
    case(
        "replica identity",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t REPLICA IDENTITY FULL",
    ),
    case(
        "a function's body",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    ),
    case(
        "how an aggregate begins",
        "CREATE AGGREGATE g (int) (SFUNC = int4pl, STYPE = int)",
        "CREATE OR REPLACE AGGREGATE g (int) (SFUNC = int4pl, STYPE = int, INITCOND = 5)",
    ),
    case(
        "a view's text",
        "CREATE VIEW v AS SELECT 1 AS a",
        "CREATE OR REPLACE VIEW v AS SELECT 2 AS a",
    ),
    case(
        "a domain's constraint",
        "CREATE DOMAIN d AS int",
        "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)",
    ),
    case(
        "the order of parents",
        "CREATE TABLE o (a int); CREATE TABLE q (a int); CREATE TABLE t () INHERITS (o, q)",
        "DROP TABLE t; CREATE TABLE t () INHERITS (q, o)",
    ),
    case(
        "a statistics object's target",
        "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t",
        "ALTER STATISTICS s SET STATISTICS 7",
    ),
    case(
        "a constraint that is not validated",
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
    ),
];

/// The statements of a case with its roles.
pub(super) fn with_roles(sql: &str) -> String {
    format!(
        "{CLERK} DO $$ BEGIN CREATE ROLE limbeck_sides_super SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$; {sql}"
    )
}
