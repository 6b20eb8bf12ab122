//! When two enum types differ.

use super::{Context, Pair, pairs, rename};
use crate::op::{CommentOp, EnumOp, Operation};
use crate::schema::{EnumType, Object, RenamedFrom, Schema};

pub(super) fn diff(context: &mut Context<'_>, before: &Schema, target: &Schema) {
    let matched = pairs(before.enums.values(), target.enums.values(), |one| {
        &one.name
    });
    let added: Vec<&EnumType> = matched
        .iter()
        .filter_map(|pair| match pair {
            Pair::Added(to) => Some(*to),
            Pair::Dropped(_) | Pair::Kept(..) => None,
        })
        .collect();
    for pair in matched {
        match pair {
            Pair::Added(to) => context.push(Operation::Enum(EnumOp::Create(to.clone()))),
            Pair::Dropped(from) => {
                let asked = rename::ask_about_enum(context, (before, from), (target, &added));
                if !asked && context.may_drop(Object::Enum(from.name.clone())) {
                    context.push(Operation::Enum(EnumOp::Drop(from.clone())));
                }
            }
            Pair::Kept(from, to) => {
                values(context, from, to);
                if from.comment != to.comment {
                    context.push(Operation::Comment(CommentOp {
                        object: Object::Enum(to.name.clone()),
                        from: from.comment.clone(),
                        to: to.comment.clone(),
                    }));
                }
            }
        }
    }
}

fn values(context: &mut Context<'_>, from: &EnumType, to: &EnumType) {
    if from.values == to.values {
        return;
    }
    let renamed: Vec<(String, String)> = context
        .decisions
        .renames
        .iter()
        .filter_map(|rename| {
            let RenamedFrom::EnumValue {
                enum_type,
                from: old,
                to: new,
            } = rename
            else {
                return None;
            };
            (*enum_type == to.name).then(|| (old.clone(), new.clone()))
        })
        .filter(|(old, new)| {
            from.values.contains(old)
                && !from.values.contains(new)
                && to.values.contains(new)
                && !to.values.contains(old)
        })
        .collect();
    let operation = EnumOp::Alter {
        from: from.clone(),
        to: EnumType {
            comment: from.comment.clone(),
            ..to.clone()
        },
        renamed,
    };
    let removed = operation.removed_values();
    let added = operation.added_values();
    rename::ask_about_values(context, from, to, &removed, &added);
    context.push(Operation::Enum(operation));
}
