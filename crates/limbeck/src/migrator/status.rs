//! Where a database is, as seen from a binary.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, GraphError, RevisionId};

use crate::history::{Applied, AppliedRevision, Half};

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The dialect of the database.
    pub dialect: Dialect,
    /// The revisions at which it is: what has been run and nothing builds on.
    pub current: Vec<RevisionId>,
    /// What an upgrade to all heads would run, in that order.
    pub pending: Vec<RevisionId>,
    /// What has been run and is not in this binary.
    pub unknown: Vec<AppliedRevision>,
    /// What has been run and says something else by now.
    pub changed: Vec<RevisionId>,
    /// A revision that was begun and not finished.
    pub half: Option<Half>,
}

impl Status {
    pub(super) fn new(
        graph: &Graph,
        applied: &Applied,
        dialect: Dialect,
    ) -> Result<Self, GraphError> {
        let current = applied.heads(graph);
        let heads: Vec<RevisionId> = graph.heads().into_iter().cloned().collect();
        let pending = graph.upgrade_path(&current, &heads)?;
        let unknown = applied.revisions.iter();
        Ok(Self {
            dialect,
            pending: pending.into_iter().cloned().collect(),
            unknown: unknown
                .filter(|row| graph.get(&row.id).is_none())
                .cloned()
                .collect(),
            changed: applied.changed(graph, dialect),
            half: applied.half.clone(),
            current,
        })
    }

    /// Whether everything of this binary has been run.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        self.pending.is_empty() && self.half.is_none()
    }
}
