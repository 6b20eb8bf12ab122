//! What a comparison of models and databases needs from a server: its version, and how it spells declarations.
//!
//! Not here: what is compared and what is left out (`limbeck_core::compare`).

use limbeck_core::compare::{Incomparable, Unmanaged};
use limbeck_core::dialect::postgres::version::{Need, needs, too_new};
use limbeck_core::dialect::{Dialect, LowerError, lower};
use limbeck_core::diff::Undecided;
use limbeck_core::revision::RevisionId;
use limbeck_core::schema::{Models, Schema};

use crate::ask::AskError;
use crate::state::{Bench, StateError};
use limbeck::folder::Folder;

/// Where the revisions are, and what the comparison may do.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// The revisions.
    pub folder: &'a Folder,
    /// The revisions that the next one builds on.
    pub parents: &'a [RevisionId],
    /// What the models leave to others.
    pub unmanaged: &'a Unmanaged,
}

/// Why two sides cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The models say what the dialect does not have.
    #[error("the models cannot be written for {dialect}")]
    Lower {
        /// The dialect.
        dialect: Dialect,
        /// What it does not have.
        errors: Vec<LowerError>,
    },
    /// The models say what the server is too old for.
    #[error("{server} is too old for the models")]
    TooOld {
        /// The server, as messages name it.
        server: String,
        /// What it does not have.
        needs: Vec<Need>,
    },
    /// Questions are open.
    #[error("undecided")]
    Undecided(Vec<Undecided>),
    /// The models say what cannot be.
    #[error(transparent)]
    Incomparable(Incomparable),
    /// The state of the revisions cannot be told.
    #[error(transparent)]
    State(#[from] StateError),
    /// The server refuses a declaration.
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl From<Incomparable> for CompareError {
    fn from(error: Incomparable) -> Self {
        match error {
            Incomparable::Undecided(questions) => Self::Undecided(questions),
            error => Self::Incomparable(error),
        }
    }
}

/// The models as they are on the bench's server.
pub(crate) async fn lowered(bench: &mut Bench, models: &Models) -> Result<Schema, CompareError> {
    let dialect = bench.dialect();
    let lowered = lower(&models.schema, dialect);
    let mut lowered = lowered.map_err(|errors| CompareError::Lower { dialect, errors })?;
    lowered.default_schema = bench.default_schema();
    // The server itself would call it an error of syntax.
    if dialect == Dialect::Postgres
        && !needs(&lowered).is_empty()
        && let Some(version) = bench.server_version().await?
    {
        let needs = too_new(&lowered, version);
        if !needs.is_empty() {
            let server = bench.server().await?;
            return Err(CompareError::TooOld { server, needs });
        }
    }
    Ok(lowered)
}
