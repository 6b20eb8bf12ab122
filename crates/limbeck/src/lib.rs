//! What applications depend on: the derives, and the library behind the `limbeck` command.
//!
//! The derives need nothing but themselves. The rest reads databases (`inspect`), knows what was run
//! (`history`), finds states by replay (`scratch`, `state`), writes and proves revisions
//! (`autogenerate`, `proof`) and runs them (`run`). Nothing here prints, or reads the environment.

mod enum_type;
mod table;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod connection;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod inspect;
#[cfg(feature = "postgres")]
pub mod scratch;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod url;

pub use limbeck_macros::{Enum, Table};

pub use self::enum_type::EnumType;
pub use self::table::Table;
