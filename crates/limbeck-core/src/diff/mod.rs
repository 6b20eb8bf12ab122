//! What must be done to one schema so that it equals another.
//!
//! Both sides are lowered and normalised by then. What no schema can tell (is this a rename? may
//! that table go?) comes in as [`Decisions`]; what is still open comes back as [`Undecided`].

mod canonical;
mod column;
mod constant;
mod constraint;
mod decision;
mod enum_type;
mod evidence;
mod flag;
mod index;
mod inherit;
mod member;
mod rename;
mod sequence;
mod sql_object;
mod table;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::op::{NamespaceOp, Operation};
use crate::schema::{QualifiedName, Schema, Table};

pub use self::canonical::{is_same_default, without_order};
pub use self::decision::{Decisions, FillReason, Undecided, WhenUndecided};
pub use self::flag::{
    FlagError, FlagName, FlagProblem, Flags, fill_value, parse_renames, rename_value,
};
pub(crate) use self::inherit::{Sides, fills_by_default};
pub use self::inherit::{inherit, keep_validated};
pub use self::rename::{acting_hints, spent_hints};

/// The operations that turn `before` into `target`, renames first.
///
/// Facts of which `target` does not speak are taken over from `before`. The order of columns is not
/// compared, nor are the privileges of objects that are kept as SQL.
///
/// # Errors
///
/// The questions that `decisions` leave open.
pub fn diff(
    before: &Schema,
    target: &Schema,
    decisions: &Decisions,
    dialect: Dialect,
) -> Result<Vec<Operation>, Vec<Undecided>> {
    let mut context = Context::new(decisions, dialect);
    let state = rename::apply_decided(&mut context, before, target);
    context.taken = member_names(&state);
    let target = if target.tables.values().all(Table::is_whole) {
        Cow::Borrowed(target)
    } else {
        Cow::Owned(inherit(target.clone(), &state, dialect))
    };
    let sequence::Aligned {
        state,
        target,
        releases,
    } = sequence::align(&mut context, state, target);
    let state = state.as_ref();
    for name in target.namespaces.difference(&state.namespaces) {
        context.push(Operation::Namespace(NamespaceOp::Create(name.clone())));
    }
    for name in state.namespaces.difference(&target.namespaces) {
        if context.may_drop(crate::schema::Object::Namespace(name.clone())) {
            context.push(Operation::Namespace(NamespaceOp::Drop(name.clone())));
        }
    }
    enum_type::diff(&mut context, state, &target);
    sequence::diff(&mut context, state, &target);
    let sql_object::Changes { first, last } =
        sql_object::diff(&mut context, before, state, &target);
    table::diff(&mut context, state, &target);
    if context.undecided.is_empty() {
        return Ok([first, context.operations, releases, last].concat());
    }
    flag::name_in_questions(&mut context.undecided, state);
    Err(context.undecided)
}

/// `before` with the decided renames made: what facts are taken over from.
#[must_use]
pub fn after_renames<'a>(
    before: &'a Schema,
    target: &Schema,
    decisions: &Decisions,
    dialect: Dialect,
) -> Cow<'a, Schema> {
    rename::apply_decided(&mut Context::new(decisions, dialect), before, target)
}

/// What every comparison needs and adds to.
pub(crate) struct Context<'a> {
    decisions: &'a Decisions,
    dialect: Dialect,
    /// Names of constraints and indexes in the state after the decided renames.
    taken: BTreeSet<QualifiedName>,
    operations: Vec<Operation>,
    undecided: Vec<Undecided>,
}

impl<'a> Context<'a> {
    fn new(decisions: &'a Decisions, dialect: Dialect) -> Self {
        Self {
            decisions,
            dialect,
            taken: BTreeSet::new(),
            operations: Vec::new(),
            undecided: Vec::new(),
        }
    }

    fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Whether a constraint or index that stays the same gets its other name by a rename. A name
    /// that another one has would have to be freed first, and two could wait for each other.
    fn renames_member_to(&self, table: &QualifiedName, name: &str) -> bool {
        self.decisions.when_undecided == WhenUndecided::Ask
            && !self.taken.contains(&table.sibling(name))
    }

    /// Whether an object that only `before` has may be dropped; asks where it is not decided.
    fn may_drop(&mut self, object: crate::schema::Object) -> bool {
        let decided = self.decisions.when_undecided == WhenUndecided::DropAndCreate
            || self.decisions.drops.contains(&object);
        if !decided {
            let flag = String::new();
            self.undecided.push(Undecided::Drop { object, flag });
        }
        decided
    }
}

fn member_names(schema: &Schema) -> BTreeSet<QualifiedName> {
    let of_table = |table: &Table| -> Vec<QualifiedName> {
        table
            .constraints
            .keys()
            .chain(table.indexes.keys())
            .map(|name| table.name.sibling(name))
            .collect()
    };
    schema.tables.values().flat_map(of_table).collect()
}

/// A member of two lists: in one of them, or in both.
pub(crate) enum Pair<'a, T> {
    Dropped(&'a T),
    Added(&'a T),
    Kept(&'a T, &'a T),
}

/// Matches two lists by key: first what is dropped, then what is kept or added, in `to`'s order.
pub(crate) fn pairs<'a, T, K: Ord>(
    from: impl IntoIterator<Item = &'a T>,
    to: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
) -> Vec<Pair<'a, T>> {
    let from: Vec<(K, &T)> = from.into_iter().map(|item| (key(item), item)).collect();
    let to: Vec<(K, &T)> = to.into_iter().map(|item| (key(item), item)).collect();
    let by_key: std::collections::BTreeMap<&K, &T> =
        from.iter().map(|(key, item)| (key, *item)).collect();
    let kept: std::collections::BTreeSet<&K> = to.iter().map(|(key, _)| key).collect();
    let dropped = from
        .iter()
        .filter(|(key, _)| !kept.contains(key))
        .map(|(_, item)| Pair::Dropped(*item));
    let rest = to.iter().map(|(key, item)| match by_key.get(key) {
        Some(before) => Pair::Kept(*before, *item),
        None => Pair::Added(*item),
    });
    dropped.chain(rest).collect()
}
