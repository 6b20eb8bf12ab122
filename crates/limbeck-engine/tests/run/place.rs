//! Databases to run on, and graphs to run.

use std::path::Path;
use std::time::Duration;

use limbeck::connection::Connection;
use limbeck::history::{self, Applied, HistoryTable};
use limbeck::run::{self, Event, Loss, RunError, RunOptions};
use limbeck::url::DatabaseUrl;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId, parse};
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions, Trust};

use crate::common::benches::Names;

/// A server with its folder.
pub(crate) struct Postgres {
    pub(crate) scratch: Scratch,
    pub(crate) folder: tempfile::TempDir,
    /// Where names without a schema lead on the next place.
    next: Names,
}

impl Postgres {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("lbk").tempdir().unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(folder.path(), mode).unwrap();
        }
        let mut server = ServerOptions::new(folder.path().join("cache"));
        server.bin_dir = std::env::var_os("LIMBECK_PG_BIN").map(Into::into);
        server.temp_dir = folder.path().to_owned();
        // It stands for a server of somebody's own, with roles and owners of all kinds.
        server.trust = Trust::Everything;
        server.path =
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
        let options = ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server,
        };
        let scratch = Scratch::open(&options).await.expect("PostgreSQL starts");
        Self {
            scratch,
            folder,
            next: Names::InApp,
        }
    }

    /// An empty database; names without a schema lead to `app` on every second one.
    pub(crate) async fn place(&mut self) -> Place {
        let names = self.next;
        self.next = match names {
            Names::Usual => Names::InApp,
            Names::InApp => Names::Usual,
        };
        self.place_where(names).await
    }

    /// An empty database where names lead as said.
    pub(crate) async fn place_where(&mut self, names: Names) -> Place {
        let database = self.scratch.create_database("run", None).await.unwrap();
        if let Some(path) = names.search_path() {
            let set = self.scratch.set_search_path(&database, &path).await;
            set.unwrap();
            let mut connection = database.connect().await.unwrap();
            connection.batch("CREATE SCHEMA app").await.unwrap();
            connection.close().await.unwrap();
        }
        Place {
            dialect: Dialect::Postgres,
            url: database.url,
            schema: names.schema(),
            _folder: None,
        }
    }
}

impl Postgres {
    /// Takes the database away, with the sessions that others keep open to it.
    pub(crate) async fn leave(&mut self, place: Place) {
        let name = place.url.database().unwrap();
        self.scratch.drop_database(name).await.unwrap();
    }
}

/// An empty database.
pub(crate) struct Place {
    pub(crate) dialect: Dialect,
    pub(crate) url: DatabaseUrl,
    /// Where names without a schema lead; SQLite has no schemas.
    pub(crate) schema: &'static str,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse("sqlite:///run.db", folder.path()).unwrap();
        Self {
            dialect: Dialect::Sqlite,
            url,
            schema: "main",
            _folder: Some(folder),
        }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::connect(&self.url).await.unwrap()
    }
}

pub(crate) fn id(text: &str) -> RevisionId {
    text.parse().unwrap()
}

pub(crate) fn ids(texts: &[&str]) -> Vec<RevisionId> {
    texts.iter().map(|text| id(text)).collect()
}

/// Ids, parents and what follows the header, which begins on line 6.
pub(crate) fn graph(files: &[(&str, &str, &str)]) -> Graph {
    let revisions = files.iter().map(|(id, parents, body)| {
        let text = format!("-- Make {id}\n--\n-- revision: {id}\n-- parents: {parents}\n\n{body}");
        let file = format!("{id}.sql");
        (parse(&text, &file).unwrap_or_else(|e| panic!("{e}")), file)
    });
    Graph::new(revisions.collect()).unwrap()
}

pub(crate) fn options() -> RunOptions {
    RunOptions {
        wait_for_lock: Duration::from_secs(30),
        // Downgrades that lose are tried elsewhere.
        loss: Loss::Accept,
        ..RunOptions::default()
    }
}

pub(crate) async fn up(
    connection: &mut Connection,
    graph: &Graph,
    target: &[&str],
) -> Result<Vec<RevisionId>, RunError> {
    let target = ids(target);
    run::upgrade(connection, graph, &target, &options(), &mut |_: Event<
        '_,
    >| {})
    .await
}

pub(crate) async fn down(
    connection: &mut Connection,
    graph: &Graph,
    target: &[&str],
) -> Result<Vec<RevisionId>, RunError> {
    let target = limbeck_core::revision::DowngradeTarget::to(ids(target));
    run::downgrade(connection, graph, &target, &options(), &mut |_: Event<
        '_,
    >| {})
    .await
}

pub(crate) async fn applied(connection: &mut Connection) -> Applied {
    history::read(connection, &HistoryTable::default())
        .await
        .unwrap()
}

/// The names of all tables.
pub(crate) async fn tables(connection: &mut Connection) -> Vec<String> {
    let sql = match connection.dialect() {
        Dialect::Postgres => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema ORDER BY 1"
        }
        Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1",
    };
    column(connection, sql).await
}

/// The first column of a query.
pub(crate) async fn column(connection: &mut Connection, sql: &str) -> Vec<String> {
    let rows = connection.query_text(sql).await.unwrap();
    rows.into_iter()
        .map(|mut row| row.remove(0).unwrap())
        .collect()
}

/// Forwards connections to the socket of a server and counts what clients ask.
pub(crate) fn counting_proxy(
    folder: &Path,
    server: &Path,
    count: std::sync::Arc<std::sync::atomic::AtomicUsize>,
) {
    let never = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    failing_proxy(folder, server, count, never);
}

/// What the server is asked in place of the message that is to fail; that its own answer is an error leaves it where a
/// full disk would.
const FULL: &[u8] =
    b"DO $$BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$\0";

/// The same; the message of this number, counted from 1, finds the disk full.
pub(crate) fn failing_proxy(
    folder: &Path,
    server: &Path,
    count: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    fails: std::sync::Arc<std::sync::atomic::AtomicUsize>,
) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
    let server = server.to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let upstream = tokio::net::UnixStream::connect(&server).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = upstream.into_split();
            let (count, fails) = (count.clone(), fails.clone());
            tokio::spawn(async move {
                let mut buffer = vec![0; 65536];
                while let Ok(size @ 1..) = from_client.read(&mut buffer).await {
                    let order = std::sync::atomic::Ordering::SeqCst;
                    if buffer[0] == b'Q' && count.fetch_add(1, order) + 1 == fails.load(order) {
                        let length = u32::try_from(FULL.len() + 4).unwrap().to_be_bytes();
                        let message = [&b"Q"[..], &length, FULL].concat();
                        to_server.write_all(&message).await.unwrap();
                        continue;
                    }
                    to_server.write_all(&buffer[..size]).await.unwrap();
                }
            });
            tokio::spawn(async move {
                let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
            });
        }
    });
}
