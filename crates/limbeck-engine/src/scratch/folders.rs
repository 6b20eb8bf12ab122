//! The folders of a cluster: where they are, whose they are, and what a run that was killed left of them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::ClusterError;
use super::account::{self, Account};
use super::cluster::file_error;
use super::memory;
use super::name;
use super::process::{running, stop_server};
use super::server::{Server, ServerOptions};

/// A socket's path has 107 bytes at most, 103 on macOS; this is what `/.s.PGSQL.5432` leaves.
const SOCKET_FOLDER_LIMIT: usize = 88;

/// The folder of the kept cluster and its lock; `None` while another process has it, or where this
/// account can keep nothing, as one without a home of its own.
pub(super) fn kept_home(
    server: &Server,
    options: &ServerOptions,
    account: &Account,
) -> Result<Option<(PathBuf, File)>, ClusterError> {
    let cache_dir = match account.cache_dir(&options.cache_dir) {
        Ok(cache_dir) => cache_dir,
        Err(error) if account::is_closed(&error) => {
            tracing::warn!(path = %options.cache_dir.display(), %error, "no cluster is kept");
            return Ok(None);
        }
        Err(source) => return Err(file_error(&options.cache_dir)(source)),
    };
    let home = cache_dir.join(name::kept_cluster(server, options, &account.suffix()));
    account.create_home(&home).map_err(file_error(&home))?;
    let lock = lock(&home.join("lock"))?;
    Ok(lock.map(|lock| (home, lock)))
}

/// Takes the lock, or `None` when another process has it; it goes with the process that holds it.
fn lock(path: &Path) -> Result<Option<File>, ClusterError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(file_error(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(source)) => Err(file_error(path)(source)),
    }
}

/// Where the folder of a socket is, whose path must be short.
pub(super) fn socket_parent(temp_dir: &Path) -> &Path {
    if temp_dir.as_os_str().len() + "/limbeck-00000000".len() <= SOCKET_FOLDER_LIMIT {
        temp_dir
    } else {
        Path::new("/tmp")
    }
}

/// Makes the folder of the socket: only the account of the server may enter, since the server trusts
/// whoever comes through.
pub(super) fn socket_dir(
    account: &Account,
    data_dir: &Path,
    temp_dir: &Path,
) -> Result<PathBuf, ClusterError> {
    let parent = socket_parent(temp_dir);
    let folder = parent.join(name::cluster_folder(data_dir));
    match account.create_private(&folder) {
        Ok(()) => return Ok(folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(file_error(&folder)(source)),
    }
    if account.is_private(&folder) {
        return Ok(folder);
    }
    let folder = parent.join(format!("limbeck-{:08x}", name::random()));
    account
        .create_private(&folder)
        .map_err(file_error(&folder))?;
    Ok(folder)
}

/// Removes clusters of one run whose run is over, with their servers.
pub(super) fn remove_temporary_leftovers(server: &Server, account: &Account, temp_dir: &Path) {
    let Ok(entries) = fs::read_dir(temp_dir) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().into_string().unwrap_or_default();
        let process = name
            .strip_prefix("limbeck-once-")
            .and_then(|rest| rest.split('-').next())
            .and_then(|process| process.parse().ok());
        let home = entry.path();
        let is_dead = process.is_some_and(|process| !account::is_alive(process));
        if !is_dead || !account.is_own(&home) {
            continue;
        }
        let data_dir = home.join("data");
        let is_stopped = running(account, &data_dir)
            .is_none_or(|left| stop_server(server, account, &data_dir, left.process).is_ok());
        if is_stopped {
            // What cannot be removed now is tried again by the next run.
            let folder = name::cluster_folder(&data_dir);
            let socket_dir = socket_parent(temp_dir).join(&folder);
            let memory_dir = memory::folder(account, &folder);
            let left = [Some(socket_dir), memory_dir].into_iter().flatten();
            for folder in left.filter(|folder| account.is_private(folder)) {
                let _ = account.remove(&folder);
            }
            remove_home(account, &home);
        }
    }
}

/// Removes the folder of a cluster of one run: what the server could write to by its account, the rest
/// by name.
pub(super) fn remove_home(account: &Account, home: &Path) {
    // What cannot be removed now is tried again by the next run.
    for folder in ["data", "data.unfinished"] {
        let _ = account.remove(&home.join(folder));
    }
    let _ = fs::remove_file(home.join("data.log"));
    let _ = fs::remove_dir(home);
}
