//! sqlx: `<version>_<description>.sql`, or a pair of `.up.sql` and `.down.sql`.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::StepMode;
use sha2::{Digest as _, Sha384};

use super::{Ancestry, FileError, Migration, SourceFile, ToolSettings, text};

/// What a file begins with that sqlx runs outside of a transaction.
const NO_TRANSACTION: &str = "-- no-transaction";

pub(super) fn read(
    files: &[SourceFile],
    settings: &ToolSettings,
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let mut found = Vec::new();
    for file in files {
        if let Some((version, _)) = parts(&file.path)
            && version.parse::<i64>().is_err()
        {
            // sqlx runs nothing as long as such a file is there.
            errors.push(FileError::Script {
                place: file.path.clone(),
                reason: format!(
                    "sqlx refuses the version `{version}`: it takes whole numbers of 64 bits"
                ),
            });
        }
        let Some((version, name, Way::Up)) = named(&file.path) else {
            continue;
        };
        let down = files.iter().find(|other| {
            named(&other.path).is_some_and(|(other, _, way)| other == version && way == Way::Down)
        });
        match migration(file, down, settings, dialect) {
            Ok(migration) => found.push((
                version,
                Migration {
                    version: version.to_string(),
                    name,
                    ..migration
                },
            )),
            Err(error) => errors.push(error),
        }
    }
    found.sort_by_key(|(version, _)| *version);
    found.into_iter().map(|(_, migration)| migration).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// What stands before and behind the first `_` of a name that sqlx takes for a migration's.
fn parts(path: &str) -> Option<(&str, &str)> {
    let (version, rest) = path.split_once('_').filter(|_| !path.contains('/'))?;
    rest.ends_with(".sql").then_some((version, rest))
}

/// Version, description and way of a file, by its name.
fn named(path: &str) -> Option<(i64, String, Way)> {
    let (version, rest) = parts(path)?;
    let version = version.parse().ok()?;
    let (name, way) = if let Some(name) = rest.strip_suffix(".down.sql") {
        (name, Way::Down)
    } else {
        let name = rest.strip_suffix(".up.sql");
        (name.or_else(|| rest.strip_suffix(".sql"))?, Way::Up)
    };
    Some((version, name.replace('_', " "), way))
}

fn migration(
    up: &SourceFile,
    down: Option<&SourceFile>,
    settings: &ToolSettings,
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let (sql, mode) = without_mark(text::of_file(up)?);
    let upgrade = text::section(sql, mode, &up.path, dialect)?;
    let downgrade = match down {
        None => text::none_written(),
        Some(down) => {
            let (sql, mode) = without_mark(text::of_file(down)?);
            text::downgrade(Some(sql), &upgrade, mode, &down.path, dialect)?
        }
    };
    Ok(Migration {
        version: String::new(),
        name: String::new(),
        file: up.path.clone(),
        downgrade_file: down.map(|down| down.path.clone()),
        checksums: vec![checksum(&up.bytes, settings)],
        upgrade,
        downgrade,
        ancestry: Ancestry::Line,
    })
}

fn without_mark(sql: &str) -> (&str, StepMode) {
    if !sql.starts_with(NO_TRANSACTION) {
        return (sql, StepMode::Transaction);
    }
    // The end of the line stays, so that those behind it keep their numbers.
    let end = sql.find('\n').unwrap_or(sql.len());
    (&sql[end..], StepMode::NoTransaction)
}

/// SHA-384 of the file, in hexadecimal digits.
fn checksum(bytes: &[u8], settings: &ToolSettings) -> String {
    let text = String::from_utf8_lossy(bytes);
    let sum = if settings.ignored.is_empty() {
        Sha384::digest(bytes)
    } else {
        let kept: String = text
            .chars()
            .filter(|one| !settings.ignored.contains(one))
            .collect();
        Sha384::digest(kept.as_bytes())
    };
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}
