//! A PostgreSQL server for a test, and files for a SQLite one.

use limbeck::url::{DatabaseUrl, Target};
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions, Trust};
use sqlx::ConnectOptions as _;

/// A server with its folder.
pub(crate) struct Postgres {
    scratch: Scratch,
    _folder: tempfile::TempDir,
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
        // It stands for a server of somebody's own.
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
            _folder: folder,
        }
    }

    /// The URL of a new database.
    pub(crate) async fn database(&mut self) -> String {
        let database = self.scratch.create_database("embedded", None).await;
        text(&database.unwrap().url)
    }
}

/// With the password, as an application has it in its environment.
fn text(url: &DatabaseUrl) -> String {
    match url.target() {
        Target::Postgres(options) => options.to_url_lossy().to_string(),
        _ => panic!("{url}"),
    }
}

/// The URL of a SQLite file that is to be made.
pub(crate) fn sqlite(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}?mode=rwc", folder.path().join("a.db").display())
}
