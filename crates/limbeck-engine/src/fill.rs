//! Whether a column accepts a value that somebody gives for its rows, checked before anything else is decided.

use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::diff::Decisions;
use limbeck_core::op::{ColumnOp, Fills, Operation};
use limbeck_core::plan::plan;
use limbeck_core::schema::{Column, Expression, Models, QualifiedName, RenamedFrom, Table, Type};

use crate::compare::Project;
use crate::state::{Bench, StateError};
use limbeck::connection::QueryError;

/// What the database says against `value` in the rows of a column of the models; `None` when it takes
/// it, and when it cannot be asked yet, as with a type that only the next revision makes.
///
/// # Errors
///
/// The state of the revisions cannot be told.
pub async fn refusal(
    bench: &mut Bench,
    project: Project<'_>,
    models: &Models,
    decisions: &Decisions,
    (table, column): (&QualifiedName, &str),
    value: &Expression,
) -> Result<Option<QueryError>, StateError> {
    let dialect = bench.dialect();
    let state = bench.state(project.folder, project.parents).await?;
    let renames = || decisions.renames.iter().chain(&models.renamed_from);
    let former_table = renames().find_map(|rename| match rename {
        RenamedFrom::Table { from, to } if to == table => Some(from),
        _ => None,
    });
    let former_column = renames().find_map(|rename| match rename {
        RenamedFrom::Column {
            table: of,
            from,
            to,
        } if of == table && to == column => Some(from),
        _ => None,
    });
    let named = |name: &QualifiedName| state.schema.tables.get(name);
    let before = named(table).or_else(|| former_table.and_then(named));
    let declared = declared(models, dialect, table, column);
    let (Some(before), Some(declared)) = (before, declared) else {
        return Ok(None);
    };
    let has = |name: &str| before.column(name);
    let from = has(column).or_else(|| former_column.and_then(|name| has(name)));
    let operation = Operation::Column(change(before, from, declared, value));
    let Ok(plan) = plan(&[operation], &state.schema, dialect) else {
        return Ok(None);
    };
    let mut copy = bench.copy(project.folder, project.parents).await?;
    let mut refusal = None;
    for statement in plan.steps.iter().flat_map(|step| &step.statements) {
        if let Err(error) = copy.connection.execute(&statement.sql).await {
            refusal = Some(error);
            break;
        }
    }
    bench.discard(copy).await?;
    Ok(refusal)
}

fn declared(
    models: &Models,
    dialect: Dialect,
    table: &QualifiedName,
    column: &str,
) -> Option<Column> {
    let lowered = lower(&models.schema, dialect).ok()?;
    let column = lowered.tables.get(table)?.column(column)?;
    match column.data_type {
        Type::Enum(_) => None,
        _ => Some(column.clone()),
    }
}

fn change(before: &Table, from: Option<&Column>, declared: Column, value: &Expression) -> ColumnOp {
    match from {
        None => ColumnOp::Add {
            table: before.name.clone(),
            column: declared,
            fill: Some(value.clone()),
        },
        Some(from) => ColumnOp::Alter {
            table: before.name.clone(),
            from: from.clone(),
            to: Column {
                nullable: false,
                ..from.clone()
            },
            casts: None,
            fills: Fills {
                upgrade: Some(value.clone()),
                downgrade: None,
            },
        },
    }
}
