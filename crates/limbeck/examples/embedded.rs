//! An application that brings its database up to date when it starts.
//!
//! `cargo run --example embedded` makes `notes.db`; with another URL: `cargo run --example embedded -- postgres://…`

#![expect(clippy::print_stdout, reason = "it speaks to whoever runs it")]

use limbeck::migrator::{AtStart, Migrator, MigratorError, Newer};

static MIGRATOR: Migrator = limbeck::embed!("examples/migrations").with_newer(Newer::Serve);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), MigratorError> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| "sqlite:notes.db".to_owned());
    let before = MIGRATOR.status(&url).await?;
    let status = MIGRATOR.start(&url, AtStart::Upgrade).await?;
    println!("ran {}, now at {:?}", before.pending.len(), status.current);
    Ok(())
}
