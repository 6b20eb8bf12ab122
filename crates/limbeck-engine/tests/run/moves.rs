//! Stamps, branches, and sections without a history, on both databases.

use limbeck::connection::Connection;
use limbeck::run::{self, RunErrorKind, Stamp};
use limbeck_core::revision::Direction;

use super::both::HISTORY;
use super::place::{Place, applied, column, down, graph, id, ids, options, tables, up};

pub(crate) async fn stamps(place: &Place) {
    let mut connection = place.connect().await;
    let graph = super::both::two();
    let options = options();
    run::stamp(
        &mut connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::to(ids(&["b"])),
        Stamp::Keep,
        &options,
    )
    .await
    .unwrap();
    assert_eq!(tables(&mut connection).await, HISTORY);
    assert_eq!(applied(&mut connection).await.heads(&graph), ids(&["b"]));
    assert!(
        up(&mut connection, &graph, &["b"])
            .await
            .unwrap()
            .is_empty()
    );
    run::stamp(
        &mut connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::to(ids(&["a"])),
        Stamp::Keep,
        &options,
    )
    .await
    .unwrap();
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a"]));
    let other = super::place::graph(&[(
        "c",
        "none",
        "-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n",
    )]);
    let outcome = run::stamp(
        &mut connection,
        &other,
        &limbeck_core::revision::DowngradeTarget::to(ids(&["c"])),
        Stamp::Keep,
        &options,
    )
    .await;
    assert!(
        outcome
            .as_ref()
            .is_err_and(|error| matches!(error.kind(), RunErrorKind::UnknownApplied { .. })),
        "{outcome:?}"
    );
    run::stamp(
        &mut connection,
        &other,
        &limbeck_core::revision::DowngradeTarget::to(ids(&["c"])),
        Stamp::Purge,
        &options,
    )
    .await
    .unwrap();
    assert_eq!(applied(&mut connection).await.ids(), ids(&["c"]));
    run::stamp(
        &mut connection,
        &other,
        &limbeck_core::revision::DowngradeTarget::base(),
        Stamp::Keep,
        &options,
    )
    .await
    .unwrap();
    assert!(applied(&mut connection).await.ids().is_empty());
    connection
        .execute("DROP TABLE limbeck_history_journal")
        .await
        .unwrap();
    let error = up(&mut connection, &graph, &["b"])
        .await
        .expect_err("no journal");
    assert!(
        error
            .to_string()
            .contains("`limbeck_history_journal` is missing"),
        "{error}"
    );
    run::stamp(
        &mut connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::base(),
        Stamp::Purge,
        &options,
    )
    .await
    .unwrap();
    assert_eq!(
        up(&mut connection, &graph, &["b"]).await.unwrap(),
        ids(&["a", "b"])
    );
}

pub(crate) async fn branches_and_gaps(place: &Place) {
    let mut connection = place.connect().await;
    let body = |id: &str| {
        format!("-- upgrade\nCREATE TABLE t_{id} (id integer);\n-- downgrade\nDROP TABLE t_{id};\n")
    };
    let [a, b, c, d] = ["a", "b", "c", "d"].map(body);
    let files = [
        ("a", "none", a.as_str()),
        ("b", "a", b.as_str()),
        ("c", "a", c.as_str()),
        ("d", "b, c", d.as_str()),
    ];
    let graph = graph(&files);
    assert_eq!(
        up(&mut connection, &graph, &["b"]).await.unwrap(),
        ids(&["a", "b"])
    );
    assert_eq!(
        up(&mut connection, &graph, &["c"]).await.unwrap(),
        ids(&["c"])
    );
    assert_eq!(
        applied(&mut connection).await.heads(&graph),
        ids(&["b", "c"])
    );
    let kept = ids(&["c"]);
    run::stamp(
        &mut connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::to(kept),
        Stamp::Keep,
        &options(),
    )
    .await
    .unwrap();
    assert_eq!(applied(&mut connection).await.ids().len(), 3);
    let late = [
        files[0],
        ("x", "a", b.as_str()),
        ("b", "x", b.as_str()),
        files[2],
    ];
    let late = super::place::graph(&late);
    let error = up(&mut connection, &late, &["b"]).await.expect_err("a gap");
    assert!(
        matches!(error.kind(), RunErrorKind::Gap { .. }),
        "{error:?}"
    );
    // No head says what is below it.
    let here = applied(&mut connection).await;
    assert_eq!(here.pending(&late), ids(&["x"]));
    assert_eq!(here.gap(&late).unwrap().below, "b@a");
    assert_eq!(
        up(&mut connection, &graph, &["d"]).await.unwrap(),
        ids(&["d"])
    );
    assert_eq!(applied(&mut connection).await.heads(&graph), ids(&["d"]));
    the_way_back_through_a_gap(&mut connection).await;
}

/// What has been run is taken back alone, and to what has been run.
async fn the_way_back_through_a_gap(connection: &mut Connection) {
    let body = |id: &str| {
        format!("-- upgrade\nCREATE TABLE t_{id} (id integer);\n-- downgrade\nDROP TABLE t_{id};\n")
    };
    let [a, b, c, d, x] = ["a", "b", "c", "d", "x"].map(body);
    let late = super::place::graph(&[
        ("a", "none", a.as_str()),
        ("x", "a", x.as_str()),
        ("b", "x", b.as_str()),
        ("c", "a", c.as_str()),
        ("d", "b, c", d.as_str()),
    ]);
    let error = down(connection, &late, &["x"]).await.expect_err("not run");
    let RunErrorKind::Gap(gap) = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!((gap.child.as_str(), gap.below.as_str()), ("b", "b@a"));
    // Above the gap it stays.
    assert_eq!(down(connection, &late, &["b"]).await.unwrap(), ids(&["d"]));
    assert!(applied(connection).await.gap(&late).is_some());
    let heads = applied(connection).await.heads(&late);
    let target = late.resolve_downgrade(&gap.below, &heads).unwrap();
    let back = run::downgrade(connection, &late, &target, &options(), &mut |_| {}).await;
    assert_eq!(back.unwrap(), ids(&["b"]));
    assert_eq!(applied(connection).await.gap(&late), None);
    let all = ids(&["x", "b", "d"]);
    assert_eq!(up(connection, &late, &["d"]).await.unwrap(), all);
}

pub(crate) async fn sections(place: &Place) {
    let mut connection = place.connect().await;
    let graph = graph(&[(
        "a",
        "none",
        "-- upgrade\n-- step\nCREATE TABLE t (id integer);\nINSERT INTO t VALUES (1);\n-- step: no transaction\nINSERT INTO t VALUES (2);\n-- step\nINSERT INTO t VALUES (3);\nINSERT INTO missing VALUES (1);\n-- downgrade\n-- nothing\n",
    )]);
    let revision = graph.get(&id("a")).unwrap();
    let section = revision.section(Direction::Upgrade, place.dialect).unwrap();
    let mut told = Vec::new();
    let mut tell = |number, of| told.push((number, of));
    let outcome = run::section(&mut connection, section, "a.sql", &mut tell).await;
    let error = outcome.expect_err("a missing table");
    assert!(error.to_string().starts_with("a.sql:14: "), "{error}");
    assert_eq!(told, [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
    assert_eq!(tables(&mut connection).await, ["t"]);
    assert_eq!(
        column(&mut connection, "SELECT id FROM t").await,
        ["1", "2"]
    );
}
