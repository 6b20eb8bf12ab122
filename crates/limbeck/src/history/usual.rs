//! The history of a PostgreSQL database whose tables are as this version makes them, in as few words as a server can be
//! asked: one that has just begun a session works out each thing that a question names for the first time.

use std::vec;

use limbeck_core::dialect::Dialect;

use super::answer::{self, Journal};
use super::tables::table_names;
use super::{Applied, AppliedRevision, Entry, HistoryError, HistoryTable, Shape};
use crate::connection::Typed;

/// The columns of the history, with the numbers of their types, which are the same on every server (PostgreSQL manual,
/// section 73.2).
const HISTORY: [(&str, u32); 10] = [
    ("revision", TEXT),
    ("description", TEXT),
    ("checksum", TEXT),
    ("applied_at", TIME),
    ("parents", TEXT),
    ("run_by", TEXT),
    ("duration_ms", BIGINT),
    ("version", TEXT),
    ("stamped", BOOLEAN),
    // Long, and asked for only where a file is missing.
    ("CASE WHEN false THEN downgrade END AS downgrade", TEXT),
];

/// Those of the journal.
const JOURNAL: [(&str, u32); 10] = [
    ("revision", TEXT),
    ("direction", TEXT),
    ("step", INTEGER),
    ("steps", INTEGER),
    ("checksum", TEXT),
    ("statement", INTEGER),
    ("statements", INTEGER),
    ("begun", TEXT),
    ("id", BIGINT),
    ("run_at", TIME),
];

const BOOLEAN: u32 = 16;
const BIGINT: u32 = 20;
const INTEGER: u32 = 23;
const TEXT: u32 = 25;
const TIME: u32 = 1184;

/// One statement, so that both tables are seen at the same moment; a row is of one of them. The columns stand without
/// the name of their table: `h.version`, where there is no such column, would be the function `version` of a row, which
/// anybody may have made (PostgreSQL manual, section 8.16.5).
pub(super) fn select_sql(table: &HistoryTable) -> String {
    let [history, journal] = table_names(table, Dialect::Postgres);
    let names = |columns: &[(&'static str, u32)]| {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    };
    format!(
        "SELECT * FROM (SELECT {} FROM {history}) AS h FULL JOIN (SELECT {} FROM {journal}) AS j ON false",
        names(&HISTORY),
        names(&JOURNAL)
    )
}

/// Reads the answer. There is none where the columns are not of the types that this version gives them, where no row tells
/// their types, or where a time is spelled in another way than usual: then the whole question has to be asked.
pub(super) fn read(
    table: &HistoryTable,
    mut answer: Typed,
) -> Result<Option<Applied>, HistoryError> {
    let types = HISTORY.iter().chain(&JOURNAL).map(|(_, number)| *number);
    if !answer.types.into_iter().eq(types) {
        return Ok(None);
    }
    let rows = answer.sets.pop().unwrap_or_default();
    let mut revisions = Vec::with_capacity(rows.len());
    let mut steps = Vec::new();
    for row in rows {
        let mut cells = Cells(row.into_iter());
        match cells.next() {
            None => steps.push(step(table, cells)?),
            Some(id) => match revision(table, &id, cells)? {
                Some(revision) => revisions.push(revision),
                None => return Ok(None),
            },
        }
    }
    answer::sort(&mut revisions);
    Ok(Some(Applied {
        revisions,
        half: answer::half(table, steps)?,
        has_tables: true,
        shape: Shape::Wide,
        seen: None,
    }))
}

/// The values of a row that are still to be read.
struct Cells(vec::IntoIter<Option<String>>);

impl Cells {
    fn next(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    fn text(&mut self) -> String {
        self.next().unwrap_or_default()
    }

    fn number(&mut self) -> Option<u32> {
        self.next()?.parse().ok()
    }
}

/// Reads what follows the id in a row of the history; nothing where its time is spelled in another way.
fn revision(
    table: &HistoryTable,
    id: &str,
    mut cells: Cells,
) -> Result<Option<AppliedRevision>, HistoryError> {
    let id = answer::id(table, id)?;
    let (description, checksum) = (cells.text(), cells.text());
    let Some(applied_at) = rfc_3339(&cells.text()) else {
        return Ok(None);
    };
    let parents = cells.next();
    let parents = parents.map(|text| answer::ids(table, &text));
    Ok(Some(AppliedRevision {
        id,
        description,
        checksum,
        applied_at,
        parents: parents.transpose()?,
        run_by: cells.next(),
        milliseconds: cells.next().and_then(|text| text.parse().ok()),
        version: cells.next(),
        entry: match cells.text().as_str() {
            "t" => Entry::Stamped,
            _ => Entry::Run,
        },
    }))
}

/// Reads a row of the journal behind the empty id of the history.
fn step(table: &HistoryTable, mut cells: Cells) -> Result<Journal, HistoryError> {
    cells.0.nth(HISTORY.len() - 2);
    let id = answer::id(table, &cells.text())?;
    let direction = answer::direction(table, &cells.text())?;
    let (step, of) = (cells.number(), cells.number());
    let checksum = cells.text();
    let (done, all) = (cells.next(), cells.number());
    Ok(Journal {
        step: step.unwrap_or_default(),
        id,
        direction,
        of: of.unwrap_or_default(),
        checksum,
        statements: done.map(|done| (done.parse().unwrap_or_default(), all.unwrap_or_default())),
        begun: cells.next(),
    })
}

/// A time as PostgreSQL writes it in the style and the zone that the driver asks for, `2026-11-20 10:09:00.52+00`, without
/// its fractions.
fn rfc_3339(text: &str) -> Option<String> {
    const FORM: &[u8; 19] = b"0000-00-00 00:00:00";
    let text = text.strip_suffix("+00")?;
    let (whole, fraction) = text.split_at_checked(FORM.len())?;
    let fits = |(found, form): (u8, &u8)| match form {
        b'0' => found.is_ascii_digit(),
        form => found == *form,
    };
    let is_fraction =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_usual = whole.bytes().zip(FORM).all(fits)
        && (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(is_fraction));
    let (date, time) = whole.split_once(' ')?;
    is_usual.then(|| format!("{date}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_usual_style_alone() {
        let read = |text: &str| rfc_3339(text).unwrap_or_default();
        for text in ["2026-11-20 10:09:00+00", "2026-11-20 10:09:00.999999+00"] {
            assert_eq!(read(text), "2026-11-20T10:09:00Z", "{text}");
        }
        for text in [
            "",
            "infinity",
            "2026-11-20 10:09:00",
            "2026-11-20 10:09:00+01",
            "2026-11-20 10:09:00-00:30",
            "2026-11-20 10:09:00.+00",
            "2026-11-20 10:09:001+00",
            "2026-11-20 10:09+00",
            "12026-11-20 10:09:00+00",
            "0044-03-15 10:09:00+00 BC",
            "Fri Nov 20 10:09:00 2026 UTC",
            "20/11/2026 10:09:00 UTC",
            "2026-11-2\u{e9} 10:09:00+00",
        ] {
            assert_eq!(read(text), "", "{text}");
        }
    }
}
