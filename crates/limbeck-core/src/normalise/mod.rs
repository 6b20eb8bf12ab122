//! One spelling for expressions and types that can be spelled in many ways.
//!
//! Only the server knows its own spelling, so it is an argument: [`Answers`]. What only the models know (names, what is
//! managed, order) stays as it is.

mod declared;
mod question;

use std::collections::BTreeSet;

pub use self::declared::{in_declared_words, kept_in_declared_words};
use crate::schema::{Index, QualifiedName, Schema, Table};

/// What a server reported when it was given the tables of a schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// The tables as it reported them. Those that were not asked about are not in it.
    pub reported: Schema,
}

/// Spells types and expressions as the server does, where it was asked.
#[must_use]
pub fn normalise(schema: &Schema, answers: &Answers) -> Schema {
    let mut result = schema.clone();
    for (name, table) in &mut result.tables {
        if let Some(reported) = answers.reported.tables.get(name) {
            normalise_table(table, reported);
        }
    }
    result
}

/// The tables of `target` that say something in words that `before` does not have, so that the
/// server must be asked what it makes of them.
pub fn open_questions(target: &Schema, before: &Schema) -> BTreeSet<QualifiedName> {
    tables_with(target, before, Fresh::IsOpen)
}

/// The tables that say something in other words on both sides: another spelling, or another thing.
pub fn unsettled(target: &Schema, before: &Schema) -> BTreeSet<QualifiedName> {
    tables_with(target, before, Fresh::IsSettled)
}

/// Whether words of a member that `before` does not have are a question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fresh {
    IsOpen,
    IsSettled,
}

fn tables_with(target: &Schema, before: &Schema, fresh: Fresh) -> BTreeSet<QualifiedName> {
    let is_open = |table: &&Table| question::is_open(table, before.tables.get(&table.name), fresh);
    target
        .tables
        .values()
        .filter(is_open)
        .map(|table| table.name.clone())
        .collect()
}

fn normalise_table(table: &mut Table, reported: &Table) {
    for column in &mut table.columns {
        let Some(reported) = reported.column(&column.name) else {
            continue;
        };
        column.data_type.clone_from(&reported.data_type);
        column.collation.clone_from(&reported.collation);
        if column.default.is_some() {
            column.default.clone_from(&reported.default);
        }
        if column.generated.is_some() {
            column.generated.clone_from(&reported.generated);
        }
        if let (Some(identity), Some(reported)) = (&mut column.identity, &reported.identity) {
            identity.options.clone_from(&reported.options);
        }
    }
    for (name, constraint) in &mut table.constraints {
        let Some(reported) = reported.constraints.get(name) else {
            continue;
        };
        constraint.kind.take_expression_of(&reported.kind);
    }
    for (name, index) in &mut table.indexes {
        if let Some(reported) = reported.indexes.get(name) {
            normalise_index(index, reported);
        }
    }
}

fn normalise_index(index: &mut Index, reported: &Index) {
    index.method.clone_from(&reported.method);
    index.predicate.clone_from(&reported.predicate);
    index.options.clone_from(&reported.options);
    // A key given as an expression may be a plain column to the server, and `NULLS LAST` a default.
    if index.keys.len() == reported.keys.len() {
        index.keys.clone_from(&reported.keys);
    }
}
