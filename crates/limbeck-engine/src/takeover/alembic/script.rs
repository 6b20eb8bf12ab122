//! What Alembic prints for `--sql`, divided into its migrations: each begins with `-- Running upgrade A, B -> C`.

use std::collections::BTreeMap;
use std::ops::Range;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Section, StepMode};
use limbeck_core::sql::effect::needs_no_transaction;
use limbeck_core::sql::{Statement, TokenKind, has_word, is_transaction_control, lex, split};

use super::super::own_table::{self, is_of_table};
use super::super::{FileError, SourceFile, text};

/// The SQL of one migration in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Printed {
    /// The script and the line.
    pub(super) place: String,
    /// What it builds on.
    pub(super) parents: Vec<String>,
    pub(super) section: Section,
}

/// What scripts hold, by versions.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    pub(super) upgrades: BTreeMap<String, Printed>,
    pub(super) downgrades: BTreeMap<String, Printed>,
}

/// The column that the table of versions has.
const COLUMN: &str = "version_num";

/// Divides scripts; `table` is that of the versions, whose statements are left out.
pub(super) fn read(
    scripts: &[SourceFile],
    table: &str,
    dialect: Dialect,
    errors: &mut Vec<FileError>,
) -> Scripts {
    let mut found = Scripts::default();
    for script in scripts {
        if let Err(error) = read_one(script, table, dialect, &mut found, errors) {
            errors.push(error);
        }
    }
    found
}

fn read_one(
    script: &SourceFile,
    table: &str,
    dialect: Dialect,
    found: &mut Scripts,
    errors: &mut Vec<FileError>,
) -> Result<(), FileError> {
    let sql = text::of_file(script)?;
    let failed = |source| FileError::Sql {
        file: script.path.clone(),
        source,
    };
    let marks = marks(sql, dialect).map_err(failed)?;
    let statements = split(sql, dialect).map_err(failed)?;
    let is_in_transactions = statements.iter().any(is_transaction_control);
    let start = marks.first().map_or(sql.len(), |mark| mark.range.start);
    let stray = statements
        .iter()
        .take_while(|one| one.offset < start)
        .find(|one| !is_transaction_control(one) && !is_of_versions(one, table));
    if let Some(stray) = stray {
        errors.push(FileError::Script {
            place: format!("{}:{}", script.path, stray.line),
            reason: "this statement is before the first `-- Running …`, so it is of no migration"
                .to_owned(),
        });
    }
    for (index, mark) in marks.iter().enumerate() {
        let end = marks.get(index + 1);
        let end = end.map_or(sql.len(), |next| next.range.start);
        let inside = mark.range.end..end;
        let of_it = statements
            .iter()
            .filter(|one| inside.contains(&one.offset))
            .collect::<Vec<_>>();
        let modes = modes(&of_it, is_in_transactions, dialect);
        let own = of_it
            .iter()
            .copied()
            .filter(|one| is_of_versions(one, table));
        let kept = own_table::without(sql, inside, own);
        let place = format!("{}:{}", script.path, mark.line);
        let Some((version, parents)) = mark.versions() else {
            let reason = "a migration is `A -> B` here, and this is none".to_owned();
            errors.push(FileError::Script { place, reason });
            continue;
        };
        // Errors name lines of the whole script.
        let above = "\n".repeat(usize::try_from(mark.line).unwrap_or(1) - 1);
        let section = text::section_from(&(above + &kept), modes, &script.path, dialect);
        let section = match section {
            Ok(section) => section,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let printed = Printed {
            place,
            parents,
            section,
        };
        let all = match mark.direction {
            Direction::Upgrade => &mut found.upgrades,
            Direction::Downgrade => &mut found.downgrades,
        };
        match all.get(&version) {
            // A script for each head has what they share in each.
            Some(before) if before.section == printed.section => {}
            Some(before) => errors.push(FileError::Script {
                reason: format!("other SQL of `{version}` than {}", before.place),
                place: printed.place,
            }),
            None => drop(all.insert(version, printed)),
        }
    }
    Ok(())
}

/// The line that a migration begins with.
struct Mark {
    direction: Direction,
    line: u32,
    range: Range<usize>,
    from: Vec<String>,
    to: Vec<String>,
}

impl Mark {
    /// The version, and what it builds on.
    fn versions(&self) -> Option<(String, Vec<String>)> {
        let (one, parents) = match self.direction {
            Direction::Upgrade => (&self.to, &self.from),
            Direction::Downgrade => (&self.from, &self.to),
        };
        match one.as_slice() {
            [version] => Some((version.clone(), parents.clone())),
            _ => None,
        }
    }
}

fn marks(sql: &str, dialect: Dialect) -> Result<Vec<Mark>, limbeck_core::sql::SqlError> {
    let mut marks = Vec::new();
    for token in lex(sql, dialect)? {
        let is_at_start = sql[..token.range.start]
            .chars()
            .next_back()
            .is_none_or(|before| before == '\n');
        if token.kind != TokenKind::LineComment || !is_at_start {
            continue;
        }
        let comment = token.text(sql).trim_end();
        let Some(rest) = comment.strip_prefix("-- Running ") else {
            continue;
        };
        let (direction, rest) = match rest.split_once(' ') {
            Some(("upgrade", rest)) => (Direction::Upgrade, rest),
            Some(("downgrade", rest)) => (Direction::Downgrade, rest),
            Some(_) | None => continue,
        };
        // A first one is behind nothing, and the blank there may be trimmed.
        let Some((from, to)) = rest.split_once("->") else {
            continue;
        };
        let versions = |text: &str| -> Vec<String> {
            let versions = text.split(',').map(str::trim);
            let versions = versions.filter(|version| !version.is_empty());
            versions.map(str::to_owned).collect()
        };
        marks.push(Mark {
            direction,
            line: token.line,
            from: versions(from),
            to: versions(to),
            range: token.range,
        });
    }
    Ok(marks)
}

/// How a migration begins, and goes on behind a `COMMIT`: that is where Alembic leaves the transaction for a block.
fn modes(
    statements: &[&Statement],
    is_in_transactions: bool,
    dialect: Dialect,
) -> (StepMode, StepMode) {
    match dialect {
        Dialect::Sqlite => (StepMode::Transaction, StepMode::Transaction),
        Dialect::Postgres => {
            // Set to know nothing of transactions, it prints none.
            let is_alone =
                !is_in_transactions && statements.iter().any(|one| needs_no_transaction(one));
            let first = if is_alone {
                StepMode::NoTransaction
            } else {
                StepMode::Transaction
            };
            (first, StepMode::NoTransaction)
        }
    }
}

/// Whether Alembic keeps its versions by the statement. Migrations may have a table of that name in another schema.
fn is_of_versions(statement: &Statement, table: &str) -> bool {
    let is_drop = statement.words(1) == ["drop"];
    is_of_table(statement, table) && (is_drop || has_word(&statement.text, COLUMN))
}
