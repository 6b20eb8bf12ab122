//! Suites of others: what Limbeck writes for them keeps rows, as far as it says so.

use limbeck_core::dialect::Dialect;

use super::told::{benches, kept};
use crate::common::cases;

/// Proves every pair of a file; the lines of those that rows refuse.
async fn refused(file: &str, dialect: Dialect) -> Vec<String> {
    let Some(pairs) = cases::pairs(file, dialect) else {
        return Vec::new();
    };
    let mut benches = benches(dialect);
    let mut refused = Vec::new();
    for pair in pairs {
        let bench = benches.of(&pair.name, &format!("{};{}", pair.old, pair.new));
        let lines = kept(bench, &pair.old, &pair.new).await;
        refused.extend(lines.map(|lines| format!("{}: {}", pair.name, lines.join("; "))));
    }
    benches.close().await;
    refused
}

#[tokio::test]
async fn changes_keep_rows_on_sqlite() {
    for file in ["change-kinds.json", "sqlite-pairs.json"] {
        assert_eq!(
            refused(file, Dialect::Sqlite).await,
            Vec::<String>::new(),
            "{file}"
        );
    }
}

#[tokio::test]
async fn changes_keep_rows_on_postgres() {
    let refused = refused("change-kinds.json", Dialect::Postgres).await;
    assert_eq!(refused, Vec::<String>::new());
}
