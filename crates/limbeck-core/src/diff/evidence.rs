//! Why something may be a rename: what a question shows to whom it asks.

use std::collections::BTreeSet;

use crate::dialect::{Dialect, is_declared_type};
use crate::schema::{
    Column, ConstraintKind, EnumType, Expression, IndexTarget, QualifiedName, Schema, Sequence,
    Table, distance,
};
use crate::sql::{rename_identifier, same};

/// A column within its table.
#[derive(Clone, Copy)]
pub(super) struct TableColumn<'a> {
    pub(super) table: &'a Table,
    pub(super) column: &'a Column,
}

impl TableColumn<'_> {
    /// The column before it.
    pub(super) fn neighbour(&self) -> Option<&str> {
        let mut columns = self.table.columns.iter();
        let place = columns.position(|column| column.name == self.column.name)?;
        let before = self.table.columns.get(place.checked_sub(1)?)?;
        Some(&before.name)
    }

    /// The constraints and indexes that it is in alone, and the key that it is in.
    fn members(&self, dialect: Dialect, renamed: &str) -> BTreeSet<String> {
        let mut members = BTreeSet::new();
        let alone = |columns: &[String]| matches!(columns, [one] if *one == self.column.name);
        for constraint in self.table.constraints.values() {
            match &constraint.kind {
                ConstraintKind::PrimaryKey(key) if key.columns.contains(&self.column.name) => {
                    members.insert("both in the primary key".to_owned());
                }
                ConstraintKind::Unique(unique) if alone(&unique.columns) => {
                    members.insert("both unique".to_owned());
                }
                ConstraintKind::ForeignKey(key) if alone(&key.columns) => {
                    members.insert(format!("both reference `{}`", key.references));
                }
                ConstraintKind::Check(check)
                    if alone(&self.mentioned(&check.expression, dialect)) =>
                {
                    let Expression(text) = &check.expression;
                    let text = rename_identifier(text, &self.column.name, renamed, dialect);
                    members.insert(format!("both checked by `{text}`"));
                }
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::ForeignKey(_)
                | ConstraintKind::Check(_)
                | ConstraintKind::Exclusion(_) => {}
            }
        }
        for index in self.table.indexes.values() {
            let is_on = |target: &IndexTarget| matches!(target, IndexTarget::Column(name) if *name == self.column.name);
            if let [key] = index.keys.as_slice()
                && is_on(&key.target)
            {
                let word = if index.unique {
                    "both unique"
                } else {
                    "both indexed"
                };
                members.insert(word.to_owned());
            }
        }
        members
    }

    fn mentioned(&self, expression: &Expression, dialect: Dialect) -> Vec<String> {
        self.table
            .columns
            .iter()
            .map(|column| &column.name)
            .filter(|name| crate::sql::mentions(expression.as_str(), name, dialect))
            .cloned()
            .collect()
    }
}

/// What two columns have in common besides their type.
pub(super) fn of_columns(
    (state, from): (&Schema, TableColumn<'_>),
    to: TableColumn<'_>,
    dialect: Dialect,
) -> Vec<String> {
    let (one, other) = (from.column, to.column);
    let mut evidence = vec![if one.data_type == other.data_type {
        "same type".to_owned()
    } else if is_of_one_type(one, other, state, dialect) {
        format!("{} is read as {}", one.data_type, other.data_type)
    } else {
        format!("{} becomes {}", one.data_type, other.data_type)
    }];
    if one.nullable == other.nullable {
        let word = if other.nullable {
            "both nullable"
        } else {
            "both not null"
        };
        evidence.push(word.to_owned());
    }
    if let (Some(Expression(one)), Some(Expression(other))) = (&one.default, &other.default)
        && same(one, other, dialect)
    {
        evidence.push(format!("same default {other}"));
    }
    evidence.extend(common_members(from, to, dialect));
    if from.neighbour() == to.neighbour() {
        evidence.push(match to.neighbour() {
            Some(neighbour) => format!("both behind `{neighbour}`"),
            None => "both first".to_owned(),
        });
    }
    evidence.extend(of_names(&one.name, &other.name));
    evidence
}

/// Constraints and indexes that are the same but for the column's name.
pub(super) fn common_members(
    from: TableColumn<'_>,
    to: TableColumn<'_>,
    dialect: Dialect,
) -> Vec<String> {
    let name = &to.column.name;
    let from = from.members(dialect, name);
    let to = to.members(dialect, name);
    from.intersection(&to).cloned().collect()
}

/// What two sequences have in common: columns that they number, or all but the name where neither
/// numbers any. Nothing where they are two.
pub(super) fn of_sequences(
    (before, from): (&Schema, &Sequence),
    (target, to): (&Schema, &Sequence),
) -> Vec<String> {
    let callers = |schema: &Schema, sequence: &Sequence| -> BTreeSet<String> {
        let columns = schema.tables.values().flat_map(|table| {
            let calls = table.columns.iter().filter(|column| {
                let default = column.default.as_ref();
                let called = default.and_then(Expression::called_sequence);
                called.as_ref() == Some(&sequence.name)
            });
            calls.map(|column| format!("{}.{}", table.name, column.name))
        });
        columns.collect()
    };
    let (of_from, of_to) = (callers(before, from), callers(target, to));
    let mut evidence: Vec<String> = of_from
        .intersection(&of_to)
        .map(|column| format!("both number `{column}`"))
        .collect();
    if from.owned_by.is_some() && from.owned_by == to.owned_by {
        evidence.push("same owner".to_owned());
    }
    let is_alike = from.data_type == to.data_type && from.options == to.options;
    let is_idle = of_from.is_empty() && of_to.is_empty() && from.owned_by == to.owned_by;
    if is_alike && (is_idle || !evidence.is_empty()) {
        evidence.push("same type and options".to_owned());
    }
    if !evidence.is_empty() {
        evidence.extend(of_names(&from.name.name, &to.name.name));
    }
    evidence
}

/// What two tables have in common.
pub(super) fn of_tables(
    (before, from): (&Schema, &Table),
    (target, to): (&Schema, &Table),
    dialect: Dialect,
) -> Vec<String> {
    let common = common_columns((before, from), to, dialect);
    let mut evidence = vec![format!(
        "{common} of {} columns are the same",
        to.columns.len()
    )];
    let key = |table: &Table| table.primary_key().map(|(_, key)| key.columns.clone());
    if key(from).is_some() && key(from) == key(to) {
        evidence.push("same primary key".to_owned());
    }
    let (one, other) = (references(from), references(to));
    let shared = one
        .intersection(&other)
        .map(|name| format!("both reference `{name}`"));
    evidence.extend(shared);
    let (one, other) = (
        referencing(before, &from.name),
        referencing(target, &to.name),
    );
    let shared = one
        .intersection(&other)
        .map(|name| format!("both referenced by `{name}`"));
    evidence.extend(shared);
    evidence.extend(of_names(&from.name.name, &to.name.name));
    evidence
}

/// Whether one of two columns would have the type of the other if it stood in its place: a source may say a type less
/// exactly than the database.
pub(super) fn is_of_one_type(
    one: &Column,
    other: &Column,
    state: &Schema,
    dialect: Dialect,
) -> bool {
    one.data_type == other.data_type
        || is_declared_type(one, (&other.data_type, state), dialect)
        || is_declared_type(other, (&one.data_type, state), dialect)
}

/// How many columns have the same name and type.
pub(super) fn common_columns(
    (before, from): (&Schema, &Table),
    to: &Table,
    dialect: Dialect,
) -> usize {
    let same = |column: &&Column| {
        let other = from.column(&column.name);
        other.is_some_and(|other| is_of_one_type(other, column, before, dialect))
    };
    to.columns.iter().filter(same).count()
}

fn references(table: &Table) -> BTreeSet<&QualifiedName> {
    table
        .foreign_keys()
        .map(|(_, key)| &key.references)
        .filter(|name| **name != table.name)
        .collect()
}

fn referencing<'a>(schema: &'a Schema, name: &QualifiedName) -> BTreeSet<&'a QualifiedName> {
    schema
        .tables
        .values()
        .filter(|table| references(table).contains(name))
        .map(|table| &table.name)
        .collect()
}

/// What two enum types have in common.
pub(super) fn of_enums(
    (before, from): (&Schema, &EnumType),
    (target, to): (&Schema, &EnumType),
) -> Vec<String> {
    let mut evidence = vec![if from.values == to.values {
        "same values".to_owned()
    } else {
        let common = common_values(from, to);
        format!("{common} of {} values are the same", to.values.len())
    }];
    let users = |schema: &Schema, name: &QualifiedName| -> BTreeSet<String> {
        let users = schema.users_of_enum(name);
        users
            .map(|(table, column)| format!("{}.{}", table.name, column.name))
            .collect()
    };
    let (one, other) = (users(before, &from.name), users(target, &to.name));
    let shared = one
        .intersection(&other)
        .map(|column| format!("both the type of `{column}`"));
    evidence.extend(shared);
    evidence.extend(of_names(&from.name.name, &to.name.name));
    evidence
}

/// How many values are in both.
pub(super) fn common_values(from: &EnumType, to: &EnumType) -> usize {
    to.values
        .iter()
        .filter(|value| from.values.contains(value))
        .count()
}

/// What the places of two values have in common.
pub(super) fn of_values(
    (from, old): (&EnumType, &str),
    (to, new): (&EnumType, &str),
) -> Vec<String> {
    let mut evidence = Vec::new();
    let place = |one: &EnumType, name: &str| one.values.iter().position(|value| value == name);
    if place(from, old) == place(to, new) {
        evidence.push("same place".to_owned());
    }
    let (one, other) = (value_neighbours(from, old), value_neighbours(to, new));
    for (word, one, other) in [("behind", one.0, other.0), ("before", one.1, other.1)] {
        if let (Some(one), true) = (one, one == other) {
            evidence.push(format!("both {word} `{one}`"));
        }
    }
    evidence.extend(of_names(old, new));
    evidence
}

fn value_neighbours<'a>(one: &'a EnumType, name: &str) -> (Option<&'a str>, Option<&'a str>) {
    let Some(place) = one.values.iter().position(|value| value == name) else {
        return (None, None);
    };
    let at = |place: usize| one.values.get(place).map(String::as_str);
    (place.checked_sub(1).and_then(at), at(place + 1))
}

/// How near two names are, where they are nearer than two words of nothing in common.
fn of_names(from: &str, to: &str) -> Option<String> {
    let apart = distance(from, to);
    let longest = from.chars().count().max(to.chars().count());
    let letters = if apart == 1 { "letter" } else { "letters" };
    if apart == 0 {
        // A table may move to another schema.
        return Some("same name".to_owned());
    }
    (apart < longest).then(|| format!("names {apart} {letters} apart"))
}
