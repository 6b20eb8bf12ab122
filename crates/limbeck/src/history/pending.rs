//! What a history lacks of the revisions.
//!
//! A head that has been run does not say that all below it have: they are asked one by one.

use std::collections::BTreeSet;

use limbeck_core::revision::{Gap, Graph, RevisionId};

use super::Applied;
impl Applied {
    /// Returns what of the files has not been run, from the bases to the heads.
    #[must_use]
    pub fn pending(&self, graph: &Graph) -> Vec<RevisionId> {
        let run = self.set();
        let all = graph.iter().map(|revision| &revision.id);
        all.filter(|id| !run.contains(id)).cloned().collect()
    }

    /// Returns what has been run without what it needs, and what leads out of that; an upgrade refuses it.
    #[must_use]
    pub fn gap(&self, graph: &Graph) -> Option<Gap> {
        let mut gap = graph.gap(self.revisions.iter().map(|row| &row.id))?;
        // What was run on it tells that it had been run then: it is its row that is gone, and not its place that is new.
        let mut run_on = self
            .revisions
            .iter()
            .flat_map(|row| row.parents.iter().flatten());
        if run_on.any(|id| gap.missing.contains(id)) {
            gap.last.clear();
        }
        Some(gap)
    }

    /// The ids of what has been run.
    pub(crate) fn set(&self) -> BTreeSet<&RevisionId> {
        self.revisions.iter().map(|row| &row.id).collect()
    }
}
