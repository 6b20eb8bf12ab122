//! What only PostgreSQL needs: locks, roles, search paths and round trips.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use limbeck::connection::Connection;
use limbeck::history::HistoryTable;
use limbeck::run::{self, Event, Misfit, RunErrorKind, RunOptions, Stamp};
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::revision::DowngradeTarget;
use limbeck_core::schema::QualifiedName;

use crate::common::benches::Names;

use super::place::{Place, Postgres, applied, column, counting_proxy, graph, ids, options, up};

#[tokio::test]
async fn on_postgres() {
    let mut postgres = Postgres::start().await;
    lock_held_by_another(&postgres.place().await).await;
    stamped_beside_a_run(&postgres.place().await).await;
    lock_lost(&postgres.place().await).await;
    concurrently(&postgres.place().await).await;
    too_old(&postgres.place().await).await;
    settings_do_not_last(&postgres.place().await).await;
    role_and_schema(&postgres.place_where(Names::Usual).await).await;
    for what in HANGED_ON {
        changed_by_the_step(&postgres.place().await, what).await;
        changed_between_steps(&postgres.place().await, what).await;
    }
    for what in FAULTS {
        faults_are_told(&postgres.place().await, what, false).await;
    }
    for what in FAULTS_OF_WRITING {
        faults_are_told(&postgres.place().await, what, true).await;
    }
    others_are_taken(&postgres.place().await).await;
    let place = postgres.place().await;
    round_trips(&place, &postgres).await;
    postgres.scratch.close().await.unwrap();
}

const TABLE: &str = "-- upgrade\nCREATE TABLE t (id integer);\n-- downgrade\nDROP TABLE t;\n";

async fn lock_held_by_another(place: &Place) {
    let mut connection = place.connect().await;
    let mut other = place.connect().await;
    let graph = graph(&[(
        "a",
        "none",
        "-- upgrade\nSELECT pg_sleep(2);\n-- downgrade\n-- nothing\n",
    )]);
    let impatient = RunOptions {
        wait_for_lock: Duration::from_millis(200),
        ..options()
    };
    let target = ids(&["a"]);
    let mut waited = 0;
    let mut count =
        |event: Event<'_>| waited += usize::from(matches!(event, Event::Waiting { .. }));
    let (one, two) = tokio::join!(up(&mut connection, &graph, &["a"]), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        run::upgrade(&mut other, &graph, &target, &impatient, &mut count).await
    });
    assert_eq!(one.unwrap(), ids(&["a"]));
    let error = two.expect_err("locked");
    assert!(error.to_string().contains(": pid "), "{error}");
    assert_eq!(waited, 1);
}

/// What the history says is what it says once the lock is there: a run that stops in the middle meanwhile is seen.
async fn stamped_beside_a_run(place: &Place) {
    let graph = graph(&[(
        "a",
        "none",
        "-- upgrade\nCREATE TABLE t (id integer);\nSELECT pg_sleep(1);\n-- step\nSELECT 1 / 0;\n\
         -- downgrade\n-- nothing\n",
    )]);
    let target = DowngradeTarget::to(ids(&["a"]));
    for purge in [Stamp::Purge, Stamp::Keep] {
        let mut connection = place.connect().await;
        let mut other = place.connect().await;
        let options = options();
        let (run, stamped) = tokio::join!(up(&mut connection, &graph, &["a"]), async {
            // The first step is under way, and says nothing yet.
            let sleeps = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
            while column(&mut other, sleeps).await != ["1"] {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            run::stamp(&mut other, &graph, &target, purge, &options).await
        });
        run.expect_err("the second step fails");
        let error = stamped.expect_err("half applied");
        assert!(
            matches!(error.kind(), RunErrorKind::HalfApplied(_)),
            "{purge:?}: {error:?}"
        );
        let half = applied(&mut connection).await.half.map(|half| half.done);
        assert_eq!(half, Some(1), "{purge:?}");
        let back = "DROP TABLE t; DELETE FROM limbeck_history_journal";
        connection.batch(back).await.unwrap();
    }
}

async fn lock_lost(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[(
        "a",
        "none",
        "-- upgrade\n-- step: no transaction\nSELECT pg_advisory_unlock_all();\nSELECT 1;\n-- downgrade\n-- nothing\n",
    )]);
    let error = up(&mut connection, &graph, &["a"])
        .await
        .expect_err("no lock");
    assert!(matches!(error.kind(), RunErrorKind::LockLost), "{error:?}");
    assert!(applied(&mut connection).await.ids().is_empty());
    let held = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(column(&mut connection, held).await, ["0"]);
}

/// What needs PostgreSQL 18 is refused by an older server before anything runs, the first revision
/// that needs no such thing included.
async fn too_old(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[
        ("a", "none", TABLE),
        (
            "b",
            "a",
            "-- upgrade\nSELECT 1;\n-- step\nALTER TABLE t\n    ADD n integer GENERATED ALWAYS AS (id + 1) VIRTUAL;\n-- downgrade\nALTER TABLE t DROP COLUMN n;\n",
        ),
    ]);
    let version = connection.server_version().unwrap();
    let outcome = up(&mut connection, &graph, &["b"]).await;
    if version.major() >= 18 {
        assert_eq!(outcome.unwrap(), ids(&["a", "b"]));
        return;
    }
    let error = outcome.expect_err("too old");
    assert_eq!(
        error.to_string(),
        format!(
            "b.sql:10: a virtual generated column needs PostgreSQL 18, and the server is PostgreSQL {version}"
        )
    );
    let tables = super::place::tables(&mut connection).await;
    assert_eq!(
        tables,
        Vec::<String>::new(),
        "not even the history is there"
    );
}

async fn concurrently(place: &Place) {
    let mut connection = place.connect().await;
    let index = "CREATE INDEX CONCURRENTLY ix_t_id ON t (id);\n-- downgrade\n";
    let inside = format!("-- upgrade\n{index}-- nothing\n");
    let alone = format!(
        "-- upgrade\n-- step: no transaction\n{index}-- step: no transaction\nDROP INDEX CONCURRENTLY ix_t_id;\n"
    );
    let wrong = graph(&[("a", "none", TABLE), ("b", "a", &inside)]);
    let error = up(&mut connection, &wrong, &["b"])
        .await
        .expect_err("in a transaction");
    assert!(
        matches!(
            error.kind(),
            RunErrorKind::Misplaced {
                misfit: Misfit::NeedsNoTransaction,
                ..
            }
        ),
        "{error:?}"
    );
    let graph = graph(&[("a", "none", TABLE), ("b", "a", &alone)]);
    let mut other = place.connect().await;
    let (one, two) = tokio::join!(
        up(&mut connection, &graph, &["b"]),
        up(&mut other, &graph, &["b"])
    );
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 2);
    let valid = column(
        &mut connection,
        "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'ix_t_id'::regclass",
    );
    assert_eq!(valid.await, ["true"]);
    super::place::down(&mut connection, &graph, &["a"])
        .await
        .unwrap();
    assert_eq!(column(&mut connection, "SHOW lock_timeout").await, ["0"]);
    let keys = "-- upgrade\n-- step: foreign keys off\nSELECT 1;\n-- downgrade\n-- nothing\n";
    let graph = super::place::graph(&[("a", "none", TABLE), ("k", "a", keys)]);
    let error = up(&mut connection, &graph, &["k"])
        .await
        .expect_err("SQLite only");
    assert!(
        matches!(error.kind(), RunErrorKind::ForeignKeysOff { line: 8, .. }),
        "{error:?}"
    );
}

async fn settings_do_not_last(place: &Place) {
    let mut connection = place.connect().await;
    let dump = "-- upgrade\nSELECT pg_catalog.set_config('search_path', '', false);\nSET statement_timeout = 0;\nCREATE TABLE public.t (id integer);\n-- downgrade\nDROP TABLE t;\n";
    let graph = graph(&[
        ("a", "none", dump),
        (
            "b",
            "a",
            "-- upgrade\nCREATE TABLE u (id integer);\n-- downgrade\nDROP TABLE u;\n",
        ),
    ]);
    assert_eq!(
        up(&mut connection, &graph, &["b"]).await.unwrap(),
        ids(&["a", "b"])
    );
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a", "b"]));
}

async fn role_and_schema(place: &Place) {
    let mut connection = place.connect().await;
    connection
        .batch("CREATE ROLE \"app owner\"; CREATE SCHEMA app AUTHORIZATION \"app owner\"; GRANT CREATE ON DATABASE \"%\" TO \"app owner\""
            .replace('%', place.url.database().unwrap())
            .as_str())
        .await
        .unwrap();
    let graph = graph(&[
        ("a", "none", TABLE),
        (
            "b",
            "a",
            "-- upgrade\n-- step: no transaction\nCREATE TABLE u (id integer);\n-- downgrade\nDROP TABLE u;\n",
        ),
    ]);
    let options = RunOptions {
        role: Some("app owner".to_owned()),
        search_path: Some("app, public".to_owned()),
        history: HistoryTable {
            name: QualifiedName::within(Some("deploy"), "history"),
        },
        ..options()
    };
    let done = run::upgrade(&mut connection, &graph, &ids(&["b"]), &options, &mut |_| {}).await;
    assert_eq!(done.unwrap(), ids(&["a", "b"]));
    let tables = column(
        &mut connection,
        "SELECT schemaname || '.' || tablename || ' ' || tableowner FROM pg_tables WHERE schemaname IN ('app', 'deploy', 'public') ORDER BY 1",
    );
    assert_eq!(
        tables.await,
        [
            "app.t app owner",
            "app.u app owner",
            "deploy.history app owner",
            "deploy.history_journal app owner"
        ]
    );
    let applied = run::read_history(&mut connection, &options).await.unwrap();
    assert_eq!(applied.ids(), ids(&["a", "b"]));
    assert_eq!(
        column(
            &mut connection,
            "SELECT current_user || ' ' || current_schema()"
        )
        .await,
        ["limbeck public"]
    );
    let done = run::downgrade(
        &mut connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::base(),
        &options,
        &mut |_| {},
    )
    .await;
    assert_eq!(done.unwrap(), ids(&["b", "a"]));
}

async fn round_trips(place: &Place, postgres: &Postgres) {
    let Location::Socket {
        folder,
        port,
        database,
        user,
    } = place.url.location()
    else {
        panic!("a cluster has a socket");
    };
    let count = Arc::new(AtomicUsize::new(0));
    let proxy = postgres.folder.path();
    counting_proxy(
        proxy,
        &folder.join(format!(".s.PGSQL.{port}")),
        count.clone(),
    );
    let text = format!(
        "postgres://{user}@/{}?host={}&port=5432",
        database.as_deref().unwrap(),
        proxy.display()
    );
    let url = DatabaseUrl::parse(&text, proxy).unwrap();
    let mut connection = Connection::connect(&url).await.unwrap();
    let graph = graph(&[
        ("a", "none", TABLE),
        (
            "b",
            "a",
            "-- upgrade\nCREATE TABLE u (id integer);\n-- downgrade\nDROP TABLE u;\n",
        ),
        (
            "c",
            "b",
            "-- upgrade\nALTER TABLE u ADD a integer;\n-- downgrade\n-- nothing\n",
        ),
        (
            "d",
            "c",
            "-- upgrade\nALTER TABLE u ADD b integer;\n-- downgrade\n-- nothing\n",
        ),
        (
            "e",
            "d",
            "-- upgrade\nCREATE INDEX ON u (a);\n-- downgrade\n-- nothing\n",
        ),
    ]);
    let mut counts = Vec::new();
    for target in [&[][..], &["a"], &["a"], &["b"], &["e"]] {
        let before = count.load(Ordering::SeqCst);
        up(&mut connection, &graph, target).await.unwrap();
        counts.push(count.load(Ordering::SeqCst) - before);
    }
    // Nothing to do without tables, the first revision, nothing to do, one more revision, three more.
    assert_eq!(counts, [1, 6, 1, 4, 6]);
}

/// What makes a table another one than Limbeck's, or has it run what others wrote; the last of them are nobody's harm.
const HANGED_ON: [(&str, bool); 8] = [
    (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER g BEFORE INSERT ON limbeck_history FOR EACH ROW EXECUTE FUNCTION f()",
        false,
    ),
    (
        "CREATE RULE r AS ON INSERT TO limbeck_history DO ALSO SELECT 1",
        false,
    ),
    (
        "ALTER TABLE limbeck_history ENABLE ROW LEVEL SECURITY",
        false,
    ),
    ("CREATE TABLE child () INHERITS (limbeck_history)", false),
    (
        "ALTER TABLE limbeck_history_journal ADD CHECK (step > 0)",
        false,
    ),
    ("ALTER TABLE limbeck_history ADD COLUMN own text", false),
    ("GRANT SELECT ON limbeck_history TO PUBLIC", true),
    ("ANALYZE limbeck_history, limbeck_history_journal", true),
];

fn two_tables(more: &str) -> limbeck_core::revision::Graph {
    let second =
        format!("-- upgrade\nCREATE TABLE u (id integer);\n{more};\n-- downgrade\nDROP TABLE u;\n");
    let third = "-- upgrade\nCREATE TABLE v (id integer);\n-- downgrade\nDROP TABLE v;\n";
    graph(&[("a", "none", TABLE), ("b", "a", &second), ("c", "b", third)])
}

/// The tables are asked about wholly once in a run, and what a step makes of them is seen all the same.
async fn changed_by_the_step(place: &Place, (what, is_harmless): (&str, bool)) {
    let mut connection = place.connect().await;
    let outcome = up(&mut connection, &two_tables(what), &["c"]).await;
    assert_eq!(outcome.is_ok(), is_harmless, "{what}: {outcome:?}");
    let expected: &[&str] = if is_harmless {
        &["a", "b", "c"]
    } else {
        &["a"]
    };
    assert_eq!(
        applied(&mut connection).await.ids(),
        ids(expected),
        "{what}"
    );
}

/// What somebody else makes of them between two steps is seen before the next one.
async fn changed_between_steps(place: &Place, (what, is_harmless): (&str, bool)) {
    let mut connection = place.connect().await;
    let mut on_event = |event: Event<'_>| {
        if !matches!(&event, Event::Done { revision, .. } if revision.id.as_str() == "b") {
            return;
        }
        let (url, what) = (place.url.clone(), what.to_owned());
        let other = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(async {
                let mut other = Connection::connect(&url).await.unwrap();
                other.batch(&what).await.unwrap();
                other.close().await.unwrap();
            });
        });
        other.join().unwrap();
    };
    let graph = two_tables("SELECT 1");
    let target = ids(&["c"]);
    let outcome = run::upgrade(&mut connection, &graph, &target, &options(), &mut on_event).await;
    assert_eq!(outcome.is_ok(), is_harmless, "{what}: {outcome:?}");
    let made = column(
        &mut connection,
        "SELECT coalesce(to_regclass('v')::text, '')",
    )
    .await;
    assert_eq!(made, [if is_harmless { "v" } else { "" }], "{what}");
}

/// Everything that makes a table of this role another one than Limbeck's, and what is said of it.
const FAULTS: [(&str, &str); 22] = [
    (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER g BEFORE INSERT ON limbeck_history FOR EACH ROW EXECUTE FUNCTION f()",
        "it has the trigger `g`",
    ),
    (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE CONSTRAINT TRIGGER g AFTER INSERT ON limbeck_history_journal FOR EACH ROW EXECUTE FUNCTION f()",
        "it has the trigger `g`",
    ),
    (
        "CREATE RULE r AS ON INSERT TO limbeck_history DO ALSO SELECT 1",
        "it has the rule `r`",
    ),
    (
        "ALTER TABLE limbeck_history ENABLE ROW LEVEL SECURITY",
        "it has row security",
    ),
    (
        "ALTER TABLE limbeck_history FORCE ROW LEVEL SECURITY",
        "it has row security",
    ),
    (
        "CREATE TABLE child () INHERITS (limbeck_history)",
        "it is no plain table",
    ),
    (
        "ALTER TABLE limbeck_history SET UNLOGGED",
        "it is no plain table",
    ),
    (
        "CREATE TYPE c AS (revision text, description text, checksum text, applied_at timestamptz, parents text, run_by text, \
         duration_ms bigint, version text, stamped boolean, downgrade text); ALTER TABLE limbeck_history OF c",
        "it is no plain table",
    ),
    (
        "ALTER TABLE limbeck_history_journal ADD CHECK (step > 0)",
        "it has the constraint `limbeck_history_journal_step_check`",
    ),
    (
        "ALTER TABLE limbeck_history ADD EXCLUDE (checksum WITH =)",
        "it has the constraint `limbeck_history_checksum_excl`",
    ),
    (
        "ALTER TABLE limbeck_history_journal ADD CONSTRAINT k FOREIGN KEY (revision) REFERENCES limbeck_history",
        "it has the constraint `k`",
    ),
    (
        "CREATE INDEX i ON limbeck_history (lower(checksum))",
        "it has the index `i`",
    ),
    (
        "CREATE INDEX i ON limbeck_history_journal (step) WHERE step > 1",
        "it has the index `i`",
    ),
    (
        "ALTER TABLE limbeck_history ADD own text",
        "its columns are not those",
    ),
    (
        "DROP TABLE limbeck_history_journal; CREATE TABLE limbeck_history_journal ()",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history DROP version, ADD version text GENERATED ALWAYS AS (checksum) STORED",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history RENAME version TO release",
        "its columns are not those",
    ),
    // What is asked of a column must not become the call of a function.
    (
        "ALTER TABLE limbeck_history DROP version; CREATE FUNCTION version(limbeck_history) RETURNS text \
         LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END'",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history_journal DROP statements; CREATE FUNCTION statements(limbeck_history_journal) \
         RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END'",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history ALTER version TYPE varchar",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history_journal ALTER run_at TYPE timestamp",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history DROP CONSTRAINT limbeck_history_pkey, ADD EXCLUDE (revision WITH =)",
        "it has the constraint `limbeck_history_revision_excl`",
    ),
];

/// The same for what no query of the table runs: it is read, and not written.
const FAULTS_OF_WRITING: [(&str, &str); 7] = [
    (
        "CREATE POLICY p ON limbeck_history_journal USING (true)",
        "it has row security",
    ),
    (
        "CREATE TABLE parent (); ALTER TABLE limbeck_history INHERIT parent",
        "it is no plain table",
    ),
    (
        "ALTER TABLE limbeck_history ALTER applied_at SET DEFAULT clock_timestamp()",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history ALTER version SET DEFAULT 'x'",
        "its columns are not those",
    ),
    (
        "ALTER TABLE limbeck_history ALTER applied_at DROP DEFAULT",
        "its columns are not those",
    ),
    (
        "CREATE DOMAIN d AS text; ALTER TABLE limbeck_history ALTER downgrade TYPE d",
        "its columns are not those",
    ),
    (
        "CREATE DOMAIN d AS text; ALTER TABLE limbeck_history_journal ALTER begun TYPE d",
        "its columns are not those",
    ),
];

async fn faults_are_told(place: &Place, (what, reason): (&str, &str), is_read: bool) {
    let mut connection = place.connect().await;
    let first = graph(&[("a", "none", TABLE)]);
    up(&mut connection, &first, &["a"]).await.unwrap();
    connection.batch(what).await.unwrap();
    let read = run::read_history(&mut connection, &options()).await;
    let mut errors = Vec::new();
    if is_read {
        assert_eq!(read.unwrap().ids(), ids(&["a"]), "{what}");
        for step in ["-- step", "-- step: no transaction"] {
            let second = format!("-- upgrade\n{step}\nSELECT 1;\n-- downgrade\n-- nothing\n");
            let graph = graph(&[("a", "none", TABLE), ("b", "a", &second)]);
            let written = up(&mut connection, &graph, &["b"]).await;
            errors.push(written.expect_err(what).to_string());
        }
    } else {
        errors.push(read.expect_err(what).to_string());
    }
    for error in errors {
        assert!(
            error.contains(&format!("is not taken for the history: {reason}")),
            "{what}: {error}"
        );
    }
}

/// Tables that are good, though not just as this role would make them now.
async fn others_are_taken(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[("a", "none", TABLE)]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    for what in [
        "GRANT SELECT ON limbeck_history TO PUBLIC",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER g BEFORE INSERT ON limbeck_history FOR EACH ROW EXECUTE FUNCTION f(); \
         DROP TRIGGER g ON limbeck_history",
        "CREATE TABLE child () INHERITS (limbeck_history); DROP TABLE child",
        "CREATE INDEX i ON limbeck_history (applied_at)",
        "CREATE TABLE notes (revision text REFERENCES limbeck_history)",
        "ALTER TABLE limbeck_history ALTER applied_at SET DEFAULT now()",
        "ALTER TABLE limbeck_history DROP parents, DROP run_by, DROP duration_ms, DROP version, DROP stamped, \
         DROP downgrade; ALTER TABLE limbeck_history_journal DROP statement, DROP statements, DROP begun",
    ] {
        connection.batch(what).await.unwrap();
        let read = run::read_history(&mut connection, &options()).await;
        assert_eq!(read.unwrap().ids(), ids(&["a"]), "{what}");
    }
}
