//! Tables whose checks ask for more than any value: rows for them are found, or why not is said.

use limbeck_core::dialect::Dialect;

use super::told::{benches, hand};

/// Tables, of which `t` gets another column, and what is said of the rows.
struct Case {
    dialect: Option<Dialect>,
    tables: &'static str,
    expected: &'static str,
}

const fn both(tables: &'static str, expected: &'static str) -> Case {
    Case {
        dialect: None,
        tables,
        expected,
    }
}

const fn postgres(tables: &'static str, expected: &'static str) -> Case {
    Case {
        dialect: Some(Dialect::Postgres),
        tables,
        expected,
    }
}

const fn sqlite(tables: &'static str, expected: &'static str) -> Case {
    Case {
        dialect: Some(Dialect::Sqlite),
        tables,
        expected,
    }
}

const ONE: &str = "rows: 1 of 1 table";
const TWO: &str = "rows: 2 of 2 tables";
const THREE: &str = "rows: 3 of 3 tables";

const CASES: &[Case] = &[
    // Lengths.
    postgres(
        "CREATE TABLE t (c bytea NOT NULL CHECK (octet_length(c) = 32), d text NOT NULL CHECK (octet_length(d) = 64))",
        ONE,
    ),
    both(
        "CREATE TABLE t (c TEXT NOT NULL CHECK (length(c) BETWEEN 71 AND 73), d TEXT NOT NULL CHECK (length(trim(d)) >= 90))",
        ONE,
    ),
    sqlite(
        "CREATE TABLE t (d BLOB NOT NULL CHECK (length(d) = 32 AND typeof(d) = 'blob'))",
        ONE,
    ),
    // Patterns.
    postgres(
        "CREATE TABLE t (c text NOT NULL CHECK (c ~ '^[A-Z]{2}\\d{4}$'), d text NOT NULL CHECK (d ~ E'^\\\\d{3}-[a-f0-9]{8}$'))",
        ONE,
    ),
    postgres(
        "CREATE TABLE t (c text NOT NULL CHECK (c ~ '^[a-z0-9]([a-z0-9-]{1,61}[a-z0-9])?$' AND c !~ '--'), d text NOT NULL CHECK (d ~* '^(\\+|00)[1-9][0-9 \\-\\(\\)\\.]{7,32}$'))",
        ONE,
    ),
    postgres(
        "CREATE TABLE t (c text NOT NULL CHECK (c ~ '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$' AND length(c) > 20), d varchar(80) NOT NULL CHECK (d ~ '^#[0-9a-f]{6}$'))",
        ONE,
    ),
    postgres(
        "CREATE TABLE t (c text NOT NULL CHECK (regexp_match(c, '^v\\d+\\.\\d+\\.\\d+$') IS NOT NULL), d text NOT NULL CHECK (d ~ '^[0-9a-f]{64}$'))",
        ONE,
    ),
    both(
        "CREATE TABLE t (c TEXT NOT NULL CHECK (c LIKE 'inv-____-%'), d TEXT NOT NULL CHECK (d LIKE '%_@_%.__%'), e TEXT NOT NULL CHECK (e LIKE 'x!_y%' ESCAPE '!'))",
        ONE,
    ),
    sqlite(
        "CREATE TABLE t (c TEXT NOT NULL CHECK (c GLOB '[A-Z][A-Z][0-9][0-9]*'), d TEXT NOT NULL CHECK (d NOT GLOB '*[^A-Z0-9]*' AND length(d) = 7), e TEXT NOT NULL CHECK (e GLOB '[0-9a-f][0-9a-f][0-9a-f]-????'))",
        ONE,
    ),
    both(
        "CREATE TABLE t (c TEXT NOT NULL CHECK (c = upper(c) AND length(c) = 2 AND substr(c, 1, 1) = 'D'), d TEXT NOT NULL CHECK (substr(d, 1, 4) = 'sku-' AND length(d) = 11))",
        ONE,
    ),
    // One of several foreign keys.
    both(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE q (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER REFERENCES p, b INTEGER REFERENCES q, CHECK ((a IS NULL) <> (b IS NULL)))",
        THREE,
    ),
    postgres(
        "CREATE TABLE p (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY); CREATE TABLE q (id uuid PRIMARY KEY); CREATE TABLE t (a integer REFERENCES p, b uuid REFERENCES q, c integer REFERENCES p, CHECK (num_nonnulls(a, b, c) = 1))",
        THREE,
    ),
    // Circles.
    both(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, boss INTEGER NOT NULL REFERENCES t)",
        ONE,
    ),
    both(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES t, CHECK (boss <> id))",
        ONE,
    ),
    sqlite(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, s INTEGER NOT NULL REFERENCES s); CREATE TABLE s (id INTEGER PRIMARY KEY, t INTEGER NOT NULL REFERENCES t)",
        TWO,
    ),
    postgres(
        "CREATE TABLE t (id integer PRIMARY KEY, s integer NOT NULL); CREATE TABLE s (id integer PRIMARY KEY, t integer NOT NULL REFERENCES t DEFERRABLE INITIALLY DEFERRED); ALTER TABLE t ADD FOREIGN KEY (s) REFERENCES s DEFERRABLE",
        TWO,
    ),
    // Keys are checked at the end of a statement, so one that makes both rows can make them.
    postgres(
        "CREATE TABLE t (id integer PRIMARY KEY, s integer NOT NULL); CREATE TABLE s (id integer PRIMARY KEY, t integer NOT NULL REFERENCES t); ALTER TABLE t ADD FOREIGN KEY (s) REFERENCES s",
        TWO,
    ),
    postgres(
        "CREATE TABLE t (id integer PRIMARY KEY, s integer NOT NULL); CREATE TABLE r (id integer PRIMARY KEY, t integer NOT NULL REFERENCES t); CREATE TABLE s (id integer PRIMARY KEY, r integer NOT NULL REFERENCES r); ALTER TABLE t ADD FOREIGN KEY (s) REFERENCES s",
        THREE,
    ),
    // Documents.
    postgres(
        "CREATE TABLE t (j jsonb NOT NULL CHECK (j ? 'k'), k jsonb NOT NULL CHECK (jsonb_typeof(k) = 'array' AND jsonb_array_length(k) > 2), l jsonb NOT NULL CHECK (l ?& array['x', 'y'] AND jsonb_typeof(l -> 'x') = 'number'))",
        ONE,
    ),
    postgres(
        "CREATE TABLE t (j jsonb NOT NULL CHECK (j ->> 'kind' IN ('a', 'b') AND (j -> 'size' ->> 'w')::int > 3), CHECK (j @> '{\"v\": 1}'), k jsonb NOT NULL CHECK (jsonb_typeof(k -> 'tags') = 'array' AND k #>> '{who,mail}' LIKE '%@%'))",
        ONE,
    ),
    sqlite(
        "CREATE TABLE t (e TEXT NOT NULL CHECK (json_valid(e) AND json_type(e) = 'object' AND json_extract(e, '$.k') IS NOT NULL), f TEXT NOT NULL CHECK (json_array_length(f) = 2))",
        ONE,
    ),
    // Functions of the project.
    postgres(
        "CREATE FUNCTION ok(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT t ~ '^SKU-[0-9]{6}$' AND t <> 'SKU-000000' $$; CREATE TABLE t (c text NOT NULL CHECK (ok(c)))",
        ONE,
    ),
    postgres(
        "CREATE FUNCTION ok(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF length(t) <> 11 THEN RETURN false; END IF; RETURN split_part(t, ':', 1) = 'iban'; END $$; CREATE DOMAIN iban AS text CHECK (ok(VALUE)); CREATE TABLE t (c iban NOT NULL)",
        ONE,
    ),
    postgres(
        "CREATE FUNCTION inner_ok(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT t LIKE 'a-%' $$; CREATE FUNCTION ok(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT inner_ok(t) $$; CREATE TABLE t (c text NOT NULL CHECK (ok(c)))",
        ONE,
    ),
    // Domains, also within other types.
    postgres(
        "CREATE DOMAIN pct AS numeric(5,2) CHECK (VALUE >= 0 AND VALUE <= 100); CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]{3}-$'); CREATE DOMAIN short AS code CHECK (VALUE < 'B'); CREATE TYPE pair AS (lo pct, c code); CREATE TABLE t (a pct NOT NULL, b pct NOT NULL, c pct NOT NULL, p pair NOT NULL, q code[] NOT NULL, s short NOT NULL, CHECK (a + b + c = 100))",
        ONE,
    ),
    postgres(
        "CREATE TABLE t (c text[] NOT NULL CHECK (cardinality(c) BETWEEN 4 AND 5), d integer[] NOT NULL CHECK (array_length(d, 1) = 7), e text[] NOT NULL CHECK (e <@ ARRAY['x', 'y', 'z'] AND cardinality(e) > 0))",
        ONE,
    ),
    // Several columns.
    both(
        "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, c INTEGER NOT NULL, d INTEGER NOT NULL, CHECK (a + b + c + d = 100 AND a >= 0 AND b > 0 AND c > 0 AND d > 0))",
        ONE,
    ),
    both(
        "CREATE TABLE t (a INTEGER NOT NULL CHECK (a % 1000 = 7 AND a > 5000), b DATE NOT NULL, c DATE NOT NULL, CHECK (b < c))",
        ONE,
    ),
    postgres(
        "CREATE TABLE t (a date NOT NULL, b date NOT NULL, x timestamptz NOT NULL, y timestamptz NOT NULL, CHECK (b - a = 6), CHECK (y > x AND y - x <= interval '90 minutes'))",
        ONE,
    ),
    postgres(
        "CREATE TYPE k AS ENUM ('card', 'bank'); CREATE TABLE t (k k NOT NULL, card text, iban text, CHECK (CASE k WHEN 'card' THEN card IS NOT NULL AND iban IS NULL WHEN 'bank' THEN iban IS NOT NULL AND card IS NULL END), CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'), CHECK (card ~ '^[0-9]{16}$'))",
        ONE,
    ),
    sqlite(
        "CREATE TABLE t (g TEXT NOT NULL CHECK (g = date(g)), h TEXT NOT NULL CHECK (datetime(h) IS NOT NULL AND length(h) = 19), a TEXT NOT NULL, b TEXT NOT NULL, CHECK (a < b))",
        ONE,
    ),
    // Where nothing is found, the table and what stands in the way are named.
    both(
        "CREATE TABLE t (a INTEGER NOT NULL, CONSTRAINT odd CHECK (a * a = 17))",
        "rows: 0 of 1 table; t: check odd",
    ),
    postgres(
        "CREATE TABLE t (a integer); CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$; CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()",
        "rows: 0 of 1 table; t: not today",
    ),
];

async fn all(dialect: Dialect) {
    let mut benches = benches(dialect);
    let mut wrong = Vec::new();
    let is_own = |case: &&Case| case.dialect.is_none_or(|own| own == dialect);
    for case in CASES.iter().filter(is_own) {
        let there = "ALTER TABLE t ADD COLUMN zz INTEGER";
        let back = "-- loses: t.zz\nALTER TABLE t DROP COLUMN zz";
        let told = hand(
            benches.of(case.tables, case.tables),
            case.tables,
            there,
            back,
        )
        .await;
        if told.first().is_none_or(|line| line != case.expected) {
            wrong.push(format!("{}:\n  {}", case.tables, told.join("\n  ")));
        }
    }
    benches.close().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn rows_are_found_for_checks_on_sqlite() {
    all(Dialect::Sqlite).await;
}

#[tokio::test]
async fn rows_are_found_for_checks_on_postgres() {
    all(Dialect::Postgres).await;
}
