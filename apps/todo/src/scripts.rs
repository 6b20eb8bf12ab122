//! What the guides do with scripts, as subcommands with the same outputs.
//!
//! Each writes what a user is to see to `out`. What tries the database does so in a transaction that is rolled back, so that
//! nothing is left behind, however it ends.

mod database;
mod seed;
mod try_out;

use std::io;

use sea_orm::DbErr;

pub use self::database::{init_db, test_connection};
pub use self::seed::{Confirmation, reset, seed};
pub use self::try_out::{test_db, test_models};
use crate::settings::Environment;

/// Why a script did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Unwritten(#[from] io::Error),
    /// The database refuses, or cannot be reached.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The revisions cannot be run.
    #[error(transparent)]
    Revisions(#[from] limbeck::migrator::MigratorError),
    /// A password cannot be hashed.
    #[error(transparent)]
    Service(#[from] crate::error::Error),
    /// What was written is not what is read.
    #[error("{0}")]
    Unexpected(String),
    /// It is for development alone.
    #[error("`{script}` is for development, and ENVIRONMENT is {environment}")]
    NotDevelopment {
        /// The subcommand.
        script: &'static str,
        /// Where this is.
        environment: Environment,
    },
    /// Nobody is there to be asked.
    #[error("there is no terminal to ask at: `todo reset --yes` asks nothing")]
    Unconfirmed,
}

/// Whether a script has done its work; what has failed has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has.
    Passed,
    /// It has not.
    Failed,
}
