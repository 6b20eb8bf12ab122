//! Sequences in the SQL of PostgreSQL, and how the next number of one is set.
//!
//! Not here: the sequences behind serial and identity columns (`identity`).

use super::types::name as type_name;
use super::{identifier, qualified};
use crate::dialect::Dialect;
use crate::op::{Adoption, SequenceOp};
use crate::schema::{Column, Expression, QualifiedName, Schema, Sequence, SequenceOptions, Type};
use crate::sql::quote_literal;

pub(super) fn statements(op: &SequenceOp, state: &Schema) -> Vec<String> {
    match op {
        SequenceOp::Create(sequence) => create(sequence),
        SequenceOp::Drop(sequence) => vec![format!("DROP SEQUENCE {}", qualified(&sequence.name))],
        SequenceOp::Rename { from, to } => moved(from, to, state),
        SequenceOp::Alter { from, to } => alter(from, to, state),
        SequenceOp::Adopt(adoption) => adopt(adoption),
        SequenceOp::Release(adoption) => release(adoption),
    }
}

/// What a sequence counts with.
#[derive(Clone, Copy)]
pub(super) struct Counter<'a> {
    pub(super) data_type: &'a Type,
    pub(super) options: &'a SequenceOptions,
}

impl Counter<'_> {
    fn limits(&self) -> (i64, i64) {
        self.options.limits(self.data_type)
    }

    /// Where it starts.
    pub(super) fn start(&self) -> i64 {
        let options = self.options;
        options.start.unwrap_or_else(|| options.first())
    }
}

/// The clauses for options that are not the default ones, of a sequence that is made with them.
pub(super) fn options(options: &SequenceOptions) -> Vec<String> {
    let none = SequenceOptions::default();
    let counter = |options| Counter {
        data_type: &Type::BigInt,
        options,
    };
    let mut clauses = changed_options(counter(&none), counter(options));
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
pub(super) fn changed_options(before: Counter<'_>, after: Counter<'_>) -> Vec<String> {
    let (from, to) = (before.options, after.options);
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
    let moved = before.start() != after.start();
    number("START WITH", "", moved, Some(after.start()));
    let again = starts_again(before, after);
    number("RESTART WITH", "", again, Some(after.start()));
    number("CACHE", "CACHE 1", from.cache != to.cache, to.cache);
    if from.cycle != to.cycle {
        clauses.push(if to.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    clauses
}

/// Whether a counter cannot go on: its numbers run the other way, or none of them is within the new
/// limits.
pub(super) fn starts_again(from: Counter<'_>, to: Counter<'_>) -> bool {
    let (lowest, highest) = from.limits();
    let (min, max) = to.limits();
    from.options.ascends() != to.options.ascends() || highest < min || max < lowest
}

/// The column that a counter numbers.
pub(super) type Numbered<'a> = Option<(&'a QualifiedName, &'a str)>;

/// The statement that moves a counter into limits that become narrower, which the server refuses
/// while it stands outside: behind the rows that are within them, where there is a column.
pub(super) fn moved_within(
    sequence: &QualifiedName,
    numbered: Numbered<'_>,
    from: Counter<'_>,
    to: Counter<'_>,
) -> Option<String> {
    let (lowest, highest) = from.limits();
    let (min, max) = to.limits();
    if starts_again(from, to) || (min <= lowest && highest <= max) {
        return None;
    }
    let (min, max) = (min.max(lowest), max.min(highest));
    let (of_rows, first) = if to.options.ascends() {
        ("max", min)
    } else {
        ("min", max)
    };
    let name = qualified(sequence);
    let literal = quote_literal(&name);
    Some(match numbered {
        Some((table, column)) => {
            let column = identifier(column);
            let last = format!("{of_rows}({column})");
            format!(
                "SELECT setval({literal}, coalesce({last}, {first}), {last} IS NOT NULL) FROM {} \
                 WHERE {column} BETWEEN {min} AND {max} \
                 HAVING (SELECT last_value FROM {name}) NOT BETWEEN {min} AND {max}",
                qualified(table)
            )
        }
        // The limit that numbering comes to first has been reached; the other one is still to be
        // given.
        None => format!(
            "SELECT setval({literal}, CASE WHEN last_value < {min} THEN {min} ELSE {max} END, \
             (last_value < {min}) = {}) FROM {name} WHERE last_value NOT BETWEEN {min} AND {max}",
            !to.options.ascends()
        ),
    })
}

/// The statement that moves a sequence behind the rows of a column which it begins to number. It
/// never moves back: the sequence may number other columns, too.
pub(super) fn moved_behind_rows(
    sequence: &QualifiedName,
    table: &QualifiedName,
    column: &str,
    options: &SequenceOptions,
) -> String {
    let name = qualified(sequence);
    let step = options.step().unsigned_abs();
    // What is called already goes on by a step, what is not begins where it stands.
    let moved = format!("CASE WHEN counter.is_called THEN {step} ELSE 0 END");
    let (of_rows, is_behind) = if options.ascends() {
        ("max", format!("held.last - {moved} >= counter.last_value"))
    } else {
        ("min", format!("held.last + {moved} <= counter.last_value"))
    };
    let mut conditions = vec![is_behind];
    conditions.extend(options.min_value.map(|min| format!("held.last >= {min}")));
    conditions.extend(options.max_value.map(|max| format!("held.last <= {max}")));
    format!(
        "SELECT setval({}, held.last) FROM {name} AS counter, (SELECT {of_rows}({}) AS last FROM {}) AS held \
         WHERE {}",
        quote_literal(&name),
        identifier(column),
        qualified(table),
        conditions.join(" AND ")
    )
}

/// The same for a column whose default begins to call a sequence, whatever that is.
pub(super) fn begins_to_call(
    table: &QualifiedName,
    from: &Column,
    to: &Column,
    state: &Schema,
) -> Option<String> {
    let called = |column: &Column| {
        let default = column.default.as_ref();
        default.and_then(Expression::called_sequence)
    };
    let name = called(to).filter(|_| to.data_type.is_integer())?;
    if called(from).as_ref() == Some(&name) {
        return None;
    }
    // A sequence that nobody here made counts as most do.
    let options = state.sequences.get(&name).map(|one| one.options.clone());
    let options = options.unwrap_or_default();
    Some(moved_behind_rows(&name, table, &to.name, &options))
}

fn moved(from: &QualifiedName, to: &QualifiedName, state: &Schema) -> Vec<String> {
    let mut statements = Vec::new();
    if from.schema != to.schema {
        statements.push(format!(
            "ALTER SEQUENCE {} SET SCHEMA {}",
            qualified(from),
            identifier(state.default_schema.of(to, Dialect::Postgres))
        ));
    }
    statements.extend(rename(&to.sibling(from.name.as_str()), to));
    statements
}

/// Another name in the same schema.
pub(super) fn rename(from: &QualifiedName, to: &QualifiedName) -> Option<String> {
    (from.name != to.name).then(|| {
        format!(
            "ALTER SEQUENCE {} RENAME TO {}",
            qualified(from),
            identifier(&to.name)
        )
    })
}

pub(super) fn nextval(sequence: &QualifiedName) -> String {
    format!("nextval({}::regclass)", quote_literal(&qualified(sequence)))
}

pub(super) fn owned_by(sequence: &QualifiedName, owner: Option<(&QualifiedName, &str)>) -> String {
    let owner = match owner {
        Some((table, column)) => format!("{}.{}", qualified(table), identifier(column)),
        None => "NONE".to_owned(),
    };
    format!("ALTER SEQUENCE {} OWNED BY {owner}", qualified(sequence))
}

fn create(sequence: &Sequence) -> Vec<String> {
    let kind = if sequence.unlogged {
        "UNLOGGED SEQUENCE"
    } else {
        "SEQUENCE"
    };
    let mut words = vec![
        format!("CREATE {kind} {}", qualified(&sequence.name)),
        format!("AS {}", type_name(&sequence.data_type)),
    ];
    words.extend(options(&sequence.options));
    let mut statements = vec![words.join(" ")];
    let owner = sequence.owned_by.as_ref();
    let owner = owner.map(|(table, column)| (table, column.as_str()));
    if owner.is_some() {
        statements.push(owned_by(&sequence.name, owner));
    }
    statements
}

fn alter(from: &Sequence, to: &Sequence, state: &Schema) -> Vec<String> {
    let name = qualified(&to.name);
    let counter = |sequence: &Sequence| (sequence.data_type.clone(), sequence.options.clone());
    let (from_counter, to_counter) = (counter(from), counter(to));
    let [before, after] =
        [&from_counter, &to_counter].map(|(data_type, options)| Counter { data_type, options });
    let mut clauses = Vec::new();
    if from.data_type != to.data_type {
        clauses.push(format!("AS {}", type_name(&to.data_type)));
    }
    clauses.extend(changed_options(before, after));
    let mut statements = Vec::new();
    if from.unlogged != to.unlogged {
        let persistence = if to.unlogged { "UNLOGGED" } else { "LOGGED" };
        statements.push(format!("ALTER SEQUENCE {name} SET {persistence}"));
    }
    let owner = to.owned_by.as_ref();
    let owner = owner.map(|(table, column)| (table, column.as_str()));
    statements.extend(moved_within(&to.name, owner, before, after));
    if !clauses.is_empty() {
        statements.push(format!("ALTER SEQUENCE {name} {}", clauses.join(" ")));
    }
    if starts_again(before, after) {
        for table in state.tables.values() {
            let numbered = table.columns.iter().filter(|column| {
                let default = column.default.as_ref();
                let called = default.and_then(Expression::called_sequence);
                column.data_type.is_integer() && called.as_ref() == Some(&to.name)
            });
            statements.extend(
                numbered.map(|column| {
                    moved_behind_rows(&to.name, &table.name, &column.name, &to.options)
                }),
            );
        }
    }
    if from.owned_by != to.owned_by {
        statements.push(owned_by(&to.name, owner));
    }
    statements
}

fn adopt(adoption: &Adoption) -> Vec<String> {
    let Adoption {
        sequence,
        table,
        serial,
        ..
    } = adoption;
    let mut statements = Vec::new();
    if !adoption.is_owned() {
        let owner = Some((table, serial.name.as_str()));
        statements.push(owned_by(&sequence.name, owner));
    }
    if !adoption.is_default() {
        statements.push(default(adoption, Some(&nextval(&sequence.name))));
        let behind = moved_behind_rows(&sequence.name, table, &serial.name, &sequence.options);
        statements.push(behind);
    }
    statements
}

fn release(adoption: &Adoption) -> Vec<String> {
    let mut statements = Vec::new();
    if !adoption.is_default() {
        let apart = adoption.apart.default.as_ref();
        statements.push(default(adoption, apart.map(Expression::as_str)));
    }
    if !adoption.is_owned() {
        statements.push(owned_by(&adoption.sequence.name, None));
    }
    statements
}

fn default(adoption: &Adoption, expression: Option<&str>) -> String {
    let change = match expression {
        Some(expression) => format!("SET DEFAULT {expression}"),
        None => "DROP DEFAULT".to_owned(),
    };
    format!(
        "ALTER TABLE {} ALTER COLUMN {} {change}",
        qualified(&adoption.table),
        identifier(&adoption.serial.name)
    )
}
