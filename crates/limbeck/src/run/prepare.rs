//! What a run would run, taken apart and checked before any of it runs.

use std::borrow::Cow;
use std::sync::OnceLock;

use limbeck_core::dialect::Dialect;
use limbeck_core::dialect::postgres::version::{ServerVersion, too_new_in};
use limbeck_core::passwords::without_passwords;
use limbeck_core::revision::{
    Direction, Graph, Requirement, Revision, Section, Step, StepMode, checksum, checksum_behind,
};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::effect::{
    Traffic, changes_session, is_ignored_in_transaction, needs_no_transaction, traffic,
};
use limbeck_core::sql::{Statement, is_transaction_control, split};

use crate::history::{Applied, Half, Part};
use crate::run::{Changed, Hook, Misfit, RunError, RunErrorKind, RunOptions, Target, gap};

/// The longest first line of a statement that an error shows.
const SHOWN_CHARACTERS: usize = 120;

/// A revision that is to be run.
pub(super) struct Pending<'a> {
    pub(super) revision: &'a Revision,
    pub(super) file: &'a str,
    /// What of it is run.
    pub(super) section: &'a Section,
    /// The checksum of its upgrade.
    pub(super) checksum: String,
    /// At least one: a revision without any has an empty one, which writes the history.
    pub(super) steps: Vec<Prepared>,
    /// How many of them have been run.
    pub(super) done: u32,
    /// What changes data in the transaction of the last one.
    pub(super) hook: Option<&'a Hook>,
    /// How far the next one is.
    pub(super) part: Option<Part>,
}

impl Pending<'_> {
    /// The step of a revision that is one message and nothing else.
    pub(super) fn only_step(&self) -> Option<&Prepared> {
        let is_begun = self.done > 0 || self.part.is_some();
        match self.steps.as_slice() {
            [only] if !is_begun && self.hook.is_none() && only.is_one_message() => Some(only),
            _ => None,
        }
    }

    /// The steps that are still to be run, the first one without its statements that have been.
    pub(super) fn left(&self) -> Section {
        let rest = self.section.steps();
        let mut rest = rest.get(self.done as usize..).unwrap_or_default().to_vec();
        let step = self.steps.get(self.done as usize);
        let last =
            step.and_then(|step| step.statements.get(self.statements_done().checked_sub(1)?));
        if let (Some(first), Some(last)) = (rest.first_mut(), last) {
            // What stands between two statements may be said of the later one.
            let before = first.line.saturating_sub(1) as usize;
            let cut = (last.offset + last.text.len()).saturating_sub(before);
            let sql = first.sql.get(cut..).unwrap_or_default();
            first.line = last.line + count(last.text.matches('\n').count());
            first.sql = sql.trim_start().trim_start_matches(';').to_owned();
        }
        Section::Steps(rest)
    }

    /// The statements that are still to be run.
    pub(super) fn statements_left(&self) -> impl Iterator<Item = &Statement> + Clone {
        let rest = self.steps.get(self.done as usize..).unwrap_or_default();
        let statements = rest.iter().flat_map(|step| &step.statements);
        statements.skip(self.statements_done())
    }

    /// How many statements of the next step have been run.
    pub(super) fn statements_done(&self) -> usize {
        self.part.as_ref().map_or(0, |part| part.done as usize)
    }
}

/// A step, cut into its statements.
pub(super) struct Prepared {
    pub(super) mode: StepMode,
    pub(super) line: u32,
    pub(super) checksum: String,
    /// Their lines are those of the file.
    pub(super) statements: Vec<Statement>,
    /// Whether a setting may outlive the step: the next revision must not depend on whether the same
    /// connection ran this one.
    pub(super) changes_session: bool,
    /// What each statement says of locks, once somebody has asked.
    pub(super) traffic: OnceLock<Vec<Traffic>>,
}

impl Prepared {
    /// Whether all of it may be sent at once: the server reads a message to its end before it runs any of it, and a
    /// setting may say how what follows is to be read.
    pub(super) fn is_one_message(&self) -> bool {
        let sets = || self.traffic().iter().any(|one| one.is_setting);
        self.mode == StepMode::Transaction && !self.changes_session && !sets()
    }

    /// What each statement says of locks.
    pub(super) fn traffic(&self) -> &[Traffic] {
        let of = || self.statements.iter().map(traffic).collect();
        self.traffic.get_or_init(of)
    }

    /// The tables that the statements make.
    pub(super) fn made(&self) -> impl Iterator<Item = &QualifiedName> {
        self.traffic().iter().filter_map(|one| one.made.as_ref())
    }
}

/// Returns what is to be run, in its order.
pub(super) fn pending<'a>(
    graph: &'a Graph,
    applied: &Applied,
    target: Target<'_>,
    dialect: Dialect,
    options: &'a RunOptions,
) -> Result<Vec<Pending<'a>>, RunError> {
    let direction = match target {
        Target::Upgrade(_) => Direction::Upgrade,
        Target::Downgrade(_) => Direction::Downgrade,
    };
    check_applied(graph, applied, direction, dialect, options)?;
    let mut path = match target {
        Target::Upgrade(target) => graph.upgrade_path(&applied.heads(graph), target)?,
        Target::Downgrade(target) => gap::downgrade_path(graph, applied, target)?,
    };
    if let Some(half) = &applied.half {
        // Everything that it needs is there already, so it may come first.
        match path.iter().position(|id| **id == half.id) {
            Some(at) if half.direction == direction => path[..=at].rotate_right(1),
            Some(_) | None => {
                return Err(RunErrorKind::HalfApplied(Box::new(half.clone())).into());
            }
        }
    }
    let half = applied.half.as_ref();
    path.into_iter()
        .filter_map(|id| Some((graph.get(id)?, graph.file(id)?)))
        .map(|(revision, file)| {
            let half = half.filter(|half| half.id == revision.id);
            let hook = hook(revision, file, direction, dialect, options)?;
            one(graph, revision, file, direction, dialect, half, hook)
        })
        .collect()
}

/// The first step still to be run that sends statements outside of a transaction: file and line.
pub(super) fn outside_transaction<'a>(pending: &[Pending<'a>]) -> Option<(&'a str, u32)> {
    let mut steps = pending.iter().flat_map(|one| {
        let steps = one.steps[one.done as usize..].iter();
        steps.map(|step| (one.file, step))
    });
    let found =
        steps.find(|(_, step)| step.mode == StepMode::NoTransaction && !step.statements.is_empty());
    found.map(|(file, step)| (file, step.line))
}

/// Refuses what a server is too old for, in the steps that are still to be run.
pub(super) fn check_version(
    pending: &[Pending<'_>],
    server: Option<ServerVersion>,
) -> Result<(), RunError> {
    for one in pending {
        check_steps(&one.steps[one.done as usize..], one.file, server)?;
    }
    Ok(())
}

/// Refuses the first statement that asks for what the server does not have.
pub(super) fn check_steps(
    steps: &[Prepared],
    file: &str,
    server: Option<ServerVersion>,
) -> Result<(), RunError> {
    let Some(found) = server else {
        // SQLite is built in: what it lacks, it lacks for every user.
        return Ok(());
    };
    if !found.is_supported() {
        return Err(RunErrorKind::Unsupported { found }.into());
    }
    let mut statements = steps.iter().flat_map(|step| &step.statements);
    match statements.find_map(|statement| too_new_in(statement, found)) {
        Some((feature, line)) => Err(RunErrorKind::TooOld {
            file: file.to_owned(),
            line,
            feature,
            found,
        }
        .into()),
        None => Ok(()),
    }
}

fn check_applied(
    graph: &Graph,
    applied: &Applied,
    direction: Direction,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<(), RunError> {
    let unknown = applied.unknown(graph);
    if !unknown.is_empty() {
        let rows = applied.unknown_rows(graph);
        return Err(RunErrorKind::UnknownApplied { unknown, rows }.into());
    }
    if direction == Direction::Upgrade
        && let Some(gap) = applied.gap(graph)
    {
        return Err(RunErrorKind::Gap(Box::new(gap)).into());
    }
    // What was run is of no account to a downgrade, which the checksum does not cover.
    if direction == Direction::Upgrade
        && options.changed == Changed::Refuse
        && let Some(id) = applied.changed(graph, dialect).into_iter().next()
    {
        let file = graph.file(&id).unwrap_or_default().to_owned();
        return Err(RunErrorKind::RevisionChanged { id, file }.into());
    }
    Ok(())
}

/// The function that a revision needs. The way back is its SQL alone.
fn hook<'a>(
    revision: &Revision,
    file: &str,
    direction: Direction,
    dialect: Dialect,
    options: &'a RunOptions,
) -> Result<Option<&'a Hook>, RunError> {
    if direction == Direction::Downgrade || !revision.requires.contains(&Requirement::Hook) {
        return Ok(None);
    }
    let hook = options.hooks.get(&revision.id, dialect);
    let hook = hook.ok_or_else(|| RunErrorKind::NoHook {
        id: revision.id.clone(),
        file: file.to_owned(),
    });
    Ok(Some(hook?))
}

fn one<'a>(
    graph: &Graph,
    revision: &'a Revision,
    file: &'a str,
    direction: Direction,
    dialect: Dialect,
    half: Option<&Half>,
    hook: Option<&'a Hook>,
) -> Result<Pending<'a>, RunError> {
    let section = revision.section(direction, dialect)?;
    let upgrade = revision.section(Direction::Upgrade, dialect)?;
    let sum = graph.checksum(&revision.id, dialect);
    let sum = sum.map_or_else(|| checksum(upgrade, dialect), Cow::into_owned);
    let known = (direction == Direction::Upgrade).then_some(sum.as_str());
    let mut steps = steps_knowing(section, file, dialect, known)?;
    let empty = || Prepared {
        mode: StepMode::Transaction,
        line: 0,
        checksum: String::new(),
        statements: Vec::new(),
        changes_session: false,
        traffic: OnceLock::new(),
    };
    let has_transaction = |step: &Prepared| step.mode != StepMode::NoTransaction;
    if hook.is_some() && !steps.last().is_some_and(has_transaction) {
        steps.push(empty());
    }
    if let Some(half) = half {
        check_frozen(&steps, revision, file, half)?;
    }
    if steps.is_empty() {
        steps.push(empty());
    }
    Ok(Pending {
        revision,
        file,
        section,
        checksum: sum,
        steps,
        done: half.map_or(0, |half| half.done),
        hook,
        part: half.and_then(|half| half.part.clone()),
    })
}

/// The checksum of the first statements of a step, as the journal keeps it.
pub(super) fn checksum_of(statements: &[Statement]) -> String {
    let all = statements.iter();
    all.fold(String::new(), |before, one| checksum_behind(&before, one))
}

fn check_frozen(
    steps: &[Prepared],
    revision: &Revision,
    file: &str,
    half: &Half,
) -> Result<(), RunError> {
    // The last step writes the history, so one must be left to run.
    if steps.len() <= half.checksums.len() {
        return Err(RunErrorKind::FewerSteps {
            id: revision.id.clone(),
            file: file.to_owned(),
            direction: half.direction,
            steps: count(steps.len()),
            done: half.done,
        }
        .into());
    }
    let mut pairs = steps.iter().zip(&half.checksums);
    if let Some(index) = pairs.position(|(step, run)| step.checksum != *run) {
        return Err(RunErrorKind::FrozenStep {
            id: revision.id.clone(),
            file: file.to_owned(),
            direction: half.direction,
            step: count(index + 1),
        }
        .into());
    }
    let Some(part) = &half.part else {
        return Ok(());
    };
    let step = &steps[half.checksums.len()];
    let run = step.statements.get(..part.done as usize);
    let is_same = step.mode == StepMode::NoTransaction
        && run.is_some_and(|run| checksum_of(run) == part.checksum);
    if is_same {
        return Ok(());
    }
    Err(RunErrorKind::FrozenStatements {
        id: revision.id.clone(),
        file: file.to_owned(),
        direction: half.direction,
        step: count(half.checksums.len() + 1),
        statements: part.done,
    }
    .into())
}

/// Takes the steps of a section apart and refuses statements that cannot run where they stand.
pub(super) fn steps(
    section: &Section,
    file: &str,
    dialect: Dialect,
) -> Result<Vec<Prepared>, RunError> {
    steps_knowing(section, file, dialect, None)
}

/// The same; where the checksum of the section is known, it is that of its only step.
fn steps_knowing(
    section: &Section,
    file: &str,
    dialect: Dialect,
    known: Option<&str>,
) -> Result<Vec<Prepared>, RunError> {
    match section {
        Section::Steps(steps) => {
            let known = known.filter(|_| steps.len() == 1);
            let prepared = steps.iter().map(|step| prepare(step, file, dialect, known));
            prepared.collect()
        }
        Section::Irreversible(reason) => Err(RunErrorKind::Irreversible {
            file: file.to_owned(),
            reason: reason.clone(),
        }
        .into()),
        // `Revision::section` refuses it before.
        Section::Unwritten(_) => Ok(Vec::new()),
    }
}

fn prepare(
    step: &Step,
    file: &str,
    dialect: Dialect,
    known: Option<&str>,
) -> Result<Prepared, RunError> {
    if step.mode == StepMode::ForeignKeysOff && dialect != Dialect::Sqlite {
        return Err(RunErrorKind::ForeignKeysOff {
            file: file.to_owned(),
            line: step.line,
        }
        .into());
    }
    // The lines before it make every line number that of the file.
    let before = step.line.saturating_sub(1) as usize;
    let text = "\n".repeat(before) + &step.sql;
    let statements = split(&text, dialect).map_err(|source| RunErrorKind::Sql {
        file: file.to_owned(),
        source,
    })?;
    for statement in &statements {
        if let Some(misfit) = misfit(statement, step.mode) {
            return Err(RunErrorKind::Misplaced {
                file: file.to_owned(),
                line: statement.line,
                statement: shown(&statement.text),
                misfit,
            }
            .into());
        }
    }
    Ok(Prepared {
        mode: step.mode,
        line: step.line,
        checksum: known.map_or_else(
            || checksum(&Section::Steps(vec![step.clone()]), dialect),
            str::to_owned,
        ),
        changes_session: statements.iter().any(changes_session),
        statements,
        traffic: OnceLock::new(),
    })
}

fn misfit(statement: &Statement, mode: StepMode) -> Option<Misfit> {
    if is_transaction_control(statement) {
        return Some(Misfit::TransactionControl);
    }
    if mode == StepMode::NoTransaction {
        let is_discard =
            statement.dialect == Dialect::Postgres && statement.words(2) == ["discard", "all"];
        return is_discard.then_some(Misfit::GivesLockBack);
    }
    if needs_no_transaction(statement) {
        return Some(Misfit::NeedsNoTransaction);
    }
    is_ignored_in_transaction(statement).then_some(Misfit::IgnoredInTransaction)
}

/// The first line of a statement, shortened and without passwords: an application writes errors to its log.
pub(super) fn shown(statement: &str) -> String {
    let statement = without_passwords(statement);
    let line = statement.lines().next().unwrap_or_default().trim_end();
    if line.chars().count() <= SHOWN_CHARACTERS {
        return line.to_owned();
    }
    let start: String = line.chars().take(SHOWN_CHARACTERS - 1).collect();
    start + "…"
}

/// No file has more steps than fit.
pub(super) fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(sql: &str, dialect: Dialect) -> Statement {
        split(sql, dialect).unwrap().remove(0)
    }

    #[test]
    fn misfits_are_seen() {
        use Dialect::{Postgres, Sqlite};
        use Misfit::{IgnoredInTransaction, NeedsNoTransaction, TransactionControl};
        let cases = [
            (Postgres, "COMMIT", Some(TransactionControl)),
            (Sqlite, "END", Some(TransactionControl)),
            (Sqlite, "vacuum", Some(NeedsNoTransaction)),
            (
                Sqlite,
                "PRAGMA foreign_keys = OFF",
                Some(IgnoredInTransaction),
            ),
            (Postgres, "ROLLBACK TO s", None),
        ];
        for (dialect, sql, expected) in cases {
            let statement = first(sql, dialect);
            assert_eq!(misfit(&statement, StepMode::Transaction), expected, "{sql}");
        }
        for (sql, expected) in [
            ("VACUUM", None),
            ("DISCARD PLANS", None),
            ("discard all", Some(Misfit::GivesLockBack)),
        ] {
            let statement = first(sql, Postgres);
            assert_eq!(
                misfit(&statement, StepMode::NoTransaction),
                expected,
                "{sql}"
            );
        }
    }

    #[test]
    fn a_server_that_is_too_old_is_refused_with_file_and_line() {
        let step = |sql: &str, line| Step {
            mode: StepMode::Transaction,
            sql: sql.to_owned(),
            line,
        };
        let section = Section::Steps(vec![
            step("CREATE TABLE t (a int);\n", 8),
            step(
                "ALTER TABLE t\n    ADD COLUMN b int GENERATED ALWAYS AS (a) VIRTUAL;\n",
                11,
            ),
        ]);
        let steps = steps(&section, "a.sql", Dialect::Postgres).expect("is taken apart");
        let check = |version| {
            let outcome = check_steps(&steps, "a.sql", Some(ServerVersion(version)));
            outcome.map_err(|error| error.to_string())
        };
        assert_eq!(
            check(170_004),
            Err("a.sql:12: a virtual generated column needs PostgreSQL 18, and the server is PostgreSQL 17.4".to_owned())
        );
        assert_eq!(check(180_000), Ok(()));
        assert_eq!(
            check(120_022),
            Err("the server is PostgreSQL 12.22, and Limbeck needs 13".to_owned())
        );
        // What has been run stays run, whatever it took.
        assert!(check_steps(&steps[..1], "a.sql", Some(ServerVersion(130_000))).is_ok());
        assert!(check_steps(&steps, "a.sql", None).is_ok());
    }

    #[test]
    fn long_statements_are_shortened() {
        assert_eq!(shown("SELECT 1\nFROM t"), "SELECT 1");
        assert_eq!(shown(&"é".repeat(120)), "é".repeat(120));
        assert_eq!(shown(&"é".repeat(121)), "é".repeat(119) + "…");
    }
}
