//! When two sequences differ.

use super::{Context, Pair, pairs};
use crate::op::{Operation, SequenceOp};
use crate::schema::{Object, Schema, Sequence};

pub(super) fn diff(context: &mut Context<'_>, before: &Schema, target: &Schema) {
    let matched = pairs(
        before.sequences.values(),
        target.sequences.values(),
        |one| &one.name,
    );
    for pair in matched {
        match pair {
            Pair::Added(to) => context.push(Operation::Sequence(SequenceOp::Create(to.clone()))),
            Pair::Dropped(from) => {
                if goes_with_its_owner(from, target)
                    || context.may_drop(Object::Sequence(from.name.clone()))
                {
                    context.push(Operation::Sequence(SequenceOp::Drop(from.clone())));
                }
            }
            Pair::Kept(from, to) if from != to => {
                context.push(Operation::Sequence(SequenceOp::Alter {
                    from: from.clone(),
                    to: to.clone(),
                }));
            }
            Pair::Kept(..) => {}
        }
    }
}

/// Whether the column that owns the sequence has another way to number itself, or is gone: the
/// sequence is not a thing of its own then.
fn goes_with_its_owner(sequence: &Sequence, target: &Schema) -> bool {
    let Some((table, column)) = &sequence.owned_by else {
        return false;
    };
    let column = target
        .tables
        .get(table)
        .and_then(|table| table.column(column));
    column.is_none_or(|column| column.default.is_none())
}
