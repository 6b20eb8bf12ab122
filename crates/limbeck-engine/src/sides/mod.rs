//! Two schemas of any origin, and the way from one to the other: what `diff` compares.

mod compare;
mod grounds;
mod load;
mod respell;
mod trial;

use std::collections::BTreeSet;
use std::path::PathBuf;

use limbeck_core::compare::{Aspect, Ignored, Incomparable, Unmanaged};
use limbeck_core::diff::{Decisions, FlagError, Flags};
use limbeck_core::op::Operation;
use limbeck_core::plan::{Plan, PlanError};
use limbeck_core::revision::RevisionId;
use limbeck_core::schema::{Models, QualifiedName};

use self::compare::compare;
use self::load::load;
use self::respell::respell;
use crate::ask::AskError;
use crate::compare::CompareError;
use crate::inspect::InspectError;
use crate::state::{Bench, Copy, StateError};
use limbeck::connection::ConnectError;
use limbeck::folder::Folder;
use limbeck::url::DatabaseUrl;

/// One of the two.
#[derive(Debug, Clone)]
pub enum Side<'a> {
    /// Models.
    Models(&'a Models),
    /// What revisions build.
    Revisions(&'a Folder, Vec<RevisionId>),
    /// A database, which is only looked at.
    Database(DatabaseUrl),
    /// A file of SQL, which is run on a scratch database.
    Sql {
        /// The file.
        path: PathBuf,
        /// Its text.
        text: String,
    },
}

/// Why two sides cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// The two cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The database of a side cannot be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A side cannot be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// A side cannot be made on a scratch database.
    #[error(transparent)]
    State(#[from] StateError),
    /// The database refuses a statement of a file.
    #[error("`{}` cannot be loaded", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The statement, and why.
        source: StateError,
    },
    /// The database refuses a statement of the way when it is tried.
    #[error("the database refuses {what}")]
    Way {
        /// Which way.
        what: &'static str,
        /// The statement, and why.
        source: StateError,
    },
    /// A flag names nothing of the two sides.
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// The dialect cannot make a change.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The two differ in what Limbeck does not write.
    #[error("the two sides differ in what Limbeck does not write")]
    Unwritten {
        /// What differs, in sentences.
        differences: Vec<String>,
        /// What they are about, as far as it can be ignored.
        aspects: BTreeSet<Aspect>,
    },
}

impl SideError {
    /// What the database refuses of a way, or why the way could not be tried.
    fn of_way(what: &'static str, source: StateError) -> Self {
        if source.is_refusal() {
            Self::Way { what, source }
        } else {
            source.into()
        }
    }
}

impl From<AskError> for SideError {
    fn from(error: AskError) -> Self {
        Self::Compare(error.into())
    }
}

impl From<Incomparable> for SideError {
    fn from(error: Incomparable) -> Self {
        Self::Compare(error.into())
    }
}

/// The way from one side to the other, and back.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// What must be done; empty where the sides are equal.
    pub operations: Vec<Operation>,
    /// The statements there.
    pub upgrade: Plan,
    /// The statements back.
    pub downgrade: Plan,
    /// Tables whose columns stand in another order then. That is no difference, and nothing changes
    /// it.
    pub reordered: Vec<QualifiedName>,
    /// Why the way was not tried, where the first side cannot be made on a scratch database. It was
    /// compared by what the catalogs say then.
    pub untried: Option<String>,
}

/// Answers: decisions, and flags that are still to be read against the two sides.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The decisions.
    pub decisions: Decisions,
    /// Flags as they were given.
    pub flags: Flags,
    /// What models leave to others.
    pub unmanaged: Unmanaged,
    /// What makes no difference.
    pub ignored: Ignored,
}

/// Finds the way between two sides. It is tried on a scratch database in the first one's state, both
/// directions, and what it ends with is compared with the second one in all that the catalog says:
/// unless models are a side, no way means that nothing differs but for what is ignored.
///
/// # Errors
///
/// A side cannot be read, a question is open, or there is no way: objects are named then.
pub async fn way(
    bench: &mut Bench,
    from: &Side<'_>,
    to: &Side<'_>,
    answers: &Answers,
) -> Result<Way, SideError> {
    let mut before = load(bench, from).await?;
    let target = load(bench, to).await;
    let outcome = match target {
        Ok(mut target) => {
            let outcome = match respell(bench, &mut before, &mut target).await {
                Ok(()) => compare(bench, &mut before, &mut target, answers).await,
                Err(error) => Err(error),
            };
            discard(bench, target.copy.take()).await?;
            outcome
        }
        Err(error) => Err(error),
    };
    discard(bench, before.copy.take()).await?;
    outcome
}

async fn discard(bench: &mut Bench, copy: Option<Copy>) -> Result<(), SideError> {
    match copy {
        Some(copy) => Ok(bench.discard(copy).await?),
        None => Ok(()),
    }
}
