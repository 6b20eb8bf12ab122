//! Reads the comment lines that divide a revision file into sections and steps.

use crate::dialect::Dialect;
use crate::op::HazardCode;
use crate::revision::{Direction, Problem, StepMode};
use crate::schema::distance;
use crate::sql::{SqlError, TokenKind, lex};

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
    let meant = suggestion(comment).or_else(|| meant_announcement(comment));
    match meant {
        Some(suggestion) => Err(Problem::NearMiss {
            found: comment.to_owned(),
            suggestion,
        }),
        None => Ok(None),
    }
}

/// Returns SQL that others wrote with a `|` in each comment that a revision file would take for a marker, or for one that
/// is misspelt; what the SQL does is the same.
///
/// # Errors
///
/// When something is opened and never closed.
pub fn as_comments(sql: &str, dialect: Dialect) -> Result<String, SqlError> {
    let mut guarded = String::new();
    let mut copied = 0;
    for token in lex(sql, dialect)? {
        if token.kind != TokenKind::LineComment {
            continue;
        }
        let before = &sql[..token.range.start];
        let indent = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
        let text = token.text(sql);
        let is_taken = match indent {
            "" => !matches!(read(text), Ok(None)),
            _ => indent.trim().is_empty() && read_indented(text).is_err(),
        };
        if is_taken {
            let dashes = token.range.start + 2;
            guarded.push_str(&sql[copied..dashes]);
            guarded.push_str(" | ");
            let rest = &sql[dashes..];
            copied = dashes + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
        }
    }
    guarded.push_str(&sql[copied..]);
    Ok(guarded)
}

/// Reads a comment that stands alone on a line but is indented: a marker there is a mistake.
pub(crate) fn read_indented(comment: &str) -> Result<(), Problem> {
    let comment = comment.trim_end();
    match read_exact(comment) {
        Some(_) => Err(Problem::Indented {
            found: comment.to_owned(),
        }),
        None => match meant_announcement(comment) {
            Some(suggestion) => Err(Problem::NearMiss {
                found: comment.to_owned(),
                suggestion,
            }),
            None => Ok(()),
        },
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

/// The comment that announces a loss.
const LOSES: &str = "loses";

/// The comment that announces a risk.
const HAZARD: &str = "hazard";

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
    let text = comment.strip_prefix("-- ")?;
    let (direction, rest) = [Direction::Upgrade, Direction::Downgrade]
        .into_iter()
        .find_map(|direction| Some((direction, text.strip_prefix(direction.as_str())?)))?;
    let own = rest.strip_prefix(' ').and_then(|own| {
        let mut dialects = Dialect::ALL.into_iter();
        dialects.find_map(|dialect| Some((Some(dialect), own.strip_prefix(dialect.as_str())?)))
    });
    let (dialect, rest) = own.unwrap_or((None, rest));
    let irreversible = match rest.strip_prefix(": irreversible, ") {
        _ if rest.is_empty() => None,
        Some(reason) if direction == Direction::Downgrade && !reason.trim().is_empty() => {
            Some(reason.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        _ => return None,
    };
    Some(Marker::Section {
        direction,
        dialect,
        irreversible,
    })
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

/// Returns the announcement that a comment was probably meant to be: `-- loses:` or `-- hazard:` with
/// a code. One that is misspelt would announce nothing, and nobody would see it.
fn meant_announcement(comment: &str) -> Option<String> {
    let text = comment.trim_start_matches('-').trim_start();
    let (word, rest) = match text.split_once(':') {
        Some((word, rest)) => (word.trim_end(), rest.trim()),
        None => {
            // Without a colon it is one only if nothing but a name follows.
            let (word, name) = text.split_once(char::is_whitespace)?;
            let is_name = !name.trim().contains(char::is_whitespace);
            return (word == LOSES && is_name).then(|| format!("-- {LOSES}: {}", name.trim()));
        }
    };
    if text.starts_with("loses:") {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let is_near =
        |known: &str| lower.chars().next() == known.chars().next() && distance(known, &lower) <= 1;
    let others = ["loss", "lost", "loosing", "losing", "looses"];
    if is_near(LOSES) || others.contains(&lower.as_str()) {
        return Some(format!("-- {LOSES}: {rest}"));
    }
    if !is_near(HAZARD) {
        return None;
    }
    let (code, object) = match rest.split_once(':') {
        Some((code, object)) => (code.trim_end(), Some(object)),
        None => (rest, None),
    };
    let spelled = code.to_ascii_lowercase().replace([' ', '-'], "_");
    let codes = [HazardCode::MayFail, HazardCode::BreaksClients];
    let codes = codes.map(|code| code.to_string());
    let known = codes.iter().find(|known| distance(known, &spelled) <= 2)?;
    let is_exact = text.starts_with("hazard: ") && known == code && object.is_some();
    let object = object.unwrap_or(" <object>");
    (!is_exact).then(|| format!("-- {HAZARD}: {known}:{object}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_others_are_no_markers() {
        for (sql, expected) in [
            ("-- upgrade\nSELECT 1;", "-- | upgrade\nSELECT 1;"),
            ("--Downgrade\n-- Step", "-- | Downgrade\n-- | Step"),
            ("  -- nothing\n", "  -- | nothing\n"),
            (
                "-- Upgrade: more\n-- loss: of rows",
                "-- | Upgrade: more\n-- | loss: of rows",
            ),
            (
                "SELECT '\n-- upgrade\n'; -- step",
                "SELECT '\n-- upgrade\n'; -- step",
            ),
            (
                "-- Add users\nSELECT 1; -- upgrade",
                "-- Add users\nSELECT 1; -- upgrade",
            ),
        ] {
            let guarded = as_comments(sql, Dialect::Postgres).expect("is SQL");
            assert_eq!(guarded, expected);
            assert_eq!(
                as_comments(&guarded, Dialect::Postgres).expect("is SQL"),
                guarded
            );
        }
    }

    #[test]
    fn announcements_that_are_misspelt_are_told() {
        for (comment, meant) in [
            ("-- looses: a.bio", Some("-- loses: a.bio")),
            ("-- losses: a.bio", Some("-- loses: a.bio")),
            ("-- lose: a", Some("-- loses: a")),
            ("-- Loses: a", Some("-- loses: a")),
            ("-- LOSES : a", Some("-- loses: a")),
            ("-- loses : a", Some("-- loses: a")),
            ("-- loses a.bio", Some("-- loses: a.bio")),
            ("-- loss: a", Some("-- loses: a")),
            (
                "-- hazards: may_fail: t.a: rows",
                Some("-- hazard: may_fail: t.a: rows"),
            ),
            (
                "-- hazard: may-fail: t.a: rows",
                Some("-- hazard: may_fail: t.a: rows"),
            ),
            ("-- Hazard: may_fail: t.a", Some("-- hazard: may_fail: t.a")),
            ("-- hazard: mayfail: t.a", Some("-- hazard: may_fail: t.a")),
            ("-- loses: a.bio", None),
            ("--loses: a.bio", None),
            ("-- hazard: may_fail: t.a: rows", None),
            ("-- hazard: breaks_clients: t.a: programs", None),
            ("-- closes: #12", None),
            ("-- roles: admin", None),
            ("-- notes: x", None),
            ("-- loses much of its speed", None),
            ("-- hazard: this takes long", None),
            ("-- a comment", None),
        ] {
            assert_eq!(meant_announcement(comment).as_deref(), meant, "{comment}");
        }
    }
}
