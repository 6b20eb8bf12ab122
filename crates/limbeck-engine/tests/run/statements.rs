//! Steps outside of a transaction that were killed in the middle: what is done is not done again, and what is not is.

use std::process::Command;
use std::time::{Duration, Instant};

use limbeck::connection::Connection;
use limbeck::run::{self, Event, Leaves, Outcome, RunErrorKind, RunOptions, Stamp};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{DowngradeTarget, Graph, checksum_behind};
use limbeck_core::sql::split;

use super::place::{Place, Postgres, applied, column, graph, ids, options, up};

const TABLES: &str = "-- upgrade\nCREATE TABLE t (id integer, a text);\n-- downgrade\n-- nothing\n";

fn both(first: &str, statements: &str) -> Graph {
    let step =
        format!("-- upgrade\n-- step: no transaction\n{statements};\n-- downgrade\n-- nothing\n");
    let tables = TABLES.replace("\n-- downgrade", &format!("\n{first}\n-- downgrade"));
    graph(&[("a", "none", &tables), ("b", "a", &step)])
}

/// What the next run makes of a statement that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It goes on by itself.
    GoesOn,
    /// It asks.
    Asks,
}

/// What is there before, the statement, what of it is done by a run that is killed before it has said so, and a query
/// with what it answers after the next run, whatever was done.
type Case = (
    &'static str,
    &'static str,
    &'static [&'static str],
    Next,
    (&'static str, &'static str),
);

const PARTS: &str = "CREATE TABLE parts (id integer) PARTITION BY LIST (id); \
    CREATE TABLE p1 PARTITION OF parts FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF parts FOR VALUES IN (2);";
const PROCEDURE: &str =
    "CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$BEGIN INSERT INTO t VALUES (7); COMMIT; END$$;";
const DETACH: &str = "ALTER TABLE parts DETACH PARTITION p1 CONCURRENTLY";

const VALID: &str = "SELECT count(*) FILTER (WHERE indisvalid) || ' of ' || count(*) FROM pg_index WHERE indrelid = 't'::regclass";

const CASES: &[Case] = &[
    (
        "",
        "CREATE INDEX CONCURRENTLY ix ON t (id)",
        &["CREATE INDEX ix ON t (id)"],
        Next::GoesOn,
        (
            "SELECT count(*)::text FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid",
            "1",
        ),
    ),
    // The server names it.
    (
        "",
        "CREATE INDEX CONCURRENTLY ON t (id)",
        &["CREATE INDEX ON t (id)"],
        Next::GoesOn,
        (VALID, "1 of 1"),
    ),
    (
        "",
        "CREATE UNIQUE INDEX CONCURRENTLY ON ONLY t USING btree (lower(a) DESC, id) WHERE id > 0",
        &[
            "CREATE UNIQUE INDEX ON t (lower(a) DESC, id) WHERE id > 0",
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_lower_id_idx'::regclass",
        ],
        Next::GoesOn,
        (VALID, "1 of 1"),
    ),
    // Those beside it are others.
    (
        "CREATE INDEX ON t (id); CREATE INDEX by_hand ON t (a);",
        "CREATE INDEX CONCURRENTLY ON t (a)",
        &["CREATE INDEX ON t (a)"],
        Next::GoesOn,
        (VALID, "3 of 3"),
    ),
    (
        "CREATE INDEX ix ON t (id);",
        "DROP INDEX CONCURRENTLY ix",
        &["DROP INDEX ix"],
        Next::GoesOn,
        (
            "SELECT count(*)::text FROM pg_index WHERE indrelid = 't'::regclass",
            "0",
        ),
    ),
    (
        "CREATE INDEX ix ON t (id);",
        "REINDEX TABLE CONCURRENTLY t",
        &[
            // What a rebuild leaves that does not come to its end.
            "CREATE INDEX ix_ccnew ON t (id)",
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_ccnew'::regclass",
        ],
        Next::GoesOn,
        (
            "SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index WHERE indrelid = 't'::regclass",
            "ix",
        ),
    ),
    (
        "",
        "VACUUM t",
        &["VACUUM t"],
        Next::GoesOn,
        ("SELECT '1'", "1"),
    ),
    (
        PARTS,
        DETACH,
        &[DETACH],
        Next::GoesOn,
        (
            "SELECT string_agg(inhrelid::regclass::text, ',') FROM pg_inherits WHERE inhparent = 'parts'::regclass",
            "p2",
        ),
    ),
    (
        PROCEDURE,
        "CALL fill()",
        &["INSERT INTO t VALUES (7)"],
        Next::Asks,
        ("SELECT count(*)::text FROM t", "1"),
    ),
];

/// Writes that the first statement of `b` was begun.
async fn say_begun(connection: &mut Connection, statement: &str) {
    let statements = split(statement, connection.dialect()).unwrap();
    let begun = checksum_behind("", &statements[0]);
    let row = format!(
        "INSERT INTO limbeck_history_journal (revision, direction, step, steps, checksum, statement, statements, begun) \
         VALUES ('b', 'upgrade', 1, 1, '', 0, 1, '{begun}')"
    );
    connection.batch(&row).await.unwrap();
}

/// Killed before the statement was sent, and after it was done and before that was said.
#[tokio::test]
async fn a_statement_that_was_begun_is_settled_on_postgres() {
    let mut server = Postgres::start().await;
    for (before, statement, done, next, (query, expected)) in CASES {
        for done in [None, Some(done)] {
            let place = server.place().await;
            let mut connection = place.connect().await;
            let graph = both(before, statement);
            up(&mut connection, &graph, &["a"]).await.unwrap();
            say_begun(&mut connection, statement).await;
            for one in done.into_iter().copied().flatten() {
                connection.batch(one).await.unwrap();
            }
            let shown = format!("{statement}, done: {done:?}");
            let half = applied(&mut connection).await.half.unwrap();
            assert_eq!(half.to_string(), "step 1 of 1, in statement 1 of 1");
            let mut outcome = up(&mut connection, &graph, &["b"]).await;
            assert_eq!(
                outcome.is_ok(),
                *next == Next::GoesOn,
                "{shown}: {outcome:?}"
            );
            if *next == Next::Asks {
                let error = outcome.unwrap_err();
                assert!(
                    matches!(error.kind(), RunErrorKind::InDoubt { line: 8, .. }),
                    "{shown}: {error:?}"
                );
                let answer = if done.is_some() {
                    Outcome::Done
                } else {
                    Outcome::Again
                };
                run::resume(&mut connection, answer, &options())
                    .await
                    .unwrap();
                outcome = up(&mut connection, &graph, &["b"]).await;
            }
            assert_eq!(outcome.unwrap(), ids(&["b"]), "{shown}");
            assert_eq!(column(&mut connection, query).await, [*expected], "{shown}");
            let rows = column(
                &mut connection,
                "SELECT id::text FROM limbeck_history_journal",
            )
            .await;
            assert!(rows.is_empty(), "{shown}");
            connection.close().await.unwrap();
            server.leave(place).await;
        }
    }
    let place = server.place().await;
    a_detachment_on_its_way_is_brought_to_its_end(&place).await;
    server.leave(place).await;
    let place = server.place().await;
    what_is_in_doubt_is_not_edited(&place).await;
    server.leave(place).await;
    server.scratch.close().await.unwrap();
}

async fn a_detachment_on_its_way_is_brought_to_its_end(place: &Place) {
    let mut connection = place.connect().await;
    let graph = both(PARTS, DETACH);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let mut reader = place.connect().await;
    reader.batch("BEGIN; SELECT * FROM parts").await.unwrap();
    connection
        .batch("SET statement_timeout = 500")
        .await
        .unwrap();
    connection
        .batch(DETACH)
        .await
        .expect_err("waits for the reader");
    connection.batch("RESET statement_timeout").await.unwrap();
    let pending = "SELECT inhdetachpending::text FROM pg_inherits WHERE inhrelid = 'p1'::regclass";
    assert_eq!(column(&mut connection, pending).await, ["true"]);
    reader.batch("COMMIT").await.unwrap();
    let done = up(&mut connection, &graph, &["b"]).await;
    assert_eq!(done.unwrap(), ids(&["b"]));
    assert!(column(&mut connection, pending).await.is_empty());
}

async fn what_is_in_doubt_is_not_edited(place: &Place) {
    let mut connection = place.connect().await;
    let graph = both(PROCEDURE, "CALL fill()");
    up(&mut connection, &graph, &["a"]).await.unwrap();
    say_begun(&mut connection, "CALL fill()").await;
    let edited = both(PROCEDURE, "VACUUM t");
    let error = up(&mut connection, &edited, &["b"])
        .await
        .expect_err("edited");
    assert!(
        matches!(error.kind(), RunErrorKind::InDoubt { edited: true, .. }),
        "{error:?}"
    );
    let target = DowngradeTarget::to(ids(&["b"]));
    for purge in [Stamp::Keep, Stamp::Purge] {
        let stamped = run::stamp(&mut connection, &graph, &target, purge, &options()).await;
        let error = stamped.expect_err("half applied");
        assert_eq!(
            error.to_string(),
            "the upgrade of revision `b` is half done (step 1 of 1, in statement 1 of 1)"
        );
    }
    // It was done, and may not be edited any more.
    run::resume(&mut connection, Outcome::Done, &options())
        .await
        .unwrap();
    let error = up(&mut connection, &edited, &["b"])
        .await
        .expect_err("edited");
    assert!(
        matches!(
            error.kind(),
            RunErrorKind::FrozenStatements { statements: 1, .. }
        ),
        "{error:?}"
    );
    assert_eq!(
        up(&mut connection, &graph, &["b"]).await.unwrap(),
        ids(&["b"])
    );
    // Nothing is half applied, and nothing is written.
    let half = run::resume(&mut connection, Outcome::Again, &options()).await;
    assert_eq!(half.unwrap(), None);
}

/// Statements of every way of being run, the last ones in a session that others have set.
fn mixed(place: &Place) -> Graph {
    let (dialect, schema) = (place.dialect, &place.schema);
    let statements = match dialect {
        Dialect::Postgres => {
            "INSERT INTO t VALUES (1);\nSET search_path = other, SCHEMA;\nCREATE INDEX CONCURRENTLY ix ON SCHEMA.t (id);\n\
             VACUUM SCHEMA.t;\nINSERT INTO u VALUES (2);\nCALL SCHEMA.fill();\nINSERT INTO u VALUES (3)"
        }
        Dialect::Sqlite => {
            "INSERT INTO t VALUES (1, '');\nPRAGMA foreign_keys = OFF;\nINSERT INTO t VALUES (7, '');\nVACUUM;\n\
             CREATE INDEX ix ON t (id);\nINSERT INTO u VALUES (2);\nINSERT INTO u VALUES (3)"
        }
    };
    let before = match dialect {
        Dialect::Postgres => {
            format!("{PROCEDURE} CREATE SCHEMA other; CREATE TABLE other.u (id integer);")
        }
        Dialect::Sqlite => "CREATE TABLE u (id integer);".to_owned(),
    };
    both(&before, &statements.replace("SCHEMA", schema))
}

async fn is_whole(connection: &mut Connection, shown: &str) {
    let u = match connection.dialect() {
        Dialect::Postgres => "other.u",
        Dialect::Sqlite => "u",
    };
    let sql = format!(
        "SELECT CAST(id AS text) FROM t UNION ALL SELECT CAST(id AS text) FROM {u} ORDER BY 1"
    );
    assert_eq!(
        column(connection, &sql).await,
        ["1", "2", "3", "7"],
        "{shown}"
    );
    let now = applied(connection).await;
    assert_eq!((now.ids(), now.half), (ids(&["a", "b"]), None), "{shown}");
}

/// Goes on after a kill; what is in doubt is looked at, as somebody would.
async fn go_on(connection: &mut Connection, graph: &Graph, shown: &str) {
    loop {
        match up(connection, graph, &["b"]).await {
            Ok(_) => return,
            Err(error) => {
                let RunErrorKind::InDoubt { statement, .. } = error.kind() else {
                    panic!("{shown}: {error:?}");
                };
                assert!(statement.starts_with("CALL "), "{shown}: {statement}");
                let rows = column(connection, "SELECT id::text FROM t WHERE id = 7").await;
                let outcome = if rows.is_empty() {
                    Outcome::Again
                } else {
                    Outcome::Done
                };
                run::resume(connection, outcome, &options()).await.unwrap();
            }
        }
    }
}

/// A run whose process is gone at each statement, at once and a little later.
async fn killed_at_each_statement(place: Place) {
    let graph = mixed(&place);
    for number in 1..=7 {
        for pause in [0, 1, 4] {
            let shown = format!("{:?}: {number}, {pause} ms", place.dialect);
            let mut connection = place.connect().await;
            let clean = match place.dialect {
                Dialect::Postgres => {
                    "DROP SCHEMA IF EXISTS other CASCADE; DROP SCHEMA SCHEMA CASCADE; CREATE SCHEMA SCHEMA"
                        .replace("SCHEMA SCHEMA", &format!("SCHEMA {}", place.schema))
                }
                Dialect::Sqlite => {
                    "DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u; \
                     DROP TABLE IF EXISTS limbeck_history; DROP TABLE IF EXISTS limbeck_history_journal".to_owned()
                }
            };
            connection.batch(&clean).await.unwrap();
            up(&mut connection, &graph, &["a"]).await.unwrap();
            let (tell, told) = tokio::sync::oneshot::channel();
            let mut tell = Some(tell);
            let (target, run_options) = (ids(&["b"]), options());
            let mut watch = |event: Event<'_>| {
                let is_it = matches!(event, Event::Statement { number: at, .. } if at == number);
                if let (true, Some(tell)) = (is_it, tell.take_if(|_| is_it)) {
                    tell.send(()).unwrap();
                }
            };
            tokio::select! {
                biased;
                _ = async {
                    told.await.unwrap();
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                } => {}
                _ = run::upgrade(&mut connection, &graph, &target, &run_options, &mut watch) => {}
            }
            drop(connection);
            let mut connection = place.connect().await;
            go_on(&mut connection, &graph, &shown).await;
            is_whole(&mut connection, &shown).await;
            connection.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_killed_step_goes_on_where_it_was_on_sqlite() {
    killed_at_each_statement(Place::sqlite()).await;
}

#[tokio::test]
async fn a_killed_step_goes_on_where_it_was_on_postgres() {
    let mut server = Postgres::start().await;
    killed_at_each_statement(server.place().await).await;
    server.scratch.close().await.unwrap();
}

/// A server that goes down in the middle of each statement, and comes back.
#[cfg(unix)]
#[tokio::test]
async fn a_server_that_goes_down_is_gone_on_with_on_postgres() {
    let mut server = Postgres::start().await;
    let mut places = Vec::new();
    // Its own connection goes down with the server.
    for number in 1..=7 {
        places.push((number, server.place().await));
    }
    for (number, place) in places {
        let shown = format!("at statement {number}");
        let graph = mixed(&place);
        let mut connection = place.connect().await;
        // What is committed outlives the crash, other than the servers of tests have it.
        let name = place.url.database().unwrap();
        let durable = format!("ALTER DATABASE \"{name}\" SET synchronous_commit = on");
        connection.batch(&durable).await.unwrap();
        connection.close().await.unwrap();
        let mut connection = place.connect().await;
        let mut witness = place.connect().await;
        up(&mut connection, &graph, &["a"]).await.unwrap();
        let process = column(&mut connection, "SELECT pg_backend_pid()::text")
            .await
            .remove(0);
        let mut crash = |event: Event<'_>| {
            if matches!(event, Event::Statement { number: at, .. } if at == number) {
                // The server ends all its sessions then, and starts anew, as after `pg_ctl restart -m immediate`.
                let killed = Command::new("kill").args(["-9", &process]).status();
                assert!(killed.unwrap().success());
            }
        };
        let target = ids(&["b"]);
        let outcome = run::upgrade(&mut connection, &graph, &target, &options(), &mut crash).await;
        outcome.expect_err("the server is gone");
        drop(connection);
        // Until it has noticed, the server goes on for the others.
        while witness.batch("SELECT 1").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut connection = again(&place).await;
        go_on(&mut connection, &graph, &shown).await;
        is_whole(&mut connection, &shown).await;
        connection.close().await.unwrap();
    }
}

/// Connects once the server is back.
#[cfg(unix)]
async fn again(place: &Place) -> Connection {
    let begun = Instant::now();
    loop {
        if let Ok(connection) = Connection::connect(&place.url).await {
            return connection;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the server is not back"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const ONCE: &str = "CREATE UNIQUE INDEX CONCURRENTLY ix ON t (id);\nALTER TABLE t ADD CONSTRAINT once UNIQUE USING INDEX ix";

/// Somebody who reads a table in a transaction that stays open: a definition waits for that, and the build of an index
/// does not.
async fn reader(place: &Place) -> Connection {
    let mut reader = place.connect().await;
    let reads = "BEGIN; LOCK TABLE t IN ACCESS SHARE MODE";
    reader.batch(reads).await.unwrap();
    reader
}

/// Nobody waits behind a definition between others that waits for a reader.
#[tokio::test]
async fn a_definition_between_others_holds_up_nobody_on_postgres() {
    let mut server = Postgres::start().await;
    for statements in [
        ONCE.to_owned(),
        format!("SET lock_timeout = '100ms';\n{ONCE}"),
    ] {
        let place = server.place().await;
        let mut connection = place.connect().await;
        let graph = both("", &statements);
        up(&mut connection, &graph, &["a"]).await.unwrap();
        let (first, mut other) = (reader(&place).await, place.connect().await);
        let (ended, mut has_ended) = tokio::sync::oneshot::channel();
        let run = async {
            let mut outcome = up(&mut connection, &graph, &["b"]).await;
            while outcome.is_err() && statements.starts_with("SET") {
                // The step says itself how long it waits.
                outcome = up(&mut connection, &graph, &["b"]).await;
            }
            let _ = ended.send(());
            outcome
        };
        let reads = async {
            let mut longest = Duration::ZERO;
            while has_ended.try_recv().is_err() {
                let started = Instant::now();
                other.batch("SELECT count(*) FROM t").await.unwrap();
                longest = longest.max(started.elapsed());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            longest
        };
        let leaves = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(first);
        };
        let (outcome, longest, ()) = tokio::join!(run, reads, leaves);
        assert_eq!(outcome.unwrap(), ids(&["b"]));
        assert!(longest < Duration::from_secs(2), "{longest:?}");
        connection.close().await.unwrap();
        other.close().await.unwrap();
        server.leave(place).await;
    }
    let place = server.place().await;
    a_definition_between_others_is_given_up(&place).await;
    server.leave(place).await;
    server.scratch.close().await.unwrap();
}

async fn a_definition_between_others_is_given_up(place: &Place) {
    let mut connection = place.connect().await;
    let graph = both("", ONCE);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let reader = reader(place).await;
    let impatient = RunOptions {
        wait_for_lock: Duration::from_millis(700),
        ..options()
    };
    let target = ids(&["b"]);
    let outcome = run::upgrade(&mut connection, &graph, &target, &impatient, &mut |_| {}).await;
    let error = outcome.expect_err("in use");
    assert!(
        matches!(error.kind(), RunErrorKind::InUse { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("on `t`: BEGIN; LOCK"), "{error}");
    let half = applied(&mut connection).await.half.unwrap();
    assert_eq!(half.to_string(), "step 1 of 1, statement 1 of 2");
    // Whoever stops it does not wait, and what has been run stays.
    let patient = options();
    let stop = patient.stop.clone();
    let mut ask = |event: Event<'_>| {
        if let Event::InUse { .. } = event {
            stop.ask();
        }
    };
    let outcome = run::upgrade(&mut connection, &graph, &target, &patient, &mut ask).await;
    let error = outcome.expect_err("stopped");
    assert!(
        matches!(
            error.kind(),
            RunErrorKind::Stopped {
                leaves: Leaves::Statements(1),
                ..
            }
        ),
        "{error:?}"
    );
    drop(reader);
    let done = up(&mut connection, &graph, &["b"]).await;
    assert_eq!(done.unwrap(), ids(&["b"]));
}
