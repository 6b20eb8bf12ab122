//! Where a database is, as seen from a binary.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Gap, Graph, RevisionId};

use crate::history::{Applied, AppliedRevision, Half};

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The dialect of the database.
    pub dialect: Dialect,
    /// The revisions at which it is: what has been run and nothing builds on.
    pub current: Vec<RevisionId>,
    /// What has not been run, in the order of an upgrade to all heads.
    pub pending: Vec<RevisionId>,
    /// Something has been run without what it needs, which is pending: an upgrade refuses that.
    pub gap: Option<Gap>,
    /// What has been run and is not in this binary.
    pub unknown: Vec<AppliedRevision>,
    /// What has been run and says something else by now.
    pub changed: Vec<RevisionId>,
    /// A revision of this binary that was begun and not finished.
    pub half: Option<Half>,
    /// One that is not in this binary: a newer release is on its way, or has stopped.
    pub unknown_half: Option<Half>,
}

impl Status {
    pub(super) fn new(graph: &Graph, applied: &Applied, dialect: Dialect) -> Self {
        let unknown = applied.revisions.iter();
        let (half, unknown_half) = match &applied.half {
            Some(half) if graph.get(&half.id).is_none() => (None, Some(half.clone())),
            half => (half.clone(), None),
        };
        Self {
            dialect,
            current: applied.heads(graph),
            pending: applied.pending(graph),
            gap: applied.gap(graph),
            unknown: unknown
                .filter(|row| graph.get(&row.id).is_none())
                .cloned()
                .collect(),
            changed: applied.changed(graph, dialect),
            half,
            unknown_half,
        }
    }

    /// Whether everything of this binary has been run.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        self.pending.is_empty() && self.half.is_none()
    }

    /// Whether a newer release has been at the database, or is at it.
    pub(super) fn is_newer(&self) -> bool {
        !self.unknown.is_empty() || self.unknown_half.is_some()
    }
}
