//! `limbeck stamp`: tells the database at which revision it is, without running anything.

use clap::Args;
use limbeck::folder::Folder;
use limbeck::run::{self, Stamp};
use limbeck_core::revision::{DowngradeTarget, Graph, RevisionId};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::commands::script::{self, Script};
use crate::explain;
use crate::signals;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve_downgrade, short};

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
    let (before, connection) = match looked {
        Some(mut connection) => {
            let applied = workspace.applied(&mut connection).await;
            // What a purge forgets may be unreadable.
            let heads = if args.purge {
                applied.map(|one| one.heads(graph)).unwrap_or_default()
            } else {
                applied?.heads(graph)
            };
            (heads, Some(connection))
        }
        None => (Vec::new(), None),
    };
    let targets: Vec<&str> = args.targets.iter().map(String::as_str).collect();
    let target = stamp_target(graph, &targets, &before)?;
    let mut connection = match connection {
        Some(connection) => connection,
        None => workspace.connect(&url).await?,
    };
    let options = workspace.run_options();
    let run = run::stamp(&mut connection, graph, &target, purge, &options);
    signals::mind(ui, &options.stop, run, explain::run).await?;
    if ui.is_json() {
        return ui.json(&Stamped {
            url: url.to_string(),
            from: &before,
            to: &target.revisions,
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
        shorts(&target.revisions)
    ));
    Ok(())
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
