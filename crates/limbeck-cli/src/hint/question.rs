//! Flags that answer questions.

use limbeck_core::diff::{FlagError, FlagName, FlagProblem, Undecided, fill_value, rename_value};
use limbeck_core::schema::{Expression, QualifiedName};

/// Flags that settle a question, one for each answer, with what each one means.
pub(crate) fn flags(question: &Undecided) -> Vec<(String, &'static str)> {
    match question {
        Undecided::Drop { flag, .. } => {
            vec![(format!("--drop {}", shell_word(flag)), "drop it")]
        }
        Undecided::Rename { from, to, flag, .. } => vec![
            (
                format!("--rename {}", shell_word(&rename_value(flag, from, to))),
                "keep the data under the new name",
            ),
            (
                format!("--drop {}", shell_word(flag)),
                "drop the one, create the other",
            ),
        ],
        Undecided::Fill {
            table,
            column,
            offer,
            ..
        } => {
            let example = offer.as_ref().map_or("…", Expression::as_str);
            vec![(
                fill(table, column, example),
                "an SQL expression for the rows that are there",
            )]
        }
    }
}

pub(crate) fn flag(error: &FlagError) -> Option<&'static str> {
    match (&error.problem, error.flag) {
        (FlagProblem::Form { .. }, FlagName::Rename) => Some("--rename tasks.text:title"),
        (FlagProblem::Form { .. }, FlagName::Drop) => Some("--drop tasks.note"),
        (FlagProblem::Form { .. }, FlagName::Fill) => Some("--fill tasks.priority=0"),
        (FlagProblem::UnknownFrom { .. } | FlagProblem::UnknownTo(_), _) => {
            Some("`from` is the name that is there, `to` the one that is to be")
        }
        (
            FlagProblem::UnknownDrop { .. }
            | FlagProblem::UnknownColumn { .. }
            | FlagProblem::Ambiguous { .. },
            _,
        ) => None,
    }
}

/// The flag that gives the rows of a column a value.
pub(super) fn fill(table: &QualifiedName, column: &str, value: &str) -> String {
    format!("--fill {}", shell_word(&fill_value(table, column, value)))
}

/// Writes a word so that a POSIX shell reads it back as it is.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:=-/".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.contains('\'') && !word.contains(['"', '$', '`', '\\', '!']) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
