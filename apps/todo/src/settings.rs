//! What the service is told by its environment: every key, typed, and everything that is wrong with them at once.
//!
//! `.env.example` lists the keys. Not here: `.env` itself, which `main` reads.

mod reader;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::ValueEnum as _;
use jsonwebtoken::Algorithm;
use limbeck::Dialect;
use limbeck::migrator::AtStart;
use limbeck::url::DatabaseUrl;
use secrecy::SecretString;

use self::reader::Reader;
pub use self::reader::{SettingsError, Wrong};

/// Secrets that stand in guides and examples.
const EXAMPLE_SECRETS: [&str; 4] = [
    "your-jwt-secret-key",
    "your-super-secret-jwt-key-change-in-production",
    "change-this-in-production",
    "please-change-me-to-32-random-bytes",
];

/// The fewest bytes of a key.
const SECRET_BYTES: usize = 32;

/// The file of the database where none is named.
const DEFAULT_DATABASE: &str = "sqlite:///./todo.db";

/// What the service is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it runs.
    pub environment: Environment,
    /// The database. It prints itself without its password.
    pub database: DatabaseUrl,
    /// Whether each statement is in the log.
    pub debug: bool,
    /// What else is in the log, in the words of `tracing`.
    pub log_level: tracing::Level,
    /// How the log looks.
    pub log_format: LogFormat,
    /// Tokens.
    pub tokens: TokenSettings,
    /// Where web pages may come from that use the API.
    pub cors_origins: Vec<HeaderValue>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Connections.
    pub pool: PoolSettings,
    /// What is done about pending revisions at the start.
    pub at_start: AtStart,
    /// What a client may take.
    pub limits: Limits,
}

/// Where the service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Environment {
    /// On the machine of somebody who works on it.
    Development,
    /// In tests.
    Testing,
    /// Where releases are tried.
    Staging,
    /// Where it counts.
    Production,
}

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// A line of words for each event.
    Text,
    /// A JSON object for each event.
    Json,
}

/// How tokens are made.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// What signs them. Without one, the service draws one when it starts.
    pub secret: Option<SecretString>,
    /// How they are signed, and the only way that is accepted.
    pub algorithm: Algorithm,
    /// How long they are good.
    pub lifetime: Duration,
}

/// The connections to the database.
#[derive(Debug, Clone, Copy)]
pub struct PoolSettings {
    /// The most of them.
    pub max_connections: u32,
    /// How long a request waits for one.
    pub acquire_timeout: Duration,
    /// How old one may become.
    pub max_lifetime: Duration,
    /// Whether one that was idle is tried before it is used.
    pub pre_ping: bool,
}

/// What a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Tries to register or log in, each minute, for an address and for an account. Nought is no limit.
    pub auth_per_minute: u32,
    /// Whether the last address of `X-Forwarded-For` is the client's.
    pub trust_proxy: bool,
    /// How long a request may take.
    pub request: Duration,
}

impl Settings {
    /// Reads the settings from the variables that `get` finds; relative files are taken from `base`.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names every variable that is wrong.
    pub fn read(get: &dyn Fn(&str) -> Option<String>, base: &Path) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(get);
        let environment = reader.choice("ENVIRONMENT", Environment::Development);
        let database = database(&mut reader, environment, base);
        let dialect = database.as_ref().map(DatabaseUrl::dialect);
        let port = reader.number("PORT", 8000, 0..=65535);
        let host = reader.parsed("HOST", IpAddr::V4(Ipv4Addr::LOCALHOST), "an IP address");
        let core = reader.number("DB_POOL_SIZE", 5, 1..=1000);
        let overflow = reader.number("DB_MAX_OVERFLOW", 10, 0..=1000);
        let settings = Self {
            environment,
            debug: reader.switch("DEBUG", false),
            log_level: log_level(&mut reader),
            log_format: reader.choice("LOG_FORMAT", LogFormat::Text),
            tokens: TokenSettings {
                secret: secret(&mut reader, environment),
                algorithm: algorithm(&mut reader),
                lifetime: Duration::from_secs(
                    60 * reader.number("ACCESS_TOKEN_EXPIRE_MINUTES", 30, 1..=10_080),
                ),
            },
            cors_origins: cors_origins(&mut reader),
            address: SocketAddr::new(host, u16::try_from(port).unwrap_or_default()),
            pool: PoolSettings {
                max_connections: u32::try_from(core + overflow).unwrap_or(u32::MAX),
                acquire_timeout: reader.seconds("DB_POOL_TIMEOUT", 30),
                max_lifetime: reader.seconds("DB_POOL_RECYCLE", 3600),
                pre_ping: reader.switch("DB_POOL_PRE_PING", true),
            },
            at_start: at_start(&mut reader, environment, dialect),
            limits: Limits {
                auth_per_minute: u32::try_from(reader.number("AUTH_RATE_LIMIT", 10, 0..=100_000))
                    .unwrap_or(u32::MAX),
                trust_proxy: reader.switch("TRUST_PROXY", false),
                request: reader.seconds("REQUEST_TIMEOUT", 15),
            },
            // What is wrong with it has been noted, and `finish` tells it.
            database: database.unwrap_or_else(DatabaseUrl::memory),
        };
        better_auth(&mut reader, environment);
        reader.finish(settings)
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        formatter.write_str(
            value
                .as_ref()
                .map_or("", clap::builder::PossibleValue::get_name),
        )
    }
}

fn database(reader: &mut Reader<'_>, environment: Environment, base: &Path) -> Option<DatabaseUrl> {
    let text = match (reader.text("DATABASE_URL"), environment) {
        (Some(text), _) => text,
        (None, Environment::Development) => DEFAULT_DATABASE.to_owned(),
        (None, Environment::Testing | Environment::Staging | Environment::Production) => {
            reader.wrong(
                "DATABASE_URL",
                "is missing: name the database in the environment or in .env",
            );
            return None;
        }
    };
    match DatabaseUrl::parse(&text, base) {
        Ok(url) => Some(url),
        Err(error) => {
            reader.wrong("DATABASE_URL", error.to_string());
            None
        }
    }
}

/// Python's words, as the guides have them.
fn log_level(reader: &mut Reader<'_>) -> tracing::Level {
    let Some(text) = reader.text("LOG_LEVEL") else {
        return tracing::Level::INFO;
    };
    match text.to_ascii_uppercase().as_str() {
        "DEBUG" => tracing::Level::DEBUG,
        "INFO" => tracing::Level::INFO,
        "WARNING" | "WARN" => tracing::Level::WARN,
        "ERROR" | "CRITICAL" => tracing::Level::ERROR,
        _ => {
            reader.wrong(
                "LOG_LEVEL",
                "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
            );
            tracing::Level::INFO
        }
    }
}

fn secret(reader: &mut Reader<'_>, environment: Environment) -> Option<SecretString> {
    let Some(text) = reader.text("JWT_SECRET_KEY") else {
        if environment != Environment::Development {
            reader.wrong(
                "JWT_SECRET_KEY",
                "is missing: `openssl rand -hex 32` makes one",
            );
        }
        return None;
    };
    if environment != Environment::Development && EXAMPLE_SECRETS.contains(&text.as_str()) {
        reader.wrong(
            "JWT_SECRET_KEY",
            "is the one of an example, which everybody knows",
        );
    } else if text.len() < SECRET_BYTES && !EXAMPLE_SECRETS.contains(&text.as_str()) {
        reader.wrong(
            "JWT_SECRET_KEY",
            format!(
                "has {} bytes, and must have {SECRET_BYTES} at least",
                text.len()
            ),
        );
    }
    Some(SecretString::from(text))
}

/// The guides have this key for their front end. The service reads it to tell when it is too short, and signs nothing with it.
fn better_auth(reader: &mut Reader<'_>, environment: Environment) {
    let length = reader.text("BETTER_AUTH_SECRET").map(|text| text.len());
    if let Some(length) = length
        && length < SECRET_BYTES
        && environment != Environment::Development
    {
        reader.wrong(
            "BETTER_AUTH_SECRET",
            format!("has {length} bytes, and must have {SECRET_BYTES} at least"),
        );
    }
}

fn algorithm(reader: &mut Reader<'_>) -> Algorithm {
    match reader.text("JWT_ALGORITHM").as_deref() {
        None | Some("HS256") => Algorithm::HS256,
        Some("HS384") => Algorithm::HS384,
        Some("HS512") => Algorithm::HS512,
        Some(_) => {
            reader.wrong("JWT_ALGORITHM", "must be one of HS256, HS384, HS512");
            Algorithm::HS256
        }
    }
}

/// A list with commas, or as JSON.
fn cors_origins(reader: &mut Reader<'_>) -> Vec<HeaderValue> {
    let text = reader
        .text("CORS_ORIGINS")
        .unwrap_or_else(|| "http://localhost:3000".to_owned());
    let origins: Vec<String> = if text.trim_start().starts_with('[') {
        match serde_json::from_str(&text) {
            Ok(origins) => origins,
            Err(_) => {
                reader.wrong("CORS_ORIGINS", "is no JSON list of texts");
                return Vec::new();
            }
        }
    } else {
        let parts = text.split(',').map(|part| part.trim().to_owned());
        parts.filter(|part| !part.is_empty()).collect()
    };
    let mut values = Vec::new();
    for origin in origins {
        let host = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        let is_origin = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*']));
        match HeaderValue::from_str(&origin) {
            Ok(value) if is_origin => values.push(value),
            _ if origin == "*" => reader.wrong(
                "CORS_ORIGINS",
                "must name origins: browsers send no credentials where any origin may come",
            ),
            _ => reader.wrong(
                "CORS_ORIGINS",
                format!("`{origin}` is no origin such as https://app.example.org"),
            ),
        }
    }
    values
}

/// A file of somebody's own is brought up to date; everything else is for the release to do.
fn at_start(
    reader: &mut Reader<'_>,
    environment: Environment,
    dialect: Option<Dialect>,
) -> AtStart {
    let wait = reader.seconds("MIGRATE_WAIT", 60);
    match reader.text("MIGRATE_ON_START").as_deref() {
        Some("upgrade") => AtStart::Upgrade,
        Some("wait") => AtStart::Wait(wait),
        Some("check") => AtStart::Check,
        Some(_) => {
            reader.wrong("MIGRATE_ON_START", "must be one of upgrade, wait, check");
            AtStart::Check
        }
        None if environment == Environment::Development && dialect == Some(Dialect::Sqlite) => {
            AtStart::Upgrade
        }
        None => AtStart::Check,
    }
}
