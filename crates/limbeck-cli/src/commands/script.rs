//! `--sql`: the script of a run, for somebody else to run.

use limbeck::history::{self, JournalRow};
use limbeck_core::dialect::Dialect;
use limbeck_core::plan::StepMode;
use limbeck_core::revision::{
    Direction, Graph, Revision, RevisionId, Section, SectionError, Step, checksum,
};
use limbeck_core::sql::quote_identifier;

use crate::command_error::CommandError;
use crate::explain;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve, resolve_downgrade};

/// Which script.
#[derive(Debug)]
pub(super) struct Script<'a> {
    pub(super) direction: Direction,
    /// A target, or `from:to`, which needs no database.
    pub(super) target: &'a str,
}

pub(super) async fn print(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
    script: &Script<'_>,
) -> Result<(), CommandError> {
    let (from, to) = match script.target.split_once(':') {
        Some((from, to)) => (resolve(graph, from, &[])?, to),
        None => (current(workspace, graph).await?, script.target),
    };
    let path = match script.direction {
        Direction::Upgrade => graph.upgrade_path(&from, &resolve(graph, to, &from)?),
        Direction::Downgrade => graph.downgrade_path(&from, &resolve_downgrade(graph, to, &from)?),
    };
    let path = path.map_err(|error| explain::graph(&error))?;
    let dialect = dialect(workspace)?;
    workspace.refuse_unsaid(graph, dialect)?;
    // Everything is found before anything is printed: half a script is worse than none.
    let mut text = String::new();
    if from.is_empty() && script.direction == Direction::Upgrade && !path.is_empty() {
        text.push_str(&history::ensure_sql(&workspace.history_table(), dialect));
        text.push_str(";\n");
    }
    for id in path {
        if let Some(revision) = graph.get(id) {
            write(&mut text, workspace, revision, script.direction, dialect)?;
        }
    }
    if text.is_empty() {
        ui.note("Nothing to run");
        return Ok(());
    }
    ui.verbatim(text.trim());
    Ok(())
}

async fn current(workspace: &Workspace, graph: &Graph) -> Result<Vec<RevisionId>, CommandError> {
    let url = workspace.required_url()?;
    let Some(mut connection) = workspace.look(&url).await? else {
        return Ok(Vec::new());
    };
    let applied = workspace.applied(&mut connection).await?;
    if let Some(half) = &applied.half {
        let text = format!(
            "the {} of `{}` is half done (step {} of {})",
            half.direction, half.id, half.done, half.of
        );
        return Err(CommandError::config(text).hint("finish it by running it without --sql"));
    }
    Ok(applied.heads(graph))
}

fn dialect(workspace: &Workspace) -> Result<Dialect, CommandError> {
    if let Some(url) = workspace.url()? {
        return Ok(url.dialect());
    }
    match workspace.dialects()?.as_slice() {
        [one] => Ok(*one),
        _ => {
            Err(CommandError::usage("for which dialect?")
                .hint("--dialect postgres\n--dialect sqlite"))
        }
    }
}

fn write(
    text: &mut String,
    workspace: &Workspace,
    revision: &Revision,
    direction: Direction,
    dialect: Dialect,
) -> Result<(), CommandError> {
    let config = |error: SectionError| explain::section(workspace, &error);
    let table = workspace.history_table();
    let section = revision.section(direction, dialect).map_err(config)?;
    let upgrade = revision
        .section(Direction::Upgrade, dialect)
        .map_err(config)?;
    let steps = match section {
        Section::Steps(steps) => steps,
        Section::Irreversible(reason) => {
            let text = format!("revision `{}` cannot be taken back: {reason}", revision.id);
            return Err(CommandError::config(text));
        }
    };
    let empty = [Step {
        mode: StepMode::Transaction,
        sql: String::new(),
        line: 0,
    }];
    let steps = if steps.is_empty() {
        empty.as_slice()
    } else {
        steps
    };
    let of = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    text.push_str(&format!(
        "\n-- {direction} {}, {}\n",
        revision.id,
        revision.title()
    ));
    for (number, step) in (1..).zip(steps) {
        let record = if number == of {
            let row = match direction {
                Direction::Upgrade => {
                    history::insert_sql(&table, dialect, revision, &checksum(upgrade, dialect))
                }
                Direction::Downgrade => history::delete_sql(&table, dialect, &revision.id),
            };
            if of == 1 {
                row
            } else {
                format!(
                    "{};\n{row}",
                    history::delete_journal_sql(&table, dialect, &revision.id)
                )
            }
        } else {
            let checksum = checksum(&Section::Steps(vec![step.clone()]), dialect);
            let row = JournalRow {
                id: &revision.id,
                direction,
                step: number,
                steps: of,
                checksum: &checksum,
            };
            history::insert_journal_sql(&table, dialect, &row)
        };
        write_step(text, workspace, step, &record, dialect);
    }
    Ok(())
}

fn write_step(
    text: &mut String,
    workspace: &Workspace,
    step: &Step,
    record: &str,
    dialect: Dialect,
) {
    let sql = step.sql.trim();
    let settings = settings(workspace, dialect);
    let end = if sql.is_empty() || sql.ends_with(';') {
        ""
    } else {
        "\n;"
    };
    match step.mode {
        StepMode::NoTransaction => {
            text.push_str(&format!(
                "{sql}{end}\nBEGIN;\n{settings}{record};\nCOMMIT;\n"
            ));
        }
        StepMode::Transaction => {
            text.push_str(&format!(
                "BEGIN;\n{settings}{sql}{end}\n{record};\nCOMMIT;\n"
            ));
        }
        StepMode::ForeignKeysOff => {
            text.push_str(&format!(
                "PRAGMA foreign_keys = OFF;\nBEGIN;\n{sql}{end}\n{record};\nCOMMIT;\nPRAGMA foreign_keys = ON;\n"
            ));
        }
    }
}

fn settings(workspace: &Workspace, dialect: Dialect) -> String {
    let options = workspace.run_options();
    let mut text = String::new();
    if dialect == Dialect::Sqlite {
        return text;
    }
    text.push_str(&format!(
        "SET LOCAL lock_timeout = '{}ms';\n",
        options.lock_timeout.as_millis()
    ));
    if let Some(role) = &options.role {
        text.push_str(&format!(
            "SET LOCAL ROLE {};\n",
            quote_identifier(role, dialect)
        ));
    }
    if let Some(path) = &options.search_path {
        text.push_str(&format!("SET LOCAL search_path = {path};\n"));
    }
    text
}
