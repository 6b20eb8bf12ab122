//! What errors of a folder's revisions are to somebody who runs the command.

use limbeck_core::revision::{Direction, GraphError, Located, RevisionId, SectionError};

use super::of;
use crate::command_error::{CommandError, Kind};
use crate::nearest::nearest;
use crate::workspace::Workspace;

pub(crate) fn graph(error: &GraphError) -> CommandError {
    let history = "limbeck history lists the revisions";
    let hint = match error {
        GraphError::UnknownRevision { text, .. } => {
            match nearest(text, ["head", "heads", "base", "current"]) {
                Some(word) => format!("did you mean `{word}`? {history}"),
                None => history.to_owned(),
            }
        }
        GraphError::UnknownLabel { .. }
        | GraphError::NotOnBranch { .. }
        | GraphError::NotBefore { .. } => history.to_owned(),
        GraphError::MultipleHeads { .. } => {
            "name one of them, or `heads` for all; to join them: limbeck merge heads".to_owned()
        }
        GraphError::UnknownParent { child, parent, .. } => missing(child, parent),
        GraphError::UnknownDependency {
            child, dependency, ..
        } => missing(child, dependency),
        GraphError::DuplicateId { second, .. } => format!(
            "give {} an id of its own, in its header and in its name",
            second.file
        ),
        GraphError::UnknownCurrent { .. } => {
            "restore its file, or tell the database where it is: limbeck stamp REVISION --purge"
                .to_owned()
        }
        GraphError::NotApplied { .. }
        | GraphError::TooFar { .. }
        | GraphError::NothingOnBranch { .. } => {
            "limbeck current shows where the database is, and limbeck history all revisions"
                .to_owned()
        }
        GraphError::Cycle { steps } => {
            let places: Vec<String> = steps.iter().map(|step| step.revision.place()).collect();
            format!(
                "name another revision in one of these lines: {}",
                places.join(", ")
            )
        }
        GraphError::Branched { text, .. } => {
            let steps = text.trim_start_matches(|sign| sign != '+' && sign != '-');
            format!(
                "name the revision itself instead of a number of steps, or a branch before it: LABEL@{steps}"
            )
        }
        GraphError::Ambiguous { .. } => "write more of its letters".to_owned(),
        GraphError::LabelIsId { labelled, .. } => {
            format!("give it another label: {}", labelled.place())
        }
        GraphError::DuplicateLabel { second, .. } => {
            format!("give one of them another label: {}", second.place())
        }
    };
    let kind = match error {
        GraphError::DuplicateId { .. }
        | GraphError::DuplicateLabel { .. }
        | GraphError::LabelIsId { .. }
        | GraphError::UnknownParent { .. }
        | GraphError::UnknownDependency { .. }
        | GraphError::Cycle { .. } => Kind::Config,
        GraphError::UnknownRevision { .. }
        | GraphError::UnknownLabel { .. }
        | GraphError::UnknownCurrent { .. }
        | GraphError::MultipleHeads { .. }
        | GraphError::Branched { .. }
        | GraphError::Ambiguous { .. }
        | GraphError::NotApplied { .. }
        | GraphError::NotOnBranch { .. }
        | GraphError::NothingOnBranch { .. }
        | GraphError::NotBefore { .. }
        | GraphError::TooFar { .. } => Kind::Usage,
    };
    of(kind, error).hint(hint)
}

/// How a revision that another one needs comes back.
fn missing(child: &Located, id: &RevisionId) -> String {
    format!(
        "restore its file, `git log --all -- '*{id}*'` tells where it was; or name another revision in {}",
        child.place()
    )
}

/// What a revision lacks for a database, and how it comes to it in this project.
pub(crate) fn section(workspace: &Workspace, error: &SectionError) -> CommandError {
    match error {
        SectionError::Pending { dialect, .. } | SectionError::Missing { dialect, .. }
            if !workspace.is_for(*dialect) => {}
        SectionError::Pending { .. }
        | SectionError::Missing { .. }
        | SectionError::Unwritten { .. } => return lacking(error),
    }
    of(Kind::Config, error).hint(format!(
        "if the project is for both: dialects = [\"postgres\", \"sqlite\"] in limbeck.toml, then: {COMPLETE}"
    ))
}

/// What a revision lacks, and how it comes to it.
pub(super) fn lacking(error: &SectionError) -> CommandError {
    let hint = match error {
        SectionError::Pending { .. } | SectionError::Missing { .. } => COMPLETE,
        SectionError::Unwritten {
            direction: Direction::Upgrade,
            ..
        } => "write its SQL there, or `-- nothing` if there is nothing to do",
        SectionError::Unwritten {
            direction: Direction::Downgrade,
            ..
        } => {
            "write the SQL there that undoes the upgrade, or `-- nothing`, or change the marker to \
             `-- downgrade: irreversible, <reason>`"
        }
    };
    of(Kind::Config, error).hint(hint)
}

/// Writes what any revision lacks.
const COMPLETE: &str = "limbeck revision --complete --all";
