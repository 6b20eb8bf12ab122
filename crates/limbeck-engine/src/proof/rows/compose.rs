//! Rows for one table, composed of values; nothing is asked here.

use std::collections::BTreeMap;

use limbeck_core::schema::QualifiedName;

use super::beside::collides;
use super::draft::{Draft, FEW, Reference};
use super::search::{Answers, Group};
use super::value::Value;

/// A row: values by column.
pub(super) type Row = BTreeMap<String, Value>;

/// What rows are composed of.
pub(super) struct Parts<'a> {
    pub(super) draft: &'a Draft,
    /// The groups of columns that checks hold together, with the values that satisfy them.
    pub(super) groups: &'a [(Group, Answers)],
    /// The drafts of all tables.
    pub(super) drafts: &'a BTreeMap<QualifiedName, Draft>,
    /// The rows of other tables.
    pub(super) known: &'a BTreeMap<QualifiedName, Vec<Row>>,
    /// Tables that stay empty, with the reason.
    pub(super) without: &'a BTreeMap<QualifiedName, String>,
    /// Another choice for each number.
    pub(super) turn: usize,
}

impl Parts<'_> {
    /// Rows that differ wherever they must; fewer where the values do not suffice.
    ///
    /// # Errors
    ///
    /// What a row lacks.
    pub(super) fn rows(&self) -> Result<Vec<Row>, String> {
        let mut rows: Vec<Row> = Vec::new();
        for number in 0..self.draft.rows {
            // Where values are few, another combination may still be free.
            for shift in 0..FEW {
                let row = self.row(number, shift, &rows)?;
                let there: Vec<&Row> = rows.iter().collect();
                if !self
                    .draft
                    .keys
                    .iter()
                    .any(|key| collides(key, &row, &there))
                {
                    rows.push(row);
                    break;
                }
            }
        }
        Ok(rows)
    }

    fn row(&self, number: usize, shift: usize, rows: &[Row]) -> Result<Row, String> {
        let mut row = Row::new();
        for (group, answers) in self.groups {
            let answer = pick(answers, number + self.turn + shift, rows, &group.columns)
                .ok_or_else(|| group.named())?;
            row.extend(group.columns.iter().cloned().zip(answer.iter().cloned()));
        }
        let mut references: Vec<&Reference> = self.draft.references.iter().collect();
        references.sort_by_key(|reference| std::cmp::Reverse(reference.columns.len()));
        let mut themselves = Vec::new();
        for (place, reference) in references.into_iter().enumerate() {
            if reference.table.as_ref() == Some(&self.draft.table) {
                themselves.push(reference);
            } else {
                // A second key moves on by itself, so that pairs are not always of the same row.
                self.refer(&mut row, reference, number + self.turn + shift * place)?;
            }
        }
        for (place, wish) in self.draft.columns.iter().enumerate() {
            let is_own_key = themselves
                .iter()
                .any(|reference| reference.columns.contains(&wish.name));
            if row.contains_key(&wish.name) || is_own_key {
                continue;
            }
            let is_in_key = self
                .draft
                .keys
                .iter()
                .any(|key| key.columns.contains(&wish.name));
            if wish.values.is_empty() && !wish.is_optional {
                return Err(format!("column {} of type {}", wish.name, wish.data_type));
            }
            // One of the first rows leaves open what may be open.
            let may_be_open = wish.nullable && !is_in_key;
            let count = wish.values.len();
            let at = match number {
                0..FEW => (number + FEW * self.turn + shift) % count.max(1),
                _ => mixed(
                    number + self.turn + shift,
                    place,
                    count + usize::from(may_be_open),
                ),
            };
            let is_open = may_be_open && number == FEW - 1;
            match wish.values.get(at).filter(|_| !is_open) {
                Some(value) => drop(row.insert(wish.name.clone(), value.clone())),
                None if wish.nullable => drop(row.insert(wish.name.clone(), Value::Null)),
                // Its default is what is left.
                None => {}
            }
        }
        for reference in themselves {
            self.refer_to_itself(&mut row, reference, rows)?;
        }
        Ok(row)
    }

    fn refer(&self, row: &mut Row, reference: &Reference, at: usize) -> Result<(), String> {
        // A check has left it open.
        let is_open = |name: &String| row.get(name) == Some(&Value::Null) && self.is_checked(name);
        if reference.columns.iter().any(is_open) {
            return self.leave_open(row, reference);
        }
        let is_set = |name: &String| row.get(name).is_some_and(|value| *value != Value::Null);
        if reference.columns.iter().all(is_set) {
            return Ok(());
        }
        let rows = reference
            .table
            .as_ref()
            .and_then(|table| self.known.get(table));
        let rows = rows.map(Vec::as_slice).unwrap_or_default();
        // What another key has set already is to stay as it is.
        let matching: Vec<Vec<&Value>> = rows
            .iter()
            .filter_map(|parent| {
                let values: Option<Vec<&Value>> = reference
                    .referenced
                    .iter()
                    .map(|name| parent.get(name))
                    .collect();
                let values = values?;
                let fits = reference.columns.iter().zip(&values).all(|(name, value)| {
                    **value != Value::Null
                        && row
                            .get(name)
                            .is_none_or(|set| *set == Value::Null || set.text() == value.text())
                });
                fits.then_some(values)
            })
            .collect();
        if let Some(values) = matching.get(at % matching.len().max(1)) {
            let values = values.iter().map(|value| (*value).clone());
            row.extend(reference.columns.iter().cloned().zip(values));
            return Ok(());
        }
        self.leave_open(row, reference)
            .or_else(|reason| self.foresee(row, reference, at).ok_or(reason))
    }

    fn is_checked(&self, column: &String) -> bool {
        self.groups
            .iter()
            .any(|(group, _)| group.columns.contains(column))
    }

    /// In a circle of keys, the values that the other table's row will have.
    fn foresee(&self, row: &mut Row, reference: &Reference, at: usize) -> Option<()> {
        let table = reference.table.as_ref()?;
        if self.known.contains_key(table) || self.without.contains_key(table) {
            return None;
        }
        let draft = self.drafts.get(table)?;
        for (name, referenced) in reference.columns.iter().zip(&reference.referenced) {
            let values = &draft.wish(referenced)?.values;
            let value = values.get(at % values.len().max(1))?;
            row.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Some(())
    }

    /// Without a row to reference the key is left open.
    fn leave_open(&self, row: &mut Row, reference: &Reference) -> Result<(), String> {
        let may_be_open = |name: &&String| {
            self.draft.wish(name).is_some_and(|wish| wish.nullable)
                && row.get(*name).is_none_or(|value| *value == Value::Null)
        };
        let open: Vec<String> = reference
            .columns
            .iter()
            .filter(may_be_open)
            .cloned()
            .collect();
        if open.is_empty() {
            return Err(match &reference.table {
                Some(table) => format!("foreign key {}: {table} has no rows", reference.name),
                None => format!("foreign key {}: its table is still to come", reference.name),
            });
        }
        row.extend(open.into_iter().map(|name| (name, Value::Null)));
        Ok(())
    }

    /// The first row references nothing where it may, else itself; the others the first one.
    fn refer_to_itself(
        &self,
        row: &mut Row,
        reference: &Reference,
        rows: &[Row],
    ) -> Result<(), String> {
        let is_set = |name: &String| row.contains_key(name);
        if reference.columns.iter().all(is_set) {
            return Ok(());
        }
        let may_be_open = reference
            .columns
            .iter()
            .any(|name| self.draft.wish(name).is_some_and(|wish| wish.nullable));
        let itself = row.clone();
        let model = match rows.first() {
            Some(first) => first,
            None if may_be_open => return self.leave_open(row, reference),
            None => &itself,
        };
        for (name, referenced) in reference.columns.iter().zip(&reference.referenced) {
            let value = model.get(referenced).cloned();
            let value = value.ok_or_else(|| format!("foreign key {}", reference.name))?;
            row.entry(name.clone()).or_insert(value);
        }
        Ok(())
    }
}

/// Each value in turn, and then in another order for each column.
fn mixed(number: usize, place: usize, count: usize) -> usize {
    match count {
        0 => 0,
        count if number < count => number,
        count => (number * (2 * place + 3) + place) % count,
    }
}

/// The answer that shares least with the rows that are there, from the `number`-th one on.
fn pick<'a>(
    answers: &'a Answers,
    number: usize,
    rows: &[Row],
    columns: &[String],
) -> Option<&'a Vec<Value>> {
    let shared = |answer: &Vec<Value>| {
        let pairs = columns.iter().zip(answer);
        let nulls = answer.iter().filter(|value| **value == Value::Null).count();
        let same: usize = pairs
            .map(|(name, value)| {
                rows.iter()
                    .filter(|row| row.get(name) == Some(value))
                    .count()
            })
            .sum();
        same * 2 + nulls
    };
    let start = if rows.is_empty() {
        number % answers.len().max(1)
    } else {
        0
    };
    answers
        .iter()
        .cycle()
        .skip(start)
        .take(answers.len())
        .min_by_key(|answer| shared(answer))
}
