//! Steps around which SQLite does not enforce foreign keys, and what such a step must not lose.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph};
use limbeck_core::sql::effect::{Defined, Verb};

use crate::connection::{Connection, QueryError};
use crate::run::prepare::{Pending, Prepared};
use crate::run::{LostObject, RunError, RunErrorKind};

/// How the connection was set before the step.
pub(super) struct Pragmas {
    foreign_keys: bool,
    legacy_alter_table: bool,
}

/// Switches foreign keys off, outside of a transaction, and reads that back: inside of one SQLite
/// ignores the switch without a word (sqlite.org/pragma.html#pragma_foreign_keys).
pub(super) async fn switch_off(
    connection: &mut Connection,
    file: &str,
    step: &Prepared,
) -> Result<Pragmas, RunError> {
    let sql = "PRAGMA foreign_keys; PRAGMA legacy_alter_table; PRAGMA foreign_keys = OFF; PRAGMA foreign_keys";
    let rows = connection.query_text(sql).await.map_err(failed)?;
    let values: Vec<bool> = rows
        .iter()
        .map(|row| {
            row.first()
                .is_some_and(|value| value.as_deref() == Some("1"))
        })
        .collect();
    match values.as_slice() {
        [foreign_keys, legacy_alter_table, false] => Ok(Pragmas {
            foreign_keys: *foreign_keys,
            legacy_alter_table: *legacy_alter_table,
        }),
        _ => Err(RunErrorKind::ForeignKeysStillOn {
            file: file.to_owned(),
            line: step.line,
        }
        .into()),
    }
}

/// Sets the connection as it was, also what a failed step switched on for itself.
pub(super) async fn restore(connection: &mut Connection, before: &Pragmas) -> Result<(), RunError> {
    let word = |on| if on { "ON" } else { "OFF" };
    let sql = format!(
        "PRAGMA foreign_keys = {}; PRAGMA legacy_alter_table = {}",
        word(before.foreign_keys),
        word(before.legacy_alter_table)
    );
    connection.batch(&sql).await.map_err(failed)
}

/// What hangs on tables: kind and name, each with its table.
pub(super) type Objects = BTreeMap<(String, String), String>;

/// Lists the indexes, triggers and views that somebody created.
pub(super) async fn objects(connection: &mut Connection) -> Result<Objects, RunError> {
    let sql = "SELECT type, name, tbl_name FROM sqlite_schema \
               WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL";
    let rows = connection.query_text(sql).await.map_err(failed)?;
    let texts = rows.into_iter().filter_map(|row| {
        let [kind, name, table] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some(((kind?, name?), table?))
    });
    Ok(texts.collect())
}

/// Refuses a step that lost an object which no revision made: dropping a table drops its indexes
/// and triggers, and only what the revisions hold was there when the step was proven.
pub(super) async fn check_lost(
    connection: &mut Connection,
    before: &Objects,
    graph: &Graph,
    pending: &Pending<'_>,
    direction: Direction,
    step: &Prepared,
) -> Result<(), RunError> {
    let after = objects(connection).await?;
    // A list, since an iterator with closures would keep the run on one thread.
    let lost: Vec<_> = before
        .iter()
        .filter(|(object, _)| !after.contains_key(*object))
        .filter(|(object, _)| !is_dropped(step, object) && !is_made(graph, object))
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let rows = connection.query_text(sql).await.map_err(failed)?;
    let has_table = |table: &str| {
        rows.iter()
            .filter_map(|row| row.first()?.as_deref())
            .any(|name| name.eq_ignore_ascii_case(table))
    };
    // What hangs on a dropped table goes with it.
    match lost
        .into_iter()
        .find(|((kind, _), table)| kind == "view" || has_table(table))
    {
        None => Ok(()),
        Some(((kind, name), table)) => Err(RunErrorKind::WouldBeLost {
            file: pending.file.to_owned(),
            line: step.line,
            id: pending.revision.id.clone(),
            direction,
            objects: vec![LostObject {
                kind: kind.clone(),
                name: name.clone(),
                table: (kind != "view").then(|| table.clone()),
            }],
            made_by: Vec::new(),
        }
        .into()),
    }
}

fn is_dropped(step: &Prepared, (kind, name): &(String, String)) -> bool {
    step.statements
        .iter()
        .filter_map(Defined::of)
        .any(|found| found.is(Verb::Drop, kind, name))
}

fn is_made(graph: &Graph, (kind, name): &(String, String)) -> bool {
    let sections = graph.iter().flat_map(|revision| {
        [Direction::Upgrade, Direction::Downgrade]
            .map(|direction| revision.sections(direction).get(Dialect::Sqlite))
    });
    sections
        .flatten()
        .flat_map(|section| section.statements(Dialect::Sqlite))
        .filter_map(|statement| Defined::of(&statement))
        .any(|found| found.is(Verb::Create, kind, name))
}

fn failed(source: QueryError) -> RunError {
    RunErrorKind::Query {
        action: "switch foreign keys off for the step",
        source,
    }
    .into()
}
