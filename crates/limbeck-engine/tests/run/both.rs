//! What holds on both databases.

use std::time::Duration;

use limbeck::run::{self, Changed, Event, Leaves, Misfit, RunError, RunErrorKind, RunOptions};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph};

use super::moves;
use super::place::{Place, Postgres, applied, column, down, graph, id, ids, options, tables, up};

#[tokio::test]
async fn on_sqlite() {
    all(async || Place::sqlite()).await;
}

#[tokio::test]
async fn on_postgres() {
    let mut postgres = Postgres::start().await;
    all(async || postgres.place().await).await;
    postgres.scratch.close().await.unwrap();
}

async fn all(mut place: impl AsyncFnMut() -> Place) {
    up_and_down(&place().await).await;
    a_failing_revision_leaves_those_before_it(&place().await).await;
    half_applied_goes_on(&place().await).await;
    half_taken_back_goes_on(&place().await).await;
    changed_and_unknown(&place().await).await;
    two_at_once(&place().await).await;
    killed(&place().await).await;
    nothing_runs_when_something_is_wrong(&place().await).await;
    moves::stamps(&place().await).await;
    moves::branches_and_gaps(&place().await).await;
    moves::sections(&place().await).await;
}

pub(crate) fn two() -> Graph {
    graph(&[
        (
            "a",
            "none",
            "-- upgrade\nCREATE TABLE t (id integer PRIMARY KEY);\n\n-- downgrade\nDROP TABLE t;\n",
        ),
        (
            "b",
            "a",
            "-- upgrade\nCREATE TABLE u (id integer);\nINSERT INTO u VALUES (1);\n\n-- downgrade\nDROP TABLE u;\n",
        ),
    ])
}

pub(crate) const HISTORY: [&str; 2] = ["limbeck_history", "limbeck_history_journal"];

async fn up_and_down(place: &Place) {
    let mut connection = place.connect().await;
    let graph = two();
    assert!(up(&mut connection, &graph, &[]).await.unwrap().is_empty());
    assert!(tables(&mut connection).await.is_empty());
    let mut events = Vec::new();
    let done = run::upgrade(
        &mut connection,
        &graph,
        &ids(&["b"]),
        &options(),
        &mut |event| {
            events.push(match event {
                Event::Running { revision, .. } => {
                    format!("{} from {:?}", revision.id, revision.parents)
                }
                Event::Step { number, of, .. } => format!("step {number}/{of}"),
                Event::Statement { number, of, line } => format!("{number}/{of} on {line}"),
                Event::Done { revision, .. } => format!("{} done", revision.id),
                _ => String::new(),
            });
        },
    )
    .await
    .unwrap();
    assert_eq!(done, ids(&["a", "b"]));
    assert_eq!(
        events,
        [
            "a from []",
            "step 1/1",
            "1/1 on 7",
            "a done",
            "b from [RevisionId(\"a\")]",
            "step 1/1",
            "1/2 on 7",
            "2/2 on 8",
            "b done",
        ]
    );
    assert!(
        up(&mut connection, &graph, &["b"])
            .await
            .unwrap()
            .is_empty()
    );
    let now = applied(&mut connection).await;
    assert_eq!(now.heads(&graph), ids(&["b"]));
    assert!(now.unknown(&graph).is_empty());
    assert!(now.changed(&graph, place.dialect).is_empty());
    assert_eq!(now.revisions[0].description, "Make a");
    let at = &now.revisions[0].applied_at;
    assert!(
        at.starts_with("20") && at.ends_with('Z') && at.len() == 20,
        "{at}"
    );
    assert_eq!(
        down(&mut connection, &graph, &["a"]).await.unwrap(),
        ids(&["b"])
    );
    assert_eq!(
        down(&mut connection, &graph, &[]).await.unwrap(),
        ids(&["a"])
    );
    assert_eq!(tables(&mut connection).await, HISTORY);
    assert!(down(&mut connection, &graph, &[]).await.unwrap().is_empty());
    assert_eq!(
        up(&mut connection, &graph, &["b"]).await.unwrap(),
        ids(&["a", "b"])
    );
}

async fn a_failing_revision_leaves_those_before_it(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[
        (
            "a",
            "none",
            "-- upgrade\nCREATE TABLE t (id integer);\n-- downgrade\nDROP TABLE t;\n",
        ),
        (
            "b",
            "a",
            "-- upgrade\nCREATE TABLE u (id integer);\n\nCREATE TABLE t\n  (id integer);\n-- downgrade\nDROP TABLE u;\n",
        ),
    ]);
    let error = up(&mut connection, &graph, &["b"])
        .await
        .expect_err("t exists");
    assert_eq!(error.to_string(), "b.sql:9: `CREATE TABLE t` failed");
    assert_eq!(error.done(), ids(&["a"]));
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a"]));
    assert_eq!(tables(&mut connection).await, [HISTORY[0], HISTORY[1], "t"]);
}

async fn half_applied_goes_on(place: &Place) {
    let mut connection = place.connect().await;
    let body = |first: &str, second: &str| {
        format!(
            "-- upgrade\n-- step\n{first};\n-- step: no transaction\nINSERT INTO t VALUES (1);\n{second};\n-- step\nINSERT INTO t VALUES (3);\n-- downgrade\nDROP TABLE t;\n"
        )
    };
    let create = "CREATE TABLE t (id integer)";
    let typo = graph(&[("a", "none", &body(create, "INSERT INTO missing VALUES (2)"))]);
    let error = up(&mut connection, &typo, &["a"])
        .await
        .expect_err("a missing table");
    assert!(error.to_string().starts_with("a.sql:11: "), "{error}");
    assert!(
        matches!(error.kind(), RunErrorKind::Statement(failed) if failed.leaves == Leaves::Statements(1)),
        "{error:?}"
    );
    let now = applied(&mut connection).await;
    let half = now.half.clone().unwrap();
    assert_eq!(
        (half.id, half.direction, half.done, half.of),
        (id("a"), Direction::Upgrade, 1, 3)
    );
    assert!(now.revisions.is_empty());

    let error = down(&mut connection, &typo, &[]).await.expect_err("half");
    assert!(
        matches!(error.kind(), RunErrorKind::HalfApplied(_)),
        "{error:?}"
    );
    let frozen = graph(&[("a", "none", &body("CREATE TABLE t (id bigint)", "SELECT 1"))]);
    let error = up(&mut connection, &frozen, &["a"])
        .await
        .expect_err("frozen");
    assert!(
        matches!(error.kind(), RunErrorKind::FrozenStep { step: 1, .. }),
        "{error:?}"
    );
    let fewer = graph(&[(
        "a",
        "none",
        &format!("-- upgrade\n-- step\n{create};\n-- downgrade\nDROP TABLE t;\n"),
    )]);
    let error = up(&mut connection, &fewer, &["a"])
        .await
        .expect_err("fewer");
    assert!(
        matches!(error.kind(), RunErrorKind::FewerSteps { .. }),
        "{error:?}"
    );

    let fixed = graph(&[("a", "none", &body(create, "INSERT INTO t VALUES (2)"))]);
    let mut resumed = None;
    let done = run::upgrade(
        &mut connection,
        &fixed,
        &ids(&["a"]),
        &options(),
        &mut |event| {
            if let Event::Resuming { half, .. } = event {
                resumed = Some(half.to_string());
            }
        },
    )
    .await;
    assert_eq!(done.unwrap(), ids(&["a"]));
    assert_eq!(resumed.as_deref(), Some("step 2 of 3, statement 1 of 2"));
    assert_eq!(applied(&mut connection).await.half, None);
    let rows = column(&mut connection, "SELECT id FROM t ORDER BY id").await;
    assert_eq!(rows, ["1", "2", "3"]);
    let journal = column(&mut connection, "SELECT id FROM limbeck_history_journal").await;
    assert!(journal.is_empty());
    assert!(
        applied(&mut connection)
            .await
            .changed(&fixed, place.dialect)
            .is_empty()
    );
}

async fn half_taken_back_goes_on(place: &Place) {
    let mut connection = place.connect().await;
    let with = |second: &str| {
        graph(&[(
            "a",
            "none",
            &format!(
                "-- upgrade\nCREATE TABLE t (id integer);\nCREATE TABLE u (id integer);\n-- downgrade\n-- step\nDROP TABLE t;\n-- step\nDROP TABLE {second};\n"
            ),
        )])
    };
    up(&mut connection, &with("missing"), &["a"]).await.unwrap();
    down(&mut connection, &with("missing"), &[])
        .await
        .expect_err("no such table");
    assert_eq!(
        applied(&mut connection).await.half.unwrap().direction,
        Direction::Downgrade
    );
    let error = up(&mut connection, &with("u"), &["a"])
        .await
        .expect_err("half");
    assert!(
        matches!(error.kind(), RunErrorKind::HalfApplied(_)),
        "{error:?}"
    );
    assert_eq!(
        down(&mut connection, &with("u"), &[]).await.unwrap(),
        ids(&["a"])
    );
    assert_eq!(tables(&mut connection).await, HISTORY);
}

async fn changed_and_unknown(place: &Place) {
    let mut connection = place.connect().await;
    up(&mut connection, &two(), &["a"]).await.unwrap();
    let edited = graph(&[
        (
            "a",
            "none",
            "-- upgrade\nCREATE TABLE t (id bigint);\n-- downgrade\nDROP TABLE t;\n",
        ),
        (
            "b",
            "a",
            "-- upgrade\n-- nothing\n-- downgrade\n-- nothing\n",
        ),
    ]);
    let error = up(&mut connection, &edited, &["b"])
        .await
        .expect_err("changed");
    assert!(
        matches!(error.kind(), RunErrorKind::RevisionChanged { .. }),
        "{error:?}"
    );
    assert_eq!(
        applied(&mut connection)
            .await
            .changed(&edited, place.dialect),
        ids(&["a"])
    );
    let accept = RunOptions {
        changed: Changed::Accept,
        ..options()
    };
    let done = run::upgrade(&mut connection, &edited, &ids(&["b"]), &accept, &mut |_| {}).await;
    assert_eq!(done.unwrap(), ids(&["b"]));
    let other = graph(&[(
        "c",
        "none",
        "-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n",
    )]);
    for outcome in [
        up(&mut connection, &other, &["c"]).await,
        down(&mut connection, &other, &[]).await,
    ] {
        let error = outcome.expect_err("unknown");
        assert!(
            matches!(error.kind(), RunErrorKind::UnknownApplied { unknown, .. } if *unknown == ids(&["a", "b"])),
            "{error:?}"
        );
    }
}

async fn two_at_once(place: &Place) {
    let many: Vec<(String, String)> = (0..12)
        .map(|number| {
            let parent = if number == 0 {
                "none".to_owned()
            } else {
                format!("r{:02}", number - 1)
            };
            (format!("r{number:02}"), parent)
        })
        .collect();
    let bodies: Vec<String> = many
        .iter()
        .map(|(id, _)| {
            format!("-- upgrade\n-- step\nCREATE TABLE t_{id} (id integer);\n-- step\nINSERT INTO t_{id} VALUES (1);\n-- downgrade\nDROP TABLE t_{id};\n")
        })
        .collect();
    let files: Vec<(&str, &str, &str)> = many
        .iter()
        .zip(&bodies)
        .map(|((id, parent), body)| (id.as_str(), parent.as_str(), body.as_str()))
        .collect();
    let graph = graph(&files);
    let (mut first, mut second) = (place.connect().await, place.connect().await);
    let (one, other) = tokio::join!(
        up(&mut first, &graph, &["r11"]),
        up(&mut second, &graph, &["r11"])
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(applied(&mut first).await.half.is_none());
    assert_eq!(applied(&mut first).await.ids().len(), 12);
    for (id, _) in &many {
        assert_eq!(
            column(&mut first, &format!("SELECT id FROM t_{id}")).await,
            ["1"]
        );
        assert!(!(one.contains(&id.parse().unwrap()) && other.contains(&id.parse().unwrap())));
    }
    let (one, other) = tokio::join!(
        down(&mut first, &graph, &[]),
        down(&mut second, &graph, &[])
    );
    one.unwrap();
    other.unwrap();
    assert_eq!(tables(&mut first).await, HISTORY);
}

async fn killed(place: &Place) {
    let slow = match place.dialect {
        Dialect::Postgres => "SELECT pg_sleep(1)",
        Dialect::Sqlite => {
            "INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000000) SELECT max(x) FROM c"
        }
    };
    let graph = graph(&[(
        "a",
        "none",
        &format!(
            "-- upgrade\n-- step\nCREATE TABLE t (id integer);\n-- step\nINSERT INTO t VALUES (1);\n{slow};\nCREATE TABLE u (id integer);\n-- downgrade\nDROP TABLE u;\nDROP TABLE t;\n"
        ),
    )]);
    let mut connection = place.connect().await;
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let target = ids(&["a"]);
    let run_options = options();
    let mut watch = |event: Event<'_>| {
        if let Event::Statement { number: 2, .. } = event
            && let Some(tell) = tell.take()
        {
            tell.send(()).unwrap();
        }
    };
    tokio::select! {
        biased;
        _ = async {
            told.await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        } => {}
        outcome = run::upgrade(&mut connection, &graph, &target, &run_options, &mut watch) => {
            panic!("not killed: {outcome:?}")
        }
    }
    drop(connection);
    let mut connection = place.connect().await;
    let half = applied(&mut connection).await.half.unwrap();
    assert_eq!((half.done, half.of), (1, 2));
    // A server that has got the whole step brings it to its end; the next run waits for that.
    let left: &[&str] = match place.dialect {
        Dialect::Postgres => &[],
        Dialect::Sqlite => &["a"],
    };
    assert_eq!(
        up(&mut connection, &graph, &["a"]).await.unwrap(),
        ids(left)
    );
    let rows = column(&mut connection, "SELECT id FROM t WHERE id = 1").await;
    assert_eq!(rows, ["1"]);
}

async fn nothing_runs_when_something_is_wrong(place: &Place) {
    let good =
        "-- upgrade\nCREATE TABLE t (id integer);\n-- downgrade: irreversible, rows are gone\n";
    let mut connection = place.connect().await;
    type Check = fn(&RunError) -> bool;
    let (command, shell) = match place.dialect {
        Dialect::Postgres => ("\\d", "psql"),
        Dialect::Sqlite => (".dump", "sqlite3"),
    };
    let cases: [(&str, Check); 3] = [
        ("BEGIN;\nCREATE TABLE u (id integer)", |error| {
            matches!(
                error.kind(),
                RunErrorKind::Misplaced {
                    line: 7,
                    misfit: Misfit::TransactionControl,
                    ..
                }
            )
        }),
        ("CREATE TABLE u (id integer);\nVACUUM", |error| {
            matches!(
                error.kind(),
                RunErrorKind::Misplaced {
                    line: 8,
                    misfit: Misfit::NeedsNoTransaction,
                    ..
                }
            )
        }),
        // A command of the database's own shell.
        (&format!("SELECT 1;\n{command} t"), |_| true),
    ];
    for (sql, is_expected) in cases {
        let graph = graph(&[
            ("a", "none", good),
            (
                "b",
                "a",
                &format!("-- upgrade\n{sql};\n-- downgrade\n-- nothing\n"),
            ),
        ]);
        let error = up(&mut connection, &graph, &["b"]).await.expect_err(sql);
        assert!(is_expected(&error), "{error:?}");
        if !matches!(error.kind(), RunErrorKind::Misplaced { .. }) {
            assert_eq!(
                error.to_string(),
                format!("b.sql: `{command}` on line 8 is a {shell} command, not SQL: remove it")
            );
        }
        assert!(tables(&mut connection).await.is_empty());
    }
    let graph = graph(&[("a", "none", good)]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let error = down(&mut connection, &graph, &[])
        .await
        .expect_err("irreversible");
    assert_eq!(
        error.to_string(),
        "a.sql: cannot be taken back: rows are gone"
    );
    let (own, other) = match place.dialect {
        Dialect::Postgres => ("postgres", "sqlite"),
        Dialect::Sqlite => ("sqlite", "postgres"),
    };
    let parents = format!("a\n-- pending: {own}");
    let body = format!("-- upgrade {other}\nSELECT 1;\n-- downgrade {other}\n-- nothing\n");
    let pending = super::place::graph(&[("a", "none", good), ("b", &parents, &body)]);
    let error = up(&mut connection, &pending, &["b"])
        .await
        .expect_err("pending");
    assert!(
        matches!(error.kind(), RunErrorKind::Section(_)),
        "{error:?}"
    );
    // Nothing is run before what nobody has written yet.
    let empty = "-- upgrade\n-- Write the SQL here.\n-- downgrade\n-- nothing\n";
    let there = "-- upgrade\nCREATE TABLE c (x integer);\n-- downgrade\n-- nothing\n";
    let unwritten =
        super::place::graph(&[("a", "none", good), ("c", "a", there), ("d", "c", empty)]);
    let error = up(&mut connection, &unwritten, &["d"])
        .await
        .expect_err("nobody has written it");
    assert_eq!(
        error.to_string(),
        "d.sql:6: nobody has written the upgrade of revision `d` yet"
    );
    assert!(
        matches!(error.kind(), RunErrorKind::Section(_)),
        "{error:?}"
    );
    assert!(
        !applied(&mut connection)
            .await
            .ids()
            .contains(&ids(&["c"])[0])
    );
}
