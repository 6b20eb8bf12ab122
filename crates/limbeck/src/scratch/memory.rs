//! A folder in memory for the databases of one run: making the files of a copy is what takes the time
//! on a disk, ten times as long as the copying itself.

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
    let place = PathBuf::from("/dev/shm");
    let room = rustix::fs::statvfs(&place).ok()?;
    (room.f_bavail.saturating_mul(room.f_frsize) >= NEEDED).then_some(place)
}

#[cfg(not(target_os = "linux"))]
fn file_system() -> Option<PathBuf> {
    None
}
