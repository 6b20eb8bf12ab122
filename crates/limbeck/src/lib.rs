//! What applications depend on.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod connection;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod inspect;
#[cfg(feature = "postgres")]
pub mod scratch;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod url;
