//! Finds the binaries of a PostgreSQL server on this machine.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use limbeck_core::dialect::postgres::version::ServerVersion;

/// The binaries without which no cluster can be made and run.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where to look for a server, and where its cluster may live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// The folder of the binaries; nothing else is looked at when it is given.
    pub bin_dir: Option<PathBuf>,
    /// The folder that keeps clusters between runs.
    pub cache_dir: PathBuf,
    /// The folder for sockets and for clusters of one run. Sockets need a short path.
    pub temp_dir: PathBuf,
    /// The folders of `PATH`.
    pub path: Vec<PathBuf>,
}

impl ServerOptions {
    /// Looks everywhere except in `PATH`, and keeps clusters in `cache_dir`.
    #[must_use]
    pub fn new(cache_dir: impl Into<PathBuf>) -> Self {
        Self {
            bin_dir: None,
            cache_dir: cache_dir.into(),
            temp_dir: PathBuf::from("/tmp"),
            path: Vec::new(),
        }
    }
}

/// The binaries of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The folder of `initdb`, `pg_ctl` and `postgres`.
    pub bin_dir: PathBuf,
    /// What `postgres --version` says.
    pub version: ServerVersion,
}

impl Server {
    pub(super) fn binary(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }
}

/// Why the binaries cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The folder that was given lacks a binary.
    #[error("no `{binary}` in `{}`", bin_dir.display())]
    Missing {
        /// The folder.
        bin_dir: PathBuf,
        /// The binary.
        binary: &'static str,
    },
    /// The binary does not run.
    #[error("`{} --version` does not run", binary.display())]
    Run {
        /// The binary.
        binary: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The binary says something else than a version.
    #[error("`{} --version` gives no version", binary.display())]
    Version {
        /// The binary.
        binary: PathBuf,
    },
}

/// Finds a server: the folder that is given, else what `pg_config` names, else the newest version in
/// the usual places, else in `PATH`.
///
/// # Errors
///
/// [`ServerError`] when a folder is given and of no use, or when what was found does not run. Finding
/// nothing is no error.
pub fn find(options: &ServerOptions) -> Result<Option<Server>, ServerError> {
    // A cluster of its own needs unix sockets and signals.
    if !cfg!(unix) {
        return Ok(None);
    }
    if let Some(bin_dir) = &options.bin_dir {
        if let Some(binary) = NEEDED
            .into_iter()
            .find(|name| !bin_dir.join(name).is_file())
        {
            return Err(ServerError::Missing {
                bin_dir: bin_dir.clone(),
                binary,
            });
        }
        return server(bin_dir.clone()).map(Some);
    }
    let candidates = configured(options)
        .into_iter()
        .chain(usual())
        .chain(options.path.iter().cloned());
    // The clients of PostgreSQL bring a `pg_config` too, without a server beside it.
    candidates
        .into_iter()
        .find(|dir| is_complete(dir))
        .map(server)
        .transpose()
}

fn is_complete(bin_dir: &Path) -> bool {
    NEEDED.iter().all(|name| bin_dir.join(name).is_file())
}

fn server(bin_dir: PathBuf) -> Result<Server, ServerError> {
    let binary = bin_dir.join("postgres");
    let output = Command::new(&binary)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ServerError::Run {
            binary: binary.clone(),
            source,
        })?;
    let version = parse_version(&String::from_utf8_lossy(&output.stdout));
    let version = version.ok_or(ServerError::Version { binary })?;
    Ok(Server { bin_dir, version })
}

/// Reads `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`, and `16beta2` as 16.0.
fn parse_version(text: &str) -> Option<ServerVersion> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    let word = version.split_whitespace().next()?;
    let (major, minor) = word.split_once('.').unwrap_or((word, "0"));
    let leading = |text: &str| {
        let end = text.find(|character: char| !character.is_ascii_digit());
        text[..end.unwrap_or(text.len())].parse::<u32>().ok()
    };
    Some(ServerVersion(
        leading(major)? * 10_000 + leading(minor).unwrap_or(0),
    ))
}

fn configured(options: &ServerOptions) -> Option<PathBuf> {
    let binary = options
        .path
        .iter()
        .map(|dir| dir.join("pg_config"))
        .find(|path| path.is_file())?;
    let output = Command::new(binary)
        .arg("--bindir")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(dir.trim()))
}

/// The folders of the packages of Debian, Red Hat, Homebrew, Postgres.app and Arch, newest first.
fn usual() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ]
    .into_iter()
    .flat_map(|(folder, prefix, bin)| versions(Path::new(folder), prefix, bin))
    .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, bin_dir)| bin_dir).collect()
}

fn versions(folder: &Path, prefix: &str, bin: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join(bin)))
        })
        .filter(|(_, bin_dir)| is_complete(bin_dir))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let read = |text| parse_version(text).map(|version| version.to_string());
        assert_eq!(
            read("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n").as_deref(),
            Some("15.13")
        );
        assert_eq!(
            read("postgres (PostgreSQL) 18beta2\n").as_deref(),
            Some("18.0")
        );
        assert_eq!(read("something else"), None);
    }
}
