//! Why a connection was not made, and what a database says when a statement fails.

use std::io;

use limbeck_core::dialect::Dialect;

use crate::url::{DatabaseUrl, Location};

/// What a database reports about a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DatabaseError {
    /// The SQLSTATE on PostgreSQL, the extended result code on SQLite.
    pub code: Option<String>,
    /// The message.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What the database advises.
    pub hint: Option<String>,
    /// Where it happened, such as the line of a function.
    pub context: Option<String>,
    /// The character of the statement where it happened, counted from 1.
    pub position: Option<usize>,
    /// The schema of the object in question.
    pub schema: Option<String>,
    /// The table in question.
    pub table: Option<String>,
    /// The column in question.
    pub column: Option<String>,
    /// The constraint in question.
    pub constraint: Option<String>,
}

impl DatabaseError {
    /// Whether the code is `code`.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// What to do where it is not the statement that is wrong, but the place where it ran.
    fn state_hint(&self) -> Option<&'static str> {
        let code = self.code.as_deref()?;
        // A SQLSTATE has five letters; of a result code the lowest byte tells (sqlite.org/rescode.html).
        if code.len() < 5 {
            let code: u32 = code.parse().ok()?;
            return Some(match code & 0xFF {
                8 => "let this user write the file and the folder that it is in",
                10 => "see whether the disk with the file is sound and there",
                11 => {
                    "the file is damaged: restore a backup; `sqlite3 FILE .recover` prints what can still be read"
                }
                13 => "make room on the disk with the file, or raise its `PRAGMA max_page_count`",
                _ => return None,
            });
        }
        Some(match code {
            "53100" => "make room on the disk of the server",
            "53200" => "give the server more memory, or cut the step",
            "57P01" | "57P02" | "57P03" => {
                "the server was stopped: see that it runs, and run the command again"
            }
            "25006" => {
                "the server takes no writes: use the URL of the primary, or let the role write"
            }
            "3F000" => {
                "no schema of the search path is there: create one, CREATE SCHEMA …, or name another in the URL or as `search_path` in limbeck.toml"
            }
            _ => return None,
        })
    }

    fn from_driver(error: &dyn sqlx::error::DatabaseError) -> Self {
        #[cfg(feature = "postgres")]
        if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
            return Self::from_postgres(error);
        }
        Self {
            code: error.code().map(Into::into),
            message: error.message().to_owned(),
            ..Self::default()
        }
    }

    #[cfg(feature = "postgres")]
    fn from_postgres(error: &sqlx::postgres::PgDatabaseError) -> Self {
        use sqlx::postgres::PgErrorPosition;
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        Self {
            code: Some(error.code().to_owned()),
            message: error.message().to_owned(),
            detail: owned(error.detail()),
            hint: owned(error.hint()),
            context: owned(error.r#where()),
            position: match error.position() {
                Some(PgErrorPosition::Original(position)) => Some(position),
                // It counts in a statement of a function, not in the one that was sent.
                Some(PgErrorPosition::Internal { .. }) | None => None,
            },
            schema: owned(error.schema()),
            table: owned(error.table()),
            column: owned(error.column()),
            constraint: owned(error.constraint()),
        }
    }
}

/// Why a statement gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The database refused the statement.
    #[error(transparent)]
    Database(Box<DatabaseError>),
    /// The connection broke.
    #[error("the connection to the database was lost")]
    Lost(#[source] io::Error),
    /// The answer is not what the protocol allows.
    #[error("the answer of the database cannot be read")]
    Driver(#[source] Box<sqlx::Error>),
}

impl QueryError {
    /// What the database reported, unless the connection failed.
    #[must_use]
    pub fn database(&self) -> Option<&DatabaseError> {
        match self {
            Self::Database(error) => Some(error),
            Self::Lost(_) | Self::Driver(_) => None,
        }
    }

    /// Whether the database refused the statement with this code.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.database().is_some_and(|error| error.has_code(code))
    }

    /// What to do about the database itself, whatever the statement was.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Database(error) => error.state_hint(),
            Self::Lost(_) => Some(
                "see whether the server is running; what has been run is recorded, so the command can be run again",
            ),
            Self::Driver(_) => None,
        }
    }
}

impl From<sqlx::Error> for QueryError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                Self::Database(Box::new(DatabaseError::from_driver(&*error)))
            }
            sqlx::Error::Io(error) => Self::Lost(plain(error)),
            error => Self::Driver(Box::new(error)),
        }
    }
}

/// Why a connection was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No address for the host.
    #[error("the host of `{url}` is not found")]
    HostNotFound {
        /// The database.
        url: DatabaseUrl,
        /// What the resolver says.
        source: io::Error,
    },
    /// Nobody listens.
    #[error("the server of `{url}` refuses the connection")]
    Refused {
        /// The database.
        url: DatabaseUrl,
        /// What the operating system says.
        source: io::Error,
    },
    /// The network failed in another way.
    #[error("the server of `{url}` cannot be reached")]
    Unreachable {
        /// The database.
        url: DatabaseUrl,
        /// What the operating system says.
        source: io::Error,
    },
    /// Role and password do not match, or may not come from here.
    #[error("the server of `{url}` does not accept the login")]
    Authentication {
        /// The database.
        url: DatabaseUrl,
        /// What the server says.
        source: Box<DatabaseError>,
    },
    /// The server has no such database.
    #[error("the database of `{url}` does not exist")]
    NoDatabase {
        /// The database.
        url: DatabaseUrl,
        /// What the server says.
        source: Box<DatabaseError>,
    },
    /// The server takes encrypted connections only.
    #[error("the server of `{url}` requires TLS")]
    TlsRequired {
        /// The database.
        url: DatabaseUrl,
        /// What the server says.
        source: Box<DatabaseError>,
    },
    /// The role is not there.
    #[error("the server of `{url}` has no such role")]
    NoRole {
        /// The database.
        url: DatabaseUrl,
        /// What the server says.
        source: Box<DatabaseError>,
    },
    /// The certificate of the server is not one that this machine trusts, or is another host's.
    #[error("the certificate of the server of `{url}` is not accepted")]
    Certificate {
        /// The database.
        url: DatabaseUrl,
        /// What is wrong with it.
        source: io::Error,
    },
    /// TLS was asked for and did not come about.
    #[error("no TLS connection to `{url}`")]
    Tls {
        /// The database.
        url: DatabaseUrl,
        /// What the driver says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer in time.
    #[error("no answer from `{url}` in {seconds} seconds")]
    Timeout {
        /// The database.
        url: DatabaseUrl,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The database refuses for another reason, such as too many connections.
    #[error("`{url}` does not take the connection")]
    Rejected {
        /// The database.
        url: DatabaseUrl,
        /// What the server says.
        source: Box<DatabaseError>,
    },
    /// The SQLite file cannot be opened.
    #[error("the file of `{url}` cannot be opened")]
    CannotOpen {
        /// The database.
        url: DatabaseUrl,
        /// What SQLite says.
        source: Box<DatabaseError>,
    },
    /// The pages of the SQLite file do not fit together.
    #[error("the file of `{url}` is damaged")]
    Damaged {
        /// The database.
        url: DatabaseUrl,
        /// What SQLite says.
        source: Box<DatabaseError>,
    },
    /// The file is something else.
    #[error("the file of `{url}` is not a SQLite database")]
    NotSqlite {
        /// The database.
        url: DatabaseUrl,
        /// What SQLite says.
        source: Box<DatabaseError>,
    },
    /// Anything else.
    #[error("the connection to `{url}` failed")]
    Driver {
        /// The database.
        url: DatabaseUrl,
        /// What the driver says.
        source: Box<sqlx::Error>,
    },
}

impl ConnectError {
    /// The database in question.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        match self {
            Self::HostNotFound { url, .. }
            | Self::Refused { url, .. }
            | Self::Unreachable { url, .. }
            | Self::Authentication { url, .. }
            | Self::NoDatabase { url, .. }
            | Self::TlsRequired { url, .. }
            | Self::NoRole { url, .. }
            | Self::Certificate { url, .. }
            | Self::Tls { url, .. }
            | Self::Timeout { url, .. }
            | Self::Rejected { url, .. }
            | Self::CannotOpen { url, .. }
            | Self::Damaged { url, .. }
            | Self::NotSqlite { url, .. }
            | Self::Driver { url, .. } => url,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::HostNotFound { .. } => "check the host name in the URL".into(),
            Self::Refused { .. } => "is the server running, and is the port right?".into(),
            Self::Unreachable { .. } | Self::Timeout { .. } => {
                "check the host and port in the URL, the network and the firewall".into()
            }
            // A server does not tell which of the two is wrong, and so does nobody else.
            Self::Authentication { url, .. } => {
                let user = url.user().unwrap_or_default();
                format!(
                    "check that there is a role `{user}`, and its password: `{user}:PASSWORD@` in the URL, with \
                     `@` as `%40`, or PGPASSWORD"
                )
            }
            Self::NoRole { url, .. } => format!(
                "check the user in the URL, or make it: CREATE ROLE \"{}\" LOGIN",
                url.user().unwrap_or_default().replace('"', "\"\"")
            ),
            Self::Certificate { source, .. } if is_of_another_host(source) => {
                "write a host in the URL that the certificate names, or have it made for this one: the host is checked under \
                 `verify-ca` and `require` with a root certificate, too, since the driver trusts the public authorities \
                 beside yours"
                    .into()
            }
            Self::Certificate { .. } => {
                "give the authority that signed it as `sslrootcert=FILE` in the URL; the host of the \
                 URL must be one that the certificate names"
                    .into()
            }
            Self::NoDatabase { url, .. } => {
                // The server takes the user's name when the URL has no database.
                let name = url.database().or(url.user()).unwrap_or_default();
                let create = format!("create it: CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
                match url.database() {
                    Some(_) => create,
                    None => format!("name a database behind the host, as in `…:5432/app`, or {create}"),
                }
            }
            Self::TlsRequired { .. } => "add `?sslmode=require` to the URL".into(),
            Self::Tls { source, .. } if source.to_string().contains("does not support TLS") => {
                "the server has no TLS: turn it on there (`ssl = on`), or, where the network is trusted, write `sslmode=disable`"
                    .into()
            }
            Self::Tls { .. } => {
                "a server without TLS needs `sslmode=disable`; one with a certificate of its own \
                 `sslmode=require`, or `sslrootcert` with `sslmode=verify-full`"
                    .into()
            }
            Self::Rejected { source, .. } => match source.code.as_deref() {
                Some("53300") => "close other connections, or raise `max_connections`".into(),
                // SQLITE_BUSY
                Some("5") => "another process is writing to the file: try again".into(),
                Some("57P03") => "the server is starting or stopping: try again".into(),
                _ if source.message.starts_with("unsupported startup parameter") => {
                    "a pooler takes no such setting: use the direct URL of the server, or add the \
                     parameter to `ignore_startup_parameters` in pgbouncer.ini"
                        .into()
                }
                _ => source
                    .hint
                    .clone()
                    .unwrap_or_else(|| "see the log of the server".into()),
            },
            Self::CannotOpen { url, .. } => cannot_open_hint(url),
            Self::Damaged { url, .. } => match url.location() {
                Location::File { path, .. } => format!(
                    "restore a backup; `sqlite3 {} .recover` prints what can still be read",
                    path.display()
                ),
                Location::Tcp { .. } | Location::Socket { .. } | Location::Memory => {
                    "restore a backup".into()
                }
            },
            Self::NotSqlite { .. } => "check the path in the URL".into(),
            Self::Driver { .. } => "check the URL".into(),
        }
    }

    pub(super) async fn classify(url: &DatabaseUrl, error: sqlx::Error) -> Self {
        let url = url.clone();
        match error {
            sqlx::Error::Io(source) => Self::from_io(url, plain(source)).await,
            sqlx::Error::Tls(source) => Self::Tls { url, source },
            sqlx::Error::Database(error) => {
                let source = Box::new(DatabaseError::from_driver(&*error));
                match url.dialect() {
                    Dialect::Postgres => Self::from_postgres(url, source),
                    Dialect::Sqlite => Self::from_sqlite(url, source),
                }
            }
            error => Self::Driver {
                url,
                source: Box::new(error),
            },
        }
    }

    async fn from_io(url: DatabaseUrl, source: io::Error) -> Self {
        // The resolver's error has no kind of its own, so the question is asked again.
        let lookup = match url.location() {
            Location::Tcp { host, port, .. } => {
                tokio::net::lookup_host((host.as_str(), *port)).await.err()
            }
            Location::Socket { .. } | Location::File { .. } | Location::Memory => None,
        };
        if let Some(source) = lookup {
            return Self::HostNotFound { url, source };
        }
        if is_of_certificate(&source) {
            return Self::Certificate { url, source };
        }
        match source.kind() {
            // A socket file that is not there is what an absent server leaves.
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
                Self::Refused { url, source }
            }
            _ => Self::Unreachable { url, source },
        }
    }

    fn from_postgres(url: DatabaseUrl, source: Box<DatabaseError>) -> Self {
        let needs_tls = ["no encryption", "SSL off", "connection is insecure"];
        if needs_tls.iter().any(|text| source.message.contains(text)) {
            return Self::TlsRequired { url, source };
        }
        match source.code.as_deref() {
            Some("28000") if source.message.ends_with("does not exist") => {
                Self::NoRole { url, source }
            }
            Some("28P01" | "28000") => Self::Authentication { url, source },
            Some("3D000") => Self::NoDatabase { url, source },
            _ => Self::Rejected { url, source },
        }
    }

    fn from_sqlite(url: DatabaseUrl, source: Box<DatabaseError>) -> Self {
        // The low byte of an extended result code is the primary one:
        // https://www.sqlite.org/rescode.html
        let code = source
            .code
            .as_deref()
            .and_then(|code| code.parse::<u32>().ok());
        match code.map(|code| code & 0xff) {
            Some(11) => Self::Damaged { url, source },
            Some(26) => Self::NotSqlite { url, source },
            Some(3 | 8 | 10 | 14 | 23) => Self::CannotOpen { url, source },
            _ => Self::Rejected { url, source },
        }
    }
}

/// The error for those who use the program: of a connection that ends, rustls tells programmers what
/// to read.
fn plain(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), "the server closed the connection")
        }
        _ => error,
    }
}

/// Whether the handshake ended at the certificate. The driver hides the error's type.
fn is_of_certificate(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.to_string().contains("certificate")
}

/// Whether an authority that is trusted signed the certificate, for somebody else.
fn is_of_another_host(error: &io::Error) -> bool {
    error.to_string().contains("not valid for name")
}

fn cannot_open_hint(url: &DatabaseUrl) -> String {
    let Location::File { given, path } = url.location() else {
        return "check the path in the URL".into();
    };
    let absolute = std::path::Path::new("/").join(given);
    let parent_exists = |path: &std::path::Path| path.parent().is_some_and(std::path::Path::is_dir);
    if !parent_exists(path) && given.parent().is_some_and(|parent| parent != "") {
        if given.is_relative() && parent_exists(&absolute) {
            return format!(
                "three slashes begin a relative path: write `sqlite:///{}` with four for `{}`",
                absolute.display(),
                absolute.display()
            );
        }
        if let Some(parent) = path.parent() {
            return format!("mkdir -p {}", parent.display());
        }
    }
    if path.is_dir() {
        return format!("`{}` is a folder: name a file in it", path.display());
    }
    format!("check that `{}` can be read and written", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_ends_is_told_in_plain_words() {
        let text =
            "peer closed connection without sending TLS close_notify: https://docs.rs/rustls";
        let error = io::Error::new(io::ErrorKind::UnexpectedEof, text);
        let QueryError::Lost(error) = QueryError::from(sqlx::Error::Io(error)) else {
            panic!("it is lost");
        };
        assert_eq!(error.to_string(), "the server closed the connection");
    }
}
