//! What statements ask of the transaction and the session in which they run.

use super::Words;
use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::Statement;

/// Tells whether the database runs the statement only outside of a transaction.
pub fn needs_no_transaction(statement: &Statement) -> bool {
    let words = statement.words(4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (statement.dialect, words.as_slice()) {
        (_, ["vacuum", ..])
        | (
            Dialect::Postgres,
            ["create" | "drop", "database" | "tablespace", ..]
            | ["alter", "system", ..]
            | ["create", "index", "concurrently", ..]
            | ["create", "unique", "index", "concurrently", ..]
            | ["drop", "index", "concurrently", ..]
            | ["commit" | "rollback", "prepared", ..]
            | ["discard", "all"],
        ) => true,
        (Dialect::Postgres, ["reindex", ..]) => {
            let text = Words::new(&statement.text, statement.dialect);
            (0..text.len())
                .any(|at| text.is_any(at, &["concurrently", "schema", "database", "system"]))
        }
        // Without a table it goes through all of them.
        (Dialect::Postgres, ["cluster"] | ["cluster", "verbose"]) => {
            Words::new(&statement.text, statement.dialect).len() == words.len()
        }
        (Dialect::Postgres, ["alter", "table", ..]) => detached(statement).is_some(),
        (Dialect::Postgres, ["alter", "database", ..]) => {
            let text = Words::new(&statement.text, statement.dialect);
            text.is(3, "set") && text.is(4, "tablespace")
        }
        _ => false,
    }
}

/// The table and the partition that it lets go CONCURRENTLY.
pub fn detached(statement: &Statement) -> Option<(QualifiedName, QualifiedName)> {
    if statement.dialect != Dialect::Postgres {
        return None;
    }
    let text = Words::new(&statement.text, statement.dialect);
    if !(text.is(0, "alter") && text.is(1, "table")) {
        return None;
    }
    let at = text.skip(2, &["if", "exists", "only"]);
    let (table, at) = text.name(at)?;
    if !(text.is(at, "detach") && text.is(at + 1, "partition")) {
        return None;
    }
    let (partition, at) = text.name(at + 2)?;
    text.is(at, "concurrently").then_some((table, partition))
}

/// Tells whether a statement that runs outside of a transaction may run a second time: it makes the same of what it
/// has made, or says itself that nothing is to be done.
pub fn is_repeatable(statement: &Statement) -> bool {
    if is_of_session(statement) {
        return true;
    }
    let text = Words::new(&statement.text, statement.dialect);
    let words = statement.words(2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [
            "vacuum" | "analyze" | "reindex" | "cluster" | "checkpoint" | "discard",
            ..,
        ] => true,
        ["alter", "system"] | ["alter", "database"] => true,
        ["create", _] => (1..6)
            .any(|at| text.is(at, "if") && text.is(at + 1, "not") && text.is(at + 2, "exists")),
        ["drop", _] => (1..5).any(|at| text.is(at, "if") && text.is(at + 1, "exists")),
        _ => false,
    }
}

/// Tells whether all that the statement does ends with the session: another session needs it anew.
pub fn is_of_session(statement: &Statement) -> bool {
    let words = statement.words(4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (statement.dialect, words.as_slice()) {
        (_, ["create", "temp" | "temporary", ..]) => true,
        (Dialect::Sqlite, ["pragma" | "attach" | "detach", ..]) => true,
        (Dialect::Postgres, ["load" | "listen", ..])
        | (Dialect::Postgres, ["create", "local", "temp" | "temporary", ..])
        | (Dialect::Postgres, ["create", "or", "replace", "temp" | "temporary"]) => true,
        (Dialect::Postgres, ["set", "local" | "constraints" | "transaction", ..]) => false,
        (Dialect::Postgres, ["set" | "reset", ..]) => true,
        // A call that writes more than settings must not be taken for one.
        (Dialect::Postgres, ["select", ..]) => {
            let text = Words::new(&statement.text, statement.dialect);
            let at = if text.is(1, "pg_catalog") { 3 } else { 1 };
            text.is(at, "set_config") && text.outside(at + 1, &["from", ","]) == text.len()
        }
        _ => false,
    }
}

/// Tells whether the database passes over the statement inside of a transaction.
pub fn is_ignored_in_transaction(statement: &Statement) -> bool {
    statement.dialect == Dialect::Sqlite && statement.words(2) == ["pragma", "foreign_keys"]
}

/// Tells whether a setting outlives the statement's transaction: a dump begins with such settings.
pub fn changes_session(statement: &Statement) -> bool {
    if statement.dialect != Dialect::Postgres {
        return false;
    }
    let words = statement.words(2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["set", "local" | "constraints" | "transaction"] => false,
        ["set" | "reset", ..] => true,
        ["select", ..] => statement.text.to_ascii_lowercase().contains("set_config"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::split;

    #[test]
    fn what_a_transaction_does_to_statements() {
        use Dialect::{Postgres, Sqlite};
        for (dialect, sql, expected) in [
            (Postgres, "VACUUM (FULL) t", true),
            (Sqlite, "vacuum", true),
            (Postgres, "CREATE INDEX CONCURRENTLY i ON t (a)", true),
            (
                Postgres,
                "create unique index /* x */ concurrently i ON t (a)",
                true,
            ),
            (Postgres, "DROP INDEX CONCURRENTLY i", true),
            (Postgres, "REINDEX (VERBOSE) TABLE CONCURRENTLY t", true),
            (Postgres, "CREATE DATABASE d", true),
            (Postgres, "REINDEX SCHEMA app", true),
            (Postgres, "CLUSTER", true),
            (Postgres, "CLUSTER VERBOSE t", false),
            (Postgres, "DISCARD ALL", true),
            (Postgres, "ALTER DATABASE d SET TABLESPACE s", true),
            (Postgres, "ALTER DATABASE d SET a = 1", false),
            (
                Postgres,
                "ALTER TABLE IF EXISTS a.t DETACH PARTITION \"P\" CONCURRENTLY",
                true,
            ),
            (Postgres, "ALTER TABLE t DETACH PARTITION p", false),
            (Postgres, "ALTER TABLE t DETACH PARTITION p FINALIZE", false),
            (Postgres, "ALTER SYSTEM SET a = 1", true),
            (Postgres, "REINDEX TABLE t", false),
            (Postgres, "CREATE INDEX i ON concurrently (a)", false),
            (Postgres, "REFRESH MATERIALIZED VIEW CONCURRENTLY v", false),
            (Sqlite, "PRAGMA foreign_keys = OFF", false),
        ] {
            let statement = split(sql, dialect).expect("is SQL").remove(0);
            assert_eq!(needs_no_transaction(&statement), expected, "{sql}");
            let is_ignored = sql.starts_with("PRAGMA");
            assert_eq!(is_ignored_in_transaction(&statement), is_ignored, "{sql}");
        }
    }

    #[test]
    fn what_may_run_again_and_what_a_session_forgets() {
        use Dialect::{Postgres, Sqlite};
        for (dialect, sql, is_again, is_lost) in [
            (Postgres, "VACUUM FULL t", true, false),
            (Postgres, "REINDEX TABLE CONCURRENTLY t", true, false),
            (Postgres, "ALTER SYSTEM SET a = 1", true, false),
            (Postgres, "CREATE DATABASE d", false, false),
            (Postgres, "DROP DATABASE d", false, false),
            (Postgres, "DROP DATABASE IF EXISTS d", true, false),
            (Postgres, "DROP INDEX CONCURRENTLY IF EXISTS i", true, false),
            (
                Postgres,
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
                true,
                false,
            ),
            (
                Postgres,
                "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
                false,
                false,
            ),
            (Postgres, "CALL p()", false, false),
            (Postgres, "COMMIT PREPARED 'a'", false, false),
            (Postgres, "SET maintenance_work_mem = '1GB'", true, true),
            (Postgres, "SET LOCAL a = 1", false, false),
            (Postgres, "RESET ROLE", true, true),
            (
                Postgres,
                "SELECT pg_catalog.set_config('a.b', 'c', false)",
                true,
                true,
            ),
            (
                Postgres,
                "SELECT set_config('a.b', 'c', false), f()",
                false,
                false,
            ),
            (
                Postgres,
                "SELECT set_config('a.b', 'c', false) FROM f()",
                false,
                false,
            ),
            (Postgres, "CREATE TEMP TABLE t (a int)", true, true),
            (Postgres, "INSERT INTO t VALUES (1)", false, false),
            (Sqlite, "PRAGMA foreign_keys = OFF", true, true),
            (Sqlite, "ATTACH 'a' AS b", true, true),
            (Sqlite, "VACUUM", true, false),
            (Sqlite, "INSERT INTO t VALUES (1)", false, false),
        ] {
            let statement = split(sql, dialect).expect("is SQL").remove(0);
            assert_eq!(is_repeatable(&statement), is_again, "{sql}");
            assert_eq!(is_of_session(&statement), is_lost, "{sql}");
        }
    }

    #[test]
    fn settings_outlive_transactions() {
        for (sql, expected) in [
            ("SET search_path = x", true),
            ("SET LOCAL search_path = x", false),
            (
                "SELECT pg_catalog.set_config('search_path', '', false)",
                true,
            ),
            ("SELECT 1", false),
        ] {
            let statement = split(sql, Dialect::Postgres).expect("is SQL").remove(0);
            assert_eq!(changes_session(&statement), expected, "{sql}");
        }
    }
}
