//! When two enum types differ.

use super::{Context, Pair, Undecided, pairs, rename};
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
                let object = Object::Enum(from.name.clone());
                let twin = added.iter().find(|to| to.values == from.values);
                if let Some(to) = twin
                    && rename::asks(context.decisions, &object)
                {
                    context.undecided.push(Undecided::Rename {
                        from: object,
                        to: Object::Enum(to.name.clone()),
                        evidence: "same values".to_owned(),
                    });
                } else if context.may_drop(object) {
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
    for old in removed {
        let object = Object::EnumValue(from.name.clone(), old.to_owned());
        let place = from.values.iter().position(|value| value == old);
        let twin = place
            .and_then(|place| to.values.get(place))
            .filter(|value| added.contains(&value.as_str()));
        if let Some(new) = twin
            && rename::asks(context.decisions, &object)
        {
            context.undecided.push(Undecided::Rename {
                from: object,
                to: Object::EnumValue(to.name.clone(), new.clone()),
                evidence: "same place".to_owned(),
            });
        }
    }
    context.push(Operation::Enum(operation));
}
