//! What applications depend on.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod connection;
#[cfg(feature = "postgres")]
pub mod scratch;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod url;
