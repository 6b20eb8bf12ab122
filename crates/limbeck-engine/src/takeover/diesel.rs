//! Diesel: `<version>_<name>/up.sql`, with `down.sql` and `metadata.toml` beside it.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::StepMode;

use super::{Ancestry, FileError, Migration, SourceFile, text};

pub(super) fn read(
    files: &[SourceFile],
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let beside = |folder: &str, name: &str| {
        let path = format!("{folder}/{name}");
        files.iter().find(|file| file.path == path)
    };
    let mut found = Vec::new();
    for up in files {
        let Some(folder) = up.path.strip_suffix("/up.sql") else {
            continue;
        };
        if folder.contains('/') || folder.starts_with('.') {
            continue;
        }
        let mode = match beside(folder, "metadata.toml") {
            Some(metadata) if !runs_in_transaction(metadata) => StepMode::NoTransaction,
            Some(_) | None => StepMode::Transaction,
        };
        match migration(folder, up, beside(folder, "down.sql"), mode, dialect) {
            Ok(migration) => found.push(migration),
            Err(error) => errors.push(error),
        }
    }
    found.sort_by(|one, other| one.version.cmp(&other.version));
    found
}

fn migration(
    folder: &str,
    up: &SourceFile,
    down: Option<&SourceFile>,
    mode: StepMode,
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let (version, name) = folder.split_once('_').unwrap_or((folder, ""));
    let upgrade = text::section(text::of_file(up)?, mode, &up.path, dialect)?;
    let down_text = down.map(text::of_file).transpose()?;
    let down_file = down.map_or("", |down| &down.path);
    let downgrade = text::downgrade(down_text, &upgrade, mode, down_file, dialect)?;
    Ok(Migration {
        version: version.replace('-', ""),
        name: name.replace(['_', '-'], " "),
        file: up.path.clone(),
        downgrade_file: down.map(|down| down.path.clone()),
        checksums: Vec::new(),
        upgrade,
        downgrade,
        ancestry: Ancestry::Line,
    })
}

/// A file that does not say it says no.
fn runs_in_transaction(metadata: &SourceFile) -> bool {
    let text = String::from_utf8_lossy(&metadata.bytes);
    text.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_once('=').is_some_and(|(key, value)| {
            key.trim() == "run_in_transaction" && value.trim() == "true"
        })
    })
}
