//! A folder in memory for the databases of one run.
//!
//! On a disk, making the files of a copy takes ten times as long as copying their contents.

#[cfg(target_os = "linux")]
use std::path::Path;
use std::path::PathBuf;

use super::account::Account;

/// What a run may need at most, with a good deal to spare: a thousand tables take 70 MB. Containers
/// have 64 MB there by default, and work on disk.
#[cfg(target_os = "linux")]
const NEEDED: u64 = 1 << 30;

/// Makes the folder, or finds the one of a run that was killed; `None` where there is no memory file
/// system, or no room in it.
pub(super) fn folder(account: &Account, name: &str) -> Option<PathBuf> {
    let parent = file_system()?;
    let folder = parent.join(name);
    if account.create_private(&folder).is_ok() || account.is_private(&folder) {
        return Some(folder);
    }
    None
}

#[cfg(target_os = "linux")]
fn file_system() -> Option<PathBuf> {
    with_room(Path::new("/dev/shm"))
}

/// The folder, when it is there and has room.
#[cfg(target_os = "linux")]
fn with_room(place: &Path) -> Option<PathBuf> {
    let room = rustix::fs::statvfs(place).ok()?;
    (room.f_bavail.saturating_mul(room.f_frsize) >= NEEDED).then(|| place.to_owned())
}

#[cfg(not(target_os = "linux"))]
fn file_system() -> Option<PathBuf> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn without_memory_or_room_in_it_databases_are_on_disk() {
        assert_eq!(with_room(Path::new("/no/such/file/system")), None);
        // It has no room for anything.
        assert_eq!(with_room(Path::new("/proc")), None);
    }
}
