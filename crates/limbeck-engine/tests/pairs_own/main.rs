//! Pairs of schemas with rows in them: the way from one to the other and back, on real databases.

#[path = "../common/answers.rs"]
mod answers;
mod beyond;
#[path = "../common/left_out.rs"]
mod left_out;
#[path = "../common/plans.rs"]
mod plans;
mod postgres;
#[path = "../common/rows.rs"]
mod rows;
mod sequences;
mod sqlite;

use limbeck::connection::Connection;
use limbeck_core::diff::{Decisions, WhenUndecided, diff};
use limbeck_core::op::fold;
use limbeck_core::plan::{plan, plan_downgrade};
use limbeck_engine::inspect::{InspectOptions, inspect, residue, residue_difference};

use crate::plans::{changes, described, run};
use crate::rows::{rows, untouched};

/// Two schemas and what is asked of the way between them.
struct Pair {
    name: &'static str,
    old: &'static str,
    /// Rows of the old schema.
    data: &'static str,
    new: &'static str,
    answers: &'static [&'static str],
    /// A query, and its values on the new schema and, unless empty, on the old one again.
    probes: &'static [(&'static str, &'static str, &'static str)],
    /// Words of the error where the change must fail, which changes nothing then.
    fails: Option<&'static str>,
    /// Words of the error where what the way there has lost keeps the way back from being gone.
    back_fails: Option<&'static str>,
}

const PAIR: Pair = Pair {
    name: "",
    old: "",
    data: "",
    new: "",
    answers: &[],
    probes: &[],
    fails: None,
    back_fails: None,
};

async fn values(connection: &mut Connection, sql: &str) -> String {
    let rows = match connection.query_text(sql).await {
        Ok(rows) => rows,
        Err(error) => return format!("{error:?}"),
    };
    let rows: Vec<String> = rows
        .into_iter()
        .map(|row| {
            let values: Vec<String> = row
                .into_iter()
                .map(|value| value.unwrap_or_else(|| "null".to_owned()))
                .collect();
            values.join(",")
        })
        .collect();
    rows.join(";")
}

async fn there_and_back(
    old: &mut Connection,
    new: &mut Connection,
    pair: &Pair,
) -> Result<(), String> {
    let options = InspectOptions::default();
    let dialect = old.dialect();
    for (connection, sql) in [(&mut *old, pair.old), (new, pair.new)] {
        let loaded = connection.batch(sql).await;
        loaded.map_err(|error| format!("load: {error:?}"))?;
    }
    old.batch(pair.data)
        .await
        .map_err(|error| format!("data: {error:?}"))?;
    let before = inspect(old, &options).await.expect("is inspected");
    let target = inspect(new, &options).await.expect("is inspected");
    let before_residue = residue(old, &options).await.expect("has a residue");
    let target_residue = residue(new, &options).await.expect("has a residue");
    let before_rows = rows(old, &before).await;
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..answers::decisions(pair.answers, &before, &target)
    };
    let operations = diff(&before, &target, &decisions, dialect).expect("all is decided");
    let words = described(&operations);
    let after = fold(&operations, before.clone(), dialect)
        .map_err(|error| format!("fold: {error}: {words}"))?;
    let outcome = plan(&operations, &before, dialect);
    let upgrade = match (outcome, pair.fails) {
        (Err(error), Some(expected)) if error.to_string().contains(expected) => return Ok(()),
        (outcome, _) => outcome.map_err(|error| format!("plan: {error}: {words}"))?,
    };
    let downgrade = plan_downgrade(&operations, &after, dialect)
        .map_err(|error| format!("plan of the downgrade: {error}: {words}"))?;
    match (run(old, &upgrade).await, pair.fails) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => return Err(format!("must fail: {words}")),
        (Err(error), None) => return Err(format!("upgrade: {error}: {words}")),
        (Err(error), Some(expected)) => {
            let left = inspect(old, &options).await.expect("is inspected");
            let rest = changes(&left, &before, dialect);
            return if !error.contains(expected) {
                Err(format!("fails otherwise: {error}"))
            } else if !rest.is_empty() {
                Err(format!("a failure changes: {}", described(&rest)))
            } else {
                Ok(())
            };
        }
    }
    let reached = inspect(old, &options).await.expect("is inspected");
    let rest = changes(&reached, &target, dialect);
    if !rest.is_empty() {
        return Err(format!("after upgrade: {}\n  by {words}", described(&rest)));
    }
    let left = residue_difference(
        &target_residue,
        &residue(old, &options).await.expect("residue"),
    );
    if !left.is_empty() {
        return Err(format!("residue after upgrade: {}", left.join("; ")));
    }
    let kept = untouched(&operations, &before, &target);
    let after_rows = rows(old, &target).await;
    for place in &kept {
        if before_rows[place] != after_rows[place] {
            return Err(format!("upgrade changes the rows of {place:?}"));
        }
    }
    for (sql, expected, _) in pair.probes {
        let found = values(old, sql).await;
        if found != *expected {
            return Err(format!("after upgrade: {sql}: {found}, not {expected}"));
        }
    }
    match (run(old, &downgrade).await, pair.back_fails) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => return Err("the downgrade must fail".to_owned()),
        (Err(error), Some(expected)) if error.contains(expected) => return Ok(()),
        (Err(error), _) => return Err(format!("downgrade: {error}: {words}")),
    }
    let back = inspect(old, &options).await.expect("is inspected");
    let rest = changes(&back, &before, dialect);
    if !rest.is_empty() {
        return Err(format!("after downgrade: {}", described(&rest)));
    }
    let left = residue_difference(
        &before_residue,
        &residue(old, &options).await.expect("residue"),
    );
    if !left.is_empty() {
        return Err(format!("residue after downgrade: {}", left.join("; ")));
    }
    let back_rows = rows(old, &before).await;
    for place in &kept {
        if before_rows[place] != back_rows[place] {
            return Err(format!("downgrade changes the rows of {place:?}"));
        }
    }
    for (sql, _, expected) in pair.probes {
        let found = values(old, sql).await;
        if !expected.is_empty() && found != *expected {
            return Err(format!("after downgrade: {sql}: {found}, not {expected}"));
        }
    }
    run(old, &upgrade)
        .await
        .map_err(|error| format!("upgrade again: {error}"))
}

#[tokio::test]
async fn on_sqlite() {
    let mut wrong = Vec::new();
    for pair in sqlite::PAIRS.iter().chain(beyond::SQLITE) {
        let mut old = Connection::memory().await.expect("memory");
        let mut new = Connection::memory().await.expect("memory");
        if let Err(reason) = there_and_back(&mut old, &mut new, pair).await {
            wrong.push(format!("{}: {reason}", pair.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn on_postgres() {
    let mut scratch = plans::scratch("own-review").await;
    let version = Some(scratch.server_version());
    let mut left_out = left_out::LeftOut::default();
    let mut wrong = Vec::new();
    for pair in postgres::PAIRS
        .iter()
        .chain(beyond::POSTGRES)
        .chain(sequences::POSTGRES)
    {
        let text = [pair.old, pair.data, pair.new].join(";\n");
        if left_out.note(version, pair.name, &text).is_some() {
            continue;
        }
        let from = scratch.create_database("old", None).await.expect("made");
        let to = scratch.create_database("new", None).await.expect("made");
        let mut old = from.connect().await.expect("connects");
        let mut new = to.connect().await.expect("connects");
        if let Err(reason) = there_and_back(&mut old, &mut new, pair).await {
            wrong.push(format!("{}: {reason}", pair.name));
        }
        old.close().await.expect("is closed");
        new.close().await.expect("is closed");
        for database in [from, to] {
            let dropped = scratch.drop_database(&database.name).await;
            dropped.expect("is dropped");
        }
    }
    left_out.tell();
    scratch.close().await.expect("stops");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
