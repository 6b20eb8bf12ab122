//! The tests of this crate, which need no database.

mod arrows;
mod common;
mod fills;
mod graph;
mod inherit;
mod laws;
mod lower;
mod questions;
mod revision;
mod sql;
mod version;
