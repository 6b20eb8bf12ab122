//! Why the state of revisions cannot be told.

use std::fmt;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, GraphError, SectionError};

use super::Missing;
use super::guard::BeyondDatabase;
use crate::inspect::InspectError;
use crate::scratch::ScratchError;
use limbeck::connection::ConnectError;
use limbeck::run::{RunError, RunErrorKind};

/// Why a state cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// No scratch database can be had.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// The scratch database cannot be connected to.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The scratch database cannot be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// A revision is not in the history.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A revision has no section for the dialect.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// A statement would reach beyond the scratch database.
    #[error(transparent)]
    Beyond(#[from] BeyondDatabase),
    /// A revision fails on the scratch database.
    #[error("cannot run {what} on a scratch {dialect} database")]
    Replay {
        /// What was run.
        what: Part,
        /// The dialect.
        dialect: Dialect,
        /// What failed.
        source: RunError,
        /// What the prelude lacks, where that is the reason.
        missing: Option<Missing>,
    },
}

/// What is run on a scratch database, as a person calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A revision, the prelude, rows.
    Named(String),
    /// One way of the revision that is tried.
    Way(Direction),
}

impl From<String> for Part {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Way(direction) => write!(f, "the {direction}"),
        }
    }
}

impl StateError {
    /// Whether it is the SQL that cannot be run, and not the database that fails.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Replay { source, .. } => match source.kind() {
                RunErrorKind::Statement(failed) => failed.source.database().is_some(),
                RunErrorKind::Sql { .. } | RunErrorKind::Misplaced { .. } => true,
                _ => false,
            },
            _ => false,
        }
    }
}
