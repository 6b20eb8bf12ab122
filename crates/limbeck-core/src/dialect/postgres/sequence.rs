//! Sequences.

use super::types::name as type_name;
use super::{identifier, qualified};
use crate::op::SequenceOp;
use crate::schema::{Sequence, SequenceOptions};
use crate::sql::quote_literal;

pub(super) fn statements(op: &SequenceOp) -> Vec<String> {
    match op {
        SequenceOp::Create(sequence) => create(sequence),
        SequenceOp::Drop(sequence) => vec![format!("DROP SEQUENCE {}", qualified(&sequence.name))],
        SequenceOp::Alter { from, to } => alter(from, to),
    }
}

/// The clauses for options that are not the default ones, of a sequence that is made with them.
pub(super) fn options(options: &SequenceOptions) -> Vec<String> {
    let mut clauses = changed_options(&SequenceOptions::default(), options);
    // A new sequence finds its own limits and start.
    let start = options.start.is_some();
    let is_needless = |clause: &str| {
        clause.starts_with("NO M")
            || clause.starts_with("RESTART")
            || (clause.starts_with("START") && !start)
    };
    clauses.retain(|clause| !is_needless(clause));
    clauses
}

/// The clauses that turn one set of options into another.
pub(super) fn changed_options(from: &SequenceOptions, to: &SequenceOptions) -> Vec<String> {
    let mut clauses = Vec::new();
    let mut number = |clause: &str, reset: &str, differs: bool, value: Option<i64>| {
        if differs {
            clauses.push(match value {
                Some(value) => format!("{clause} {value}"),
                None => reset.to_owned(),
            });
        }
    };
    let increment = from.increment != to.increment;
    number("INCREMENT BY", "INCREMENT BY 1", increment, to.increment);
    // The limits that the server chose for the other direction would stay.
    let turns = from.ascends() != to.ascends();
    let min = turns || from.min_value != to.min_value;
    number("MINVALUE", "NO MINVALUE", min, to.min_value);
    let max = turns || from.max_value != to.max_value;
    number("MAXVALUE", "NO MAXVALUE", max, to.max_value);
    let start = |options: &SequenceOptions| options.start.unwrap_or_else(|| options.first());
    let moved = start(from) != start(to);
    number("START WITH", "", moved, Some(start(to)));
    let again = starts_again(from, to);
    number("RESTART WITH", "", again, Some(start(to)));
    number("CACHE", "CACHE 1", from.cache != to.cache, to.cache);
    if from.cycle != to.cycle {
        clauses.push(if to.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    clauses
}

/// Whether a counter cannot go on: its numbers run the other way, or none of them is within the new
/// limits.
fn starts_again(from: &SequenceOptions, to: &SequenceOptions) -> bool {
    let is_below = |one: &SequenceOptions, other: &SequenceOptions| {
        let limits = highest(one).zip(lowest(other));
        limits.is_some_and(|(highest, lowest)| highest < lowest)
    };
    from.ascends() != to.ascends() || is_below(from, to) || is_below(to, from)
}

/// The lowest number, where it is not the type's.
fn lowest(options: &SequenceOptions) -> Option<i64> {
    let default = options.ascends().then_some(1);
    options.min_value.or(default)
}

/// The highest number, where it is not the type's.
fn highest(options: &SequenceOptions) -> Option<i64> {
    let default = (!options.ascends()).then_some(-1);
    options.max_value.or(default)
}

/// The statements that move a counter into limits that become narrower, which the server refuses
/// while it stands outside. `sequence` is an expression for its name.
pub(super) fn moved_within(
    sequence: &str,
    from: &SequenceOptions,
    to: &SequenceOptions,
) -> Vec<String> {
    if starts_again(from, to) {
        return Vec::new();
    }
    let start = from.start.unwrap_or_else(|| from.first());
    let last = format!("coalesce(pg_sequence_last_value({sequence}::regclass), {start})");
    let mut statements = Vec::new();
    // The limit that numbering comes to first has been reached; the other one is still to be given.
    let mut move_to = |limit: i64, is_reached: bool, sign: &str| {
        statements.push(format!(
            "SELECT setval({sequence}, {limit}, {is_reached}) WHERE {last} {sign} {limit}"
        ));
    };
    if let Some(limit) = lowest(to).filter(|limit| lowest(from).is_none_or(|was| was < *limit)) {
        move_to(limit, !to.ascends(), "<");
    }
    if let Some(limit) = highest(to).filter(|limit| highest(from).is_none_or(|was| was > *limit)) {
        move_to(limit, to.ascends(), ">");
    }
    statements
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
    let mut statements = moved_within(&quote_literal(&name), &from.options, &to.options);
    if !clauses.is_empty() {
        statements.push(format!("ALTER SEQUENCE {name} {}", clauses.join(" ")));
    }
    if from.owned_by != to.owned_by {
        statements
            .push(owned_by(to).unwrap_or_else(|| format!("ALTER SEQUENCE {name} OWNED BY NONE")));
    }
    statements
}
