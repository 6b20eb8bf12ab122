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
    let marks = |wanted: &str| text.lines().any(|line| mark(line) == Some(wanted));
    if let Some(at) = text
        .lines()
        .position(|line| mark(line) == Some("ENVSUB ON") || mark(line) == Some("ENVSUBST ON"))
    {
        return Err(FileError::Placeholder {
            file: file.path.clone(),
            line: u32::try_from(at + 1).unwrap_or(u32::MAX),
            text: "ENVSUB ON".to_owned(),
            tool: Tool::Goose,
        });
    }
    let mode = if marks("NO TRANSACTION") {
        StepMode::NoTransaction
    } else {
        StepMode::Transaction
    };
    let is_up = |line: &str| (mark(line) == Some("Up")).then_some("");
    let is_down = |line: &str| (mark(line) == Some("Down")).then_some("");
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
fn mark(line: &str) -> Option<&str> {
    let text = line.strip_prefix("--")?.trim();
    text.strip_prefix("+goose ").map(str::trim)
}

/// Ends statements with a semicolon where the tool needs none, since it is told where they end.
fn with_ends(text: &str, dialect: Dialect) -> String {
    let mut told = String::new();
    let mut block: Option<String> = None;
    for line in text.split_inclusive('\n') {
        match (mark(line), &mut block) {
            (Some("StatementBegin"), _) => block = Some(String::new()),
            (Some("StatementEnd"), Some(inside)) => {
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
