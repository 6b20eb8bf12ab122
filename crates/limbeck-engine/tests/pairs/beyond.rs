//! Pairs with views, functions, triggers, policies and others that models do not describe.

use super::walk::{PAIR, Pair};

pub(super) const POSTGRES: &[Pair<'static>] = &[
    Pair {
        name: "a view over a column that gets another type",
        old: "CREATE TABLE tasks (id integer PRIMARY KEY, title varchar(50), points integer);
              CREATE VIEW open_tasks WITH (security_barrier=true) AS SELECT id, points + 1 AS next, upper(title) AS shout FROM tasks WHERE points > 0;
              COMMENT ON VIEW open_tasks IS 'It''s open';
              COMMENT ON COLUMN open_tasks.next IS 'one more';
              ALTER VIEW open_tasks ALTER COLUMN shout SET DEFAULT 'x';
              GRANT SELECT, UPDATE ON open_tasks TO PUBLIC;
              GRANT SELECT (id) ON open_tasks TO PUBLIC",
        data: "INSERT INTO tasks VALUES (1, 'a', 2)",
        new: "CREATE TABLE tasks (id integer PRIMARY KEY, title varchar(50), points bigint);
              CREATE VIEW open_tasks WITH (security_barrier=true) AS SELECT id, points + 1 AS next, upper(title) AS shout FROM tasks WHERE points > 0;
              COMMENT ON VIEW open_tasks IS 'It''s open';
              COMMENT ON COLUMN open_tasks.next IS 'one more';
              ALTER VIEW open_tasks ALTER COLUMN shout SET DEFAULT 'x';
              GRANT SELECT, UPDATE ON open_tasks TO PUBLIC;
              GRANT SELECT (id) ON open_tasks TO PUBLIC",
        probes: &[("SELECT * FROM open_tasks", "1,3,A", "1,3,A")],
        ..PAIR
    },
    Pair {
        name: "views upon views, a materialised one with its indexes, and a trigger on a view",
        old: "CREATE TABLE t (id integer PRIMARY KEY, a integer, b text);
              CREATE VIEW v1 AS SELECT id, a FROM t;
              CREATE VIEW a_first_by_name AS SELECT a FROM v1;
              CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM v1 GROUP BY a;
              CREATE UNIQUE INDEX m_a ON m (a);
              CREATE MATERIALIZED VIEW empty AS SELECT a FROM t WITH NO DATA;
              CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO t (id, a) VALUES (new.id, new.a); RETURN new; END';
              CREATE TRIGGER put INSTEAD OF INSERT ON v1 FOR EACH ROW EXECUTE FUNCTION put();
              CREATE FUNCTION rows_of_v() RETURNS SETOF v1 LANGUAGE sql AS 'SELECT * FROM v1'",
        data: "INSERT INTO t VALUES (1, 5); REFRESH MATERIALIZED VIEW m",
        new: "CREATE TABLE t (id integer PRIMARY KEY, a numeric, b text);
              CREATE VIEW v1 AS SELECT id, a FROM t;
              CREATE VIEW a_first_by_name AS SELECT a FROM v1;
              CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM v1 GROUP BY a;
              CREATE UNIQUE INDEX m_a ON m (a);
              CREATE MATERIALIZED VIEW empty AS SELECT a FROM t WITH NO DATA;
              CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO t (id, a) VALUES (new.id, new.a); RETURN new; END';
              CREATE TRIGGER put INSTEAD OF INSERT ON v1 FOR EACH ROW EXECUTE FUNCTION put();
              CREATE FUNCTION rows_of_v() RETURNS SETOF v1 LANGUAGE sql AS 'SELECT * FROM v1'",
        probes: &[("SELECT * FROM m", "5,1", "5,1")],
        ..PAIR
    },
    Pair {
        name: "a view that uses a column which goes is named",
        old: "CREATE TABLE t (id integer PRIMARY KEY, a integer); CREATE VIEW v AS SELECT a FROM t",
        new: "CREATE TABLE t (id integer PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS a",
        probes: &[("SELECT * FROM v", "1", "")],
        ..PAIR
    },
    Pair {
        name: "a table goes with its triggers, policies, rules and statistics, and comes back with them",
        old: "CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer);
              CREATE TABLE log (id integer);
              CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
              CREATE TRIGGER touch BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (new.b > 1) EXECUTE FUNCTION touch();
              CREATE TRIGGER off BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch();
              ALTER TABLE t DISABLE TRIGGER off;
              COMMENT ON TRIGGER off ON t IS 'sleeps';
              CREATE POLICY mine ON t AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (a > 0) WITH CHECK (b > 0);
              ALTER TABLE t ENABLE ROW LEVEL SECURITY;
              CREATE RULE loud AS ON DELETE TO t DO ALSO INSERT INTO log VALUES (old.id);
              CREATE STATISTICS t_ab ON a, b FROM t",
        new: "CREATE TABLE log (id integer);
              CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
        ..PAIR
    },
    Pair {
        name: "a trigger and a policy on a column that gets another type",
        old: "CREATE TABLE t (id integer PRIMARY KEY, a integer);
              CREATE TABLE other (id integer);
              CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
              CREATE TRIGGER touch BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION touch();
              CREATE POLICY of_other ON other USING (EXISTS (SELECT FROM t WHERE t.a = other.id))",
        data: "INSERT INTO t VALUES (1, 2)",
        new: "CREATE TABLE t (id integer PRIMARY KEY, a bigint);
              CREATE TABLE other (id integer);
              CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
              CREATE TRIGGER touch BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION touch();
              CREATE POLICY of_other ON other USING (EXISTS (SELECT FROM t WHERE t.a = other.id))",
        ..PAIR
    },
    Pair {
        name: "a view over an enum that loses a value, and over a computed column that is made again",
        old: "CREATE TYPE status AS ENUM ('a', 'b', 'c');
              CREATE TABLE t (id integer PRIMARY KEY, s status, n integer, twice integer GENERATED ALWAYS AS (n * 2) STORED);
              CREATE VIEW v AS SELECT id, s, twice FROM t WHERE s = 'a'",
        data: "INSERT INTO t VALUES (1, 'a', 3)",
        new: "CREATE TYPE status AS ENUM ('a', 'c');
              CREATE TABLE t (id integer PRIMARY KEY, s status, n integer, twice integer GENERATED ALWAYS AS (n * 3) STORED);
              CREATE VIEW v AS SELECT id, s, twice FROM t WHERE s = 'a'",
        probes: &[("SELECT * FROM v", "1,a,9", "1,a,6")],
        ..PAIR
    },
    Pair {
        name: "a view that groups by the primary key, which gets another name and column",
        old: "CREATE TABLE t (id integer, b integer, CONSTRAINT pk PRIMARY KEY (id));
              CREATE VIEW v AS SELECT id, b FROM t GROUP BY id",
        new: "CREATE TABLE t (id integer, b integer, CONSTRAINT other PRIMARY KEY (id, b));
              CREATE VIEW v AS SELECT id, b FROM t GROUP BY id, b",
        ..PAIR
    },
    Pair {
        name: "a column is renamed and a view says its new name",
        old: "CREATE TABLE t (id integer PRIMARY KEY, text text); CREATE VIEW v AS SELECT text FROM t",
        data: "INSERT INTO t VALUES (1, 'x')",
        new: "CREATE TABLE t (id integer PRIMARY KEY, title text); CREATE VIEW v AS SELECT title FROM t",
        answers: &["--rename t.text:title"],
        probes: &[("SELECT title FROM v", "x", "")],
        ..PAIR
    },
    Pair {
        name: "a table with a trigger is renamed",
        old: "CREATE TABLE t (id integer PRIMARY KEY);
              CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
              CREATE TRIGGER touch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        data: "INSERT INTO t VALUES (1)",
        new: "CREATE TABLE tasks (id integer CONSTRAINT t_pkey PRIMARY KEY);
              CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
              CREATE TRIGGER touch BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION touch()",
        answers: &["--rename t:tasks"],
        ..PAIR
    },
    Pair {
        name: "functions, domains and types are made before the tables that use them",
        old: "",
        new: "CREATE TYPE mood AS ENUM ('ok');
              CREATE DOMAIN email AS text DEFAULT 'a@b' NOT NULL CONSTRAINT at CHECK (VALUE ~ '@');
              COMMENT ON DOMAIN email IS 'an address';
              CREATE TYPE pair AS (a integer, m mood, t text COLLATE \"C\");
              CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
              CREATE FUNCTION good(integer) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 > 0';
              REVOKE ALL ON FUNCTION good(integer) FROM PUBLIC;
              CREATE TABLE t (id integer PRIMARY KEY CHECK (good(id)), e email, p pair, s span);
              CREATE FUNCTION all_t() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t';
              CREATE PROCEDURE \"Clear\"(x integer) LANGUAGE sql AS 'DELETE FROM t WHERE id = x'",
        ..PAIR
    },
    Pair {
        name: "a function gets another body in place, another result anew",
        old: "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
              CREATE FUNCTION g(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
              CREATE VIEW v AS SELECT g(1) AS g",
        new: "CREATE FUNCTION f(a integer) RETURNS integer STRICT LANGUAGE sql AS 'SELECT 2';
              CREATE FUNCTION g(a integer) RETURNS bigint LANGUAGE sql AS 'SELECT 2::bigint';
              CREATE VIEW v AS SELECT g(1) AS g",
        probes: &[("SELECT f(1), g FROM v", "2,2", "1,1")],
        ..PAIR
    },
    Pair {
        name: "a domain in use gets another check and default",
        old: "CREATE DOMAIN d AS integer DEFAULT 1 CONSTRAINT low CHECK (VALUE > 0); CREATE TABLE t (id integer PRIMARY KEY, a d)",
        data: "INSERT INTO t VALUES (1, 5)",
        new: "CREATE DOMAIN d AS integer DEFAULT 2 NOT NULL CONSTRAINT high CHECK (VALUE < 10); CREATE TABLE t (id integer PRIMARY KEY, a d)",
        ..PAIR
    },
    Pair {
        name: "row security and the replica identity",
        old: "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL);
              CREATE POLICY p ON t FOR SELECT USING (a > 0)",
        new: "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL);
              CREATE UNIQUE INDEX t_a ON t (a);
              ALTER TABLE t REPLICA IDENTITY USING INDEX t_a;
              ALTER TABLE t ENABLE ROW LEVEL SECURITY;
              ALTER TABLE t FORCE ROW LEVEL SECURITY;
              CREATE POLICY p ON t FOR SELECT USING (a > 1)",
        ..PAIR
    },
    Pair {
        name: "a function with a body of the standard's stands on columns",
        old: "CREATE TABLE t (id integer PRIMARY KEY, a integer);
              CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(a) FROM t; END",
        data: "INSERT INTO t VALUES (1, 5)",
        new: "CREATE TABLE t (id integer PRIMARY KEY, a smallint);
              CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(a) FROM t; END",
        probes: &[("SELECT f()", "5", "5")],
        ..PAIR
    },
    Pair {
        name: "statistics on a column that goes are named",
        old: "CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer); CREATE STATISTICS s ON a, b FROM t",
        new: "CREATE TABLE t (id integer PRIMARY KEY, a integer); CREATE STATISTICS s ON id, a FROM t",
        ..PAIR
    },
    Pair {
        name: "a partitioned table comes and goes with its partitions, and gains one and an index",
        old: "CREATE TABLE users (id integer PRIMARY KEY);
              CREATE TABLE event (id serial, at date NOT NULL, kind text COLLATE \"C\" DEFAULT 'a', user_id integer REFERENCES users ON DELETE CASCADE, PRIMARY KEY (id, at), CONSTRAINT positive CHECK (id > 0)) PARTITION BY RANGE (at);
              CREATE TABLE event_2025 PARTITION OF event (kind DEFAULT 'b', CONSTRAINT known CHECK (user_id > 1)) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
              CREATE TABLE other (a integer, b text) PARTITION BY LIST (a);
              CREATE TABLE other_1 PARTITION OF other FOR VALUES IN (1) PARTITION BY HASH (b);
              CREATE TABLE other_1_0 PARTITION OF other_1 FOR VALUES WITH (modulus 2, remainder 0) WITH (fillfactor = 50)",
        new: "CREATE TABLE users (id integer PRIMARY KEY);
              CREATE TABLE event (id serial, at date NOT NULL, kind text COLLATE \"C\" DEFAULT 'a', user_id integer REFERENCES users ON DELETE CASCADE, PRIMARY KEY (id, at), CONSTRAINT positive CHECK (id > 0)) PARTITION BY RANGE (at);
              CREATE TABLE event_2025 PARTITION OF event (kind DEFAULT 'b', CONSTRAINT known CHECK (user_id > 1)) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
              CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
              CREATE INDEX by_kind ON event (kind);
              COMMENT ON COLUMN event.kind IS 'of what';
              CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
              CREATE TRIGGER touch BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION touch();
              CREATE TABLE seen (event_id integer, at date, CONSTRAINT seen_of FOREIGN KEY (event_id, at) REFERENCES event)",
        data: "INSERT INTO users VALUES (7); INSERT INTO event (at, user_id) VALUES ('2025-06-01', 7)",
        probes: &[("SELECT kind, user_id FROM event", "a,7", "a,7")],
        ..PAIR
    },
    Pair {
        name: "extensions come before what uses something in them, and go behind it",
        old: "CREATE TABLE kept (id integer)",
        new: "CREATE TABLE kept (id integer);
              CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto;
              CREATE TABLE event (id uuid DEFAULT gen_random_uuid(), salt text DEFAULT gen_salt('md5'), at date) PARTITION BY RANGE (at);
              CREATE TABLE body (body text, at date, CONSTRAINT near CHECK (similarity(body, 'a') > 0.1)) PARTITION BY RANGE (at);
              CREATE INDEX by_body ON body USING gin (body gin_trgm_ops);
              CREATE DOMAIN close AS text CHECK (similarity(VALUE, 'a') > 0.1)",
        ..PAIR
    },
    Pair {
        name: "a column of a partitioned table is not changed by dropping the table",
        old: "CREATE TABLE event (id integer, at date) PARTITION BY RANGE (at)",
        new: "CREATE TABLE event (id bigint, at date) PARTITION BY RANGE (at)",
        fails: Some("write the change by hand"),
        ..PAIR
    },
    Pair {
        name: "a partitioned table in the way of the key that it references is named",
        old: "CREATE TABLE users (id integer, CONSTRAINT users_key PRIMARY KEY (id));
              CREATE TABLE event (user_id integer REFERENCES users, at date) PARTITION BY RANGE (at)",
        new: "CREATE TABLE event (user_id integer, at date) PARTITION BY RANGE (at)",
        fails: Some("partitioned table"),
        ..PAIR
    },
    Pair {
        name: "a table goes with the privileges on it and on its sequences, and comes back with them",
        old: "CREATE TABLE t (id serial PRIMARY KEY, a integer, \"B c\" text);
              GRANT SELECT, INSERT ON t TO PUBLIC;
              GRANT UPDATE (a), SELECT (\"B c\") ON t TO PUBLIC;
              GRANT USAGE ON SEQUENCE t_id_seq TO PUBLIC;
              CREATE TABLE kept (id integer);
              GRANT SELECT ON kept TO PUBLIC",
        new: "CREATE TABLE kept (id integer);
              GRANT SELECT ON kept TO PUBLIC",
        ..PAIR
    },
];

pub(super) const SQLITE: &[Pair<'static>] = &[
    Pair {
        name: "a view and triggers come, change and go",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);
              CREATE TABLE log (id INTEGER);
              CREATE VIEW v AS SELECT a FROM t;
              CREATE TRIGGER gone AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;
              CREATE TRIGGER kept AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id); END",
        data: "INSERT INTO t VALUES (1, 2)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
              CREATE TABLE log (id INTEGER);
              CREATE VIEW v AS SELECT a || '!' AS a FROM t;
              CREATE VIEW w AS SELECT * FROM v;
              CREATE TRIGGER put INSTEAD OF INSERT ON w BEGIN INSERT INTO t (a) VALUES (new.a); END;
              CREATE TRIGGER kept AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id); END",
        probes: &[("SELECT * FROM v", "2!", "2")],
        ..PAIR
    },
    Pair {
        name: "a view changes along with the column that it uses",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER); CREATE VIEW v AS SELECT a FROM t",
        data: "INSERT INTO t VALUES (1, 2, 3)",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, b INTEGER); CREATE VIEW v AS SELECT b FROM t",
        probes: &[("SELECT * FROM v", "3", "")],
        ..PAIR
    },
    Pair {
        name: "a table goes with its triggers and comes back with them",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE log (id INTEGER);
              CREATE TRIGGER x AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id); END",
        new: "CREATE TABLE log (id INTEGER)",
        ..PAIR
    },
    Pair {
        name: "a trigger on a view stays while the view changes",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); CREATE VIEW v AS SELECT a FROM t;
              CREATE TRIGGER put INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); END",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); CREATE VIEW v AS SELECT a FROM t WHERE a > 0;
              CREATE TRIGGER put INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); END",
        ..PAIR
    },
    Pair {
        name: "a view that joins with a comma keeps its table",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE u (id INTEGER); CREATE VIEW v AS SELECT t.id FROM u, t",
        new: "CREATE TABLE u (id INTEGER); CREATE VIEW v AS SELECT t.id FROM u, t",
        fails: Some("view `v` uses it"),
        ..PAIR
    },
    Pair {
        name: "a view says a value of an enum that gets another name",
        old: "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT CONSTRAINT status CHECK (s IN ('todo', 'done')));
              CREATE VIEW v AS SELECT id FROM t WHERE s = 'todo'",
        new: "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT CONSTRAINT status CHECK (s IN ('open', 'done')));
              CREATE VIEW v AS SELECT id FROM t WHERE s = 'open'",
        data: "INSERT INTO t VALUES (1, 'todo')",
        answers: &["--rename status.todo:open"],
        probes: &[("SELECT * FROM v", "1", "1")],
        ..PAIR
    },
];
