//! Whether values that a change does not touch are still there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use limbeck_core::revision::Direction;
use limbeck_core::schema::{Object, QualifiedName, Schema};
use limbeck_core::sql::quoted;

use super::change::{Change, Place};
use super::kind::table_sql;
use crate::connection::{Connection, QueryError, TextRow};

/// The rows of tables as text, by the names of the state before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    tables: BTreeMap<QualifiedName, Held>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Held {
    columns: Vec<String>,
    rows: Vec<TextRow>,
}

/// A value that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: QualifiedName,
    /// The column; none when whole rows are gone or have come.
    pub column: Option<String>,
    /// What was there.
    pub before: String,
    /// What is there.
    pub after: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            column,
            before,
            after,
        } = self;
        match column {
            Some(column) => write!(f, "{table}.{column}: {before} became {after}"),
            None => write!(f, "{table}: {before} became {after}"),
        }
    }
}

impl Difference {
    /// The object, as a comment that announces the loss names it.
    #[must_use]
    pub fn object(&self) -> String {
        let table = Object::Table(self.table.clone());
        let column = self.column.clone();
        let object = column.map_or(table, |column| Object::Column(self.table.clone(), column));
        object.to_string()
    }
}

impl Snapshot {
    /// The tables that hold rows.
    pub(super) fn filled(&self) -> BTreeSet<QualifiedName> {
        let filled = self.tables.iter().filter(|(_, held)| !held.rows.is_empty());
        filled.map(|(name, _)| name.clone()).collect()
    }
}

/// Reads the rows of tables in the state before, in one round trip.
///
/// # Errors
///
/// The database does not answer.
pub async fn read_before(
    connection: &mut Connection,
    before: &Schema,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Snapshot, QueryError> {
    let tables = tables.iter().filter_map(|name| before.tables.get(name));
    let wanted = tables.map(|table| {
        let columns = table
            .columns
            .iter()
            .map(|one| (one.name.clone(), one.name.clone()));
        (table.name.clone(), table.name.clone(), columns.collect())
    });
    read(connection, wanted.collect()).await
}

/// Reads the rows of the same tables in the state after, as far as they stay.
///
/// # Errors
///
/// The database does not answer.
pub async fn read_after(
    connection: &mut Connection,
    change: &Change,
    tables: &BTreeSet<QualifiedName>,
) -> Result<Snapshot, QueryError> {
    let tables = tables
        .iter()
        .filter_map(|name| Some((name, change.tables.get(name)?)));
    let wanted = tables.map(|(name, now)| {
        let columns = change
            .staying(name)
            .map(|(from, to)| (from.to_owned(), to.to_owned()));
        (name.clone(), now.clone(), columns.collect())
    });
    read(connection, wanted.collect()).await
}

/// A table by its name before and now, and its columns likewise.
type Wanted = (QualifiedName, QualifiedName, Vec<(String, String)>);

async fn read(
    connection: &mut Connection,
    mut wanted: Vec<Wanted>,
) -> Result<Snapshot, QueryError> {
    wanted.retain(|(_, _, columns)| !columns.is_empty());
    if wanted.is_empty() {
        return Ok(Snapshot::default());
    }
    let queries = wanted.iter().map(|(_, now, columns)| {
        let columns: Vec<String> = columns.iter().map(|(_, now)| quoted(now)).collect();
        format!("SELECT {} FROM {}", columns.join(", "), table_sql(now))
    });
    let queries: Vec<String> = queries.collect();
    let sets = connection.query_sets(&queries.join(";\n")).await?;
    let held = wanted
        .into_iter()
        .zip(sets)
        .map(|((name, _, columns), rows)| {
            let columns = columns.into_iter().map(|(before, _)| before).collect();
            (name, Held { columns, rows })
        });
    Ok(Snapshot {
        tables: held.collect(),
    })
}

/// What is not as it was and should be: after the way there, or after the way there and back.
#[must_use]
pub fn differences(
    change: &Change,
    before: &Snapshot,
    after: &Snapshot,
    direction: Direction,
) -> Vec<Difference> {
    compare(change, before, after, direction, |change, place| {
        !change.retyped.contains(place)
    })
}

/// Columns that came back from another type with other values.
pub(super) fn losses(change: &Change, before: &Snapshot, after: &Snapshot) -> Vec<Difference> {
    let mut found = Vec::new();
    for place in &change.retyped {
        let one = compare(change, before, after, Direction::Downgrade, |_, other| {
            other == place
        });
        found.extend(
            one.into_iter()
                .filter(|difference| difference.column.is_some()),
        );
    }
    found
}

fn compare(
    change: &Change,
    before: &Snapshot,
    after: &Snapshot,
    direction: Direction,
    is_wanted: impl Fn(&Change, &Place) -> bool,
) -> Vec<Difference> {
    let mut says = vec![&change.upgrade];
    if direction == Direction::Downgrade {
        says.push(&change.downgrade);
    }
    let mut found = Vec::new();
    for (name, from) in &before.tables {
        let stays = change.tables.contains_key(name);
        let is_lost = says.iter().any(|says| says.lost.contains(name));
        let Some(to) = after.tables.get(name).filter(|_| stays && !is_lost) else {
            continue;
        };
        let columns: Vec<&String> = from
            .columns
            .iter()
            .filter(|column| {
                let place = (name.clone(), (*column).clone());
                to.columns.contains(column)
                    && change.columns.contains_key(&place)
                    && !says.iter().any(|says| says.columns.contains(&place))
                    && is_wanted(change, &place)
            })
            .collect();
        if columns.is_empty() {
            continue;
        }
        let rule = Rule {
            may_gain: says.iter().any(|says| says.gains.contains(name)),
            may_lose: says.iter().any(|says| says.loses.contains(name)),
        };
        found.extend(difference(name, from, to, &columns, rule));
    }
    found
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

fn difference(
    table: &QualifiedName,
    from: &Held,
    to: &Held,
    columns: &[&String],
    rule: Rule,
) -> Option<Difference> {
    let sorted = |held: &Held, columns: &[&String]| {
        let places: Vec<Option<usize>> = columns
            .iter()
            .map(|column| held.columns.iter().position(|one| one == *column))
            .collect();
        let row = |row: &TextRow| -> TextRow {
            let values = places.iter().map(|place| row.get((*place)?)?.clone());
            values.collect()
        };
        let mut rows: Vec<TextRow> = held.rows.iter().map(row).collect();
        rows.sort();
        rows
    };
    let whole = rule.broken(&sorted(from, columns), &sorted(to, columns));
    if whole.0.is_empty() && whole.1.is_empty() {
        return None;
    }
    let rows = |count: usize| {
        if count == 1 {
            "1 row".to_owned()
        } else {
            format!("{count} rows")
        }
    };
    let (count, left) = (from.rows.len(), to.rows.len());
    if count > left && !rule.may_lose || count < left && !rule.may_gain {
        return Some(Difference {
            table: table.clone(),
            column: None,
            before: rows(count),
            after: rows(left),
        });
    }
    // A value says more than NULL does.
    let example = |values: &[TextRow]| {
        let is_value = |row: &&TextRow| row.first().is_some_and(Option::is_some);
        values.iter().find(is_value).or(values.first()).cloned()
    };
    let shown = |value: Option<TextRow>| match value.as_ref().and_then(|row| row.first()) {
        Some(Some(text)) => format!("'{text}'"),
        Some(None) => "NULL".to_owned(),
        None => "another value".to_owned(),
    };
    let of_column = columns.iter().find_map(|column| {
        let (missing, extra) = rule.broken(&sorted(from, &[*column]), &sorted(to, &[*column]));
        (!missing.is_empty() || !extra.is_empty()).then(|| Difference {
            table: table.clone(),
            column: Some((*column).clone()),
            before: shown(example(&missing)),
            after: shown(example(&extra)),
        })
    });
    // Each column has its values, and they stand in other rows.
    let of_rows = || {
        let row = |rows: &[TextRow]| {
            let values = rows.first().into_iter().flatten().map(|value| match value {
                Some(text) => format!("'{text}'"),
                None => "NULL".to_owned(),
            });
            format!("({})", values.collect::<Vec<String>>().join(", "))
        };
        Difference {
            table: table.clone(),
            column: None,
            before: row(&whole.0),
            after: row(&whole.1),
        }
    };
    Some(of_column.unwrap_or_else(of_rows))
}
