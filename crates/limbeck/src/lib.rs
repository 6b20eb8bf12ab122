//! What applications depend on.

mod enum_type;
mod table;

pub use limbeck_macros::{Enum, Table};

pub use self::enum_type::EnumType;
pub use self::table::Table;
