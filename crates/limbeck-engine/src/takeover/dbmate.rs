//! dbmate: `<version>_<name>.sql`, a file with `-- migrate:up` and `-- migrate:down`.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::StepMode;

use super::{Ancestry, FileError, Migration, SourceFile, marked, numbered, text};

pub(super) fn read(
    files: &[SourceFile],
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let mut found = Vec::new();
    for file in files {
        let Some((version, name)) = named(&file.path) else {
            continue;
        };
        match migration(file, version, name, dialect) {
            Ok(migration) => found.push(migration),
            Err(error) => errors.push(error),
        }
    }
    // The tool goes by the names of the files.
    found.sort_by(|one, other| one.file.cmp(&other.file));
    found
}

/// The digits that a file begins with, and the rest of its name.
fn named(path: &str) -> Option<(&str, &str)> {
    let stem = path.strip_suffix(".sql").filter(|_| !path.contains('/'))?;
    let end = stem.find(|c: char| !c.is_ascii_digit());
    let (version, name) = stem.split_at(end.unwrap_or(stem.len()));
    (!version.is_empty()).then_some((version, name))
}

fn migration(
    file: &SourceFile,
    version: &str,
    name: &str,
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let part = marked::cut(file, "-- migrate:up", up, down)?;
    let mode = mode(part.up_options);
    let upgrade = text::section(&part.up, mode, &file.path, dialect)?;
    let (back, mode) = match &part.down {
        Some((back, options)) => (Some(back.as_str()), self::mode(options)),
        None => (None, StepMode::Transaction),
    };
    let downgrade = text::downgrade(back, &upgrade, mode, &file.path, dialect)?;
    Ok(Migration {
        version: version.to_owned(),
        name: numbered::title(name),
        file: file.path.clone(),
        downgrade_file: None,
        checksums: Vec::new(),
        upgrade,
        downgrade,
        ancestry: Ancestry::Line,
    })
}

fn up(line: &str) -> Option<&str> {
    options(line, "migrate:up")
}

fn down(line: &str) -> Option<&str> {
    options(line, "migrate:down")
}

/// What stands behind the mark in the line that has it.
fn options<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix(mark)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

fn mode(options: &str) -> StepMode {
    if options
        .split_whitespace()
        .any(|one| one == "transaction:false")
    {
        StepMode::NoTransaction
    } else {
        StepMode::Transaction
    }
}
