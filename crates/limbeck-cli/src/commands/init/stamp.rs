//! The history of a database that a project begins with.

use limbeck::connection::Connection;
use limbeck::run::{self, EmptyHistory, Event, RunError, RunOptions, Stamp};
use limbeck_core::revision::{DowngradeTarget, RevisionId};

use super::existing::{Made, Origin};
use crate::commands::upgrade;
use crate::ui::Ui;
use crate::workspace::short;

/// Tells the database where it is: with the times of the tool that ran the migrations, where one did.
pub(super) async fn stamp(ui: &Ui, made: &Made, live: &mut Connection) -> Result<(), RunError> {
    let graph = &made.folder.graph;
    let options = made.workspace.run_options();
    let mut on_event = |event: Event<'_>| upgrade::tell(ui, graph, event);
    run::take_over(live, graph, &options, EmptyHistory::Nothing, &mut on_event).await?;
    let target = match &made.begun.origin {
        Origin::Baseline(baseline) => &baseline.revision,
        Origin::TakenOver(taken) => match &taken.drift {
            Some(drift) => &drift.revision,
            None => return Ok(()),
        },
    };
    if history_has(live, &options, &target.id).await? {
        return Ok(());
    }
    let to = DowngradeTarget::to([target.id.clone()]);
    run::stamp(live, graph, &to, Stamp::Keep, &options).await?;
    ui.note(format!("Running stamp  -> {}", short(graph, &target.id)));
    Ok(())
}

async fn history_has(
    live: &mut Connection,
    options: &RunOptions,
    id: &RevisionId,
) -> Result<bool, RunError> {
    Ok(run::read_history(live, options).await?.contains(id))
}
