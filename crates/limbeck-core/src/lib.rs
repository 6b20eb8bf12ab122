//! The pure half of Limbeck: what a schema is, how two differ, what to do about it, how a
//! database spells it, and what a revision file looks like.
//!
//! Nothing here reads a file, a clock or a socket.

pub mod dialect;
pub mod revision;
pub mod schema;
pub mod sql;
