//! The pure half of Limbeck.

pub mod dialect;
pub mod revision;
pub mod sql;
