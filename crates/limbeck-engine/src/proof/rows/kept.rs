//! The rows of tables, read before and after a change, and how a changed value is described.
//!
//! Not here: which of them must be there (`verdict`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use limbeck_core::schema::{Object, QualifiedName, Schema};
use limbeck_core::sql::quoted;

use super::change::Change;
use super::fill::Filled;
use super::kind::table_sql;
use super::value::Value;
use limbeck::connection::{Connection, QueryError, TextRow};

/// The rows of tables as text, by the names of the state before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldRows {
    pub(super) tables: BTreeMap<QualifiedName, Held>,
}

/// The rows of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<TextRow>,
}

impl Held {
    /// The rows, as far as these columns go, in the order of the table.
    pub(super) fn of(&self, columns: &[&str]) -> Vec<TextRow> {
        let places: Vec<Option<usize>> = columns
            .iter()
            .map(|column| self.columns.iter().position(|one| one == column))
            .collect();
        let row = |row: &TextRow| -> TextRow {
            places
                .iter()
                .map(|place| row.get((*place)?)?.clone())
                .collect()
        };
        self.rows.iter().map(row).collect()
    }
}

/// The tables in which another value stands than was made up, by a trigger or a rule.
pub(super) fn written_over(filled: &Filled, held: &HeldRows) -> BTreeSet<QualifiedName> {
    let is_written_over = |name: &&QualifiedName| {
        let (Some(draft), Some(made), Some(held)) = (
            filled.drafts.get(*name),
            filled.known.get(*name),
            held.tables.get(*name),
        ) else {
            return false;
        };
        draft.columns.iter().any(|wish| {
            let made: Option<Vec<&Value>> = made.iter().map(|row| row.get(&wish.name)).collect();
            // A default is for the database to say.
            let Some(made) = made else { return false };
            let found = held.of(&[wish.name.as_str()]);
            found
                .iter()
                .map(|row| row.first().and_then(Option::as_deref))
                .any(|value| {
                    !made.iter().any(|one| match value {
                        None => **one == Value::Null,
                        Some(text) if wish.shape.is_reported_as_written() => {
                            **one != Value::Null && one.text().trim_end() == text.trim_end()
                        }
                        Some(_) => **one != Value::Null,
                    })
                })
        })
    };
    filled
        .known
        .keys()
        .filter(is_written_over)
        .cloned()
        .collect()
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

impl HeldRows {
    /// The tables that hold rows.
    pub(super) fn filled(&self) -> BTreeSet<QualifiedName> {
        self.tables
            .iter()
            .filter(|(_, held)| !held.rows.is_empty())
            .map(|(name, _)| name.clone())
            .collect()
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
) -> Result<HeldRows, QueryError> {
    let wanted = tables
        .iter()
        .filter_map(|name| before.tables.get(name))
        .map(|table| {
            // What is generated can be generated again.
            let columns = table
                .columns
                .iter()
                .filter(|one| one.generated.is_none())
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
) -> Result<HeldRows, QueryError> {
    let wanted = tables
        .iter()
        .filter_map(|name| Some((name, change.tables.get(name)?)))
        .map(|(name, now)| {
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
) -> Result<HeldRows, QueryError> {
    wanted.retain(|(_, _, columns)| !columns.is_empty());
    if wanted.is_empty() {
        return Ok(HeldRows::default());
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
    Ok(HeldRows {
        tables: held.collect(),
    })
}
