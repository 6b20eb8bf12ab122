//! The tests of this crate: how a database is named and reached, and the revisions that an application runs.

mod cancelled;
mod connection;
mod migrator;
mod url;
