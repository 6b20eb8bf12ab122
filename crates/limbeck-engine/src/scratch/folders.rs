//! The folders of a cluster: where they are, whose they are, and what a run that was killed left of them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::ClusterError;
use super::account::{self, Account};
use super::cluster::file_error;
use super::memory;
use super::name;
use super::process::{running, stop_server};
use super::server::{Server, ServerOptions};

/// A socket's path has 107 bytes at most, 103 on macOS; this is what `/.s.PGSQL.5432` leaves.
const SOCKET_FOLDER_LIMIT: usize = 88;

/// How many clusters of other projects are kept: of those used last. Each has 50 MB at least, and is made
/// again in two seconds.
const KEPT_CLUSTERS: usize = 16;

/// How often a lock is tried whose file goes away meanwhile.
const TRIES: usize = 8;

/// The folder of the kept cluster and its lock; `None` while another process has it, or where this
/// account can keep nothing, as one without a home of its own.
pub(super) fn kept_home(
    server: &Server,
    options: &ServerOptions,
    account: &Account,
    temp_dir: &Path,
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
    let lock_file = home.join("lock");
    for _ in 0..TRIES {
        account.create_home(&home).map_err(file_error(&home))?;
        let Some(lock) = lock(&lock_file)? else {
            return Ok(None);
        };
        // Another run may have removed it, unused as it was, between opening and locking.
        if !is_at(&lock, &lock_file) {
            continue;
        }
        // By this time it is known which clusters are used; where it cannot be set, this one counts as older.
        let _ = lock.set_modified(SystemTime::now());
        if !home.join("data").exists() {
            remove_unused(account, &cache_dir, &home, temp_dir);
        }
        return Ok(Some((home, lock)));
    }
    Ok(None)
}

/// Removes the clusters of other projects beyond the number that is kept.
fn remove_unused(account: &Account, cache_dir: &Path, own: &Path, temp_dir: &Path) {
    let Ok(entries) = fs::read_dir(cache_dir) else {
        return;
    };
    let mut kept: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"server-"))
        .map(|entry| entry.path())
        .filter(|home| {
            home != own && account.is_own(home) && account.is_private(&home.join("data"))
        })
        .map(|home| {
            let used = fs::symlink_metadata(home.join("lock")).and_then(|lock| lock.modified());
            (used.unwrap_or(SystemTime::UNIX_EPOCH), home)
        })
        .collect();
    kept.sort_by(|left, right| right.cmp(left));
    for (_, home) in kept.into_iter().skip(KEPT_CLUSTERS) {
        let lock_file = home.join("lock");
        // Held to the end, so that no run makes a cluster in a folder that goes.
        let Ok(Some(_lock)) = lock(&lock_file) else {
            continue;
        };
        let data_dir = home.join("data");
        let is_running = running(account, &data_dir)
            .is_some_and(|left| account::is_server_on(left.process, &data_dir));
        // One that runs is somebody's, also when who started it is gone.
        if !is_running {
            remove_beside(account, &data_dir, temp_dir);
            remove_data(account, &home);
            let _ = fs::remove_file(&lock_file);
            let _ = fs::remove_dir(&home);
        }
    }
}

/// Whether a file that was opened is still the one of this path.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match (file.metadata(), fs::metadata(path)) {
            (Ok(opened), Ok(found)) => identity(opened) == identity(found),
            _ => false,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
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
            remove_beside(account, &data_dir, temp_dir);
            remove_home(account, &home);
        }
    }
}

/// Removes what a killed run left of a cluster outside its folder: the folders of the socket and of the
/// databases in memory. What cannot be removed now is tried again by the next run.
fn remove_beside(account: &Account, data_dir: &Path, temp_dir: &Path) {
    let folder = name::cluster_folder(data_dir);
    let socket_dir = socket_parent(temp_dir).join(&folder);
    let memory_dir = memory::folder(account, &folder);
    let left = [Some(socket_dir), memory_dir].into_iter().flatten();
    for folder in left.filter(|folder| account.is_private(folder)) {
        let _ = account.remove(&folder);
    }
}

/// Removes the folder of a cluster of one run.
pub(super) fn remove_home(account: &Account, home: &Path) {
    remove_data(account, home);
    let _ = fs::remove_dir(home);
}

/// Removes a cluster: what the server could write to by its account, the rest by name. What cannot be
/// removed now is tried again by the next run.
fn remove_data(account: &Account, home: &Path) {
    for folder in ["data", "data.unfinished"] {
        let _ = account.remove(&home.join(folder));
    }
    let _ = fs::remove_file(home.join("data.log"));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The folder of a cluster that was used last so many hours ago.
    fn cluster(account: &Account, cache_dir: &Path, name: &str, hours: usize) -> PathBuf {
        let home = cache_dir.join(name);
        account.create_home(&home).expect("is made");
        account.create_private(&home.join("data")).expect("is made");
        let lock = File::create(home.join("lock")).expect("is made");
        let used = SystemTime::now() - Duration::from_secs(3600 * hours as u64);
        lock.set_modified(used).expect("is set");
        home
    }

    #[test]
    fn clusters_that_are_not_used_any_more_are_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache_dir = folder.path();
        let account = Account::for_server().expect("an account");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(cache_dir, open).expect("is set");
        }
        let homes: Vec<PathBuf> = (0..KEPT_CLUSTERS + 4)
            .map(|hours| {
                cluster(
                    &account,
                    cache_dir,
                    &format!("server-15-{hours:08x}"),
                    hours,
                )
            })
            .collect();
        let own = cluster(&account, cache_dir, "server-15-own", 1000);
        let other = cluster(&account, cache_dir, "standing", 1000);
        let used = homes.last().expect("some");
        let lock = lock(&used.join("lock")).expect("opens").expect("is free");
        remove_unused(&account, cache_dir, &own, cache_dir);
        let is_kept: Vec<bool> = homes.iter().map(|home| home.exists()).collect();
        let mut expected = vec![true; KEPT_CLUSTERS];
        expected.extend([false, false, false, true]);
        assert_eq!(is_kept, expected, "the last one is locked");
        assert!(own.exists() && other.exists());
        drop(lock);
        remove_unused(&account, cache_dir, &own, cache_dir);
        assert!(!used.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_on_a_file_that_is_gone_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let first = lock(&path).expect("opens").expect("is free");
        assert!(is_at(&first, &path));
        fs::remove_file(&path).expect("is there");
        assert!(!is_at(&first, &path));
        let second = lock(&path).expect("opens").expect("is free");
        assert!(is_at(&second, &path) && !is_at(&first, &path));
    }
}
