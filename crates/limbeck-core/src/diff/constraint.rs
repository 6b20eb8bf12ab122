//! When two constraints differ.

use super::{Context, canonical, member};
use crate::op::{CommentOp, ConstraintOp, Operation};
use crate::schema::{Constraint, Object, Table};

pub(super) fn diff(context: &mut Context<'_>, before: &Table, after: &Table) {
    let dialect = context.dialect;
    let table = &after.name;
    let mut changes = member::changes(
        &before.constraints,
        &after.constraints,
        |from, to| canonical::constraint(from, dialect) == canonical::constraint(to, dialect),
        |name| context.renames_member_to(table, name),
    );
    // The same rule, known to hold for more or fewer of the rows.
    changes.added.retain(|to| {
        let is_same = |from: &Constraint| {
            let (from, to) = (
                canonical::constraint(from, dialect),
                canonical::constraint(to, dialect),
            );
            from.validated() == to.validated()
        };
        let mut dropped = changes.dropped.iter();
        let place = dropped.position(|from| from.name == to.name && is_same(from));
        let Some(place) = place else { return true };
        let from = changes.dropped.remove(place);
        let validated = Constraint {
            comment: from.comment.clone(),
            ..(*to).clone()
        };
        if from.comment != to.comment {
            changes.commented.push((from, to));
        }
        context.push(Operation::Constraint(ConstraintOp::Validate {
            table: table.clone(),
            from: from.clone(),
            to: validated,
        }));
        false
    });
    for (from, to) in changes.commented {
        context.push(Operation::Comment(CommentOp {
            object: Object::Constraint(table.clone(), to.name.clone()),
            from: from.comment.clone(),
            to: to.comment.clone(),
        }));
    }
    for (from, to) in changes.renamed {
        context.push(Operation::Constraint(ConstraintOp::Rename {
            table: table.clone(),
            from: from.name.clone(),
            to: to.name.clone(),
            unnamed: [from.unnamed, to.unnamed],
        }));
    }
    for constraint in changes.dropped {
        context.push(Operation::Constraint(ConstraintOp::Drop {
            table: table.clone(),
            constraint: constraint.clone(),
        }));
    }
    for constraint in changes.added {
        context.push(Operation::Constraint(ConstraintOp::Add {
            table: table.clone(),
            constraint: constraint.clone(),
        }));
    }
}
