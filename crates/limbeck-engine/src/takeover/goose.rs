//! goose: `<version>_<name>.sql`, a file with `-- +goose Up` and `-- +goose Down`.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, StepMode, Tool};
use limbeck_core::sql::lex;

use super::numbered::{self, Holds};
use super::{Ancestry, FileError, Migration, SourceFile, marked, text};

pub(super) fn read(
    files: &[SourceFile],
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let one = |file, version, name| migration(file, version, name, dialect);
    numbered::in_order(Tool::Goose, files, named, one, errors)
}

fn named(path: &str) -> Option<(u64, &str, Holds)> {
    let (stem, ending) = path.rsplit_once('.').filter(|_| !path.contains('/'))?;
    let holds = match ending {
        "sql" => Holds::Sql,
        "go" if !stem.ends_with("_test") => Holds::Program,
        _ => return None,
    };
    let (version, name) = numbered::numbered(stem)?;
    (version > 0).then_some((version, name, holds))
}

fn migration(
    file: &SourceFile,
    version: u64,
    name: &str,
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let text = text::of_file(file)?;
    check_marks(file, text)?;
    let mode = if text
        .lines()
        .any(|line| mark(line) == Some(Mark::NoTransaction))
    {
        StepMode::NoTransaction
    } else {
        StepMode::Transaction
    };
    let is_up = |line: &str| (mark(line) == Some(Mark::Up)).then_some("");
    let is_down = |line: &str| (mark(line) == Some(Mark::Down)).then_some("");
    let part = marked::cut(file, "-- +goose Up", is_up, is_down)?;
    let upgrade = text::section(&with_ends(&part.up, dialect), mode, &file.path, dialect)?;
    let back = part.down.map(|(back, _)| with_ends(&back, dialect));
    let downgrade = text::downgrade(back.as_deref(), &upgrade, mode, &file.path, dialect)?;
    Ok(Migration {
        version: version.to_string(),
        name: numbered::title(name),
        file: file.path.clone(),
        downgrade_file: None,
        checksums: Vec::new(),
        upgrade: without_marks(upgrade),
        downgrade: without_marks(downgrade),
        ancestry: Ancestry::Line,
    })
}

/// What a line says to the tool.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Up,
    Down,
    StatementBegin,
    StatementEnd,
    NoTransaction,
    Substitutes,
    SubstitutesNot,
    /// What the tool refuses.
    Unknown,
}

/// The words of the tool, which reads them in capitals and in small letters.
const MARKS: [(&str, Mark); 9] = [
    ("Up", Mark::Up),
    ("Down", Mark::Down),
    ("StatementBegin", Mark::StatementBegin),
    ("StatementEnd", Mark::StatementEnd),
    ("NO TRANSACTION", Mark::NoTransaction),
    ("ENVSUB ON", Mark::Substitutes),
    ("ENVSUBST ON", Mark::Substitutes),
    ("ENVSUB OFF", Mark::SubstitutesNot),
    ("ENVSUBST OFF", Mark::SubstitutesNot),
];

fn mark(line: &str) -> Option<Mark> {
    let text = line.strip_prefix("--")?.trim();
    let words = text.strip_prefix("+goose")?.trim();
    let known = MARKS
        .iter()
        .find(|(text, _)| text.eq_ignore_ascii_case(words));
    Some(known.map_or(Mark::Unknown, |(_, mark)| *mark))
}

/// Refuses what is not the SQL that was run.
fn check_marks(file: &SourceFile, text: &str) -> Result<(), FileError> {
    for (line, number) in text.lines().zip(1..) {
        match mark(line) {
            Some(Mark::Substitutes) => {
                return Err(FileError::Placeholder {
                    file: file.path.clone(),
                    line: number,
                    text: "ENVSUB ON".to_owned(),
                    tool: Tool::Goose,
                });
            }
            Some(Mark::Unknown) => {
                return Err(FileError::Script {
                    place: format!("{}:{number}", file.path),
                    reason: format!("goose knows no `{}`", line.trim()),
                });
            }
            Some(
                Mark::Up
                | Mark::Down
                | Mark::StatementBegin
                | Mark::StatementEnd
                | Mark::NoTransaction
                | Mark::SubstitutesNot,
            )
            | None => {}
        }
    }
    Ok(())
}

/// Ends statements with a semicolon where the tool needs none, since it is told where they end.
fn with_ends(text: &str, dialect: Dialect) -> String {
    let mut told = String::new();
    let mut block: Option<String> = None;
    for line in text.split_inclusive('\n') {
        match (mark(line), &mut block) {
            (Some(Mark::StatementBegin), _) => block = Some(String::new()),
            (Some(Mark::StatementEnd), Some(inside)) => {
                let tokens = lex(inside, dialect).unwrap_or_default();
                let last = tokens.iter().rfind(|token| token.is_significant());
                if last.is_some_and(|token| token.text(inside) != ";") {
                    told.push_str(";\n");
                    block = None;
                    continue;
                }
                block = None;
            }
            (_, Some(inside)) => inside.push_str(line),
            (_, None) => {}
        }
        told.push_str(line);
    }
    told
}

/// Leaves out what tells the tool where statements end.
fn without_marks(section: Section) -> Section {
    let Section::Steps(mut steps) = section else {
        return section;
    };
    for step in &mut steps {
        let kept: Vec<&str> = step
            .sql
            .lines()
            .filter(|line| mark(line).is_none())
            .collect();
        step.sql = kept.join("\n").trim().to_owned();
    }
    Section::Steps(steps)
}
