//! What a check has found, told to a person.

use std::collections::BTreeMap;

use limbeck::folder::Folder;
use limbeck_core::compare::Ignored;
use limbeck_core::schema::Object;

use super::{Report, What};
use crate::command_error::{CommandError, Kind};
use crate::commands::merge::by_hand;
use crate::hint;
use crate::ignore::nothing_differs;
use crate::ui::{Ui, count};
use crate::workspace::Workspace;

pub(super) fn show(ui: &Ui, workspace: &Workspace, report: &Report) -> Result<(), CommandError> {
    let dialects = workspace.dialects()?.len();
    for finding in &report.findings {
        let mut line = String::new();
        if let (Some(file), Some(number)) = (&finding.file, finding.line) {
            line = format!("{file}:{number}: ");
        }
        if let Some(path) = &finding.path {
            line = format!("{line}{path}: ");
        }
        match finding.what {
            What::Models => {}
            What::Drift => line.push_str("drift: "),
            What::Pending => line.push_str("pending: "),
            What::Branches => line.push_str("branches: "),
        }
        line.push_str(&finding.text);
        if finding.what == What::Models && finding.dialects.len() < dialects {
            let names: Vec<&str> = finding
                .dialects
                .iter()
                .map(|dialect| dialect.as_str())
                .collect();
            line = format!("{line} [{}]", names.join(", "));
        }
        ui.data(line);
    }
    for name in &report.unmanaged {
        ui.note(format!("unmanaged: {name}"));
    }
    Ok(())
}

/// What is left to others, as a note names it.
pub(in crate::commands) fn left_to_others(object: &Object) -> String {
    match object {
        // The column itself is managed.
        Object::Column(..) => format!("the default of {object}"),
        object => object.to_string(),
    }
}

pub(super) fn conclude(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    report: &Report,
    ignored: &Ignored,
) -> Result<(), CommandError> {
    let mut numbers: BTreeMap<What, usize> = BTreeMap::new();
    for finding in &report.findings {
        *numbers.entry(finding.what).or_default() += 1;
    }
    if numbers.is_empty() {
        ui.note(if report.lacks_models {
            "There is no model to compare with".to_owned()
        } else {
            nothing_differs(ignored)
        });
        return Ok(());
    }
    if !ignored.is_empty() {
        ui.note(format!("note: {} ignored", ignored.words()));
    }
    let of_branches = numbers.get(&What::Branches).copied().unwrap_or_default();
    // One of them says that there are several heads.
    let clashes = of_branches - usize::from(!report.heads.is_empty());
    let parts: Vec<String> = numbers
        .iter()
        .map(|(what, number)| match what {
            What::Models => format!(
                "{} between models and revisions",
                count(*number, "difference")
            ),
            What::Drift => format!(
                "{} between the database and its revisions",
                count(*number, "difference")
            ),
            What::Pending => format!("{} pending", count(*number, "revision")),
            What::Branches if clashes == 0 => count(report.heads.len(), "head"),
            What::Branches => format!("{} between branches", count(clashes, "difference")),
        })
        .collect();
    let mut error = CommandError::new(Kind::Differs, parts.join(", "));
    let by_hand = by_hand(&report.heads);
    let gap = report.gap.as_ref().map(hint::gap);
    let has_branches = folder.graph.heads().len() > 1;
    for what in numbers.keys() {
        if let (What::Drift | What::Pending, Some(gap)) = (what, &gap) {
            error = error.hint(gap);
            continue;
        }
        error = error.hint(match (what, has_branches) {
            (What::Models, false) => "limbeck revision --autogenerate -m \"…\"",
            (What::Models, true) => "limbeck revision --autogenerate -m \"…\" --head heads",
            (What::Drift, _) => "write the change into a revision, or undo it in the database",
            (What::Pending, false) => workspace.upgrade_command(),
            (What::Pending, true) => "limbeck upgrade heads",
            (What::Branches, _) if clashes == 0 => "limbeck merge heads",
            (What::Branches, _) if report.heads.is_empty() => "limbeck verify",
            (What::Branches, _) => by_hand.as_str(),
        });
    }
    Err(error)
}
