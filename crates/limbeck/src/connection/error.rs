//! Why a connection was not made, and what a database says when a statement fails.

use std::io;
use std::path::PathBuf;

use limbeck_core::dialect::Dialect;
use limbeck_core::passwords::without_passwords;

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

    fn from_driver(error: &dyn sqlx::error::DatabaseError) -> Self {
        #[cfg(feature = "postgres")]
        if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
            return Self::from_postgres(error);
        }
        Self {
            code: error.code().map(Into::into),
            message: without_passwords(error.message()),
            ..Self::default()
        }
    }

    #[cfg(feature = "postgres")]
    fn from_postgres(error: &sqlx::postgres::PgDatabaseError) -> Self {
        use sqlx::postgres::PgErrorPosition;
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        // They repeat statements, such as those of a function.
        let shown = |text: Option<&str>| text.map(without_passwords);
        Self {
            code: Some(error.code().to_owned()),
            message: without_passwords(error.message()),
            detail: shown(error.detail()),
            hint: shown(error.hint()),
            context: shown(error.r#where()),
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
    /// A file that TLS needs is missing, cannot be read, or holds something else.
    #[error("`{}`, which `{named}` names, cannot be used for the connection to `{url}`", path.display())]
    TlsFile {
        /// The database.
        url: DatabaseUrl,
        /// The parameter of the URL, or the variable, that names it.
        named: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The certificate of the server is not one that this machine trusts.
    #[error("the certificate of the server of `{url}` is not accepted")]
    Certificate {
        /// The database.
        url: DatabaseUrl,
        /// What is wrong with it.
        source: io::Error,
    },
    /// An authority that is trusted signed the certificate of the server, for another host.
    #[error("the certificate of the server of `{url}` is not accepted")]
    OtherHost {
        /// The database.
        url: DatabaseUrl,
        /// What is wrong with it.
        source: io::Error,
    },
    /// TLS was asked for, and the server has none.
    #[error("no TLS connection to `{url}`")]
    NoTls {
        /// The database.
        url: DatabaseUrl,
        /// What the driver says.
        source: Box<dyn std::error::Error + Send + Sync>,
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
            | Self::OtherHost { url, .. }
            | Self::NoTls { url, .. }
            | Self::TlsFile { url, .. }
            | Self::Tls { url, .. }
            | Self::Timeout { url, .. }
            | Self::Rejected { url, .. }
            | Self::CannotOpen { url, .. }
            | Self::Damaged { url, .. }
            | Self::NotSqlite { url, .. }
            | Self::Driver { url, .. } => url,
        }
    }

    pub(super) async fn classify(url: &DatabaseUrl, error: sqlx::Error) -> Self {
        let url = url.clone();
        match error {
            sqlx::Error::Io(source) => Self::from_io(url, plain(source)).await,
            // The driver has no kinds of these.
            sqlx::Error::Tls(source)
                if source.to_string().contains("server does not support TLS") =>
            {
                Self::NoTls { url, source }
            }
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
            return if source.to_string().contains("not valid for name") {
                Self::OtherHost { url, source }
            } else {
                Self::Certificate { url, source }
            };
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

/// Whether a code of SQLite is `SQLITE_BUSY`: the lowest byte of an extended code is the primary one.
pub(crate) fn is_busy(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|code| code & 0xff == 5)
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
