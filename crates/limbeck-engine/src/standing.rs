//! Databases in the state of models or revisions for other programs, such as the macros of sqlx and `diesel print-schema`.
//!
//! A database of PostgreSQL stands as long as the process that made it; a file of SQLite until somebody removes it. A [`Record`]
//! tells other processes of both.
//!
//! Not here: the process that keeps one for others (the command's).

mod file;
mod record;

pub use self::file::{TemporaryFile, replace};
pub use self::record::{Place, Record, RecordLock};

use std::io;
use std::path::PathBuf;

use limbeck::connection::{ConnectError, Connection};
use limbeck::url::DatabaseUrl;
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_core::plan::{PlanError, plan};
use limbeck_core::revision::section;
use limbeck_core::schema::Models;

use crate::autogenerate::compare;
use crate::compare::{CompareError, Project, lowered};
use crate::inspect::{InspectError, residue};
use crate::state::{Bench, Copy, StateError, cache};

/// Why there is no such database.
#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    /// The models cannot be compared with the revisions.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The dialect cannot make what the models say.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The state of the revisions cannot be made.
    #[error(transparent)]
    State(#[from] StateError),
    /// The database refuses what the models say.
    #[error("the database refuses what the models say")]
    Models(#[source] StateError),
    /// What was made cannot be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// What was made cannot be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// A file or folder cannot be used.
    #[error("`{}` cannot be used for a database", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// SQLite does not write the file.
    #[error("`{}` cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: Box<limbeck::connection::QueryError>,
    },
}

/// What the state of the revisions that `project` builds on is known by, or that of models on them, without
/// making it.
///
/// # Errors
///
/// The models say what the dialect does not have, or a revision has nothing for it.
pub async fn fingerprint(
    bench: &mut Bench,
    project: Project<'_>,
    models: Option<&Models>,
) -> Result<String, StandingError> {
    let revisions = bench.fingerprint(project.folder, project.parents).await?;
    let Some(models) = models else {
        return Ok(revisions);
    };
    let declared = lowered(bench, models).await?;
    let parts = [
        revisions,
        format!("{declared:?}"),
        format!("{:?}", models.renamed_from),
        format!("{:?}", project.unmanaged),
    ];
    Ok(cache::hash(&parts))
}

/// Makes a scratch database in the state of the revisions, or of models on them: what only the revisions have
/// is dropped there, since there is no row to lose.
///
/// # Errors
///
/// A revision or what the models say cannot be run.
pub async fn make(
    bench: &mut Bench,
    project: Project<'_>,
    models: Option<&Models>,
) -> Result<Copy, StandingError> {
    let Some(models) = models else {
        return Ok(bench.copy(project.folder, project.parents).await?);
    };
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    let comparison = compare(bench, project, models, &decisions).await?;
    let plan = plan(&comparison.operations, &comparison.before, bench.dialect())?;
    let mut copy = bench.copy(project.folder, project.parents).await?;
    if comparison.operations.is_empty() {
        return Ok(copy);
    }
    let what = "what the models say";
    let section = section(&plan, bench.dialect());
    let run = bench.run(&mut copy.connection, &section, what, what.to_owned());
    match run.await {
        Ok(()) => Ok(copy),
        Err(error) => {
            bench.discard(copy).await?;
            Err(StandingError::Models(error))
        }
    }
}

/// What the whole schema of a database is known by, without its rows: another program may have changed it.
///
/// # Errors
///
/// The database cannot be read.
pub async fn look(bench: &Bench, url: &DatabaseUrl) -> Result<String, StandingError> {
    let mut connection = Connection::connect(url).await?;
    let found = residue(&mut connection, bench.inspect_options()).await;
    // What is said to a database that was only looked at does not matter.
    let _ = connection.close().await;
    Ok(cache::hash(&[format!("{:?}", found?)]))
}
