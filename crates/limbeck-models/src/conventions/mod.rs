//! What a database's tables have in common, so that it is said once for all models.
//!
//! Whatever is found here only saves words: a member or column that it is not true of says its own.

mod naming;
mod numbering;
mod types;

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::Schema;
use limbeck_core::schema::naming::Naming;

use crate::column::SqlType;
use crate::write::WriteContext;

pub use self::numbering::Numbering;

/// What models go by where they say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conventions {
    /// Templates for the names of members.
    pub naming: Naming,
    /// SQL types of Rust types, by path.
    pub types: BTreeMap<String, SqlType>,
    /// How a key that is a single integer is numbered.
    pub numbering: Numbering,
}

/// The conventions that most of a schema of `dialect` keeps to; where none does, `usual` is kept.
#[must_use]
pub fn conventions(schema: &Schema, dialect: Dialect, usual: &Conventions) -> Conventions {
    let context = WriteContext::new(schema, dialect, usual);
    Conventions {
        naming: naming::found(schema, &usual.naming),
        types: types::found(&context),
        numbering: numbering::found(&context),
    }
}
