//! How two lists of named members of a table differ: constraints, or indexes.

use std::collections::BTreeMap;

use super::{Pair, pairs};
use crate::schema::{Constraint, Index};

/// A member of a table that has a name and a comment.
pub(super) trait Member {
    fn name(&self) -> &str;
    fn comment(&self) -> Option<&str>;
}

impl Member for Constraint {
    fn name(&self) -> &str {
        &self.name
    }

    fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

impl Member for Index {
    fn name(&self) -> &str {
        &self.name
    }

    fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// What must be done to one list so that it equals another.
pub(super) struct Changes<'a, T> {
    pub(super) dropped: Vec<&'a T>,
    pub(super) added: Vec<&'a T>,
    pub(super) renamed: Vec<(&'a T, &'a T)>,
    /// Nothing but the comment differs.
    pub(super) commented: Vec<(&'a T, &'a T)>,
}

/// Compares two lists. `same` tells whether two members are equal but for name and comment,
/// `may_become` whether a name is free.
pub(super) fn changes<'a, T: Member>(
    before: &'a BTreeMap<String, T>,
    after: &'a BTreeMap<String, T>,
    same: impl Fn(&T, &T) -> bool,
    may_become: impl Fn(&str) -> bool,
) -> Changes<'a, T> {
    let mut changes = Changes {
        dropped: Vec::new(),
        added: Vec::new(),
        renamed: Vec::new(),
        commented: Vec::new(),
    };
    for pair in pairs(before.values(), after.values(), |one| one.name()) {
        match pair {
            Pair::Dropped(from) => changes.dropped.push(from),
            Pair::Added(to) => changes.added.push(to),
            Pair::Kept(from, to) if !same(from, to) => {
                changes.dropped.push(from);
                changes.added.push(to);
            }
            Pair::Kept(from, to) if from.comment() != to.comment() => {
                changes.commented.push((from, to));
            }
            Pair::Kept(..) => {}
        }
    }
    // What stays the same but for its name costs nothing to rename, and loses nothing.
    let Changes {
        dropped,
        added,
        renamed,
        ..
    } = &mut changes;
    added.retain(|to| {
        let is_twin = |from: &&T| {
            from.name() != to.name() && from.comment() == to.comment() && same(from, to)
        };
        let twin = may_become(to.name())
            .then(|| dropped.iter().position(is_twin))
            .flatten();
        let Some(twin) = twin else { return true };
        renamed.push((dropped.remove(twin), *to));
        false
    });
    changes
}
