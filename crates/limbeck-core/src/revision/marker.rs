//! Reads the comment lines that divide a revision file into sections and steps.

use crate::dialect::Dialect;
use crate::revision::{Direction, Problem, StepMode};
use crate::schema::distance;

/// What a marker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Marker {
    Section {
        direction: Direction,
        dialect: Option<Dialect>,
        irreversible: Option<String>,
    },
    Step(StepMode),
    Nothing,
}

/// Reads a comment that stands alone at the start of a line; `None` when it is only a comment.
pub(crate) fn read(comment: &str) -> Result<Option<Marker>, Problem> {
    let comment = comment.trim_end();
    if let Some(marker) = read_exact(comment) {
        return Ok(Some(marker));
    }
    match suggestion(comment) {
        Some(suggestion) => Err(Problem::NearMiss {
            found: comment.to_owned(),
            suggestion,
        }),
        None => Ok(None),
    }
}

/// Reads a comment that stands alone on a line but is indented: a marker there is a mistake.
pub(crate) fn read_indented(comment: &str) -> Result<(), Problem> {
    let comment = comment.trim_end();
    match read_exact(comment) {
        Some(_) => Err(Problem::Indented {
            found: comment.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Writes the marker that opens a section.
pub(crate) fn section(
    direction: Direction,
    dialect: Option<Dialect>,
    irreversible: Option<&str>,
) -> String {
    let mut marker = format!("-- {direction}");
    if let Some(dialect) = dialect {
        marker.push(' ');
        marker.push_str(dialect.as_str());
    }
    if let Some(reason) = irreversible {
        marker.push_str(": irreversible, ");
        marker.push_str(&reason.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    marker
}

/// Writes the marker that opens a step.
pub(crate) fn step(mode: StepMode) -> &'static str {
    match mode {
        StepMode::Transaction => "-- step",
        StepMode::NoTransaction => "-- step: no transaction",
        StepMode::ForeignKeysOff => "-- step: foreign keys off",
    }
}

/// The marker of a section without SQL.
pub(crate) const NOTHING: &str = "-- nothing";

fn read_exact(comment: &str) -> Option<Marker> {
    if comment == NOTHING {
        return Some(Marker::Nothing);
    }
    if let Some(mode) = StepMode::ALL
        .into_iter()
        .find(|mode| step(*mode) == comment)
    {
        return Some(Marker::Step(mode));
    }
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        for dialect in [None, Some(Dialect::Postgres), Some(Dialect::Sqlite)] {
            let Some(rest) = comment.strip_prefix(&section(direction, dialect, None)) else {
                continue;
            };
            let irreversible = match rest.strip_prefix(": irreversible, ") {
                _ if rest.is_empty() => None,
                Some(reason) if direction == Direction::Downgrade && !reason.trim().is_empty() => {
                    Some(reason.split_whitespace().collect::<Vec<_>>().join(" "))
                }
                _ => continue,
            };
            return Some(Marker::Section {
                direction,
                dialect,
                irreversible,
            });
        }
    }
    None
}

/// Returns the marker that a comment was probably meant to be.
fn suggestion(comment: &str) -> Option<String> {
    let lower = comment.to_ascii_lowercase();
    let text = lower.trim_matches(|c: char| c == '-' || c.is_whitespace());
    let end = text
        .find(|c: char| c.is_whitespace() || ":,;.!".contains(c))
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = rest.trim_matches(|c: char| c.is_whitespace() || ":,;.!".contains(c));
    let word = meant_word(word, rest)?;
    Some(match word {
        "step" if rest.contains("transaction") => step(StepMode::NoTransaction).to_owned(),
        "step" if rest.contains("foreign") => step(StepMode::ForeignKeysOff).to_owned(),
        "step" => step(StepMode::Transaction).to_owned(),
        "nothing" => NOTHING.to_owned(),
        "downgrade" if rest.contains("irreversible") => {
            "-- downgrade: irreversible, <reason>".to_owned()
        }
        _ => match meant_dialect(rest) {
            Some(dialect) => format!("-- {word} {dialect}"),
            None => format!("-- {word}"),
        },
    })
}

fn meant_word(word: &str, rest: &str) -> Option<&'static str> {
    let words = ["upgrade", "downgrade", "step", "nothing"];
    let exact = words.into_iter().find(|known| *known == word);
    let lonely = rest.is_empty() || meant_dialect(rest).is_some();
    // One letter away from `step` are too many other words.
    exact.or_else(|| {
        let is_near = |known: &&str| match *known {
            "step" => word == "steps",
            known => distance(known, word) == 1,
        };
        words.into_iter().filter(|_| lonely).find(is_near)
    })
}

fn meant_dialect(word: &str) -> Option<Dialect> {
    match word {
        "postgres" | "postgresql" | "pg" | "psql" => Some(Dialect::Postgres),
        "sqlite" | "sqlite3" => Some(Dialect::Sqlite),
        _ => None,
    }
}
