//! What only SQLite needs: foreign keys off, and what a rebuild may lose.

use limbeck::connection::Connection;
use limbeck::run::{Misfit, RunError};

use crate::place::{applied, column, graph, ids, up};

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
        let error = up(&mut connection, &first, &["b"])
            .await
            .expect_err("it would be lost");
        assert_eq!(
            error.to_string(),
            format!("b.sql:8: {lost} would be lost: it is not in the revisions")
        );
        assert_eq!(pragmas(&mut connection).await, ["1", "0"]);
        assert_eq!(applied(&mut connection).await.ids(), ids(&["a"]));

        // Made again by the step, or dropped by it in so many words.
        let drop = match by_hand.contains("TRIGGER") {
            true => "DROP TRIGGER IF EXISTS log;",
            false => "DROP INDEX IF EXISTS ix_by_hand;",
        };
        let kept = rebuild(&format!("{by_hand};"));
        let dropped = rebuild(drop);
        for body in [kept, dropped] {
            let mut connection = Connection::memory().await.unwrap();
            let second = graph(&[("a", "none", TABLES), ("b", "a", &body)]);
            up(&mut connection, &second, &["a"]).await.unwrap();
            connection.execute(by_hand).await.unwrap();
            up(&mut connection, &second, &["b"]).await.unwrap();
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
            error,
            RunError::Misplaced {
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
        matches!(error, RunError::ForeignKeysStillOn { .. }),
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
