//! What the values for rows are read from: it must be there until they have been read.

use crate::dialect::{Dialect, RenderError};
use crate::op::{ColumnOp, Operation, TableOp, fold, reads};
use crate::schema::{Expression, Schema};
use crate::sql::{self, effect::same_name};

/// Whether the column that an operation drops is one that others add under its name.
pub(super) fn comes_again(operation: &Operation, operations: &[Operation]) -> bool {
    let Operation::Column(ColumnOp::Drop { table, column, .. }) = operation else {
        return false;
    };
    operations.iter().any(|other| {
        matches!(other, Operation::Column(ColumnOp::Add { table: owner, column: added, .. })
            if owner == table && added.name == column.name)
    })
}

/// Refuses values that would be read from what is not there, whatever the order.
///
/// # Errors
///
/// A column is filled from itself, or from one that is dropped and added again, or dropped before a rename.
pub(super) fn refuse(
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> Result<(), RenderError> {
    let is_rename = |operation: &Operation| {
        matches!(
            operation,
            Operation::Table(TableOp::Rename { .. }) | Operation::Column(ColumnOp::Rename { .. })
        )
    };
    for (place, reader) in operations.iter().enumerate() {
        let goes_before = |(other, operation): (usize, &Operation)| {
            reads(reader, operation, dialect)
                && (comes_again(operation, operations)
                    || (other..place).any(|between| is_rename(&operations[between])))
        };
        let mut others = operations.iter().enumerate();
        if let Some((_, gone)) = others.find(|one| goes_before(*one)) {
            return Err(RenderError::filled_from(reader.object(), &gone.object()));
        }
        if reads_itself(reader, operations, before, dialect)? {
            return Err(RenderError::Refused {
                object: reader.object(),
                reason: "its rows would be filled from itself, and it is new; name what the values are in"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// Whether a new column's values are read from a column of its name that no table in them has: a query
/// would find the new one, without a value, in the rows outside of it.
fn reads_itself(
    reader: &Operation,
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> Result<bool, RenderError> {
    let Operation::Column(ColumnOp::Add {
        column,
        fill: Some(Expression(text)),
        ..
    }) = reader
    else {
        return Ok(false);
    };
    // What a query calls by this name itself is no column of a table.
    let without = sql::rename_identifier(text, &column.name, "limbeck_former", dialect);
    if without == *text || sql::names(&without, &column.name, dialect) {
        return Ok(false);
    }
    let after = fold(operations, before.clone(), dialect)?;
    let named = sql::tables_named(text, dialect);
    let may_have = |name: &String| {
        let mut tables = [before, &after]
            .into_iter()
            .flat_map(|schema| schema.tables.values())
            .filter(|table| same_name(name, &table.name.name, dialect))
            .peekable();
        tables.peek().is_none()
            || tables.any(|table| {
                let is_new = matches!(reader, Operation::Column(op) if *op.table() == table.name);
                !is_new
                    && table
                        .columns
                        .iter()
                        .any(|one| same_name(&one.name, &column.name, dialect))
            })
    };
    Ok(!named.iter().any(may_have))
}
