//! Downgrades that would lose what is there.

use limbeck::connection::Connection;
use limbeck::run::{Loss, RunErrorKind, RunOptions, downgrade, upgrade};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId, parse};

use super::place::scratch;
use crate::common::benches::Names;

/// What is done between two revisions, and what a downgrade to the base would lose.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) dialect: Option<Dialect>,
    /// Revisions: the way there, and back.
    pub(super) revisions: &'static [(&'static str, &'static str)],
    /// Run after the upgrade.
    pub(super) rows: &'static str,
    pub(super) expected: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "empty tables lose nothing",
        dialect: None,
        revisions: &[("CREATE TABLE t (a INTEGER)", "DROP TABLE t")],
        rows: "",
        expected: &[],
    },
    Case {
        name: "a table with rows, whatever the comment",
        dialect: None,
        revisions: &[
            (
                "CREATE TABLE t (a INTEGER)",
                "-- loses: t\nDROP TABLE IF EXISTS t",
            ),
            ("CREATE TABLE u (a INTEGER)", "DROP TABLE u"),
        ],
        rows: "INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)",
        expected: &["t", "u"],
    },
    Case {
        name: "a column with values, and one without any",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "ALTER TABLE t ADD COLUMN b TEXT; ALTER TABLE t ADD COLUMN c TEXT",
                "ALTER TABLE t DROP COLUMN c; ALTER TABLE t DROP COLUMN b",
            ),
        ],
        rows: "INSERT INTO t VALUES (1, 'x', NULL)",
        expected: &["t.b"],
    },
    Case {
        name: "a column that has another name by then",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "ALTER TABLE t ADD COLUMN b TEXT",
                "ALTER TABLE t DROP COLUMN b",
            ),
            (
                "ALTER TABLE t RENAME COLUMN b TO c",
                "ALTER TABLE t RENAME COLUMN c TO b",
            ),
            ("ALTER TABLE t RENAME TO u", "ALTER TABLE u RENAME TO t"),
        ],
        rows: "INSERT INTO u VALUES (1, 'x')",
        expected: &["u.c"],
    },
    Case {
        name: "a table that is rebuilt loses what its comment says",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER, b TEXT)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new (a INTEGER); INSERT INTO new SELECT a FROM t;\n-- loses: t.b\nDROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1, 'x')",
        expected: &["t.b"],
    },
    Case {
        name: "a table that is rebuilt and loses nothing",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new (a INTEGER); INSERT INTO new SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &[],
    },
    Case {
        name: "a table that is made and dropped on the way",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE x AS SELECT * FROM t; DROP TABLE x",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &[],
    },
    Case {
        name: "rows that are deleted, all of them",
        dialect: None,
        revisions: &[
            (
                "CREATE TABLE t (a INTEGER); CREATE TABLE u (a INTEGER)",
                "-- nothing",
            ),
            ("SELECT 1", "DELETE FROM t; DELETE FROM u WHERE a = 7"),
        ],
        rows: "INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "names in schemas, in quotes and emptied",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            (
                "CREATE SCHEMA s; CREATE TABLE s.\"T x\" (\"B\" text, n integer, g integer GENERATED ALWAYS AS (n + 1) STORED); CREATE TABLE v (a integer)",
                "-- nothing",
            ),
            (
                "SELECT 1",
                "ALTER TABLE s.\"T x\" DROP COLUMN \"B\", DROP g; TRUNCATE v",
            ),
        ],
        rows: "INSERT INTO s.\"T x\" VALUES ('x', 1); INSERT INTO v VALUES (1)",
        expected: &["v", "s.T x.B"],
    },
    Case {
        name: "another table with rows takes the name of one that is dropped",
        dialect: None,
        revisions: &[
            (
                "CREATE TABLE t (a INTEGER); CREATE TABLE t_old (a INTEGER)",
                "-- nothing",
            ),
            ("SELECT 1", "DROP TABLE t; ALTER TABLE t_old RENAME TO t"),
        ],
        rows: "INSERT INTO t VALUES (1); INSERT INTO t_old VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "a table that is made anew without its rows",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new (a INTEGER); DROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "a table that is made anew with rows of its own",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new (a INTEGER); INSERT INTO new VALUES (7); DROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "a table that is made anew with none of its rows",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new (b INTEGER); INSERT INTO new SELECT * FROM t WHERE false; DROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "a rebuilt table is the one that it was",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "DROP TABLE t"),
            (
                "SELECT 1",
                "CREATE TABLE \"New\" (a INTEGER); INSERT INTO \"New\" (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE \"New\" RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "a table that is rebuilt from what was selected",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE new AS SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &[],
    },
    Case {
        name: "a table that is there already is not made",
        dialect: None,
        revisions: &[
            ("CREATE TABLE t (a INTEGER)", "-- nothing"),
            (
                "SELECT 1",
                "CREATE TABLE IF NOT EXISTS t (a INTEGER); DROP TABLE t",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &["t"],
    },
    Case {
        name: "a table that is moved to another schema first",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            ("CREATE TABLE t (a integer)", "DROP TABLE t"),
            (
                "CREATE SCHEMA app; ALTER TABLE t SET SCHEMA app",
                "ALTER TABLE app.t SET SCHEMA public",
            ),
        ],
        rows: "INSERT INTO app.t VALUES (1)",
        expected: &["app.t"],
    },
    Case {
        name: "a table whose schema has another name by then",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            (
                "CREATE SCHEMA app; CREATE TABLE app.t (a integer)",
                "DROP TABLE app.t",
            ),
            (
                "ALTER SCHEMA app RENAME TO web",
                "ALTER SCHEMA web RENAME TO app",
            ),
        ],
        rows: "INSERT INTO web.t VALUES (1)",
        expected: &["web.t"],
    },
    Case {
        name: "a schema with tables that hold rows",
        dialect: Some(Dialect::Postgres),
        revisions: &[(
            "CREATE SCHEMA app; CREATE TABLE app.t (a integer); CREATE TABLE app.u (a integer)",
            "DROP SCHEMA IF EXISTS app CASCADE",
        )],
        rows: "INSERT INTO app.u VALUES (1)",
        expected: &["schema app with all that is in it"],
    },
    Case {
        name: "a schema with a type that another table uses",
        dialect: Some(Dialect::Postgres),
        revisions: &[(
            "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('ok'); CREATE TABLE t (a app.mood[])",
            "DROP SCHEMA app CASCADE; DROP TABLE t",
        )],
        rows: "INSERT INTO t VALUES ('{ok}')",
        expected: &["t", "schema app with all that is in it"],
    },
    Case {
        name: "a schema in which nothing holds rows",
        dialect: Some(Dialect::Postgres),
        revisions: &[(
            "CREATE SCHEMA app; CREATE TABLE app.t (a integer); CREATE TABLE IF NOT EXISTS u (a integer)",
            "DROP SCHEMA app CASCADE",
        )],
        rows: "INSERT INTO u VALUES (1)",
        expected: &[],
    },
    Case {
        name: "a type that takes columns along",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            (
                "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (a integer, b mood)",
                "-- nothing",
            ),
            ("SELECT 1", "DROP TYPE mood  CASCADE"),
        ],
        rows: "INSERT INTO t VALUES (1, 'ok')",
        expected: &["what `DROP TYPE mood CASCADE` takes along"],
    },
    Case {
        name: "a type that takes nothing along, as nothing is there",
        dialect: Some(Dialect::Postgres),
        revisions: &[(
            "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (a integer, b mood)",
            "DROP TYPE mood CASCADE; DROP TABLE t",
        )],
        rows: "",
        expected: &[],
    },
    Case {
        name: "tables that are emptied along with another one",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            (
                "CREATE TABLE t (a integer PRIMARY KEY); CREATE TABLE u (a integer REFERENCES t)",
                "-- nothing",
            ),
            ("SELECT 1", "TRUNCATE t CASCADE"),
        ],
        rows: "INSERT INTO u VALUES (NULL)",
        expected: &["what `TRUNCATE t CASCADE` takes along"],
    },
    Case {
        name: "a block of code that puts a statement together",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            ("CREATE TABLE t (a integer)", "-- nothing"),
            (
                "SELECT 1",
                "DO $x$ BEGIN EXECUTE 'DROP TABLE ' || 't'; END $x$",
            ),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &["what a DO block changes or deletes"],
    },
    Case {
        name: "a block of code that writes over values",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            ("CREATE TABLE t (a integer)", "-- nothing"),
            ("SELECT 1", "DO $x$ BEGIN UPDATE t SET a = 2; END $x$"),
        ],
        rows: "INSERT INTO t VALUES (1)",
        expected: &["what a DO block changes or deletes"],
    },
];

/// Run where `search_path` is `app` only.
const CASES_OFF_PATH: &[Case] = &[
    Case {
        name: "a table that is not on the search path",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            (
                "CREATE TABLE public.audit (a integer); CREATE TABLE audit (a integer)",
                "DROP TABLE audit",
            ),
            ("SELECT 1", "DROP TABLE public.audit"),
        ],
        rows: "INSERT INTO public.audit VALUES (1)",
        expected: &["public.audit"],
    },
    Case {
        name: "the table of that name on the search path",
        dialect: Some(Dialect::Postgres),
        revisions: &[
            (
                "CREATE TABLE public.audit (a integer); CREATE TABLE audit (a integer)",
                "-- nothing",
            ),
            ("SELECT 1", "DROP TABLE public.audit"),
        ],
        rows: "INSERT INTO app.audit VALUES (1)",
        expected: &[],
    },
];

/// Run as a role that owns what it makes.
const CASES_AS_OWNER: &[Case] = &[Case {
    name: "a table whose rows its owner does not see",
    dialect: Some(Dialect::Postgres),
    revisions: &[(
        "CREATE TABLE t (a integer); CREATE TABLE u (a integer); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY",
        "DROP TABLE u; DROP TABLE t",
    )],
    rows: "INSERT INTO t VALUES (1)",
    expected: &["t"],
}];

fn graph(case: &Case) -> Graph {
    let revisions = case.revisions.iter().enumerate().map(|(number, (up, down))| {
        let parent = match number {
            0 => "none".to_owned(),
            _ => format!("r{}", number - 1),
        };
        let text = format!(
            "-- One\n--\n-- revision: r{number}\n-- parents: {parent}\n\n-- upgrade\n{up}\n\n-- downgrade\n{down}\n"
        );
        let file = format!("r{number}.sql");
        (parse(&text, &file).unwrap_or_else(|error| panic!("{error}")), file)
    });
    Graph::new(revisions.collect()).expect("fits")
}

/// Says in what a case went another way.
pub(super) async fn difference(
    connection: &mut Connection,
    case: &Case,
    options: &RunOptions,
) -> Option<String> {
    let name = case.name;
    let graph = graph(case);
    let heads: Vec<RevisionId> = graph.heads().into_iter().cloned().collect();
    upgrade(connection, &graph, &heads, options, &mut |_| {})
        .await
        .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    connection.batch(case.rows).await.expect("rows fit");
    let outcome = downgrade(
        connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::base(),
        options,
        &mut |_| {},
    )
    .await;
    let asked = match &outcome {
        Ok(done) if done.len() == case.revisions.len() => &[][..],
        Err(error) => match error.kind() {
            RunErrorKind::WouldLose { objects } => objects,
            other => return Some(format!("{name}: {other:?}")),
        },
        other => return Some(format!("{name}: {other:?}")),
    };
    if asked != case.expected {
        return Some(format!("{name}: {asked:?} is asked for"));
    }
    if asked.is_empty() {
        return None;
    }
    let accept = RunOptions {
        loss: Loss::Accept,
        ..options.clone()
    };
    let done = downgrade(
        connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::base(),
        &accept,
        &mut |_| {},
    )
    .await
    .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let is_whole = done.len() == case.revisions.len();
    (!is_whole).then(|| format!("{name}: something was run before"))
}

fn cases(dialect: Dialect) -> impl Iterator<Item = &'static Case> {
    let cases = CASES.iter();
    cases.filter(move |case| case.dialect.is_none_or(|own| own == dialect))
}

#[tokio::test]
async fn downgrades_that_lose_ask_on_sqlite() {
    let mut differences = Vec::new();
    for case in cases(Dialect::Sqlite) {
        let mut connection = Connection::memory().await.expect("memory");
        differences.extend(difference(&mut connection, case, &RunOptions::default()).await);
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Runs each case on a database of its own, which `setup` has prepared.
async fn check_on_postgres<'a>(
    name: &str,
    cases: impl Iterator<Item = &'a Case>,
    options: &RunOptions,
    setup: &str,
) {
    let mut server = scratch(name).await;
    let mut differences = Vec::new();
    for case in cases {
        let database = server
            .create_database("downgrade", None)
            .await
            .expect("a database");
        if let Some(path) = &options.search_path {
            let set = server.set_search_path(&database, path).await;
            set.expect("is set");
        }
        let mut connection = database.connect().await.expect("connects");
        connection.batch(setup).await.expect("is prepared");
        differences.extend(difference(&mut connection, case, options).await);
        connection.close().await.expect("is closed");
        server
            .drop_database(&database.name)
            .await
            .expect("is dropped");
    }
    server.close().await.expect("stops");
    assert!(differences.is_empty(), "{differences:#?}");
}

#[tokio::test]
async fn downgrades_that_lose_ask_on_postgres() {
    for names in Names::ALL {
        let cases = cases(Dialect::Postgres).filter(|case| {
            let revisions = case
                .revisions
                .iter()
                .map(|(up, down)| [*up, *down].concat());
            let sql = revisions.collect::<String>() + case.rows;
            Names::of(Dialect::Postgres, case.name, &sql) == names
        });
        let options = RunOptions {
            search_path: names.search_path(),
            ..RunOptions::default()
        };
        let setup = match names {
            Names::Usual => "",
            Names::InApp => "CREATE SCHEMA app",
        };
        check_on_postgres("downgrade", cases, &options, setup).await;
    }
}

#[tokio::test]
async fn a_schema_off_the_search_path_is_looked_into_on_postgres() {
    let options = RunOptions {
        search_path: Some("app".to_owned()),
        ..RunOptions::default()
    };
    let setup = "CREATE SCHEMA app";
    check_on_postgres("downgrade-path", CASES_OFF_PATH.iter(), &options, setup).await;
}

#[tokio::test]
async fn rows_behind_row_security_are_asked_for_on_postgres() {
    let options = RunOptions {
        role: Some("limbeck_owner".to_owned()),
        ..RunOptions::default()
    };
    let setup = "DO $x$ BEGIN CREATE ROLE limbeck_owner; \
                 EXCEPTION WHEN duplicate_object THEN NULL; END $x$; \
                 GRANT CREATE ON SCHEMA public TO limbeck_owner";
    check_on_postgres("downgrade-owner", CASES_AS_OWNER.iter(), &options, setup).await;
}
