//! Runs of revisions on both databases; a PostgreSQL server that is missing is a failure.

mod both;
mod place;
mod postgres;
mod sqlite;
