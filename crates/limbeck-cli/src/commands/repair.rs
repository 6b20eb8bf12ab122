//! `limbeck repair`: edited files are taken for what has been run, once somebody has looked at them.

use clap::Args;
use limbeck::run::{self, Kept, Stale};
use limbeck_core::revision::RevisionId;
use serde::Serialize;

use crate::command_error::{CommandError, Kind};
use crate::commands::identifier;
use crate::explain;
use crate::signals;
use crate::ui::{Ui, count};
use crate::workspace::{Workspace, short};

/// Take edited files for what has been run, once you have looked at them
#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// Only these revisions: ids, the start of one, labels
    #[arg(allow_negative_numbers = true, value_name = "ID")]
    pub(crate) revisions: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// What is written, as programs read it.
#[derive(Debug, Serialize)]
struct Repaired<'a> {
    revision: &'a RevisionId,
    file: &'a str,
    /// The checksum of the upgrade that the history had, and has now, where they differ.
    checksum: Option<[&'a str; 2]>,
    /// Whether the downgrade that the history keeps is written, too.
    downgrade: bool,
}

pub(crate) async fn cmd_repair(
    ui: &Ui,
    workspace: &Workspace,
    args: &RepairArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let mut only = Vec::new();
    for text in &args.revisions {
        only.extend(identifier::in_files(ui, workspace, graph, text).await?);
    }
    let url = workspace.required_url()?;
    workspace.refuse_unsaid(graph, url.dialect())?;
    let Some(mut connection) = workspace.look(&url).await? else {
        ui.note(format!("`{url}` is not there yet"));
        return Ok(());
    };
    let applied = workspace.applied(&mut connection).await?;
    if let Some(half) = applied.half {
        return Err(explain::run(
            &run::RunErrorKind::HalfApplied(Box::new(half)).into(),
        ));
    }
    if let Some(id) = only.iter().find(|id| !applied.contains(id)) {
        let text = format!("revision `{id}` has not been run on `{url}`");
        return Err(CommandError::usage(text).hint("limbeck current"));
    }
    let options = workspace.run_options();
    let told = run::stale(&mut connection, graph, &only, &options).await;
    let told = told.map_err(|error| explain::history(&error))?;
    if told.is_empty() {
        if ui.is_json() {
            return ui.json(&Vec::<Repaired<'_>>::new());
        }
        ui.note("Nothing to repair: the history has what the files say");
        return Ok(());
    }
    if !ui.is_json() {
        for stale in &told {
            show(ui, &short(graph, &stale.id), stale);
        }
    }
    agree(ui, args, told.len())?;
    let run = run::repair(&mut connection, graph, &told, &options);
    let written = signals::mind(ui, &options.stop, run, explain::run).await?;
    if ui.is_json() {
        let rows = told.iter().filter(|stale| written.contains(&stale.id));
        return ui.json(&rows.map(repaired).collect::<Vec<_>>());
    }
    ui.note(format!("Repaired {}", count(written.len(), "revision")));
    Ok(())
}

fn show(ui: &Ui, id: &str, stale: &Stale) {
    ui.data(format!("{id} {}", stale.file));
    if let Some((was, is)) = &stale.upgrade {
        ui.data("  the upgrade says something else than what was run");
        ui.data(format!("    run:  {was}"));
        ui.data(format!("    file: {is}"));
    }
    match stale.downgrade {
        Kept::Same => {}
        Kept::Other => {
            ui.data("  the history keeps another downgrade, or header, than the file has");
        }
        Kept::Nothing => {
            ui.data("  the history keeps no downgrade: an earlier version of Limbeck has run it");
        }
    }
}

fn repaired(stale: &Stale) -> Repaired<'_> {
    let checksum = stale.upgrade.as_ref();
    Repaired {
        revision: &stale.id,
        file: &stale.file,
        checksum: checksum.map(|(was, is)| [was.as_str(), is.as_str()]),
        downgrade: stale.downgrade != Kept::Same,
    }
}

fn agree(ui: &Ui, args: &RepairArgs, number: usize) -> Result<(), CommandError> {
    if args.yes {
        return Ok(());
    }
    let undecided = || {
        let again: Vec<&str> = args.revisions.iter().map(String::as_str).collect();
        let again = [&["limbeck repair"][..], &again, &["--yes"]].concat();
        CommandError::new(Kind::Usage, "nothing is written without a yes").hint(again.join(" "))
    };
    if !ui.can_ask() {
        return Err(undecided());
    }
    let question = format!(
        "Is the database as the {} now say{}? Nothing is run",
        if number == 1 { "file" } else { "files" },
        if number == 1 { "s" } else { "" }
    );
    let agreed = ui.ask_whether(&question);
    if agreed.map_err(|error| CommandError::of(Kind::Usage, &error))? {
        return Ok(());
    }
    Err(undecided())
}
