//! The history as the answer to its query tells it.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, RevisionId};

use super::{Applied, AppliedRevision, Half, HistoryError, HistoryTable, guard};
use crate::connection::TextRow;

/// Reads the history from the answer to [`read_sql`](super::read_sql), which is the last of these, and takes it off them.
pub(crate) fn of_sets(
    table: &HistoryTable,
    sets: &mut Vec<Vec<TextRow>>,
    dialect: Dialect,
) -> Result<Applied, HistoryError> {
    let (before, after) = match dialect {
        Dialect::Sqlite => (0, 0),
        // The path and the guard; the path again.
        Dialect::Postgres => (1 + guard::STATEMENTS, 1),
    };
    sets.truncate(sets.len().saturating_sub(after));
    let rows = sets.pop().unwrap_or_default();
    sets.truncate(sets.len().saturating_sub(before));
    from_rows(table, &rows)
}

fn from_rows(table: &HistoryTable, rows: &[TextRow]) -> Result<Applied, HistoryError> {
    let mut applied = Applied {
        has_tables: true,
        ..Applied::default()
    };
    let damaged = |reason: String| HistoryError::Damaged {
        table: table.name.clone(),
        reason,
    };
    let mut steps = Vec::new();
    for row in rows {
        let text = |index: usize| {
            row.get(index)
                .and_then(Option::as_deref)
                .unwrap_or_default()
        };
        let number = |index: usize| text(index).parse::<u32>().unwrap_or(0);
        let id: RevisionId = text(1)
            .parse()
            .map_err(|_| damaged(format!("`{}` is no revision id", text(1))))?;
        if text(0) == "history" {
            applied.revisions.push(AppliedRevision {
                id,
                description: text(2).to_owned(),
                checksum: text(3).to_owned(),
                applied_at: text(4).to_owned(),
            });
            continue;
        }
        let direction = match text(5) {
            "upgrade" => Direction::Upgrade,
            "downgrade" => Direction::Downgrade,
            other => return Err(damaged(format!("`{other}` is no direction"))),
        };
        steps.push((number(6), id, direction, number(7), text(3).to_owned()));
    }
    steps.sort();
    for (number, id, direction, of, checksum) in steps {
        let half = applied.half.get_or_insert_with(|| Half {
            id: id.clone(),
            direction,
            done: 0,
            of: 0,
            checksums: Vec::new(),
        });
        if half.id != id || half.direction != direction {
            let (first, way) = (&half.id, half.direction);
            return Err(damaged(format!(
                "the {way} of `{first}` and the {direction} of `{id}` are both half done"
            )));
        }
        if number != half.done + 1 {
            let missing = half.done + 1;
            return Err(damaged(format!(
                "step {number} of `{id}` is in the journal, and step {missing} is not"
            )));
        }
        half.done = number;
        half.of = of;
        half.checksums.push(checksum);
    }
    Ok(applied)
}
