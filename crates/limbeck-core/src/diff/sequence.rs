//! When two sequences differ, and when one of them is behind a column that the server numbers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Context, Pair, pairs, rename};
use crate::op::{Adoption, Operation, SequenceOp};
use crate::schema::{
    Column, Expression, Identity, IdentityKind, Object, QualifiedName, Schema, Sequence, Table,
};

/// Both sides with a sequence that stands on its own in one of them, and is a serial column's in the
/// other, behind its column. The numbers go on that way: one sequence is changed, instead of one
/// being dropped and another made.
pub(super) struct Aligned<'a> {
    pub(super) state: Cow<'a, Schema>,
    pub(super) target: Cow<'a, Schema>,
    /// What has to be taken apart in the end.
    pub(super) releases: Vec<Operation>,
}

pub(super) fn align<'a>(
    context: &mut Context<'_>,
    state: Cow<'a, Schema>,
    target: Cow<'a, Schema>,
) -> Aligned<'a> {
    let adopted = adoptions(&state, &target);
    let released = adoptions(&target, &state);
    let (mut state, mut target) = (state, target);
    for adoption in adopted {
        let operation = Operation::Sequence(SequenceOp::Adopt(adoption));
        let applied = operation.apply(state.to_mut(), context.dialect);
        if applied.is_ok() {
            context.push(operation);
        }
    }
    let mut releases = Vec::new();
    for adoption in released {
        // What models say apart is one thing to a server.
        let is_in_name_only = adoption.is_owned() && adoption.is_default();
        let adopt = Operation::Sequence(SequenceOp::Adopt(adoption));
        let applied = adopt.apply(target.to_mut(), context.dialect);
        if applied.is_ok() && !is_in_name_only {
            releases.push(adopt.inverse());
        }
    }
    for (from, to) in renamed(&state, &target) {
        let operation = Operation::Sequence(SequenceOp::Rename { from, to });
        let applied = operation.apply(state.to_mut(), context.dialect);
        if applied.is_ok() {
            context.push(operation);
        }
    }
    Aligned {
        state,
        target,
        releases,
    }
}

/// The sequences behind columns on both sides that differ in their names.
fn renamed(state: &Schema, target: &Schema) -> Vec<(QualifiedName, QualifiedName)> {
    let mut renamed = Vec::new();
    for (name, table) in &target.tables {
        let Some(former) = state.tables.get(name).filter(|former| *former != table) else {
            continue;
        };
        for column in &table.columns {
            let from = former
                .column(&column.name)
                .and_then(|from| from.identity.as_ref());
            let (Some(from), Some(to)) = (from, &column.identity) else {
                continue;
            };
            let is_serial = |one: &Identity| one.kind == IdentityKind::Serial;
            let [from, to] =
                [from, to].map(|one| (is_serial(one), one.sequence_name(name, &column.name)));
            // Another way of numbering makes a sequence of its own.
            if from.0 == to.0 && from.1 != to.1 {
                renamed.push((from.1, to.1));
            }
        }
    }
    renamed
}

/// The sequences that `schema` alone has and that are behind a column in `other`.
fn adoptions(schema: &Schema, other: &Schema) -> Vec<Adoption> {
    let mut taken = BTreeSet::new();
    let mut adoptions = Vec::new();
    let alone = |sequence: &&Sequence| !other.sequences.contains_key(&sequence.name);
    if !schema.sequences.values().any(|one| alone(&one)) {
        return adoptions;
    }
    for table in schema.tables.values() {
        let Some(numbered) = other.tables.get(&table.name) else {
            continue;
        };
        for apart in &table.columns {
            let Some(identity) = numbered
                .column(&apart.name)
                .and_then(|column| column.identity.as_ref())
            else {
                continue;
            };
            let best = schema
                .sequences
                .values()
                .filter(alone)
                .filter(|sequence| !taken.contains(&sequence.name))
                .filter_map(|sequence| Some((claim(sequence, table, apart, identity)?, sequence)))
                .max_by_key(|(claim, _)| *claim);
            let Some((_, sequence)) = best else { continue };
            taken.insert(sequence.name.clone());
            let serial = sequence.as_serial(apart);
            adoptions.push(Adoption {
                sequence: sequence.clone(),
                table: table.name.clone(),
                serial: serial.with_usual_sequence_unsaid(&table.name),
                apart: apart.clone(),
            });
        }
    }
    adoptions
}

/// Why a sequence is the one that numbers a column on the other side; the strongest reason last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// It has the name.
    Name,
    /// The column owns it.
    Owned,
    /// The column's default calls it.
    Called,
}

fn claim(sequence: &Sequence, table: &Table, apart: &Column, identity: &Identity) -> Option<Claim> {
    let owner = sequence.owned_by.as_ref();
    let owns =
        |(owner, column): &(QualifiedName, String)| *owner == table.name && *column == apart.name;
    let can_be = apart.identity.is_none()
        && apart.generated.is_none()
        && apart.data_type.is_integer()
        && sequence.name.schema == table.name.schema
        && sequence.unlogged <= table.options.unlogged
        && owner.is_none_or(owns);
    let called = apart.default.as_ref().and_then(Expression::called_sequence);
    let is_named = || identity.sequence_name(&table.name, &apart.name) == sequence.name;
    if !can_be {
        None
    } else if called.as_ref() == Some(&sequence.name) {
        Some(Claim::Called)
    } else if owner.is_some() {
        Some(Claim::Owned)
    } else {
        is_named().then_some(Claim::Name)
    }
}

pub(super) fn diff(context: &mut Context<'_>, before: &Schema, target: &Schema) {
    let matched = pairs(
        before.sequences.values(),
        target.sequences.values(),
        |one| &one.name,
    );
    let added: Vec<&Sequence> = matched
        .iter()
        .filter_map(|pair| match pair {
            Pair::Added(to) => Some(*to),
            Pair::Dropped(_) | Pair::Kept(..) => None,
        })
        .collect();
    for pair in matched {
        match pair {
            Pair::Added(to) => context.push(Operation::Sequence(SequenceOp::Create(to.clone()))),
            Pair::Dropped(from) => {
                if goes_with_its_owner(from, target) {
                    context.push(Operation::Sequence(SequenceOp::Drop(from.clone())));
                    continue;
                }
                let asked = rename::ask_about_sequence(context, (before, from), (target, &added));
                if !asked && context.may_drop(Object::Sequence(from.name.clone())) {
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
