//! Who runs the server, and which folders that account can use.
//!
//! PostgreSQL refuses to run as root, so root hands its cluster to another account.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The accounts root may hand a cluster to, the best first: one that somebody made for it, and the
/// owner of the machine's own databases last, since what runs in a server can read what it can.
const STAND_INS: [&str; 3] = ["limbeck", "nobody", "postgres"];

/// The account a server runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// The user and group to change to; `None` stays who we are.
    stand_in: Option<(u32, u32)>,
    /// Our own user.
    own: u32,
}

impl Account {
    /// The account for a server started by this process.
    pub(super) fn for_server() -> io::Result<Self> {
        let own = own_user()?;
        let stand_in = if own == 0 {
            let accounts = fs::read_to_string("/etc/passwd")?;
            let found = STAND_INS.iter().find_map(|name| in_passwd(&accounts, name));
            Some(
                found
                    .ok_or_else(|| io::Error::other("no user `limbeck`, `nobody` or `postgres`"))?,
            )
        } else {
            None
        };
        Ok(Self { stand_in, own })
    }

    /// What keeps the clusters of different accounts in one cache apart.
    pub(super) fn suffix(&self) -> String {
        self.stand_in
            .map_or_else(String::new, |(user, _)| format!("-u{user}"))
    }

    /// A command that runs as this account, without the caller's environment.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = without_environment(program);
        #[cfg(unix)]
        if let Some((user, group)) = self.stand_in {
            use std::os::unix::process::CommandExt as _;
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes a folder that only this account (and root) can enter.
    pub(super) fn create_private(&self, folder: &Path) -> io::Result<()> {
        create_folder(folder, 0o700)?;
        #[cfg(unix)]
        if let Some((user, group)) = self.stand_in {
            // A link that somebody put in its place would be followed by `chown`.
            std::os::unix::fs::lchown(folder, Some(user), Some(group))?;
        }
        Ok(())
    }

    /// Makes a folder of our own that this account can pass through, and nobody write to; one that is
    /// there must be such a folder.
    pub(super) fn create_home(&self, folder: &Path) -> io::Result<()> {
        let mode = self.stand_in.map_or(0o700, |_| 0o711);
        match create_folder(folder, mode) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            outcome => return outcome,
        }
        if !self.is_own(folder) {
            return Err(io::Error::other(
                "it belongs to somebody else, or others may write to it",
            ));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
        }
        Ok(())
    }

    /// Whether a folder is one that [`Self::create_private`] made: nobody else can have put it there.
    pub(super) fn is_private(&self, folder: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            fs::symlink_metadata(folder).is_ok_and(|metadata| {
                metadata.is_dir() && metadata.uid() == self.user() && metadata.mode() & 0o077 == 0
            })
        }
        #[cfg(not(unix))]
        folder.is_dir()
    }

    /// The text of a small file in a folder that this account can write to: a file of its own, not a
    /// link, which could lead to one that only root may read, nor a pipe, which would be waited for.
    pub(super) fn read(&self, path: &Path) -> Option<String> {
        use std::io::Read as _;
        const LIMIT: u64 = 64 * 1024;
        let mut options = fs::OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
            options.custom_flags(i32::try_from(flags.bits()).ok()?);
        }
        let file = options.open(path).ok()?;
        let metadata = file.metadata().ok()?;
        #[cfg(unix)]
        let is_of_account = std::os::unix::fs::MetadataExt::uid(&metadata) == self.user();
        #[cfg(not(unix))]
        let is_of_account = true;
        if !metadata.is_file() || !is_of_account {
            return None;
        }
        let mut text = String::new();
        file.take(LIMIT).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Removes a folder that this account can write to. Root leaves that to the account, and removes
    /// the empty folder where it lies in one of root's own.
    pub(super) fn remove(&self, folder: &Path) -> io::Result<()> {
        let outcome = if self.stand_in.is_some() {
            let mut remove = self.command(Path::new("rm"));
            remove.arg("-rf").arg("--").arg(folder);
            // Whether it is gone is seen below.
            remove
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()?;
            fs::remove_dir(folder)
        } else {
            fs::remove_dir_all(folder)
        };
        match outcome {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Whether this account can reach what lies in `folder`.
    pub(super) fn can_enter(&self, folder: &Path) -> bool {
        #[cfg(unix)]
        if let Some((user, group)) = self.stand_in {
            use std::os::unix::fs::MetadataExt as _;
            let Ok(folder) = folder.canonicalize() else {
                return false;
            };
            return folder.ancestors().all(|ancestor| {
                fs::metadata(ancestor).is_ok_and(|metadata| {
                    let shift = if metadata.uid() == user {
                        6
                    } else if metadata.gid() == group {
                        3
                    } else {
                        0
                    };
                    (metadata.mode() >> shift) & 1 == 1
                })
            });
        }
        folder.is_dir()
    }

    /// The folder for clusters that are kept: `wanted`, unless root keeps it closed.
    pub(super) fn cache_dir(&self, wanted: &Path) -> io::Result<PathBuf> {
        if let Some(parent) = wanted.parent() {
            fs::create_dir_all(parent)?;
        }
        let folder = if wanted.parent().is_none_or(|parent| self.can_enter(parent)) {
            wanted.to_owned()
        } else {
            PathBuf::from(format!("/var/tmp/limbeck-{}-cache", self.own))
        };
        self.create_home(&folder)?;
        // The command line of a running server is searched for this path.
        folder.canonicalize()
    }

    /// The user that the server runs as.
    #[cfg(unix)]
    fn user(&self) -> u32 {
        self.stand_in.map_or(self.own, |(user, _)| user)
    }

    /// Whether a folder is our own, and nobody else may write to it.
    pub(super) fn is_own(&self, folder: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            fs::symlink_metadata(folder).is_ok_and(|metadata| {
                metadata.is_dir() && metadata.uid() == self.own && metadata.mode() & 0o022 == 0
            })
        }
        #[cfg(not(unix))]
        folder.is_dir()
    }
}

/// Whether a file or a folder, and no link, is of the user who runs this, and nobody else may write to it.
pub(crate) fn is_ours_alone(path: &Path) -> bool {
    let metadata = fs::symlink_metadata(path);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        metadata.is_ok_and(|metadata| {
            let is_ours = own_user().is_ok_and(|user| user == metadata.uid());
            is_ours && !metadata.is_symlink() && metadata.mode() & 0o022 == 0
        })
    }
    #[cfg(not(unix))]
    metadata.is_ok_and(|metadata| !metadata.is_symlink())
}

/// Whether a folder cannot be made, because this account may not or its home is no folder: services
/// often have `/nonexistent` or `/dev/null`.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
    )
}

/// Makes a folder that nobody else can enter, or takes away the right of others to write to ours.
pub(crate) fn close_to_others(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match create_folder(folder, 0o700) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let metadata = fs::symlink_metadata(folder)?;
        if metadata.is_dir() && metadata.uid() == own_user()? && metadata.mode() & 0o022 != 0 {
            // The account of the server may go through it to its cluster.
            let mode = metadata.mode() & 0o755;
            fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
        }
    }
    if is_ours_alone(folder) {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the folder is a link, or of another user",
        ))
    }
}

fn create_folder(folder: &Path, mode: u32) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(folder)
}

/// A command that sees nothing of the caller's environment, which may hold passwords: what runs in a
/// server could tell them on.
pub(super) fn without_environment(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    // Where the libraries of a server are that no package manager installed.
    for name in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(folders) = std::env::var_os(name) {
            command.env(name, folders);
        }
    }
    // The current folder may be closed to the account, which initdb complains about.
    command
        .env("LC_ALL", "C")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::null());
    command
}

/// Whether a process of this machine is alive.
pub(crate) fn is_alive(process: u32) -> bool {
    if Path::new("/proc/self").exists() {
        return Path::new(&format!("/proc/{process}")).exists();
    }
    // Not knowing counts as alive: a database too many is better than one too few.
    Command::new("ps")
        .args(["-p", &process.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_or(true, |status| status.success())
}

/// Whether a process is a server on the data directory; the number alone may have passed on.
pub(super) fn is_server_on(process: u32, data_dir: &Path) -> bool {
    let command_line = match fs::read(format!("/proc/{process}/cmdline")) {
        Ok(line) => line,
        Err(_) => Command::new("ps")
            .args(["-o", "command=", "-p", &process.to_string()])
            .output()
            .map(|output| output.stdout)
            .unwrap_or_default(),
    };
    String::from_utf8_lossy(&command_line).contains(&*data_dir.to_string_lossy())
}

fn own_user() -> io::Result<u32> {
    #[cfg(unix)]
    if let Ok(metadata) = fs::metadata("/proc/self") {
        use std::os::unix::fs::MetadataExt as _;
        return Ok(metadata.uid());
    }
    let output = Command::new("id").arg("-u").stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(io::Error::other)
}

/// The user and group of an account in the text of `/etc/passwd`.
fn in_passwd(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(name);
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        is_it.then_some((user, group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib:/bin/sh\n";
        assert_eq!(in_passwd(accounts, "postgres"), Some((101, 104)));
        assert_eq!(in_passwd(accounts, "nobody"), None);
    }

    #[test]
    fn processes_are_known() {
        assert!(is_alive(std::process::id()));
        assert!(!is_alive(u32::MAX));
        assert!(!is_server_on(
            std::process::id(),
            Path::new("/no/such/data")
        ));
    }
}
