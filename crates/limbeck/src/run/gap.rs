//! The way back where something has been run without what it needs.

use limbeck_core::revision::{DowngradeTarget, Graph, RevisionId};

use crate::history::Applied;
use crate::run::{RunError, RunErrorKind};

/// Returns what a downgrade takes back, in its order. It may leave a gap behind it, or close one: what has not been run
/// is not taken back, and is no place to go to.
pub(super) fn downgrade_path<'a>(
    graph: &'a Graph,
    applied: &Applied,
    target: &DowngradeTarget,
) -> Result<Vec<&'a RevisionId>, RunError> {
    let mut path = graph.downgrade_path(&applied.heads(graph), target)?;
    if let Some(gap) = applied.gap(graph) {
        let run = applied.set();
        if target.revisions.iter().any(|id| !run.contains(id)) {
            return Err(RunErrorKind::Gap(Box::new(gap)).into());
        }
        path.retain(|id| run.contains(id));
    }
    Ok(path)
}
