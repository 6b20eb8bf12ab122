//! Flyway: `V<version>__<description>.sql`, `U…` the way back of one, `R__…` what is run again whenever it changes, and
//! `B…` what stands for all up to a version; in any folder below.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, StepMode, Tool};
use limbeck_core::sql::{Token, TokenKind, lex};

use limbeck::old_history::VersionNumber;

use super::{Ancestry, FileError, Migration, SourceFile, numbered, text};

/// What a repeatable migration has instead of a version.
const REPEATABLE: &str = "R__";

pub(super) fn read(
    files: &[SourceFile],
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let mut versioned: Vec<(VersionNumber, Migration)> = Vec::new();
    let mut repeatable = Vec::new();
    let named: Vec<Named<'_>> = files.iter().filter_map(named).collect();
    let covered = baseline(&named);
    for one in &named {
        if one.is_code {
            errors.push(FileError::NoSql {
                file: one.file.path.clone(),
                reason: text::program(Tool::Flyway),
            });
            continue;
        }
        let is_left_out = match one.kind {
            Way::There | Way::Again => false,
            Way::Back => true,
            Way::Baseline => covered != Some(&one.version),
        };
        if is_left_out {
            continue;
        }
        let back = named.iter().find(|other| {
            other.kind == Way::Back && one.number.is_some() && other.number == one.number
        });
        match (migration(one, back, files, dialect), &one.number) {
            (Ok(migration), Some(number)) => versioned.push((number.clone(), migration)),
            (Ok(migration), None) => repeatable.push(migration),
            (Err(error), _) => errors.push(error),
        }
    }
    versioned.sort_by(|one, other| one.0.cmp(&other.0));
    // These are run behind all others, by their descriptions.
    repeatable.sort_by(|one, other| one.name.cmp(&other.name));
    let versioned = versioned.into_iter().map(|(_, migration)| migration);
    versioned.chain(repeatable).collect()
}

/// Whether a version is that of a migration that Flyway runs again whenever it changes.
pub(super) fn is_repeatable(version: &str) -> bool {
    version.starts_with(REPEATABLE)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
    Again,
    Baseline,
}

struct Named<'a> {
    file: &'a SourceFile,
    kind: Way,
    /// With dots; for a repeatable one its file's name.
    version: String,
    number: Option<VersionNumber>,
    description: &'a str,
    is_code: bool,
}

fn named(file: &SourceFile) -> Option<Named<'_>> {
    let name = file.path.rsplit('/').next()?;
    let (stem, ending) = name.rsplit_once('.')?;
    let is_code = match ending {
        "sql" => false,
        "java" | "kt" => true,
        _ => return None,
    };
    let (version, description) = stem.split_once("__")?;
    let kind = match version.chars().next()? {
        'V' => Way::There,
        'U' => Way::Back,
        'B' => Way::Baseline,
        'R' if version == "R" => Way::Again,
        _ => return None,
    };
    let (version, number) = match kind {
        Way::Again => (stem.to_owned(), None),
        Way::There | Way::Back | Way::Baseline => {
            let version = version[1..].replace('_', ".");
            let number = VersionNumber::read(&version)?;
            (version, Some(number))
        }
    };
    Some(Named {
        file,
        kind,
        version,
        number,
        description,
        is_code,
    })
}

/// The version of the baseline that the migrations begin with: the last one, unless what it stands for is there too.
fn baseline<'a>(named: &'a [Named<'_>]) -> Option<&'a String> {
    let baselines = named.iter().filter(|one| one.kind == Way::Baseline);
    let last = baselines.max_by(|one, other| one.number.cmp(&other.number))?;
    let mut there = named.iter().filter(|one| one.kind == Way::There);
    there
        .all(|one| one.number > last.number)
        .then_some(&last.version)
}

fn migration(
    one: &Named<'_>,
    back: Option<&Named<'_>>,
    files: &[SourceFile],
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let upgrade = section(one.file, files, dialect)?;
    let downgrade = match back {
        Some(back) => text::unless_empty(section(back.file, files, dialect)?, &upgrade),
        None => text::none_written(),
    };
    Ok(Migration {
        version: one.version.clone(),
        name: numbered::title(one.description),
        file: one.file.path.clone(),
        downgrade_file: back.map(|back| back.file.path.clone()),
        checksums: vec![checksum(text::of_file(one.file)?)],
        upgrade,
        downgrade,
        ancestry: Ancestry::Line,
    })
}

fn section(
    file: &SourceFile,
    files: &[SourceFile],
    dialect: Dialect,
) -> Result<Section, FileError> {
    let sql = text::of_file(file)?;
    refuse_placeholders(file, sql, dialect)?;
    let settings = format!("{}.conf", file.path);
    let settings = files.iter().find(|other| other.path == settings);
    let said = settings.map(|settings| String::from_utf8_lossy(&settings.bytes));
    let is_outside = said.is_some_and(|text| {
        text.lines().any(|line| {
            line.split_once('=').is_some_and(|(key, value)| {
                key.trim() == "executeInTransaction" && value.trim() == "false"
            })
        })
    });
    // Where nothing says it, the tool looks for statements that need it.
    let mode = if is_outside {
        StepMode::NoTransaction
    } else {
        text::mode_of(sql, dialect)
    };
    text::section(sql, mode, &file.path, dialect)
}

/// `${name}` is filled in by the tool, also inside strings; in a comment it does no harm.
fn refuse_placeholders(file: &SourceFile, sql: &str, dialect: Dialect) -> Result<(), FileError> {
    let tokens = lex(sql, dialect).map_err(|source| FileError::Sql {
        file: file.path.clone(),
        source,
    })?;
    let comments: Vec<&Token> = tokens
        .iter()
        .filter(|token| matches!(token.kind, TokenKind::LineComment | TokenKind::BlockComment))
        .collect();
    for (at, _) in sql.match_indices("${") {
        let is_comment = comments.iter().any(|token| token.range.contains(&at));
        let Some(end) = sql[at..].find('}').filter(|_| !is_comment) else {
            continue;
        };
        let line = sql[..at].matches('\n').count() + 1;
        return Err(FileError::Placeholder {
            file: file.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            text: sql[at..=at + end].to_owned(),
            tool: Tool::Flyway,
        });
    }
    Ok(())
}

/// CRC-32 over the lines without their ends, as a signed number.
fn checksum(text: &str) -> String {
    let mut sum = u32::MAX;
    // A carriage return ends a line, too.
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            let is_odd = sum & 1 == 1;
            sum >>= 1;
            if is_odd {
                sum ^= 0xEDB8_8320;
            }
        }
    }
    (!sum).cast_signed().to_string()
}
