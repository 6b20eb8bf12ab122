//! SQLite's spelling of everything.

mod cast;
mod column;
mod constraint;
mod default;
mod enum_type;
mod family;
mod index;
mod lower;
mod rebuild;
mod sql_object;
mod table;

use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql;

pub(super) use self::cast::{casts, is_of_one_form};
pub use self::default::{folded_default, meant_default};
pub(super) use self::family::is_of_family;
pub use self::family::storage_classes;
pub(super) use self::lower::lower;
pub use self::lower::{canonical as canonical_type, declared as declared_type};
pub(crate) use self::table::{rename, statements};

fn identifier(name: &str) -> String {
    sql::quote_identifier(name, Dialect::Sqlite)
}

fn table_name(name: &QualifiedName) -> String {
    identifier(&name.name)
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| identifier(column)).collect();
    columns.join(", ")
}
