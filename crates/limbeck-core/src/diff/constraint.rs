//! When two constraints differ.

use super::dependents::Disturbed;
use super::{Context, canonical, member};
use crate::op::{CommentOp, ConstraintOp, Operation};
use crate::schema::{Object, Table};

pub(super) fn diff(
    context: &mut Context<'_>,
    before: &Table,
    after: &Table,
    disturbed: &Disturbed,
) {
    let dialect = context.dialect;
    let table = &after.name;
    let changes = member::changes(
        &before.constraints,
        &after.constraints,
        |from, to| canonical::constraint(from, dialect) == canonical::constraint(to, dialect),
        |from| disturbed.constraint(table, from),
        |name| context.renames_member_to(table, name),
    );
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
