//! What an application builds on, with the frameworks that it uses: the examples run, and so do the adapters.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adopted;
mod axum;
mod databases;
mod diesel;
mod hooks;
mod of_sqlx;
mod own_command;
mod pools;
mod sea_orm;
mod server;
