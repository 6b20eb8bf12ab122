//! The scan over source trees that are written for the purpose.

mod diesel;
mod entity;
mod errors;
mod foreign;
mod parity;
mod support;
mod trees;
mod unseen;
mod vocabulary;
