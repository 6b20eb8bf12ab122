//! Which member of a table it is that the server refuses: a CREATE TABLE has all of them in one statement.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::op::{Operation, TableOp};
use limbeck_core::plan::{PlanError, plan};
use limbeck_core::schema::{Member, Object, Schema, Table};

use super::AskError;
use limbeck::connection::{Connection, QueryError};

/// The savepoint in front of what may be refused.
pub(super) const SAVEPOINT: &str = "before_it";

/// The statements that make an operation, in one text.
pub(super) fn text(operation: &Operation) -> Result<String, PlanError> {
    let plan = plan(
        std::slice::from_ref(operation),
        &Schema::default(),
        Dialect::Postgres,
    )?;
    let statements = plan.steps.iter().flat_map(|step| &step.statements);
    let statements: Vec<String> = statements.map(|one| one.sql.clone()).collect();
    Ok(statements.join(";\n"))
}

/// Names the object that `source` refuses: of a table its first member that is refused by itself as well.
pub(super) async fn refused(
    connection: &mut Connection,
    operation: &Operation,
    source: QueryError,
) -> Result<AskError, AskError> {
    if let Operation::Table(TableOp::Create(table)) = operation
        && source.database().is_some()
    {
        for (object, part) in parts(table) {
            let part = text(&Operation::Table(TableOp::Create(part)))?;
            connection
                .batch(&format!("ROLLBACK TO {SAVEPOINT}"))
                .await?;
            if let Err(source) = connection.batch(&part).await {
                return Ok(AskError::Refused { object, source });
            }
        }
    }
    Ok(AskError::Refused {
        object: operation.object(),
        source,
    })
}

/// The table with each of its members alone, beside the columns that it may stand on.
fn parts(table: &Table) -> Vec<(Object, Table)> {
    let bare = Table {
        columns: Vec::new(),
        constraints: BTreeMap::new(),
        indexes: BTreeMap::new(),
        ..table.clone()
    };
    let columns: Vec<_> = table.columns.clone();
    let plain = columns.iter().filter(|one| one.generated.is_none());
    let plain: Vec<_> = plain.cloned().collect();
    let mut parts = Vec::new();
    for member in table.members() {
        let mut part = bare.clone();
        match member {
            Member::Column(column) if column.generated.is_none() => {
                part.columns = vec![column.clone()];
            }
            Member::Column(column) => {
                part.columns = plain.clone();
                part.columns.push(column.clone());
            }
            Member::Constraint(constraint) => {
                part.columns.clone_from(&columns);
                part.add_constraint(constraint.clone());
            }
            Member::Index(index) => {
                part.columns.clone_from(&columns);
                part.add_index(index.clone());
            }
        }
        parts.push((member.object(&table.name), part));
    }
    parts
}
