//! The parameters after the `?` of a URL, and what each means to the driver.

#[cfg(feature = "postgres")]
use std::borrow::Cow;
#[cfg(feature = "postgres")]
use std::collections::{BTreeMap, BTreeSet};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use std::time::Duration;

#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnectOptions;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnectOptions;

#[cfg(feature = "postgres")]
use super::CONNECT_TIMEOUT;
#[cfg(feature = "sqlite")]
use super::parse::SqlitePlace;
#[cfg(feature = "postgres")]
use super::parse::{Parts, decode, port_number};
#[cfg(feature = "postgres")]
use super::tls;
#[cfg(feature = "postgres")]
use super::variables::Variables;
use super::{DatabaseUrl, Location, Target, UrlError};

/// Parameters other clients know and a single short-lived connection can do without.
#[cfg(feature = "postgres")]
const IGNORED: &[&str] = &[
    "acquire_timeout",
    "async_fallback",
    "client_encoding",
    "connection_limit",
    "fallback_application_name",
    "gsslib",
    "idle_timeout",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "loginTimeout",
    "max_connections",
    "max_lifetime",
    "max_overflow",
    "max_pool_size",
    "min_connections",
    "min_pool_size",
    "pgbouncer",
    "pool_max_conns",
    "pool_min_conns",
    "pool_mode",
    "pool_pre_ping",
    "pool_recycle",
    "pool_size",
    "pool_timeout",
    "poolclass",
    "prepareThreshold",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "reWriteBatchedInserts",
    "socketTimeout",
    "socket_timeout",
    "sslcompression",
    "sslsni",
    "statement-cache-capacity",
    "statement_cache_size",
    "supa",
    "tcpKeepAlive",
    "tcp_user_timeout",
    "uselibpqcompat",
    "workaround",
];

/// Settings of the server that a URL may have as parameters, as `options=-c name=value` has them.
#[cfg(feature = "postgres")]
const SETTINGS: &[&str] = &[
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "statement_timeout",
    "timezone",
];

/// Builds the options of a PostgreSQL URL.
///
/// The driver gets every part as a parameter of an otherwise empty URL: the builder of its options
/// neither takes `options` as written nor looks into the password file.
#[cfg(feature = "postgres")]
pub(super) fn postgres(parts: &Parts<'_>) -> Result<DatabaseUrl, UrlError> {
    let mut given = BTreeMap::new();
    let mut connect_timeout = Some(CONNECT_TIMEOUT);
    for (name, part, text) in [
        ("host", "host", Some(parts.host)),
        ("user", "user", parts.user),
        ("password", "password", parts.password),
        ("dbname", "database", Some(parts.database)),
    ] {
        if let Some(text) = text {
            given.insert(name.to_owned(), decode(text, part)?.into_owned());
        }
    }
    given.extend(parts.port.map(|port| ("port".to_owned(), port.to_string())));
    let mut settings = String::new();
    let mut search_path = String::new();
    let mut is_pooled = false;
    let mut said: BTreeSet<String> = given.keys().cloned().collect();
    for (name, value) in url::form_urlencoded::parse(plus_stays(parts.query).as_bytes()) {
        is_pooled |= name == "pgbouncer" && value == "true";
        said.insert(name.to_string());
        if name == "connect_timeout" {
            connect_timeout = seconds(&value)?;
        } else if let Some(path) = schemas(&name, &value) {
            search_path = path;
        } else if SETTINGS.contains(&name.to_ascii_lowercase().as_str()) {
            settings.push_str(&setting(&name.to_ascii_lowercase(), &value));
        } else if let Some((name, value)) = passed_on(&name, &value, parts.query)? {
            said.insert(name.to_owned());
            given.insert(name.to_owned(), value.into_owned());
        }
    }
    given.retain(|_, value| !value.is_empty());
    let environment = |name: &str| std::env::var(name).ok();
    let variables = Variables::read(&mut given, &said, &environment)?;
    let tls = tls::verify(&mut given, &variables, std::env::home_dir().as_deref())?;
    add_options(&mut given, &settings);
    let elsewhere = tls.apply(connect_options(&given)?);
    // A pooler may refuse options, and this is where a login starts anyway.
    let says_nothing = search_path.is_empty() || (is_pooled && search_path == "public");
    if !says_nothing {
        add_options(&mut given, &setting("search_path", &search_path));
    }
    let options = tls.apply(connect_options(&given)?);
    let location = location(&options);
    let mut url = DatabaseUrl::new(Target::Postgres(options), location, connect_timeout);
    let inner = std::sync::Arc::make_mut(&mut url.inner);
    inner.tls = tls;
    if !says_nothing {
        inner.elsewhere = Some(Target::Postgres(elsewhere));
    }
    Ok(url)
}

#[cfg(feature = "postgres")]
fn connect_options(given: &BTreeMap<String, String>) -> Result<PgConnectOptions, UrlError> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given)
        .finish();
    // What the driver checks has been checked above, and its message may hold the value.
    let options = format!("postgres:///?{query}").parse();
    options.map_err(|_| UrlError::Ambiguous)
}

#[cfg(feature = "postgres")]
fn add_options(given: &mut BTreeMap<String, String>, settings: &str) {
    if !settings.is_empty() {
        let options = given.entry("options".to_owned()).or_default();
        *options = format!("{options}{settings}").trim_start().to_owned();
    }
}

/// The search path of a parameter that names schemas: Prisma's `schema` is one name, the others are
/// lists as SQL has them.
#[cfg(feature = "postgres")]
fn schemas(name: &str, value: &str) -> Option<String> {
    match name {
        "schema" if !value.is_empty() => {
            let dialect = limbeck_core::dialect::Dialect::Postgres;
            Some(limbeck_core::sql::quote_identifier(value, dialect))
        }
        "schema" | "search_path" | "currentSchema" | "current_schema" => Some(value.to_owned()),
        _ => None,
    }
}

/// ` -c name=value` with the blanks of the value escaped (PostgreSQL manual, section 34.1.2).
#[cfg(feature = "postgres")]
fn setting(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace(' ', "\\ ");
    format!(" -c {name}={value}")
}

/// Turns a parameter into the driver's spelling; `None` for what it can do without.
#[cfg(feature = "postgres")]
pub(super) fn passed_on<'a>(
    name: &'a str,
    value: &'a str,
    query: &str,
) -> Result<Option<(&'a str, Cow<'a, str>)>, UrlError> {
    let value = match name {
        "sslmode" | "ssl-mode" => return Ok(Some(("sslmode", sslmode(name, value)?.into()))),
        "ssl" => {
            let mode = match value {
                "true" | "1" | "yes" | "on" => "require",
                "false" | "0" | "no" | "off" => "disable",
                _ => sslmode(name, value)?,
            };
            return Ok(Some(("sslmode", mode.into())));
        }
        "sslaccept" if value == "strict" => return Ok(Some(("sslmode", "verify-full".into()))),
        "sslaccept" if value == "accept_invalid_certs" => return Ok(None),
        "sslaccept" => return Err(invalid(name, "strict or accept_invalid_certs")),
        "ApplicationName" => return Ok(Some(("application_name", value.into()))),
        "channel_binding" if matches!(value, "require" | "prefer" | "disable") => {
            Some(value.into())
        }
        "channel_binding" => return Err(invalid(name, "one of require, prefer, disable")),
        "sslpassword" => {
            return Err(UrlError::UnsupportedParameter {
                name: "sslpassword",
            });
        }
        "sslnegotiation" if value == "direct" => {
            return Err(UrlError::UnsupportedParameter {
                name: "sslnegotiation",
            });
        }
        "sslnegotiation" => return Ok(None),
        "gssencmode" if matches!(value, "prefer" | "disable") => None,
        "gssencmode" => return Err(UrlError::UnsupportedParameter { name: "gssencmode" }),
        "require_auth" => {
            return Err(UrlError::UnsupportedParameter {
                name: "require_auth",
            });
        }
        // A URL may come from a checkout, which chooses no file whose words are sent to a host of its own.
        "passfile" => return Err(UrlError::UnsupportedParameter { name: "passfile" }),
        // Whoever writes to a standby is told so by the server.
        "target_session_attrs" if matches!(value, "any" | "read-write" | "primary") => None,
        "target_session_attrs" => {
            return Err(UrlError::UnsupportedParameter {
                name: "target_session_attrs",
            });
        }
        "host" | "hostaddr" if value.contains(',') => return Err(UrlError::SeveralHosts),
        "host" | "hostaddr" => return Ok(Some(("host", value.into()))),
        "port" => port_number(value)?.map(|port| port.to_string().into()),
        "application_name" | "dbname" | "options" | "password" | "sslcert" | "sslkey"
        | "sslrootcert" | "user" => Some(value.into()),
        _ if name.starts_with("options[") && name.ends_with(']') => Some(value.into()),
        _ if IGNORED.contains(&name) => None,
        _ => return Err(unknown(name, query)),
    };
    Ok(value.map(|value| (name, value)))
}

#[cfg(feature = "postgres")]
fn sslmode(name: &str, value: &str) -> Result<&'static str, UrlError> {
    [
        "disable",
        "allow",
        "prefer",
        "require",
        "verify-ca",
        "verify-full",
    ]
    .into_iter()
    .find(|mode| mode.eq_ignore_ascii_case(value))
    .ok_or_else(|| {
        invalid(
            name,
            "one of disable, allow, prefer, require, verify-ca, verify-full",
        )
    })
}

/// Reads a timeout; zero and less wait for ever, as in libpq.
#[cfg(feature = "postgres")]
fn seconds(value: &str) -> Result<Option<Duration>, UrlError> {
    let seconds: i64 = value
        .parse()
        .map_err(|_| invalid("connect_timeout", "a number of seconds"))?;
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0);
    Ok(seconds.map(Duration::from_secs))
}

/// Where the driver connects to.
#[cfg(feature = "postgres")]
pub(super) fn location(options: &PgConnectOptions) -> Location {
    let user = options.get_username().to_owned();
    let port = options.get_port();
    let database = options.get_database().map(ToOwned::to_owned);
    let host = options.get_host();
    let folder = options.get_socket().cloned();
    match folder.or_else(|| host.starts_with('/').then(|| host.into())) {
        Some(folder) => Location::Socket {
            user,
            folder,
            port,
            database,
        },
        None => Location::Tcp {
            user,
            host: host.to_owned(),
            port,
            database,
        },
    }
}

/// Builds the options of a SQLite URL.
#[cfg(feature = "sqlite")]
pub(super) fn sqlite(place: SqlitePlace, query: &str) -> Result<DatabaseUrl, UrlError> {
    let mut options = sqlite_defaults();
    let mut location = match place {
        SqlitePlace::Memory => Location::Memory,
        SqlitePlace::File { given, path } => Location::File { given, path },
    };
    for (name, value) in url::form_urlencoded::parse(plus_stays(query).as_bytes()) {
        match (&*name, &*value) {
            ("mode", "rwc") => options = options.create_if_missing(true).read_only(false),
            ("mode", "rw") => options = options.create_if_missing(false).read_only(false),
            ("mode", "ro") => options = options.create_if_missing(false).read_only(true),
            ("mode", "memory") => location = Location::Memory,
            ("mode", _) => return Err(invalid("mode", "one of ro, rw, rwc, memory")),
            ("cache", "shared") => options = options.shared_cache(true),
            ("cache", "private") => options = options.shared_cache(false),
            ("cache", _) => return Err(invalid("cache", "shared or private")),
            ("immutable", "1" | "true") => options = options.immutable(true),
            ("immutable", "0" | "false") => options = options.immutable(false),
            ("immutable", _) => return Err(invalid("immutable", "true or false")),
            ("vfs", vfs) => options = options.vfs(vfs.to_owned()),
            ("timeout", seconds) => {
                let timeout = seconds
                    .parse()
                    .ok()
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                    .ok_or_else(|| invalid("timeout", "a number of seconds"))?;
                options = options.busy_timeout(timeout);
            }
            // What only Python's driver needs.
            ("check_same_thread" | "uri" | "isolation_level" | "detect_types", _) => {}
            (name, _) => return Err(unknown(name, query)),
        }
    }
    Ok(sqlite_at(location, options))
}

/// What every SQLite connection has unless its URL says otherwise.
#[cfg(feature = "sqlite")]
pub(super) fn sqlite_defaults() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
}

#[cfg(feature = "sqlite")]
pub(super) fn sqlite_at(location: Location, options: SqliteConnectOptions) -> DatabaseUrl {
    let options = match &location {
        Location::File { path, .. } => options.filename(path),
        Location::Memory | Location::Tcp { .. } | Location::Socket { .. } => {
            options.filename(":memory:")
        }
    };
    DatabaseUrl::new(Target::Sqlite(options), location, None)
}

/// Keeps `+` a plus: only HTML forms, not database URLs, write a space that way.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
fn plus_stays(query: &str) -> String {
    query.replace('+', "%2B")
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
fn unknown(name: &str, query: &str) -> UrlError {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "_-.[]".contains(character);
    if query.contains('@') || name.is_empty() || !name.chars().all(is_plain) {
        return UrlError::Ambiguous;
    }
    UrlError::UnknownParameter {
        name: name.to_owned(),
    }
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
fn invalid(name: &str, expected: &'static str) -> UrlError {
    UrlError::InvalidParameter {
        name: name.to_owned(),
        expected,
    }
}
