//! Statements and what they say that they do, as tables.

use super::*;
use crate::schema::QualifiedName;
use crate::sql::split;

fn effects(sql: &str, dialect: Dialect) -> Vec<Effect> {
    let statements = split(sql, dialect).unwrap_or_else(|error| panic!("{sql}: {error}"));
    statements.iter().flat_map(of_statement).collect()
}

/// An effect in one line; which functions are called is told only where some are asked about.
fn told(effect: &Effect) -> Option<String> {
    let rows = |rows: &Rows| {
        let mut text = rows.target.clone();
        for (word, part) in [("with", &rows.others), ("where", &rows.filter)] {
            if let Some(part) = part {
                text += &format!(" {word} {part}");
            }
        }
        if !rows.is_told {
            text += " …";
        }
        text
    };
    Some(match effect {
        Effect::CreateTable(table, columns) => {
            let columns: Vec<String> = columns
                .iter()
                .map(|(name, data_type)| format!("{name} {data_type}"))
                .collect();
            format!("create {table} ({})", columns.join(", "))
        }
        Effect::DropTable(table) => format!("drop {table}"),
        Effect::RenameTable(from, to) => format!("rename {from} to {to}"),
        Effect::DropColumn(table, column) => format!("drop {table}.{column}"),
        Effect::RenameColumn(table, from, to) => format!("rename {table}.{from} to {to}"),
        Effect::Retype {
            table,
            column,
            data_type,
            using,
        } => {
            let using = using
                .as_ref()
                .map_or(String::new(), |one| format!(" using {one}"));
            format!("retype {table}.{column}: {data_type}{using}")
        }
        Effect::Insert {
            table,
            sources,
            copy,
        } => {
            let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
            let copy = copy.as_ref().map_or(String::new(), |copy| {
                let columns = copy.columns.as_ref();
                let columns = columns.map_or("*".to_owned(), |columns| columns.join(", "));
                format!(
                    ": {columns} = {} of {}",
                    copy.items.join(", "),
                    rows(&copy.rows)
                )
            });
            format!("insert {table} from [{}]{copy}", sources.join(", "))
        }
        Effect::Update {
            table,
            values,
            rows: which,
        } => {
            let values: Vec<String> = values
                .iter()
                .map(|(column, value)| match value {
                    Some(value) => format!("{column} = {value}"),
                    None => column.clone(),
                })
                .collect();
            let which = which.as_ref().map_or("?".to_owned(), rows);
            format!("update {table}: {}; {which}", values.join(", "))
        }
        Effect::Delete(table, which) => {
            let which = which.as_ref().map_or("?".to_owned(), rows);
            format!("delete some of {table}; {which}")
        }
        Effect::DeleteAll(table) => format!("delete all of {table}"),
        Effect::RenameSchema(from, to) => format!("rename schema {from} to {to}"),
        Effect::DropSchema(schema) => format!("drop schema {schema}"),
        Effect::CreateFunction(name) => format!("function {name}"),
        Effect::Divert(table) => format!("divert {table}"),
        Effect::Unknown {
            reach: Reach::Functions(_),
            ..
        } => return None,
        Effect::Unknown { what, reach } => match reach {
            Reach::Named(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("{what}: {}", names.join(" "))
            }
            Reach::Functions(_) | Reach::Any => format!("{what}: any"),
        },
    })
}

fn check(dialect: Dialect, cases: &[(&str, &[&str])]) {
    for (sql, expected) in cases {
        let found: Vec<String> = effects(sql, dialect).iter().filter_map(told).collect();
        assert_eq!(found, *expected, "{sql}");
    }
}

#[test]
fn tables_columns_and_schemas() {
    check(
        Dialect::Postgres,
        &[
            (
                "CREATE TEMP TABLE IF NOT EXISTS t (a int)",
                &["create pg_temp.t (a int)"],
            ),
            (
                "CREATE TABLE t (a numeric(3, 2) NOT NULL, \"B\" text[] DEFAULT '{}', PRIMARY KEY (a))",
                &["create t (a numeric(3, 2), B text[])"],
            ),
            (
                "CREATE TABLE t AS SELECT a FROM s.u",
                &["create t ()", "insert t from [u]: * = a of s.u"],
            ),
            (
                "CREATE TABLE t AS SELECT a FROM u WITH NO DATA",
                &["create t ()"],
            ),
            (
                "DROP TABLE IF EXISTS public.t, a.\"U\" CASCADE",
                &["drop public.t", "drop a.U"],
            ),
            (
                "ALTER TABLE t ADD COLUMN x numeric(3, 2), DROP COLUMN IF EXISTS a, DROP b CASCADE, DROP CONSTRAINT c, ALTER d DROP NOT NULL",
                &["drop t.a", "drop t.b"],
            ),
            (
                "ALTER TABLE ONLY t ALTER COLUMN a SET DATA TYPE numeric(3, 2) USING a::numeric, ALTER b TYPE text COLLATE \"C\"",
                &[
                    "retype t.a: numeric(3, 2) using a::numeric",
                    "retype t.b: text",
                ],
            ),
            ("alter table t rename column a to B", &["rename t.a to b"]),
            ("ALTER TABLE t RENAME a TO \"B\"", &["rename t.a to B"]),
            ("ALTER TABLE s.t RENAME TO u", &["rename s.t to s.u"]),
            ("ALTER TABLE t RENAME CONSTRAINT a TO b", &[]),
            (
                "ALTER TABLE IF EXISTS t SET SCHEMA \"S\"",
                &["rename t to S.t"],
            ),
            ("ALTER SCHEMA a RENAME TO b", &["rename schema a to b"]),
            ("ALTER SCHEMA a OWNER TO b", &[]),
            (
                "DROP SCHEMA IF EXISTS a, \"B\" CASCADE",
                &["drop schema a", "drop schema B"],
            ),
            // Without CASCADE it is refused when there is anything in it.
            ("DROP SCHEMA a", &[]),
        ],
    );
    check(
        Dialect::Sqlite,
        &[
            ("CREATE TEMPORARY TABLE \"T\" (a)", &["create temp.T (a )"]),
            (
                "ALTER TABLE T RENAME Note TO [My note]",
                &["rename T.Note to My note"],
            ),
            (
                "ALTER TABLE main.t RENAME TO u",
                &["rename main.t to main.u"],
            ),
            ("ALTER TABLE t DROP `a`", &["drop t.a"]),
        ],
    );
}

#[test]
fn rows() {
    check(
        Dialect::Postgres,
        &[
            (
                "TRUNCATE ONLY t, u",
                &["delete all of t", "delete all of u"],
            ),
            (
                "UPDATE ONLY t AS x SET a = (SELECT b FROM u), (c, d) = (1, 2) WHERE e = 1",
                &["update t: a = (SELECT b FROM u), c, d; ONLY t AS x where e = 1"],
            ),
            // The words of a condition are none of the statement.
            (
                "UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END, c = d IS DISTINCT FROM e, f = 1 FROM u",
                &[
                    "update t: a = CASE WHEN b THEN 1 ELSE 2 END, c = d IS DISTINCT FROM e, f = 1; t with u",
                ],
            ),
            ("DELETE FROM t", &["delete all of t"]),
            ("DELETE FROM t WHERE a", &["delete some of t; t where a"]),
            ("DELETE FROM t USING u", &["delete some of t; t with u"]),
            (
                "INSERT INTO t (a) SELECT b FROM u x WHERE c",
                &["insert t from [u]: a = b of u x where c"],
            ),
            (
                "INSERT INTO t SELECT a FROM u GROUP BY a",
                &["insert t from [u]: * = a of u …"],
            ),
            (
                "INSERT INTO t (a) SELECT 1 ON CONFLICT (a) DO UPDATE SET b = 1",
                &[
                    "insert t from []",
                    "update t: b = 1; ?",
                    "what `INSERT INTO t (a) SELECT 1 ON CONFLICT (a) DO UPDATE SET b = 1` changes: t",
                ],
            ),
            (
                "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = u.b, c = 1 WHEN NOT MATCHED THEN DO NOTHING",
                &[
                    "delete some of t; ?",
                    "update t: b = u.b, c = 1; ?",
                    "what `MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = u.b, c = 1 WHEN NOT MATCHED THEN DO NOTHING` changes: t",
                ],
            ),
            (
                "INSERT INTO t SELECT a FROM u WHERE false",
                &["insert t from []: * = a of u where false"],
            ),
            (
                "WITH gone AS (DELETE FROM u WHERE true RETURNING a) INSERT INTO t SELECT a FROM gone",
                &[
                    "delete some of u; ?",
                    "insert t from [gone, u]",
                    "what `WITH gone AS (DELETE FROM u WHERE true RETURNING a) INSERT INTO t SELECT a FROM gone` changes: a as delete from gone insert into returning select t true u where with",
                ],
            ),
            ("EXPLAIN SELECT 1", &[]),
            ("SELECT 1", &[]),
        ],
    );
    check(
        Dialect::Sqlite,
        &[
            (
                "UPDATE OR IGNORE t SET a = 1 ORDER BY b LIMIT 1",
                &["update t: a = 1; t …"],
            ),
            (
                "REPLACE INTO t SELECT * FROM u",
                &[
                    "insert t from [u]",
                    "what `REPLACE INTO t SELECT * FROM u` changes: t",
                ],
            ),
        ],
    );
}

#[test]
fn what_is_not_told() {
    check(
        Dialect::Postgres,
        &[
            ("DROP TYPE a", &[]),
            (
                "DROP DOMAIN a\n  CASCADE",
                &["what `DROP DOMAIN a CASCADE` takes along: any"],
            ),
            (
                "DROP OWNED BY a",
                &["what `DROP OWNED BY a` takes along: any"],
            ),
            (
                "ALTER TYPE a DROP ATTRIBUTE b",
                &["what `ALTER TYPE a DROP ATTRIBUTE b` takes along: any"],
            ),
            (
                "DO $x$ BEGIN INSERT INTO t VALUES (1); INSERT INTO u TABLE w; PERFORM a FROM v; END $x$",
                &["insert t from []", "insert u from []"],
            ),
            (
                "DO $x$ BEGIN UPDATE t SET a = 1; DELETE FROM t; ALTER TABLE u DROP b; DROP TABLE v; END $x$",
                &[
                    "what a DO block changes or deletes: a alter b begin delete drop end from set t table u update v",
                    "update t: a = 1; ?",
                    "delete all of t",
                    "drop u.b",
                    "drop v",
                ],
            ),
            (
                "DO $x$ BEGIN EXECUTE 'DROP TABLE ' || 't'; END $x$",
                &["what a DO block changes or deletes: any"],
            ),
            (
                "DO 'BEGIN END'",
                &["what a DO block changes or deletes: any"],
            ),
            (
                "CREATE TRIGGER x AFTER UPDATE ON t EXECUTE FUNCTION f()",
                &["divert t"],
            ),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", &["divert v"]),
            (
                "CREATE FUNCTION s.f() RETURNS void LANGUAGE sql AS $$ DELETE FROM t $$",
                &["function s.f"],
            ),
        ],
    );
    check(
        Dialect::Sqlite,
        &[
            (
                "PRAGMA writable_schema = ON",
                &["what `PRAGMA writable_schema = ON` allows: any"],
            ),
            ("PRAGMA writable_schema = OFF", &[]),
            (
                "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END",
                &["divert t"],
            ),
        ],
    );
}

/// Names at the start, statements, and what names mean then: `name = the one of the start`.
const FOLLOWED: [(Dialect, &str, &str, &[&str]); 14] = [
    (
        Dialect::Postgres,
        "t(a, b)",
        "ALTER TABLE t RENAME a TO x; ALTER TABLE t RENAME TO u",
        &["u = t", "u.x = t.a", "u.b = t.b", "t = -", "u.a = -"],
    ),
    // The default schema is one, whether it is written or not.
    (
        Dialect::Postgres,
        "t(a), other.t(b)",
        "ALTER TABLE app.t RENAME TO u; ALTER TABLE other.t SET SCHEMA app",
        &[
            "u = t",
            "app.u.a = t.a",
            "t = other.t",
            "app.t.b = other.t.b",
            "public.t = -",
        ],
    ),
    // A table keeps its schema when it gets another name.
    (
        Dialect::Postgres,
        "other.t(a)",
        "ALTER TABLE other.t RENAME TO u",
        &["other.u = other.t", "app.u = -"],
    ),
    (
        Dialect::Postgres,
        "one.t(a), two.t(b)",
        "ALTER SCHEMA one RENAME TO three; DROP SCHEMA two CASCADE",
        &["three.t.a = one.t.a", "one.t = -", "two.t = -"],
    ),
    (
        Dialect::Postgres,
        "s.t(a)",
        "ALTER SCHEMA s RENAME TO app",
        &["t.a = s.t.a", "app.t = s.t"],
    ),
    // Case is part of a name in quotes.
    (Dialect::Postgres, "t(a)", "DROP TABLE \"T\"", &["t = t"]),
    (
        Dialect::Sqlite,
        "T(Note)",
        "ALTER TABLE \"t\" RENAME note TO \"Text\"",
        &["MAIN.t.TEXT = T.Note"],
    ),
    // A rebuild, and one that gives a column another name on the way.
    (
        Dialect::Sqlite,
        "t(a, b)",
        "CREATE TABLE n (a, b); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
        &["t = t", "t.a = t.a", "t.b = t.b", "n = -"],
    ),
    (
        Dialect::Sqlite,
        "t(a, b, c)",
        "CREATE TABLE n (x, b, y); INSERT INTO N (x, b, y) SELECT a, lower(b), c FROM t; DROP TABLE T; ALTER TABLE n RENAME TO t; ALTER TABLE t RENAME y TO z",
        &["t.x = t.a", "t.b = t.b", "t.z = t.c", "t.a = -"],
    ),
    (
        Dialect::Sqlite,
        "t(a)",
        "ALTER TABLE t RENAME TO old; CREATE TABLE t (x); INSERT INTO t (x) SELECT a FROM old; DROP TABLE old",
        &["t.x = t.a", "old = -"],
    ),
    // Rows of another table make it another one.
    (
        Dialect::Sqlite,
        "t(a), u(a)",
        "CREATE TABLE n (a); INSERT INTO n SELECT a FROM u; DROP TABLE t; ALTER TABLE n RENAME TO t",
        &["t = -", "u = u"],
    ),
    (
        Dialect::Sqlite,
        "t(a)",
        "CREATE TABLE n (a); DROP TABLE t; ALTER TABLE n RENAME TO t",
        &["t = -"],
    ),
    // A temporary table stands before the one that has its name.
    (
        Dialect::Postgres,
        "t(a)",
        "CREATE TEMP TABLE t (b int)",
        &["t = -", "app.t = t"],
    ),
    (
        Dialect::Postgres,
        "t(a, b)",
        "CREATE TABLE n AS SELECT a, b AS c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
        &["t.a = t.a"],
    ),
];

#[test]
fn names_are_followed() {
    for (dialect, start, sql, expected) in FOLLOWED {
        let tables = start.split("), ").map(|table| {
            let (name, columns) = table
                .trim_end_matches(')')
                .split_once('(')
                .expect("columns");
            let name: QualifiedName = name.parse().expect("a name");
            let columns = columns.split(", ").map(str::to_owned);
            let known = Known {
                origin: name.clone(),
                columns: columns.map(|name| (name.clone(), name)).collect(),
            };
            (name, Some(known))
        });
        let default = match dialect {
            Dialect::Postgres => "app",
            Dialect::Sqlite => "main",
        };
        let mut names = Names::new(Lookup::without(default, dialect), tables);
        for effect in effects(sql, dialect) {
            names.follow(&effect);
        }
        for line in expected {
            let (written, _) = line.split_once(" = ").expect("a line");
            let is_column = |(table, column): &(QualifiedName, Option<String>)| {
                let column = column.as_ref()?;
                let (table, column) = names.column(table, column)?;
                Some(format!("{table}.{column}"))
            };
            let readings = readings(written, dialect);
            let column = readings.iter().find_map(is_column);
            let table = readings.iter().find_map(|(table, column)| {
                let table = names.table(table).filter(|_| column.is_none())?;
                Some(table.to_string())
            });
            let meant = column.or(table).unwrap_or_else(|| "-".to_owned());
            assert_eq!(format!("{written} = {meant}"), **line, "{start}: {sql}");
        }
    }
}

#[test]
fn names_in_full_are_found_along_a_path() {
    let table = |schema: &str| {
        let name = QualifiedName::within(Some(schema), "t");
        let known = Known {
            origin: name.clone(),
            columns: Vec::new(),
        };
        (name, Some(known))
    };
    let path = vec!["two".to_owned(), "one".to_owned()];
    let lookup = Lookup::along(path, Dialect::Postgres);
    let mut names = Names::new(lookup, [table("one"), table("three")]);
    let found = |names: &Names, written: &str| {
        let written = written.parse().expect("a name");
        names.table(&written).map(ToString::to_string)
    };
    assert_eq!(found(&names, "t").as_deref(), Some("one.t"));
    assert_eq!(found(&names, "two.t"), None);
    for effect in effects("CREATE TABLE t (a int)", Dialect::Postgres) {
        names.follow(&effect);
    }
    // It is made in the first schema, which comes before the others.
    assert_eq!(found(&names, "t"), None);
    assert_eq!(found(&names, "three.t").as_deref(), Some("three.t"));
}
