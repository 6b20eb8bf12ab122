//! Steps: what runs in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Statement;
use crate::dialect::{Dialect, Piece};
use crate::op::{EnumOp, Operation, TableOp};
use crate::schema::Schema;
use crate::sql::{TokenKind, lex, quote_literal};

/// Statements in steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<Step>,
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
pub struct Step {
    /// How they are run.
    pub mode: StepMode,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// How the statements of a step are run.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum StepMode {
    /// All of them in one transaction.
    #[default]
    Transaction,
    /// One by one, each on its own.
    NoTransaction,
    /// In one transaction around which SQLite does not enforce foreign keys.
    ForeignKeysOff,
}

impl StepMode {
    /// Every mode.
    pub const ALL: [StepMode; 3] = [
        StepMode::Transaction,
        StepMode::NoTransaction,
        StepMode::ForeignKeysOff,
    ];

    /// Returns the words for the mode, as in the marker.
    pub fn as_str(self) -> &'static str {
        match self {
            StepMode::Transaction => "transaction",
            StepMode::NoTransaction => "no transaction",
            StepMode::ForeignKeysOff => "foreign keys off",
        }
    }
}

/// A transaction holds a lock for each object that it touches; the server has room for
/// `max_locks_per_transaction` (64) times `max_connections` (100) of them by default
/// (PostgreSQL manual, section 20.12).
pub const MOST_STATEMENTS: usize = 1000;

/// How the statements of a rebuild begin.
const REBUILD: &str = "PRAGMA legacy_alter_table";

/// Fails by itself when a row references nothing, which the pragma alone would only report.
const FOREIGN_KEY_CHECK: [&str; 3] = [
    "CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT \"no row references a missing row (PRAGMA foreign_key_check lists them)\" CHECK (violations = 0))",
    "INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check",
    "DROP TABLE limbeck_foreign_key_check",
];

pub(super) fn cut(pieces: Vec<Piece>, before: &Schema, dialect: Dialect) -> Plan {
    match dialect {
        Dialect::Postgres => cut_for_postgres(pieces),
        Dialect::Sqlite => cut_for_sqlite(pieces, before),
    }
}

fn statements(piece: &Piece) -> Vec<Statement> {
    let mut hazards = piece.hazards.clone();
    piece
        .statements
        .iter()
        .map(|sql| Statement {
            sql: sql.clone(),
            hazards: std::mem::take(&mut hazards),
        })
        .collect()
}

/// Cuts behind new enum values that are used later on: they cannot be used before they are
/// committed (PostgreSQL manual, ALTER TYPE).
fn cut_for_postgres(pieces: Vec<Piece>) -> Plan {
    let mut plan = Plan::default();
    let mut current: Vec<Statement> = Vec::new();
    let mut uncommitted: Vec<String> = Vec::new();
    for piece in &pieces {
        let uses_new_value = piece
            .statements
            .iter()
            .any(|sql| !uncommitted.is_empty() && says(sql, &uncommitted));
        if uses_new_value || current.len() + piece.statements.len() > MOST_STATEMENTS {
            finish(&mut plan, StepMode::Transaction, &mut current);
            uncommitted.clear();
        }
        current.extend(statements(piece));
        if let Operation::Enum(op @ EnumOp::Alter { .. }) = &piece.operation
            && piece
                .statements
                .iter()
                .any(|sql| sql.contains(" ADD VALUE "))
        {
            uncommitted.extend(op.added_values().into_iter().map(str::to_owned));
        }
    }
    finish(&mut plan, StepMode::Transaction, &mut current);
    plan
}

/// Whether the statement has a literal that is one of the values, or an array that may hold one.
fn says(statement: &str, values: &[String]) -> bool {
    let tokens = lex(statement, Dialect::Postgres).unwrap_or_default();
    let mut literals = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::String)
        .map(|token| token.text(statement));
    literals.any(|literal| {
        let is_array = literal.starts_with("'{");
        let mut values = values.iter();
        values.any(|value| *literal == quote_literal(value) || is_array && literal.contains(value))
    })
}

/// A rebuild, and a DROP TABLE under the foreign key of a table that stays or of itself, need foreign
/// keys off. The whole plan runs so
/// then, and stays one transaction.
fn cut_for_sqlite(pieces: Vec<Piece>, before: &Schema) -> Plan {
    let mut dropped = BTreeSet::new();
    let keys_off = pieces.iter().any(|piece| {
        let rebuilds = piece.statements.iter().any(|sql| sql.starts_with(REBUILD));
        let drops_parent = if let Operation::Table(TableOp::Drop(table)) = &piece.operation {
            dropped.insert(&table.name);
            let itself = table
                .foreign_keys()
                .any(|(_, key)| key.references == table.name);
            let others = before
                .referencing(&table.name)
                .any(|(child, _)| !dropped.contains(&child.name));
            itself || others
        } else {
            false
        };
        rebuilds || drops_parent
    });
    let mut current: Vec<Statement> = Vec::new();
    let mut rebuilds = BTreeMap::new();
    for piece in &pieces {
        let table = piece.operation.object().table().cloned();
        let made = statements(piece);
        let rebuild = made
            .iter()
            .any(|statement| statement.sql.starts_with(REBUILD));
        if rebuild {
            rebuilds.entry(table).or_insert(current.len());
        } else if made.is_empty()
            && let Some(statement) = rebuilds.get(&table).and_then(|at| current.get_mut(*at))
        {
            // What one rebuild makes for several operations puts at risk what they all do.
            statement.hazards.extend(piece.operation.hazards());
        }
        current.extend(made);
    }
    if keys_off {
        current.extend(FOREIGN_KEY_CHECK.iter().map(|sql| Statement {
            sql: (*sql).to_owned(),
            hazards: Vec::new(),
        }));
    }
    let mut plan = Plan::default();
    let mode = if keys_off {
        StepMode::ForeignKeysOff
    } else {
        StepMode::Transaction
    };
    finish(&mut plan, mode, &mut current);
    plan
}

fn finish(plan: &mut Plan, mode: StepMode, statements: &mut Vec<Statement>) {
    if !statements.is_empty() {
        plan.steps.push(Step {
            mode,
            statements: std::mem::take(statements),
        });
    }
}
