//! The shells of the databases, for scripts.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use limbeck::url::{DatabaseUrl, Location};

/// Has `psql` or `sqlite3` run a script.
pub(crate) fn run_script(url: &DatabaseUrl, script: &str) -> Output {
    let mut command = match url.location() {
        Location::Socket {
            folder,
            port,
            user,
            database,
            ..
        } => {
            let mut command = Command::new(psql());
            command.arg("-h").arg(folder).args(["-X", "-f", "-"]);
            command.args(["-p", &port.to_string(), "-U", user]);
            command.args(["-d", database.as_deref().unwrap_or(user)]);
            command
        }
        Location::File { path, .. } => {
            let mut command = Command::new("sqlite3");
            command.arg(path);
            command
        }
        other => panic!("no shell for {other:?}"),
    };
    // A zone, a style and an encoding that a run has not.
    command
        .envs([("PGTZ", "Asia/Tokyo"), ("PGDATESTYLE", "German")])
        .env("PGCLIENTENCODING", "LATIN1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the shell is installed");
    let mut input = child.stdin.take().expect("is piped");
    let script = script.to_owned();
    // It may stop before it has read all.
    let writer = std::thread::spawn(move || drop(input.write_all(script.as_bytes())));
    let output = child.wait_with_output().expect("ends");
    writer.join().expect("is written");
    output
}

/// The one beside the server, else the one of the system.
fn psql() -> PathBuf {
    let beside = std::env::var_os("LIMBECK_PG_BIN").map(|folder| Path::new(&folder).join("psql"));
    beside
        .filter(|psql| psql.exists())
        .unwrap_or_else(|| "psql".into())
}
