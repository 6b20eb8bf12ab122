//! What other processes are told of a database that stands: where it is, and which state it was made in.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StandingError;
use super::file::{file_error, remove_database};
use crate::scratch::account;
use crate::state::cache;

/// A database that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The project that it is for.
    pub project: PathBuf,
    /// The state, as it was asked for.
    pub at: String,
    /// The database's dialect.
    pub dialect: String,
    /// What that state is known by.
    pub fingerprint: String,
    /// What the schema was known by when it was made.
    pub schema: String,
    /// The URL for other programs.
    pub url: String,
    /// The process that keeps it, which is none for a file.
    pub process: Option<u32>,
}

/// Where the record of a database is, and its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
    name: String,
}

/// Held while a database is made, and as long as a process keeps it.
#[derive(Debug)]
pub struct RecordLock {
    _file: File,
}

impl Place {
    /// The place for a project's database of a dialect in a state, as it is asked for.
    #[must_use]
    pub fn new(cache: &Path, project: &Path, dialect: &str, at: &str) -> Self {
        let project = project.display().to_string();
        Self {
            folder: folder(cache),
            name: cache::hash(&[project.as_str(), dialect, at]),
        }
    }

    /// The places of all databases that stand for a project.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn all(cache: &Path, project: &Path) -> Result<Vec<Self>, StandingError> {
        let folder = folder(cache);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(file_error(&folder))?,
        };
        let names = entries
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().into_string().ok());
        let mut places: Vec<Self> = names
            .filter_map(|name| name.strip_suffix(".json").map(ToOwned::to_owned))
            .map(|name| Self {
                folder: folder.clone(),
                name,
            })
            .filter(|place| place.read().is_some_and(|record| record.project == project))
            .collect();
        places.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(places)
    }

    /// What a server or a name that is made for it alone is told apart by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file of a database of SQLite.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.db", self.name))
    }

    fn record(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    /// The record. One that somebody else may have written is none: its URL could lead anywhere.
    #[must_use]
    pub fn read(&self) -> Option<Record> {
        let path = self.record();
        if !account::is_ours_alone(&self.folder) || !account::is_ours_alone(&path) {
            return None;
        }
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Writes the record, which appears whole or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write(&self, record: &Record) -> Result<(), StandingError> {
        let path = self.record();
        let written = serde_json::to_vec(record)
            .map_err(io::Error::from)
            .and_then(|text| {
                account::close_to_others(&self.folder)?;
                let interim = path.with_extension(format!("{}.tmp", std::process::id()));
                let _ = fs::remove_file(&interim);
                private()
                    .create_new(true)
                    .open(&interim)?
                    .write_all(&text)?;
                fs::rename(&interim, &path)
            });
        written.map_err(file_error(&path))
    }

    /// Removes record and file. A process that keeps the database ends it when it sees that.
    ///
    /// # Errors
    ///
    /// One of them cannot be removed.
    pub fn remove(&self) -> Result<(), StandingError> {
        let path = self.record();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(file_error(&path)(error));
            }
            Ok(()) | Err(_) => {}
        }
        let file = self.file();
        remove_database(&file).map_err(file_error(&file))
    }

    /// Takes the lock; `None` while another process has it. It goes with the process that holds it.
    ///
    /// # Errors
    ///
    /// The file of the lock cannot be used.
    pub fn lock(&self) -> Result<Option<RecordLock>, StandingError> {
        let path = self.folder.join(format!("{}.lock", self.name));
        let taken = account::close_to_others(&self.folder).and_then(|()| {
            let file = private().create(true).truncate(false).open(&path)?;
            match file.try_lock() {
                Ok(()) => Ok(Some(RecordLock { _file: file })),
                Err(fs::TryLockError::WouldBlock) => Ok(None),
                Err(fs::TryLockError::Error(error)) => Err(error),
            }
        });
        taken.map_err(file_error(&path))
    }
}

fn folder(cache: &Path) -> PathBuf {
    cache.join("standing")
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
