//! Constraints.

use super::{identifier, list, qualified};
use crate::op::ConstraintOp;
use crate::schema::{Action, Constraint, ConstraintKind, Deferrable, ForeignKey, MatchType};

pub(super) fn statements(op: &ConstraintOp) -> Vec<String> {
    let table = qualified(op.table());
    match op {
        ConstraintOp::Add {
            constraint,
            table: name,
        } => {
            let mut statements = vec![format!(
                "ALTER TABLE {table} ADD {}",
                definition(constraint)
            )];
            statements.extend(super::comment::of_constraint(name, constraint));
            statements
        }
        ConstraintOp::Drop { constraint, .. } => vec![format!(
            "ALTER TABLE {table} DROP CONSTRAINT {}",
            identifier(&constraint.name)
        )],
        ConstraintOp::Validate { to, .. } if to.kind.is_validated() => vec![format!(
            "ALTER TABLE {table} VALIDATE CONSTRAINT {}",
            identifier(&to.name)
        )],
        ConstraintOp::Validate {
            to, table: name, ..
        } => {
            let mut statements = vec![format!(
                "ALTER TABLE {table} DROP CONSTRAINT {}, ADD {}",
                identifier(&to.name),
                definition(to)
            )];
            statements.extend(super::comment::of_constraint(name, to));
            statements
        }
        ConstraintOp::Rename { from, to, .. } => vec![format!(
            "ALTER TABLE {table} RENAME CONSTRAINT {} TO {}",
            identifier(from),
            identifier(to)
        )],
    }
}

/// A constraint as CREATE TABLE and ADD spell it.
pub(super) fn definition(constraint: &Constraint) -> String {
    let body = match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => format!(
            "PRIMARY KEY ({}){}{}",
            list(&key.columns),
            include(&key.include),
            deferrable(key.deferrable)
        ),
        ConstraintKind::Unique(unique) => format!(
            "UNIQUE {}({}){}{}",
            if unique.nulls_not_distinct {
                "NULLS NOT DISTINCT "
            } else {
                ""
            },
            list(&unique.columns),
            include(&unique.include),
            deferrable(unique.deferrable)
        ),
        ConstraintKind::Check(check) => format!(
            "CHECK ({}){}{}",
            check.expression,
            if check.no_inherit { " NO INHERIT" } else { "" },
            if check.validated { "" } else { " NOT VALID" },
        ),
        ConstraintKind::Exclusion(exclusion) => exclusion.definition.0.clone(),
        ConstraintKind::ForeignKey(key) => foreign_key(key),
    };
    format!("CONSTRAINT {} {body}", identifier(&constraint.name))
}

fn foreign_key(key: &ForeignKey) -> String {
    let mut text = format!(
        "FOREIGN KEY ({}) REFERENCES {} ({})",
        list(&key.columns),
        qualified(&key.references),
        list(&key.referenced_columns)
    );
    if key.match_type == MatchType::Full {
        text.push_str(" MATCH FULL");
    }
    if let Some(action) = action(key.on_delete) {
        text.push_str(&format!(" ON DELETE {action}"));
        if !key.on_delete_columns.is_empty() {
            text.push_str(&format!(" ({})", list(&key.on_delete_columns)));
        }
    }
    if let Some(action) = action(key.on_update) {
        text.push_str(&format!(" ON UPDATE {action}"));
    }
    text.push_str(deferrable(key.deferrable));
    if !key.validated {
        text.push_str(" NOT VALID");
    }
    text
}

fn action(action: Action) -> Option<&'static str> {
    match action {
        Action::NoAction => None,
        Action::Restrict => Some("RESTRICT"),
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        Action::SetDefault => Some("SET DEFAULT"),
    }
}

fn deferrable(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::InitiallyImmediate => " DEFERRABLE",
        Deferrable::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn include(columns: &[String]) -> String {
    if columns.is_empty() {
        String::new()
    } else {
        format!(" INCLUDE ({})", list(columns))
    }
}
