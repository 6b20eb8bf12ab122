//! What is in the live database and would be lost when a revision makes its tables again, because it was not there when
//! the revision was written and proven.
//!
//! Nothing of this runs on the live database: its schema is copied into memory, and the steps run there, without rows.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::compare::changes;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Act, Operation, SqlObjectOp};
use limbeck_core::revision::{Direction, Graph, RevisionId};
use limbeck_core::schema::{Object, Schema};
use limbeck_core::sql::effect::{Defined, Effect, Verb, folded, of_statement};

use crate::connection::{Connection, QueryError};
use crate::inspect::sqlite::inspect;
use crate::inspect::{InspectError, InspectOptions};
use crate::run::prepare::Pending;
use crate::run::{LostObject, RunError, RunOptions};

/// Refuses, before anything is run, what would undo a thing that the revision does not know.
pub(super) async fn check(
    connection: &mut Connection,
    graph: &Graph,
    direction: Direction,
    options: &RunOptions,
    pending: &[Pending<'_>],
) -> Result<(), RunError> {
    if connection.dialect() != Dialect::Sqlite || !pending.iter().any(makes_again) {
        return Ok(());
    }
    let ignore = [options.history.name.clone(), options.history.journal()];
    let inspected = InspectOptions {
        ignore: ignore.into(),
        ..InspectOptions::default()
    };
    let mut copy = copy(connection, &inspected).await.map_err(failed)?;
    let mut known = BuiltSchemas::default();
    for one in pending {
        let is_asked = makes_again(one);
        let before = if is_asked {
            Some(read(&mut copy, &inspected).await?)
        } else {
            None
        };
        let section = one.left();
        let outcome = super::section(&mut copy, &section, one.file, &mut |_, _| {}).await;
        if let Err(error) = outcome {
            // It fails on the live database, too, and is told with what that says.
            tracing::debug!(%error, "the steps do not run on a copy of the schema");
            return Ok(());
        }
        let Some(before) = before else {
            continue;
        };
        let after = read(&mut copy, &inspected).await?;
        let id = &one.revision.id;
        let expected = known.before(graph, id, direction, &inspected).await;
        let lost = match expected {
            Some(expected) => lost(&before, &after, &expected),
            None => unnamed(graph, additions(&after, &before)),
        };
        let lost: Vec<_> = lost
            .into_iter()
            .filter(|(object, fate)| !is_meant(one, object, *fate))
            .collect();
        if !lost.is_empty() {
            return Err(refusal(graph, one, direction, &lost));
        }
    }
    Ok(())
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

/// The schema of the database, in memory.
async fn copy(
    connection: &mut Connection,
    inspected: &InspectOptions,
) -> Result<Connection, QueryError> {
    let sql = "SELECT tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL \
               AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
               ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, rowid";
    let rows = connection.query_text(sql).await?;
    let mut copy = memory().await?;
    copy.batch("PRAGMA foreign_keys = OFF").await?;
    for row in rows {
        let [Some(table), Some(sql)] = row.as_slice() else {
            continue;
        };
        if inspected.ignore.iter().any(|own| own.name == *table) {
            continue;
        }
        // What keeps the rows of a virtual table comes with that, and a module may be missing here.
        if let Err(error) = copy.batch(sql).await {
            tracing::debug!(%error, table, "not in the copy of the schema");
        }
    }
    Ok(copy)
}

async fn memory() -> Result<Connection, QueryError> {
    let connection = Connection::memory().await;
    connection.map_err(|error| QueryError::Lost(std::io::Error::other(error)))
}

/// What revisions build, of those that were asked for last.
#[derive(Default)]
struct BuiltSchemas {
    run: BTreeSet<RevisionId>,
    connection: Option<Connection>,
}

impl BuiltSchemas {
    /// What was there when the revision was written: what its ancestors build, and on the way back
    /// itself, too. None where they cannot be run by themselves.
    async fn before(
        &mut self,
        graph: &Graph,
        id: &RevisionId,
        direction: Direction,
        inspected: &InspectOptions,
    ) -> Option<Schema> {
        let mut wanted: BTreeSet<RevisionId> = graph.ancestors(id).into_iter().cloned().collect();
        if direction == Direction::Downgrade {
            wanted.insert(id.clone());
        }
        if self.connection.is_none() || !self.run.is_subset(&wanted) {
            self.run.clear();
            self.connection = memory().await.ok();
        }
        let connection = self.connection.as_mut()?;
        for revision in graph.iter() {
            if !wanted.contains(&revision.id) || self.run.contains(&revision.id) {
                continue;
            }
            let section = revision.section(Direction::Upgrade, Dialect::Sqlite).ok()?;
            let file = graph.file(&revision.id).unwrap_or_default();
            let outcome = super::section(connection, section, file, &mut |_, _| {}).await;
            if let Err(error) = outcome {
                tracing::debug!(%error, "the revisions do not run by themselves");
                self.connection = None;
                return None;
            }
            self.run.insert(revision.id.clone());
        }
        inspect(connection, inspected).await.ok()
    }
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
    RunError::WouldBeLost {
        file: pending.file.to_owned(),
        line: line_of(pending, lost),
        id: id.clone(),
        direction,
        objects,
        made_by,
        done: Vec::new(),
    }
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
    RunError::Query {
        action: "tell what the steps would not carry over",
        done: Vec::new(),
        source,
    }
}
