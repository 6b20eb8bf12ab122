//! `limbeck stamp`: tells the database at which revision it is, without running anything.

use std::collections::BTreeSet;

use clap::Args;
use limbeck::folder::Folder;
use limbeck::history::Applied;
use limbeck::run::{self, Stamp};
use limbeck_core::revision::{DowngradeTarget, Graph, RevisionId};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::commands::script::{self, Script};
use crate::explain;
use crate::signals;
use crate::ui::{Ui, count};
use crate::workspace::{Workspace, resolve_downgrade, short};

/// How many revisions are named; of more their number is told.
const SHOWN: usize = 5;

/// Tell the database at which revision it is, without running anything
#[derive(Debug, Args)]
pub(crate) struct StampArgs {
    /// An id, the start of one, a label, `head`, `heads`, `base` or `label@base`; one for each branch
    #[arg(required = true, allow_negative_numbers = true, value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// Forget everything else first, revisions that are in no file included
    #[arg(long)]
    pub(crate) purge: bool,
    /// Print the SQL instead of running it; the first TARGET may be `from:to`
    #[arg(long)]
    pub(crate) sql: bool,
}

impl StampArgs {
    /// Whether no revision is to be left, so that it does not matter which there are.
    pub(crate) fn forgets_all(&self) -> bool {
        self.purge && self.targets == ["base"]
    }
}

/// What was written, as programs read it.
#[derive(Debug, Serialize)]
struct Stamped<'a> {
    url: String,
    from: &'a [RevisionId],
    to: &'a [RevisionId],
    /// What had been run and is no more in the history.
    forgotten: &'a [RevisionId],
}

pub(crate) async fn cmd_stamp(
    ui: &Ui,
    workspace: &Workspace,
    args: &StampArgs,
) -> Result<(), CommandError> {
    let folder = match workspace.folder() {
        // They may be another tool's, or not be there.
        Err(_) if args.forgets_all() => Folder::default(),
        found => found?,
    };
    let graph = &folder.graph;
    if graph.is_empty()
        && args
            .targets
            .iter()
            .all(|target| matches!(target.as_str(), "head" | "heads"))
    {
        ui.note("There are no revisions");
        if ui.is_json() {
            return ui.json(&Stamped {
                url: workspace.required_url()?.to_string(),
                from: &[],
                to: &[],
                forgotten: &[],
            });
        }
        return Ok(());
    }
    let purge = if args.purge {
        Stamp::Purge
    } else {
        Stamp::Keep
    };
    if args.sql {
        let script = Script::Stamp(&args.targets, purge);
        return script::print(ui, workspace, graph, script).await;
    }
    let url = workspace.required_url()?;
    workspace.refuse_unsaid(graph, url.dialect())?;
    let looked = workspace.look(&url).await?;
    let (applied, connection) = match looked {
        Some(mut connection) => {
            let applied = workspace.applied(&mut connection).await;
            // What a purge forgets may be unreadable.
            let applied = if args.purge {
                applied.unwrap_or_default()
            } else {
                applied?
            };
            (applied, Some(connection))
        }
        None => (Applied::default(), None),
    };
    let before = applied.heads(graph);
    let targets: Vec<&str> = args.targets.iter().map(String::as_str).collect();
    let target = stamp_target(graph, &targets, &before)?;
    let mut connection = match connection {
        Some(connection) => connection,
        None => workspace.connect(&url).await?,
    };
    let options = workspace.run_options();
    let run = run::stamp(&mut connection, graph, &target, purge, &options);
    signals::mind(ui, &options.stop, run, explain::run).await?;
    let forgotten = run::forgotten(graph, &target, purge, &applied);
    let after = after(graph, &applied, &target, &forgotten);
    if ui.is_json() {
        return ui.json(&Stamped {
            url: url.to_string(),
            from: &before,
            to: &after,
            forgotten: &forgotten,
        });
    }
    let shorts = |ids: &[RevisionId]| {
        ids.iter()
            .map(|id| short(graph, id))
            .collect::<Vec<_>>()
            .join(", ")
    };
    ui.note(format!(
        "Running stamp {} -> {}",
        shorts(&before),
        shorts(&after)
    ));
    tell(ui, graph, &applied, &target, &forgotten);
    Ok(())
}

/// Where the history stands then: other branches stay.
fn after(
    graph: &Graph,
    before: &Applied,
    target: &DowngradeTarget,
    forgotten: &[RevisionId],
) -> Vec<RevisionId> {
    let mut run: BTreeSet<RevisionId> = before.ids().into_iter().collect();
    run.retain(|id| !forgotten.contains(id));
    let needed = graph.ancestors_of(&target.revisions);
    run.extend(needed.into_iter().chain(&target.revisions).cloned());
    let heads = graph.heads_of(&run);
    let order = graph.iter().map(|revision| &revision.id);
    order.filter(|id| heads.contains(id)).cloned().collect()
}

/// What the history has lost and, where it had a gap, what it has got.
fn tell(
    ui: &Ui,
    graph: &Graph,
    before: &Applied,
    target: &DowngradeTarget,
    forgotten: &[RevisionId],
) {
    let listed = |ids: &[RevisionId]| match ids.len() {
        0..=SHOWN => {
            let ids: Vec<String> = ids.iter().map(|id| short(graph, id)).collect();
            ids.join(", ")
        }
        number => count(number, "revision"),
    };
    let taken = graph.ancestors_of(&target.revisions);
    let missing = before.gap(graph).map(|gap| gap.missing);
    let mut filled = missing.unwrap_or_default();
    filled.retain(|id| taken.contains(id) || target.revisions.contains(id));
    if !filled.is_empty() {
        ui.note(format!("Taken as run: {}", listed(&filled)));
    }
    let is_in_file = |id: &RevisionId| graph.get(id).is_some();
    let (again, gone): (Vec<RevisionId>, Vec<RevisionId>) =
        forgotten.iter().cloned().partition(is_in_file);
    if !again.is_empty() {
        let them = if again.len() == 1 { "it" } else { "them" };
        let again = listed(&again);
        ui.note(format!(
            "Forgotten: {again}; the next upgrade runs {them} again"
        ));
    }
    if !gone.is_empty() {
        ui.note(format!("Forgotten, and in no file: {}", listed(&gone)));
    }
}

/// All targets together; one on a branch (`label@base`) leaves the other branches as they are.
pub(super) fn stamp_target(
    graph: &Graph,
    targets: &[&str],
    before: &[RevisionId],
) -> Result<DowngradeTarget, CommandError> {
    let mut found = Vec::new();
    for text in targets {
        found.push(resolve_downgrade(graph, text, before)?);
    }
    if found.len() > 1
        && let Some(at) = found.iter().position(|one| one.revisions.is_empty())
    {
        let text = format!(
            "`{}` is no revision, and there are others to stamp",
            targets[at]
        );
        return Err(CommandError::usage(text).hint("stamp it by itself"));
    }
    let along = match found.as_slice() {
        [one] => one.along.clone(),
        _ => None,
    };
    let mut revisions: Vec<RevisionId> = Vec::new();
    for id in found.into_iter().flat_map(|one| one.revisions) {
        if !revisions.contains(&id) {
            revisions.push(id);
        }
    }
    Ok(DowngradeTarget { revisions, along })
}
