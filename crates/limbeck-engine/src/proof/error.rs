//! What does not hold of a revision.

use std::path::PathBuf;

use limbeck_core::dialect::Dialect;
use limbeck_core::op::Operation;
use limbeck_core::revision::Direction;
use limbeck_core::schema::QualifiedName;

use crate::ask::AskError;
use crate::inspect::InspectError;
use crate::state::{Part, StateError};

/// Why a revision is not proven.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The upgrade ends elsewhere than at the models.
    #[error("after the upgrade the {dialect} database still differs from the models")]
    NotTheModels {
        /// The dialect.
        dialect: Dialect,
        /// What would still have to be done.
        operations: Vec<Operation>,
    },
    /// The downgrade does not lead back.
    #[error("the downgrade does not lead back to the state before the upgrade on {dialect}")]
    NotRestored {
        /// The dialect.
        dialect: Dialect,
        /// What differs, in sentences.
        differences: Vec<String>,
    },
    /// The second upgrade ends elsewhere than the first.
    #[error(
        "upgrade, downgrade and upgrade again ends elsewhere than the first upgrade on {dialect}"
    )]
    NotRepeatable {
        /// The dialect.
        dialect: Dialect,
        /// What differs, in sentences.
        differences: Vec<String>,
    },
    /// Values that are none of the revision's business are changed or gone.
    #[error("the {direction} changes rows that it should leave as they are, on {dialect}")]
    RowsChanged {
        /// The dialect.
        dialect: Dialect,
        /// After which way it was seen; after the downgrade means after both.
        direction: Direction,
        /// What `-- loses:` would have to name.
        objects: Vec<String>,
        /// An example of each, in sentences.
        differences: Vec<String>,
    },
    /// Values are gone for good, and no comment says so.
    #[error("the {direction} loses values and does not say so, on {dialect}")]
    ValuesLost {
        /// The dialect.
        dialect: Dialect,
        /// Which way loses them.
        direction: Direction,
        /// What `-- loses:` would have to name.
        objects: Vec<String>,
        /// An example of each, in sentences.
        differences: Vec<String>,
    },
    /// A sequence or the like gives a number that is taken.
    #[error("after the {direction} the next row of `{table}` is refused, on {dialect}: {reason}")]
    NextRowRefused {
        /// The dialect.
        dialect: Dialect,
        /// After which way it was seen.
        direction: Direction,
        /// The table.
        table: QualifiedName,
        /// The column, and the number that is taken.
        reason: String,
    },
    /// A default that was none of a row's troubles before is no value of its column.
    #[error(
        "after the {direction} no row can leave `{table}.{column}` to its default, on {dialect}: {reason}"
    )]
    DefaultRefused {
        /// The dialect.
        dialect: Dialect,
        /// After which way it was seen.
        direction: Direction,
        /// The table.
        table: QualifiedName,
        /// The column.
        column: String,
        /// What the database says.
        reason: String,
    },
    /// Rows are brought for a revision that is not there.
    #[error("{} brings rows for revision `{id}`, which is not there", path.display())]
    StrayFixture {
        /// The fixture.
        path: PathBuf,
        /// The revision that its name names.
        id: String,
    },
    /// A comment announces something about what is not there.
    #[error("the {direction} says `-- {comment}`, and there is no such table or column")]
    NothingOfThatName {
        /// In which section.
        direction: Direction,
        /// The comment.
        comment: String,
    },
    /// A statement fails on rows that satisfy the states before and after.
    #[error("the {direction} fails on rows that it should take, on {dialect}")]
    RowsRefused {
        /// The dialect.
        dialect: Dialect,
        /// Which way fails.
        direction: Direction,
        /// The statement, and what the database says.
        source: Box<StateError>,
    },
    /// A revision before it fails, so there is nothing to try it on.
    #[error("what it builds on does not run on {dialect}")]
    Parents {
        /// The dialect.
        dialect: Dialect,
        /// The statement, and what the database says.
        source: Box<StateError>,
    },
    /// A statement fails, or there is no scratch database.
    #[error(transparent)]
    State(#[from] StateError),
    /// The scratch database cannot be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// The scratch database gives no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl ProofError {
    /// Which way it is about, where it is about one.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        match self {
            Self::NotRestored { .. } => Some(Direction::Downgrade),
            Self::RowsChanged { direction, .. }
            | Self::ValuesLost { direction, .. }
            | Self::NextRowRefused { direction, .. }
            | Self::DefaultRefused { direction, .. }
            | Self::NothingOfThatName { direction, .. }
            | Self::RowsRefused { direction, .. } => Some(*direction),
            Self::State(StateError::Replay {
                what: Part::Way(direction),
                ..
            }) => Some(*direction),
            Self::NotTheModels { .. }
            | Self::NotRepeatable { .. }
            | Self::StrayFixture { .. }
            | Self::Parents { .. }
            | Self::State(_)
            | Self::Inspect(_)
            | Self::Ask(_) => None,
        }
    }

    /// The objects and sentences that say what is wrong.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::NotTheModels { operations, .. } => {
                operations.iter().map(Operation::describe).collect()
            }
            Self::NotRestored { differences, .. } | Self::NotRepeatable { differences, .. } => {
                differences.clone()
            }
            Self::RowsChanged { differences, .. } | Self::ValuesLost { differences, .. } => {
                differences.clone()
            }
            Self::RowsRefused { .. }
            | Self::NextRowRefused { .. }
            | Self::DefaultRefused { .. }
            | Self::NothingOfThatName { .. }
            | Self::StrayFixture { .. }
            | Self::Parents { .. }
            | Self::State(_)
            | Self::Inspect(_)
            | Self::Ask(_) => Vec::new(),
        }
    }
}
