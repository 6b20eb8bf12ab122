//! `limbeck revision --complete`: the sections that were left for a machine with that database.

use std::collections::BTreeSet;

use limbeck::folder::{self, Folder};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, RevisionId, Section, SectionError};

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
    for dialect in &chosen {
        workspace.refuse_unsaid(graph, *dialect)?;
    }
    let pending: Vec<_> = chosen
        .into_iter()
        .filter(|dialect| revision.section(Direction::Upgrade, *dialect).is_err())
        .collect();
    if pending.is_empty() {
        ui.note(format!("Nothing is pending in revision `{id}`"));
        return Ok(());
    }
    // The models are what the head leads to, and tell nothing about the revisions before it.
    if graph.children(id).next().is_some() {
        return Err(CommandError::usage(format!("`{id}` is not the head, so the models do not say what it should do"))
            .hint("put all that is to be done into the head's: limbeck revision --complete --all")
            .hint(format!("or write its sections by hand, remove `pending` from its header, then: limbeck verify {id}")));
    }
    for dialect in &pending {
        let lacking = lacking(workspace, &folder, *dialect)?;
        if let Some(other) = lacking.iter().find(|other| *other != id) {
            let text =
                format!("`{id}` builds on `{other}`, which has nothing for {dialect} either");
            return Err(CommandError::usage(text).hint(
                "put all that is to be done into the head's: limbeck revision --complete --all",
            ));
        }
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
    report::findings(ui, workspace, &models, &outcomes);
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

/// Writes what any revision lacks for a dialect: all that is to be done into the head, nothing into
/// those before it, since the models tell only where all of them lead together.
pub(super) async fn complete_all(
    ui: &Ui,
    workspace: &Workspace,
    args: &RevisionArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let models = workspace.models(ui)?;
    let mut was_complete = true;
    for dialect in workspace.dialects()? {
        workspace.refuse_unsaid(graph, dialect)?;
        let lacking = lacking(workspace, &folder, dialect)?;
        let Some(head) = lacking.last() else {
            continue;
        };
        was_complete = false;
        if graph.heads() != [head] {
            return Err(CommandError::usage(
                "the revisions have more than one head, or one that is complete already",
            )
            .hint("limbeck heads lists them; write the sections that are missing by hand"));
        }
        let parents = built_on(&folder, &lacking);
        let mut benches = vec![workspace.bench(dialect)?];
        let next = Next {
            folder: &folder,
            id: head,
            parents: &parents,
        };
        let outcome = autogenerate(ui, workspace, next, &mut benches, &models, &args.answers).await;
        let closed = close(benches).await;
        let outcomes = outcome?;
        closed?;
        report::findings(ui, workspace, &models, &outcomes);
        let nothing = Section::Steps(Vec::new());
        let generated = outcomes
            .first()
            .and_then(|outcome| outcome.generated.as_ref());
        for id in &lacking {
            let (upgrade, downgrade) = match generated {
                Some(generated) if id == head => (&generated.upgrade, &generated.downgrade),
                _ => (&nothing, &nothing),
            };
            let file = graph.file(id).unwrap_or_default();
            folder::complete(std::path::Path::new(file), dialect, upgrade, downgrade)
                .map_err(|error| explain::folder(&error))?;
        }
        let (_, others) = lacking.split_last().unwrap_or((head, &[]));
        for id in others {
            ui.note(format!("`{id}` has nothing to do on {dialect}: what it does to rows is to be written by hand"));
        }
        if let Some(revision) = graph.get(head) {
            let file = graph.file(head).unwrap_or_default();
            report::file(ui, revision, std::path::Path::new(file), &outcomes)?;
        }
    }
    if was_complete {
        ui.note("Every revision has its sections");
    }
    Ok(())
}

/// The revisions that have nothing for a dialect, in the order in which they run. None that has
/// something stands on one of them.
fn lacking(
    workspace: &Workspace,
    folder: &Folder,
    dialect: Dialect,
) -> Result<Vec<RevisionId>, CommandError> {
    let graph = &folder.graph;
    let heads: Vec<RevisionId> = graph.heads().into_iter().cloned().collect();
    let path = graph.upgrade_path(&[], &heads);
    let path = path.map_err(|error| explain::graph(&error))?;
    let mut lacking: Vec<RevisionId> = Vec::new();
    for id in path {
        let Some(revision) = graph.get(id) else {
            continue;
        };
        let section = revision.section(Direction::Upgrade, dialect);
        if let Err(error @ SectionError::Unwritten { .. }) = &section {
            return Err(explain::section(workspace, error));
        }
        if section.is_err() {
            lacking.push(id.clone());
        } else if let Some(parent) = revision.parents.iter().find(|id| lacking.contains(id)) {
            let text =
                format!("`{id}` has SQL for {dialect} and builds on `{parent}`, which has none");
            return Err(CommandError::config(text).hint(format!(
                "write the sections of `{parent}` for {dialect} by hand"
            )));
        }
    }
    Ok(lacking)
}

/// The revisions that the lacking ones build on and that are complete.
fn built_on(folder: &Folder, lacking: &[RevisionId]) -> Vec<RevisionId> {
    let parents = lacking.iter().filter_map(|id| folder.graph.get(id));
    let parents: BTreeSet<RevisionId> = parents
        .flat_map(|revision| revision.parents.iter().chain(&revision.depends_on))
        .filter(|id| !lacking.contains(id))
        .cloned()
        .collect();
    parents.into_iter().collect()
}
