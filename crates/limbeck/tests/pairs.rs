//! Pairs of schemas: the way from one to the other and back, on real databases.

#[path = "common/plans.rs"]
mod plans;

use std::collections::BTreeMap;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::inspect::{InspectOptions, inspect, residue, residue_difference};
use limbeck_core::dialect::Dialect;
use limbeck_core::op::fold;
use limbeck_core::plan::{plan, plan_downgrade};

use crate::plans::{changes, described, run};

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
}

#[derive(Debug)]
enum Outcome {
    Converges,
    Refused(String),
    Wrong(String),
}

fn cases(name: &str) -> Option<Vec<Pair>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases");
    let text = std::fs::read_to_string(folder.join(name)).ok()?;
    Some(serde_json::from_str(&text).expect("cases are JSON"))
}

async fn there_and_back(old: &mut Connection, new: &mut Connection) -> Outcome {
    let options = InspectOptions::default();
    let dialect = old.dialect();
    let before = inspect(old, &options).await.expect("is inspected");
    let target = inspect(new, &options).await.expect("is inspected");
    let before_residue = residue(old, &options).await.expect("has a residue");
    let target_residue = residue(new, &options).await.expect("has a residue");
    let operations = changes(&before, &target, dialect);
    if operations.is_empty() {
        let differences = residue_difference(&before_residue, &target_residue);
        return if differences.is_empty() {
            Outcome::Converges
        } else {
            Outcome::Refused(format!("not seen: {}", differences.join("; ")))
        };
    }
    let after = match fold(&operations, before.clone(), dialect) {
        Ok(after) => after,
        Err(error) => return Outcome::Wrong(format!("fold: {error}: {}", described(&operations))),
    };
    let upgrade = match plan(&operations, &before, dialect) {
        Ok(upgrade) => upgrade,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let downgrade = match plan_downgrade(&operations, &after, dialect) {
        Ok(downgrade) => downgrade,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    if let Err(error) = run(old, &upgrade).await {
        return Outcome::Refused(format!("upgrade: {error}"));
    }
    let reached = inspect(old, &options).await.expect("is inspected");
    let rest = changes(&reached, &target, dialect);
    if !rest.is_empty() {
        return Outcome::Wrong(format!("after upgrade: {}", described(&rest)));
    }
    if let Err(error) = run(old, &downgrade).await {
        return Outcome::Wrong(format!("downgrade: {error}"));
    }
    let back = inspect(old, &options).await.expect("is inspected");
    let rest = changes(&back, &before, dialect);
    if !rest.is_empty() {
        return Outcome::Wrong(format!("after downgrade: {}", described(&rest)));
    }
    let left = residue_difference(
        &before_residue,
        &residue(old, &options).await.expect("residue"),
    );
    if left.is_empty() {
        Outcome::Converges
    } else {
        Outcome::Wrong(format!("residue: {}", left.join("; ")))
    }
}

async fn all(pairs: Vec<Pair>, dialect: Dialect) -> BTreeMap<String, Outcome> {
    let mut outcomes = BTreeMap::new();
    let mut scratch = None;
    if dialect == Dialect::Postgres {
        scratch = Some(plans::scratch("pairs").await);
    }
    for pair in pairs {
        let name = format!("{}/{}", pair.file, pair.name);
        let outcome = match &mut scratch {
            None => {
                let mut old = Connection::memory().await.expect("memory");
                let mut new = Connection::memory().await.expect("memory");
                match load(&mut old, &mut new, &pair).await {
                    Err(error) => Outcome::Refused(format!("load: {error}")),
                    Ok(()) => there_and_back(&mut old, &mut new).await,
                }
            }
            Some(scratch) => {
                let from = scratch
                    .create_database("old", None)
                    .await
                    .expect("a database");
                let to = scratch
                    .create_database("new", None)
                    .await
                    .expect("a database");
                let mut old = from.connect().await.expect("connects");
                let mut new = to.connect().await.expect("connects");
                let outcome = match load(&mut old, &mut new, &pair).await {
                    Err(error) => Outcome::Refused(format!("load: {error}")),
                    Ok(()) => there_and_back(&mut old, &mut new).await,
                };
                drop((old, new));
                scratch.drop_database(&from.name).await.expect("drops");
                scratch.drop_database(&to.name).await.expect("drops");
                outcome
            }
        };
        outcomes.insert(name, outcome);
    }
    if let Some(scratch) = scratch {
        scratch.close().await.expect("stops");
    }
    outcomes
}

async fn load(old: &mut Connection, new: &mut Connection, pair: &Pair) -> Result<(), String> {
    for (connection, sql) in [(old, &pair.old), (new, &pair.new)] {
        connection
            .batch(&sql.text())
            .await
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

/// Runs a file of pairs; says which were refused, and fails when one ends silently wrong.
async fn suite(file: &str, dialect: Dialect) -> Vec<String> {
    let Some(mut pairs) = cases(file) else {
        return Vec::new();
    };
    pairs.retain(|pair| pair.dialect.is_none_or(|own| own == dialect));
    let mut wrong = Vec::new();
    let mut refused = Vec::new();
    for (name, outcome) in all(pairs, dialect).await {
        match outcome {
            Outcome::Converges => {}
            Outcome::Refused(reason) => refused.push(format!("{name}: {reason}")),
            Outcome::Wrong(reason) => wrong.push(format!("{name}: {reason}")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "no pair ends silently wrong");
    refused
}

#[tokio::test]
async fn sqlite_pairs() {
    let refused = suite("sqlite-pairs.json", Dialect::Sqlite).await;
    assert!(refused.len() <= 15, "{refused:#?}");
}

#[tokio::test]
async fn sqlite_change_kinds() {
    let refused = suite("change-kinds.json", Dialect::Sqlite).await;
    assert_eq!(refused, Vec::<String>::new());
}

#[tokio::test]
async fn postgres_pairs() {
    let refused = suite("postgres-pairs.json", Dialect::Postgres).await;
    assert!(refused.len() <= 19, "{refused:#?}");
}

#[tokio::test]
async fn postgres_change_kinds() {
    let refused = suite("change-kinds.json", Dialect::Postgres).await;
    assert_eq!(refused, Vec::<String>::new());
}
