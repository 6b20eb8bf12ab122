//! What stands in the way of a change although it stays the same: it is dropped before everything
//! else and created again after it.
//!
//! PostgreSQL refuses to change the type of a column that a view shows, and to drop what something
//! else depends on (PostgreSQL manual, section 5.14). SQLite does not look, and a rebuild makes the
//! triggers of its table again by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::{Dialect, RenderError};
use crate::op::{
    ColumnOp, ConstraintOp, EnumOp, Operation, SequenceOp, TableOp, UnmodelledOp, fold,
};
use crate::schema::{Object, QualifiedName, Schema, Unmodelled, UnmodelledKey, UnmodelledKind};

/// The operations with all that is in their way dropped before them and created after them.
///
/// # Errors
///
/// An object is in the way and cannot be created again: it uses what goes, or its definition cannot
/// be told.
pub(super) fn with_set_aside(
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> Result<Vec<Operation>, RenderError> {
    if before.unmodelled.is_empty() || operations.is_empty() {
        return Ok(operations.to_vec());
    }
    let found = in_the_way(operations, before, dialect)?;
    let after = fold(operations, before.clone(), dialect)?;
    let mut first = Vec::new();
    let mut last = Vec::new();
    for (key, InTheWay { original, of }) in found {
        let Some(object) = after.unmodelled.iter().find(|object| object.key() == key) else {
            continue;
        };
        let refused = |reason: &str| {
            let reason = format!("{key} stands in the way, {reason}");
            Err(RenderError::refused(of.clone(), reason))
        };
        if let Object::Enum(_) = of
            && (object.kind.holds_rows() || is_type_of_columns(object, &after))
        {
            let reason = format!(
                "a value cannot be taken out of an enum type (PostgreSQL manual, ALTER TYPE), and {key} is of it"
            );
            return Err(RenderError::NoWay { object: of, reason });
        }
        if let Some(gone) = object.uses.iter().find(|used| !is_there(used, &after)) {
            if let Object::Column(table, _) = gone
                && !after.tables.contains_key(table)
            {
                let reason = format!(
                    "{key} stands in the way, and uses it; drop or change it in a revision before this one"
                );
                return Err(RenderError::refused(Object::Table(table.clone()), reason));
            }
            return refused(&format!(
                "and it uses `{gone}`, which goes; drop or change it in a revision before this one"
            ));
        }
        if object.kind.holds_rows() {
            return refused("and its rows would go with it; make the change by hand");
        }
        if object.definition.is_none() {
            return refused(
                "and it cannot be told what makes it again; make the change in a revision of its own, or drop and create it by hand",
            );
        }
        first.push(Operation::Unmodelled(UnmodelledOp::SetAside(original)));
        last.push(Operation::Unmodelled(UnmodelledOp::Create(object.clone())));
    }
    // What is set aside is created as it becomes.
    let aside: BTreeSet<Object> = last.iter().map(Operation::object).collect();
    let rest = operations.iter().filter(|operation| {
        let is_change = matches!(operation, Operation::Unmodelled(UnmodelledOp::Alter { .. }));
        !(is_change && aside.contains(&operation.object()))
    });
    Ok([first, rest.cloned().collect(), last].concat())
}

/// Whether columns of tables are of the type, which cannot be dropped then.
fn is_type_of_columns(object: &Unmodelled, schema: &Schema) -> bool {
    let is_type = matches!(
        object.kind,
        UnmodelledKind::Domain | UnmodelledKind::CompositeType | UnmodelledKind::RangeType
    );
    is_type
        && schema.tables.values().any(|table| {
            table
                .columns
                .iter()
                .any(|column| column.data_type.is_named(&object.name))
        })
}

struct InTheWay {
    /// The object before any of the operations.
    original: Unmodelled,
    /// What is changed under it.
    of: Object,
}

/// Finds what is in the way of each operation as the schema is by then, under the keys that the
/// objects have in the end.
fn in_the_way(
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> Result<BTreeMap<UnmodelledKey, InTheWay>, RenderError> {
    let mut state = before.clone();
    let mut originals: BTreeMap<UnmodelledKey, UnmodelledKey> = before
        .unmodelled
        .iter()
        .map(|object| (object.key(), object.key()))
        .collect();
    let mut found: BTreeMap<UnmodelledKey, Object> = BTreeMap::new();
    for operation in operations {
        if let Operation::Table(TableOp::Rename { from, to }) = operation {
            originals = after_rename(originals, from, to);
            found = after_rename(found, from, to);
        }
        let mut disturbed = disturbed(operation, &state);
        while let Some(of) = disturbed.pop() {
            for object in &state.unmodelled {
                if object.uses.contains(&of) && !found.contains_key(&object.key()) {
                    found.insert(object.key(), of.clone());
                    disturbed.push(Object::Unmodelled(Box::new(object.key())));
                }
            }
        }
        operation.apply(&mut state, dialect)?;
    }
    // What is dropped for good anyway, or changed by dropping it, is not in the way.
    for operation in operations {
        if let Operation::Unmodelled(UnmodelledOp::Drop(object)) = operation {
            let end = originals
                .iter()
                .find(|(_, original)| **original == object.key());
            if let Some((key, _)) = end {
                found.remove(key);
            }
            found.remove(&object.key());
        }
    }
    let original = |key: &UnmodelledKey| {
        let key = originals.get(key)?;
        before.unmodelled.iter().find(|object| object.key() == *key)
    };
    Ok(found
        .into_iter()
        .filter_map(|(key, of)| {
            let original = original(&key)?.clone();
            Some((key, InTheWay { original, of }))
        })
        .collect())
}

fn after_rename<V>(
    map: BTreeMap<UnmodelledKey, V>,
    from: &QualifiedName,
    to: &QualifiedName,
) -> BTreeMap<UnmodelledKey, V> {
    let renamed = |key: UnmodelledKey| {
        let table = key
            .table
            .map(|table| if table == *from { to.clone() } else { table });
        UnmodelledKey { table, ..key }
    };
    map.into_iter()
        .map(|(key, value)| (renamed(key), value))
        .collect()
}

/// What an operation drops, or changes in a way that nothing may stand on.
fn disturbed(operation: &Operation, state: &Schema) -> Vec<Object> {
    match operation {
        Operation::Column(ColumnOp::Drop { table, column, .. }) => {
            vec![Object::Column(table.clone(), column.name.clone())]
        }
        Operation::Column(ColumnOp::Alter {
            table, from, to, ..
        }) if from.data_type != to.data_type
            || from.collation != to.collation
            || to.generated.is_some() && from.generated != to.generated =>
        {
            vec![Object::Column(table.clone(), to.name.clone())]
        }
        Operation::Table(TableOp::Drop(table)) => {
            let columns = table.columns.iter();
            let columns =
                columns.map(|column| Object::Column(table.name.clone(), column.name.clone()));
            columns.chain([Object::Table(table.name.clone())]).collect()
        }
        Operation::Constraint(ConstraintOp::Drop { table, constraint }) => {
            vec![Object::Constraint(table.clone(), constraint.name.clone())]
        }
        Operation::Enum(EnumOp::Drop(enum_type)) => vec![Object::Enum(enum_type.name.clone())],
        Operation::Enum(op @ EnumOp::Alter { from, .. }) if !op.keeps_values() => {
            let users = state.users_of_enum(&from.name);
            let columns = users
                .map(|(table, column)| Object::Column(table.name.clone(), column.name.clone()));
            columns.chain([Object::Enum(from.name.clone())]).collect()
        }
        Operation::Sequence(SequenceOp::Drop(sequence)) => {
            vec![Object::Sequence(sequence.name.clone())]
        }
        Operation::Unmodelled(UnmodelledOp::Drop(object)) => {
            vec![Object::Unmodelled(Box::new(object.key()))]
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(_)
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_)
        | Operation::Unmodelled(_) => Vec::new(),
    }
}

fn is_there(object: &Object, schema: &Schema) -> bool {
    let table = |name: &QualifiedName| schema.tables.get(name);
    match object {
        Object::Table(name) => table(name).is_some(),
        Object::Column(name, column) => {
            table(name).is_some_and(|table| table.column(column).is_some())
        }
        Object::Constraint(name, constraint) => {
            table(name).is_some_and(|table| table.constraints.contains_key(constraint))
        }
        Object::Index(name, index) => {
            table(name).is_some_and(|table| table.indexes.contains_key(index))
        }
        Object::Enum(name) | Object::EnumValue(name, _) => schema.enums.contains_key(name),
        // A serial column's own sequence is not listed.
        Object::Sequence(_) | Object::Namespace(_) => true,
        Object::Unmodelled(key) => schema.unmodelled.iter().any(|one| one.key() == **key),
    }
}

/// The operations with the objects that models do not describe behind all others and in the order of
/// their dependencies: drops of what depends first, creations of what is depended on first.
#[must_use]
pub fn in_order_of_use(operations: Vec<Operation>) -> Vec<Operation> {
    let (mut drops, mut others) = (Vec::new(), Vec::new());
    let mut creations = Vec::new();
    for operation in operations {
        let Operation::Unmodelled(op) = operation else {
            others.push(operation);
            continue;
        };
        match op {
            UnmodelledOp::Drop(_) | UnmodelledOp::SetAside(_) => drops.push(op),
            UnmodelledOp::Create(_) | UnmodelledOp::Alter { .. } => creations.push(op),
        }
    }
    let depths_of =
        |ops: &[UnmodelledOp]| depths(&ops.iter().map(UnmodelledOp::subject).collect::<Vec<_>>());
    let depths = depths_of(&drops);
    drops.sort_by_key(|op| std::cmp::Reverse(depths[&op.subject().key()]));
    let depths = depths_of(&creations);
    creations.sort_by_key(|op| depths[&op.subject().key()]);
    let unmodelled = drops.into_iter().chain(creations);
    others.extend(unmodelled.map(Operation::Unmodelled));
    others
}

/// How many of the objects stand under each one, one upon the other.
fn depths(objects: &[&Unmodelled]) -> BTreeMap<UnmodelledKey, usize> {
    let mut depths: BTreeMap<UnmodelledKey, usize> = BTreeMap::new();
    let mut left = objects.to_vec();
    for depth in 0.. {
        let waiting: BTreeSet<UnmodelledKey> = left.iter().map(|object| object.key()).collect();
        let is_free = |object: &Unmodelled| {
            !object.uses.iter().any(|used| {
                matches!(used, Object::Unmodelled(key) if waiting.contains(key) && **key != object.key())
            })
        };
        let (free, rest): (Vec<&Unmodelled>, Vec<&Unmodelled>) =
            left.iter().partition(|object| is_free(object));
        // A circle is left to the server: two functions with parsed bodies can call each other.
        let done = if free.is_empty() { &rest } else { &free };
        depths.extend(done.iter().map(|object| (object.key(), depth)));
        if free.is_empty() || rest.is_empty() {
            return depths;
        }
        left = rest;
    }
    depths
}
