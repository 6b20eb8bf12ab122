//! PostgreSQL's spelling of everything.

mod column;
mod comment;
mod constraint;
mod domain;
mod enum_type;
pub mod extension;
mod family;
mod identity;
mod index;
mod lower;
mod parse;
mod sequence;
mod sql_object;
mod table;
mod types;
pub mod version;

use crate::dialect::{Dialect, RenderError};
use crate::op::{NamespaceOp, Operation};
use crate::schema::{QualifiedName, Schema};
use crate::sql;

pub(super) use self::column::casts;
pub(crate) use self::column::{fill_all, fill_null};
pub(crate) use self::domain::{base_of_domain, is_never_null};
pub(super) use self::family::{is_of_family, is_same_type, takes_collation, takes_default};
pub(super) use self::lower::lower;
pub use self::parse::parse_type;
pub(super) use self::types::name as type_name;

/// The statements that make one change on a database in `state`, on the way to `target`.
///
/// # Errors
///
/// PostgreSQL has no way to make the change.
pub(crate) fn statements(
    operation: &Operation,
    state: &Schema,
    target: &Schema,
) -> Result<Vec<String>, RenderError> {
    match operation {
        Operation::Namespace(NamespaceOp::Create(name)) => {
            Ok(vec![format!("CREATE SCHEMA {}", identifier(name))])
        }
        Operation::Namespace(NamespaceOp::Drop(name)) => {
            Ok(vec![format!("DROP SCHEMA {}", identifier(name))])
        }
        Operation::Enum(op) => Ok(enum_type::statements(op, state, target)),
        Operation::Sequence(op) => Ok(sequence::statements(op, state)),
        Operation::Table(op) => Ok(table::statements(op, state)),
        Operation::Column(op) => Ok(column::statements(op, state)),
        Operation::Constraint(op) => Ok(constraint::statements(op)),
        Operation::Index(op) => Ok(index::statements(op)),
        Operation::Comment(op) => Ok(comment::statements(op)),
        Operation::SqlObject(op) => sql_object::statements(op, state),
    }
}

fn identifier(name: &str) -> String {
    sql::quote_identifier(name, Dialect::Postgres)
}

fn qualified(name: &QualifiedName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", identifier(schema), identifier(&name.name)),
        None => identifier(&name.name),
    }
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| identifier(column)).collect();
    columns.join(", ")
}
