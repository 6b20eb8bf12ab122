//! Which values a change keeps, changes or loses, from the rows before and after it.
//!
//! A value is kept when it is still in the same row and column. A value that an UPDATE changes is kept, too, if the
//! change is one to one: two rows have equal values after it only if they had equal values before it. Any other value
//! is lost, unless the way back restores it, or a comment announces it.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::schema::QualifiedName;

use super::change::{Change, Place, Says};
use super::kept::{Difference, Held, HeldRows};
use limbeck::connection::TextRow;

/// One of the two ways that rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leg {
    /// From where they are made.
    There,
    /// Back to where they were made.
    Back,
}

/// A value that is gone, and no comment says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LostValue {
    pub(super) difference: Difference,
    /// Which way takes it.
    pub(super) leg: Leg,
    /// Whether the column has another type in between.
    pub(super) is_retyped: bool,
}

/// What is not as it was and should be: after the way there, or after the way there and back. What
/// another type does to values is left out.
#[must_use]
pub fn differences(
    change: &Change,
    before: &HeldRows,
    after: &HeldRows,
    leg: Leg,
) -> Vec<Difference> {
    match leg {
        Leg::There => altered(change, before, after),
        Leg::Back => losses(change, before, None, Some(after))
            .into_iter()
            .filter(|loss| !loss.is_retyped)
            .map(|loss| loss.difference)
            .collect(),
    }
}

/// Values that stay in their columns on the way there, that nothing names, and that are others.
pub(super) fn altered(change: &Change, before: &HeldRows, after: &HeldRows) -> Vec<Difference> {
    let says = &change.there;
    let mut found = Vec::new();
    for (name, from) in &before.tables {
        let stays = change.tables.contains_key(name) && !says.lost.contains(name);
        let Some(to) = after.tables.get(name).filter(|_| stays) else {
            continue;
        };
        let is_left_alone = |column: &&str| {
            let place = (name.clone(), (*column).to_owned());
            change.columns.contains_key(&place)
                && !says.lost_columns.contains(&place)
                && !says.updated.contains(&place)
                && !says.dropped.contains(&place)
                && !change.retyped.contains(&place)
        };
        let columns: Vec<&str> = from.columns.iter().map(String::as_str).collect();
        let columns: Vec<&str> = columns.into_iter().filter(is_left_alone).collect();
        if columns.is_empty() {
            continue;
        }
        let rule = Rule {
            may_gain: says.gains.contains(name),
            may_lose: says.loses.contains(name),
        };
        found.extend(
            difference(name, from, to, &columns, rule)
                .into_iter()
                .next(),
        );
    }
    found
}

/// What is lost, once all ways are gone: `reached` after the way there, `back` after the way back where
/// there is one.
pub(super) fn losses(
    change: &Change,
    before: &HeldRows,
    reached: Option<&HeldRows>,
    back: Option<&HeldRows>,
) -> Vec<LostValue> {
    let mut found = Vec::new();
    for (name, from) in &before.tables {
        if from.rows.is_empty() {
            continue;
        }
        let table = Judged {
            change,
            name,
            from,
            reached: reached.map(|reached| reached.tables.get(name)),
        };
        let end = match back {
            Some(back) => back.tables.get(name),
            None => reached.and_then(|reached| reached.tables.get(name)),
        };
        found.extend(table.losses(end, back.is_some()));
    }
    found
}

/// A table whose rows are looked at.
struct Judged<'a> {
    change: &'a Change,
    name: &'a QualifiedName,
    from: &'a Held,
    /// Its rows after the way there; `None` inside where it is gone there, outside where nobody looked.
    reached: Option<Option<&'a Held>>,
}

impl Judged<'_> {
    fn losses(&self, end: Option<&Held>, is_back: bool) -> Vec<LostValue> {
        let (there, back) = (&self.change.there, &self.change.back);
        if there.lost.contains(self.name) || back.lost.contains(self.name) && self.rows_are_there()
        {
            return Vec::new();
        }
        let Some(end) = end else {
            let rows = count(self.from.rows.len());
            return vec![self.loss(None, rows, count(0))];
        };
        let says = |of: &dyn Fn(&Says) -> bool| of(there) || is_back && of(back);
        let place = |column: &str| (self.name.clone(), column.to_owned());
        let open: Vec<&str> = self
            .from
            .columns
            .iter()
            .map(String::as_str)
            .filter(|column| !self.is_announced(&place(column)))
            .collect();
        let is_updated = |column: &str| {
            let place = place(column);
            let retyped = !is_back && self.change.retyped.contains(&place);
            retyped || says(&|says: &Says| says.updated.contains(&place))
        };
        let (updated, left): (Vec<&str>, Vec<&str>) =
            open.iter().partition(|column| is_updated(column));
        let rule = Rule {
            may_gain: says(&|says: &Says| says.gains.contains(self.name)),
            may_lose: false,
        };
        let fewer = end.rows.len() < self.from.rows.len();
        if fewer {
            let rows = [self.from, end].map(|held| count(held.rows.len()));
            let [before, after] = rows;
            return vec![self.loss(None, before, after)];
        }
        let differences = difference(self.name, self.from, end, &left, rule).into_iter();
        let mut found: Vec<LostValue> = differences
            .map(|one| self.loss(one.column, one.before, one.after))
            .collect();
        for column in updated {
            let with: Vec<&str> = left.iter().copied().chain([column]).collect();
            let is_kept = difference(self.name, self.from, end, &with, rule).is_empty();
            if !is_kept && let Some((before, after)) = merged(self.from, end, &left, column) {
                found.push(self.loss(Some(column.to_owned()), before, after));
            }
        }
        found
    }

    fn loss(&self, column: Option<String>, before: String, after: String) -> LostValue {
        let place = |column: &String| (self.name.clone(), column.clone());
        let is_intact = match &column {
            Some(column) => self.is_intact(column),
            None => self.rows_are_there(),
        };
        LostValue {
            is_retyped: column
                .as_ref()
                .is_some_and(|column| self.change.retyped.contains(&place(column))),
            leg: if is_intact && self.reached.is_some() {
                Leg::Back
            } else {
                Leg::There
            },
            difference: Difference {
                table: self.name.clone(),
                column,
                before,
                after,
            },
        }
    }

    /// Whether a comment says that the column's values are lost. What the way there takes, its own
    /// comment must say.
    fn is_announced(&self, place: &Place) -> bool {
        self.change.there.lost_columns.contains(place)
            || self.change.back.lost_columns.contains(place) && self.is_intact(&place.1)
    }

    fn rows_are_there(&self) -> bool {
        match self.reached {
            None => true,
            Some(reached) => {
                reached.is_some_and(|reached| reached.rows.len() >= self.from.rows.len())
            }
        }
    }

    /// Whether the values of a column are still told apart after the way there.
    fn is_intact(&self, column: &str) -> bool {
        let Some(reached) = self.reached else {
            return true;
        };
        let Some(reached) = reached.filter(|held| held.columns.iter().any(|one| one == column))
        else {
            return false;
        };
        let left: Vec<&str> = self
            .from
            .columns
            .iter()
            .map(String::as_str)
            .filter(|one| *one != column && reached.columns.iter().any(|other| other == one))
            .collect();
        let sorted = |held: &Held| {
            let mut values = held.of(&[column]);
            values.sort();
            values
        };
        sorted(self.from) == sorted(reached) || merged(self.from, reached, &left, column).is_none()
    }
}

/// What the SQL says that may happen to whole rows.
#[derive(Clone, Copy)]
struct Rule {
    may_gain: bool,
    may_lose: bool,
}

impl Rule {
    /// What is missing and what is too much, of two sorted lists.
    fn broken<T: Ord + Clone>(self, from: &[T], to: &[T]) -> (Vec<T>, Vec<T>) {
        let without = |these: &[T], those: &[T]| {
            let mut rest = those.to_vec();
            let mut left = Vec::new();
            for one in these {
                match rest.binary_search(one) {
                    Ok(at) => drop(rest.remove(at)),
                    Err(_) => left.push(one.clone()),
                }
            }
            left
        };
        let missing = if self.may_lose {
            Vec::new()
        } else {
            without(from, to)
        };
        let extra = if self.may_gain {
            Vec::new()
        } else {
            without(to, from)
        };
        (missing, extra)
    }
}

fn count(rows: usize) -> String {
    if rows == 1 {
        "1 row".to_owned()
    } else {
        format!("{rows} rows")
    }
}

fn shown(value: Option<&Option<String>>) -> String {
    match value {
        Some(Some(text)) => format!("'{text}'"),
        Some(None) => "NULL".to_owned(),
        None => "another value".to_owned(),
    }
}

/// What differs between the rows of a table, as far as these columns go: each column by itself.
fn difference(
    table: &QualifiedName,
    from: &Held,
    to: &Held,
    columns: &[&str],
    rule: Rule,
) -> Vec<Difference> {
    let sorted = |held: &Held, columns: &[&str]| {
        let mut rows = held.of(columns);
        rows.sort();
        rows
    };
    let told = |column: Option<&str>, before: String, after: String| Difference {
        table: table.clone(),
        column: column.map(str::to_owned),
        before,
        after,
    };
    let whole = rule.broken(&sorted(from, columns), &sorted(to, columns));
    if whole.0.is_empty() && whole.1.is_empty() {
        return Vec::new();
    }
    let (before, after) = (from.rows.len(), to.rows.len());
    if before > after && !rule.may_lose || before < after && !rule.may_gain {
        return vec![told(None, count(before), count(after))];
    }
    // The first value that was made is the plainest, and any says more than NULL does.
    let example = |held: &Held, column: &str, values: &[TextRow]| {
        let rows = held.of(&[column]);
        let mut rows = rows.into_iter().filter(|row| values.contains(row));
        let is_value = |row: &TextRow| row.first().is_some_and(Option::is_some);
        let first = rows.find(is_value).or_else(|| values.first().cloned());
        shown(first.as_ref().and_then(|row| row.first()))
    };
    let of_columns = columns.iter().filter_map(|column| {
        let (missing, extra) = rule.broken(&sorted(from, &[*column]), &sorted(to, &[*column]));
        (!missing.is_empty() || !extra.is_empty()).then(|| {
            let before = example(from, column, &missing);
            told(Some(column), before, example(to, column, &extra))
        })
    });
    let found: Vec<Difference> = of_columns.collect();
    if !found.is_empty() {
        return found;
    }
    // Each column has its values, and they stand in other rows.
    let row = |rows: &[TextRow]| {
        let values = rows.first().into_iter().flatten();
        let values = values.map(|value| self::shown(Some(value)));
        format!("({})", values.collect::<Vec<String>>().join(", "))
    };
    vec![told(None, row(&whole.0), row(&whole.1))]
}

/// Whether a change of a column's values is not one to one, with an example. Rows are found again by
/// the columns that are `left` alone.
fn merged(from: &Held, to: &Held, left: &[&str], column: &str) -> Option<(String, String)> {
    let (keys, values) = (from.of(left), from.of(&[column]));
    let mut now: BTreeMap<TextRow, Option<TextRow>> = BTreeMap::new();
    for (key, value) in to.of(left).into_iter().zip(to.of(&[column])) {
        let is_second = now.contains_key(&key);
        now.insert(key, Some(value).filter(|_| !is_second));
    }
    let distinct: BTreeSet<&TextRow> = keys.iter().collect();
    let pairs: Option<Vec<(&TextRow, TextRow)>> = keys
        .iter()
        .zip(&values)
        .map(|(key, value)| Some((value, now.get(key)?.clone()?)))
        .collect();
    let Some(pairs) = pairs.filter(|_| distinct.len() == keys.len()) else {
        return sizes_differ(&values, &to.of(&[column]));
    };
    let mut forth: BTreeMap<&TextRow, &TextRow> = BTreeMap::new();
    let mut back: BTreeMap<&TextRow, &TextRow> = BTreeMap::new();
    for (value, after) in &pairs {
        let first = *forth.entry(value).or_insert(after);
        let origin = *back.entry(after).or_insert(value);
        if first != after {
            let both = format!("{} and {}", shown(first.first()), shown(after.first()));
            return Some((shown(value.first()), both));
        }
        if origin != *value {
            let both = format!("{} and {}", shown(origin.first()), shown(value.first()));
            return Some((both, shown(after.first())));
        }
    }
    None
}

/// Whether values were put together or taken apart, where nothing tells which row is which.
fn sizes_differ(from: &[TextRow], to: &[TextRow]) -> Option<(String, String)> {
    let sizes = |values: &[TextRow]| {
        let mut groups: BTreeMap<&TextRow, usize> = BTreeMap::new();
        for value in values {
            *groups.entry(value).or_default() += 1;
        }
        let mut sizes: Vec<usize> = groups.into_values().collect();
        sizes.sort_unstable();
        sizes
    };
    let values = |count: usize| {
        let noun = if count == 1 { "value" } else { "values" };
        format!("{count} different {noun}")
    };
    let (before, after) = (sizes(from), sizes(to));
    (before != after).then(|| (values(before.len()), values(after.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(rows: &[[&str; 2]]) -> Held {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|text| Some((*text).to_owned())).collect());
        Held {
            columns: vec!["id".to_owned(), "a".to_owned()],
            rows: rows.collect(),
        }
    }

    #[test]
    fn a_change_that_is_one_to_one_loses_nothing() {
        let from = held(&[["1", "a"], ["2", "b"], ["3", "a"]]);
        for (to, is_one_to_one) in [
            ([["1", "x"], ["2", "y"], ["3", "x"]], true),
            ([["3", "x"], ["2", "y"], ["1", "x"]], true),
            ([["1", "b"], ["2", "a"], ["3", "b"]], true),
            ([["1", "x"], ["2", "x"], ["3", "x"]], false),
            ([["1", "x"], ["2", "y"], ["3", "z"]], false),
        ] {
            let to = held(&to);
            for left in [vec!["id"], vec![]] {
                let found = merged(&from, &to, &left, "a");
                assert_eq!(found.is_none(), is_one_to_one, "{to:?} {found:?}");
            }
        }
    }
}
