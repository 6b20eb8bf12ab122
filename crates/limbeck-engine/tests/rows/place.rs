//! Databases of the tests' own.

use limbeck::connection::Connection;
use limbeck_engine::scratch::{Scratch, ScratchOptions, Trust};

use crate::common::benches::own_server;
/// A scratch server that nobody else uses.
pub(crate) fn options(name: &str) -> ScratchOptions {
    own_server(&format!("rows-{name}"))
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
