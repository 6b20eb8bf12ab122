//! When two objects that models do not describe differ.

use std::collections::BTreeMap;

use super::{Context, Pair, pairs};
use crate::dialect::Dialect;
use crate::op::{Operation, SqlObjectOp, TableOp, composite, partition};
use crate::schema::{Object, QualifiedName, Schema, SqlObject, SqlObjectKey, SqlObjectKind};
use crate::sql;

/// What stands on tables goes before everything else and comes after it, so that neither a rename
/// nor a change of a column has to reckon with it.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Before the renames.
    pub(super) first: Vec<Operation>,
    /// After all others.
    pub(super) last: Vec<Operation>,
}

/// Compares `state`, which is `before` after the decided renames, with `target`.
pub(super) fn diff(
    context: &mut Context<'_>,
    before: &Schema,
    state: &Schema,
    target: &Schema,
) -> Changes {
    let mut changes = Changes::default();
    let originals = by_later_key(context, before);
    let goes = |table: &QualifiedName| {
        state.tables.contains_key(table) && !target.tables.contains_key(table)
    };
    let compared = |schema: &'_ Schema| -> Vec<SqlObject> {
        schema
            .sql_objects
            .iter()
            .filter(|object| is_compared(object, goes))
            .cloned()
            .collect()
    };
    let (from, mut to) = (compared(state), compared(target));
    // What belongs to a table goes with it.
    to.retain(|object| !object.table.as_ref().is_some_and(goes));
    let mut dropped = Vec::new();
    let mut created = Vec::new();
    for pair in pairs(&from, &to, SqlObject::key) {
        match pair {
            Pair::Dropped(object) => {
                if may_drop(context, object) {
                    dropped.push(object);
                }
            }
            Pair::Added(object) => created.push(object),
            Pair::Kept(from, to) if is_same(from, to, context.dialect) => {
                let original = originals.get(&from.key());
                let was_known = original.is_some_and(|original| original.definition.is_some());
                // What a rename has made of it cannot be told, so that it is made anew.
                let is_told_again =
                    from.definition.is_none() && to.definition.is_some() && was_known;
                if (is_told_again || means_another(from, to, target)) && !from.kind.holds_rows() {
                    dropped.push(from);
                    created.push(to);
                }
            }
            Pair::Kept(from, to) if can_be_altered(from, to, context.dialect) => {
                let (from, to) = (from.clone(), to.clone());
                let op = SqlObjectOp::Alter { from, to };
                changes.last.push(Operation::SqlObject(op));
            }
            Pair::Kept(from, to) => {
                if may_drop(context, from) {
                    dropped.push(from);
                    created.push(to);
                }
            }
        }
    }
    for object in dropped {
        let original = originals.get(&object.key()).copied().unwrap_or(object);
        let op = Operation::SqlObject(SqlObjectOp::Drop(original.clone()));
        if object.stands_on_tables() {
            changes.first.push(op);
        } else {
            changes.last.push(op);
        }
    }
    for object in created {
        let op = SqlObjectOp::Create(object.clone());
        changes.last.push(Operation::SqlObject(op));
    }
    changes
}

/// Two servers have roles of their own, so that privileges are the residue's until their table goes.
fn is_compared(object: &SqlObject, goes: impl Fn(&QualifiedName) -> bool) -> bool {
    // An invalid index is what a failed CREATE INDEX CONCURRENTLY has left, and not a wish.
    object.kind != SqlObjectKind::InvalidIndex
        && (object.kind != SqlObjectKind::Privileges || object.table.as_ref().is_some_and(goes))
}

/// What holds data, or the type of columns, goes by an answer only.
fn may_drop(context: &mut Context<'_>, object: &SqlObject) -> bool {
    !object.kind.holds_data() || context.may_drop(Object::SqlObject(Box::new(object.key())))
}

/// The objects of `before` by the key that they have after the renames of tables.
fn by_later_key<'a>(
    context: &Context<'_>,
    before: &'a Schema,
) -> BTreeMap<SqlObjectKey, &'a SqlObject> {
    let later = |table: &QualifiedName| {
        let mut table = table.clone();
        for operation in &context.operations {
            if let Operation::Table(TableOp::Rename { from, to }) = operation
                && table == *from
            {
                table = to.clone();
            }
        }
        table
    };
    before
        .sql_objects
        .iter()
        .map(|object| {
            let key = SqlObjectKey {
                table: object.table.as_ref().map(later),
                ..object.key()
            };
            (key, object)
        })
        .collect()
}

/// A definition that cannot be told is not compared: the residue does that.
fn is_same(from: &SqlObject, to: &SqlObject, dialect: Dialect) -> bool {
    let (Some(a), Some(b)) = (from.lasting_definition(), to.lasting_definition()) else {
        return true;
    };
    let same_text = match dialect {
        // Columns in another order are no difference.
        Dialect::Postgres => {
            a == b || partition::changes(from, to).is_some_and(|one| one.is_empty())
        }
        Dialect::Sqlite => sql::fold(a, dialect) == sql::fold(b, dialect),
    };
    same_text && from.settings == to.settings
}

/// Whether the same words mean something else than what goes: a view in the place of a table, a function with one more
/// argument.
fn means_another(from: &SqlObject, to: &SqlObject, target: &Schema) -> bool {
    let mut former = from.uses.iter().filter(|used| !to.uses.contains(used));
    former.any(|used| !target.has(used))
}

/// Whether the object can stay while it changes, with all that stands on it.
fn can_be_altered(from: &SqlObject, to: &SqlObject, dialect: Dialect) -> bool {
    dialect == Dialect::Postgres
        && (from.lasting_definition() == to.lasting_definition()
            // Its rows would go with it.
            || from.kind == SqlObjectKind::Partition
            || from.kind == SqlObjectKind::Function && head(from) == head(to)
            || composite::changes(from, to).is_some())
}

/// A function up to its body and its properties, which CREATE OR REPLACE can change: its name, its
/// arguments and what it returns.
fn head(object: &SqlObject) -> Option<&str> {
    let definition = object.definition.as_deref()?;
    definition.split("\n LANGUAGE ").next()
}
