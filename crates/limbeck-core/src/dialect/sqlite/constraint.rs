//! Constraints, as members of CREATE TABLE: SQLite can neither add nor drop them.

use super::{identifier, list, table_name};
use crate::schema::{
    Action, Constraint, ConstraintKind, Deferrable, ForeignKey, MatchType, Table, unnamed,
};

/// The constraints of a table as its members; those that nobody has named stay so, where they are told by the same name then.
pub(super) fn definitions(
    table: &Table,
    is_member: impl Fn(&&Constraint) -> bool,
) -> impl Iterator<Item = String> {
    let nameless = unnamed::nameless(table);
    let members = unnamed::in_order(table).filter(is_member);
    members.map(move |constraint| {
        let body = body(constraint);
        if nameless.contains(constraint.name.as_str()) {
            return body;
        }
        format!("CONSTRAINT {} {body}", identifier(&constraint.name))
    })
}

fn body(constraint: &Constraint) -> String {
    match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => format!(
            "PRIMARY KEY ({}){}",
            list(&key.columns),
            conflict(key.on_conflict.as_ref())
        ),
        ConstraintKind::Unique(unique) => format!(
            "UNIQUE ({}){}",
            list(&unique.columns),
            conflict(unique.on_conflict.as_ref())
        ),
        ConstraintKind::Check(check) => format!("CHECK ({})", check.expression),
        ConstraintKind::Exclusion(exclusion) => exclusion.definition.0.clone(),
        ConstraintKind::ForeignKey(key) => {
            format!("FOREIGN KEY ({}) {}", list(&key.columns), references(key))
        }
    }
}

/// A foreign key as a column constraint.
pub(super) fn inline(constraint: &Constraint, key: &ForeignKey) -> String {
    format!(
        "CONSTRAINT {} {}",
        identifier(&constraint.name),
        references(key)
    )
}

/// A conflict clause.
pub(super) fn conflict(on_conflict: Option<&String>) -> String {
    on_conflict.map_or_else(String::new, |action| format!(" ON CONFLICT {action}"))
}

fn references(key: &ForeignKey) -> String {
    let mut text = format!("REFERENCES {}", table_name(&key.references));
    if !key.referenced_columns.is_empty() {
        text.push_str(&format!(" ({})", list(&key.referenced_columns)));
    }
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        let action = match action {
            Action::NoAction => continue,
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        };
        text.push_str(&format!(" ON {event} {action}"));
    }
    if key.match_type == MatchType::Full {
        text.push_str(" MATCH FULL");
    }
    match key.deferrable {
        Deferrable::No => {}
        Deferrable::InitiallyImmediate => text.push_str(" DEFERRABLE"),
        Deferrable::InitiallyDeferred => text.push_str(" DEFERRABLE INITIALLY DEFERRED"),
    }
    text
}
