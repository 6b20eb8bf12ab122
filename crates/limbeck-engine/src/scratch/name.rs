//! Names of databases and folders of one run, and what a name tells about that run.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

use super::server::{Server, ServerOptions, Trust};

/// How every database of Limbeck begins.
pub(super) const PREFIX: &str = "limbeck_";

/// How every kept database begins.
pub(super) const TEMPLATE_PREFIX: &str = "limbeck_template_";

/// How every database begins that has a name of its own for other programs.
pub(super) const STANDING_PREFIX: &str = "limbeck_at_";

/// The run a scratch database belongs to, as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnerRun {
    /// The process that made it.
    pub(super) process: u32,
    /// When it was made, in seconds since 1970.
    pub(super) created: u64,
}

/// A name for a new scratch database: `limbeck_<purpose>_<process>_<seconds>_<random>`.
pub(super) fn scratch_database(purpose: &str) -> String {
    let purpose: String = purpose
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(16)
        .collect::<String>()
        .to_ascii_lowercase();
    let process = std::process::id();
    let created = seconds_since_1970();
    let random = random();
    format!("{PREFIX}{purpose}_{process}_{created}_{random:08x}")
}

/// The run that made a database of this name; `None` for templates and foreign databases.
pub(super) fn origin(database: &str) -> Option<OwnerRun> {
    let mut parts = database.strip_prefix(PREFIX)?.rsplit('_');
    let random = parts.next()?;
    let created = parts.next()?.parse().ok()?;
    let process = parts.next()?.parse().ok()?;
    let _purpose = parts.next()?;
    let is_random = random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_random && parts.next().is_none()).then_some(OwnerRun { process, created })
}

/// The folder of the kept cluster of a project. Where revisions are trusted it is another one: what they
/// do there must not reach a run that trusts nothing.
pub(super) fn kept_cluster(server: &Server, options: &ServerOptions, suffix: &str) -> String {
    let major = server.version.major();
    let project = short_hash(options.project.as_os_str().as_encoded_bytes());
    let trusted = match options.trust {
        Trust::Nothing => "",
        Trust::Everything => "-trusted",
    };
    format!("server-{major}-{project}{trusted}{suffix}")
}

/// The name of a cluster's folders outside its data directory.
pub(super) fn cluster_folder(data_dir: &Path) -> String {
    let hash = short_hash(data_dir.as_os_str().as_encoded_bytes());
    format!("limbeck-{hash}")
}

fn short_hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The folder of a cluster that goes with its run.
pub(super) fn temporary_cluster() -> String {
    of_this_process("limbeck-once-")
}

/// A name that tells its process.
pub(crate) fn of_this_process(prefix: &str) -> String {
    format!("{prefix}{}-{:08x}", std::process::id(), random())
}

/// Eight hexadecimal digits nobody else is likely to draw.
pub(super) fn random() -> u32 {
    // The keys of the standard hasher are random for each process and differ for each call.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    u32::try_from(hasher.finish() & u64::from(u32::MAX)).unwrap_or_default()
}

/// The clock in whole seconds.
pub(super) fn seconds_since_1970() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_origin() {
        let name = scratch_database("Re_play, a long purpose of many words");
        assert!(name.len() <= 63, "{name}");
        let origin = origin(&name).expect("a name just made");
        assert_eq!(origin.process, std::process::id());
        assert!(seconds_since_1970() - origin.created < 5);
    }

    #[test]
    fn other_names_tell_nothing() {
        for name in [
            "postgres",
            "limbeck_template_0123456789ab",
            "limbeck_mine",
            "limbeck_a_b_c_d",
            "other_replay_1_2_01234567",
            "limbeck_my_replay_1_2_01234567",
        ] {
            assert_eq!(origin(name), None, "{name}");
        }
    }
}
