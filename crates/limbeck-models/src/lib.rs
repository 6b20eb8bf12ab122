//! Rust source to models: the attribute grammar, and behind the feature `scan` the walk over the
//! module trees of a workspace; the way back, from a schema to Rust source, is `write`.
//!
//! Attributes are interpreted here and nowhere else: the macros and the scan call the same
//! functions. Not here: what a type is on a dialect (`dialect::lower` in `limbeck-core`).

#[cfg(feature = "scan")]
pub mod adopt;
mod attribute;
mod case;
mod column;
mod column_rules;
mod comment;
mod constraint;
#[cfg(feature = "scan")]
mod conventions;
#[cfg(feature = "scan")]
mod default_name;
#[cfg(feature = "scan")]
mod diesel;
#[cfg(feature = "scan")]
mod entity;
mod enum_type;
mod error;
mod foreign;
mod index;
mod reference;
#[cfg(feature = "scan")]
mod scan;
mod sequence;
mod suggest;
mod table;
mod vocabulary;
#[cfg(feature = "scan")]
mod write;

pub use self::attribute::Located;
pub use self::case::{RenameRule, snake_case};
pub use self::column::{
    ColumnDeclaration, DefaultValue, IdentityChoice, SqlType, column_name, option_inner,
};
pub use self::constraint::{
    CheckDeclaration, ExclusionDeclaration, ForeignKeyDeclaration, ForeignKeyRules, KeyDeclaration,
    UniqueDeclaration,
};
#[cfg(feature = "scan")]
pub use self::conventions::{Conventions, Numbering, conventions};
pub use self::enum_type::{EnumDeclaration, VariantDeclaration, read_enum};
pub use self::error::{GrammarError, not_a_struct, not_an_enum};
pub use self::index::{IndexDeclaration, IndexKeyDeclaration};
pub use self::reference::Reference;
#[cfg(feature = "scan")]
pub use self::scan::{
    DieselTables, Entities, NameLength, Scan, ScanError, ScanOptions, Within, parse_whole, scan,
    with_room,
};
pub use self::sequence::SequenceDeclaration;
pub use self::table::{TableDeclaration, read_table};
#[cfg(feature = "scan")]
pub use self::write::{ModelFiles, driver_features, rust, rust_files};
