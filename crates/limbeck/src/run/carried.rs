//! What is in the live database and would be lost when a revision makes its tables again, because it was not there when
//! the revision was written and proven.
//!
//! Nothing of this runs on the live database: its schema is copied into memory, and the steps run there, without rows.
//! What cannot be made there is gone by its name.

mod copy;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::compare::changes;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Act, Operation, SqlObjectOp};
use limbeck_core::revision::{Direction, Graph, RevisionId};
use limbeck_core::schema::{Object, QualifiedName, Schema};
use limbeck_core::sql::effect::{Defined, Effect, Verb, folded, of_statement};

use crate::connection::{Connection, QueryError};
use crate::inspect::sqlite::inspect;
use crate::inspect::{InspectError, InspectOptions};
use crate::run::prepare::Pending;
use crate::run::{Event, LostObject, OnEvent, RunError, RunErrorKind, RunOptions};

use copy::{BuiltSchemas, Copy};

/// Refuses, before anything is run, what would undo a thing that the revision does not know.
pub(super) async fn check(
    connection: &mut Connection,
    graph: &Graph,
    direction: Direction,
    options: &RunOptions,
    pending: &[Pending<'_>],
    on_event: OnEvent<'_>,
) -> Result<(), RunError> {
    if connection.dialect() != Dialect::Sqlite || !pending.iter().any(makes_again) {
        return Ok(());
    }
    let ignore = [options.history.name.clone(), options.history.journal()];
    let inspected = InspectOptions {
        ignore: ignore.into(),
        ..InspectOptions::default()
    };
    let mut copy = Copy::of(connection, &inspected).await.map_err(failed)?;
    let mut known = BuiltSchemas::with(copy.collations.clone());
    for one in pending {
        let is_asked = makes_again(one);
        let before = if is_asked {
            Some(read(&mut copy.connection, &inspected).await?)
        } else {
            None
        };
        copy.run(&one.left(), one.file).await;
        let Some(before) = before else {
            continue;
        };
        let mut found = Vec::new();
        if copy.failed.is_none() {
            let after = read(&mut copy.connection, &inspected).await?;
            let expected = known
                .before(graph, &one.revision.id, direction, &inspected)
                .await;
            found = match expected {
                Some(expected) => lost(&before, &after, &expected),
                None => unnamed(graph, additions(&after, &before)),
            };
        }
        let unseen = unseen(one, &copy);
        if !unseen.is_empty() {
            let live = read(connection, &inspected).await?;
            let members = members(&live, unseen.keys().map(String::as_str));
            found.extend(unnamed(graph, members));
            tell(&live, &unseen, on_event);
        }
        found.retain(|(object, fate)| !is_meant(one, object, *fate));
        if !found.is_empty() {
            return Err(refusal(graph, one, direction, &found));
        }
    }
    Ok(())
}

/// The tables that the revision makes again and of which the copy does not show what they lose, each with the reason.
/// SQLite has no case in names, so they are in lower case.
fn unseen(pending: &Pending<'_>, copy: &Copy) -> BTreeMap<String, String> {
    let again = made_again(&pending.left().effects(Dialect::Sqlite));
    let why = |table: &String| {
        let why = copy.failed.as_ref();
        why.or_else(|| copy.lacks.get(table)).cloned()
    };
    again
        .into_iter()
        .filter_map(|table| Some((why(&table)?, table)))
        .map(|(why, table)| (table, why))
        .collect()
}

/// The tables that go, and come back under their names.
fn made_again(effects: &[Effect]) -> BTreeSet<String> {
    let key = |table: &QualifiedName| table.name.to_lowercase();
    // What is called otherwise for a while, by that name.
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let (mut gone, mut made) = (BTreeSet::new(), BTreeSet::new());
    for effect in effects {
        match effect {
            Effect::RenameTable(from, to) => {
                let first = names.remove(&key(from));
                names.insert(key(to), first.unwrap_or_else(|| key(from)));
                made.insert(key(to));
            }
            Effect::DropTable(table) => {
                let first = names.remove(&key(table));
                gone.insert(first.unwrap_or_else(|| key(table)));
            }
            Effect::CreateTable(table, _) => {
                made.insert(key(table));
            }
            _ => {}
        }
    }
    gone.intersection(&made).cloned().collect()
}

/// What hangs on tables, and goes with them unless it is made again. The names of constraints may be of Limbeck's making,
/// and say nothing.
fn members<'a>(schema: &Schema, tables: impl Iterator<Item = &'a str>) -> BTreeMap<Object, Fate> {
    let tables: BTreeSet<&str> = tables.collect();
    let is_one = |name: &QualifiedName| tables.contains(name.name.to_lowercase().as_str());
    let mut found = BTreeMap::new();
    for table in schema.tables.values().filter(|table| is_one(&table.name)) {
        let columns = table.columns.iter();
        let columns = columns.map(|column| Object::Column(table.name.clone(), column.name.clone()));
        let indexes = table.indexes.keys();
        let indexes = indexes.map(|name| Object::Index(table.name.clone(), name.clone()));
        found.extend(columns.chain(indexes).map(|object| (object, Fate::Gone)));
    }
    let objects = schema.sql_objects.iter().map(|object| object.key());
    let triggers = objects.filter(|key| key.table.as_ref().is_some_and(is_one));
    found.extend(triggers.map(|key| (Object::SqlObject(Box::new(key)), Fate::Gone)));
    found
}

/// Says of which tables that are there it was not seen what they lose.
fn tell(live: &Schema, unseen: &BTreeMap<String, String>, on_event: OnEvent<'_>) {
    for name in live.tables.keys() {
        if let Some(why) = unseen.get(&name.name.to_lowercase()) {
            let object = format!("table `{}`", name.name);
            on_event(Event::NotCompared {
                object: &object,
                why,
            });
        }
    }
}

/// Whether tables are dropped, and perhaps made again, or others that come back.
fn makes_again(pending: &Pending<'_>) -> bool {
    let mut dropped = BTreeSet::new();
    for statement in pending.statements_left() {
        let Some(Defined { verb, kind, name }) = Defined::of(statement) else {
            continue;
        };
        let key = (kind, folded(&name, Dialect::Sqlite));
        match verb {
            Verb::Drop => drop(dropped.insert(key)),
            Verb::Create if dropped.contains(&key) => return true,
            Verb::Create | Verb::Replace | Verb::Owner(_) | Verb::Alter => {}
        }
    }
    let effects = pending.left().effects(Dialect::Sqlite);
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::DropTable(_)))
}

/// What is there before, and no longer, or in another way, afterwards; but not what the revision
/// knew: it means to change that. Objects of tables that are gone afterwards went with them.
fn lost(before: &Schema, after: &Schema, known: &Schema) -> Vec<(Object, Fate)> {
    let strange = additions(known, before);
    let is_strange = |object: &Object| {
        let table = object.table();
        strange.contains_key(object) || table.is_some_and(|table| !known.tables.contains_key(table))
    };
    let stays = |object: &Object| match object.table() {
        Some(table) => after.tables.contains_key(table),
        None => true,
    };
    additions(after, before)
        .into_iter()
        .filter(|(object, _)| stays(object) && is_strange(object))
        .collect()
}

/// Where the revisions do not run by themselves: what none of them names.
fn unnamed(graph: &Graph, gone: BTreeMap<Object, Fate>) -> Vec<(Object, Fate)> {
    let words: BTreeSet<String> = graph
        .iter()
        .filter_map(|revision| revision.section(Direction::Upgrade, Dialect::Sqlite).ok())
        .flat_map(|section| section.words(Dialect::Sqlite))
        .collect();
    gone.into_iter()
        .filter(|(object, fate)| {
            let name = named(object, *fate).name.to_lowercase();
            *fate == Fate::Gone && !words.contains(&name)
        })
        .collect()
}

/// Whether the revision says itself, by a statement or a comment, that the object goes.
fn is_meant(pending: &Pending<'_>, object: &Object, fate: Fate) -> bool {
    let mut statements = pending.statements_left();
    let LostObject { kind, name, table } = named(object, Fate::Gone);
    let comes_back = fate == Fate::Changed
        || statements.clone().any(|statement| {
            Defined::of(statement).is_some_and(|one| one.is(Verb::Create, &kind, &name))
        });
    let announced = pending.section.announced(Dialect::Sqlite).losses;
    announced.contains(&object.to_string())
        || statements.any(|statement| {
            let dropped = Defined::of(statement)
                .is_some_and(|one| one.is(Verb::Drop, &kind, &name) && !comes_back);
            let effects = of_statement(statement);
            dropped
                || effects.iter().any(|effect| {
                    let Effect::DropColumn(of, column) = effect else {
                        return false;
                    };
                    kind == "column"
                        && fate == Fate::Gone
                        && column.eq_ignore_ascii_case(&name)
                        && table
                            .as_ref()
                            .is_some_and(|table| table.eq_ignore_ascii_case(&of.name))
                })
        })
}

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It goes.
    Gone,
    /// It stays, without what was changed of it.
    Changed,
}

/// What `to` has more than `from`, or has in another way.
fn additions(from: &Schema, to: &Schema) -> BTreeMap<Object, Fate> {
    let operations = changes(from, to, Dialect::Sqlite);
    let found = operations.iter().filter_map(|operation| {
        let fate = match operation {
            // What has another text is dropped and created.
            Operation::SqlObject(SqlObjectOp::Create(object))
                if from.sql_objects.iter().any(|one| one.key() == object.key()) =>
            {
                Fate::Changed
            }
            // Whole tables are none of a rebuild's.
            Operation::Table(_) if operation.act() == Act::Create => return None,
            _ => match operation.act() {
                Act::Create => Fate::Gone,
                Act::Change => Fate::Changed,
                Act::Drop => return None,
            },
        };
        Some((operation.object(), fate))
    });
    found.collect()
}

fn refusal(
    graph: &Graph,
    pending: &Pending<'_>,
    direction: Direction,
    lost: &[(Object, Fate)],
) -> RunError {
    let id = &pending.revision.id;
    let mut known: BTreeSet<&RevisionId> = graph.ancestors(id);
    known.insert(id);
    let objects: Vec<LostObject> = lost
        .iter()
        .map(|(object, fate)| named(object, *fate))
        .collect();
    let made_by = graph
        .iter()
        .filter(|other| !known.contains(&other.id))
        .filter(|other| {
            let Ok(section) = other.section(Direction::Upgrade, Dialect::Sqlite) else {
                return false;
            };
            let words = section.words(Dialect::Sqlite);
            objects
                .iter()
                .any(|object| words.contains(&object.name.to_lowercase()))
        });
    let made_by = made_by.map(|other| other.id.clone()).collect();
    RunErrorKind::WouldBeLost {
        file: pending.file.to_owned(),
        line: line_of(pending, lost),
        id: id.clone(),
        direction,
        objects,
        made_by,
    }
    .into()
}

fn named(object: &Object, fate: Fate) -> LostObject {
    let (kind, name, table) = match object {
        Object::Column(table, name) => ("column", name.clone(), Some(table)),
        Object::Constraint(table, name) => ("constraint", name.clone(), Some(table)),
        Object::Index(table, name) => ("index", name.clone(), Some(table)),
        Object::Table(table) => ("table", table.name.clone(), None),
        Object::Enum(name) => ("type", name.name.clone(), None),
        Object::SqlObject(key) => (key.kind.noun(), key.name.name.clone(), key.table.as_ref()),
        Object::Namespace(name) => ("schema", name.clone(), None),
        Object::Sequence(name) => ("sequence", name.name.clone(), None),
        Object::EnumValue(owner, name) => ("value", name.clone(), Some(owner)),
    };
    let kind = match fate {
        Fate::Gone => kind.to_owned(),
        Fate::Changed => format!("what was changed of {kind}"),
    };
    LostObject {
        kind,
        name,
        table: table.map(|table| table.name.clone()),
    }
}

/// The line of the statement that drops the table, else of the first step.
fn line_of(pending: &Pending<'_>, lost: &[(Object, Fate)]) -> u32 {
    let tables: Vec<&str> = lost
        .iter()
        .filter_map(|(object, _)| Some(object.table()?.name.as_str()))
        .collect();
    let drop = pending.statements_left().find(|statement| {
        of_statement(statement).iter().any(|effect| {
            let Effect::DropTable(table) = effect else {
                return false;
            };
            tables
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&table.name))
        })
    });
    let line = drop.map(|statement| statement.line);
    line.or(pending
        .steps
        .get(pending.done as usize)
        .map(|step| step.line))
        .unwrap_or(0)
}

async fn read(copy: &mut Connection, options: &InspectOptions) -> Result<Schema, RunError> {
    inspect(copy, options).await.map_err(|error| match error {
        InspectError::Query(source) => failed(source),
        error => failed(QueryError::Lost(std::io::Error::other(error))),
    })
}

fn failed(source: QueryError) -> RunError {
    RunErrorKind::Query {
        action: "tell what the steps would not carry over",
        source,
    }
    .into()
}
