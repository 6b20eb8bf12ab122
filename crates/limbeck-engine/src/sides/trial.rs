//! The way tried on a scratch database, and all that the catalog says compared: what Limbeck sees and
//! cannot write is refused by name.

use std::collections::BTreeSet;

use limbeck_core::compare::{Aspect, Ignored, changes, fact, without};
use limbeck_core::dialect::Dialect;
use limbeck_core::op::Operation;
use limbeck_core::plan::{Plan, StepMode};
use limbeck_core::revision::{Section, Step, section};
use limbeck_core::schema::{Object, Schema, SqlObjectKey};
use limbeck_core::sql::quote_identifier;

use super::load::Loaded;
use super::{SideError, Way};
use crate::ask::settle;
use crate::inspect::{
    Residue, Snapshot, Supplements, quoted_title, residue_key, sides_difference, snapshot,
};
use crate::remake::{Remake, Whole, remake};
use crate::state::{Bench, Copy, StateError};
use limbeck::connection::Connection;
use limbeck::folder::Folder;

/// What of two residues is compared.
struct Lens<'a> {
    ignored: &'a Ignored,
    /// What is said of a database as a whole: only of two databases that are both there.
    of_database: Scope,
    /// What belongs to others.
    prelude: BTreeSet<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Whole,
    Objects,
}

impl<'a> Lens<'a> {
    fn new(before: &'a Loaded, target: &'a Loaded, ignored: &'a Ignored) -> Self {
        let prelude = before.prelude_keys.iter().chain(&target.prelude_keys);
        Self {
            ignored,
            of_database: if before.is_database() && target.is_database() {
                Scope::Whole
            } else {
                Scope::Objects
            },
            prelude: prelude.map(String::as_str).collect(),
        }
    }

    fn of(&self, residue: &Residue) -> Residue {
        let mut seen = residue.clone();
        self.ignored.take_out(&mut seen);
        seen.retain(|key, _| {
            let subject = fact(key).map_or(key.as_str(), |(subject, _)| subject);
            let is_others = self.prelude.contains(key.as_str()) || self.prelude.contains(subject);
            let is_of_database = subject == "database" && self.of_database == Scope::Objects;
            !is_others && !is_of_database
        });
        seen
    }

    /// What differs but for the members of `respelled`, which say the same in other words.
    fn difference(&self, one: &Residue, other: &Residue, respelled: &[String]) -> Vec<String> {
        let seen = |residue: &Residue| {
            let mut seen = self.of(residue);
            for key in respelled {
                seen.remove(key);
            }
            seen
        };
        sides_difference(&seen(one), &seen(other))
    }
}

/// Refuses a way that would end elsewhere than at the target without a word.
pub(super) async fn refuse_unwritten(
    bench: &mut Bench,
    before: &mut Loaded,
    target: &Loaded,
    way: &mut Way,
    ignored: &Ignored,
) -> Result<(), SideError> {
    // Models do not speak of all that a database says.
    if target.is_models() || before.is_models() {
        return Ok(());
    }
    let copy = before.copy.take();
    let lens = Lens::new(before, target, ignored);
    if way.operations.is_empty() {
        let dialect = bench.dialect();
        let respelled = keys(&changes(
            &before.state.schema,
            &target.state.schema,
            dialect,
        ));
        let differences = lens.difference(&before.state.residue, &target.state.residue, &respelled);
        before.copy = copy;
        return refused(differences);
    }
    let scene = match copy {
        Some(copy) => Ok((copy, before.state.clone())),
        None => rebuilt(bench, before).await?,
    };
    let differences = match scene {
        Ok((mut copy, start)) => {
            let trial = Trial {
                before,
                start: &start,
                target,
                lens: &lens,
            };
            let outcome = trial.run(bench, &mut copy.connection, way).await;
            bench.discard(copy).await?;
            outcome?
        }
        Err(reason) => {
            way.untried = Some(reason);
            untried(before, target, way, &lens)
        }
    };
    refused(differences)
}

fn refused(differences: Vec<String>) -> Result<(), SideError> {
    if differences.is_empty() {
        Ok(())
    } else {
        Err(SideError::Unwritten {
            aspects: differences.iter().flat_map(|line| aspects(line)).collect(),
            differences,
        })
    }
}

/// What a line about a difference begins with is a key.
fn aspects(line: &str) -> Option<Aspect> {
    let key = line.strip_prefix('`')?.split("` is ").next()?;
    Aspect::of(key)
}

/// The keys of members that operations are about.
fn keys(operations: &[Operation]) -> Vec<String> {
    operations
        .iter()
        .filter_map(|one| residue_key(&one.object()))
        .collect()
}

pub(super) const THERE: &str = "the way there";

struct Trial<'a> {
    before: &'a Loaded,
    /// The scratch database before the walk. It lacks what cannot be made again of a database.
    start: &'a Snapshot,
    target: &'a Loaded,
    lens: &'a Lens<'a>,
}

impl Trial<'_> {
    /// Walks the way there and back, and says what is not as it should be.
    async fn run(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        way: &Way,
    ) -> Result<Vec<String>, SideError> {
        let mut differences = Vec::new();
        let walks = [
            (&way.upgrade, &self.target.state, THERE),
            (&way.downgrade, self.start, "the way back"),
        ];
        for (plan, expected, what) in walks {
            if plan.irreversible.is_some() {
                continue;
            }
            let reached = self.walk(bench, connection, plan, what).await?;
            differences.extend(
                self.compare(bench, connection, reached, expected, what)
                    .await?,
            );
        }
        Ok(differences)
    }

    async fn walk(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        plan: &Plan,
        what: &'static str,
    ) -> Result<Snapshot, SideError> {
        let options = bench.inspect_options().clone();
        let section = section(plan, bench.dialect());
        let run = bench.run(connection, &section, what, what.to_owned()).await;
        run.map_err(|source| SideError::of_way(what, source))?;
        Ok(snapshot(connection, &options).await?)
    }

    async fn compare(
        &self,
        bench: &mut Bench,
        connection: &mut Connection,
        mut reached: Snapshot,
        expected: &Snapshot,
        what: &'static str,
    ) -> Result<Vec<String>, SideError> {
        let options = bench.inspect_options().clone();
        let dialect = bench.dialect();
        let mut wanted = expected.schema.clone();
        for schema in [&mut reached.schema, &mut wanted] {
            without(schema, &self.before.prelude);
            without(schema, &self.target.prelude);
        }
        if what == THERE {
            self.leave_unbuilt(&reached.schema, &mut wanted);
            self.lens.ignored.keep(&reached.schema, &mut wanted);
            reached.residue = predicted(
                &self.before.state.residue,
                &self.start.residue,
                &reached.residue,
            );
        }
        let rest = changes(&reached.schema, &wanted, dialect);
        let is_respelled = !rest.is_empty() && {
            let settled = settle(connection, &reached.schema, &wanted, &options).await?;
            changes(&settled.0, &settled.1, dialect).is_empty()
        };
        let respelled = if is_respelled {
            keys(&rest)
        } else {
            Vec::new()
        };
        let mut differences = Vec::new();
        if !is_respelled {
            differences.extend(rest.iter().map(Operation::describe));
        }
        differences.extend(
            self.lens
                .difference(&reached.residue, &expected.residue, &respelled),
        );
        Ok(differences)
    }

    /// What of a database is not made on the scratch database is there on both sides, or told by the
    /// residue.
    fn leave_unbuilt(&self, reached: &Schema, wanted: &mut Schema) {
        if self.before.live().is_none() {
            return;
        }
        let unbuilt: BTreeSet<SqlObjectKey> = self.before.state.schema.unwritten();
        let is_there = |key: &SqlObjectKey| reached.sql_objects.iter().any(|one| one.key() == *key);
        wanted.sql_objects.retain(|object| {
            let key = object.key();
            !unbuilt.contains(&key) || is_there(&key)
        });
    }
}

/// The residue of a database after a way that was seen on a copy of it: what the way does not change
/// is what it was, and what goes takes along what is said about it.
fn predicted(before: &Residue, start: &Residue, reached: &Residue) -> Residue {
    let goes = |key: &str| start.contains_key(key) && !reached.contains_key(key);
    let mut predicted = Residue::new();
    for (key, text) in before {
        let is_changed = start.get(key) != reached.get(key);
        let has_gone = fact(key).is_some_and(|(subject, _)| goes(subject));
        if !is_changed && !has_gone {
            predicted.insert(key.clone(), text.clone());
        }
    }
    for (key, text) in reached {
        if start.get(key) != Some(text) {
            predicted.insert(key.clone(), text.clone());
        }
    }
    predicted
}

/// A scratch database with what a database holds, or why there is none.
pub(super) async fn rebuilt(
    bench: &mut Bench,
    before: &Loaded,
) -> Result<Result<(Copy, Snapshot), String>, SideError> {
    let Some(live) = before.live() else {
        return Ok(Err("the first side is no database".to_owned()));
    };
    let dialect = bench.dialect();
    let options = bench.inspect_options().clone();
    let whole = Whole {
        snapshot: before.state.clone(),
        supplements: live.supplements.clone(),
    };
    // Roles are those of a server; without them the rest can be made still.
    let bare = Whole {
        snapshot: Snapshot {
            schema: without_privileges(&before.state.schema),
            residue: Residue::new(),
        },
        supplements: Supplements {
            last: Vec::new(),
            ..live.supplements.clone()
        },
    };
    let mut reason = String::new();
    for (whole, roles) in [(&whole, live.roles.as_slice()), (&bare, &[])] {
        let Remake { statements, .. } = match remake(whole, dialect) {
            Ok(remake) => remake,
            Err(error) => {
                reason = error.to_string();
                continue;
            }
        };
        let mut copy = bench.copy(&Folder::default(), &[]).await?;
        let mut lines = Vec::new();
        if bench.is_on_own_server() {
            let roles = roles.iter();
            lines.extend(
                roles.map(|role| format!("CREATE ROLE {}", quote_identifier(role, dialect))),
            );
        }
        lines.extend(statements);
        let outcome = match made(bench, &mut copy.connection, &lines).await {
            Ok(()) => Ok(snapshot(&mut copy.connection, &options).await?),
            Err(error) if error.is_refusal() => Err(error),
            Err(error) => {
                bench.discard(copy).await?;
                return Err(error.into());
            }
        };
        match outcome {
            Ok(state) => return Ok(Ok((copy, state))),
            Err(error) => {
                bench.discard(copy).await?;
                reason = causes(&error);
            }
        }
    }
    Ok(Err(reason))
}

async fn made(
    bench: &mut Bench,
    connection: &mut Connection,
    lines: &[String],
) -> Result<(), StateError> {
    let step = Step {
        mode: StepMode::Transaction,
        sql: lines.join(";\n"),
        line: 1,
    };
    let what = "the first side".to_owned();
    let section = Section::Steps(vec![step]);
    bench.run(connection, &section, &what, what.clone()).await
}

fn without_privileges(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    let objects = schema.sql_objects.into_iter();
    schema.sql_objects = objects
        .map(|mut object| {
            object.privileges.clear();
            object
        })
        .collect();
    schema
}

/// An error with what it comes from, on one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// What differs besides what the operations are about, of a way that cannot be tried.
fn untried(before: &Loaded, target: &Loaded, way: &Way, lens: &Lens<'_>) -> Vec<String> {
    let titles: Vec<String> = way
        .operations
        .iter()
        .map(|operation| title(&operation.object()))
        .collect();
    let is_told = |key: &String| titles.iter().any(|title| key.contains(title.as_str()));
    let seen = |residue: &Residue| {
        let mut seen = lens.of(residue);
        seen.retain(|key, _| !is_told(key));
        seen
    };
    sides_difference(&seen(&before.state.residue), &seen(&target.state.residue))
}

/// The name of the object that an operation is about, as a residue has it.
fn title(object: &Object) -> String {
    match object {
        Object::Namespace(name) => quote_identifier(name, Dialect::Postgres),
        Object::Table(name)
        | Object::Enum(name)
        | Object::EnumValue(name, _)
        | Object::Sequence(name) => quoted_title(name),
        Object::Column(..) | Object::Constraint(..) | Object::Index(..) => {
            residue_key(object).unwrap_or_default()
        }
        // The name of a function is SQL already.
        Object::SqlObject(key) => match key.name.name.split_once('(') {
            Some((name, _)) => name.to_owned(),
            None => quote_identifier(&key.name.name, Dialect::Postgres),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_changes_what_it_changes_on_the_copy() {
        let residue = |text: &str| -> Residue {
            text.lines()
                .filter_map(|line| line.trim().split_once(" = "))
                .map(|(key, text)| (key.to_owned(), text.to_owned()))
                .collect()
        };
        let before = residue(
            "table t = r
             table t: label for x = secret
             table u = r
             table u: label for x = open
             server s = there",
        );
        let start = residue("table t = r\ntable u = r");
        let reached = residue("table u = p\ntable v = r");
        assert_eq!(
            predicted(&before, &start, &reached),
            residue("table u = p\ntable u: label for x = open\ntable v = r\nserver s = there")
        );
    }
}
