//! What applications depend on.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod connection;
pub mod folder;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod history;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod run;
#[cfg(feature = "postgres")]
pub mod scratch;
pub mod url;
