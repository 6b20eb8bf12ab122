//! The order of the objects that models do not describe among themselves: each behind what it uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::op::{Act, Operation, UnmodelledOp};
use crate::schema::{Object, Unmodelled, UnmodelledKey};

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
        match op.sides().act() {
            Act::Drop => drops.push(op),
            Act::Create | Act::Change => creations.push(op),
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
