//! From operations to statements in steps.

pub mod backfill;
mod order;
mod step;

use crate::dialect::{Dialect, postgres, sqlite};
use crate::op::{Hazard, Mismatch, Operation, inverses};
use crate::schema::{Object, Schema};

pub use self::step::{Plan, Step, StepMode};

/// Why no statements could be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The dialect has no way to make the change.
    #[error("cannot change `{object}`: {reason}")]
    Refused {
        /// What was to be changed.
        object: Object,
        /// Why not, and what to do instead.
        reason: String,
    },
    /// The operations do not fit the schema.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
}

impl PlanError {
    pub(crate) fn refused(object: Object, reason: impl Into<String>) -> Self {
        Self::Refused {
            object,
            reason: reason.into(),
        }
    }
}

/// One statement, with the risks that its comment names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, without a semicolon at its end.
    pub sql: String,
    /// What it puts at risk.
    pub hazards: Vec<Hazard>,
}

/// An operation and the statements that make it.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) operation: Operation,
    pub(crate) statements: Vec<String>,
}

impl Piece {
    pub(crate) fn new(operation: &Operation, statements: Vec<String>) -> Self {
        Self {
            operation: operation.clone(),
            statements,
        }
    }

    /// An operation that the statements for another one make along with it.
    pub(crate) fn covered(operation: &Operation) -> Self {
        Self::new(operation, Vec::new())
    }
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
    let mut state = before.clone();
    let mut pieces = Vec::new();
    // Renames stay where they are: what stands before one uses the former name.
    for segment in order::segments(operations) {
        match (dialect, segment) {
            (_, order::Segment::Rename(operation)) => {
                let mut after = state.clone();
                operation.apply(&mut after, dialect)?;
                let statements = rename(operation, &state, &after, dialect)?;
                pieces.push(Piece::new(operation, statements));
                state = after;
            }
            (Dialect::Postgres, order::Segment::Rest(operations)) => {
                for operation in order::for_postgres(&operations, &state) {
                    let statements = postgres::statements(&operation, &state)?;
                    operation.apply(&mut state, dialect)?;
                    pieces.push(Piece::new(&operation, statements));
                }
            }
            (Dialect::Sqlite, order::Segment::Rest(operations)) => {
                let operations = order::for_sqlite(&operations);
                pieces.extend(sqlite::statements(&operations, &state)?);
                for operation in &operations {
                    operation.apply(&mut state, dialect)?;
                }
            }
        }
    }
    Ok(step::cut(pieces, before, dialect))
}

/// The statements that undo `operations`, on a database in the state after them.
///
/// # Errors
///
/// As [`plan`].
pub fn plan_downgrade(
    operations: &[Operation],
    after: &Schema,
    dialect: Dialect,
) -> Result<Plan, PlanError> {
    plan(&inverses(operations), after, dialect)
}

fn rename(
    operation: &Operation,
    before: &Schema,
    after: &Schema,
    dialect: Dialect,
) -> Result<Vec<String>, PlanError> {
    use crate::op::EnumOp;
    match (dialect, operation) {
        (Dialect::Postgres, _) => postgres::statements(operation, before),
        (Dialect::Sqlite, Operation::Enum(EnumOp::Rename { from, .. })) => {
            sqlite::rename_enum(from, before, after)
        }
        (Dialect::Sqlite, _) => Ok(sqlite::rename(operation)),
    }
}
