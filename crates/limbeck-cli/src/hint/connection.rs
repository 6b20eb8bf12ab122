//! Connections that are not made, and databases that fail whatever the statement is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use limbeck::connection::{ConnectError, DatabaseError, QueryError};
use limbeck::url::{DatabaseUrl, Location};

pub(crate) fn connect(error: &ConnectError) -> String {
    match error {
        ConnectError::HostNotFound { .. } => "check the host name in the URL".into(),
        ConnectError::Refused { .. } => "is the server running, and is the port right?".into(),
        ConnectError::Unreachable { .. } | ConnectError::Timeout { .. } => {
            "check the host and port in the URL, the network and the firewall".into()
        }
        // A server does not tell which of the two is wrong, and so does nobody else.
        ConnectError::Authentication { url, .. } => {
            let user = url.user().unwrap_or_default();
            let hint = format!(
                "check that there is a role `{user}`, and its password: `{user}:PASSWORD@` in the URL, with \
                 `@` as `%40`, or PGPASSWORD"
            );
            let is_said =
                url.for_others().has_password || std::env::var_os("PGPASSWORD").is_some();
            match open_password_file(std::env::var_os("PGPASSFILE"), std::env::home_dir()) {
                Some(file) if !is_said => format!(
                    "{hint}\nothers may read the password file, so it is not read: chmod 600 {}",
                    file.display()
                ),
                Some(_) | None => hint,
            }
        }
        ConnectError::NoRole { url, .. } => format!(
            "check the user in the URL, or make it: CREATE ROLE \"{}\" LOGIN",
            url.user().unwrap_or_default().replace('"', "\"\"")
        ),
        ConnectError::OtherHost { .. } => {
            "write a host in the URL that the certificate names, or have it made for this one: the host is checked under \
             `verify-ca` and `require` with a root certificate, too, since the driver trusts the public authorities \
             beside yours"
                .into()
        }
        ConnectError::Certificate { .. } => {
            "give the authority that signed it as `sslrootcert=FILE` in the URL; the host of the \
             URL must be one that the certificate names"
                .into()
        }
        ConnectError::TlsFile {
            named,
            path,
            source,
            ..
        } => match source.kind() {
            std::io::ErrorKind::NotFound => {
                format!("put the file there, or correct the path in `{named}`")
            }
            std::io::ErrorKind::Unsupported => format!(
                "give a key without a passphrase: openssl pkey -in {} -out FILE, which nobody else may read",
                path.display()
            ),
            _ => format!("name a file in PEM form that this user may read in `{named}`"),
        },
        ConnectError::NoDatabase { url, .. } => {
            // The server takes the user's name when the URL has no database.
            let name = url.database().or(url.user()).unwrap_or_default();
            let create = format!("create it: CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
            match url.database() {
                Some(_) => create,
                None => format!("name a database behind the host, as in `…:5432/app`, or {create}"),
            }
        }
        ConnectError::TlsRequired { .. } => "add `?sslmode=require` to the URL".into(),
        ConnectError::NoTls { .. } => {
            "the server has no TLS: turn it on there (`ssl = on`), or, where the network is trusted, write `sslmode=disable`"
                .into()
        }
        ConnectError::Tls { .. } => {
            "a server without TLS needs `sslmode=disable`; one with a certificate of its own \
             `sslmode=require`, or `sslrootcert` with `sslmode=verify-full`"
                .into()
        }
        ConnectError::Rejected { source, .. } => match source.code.as_deref() {
            Some("53300") => {
                "close other connections, or raise the limit that is reached: `max_connections` of the server, or \
                 that of the role or database (ALTER ROLE … CONNECTION LIMIT, ALTER DATABASE … CONNECTION LIMIT)"
                    .into()
            }
            // SQLITE_BUSY
            Some("5") => "another process is writing to the file: try again".into(),
            Some("57P03") => "the server is starting or stopping: try again".into(),
            _ if source.message.starts_with("unsupported startup parameter") => {
                "a pooler takes no such setting: use the direct URL of the server, or add the \
                 parameter to `ignore_startup_parameters` in pgbouncer.ini"
                    .into()
            }
            _ => source
                .hint
                .clone()
                .unwrap_or_else(|| "see the log of the server".into()),
        },
        ConnectError::CannotOpen { url, .. } => cannot_open(url),
        ConnectError::Damaged { url, .. } => match url.location() {
            Location::File { path, .. } => format!(
                "restore a backup; `sqlite3 {} .recover` prints what can still be read",
                path.display()
            ),
            Location::Tcp { .. } | Location::Socket { .. } | Location::Memory => {
                "restore a backup".into()
            }
        },
        ConnectError::NotSqlite { .. } => "check the path in the URL".into(),
        ConnectError::Driver { .. } => "check the URL".into(),
    }
}

/// The password file, where the driver passes it over because others may read it (PostgreSQL manual, section 34.16).
fn open_password_file(given: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    let own = home.map(|home| home.join(".pgpass"));
    let files = [given.map(PathBuf::from), own].into_iter().flatten();
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let is_open = |file: &PathBuf| {
            std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
        };
        files.into_iter().find(is_open)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = files;
        None
    }
}

fn cannot_open(url: &DatabaseUrl) -> String {
    let Location::File { given, path } = url.location() else {
        return "check the path in the URL".into();
    };
    let absolute = Path::new("/").join(given);
    let parent_exists = |path: &Path| path.parent().is_some_and(Path::is_dir);
    if !parent_exists(path) && given.parent().is_some_and(|parent| parent != "") {
        if given.is_relative() && parent_exists(&absolute) {
            return format!(
                "three slashes begin a relative path: write `sqlite:///{}` with four for `{}`",
                absolute.display(),
                absolute.display()
            );
        }
        if let Some(parent) = path.parent() {
            return format!("mkdir -p {}", parent.display());
        }
    }
    if path.is_dir() {
        return format!("`{}` is a folder: name a file in it", path.display());
    }
    format!("check that `{}` can be read and written", path.display())
}

pub(crate) fn query(error: &QueryError) -> Option<&'static str> {
    match error {
        QueryError::Database(error) => database(error),
        QueryError::Lost(_) => Some(
            "see whether the server is running; what has been run is recorded, so the command can be run again",
        ),
        QueryError::Driver(_) => None,
    }
}

/// What to do where it is not the statement that is wrong, but the place where it ran.
fn database(error: &DatabaseError) -> Option<&'static str> {
    let code = error.code.as_deref()?;
    // A SQLSTATE has five letters; of a result code the lowest byte tells (sqlite.org/rescode.html).
    if code.len() < 5 {
        let code: u32 = code.parse().ok()?;
        return Some(match code & 0xFF {
            8 => "let this user write the file and the folder that it is in",
            10 => "see whether the disk with the file is sound and there",
            11 => {
                "the file is damaged: restore a backup; `sqlite3 FILE .recover` prints what can still be read"
            }
            13 => "make room on the disk with the file, or raise its `PRAGMA max_page_count`",
            _ => return None,
        });
    }
    Some(match code {
        "53100" => "make room on the disk of the server",
        // The server names the setting in its own hint, which stands behind this one.
        "53200" if error.hint.is_some() => {
            "change the server as it says, or let the step do less: a line `-- step` divides it"
        }
        "53200" => "give the server more memory, or cut the step",
        "57P01" | "57P02" | "57P03" => {
            "the server was stopped: see that it runs, and run the command again"
        }
        "25006" => "the server takes no writes: use the URL of the primary, or let the role write",
        "3F000" => {
            "no schema of the search path is there: create one, CREATE SCHEMA …, or name another in the URL or as `search_path` in limbeck.toml"
        }
        _ => return None,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_password_file_that_others_may_read_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        let (own, given) = (home.path().join(".pgpass"), home.path().join("given"));
        for (file, mode) in [(&own, 0o644), (&given, 0o600)] {
            fs::write(file, "*:*:*:*:s3cret\n").expect("is written");
            fs::set_permissions(file, Permissions::from_mode(mode)).expect("is set");
        }
        let found =
            |given: &Path| open_password_file(Some(given.into()), Some(home.path().to_owned()));
        assert_eq!(found(&given), Some(own.clone()));
        fs::set_permissions(&own, Permissions::from_mode(0o600)).expect("is set");
        assert_eq!(found(&given), None);
        assert_eq!(found(&home.path().join("none")), None);
        fs::set_permissions(&given, Permissions::from_mode(0o640)).expect("is set");
        assert_eq!(found(&given), Some(given));
    }
}
