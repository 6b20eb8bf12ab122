//! Why an application's revisions were not run.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{GraphError, RevisionId};

use super::Status;
use crate::connection::ConnectError;
use crate::folder::FolderError;
use crate::history::{AppliedRevision, HistoryError};
use crate::run::RunError;
use crate::url::UrlError;

/// Why an application's revisions were not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigratorError {
    /// Files are no revisions.
    #[error(transparent)]
    Files(#[from] FolderError),
    /// The revisions do not fit together, or the target is none of them.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The folder holds other files than the binary, which was built before.
    #[error(
        "the binary is older than the folder `{folder}`{}{}: build it again: cargo does once the file with `embed!` is saved, and by itself with `println!(\"cargo:rerun-if-changed={folder}\")` in build.rs",
        listed(", which has got ", added),
        listed(", which has lost ", removed)
    )]
    Stale {
        /// The folder.
        folder: &'static str,
        /// Files that the binary does not have.
        added: Vec<String>,
        /// Files that the binary has alone.
        removed: Vec<String>,
    },
    /// A function is of a revision that is not there.
    #[error("a hook is of revision `{0}`, which is not there: it takes the whole id")]
    HookOfNothing(String),
    /// A function is of a revision that does not ask for one.
    #[error("{file}: a hook is of revision `{id}`, whose header does not say `-- requires: hook`")]
    HookNotAskedFor {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
    },
    /// A revision has two functions on one of the databases.
    #[error("revision `{id}` has two hooks for {dialect}, and one alone can be called")]
    TwoHooks {
        /// The revision.
        id: RevisionId,
        /// The database.
        dialect: Dialect,
    },
    /// A revision asks for a function, which other libraries do not call.
    #[cfg(any(feature = "diesel", feature = "sqlx-migrate"))]
    #[error("{file}: revision `{id}` requires a hook, which `Migrator` alone can call")]
    HookNotCarried {
        /// The revision.
        id: RevisionId,
        /// Its file.
        file: String,
    },
    /// The URL cannot be read.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The database cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The pool gives no connection.
    #[error("the pool gives no connection")]
    Pool(#[source] Box<sqlx::Error>),
    /// A database in memory is gone with its connection, and a URL makes another one each time.
    #[error(
        "the database is in memory, where each connection has one of its own: give the pool that the application goes on with"
    )]
    InMemory,
    /// What was run is not there when it is looked again.
    #[error(
        "what has been run is not there any more, {}: a database in memory is gone with its connection, so give the pool \
         that the application goes on with; on another one, somebody has taken it back",
        pending(.0)
    )]
    NotKept(Box<Status>),
    /// What SeaORM has of the database is no pool of sqlx.
    #[cfg(feature = "sea-orm")]
    #[error("SeaORM's `{0}` has no pool of PostgreSQL or SQLite below it")]
    NoPool(String),
    /// A database for a test could not be made, or dropped.
    #[cfg(feature = "test")]
    #[error("cannot {action}")]
    TestDatabase {
        /// What was to be done.
        action: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A database for a test is of this dialect, and a pool of the other one was asked for.
    #[cfg(all(feature = "test", feature = "postgres", feature = "sqlite"))]
    #[error("the database of the test is one of {0}")]
    OtherDialect(Dialect),
    /// What a command tells cannot be written.
    #[cfg(feature = "clap")]
    #[error("the output cannot be written")]
    Unwritten(#[source] std::io::Error),
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The database has revisions that the binary does not have.
    #[error("the database has been at a newer release: {}", newer(.0))]
    Newer(Box<Status>),
    /// Revisions are pending, and it is not for the application to run them.
    #[error("the database is not up to date, {}", pending(.0))]
    Pending(Box<Status>),
    /// The run stopped.
    #[error(transparent)]
    Run(#[from] RunError),
}

fn listed(words: &str, files: &[String]) -> String {
    if files.is_empty() {
        return String::new();
    }
    format!("{words}{}", files.join(", "))
}

fn newer(status: &Status) -> String {
    let one = |row: &AppliedRevision| {
        let AppliedRevision {
            id,
            description,
            applied_at,
            ..
        } = row;
        format!("`{id}` ({description}), run at {applied_at}")
    };
    let mut told: Vec<String> = status.unknown.iter().map(one).collect();
    if let Some(half) = &status.unknown_half {
        told.push(format!(
            "the {} of `{}` is half done",
            half.direction, half.id
        ));
    }
    told.join("; ")
}

fn pending(status: &Status) -> String {
    if let Some(half) = &status.half {
        return format!("the {} of `{}` is half done", half.direction, half.id);
    }
    if let Some(gap) = &status.gap {
        return gap.to_string();
    }
    if status.pending.is_empty() {
        let ids: Vec<&str> = status.changed.iter().map(RevisionId::as_str).collect();
        return format!("changed since they were run: {}", ids.join(", "));
    }
    let ids: Vec<&str> = status.pending.iter().map(RevisionId::as_str).collect();
    format!("pending: {}", ids.join(", "))
}
