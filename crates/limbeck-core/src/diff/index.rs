//! When two indexes differ.

use super::dependents::Disturbed;
use super::{Context, Pair, canonical, pairs};
use crate::op::{CommentOp, IndexOp, Operation};
use crate::schema::{Index, Object, Table};

pub(super) fn diff(
    context: &mut Context<'_>,
    before: &Table,
    after: &Table,
    disturbed: &Disturbed,
) {
    let dialect = context.dialect;
    let table = &after.name;
    let mut dropped: Vec<&Index> = Vec::new();
    let mut added: Vec<&Index> = Vec::new();
    for pair in pairs(before.indexes.values(), after.indexes.values(), |one| {
        &one.name
    }) {
        match pair {
            Pair::Dropped(from) => dropped.push(from),
            Pair::Added(to) => added.push(to),
            Pair::Kept(from, to) => {
                let same = canonical::index(from, dialect) == canonical::index(to, dialect);
                if !same || disturbed.index(table, from) {
                    dropped.push(from);
                    added.push(to);
                } else if from.comment != to.comment {
                    context.push(Operation::Comment(CommentOp {
                        object: Object::Index(table.clone(), to.name.clone()),
                        from: from.comment.clone(),
                        to: to.comment.clone(),
                    }));
                }
            }
        }
    }
    // What stays the same but for its name need not be built again.
    added.retain(|to| {
        if !context.renames_member_to(table, &to.name) {
            return true;
        }
        let twin = dropped.iter().position(|from| {
            from.name != to.name
                && from.comment == to.comment
                && !disturbed.index(table, from)
                && canonical::index(from, dialect) == canonical::index(to, dialect)
        });
        let Some(twin) = twin else { return true };
        let from = dropped.remove(twin);
        context.push(Operation::Index(IndexOp::Rename {
            table: table.clone(),
            from: from.clone(),
            to: to.name.clone(),
        }));
        false
    });
    for index in dropped {
        context.push(Operation::Index(IndexOp::Drop {
            table: table.clone(),
            index: index.clone(),
        }));
    }
    for index in added {
        context.push(Operation::Index(IndexOp::Create {
            table: table.clone(),
            index: index.clone(),
        }));
    }
}
