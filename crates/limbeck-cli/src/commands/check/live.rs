//! A live database against its revisions, and what of these it has not run.

use std::collections::BTreeSet;

use limbeck::folder::Folder;
use limbeck::history::Applied;
use limbeck_core::dialect::Dialect;
use limbeck_core::op::Operation;
use limbeck_engine::drift::drift_of;
use limbeck_engine::state::Bench;

use super::{Asked, Finding, Live, Looked, Report, What, left_to_others};
use crate::command_error::CommandError;
use crate::explain;
use crate::ui::Ui;
use crate::workspace::{Workspace, short};

/// Compares the database with what it has run, and tells what it has not.
pub(super) async fn check_live(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    asked: Asked<'_>,
    bench: &mut Bench,
    live: Live,
    report: &mut Report,
) -> Result<(), CommandError> {
    let wants = |what: What| asked.args.only.is_none_or(|only| only == what);
    let Live { url, database } = live;
    let dialect = url.dialect();
    report.live = Some(url.to_string());
    let Some(Looked { applied, found, .. }) = database else {
        ui.note(format!(
            "`{url}` is not there yet: every revision is pending"
        ));
        if wants(What::Pending) {
            add_pending(folder, &Applied::default(), dialect, report);
        }
        return Ok(());
    };
    report.gap = applied.gap(&folder.graph);
    if wants(What::Pending) {
        add_pending(folder, &applied, dialect, report);
    }
    if wants(What::Drift) {
        let changed = applied.changed(&folder.graph, dialect);
        for id in changed {
            let file = folder.graph.file(&id).unwrap_or_default();
            add_live(
                report,
                What::Drift,
                dialect,
                format!("{file}: changed since it was run as revision `{id}`"),
            );
        }
        let unknown = applied.unknown(&folder.graph);
        for id in &unknown {
            add_live(
                report,
                What::Drift,
                dialect,
                format!("revision `{id}` has been run and is in no file"),
            );
        }
        let Some(found) = found else {
            let text = match &report.gap {
                Some(gap) => format!("{gap}: the objects of the database were not compared"),
                None => "the database stands between two revisions: its objects were not compared"
                    .to_owned(),
            };
            if !wants(What::Pending) && unknown.is_empty() {
                add_live(report, What::Drift, dialect, text);
            } else {
                ui.note(text);
            }
            return Ok(());
        };
        let heads = applied.heads(&folder.graph);
        let progress = ui.progress("Comparing the database with its revisions");
        let unmanaged = workspace.unmanaged();
        let outcome = drift_of(bench, folder, found, &heads, &unmanaged, asked.ignored).await;
        drop(progress);
        let found = outcome.map_err(|error| explain::drift(&error))?;
        for operation in &found.operations {
            add_live(report, What::Drift, dialect, done_by_others(operation));
        }
        for sentence in &found.said {
            let text = format!("besides the revisions: {sentence}");
            add_live(report, What::Drift, dialect, text);
        }
        report
            .unmanaged
            .extend(found.unmanaged.iter().map(left_to_others));
    }
    Ok(())
}

fn done_by_others(operation: &Operation) -> String {
    format!("besides the revisions: {}", operation.describe())
}

fn add_pending(folder: &Folder, applied: &Applied, dialect: Dialect, report: &mut Report) {
    let graph = &folder.graph;
    let gap = report.gap.clone();
    if let Some(half) = &applied.half {
        let text = format!(
            "{} is half run ({}, {half})",
            short(graph, &half.id),
            half.direction
        );
        add_live(report, What::Pending, dialect, text);
    }
    for id in applied.pending(graph) {
        if applied.half.as_ref().is_some_and(|half| half.id == id) {
            continue;
        }
        let title = graph.get(&id).map_or("", |revision| revision.title());
        let mut text = format!("{}, {title}", short(graph, &id));
        match &gap {
            Some(gap) if gap.id == id => text += &format!(": {gap}"),
            Some(gap) if gap.missing.contains(&id) => text += " (needed by what has been run)",
            Some(_) | None => {}
        }
        add_live(report, What::Pending, dialect, text);
    }
}

pub(super) fn add_live(report: &mut Report, what: What, dialect: Dialect, text: String) {
    report.findings.push(Finding {
        what,
        dialects: BTreeSet::from([dialect]),
        object: None,
        path: None,
        file: None,
        line: None,
        text,
    });
}
