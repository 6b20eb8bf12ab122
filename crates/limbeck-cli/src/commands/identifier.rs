//! Identifiers of commands that look at files, and ask the database only where they must.

use limbeck::history::Applied;
use limbeck_core::revision::{Graph, RevisionId};

use crate::command_error::CommandError;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve};

/// Finds the revisions that somebody means; `current` asks the database, and bare steps (`-1`, `label@-1`)
/// count from the heads.
pub(super) async fn in_files(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
    text: &str,
) -> Result<Vec<RevisionId>, CommandError> {
    let start = if needs_database(text) {
        position(ui, workspace, graph).await?
    } else if on_its_branch(text).starts_with('-') {
        graph.heads().into_iter().cloned().collect()
    } else {
        Vec::new()
    };
    resolve(graph, text, &start)
}

/// Whether an identifier begins where the database is.
pub(super) fn needs_database(text: &str) -> bool {
    on_its_branch(text).starts_with("current")
}

/// At which revisions the database is.
pub(super) async fn position(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
) -> Result<Vec<RevisionId>, CommandError> {
    Ok(applied(ui, workspace, graph).await?.heads(graph))
}

/// What has been run on the database.
pub(super) async fn applied(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
) -> Result<Applied, CommandError> {
    let url = workspace.required_url()?;
    let Some(mut connection) = workspace.look(&url).await? else {
        ui.note(format!("`{url}` is not there yet"));
        return Ok(Applied::default());
    };
    workspace
        .applied_or_taken_over(&mut connection, graph)
        .await
}

fn on_its_branch(text: &str) -> &str {
    text.split_once('@').map_or(text, |(_, text)| text)
}
