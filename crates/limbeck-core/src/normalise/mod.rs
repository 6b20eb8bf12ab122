//! One spelling for what can be spelled in many ways.
//!
//! Only the server knows its own spelling, so it comes in as an argument: [`Answers`]. What only
//! the models know (names, what is managed, order) stays as it is.

mod declared;

use std::collections::BTreeSet;

pub use self::declared::in_declared_words;
use crate::schema::{Column, ConstraintKind, Index, QualifiedName, Schema, Table};

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

/// The tables of `target` that say something in other words than `before`, so that the server
/// must be asked whether it is something else.
pub fn open_questions(target: &Schema, before: &Schema) -> BTreeSet<QualifiedName> {
    target
        .tables
        .values()
        .filter(|table| match before.tables.get(&table.name) {
            Some(before) => !same_words(table, before),
            None => has_words(table),
        })
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
        match (&mut constraint.kind, &reported.kind) {
            (ConstraintKind::Check(check), ConstraintKind::Check(reported)) => {
                check.expression.clone_from(&reported.expression);
            }
            (ConstraintKind::Exclusion(exclusion), ConstraintKind::Exclusion(reported)) => {
                exclusion.clone_from(reported);
            }
            _ => {}
        }
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

fn same_words(table: &Table, before: &Table) -> bool {
    let same_column = |column: &Column| {
        before.column(&column.name).is_some_and(|before| {
            column.data_type == before.data_type
                && column.collation == before.collation
                && column.default == before.default
                && column.generated == before.generated
                && column.identity == before.identity
        })
    };
    table.columns.iter().all(same_column)
        && table.constraints.iter().all(|(name, constraint)| {
            let before = before.constraints.get(name).map(|before| &before.kind);
            match &constraint.kind {
                ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => {
                    before == Some(&constraint.kind)
                }
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::ForeignKey(_) => true,
            }
        })
        && table.indexes.iter().all(|(name, index)| {
            let before = before.indexes.get(name);
            before.is_some_and(|before| {
                before.keys == index.keys
                    && before.predicate == index.predicate
                    && before.method == index.method
                    && before.options == index.options
            })
        })
}

/// Whether a new table says anything that the server could spell otherwise.
fn has_words(table: &Table) -> bool {
    use crate::schema::Type;
    fn own(data_type: &Type) -> bool {
        match data_type {
            Type::Sql(_) => true,
            Type::Array(element) => own(element),
            _ => false,
        }
    }
    table.columns.iter().any(|column| {
        column.default.is_some()
            || column.generated.is_some()
            || column.collation.is_some()
            || own(&column.data_type)
            || column
                .identity
                .as_ref()
                .is_some_and(|identity| identity.options != Default::default())
    }) || !table.indexes.is_empty()
        || table.constraints.values().any(|constraint| {
            matches!(
                constraint.kind,
                ConstraintKind::Check(_) | ConstraintKind::Exclusion(_)
            )
        })
}
