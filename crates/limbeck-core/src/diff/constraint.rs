//! When two constraints differ.

use super::dependents::Disturbed;
use super::{Context, Pair, canonical, pairs};
use crate::op::{CommentOp, ConstraintOp, Operation};
use crate::schema::{Constraint, Object, Table};

pub(super) fn diff(
    context: &mut Context<'_>,
    before: &Table,
    after: &Table,
    disturbed: &Disturbed,
) {
    let dialect = context.dialect;
    let table = &after.name;
    let matched = pairs(
        before.constraints.values(),
        after.constraints.values(),
        |one| &one.name,
    );
    let mut dropped: Vec<&Constraint> = Vec::new();
    let mut added: Vec<&Constraint> = Vec::new();
    for pair in matched {
        match pair {
            Pair::Dropped(from) => dropped.push(from),
            Pair::Added(to) => added.push(to),
            Pair::Kept(from, to) => {
                let same =
                    canonical::constraint(from, dialect) == canonical::constraint(to, dialect);
                if !same || disturbed.constraint(table, from) {
                    dropped.push(from);
                    added.push(to);
                } else if from.comment != to.comment {
                    context.push(Operation::Comment(CommentOp {
                        object: Object::Constraint(table.clone(), to.name.clone()),
                        from: from.comment.clone(),
                        to: to.comment.clone(),
                    }));
                }
            }
        }
    }
    // What stays the same but for its name costs nothing to rename, and loses nothing.
    added.retain(|to| {
        if !context.renames_member_to(table, &to.name) {
            return true;
        }
        let twin = dropped.iter().position(|from| {
            from.name != to.name
                && from.comment == to.comment
                && !disturbed.constraint(table, from)
                && canonical::constraint(from, dialect) == canonical::constraint(to, dialect)
        });
        let Some(twin) = twin else { return true };
        let from = dropped.remove(twin);
        context.push(Operation::Constraint(ConstraintOp::Rename {
            table: table.clone(),
            from: from.name.clone(),
            to: to.name.clone(),
        }));
        false
    });
    for constraint in dropped {
        context.push(Operation::Constraint(ConstraintOp::Drop {
            table: table.clone(),
            constraint: constraint.clone(),
        }));
    }
    for constraint in added {
        context.push(Operation::Constraint(ConstraintOp::Add {
            table: table.clone(),
            constraint: constraint.clone(),
        }));
    }
}
