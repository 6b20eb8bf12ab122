//! The pure half of Limbeck: what a schema is, how two differ, what to do about it, how a
//! database spells it, and what a revision file looks like.
//!
//! Nothing here reads a file, a clock or a socket.

// A new kind of operation or object must not fall into an arm that nobody looked at.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod compare;
pub mod dialect;
pub mod diff;
pub mod normalise;
pub mod op;
pub mod passwords;
pub mod plan;
pub mod revision;
pub mod schema;
pub mod sql;
