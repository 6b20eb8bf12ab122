//! What a database has and an entity of SeaORM does not say, as attributes for its source.
//!
//! SeaORM's own keys are written where it has them; the rest is `#[cfg_attr(any(), limbeck(…))]`, which every compiler
//! drops and the scan reads, so that what is written compiles in a crate that does not depend on Limbeck.
//!
//! Not here: reading the files and writing them (the command).

mod source;
mod words;

pub use self::source::{Insertion, Misplaced, insertions};
pub use self::words::{Words, additions, is_entity};

use limbeck_core::schema::Object;

/// What is to be added to the declaration of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Addition {
    /// The file, as origins name it.
    pub file: String,
    /// The line of the name of the struct or field.
    pub line: usize,
    /// The name of the field; none for the struct.
    pub field: Option<String>,
    /// The argument, in whose words.
    pub words: Words,
    /// What it speaks of.
    pub object: Object,
}

/// What is found of entities and their tables.
#[derive(Debug, Clone, Default)]
pub struct Additions {
    /// What their sources can say.
    pub additions: Vec<Addition>,
    /// What they cannot, in sentences.
    pub left: Vec<String>,
}
