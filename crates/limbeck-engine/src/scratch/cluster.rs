//! A PostgreSQL cluster of Limbeck's own: made once, started for a run, stopped at its end.
//!
//! Not here: the databases in it, see `scratch`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use limbeck::url::DatabaseUrl;

use super::account::Account;
use super::folders::{
    kept_home, remove_home, remove_temporary_leftovers, socket_dir, socket_parent,
};
use super::memory;
use super::name;
use super::process::{POLL, STOP_LIMIT, answers, running, signal, stop_server, wait_until};
use super::server::{Lifetime, Server, ServerOptions};

/// The superuser of the cluster. What a checkout says never runs as it, unless it is trusted.
pub(super) const ADMIN: &str = "limbeck_admin";
const PORT: u16 = 5432;
const START_LIMIT: Duration = Duration::from_secs(30);

/// What makes a throw-away server fast: nothing in it has to survive the machine.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "checkpoint_timeout=1h",
    "shared_buffers=64MB",
    "max_connections=20",
    // A replay may create thousands of tables in one transaction, each of which takes some ten locks.
    // There is room for this many times the number of connections and workers, all of it for one
    // transaction; the memory is touched at the start, so workers that nobody needs would cost time.
    "max_locks_per_transaction=6144",
    "max_pred_locks_per_transaction=10",
    "max_worker_processes=0",
    "autovacuum_max_workers=1",
    "max_logical_replication_workers=0",
    "jit=off",
    "TimeZone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    // Statements that fail are the user's, and may hold secrets.
    "log_min_error_statement=panic",
    "log_min_messages=fatal",
];

/// A running cluster; dropping it stops the server.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    account: Account,
    data_dir: PathBuf,
    socket_dir: PathBuf,
    /// Where databases may be in memory.
    memory_dir: Option<PathBuf>,
    process: Process,
    /// `None` once it has ended: its folders may be another run's from then on.
    tenure: Option<Tenure>,
}

/// How long a cluster is this run's.
#[derive(Debug)]
enum Tenure {
    /// As long as it holds the lock of a cluster that is kept.
    Locked(File),
    /// From making its folder to removing it.
    Once(PathBuf),
}

#[derive(Debug)]
enum Process {
    Started(Child),
    /// Left by a run that was killed.
    Adopted(u32),
    Stopped,
}

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Nobody to run the server as.
    #[error("no account to run a PostgreSQL server as")]
    Account(#[source] io::Error),
    /// A folder or file of the cluster.
    #[error("`{}` cannot be used for a PostgreSQL cluster", path.display())]
    File {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A binary does not run.
    #[error("`{}` does not run", binary.display())]
    Run {
        /// The binary.
        binary: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The cluster cannot be made.
    #[error("initdb fails in `{}`: {output}", data_dir.display())]
    Initdb {
        /// The data directory.
        data_dir: PathBuf,
        /// The end of what initdb says.
        output: String,
    },
    /// The server does not start.
    #[error("the PostgreSQL server in `{}` does not start: {log}", data_dir.display())]
    Start {
        /// The data directory.
        data_dir: PathBuf,
        /// The end of its log.
        log: String,
    },
    /// The server does not stop.
    #[error("the PostgreSQL server {process} in `{}` does not stop", data_dir.display())]
    Stop {
        /// The data directory.
        data_dir: PathBuf,
        /// The server.
        process: u32,
    },
}

pub(super) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> ClusterError + '_ {
    move |source| ClusterError::File {
        path: path.to_owned(),
        source,
    }
}

impl Cluster {
    /// Starts the kept cluster of the server's major version, or a temporary one while another
    /// Limbeck uses it or where nothing can be kept.
    ///
    /// # Errors
    ///
    /// [`ClusterError`] says what stands in the way.
    pub async fn start(server: &Server, options: &ServerOptions) -> Result<Self, ClusterError> {
        let account = Account::for_server().map_err(ClusterError::Account)?;
        let temp_dir = match options.temp_dir.as_path() {
            temp_dir if account.can_enter(temp_dir) => temp_dir,
            _ => Path::new("/tmp"),
        };
        remove_temporary_leftovers(server, &account, temp_dir);
        if options.lifetime == Lifetime::Kept
            && let Some((home, lock)) = kept_home(server, options, &account, temp_dir)?
        {
            return Self::start_kept(server, account, &home, lock, temp_dir).await;
        }
        let home = temp_dir.join(name::temporary_cluster());
        account.create_home(&home).map_err(file_error(&home))?;
        let tenure = Tenure::Once(home.clone());
        Self::start_in(server, account, &home, tenure, temp_dir).await
    }

    async fn start_kept(
        server: &Server,
        account: Account,
        home: &Path,
        lock: File,
        temp_dir: &Path,
    ) -> Result<Self, ClusterError> {
        let data_dir = home.join("data");
        if let Some(running) = running(&account, &data_dir) {
            // Never the folder that its file names, which what ran there may have written.
            let socket_dir = socket_parent(temp_dir).join(name::cluster_folder(&data_dir));
            let url = DatabaseUrl::socket(&socket_dir, PORT, ADMIN, "postgres");
            if account.is_private(&socket_dir) && answers(&url).await {
                return Ok(Self {
                    server: server.clone(),
                    memory_dir: memory::folder(&account, &name::cluster_folder(&data_dir)),
                    account,
                    data_dir,
                    socket_dir,
                    process: Process::Adopted(running.process),
                    tenure: Some(Tenure::Locked(lock)),
                });
            }
            stop_server(server, &account, &data_dir, running.process)?;
        }
        Self::start_in(server, account, home, Tenure::Locked(lock), temp_dir).await
    }

    /// Starts a server on the folder.
    async fn start_in(
        server: &Server,
        account: Account,
        home: &Path,
        tenure: Tenure,
        temp_dir: &Path,
    ) -> Result<Self, ClusterError> {
        let data_dir = home.join("data");
        let socket_dir = socket_dir(&account, &data_dir, temp_dir)?;
        let mut cluster = Self {
            server: server.clone(),
            memory_dir: memory::folder(&account, &name::cluster_folder(&data_dir)),
            account,
            data_dir,
            socket_dir,
            process: Process::Stopped,
            tenure: Some(tenure),
        };
        let is_made = cluster
            .account
            .read(&cluster.data_dir.join("PG_VERSION"))
            .is_some_and(|major| major.trim() == server.version.major().to_string());
        if is_made && cluster.run().await.is_ok() {
            return Ok(cluster);
        }
        // What does not start is made anew: everything in it can be made again.
        cluster.stop_process();
        cluster.make().await?;
        cluster.run().await?;
        Ok(cluster)
    }

    /// Makes the data directory under another name first, so that a killed run leaves no half of it.
    async fn make(&self) -> Result<(), ClusterError> {
        let unfinished = self.data_dir.with_extension("unfinished");
        self.remove(&self.data_dir)?;
        self.remove(&unfinished)?;
        self.create(&unfinished)?;
        let mut outcome = self.initdb(&unfinished, "C.UTF-8").await?;
        if outcome.is_err() {
            // Not every system has that locale.
            self.remove(&unfinished)?;
            self.create(&unfinished)?;
            outcome = self.initdb(&unfinished, "C").await?;
        }
        outcome.map_err(|output| ClusterError::Initdb {
            data_dir: self.data_dir.clone(),
            output,
        })?;
        fs::rename(&unfinished, &self.data_dir).map_err(file_error(&self.data_dir))
    }

    async fn initdb(
        &self,
        data_dir: &Path,
        locale: &str,
    ) -> Result<Result<(), String>, ClusterError> {
        let binary = self.server.binary("initdb");
        let mut command = self.account.command(&binary);
        command
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8"])
            .args([format!("--locale={locale}"), format!("--username={ADMIN}")])
            .arg("--pgdata")
            .arg(data_dir);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|source| ClusterError::Run { binary, source })?;
        let text = String::from_utf8_lossy(&output.stderr);
        Ok(if output.status.success() {
            Ok(())
        } else {
            Err(last_lines(&text))
        })
    }

    /// Starts the server and waits until it takes connections.
    ///
    /// Without pg_ctl, which looks ten times a second only.
    async fn run(&mut self) -> Result<(), ClusterError> {
        let log_file = self.log_file();
        let log = File::create(&log_file).map_err(file_error(&log_file))?;
        let binary = self.server.binary("postgres");
        let mut command = self.account.command(&binary);
        command
            .arg("-D")
            .arg(&self.data_dir)
            .arg("-k")
            .arg(&self.socket_dir);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        if self.server.version.major() >= 16 {
            // A login that is no superuser may then give what it makes to a role that it made.
            command.args(["-c", "createrole_self_grant=set,inherit"]);
        }
        let port = PORT.to_string();
        command
            .args(["-p", &port])
            .stdout(Stdio::null())
            .stderr(log);
        let child = command
            .spawn()
            .map_err(|source| ClusterError::Run { binary, source })?;
        let process = child.id();
        self.process = Process::Started(child);
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            let Process::Started(child) = &mut self.process else {
                break;
            };
            if !matches!(child.try_wait(), Ok(None)) {
                break;
            }
            if running(&self.account, &self.data_dir)
                .is_some_and(|running| running.process == process && running.is_ready)
            {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        // It lies in a folder of ours, which the server cannot write to.
        let log = fs::read_to_string(&log_file).unwrap_or_default();
        self.stop_process();
        Err(ClusterError::Start {
            data_dir: self.data_dir.clone(),
            log: last_lines(&log),
        })
    }

    /// The URL of a database in it, for its superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> DatabaseUrl {
        self.url_of(ADMIN, database)
    }

    /// The URL of a database in it, for a login.
    #[must_use]
    pub fn url_of(&self, login: &str, database: &str) -> DatabaseUrl {
        DatabaseUrl::socket(&self.socket_dir, PORT, login, database)
    }

    /// The binaries that run it.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// A folder in memory that its server may use as a tablespace, where there is one.
    #[must_use]
    pub fn memory_dir(&self) -> Option<&Path> {
        self.memory_dir.as_deref()
    }

    /// Whether it is kept after this run, and with it its templates.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        matches!(self.tenure, Some(Tenure::Locked(_)))
    }

    /// Whether its server was left running by a run that was killed.
    #[must_use]
    pub fn is_adopted(&self) -> bool {
        matches!(self.process, Process::Adopted(_))
    }

    /// Stops the server, as dropping does, and says when it does not stop.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Stop`] when it is still there after 20 seconds.
    pub fn stop(mut self) -> Result<(), ClusterError> {
        self.finish()
    }

    /// Stops the server, removes what it leaves, and lets go of the lock, once.
    fn finish(&mut self) -> Result<(), ClusterError> {
        let Some(tenure) = self.tenure.take() else {
            return Ok(());
        };
        let process = match &self.process {
            Process::Started(child) => Some(child.id()),
            Process::Adopted(process) => Some(*process),
            Process::Stopped => None,
        };
        let has_stopped = self.stop_process();
        if let Some(process) = process.filter(|_| !has_stopped) {
            return Err(ClusterError::Stop {
                data_dir: self.data_dir.clone(),
                process,
            });
        }
        // Neither holds anything any more; what stays is removed by the next run.
        let _ = self.account.remove(&self.socket_dir);
        if let Some(memory) = self.memory_dir.take() {
            let _ = self.account.remove(&memory);
        }
        match tenure {
            Tenure::Once(home) => remove_home(&self.account, &home),
            Tenure::Locked(lock) => drop(lock),
        }
        Ok(())
    }

    /// Stops the server with a checkpoint, so that the next start need not recover.
    fn stop_process(&mut self) -> bool {
        match std::mem::replace(&mut self.process, Process::Stopped) {
            Process::Stopped => true,
            Process::Started(mut child) => {
                signal(&self.server, &self.account, "INT", child.id());
                let is_gone = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
                if wait_until(STOP_LIMIT, || is_gone(&mut child)) {
                    return true;
                }
                // Its children notice the end of their parent and go too.
                let _ = child.kill();
                wait_until(STOP_LIMIT, || is_gone(&mut child))
            }
            Process::Adopted(process) => {
                stop_server(&self.server, &self.account, &self.data_dir, process).is_ok()
            }
        }
    }

    /// Makes a folder that the server may fill.
    fn create(&self, folder: &Path) -> Result<(), ClusterError> {
        let made = self.account.create_private(folder);
        made.map_err(file_error(folder))
    }

    fn remove(&self, folder: &Path) -> Result<(), ClusterError> {
        self.account.remove(folder).map_err(file_error(folder))
    }

    fn log_file(&self) -> PathBuf {
        self.data_dir.with_extension("log")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // There is nobody to tell; the next run finds the server and adopts it.
        let _ = self.finish();
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}

#[cfg(test)]
mod tests {
    use limbeck_core::dialect::postgres::version::ServerVersion;

    use super::*;

    #[test]
    fn what_has_ended_removes_nothing_of_the_next_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket_dir = folder.path().join("socket");
        let mut cluster = Cluster {
            server: Server {
                bin_dir: folder.path().to_owned(),
                version: ServerVersion(150_000),
            },
            account: Account::for_server().expect("an account"),
            data_dir: folder.path().join("data"),
            socket_dir: socket_dir.clone(),
            memory_dir: None,
            process: Process::Stopped,
            tenure: Some(Tenure::Once(folder.path().join("home"))),
        };
        fs::create_dir(&socket_dir).expect("is made");
        cluster.finish().expect("ends");
        assert!(!socket_dir.exists(), "it is removed once");
        fs::create_dir(&socket_dir).expect("another run makes it");
        drop(cluster);
        assert!(socket_dir.exists(), "it is another run's");
    }
}
