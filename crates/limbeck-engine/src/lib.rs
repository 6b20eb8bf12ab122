//! What writes and proves revisions: the library behind the `limbeck` command.
//!
//! It reads databases (`inspect`), finds states by replay (`scratch`, `state`), and writes and proves revisions
//! (`autogenerate`, `proof`). Models, options and answers are arguments: nothing here prints, or reads the
//! environment.
//!
//! Not here: running revisions on a live database (`limbeck`).

pub mod ask;
pub mod autogenerate;
pub mod baseline;
pub mod branches;
pub mod compare;
pub mod drift;
pub mod fill;
pub mod inspect;
pub mod layout;
pub mod proof;
pub mod remake;
pub mod scratch;
pub mod sides;
mod spelling;
pub mod standing;
pub mod state;
pub mod takeover;
pub mod uuids;
