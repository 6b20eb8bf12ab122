//! Databases of SQLite in files that nobody else may read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use limbeck::url::DatabaseUrl;
use limbeck_core::sql::quote_literal;

use super::StandingError;
use crate::scratch::account;
use crate::scratch::name::of_this_process;
use crate::state::Copy;

/// How the folder of a file begins that goes with its process.
const PREFIX: &str = "limbeck-file-";

/// A file that goes when this is dropped, in a folder of its own.
#[derive(Debug)]
pub struct TemporaryFile {
    folder: PathBuf,
}

impl TemporaryFile {
    /// Writes a scratch database into a file in `temp_dir`. Those of processes that were killed are removed.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub async fn of(copy: &mut Copy, temp_dir: &Path) -> Result<Self, StandingError> {
        remove_leftovers(temp_dir);
        let folder = temp_dir.join(of_this_process(PREFIX));
        account::close_to_others(&folder).map_err(file_error(&folder))?;
        let file = Self { folder };
        write(copy, &file.path()).await?;
        Ok(file)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join("limbeck.db")
    }

    /// The URL of the file.
    ///
    /// # Errors
    ///
    /// The path of the folder for temporary files is none that a URL can hold.
    pub fn url(&self) -> Result<DatabaseUrl, StandingError> {
        url_of(&self.path())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // There is nobody to tell; the next one that is made removes it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Puts a scratch database into the place of `path`, whose folder is closed to others. Who has the former file open
/// keeps it.
///
/// # Errors
///
/// The file cannot be written.
pub async fn replace(copy: &mut Copy, path: &Path) -> Result<DatabaseUrl, StandingError> {
    let interim = path.with_extension(format!("{}.tmp", std::process::id()));
    remove(&interim).map_err(file_error(&interim))?;
    write(copy, &interim).await?;
    // What stands beside the former file is not of this one.
    remove_beside(path).map_err(file_error(path))?;
    fs::rename(&interim, path).map_err(file_error(path))?;
    url_of(path)
}

/// Removes a file and what SQLite has beside it.
pub(super) fn remove_database(path: &Path) -> io::Result<()> {
    remove_beside(path)?;
    remove(path)
}

fn url_of(path: &Path) -> Result<DatabaseUrl, StandingError> {
    let text = format!("sqlite:{}", path.display());
    DatabaseUrl::parse(&text, Path::new("/"))
        .map_err(|error| file_error(path)(io::Error::other(error)))
}

async fn write(copy: &mut Copy, path: &Path) -> Result<(), StandingError> {
    // SQLite takes a file that is there and empty; the modes of one that it makes are those of the process.
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(file_error(path))?;
    let sql = format!("VACUUM INTO {}", quote_literal(&path.display().to_string()));
    let written = copy.connection.execute(&sql).await;
    written.map(|_| ()).map_err(|source| StandingError::Write {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

fn remove_beside(path: &Path) -> io::Result<()> {
    for ending in ["-journal", "-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(ending);
        remove(Path::new(&beside))?;
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes the files of processes that are gone.
fn remove_leftovers(temp_dir: &Path) {
    let Ok(entries) = fs::read_dir(temp_dir) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().into_string().unwrap_or_default();
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next())
            .and_then(|process| process.parse().ok());
        let is_dead = process.is_some_and(|process| !account::is_alive(process));
        if is_dead && account::is_ours_alone(&entry.path()) {
            // What cannot be removed now is tried again by the next one.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

pub(super) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> StandingError + '_ {
    move |source| StandingError::File {
        path: path.to_owned(),
        source,
    }
}
