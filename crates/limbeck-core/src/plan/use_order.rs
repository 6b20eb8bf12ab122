//! The order of the objects that models do not describe among themselves: each behind what it uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::op::{Act, Operation, SqlObjectOp};
use crate::schema::{Object, SqlObject, SqlObjectKey, SqlObjectKind};

/// The operations with the objects that models do not describe behind all others and in the order of
/// their dependencies: drops of what depends first, creations of what is depended on first. Extensions come before all that
/// may use something in them, which no object of a schema names, and go last.
#[must_use]
pub fn in_order_of_use(operations: Vec<Operation>) -> Vec<Operation> {
    let (mut drops, mut others) = (Vec::new(), Vec::new());
    let mut creations = Vec::new();
    for operation in operations {
        let Operation::SqlObject(op) = operation else {
            others.push(operation);
            continue;
        };
        match op.sides().act() {
            Act::Drop => drops.push(op),
            Act::Create | Act::Change => creations.push(op),
        }
    }
    let depths_of =
        |ops: &[SqlObjectOp]| depths(&ops.iter().map(SqlObjectOp::subject).collect::<Vec<_>>());
    let depths = depths_of(&drops);
    drops.sort_by_key(|op| {
        (
            is_extension(op),
            std::cmp::Reverse(depths[&op.subject().key()]),
        )
    });
    let depths = depths_of(&creations);
    creations.sort_by_key(|op| (!is_extension(op), depths[&op.subject().key()]));
    let sql_objects = drops.into_iter().chain(creations);
    others.extend(sql_objects.map(Operation::SqlObject));
    others
}

fn is_extension(op: &SqlObjectOp) -> bool {
    op.subject().kind == SqlObjectKind::Extension
}

/// How many of the objects stand under each one, one upon the other.
fn depths(objects: &[&SqlObject]) -> BTreeMap<SqlObjectKey, usize> {
    let mut depths: BTreeMap<SqlObjectKey, usize> = BTreeMap::new();
    let mut left = objects.to_vec();
    for depth in 0.. {
        let waiting: BTreeSet<SqlObjectKey> = left.iter().map(|object| object.key()).collect();
        let is_free = |object: &SqlObject| {
            !object.uses.iter().any(|used| {
                matches!(used, Object::SqlObject(key) if waiting.contains(key) && **key != object.key())
            })
        };
        let (free, rest): (Vec<&SqlObject>, Vec<&SqlObject>) =
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedName;

    #[test]
    fn extensions_come_first_and_go_last() {
        let object = |kind, name: &str| SqlObject::new(kind, QualifiedName::new(name));
        let base = object(SqlObjectKind::Extension, "z_base");
        let mut upon = object(SqlObjectKind::Extension, "upon");
        upon.uses.insert(Object::SqlObject(Box::new(base.key())));
        let all = [
            object(SqlObjectKind::Partition, "a"),
            object(SqlObjectKind::Domain, "d"),
            upon,
            object(SqlObjectKind::Function, "f"),
            base,
        ];
        let names = |operations: Vec<Operation>| -> Vec<String> {
            let names = in_order_of_use(operations).into_iter();
            names.map(|one| one.object().to_string()).collect()
        };
        let created = all.iter().cloned().map(SqlObjectOp::Create);
        let created = names(created.map(Operation::SqlObject).collect());
        assert_eq!(created, ["z_base", "upon", "a", "d", "f"]);
        let dropped = all.iter().cloned().map(SqlObjectOp::Drop);
        let dropped = names(dropped.map(Operation::SqlObject).collect());
        assert_eq!(dropped, ["a", "d", "f", "upon", "z_base"]);
    }
}
