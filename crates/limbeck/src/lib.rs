//! What applications depend on: the derives, and running revisions.
//!
//! The derives need nothing but themselves. With a driver the rest is there: revisions in the binary of an
//! application ([`embed!`] and `migrator`), or as files (`folder`), what was run (`history`), and running more (`run`). Nothing here prints, or reads the environment; sqlx
//! alone minds libpq's variables (`PGPASSWORD` and others).
//!
//! Not here: how revisions are written and proven (`limbeck-engine`). What that shares with runs is public and
//! hidden (`inspect`, `own_names`, `connection::extension`); it changes without notice.

// Modules that need a driver may use what its Rust has: sqlx says 1.94.
mod enum_type;
mod table;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
pub mod connection;
pub mod folder;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
pub mod history;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
#[doc(hidden)]
pub mod inspect;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
pub mod migrator;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
pub mod old_history;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
#[doc(hidden)]
pub mod own_names;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
pub mod run;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[clippy::msrv = "1.94"]
pub mod url;

pub use limbeck_core::dialect::Dialect;
pub use limbeck_core::revision;
pub use limbeck_macros::{Enum, Table, embed};

pub use self::enum_type::EnumType;
pub use self::table::Table;
