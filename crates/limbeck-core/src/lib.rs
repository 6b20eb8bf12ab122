//! The pure half of Limbeck.

pub mod dialect;
