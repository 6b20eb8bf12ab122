//! Partitioned tables: what turns one list of columns into another in place.
//!
//! Not here: constraints and indexes, which are settings of the object.

use std::collections::BTreeMap;

use crate::dialect::Dialect;
use crate::schema::{SqlObject, SqlObjectKind};
use crate::sql::{lex, unquoted};

/// A change of one column, as ALTER TABLE spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnChange {
    /// ADD COLUMN; its definition.
    Add(String),
    /// DROP COLUMN; its name.
    Drop(String),
}

/// The changes of columns that lead from one partitioned table to another, whatever the order of the
/// columns. `None` where there are none that do: what a column is, and by what a table is partitioned,
/// does not change here.
pub fn changes(from: &SqlObject, to: &SqlObject) -> Option<Vec<ColumnChange>> {
    if from.kind != SqlObjectKind::Partition || from.key() != to.key() {
        return None;
    }
    let (from, to) = (read(from)?, read(to)?);
    if (from.head, from.tail) != (to.head, to.tail) {
        return None;
    }
    let mut changes = Vec::new();
    for (name, definition) in &from.columns {
        match to.columns.get(name) {
            None => changes.push(ColumnChange::Drop(name.clone())),
            Some(other) if other != definition => return None,
            Some(_) => {}
        }
    }
    for (name, definition) in &to.columns {
        if !from.columns.contains_key(name) {
            changes.push(ColumnChange::Add((*definition).to_owned()));
        }
    }
    Some(changes)
}

/// A partitioned table in parts.
struct Parts<'a> {
    /// Up to the columns.
    head: &'a str,
    columns: BTreeMap<String, &'a str>,
    /// By what it is partitioned.
    tail: &'a str,
}

/// Reads `CREATE TABLE t (…) PARTITION BY …`, as the inspection writes it.
fn read(object: &SqlObject) -> Option<Parts<'_>> {
    let text = object.definition.as_deref()?;
    let tokens = lex(text, Dialect::Postgres).ok()?;
    let mut depth = 0_usize;
    let mut columns = BTreeMap::new();
    let mut start = None;
    let mut head = None;
    for token in tokens {
        let ends = match token.text(text) {
            "(" => {
                depth += 1;
                if depth == 1 {
                    head = Some(&text[..token.range.start]);
                    start = Some(token.range.end);
                }
                false
            }
            ")" => {
                depth = depth.checked_sub(1)?;
                depth == 0
            }
            "," => depth == 1,
            _ => false,
        };
        if !ends {
            continue;
        }
        let definition = text[start?..token.range.start].trim();
        if !definition.is_empty() {
            columns.insert(name(definition)?, definition);
        }
        start = Some(token.range.end);
        if depth == 0 {
            let tail = &text[token.range.end..];
            let is_whole = tail.trim_start().starts_with("PARTITION BY ");
            return is_whole.then_some(Parts {
                head: head?,
                columns,
                tail,
            });
        }
    }
    None
}

/// The name that a definition begins with.
fn name(definition: &str) -> Option<String> {
    let tokens = lex(definition, Dialect::Postgres).ok()?;
    let first = tokens.iter().find(|token| token.is_significant())?;
    let text = first.text(definition);
    if text.starts_with('"') {
        unquoted(text)
    } else {
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedName;

    fn table(columns: &str) -> SqlObject {
        SqlObject {
            definition: Some(format!(
                "CREATE TABLE t (\n    {columns}\n) PARTITION BY LIST (a)"
            )),
            ..SqlObject::new(SqlObjectKind::Partition, QualifiedName::new("t"))
        }
    }

    #[test]
    fn columns_come_and_go_and_stay_what_they_are() {
        use ColumnChange::{Add, Drop};
        let own = |text: &str| text.to_owned();
        let cases = [
            (
                "a text",
                "a text,\n    b numeric(8,2) DEFAULT 1.5",
                Some(vec![Add(own("b numeric(8,2) DEFAULT 1.5"))]),
            ),
            (
                "\"B b\" serial NOT NULL,\n    a text",
                "a text",
                Some(vec![Drop(own("B b"))]),
            ),
            ("a text,\n    b text", "b text,\n    a text", Some(vec![])),
            (
                "a text DEFAULT 'x,\n    y)'",
                "a text DEFAULT 'x,\n    y)',\n    c date",
                Some(vec![Add(own("c date"))]),
            ),
            ("", "a text", Some(vec![Add(own("a text"))])),
            ("a text", "a bigint", None),
        ];
        for (from, to, expected) in cases {
            assert_eq!(
                changes(&table(from), &table(to)),
                expected,
                "{from} -> {to}"
            );
        }
        let other = SqlObject {
            definition: Some("CREATE TABLE t (\n    a text\n) PARTITION BY HASH (a)".to_owned()),
            ..table("")
        };
        assert_eq!(changes(&table("a text"), &other), None);
    }
}
