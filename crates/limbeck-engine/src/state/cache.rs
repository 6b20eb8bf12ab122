//! Values kept between runs, by a hash of all that they were made from.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::scratch::account;

/// How long a value is kept that no run reads.
const UNUSED_LIMIT: Duration = Duration::from_secs(30 * 24 * 3600);

/// How often those are looked for.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The file whose time is that of the last look.
const LOOKED: &str = "looked";

/// The hash of parts, in hexadecimal digits; where one part ends is part of it.
pub(crate) fn hash<S: AsRef<str>>(parts: &[S]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_ref().len().to_le_bytes());
        digest.update(part.as_ref().as_bytes());
    }
    let bytes = digest.finalize();
    bytes[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The value kept under a hash. One that cannot be read, that somebody else may have written, or that is
/// not what was written, is made anew.
pub(crate) fn read<T: DeserializeOwned>(
    folder: Option<&PathBuf>,
    kind: &str,
    hash: &str,
) -> Option<T> {
    let folder = folder?;
    let path = path(folder, kind, hash);
    let is_ours = account::is_ours_alone(folder) && account::is_ours_alone(&folder.join(kind));
    if !is_ours || !account::is_ours_alone(&path) {
        return None;
    }
    let mut file = fs::File::open(&path).ok()?;
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    // Where it cannot be set, the value is made anew after a month.
    let _ = file.set_modified(SystemTime::now());
    let (sum, text) = text.split_once('\n')?;
    (sum == self::hash(&[kind, hash, text])).then(|| serde_json::from_str(text).ok())?
}

/// Keeps a value. A cache that cannot be written costs time and nothing else, so it is only logged.
pub(crate) fn write<T: Serialize>(folder: Option<&PathBuf>, kind: &str, hash: &str, value: &T) {
    let Some(folder) = folder else { return };
    let target = path(folder, kind, hash);
    let outcome = serde_json::to_string(value)
        .map_err(io::Error::from)
        .map(|text| format!("{}\n{text}", self::hash(&[kind, hash, &text])))
        .and_then(|text| {
            account::close_to_others(folder)?;
            account::close_to_others(&folder.join(kind))?;
            // Another run may read it: it appears whole or not at all.
            let interim = target.with_extension(format!("{}.tmp", std::process::id()));
            let _ = fs::remove_file(&interim);
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&interim)?.write_all(text.as_bytes())?;
            fs::rename(&interim, &target)?;
            remove_unused(&folder.join(kind))
        });
    match outcome {
        Ok(()) => {}
        // Such a user has it so in each run.
        Err(error) if account::is_closed(&error) && !folder.exists() => {
            tracing::debug!(path = %target.display(), %error, "cannot write the cache");
        }
        Err(error) => {
            tracing::warn!(path = %target.display(), %error, "cannot write the cache");
        }
    }
}

/// Removes the values that no run has read for long, once a day, and with them what killed runs left.
fn remove_unused(folder: &Path) -> io::Result<()> {
    let now = SystemTime::now();
    let is_older = |path: &Path, limit| {
        let modified = fs::symlink_metadata(path).and_then(|file| file.modified())?;
        // One from the future counts as used.
        io::Result::Ok(now.duration_since(modified).is_ok_and(|age| age > limit))
    };
    let looked = folder.join(LOOKED);
    if is_older(&looked, DAY).is_ok_and(|is_older| !is_older) {
        return Ok(());
    }
    fs::write(&looked, "")?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // Another run may have removed it.
        if is_older(&path, UNUSED_LIMIT).is_ok_and(|is_older| is_older) {
            let _ = fs::remove_file(&path);
        }
    }
    Ok(())
}

fn path(folder: &Path, kind: &str, hash: &str) -> PathBuf {
    folder.join(kind).join(format!("{hash}.json"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("is set");
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("is there").permissions().mode() & 0o777
    }

    #[test]
    fn what_others_may_have_written_is_not_read() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("limbeck");
        let kept = || read::<String>(Some(&folder), "state", "00");
        let keep = || write(Some(&folder), "state", "00", &"kept".to_owned());
        keep();
        assert_eq!(kept().as_deref(), Some("kept"));
        let file = path(&folder, "state", "00");
        assert_eq!(mode(&folder) & 0o066, 0);
        assert_eq!(mode(&folder.join("state")), 0o700);
        assert_eq!(mode(&file), 0o600);
        for place in [&folder, &folder.join("state"), &file] {
            for others in [0o020, 0o002] {
                let before = mode(place);
                set_mode(place, before | others);
                assert_eq!(kept(), None, "{} {others:o}", place.display());
                set_mode(place, before);
            }
        }
        // A folder is closed again, and only then written to.
        set_mode(&folder, 0o777);
        keep();
        assert_eq!(kept().as_deref(), Some("kept"));
        // No link is followed, neither to read nor to write.
        let precious = home.path().join("precious");
        fs::write(&precious, "precious").expect("is written");
        let text = fs::read(&file).expect("is there");
        fs::remove_file(&file).expect("is there");
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, text).expect("is written");
        symlink(&elsewhere, &file).expect("a link");
        assert_eq!(kept(), None);
        let interim = file.with_extension(format!("{}.tmp", std::process::id()));
        symlink(&precious, &interim).expect("a link");
        keep();
        assert_eq!(kept().as_deref(), Some("kept"));
        assert_eq!(fs::read_to_string(&precious).expect("is there"), "precious");
        // A folder that is a link leads where others may write.
        fs::rename(folder.join("state"), home.path().join("moved")).expect("is moved");
        symlink(home.path().join("moved"), folder.join("state")).expect("a link");
        assert_eq!(kept(), None);
        keep();
        assert_eq!(kept(), None);
    }

    #[test]
    fn what_no_run_has_read_for_a_month_is_removed() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("limbeck");
        let keep = |hash| write(Some(&folder), "state", hash, &"kept".to_owned());
        let set_age = |path: &Path, days: u32| {
            let file = fs::File::open(path).expect("is there");
            let time = SystemTime::now() - days * DAY;
            file.set_modified(time).expect("is set");
        };
        for hash in ["00", "01", "02"] {
            keep(hash);
            set_age(&path(&folder, "state", hash), 31);
        }
        let killed = path(&folder, "state", "00").with_extension("1.tmp");
        fs::write(&killed, "half").expect("is written");
        set_age(&killed, 31);
        let read = |hash| read::<String>(Some(&folder), "state", hash).is_some();
        assert!(read("01"), "reading is using");
        keep("03");
        assert!(path(&folder, "state", "00").exists(), "looked for today");
        set_age(&folder.join("state").join(LOOKED), 2);
        keep("04");
        let is_kept = ["00", "01", "02", "03", "04"].map(read);
        assert_eq!(is_kept, [false, true, false, true, true]);
        assert!(!killed.exists());
    }

    /// Only root can give a file away.
    #[test]
    fn what_another_user_owns_is_not_read() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("limbeck");
        write(Some(&folder), "state", "00", &"kept".to_owned());
        let file = path(&folder, "state", "00");
        for place in [&file, &folder.join("state"), &folder] {
            if std::os::unix::fs::chown(place, Some(65534), None).is_err() {
                return;
            }
            assert_eq!(read::<String>(Some(&folder), "state", "00"), None);
            std::os::unix::fs::chown(place, Some(0), None).expect("root may");
        }
    }
}
