//! Disks that are full, and files that may only be read: a clear error, nothing half done but what the journal says, and
//! the next run completes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use limbeck::connection::{Connection, QueryError};
use limbeck::run::RunError;
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::Graph;

use super::place::{Place, Postgres, applied, column, failing_proxy, graph, ids, tables, up};

/// Every kind of step.
fn steps(dialect: Dialect) -> Graph {
    let alone = match dialect {
        Dialect::Postgres => "CREATE INDEX CONCURRENTLY ix ON t1 (id)",
        Dialect::Sqlite => "VACUUM",
    };
    let wide = match dialect {
        Dialect::Postgres => "''",
        Dialect::Sqlite => "zeroblob(9000)",
    };
    let c = format!(
        "-- upgrade\n-- step: no transaction\nINSERT INTO t1 VALUES (1, {wide});\n{alone};\n\
         INSERT INTO t1 VALUES (2, {wide});\n-- downgrade\n-- nothing\n"
    );
    let d = match dialect {
        Dialect::Postgres => "CREATE TABLE t4 (id integer)",
        Dialect::Sqlite => {
            "-- step: foreign keys off\nCREATE TABLE t4 (id integer);\nINSERT INTO t1 SELECT id, b FROM t1 WHERE false"
        }
    };
    graph(&[
        (
            "a",
            "none",
            "-- upgrade\nCREATE TABLE t1 (id integer, b text);\n-- downgrade\nDROP TABLE t1;\n",
        ),
        (
            "b",
            "a",
            "-- upgrade\n-- step\nCREATE TABLE t2 (id integer);\n-- step\nCREATE TABLE t3 (id integer);\n-- downgrade\n-- nothing\n",
        ),
        ("c", "b", &c),
        (
            "d",
            "c",
            &format!("-- upgrade\n{d};\n-- downgrade\n-- nothing\n"),
        ),
    ])
}

/// What is there is what the history and the journal say, no more and no less.
async fn is_exact(connection: &mut Connection, shown: &str) {
    let now = applied(connection).await;
    let half = now.half.as_ref();
    let of = |id: &str| half.filter(|half| half.id.as_str() == id);
    let has = |id: &str| now.contains(&id.parse().unwrap());
    let part = of("c").and_then(|half| half.part.as_ref());
    let mut expected = Vec::new();
    for (table, is_there) in [
        ("t1", has("a")),
        ("t2", has("b") || of("b").is_some_and(|half| half.done == 1)),
        ("t3", has("b")),
        ("t4", has("d")),
    ] {
        if is_there {
            expected.push(table.to_owned());
        }
    }
    let mut found = tables(connection).await;
    found.retain(|table| !table.starts_with("limbeck"));
    assert_eq!(found, expected, "{shown}: {now:?}");
    if has("a") {
        let rows = column(connection, "SELECT CAST(id AS text) FROM t1 ORDER BY id").await;
        let done = part.map_or(0, |part| part.done);
        let expected = match (has("c"), done) {
            (true, _) | (_, 3) => vec!["1", "2"],
            (false, 0) => Vec::new(),
            (false, _) => vec!["1"],
        };
        assert_eq!(rows, expected, "{shown}: {now:?}");
    }
}

async fn completes(connection: &mut Connection, shown: &str) {
    let graph = steps(connection.dialect());
    let outcome = up(connection, &graph, &["d"]).await;
    outcome.unwrap_or_else(|error| panic!("{shown}: {error:?}"));
    is_exact(connection, shown).await;
    let now = applied(connection).await;
    assert_eq!(
        (now.ids(), now.half),
        (ids(&["a", "b", "c", "d"]), None),
        "{shown}"
    );
}

/// The code by which the database says it.
fn code(error: &RunError) -> Option<String> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(query) = error.downcast_ref::<QueryError>() {
            return query.database()?.code.clone();
        }
        source = error.source();
    }
    None
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_done_on_sqlite() {
    let mut failed = 0;
    for pages in 1..200 {
        let shown = format!("{pages} pages");
        let place = Place::sqlite();
        let mut connection = place.connect().await;
        let limit = format!("PRAGMA max_page_count = {pages}");
        connection.batch(&limit).await.unwrap();
        let graph = steps(Dialect::Sqlite);
        match up(&mut connection, &graph, &["d"]).await {
            Ok(_) => {
                assert!(failed > 8, "{failed}");
                return;
            }
            Err(error) => {
                failed += 1;
                assert_eq!(code(&error).as_deref(), Some("13"), "{shown}: {error:?}");
            }
        }
        is_exact(&mut connection, &shown).await;
        connection
            .batch("PRAGMA max_page_count = 1000000")
            .await
            .unwrap();
        completes(&mut connection, &shown).await;
    }
    panic!("it never fits");
}

/// Every message of a run, one after the other, finds the disk full.
#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_leaves_nothing_half_done_on_postgres() {
    let mut server = Postgres::start().await;
    let (count, fails) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let graph = steps(Dialect::Postgres);
    let mut total = usize::MAX;
    let mut number = 0;
    let mut refused = 0;
    while number <= total {
        let shown = format!("message {number} of {total}");
        let place = server.place().await;
        let Location::Socket {
            folder,
            port,
            database,
            user,
        } = place.url.location()
        else {
            panic!("a cluster has a socket");
        };
        let proxy = tempfile::tempdir_in(server.folder.path()).unwrap();
        let socket = folder.join(format!(".s.PGSQL.{port}"));
        failing_proxy(proxy.path(), &socket, count.clone(), fails.clone());
        let database = database.as_deref().unwrap();
        let text = format!(
            "postgres://{user}@/{database}?host={}&port=5432",
            proxy.path().display()
        );
        let url = DatabaseUrl::parse(&text, proxy.path()).unwrap();
        let mut connection = Connection::connect(&url).await.unwrap();
        count.store(0, Ordering::SeqCst);
        fails.store(number, Ordering::SeqCst);
        let outcome = up(&mut connection, &graph, &["d"]).await;
        fails.store(0, Ordering::SeqCst);
        // None fails in the first round, which counts them.
        if number == 0 {
            outcome.unwrap();
            total = count.load(Ordering::SeqCst);
        } else if let Err(error) = outcome {
            refused += 1;
            assert_eq!(code(&error).as_deref(), Some("53100"), "{shown}: {error:?}");
        }
        connection.close().await.unwrap();
        let mut connection = place.connect().await;
        is_exact(&mut connection, &shown).await;
        completes(&mut connection, &shown).await;
        let invalid = "SELECT count(*)::text FROM pg_index WHERE NOT indisvalid";
        assert_eq!(column(&mut connection, invalid).await, ["0"], "{shown}");
        connection.close().await.unwrap();
        server.leave(place).await;
        number += 1;
    }
    // Four ask on another connection whether there is a pooler, which may be refused for other reasons; one gives a lock
    // back that ends with the connection.
    assert_eq!(refused + 5, total);
    server.scratch.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_left_as_it_is() {
    let place = Place::sqlite();
    let graph = steps(Dialect::Sqlite);
    let mut connection = place.connect().await;
    up(&mut connection, &graph, &["b"]).await.unwrap();
    connection.close().await.unwrap();
    let Location::File { path, .. } = place.url.location() else {
        panic!("a file");
    };
    for parameters in ["mode=ro", "mode=ro&immutable=1"] {
        let url = format!("sqlite:///{}?{parameters}", path.display());
        let url = DatabaseUrl::parse(&url, path.parent().unwrap()).unwrap();
        let before = std::fs::read(path).unwrap();
        let mut connection = Connection::connect(&url).await.unwrap();
        // Looking, and a run with nothing to do, need no right to write.
        assert_eq!(applied(&mut connection).await.ids(), ids(&["a", "b"]));
        assert!(
            up(&mut connection, &graph, &["b"])
                .await
                .unwrap()
                .is_empty()
        );
        let error = up(&mut connection, &graph, &["d"])
            .await
            .expect_err(parameters);
        assert_eq!(
            code(&error).as_deref(),
            Some("8"),
            "{parameters}: {error:?}"
        );
        connection.close().await.unwrap();
        assert_eq!(std::fs::read(path).unwrap(), before, "{parameters}");
    }
    let mut connection = place.connect().await;
    completes(&mut connection, "as a file that may be written").await;
}
