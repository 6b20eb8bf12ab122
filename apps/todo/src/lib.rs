//! The Todo service: users keep tasks, and talk to an assistant about them.

pub mod models;
