//! The history as the answer to its query tells it.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, RevisionId};

use super::tables::ADDED_COUNT;
use super::{
    Applied, AppliedRevision, Entry, Half, HistoryError, HistoryTable, Part, Seen, Shape, guard,
};
use crate::connection::TextRow;

/// Reads the history from the answer to [`read_sql`](super::read_sql), which is the last of these, and takes it off them.
pub(crate) fn of_sets(
    table: &HistoryTable,
    sets: &mut Vec<Vec<TextRow>>,
    dialect: Dialect,
) -> Result<Applied, HistoryError> {
    let (rows, seen) = take(sets, dialect);
    let rows = match dialect {
        Dialect::Postgres => rows,
        Dialect::Sqlite => of_lines(table, &rows)?,
    };
    let applied = from_rows(table, &rows)?;
    Ok(Applied { seen, ..applied })
}

/// The rows of SQLite, which come as lines of JSON.
fn of_lines(table: &HistoryTable, rows: &[TextRow]) -> Result<Vec<TextRow>, HistoryError> {
    let lines = rows
        .iter()
        .flatten()
        .flatten()
        .flat_map(|text| text.lines());
    let rows = lines.map(serde_json::from_str).collect::<Result<_, _>>();
    rows.map_err(|error| damaged(table, error.to_string()))
}

/// Takes the answer to a guarded query off the sets: its rows, and what was seen of the tables.
pub(super) fn take(sets: &mut Vec<Vec<TextRow>>, dialect: Dialect) -> (Vec<TextRow>, Option<Seen>) {
    let (before, after) = match dialect {
        Dialect::Sqlite => (0, 0),
        // The path and the guard; the path again.
        Dialect::Postgres => (1 + guard::STATEMENTS, 1),
    };
    sets.truncate(sets.len().saturating_sub(after));
    let rows = sets.pop().unwrap_or_default();
    let guard = match dialect {
        Dialect::Sqlite => None,
        Dialect::Postgres => sets.last().and_then(|rows| rows.first()),
    };
    let seen = guard.and_then(|row| Seen::of_row(row));
    sets.truncate(sets.len().saturating_sub(before));
    (rows, seen)
}

/// A row, its columns in the order of the query.
struct Row<'a>(&'a TextRow);

impl Row<'_> {
    fn some(&self, index: usize) -> Option<&str> {
        self.0.get(index).and_then(Option::as_deref)
    }

    fn text(&self, index: usize) -> &str {
        self.some(index).unwrap_or_default()
    }

    fn number(&self, index: usize) -> u32 {
        self.text(index).parse().unwrap_or(0)
    }
}

/// A row of the journal. They are sorted by the first of these.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Journal {
    pub(super) step: u32,
    pub(super) id: RevisionId,
    pub(super) direction: Direction,
    pub(super) of: u32,
    pub(super) checksum: String,
    /// How many statements have been run of how many; none when the step has been.
    pub(super) statements: Option<(u32, u32)>,
    pub(super) begun: Option<String>,
}

/// What the tables hold that Limbeck never writes.
fn damaged(table: &HistoryTable, reason: String) -> HistoryError {
    HistoryError::Damaged {
        table: table.name.clone(),
        reason,
    }
}

/// The id of a revision.
pub(super) fn id(table: &HistoryTable, text: &str) -> Result<RevisionId, HistoryError> {
    let id = text.parse::<RevisionId>();
    id.map_err(|_| {
        let reason = format!("`{}` is no revision id", text.escape_debug());
        damaged(table, reason)
    })
}

/// Ids with commas between them.
pub(super) fn ids(table: &HistoryTable, text: &str) -> Result<Vec<RevisionId>, HistoryError> {
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|text| id(table, text)).collect()
}

/// The word for a direction.
pub(super) fn direction(table: &HistoryTable, text: &str) -> Result<Direction, HistoryError> {
    match text {
        "upgrade" => Ok(Direction::Upgrade),
        "downgrade" => Ok(Direction::Downgrade),
        other => {
            let reason = format!("`{}` is no direction", other.escape_debug());
            Err(damaged(table, reason))
        }
    }
}

fn from_rows(table: &HistoryTable, rows: &[TextRow]) -> Result<Applied, HistoryError> {
    let mut applied = Applied {
        has_tables: true,
        ..Applied::default()
    };
    let mut steps = Vec::new();
    for row in rows.iter().map(Row) {
        let kind = row.text(0);
        if kind == "shape" {
            if row.text(1) == ADDED_COUNT {
                applied.shape = Shape::Wide;
            }
            continue;
        }
        let id = id(table, row.text(1))?;
        if kind == "history" {
            let parents = row.some(8).map(|text| ids(table, text));
            applied.revisions.push(AppliedRevision {
                id,
                description: row.text(2).to_owned(),
                checksum: row.text(3).to_owned(),
                applied_at: row.text(4).to_owned(),
                parents: parents.transpose()?,
                run_by: row.some(9).map(str::to_owned),
                milliseconds: row.some(10).and_then(|text| text.parse().ok()),
                version: row.some(11).map(str::to_owned),
                entry: match row.text(12) {
                    "true" | "1" => Entry::Stamped,
                    _ => Entry::Run,
                },
            });
            continue;
        }
        steps.push(Journal {
            step: row.number(6),
            id,
            direction: direction(table, row.text(5))?,
            of: row.number(7),
            checksum: row.text(3).to_owned(),
            statements: row.some(13).map(|_| (row.number(13), row.number(14))),
            begun: row.some(15).map(str::to_owned),
        });
    }
    sort(&mut applied.revisions);
    applied.half = half(table, steps)?;
    Ok(applied)
}

/// In the order in which they were run; those of one second by their ids, whatever the database's collation.
pub(super) fn sort(revisions: &mut [AppliedRevision]) {
    revisions.sort_by(|one, other| (&one.applied_at, &one.id).cmp(&(&other.applied_at, &other.id)));
}

/// The revision that is half applied, as the journal tells it.
pub(super) fn half(
    table: &HistoryTable,
    mut steps: Vec<Journal>,
) -> Result<Option<Half>, HistoryError> {
    let mut found: Option<Half> = None;
    steps.sort();
    for row in steps {
        let Journal { id, direction, .. } = &row;
        let half = found.get_or_insert_with(|| Half {
            id: id.clone(),
            direction: *direction,
            done: 0,
            of: 0,
            checksums: Vec::new(),
            part: None,
        });
        if half.id != *id || half.direction != *direction {
            let (first, way) = (&half.id, half.direction);
            let reason =
                format!("the {way} of `{first}` and the {direction} of `{id}` are both half done");
            return Err(damaged(table, reason));
        }
        if row.step != half.done + 1 || half.part.is_some() {
            let (number, missing) = (row.step, half.done + 1);
            let reason =
                format!("step {number} of `{id}` is in the journal, and step {missing} is not");
            return Err(damaged(table, reason));
        }
        half.of = row.of;
        match row.statements {
            None => {
                half.done = row.step;
                half.checksums.push(row.checksum);
            }
            Some((done, of)) => {
                half.part = Some(Part {
                    done,
                    of,
                    checksum: row.checksum,
                    begun: row.begun,
                });
            }
        }
    }
    Ok(found)
}
