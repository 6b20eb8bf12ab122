//! Runs of revisions on both databases; a PostgreSQL server that is missing is a failure.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees tests only in functions marked so, and these are their helpers"
)]

mod ahead;
mod both;
mod full;
mod kept;
mod leftover;
mod many;
mod migrator;
mod moves;
mod place;
#[cfg(unix)]
mod pooler;
mod postgres;
mod remade;
mod sqlite;
mod statements;
mod traffic;
mod waits;
