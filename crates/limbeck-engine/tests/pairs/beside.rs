//! Pairs of others, from files beside the checkout. Where these are not, that is said.

use std::path::Path;

use limbeck_core::dialect::Dialect;

use super::walk::{Outcome, PAIR, Pair, walk_all};
use crate::common::cases;
use crate::common::expected::assert_file;

/// Runs a file of pairs. Which ones are refused, and why, must be as `refused` says; none may end
/// anywhere else than at its target without a word.
async fn suite(file: &str, dialect: Dialect, refused: &str) {
    let Some(mut cases) = cases::pairs(file, dialect) else {
        return;
    };
    for case in &mut cases {
        case.name = format!("{}: {}", case.file, case.name);
    }
    let mut pairs: Vec<Pair<'_>> = cases
        .iter()
        .map(|case| Pair {
            name: &case.name,
            old: &case.old,
            new: &case.new,
            ..PAIR
        })
        .collect();
    pairs.sort_by_key(|pair| pair.name);
    let mut wrong = Vec::new();
    let mut lines = String::new();
    for (pair, outcome) in walk_all(&pairs, dialect).await {
        let name = pair.name;
        match outcome {
            Outcome::Converges(_) => {}
            Outcome::Refused(reason) => lines.push_str(&format!("{name}\n    {reason}\n")),
            Outcome::Wrong(reason) => wrong.push(format!("{name}: {reason}")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "no pair ends silently wrong");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pairs/refused")
        .join(refused);
    assert_file(&path, &lines);
}

#[tokio::test]
async fn sqlite_pairs() {
    suite("sqlite-pairs.json", Dialect::Sqlite, "sqlite-pairs.txt").await;
}

#[tokio::test]
async fn sqlite_change_kinds() {
    suite("change-kinds.json", Dialect::Sqlite, "none.txt").await;
}

#[tokio::test]
async fn postgres_pairs() {
    suite(
        "postgres-pairs.json",
        Dialect::Postgres,
        "postgres-pairs.txt",
    )
    .await;
}

#[tokio::test]
async fn postgres_change_kinds() {
    suite("change-kinds.json", Dialect::Postgres, "none.txt").await;
}
