//! Tables of Diesel as declarations: what `table!` and `joinable!` say.
//!
//! Not here: attributes of Diesel's derives beside ours (`foreign`), and what its types are called (`scan::diesel_type`).

mod joinable;
mod sql_type;
mod sqlite_type;
mod table;

pub(crate) use self::joinable::Joinable;
pub(crate) use self::sql_type::of_attributes;
pub(crate) use self::sqlite_type::sqlite_type;
pub(crate) use self::table::{TableCall, read_table};
