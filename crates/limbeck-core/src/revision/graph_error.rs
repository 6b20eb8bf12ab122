//! What can be wrong with a set of revisions, or with a name for some of them.

use crate::revision::{Located, RevisionId};

/// Says what is wrong with a set of revisions, or with a name for some of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two files hold the same id.
    #[error("revision `{}` is in two files: {} and {}", first.id, first.place(), second.place())]
    DuplicateId {
        /// One of them.
        first: Box<Located>,
        /// The other one.
        second: Box<Located>,
    },
    /// Two files hold the same label.
    #[error("label `{label}` is in two files: {} and {}", first.place(), second.place())]
    DuplicateLabel {
        /// The label.
        label: String,
        /// One of them.
        first: Box<Located>,
        /// The other one.
        second: Box<Located>,
    },
    /// A label is the id of a revision, too.
    #[error("{}: the label `{}` is the id of {}", labelled.place(), named.id, named.place())]
    LabelIsId {
        /// The revision that carries the label.
        labelled: Box<Located>,
        /// The revision that is called so.
        named: Box<Located>,
    },
    /// A parent is in no file.
    #[error("{}: parent `{parent}` is in no file{}", child.place(), did_you_mean(nearest))]
    UnknownParent {
        /// The revision that names it.
        child: Box<Located>,
        /// The parent.
        parent: RevisionId,
        /// Revisions whose ids look like it.
        nearest: Vec<Located>,
    },
    /// A revision in `depends_on` is in no file.
    #[error(
        "{}: `{dependency}` in `depends_on` is in no file{}",
        child.place(),
        did_you_mean(nearest)
    )]
    UnknownDependency {
        /// The revision that names it.
        child: Box<Located>,
        /// The revision that it depends on.
        dependency: RevisionId,
        /// Revisions whose ids look like it.
        nearest: Vec<Located>,
    },
    /// Revisions need each other in a circle.
    #[error("revisions go in a circle: {}", circle(steps))]
    Cycle {
        /// Each needs the one before it, the first one the last.
        steps: Vec<CycleStep>,
    },
    /// An identifier fits no revision.
    #[error("no revision is called `{text}`{}", did_you_mean(nearest))]
    UnknownRevision {
        /// The identifier.
        text: String,
        /// Revisions whose ids look like it.
        nearest: Vec<Located>,
    },
    /// A label fits no revision.
    #[error("no revision has the label `{label}`{}", did_you_mean_label(nearest))]
    UnknownLabel {
        /// The label.
        label: String,
        /// Labels that look like it.
        nearest: Vec<String>,
    },
    /// A revision is asked for on a branch that it is not on.
    #[error("{revision} is not on the branch `{branch}`")]
    NotOnBranch {
        /// The revision.
        revision: Box<Located>,
        /// The branch, as it was called.
        branch: String,
    },
    /// Nothing of a branch has been run, or is there.
    #[error("there is nothing of the branch `{branch}` to start from")]
    NothingOnBranch {
        /// The branch, as it was called.
        branch: String,
    },
    /// A range goes from what its end does not build on.
    #[error("{} does not build on `{from}`", current_list(to))]
    NotBefore {
        /// Where it begins.
        from: RevisionId,
        /// Where it ends.
        to: Vec<RevisionId>,
    },
    /// A database is at a revision that is in no file.
    #[error("the database is at revision `{id}`, which is in no file")]
    UnknownCurrent {
        /// The revision.
        id: RevisionId,
    },
    /// The start of an id fits several revisions.
    #[error("`{text}` is the start of several revisions: {}", located(candidates))]
    Ambiguous {
        /// The identifier.
        text: String,
        /// The revisions that it fits.
        candidates: Vec<Located>,
    },
    /// One head is asked for where there are several.
    #[error("there are several heads: {}", located(heads))]
    MultipleHeads {
        /// The heads.
        heads: Vec<Located>,
    },
    /// A relative move would have to choose between branches.
    #[error(
        "`{text}` would have to choose between branches: {}",
        located(branches)
    )]
    Branched {
        /// The identifier.
        text: String,
        /// The revisions between which it would have to choose.
        branches: Vec<Located>,
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

/// A revision of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleStep {
    /// The revision, at the line of its header that names the other one.
    pub revision: Located,
    /// What the other one is to it.
    pub how: Needs,
    /// The revision that it needs.
    pub needed: RevisionId,
}

/// What a revision is to another that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A parent.
    Parent,
    /// One of `depends_on`.
    Dependency,
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

fn located(revisions: &[Located]) -> String {
    let revisions: Vec<String> = revisions.iter().map(ToString::to_string).collect();
    revisions.join(", ")
}

/// `` a.sql:4: `a` builds on `b` ``, one after the other.
fn circle(steps: &[CycleStep]) -> String {
    let lines = steps.iter().map(|step| {
        let CycleStep {
            revision, needed, ..
        } = step;
        let how = match step.how {
            Needs::Parent => "builds on",
            Needs::Dependency => "depends on",
        };
        format!("{}: `{}` {how} `{needed}`", revision.place(), revision.id)
    });
    lines.collect::<Vec<_>>().join(", ")
}

fn did_you_mean(nearest: &[Located]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!(": did you mean {}?", located(nearest))
    }
}

fn did_you_mean_label(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = nearest.iter().map(|label| format!("`{label}`")).collect();
    format!(": did you mean {}?", labels.join(", "))
}
