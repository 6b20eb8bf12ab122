//! What statements ask of the transaction and the session in which they run.

use super::Words;
use crate::dialect::Dialect;
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
            | ["drop", "index", "concurrently", ..],
        ) => true,
        (Dialect::Postgres, ["reindex", ..]) => {
            let text = Words::new(&statement.text, statement.dialect);
            (0..text.len()).any(|at| text.is(at, "concurrently"))
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
