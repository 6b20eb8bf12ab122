//! What only SQLite needs: foreign keys off, and what a rebuild may lose.

use limbeck::connection::Connection;
use limbeck::run::{self, Event, Loss, Misfit, RunError, RunErrorKind, RunOptions};
use limbeck_core::revision::{Graph, RevisionId};

use super::place::{applied, column, graph, ids, up};

/// Upgrades, and lets nothing go that the revisions do not know.
async fn careful(
    connection: &mut Connection,
    graph: &Graph,
    target: &[&str],
) -> Result<Vec<RevisionId>, RunError> {
    let options = RunOptions {
        loss: Loss::Refuse,
        ..super::place::options()
    };
    run::upgrade(connection, graph, &ids(target), &options, &mut |_| {}).await
}

const TABLES: &str = "-- upgrade
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users ON DELETE CASCADE);
INSERT INTO users VALUES (1, 'a');
INSERT INTO tasks VALUES (1, 1), (2, 1);
CREATE INDEX ix_users_name ON users (name);
-- downgrade
DROP TABLE tasks;
DROP TABLE users;
";

fn rebuild(more: &str) -> String {
    format!(
        "-- upgrade
-- step: foreign keys off
CREATE TABLE interim (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO interim SELECT id, name FROM users;
DROP TABLE users;
PRAGMA legacy_alter_table = ON;
ALTER TABLE interim RENAME TO users;
{more}
PRAGMA legacy_alter_table = OFF;
-- downgrade
-- nothing
"
    )
}

async fn pragmas(connection: &mut Connection) -> Vec<String> {
    column(connection, "PRAGMA foreign_keys; PRAGMA legacy_alter_table").await
}

#[tokio::test]
async fn a_rebuild_keeps_the_rows_that_reference_the_table() {
    let mut connection = Connection::memory().await.unwrap();
    let rebuilt = rebuild("");
    let graph = graph(&[("a", "none", TABLES), ("b", "a", &rebuilt)]);
    assert_eq!(
        up(&mut connection, &graph, &["b"]).await.unwrap(),
        ids(&["a", "b"])
    );
    assert_eq!(
        column(&mut connection, "SELECT id FROM tasks").await,
        ["1", "2"]
    );
    assert_eq!(pragmas(&mut connection).await, ["1", "0"]);
}

#[tokio::test]
async fn a_failing_rebuild_leaves_everything_as_it_was() {
    let mut connection = Connection::memory().await.unwrap();
    let broken = rebuild("SELECT * FROM missing;");
    let graph = graph(&[("a", "none", TABLES), ("b", "a", &broken)]);
    let error = up(&mut connection, &graph, &["b"])
        .await
        .expect_err("a missing table");
    assert!(error.to_string().starts_with("b.sql:13: "), "{error}");
    assert_eq!(pragmas(&mut connection).await, ["1", "0"]);
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a"]));
    assert_eq!(
        column(&mut connection, "SELECT id FROM tasks").await,
        ["1", "2"]
    );
}

#[tokio::test]
async fn what_no_revision_made_is_not_lost() {
    let cases = [
        (
            "CREATE TRIGGER log AFTER INSERT ON users BEGIN SELECT 1; END",
            "trigger `log` on `users`",
        ),
        (
            "CREATE INDEX ix_by_hand ON users (name)",
            "index `ix_by_hand` on `users`",
        ),
    ];
    for (by_hand, lost) in cases {
        let mut connection = Connection::memory().await.unwrap();
        let rebuilt = rebuild("");
        let first = graph(&[("a", "none", TABLES), ("b", "a", &rebuilt)]);
        up(&mut connection, &first, &["a"]).await.unwrap();
        connection.execute(by_hand).await.unwrap();
        let error = careful(&mut connection, &first, &["b"])
            .await
            .expect_err("it would be lost");
        assert_eq!(
            error.to_string(),
            format!("b.sql:10: {lost} would be lost: it is not in the revisions")
        );
        assert_eq!(pragmas(&mut connection).await, ["1", "0"]);
        assert_eq!(applied(&mut connection).await.ids(), ids(&["a"]));

        // Made again by the step, or dropped by it in so many words.
        let drop = if by_hand.contains("TRIGGER") {
            "DROP TRIGGER IF EXISTS log;"
        } else {
            "DROP INDEX IF EXISTS ix_by_hand;"
        };
        let kept = rebuild(&format!("{by_hand};"));
        let dropped = rebuild(drop);
        for body in [kept, dropped] {
            let mut connection = Connection::memory().await.unwrap();
            let second = graph(&[("a", "none", TABLES), ("b", "a", &body)]);
            up(&mut connection, &second, &["a"]).await.unwrap();
            connection.execute(by_hand).await.unwrap();
            careful(&mut connection, &second, &["b"]).await.unwrap();
        }
    }
}

#[tokio::test]
async fn foreign_keys_are_not_switched_where_it_has_no_effect() {
    let mut connection = Connection::memory().await.unwrap();
    let inside = graph(&[(
        "a",
        "none",
        "-- upgrade\nPRAGMA foreign_keys = OFF;\n-- downgrade\n-- nothing\n",
    )]);
    let error = up(&mut connection, &inside, &["a"])
        .await
        .expect_err("ignored");
    assert!(
        matches!(
            error.kind(),
            RunErrorKind::Misplaced {
                misfit: Misfit::IgnoredInTransaction,
                ..
            }
        ),
        "{error:?}"
    );
    let rebuilt = rebuild("");
    let graph = graph(&[("a", "none", TABLES), ("b", "a", &rebuilt)]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    connection.batch("BEGIN").await.unwrap();
    let error = up(&mut connection, &graph, &["b"])
        .await
        .expect_err("inside a transaction");
    assert!(
        matches!(error.kind(), RunErrorKind::ForeignKeysStillOn { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_run_may_be_spawned() {
    let done = tokio::spawn(async {
        let mut connection = Connection::memory().await.unwrap();
        up(&mut connection, &graph(&[("a", "none", TABLES)]), &["a"]).await
    });
    assert_eq!(done.await.unwrap().unwrap(), ids(&["a"]));
}

/// Every kind of member that somebody gave a table by hand: no step drops it without a word, and none
/// is begun.
#[tokio::test]
async fn what_no_revision_made_of_a_table_is_not_lost() {
    let recreate = |text: &str| {
        format!(
            "PRAGMA foreign_keys = OFF; CREATE TABLE other (id INTEGER PRIMARY KEY, {text}; INSERT INTO other (id, name) SELECT id, name FROM users; DROP TABLE users; PRAGMA legacy_alter_table = ON; ALTER TABLE other RENAME TO users; PRAGMA legacy_alter_table = OFF; CREATE INDEX ix_users_name ON users (name); PRAGMA foreign_keys = ON"
        )
    };
    let cases = [
        (
            "ALTER TABLE users ADD COLUMN note TEXT".to_owned(),
            "column `note` of `users`",
        ),
        (
            "ALTER TABLE users ADD COLUMN twice INTEGER AS (id * 2)".to_owned(),
            "column `twice` of `users`",
        ),
        (
            recreate("name TEXT DEFAULT 'x')"),
            "what was changed of column `name` of `users`",
        ),
        (
            recreate("name TEXT COLLATE NOCASE)"),
            "what was changed of column `name` of `users`",
        ),
        (
            recreate("name TEXT, CONSTRAINT short CHECK (length(name) < 9))"),
            "constraint `short` of `users`",
        ),
        (
            recreate("name TEXT, CONSTRAINT once UNIQUE (name))"),
            "constraint `once` of `users`",
        ),
        (
            recreate("name TEXT) STRICT"),
            "what was changed of table `users`",
        ),
        (
            recreate("name TEXT) WITHOUT ROWID"),
            "what was changed of table `users`",
        ),
        (
            "CREATE INDEX part ON users (id) WHERE name IS NULL".to_owned(),
            "index `part` on `users`",
        ),
        (
            "CREATE TRIGGER seen AFTER UPDATE ON users BEGIN SELECT 1; END".to_owned(),
            "trigger `seen` on `users`",
        ),
        (
            "DROP INDEX ix_users_name; CREATE INDEX ix_users_name ON users (name DESC)".to_owned(),
            "index `ix_users_name` on `users`",
        ),
    ];
    let again = "CREATE INDEX ix_users_name ON users (name);";
    for (by_hand, lost) in cases {
        let mut connection = Connection::memory().await.unwrap();
        let rebuilt = rebuild(again);
        // What is wrong is found before the revision in front of it is run.
        let graph = graph(&[
            ("a", "none", TABLES),
            (
                "m",
                "a",
                "-- upgrade\nCREATE TABLE m (id INTEGER);\n-- downgrade\nDROP TABLE m;\n",
            ),
            ("b", "m", &rebuilt),
        ]);
        careful(&mut connection, &graph, &["a"]).await.unwrap();
        connection
            .batch(&by_hand)
            .await
            .unwrap_or_else(|error| panic!("{by_hand}: {error}"));
        let error = careful(&mut connection, &graph, &["b"])
            .await
            .expect_err(&by_hand);
        assert_eq!(
            error.to_string(),
            format!("b.sql:10: {lost} would be lost: it is not in the revisions"),
            "{by_hand}"
        );
        assert_eq!(
            applied(&mut connection).await.ids(),
            ids(&["a"]),
            "{by_hand}"
        );
        // Somebody said so.
        let done = up(&mut connection, &graph, &["b"]).await.unwrap();
        assert_eq!(done, ids(&["m", "b"]), "{by_hand}");
    }
}

/// What the revision says of its own table is meant, whatever it drops.
#[tokio::test]
async fn what_a_rebuild_means_to_change_is_changed() {
    let mut connection = Connection::memory().await.unwrap();
    let dropping = rebuild("");
    let graph = graph(&[
        ("a", "none", TABLES),
        (
            "m",
            "a",
            "-- upgrade\nALTER TABLE users ADD COLUMN note TEXT;\n-- downgrade\n-- nothing\n",
        ),
        ("b", "m", &dropping),
    ]);
    careful(&mut connection, &graph, &["m"]).await.unwrap();
    connection
        .batch("CREATE TABLE theirs (id INTEGER); CREATE VIEW seen AS SELECT id FROM users")
        .await
        .unwrap();
    careful(&mut connection, &graph, &["b"]).await.unwrap();
    assert_eq!(
        column(
            &mut connection,
            "SELECT name FROM pragma_table_info('users')"
        )
        .await,
        ["id", "name"]
    );
}

/// A branch that makes a table again does not undo what another one made of it.
#[tokio::test]
async fn a_branch_does_not_undo_what_another_one_made() {
    let rebuilt = rebuild("CREATE INDEX ix_users_name ON users (name);");
    let files = [
        ("a", "none", TABLES),
        ("b", "a", rebuilt.as_str()),
        (
            "c",
            "a",
            "-- upgrade\nALTER TABLE users ADD COLUMN extra INTEGER;\n-- downgrade\nALTER TABLE users DROP COLUMN extra;\n",
        ),
    ];
    let graph = graph(&files);
    let mut connection = Connection::memory().await.unwrap();
    careful(&mut connection, &graph, &["c"]).await.unwrap();
    let error = careful(&mut connection, &graph, &["b", "c"])
        .await
        .expect_err("extra goes");
    assert_eq!(
        error.to_string(),
        "b.sql:10: column `extra` of `users` would be lost: `b` does not build on `c`"
    );
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a", "c"]));
    // The other way round nothing is lost.
    let mut connection = Connection::memory().await.unwrap();
    careful(&mut connection, &graph, &["b"]).await.unwrap();
    careful(&mut connection, &graph, &["b", "c"]).await.unwrap();
}

/// What a pending statement needs that a copy of the schema does not have, and what is told of it.
struct Unlike {
    what: &'static str,
    /// The revision in front of the rebuild.
    sql: &'static str,
    /// Why what happens to `users` is not seen.
    told: Option<&'static str>,
}

const UNLIKE: [Unlike; 5] = [
    Unlike {
        what: "rows that it finds",
        sql: "INSERT INTO tasks (id, owner) VALUES (9, (SELECT name FROM users WHERE id = 1));",
        told: None,
    },
    Unlike {
        what: "a table of the session for its rows",
        sql: "INSERT INTO tasks (id, owner) SELECT name, name FROM temp.seed;",
        told: None,
    },
    Unlike {
        what: "a collation of the connection",
        sql: "CREATE TABLE words (word TEXT COLLATE german UNIQUE);\nCREATE INDEX ix_word ON words (word COLLATE german);",
        told: None,
    },
    Unlike {
        what: "a table of the session for its columns",
        sql: "CREATE TABLE roles AS SELECT name FROM temp.seed;",
        told: Some("m.sql:7 fails on a copy of the schema: no such table: temp.seed"),
    },
    Unlike {
        what: "a trigger that refuses",
        sql: "CREATE TRIGGER full BEFORE INSERT ON tasks WHEN NOT EXISTS (SELECT 1 FROM users)\nBEGIN SELECT RAISE(ROLLBACK, 'no users'); END;\nINSERT INTO tasks (id, owner) VALUES (9, 'a');",
        told: None,
    },
];

/// A pending statement that fails on the copy without rows does not let go what a later revision drops, and holds up no
/// run that loses nothing.
#[tokio::test]
async fn what_fails_without_rows_hides_no_loss() {
    let tables = "-- upgrade
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, owner TEXT NOT NULL);
INSERT INTO users VALUES (1, 'a');
CREATE INDEX ix_users_name ON users (name);
-- downgrade
-- nothing
";
    let rebuilt = rebuild("CREATE INDEX ix_users_name ON users (name);");
    let by_hand = [
        ("", None),
        (
            "ALTER TABLE users ADD COLUMN note TEXT",
            Some("column `note` of `users`"),
        ),
        (
            "CREATE INDEX ix_by_hand ON users (name)",
            Some("index `ix_by_hand` on `users`"),
        ),
        (
            "CREATE TRIGGER log AFTER INSERT ON users BEGIN SELECT 1; END",
            Some("trigger `log` on `users`"),
        ),
        ("ALTER TABLE tasks ADD COLUMN note TEXT", None),
    ];
    for Unlike { what, sql, told } in UNLIKE {
        let middle = format!("-- upgrade\n{sql}\n-- downgrade\n-- nothing\n");
        let graph = graph(&[
            ("a", "none", tables),
            ("m", "a", &middle),
            ("b", "m", &rebuilt),
        ]);
        for (by_hand, lost) in by_hand {
            let mut connection = Connection::memory().await.unwrap();
            if let Connection::Sqlite(connection) = &mut connection {
                let mut handle = connection.lock_handle().await.unwrap();
                handle.create_collation("german", Ord::cmp).unwrap();
            }
            let seed = "CREATE TEMP TABLE seed (name INTEGER); INSERT INTO seed VALUES (7)";
            connection.batch(seed).await.unwrap();
            careful(&mut connection, &graph, &["a"]).await.unwrap();
            connection.batch(by_hand).await.unwrap();
            let options = RunOptions {
                loss: Loss::Refuse,
                ..super::place::options()
            };
            let mut heard = Vec::new();
            let mut hear = |event: Event<'_>| {
                if let Event::NotCompared { object, why } = event {
                    heard.push(format!("{object}: {why}"));
                }
            };
            let outcome =
                run::upgrade(&mut connection, &graph, &ids(&["b"]), &options, &mut hear).await;
            let error = outcome.as_ref().err().map(ToString::to_string);
            let expected = lost
                .map(|lost| format!("b.sql:10: {lost} would be lost: it is not in the revisions"));
            assert_eq!(error, expected, "{what}, {by_hand}");
            let told: Vec<String> = told
                .map(|why| format!("table `users`: {why}"))
                .into_iter()
                .collect();
            assert_eq!(heard, told, "{what}, {by_hand}");
            let run = if lost.is_some() {
                ids(&["a"])
            } else {
                ids(&["a", "b", "m"])
            };
            // In the order of their times, which are those of a second or of two.
            let mut now = applied(&mut connection).await.ids();
            now.sort();
            assert_eq!(now, run, "{what}, {by_hand}");
        }
    }
}
