//! What the history keeps of a revision, and tables of the form that earlier versions made.

use limbeck::connection::Connection;
use limbeck::history::Entry;
use limbeck::run::{self, Kept, KeptError, RunErrorKind, RunOptions, Stale, Stamp, with_kept};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{DowngradeTarget, Graph};

use super::place::{Place, Postgres, applied, column, down, graph, ids, options, tables, up};

#[tokio::test]
async fn the_history_is_kept_on_sqlite() {
    of_an_earlier_version(&Place::sqlite()).await;
    facts(&Place::sqlite()).await;
    ahead_of_the_files(&Place::sqlite()).await;
    repaired(&Place::sqlite()).await;
}

#[tokio::test]
async fn the_history_is_kept_on_postgres() {
    let mut server = Postgres::start().await;
    of_an_earlier_version(&server.place().await).await;
    facts(&server.place().await).await;
    ahead_of_the_files(&server.place().await).await;
    repaired(&server.place().await).await;
    server.scratch.close().await.unwrap();
}

fn three() -> Graph {
    graph(&[
        (
            "a",
            "none",
            "-- upgrade\nCREATE TABLE t (id integer);\n-- downgrade\nDROP TABLE t;\n",
        ),
        (
            "b",
            "a",
            "-- upgrade\nCREATE TABLE u (id integer);\n-- downgrade\n-- step\nDROP TABLE u;\n-- step: no transaction\nSELECT 1;\n",
        ),
        (
            "c",
            "b",
            "-- upgrade\n-- step\nCREATE TABLE v (id integer);\n-- step\nCREATE TABLE w (id integer);\n-- downgrade\nDROP TABLE w;\nDROP TABLE v;\n",
        ),
    ])
}

/// The tables as they were before there was more to keep.
async fn narrow(connection: &mut Connection) {
    let (id, time) = match connection.dialect() {
        Dialect::Postgres => (
            "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "timestamp with time zone",
        ),
        Dialect::Sqlite => ("INTEGER PRIMARY KEY", "TEXT"),
    };
    let sql = format!(
        "CREATE TABLE limbeck_history (revision text NOT NULL PRIMARY KEY, description text NOT NULL, \
         checksum text NOT NULL, applied_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP); \
         CREATE TABLE limbeck_history_journal (id {id}, revision text NOT NULL, direction text NOT NULL, \
         step integer NOT NULL, steps integer NOT NULL, checksum text NOT NULL, \
         run_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE (revision, direction, step))"
    );
    connection.batch(&sql).await.unwrap();
}

async fn columns(connection: &mut Connection) -> usize {
    let sql = match connection.dialect() {
        Dialect::Postgres => {
            "SELECT attname::text FROM pg_attribute WHERE attnum > 0 AND attrelid IN \
             ('limbeck_history'::regclass, 'limbeck_history_journal'::regclass)"
        }
        Dialect::Sqlite => {
            "SELECT name FROM pragma_table_info('limbeck_history') UNION ALL \
             SELECT name FROM pragma_table_info('limbeck_history_journal')"
        }
    };
    column(connection, sql).await.len()
}

/// Reading writes nothing; the next run gives them their columns, and goes on where the journal stopped.
async fn of_an_earlier_version(place: &Place) {
    let graph = three();
    let sums = {
        let mut other = place.connect().await;
        up(&mut other, &graph, &["c"]).await.unwrap();
        let rows = applied(&mut other).await.revisions;
        let rows: Vec<String> = rows.into_iter().map(|row| row.checksum).collect();
        down(&mut other, &graph, &[]).await.unwrap();
        let drop = "DROP TABLE limbeck_history; DROP TABLE limbeck_history_journal";
        other.batch(drop).await.unwrap();
        rows
    };
    for written in 0..3 {
        let mut connection = place.connect().await;
        narrow(&mut connection).await;
        let before = format!(
            "CREATE TABLE t (id integer); CREATE TABLE u (id integer); \
             INSERT INTO limbeck_history (revision, description, checksum) VALUES ('a', 'Make a', '{}'), ('b', 'Make b', '{}')",
            sums[0], sums[1]
        );
        connection.batch(&before).await.unwrap();
        let now = applied(&mut connection).await;
        assert_eq!(now.ids(), ids(&["a", "b"]));
        assert_eq!(now.revisions[0].parents, None);
        assert_eq!(columns(&mut connection).await, 11);
        match written {
            0 => drop(up(&mut connection, &graph, &["c"]).await.unwrap()),
            1 => drop(down(&mut connection, &graph, &["a"]).await.unwrap()),
            _ => {
                let target = DowngradeTarget::to(ids(&["c"]));
                run::stamp(&mut connection, &graph, &target, Stamp::Keep, &options())
                    .await
                    .unwrap();
            }
        }
        assert_eq!(columns(&mut connection).await, 20, "{written}");
        let now = applied(&mut connection).await;
        let expected = [&["a", "b", "c"][..], &["a"], &["a", "b", "c"]][written];
        assert_eq!(now.ids(), ids(expected));
        assert!(now.changed(&graph, place.dialect).is_empty());
        for table in tables(&mut connection).await {
            connection
                .batch(&format!("DROP TABLE {table}"))
                .await
                .unwrap();
        }
    }
}

async fn facts(place: &Place) {
    let mut connection = place.connect().await;
    let graph = three();
    let options = RunOptions {
        run_by: Some("ann".to_owned()),
        ..options()
    };
    run::upgrade(&mut connection, &graph, &ids(&["b"]), &options, &mut |_| {})
        .await
        .unwrap();
    let target = DowngradeTarget::to(ids(&["c"]));
    run::stamp(&mut connection, &graph, &target, Stamp::Keep, &options)
        .await
        .unwrap();
    let rows = applied(&mut connection).await.revisions;
    let by = match place.dialect {
        Dialect::Postgres => column(&mut connection, "SELECT session_user::text")
            .await
            .remove(0),
        Dialect::Sqlite => "ann".to_owned(),
    };
    let parents = [&[][..], &["a"], &["b"]];
    for (row, parents) in rows.iter().zip(parents) {
        assert_eq!(row.parents, Some(ids(parents)), "{row:?}");
        assert_eq!(row.run_by.as_deref(), Some(by.as_str()), "{row:?}");
        assert!(row.version.is_some(), "{row:?}");
        let is_stamped = row.id.as_str() == "c";
        assert_eq!(row.entry == Entry::Stamped, is_stamped, "{row:?}");
        assert_eq!(row.milliseconds.is_none(), is_stamped, "{row:?}");
    }
}

/// Files of a branch that is gone: what the history keeps takes it back.
async fn ahead_of_the_files(place: &Place) {
    let mut connection = place.connect().await;
    up(&mut connection, &three(), &["c"]).await.unwrap();
    let files = graph(&[(
        "a",
        "none",
        "-- upgrade\nCREATE TABLE t (id integer);\n-- downgrade\nDROP TABLE t;\n",
    )]);
    let error = down(&mut connection, &files, &["a"])
        .await
        .expect_err("unknown");
    assert!(
        matches!(error.kind(), RunErrorKind::UnknownApplied { .. }),
        "{error:?}"
    );
    let now = applied(&mut connection).await;
    let kept = with_kept(&mut connection, &options(), &files, &now)
        .await
        .unwrap();
    assert_eq!(now.heads(&kept), ids(&["c"]));
    let done = down(&mut connection, &kept, &["a"]).await.unwrap();
    assert_eq!(done, ids(&["c", "b"]));
    assert_eq!(
        tables(&mut connection).await,
        ["limbeck_history", "limbeck_history_journal", "t"]
    );
    // Without the text, or with that of another one, it is refused by name.
    up(&mut connection, &three(), &["c"]).await.unwrap();
    for (change, is_missing) in [
        ("downgrade = NULL", true),
        (
            "downgrade = (SELECT downgrade FROM limbeck_history WHERE revision = 'b')",
            true,
        ),
        ("downgrade = 'DROP TABLE t'", false),
    ] {
        let sql = format!("UPDATE limbeck_history SET {change} WHERE revision = 'c'");
        connection.batch(&sql).await.unwrap();
        let now = applied(&mut connection).await;
        let kept = with_kept(&mut connection, &options(), &files, &now).await;
        match kept.expect_err(change) {
            KeptError::Missing { id, .. } => assert!(is_missing && id.as_str() == "c", "{change}"),
            KeptError::Unreadable { id, .. } => {
                assert!(!is_missing && id.as_str() == "c", "{change}");
            }
            other => panic!("{change}: {other:?}"),
        }
    }
}

async fn stale(connection: &mut Connection, graph: &Graph) -> Vec<Stale> {
    run::stale(connection, graph, &[], &options())
        .await
        .unwrap()
}

async fn repaired(place: &Place) {
    let mut connection = place.connect().await;
    up(&mut connection, &three(), &["b"]).await.unwrap();
    let all = three();
    assert!(stale(&mut connection, &all).await.is_empty());
    let edited = graph(&[
        (
            "a",
            "none",
            "-- upgrade\n-- said otherwise\n  CREATE  TABLE t (id integer);\n-- downgrade\nDROP TABLE t;\n",
        ),
        (
            "b",
            "a",
            "-- upgrade\nCREATE TABLE u (id bigint);\n-- downgrade\nDROP TABLE u;\n",
        ),
        (
            "c",
            "b",
            "-- upgrade\n-- nothing\n-- downgrade\n-- nothing\n",
        ),
    ]);
    up(&mut connection, &edited, &["c"])
        .await
        .expect_err("edited");
    let told = stale(&mut connection, &edited).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].upgrade.is_some() && told[0].downgrade == Kept::Other,
        "{told:?}"
    );
    let done = run::repair(&mut connection, &edited, &told, &options()).await;
    assert_eq!(done.unwrap(), ids(&["b"]));
    assert!(stale(&mut connection, &edited).await.is_empty());
    let facts = applied(&mut connection).await.revisions;
    assert!(facts.iter().all(|row| row.milliseconds.is_some()));
    assert_eq!(
        up(&mut connection, &edited, &["c"]).await.unwrap(),
        ids(&["c"])
    );
}
