//! The residue: a fingerprint of a whole database that does not go through `Schema`, so that a
//! proof does not share the planner's blind spots.
//!
//! Column order is not part of it, and neither is anything that two equal databases may differ in,
//! such as object identifiers.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::{Object, QualifiedName};
use limbeck_core::sql::quote_identifier;

use super::{InspectError, InspectOptions, postgres, sqlite};
use limbeck::connection::Connection;

/// Texts by readable keys such as `trigger on tasks: touch`. What is said about an object beside what
/// it is has a key of its own: `table tasks: owner`.
pub type Residue = BTreeMap<String, String>;

/// Reads the residue.
///
/// # Errors
///
/// When the database does not answer.
pub async fn residue(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Residue, InspectError> {
    match connection.dialect() {
        Dialect::Postgres => postgres::residue::residue(connection, options).await,
        Dialect::Sqlite => sqlite::residue(connection, options).await,
    }
}

/// Lines that name what differs between two residues; empty when they are equal.
pub fn residue_difference(before: &Residue, after: &Residue) -> Vec<String> {
    let missing_or_changed = before
        .iter()
        .filter_map(|(key, from)| match after.get(key) {
            None => Some((key, format!("`{key}` is missing: {}", shown(from)))),
            Some(to) if to != from => Some((key, format!("`{key}` changed {}", from_to(from, to)))),
            Some(_) => None,
        });
    let extra = after
        .iter()
        .filter(|(key, _)| !before.contains_key(*key))
        .map(|(key, to)| (key, format!("`{key}` is left over: {}", shown(to))));
    let lines: BTreeMap<&String, String> = missing_or_changed.chain(extra).collect();
    lines.into_values().collect()
}

/// The same for two sides of which neither comes first.
pub(crate) fn sides_difference(first: &Residue, second: &Residue) -> Vec<String> {
    let keys: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let lines =
        keys.into_iter()
            .filter_map(|key| match (first.get(key), second.get(key)) {
                (Some(one), Some(other)) if one == other => None,
                (Some(one), Some(other)) => Some(format!(
                    "`{key}` is {} on the first side and {} on the second",
                    shown(one),
                    shown(other)
                )),
                (Some(one), None) => Some(format!(
                    "`{key}` is on the first side alone: {}",
                    shown(one)
                )),
                (None, other) => other
                    .map(|other| format!("`{key}` is on the second side alone: {}", shown(other))),
            });
    lines.collect()
}

/// A name as a residue of PostgreSQL has it.
pub(crate) fn quoted_title(name: &QualifiedName) -> String {
    let quoted = |name: &str| quote_identifier(name, Dialect::Postgres);
    match &name.schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(&name.name)),
        None => quoted(&name.name),
    }
}

/// The key under which a table or a member of one stands in a residue of PostgreSQL.
pub(crate) fn residue_key(object: &Object) -> Option<String> {
    let quoted = |name: &str| quote_identifier(name, Dialect::Postgres);
    let title = quoted_title;
    match object {
        Object::Column(table, name) => Some(format!("column {}.{}", title(table), quoted(name))),
        Object::Constraint(table, name) => {
            Some(format!("constraint on {}: {}", title(table), quoted(name)))
        }
        Object::Index(table, name) => Some(format!("index {}", title(&table.sibling(name)))),
        Object::Table(name) => Some(format!("table {}", title(name))),
        Object::Namespace(_)
        | Object::Enum(_)
        | Object::EnumValue(..)
        | Object::Sequence(_)
        | Object::SqlObject(_) => None,
    }
}

/// Two texts that differ, each on one line unless they differ in white space alone. What is not to be read stays hidden.
fn from_to(from: &str, to: &str) -> String {
    let (short_from, short_to) = (shown(from), shown(to));
    if short_from == short_to && !short_from.contains('…') {
        format!("from {from:?} to {to:?}")
    } else {
        format!("from {short_from} to {short_to}")
    }
}

/// A text on one line, in backticks, which it has none of then, and without the hash of what nobody should
/// read.
pub(crate) fn shown(text: &str) -> String {
    let is_hash = |word: &str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| {
            let end = word.strip_suffix(',').unwrap_or(word);
            if is_hash(end) { "…" } else { word }
        })
        .collect();
    format!("`{}`", words.join(" ").replace('`', "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_named() {
        let residue = |pairs: &[(&str, &str)]| -> Residue {
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let before = residue(&[
            ("table a: owner", "x"),
            ("view v", "SELECT\n  1"),
            ("z", "1"),
        ]);
        let after = residue(&[("enum type e", "a"), ("table a: owner", "y"), ("z", "1")]);
        assert_eq!(
            residue_difference(&before, &after),
            [
                "`enum type e` is left over: `a`",
                "`table a: owner` changed from `x` to `y`",
                "`view v` is missing: `SELECT 1`",
            ]
        );
        assert!(residue_difference(&before, &before).is_empty());
    }
}
