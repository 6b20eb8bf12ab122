//! Steps: what runs in one transaction.

use super::PlannedStatement;
use crate::dialect::{Dialect, Piece, StepMode};
use crate::op::{Hazard, Operation};

/// Statements in steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// Why there is no way: only one that undoes something can be like that.
    pub irreversible: Option<String>,
}

impl Plan {
    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Statements that are run in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// How they are run.
    pub mode: StepMode,
    /// The statements, in order.
    pub statements: Vec<PlannedStatement>,
}

/// A transaction holds a lock for each object that it touches; the server has room for
/// `max_locks_per_transaction` (64) times `max_connections` (100) of them by default
/// (PostgreSQL manual, section 20.12).
pub const MOST_STATEMENTS: usize = 1000;

/// Fails by itself when a row references nothing, which the pragma alone would only report.
const FOREIGN_KEY_CHECK: [&str; 3] = [
    "CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT \"no row references a missing row (PRAGMA foreign_key_check lists them)\" CHECK (violations = 0))",
    "INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check",
    "DROP TABLE limbeck_foreign_key_check",
];

/// Divides the statements into steps, each piece with the hazards of what it makes.
///
/// One piece that needs foreign keys off has the whole plan run so, which stays one transaction. A
/// new value of an enum type cannot be used before it is committed (PostgreSQL manual, ALTER TYPE).
pub(super) fn cut(
    mut pieces: Vec<Piece>,
    hazards: impl Fn(&Operation) -> Vec<Hazard>,
    dialect: Dialect,
) -> Plan {
    let mut plan = Plan::default();
    let needs_keys_off = |piece: &Piece| piece.mode == StepMode::ForeignKeysOff;
    let keys_off = pieces.iter().any(needs_keys_off);
    if keys_off {
        pieces.push(Piece {
            operations: Vec::new(),
            statements: FOREIGN_KEY_CHECK.map(str::to_owned).to_vec(),
            mode: StepMode::ForeignKeysOff,
        });
    }
    let mut uncommitted: Vec<&str> = Vec::new();
    for piece in &pieces {
        let mode = if keys_off && piece.mode == StepMode::Transaction {
            StepMode::ForeignKeysOff
        } else {
            piece.mode
        };
        let uses_new_value = piece.operations.iter().any(|one| one.says(&uncommitted));
        let last = plan.steps.last();
        let has_room = last.is_some_and(|step| {
            let count = step.statements.len() + piece.statements.len();
            step.mode == mode && (count <= MOST_STATEMENTS || dialect == Dialect::Sqlite)
        });
        if !piece.statements.is_empty() && (uses_new_value || !has_room) {
            uncommitted.clear();
            plan.steps.push(PlannedStep {
                mode,
                statements: Vec::new(),
            });
        }
        let mut hazards: Vec<Hazard> = piece.operations.iter().flat_map(&hazards).collect();
        let statements = piece.statements.iter().map(|sql| PlannedStatement {
            sql: sql.clone(),
            hazards: std::mem::take(&mut hazards),
        });
        if let Some(step) = plan.steps.last_mut() {
            step.statements.extend(statements);
        }
        if dialect == Dialect::Postgres {
            let added = piece.operations.iter().flat_map(Operation::appended_values);
            uncommitted.extend(added);
        }
    }
    plan
}
