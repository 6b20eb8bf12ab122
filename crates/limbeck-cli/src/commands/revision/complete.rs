//! `limbeck revision --complete`: the sections that were left for a machine with that database.

use limbeck::folder;
use limbeck_core::revision::Section;

use super::{Next, RevisionArgs, autogenerate, close, report};
use crate::command_error::CommandError;
use crate::explain;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve};

/// Writes what is pending in a revision that is the head; the rest of its file stays as it is.
pub(super) async fn complete(
    ui: &Ui,
    workspace: &Workspace,
    args: &RevisionArgs,
    text: &str,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let ids = resolve(graph, text, &[])?;
    let [id] = ids.as_slice() else {
        return Err(CommandError::usage(format!("`{text}` is not one revision")));
    };
    let Some(revision) = graph.get(id) else {
        return Err(CommandError::usage(format!("`{text}` is not one revision")));
    };
    let chosen = workspace.dialects()?;
    let pending: Vec<_> = chosen
        .into_iter()
        .filter(|dialect| revision.pending.contains(dialect))
        .collect();
    if pending.is_empty() {
        ui.note(format!("Nothing is pending in revision `{id}`"));
        return Ok(());
    }
    // The models are what the head leads to, and tell nothing about the revisions before it.
    if graph.children(id).next().is_some() {
        return Err(CommandError::usage(format!("`{id}` is not the head, so the models do not say what it should do"))
            .hint(format!("write its pending sections by hand, remove `pending` from its header, then: limbeck verify {id}")));
    }
    let models = workspace.models(ui)?;
    let mut benches = Vec::new();
    for dialect in &pending {
        benches.push(workspace.bench(*dialect)?);
    }
    let next = Next {
        folder: &folder,
        id,
        parents: &revision.parents,
    };
    let outcome = autogenerate(ui, workspace, next, &mut benches, &models, &args.answers).await;
    let closed = close(benches).await;
    let outcomes = outcome?;
    closed?;
    report::findings(ui, &models, &outcomes);
    let file = graph.file(id).unwrap_or_default();
    let path = std::path::Path::new(file);
    for outcome in &outcomes {
        let nothing = Section::Steps(Vec::new());
        let (upgrade, downgrade) = match &outcome.generated {
            Some(generated) => (&generated.upgrade, &generated.downgrade),
            None => (&nothing, &nothing),
        };
        folder::complete(path, outcome.dialect, upgrade, downgrade)
            .map_err(|error| explain::folder(&error))?;
    }
    report::file(ui, revision, path, &outcomes)
}
