//! Pairs of schemas: what `diff` finds between them, walked there and back on real databases.
//!
//! The pairs are read from a folder beside the repository, and there is nothing to test without it.

#[path = "common/cases.rs"]
mod cases;
#[path = "common/equal.rs"]
mod equal;
#[path = "common/expected.rs"]
mod expected;
#[path = "common/left_out.rs"]
mod left_out;
#[path = "common/plans.rs"]
mod plans;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_engine::inspect::{InspectOptions, residue, residue_difference};
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions, Trust};
use limbeck_engine::sides::{Answers, Side, way};
use limbeck_engine::state::{Bench, BenchOptions};

use crate::equal::{difference, reason};
use crate::expected::assert_file;
use crate::left_out::LeftOut;
use crate::plans::run;

#[derive(serde::Deserialize)]
struct Pair {
    #[serde(default)]
    file: String,
    name: String,
    #[serde(default)]
    dialect: Option<Dialect>,
    old: Sql,
    new: Sql,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Sql {
    One(String),
    Many(Vec<String>),
}

impl Sql {
    fn text(&self) -> String {
        match self {
            Sql::One(text) => text.clone(),
            Sql::Many(texts) => texts.join(";\n"),
        }
    }

    fn side(&self, name: &str) -> Side<'static> {
        Side::Sql {
            path: PathBuf::from(name),
            text: self.text(),
        }
    }
}

#[derive(Debug)]
enum Outcome {
    Converges,
    Refused(String),
    Wrong(String),
}

fn pairs_of(name: &str, dialect: Dialect) -> Option<Vec<Pair>> {
    let text = cases::read(name)?;
    let mut pairs: Vec<Pair> = serde_json::from_str(&text).expect("cases are JSON");
    pairs.retain(|pair| pair.dialect.is_none_or(|own| own == dialect));
    Some(pairs)
}

async fn outcome(
    bench: &mut Bench,
    pair: &Pair,
    old: &mut Connection,
    new: &mut Connection,
) -> Outcome {
    let answers = Answers {
        decisions: Decisions {
            when_undecided: WhenUndecided::DropAndCreate,
            ..Decisions::default()
        },
        ..Answers::default()
    };
    let (from, to) = (pair.old.side("old.sql"), pair.new.side("new.sql"));
    let way = match way(bench, &from, &to, &answers).await {
        Ok(way) => way,
        Err(error) => return Outcome::Refused(reason(&error)),
    };
    for (connection, sql) in [(&mut *old, &pair.old), (&mut *new, &pair.new)] {
        connection.batch(&sql.text()).await.expect("is loaded");
    }
    let options = InspectOptions::default();
    let before = residue(old, &options).await.expect("has a residue");
    if let Err(error) = run(old, &way.upgrade).await {
        return Outcome::Wrong(format!("upgrade: {error}"));
    }
    if let Some(difference) = difference(old, new, &options).await {
        return Outcome::Wrong(format!("after the upgrade: {difference}"));
    }
    if let Err(error) = run(old, &way.downgrade).await {
        return Outcome::Wrong(format!("downgrade: {error}"));
    }
    let after = residue(old, &options).await.expect("has a residue");
    let left = residue_difference(&before, &after);
    if left.is_empty() {
        Outcome::Converges
    } else {
        Outcome::Wrong(format!("after the downgrade: {}", left.join("; ")))
    }
}

async fn all(pairs: &[Pair], dialect: Dialect) -> BTreeMap<String, Outcome> {
    let mut outcomes = BTreeMap::new();
    let mut bench = bench(dialect);
    let mut scratch = None;
    if dialect == Dialect::Postgres {
        scratch = Some(plans::scratch("pairs").await);
    }
    let version = scratch.as_ref().map(Scratch::server_version);
    let mut left_out = LeftOut::default();
    for pair in pairs {
        let text = format!("{};\n{}", pair.old.text(), pair.new.text());
        if left_out.note(version, &pair.name, &text).is_some() {
            continue;
        }
        let outcome = match &mut scratch {
            None => {
                let mut old = Connection::memory().await.expect("memory");
                let mut new = Connection::memory().await.expect("memory");
                outcome(&mut bench, pair, &mut old, &mut new).await
            }
            Some(scratch) => on_scratch(&mut bench, pair, scratch).await,
        };
        outcomes.insert(format!("{}: {}", pair.file, pair.name), outcome);
    }
    left_out.tell();
    if let Some(scratch) = scratch {
        scratch.close().await.expect("stops");
    }
    bench.close().await.expect("stops");
    outcomes
}

async fn on_scratch(bench: &mut Bench, pair: &Pair, scratch: &mut Scratch) -> Outcome {
    let from = scratch.create_database("old", None).await;
    let from = from.expect("a database");
    let to = scratch.create_database("new", None).await;
    let to = to.expect("a database");
    let mut old = from.connect().await.expect("connects");
    let mut new = to.connect().await.expect("connects");
    let outcome = outcome(bench, pair, &mut old, &mut new).await;
    drop((old, new));
    scratch.drop_database(&from.name).await.expect("drops");
    scratch.drop_database(&to.name).await.expect("drops");
    outcome
}

fn bench(dialect: Dialect) -> Bench {
    let cache = std::env::temp_dir().join("limbeck-test-pairs-bench");
    let options = BenchOptions {
        scratch: ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server: ServerOptions {
                bin_dir: std::env::var_os("LIMBECK_PG_BIN").map(Into::into),
                // Some pairs make extensions that only a superuser may make.
                trust: Trust::Everything,
                ..ServerOptions::new(cache)
            },
        },
        inspect: InspectOptions::default(),
        search_path: None,
        cache: None,
    };
    Bench::new(dialect, options)
}

/// Runs a file of pairs. Which ones are refused, and why, must be as `refused` says; none may end
/// anywhere else than at its target without a word.
async fn suite(file: &str, dialect: Dialect, refused: &str) {
    let Some(pairs) = pairs_of(file, dialect) else {
        return;
    };
    let mut wrong = Vec::new();
    let mut lines = String::new();
    for (name, outcome) in all(&pairs, dialect).await {
        match outcome {
            Outcome::Converges => {}
            Outcome::Refused(reason) => lines.push_str(&format!("{name}\n    {reason}\n")),
            Outcome::Wrong(reason) => wrong.push(format!("{name}: {reason}")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "no pair ends silently wrong");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/refused")
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
