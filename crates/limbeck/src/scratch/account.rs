//! Who runs the server, and which folders that account can use.
//!
//! PostgreSQL refuses to run as root, so root hands its cluster to another account.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The accounts root may hand a cluster to, the best first.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];

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
            Some(found.ok_or_else(|| io::Error::other("no user `postgres` or `nobody`"))?)
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
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        #[cfg(unix)]
        if let Some((user, group)) = self.stand_in {
            std::os::unix::fs::chown(folder, Some(user), Some(group))?;
        }
        Ok(())
    }

    /// Whether a folder is one that [`Self::create_private`] made: nobody else can have put it there.
    pub(super) fn is_private(&self, folder: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let user = self.stand_in.map_or(self.own, |(user, _)| user);
            fs::symlink_metadata(folder).is_ok_and(|metadata| {
                metadata.is_dir() && metadata.uid() == user && metadata.mode() & 0o077 == 0
            })
        }
        #[cfg(not(unix))]
        folder.is_dir()
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
        fs::create_dir_all(wanted)?;
        if self.can_enter(wanted) {
            // The command line of a running server is searched for this path.
            return wanted.canonicalize();
        }
        let own = self.own;
        let elsewhere = PathBuf::from(format!("/var/tmp/limbeck-{own}-cache"));
        if let Err(error) = fs::create_dir(&elsewhere)
            && error.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(error);
        }
        // Everybody may create names in /var/tmp, also this one.
        if !self.is_own(&elsewhere) || !self.can_enter(&elsewhere) {
            return Err(io::Error::other(format!(
                "`{}` belongs to somebody else, or is closed",
                elsewhere.display()
            )));
        }
        Ok(elsewhere)
    }

    fn is_own(&self, folder: &Path) -> bool {
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
pub(super) fn is_alive(process: u32) -> bool {
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
