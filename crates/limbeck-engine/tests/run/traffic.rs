//! Tables that others use while a revision changes them.

use std::time::Duration;

use limbeck::run::{self, Event, RunErrorKind, RunOptions};

use super::place::{Place, Postgres, column, graph, ids, options, up};

#[tokio::test]
async fn tables_in_use_on_postgres() {
    let mut postgres = Postgres::start().await;
    lock_timeout(&postgres.place().await).await;
    in_use(&postgres.place().await).await;
    rows_that_come(&postgres.place().await).await;
    for case in REACHED {
        reached(&postgres.place().await, case).await;
    }
    postgres.scratch.close().await.unwrap();
}

const TABLE: &str = "-- upgrade\nCREATE TABLE t (id integer);\n-- downgrade\nDROP TABLE t;\n";

async fn lock_timeout(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[
        ("a", "none", TABLE),
        (
            "b",
            "a",
            "-- upgrade\nALTER TABLE t ADD COLUMN x integer;\n-- downgrade\nALTER TABLE t DROP COLUMN x;\n",
        ),
    ]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let mut blocker = place.connect().await;
    let short = RunOptions {
        lock_timeout: Duration::from_millis(100),
        wait_for_lock: Duration::from_millis(700),
        ..options()
    };
    // What stops readers is looked at first; what stops VACUUM is tried.
    for lock in ["ACCESS SHARE", "SHARE UPDATE EXCLUSIVE"] {
        let sql = format!("BEGIN; LOCK TABLE t IN {lock} MODE");
        blocker.batch(&sql).await.unwrap();
        let mut waited = Vec::new();
        let mut tell = |event: Event<'_>| {
            if let Event::InUse { by, .. } = event {
                waited.extend(by.to_vec());
            }
        };
        let outcome = run::upgrade(&mut connection, &graph, &ids(&["b"]), &short, &mut tell).await;
        let error = outcome.expect_err("blocked");
        let text = error.to_string();
        let who = "(limbeck, idle in transaction, open since ";
        assert!(
            matches!(error.kind(), RunErrorKind::InUse { .. }),
            "{error:?}"
        );
        assert!(text.contains(who), "{text}");
        assert!(text.contains(&format!("on `t`: {sql}")), "{text}");
        assert!(waited.iter().any(|by| by.contains(who)), "{waited:?}");
        // Whoever stops it does not wait for the end of that.
        let patient = options();
        let stop = patient.stop.clone();
        let mut ask = |event: Event<'_>| {
            if let Event::InUse { .. } = event {
                stop.ask();
            }
        };
        let outcome = run::upgrade(&mut connection, &graph, &ids(&["b"]), &patient, &mut ask).await;
        let error = outcome.expect_err("stopped");
        assert!(
            matches!(error.kind(), RunErrorKind::Stopped { .. }),
            "{error:?}"
        );
        blocker.batch("ROLLBACK").await.unwrap();
    }
    assert_eq!(
        up(&mut connection, &graph, &["b"]).await.unwrap(),
        ids(&["b"])
    );
    let leftovers = column(
        &mut connection,
        "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'",
    )
    .await;
    assert_eq!(leftovers, ["0"]);
}

/// Rows that come while a downgrade waits for who writes them are rows that are there.
async fn rows_that_come(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[("a", "none", TABLE)]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let mut writer = place.connect().await;
    writer
        .batch("BEGIN; INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    let careful = RunOptions {
        loss: run::Loss::Refuse,
        ..options()
    };
    let base = graph.resolve_downgrade("base", &ids(&["a"])).unwrap();
    let mut ignore = |_: Event<'_>| {};
    let down = run::downgrade(&mut connection, &graph, &base, &careful, &mut ignore);
    let (outcome, ()) = tokio::join!(down, async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        writer.batch("COMMIT").await.unwrap();
    });
    let error = outcome.expect_err("a row is there");
    assert!(
        matches!(error.kind(), RunErrorKind::WouldLose { .. }),
        "{error:?}"
    );
    assert_eq!(
        column(&mut connection, "SELECT id::text FROM t").await,
        ["1"]
    );
}

/// While a revision waits for its second table, nobody is held up at the first one; it goes on by itself, before and
/// behind each kind of lock, and once only.
async fn in_use(place: &Place) {
    let mut connection = place.connect().await;
    let both = "-- upgrade\nALTER TABLE t ADD COLUMN x integer;\nALTER TABLE u ADD COLUMN x integer;\n\
                -- downgrade\n-- nothing\n";
    let graph = graph(&[
        ("a", "none", TABLE),
        (
            "b",
            "a",
            "-- upgrade\nCREATE TABLE u (id integer);\n-- downgrade\n-- nothing\n",
        ),
        ("c", "b", both),
    ]);
    up(&mut connection, &graph, &["b"]).await.unwrap();
    for lock in ["ACCESS SHARE", "ROW EXCLUSIVE", "SHARE"] {
        let mut blocker = place.connect().await;
        let sql = format!("BEGIN; LOCK TABLE u IN {lock} MODE");
        blocker.batch(&sql).await.unwrap();
        let mut writer = place.connect().await;
        let (ended, mut has_ended) = tokio::sync::oneshot::channel();
        let run = async {
            let outcome = up(&mut connection, &graph, &["c"]).await;
            let _ = ended.send(());
            outcome
        };
        let writes = async {
            let mut longest = Duration::ZERO;
            let mut blocker = Some(blocker);
            let began = std::time::Instant::now();
            while has_ended.try_recv().is_err() {
                let started = std::time::Instant::now();
                writer.batch("INSERT INTO t (id) VALUES (1)").await.unwrap();
                longest = longest.max(started.elapsed());
                tokio::time::sleep(Duration::from_millis(10)).await;
                if began.elapsed() > Duration::from_secs(3) {
                    drop(blocker.take());
                }
            }
            longest
        };
        let (outcome, longest) = tokio::join!(run, writes);
        assert_eq!(outcome.unwrap(), ids(&["c"]), "{lock}");
        // Far below the five seconds of `lock_timeout`, and far above what a busy machine takes.
        assert!(longest < Duration::from_secs(2), "{lock}: {longest:?}");
        let back = "ALTER TABLE t DROP COLUMN x; ALTER TABLE u DROP COLUMN x; \
                    DELETE FROM limbeck_history WHERE revision = 'c'";
        connection.batch(back).await.unwrap();
    }
}

/// What is there, what another transaction does, what a revision says, and which relation it finds in use; none where it
/// goes through.
const REACHED: [(&str, &str, &str, Option<&str>); 13] = [
    (PARTS, "TABLE p1", "ALTER TABLE p ADD b integer", Some("p1")),
    (
        PARTS,
        "TABLE p1",
        "ALTER TABLE ONLY p ALTER k SET DEFAULT 3",
        None,
    ),
    (
        PARTS,
        "TABLE pd",
        "CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3)",
        Some("pd"),
    ),
    (
        PARTS,
        "TABLE p1",
        "CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3)",
        None,
    ),
    (
        PARTS,
        "INSERT INTO p VALUES (1)",
        "CREATE INDEX ON p (k)",
        Some("p"),
    ),
    (PARTS, "SELECT FROM ONLY p", "DROP TABLE p1", Some("p")),
    (KEYS, "TABLE parent", "DROP TABLE child", Some("parent")),
    (
        KEYS,
        "TABLE parent",
        "ALTER TABLE child DROP CONSTRAINT k",
        Some("parent"),
    ),
    (
        KEYS,
        "TABLE parent",
        "ALTER TABLE child DROP COLUMN a",
        Some("parent"),
    ),
    (
        KEYS,
        "TABLE parent",
        "ALTER TABLE child DROP COLUMN b",
        None,
    ),
    (
        KEYS,
        "TABLE child",
        "TRUNCATE parent CASCADE",
        Some("child"),
    ),
    (
        "CREATE SCHEMA s; CREATE TABLE s.t (a integer)",
        "TABLE s.t",
        "SET LOCAL search_path = s; ALTER TABLE t ADD b integer",
        Some("t"),
    ),
    (
        "CREATE TABLE t (a integer)",
        "TABLE t",
        "ALTER TABLE t ADD lock_timeout integer",
        Some("t"),
    ),
];

const PARTS: &str = "CREATE TABLE p (k integer) PARTITION BY LIST (k); \
     CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); \
     CREATE TABLE pd PARTITION OF p DEFAULT";

const KEYS: &str = "CREATE TABLE parent (id integer PRIMARY KEY); \
     CREATE TABLE child (a integer CONSTRAINT k REFERENCES parent, b integer)";

async fn reached(place: &Place, (there, used, sql, expected): (&str, &str, &str, Option<&str>)) {
    let mut connection = place.connect().await;
    let section = |sql: &str| format!("-- upgrade\n{sql};\n-- downgrade\n-- nothing\n");
    let graph = graph(&[("a", "none", &section(there)), ("b", "a", &section(sql))]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let mut other = place.connect().await;
    other.batch(&format!("BEGIN; {used}")).await.unwrap();
    let impatient = RunOptions {
        wait_for_lock: Duration::from_millis(100),
        ..options()
    };
    let started = std::time::Instant::now();
    let mut ignore = |_: Event<'_>| {};
    let outcome = run::upgrade(
        &mut connection,
        &graph,
        &ids(&["b"]),
        &impatient,
        &mut ignore,
    )
    .await;
    match (outcome, expected) {
        (Ok(done), None) => assert_eq!(done, ids(&["b"]), "{sql}"),
        (Err(error), Some(relation)) => {
            assert!(
                matches!(error.kind(), RunErrorKind::InUse { .. }),
                "{sql}: {error:?}"
            );
            let text = error.to_string();
            assert!(
                text.contains(&format!("on `{relation}`: BEGIN; {used}")),
                "{sql}: {text}"
            );
        }
        (outcome, _) => panic!("{sql}: {outcome:?}"),
    }
    // Found by the look: nobody had to wait for a try.
    assert!(started.elapsed() < Duration::from_secs(5), "{sql}");
}
