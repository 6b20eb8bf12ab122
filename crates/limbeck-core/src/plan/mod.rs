//! From operations to statements in steps.

pub mod backfill;
mod bodies;
mod fills;
mod needs;
mod order;
mod risk;
mod set_aside;
mod step;
mod use_order;

use crate::dialect::{Dialect, Piece, postgres, sqlite};
use crate::op::{ColumnOp, Hazard, Operation, fold, inverses};
use crate::schema::Schema;

pub use self::needs::in_order_of_need;
pub use self::step::{MOST_STATEMENTS, Plan, PlannedStep};
pub use self::use_order::in_order_of_use;
pub use crate::dialect::{RenderError as PlanError, StepMode};

/// One statement, with the risks that its comment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStatement {
    /// The text, without a semicolon at its end.
    pub sql: String,
    /// What it puts at risk.
    pub hazards: Vec<Hazard>,
}

/// The statements that make `operations` on a database in the state `before`.
///
/// # Errors
///
/// A change that the dialect cannot make, or operations that do not fit `before`.
pub fn plan(
    operations: &[Operation],
    before: &Schema,
    dialect: Dialect,
) -> Result<Plan, PlanError> {
    fills::refuse(operations, before, dialect)?;
    let mut state = before.clone();
    let mut pieces = Vec::new();
    // Renames stay where they are: what stands before one uses the former name.
    for segment in order::segments(operations) {
        let operations = match segment {
            order::Segment::Rename(operation) => {
                let mut after = state.clone();
                operation.apply(&mut after, dialect)?;
                pieces.push(match dialect {
                    Dialect::Postgres => {
                        let statements = postgres::statements(operation, &state, &after)?;
                        Piece::new(operation, statements)
                    }
                    Dialect::Sqlite => sqlite::rename(operation, &state, &after)?,
                });
                state = after;
                continue;
            }
            order::Segment::Rest(operations) => operations,
        };
        let target = fold(&operations, state.clone(), dialect)?;
        let operations = set_aside::with_set_aside(operations, &state, &target, dialect)?;
        match dialect {
            Dialect::Postgres => {
                for operation in order::for_postgres(&operations, &state) {
                    let mut statements = Vec::new();
                    for part in backfill::parts(&operation) {
                        match part {
                            backfill::Part::Change(change) => {
                                statements.extend(postgres::statements(&change, &state, &target)?);
                            }
                            backfill::Part::Update(update) => {
                                statements.push(postgres_update(&update));
                                statements.extend(settle_checks(&update, &state));
                            }
                        }
                    }
                    operation.apply(&mut state, dialect)?;
                    pieces.push(Piece::new(&operation, statements));
                }
            }
            Dialect::Sqlite => {
                // Each part is planned on the state that the one before it leaves.
                for operations in order::for_sqlite(&operations, &state) {
                    pieces.extend(sqlite::statements(&operations, &state)?);
                    for operation in &operations {
                        operation.apply(&mut state, dialect)?;
                    }
                }
            }
        }
    }
    // What was set aside, and a circle of tables, which is made in parts.
    let parts = pieces.iter().flat_map(|piece| piece.operations.clone());
    let all: Vec<Operation> = operations.iter().cloned().chain(parts).collect();
    let ruled_out = risk::ruled_out(&all, before, dialect);
    let of_values = risk::of_values(&all, before, dialect);
    let hazards = |operation: &Operation| {
        let mut hazards = operation.hazards();
        hazards.retain(|hazard| !ruled_out.contains(hazard));
        if let Operation::Column(ColumnOp::Alter { .. }) = operation {
            let object = operation.object();
            hazards.extend(of_values.iter().filter(|one| one.object == object).cloned());
        }
        hazards.extend(bodies::hazards(operation, &state, dialect));
        hazards
    };
    Ok(step::cut(pieces, hazards, dialect))
}

/// The statements that undo `operations`, on a database in the state after them. Where the database
/// itself has no way back, the plan is empty and says why.
///
/// # Errors
///
/// As [`plan`].
pub fn plan_downgrade(
    operations: &[Operation],
    after: &Schema,
    dialect: Dialect,
) -> Result<Plan, PlanError> {
    match plan(&inverses(operations), after, dialect) {
        Err(PlanError::NoWay { object, reason }) => Ok(Plan {
            steps: Vec::new(),
            irreversible: Some(format!("{object}: {reason}")),
        }),
        outcome => outcome,
    }
}

fn postgres_update(update: &backfill::Update) -> String {
    let backfill::Update {
        table,
        column,
        value,
        ..
    } = update;
    match update.rows {
        backfill::Rows::All => postgres::fill_all(table, column, value),
        backfill::Rows::WithoutValue => postgres::fill_null(table, column, value),
    }
}

/// A table whose rows await a deferred check cannot be altered (PostgreSQL manual, SET CONSTRAINTS).
fn settle_checks(update: &backfill::Update, state: &Schema) -> Option<String> {
    use crate::schema::{Constraint, ConstraintKind, Deferrable};
    let waits = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => key.deferrable != Deferrable::No,
        ConstraintKind::Unique(unique) => unique.deferrable != Deferrable::No,
        ConstraintKind::ForeignKey(key) => key.deferrable != Deferrable::No,
        ConstraintKind::Exclusion(_) => true,
        ConstraintKind::Check(_) => false,
    };
    let table = state.tables.get(&update.table)?;
    let mut referencing = state.referencing(&table.name);
    let any = table.constraints.values().any(waits) || referencing.any(|(_, key)| waits(key));
    any.then(|| "SET CONSTRAINTS ALL IMMEDIATE".to_owned())
}
