//! Databases of the tests' own.

use limbeck::connection::Connection;
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions, Trust};

/// A scratch server that nobody else uses.
pub(crate) fn options(name: &str) -> ScratchOptions {
    let cache = std::env::temp_dir().join(format!("limbeck-test-rows-{name}"));
    ScratchOptions {
        scratch_url: None,
        url: None,
        same_server: false,
        server: ServerOptions {
            bin_dir: std::env::var_os("LIMBECK_PG_BIN").map(Into::into),
            ..ServerOptions::new(cache)
        },
    }
}

/// The server; one that is missing is a failure.
pub(crate) async fn scratch(name: &str) -> Scratch {
    let mut options = options(name);
    // It stands for a live server, whose tables have other owners than who runs.
    options.server.trust = Trust::Everything;
    Scratch::open(&options)
        .await
        .expect("PostgreSQL is installed")
}

/// Rows as text, `NULL` spelled out.
pub(crate) async fn rows(connection: &mut Connection, sql: &str) -> Vec<String> {
    let rows = connection.query_text(sql).await.expect("is read");
    let texts = rows.into_iter().map(|row| {
        row.into_iter()
            .map(|value| value.unwrap_or_else(|| "NULL".to_owned()))
            .collect::<Vec<String>>()
            .join(" ")
    });
    texts.collect()
}
