//! Sequences.

use super::types::name as type_name;
use super::{identifier, qualified};
use crate::op::SequenceOp;
use crate::schema::{Sequence, SequenceOptions};

pub(super) fn statements(op: &SequenceOp) -> Vec<String> {
    match op {
        SequenceOp::Create(sequence) => create(sequence),
        SequenceOp::Drop(sequence) => vec![format!("DROP SEQUENCE {}", qualified(&sequence.name))],
        SequenceOp::Alter { from, to } => alter(from, to),
    }
}

/// The clauses for options that are not the default ones.
pub(super) fn options(options: &SequenceOptions) -> Vec<String> {
    changed_options(&SequenceOptions::default(), options)
}

/// The clauses that turn one set of options into another.
pub(super) fn changed_options(from: &SequenceOptions, to: &SequenceOptions) -> Vec<String> {
    let mut clauses = Vec::new();
    let mut number = |clause: &str, reset: &str, from: Option<i64>, to: Option<i64>| {
        if from != to {
            clauses.push(match to {
                Some(value) => format!("{clause} {value}"),
                None => reset.to_owned(),
            });
        }
    };
    number(
        "INCREMENT BY",
        "INCREMENT BY 1",
        from.increment,
        to.increment,
    );
    number("MINVALUE", "NO MINVALUE", from.min_value, to.min_value);
    number("MAXVALUE", "NO MAXVALUE", from.max_value, to.max_value);
    let start = |options: &SequenceOptions| options.start.unwrap_or_else(|| options.first());
    let moved = (start(from) != start(to)).then(|| start(to));
    number("START WITH", "", None, moved);
    number("CACHE", "CACHE 1", from.cache, to.cache);
    if from.cycle != to.cycle {
        clauses.push(if to.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    clauses
}

fn create(sequence: &Sequence) -> Vec<String> {
    let mut words = vec![
        format!("CREATE SEQUENCE {}", qualified(&sequence.name)),
        format!("AS {}", type_name(&sequence.data_type)),
    ];
    words.extend(options(&sequence.options));
    let mut statements = vec![words.join(" ")];
    statements.extend(owned_by(sequence));
    statements
}

fn owned_by(sequence: &Sequence) -> Option<String> {
    let (table, column) = sequence.owned_by.as_ref()?;
    Some(format!(
        "ALTER SEQUENCE {} OWNED BY {}.{}",
        qualified(&sequence.name),
        qualified(table),
        identifier(column)
    ))
}

fn alter(from: &Sequence, to: &Sequence) -> Vec<String> {
    let name = qualified(&to.name);
    let mut clauses = Vec::new();
    if from.data_type != to.data_type {
        clauses.push(format!("AS {}", type_name(&to.data_type)));
    }
    clauses.extend(changed_options(&from.options, &to.options));
    let mut statements = Vec::new();
    if !clauses.is_empty() {
        statements.push(format!("ALTER SEQUENCE {name} {}", clauses.join(" ")));
    }
    if from.owned_by != to.owned_by {
        statements
            .push(owned_by(to).unwrap_or_else(|| format!("ALTER SEQUENCE {name} OWNED BY NONE")));
    }
    statements
}
