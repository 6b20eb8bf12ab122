//! Cuts a URL into its parts, passwords with raw special characters included where only one reading
//! is possible.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use limbeck_core::dialect::Dialect;
use percent_encoding::percent_decode_str;

use super::{DatabaseUrl, UrlError, plain_path};

/// The parts of a PostgreSQL URL, still percent-encoded.
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "no driver"))]
pub(super) struct Parts<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) password: Option<&'a str>,
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
    pub(super) database: &'a str,
    pub(super) query: &'a str,
}

/// A SQLite database as a URL names it.
#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "no driver"))]
pub(super) enum SqlitePlace {
    Memory,
    File { given: PathBuf, path: PathBuf },
}

pub(super) fn parse(text: &str, base: &Path) -> Result<DatabaseUrl, UrlError> {
    let text = unwrap_shell(text);
    if text.is_empty() {
        return Err(UrlError::Empty);
    }
    match parse_url(text, base) {
        Err(error @ (UrlError::NoScheme | UrlError::UnknownScheme { .. })) => {
            let url = plain_path::url_of(text, base);
            Err(url.map_or(error, |url| UrlError::PlainPath { url }))
        }
        parsed => parsed,
    }
}

fn parse_url(text: &str, base: &Path) -> Result<DatabaseUrl, UrlError> {
    let (scheme, rest) = text.split_once(':').ok_or(UrlError::NoScheme)?;
    let scheme = scheme.to_ascii_lowercase();
    let is_scheme =
        |character: char| character.is_ascii_alphanumeric() || "+.-_".contains(character);
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        return Err(UrlError::NoScheme);
    }
    // The driver after the plus is Python's business.
    let name = scheme.split('+').next().unwrap_or_default();
    match name {
        "postgres" | "postgresql" => {
            let rest = rest.strip_prefix("//").ok_or(UrlError::NoScheme)?;
            postgres(&cut_postgres(rest)?)
        }
        "sqlite" | "sqlite3" => {
            let reader = if scheme.contains('+') {
                Reader::Python
            } else {
                Reader::Any
            };
            sqlite(rest, base, reader)
        }
        // Without the slashes the text before the colon may be a user, and the text after it a password.
        _ if rest.starts_with("//") => Err(UrlError::UnknownScheme { scheme }),
        _ => Err(UrlError::NoScheme),
    }
}

#[cfg(feature = "postgres")]
fn postgres(parts: &Parts<'_>) -> Result<DatabaseUrl, UrlError> {
    super::parameters::postgres(parts)
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &Parts<'_>) -> Result<DatabaseUrl, UrlError> {
    Err(UrlError::NotCompiledIn {
        dialect: Dialect::Postgres,
    })
}

/// Whose URL it can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// A driver of Python stands in it.
    Python,
    Any,
}

fn sqlite(rest: &str, base: &Path, reader: Reader) -> Result<DatabaseUrl, UrlError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = sqlite_place(path, base, reader)?;
    if cfg!(feature = "sqlite") {
        sqlite_options(place, query)
    } else {
        Err(UrlError::NotCompiledIn {
            dialect: Dialect::Sqlite,
        })
    }
}

#[cfg(feature = "sqlite")]
fn sqlite_options(place: SqlitePlace, query: &str) -> Result<DatabaseUrl, UrlError> {
    super::parameters::sqlite(place, query)
}

#[cfg(not(feature = "sqlite"))]
fn sqlite_options(_: SqlitePlace, _: &str) -> Result<DatabaseUrl, UrlError> {
    Err(UrlError::NotCompiledIn {
        dialect: Dialect::Sqlite,
    })
}

/// Takes away what comes along when a URL is copied from a shell line or a `.env` file.
fn unwrap_shell(text: &str) -> &str {
    let mut text = text.trim();
    if let Some(rest) = text.strip_prefix("psql ") {
        text = rest.trim_start();
    }
    for quote in ['\'', '"', '`'] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.strip_suffix(quote).unwrap_or(inner).trim();
        }
    }
    text
}

fn cut_postgres(rest: &str) -> Result<Parts<'_>, UrlError> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (login, place) = match authority.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, authority),
    };
    let before_query = tail.split('?').next().unwrap_or_default();
    if login.is_none() && has_odd_port(place) && tail.contains('@') {
        return cut_at_the_only_host(rest);
    }
    // An `@` further right would be the end of the login, were the text before it a password.
    if before_query.contains('@') || tail.contains('#') {
        return Err(UrlError::Ambiguous);
    }
    parts(login, place, tail)
}

/// Whether the text after the last colon can only be the beginning of a password.
fn has_odd_port(place: &str) -> bool {
    let Some((before, port)) = place.rsplit_once(':') else {
        return false;
    };
    !before.is_empty() && !place.ends_with(']') && port.parse::<u16>().is_err()
}

fn cut_at_the_only_host(rest: &str) -> Result<Parts<'_>, UrlError> {
    let mut readings = rest.match_indices('@').filter_map(|(at, _)| {
        let (login, after) = (&rest[..at], &rest[at + 1..]);
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (place, tail) = after.split_at(end);
        let plain = !place.contains('@') && !tail.contains(['@', '#']);
        plain
            .then(|| parts(Some(login), place, tail).ok())
            .flatten()
    });
    match (readings.next(), readings.next()) {
        (Some(reading), None) => Ok(reading),
        (None, _) | (Some(_), Some(_)) => Err(UrlError::Ambiguous),
    }
}

fn parts<'a>(login: Option<&'a str>, place: &'a str, tail: &'a str) -> Result<Parts<'a>, UrlError> {
    let (user, password) = match login {
        None => (None, None),
        Some(login) => match login.split_once(':') {
            Some((user, password)) => (Some(user), Some(password)),
            None => (Some(login), None),
        },
    };
    if place.contains(',') {
        return Err(UrlError::SeveralHosts);
    }
    let (host, port) = cut_port(place)?;
    let is_host = |character: char| character.is_alphanumeric() || "-._%:".contains(character);
    if !host.chars().all(is_host) {
        return Err(UrlError::InvalidHost);
    }
    let (database, query) = tail.split_once('?').unwrap_or((tail, ""));
    Ok(Parts {
        user,
        password,
        host,
        port,
        database: database.trim_matches('/'),
        query,
    })
}

fn cut_port(place: &str) -> Result<(&str, Option<u16>), UrlError> {
    if let Some(inner) = place.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or(UrlError::InvalidHost)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, port_number(port)?)),
            None if after.is_empty() => Ok((host, None)),
            None => Err(UrlError::InvalidHost),
        };
    }
    match place.split_once(':') {
        Some((host, port)) => Ok((host, port_number(port)?)),
        None => Ok((place, None)),
    }
}

/// Reads a port; an empty one is the default, as in `host:/database`.
pub(super) fn port_number(port: &str) -> Result<Option<u16>, UrlError> {
    if port.is_empty() {
        return Ok(None);
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(UrlError::InvalidPort),
        Ok(port) => Ok(Some(port)),
    }
}

/// Reads the path of a SQLite URL: after four slashes it is absolute. After three it is relative for
/// SQLAlchemy and absolute for sqlx, so that it is the one that can be; `./` tells.
fn sqlite_place(path: &str, base: &Path, reader: Reader) -> Result<SqlitePlace, UrlError> {
    let (path, has_three) = match path.strip_prefix("//") {
        Some("" | "/") => return Ok(SqlitePlace::Memory),
        Some(path) => match path.strip_prefix('/') {
            Some(path) => (path, reader == Reader::Any),
            None => (path, false),
        },
        None => (path, false),
    };
    if path.is_empty() {
        return Err(UrlError::NoFile);
    }
    if path == ":memory:" {
        return Ok(SqlitePlace::Memory);
    }
    let given = PathBuf::from(&*decode(path, "path")?);
    let path = base.join(given.strip_prefix(".").unwrap_or(&given));
    if has_three && given.is_relative() && !given.starts_with(".") && !given.starts_with("..") {
        return one_of(given, path);
    }
    Ok(SqlitePlace::File { given, path })
}

/// The file that is there, else the one whose folder is; a bare name is relative, since nobody keeps
/// databases in the root folder.
fn one_of(given: PathBuf, relative: PathBuf) -> Result<SqlitePlace, UrlError> {
    let absolute = Path::new("/").join(&given);
    let has_folder = |path: &Path| path.parent().is_some_and(Path::is_dir);
    let is_bare = given.components().count() == 1;
    let is_absolute = match (relative.exists(), absolute.exists()) {
        (true, true) => None,
        (true, false) => Some(false),
        (false, true) => Some(true),
        (false, false) if is_bare => Some(false),
        (false, false) => match (has_folder(&relative), has_folder(&absolute)) {
            (true, true) => None,
            (_, absolute) => Some(absolute),
        },
    };
    match is_absolute {
        _ if relative == absolute => Ok(SqlitePlace::File {
            given,
            path: relative,
        }),
        Some(true) => Ok(SqlitePlace::File {
            given: absolute.clone(),
            path: absolute,
        }),
        Some(false) => Ok(SqlitePlace::File {
            given,
            path: relative,
        }),
        None => Err(UrlError::TwoFiles {
            given,
            relative,
            absolute,
        }),
    }
}

/// Decodes percent-encoding; a `%` that begins no code stays.
pub(super) fn decode<'a>(text: &'a str, part: &'static str) -> Result<Cow<'a, str>, UrlError> {
    percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| UrlError::NotUtf8 { part })
}
