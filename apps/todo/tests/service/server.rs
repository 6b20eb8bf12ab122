//! A PostgreSQL server for tests: one for all of them, and one that a test may stop.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Weak};

use limbeck::url::DatabaseUrl;
use limbeck_engine::scratch::{Cluster, ServerOptions, Trust, find_server};
use tokio::sync::Mutex;

/// A server with its folder.
pub(crate) struct Server {
    // It stops before its folder goes.
    cluster: Cluster,
    folder: tempfile::TempDir,
}

/// The one that tests share. It goes with the last test that has it, and the next one starts another.
static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());

/// The server that all tests share, which has twenty connections.
pub(crate) async fn shared() -> Arc<Server> {
    let mut shared = SHARED.lock().await;
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let server = Arc::new(Server::start().await);
    *shared = Arc::downgrade(&server);
    server
}

impl Server {
    async fn start() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::Builder::new().prefix("lbk").tempdir().unwrap();
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), mode).unwrap();
        let mut options = ServerOptions::new(folder.path().join("cache"));
        options.bin_dir = std::env::var_os("LIMBECK_PG_BIN").map(Into::into);
        options.temp_dir = folder.path().to_owned();
        options.trust = Trust::Everything;
        options.path =
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
        let server = find_server(&options).unwrap().expect("a PostgreSQL server");
        let cluster = Cluster::start(&server, &options).await.unwrap();
        Self { cluster, folder }
    }

    /// The URL of a database in it.
    pub(crate) fn url(&self, database: &str) -> DatabaseUrl {
        self.cluster.url(database)
    }
}

/// A server that is stopped and started, with more connections than the shared one.
pub(crate) struct Stoppable {
    server: Server,
    bin_dir: PathBuf,
}

impl Stoppable {
    pub(crate) async fn start() -> Self {
        let server = Server::start().await;
        let bin_dir = server.cluster.server().bin_dir.clone();
        let stoppable = Self { server, bin_dir };
        stoppable.stop();
        stoppable.run();
        stoppable
    }

    /// As if its machine lost its power.
    pub(crate) fn stop(&self) {
        self.pg_ctl(&["-m", "immediate", "stop"]);
    }

    pub(crate) fn run(&self) {
        let socket = format!("{:?}", self.url("postgres").location());
        let socket = socket
            .split("folder: \"")
            .nth(1)
            .and_then(|text| text.split('"').next());
        let options = format!(
            "-k {} -p 5432 -c listen_addresses= -c fsync=off -c max_connections=100",
            socket.expect("it is reached by a socket")
        );
        let log = self.server.cluster.data_dir().join("log");
        self.pg_ctl(&["-l", log.to_str().unwrap(), "-w", "-o", &options, "start"]);
    }

    pub(crate) fn url(&self, database: &str) -> DatabaseUrl {
        self.server.url(database)
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let data_dir = self.server.cluster.data_dir();
        let status = as_owner(data_dir, &self.bin_dir.join("pg_ctl"))
            .arg("-D")
            .arg(data_dir)
            .arg("-s")
            .args(arguments)
            .current_dir(self.server.folder.path())
            .status();
        assert!(status.unwrap().success(), "pg_ctl {arguments:?}");
    }
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        let data_dir = self.server.cluster.data_dir();
        let mut command = as_owner(data_dir, &self.bin_dir.join("pg_ctl"));
        // It may be stopped already.
        let _ = command
            .arg("-D")
            .arg(data_dir)
            .args(["-s", "-m", "immediate", "stop"])
            .status();
    }
}

/// A command of whoever the folder belongs to: a server refuses to run as root. It sees nothing of this environment,
/// as where Limbeck starts one.
fn as_owner(folder: &Path, binary: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env_clear();
    if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let owner = std::fs::metadata(folder).unwrap();
    if is_own(&owner) {
        return command;
    }
    command.uid(owner.uid()).gid(owner.gid());
    command
}

/// Whether the folder is this process's own, which then needs no other account.
fn is_own(owner: &std::fs::Metadata) -> bool {
    let own = std::fs::metadata("/proc/self").map(|own| own.uid());
    own.is_ok_and(|own| own == owner.uid())
}
