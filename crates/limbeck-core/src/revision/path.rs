//! The way from some revisions to others: what an upgrade or a downgrade runs, and what a range holds.

use std::collections::BTreeSet;

use crate::revision::{Graph, GraphError, RevisionId};

/// What a downgrade goes down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DowngradeTarget {
    /// The revisions that stay, with all that they need; none for the base.
    pub revisions: Vec<RevisionId>,
    /// The revision whose line alone is taken back, with what needs it; without one, all that builds on
    /// the revisions.
    pub along: Option<RevisionId>,
}

impl DowngradeTarget {
    /// The base: everything is taken back.
    pub fn base() -> Self {
        Self::default()
    }

    /// Revisions: all that builds on them is taken back.
    pub fn to(revisions: impl Into<Vec<RevisionId>>) -> Self {
        Self {
            revisions: revisions.into(),
            along: None,
        }
    }
}

impl Graph {
    /// Returns what an upgrade runs, in its order: the targets and everything they need that the
    /// current revisions do not hold yet.
    ///
    /// # Errors
    ///
    /// When a current revision or a target is in no file.
    pub fn upgrade_path(
        &self,
        current: &[RevisionId],
        target: &[RevisionId],
    ) -> Result<Vec<&RevisionId>, GraphError> {
        let applied = self.applied(current)?;
        self.check_known(target)?;
        let mut path = self.marked(target);
        for (is_wanted, is_applied) in path.iter_mut().zip(&applied) {
            *is_wanted &= !is_applied;
        }
        Ok(self.chosen(&path).collect())
    }

    /// Returns what a downgrade runs, in its order: the children of the targets, or the bases when there
    /// is no target, and everything that needs one of these. What only depends on a target stays, since
    /// the target does, and so do branches that do not build on it.
    ///
    /// # Errors
    ///
    /// When a current revision is in no file, or a target has not been run.
    pub fn downgrade_path(
        &self,
        current: &[RevisionId],
        target: &DowngradeTarget,
    ) -> Result<Vec<&RevisionId>, GraphError> {
        let applied = self.applied(current)?;
        self.check_known(&target.revisions)?;
        let is_applied = |id: &RevisionId| self.place(id).is_some_and(|place| applied[place]);
        let missing = target.revisions.iter().find(|id| !is_applied(id));
        if let Some(missing) = missing {
            return Err(GraphError::NotApplied {
                target: missing.clone(),
                current: current.to_vec(),
            });
        }
        let above = self.above(target);
        let path = self.chosen(&applied).rev();
        Ok(path.filter(|id| above.contains(id)).collect())
    }

    /// Returns what a downgrade to a target takes back of a database that has run everything.
    pub fn above(&self, target: &DowngradeTarget) -> BTreeSet<&RevisionId> {
        let mut above: BTreeSet<&RevisionId> = if target.revisions.is_empty() {
            self.bases().into_iter().collect()
        } else {
            let targets = target.revisions.iter();
            targets.flat_map(|id| self.children(id)).collect()
        };
        if let Some(along) = &target.along {
            let line = self.lineage(along);
            above.retain(|id| line.contains(id));
        }
        let kept = self.with_ancestors(&target.revisions);
        above.retain(|id| !kept.contains(id));
        let needing = self.descendants_of(above.iter().copied());
        above.extend(needing);
        above
    }

    /// Returns the revisions from some up to others, both of them included: what the others need and
    /// builds on the first ones; without first ones, all that the others need.
    ///
    /// # Errors
    ///
    /// When one of them is in no file, or the others do not build on the first ones.
    pub fn range(
        &self,
        from: &[RevisionId],
        to: &[RevisionId],
    ) -> Result<Vec<&RevisionId>, GraphError> {
        self.check_known(from)?;
        self.check_known(to)?;
        let wanted = self.with_ancestors(to);
        if let Some(one) = from.iter().find(|id| !wanted.contains(id)) {
            return Err(GraphError::NotBefore {
                from: one.clone(),
                to: to.to_vec(),
            });
        }
        let before = self.ancestors_of(from);
        let mut chosen: BTreeSet<&RevisionId> = from.iter().collect();
        for id in self.order() {
            let builds_on = |parent: &RevisionId| chosen.contains(parent);
            let parents = self.get(id).map(|revision| revision.parents.as_slice());
            let is_above = parents.unwrap_or_default().iter().any(builds_on);
            if wanted.contains(id) && !before.contains(id) && (from.is_empty() || is_above) {
                chosen.insert(id);
            }
        }
        let range = self.order().iter();
        Ok(range.filter(|id| chosen.contains(id)).collect())
    }

    /// Returns these revisions and all that they need.
    pub(crate) fn with_ancestors(&self, ids: &[RevisionId]) -> BTreeSet<&RevisionId> {
        self.chosen(&self.marked(ids)).collect()
    }

    /// By place, whether a revision is one of these or needed by one.
    fn marked(&self, ids: &[RevisionId]) -> Vec<bool> {
        self.below(ids.iter().filter_map(|id| self.place(id)))
    }

    fn applied(&self, current: &[RevisionId]) -> Result<Vec<bool>, GraphError> {
        match current.iter().find(|id| self.get(id).is_none()) {
            Some(id) => Err(GraphError::UnknownCurrent { id: id.clone() }),
            None => Ok(self.marked(current)),
        }
    }

    fn check_known(&self, ids: &[RevisionId]) -> Result<(), GraphError> {
        match ids.iter().find(|id| self.get(id).is_none()) {
            Some(id) => Err(self.unknown(id.as_str())),
            None => Ok(()),
        }
    }
}
