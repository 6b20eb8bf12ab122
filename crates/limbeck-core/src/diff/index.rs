//! When two indexes differ.

use super::{Context, canonical, member};
use crate::op::{CommentOp, IndexOp, Operation};
use crate::schema::{Object, Table};

pub(super) fn diff(context: &mut Context<'_>, before: &Table, after: &Table) {
    let dialect = context.dialect;
    let table = &after.name;
    let changes = member::changes(
        &before.indexes,
        &after.indexes,
        |from, to| canonical::index(from, dialect) == canonical::index(to, dialect),
        |name| context.renames_member_to(table, name),
    );
    for (from, to) in changes.commented {
        context.push(Operation::Comment(CommentOp {
            object: Object::Index(table.clone(), to.name.clone()),
            from: from.comment.clone(),
            to: to.comment.clone(),
        }));
    }
    for (from, to) in changes.renamed {
        context.push(Operation::Index(IndexOp::Rename {
            table: table.clone(),
            from: from.clone(),
            to: to.name.clone(),
        }));
    }
    for index in changes.dropped {
        context.push(Operation::Index(IndexOp::Drop {
            table: table.clone(),
            index: index.clone(),
        }));
    }
    for index in changes.added {
        context.push(Operation::Index(IndexOp::Create {
            table: table.clone(),
            index: index.clone(),
        }));
    }
}
