//! What applications depend on: the derives, and running revisions.
//!
//! The derives need nothing but themselves. With a driver the rest is there: revisions in the binary of an
//! application (`embed!` and `migrator`), or as files (`folder`), what was run (`history`), and running more (`run`).
//!
//! Nothing here prints. Of the environment it reads what libpq reads for a PostgreSQL URL that does not say it (`PGPASSWORD`, `PGSSLMODE`,
//! `PGSSLROOTCERT`, `PGCHANNELBINDING`, and those that sqlx minds), and `.postgresql/root.crt` in the home folder.
//!
//! | Feature | Brings |
//! |---|---|
//! | `postgres`, `sqlite` | the driver, and with one of them all modules; both are on unless `default-features = false` |
//! | `clap` | `migrator::Command`, a subcommand for the application's own parser |
//! | `diesel` | the revisions as a `MigrationSource` |
//! | `sea-orm` | a SeaORM `DatabaseConnection` as a `Database` |
//! | `sea-orm-migration` | `sea-orm`, and the revisions as a `MigratorTrait`, `migrator::SeaOrm` |
//! | `sqlx-migrate` | the revisions as a `sqlx::migrate::Migrator` |
//! | `test` | `migrator::TestDatabase`, a database for each test |
//!
//! Those below the drivers bring nothing without one of them.
//!
//! Not here: how revisions are written and proven (`limbeck-engine`). What that shares with runs is public and
//! hidden (`inspect`, `own_names`, `connection::extension`); it changes without notice.

#![cfg_attr(docsrs, feature(doc_cfg))]

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
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use limbeck_macros::embed;
pub use limbeck_macros::{Enum, Table};

/// What a revision is. How one is written and put together stays in `limbeck-core`.
pub mod revision {
    pub use limbeck_core::revision::{
        CycleStep, Direction, DowngradeTarget, Gap, Graph, GraphError, HeaderLines,
        InvalidRevisionId, Located, Needs, Problem, Replaced, Requirement, Revision, RevisionError,
        RevisionId, Section, SectionError, Sections, Step, StepMode, Tool, Unwritten,
    };
    pub use limbeck_core::sql::SqlError;
}

pub use self::enum_type::EnumType;
pub use self::table::Table;
