//! A run as a script, which `psql` or `sqlite3` runs where Limbeck cannot: the same steps under the same lock, with the
//! same rows of the history.
//!
//! Not here: what a run asks the database before it begins, such as which rows a downgrade would lose.

mod postgres;
mod sqlite;

use std::collections::BTreeSet;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{
    Direction, DowngradeTarget, Graph, RevisionId, StepMode, checksum, checksum_behind,
};
use limbeck_core::sql::effect::traffic;
use limbeck_core::sql::lex;

use crate::history::{
    self, Applied, AppliedRevision, Entry, HistoryTable, JournalRow, StatementsRow,
};
use crate::run::alone::{self, Way};
use crate::run::prepare::{self, Pending, Prepared};
use crate::run::stamp::{self, Stamp};
use crate::run::{Changed, Hooks, RunError, RunErrorKind, RunOptions, Target};

/// Which script.
#[derive(Clone, Copy, Debug)]
pub struct ScriptRequest<'a> {
    /// The revisions.
    pub graph: &'a Graph,
    /// The database that it is for.
    pub dialect: Dialect,
    /// What has been run on the database that it is for.
    pub applied: &'a Applied,
    /// What it does.
    pub target: ScriptTarget<'a>,
    /// How revisions are run.
    pub options: &'a RunOptions,
}

/// What a script does.
#[derive(Clone, Copy, Debug)]
pub enum ScriptTarget<'a> {
    /// Runs the targets and everything they need.
    Upgrade(&'a [RevisionId]),
    /// Takes back what builds on the target.
    Downgrade(&'a DowngradeTarget),
    /// Writes the history alone.
    Stamp(&'a DowngradeTarget, Stamp),
}

/// What a database says that stands at some revisions.
///
/// # Errors
///
/// [`RunError`] when one of them is in no file, or has nothing for the dialect.
pub fn assumed(graph: &Graph, heads: &[RevisionId], dialect: Dialect) -> Result<Applied, RunError> {
    let mut applied = Applied {
        has_tables: !heads.is_empty(),
        ..Applied::default()
    };
    let path = graph.upgrade_path(&[], heads)?;
    for revision in path.into_iter().filter_map(|id| graph.get(id)) {
        let upgrade = revision.section(Direction::Upgrade, dialect)?;
        applied.revisions.push(AppliedRevision {
            id: revision.id.clone(),
            description: revision.title().to_owned(),
            checksum: checksum(upgrade, dialect),
            applied_at: String::new(),
            parents: Some(revision.parents.clone()),
            run_by: None,
            milliseconds: None,
            version: None,
            entry: Entry::Run,
        });
    }
    Ok(applied)
}

/// Writes the script; none when there is nothing to do.
///
/// # Errors
///
/// [`RunError`] for all that a run refuses before it asks the database.
pub fn script(request: &ScriptRequest<'_>) -> Result<Option<String>, RunError> {
    let (graph, dialect) = (request.graph, request.dialect);
    // A script cannot go on in the middle of a step.
    if let Some(half) = request
        .applied
        .half
        .as_ref()
        .filter(|half| half.part.is_some())
    {
        return Err(RunErrorKind::HalfApplied(Box::new(half.clone())).into());
    }
    let target = match request.target {
        ScriptTarget::Upgrade(target) => Target::Upgrade(target),
        ScriptTarget::Downgrade(target) => Target::Downgrade(target),
        ScriptTarget::Stamp(target, purge) => return stamped(request, target, purge),
    };
    // Where the script is made, nobody knows what is in the database's history.
    let options = RunOptions {
        changed: Changed::Accept,
        // A function is in no script, so that its revision is refused.
        hooks: Hooks::default(),
        ..request.options.clone()
    };
    let pending = prepare::pending(graph, request.applied, target, dialect, &options)?;
    if pending.is_empty() {
        return Ok(None);
    }
    let direction = match target {
        Target::Upgrade(_) => Direction::Upgrade,
        Target::Downgrade(_) => Direction::Downgrade,
    };
    let mut text = head(request, Place::Begins);
    let mut tables = sqlite::Tables::Made;
    for one in &pending {
        text.push_str(&format!(
            "\n-- {direction} {}, {}\n",
            one.revision.id,
            one.revision.title()
        ));
        for number in 1..=one.steps.len() {
            let step = ScriptStep {
                pending: one,
                direction,
                number,
            };
            match dialect {
                Dialect::Postgres => postgres::write_step(&mut text, request, &step),
                Dialect::Sqlite => sqlite::write_step(&mut text, request, &step, tables),
            }
            tables = sqlite::Tables::There;
        }
    }
    Ok(Some(text))
}

/// Whether a script asks where the database stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It begins at what has been run, and nowhere else.
    Begins,
    /// Wherever the database stands, what it says is forgotten.
    Anywhere,
}

/// A step of a revision, counted from 1.
struct ScriptStep<'a> {
    pending: &'a Pending<'a>,
    direction: Direction,
    number: usize,
}

impl ScriptStep<'_> {
    fn prepared(&self) -> &Prepared {
        &self.pending.steps[self.number - 1]
    }

    fn is_last(&self) -> bool {
        self.number == self.pending.steps.len()
    }

    /// Its text as it is in the file, ended so that a statement may follow.
    fn sql(&self, dialect: Dialect) -> String {
        // A revision that has nothing to do has a step that is in no file.
        let Some(step) = self.pending.section.steps().get(self.number - 1) else {
            return String::new();
        };
        ended(&step.sql, dialect)
    }

    /// What of it is sent outside of a transaction, and what the journal says of each, as a run does it.
    fn pieces(&self, table: &HistoryTable, dialect: Dialect) -> Vec<Piece> {
        let statements = &self.prepared().statements;
        let mut checksum = String::new();
        let mut pieces = Vec::new();
        for (index, statement) in statements.iter().enumerate() {
            let behind = checksum_behind(&checksum, statement);
            let way = alone::way(statement);
            let (done, of_done, begun) = match way {
                Way::Together => (index + 1, behind.as_str(), None),
                Way::Alone | Way::Unsaid => (index, checksum.as_str(), Some(behind.as_str())),
            };
            let row = StatementsRow {
                step: self.journal_row(of_done),
                done: prepare::count(done),
                of: prepare::count(statements.len()),
                begun,
            };
            let record = history::statements_sql(table, dialect, &row, "true");
            // A shell would show what it answers.
            let record = record.strip_suffix(" RETURNING 1").map(str::to_owned);
            let has_limit = !traffic(statement).locked.is_empty();
            pieces.push(Piece {
                way,
                waits: if has_limit {
                    Waits::ForTheLimit
                } else {
                    Waits::ForEver
                },
                sql: ended(&statement.text, dialect),
                done,
                record: record.unwrap_or_default(),
            });
            checksum = behind;
        }
        pieces
    }

    fn journal_row<'b>(&'b self, checksum: &'b str) -> JournalRow<'b> {
        JournalRow {
            id: &self.pending.revision.id,
            direction: self.direction,
            step: prepare::count(self.number),
            steps: prepare::count(self.pending.steps.len()),
            checksum,
        }
    }

    /// The statements that say that it has been run, as a run writes them.
    fn record(&self, table: &HistoryTable, dialect: Dialect) -> String {
        let revision = self.pending.revision;
        let of = prepare::count(self.pending.steps.len());
        let has_part = self.prepared().mode == StepMode::NoTransaction;
        if !self.is_last() {
            let row = self.journal_row(&self.prepared().checksum);
            let insert = history::insert_journal_sql(table, dialect, &row);
            if !has_part {
                return insert;
            }
            let part = history::delete_step_sql(table, dialect, &row);
            return format!("{part};\n{insert}");
        }
        let row = match self.direction {
            Direction::Upgrade => {
                history::insert_sql(table, dialect, revision, &self.pending.checksum)
            }
            Direction::Downgrade => history::delete_sql(table, dialect, &revision.id),
        };
        if of == 1 && !has_part {
            return row;
        }
        let journal = history::delete_journal_sql(table, dialect, &revision.id);
        format!("{journal};\n{row}")
    }
}

/// How long a statement waits for locks.
#[derive(Clone, Copy)]
enum Waits {
    /// As one of a step that is a transaction: others wait behind it.
    ForTheLimit,
    ForEver,
}

/// A statement that is sent outside of the transaction of a step.
struct Piece {
    way: Way,
    waits: Waits,
    sql: String,
    /// How many statements of the step the journal says to be done.
    done: usize,
    /// What the journal says: behind the statement in its transaction, or that it is begun.
    record: String,
}

/// The text as the shell takes it, ended so that a statement may follow.
fn ended(sql: &str, dialect: Dialect) -> String {
    let text = match dialect {
        Dialect::Postgres => postgres::unvaried(sql),
        Dialect::Sqlite => sqlite::unbroken(sql),
    };
    let text = text.trim();
    let tokens = lex(text, dialect).unwrap_or_default();
    let last = tokens.iter().rev().find(|token| token.is_significant());
    match last.map(|token| token.text(text)) {
        None => String::new(),
        Some(";") => format!("{text}\n"),
        Some(_) => format!("{text}\n;\n"),
    }
}

fn head(request: &ScriptRequest<'_>, place: Place) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let what = match request.target {
        ScriptTarget::Upgrade(_) => "An upgrade",
        ScriptTarget::Downgrade(_) => "A downgrade",
        ScriptTarget::Stamp(..) => "A stamp",
    };
    let from = match place {
        Place::Begins => format!(" from {}", begin(request)),
        Place::Anywhere => String::new(),
    };
    match request.dialect {
        Dialect::Postgres => format!(
            "-- {what}{from}, written by limbeck {version} for psql:  psql URL -f FILE\n{}",
            postgres::head(request, place)
        ),
        Dialect::Sqlite => format!(
            "-- {what}{from}, written by limbeck {version} for sqlite3:  sqlite3 DATABASE < FILE\n{}",
            sqlite::head(request, place)
        ),
    }
}

/// The revisions at which the database stands that a script is for.
fn begin(request: &ScriptRequest<'_>) -> String {
    let heads = request.applied.heads(request.graph);
    match heads.as_slice() {
        [] => "base".to_owned(),
        heads => heads
            .iter()
            .map(RevisionId::as_str)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn stamped(
    request: &ScriptRequest<'_>,
    target: &DowngradeTarget,
    purge: Stamp,
) -> Result<Option<String>, RunError> {
    let (graph, dialect, table) = (request.graph, request.dialect, &request.options.history);
    let nothing = Applied::default();
    let (place, applied) = match purge {
        Stamp::Keep => (Place::Begins, request.applied),
        Stamp::Purge => (Place::Anywhere, &nothing),
    };
    let mut statements = match purge {
        Stamp::Keep => Vec::new(),
        Stamp::Purge => vec![history::purge_sql(table, dialect)],
    };
    statements.extend(stamp::rows(
        graph,
        target,
        applied,
        request.options,
        table,
        dialect,
    )?);
    if statements.is_empty() {
        return Ok(None);
    }
    let mut text = head(request, place);
    text.push('\n');
    let record = statements.join(";\n");
    match dialect {
        Dialect::Postgres => postgres::write_record(&mut text, &record),
        Dialect::Sqlite => sqlite::write_record(&mut text, request, &record),
    }
    Ok(Some(text))
}

/// The ids that a script takes for run when it begins, in order.
fn run_before<'a>(request: &ScriptRequest<'a>) -> BTreeSet<&'a str> {
    let rows = request.applied.revisions.iter();
    rows.map(|row| row.id.as_str()).collect()
}

/// Whether a step sends its statements outside of a transaction.
fn is_alone(step: &ScriptStep<'_>) -> bool {
    step.prepared().mode == StepMode::NoTransaction && !step.prepared().statements.is_empty()
}
