//! What applications depend on: the derives, and the library behind the `limbeck` command.
//!
//! The derives need nothing but themselves. The rest reads databases (`inspect`), reads and writes
//! revisions (`folder`), knows what was run (`history`), runs more (`run`), finds states by replay
//! (`scratch`, `state`), and writes and proves revisions (`autogenerate`, `proof`). Nothing here
//! prints, or reads the environment; sqlx alone minds libpq's variables (`PGPASSWORD` and others).

mod enum_type;
mod table;

#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod ask;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod autogenerate;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod baseline;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod branches;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod connection;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod drift;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod fill;
pub mod folder;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod history;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod inspect;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod own_names;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod proof;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod remake;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod rows;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod run;
#[cfg(feature = "postgres")]
pub mod scratch;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod sides;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod spelling;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod state;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod url;

pub use limbeck_macros::{Enum, Table};

pub use self::enum_type::EnumType;
pub use self::table::Table;
