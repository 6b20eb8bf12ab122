//! The upgrades one after the other, cut into what a library runs as one migration.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, Requirement, Revision, Section, Step, StepMode};
use limbeck_core::sql::split;

use super::line;
use crate::history::{self, HistoryTable};
use crate::migrator::MigratorError;
use crate::run::{RunError, RunErrorKind};

/// What a library runs as one migration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its place among all of them, counted from 1.
    pub(super) number: u32,
    /// The revision, and which part of it this is where it has several.
    pub(super) description: String,
    pub(super) sql: String,
    pub(super) mode: PartMode,
}

/// How a library is to run a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartMode {
    /// In a transaction that it opens.
    Transaction,
    /// Without one.
    Alone,
}

/// Cuts the upgrades of all revisions. The last part of each says in Limbeck's history that it has been run, so
/// that Limbeck itself goes on from there.
///
/// A step is a part. Of a step outside of a transaction each statement is: several that are sent at once are one
/// transaction to PostgreSQL.
pub(super) fn parts(
    graph: &Graph,
    dialect: Dialect,
    table: &HistoryTable,
) -> Result<Vec<Part>, MigratorError> {
    let mut parts: Vec<Part> = Vec::new();
    for revision in line(graph)? {
        let pieces = pieces(graph, revision, dialect, table)?;
        let of = pieces.len();
        for (index, (mode, sql)) in pieces.into_iter().enumerate() {
            let name = format!("{} {}", revision.id, revision.title());
            parts.push(Part {
                number: u32::try_from(parts.len() + 1).unwrap_or(u32::MAX),
                description: match of {
                    1 => name,
                    _ => format!("{name} ({} of {of})", index + 1),
                },
                sql,
                mode,
            });
        }
    }
    Ok(parts)
}

fn pieces(
    graph: &Graph,
    revision: &Revision,
    dialect: Dialect,
    table: &HistoryTable,
) -> Result<Vec<(PartMode, String)>, MigratorError> {
    let file = graph.file(&revision.id).unwrap_or_default();
    if revision.requires.contains(&Requirement::Hook) {
        return Err(MigratorError::HookNotCarried {
            id: revision.id.clone(),
            file: file.to_owned(),
        });
    }
    let section = revision
        .section(Direction::Upgrade, dialect)
        .map_err(RunError::from)?;
    let steps: &[Step] = match section {
        Section::Steps(steps) => steps,
        // The file format has the one for downgrades alone, and the other is refused above.
        Section::Irreversible(_) | Section::Unwritten(_) => &[],
    };
    let sum = limbeck_core::revision::checksum(section, dialect);
    let record = format!(
        "{};\n{};\n",
        history::ensure_sql(table, dialect),
        history::insert_sql(table, dialect, revision, &sum)
    );
    let mut pieces = Vec::new();
    for step in steps {
        match step.mode {
            StepMode::Transaction | StepMode::ForeignKeysOff => {
                pieces.push((step.mode, ended(&step.sql)));
            }
            StepMode::NoTransaction => {
                let statements = split(&step.sql, dialect).map_err(|source| {
                    RunError::from(RunErrorKind::Sql {
                        file: file.to_owned(),
                        source,
                    })
                })?;
                let one = |statement: limbeck_core::sql::Statement| (step.mode, statement.text);
                pieces.extend(statements.into_iter().map(one));
            }
        }
    }
    match pieces.last_mut() {
        Some((StepMode::Transaction | StepMode::ForeignKeysOff, sql)) => *sql += &record,
        Some((StepMode::NoTransaction, _)) | None => pieces.push((StepMode::Transaction, record)),
    }
    let piece = |(mode, sql): (StepMode, String)| match mode {
        StepMode::Transaction => (PartMode::Transaction, sql),
        StepMode::NoTransaction => (PartMode::Alone, sql),
        // Inside of a transaction SQLite ignores the switch.
        StepMode::ForeignKeysOff => (
            PartMode::Alone,
            format!(
                "PRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\n{sql}COMMIT;\nPRAGMA foreign_keys = ON;\n"
            ),
        ),
    };
    Ok(pieces.into_iter().map(piece).collect())
}

/// The text of a step, with a line of its own for what follows: it may end in a comment, and without a semicolon.
fn ended(sql: &str) -> String {
    let sql = sql.trim_end();
    if sql.is_empty() {
        return String::new();
    }
    format!("{sql}\n;\n")
}
