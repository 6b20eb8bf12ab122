//! Pairs of schemas: what `diff` finds between them, walked there and back on real databases. Those of
//! this folder are the repository's own; others lie beside the checkout.

mod beside;
mod covered;
mod walk;

mod beyond;
mod both;
mod corners;
mod only_sqlite;
mod postgres;
mod sequences;
mod services;
mod sqlite;

use limbeck_core::dialect::Dialect;

use self::covered::uncovered;
use self::walk::{Outcome, Pair, walk_all};

/// The pairs of a database.
fn pairs(dialect: Dialect) -> Vec<Pair<'static>> {
    let parts = match dialect {
        Dialect::Postgres => &[
            both::PAIRS,
            services::POSTGRES,
            postgres::PAIRS,
            sequences::POSTGRES,
            beyond::POSTGRES,
            corners::POSTGRES,
        ][..],
        Dialect::Sqlite => &[
            both::PAIRS,
            sqlite::PAIRS,
            beyond::SQLITE,
            only_sqlite::SQLITE,
        ],
    };
    parts.concat()
}

/// Each pair must end as it says, and the operations of all of them must be all that there are.
async fn own(dialect: Dialect) {
    let pairs = pairs(dialect);
    let walked = walk_all(&pairs, dialect).await;
    let mut wrong = Vec::new();
    let mut found = Vec::new();
    for (pair, outcome) in &walked {
        let name = pair.name;
        match (outcome, pair.fails) {
            (Outcome::Converges(seen), None) => found.extend(seen),
            (Outcome::Refused(reason), Some(words)) if reason.contains(words) => {}
            (Outcome::Converges(_), Some(words)) => {
                wrong.push(format!("{name}: does not fail with `{words}`"));
            }
            (Outcome::Refused(reason) | Outcome::Wrong(reason), _) => {
                wrong.push(format!("{name}: {reason}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let is_complete = walked.len() == pairs.len();
    if is_complete {
        assert_eq!(uncovered(&found, dialect), Vec::<String>::new());
    }
}

#[tokio::test]
async fn own_on_sqlite() {
    own(Dialect::Sqlite).await;
}

#[tokio::test]
async fn own_on_postgres() {
    own(Dialect::Postgres).await;
}
