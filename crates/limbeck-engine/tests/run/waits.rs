//! For whom a statement waits in the server.

use limbeck::run::{self, Event};

use super::place::{Postgres, graph, ids, options, up};

const TABLE: &str = "-- upgrade\nCREATE TABLE t (id integer);\n-- downgrade\nDROP TABLE t;\n";

/// An index waits for a writer that does not end, and tells for whom.
#[tokio::test]
async fn whom_a_statement_waits_for_is_told_on_postgres() {
    let mut server = Postgres::start().await;
    let place = server.place().await;
    let mut connection = place.connect().await;
    let index = "-- step: no transaction\nCREATE INDEX CONCURRENTLY ix ON t (id);";
    let graph = graph(&[
        ("a", "none", TABLE),
        (
            "b",
            "a",
            &format!("-- upgrade\n{index}\n-- downgrade\nDROP INDEX ix;\n"),
        ),
    ]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let mut writer = place.connect().await;
    let write = "BEGIN; INSERT INTO t VALUES (1)";
    writer.batch(write).await.unwrap();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let mut tell = |event: Event<'_>| {
        if let Event::Blocked { by, .. } = event {
            told.send(by.to_vec()).unwrap();
        }
    };
    let (target, options) = (ids(&["b"]), options());
    let run = run::upgrade(&mut connection, &graph, &target, &options, &mut tell);
    let end = async {
        let by = heard.recv().await.unwrap();
        writer.batch("COMMIT").await.unwrap();
        by
    };
    let (outcome, by) = tokio::join!(run, end);
    assert_eq!(outcome.unwrap(), target);
    assert_eq!(by.len(), 1, "{by:?}");
    assert!(by[0].starts_with("pid "), "{by:?}");
    assert!(
        by[0].contains("(limbeck, idle in transaction, open since "),
        "{by:?}"
    );
    assert!(by[0].ends_with(&format!("): {write}")), "{by:?}");
    connection.close().await.unwrap();
    writer.close().await.unwrap();
    server.leave(place).await;
    server.scratch.close().await.unwrap();
}
