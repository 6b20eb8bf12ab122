//! The text of a migration as a section: what is in it stays, but for what says how it is run.

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Section, Step, StepMode, Tool, as_comments};
use limbeck_core::sql::effect::needs_no_transaction;
use limbeck_core::sql::{Statement, is_transaction_control, split};

use super::{FileError, SourceFile};

/// Why there is no way back.
const NOT_WRITTEN: &str = "none was written";

/// The text of a file.
pub(super) fn of_file(file: &SourceFile) -> Result<&str, FileError> {
    let text = std::str::from_utf8(&file.bytes).map_err(|_| FileError::NotUtf8 {
        file: file.path.clone(),
    })?;
    if text.contains('\0') {
        return Err(FileError::Nul {
            file: file.path.clone(),
        });
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Why a file that is a program has no SQL.
pub(super) fn program(tool: Tool) -> String {
    format!("a program, which {tool} alone can run")
}

/// A way back that has no SQL, or is not there.
pub(super) fn none_written() -> Section {
    not_written(NOT_WRITTEN)
}

/// A way back that is not there, and why.
pub(super) fn not_written(why: &str) -> Section {
    Section::Irreversible(why.to_owned())
}

/// The way back; one that holds nothing but comments was not written, unless the way there does nothing either.
pub(super) fn downgrade(
    text: Option<&str>,
    upgrade: &Section,
    mode: StepMode,
    file: &str,
    dialect: Dialect,
) -> Result<Section, FileError> {
    let Some(text) = text else {
        return Ok(none_written());
    };
    Ok(unless_empty(section(text, mode, file, dialect)?, upgrade))
}

/// The way back, unless it does nothing where the way there does something.
pub(super) fn unless_empty(downgrade: Section, upgrade: &Section) -> Section {
    if downgrade.steps().is_empty() && !upgrade.steps().is_empty() {
        none_written()
    } else {
        downgrade
    }
}

/// Marks the steps of a tool that leaves foreign keys of SQLite off, where they take rows away or change them: with foreign keys
/// on, that would take rows of other tables along, as when a table is made again.
pub(super) fn without_foreign_keys(section: &mut Section) {
    let Section::Steps(steps) = section else {
        return;
    };
    for step in steps {
        let statements = split(&step.sql, Dialect::Sqlite).unwrap_or_default();
        let stays = match step.mode {
            StepMode::Transaction => false,
            // A file that switches them itself does so outside of a transaction.
            StepMode::NoTransaction => statements
                .iter()
                .any(|one| needs_no_transaction(one) || is_of_connection(one)),
            StepMode::ForeignKeysOff => true,
        };
        if !stays && statements.iter().any(takes_rows) {
            step.mode = StepMode::ForeignKeysOff;
        }
    }
}

fn takes_rows(statement: &Statement) -> bool {
    let words = statement.words(2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["drop", "table"] | ["delete" | "update" | "replace" | "with", ..] | ["insert", "or"]
    )
}

fn is_of_connection(statement: &Statement) -> bool {
    let words = statement.words(1);
    words
        .first()
        .is_some_and(|word| ["pragma", "attach", "detach"].contains(&word.as_str()))
}

/// How a tool runs a file that looks for itself whether its statements can be in a transaction.
pub(super) fn mode_of(text: &str, dialect: Dialect) -> StepMode {
    // What cannot be cut into statements has its error where it is cut.
    let statements = split(text, dialect).unwrap_or_default();
    let begins = |one: &Statement| is_transaction_control(one);
    let outer = statements.iter().take_while(|one| !begins(one));
    if outer.into_iter().any(needs_no_transaction) {
        StepMode::NoTransaction
    } else {
        StepMode::Transaction
    }
}

/// Cuts the text where it begins and ends transactions itself; each part is a step. Comments stay with what they stand by.
pub(super) fn section(
    text: &str,
    mode: StepMode,
    file: &str,
    dialect: Dialect,
) -> Result<Section, FileError> {
    section_from(text, (mode, mode), file, dialect)
}

/// As [`section`], of a text that begins in one mode and goes on in another one behind a `COMMIT`.
pub(super) fn section_from(
    text: &str,
    (first, mode): (StepMode, StepMode),
    file: &str,
    dialect: Dialect,
) -> Result<Section, FileError> {
    let failed = |source| FileError::Sql {
        file: file.to_owned(),
        source,
    };
    let statements = split(text, dialect).map_err(failed)?;
    let mut parts = Parts {
        text,
        outer: mode,
        mode: first,
        start: 0,
        inside: Vec::new(),
        steps: Vec::new(),
        comments: String::new(),
    };
    for statement in &statements {
        if !is_transaction_control(statement) {
            parts.inside.push(statement);
            continue;
        }
        let words = statement.words(2);
        match words.first().map(String::as_str) {
            Some("begin" | "start") => parts.cut(statement, StepMode::Transaction),
            Some("commit" | "end") => parts.cut(statement, mode),
            Some(_) | None => {
                return Err(FileError::Transaction {
                    file: file.to_owned(),
                    line: statement.line,
                    statement: statement.text.lines().next().unwrap_or_default().to_owned(),
                });
            }
        }
    }
    let end = text.len();
    parts.push(end);
    let comments = std::mem::take(&mut parts.comments);
    let mut steps = parts.steps;
    if let Some(last) = steps.last_mut() {
        last.sql.push_str(&comments);
    }
    for step in &mut steps {
        let kept = as_comments(&step.sql, dialect).map_err(failed)?;
        let blank = kept.len() - kept.trim_start().len();
        let start = kept[..blank].rfind('\n').map_or(0, |end| end + 1);
        step.sql = kept[start..].trim_end().replace("\r\n", "\n");
        let first = split(&step.sql, dialect).map_err(failed)?;
        let before = first
            .first()
            .map_or(0, |first| first.line.saturating_sub(1));
        step.line = step.line.saturating_sub(before).max(1);
    }
    Ok(Section::Steps(steps))
}

struct Parts<'a> {
    text: &'a str,
    outer: StepMode,
    /// Of what comes next.
    mode: StepMode,
    /// Where that begins.
    start: usize,
    /// Its statements so far.
    inside: Vec<&'a Statement>,
    steps: Vec<Step>,
    /// What stands before it, without a statement.
    comments: String,
}

impl<'a> Parts<'a> {
    /// Ends a part at a statement that begins or ends a transaction, and leaves that out.
    fn cut(&mut self, statement: &Statement, next: StepMode) {
        self.push(statement.offset);
        self.start = statement.end;
        self.mode = next;
    }

    fn push(&mut self, end: usize) {
        let sql = self.text.get(self.start..end).unwrap_or_default();
        let sql = sql.trim_start_matches(['\r', '\n']);
        let statements = std::mem::take(&mut self.inside);
        if statements.is_empty() {
            if !sql.trim().is_empty() {
                self.comments.push_str(sql);
            }
            return;
        }
        // Behind a COMMIT the tool was in no transaction any more.
        let is_behind = !self.steps.is_empty() && self.mode == self.outer;
        let mode = if is_behind && statements.iter().any(|one| needs_no_transaction(one)) {
            StepMode::NoTransaction
        } else {
            self.mode
        };
        let line = statements.first().map_or(0, |first| first.line);
        let sql = std::mem::take(&mut self.comments) + sql;
        match self.steps.last_mut() {
            Some(last) if last.mode == mode && mode == StepMode::NoTransaction => {
                last.sql.push_str(&sql);
            }
            Some(_) | None => self.steps.push(Step { mode, sql, line }),
        }
    }
}
