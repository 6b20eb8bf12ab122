//! The walk of a pair: the way from the old schema to the new one, as `diff` writes it, run there, back
//! and there again on a real database with rows.

use limbeck::connection::Connection;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_engine::inspect::{InspectOptions, inspect, residue, residue_difference};
use limbeck_engine::scratch::{Scratch, Trust};
use limbeck_engine::sides::{Answers, Side, way};
use limbeck_engine::state::Bench;

use super::covered::kinds_of;
use crate::common::answers::flags;
use crate::common::benches::{Names, own_server};
use crate::common::equal::{difference, reason};
use crate::common::left_out::LeftOut;
use crate::common::plans::{self, changes, described, run};
use crate::common::rows::{rows, untouched};

/// Two schemas and what is asked of the way between them.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a str,
    pub(crate) old: &'a str,
    /// Rows of the old schema.
    pub(crate) data: &'a str,
    pub(crate) new: &'a str,
    pub(crate) answers: &'a [&'a str],
    /// What becomes of the rest. Members get other names only where drops are asked for.
    pub(crate) undecided: WhenUndecided,
    /// A query, and its values on the new schema and, unless empty, on the old one again.
    pub(crate) probes: &'a [(&'a str, &'a str, &'a str)],
    /// Words of the error where the change must fail, which changes nothing then.
    pub(crate) fails: Option<&'a str>,
    /// Words of the error where what the way there has lost keeps the way back from being gone.
    pub(crate) back_fails: Option<&'a str>,
}

pub(crate) const PAIR: Pair<'static> = Pair {
    name: "",
    old: "",
    data: "",
    new: "",
    answers: &[],
    undecided: WhenUndecided::DropAndCreate,
    probes: &[],
    fails: None,
    back_fails: None,
};

/// Where a walk ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// At the target, and back where it began. These are the kinds of its operations.
    Converges(Vec<String>),
    /// Where it began, with an error.
    Refused(String),
    /// Anywhere else.
    Wrong(String),
}

/// Walks all pairs that the server is not too old for.
pub(crate) async fn walk_all<'p, 'a>(
    pairs: &'p [Pair<'a>],
    dialect: Dialect,
) -> Vec<(&'p Pair<'a>, Outcome)> {
    let mut outcomes = Vec::new();
    let mut bench = bench(dialect);
    let mut scratch = match dialect {
        Dialect::Postgres => Some(plans::scratch("pairs").await),
        Dialect::Sqlite => None,
    };
    let version = scratch.as_ref().map(Scratch::server_version);
    let mut left_out = LeftOut::default();
    for pair in pairs {
        let text = [pair.old, pair.data, pair.new].join(";\n");
        if left_out.note(version, pair.name, &text).is_some() {
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
        outcomes.push((pair, outcome));
    }
    left_out.tell();
    if let Some(scratch) = scratch {
        scratch.close().await.expect("stops");
    }
    bench.close().await.expect("stops");
    outcomes
}

async fn on_scratch(bench: &mut Bench, pair: &Pair<'_>, scratch: &mut Scratch) -> Outcome {
    let from = scratch.create_database("old", None).await;
    let from = from.expect("a database");
    let to = scratch.create_database("new", None).await;
    let to = to.expect("a database");
    let mut old = from.connect().await.expect("connects");
    let mut new = to.connect().await.expect("connects");
    let outcome = outcome(bench, pair, &mut old, &mut new).await;
    old.close().await.expect("is closed");
    new.close().await.expect("is closed");
    scratch.drop_database(&from.name).await.expect("drops");
    scratch.drop_database(&to.name).await.expect("drops");
    outcome
}

fn bench(dialect: Dialect) -> Bench {
    let mut scratch = own_server("pairs-bench");
    // Some pairs make extensions that only a superuser may make.
    scratch.server.trust = Trust::Everything;
    Names::Usual.bench(dialect, scratch)
}

async fn outcome(
    bench: &mut Bench,
    pair: &Pair<'_>,
    old: &mut Connection,
    new: &mut Connection,
) -> Outcome {
    match walk(bench, pair, old, new).await {
        Ok(outcome) => outcome,
        Err(reason) => Outcome::Wrong(reason),
    }
}

/// Goes there, back and there again; an error is a walk that ends wrong.
async fn walk(
    bench: &mut Bench,
    pair: &Pair<'_>,
    old: &mut Connection,
    new: &mut Connection,
) -> Result<Outcome, String> {
    let answers = Answers {
        decisions: Decisions {
            when_undecided: pair.undecided,
            ..Decisions::default()
        },
        flags: flags(pair.answers),
        ..Answers::default()
    };
    let side = |name: &str, text: &str| Side::Sql {
        path: name.into(),
        text: text.to_owned(),
    };
    let (from, to) = (side("old.sql", pair.old), side("new.sql", pair.new));
    let way = match way(bench, &from, &to, &answers).await {
        Ok(way) => way,
        Err(error) => return Ok(Outcome::Refused(reason(&error))),
    };
    let words = described(&way.operations);
    for (connection, sql) in [(&mut *old, pair.old), (&mut *new, pair.new)] {
        let loaded = connection.batch(sql).await;
        loaded.map_err(|error| format!("load: {error:?}"))?;
    }
    let loaded = old.batch(pair.data).await;
    loaded.map_err(|error| format!("rows: {error:?}"))?;
    let options = InspectOptions::default();
    let before = inspect(old, &options).await.expect("is inspected");
    let target = inspect(new, &options).await.expect("is inspected");
    let before_residue = residue(old, &options).await.expect("has a residue");
    let before_rows = rows(old, &before).await;

    if let Err(error) = run(old, &way.upgrade).await {
        let left = residue(old, &options).await.expect("has a residue");
        let changed = residue_difference(&before_residue, &left);
        return match pair.fails {
            None => Err(format!("upgrade: {error}: {words}")),
            Some(_) if changed.is_empty() => Ok(Outcome::Refused(error)),
            Some(_) => Err(format!("a failure changes: {}", changed.join("; "))),
        };
    }
    if let Some(difference) = difference(old, new, &options).await {
        return Err(format!("after the upgrade: {difference}\n  by {words}"));
    }
    let kept = untouched(&way.operations, &before, &target);
    let after_rows = rows(old, &target).await;
    if let Some(place) = kept.iter().find(|&at| before_rows[at] != after_rows[at]) {
        return Err(format!("the upgrade changes the rows of {place:?}"));
    }
    for (sql, expected, _) in pair.probes {
        let found = values(old, sql).await;
        if found != *expected {
            return Err(format!("after the upgrade: {sql}: {found}, not {expected}"));
        }
    }

    let covered = kinds_of(&way, &before);
    match (run(old, &way.downgrade).await, pair.back_fails) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => return Err("the downgrade must fail".to_owned()),
        (Err(error), Some(expected)) if error.contains(expected) => {
            return Ok(Outcome::Converges(covered));
        }
        (Err(error), _) => return Err(format!("downgrade: {error}: {words}")),
    }
    let back = inspect(old, &options).await.expect("is inspected");
    let rest = changes(&back, &before, old.dialect());
    if !rest.is_empty() {
        return Err(format!("after the downgrade: {}", described(&rest)));
    }
    let after = residue(old, &options).await.expect("has a residue");
    let left = residue_difference(&before_residue, &after);
    if !left.is_empty() {
        return Err(format!("after the downgrade: {}", left.join("; ")));
    }
    let back_rows = rows(old, &before).await;
    if let Some(place) = kept.iter().find(|&at| before_rows[at] != back_rows[at]) {
        return Err(format!("the downgrade changes the rows of {place:?}"));
    }
    for (sql, _, expected) in pair.probes {
        let found = values(old, sql).await;
        if !expected.is_empty() && found != *expected {
            return Err(format!(
                "after the downgrade: {sql}: {found}, not {expected}"
            ));
        }
    }
    match run(old, &way.upgrade).await {
        Ok(()) => Ok(Outcome::Converges(covered)),
        Err(error) => Err(format!("upgrade again: {error}")),
    }
}

/// Rows as text: values apart by commas, rows by semicolons.
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
