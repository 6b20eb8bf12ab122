//! What a proof says of rows: kept, refused with the column, at risk, or not to be had.

use std::fs;

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_engine::inspect::{InspectOptions, inspect};
use limbeck_engine::state::Bench;

/// How the revision comes about.
enum Way {
    /// As Limbeck would write it, on the way to what this SQL makes.
    To(&'static str),
    /// Written by hand: there, and back.
    Hand(&'static str, &'static str),
}
use Way::{Hand, To};

use super::told::{benches, planned, verified, write};

struct Case {
    name: &'static str,
    /// `None` for both.
    dialect: Option<Dialect>,
    before: &'static str,
    way: Way,
    /// The name of a file of rows, and its text.
    fixture: Option<(&'static str, &'static str)>,
    /// Every line that is told.
    expected: &'static [&'static str],
}

const fn case(
    name: &'static str,
    dialect: Option<Dialect>,
    before: &'static str,
    way: Way,
    expected: &'static [&'static str],
) -> Case {
    Case {
        name,
        dialect,
        before,
        way,
        fixture: None,
        expected,
    }
}

const TASKS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(40) NOT NULL UNIQUE);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, title VARCHAR(50) NOT NULL, note TEXT);";
const POSTGRES: Option<Dialect> = Some(Dialect::Postgres);
const SQLITE: Option<Dialect> = Some(Dialect::Sqlite);

const CASES: &[Case] = &[
    case(
        "a column is added",
        None,
        TASKS,
        Hand("ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0", "-- loses: tasks.priority\nALTER TABLE tasks DROP COLUMN priority"),
        &["rows: 2 of 2 tables"],
    ),
    case(
        "a table that nothing else needs is made, and no row is",
        None,
        TASKS,
        Hand("CREATE TABLE tags (id INTEGER PRIMARY KEY)", "-- loses: tags\nDROP TABLE tags"),
        &["rows: 0 of 0 tables"],
    ),
    case(
        "a table that is referenced goes, and the column stays",
        None,
        "CREATE TABLE users (id INTEGER PRIMARY KEY);
         CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL CONSTRAINT tasks_user REFERENCES users (id))",
        To("CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL)"),
        &["rows: 1 of 2 tables; tasks: left empty", "may_fail: tasks.tasks_user: any rows ("],
    ),
    case(
        "a column is renamed",
        None,
        TASKS,
        Hand("ALTER TABLE tasks RENAME COLUMN title TO name", "ALTER TABLE tasks RENAME COLUMN name TO title"),
        &["rows: 2 of 2 tables"],
    ),
    case(
        "a table is renamed, and a column of it",
        None,
        TASKS,
        Hand(
            "ALTER TABLE tasks RENAME TO jobs; ALTER TABLE jobs RENAME note TO remark",
            "ALTER TABLE jobs RENAME remark TO note; ALTER TABLE jobs RENAME TO tasks",
        ),
        &["rows: 2 of 2 tables"],
    ),
    case(
        "a table that moves to another schema loses values",
        POSTGRES,
        TASKS,
        Hand(
            "CREATE SCHEMA app; ALTER TABLE public.tasks SET SCHEMA app;
             DO $x$ BEGIN EXECUTE 'UPDATE app.' || 'tasks SET note = NULL'; END $x$",
            "ALTER TABLE app.tasks SET SCHEMA public; DROP SCHEMA app",
        ),
        &["the upgrade changes rows that it should leave as they are", "tasks.note: '"],
    ),
    case(
        "a table whose schema gets another name loses values",
        POSTGRES,
        "CREATE SCHEMA app; CREATE TABLE app.tasks (id integer PRIMARY KEY, note text)",
        Hand(
            "ALTER SCHEMA app RENAME TO web;
             DO $x$ BEGIN EXECUTE 'UPDATE web.' || 'tasks SET note = NULL'; END $x$",
            "ALTER SCHEMA web RENAME TO app",
        ),
        &["the upgrade changes rows that it should leave as they are", "app.tasks.note:"],
    ),
    case(
        "a rebuild forgets a column",
        SQLITE,
        TASKS,
        Hand(
            "CREATE TABLE new (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, title VARCHAR(50) NOT NULL, note TEXT, more TEXT);
             INSERT INTO new (id, user_id, title) SELECT id, user_id, title FROM tasks; DROP TABLE tasks; ALTER TABLE new RENAME TO tasks",
            "-- loses: tasks.more\nALTER TABLE tasks DROP COLUMN more",
        ),
        &["the upgrade changes rows that it should leave as they are, on sqlite", "tasks.note: '"],
    ),
    case(
        "a downgrade forgets a column",
        None,
        TASKS,
        Hand(
            "ALTER TABLE tasks ADD COLUMN more TEXT",
            "CREATE TABLE kept AS SELECT * FROM tasks; DROP TABLE tasks;
             CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, title VARCHAR(50) NOT NULL, note TEXT);
             -- loses: tasks.more
             INSERT INTO tasks (id, user_id, title) SELECT id, user_id, title FROM kept; DROP TABLE kept",
        ),
        &["the downgrade loses values and does not say so", "tasks.note: '"],
    ),
    case(
        "a downgrade forgets a column and says so",
        None,
        TASKS,
        Hand(
            "ALTER TABLE tasks ADD COLUMN more TEXT",
            "CREATE TABLE kept AS SELECT * FROM tasks;
             -- loses: tasks.note
             -- loses: tasks.more
             DROP TABLE tasks;
             CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, title VARCHAR(50) NOT NULL, note TEXT);
             INSERT INTO tasks (id, user_id, title) SELECT id, user_id, title FROM kept; DROP TABLE kept",
        ),
        &["rows: 2 of 2 tables"],
    ),
    case(
        "a default that is too long for the type that its column gets",
        POSTGRES,
        "CREATE TABLE t (id serial PRIMARY KEY, c varchar(20) DEFAULT 'a long default')",
        Hand("ALTER TABLE t ALTER c TYPE varchar(5)", "ALTER TABLE t ALTER c TYPE varchar(20)"),
        &["after the upgrade no row can leave `t.c` to its default, on postgres: value too long"],
    ),
    case(
        "a default that did not fit before either is no fault of the change",
        POSTGRES,
        "CREATE TABLE t (id serial PRIMARY KEY, c varchar(3) DEFAULT 'abcdef')",
        Hand("ALTER TABLE t ADD x integer", "-- loses: t.x\nALTER TABLE t DROP x"),
        &["rows: 1 of 1 table"],
    ),
    case(
        "a default that a check refuses is told",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT NOT NULL DEFAULT '', d TEXT DEFAULT 'x')",
        To("CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT NOT NULL DEFAULT '' CONSTRAINT given CHECK (c <> ''), d TEXT DEFAULT 'x')"),
        &["rows: 1 of 1 table", "hazard: may_fail: t.c: rows that leave it to its default"],
    ),
    case(
        "a rebuild forgets which numbers were given",
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)",
        Hand(
            "CREATE TABLE new (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT);
             INSERT INTO new (id, a) SELECT id, a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            "-- loses: t.b\nALTER TABLE t DROP COLUMN b",
        ),
        &[
            "rows: 1 of 1 table",
            "hazard: breaks_clients: t.id: numbers that it gave before are given again",
        ],
    ),
    case(
        "a rebuild of Limbeck's own keeps the numbers",
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)",
        To("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT DEFAULT 'x')"),
        &["rows: 1 of 1 table"],
    ),
    case(
        "a table that is renamed keeps its numbers",
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)",
        Hand("ALTER TABLE t RENAME TO u", "ALTER TABLE u RENAME TO t"),
        &["rows: 1 of 1 table"],
    ),
    case(
        "rows without a value get one that is there, and must differ",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, f integer UNIQUE)",
        Hand(
            "-- loses: t.f\nUPDATE t SET f = 0 WHERE f IS NULL; ALTER TABLE t ALTER f SET NOT NULL",
            "ALTER TABLE t ALTER f DROP NOT NULL",
        ),
        &["rows: 1 of 1 table", "hazard: may_fail: t.f: "],
    ),
    case(
        "a failure that is announced is known by a statement too long to show",
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a_column_with_a_long_name TEXT, another_column_with_a_long_name TEXT, c BLOB)",
        To("CREATE TABLE t (id INTEGER PRIMARY KEY, a_column_with_a_long_name TEXT, another_column_with_a_long_name TEXT, c TEXT CONSTRAINT mood CHECK (c IN ('a', 'b')))"),
        &["rows: 0 of 1 table", "hazard: may_fail: t.c"],
    ),
    case(
        "a rebuild with foreign keys on deletes what references the table",
        SQLITE,
        TASKS,
        Hand(
            "CREATE TABLE new (id INTEGER PRIMARY KEY, email VARCHAR(40) NOT NULL UNIQUE, name TEXT);
             INSERT INTO new (id, email) SELECT id, email FROM users; DROP TABLE users; ALTER TABLE new RENAME TO users",
            "-- loses: users.name\nALTER TABLE users DROP COLUMN name",
        ),
        &["the upgrade changes rows that it should leave as they are, on sqlite", "rows became 0 rows"],
    ),
    case(
        "a trigger of the project changes another column",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY, a text, touched timestamp);
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := '2020-01-01'; RETURN NEW; END $$;
         CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        Hand("ALTER TABLE t ADD COLUMN b text; UPDATE t SET b = 'x'", "-- loses: t.b\nALTER TABLE t DROP COLUMN b"),
        &["the upgrade changes rows that it should leave as they are, on postgres", "became '2020-01-01 00:00:00'"],
    ),
    case(
        "a way back fails with rows",
        None,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL)",
        Hand("ALTER TABLE t ADD COLUMN b TEXT; INSERT INTO t (id, a, b) SELECT 5, 'x', 'y' WHERE EXISTS (SELECT 1 FROM t)", "-- loses: t.b\nALTER TABLE t DROP COLUMN b; INSERT INTO t (id, a) SELECT id, a FROM t"),
        &["the downgrade fails on rows that it should take"],
    ),
    case(
        "rows that the target refuses are a hazard, each kind for itself",
        POSTGRES,
        "CREATE TYPE mood AS ENUM ('good', 'bad', 'odd');
         CREATE TABLE p (id integer PRIMARY KEY);
         CREATE TABLE t (id integer PRIMARY KEY, a text, b varchar(50), c integer NOT NULL, d integer NOT NULL, e bigint, f integer, g mood)",
        To("CREATE TYPE mood AS ENUM ('good', 'bad');
         CREATE TABLE p (id integer PRIMARY KEY);
         CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL, b varchar(10), c integer NOT NULL UNIQUE, d integer NOT NULL CONSTRAINT d_small CHECK (d < 100), e smallint, f integer REFERENCES p, g mood)"),
        &[
            "rows: 2 of 2 tables",
            "hazard: may_fail: t.a: rows with NULL in t.a (column \"a\" of relation \"t\" contains null values)",
            "hazard: may_fail: t.b: rows with 'xxxxxxxxxxx' in t.b (value too long for type character varying(10))",
            "hazard: may_fail: t.e: rows with 32768 in t.e (smallint out of range)",
            "hazard: may_fail: t.g: rows with 'odd' in t.g (invalid input value for enum mood: \"odd\")",
            "hazard: may_fail: t.t_c_key: rows with the same c in t (could not create unique index \"t_c_key\")",
            "hazard: may_fail: t.t_f_fkey: rows of t whose f is in no row of p (insert or update on table \"t\" violates foreign key constraint \"t_f_fkey\")",
            "hazard: may_fail: t.d_small: rows of t that do not satisfy d_small (check constraint \"d_small\" of relation \"t\" is violated by some row)",
        ],
    ),
    case(
        "rows that the target refuses are a hazard",
        SQLITE,
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, c INTEGER NOT NULL, d INTEGER NOT NULL, f INTEGER)",
        To("CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, c INTEGER NOT NULL CONSTRAINT t_c_key UNIQUE, d INTEGER NOT NULL CONSTRAINT d_small CHECK (d < 100), f INTEGER CONSTRAINT t_f_fkey REFERENCES p)"),
        &[
            "rows: 2 of 2 tables",
            "hazard: may_fail: t.a: rows with NULL in t.a (NOT NULL constraint failed: limbeck_new_t.a)",
            "hazard: may_fail: t.t_c_key: rows with the same c in t (UNIQUE constraint failed: limbeck_new_t.c)",
            "hazard: may_fail: t.t_f_fkey: rows of t whose f is in no row of p (CHECK constraint failed: no row references a missing row (PRAGMA foreign_key_check lists them))",
            "hazard: may_fail: t.d_small: rows of t that do not satisfy d_small (CHECK constraint failed: d_small)",
        ],
    ),
    case(
        "a key without values fails as it says, and the other tables are proven",
        POSTGRES,
        "CREATE TABLE t (id integer PRIMARY KEY); CREATE TABLE u (id integer PRIMARY KEY, a text)",
        Hand(
            "-- hazard: may_fail: t.code: rows are there, and the column gives them no value\nALTER TABLE t ADD COLUMN code text NOT NULL;\nALTER TABLE u ADD COLUMN b text",
            "-- loses: u.b\nALTER TABLE u DROP COLUMN b;\n-- loses: t.code\nALTER TABLE t DROP COLUMN code",
        ),
        &[
            "rows: 1 of 2 tables; t: left empty, since the rest would fail with it",
            "hazard: may_fail: t.code: any rows (column \"code\" of relation \"t\" contains null values)",
        ],
    ),
    case(
        "a key without values fails, and nothing says so",
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        Hand("ALTER TABLE t RENAME TO s; CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT NOT NULL); INSERT INTO t (id) SELECT id FROM s; DROP TABLE s", "-- loses: t.code\nALTER TABLE t DROP COLUMN code"),
        &["the upgrade fails on rows that it should take"],
    ),
    case(
        "a check that nothing satisfies leaves its table empty, and those that need it",
        None,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL, CONSTRAINT total_ok CHECK (total * total = 17));
         CREATE TABLE lines (id INTEGER PRIMARY KEY, \"order\" INTEGER NOT NULL, CONSTRAINT of_order FOREIGN KEY (\"order\") REFERENCES orders (id))",
        Hand("ALTER TABLE lines ADD COLUMN n INTEGER", "-- loses: lines.n\nALTER TABLE lines DROP COLUMN n"),
        &["rows: 0 of 2 tables; lines: foreign key of_order: orders has no rows; orders: check total_ok"],
    ),
    Case {
        name: "a fixture brings what cannot be made up",
        dialect: None,
        before: "CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL, CONSTRAINT total_ok CHECK (total * total = 289 AND total > 7 AND id = 4711));
         CREATE TABLE lines (id INTEGER PRIMARY KEY, \"order\" INTEGER NOT NULL, FOREIGN KEY (\"order\") REFERENCES orders (id))",
        way: Hand("ALTER TABLE lines ADD COLUMN n INTEGER", "-- loses: lines.n\nALTER TABLE lines DROP COLUMN n"),
        fixture: Some(("bbbb.sql", "INSERT INTO orders VALUES (4711, 17);")),
        expected: &["rows: 2 of 2 tables"],
    },
    Case {
        name: "a fixture that fails names its line",
        dialect: None,
        before: "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        way: Hand("ALTER TABLE t ADD COLUMN n INTEGER", "-- loses: t.n\nALTER TABLE t DROP COLUMN n"),
        fixture: Some(("bbbb.sql", "-- Rows\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1);")),
        expected: &["cannot run the rows of", "fixtures/bbbb.sql:3: `INSERT INTO t VALUES (1)` failed"],
    },
    Case {
        name: "a fixture for all revisions brings what cannot be made up, and nothing of what is not there",
        dialect: None,
        before: "CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL, CONSTRAINT total_ok CHECK (total * total = 289 AND total > 7 AND id > 4710))",
        way: Hand("ALTER TABLE orders ADD COLUMN n INTEGER", "-- loses: orders.n\nALTER TABLE orders DROP COLUMN n"),
        fixture: Some(("all.sql", "INSERT INTO orders (id, total) VALUES (4711, 17);\nINSERT INTO orders (id, total, n) VALUES (4712, 17, 1);\nINSERT INTO tags VALUES (1);")),
        expected: &["rows: 1 of 1 table"],
    },
    Case {
        name: "a fixture for all revisions that fails names its line",
        dialect: None,
        before: "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        way: Hand("ALTER TABLE t ADD COLUMN n INTEGER", "-- loses: t.n\nALTER TABLE t DROP COLUMN n"),
        fixture: Some(("all.sql", "INSERT INTO t VALUES (1);\nINSERT INTO t (id, n) VALUES (2, 2);\nINSERT INTO t VALUES (1);")),
        expected: &["cannot run the rows of", "fixtures/all.sql:3: `INSERT INTO t VALUES (1)` failed"],
    },
    Case {
        name: "a fixture of a revision that is not there",
        dialect: None,
        before: "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        way: Hand("ALTER TABLE t ADD COLUMN n INTEGER", "-- loses: t.n\nALTER TABLE t DROP COLUMN n"),
        fixture: Some(("cccc.sql", "INSERT INTO t VALUES (1);")),
        expected: &["fixtures/cccc.sql brings rows for revision `cccc`, which is not there"],
    },
    case(
        "circles, types and checks of both sides",
        POSTGRES,
        "CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@]+@[a-z.]+$');
         CREATE TYPE pair AS (a integer, b text);
         CREATE TABLE a (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b integer NOT NULL, m email NOT NULL, p pair, r int4range, CONSTRAINT a_code CHECK (length(m) > 5), EXCLUDE USING gist (r WITH &&));
         CREATE TABLE b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES a DEFERRABLE, boss integer NOT NULL REFERENCES b, state varchar(20) NOT NULL, total numeric(4, 2), half numeric GENERATED ALWAYS AS (total / 2) STORED CHECK (half > 1));
         ALTER TABLE a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES b DEFERRABLE",
        Hand(
            "ALTER TABLE b ADD CONSTRAINT b_state CHECK (state IN ('open', 'done')), ADD CONSTRAINT b_total CHECK (total BETWEEN 3 AND 4), ALTER state TYPE varchar(6); ALTER TABLE a ADD CHECK (lower(r) > 7)",
            "ALTER TABLE a DROP CONSTRAINT a_r_check; ALTER TABLE b DROP CONSTRAINT b_state, DROP CONSTRAINT b_total, ALTER state TYPE varchar(20)",
        ),
        &[
            "rows: 2 of 2 tables",
            "hazard: may_fail: a.a_r_check: rows of a that do not satisfy a_r_check",
            "hazard: may_fail: b.state: rows with 'xxxxxxx' in b.state (value too long for type character varying(6))",
            "hazard: may_fail: b.b_state: rows of b that do not satisfy b_state",
            "hazard: may_fail: b.b_total: rows of b that do not satisfy b_total",
        ],
    ),
];

async fn told(bench: &mut Bench, case: &Case) -> Vec<String> {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().to_owned();
    write(&folder, "aaaa", "none", case.before, "SELECT 1");
    let (upgrade, downgrade) = match case.way {
        Hand(upgrade, downgrade) => (upgrade.to_owned(), downgrade.to_owned()),
        To(after) => planned(bench, &folder, after).await.expect("is planned"),
    };
    write(&folder, "bbbb", "aaaa", &upgrade, &downgrade);
    if let Some((file, fixture)) = case.fixture {
        fs::create_dir(folder.join("fixtures")).expect("is made");
        fs::write(folder.join("fixtures").join(file), fixture).expect("is written");
    }
    verified(bench, folder).await
}

async fn all(dialect: Dialect) {
    let mut benches = benches(dialect);
    let mut wrong = Vec::new();
    for case in CASES
        .iter()
        .filter(|case| case.dialect.is_none_or(|own| own == dialect))
    {
        let (one, other) = match case.way {
            Hand(there, back) => (there, back),
            To(after) => (after, ""),
        };
        let sql = [case.before, one, other].concat();
        let told = told(benches.of(case.name, &sql), case).await;
        let is_told = case.expected.len() <= told.len()
            && case
                .expected
                .iter()
                .all(|line| told.iter().any(|one| one.contains(line)));
        if !is_told {
            wrong.push(format!("{}:\n  {}", case.name, told.join("\n  ")));
        }
    }
    benches.close().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn rows_on_sqlite() {
    all(Dialect::Sqlite).await;
}

#[tokio::test]
async fn rows_on_postgres() {
    all(Dialect::Postgres).await;
}

/// Not a case: it would have to hold for every connection.
#[tokio::test]
async fn the_same_input_gives_the_same_rows() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::memory().await.expect("memory");
        connection.batch(TASKS).await.expect("is made");
        let schema = inspect(&mut connection, &InspectOptions::default())
            .await
            .expect("is read");
        let tables = schema.tables.keys().cloned().collect();
        limbeck_engine::proof::rows::fill(&mut connection, &schema, None, &tables)
            .await
            .expect("answers");
        let snapshot =
            limbeck_engine::proof::rows::read_before(&mut connection, &schema, &tables).await;
        seen.push(snapshot.expect("is read"));
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], limbeck_engine::proof::rows::HeldRows::default());
}
