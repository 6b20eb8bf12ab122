//! Database URLs as people have them, read into connection options, printed without secrets.
//!
//! Not here: anything that connects, see `connection`.

mod parameters;
mod parse;
mod plain_path;
mod text;
#[cfg(feature = "postgres")]
pub(crate) mod tls;
#[cfg(feature = "postgres")]
mod variables;

pub use text::UrlText;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use limbeck_core::dialect::Dialect;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgSslMode};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnectOptions;

/// How long a connection attempt may take unless the URL says otherwise.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A database somebody named by a URL.
///
/// `Display` and `Debug` print it without its password.
#[derive(Clone)]
pub struct DatabaseUrl {
    // Every connection error carries a URL, and the driver's options are hundreds of bytes.
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    target: Target,
    location: Location,
    connect_timeout: Option<Duration>,
    /// The target without the search path of the URL, for databases that do not have its schemas.
    elsewhere: Option<Target>,
    #[cfg(feature = "postgres")]
    tls: tls::Tls,
}

/// What a URL means to the driver.
#[derive(Clone)]
#[non_exhaustive]
pub enum Target {
    /// A PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(PgConnectOptions),
    /// A SQLite file, or a database in memory.
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteConnectOptions),
}

/// Where a database is: the part of a URL that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A PostgreSQL database behind TCP.
    Tcp {
        /// The login role.
        user: String,
        /// The host name or address, without brackets.
        host: String,
        /// The port.
        port: u16,
        /// The database, if the URL names one.
        database: Option<String>,
    },
    /// A PostgreSQL database behind a unix socket.
    Socket {
        /// The login role.
        user: String,
        /// The folder of the socket.
        folder: PathBuf,
        /// The port, which is part of the name of the socket.
        port: u16,
        /// The database, if the URL names one.
        database: Option<String>,
    },
    /// A SQLite file.
    File {
        /// The path as the URL has it.
        given: PathBuf,
        /// The path resolved against the base folder.
        path: PathBuf,
    },
    /// A SQLite database in memory.
    Memory,
}

/// How far the way to a server is protected, as a URL asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// It leads nowhere outside of this machine.
    Here,
    /// There is to be no TLS.
    Off,
    /// TLS is taken where the server has it.
    Optional,
    /// TLS is required, and nobody asks whose the certificate is.
    Required,
    /// The certificate of the server is checked.
    Verified,
}

impl DatabaseUrl {
    /// Reads a URL; relative SQLite paths are taken from `base`.
    ///
    /// # Errors
    ///
    /// [`UrlError`] says what is wrong with it, and never repeats its password.
    pub fn parse(text: &str, base: &Path) -> Result<Self, UrlError> {
        parse::parse(text, base)
    }

    fn new(target: Target, location: Location, connect_timeout: Option<Duration>) -> Self {
        Self {
            inner: Arc::new(Inner {
                target,
                location,
                connect_timeout,
                elsewhere: None,
                #[cfg(feature = "postgres")]
                tls: tls::Tls::default(),
            }),
        }
    }

    /// The dialect of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.inner.location {
            Location::Tcp { .. } | Location::Socket { .. } => Dialect::Postgres,
            Location::File { .. } | Location::Memory => Dialect::Sqlite,
        }
    }

    /// The options for the driver.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// Where the database is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.inner.location
    }

    /// The files that a connection reads for TLS.
    #[cfg(feature = "postgres")]
    pub(crate) fn tls_files(&self) -> &[tls::TlsFile] {
        &self.inner.tls.files
    }

    /// How long a connection attempt may take; `None` waits for as long as it takes.
    #[must_use]
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.inner.connect_timeout
    }

    /// The name of the PostgreSQL database, if the URL names one.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        match &self.inner.location {
            Location::Tcp { database, .. } | Location::Socket { database, .. } => {
                database.as_deref()
            }
            Location::File { .. } | Location::Memory => None,
        }
    }

    /// The PostgreSQL login role.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match &self.inner.location {
            Location::Tcp { user, .. } | Location::Socket { user, .. } => Some(user),
            Location::File { .. } | Location::Memory => None,
        }
    }

    /// Whether the server is on this machine: a loopback address, a unix socket or a file.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match &self.inner.location {
            Location::Tcp { host, .. } => is_loopback_host(host),
            Location::Socket { .. } | Location::File { .. } | Location::Memory => true,
        }
    }

    /// How far the way to the server is protected; a SQLite file has none.
    #[must_use]
    pub fn encryption(&self) -> Encryption {
        match &self.inner.target {
            _ if self.is_loopback() => Encryption::Here,
            #[cfg(feature = "postgres")]
            Target::Postgres(options) => match options.get_ssl_mode() {
                PgSslMode::Disable | PgSslMode::Allow => Encryption::Off,
                PgSslMode::Prefer => Encryption::Optional,
                PgSslMode::Require => Encryption::Required,
                PgSslMode::VerifyCa | PgSslMode::VerifyFull => Encryption::Verified,
            },
            #[cfg(feature = "sqlite")]
            Target::Sqlite(_) => Encryption::Here,
        }
    }

    /// The same server and login, another PostgreSQL database; a SQLite URL stays what it is.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut url = self.clone();
        let inner = Arc::make_mut(&mut url.inner);
        match &mut inner.location {
            Location::Tcp { database, .. } | Location::Socket { database, .. } => {
                *database = Some(name.to_owned());
            }
            Location::File { .. } | Location::Memory => {}
        }
        for target in [Some(&mut inner.target), inner.elsewhere.as_mut()] {
            match target {
                #[cfg(feature = "postgres")]
                Some(Target::Postgres(options)) => *options = options.clone().database(name),
                #[cfg(feature = "sqlite")]
                Some(Target::Sqlite(_)) => {}
                None => {}
            }
        }
        url
    }

    /// The same options, another SQLite file; a PostgreSQL URL stays what it is.
    #[cfg(all(feature = "sqlite", feature = "test"))]
    pub(crate) fn with_file(&self, path: &Path) -> Self {
        match self.target() {
            #[cfg(feature = "postgres")]
            Target::Postgres(_) => self.clone(),
            Target::Sqlite(options) => {
                let location = Location::File {
                    given: path.to_owned(),
                    path: path.to_owned(),
                };
                let target = Target::Sqlite(options.clone().filename(path));
                Self::new(target, location, self.connect_timeout())
            }
        }
    }

    /// The file that a connection of the driver opens.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub(crate) fn of_sqlite(options: &SqliteConnectOptions) -> Self {
        let path = options.get_filename().to_owned();
        let location = Location::File {
            given: path.clone(),
            path,
        };
        Self::new(Target::Sqlite(options.clone()), location, None)
    }

    /// The same without the search path of the URL: a scratch database has no such schemas yet.
    #[must_use]
    pub fn without_search_path(&self) -> Self {
        let mut url = self.clone();
        let inner = Arc::make_mut(&mut url.inner);
        if let Some(target) = inner.elsewhere.take() {
            inner.target = target;
        }
        url
    }

    /// A SQLite database in memory.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn memory() -> Self {
        parameters::sqlite_at(Location::Memory, parameters::sqlite_defaults())
    }

    /// The database that a pool of the driver connects to.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn of_postgres(options: &PgConnectOptions) -> Self {
        let location = parameters::location(options);
        let target = Target::Postgres(options.clone());
        Self::new(target, location, Some(CONNECT_TIMEOUT))
    }

    /// The server behind a unix socket in `folder` that trusts everybody who reaches it.
    #[cfg(feature = "postgres")]
    #[doc(hidden)]
    #[must_use]
    pub fn socket(folder: &Path, port: u16, user: &str, database: &str) -> Self {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(folder)
            .port(port)
            .username(user)
            .database(database)
            .ssl_mode(sqlx::postgres::PgSslMode::Disable);
        let location = Location::Socket {
            user: user.to_owned(),
            folder: folder.to_owned(),
            port,
            database: Some(database.to_owned()),
        };
        Self::new(Target::Postgres(options), location, Some(CONNECT_TIMEOUT))
    }
}

fn is_loopback_host(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.location {
            Location::Tcp {
                user,
                host,
                port,
                database,
            } => {
                if host.contains(':') {
                    write!(formatter, "postgres://{user}@[{host}]:{port}")?;
                } else {
                    write!(formatter, "postgres://{user}@{host}:{port}")?;
                }
                database
                    .iter()
                    .try_for_each(|database| write!(formatter, "/{database}"))
            }
            Location::Socket {
                user,
                folder,
                port,
                database,
            } => {
                let database = database.as_deref().unwrap_or_default();
                let folder = folder.display();
                write!(formatter, "postgres://{user}@/{database}?host={folder}")?;
                if *port == 5432 {
                    Ok(())
                } else {
                    write!(formatter, "&port={port}")
                }
            }
            Location::File { given, .. } => write!(formatter, "sqlite:///{}", given.display()),
            Location::Memory => formatter.write_str("sqlite::memory:"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseUrl({self})")
    }
}

impl fmt::Debug for Target {
    // The derived form would print the password that the driver's options hold.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => formatter.write_str("Postgres"),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => formatter.write_str("Sqlite"),
        }
    }
}

/// What is wrong with a URL. Nothing in it comes from a place where a password may stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// The text is empty.
    #[error("the database URL is empty")]
    Empty,
    /// The text does not begin like a URL.
    #[error("the database URL has no scheme such as `postgres://` or `sqlite:`")]
    NoScheme,
    /// It is the path of a SQLite file, as Diesel takes it.
    #[error("the database URL is the path of a file: `{url}` is its URL")]
    PlainPath {
        /// The URL of that file for Limbeck, Diesel and sqlx alike.
        url: String,
    },
    /// A database that Limbeck does not know.
    #[error("the database URL has the unknown scheme `{scheme}`")]
    UnknownScheme {
        /// The part before the colon.
        scheme: String,
    },
    /// The driver is left out of this build.
    #[error("this build has no driver for `{dialect}`")]
    NotCompiledIn {
        /// The dialect of the URL.
        dialect: Dialect,
    },
    /// A password with characters that end the password in a URL.
    #[error("the database URL can be read in more than one way")]
    Ambiguous,
    /// The port is not a number from 1 to 65535.
    #[error("the database URL has an invalid port")]
    InvalidPort,
    /// The host has characters that no host name has.
    #[error("the database URL has an invalid host")]
    InvalidHost,
    /// Several hosts, separated by commas.
    #[error("the database URL names more than one host")]
    SeveralHosts,
    /// Percent-encoding that does not give UTF-8.
    #[error("the {part} of the database URL is not UTF-8 when decoded")]
    NotUtf8 {
        /// The part of the URL.
        part: &'static str,
    },
    /// A SQLite URL that the tools of Python and those of Rust read as two files.
    #[error("`{}` of the database URL may be {} or {}", given.display(), relative.display(), absolute.display())]
    TwoFiles {
        /// The path as the URL has it.
        given: PathBuf,
        /// What SQLAlchemy opens.
        relative: PathBuf,
        /// What sqlx, SeaORM and Diesel open.
        absolute: PathBuf,
    },
    /// A SQLite URL without a path.
    #[error("the database URL names no file")]
    NoFile,
    /// A parameter nobody knows.
    #[error("the database URL has the unknown parameter `{name}`")]
    UnknownParameter {
        /// The name of the parameter.
        name: String,
    },
    /// A parameter that is known and cannot be honoured.
    #[error("the parameter `{name}` of the database URL is not supported")]
    UnsupportedParameter {
        /// The name of the parameter.
        name: &'static str,
    },
    /// A value that its parameter cannot have.
    #[error("the parameter `{name}` of the database URL must be {expected}")]
    InvalidParameter {
        /// The name of the parameter.
        name: String,
        /// The values it can have.
        expected: &'static str,
    },
    /// A value that a variable of the environment cannot have.
    #[error("the variable `{name}` must be {expected}")]
    InvalidVariable {
        /// The name of the variable.
        name: &'static str,
        /// The values it can have.
        expected: &'static str,
    },
    /// A variable of the environment that is known and cannot be honoured.
    #[error("the variable `{name}` is not supported")]
    UnsupportedVariable {
        /// The name of the variable.
        name: &'static str,
    },
    /// A certificate of the client without its key, or a key without its certificate.
    #[error(
        "`{given}` names a certificate or key of the client, and `{missing}` is missing beside it"
    )]
    CertificateAlone {
        /// The parameter or variable that is there.
        given: &'static str,
        /// The parameter that is not.
        missing: &'static str,
    },
}
