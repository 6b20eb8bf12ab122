//! What can be wrong with a set of revisions, or with a name for some of them.

use crate::revision::RevisionId;

/// Says what is wrong with a set of revisions, or with a name for some of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two files hold the same id.
    #[error("revision `{id}` is in two files: {first} and {second}")]
    DuplicateId {
        /// The id.
        id: RevisionId,
        /// One file.
        first: String,
        /// The other file.
        second: String,
    },
    /// Two files hold the same label.
    #[error("label `{label}` is in two files: {first} and {second}")]
    DuplicateLabel {
        /// The label.
        label: String,
        /// One file.
        first: String,
        /// The other file.
        second: String,
    },
    /// A parent is in no file.
    #[error("{file}: parent `{parent}` is in no file")]
    UnknownParent {
        /// The file that names it.
        file: String,
        /// The revision of that file.
        id: RevisionId,
        /// The parent.
        parent: RevisionId,
    },
    /// A revision in `depends_on` is in no file.
    #[error("{file}: `{dependency}` in `depends_on` is in no file")]
    UnknownDependency {
        /// The file that names it.
        file: String,
        /// The revision of that file.
        id: RevisionId,
        /// The revision that it depends on.
        dependency: RevisionId,
    },
    /// Revisions build on each other in a circle.
    #[error("revisions go in a circle: {}", circle(steps))]
    Cycle {
        /// The revisions with their files, each built on the one before it, the first on the last.
        steps: Vec<(RevisionId, String)>,
    },
    /// An identifier fits no revision.
    #[error("no revision is called `{text}`{}", did_you_mean(nearest))]
    UnknownRevision {
        /// The identifier.
        text: String,
        /// Ids that look like it.
        nearest: Vec<RevisionId>,
    },
    /// A label fits no revision.
    #[error("no revision has the label `{label}`")]
    UnknownLabel {
        /// The label.
        label: String,
    },
    /// A database is at a revision that is in no file.
    #[error("the database is at revision `{id}`, which is in no file")]
    UnknownCurrent {
        /// The revision.
        id: RevisionId,
    },
    /// The start of an id fits several revisions.
    #[error("`{text}` is the start of several revisions: {}", list(candidates))]
    Ambiguous {
        /// The identifier.
        text: String,
        /// The revisions that it fits.
        candidates: Vec<RevisionId>,
    },
    /// One head is asked for where there are several.
    #[error("there are several heads: {}", list(heads))]
    MultipleHeads {
        /// The heads.
        heads: Vec<RevisionId>,
    },
    /// A relative move would have to choose between branches.
    #[error("`{text}` would have to choose between branches: {}", list(branches))]
    Branched {
        /// The identifier.
        text: String,
        /// The revisions between which it would have to choose.
        branches: Vec<RevisionId>,
    },
    /// A relative move leaves the history.
    #[error("`{text}` goes beyond the history, which has {available} in that direction")]
    TooFar {
        /// The identifier.
        text: String,
        /// How many revisions there are in that direction.
        available: usize,
    },
    /// The target of a downgrade has not been run.
    #[error(
        "cannot downgrade to `{target}`: it has not been run, the database is at {}",
        current_list(current)
    )]
    NotApplied {
        /// The target.
        target: RevisionId,
        /// The revisions at which the database is.
        current: Vec<RevisionId>,
    },
}

fn list(ids: &[RevisionId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}

fn current_list(ids: &[RevisionId]) -> String {
    if ids.is_empty() {
        "the base".to_owned()
    } else {
        list(ids)
    }
}

/// `a.sql: builds on `b``, one after the other.
fn circle(steps: &[(RevisionId, String)]) -> String {
    let before = steps.iter().cycle().skip(steps.len().saturating_sub(1));
    let lines: Vec<String> = before
        .zip(steps)
        .map(|((parent, _), (id, file))| format!("{file}: `{id}` builds on `{parent}`"))
        .collect();
    lines.join(", ")
}

fn did_you_mean(ids: &[RevisionId]) -> String {
    if ids.is_empty() {
        String::new()
    } else {
        format!(": did you mean {}?", list(ids))
    }
}
