//! Runs with more objects than a row has columns, or a transaction has room for locks.

use std::time::{Duration, Instant};

use limbeck::connection::Connection;
use limbeck::run::{self, Loss, RunError, RunErrorKind, RunOptions};
use limbeck_core::revision::Graph;

use super::place::{Place, Postgres, applied, graph, ids, options, up};

#[tokio::test]
async fn many_objects_on_postgres() {
    let mut postgres = Postgres::start().await;
    made_again(&postgres.place().await).await;
    taken_back(&postgres.place().await).await;
    postgres.scratch.close().await.unwrap();
}

fn careful() -> RunOptions {
    RunOptions {
        loss: Loss::Refuse,
        ..options()
    }
}

fn statements(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(|at| one(at) + ";\n").collect()
}

async fn upgrade(connection: &mut Connection, graph: &Graph, to: &str) -> Result<(), RunError> {
    let (target, options) = (ids(&[to]), careful());
    let outcome = run::upgrade(connection, graph, &target, &options, &mut |_| {}).await;
    outcome.map(drop)
}

/// PostgreSQL takes 1,664 columns of a query.
const OBJECTS: usize = 1_700;

/// More are compared than there could be columns, and the last one is found like the first.
async fn made_again(place: &Place) {
    let mut connection = place.connect().await;
    let function = |at: usize, answer: usize| {
        format!(
            "CREATE OR REPLACE FUNCTION f{at}() RETURNS integer LANGUAGE sql AS 'SELECT {answer}'"
        )
    };
    let file = |count, answer| {
        format!(
            "-- upgrade\n{}-- downgrade\n-- nothing\n",
            statements(count, |at| function(OBJECTS - count + at, answer))
        )
    };
    let again = 250;
    let (first, second) = (file(OBJECTS, 1), file(again, 2));
    let graph = graph(&[("a", "none", &first), ("b", "a", &second)]);
    let started = Instant::now();
    upgrade(&mut connection, &graph, "a").await.unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    let last = OBJECTS - 1;
    connection.batch(&function(last, 3)).await.unwrap();
    let error = upgrade(&mut connection, &graph, "b")
        .await
        .expect_err("changed");
    assert_eq!(
        error.to_string(),
        format!(
            "b.sql:{}: what was changed of function `f{last}` would be lost: it is not in the revisions",
            again + 6
        )
    );
    connection.batch(&function(last, 1)).await.unwrap();
    upgrade(&mut connection, &graph, "b").await.unwrap();
}

/// Each of some hundred tables is asked for rows, whatever of them share a transaction.
async fn taken_back(place: &Place) {
    let mut connection = place.connect().await;
    let tables = 450;
    let body = format!(
        "-- upgrade\n{}-- downgrade\n{}",
        statements(tables, |at| format!("CREATE TABLE t{at} (id integer)")),
        statements(tables, |at| format!("DROP TABLE t{at}"))
    );
    let graph = graph(&[("a", "none", &body)]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let base = graph.resolve_downgrade("base", &ids(&["a"])).unwrap();
    let rows =
        "INSERT INTO t0 VALUES (1); INSERT INTO t225 VALUES (1); INSERT INTO t449 VALUES (1)";
    connection.batch(rows).await.unwrap();
    let outcome = run::downgrade(&mut connection, &graph, &base, &careful(), &mut |_| {}).await;
    match outcome.expect_err("rows are there").kind() {
        RunErrorKind::WouldLose { objects } => assert_eq!(*objects, ["t0", "t225", "t449"]),
        other => panic!("{other}"),
    }
    connection.batch("TRUNCATE t0, t225, t449").await.unwrap();
    run::downgrade(&mut connection, &graph, &base, &careful(), &mut |_| {})
        .await
        .unwrap();
    assert!(applied(&mut connection).await.ids().is_empty());
}
