//! Answers as people give them on the command line.

use limbeck_core::diff::{Decisions, parse_renames};
use limbeck_core::schema::{Expression, Schema};

/// `--rename`, `--drop` and `--fill` with their values.
pub(crate) fn decisions(answers: &[&str], before: &Schema) -> Decisions {
    let renames: Vec<&str> = answers
        .iter()
        .filter_map(|answer| answer.strip_prefix("--rename "))
        .collect();
    let mut decisions = Decisions {
        renames: parse_renames(&renames, &[], before).expect("name something"),
        ..Decisions::default()
    };
    for answer in answers {
        let (flag, value) = answer.split_once(' ').expect("a flag and its value");
        match flag {
            "--rename" => {}
            "--drop" => {
                decisions.drops.insert(value.to_owned());
            }
            "--fill" => {
                let (column, value) = value.split_once('=').expect("a column and its value");
                decisions
                    .fills
                    .insert(column.to_owned(), Expression::new(value));
            }
            other => panic!("{other}"),
        }
    }
    decisions
}
