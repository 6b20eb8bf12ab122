//! Copies of a SQLite database: files, or databases in memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use limbeck_core::revision::Direction;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteOwnedBuf, SqlitePoolOptions};

use super::{PREFIX, Place, TestDatabase, failed, name};
use crate::connection::Connection;
use crate::migrator::{Migrator, MigratorError, log};
use crate::url::{DatabaseUrl, Location};

/// What the revisions make, by the hash of the revisions: a process runs them once.
static MADE: Mutex<BTreeMap<String, Arc<[u8]>>> = Mutex::new(BTreeMap::new());

/// How long whoever makes a lock file may take to lock it.
const JUST_MADE: Duration = Duration::from_secs(10);

/// A database of one test.
#[derive(Debug)]
pub(super) struct Copy {
    image: Arc<[u8]>,
    file: Option<TestFile>,
}

/// A file of one test. While its lock file is locked, nobody clears it away.
#[derive(Debug)]
struct TestFile {
    path: PathBuf,
    lock: PathBuf,
    _locked: File,
}

pub(super) async fn copy(
    migrator: &Migrator,
    url: &DatabaseUrl,
    hash: &str,
) -> Result<TestDatabase, MigratorError> {
    let image = image(migrator, hash).await?;
    let file = match url.location() {
        Location::File { path, .. } => {
            let folder = path.parent().unwrap_or(Path::new("."));
            let file = TestFile::make(folder, &image);
            let action = || format!("make a file for a test in `{}`", folder.display());
            Some(file.map_err(|error| failed(action(), error))?)
        }
        Location::Memory | Location::Tcp { .. } | Location::Socket { .. } => None,
    };
    let url = match &file {
        Some(file) => url.with_file(&file.path),
        None => url.clone(),
    };
    Ok(TestDatabase {
        url,
        place: Place::Sqlite(Copy { image, file }),
    })
}

impl Copy {
    pub(super) fn pool(&self, options: SqliteConnectOptions) -> SqlitePool {
        if self.file.is_some() {
            let pool = SqlitePoolOptions::new().max_connections(5);
            return pool.connect_lazy_with(options);
        }
        let image = Arc::clone(&self.image);
        // It lives as long as its only connection.
        SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let image = Arc::clone(&image);
                Box::pin(async move {
                    let image = SqliteOwnedBuf::try_from(&*image)?;
                    connection.deserialize(None, image, false).await
                })
            })
            .connect_lazy_with(options)
    }

    pub(super) fn close(mut self) -> Result<(), MigratorError> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        let action = format!("remove `{}`", file.path.display());
        remove(&file.path, &file.lock).map_err(|error| failed(action, error))
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        // What stays is cleared away by a later test.
        let _ = remove(&self.path, &self.lock);
    }
}

impl TestFile {
    fn make(folder: &Path, image: &[u8]) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        clear(folder)?;
        let name = name();
        let lock = folder.join(format!("{name}.lock"));
        let locked = File::create_new(&lock)?;
        locked.try_lock()?;
        let path = folder.join(format!("{name}.db"));
        File::create_new(&path)?.write_all(image)?;
        Ok(Self {
            path,
            lock,
            _locked: locked,
        })
    }
}

/// Removes what processes that have ended have left in a folder.
fn clear(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let lock = entry?.path();
        let is_lock = lock
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(".lock"));
        if is_lock && is_left(&lock) {
            // Another process may do the same.
            let _ = remove(&lock.with_extension("db"), &lock);
        }
    }
    Ok(())
}

fn is_left(lock: &Path) -> bool {
    let Ok(file) = File::open(lock) else {
        return false;
    };
    let age = file.metadata().and_then(|metadata| metadata.modified());
    let age = age.map(|modified| modified.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age > JUST_MADE) && file.try_lock().is_ok()
}

/// The lock comes last: without it nobody would find the rest.
fn remove(path: &Path, lock: &Path) -> std::io::Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        gone(Path::new(&name))?;
    }
    gone(lock)
}

fn gone(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Runs the revisions in memory, unless this process has done so.
async fn image(migrator: &Migrator, hash: &str) -> Result<Arc<[u8]>, MigratorError> {
    let made = || MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(image) = made().get(hash) {
        return Ok(Arc::clone(image));
    }
    let mut connection = Connection::memory().await?;
    let options = migrator.options();
    migrator
        .run_on(
            &mut connection,
            Direction::Upgrade,
            "heads",
            &options,
            &mut log,
        )
        .await?;
    let image: Arc<[u8]> = match &mut connection {
        Connection::Sqlite(connection) => {
            let image = connection.serialize(None).await;
            image.map_err(|error| failed("copy the database of tests", error))?[..].into()
        }
        #[cfg(feature = "postgres")]
        Connection::Postgres { .. } => {
            return Err(failed("copy the database of tests", "it is none in memory"));
        }
    };
    // Two tests that begin at once both make one; they are the same.
    made().insert(hash.to_owned(), Arc::clone(&image));
    Ok(image)
}
