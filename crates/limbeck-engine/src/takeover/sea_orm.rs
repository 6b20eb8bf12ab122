//! sea-orm-migration: programs, some of which do nothing but send SQL that stands in their source or in files beside it.
//! Those are migrations of SQL; all others are not, and none of a program's SQL is guessed.

mod body;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, Step, StepMode};
use limbeck_core::sql::{SqlError, lex};

use self::body::{Said, Sent, Transaction};
use self::source::{NoWrapper, Program};
use super::{Ancestry, FileError, Migration, SourceFile, text};

pub(super) fn read(
    files: &[SourceFile],
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let unread = files.iter().filter(|file| file.path.ends_with(".rs"));
    let before = errors.len();
    errors.extend(unread.filter_map(|file| text::of_file(file).err()));
    let sources = sources(files);
    if sources.is_empty() || errors.len() > before {
        return Vec::new();
    }
    let programs = match source::programs(&sources) {
        Ok(programs) => programs,
        Err(reasons) => {
            errors.extend(reasons.into_iter().map(NoWrapper::error));
            return Vec::new();
        }
    };
    let mut migrations = Vec::new();
    for program in programs {
        match migration(files, &program, dialect) {
            Ok(migration) => migrations.push(migration),
            Err(error) => errors.push(error),
        }
    }
    migrations
}

/// The files that programs have in their source by `include_str!`, as paths from where the files' own paths begin.
pub(super) fn included(files: &[SourceFile]) -> BTreeSet<String> {
    let programs = source::programs(&sources(files)).unwrap_or_default();
    let mut found = BTreeSet::new();
    for program in &programs {
        for sent in program.up.sent.iter().chain(&program.down.sent) {
            if let Said::Included(path) = &sent.said {
                found.insert(path.clone());
            }
        }
    }
    found
}

fn sources(files: &[SourceFile]) -> BTreeMap<&str, &str> {
    let sources = files.iter().filter(|file| file.path.ends_with(".rs"));
    let sources = sources.filter_map(|file| {
        let text = std::str::from_utf8(&file.bytes).ok()?;
        Some((file.path.as_str(), text))
    });
    sources.collect()
}

fn migration(
    files: &[SourceFile],
    program: &Program,
    dialect: Dialect,
) -> Result<Migration, FileError> {
    let mode = match program.transaction {
        Transaction::Own => StepMode::Transaction,
        Transaction::None => StepMode::NoTransaction,
    };
    let upgrade = section(files, program, &program.up.sent, mode, dialect)?;
    let downgrade = if program.down.is_written {
        let section = section(files, program, &program.down.sent, mode, dialect)?;
        text::unless_empty(section, &upgrade)
    } else {
        text::none_written()
    };
    Ok(Migration {
        version: program.name.clone(),
        name: without_moment(&program.name).replace('_', " "),
        file: program.file.clone(),
        downgrade_file: None,
        checksums: Vec::new(),
        upgrade,
        downgrade,
        ancestry: Ancestry::Line,
    })
}

/// `m20220101_000001_create_table` without what says when: the day, and the time or number behind it, if there is one.
fn without_moment(name: &str) -> &str {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match name.split_once('_') {
        Some((day, rest)) if day.strip_prefix('m').is_some_and(is_number) => {
            match rest.split_once('_') {
                Some((time, rest)) if is_number(time) => rest,
                Some(_) | None => rest,
            }
        }
        Some(_) | None => name,
    }
}

/// All that is sent, one behind the other: what is sent in one transaction is one step.
fn section(
    files: &[SourceFile],
    program: &Program,
    all: &[Sent],
    mode: StepMode,
    dialect: Dialect,
) -> Result<Section, FileError> {
    let mut steps: Vec<Step> = Vec::new();
    for sent in all {
        let part = match &sent.said {
            Said::Here(sql) => {
                // Errors name lines of the source.
                let above = sent.line.saturating_sub(1);
                let sql = "\n".repeat(above) + sql;
                text::section(&sql, mode, &program.file, dialect)?
            }
            Said::Included(path) => {
                let file = files.iter().find(|file| file.path == *path);
                let file = file.ok_or_else(|| FileError::NoSql {
                    file: format!("{}:{}", program.file, sent.line),
                    reason: format!("`{path}`, which it includes, is not there"),
                })?;
                text::section(text::of_file(file)?, mode, path, dialect)?
            }
        };
        for step in part.steps() {
            match steps.last_mut() {
                Some(last) if last.mode == step.mode => {
                    let failed = |source| FileError::Sql {
                        file: program.file.clone(),
                        source,
                    };
                    last.sql = ended(&last.sql, dialect).map_err(failed)?;
                    last.sql.push_str("\n\n");
                    last.sql.push_str(&step.sql);
                }
                Some(_) | None => steps.push(step.clone()),
            }
        }
    }
    Ok(Section::Steps(steps))
}

/// The text with a semicolon behind its last statement.
fn ended(sql: &str, dialect: Dialect) -> Result<String, SqlError> {
    let tokens = lex(sql, dialect)?;
    let last = tokens.iter().rev().find(|token| token.is_significant());
    Ok(match last {
        Some(last) if last.text(sql) != ";" => {
            let (before, behind) = sql.split_at(last.range.end);
            format!("{before};{behind}")
        }
        Some(_) | None => sql.to_owned(),
    })
}
