//! The pure half of Limbeck.

pub mod dialect;
pub mod sql;
