//! What applications depend on.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod connection;
mod enum_type;
pub mod folder;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod history;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod inspect;
#[cfg(feature = "postgres")]
pub mod scratch;
mod table;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod url;

pub use limbeck_macros::{Enum, Table};

pub use self::enum_type::EnumType;
pub use self::table::Table;
