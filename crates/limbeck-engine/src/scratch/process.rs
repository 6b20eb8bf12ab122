//! The process of a server, also of one that an earlier run has left: found, asked and stopped.
//!
//! What its files say is said by an account that runs the SQL of others: a number is taken for a server
//! only if its command line names the data directory, and signals are sent with no more rights than that
//! account has.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::ClusterError;
use super::account::{self, Account};
use super::server::Server;
use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

pub(super) const POLL: Duration = Duration::from_millis(4);
pub(super) const STOP_LIMIT: Duration = Duration::from_secs(20);
const ORPHAN_LIMIT: Duration = Duration::from_secs(3);

/// A server as the file it leaves in its data directory describes it.
pub(super) struct Running {
    pub(super) process: u32,
    pub(super) is_ready: bool,
}

/// Reads `postmaster.pid`, whose lines `src/include/utils/pidfile.h` of PostgreSQL lists.
pub(super) fn running(account: &Account, data_dir: &Path) -> Option<Running> {
    let text = account.read(&data_dir.join("postmaster.pid"))?;
    let lines: Vec<&str> = text.lines().collect();
    Some(Running {
        process: lines.first()?.trim().parse().ok()?,
        is_ready: lines.get(7).is_some_and(|status| status.trim() == "ready"),
    })
}

pub(super) async fn answers(url: &DatabaseUrl) -> bool {
    let attempt = async {
        let mut connection = Connection::connect(url).await.ok()?;
        connection.execute("SELECT 1").await.ok()?;
        connection.close().await.ok()
    };
    matches!(
        tokio::time::timeout(ORPHAN_LIMIT, attempt).await,
        Ok(Some(()))
    )
}

/// Stops a server that is not our child, first with a checkpoint, then without.
pub(super) fn stop_server(
    server: &Server,
    account: &Account,
    data_dir: &Path,
    process: u32,
) -> Result<(), ClusterError> {
    for (name, limit) in [
        ("INT", STOP_LIMIT),
        ("QUIT", ORPHAN_LIMIT),
        ("KILL", ORPHAN_LIMIT),
    ] {
        // The number may belong to another process by now, above all after a restart.
        if !account::is_server_on(process, data_dir) {
            return Ok(());
        }
        signal(server, account, name, process);
        if wait_until(limit, || !account::is_server_on(process, data_dir)) {
            return Ok(());
        }
    }
    Err(ClusterError::Stop {
        data_dir: data_dir.to_owned(),
        process,
    })
}

/// Sends a signal by way of pg_ctl, which is there, unlike `kill` in small containers.
pub(super) fn signal(server: &Server, account: &Account, name: &str, process: u32) {
    let mut command: Command = account.command(&server.binary("pg_ctl"));
    command.args(["kill", name, &process.to_string()]);
    // A process that is gone already is what was wanted.
    let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

pub(super) fn wait_until(limit: Duration, mut is_done: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !is_done() {
        if started.elapsed() > limit {
            return false;
        }
        std::thread::sleep(POLL);
    }
    true
}
