//! What the values for rows are read from.

use super::{ColumnOp, Operation, TableOp};
use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::effect::same_name;
use crate::sql::{mentions, tables_named};

/// Whether the reader fills rows from a column or table that the operation takes away.
pub fn reads(reader: &Operation, operation: &Operation, dialect: Dialect) -> bool {
    let Operation::Column(reader) = reader else {
        return false;
    };
    let Some(text) = reader.fill().map(|fill| &fill.0) else {
        return false;
    };
    let is_named = |table: &QualifiedName| {
        let named = tables_named(text, dialect);
        named
            .iter()
            .any(|name| same_name(name, &table.name, dialect))
    };
    match operation {
        Operation::Table(TableOp::Drop(table)) => is_named(&table.name),
        Operation::Column(ColumnOp::Drop { table, column, .. }) => {
            mentions(text, &column.name, dialect) && (reader.table() == table || is_named(table))
        }
        Operation::Namespace(_)
        | Operation::Enum(_)
        | Operation::Sequence(_)
        | Operation::Table(_)
        | Operation::Column(_)
        | Operation::Constraint(_)
        | Operation::Index(_)
        | Operation::Comment(_)
        | Operation::SqlObject(_) => false,
    }
}
