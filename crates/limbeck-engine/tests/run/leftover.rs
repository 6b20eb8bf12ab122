//! What an attempt that was killed has left of indexes that are built CONCURRENTLY.

use limbeck::connection::Connection;
use limbeck::run::{self, Event, Left, RunError, RunErrorKind};
use limbeck_core::revision::Graph;

use super::place::{Place, Postgres, applied, column, graph, ids, options, up};

const TABLE: &str = "-- upgrade\nCREATE SCHEMA other;\nCREATE TABLE other.\"Odd\" (id integer, a text);\nCREATE TABLE t (id integer, a text);\n-- downgrade\n-- nothing\n";

fn both(statement: &str) -> Graph {
    let step =
        format!("-- upgrade\n-- step: no transaction\n{statement};\n-- downgrade\n-- nothing\n");
    graph(&[("a", "none", TABLE), ("b", "a", &step)])
}

/// Runs the second revision, and tells what it found.
async fn settled(
    connection: &mut Connection,
    graph: &Graph,
) -> (Result<usize, RunError>, Vec<(String, Left)>) {
    let mut found = Vec::new();
    let mut on_event = |event: Event<'_>| {
        if let Event::Settled { object, left } = event {
            found.push((object.to_owned(), left));
        }
    };
    let options = options();
    let outcome = run::upgrade(connection, graph, &ids(&["b"]), &options, &mut on_event).await;
    (outcome.map(|done| done.len()), found)
}

/// Each statement, what was there before it, and what is found of that; nothing when it fails.
type Case = (&'static str, &'static str, Option<(&'static str, Left)>);

const CASES: &[Case] = &[
    (
        "CREATE INDEX CONCURRENTLY ix ON t (id)",
        "CREATE INDEX ix ON t (id)",
        Some(("ix", Left::Whole)),
    ),
    (
        "CREATE UNIQUE INDEX CONCURRENTLY \"Ix\" ON other.\"Odd\" (lower(a) DESC) WHERE id > 0",
        "CREATE UNIQUE INDEX \"Ix\" ON other.\"Odd\" (lower(a) DESC) WHERE id > 0",
        Some(("other.\"Ix\"", Left::Whole)),
    ),
    (
        "CREATE INDEX CONCURRENTLY ix ON t (id)",
        "CREATE INDEX ix ON t (a)",
        None,
    ),
    (
        "CREATE INDEX CONCURRENTLY ix ON t (id)",
        "CREATE UNIQUE INDEX ix ON t (id)",
        None,
    ),
    (
        "CREATE INDEX CONCURRENTLY ix ON t (id)",
        "CREATE INDEX ix ON other.\"Odd\" (id)",
        Some(("", Left::Whole)),
    ),
    (
        "CREATE INDEX CONCURRENTLY ix ON t (id)",
        "CREATE TABLE ix (id integer)",
        None,
    ),
    // An invalid one of another table is somebody else's.
    (
        "CREATE INDEX CONCURRENTLY ix ON t (id)",
        "CREATE TABLE u (id integer); CREATE INDEX ix ON u (id); \
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass",
        None,
    ),
    // One that the server names: a build that failed has left it, and one that is whole is no reason not to build another.
    (
        "CREATE INDEX CONCURRENTLY ON t (id)",
        "CREATE INDEX ON t (id); CREATE INDEX ON t (id); \
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_id_idx1'::regclass",
        Some(("t_id_idx1", Left::Invalid)),
    ),
    (
        "CREATE INDEX CONCURRENTLY ON other.\"Odd\" (a)",
        "CREATE INDEX ON other.\"Odd\" (a); \
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'other.\"Odd_a_idx\"'::regclass",
        Some(("other.\"Odd_a_idx\"", Left::Invalid)),
    ),
    (
        "CREATE INDEX CONCURRENTLY ON t (id)",
        "CREATE INDEX ON t (id)",
        Some(("", Left::Whole)),
    ),
    (
        "CREATE INDEX CONCURRENTLY ON t (id)",
        "CREATE UNIQUE INDEX ON t (id); CREATE INDEX ix ON t (id); \
         UPDATE pg_index SET indisvalid = false WHERE indrelid = 't'::regclass",
        Some(("", Left::Whole)),
    ),
    // One that is not there may have another name.
    ("DROP INDEX CONCURRENTLY ix", "SELECT 1", None),
    (
        "DROP INDEX CONCURRENTLY other.ix",
        "CREATE INDEX ix ON t (id)",
        None,
    ),
    (
        "DROP INDEX CONCURRENTLY ix",
        "CREATE INDEX ix ON t (id)",
        Some(("", Left::Whole)),
    ),
];

#[tokio::test]
async fn what_is_left_of_indexes_is_settled_on_postgres() {
    let mut server = Postgres::start().await;
    for (statement, before, expected) in CASES {
        let place = server.place().await;
        let mut connection = place.connect().await;
        let graph = both(statement);
        up(&mut connection, &graph, &["a"]).await.unwrap();
        connection.batch(before).await.unwrap();
        let (outcome, found) = settled(&mut connection, &graph).await;
        let shown = format!("{statement} after {before}: {outcome:?} {found:?}");
        assert_eq!(outcome.is_ok(), expected.is_some(), "{shown}");
        let expected: Vec<(String, Left)> = expected
            .iter()
            .filter(|(object, _)| !object.is_empty())
            .map(|(object, left)| {
                let object = match object.split_once('.') {
                    Some(_) => (*object).to_owned(),
                    None => format!("{}.{object}", place.schema),
                };
                (object, *left)
            })
            .collect();
        assert_eq!(found, expected, "{shown}");
        // Nothing else is touched.
        if before.contains("ON u ") {
            let there = "SELECT count(*)::text FROM pg_index WHERE indrelid = 'u'::regclass";
            assert_eq!(column(&mut connection, there).await, ["1"], "{shown}");
        }
        leave(&mut server, place, connection).await;
    }
    for statement in [
        "CREATE UNIQUE INDEX CONCURRENTLY ix ON t (id)",
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON t (id)",
    ] {
        let place = server.place().await;
        let mut connection = place.connect().await;
        an_invalid_one_is_built_anew(&place, &mut connection, statement).await;
        leave(&mut server, place, connection).await;
    }
    let place = server.place().await;
    one_that_is_being_built_is_waited_for(&place).await;
    server.leave(place).await;
    server.scratch.close().await.unwrap();
}

async fn leave(server: &mut Postgres, place: Place, connection: Connection) {
    connection.close().await.unwrap();
    server.leave(place).await;
}

async fn an_invalid_one_is_built_anew(place: &Place, connection: &mut Connection, statement: &str) {
    let invalid = (format!("{}.ix", place.schema), Left::Invalid);
    let graph = both(statement);
    up(connection, &graph, &["a"]).await.unwrap();
    connection
        .batch("INSERT INTO t VALUES (1), (1)")
        .await
        .unwrap();
    for expected in [vec![], vec![invalid.clone()]] {
        let (outcome, found) = settled(connection, &graph).await;
        assert!(
            outcome
                .as_ref()
                .is_err_and(|error| matches!(error.kind(), RunErrorKind::Statement(_))),
            "{outcome:?}"
        );
        assert_eq!(found, expected);
    }
    connection.batch("DELETE FROM t").await.unwrap();
    let (outcome, found) = settled(connection, &graph).await;
    assert_eq!(outcome.unwrap(), 1);
    assert_eq!(found, [invalid]);
    let valid = "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'ix'::regclass";
    assert_eq!(column(connection, valid).await, ["true"]);
    assert_eq!(applied(connection).await.ids(), ids(&["a", "b"]));
}

/// The server goes on building for a client that is gone.
async fn one_that_is_being_built_is_waited_for(place: &Place) {
    let graph = both("CREATE INDEX CONCURRENTLY ix ON t (id)");
    let mut connection = place.connect().await;
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let mut writer = place.connect().await;
    writer
        .batch("BEGIN; INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    let mut builder = place.connect().await;
    let built = tokio::spawn(async move {
        let built = builder
            .batch("CREATE INDEX CONCURRENTLY ix ON t (id)")
            .await;
        builder.close().await.unwrap();
        built
    });
    let begun = "SELECT count(*)::text FROM pg_stat_progress_create_index";
    // A transaction would see what it has seen first (PostgreSQL manual, section 28.2.2).
    while column(&mut connection, begun).await != ["1"] {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let ends = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        writer.batch("COMMIT").await.unwrap();
    };
    let ((outcome, found), ()) = tokio::join!(settled(&mut connection, &graph), ends);
    assert_eq!(outcome.unwrap(), 1);
    let seen = [Left::Building, Left::Whole].map(|left| (format!("{}.ix", place.schema), left));
    assert_eq!(found, seen);
    built.await.unwrap().unwrap();
    writer.close().await.unwrap();
    connection.close().await.unwrap();
}

/// What rebuilding a table has left of its own indexes, of its long values' (TOAST), and of its partitions'.
#[tokio::test]
async fn what_rebuilding_a_table_has_left_is_dropped_on_postgres() {
    let mut server = Postgres::start().await;
    for (made, expected) in [
        ("CREATE TABLE b (id integer PRIMARY KEY, a text)", 2),
        ("CREATE TABLE b (id integer, a text)", 1),
        (
            "CREATE TABLE b (id integer PRIMARY KEY, a text) PARTITION BY RANGE (id); \
             CREATE TABLE b1 PARTITION OF b FOR VALUES FROM (0) TO (9)",
            2,
        ),
    ] {
        let place = server.place().await;
        let mut connection = place.connect().await;
        let graph = both("REINDEX TABLE CONCURRENTLY b");
        up(&mut connection, &graph, &["a"]).await.unwrap();
        connection.batch(made).await.unwrap();
        // The last stage waits for whoever still sees the table as it was.
        let mut reader = place.connect().await;
        let see = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM b";
        reader.batch(see).await.unwrap();
        connection
            .batch("SET statement_timeout = '2s'")
            .await
            .unwrap();
        let stopped = connection.batch("REINDEX TABLE CONCURRENTLY b").await;
        assert!(stopped.is_err(), "{made}");
        connection.batch("RESET statement_timeout").await.unwrap();
        reader.batch("COMMIT").await.unwrap();
        reader.close().await.unwrap();
        let left =
            "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1";
        let before = column(&mut connection, left).await;
        assert_eq!(before.len(), expected, "{made}: {before:?}");
        assert!(
            before.iter().any(|index| index.starts_with("pg_toast.")),
            "{before:?}"
        );
        let (outcome, mut found) = settled(&mut connection, &graph).await;
        assert_eq!(outcome.unwrap(), 1, "{made}");
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let mut expected: Vec<_> = before
            .into_iter()
            .map(|index| (index, Left::Invalid))
            .collect();
        expected.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, expected, "{made}");
        assert!(column(&mut connection, left).await.is_empty(), "{made}");
        leave(&mut server, place, connection).await;
    }
}
