//! Answers as people give them on the command line.

use limbeck_core::diff::{Decisions, Flags};
use limbeck_core::schema::Schema;

/// `--rename`, `--drop` and `--fill` with their values.
pub(crate) fn flags(answers: &[&str]) -> Flags {
    let mut flags = Flags::default();
    for answer in answers {
        let (flag, value) = answer.split_once(' ').expect("a flag and its value");
        let values = match flag {
            "--rename" => &mut flags.renames,
            "--drop" => &mut flags.drops,
            "--fill" => &mut flags.fills,
            other => panic!("{other}"),
        };
        values.push(value.to_owned());
    }
    flags
}

/// The same, read against the two schemas that they are about.
pub(crate) fn decisions(answers: &[&str], before: &Schema, target: &Schema) -> Decisions {
    let read = flags(answers).read(&[], &[before], &[target]);
    read.unwrap_or_else(|error| panic!("{answers:?}: {error}"))
}
