//! A failure is said if and only if some rows that are there can bring it about: by what plans the
//! change, and by the proof of the same statements without a word.

use limbeck::connection::Connection;
use limbeck::folder;
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided, diff};
use limbeck_core::op::HazardCode;
use limbeck_core::plan::plan;
use limbeck_core::schema::{Column, QualifiedName, Schema, Table, Type};
use limbeck_engine::compare::Project;
use limbeck_engine::proof::{ProofError, verify};
use limbeck_engine::state::Bench;

use super::told::{benches, planned, write};
use crate::common::left_out::LeftOut;

/// A change, and rows that the state before takes; the change fails on some of them or on none.
struct Case {
    name: &'static str,
    dialect: Option<Dialect>,
    before: &'static str,
    after: &'static str,
    rows: &'static [&'static str],
}

const POSTGRES: Option<Dialect> = Some(Dialect::Postgres);
const SQLITE: Option<Dialect> = Some(Dialect::Sqlite);

const fn case(
    name: &'static str,
    dialect: Option<Dialect>,
    before: &'static str,
    after: &'static str,
    rows: &'static [&'static str],
) -> Case {
    Case {
        name,
        dialect,
        before,
        after,
        rows,
    }
}

const CASES: &[Case] = &[
    case(
        "an enum in another order on a table with a deferred key",
        POSTGRES,
        "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer NOT NULL REFERENCES p DEFERRABLE INITIALLY DEFERRED, es e[] NOT NULL)",
        "CREATE TYPE e AS ENUM ('b', 'a'); CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer NOT NULL REFERENCES p DEFERRABLE INITIALLY DEFERRED, es e[] NOT NULL)",
        &["INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, '{a}')"],
    ),
    case(
        "a type that is too short on a table with a deferred key",
        POSTGRES,
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED, a text)",
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED, a varchar(2))",
        &["INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, 'xyz')"],
    ),
    case(
        "an array of an enum becomes its first value",
        POSTGRES,
        "CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE t (id INTEGER PRIMARY KEY, a e[] NOT NULL)",
        "CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE t (id INTEGER PRIMARY KEY, a e NOT NULL)",
        &["INSERT INTO t VALUES (1, '{x,y}')", "INSERT INTO t VALUES (1, '{}')"],
    ),
    case(
        "a value of an enum becomes an array",
        POSTGRES,
        "CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE t (id INTEGER PRIMARY KEY, a e NOT NULL)",
        "CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE t (id INTEGER PRIMARY KEY, a e[] NOT NULL)",
        &["INSERT INTO t VALUES (1, 'x')"],
    ),
    case(
        "an array of texts becomes its first one",
        POSTGRES,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a text[] NOT NULL)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a text NOT NULL)",
        &["INSERT INTO t VALUES (1, '{x}')", "INSERT INTO t VALUES (1, '{}')"],
    ),
    case(
        "an array of numbers becomes one of an enum",
        POSTGRES,
        "CREATE TYPE e AS ENUM ('1', 'y'); CREATE TABLE t (id INTEGER PRIMARY KEY, a integer[] NOT NULL)",
        "CREATE TYPE e AS ENUM ('1', 'y'); CREATE TABLE t (id INTEGER PRIMARY KEY, a e[] NOT NULL)",
        &["INSERT INTO t VALUES (1, '{1}')", "INSERT INTO t VALUES (1, '{2}')"],
    ),
    case(
        "NOT NULL",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL)",
        &["INSERT INTO t VALUES (1, 'x')", "INSERT INTO t VALUES (1, NULL)"],
    ),
    case(
        "NOT NULL on a table whose key is a foreign key",
        None,
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY CONSTRAINT t_id_fkey REFERENCES p, a TEXT)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY CONSTRAINT t_id_fkey REFERENCES p, a TEXT NOT NULL)",
        &["INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, NULL)"],
    ),
    case(
        "NOT NULL where the key is two foreign keys deep",
        None,
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY CONSTRAINT b_id_fkey REFERENCES a); CREATE TABLE t (id INTEGER PRIMARY KEY CONSTRAINT t_id_fkey REFERENCES b, a TEXT)",
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY CONSTRAINT b_id_fkey REFERENCES a); CREATE TABLE t (id INTEGER PRIMARY KEY CONSTRAINT t_id_fkey REFERENCES b, a TEXT NOT NULL)",
        &["INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO t VALUES (1, NULL)"],
    ),
    case(
        "NOT NULL where a check says so already",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, CONSTRAINT c CHECK (a IS NOT NULL AND a <> 'x'))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, CONSTRAINT c CHECK (a IS NOT NULL AND a <> 'x'))",
        &["INSERT INTO t VALUES (1, 'y')"],
    ),
    case(
        "NOT NULL where a check says so already, and goes",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a integer, CONSTRAINT c CHECK (a IS NOT NULL))",
        "CREATE TABLE t (id integer PRIMARY KEY, a bigint NOT NULL)",
        &["INSERT INTO t VALUES (1, 2)"],
    ),
    case(
        "NOT NULL where a check says so of one kind of row",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, CONSTRAINT c CHECK (a IS NOT NULL OR b = 1))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER, CONSTRAINT c CHECK (a IS NOT NULL OR b = 1))",
        &["INSERT INTO t VALUES (1, NULL, 1)"],
    ),
    case(
        "NOT NULL where a check is not known to hold",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a text); INSERT INTO t VALUES (1, NULL); ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID",
        "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL); ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID",
        &[""],
    ),
    case(
        "a check of NOT NULL on a column that is",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, CONSTRAINT c CHECK (a IS NOT NULL))",
        &["INSERT INTO t VALUES (1, 'y')"],
    ),
    case(
        "a check under another name",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER CONSTRAINT one CHECK (a > 3))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER CONSTRAINT two CHECK (a > 3))",
        &["INSERT INTO t VALUES (1, 4)"],
    ),
    case(
        "a check that comes back in other words with a type",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a varchar(5) CHECK (a <> ''), b integer CHECK (b IN (1, 2)), c numeric(5, 2) CHECK (c > 3))",
        "CREATE TABLE t (id integer PRIMARY KEY, a text CHECK (a <> ''), b bigint CHECK (b IN (1, 2)), c numeric(7, 3) CHECK (c > 3))",
        &["INSERT INTO t VALUES (1, 'x', 2, 4)"],
    ),
    case(
        "a check that comes back with a type in which it says something else",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a numeric CHECK (a > 3))",
        "CREATE TABLE t (id integer PRIMARY KEY, a integer CHECK (a > 3))",
        &["INSERT INTO t VALUES (1, 3.2)"],
    ),
    case(
        "a check that is validated",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a integer); INSERT INTO t VALUES (1, 2); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 3) NOT VALID",
        "CREATE TABLE t (id integer PRIMARY KEY, a integer CONSTRAINT c CHECK (a > 3))",
        &[""],
    ),
    case(
        "a key over more than a key",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, CONSTRAINT u UNIQUE (a, id)); CREATE UNIQUE INDEX i ON t (id, lower(a))",
        &["INSERT INTO t VALUES (1, 'x'), (2, 'x')"],
    ),
    case(
        "a key over a part of a key",
        None,
        "CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT t_pkey PRIMARY KEY (a, b))",
        "CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT t_pkey PRIMARY KEY (a, b)); CREATE UNIQUE INDEX i ON t (a)",
        &["INSERT INTO t VALUES (1, 1), (1, 2)"],
    ),
    case(
        "a key over a key of some rows",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); CREATE UNIQUE INDEX i ON t (a) WHERE b = 1",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); CREATE UNIQUE INDEX i ON t (a) WHERE b = 1; CREATE UNIQUE INDEX j ON t (a)",
        &["INSERT INTO t VALUES (1, 'x', 2), (2, 'x', 2)"],
    ),
    case(
        "a key that takes NULL once",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a text UNIQUE)",
        "CREATE TABLE t (id integer PRIMARY KEY, a text UNIQUE); CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT",
        &["INSERT INTO t VALUES (1, NULL), (2, NULL)"],
    ),
    case(
        "a key that ignores case over one that does not",
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CONSTRAINT u UNIQUE)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CONSTRAINT u UNIQUE); CREATE UNIQUE INDEX i ON t (a COLLATE NOCASE)",
        &["INSERT INTO t VALUES (1, 'x'), (2, 'X')"],
    ),
    case(
        "an unique index on an expression",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE UNIQUE INDEX i ON t (lower(a))",
        &["INSERT INTO t VALUES (1, 'x'), (2, 'X')"],
    ),
    case(
        "an unique index on an expression beside a key of its column",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL CONSTRAINT u UNIQUE)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL CONSTRAINT u UNIQUE); CREATE UNIQUE INDEX i ON t (lower(a))",
        &["INSERT INTO t VALUES (1, 'x'), (2, 'X')"],
    ),
    case(
        "an unique index on an expression with CASE and COALESCE",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT); CREATE UNIQUE INDEX i ON t ((CASE WHEN a > 10 THEN b END), (COALESCE(a, 0)))",
        &["INSERT INTO t VALUES (1, 11, 'x'), (2, 11, 'x')"],
    ),
    case(
        "an unique index on some rows",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE UNIQUE INDEX i ON t (lower(a)) WHERE b = 'live'",
        &["INSERT INTO t VALUES (1, 'x', 'live'), (2, 'X', 'live')"],
    ),
    case(
        "an unique index that is made again with more",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a text, b text); CREATE UNIQUE INDEX i ON t (lower(a))",
        "CREATE TABLE t (id integer PRIMARY KEY, a text, b text); CREATE UNIQUE INDEX i ON t (lower(a)) INCLUDE (b)",
        &["INSERT INTO t VALUES (1, 'x', 'y'), (2, 'y', 'y')"],
    ),
    case(
        "an exclusion of ranges",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a date, b date, CHECK (a < b))",
        "CREATE TABLE t (id integer PRIMARY KEY, a date, b date, CHECK (a < b), CONSTRAINT e EXCLUDE USING gist (daterange(a, b) WITH &&))",
        &["INSERT INTO t VALUES (1, '2001-01-01', '2002-01-01'), (2, '2001-06-01', '2003-01-01')"],
    ),
    case(
        "an exclusion of some rows",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, r int4range, n integer)",
        "CREATE TABLE t (id integer PRIMARY KEY, r int4range, n integer, CONSTRAINT e EXCLUDE USING gist (r WITH &&) WHERE (n = 4711))",
        &["INSERT INTO t VALUES (1, '[1,3)', 4711), (2, '[2,4)', 4711)"],
    ),
    case(
        "a value for NULL where an exclusion takes each once",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a integer, CONSTRAINT e EXCLUDE (a WITH =))",
        "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL DEFAULT 7, CONSTRAINT e EXCLUDE (a WITH =))",
        &["INSERT INTO t VALUES (1, NULL), (2, NULL)"],
    ),
    case(
        "a value for NULL in a unique column",
        None,
        "CREATE TABLE t (id integer PRIMARY KEY, a integer UNIQUE)",
        "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL DEFAULT 7 UNIQUE)",
        &["INSERT INTO t VALUES (1, NULL), (2, NULL)"],
    ),
    case(
        "a value for NULL in a part of a key",
        None,
        "CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer); CREATE UNIQUE INDEX u ON t (b, a)",
        "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL DEFAULT 7, b integer); CREATE UNIQUE INDEX u ON t (b, a)",
        &["INSERT INTO t VALUES (1, NULL, 1), (2, NULL, 1)"],
    ),
    case(
        "a value for NULL where a former key is gone",
        None,
        "CREATE TABLE t (id integer PRIMARY KEY, a integer); CREATE UNIQUE INDEX u ON t (a)",
        "CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL DEFAULT 7)",
        &["INSERT INTO t VALUES (1, NULL), (2, NULL)"],
    ),
    case(
        "a foreign key",
        None,
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER CONSTRAINT t_p_fkey REFERENCES p)",
        &["INSERT INTO t VALUES (1, 1)"],
    ),
    case(
        "a foreign key that does something else on DELETE",
        None,
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER CONSTRAINT t_p_fkey REFERENCES p)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER CONSTRAINT t_p_fkey REFERENCES p ON DELETE CASCADE)",
        &["INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)"],
    ),
    case(
        "a foreign key that is not to hold yet",
        POSTGRES,
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer)",
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer); ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES p NOT VALID",
        &["INSERT INTO t VALUES (1, 1)"],
    ),
    case(
        "a wider type of both ends of a foreign key",
        POSTGRES,
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer UNIQUE REFERENCES p)",
        "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (id bigint PRIMARY KEY, p bigint UNIQUE REFERENCES p)",
        &["INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)"],
    ),
    case(
        "keys of a circle of tables that are made",
        POSTGRES,
        "CREATE TABLE o (id integer PRIMARY KEY)",
        "CREATE TABLE o (id integer PRIMARY KEY); CREATE TABLE a (id integer PRIMARY KEY, b integer); CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b",
        &["INSERT INTO o VALUES (1)"],
    ),
    case(
        "a VARCHAR that is wider",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(10) CONSTRAINT u UNIQUE, CONSTRAINT c CHECK (length(a) > 1))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20) CONSTRAINT u UNIQUE, CONSTRAINT c CHECK (length(a) > 1))",
        &["INSERT INTO t VALUES (1, 'xxxxxxxxxx')"],
    ),
    case(
        "a column that was renamed keeps what is known of it",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL CONSTRAINT u UNIQUE)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL CONSTRAINT u UNIQUE, b TEXT); CREATE UNIQUE INDEX i ON t (a, b)",
        &["INSERT INTO t VALUES (1, 'x')"],
    ),
    case(
        "a trigger that writes NULL over what is inserted",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a text);
         CREATE FUNCTION clear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := NULL; RETURN NEW; END $$;
         CREATE TRIGGER clear BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION clear()",
        "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL);
         CREATE FUNCTION clear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := NULL; RETURN NEW; END $$;
         CREATE TRIGGER clear BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION clear()",
        &["INSERT INTO t VALUES (1, 'x')"],
    ),
    case(
        "a trigger that writes NULL over what was inserted",
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
         CREATE TRIGGER clear AFTER INSERT ON t BEGIN UPDATE t SET a = NULL WHERE id = NEW.id; END",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);
         CREATE TRIGGER clear AFTER INSERT ON t BEGIN UPDATE t SET a = NULL WHERE id = NEW.id; END",
        &["INSERT INTO t VALUES (1, 'x')"],
    ),
];

/// Whether the statements fail on one of the lots of rows.
async fn fails(bench: &mut Bench, case: &Case, upgrade: &str) -> bool {
    let home = tempfile::tempdir().expect("a folder");
    write(home.path(), "aaaa", "none", case.before, "SELECT 1");
    let read = folder::read(&[home.path().to_owned()]).expect("is read");
    let heads: Vec<_> = read.graph.heads().into_iter().cloned().collect();
    let mut failed = false;
    for rows in case.rows {
        let mut copy = bench.copy(&read, &heads).await.expect("is made");
        let connection = &mut copy.connection;
        let inserted = connection.batch(rows).await;
        inserted.unwrap_or_else(|error| panic!("{}: {rows}: {error}", case.name));
        if bench.dialect() == Dialect::Sqlite {
            let off = connection.batch("PRAGMA foreign_keys = OFF").await;
            off.expect("is switched");
        }
        failed |= connection
            .batch(&format!("BEGIN;\n{upgrade};\nCOMMIT"))
            .await
            .is_err();
        bench.discard(copy).await.expect("is dropped");
    }
    failed
}

/// Whether the proof of the statements, without a word of theirs, finds rows on which they fail.
async fn is_found(bench: &mut Bench, case: &Case, upgrade: &str, downgrade: &str) -> bool {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().to_owned();
    let mute = |line: &&str| !line.trim_start().starts_with("-- hazard");
    let upgrade: Vec<&str> = upgrade.lines().filter(mute).collect();
    write(&folder, "aaaa", "none", case.before, "SELECT 1");
    write(&folder, "bbbb", "aaaa", &upgrade.join("\n"), downgrade);
    let read = folder::read(&[folder]).expect("is read");
    let project = Project {
        folder: &read,
        parents: &[],
        unmanaged: &Unmanaged::default(),
    };
    let proof = verify(bench, project, &"bbbb".parse().expect("an id")).await;
    let proof = match proof {
        Ok(proof) => proof,
        // Rows that the revisions themselves made are no made-up ones.
        Err(ProofError::State(_)) => return true,
        Err(error) => panic!("{}: {error:?}", case.name),
    };
    proof
        .rows
        .findings
        .iter()
        .any(|finding| finding.hazard.code == HazardCode::MayFail)
}

async fn hold(dialect: Dialect) {
    let mut benches = benches(dialect);
    let mut wrong = Vec::new();
    let mut left_out = LeftOut::default();
    let version = benches.usual.server_version().await.expect("answers");
    let is_own = |case: &&Case| case.dialect.is_none_or(|own| own == dialect);
    for case in CASES.iter().filter(is_own) {
        let text = format!("{};\n{}", case.before, case.after);
        if left_out.note(version, case.name, &text).is_some() {
            continue;
        }
        let bench = benches.of(case.name, &text);
        let planned = planned(bench, &folder_of(case), case.after).await;
        let (upgrade, downgrade) = planned.unwrap_or_else(|| panic!("{}: no plan", case.name));
        let is_said = upgrade.contains("-- hazard: may_fail");
        let fails = fails(bench, case, &upgrade).await;
        let is_found = is_found(bench, case, &upgrade, &downgrade).await;
        if is_said != fails || is_found != fails {
            wrong.push(format!(
                "{}: said {is_said}, found {is_found}, fails {fails}\n{upgrade}",
                case.name
            ));
        }
    }
    benches.close().await;
    left_out.tell();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A folder with the revision of a case; it lives as long as the test.
fn folder_of(case: &Case) -> std::path::PathBuf {
    let home = tempfile::tempdir().expect("a folder").keep();
    write(&home, "aaaa", "none", case.before, "SELECT 1");
    home
}

#[tokio::test]
async fn a_failure_is_said_where_it_can_happen_on_sqlite() {
    hold(Dialect::Sqlite).await;
}

#[tokio::test]
async fn a_failure_is_said_where_it_can_happen_on_postgres() {
    hold(Dialect::Postgres).await;
}

/// Values of each type, those at its ends included.
const TYPES: &[(&str, &[&str])] = &[
    ("smallint", &["0", "1", "-32768", "32767"]),
    ("integer", &["0", "1", "-2147483648", "2147483647"]),
    (
        "bigint",
        &["0", "1", "-9223372036854775808", "9223372036854775807"],
    ),
    ("real", &["0", "0.5", "1e38", "-1.234567e-30", "NaN"]),
    (
        "double precision",
        &["0", "0.5", "1e300", "-1.234567e300", "NaN"],
    ),
    ("numeric", &["0", "0.5", "1e400", "-1e400", "NaN"]),
    ("numeric(5,2)", &["0", "0.5", "999.99", "-999.99", "NaN"]),
    (
        "numeric(7,2)",
        &["0", "0.5", "99999.99", "-99999.99", "NaN"],
    ),
    ("numeric(6,4)", &["0", "0.5", "99.9999", "NaN"]),
    (
        "numeric(30,0)",
        &["0", "999999999999999999999999999999", "NaN"],
    ),
    ("boolean", &["true", "false"]),
    ("text", &["", "x", "1", "true", "xxxxxxxxxxxx", "\\q"]),
    ("varchar(5)", &["", "x", "1", "xxxxx", "\\q"]),
    ("varchar(9)", &["", "x", "1", "xxxxxxxxx", "\\q"]),
    ("char(3)", &["", "x", "xxx", "\\q"]),
    ("date", &["2001-02-03", "5874897-12-31", "infinity"]),
    ("time", &["01:02:03", "23:59:59.999999", "24:00"]),
    ("time(0)", &["01:02:03"]),
    ("timetz", &["01:02:03+00", "23:59:59.999999+15"]),
    (
        "timestamp",
        &["2001-02-03 01:02:03", "294276-12-31", "infinity"],
    ),
    (
        "timestamp(0)",
        &["2001-02-03 01:02:03", "294276-12-31", "infinity"],
    ),
    ("timestamptz", &["2001-02-03 01:02:03+00", "infinity"]),
    ("interval", &["1 day", "-1 second", "1000 years"]),
    ("uuid", &["00000000-0000-4000-8000-000000000001"]),
    ("bytea", &["", "\\x41", "\\xff00ff00ff"]),
    ("json", &["{\"a\": 1000000}", "\"\\u0000\"", "1e999999"]),
    ("jsonb", &["{\"a\": 1000000}", "null", "\"\\n\""]),
    ("integer[]", &["{}", "{1}", "{1,2147483647}", "{NULL}"]),
    ("bigint[]", &["{}", "{9223372036854775807}"]),
    ("text[]", &["{}", "{x}", "{1}", "{\"a\\\"b\",xxxxxxxxx}"]),
];

/// A table with one column of a type, as the server reads it.
async fn types(connection: &mut Connection) -> Vec<(Type, &'static [&'static str])> {
    let mut sql = Vec::new();
    for (number, (name, _)) in TYPES.iter().enumerate() {
        sql.push(format!("CREATE TABLE t{number} (c {name})"));
    }
    connection.batch(&sql.join(";")).await.expect("is made");
    let options = limbeck_engine::inspect::InspectOptions::default();
    let schema = limbeck_engine::inspect::inspect(connection, &options).await;
    let schema = schema.expect("is read");
    let of = |number: usize| {
        let table = &schema.tables[&QualifiedName::new(format!("t{number}"))];
        table.columns[0].data_type.clone()
    };
    let values = TYPES.iter().enumerate();
    values
        .map(|(number, (_, values))| (of(number), *values))
        .collect()
}

#[tokio::test]
async fn a_type_fails_where_its_hazard_says_so_on_postgres() {
    let mut bench = benches(Dialect::Postgres).usual;
    let folder = folder::read(&[tempfile::tempdir().expect("a folder").keep()]).expect("is read");
    let mut copy = bench.copy(&folder, &[]).await.expect("is made");
    let connection = &mut copy.connection;
    let types = types(connection).await;
    let schema = |data_type: &Type| {
        let mut table = Table::new(QualifiedName::new("t"));
        table.columns.push(Column::new("c", data_type.clone()));
        let mut schema = Schema::default();
        schema.tables.insert(table.name.clone(), table);
        schema
    };
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    let mut wrong = Vec::new();
    for (from, values) in &types {
        for (to, _) in types.iter().filter(|(to, _)| to != from) {
            let before = schema(from);
            let operations = diff(&before, &schema(to), &decisions, Dialect::Postgres);
            let operations = operations.expect("all is decided");
            let Ok(plan) = plan(&operations, &before, Dialect::Postgres) else {
                continue;
            };
            let statements: Vec<_> = plan
                .steps
                .iter()
                .flat_map(|step| &step.statements)
                .collect();
            let is_said = statements
                .iter()
                .flat_map(|one| &one.hazards)
                .any(|one| one.code == HazardCode::MayFail);
            let sql: Vec<&str> = statements.iter().map(|one| one.sql.as_str()).collect();
            let name = limbeck_core::dialect::type_name(from, Dialect::Postgres);
            let mut failed = Vec::new();
            for value in *values {
                let make =
                    format!("BEGIN; CREATE TABLE t (c {name}); INSERT INTO t VALUES ('{value}')");
                connection.batch(&make).await.expect("is made");
                if connection.batch(&sql.join(";\n")).await.is_err() {
                    failed.push(*value);
                }
                connection.batch("ROLLBACK").await.expect("is rolled back");
            }
            if is_said == failed.is_empty() {
                wrong.push(format!(
                    "{from} to {to}: said {is_said}, fails on {failed:?}; {sql:?}"
                ));
            }
        }
    }
    bench.discard(copy).await.expect("is dropped");
    bench.close().await.expect("is closed");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
