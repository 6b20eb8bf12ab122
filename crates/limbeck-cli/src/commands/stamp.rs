//! `limbeck stamp`: tells the database at which revision it is, without running anything.

use clap::Args;
use limbeck::run::{self, Stamp};
use limbeck_core::revision::RevisionId;

use crate::command_error::CommandError;
use crate::explain;
use crate::signals;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve, short};

/// Tell the database at which revision it is, without running anything
#[derive(Debug, Args)]
pub(crate) struct StampArgs {
    /// An id, the start of one, `head`, `heads` or `base`
    #[arg(allow_negative_numbers = true)]
    pub(crate) target: String,
    /// Forget everything else first, revisions that are in no file included
    #[arg(long)]
    pub(crate) purge: bool,
}

pub(crate) async fn cmd_stamp(
    ui: &Ui,
    workspace: &Workspace,
    args: &StampArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    if graph.is_empty() && matches!(args.target.as_str(), "head" | "heads") {
        ui.note("There are no revisions");
        return Ok(());
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
    let target = resolve(graph, &args.target, &before)?;
    let mut connection = match connection {
        Some(connection) => connection,
        None => workspace.connect(&url).await?,
    };
    let purge = if args.purge {
        Stamp::Purge
    } else {
        Stamp::Keep
    };
    let options = workspace.run_options();
    let run = run::stamp(&mut connection, graph, &target, purge, &options);
    signals::mind(ui, &options.stop, run, explain::run).await?;
    let shorts = |ids: &[RevisionId]| {
        ids.iter()
            .map(|id| short(graph, id))
            .collect::<Vec<_>>()
            .join(", ")
    };
    ui.note(format!(
        "Running stamp {} -> {}",
        shorts(&before),
        shorts(&target)
    ));
    Ok(())
}
