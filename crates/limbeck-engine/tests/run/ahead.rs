//! Revisions whose transactions are opened with the end of the one before, and others who come between.

use std::thread::JoinHandle;
use std::time::Duration;

use limbeck::connection::Connection;
use limbeck::history::{self, HistoryTable};
use limbeck::run::{self, Event, RunError, RunErrorKind};
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, checksum};

use super::place::{Place, Postgres, applied, column, graph, id, ids, options, tables};

#[tokio::test]
async fn others_come_between_revisions_on_postgres() {
    let mut postgres = Postgres::start().await;
    for case in BETWEEN {
        between(&postgres.place().await, case).await;
    }
    lock_between(&postgres.place().await).await;
    fails_by_itself(&postgres.place().await).await;
    postgres.scratch.close().await.unwrap();
}

fn three() -> Graph {
    let make = |name: &str| {
        format!("-- upgrade\nCREATE TABLE {name} (id integer);\n-- downgrade\nDROP TABLE {name};\n")
    };
    let slow = make("u").replace("-- downgrade", "SELECT pg_sleep(0.5);\n-- downgrade");
    graph(&[
        ("a", "none", &make("t")),
        ("b", "a", &slow),
        ("c", "b", &make("v")),
    ])
}

/// What another run writes when it has run `c`.
fn row() -> String {
    let graph = three();
    let revision = graph.get(&id("c")).unwrap();
    let section = revision
        .section(Direction::Upgrade, Dialect::Postgres)
        .unwrap();
    let checksum = checksum(section, Dialect::Postgres);
    history::insert_sql(
        &HistoryTable::default(),
        Dialect::Postgres,
        revision,
        &checksum,
    )
}

/// What another run writes when `b` has been run, what comes of it, and the tables and revisions that there are then.
const BETWEEN: [(&str, &str, &[&str], &[&str]); 5] = [
    (
        "CREATE TABLE v (id integer); {row}",
        "a, b",
        &["t", "u", "v"],
        &["a", "b", "c"],
    ),
    ("{row}", "a, b", &["t", "u"], &["a", "b", "c"]),
    (
        "DELETE FROM limbeck_history WHERE revision = 'b'",
        "another run undoes",
        &["t", "u"],
        &["a"],
    ),
    (
        "INSERT INTO limbeck_history (revision, description, checksum, parents) VALUES ('d', '', '', 'b')",
        "`d`",
        &["t", "u"],
        &["a", "b", "d"],
    ),
    (
        "INSERT INTO limbeck_history_journal (revision, direction, step, steps, checksum) \
         VALUES ('c', 'downgrade', 1, 2, '')",
        "is half done",
        &["t", "u"],
        &["a", "b"],
    ),
];

async fn between(place: &Place, (what, expected, made, revisions): (&str, &str, &[&str], &[&str])) {
    let what = what.replace("{row}", &row());
    let mut connection = place.connect().await;
    let mut on_event = |event: Event<'_>| {
        if matches!(&event, Event::Done { revision, .. } if revision.id.as_str() == "b") {
            let what = what.clone();
            elsewhere(&place.url, async move |other| {
                other.batch(&what).await.unwrap();
            })
            .join()
            .unwrap();
        }
    };
    let outcome = upgrade(&mut connection, &mut on_event).await;
    let text = match &outcome {
        Ok(done) => done.join(", "),
        Err(error) => error.to_string(),
    };
    assert!(text.contains(expected), "{what}: {text}");
    if let Err(error) = &outcome {
        assert_eq!(error.done(), ids(&["a", "b"]), "{what}");
    }
    assert_eq!(
        applied(&mut connection).await.ids(),
        ids(revisions),
        "{what}"
    );
    let mut tables = tables(&mut connection).await;
    tables.retain(|table| !table.starts_with("limbeck"));
    assert_eq!(tables, made, "{what}");
}

/// Another run has waited for the lock, and gets it as soon as `b` is committed.
async fn lock_between(place: &Place) {
    let mut connection = place.connect().await;
    let mut running = None;
    let mut waited = 0;
    let mut on_event = |event: Event<'_>| match event {
        Event::Running { revision, .. } if revision.id.as_str() == "b" => {
            running = Some(elsewhere(&place.url, async |other| {
                let key = "SELECT ((classid::bigint << 32) | objid::bigint)::text FROM pg_locks \
                           WHERE locktype = 'advisory' AND granted";
                let key = column(other, key).await.remove(0);
                let lock = format!("SELECT pg_advisory_lock({key})");
                other.batch(&lock).await.unwrap();
                let write = format!("CREATE TABLE v (id integer); {}", row());
                other.batch(&write).await.unwrap();
                tokio::time::sleep(Duration::from_millis(200)).await;
            }));
        }
        Event::Waiting { .. } => waited += 1,
        _ => {}
    };
    let done = upgrade(&mut connection, &mut on_event).await.unwrap();
    running.unwrap().join().unwrap();
    assert_eq!(done, ["a", "b"]);
    assert_eq!(waited, 1);
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a", "b", "c"]));
}

/// What goes wrong in such a transaction is told as in any other, and nothing of it is left.
async fn fails_by_itself(place: &Place) {
    let mut connection = place.connect().await;
    for (sql, line) in [
        ("CREATE TABLE x (id integer);\nSELECT 1 / 0;", 8),
        ("CREATE TABLE x (id integer);\nSELEC 1;", 8),
        (
            "CREATE TABLE x (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO x VALUES (1), (1);",
            7,
        ),
    ] {
        let wrong = format!("-- upgrade\n{sql}\n-- downgrade\n-- nothing\n");
        let fine = "-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n";
        let graph = graph(&[("a", "none", fine), ("b", "a", fine), ("c", "b", &wrong)]);
        let mut ignore = |_: Event<'_>| {};
        let target = ids(&["c"]);
        let outcome = run::upgrade(&mut connection, &graph, &target, &options(), &mut ignore).await;
        match outcome.expect_err("it is wrong").kind() {
            RunErrorKind::Statement(error) => {
                assert_eq!((error.file.as_str(), error.line), ("c.sql", line), "{sql}");
            }
            error => panic!("{sql}: {error:?}"),
        }
        assert_eq!(applied(&mut connection).await.ids(), ids(&["a", "b"]));
        let open = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'";
        assert_eq!(column(&mut connection, open).await, ["0"]);
        assert!(!tables(&mut connection).await.contains(&"x".to_owned()));
    }
}

async fn upgrade(
    connection: &mut Connection,
    on_event: run::OnEvent<'_>,
) -> Result<Vec<String>, RunError> {
    let done = run::upgrade(connection, &three(), &ids(&["c"]), &options(), on_event).await?;
    Ok(done.into_iter().map(|id| id.to_string()).collect())
}

/// Does something on another connection, in another thread.
fn elsewhere<F>(url: &DatabaseUrl, what: F) -> JoinHandle<()>
where
    F: AsyncFnOnce(&mut Connection) + Send + 'static,
{
    let url = url.clone();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(async {
            let mut other = Connection::connect(&url).await.unwrap();
            what(&mut other).await;
            other.close().await.unwrap();
        });
    })
}
