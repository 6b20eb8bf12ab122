//! What `limbeck revision` tells about what it found.

use std::path::Path;

use limbeck_core::op::Operation;
use limbeck_core::revision::{Revision, Section};
use limbeck_core::schema::{Models, Object, RenamedFrom};
use serde::Serialize;

use super::DialectOutcome;
use crate::command_error::CommandError;
use crate::commands::verify;
use crate::neighbours;
use crate::ui::Ui;
use crate::workspace::Workspace;

#[derive(Debug, Serialize)]
struct Written<'a> {
    revision: Option<&'a str>,
    file: Option<String>,
    dialects: Vec<OnDialect>,
}

#[derive(Debug, Serialize)]
struct OnDialect {
    dialect: &'static str,
    operations: Vec<String>,
    hazards: Vec<String>,
    upgrade: Announced,
    downgrade: Announced,
    proven_on: Option<String>,
    rows: Option<verify::ToldRows>,
}

/// What the comments of a section say before its statements.
#[derive(Debug, Default, Serialize)]
struct Announced {
    hazards: Vec<String>,
    /// The objects whose values are lost.
    loses: Vec<String>,
}

impl Announced {
    fn of(section: Option<&Section>) -> Self {
        let Some(Section::Steps(steps)) = section else {
            return Self::default();
        };
        let lines: Vec<&str> = steps.iter().flat_map(|step| step.sql.lines()).collect();
        let behind = |start: &str| {
            lines
                .iter()
                .filter_map(|line| line.strip_prefix(start))
                .map(str::to_owned)
                .collect()
        };
        Self {
            hazards: behind("-- hazard: "),
            loses: behind("-- loses: "),
        }
    }
}

/// Nothing differs on any dialect.
pub(super) fn nothing(ui: &Ui, workspace: &Workspace, models: &Models) -> Result<(), CommandError> {
    if ui.is_json() {
        return ui.json(&Written {
            revision: None,
            file: None,
            dialects: Vec::new(),
        });
    }
    if !models.schema.tables.is_empty() {
        ui.note("Nothing differs: no revision written");
        return Ok(());
    }
    ui.note("There is no model to compare with: no revision written");
    let found = workspace.neighbours();
    for one in &found {
        ui.note(format!("Found {one}"));
    }
    if !found.is_empty() {
        ui.note(format!("Next: {}", neighbours::HINT));
    }
    Ok(())
}

/// The file that was written.
pub(super) fn file(
    ui: &Ui,
    revision: &Revision,
    path: &Path,
    outcomes: &[DialectOutcome],
) -> Result<(), CommandError> {
    let file = path.display().to_string();
    if !ui.is_json() {
        ui.data(file);
        return Ok(());
    }
    let dialects = outcomes.iter().map(|outcome| {
        let operations = &outcome.comparison.operations;
        OnDialect {
            dialect: outcome.dialect.as_str(),
            operations: operations.iter().map(Operation::describe).collect(),
            hazards: hazards(outcome),
            upgrade: Announced::of(outcome.generated.as_ref().map(|made| &made.upgrade)),
            downgrade: Announced::of(outcome.generated.as_ref().map(|made| &made.downgrade)),
            proven_on: outcome
                .generated
                .as_ref()
                .map(|generated| generated.proof.server.clone()),
            rows: outcome
                .generated
                .as_ref()
                .and_then(|generated| verify::ToldRows::of(&generated.proof.rows)),
        }
    });
    ui.json(&Written {
        revision: Some(revision.id.as_str()),
        file: Some(file),
        dialects: dialects.collect(),
    })
}

/// What differs, what it puts at risk, and what was proven.
pub(super) fn findings(
    ui: &Ui,
    workspace: &Workspace,
    models: &Models,
    outcomes: &[DialectOutcome],
) {
    let line = |operation: &Operation| {
        let origin = models.origin(&operation.object());
        let origin = origin.map_or(String::new(), |origin| format!(" ({origin})"));
        format!("Detected: {}{origin}", operation.describe())
    };
    let lines = |outcome: &DialectOutcome| -> Vec<String> {
        outcome.comparison.operations.iter().map(line).collect()
    };
    tell(ui, outcomes, lines);
    tell(ui, outcomes, hazards);
    for outcome in outcomes {
        let Some(generated) = &outcome.generated else {
            ui.note(format!("Nothing differs on {}", outcome.dialect));
            continue;
        };
        let mut sentence = verify::sentence(&generated.proof);
        sentence.replace_range(..1, "P");
        ui.note(sentence);
        for line in verify::row_lines(workspace, &generated.proof.rows) {
            ui.note(line);
        }
        for table in &generated.proof.reordered {
            ui.note(format!(
                "note: the columns of `{table}` stand in another order than the fields do, since columns are added at the end"
            ));
        }
    }
}

fn hazards(outcome: &DialectOutcome) -> Vec<String> {
    (outcome.generated.iter())
        .flat_map(|generated| &generated.hazards)
        .map(ToString::to_string)
        .collect()
}

/// Tells each line once, with the dialects that it is about when it is not about all.
fn tell(ui: &Ui, outcomes: &[DialectOutcome], lines: impl Fn(&DialectOutcome) -> Vec<String>) {
    let all: Vec<(&DialectOutcome, Vec<String>)> = outcomes
        .iter()
        .map(|outcome| (outcome, lines(outcome)))
        .collect();
    let mut told: Vec<String> = Vec::new();
    for (_, lines) in &all {
        for line in lines {
            if told.contains(line) {
                continue;
            }
            told.push(line.clone());
            let dialects: Vec<&str> = all
                .iter()
                .filter(|(_, lines)| lines.contains(line))
                .map(|(outcome, _)| outcome.dialect.as_str())
                .collect();
            if dialects.len() == all.len() {
                ui.note(line);
            } else {
                ui.note(format!("{line} [{}]", dialects.join(", ")));
            }
        }
    }
}

/// Warns of `renamed_from` attributes that have nothing left to do.
pub(super) fn spent(ui: &Ui, models: &Models, outcomes: &[DialectOutcome]) {
    let is_spent = |hint: &&RenamedFrom| {
        outcomes
            .iter()
            .all(|outcome| outcome.comparison.spent.contains(hint))
    };
    let hints = outcomes
        .first()
        .map(|outcome| outcome.comparison.spent.as_slice())
        .unwrap_or_default();
    for hint in hints.iter().filter(is_spent) {
        let (object, from) = match hint {
            RenamedFrom::Table { from, to } => (Object::Table(to.clone()), from.to_string()),
            RenamedFrom::Enum { from, to } => (Object::Enum(to.clone()), from.to_string()),
            RenamedFrom::Sequence { from, to } => (Object::Sequence(to.clone()), from.to_string()),
            RenamedFrom::Column { table, from, to } => {
                (Object::Column(table.clone(), to.clone()), from.clone())
            }
            RenamedFrom::EnumValue {
                enum_type,
                from,
                to,
            } => (
                Object::EnumValue(enum_type.clone(), to.clone()),
                from.clone(),
            ),
        };
        let origin = models.origin(&object);
        let origin = origin.map_or(String::new(), |origin| format!("{origin}: "));
        ui.warning(format!("{origin}`renamed_from = \"{from}\"` on `{object}` has nothing left to rename: remove it"));
    }
}
