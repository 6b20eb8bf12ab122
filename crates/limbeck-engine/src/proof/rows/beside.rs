//! Rows beside those that are there: other ones where a key wants it, with the rows that they reference.

use std::collections::BTreeMap;

use limbeck_core::dialect::Dialect;
use limbeck_core::schema::QualifiedName;

use super::compose::Row;
use super::draft::{Draft, Key, Reference};
use super::fill::{Filled, insert};
use super::value::Value;

/// Values from this number on are those of no row.
const FAR: usize = 500;
/// So far the rows that a row references are made for it.
const DEEPEST: usize = 4;

/// Values by column, which a row is to have.
pub(super) type Given<'a> = [(&'a str, Value)];

/// What rows are made beside.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    pub(super) drafts: &'a BTreeMap<QualifiedName, Draft>,
    pub(super) known: &'a BTreeMap<QualifiedName, Vec<Row>>,
    pub(super) dialect: Dialect,
}

/// Rows that are to be inserted one after the other; the last one is that which was asked for.
type Made = Vec<(QualifiedName, Row)>;

impl<'a> Beside<'a> {
    pub(super) fn new(filled: &'a Filled, dialect: Dialect) -> Self {
        Self {
            drafts: &filled.drafts,
            known: &filled.known,
            dialect,
        }
    }

    /// The statements that insert rows of a table with these values, each one beside those before it;
    /// another choice for each `turn`. `None` where a row has nothing to be like.
    pub(super) fn statements(
        &self,
        table: &QualifiedName,
        rows: &[&Given<'_>],
        turn: usize,
    ) -> Option<String> {
        let mut others: Made = Vec::new();
        for given in rows {
            let made = self.made(table, given, &others, turn, DEEPEST)?;
            others.extend(made);
        }
        let statements = others.iter().map(|(table, row)| {
            insert(&self.drafts[table], std::slice::from_ref(row), self.dialect)
        });
        Some(statements.collect::<Vec<String>>().join(";\n"))
    }

    fn made(
        &self,
        table: &QualifiedName,
        given: &Given<'_>,
        others: &[(QualifiedName, Row)],
        turn: usize,
        depth: usize,
    ) -> Option<Made> {
        let draft = self.drafts.get(table)?;
        let rows = self.known.get(table)?;
        let mut row = rows.first()?.clone();
        for (name, value) in given {
            row.insert((*name).to_owned(), value.clone());
        }
        let is_given = |name: &String| given.iter().any(|(one, _)| one == name);
        let others_here = others.iter().filter(|(of, _)| of == table);
        let there: Vec<&Row> = rows.iter().chain(others_here.map(|(_, row)| row)).collect();
        let mut before: Made = Vec::new();
        for key in &draft.keys {
            if !collides(key, &row, &there) {
                continue;
            }
            let refers = |name: &String| {
                draft
                    .references
                    .iter()
                    .any(|one| one.columns.contains(name))
            };
            let other = key
                .columns
                .iter()
                .filter(|name| !is_given(name) && !refers(name))
                .filter_map(|name| {
                    let is_used =
                        |value: &Value| there.iter().any(|row| row.get(name) == Some(value));
                    let wish = draft.wish(name)?;
                    let far = (0..=turn).filter_map(|number| wish.shape.numbered(FAR + number));
                    let free: Vec<Value> = wish
                        .values
                        .iter()
                        .cloned()
                        .chain(far)
                        .filter(|value| !is_used(value))
                        .take(turn + 1)
                        .collect();
                    Some((name.clone(), free.last()?.clone()))
                });
            if let Some((name, value)) = other.into_iter().next() {
                row.insert(name, value);
                continue;
            }
            // What differs by what it references needs another row there.
            let is_free = |reference: &&Reference| {
                let names_key = reference
                    .columns
                    .iter()
                    .any(|name| key.columns.contains(name));
                names_key
                    && !reference.columns.iter().any(is_given)
                    && reference.table.as_ref() != Some(table)
            };
            if let Some(reference) = draft.references.iter().find(is_free) {
                let made = self.referring(&row, reference, key, &there, turn, depth)?;
                row = made.1;
                before.extend(made.0);
            }
        }
        before.push((table.clone(), row));
        Some(before)
    }

    /// The row with a reference to another row, which is there or is made.
    fn referring(
        &self,
        row: &Row,
        reference: &Reference,
        key: &Key,
        there: &[&Row],
        turn: usize,
        depth: usize,
    ) -> Option<(Made, Row)> {
        let table = reference.table.as_ref()?;
        let with = |parent: &Row| -> Option<Row> {
            let mut row = row.clone();
            for (name, referenced) in reference.columns.iter().zip(&reference.referenced) {
                row.insert(name.clone(), parent.get(referenced)?.clone());
            }
            (!collides(key, &row, there)).then_some(row)
        };
        if let Some(row) = self.known.get(table)?.iter().find_map(with) {
            return Some((Vec::new(), row));
        }
        let made = self.made(table, &[], &[], turn, depth.checked_sub(1)?)?;
        let row = with(&made.last()?.1)?;
        Some((made, row))
    }

    /// A value for each column of a key that no row of the table which it references has.
    pub(super) fn unreferenced(
        &self,
        draft: &'a Draft,
        reference: &'a Reference,
    ) -> Option<Vec<(&'a str, Value)>> {
        let parents = reference
            .table
            .as_ref()
            .and_then(|table| self.known.get(table));
        let parents = parents.map(Vec::as_slice).unwrap_or_default();
        let pairs = reference.columns.iter().enumerate().map(|(place, column)| {
            let referenced = reference.referenced.get(place);
            let is_there = |value: &Value| {
                parents
                    .iter()
                    .filter_map(|row| row.get(referenced?))
                    .any(|one| one.text() == value.text())
            };
            let wish = draft.wish(column)?;
            let others = (0..).map_while(|number| wish.shape.numbered(FAR + number));
            let mut values = wish.values.iter().cloned().chain(others);
            Some((column.as_str(), values.find(|value| !is_there(value))?))
        });
        pairs.collect()
    }
}

/// Whether a row has the values of a key that another one has.
pub(super) fn collides(key: &Key, row: &Row, there: &[&Row]) -> bool {
    let values = |row: &Row| -> Option<Vec<Value>> {
        let values = key.columns.iter().map(|name| row.get(name).cloned());
        let values: Vec<Value> = values.collect::<Option<_>>()?;
        let differs = values.contains(&Value::Null) && !key.nulls_are_equal;
        (!differs).then_some(values)
    };
    let own = values(row);
    own.is_some() && there.iter().any(|other| values(other) == own)
}
