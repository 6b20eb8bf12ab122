//! Why the state of revisions cannot be told.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{GraphError, SectionError};

use super::guard::BeyondDatabase;
use crate::inspect::InspectError;
use crate::scratch::ScratchError;
use limbeck::connection::{ConnectError, DatabaseError};
use limbeck::run::RunError;

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
        /// The revision, or the prelude.
        what: String,
        /// The dialect.
        dialect: Dialect,
        /// What failed.
        source: Box<RunError>,
        /// The statement that the prelude lacks, where that is the reason.
        missing: Option<String>,
    },
}

impl StateError {
    /// Whether it is the SQL that cannot be run, and not the database that fails.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Replay { source, .. } => match source.as_ref() {
                RunError::Statement(failed) => failed.source.database().is_some(),
                RunError::Sql { .. } | RunError::Misplaced { .. } => true,
                _ => false,
            },
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Scratch(error) => Some(error.hint()),
            Self::Connect(error) => Some(error.hint()),
            Self::Replay {
                missing: Some(statement),
                ..
            } => Some(format!(
                "the revisions stand on something that others own; add to `scratch.sql` beside them: {statement}"
            )),
            Self::Replay { source, .. } => match source.as_ref() {
                RunError::Statement(failed) if failed.is_there() => Some(
                    "a revision before it, or the prelude, makes it already: take it out of one of them"
                        .to_owned(),
                ),
                RunError::Statement(failed) if failed.source.has_code("42501") => {
                    Some(match failed.source.database().and_then(refused_extension) {
                        Some(name) => format!(
                            "PostgreSQL does not mark it as trusted; if revisions may have what it does, \
                             `--allow-extension {name}` installs it on a scratch server of Limbeck's own"
                        ),
                        None => "it runs as a login that owns its scratch database and is no superuser; if you \
                                 trust every revision of this checkout, `--trust-revisions` runs them as one"
                            .to_owned(),
                    })
                }
                source => source.hint(),
            },
            Self::Beyond(error) => Some(error.hint()),
            Self::Inspect(_) | Self::Graph(_) | Self::Section(_) => None,
        }
    }
}

/// The extension that only a superuser may install or update, as the server tells it.
fn refused_extension(error: &DatabaseError) -> Option<&str> {
    let rest = error.message.strip_prefix("permission denied to ")?;
    let quoted = rest
        .strip_prefix("create extension ")
        .or_else(|| rest.strip_prefix("update extension "))?;
    quoted.strip_prefix('"')?.strip_suffix('"')
}
