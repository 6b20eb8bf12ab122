//! Why there is no scratch database.

use limbeck_core::dialect::postgres::version::{OLDEST, ServerVersion};

use super::{ClusterError, ServerError};
use limbeck::connection::{ConnectError, QueryError};
use limbeck::url::DatabaseUrl;

/// Why there is no scratch database.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// No server may be used.
    #[error("no PostgreSQL server for scratch databases")]
    NoServer {
        /// The configured database, when there is one.
        url: Option<DatabaseUrl>,
    },
    /// `scratch_url` names a SQLite database.
    #[error("`scratch_url` is `{url}`, which is not a PostgreSQL database")]
    NotPostgres {
        /// What it names.
        url: DatabaseUrl,
    },
    /// The role may not create databases.
    #[error("role `{role}` may not create a scratch database on `{url}`")]
    MayNotCreate {
        /// The login role.
        role: String,
        /// The server.
        url: DatabaseUrl,
        /// What the server says.
        source: Box<QueryError>,
    },
    /// SQL could reach beyond its database with this login.
    #[error("role `{role}` of `{url}` {rights}: what a revision says would run with that")]
    Powerful {
        /// The login role.
        role: String,
        /// What it may do.
        rights: String,
        /// The server.
        url: DatabaseUrl,
    },
    /// Scratch databases begin with `limbeck_`, and nothing else is touched.
    #[error("`{name}` is not a scratch database")]
    NotScratch {
        /// The database.
        name: String,
    },
    /// The name leads to another database; nothing has been sent there.
    #[error("`{url}` leads to the database `{found}` instead of `{name}`")]
    Elsewhere {
        /// The database that was asked for.
        name: String,
        /// The one that answered.
        found: String,
        /// What leads there.
        url: DatabaseUrl,
    },
    /// The server tells no version.
    #[error("`{url}` does not tell the version of its server")]
    NoVersion {
        /// The server.
        url: DatabaseUrl,
    },
    /// The server is older than any that Limbeck speaks to.
    #[error("`{url}` is PostgreSQL {found}, and Limbeck needs {OLDEST}")]
    TooOld {
        /// The server.
        url: DatabaseUrl,
        /// Its version.
        found: ServerVersion,
    },
    /// The binaries of a server cannot be used.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The cluster cannot be used.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The server cannot be connected to.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A statement about databases fails.
    #[error("failed to {what}")]
    Query {
        /// What was tried.
        what: String,
        /// What the server says.
        source: Box<QueryError>,
    },
}
