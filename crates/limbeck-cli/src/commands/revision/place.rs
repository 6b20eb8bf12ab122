//! Where a new revision stands: its id, its parents, its branch, its folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use limbeck::folder::Folder;
use limbeck_core::revision::{Graph, InvalidRevisionId, Revision, RevisionId, Sections};

use super::{RevisionArgs, now};
use crate::command_error::{CommandError, Kind};
use crate::commands::identifier;
use crate::ui::{Ui, count};
use crate::workspace::Workspace;

/// What a revision may be told besides its parents.
#[derive(Debug, Args)]
#[group(id = "new", multiple = true)]
pub(crate) struct NewArgs {
    /// Begin a branch at a revision on which others build already
    #[arg(long)]
    pub(crate) splice: bool,
    /// Name the branch that begins with it
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Option<String>,
    /// Give it this id
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
    /// Put its file into this folder of `migrations`, instead of that of its parent
    #[arg(long, value_name = "DIR")]
    pub(crate) version_path: Option<PathBuf>,
}

/// The id that was asked for, else one that no other revision has.
pub(in crate::commands) fn id(
    folder: &Folder,
    wanted: Option<&str>,
) -> Result<RevisionId, CommandError> {
    if let Some(text) = wanted {
        let id: RevisionId = text.parse().map_err(|error: InvalidRevisionId| {
            CommandError::usage(format!("--rev-id: {error}"))
        })?;
        if let Some(file) = folder.graph.file(&id) {
            return Err(CommandError::usage(format!(
                "--rev-id: `{id}` is taken by {file}"
            )));
        }
        return Ok(id);
    }
    loop {
        let mut bytes = [0; 6];
        getrandom::fill(&mut bytes).map_err(|error| {
            CommandError::new(Kind::Bug, "no random number for the id").cause(error.to_string())
        })?;
        let id = RevisionId::new_from_entropy(bytes);
        if folder.graph.get(&id).is_none() {
            return Ok(id);
        }
    }
}

/// A revision that says no more than where it stands.
pub(in crate::commands) fn empty(
    folder: &Folder,
    new: &NewArgs,
    parents: Vec<RevisionId>,
) -> Result<Revision, CommandError> {
    Ok(Revision {
        id: id(folder, new.rev_id.as_deref())?,
        parents,
        description: String::new(),
        created: now(),
        label: label(&folder.graph, new)?,
        depends_on: Vec::new(),
        pending: BTreeSet::new(),
        dialects: BTreeSet::new(),
        requires: Default::default(),
        replaces: Vec::new(),
        lines: Default::default(),
        upgrade: Sections::default(),
        downgrade: Sections::default(),
    })
}

fn label(graph: &Graph, new: &NewArgs) -> Result<Option<String>, CommandError> {
    let Some(text) = &new.branch_label else {
        return Ok(None);
    };
    // A label is a name wherever an id is.
    let name: RevisionId = text.parse().map_err(|_: InvalidRevisionId| {
        CommandError::usage(format!("--branch-label: `{text}` is no label"))
            .hint("use letters, digits, `_` and `-`, and none of the words `base`, `current`, `head`, `heads`, `none`")
    })?;
    let taken = graph
        .iter()
        .find(|one| one.id == name || one.label.as_ref() == Some(text));
    match taken.or_else(|| graph.get(&name)) {
        Some(one) => Err(CommandError::usage(format!(
            "--branch-label: `{text}` is taken by {}",
            graph.file(&one.id).unwrap_or_default()
        ))),
        None if new.rev_id.as_ref() == Some(text) => Err(CommandError::usage(format!(
            "--branch-label: `{text}` is the id of the revision"
        ))),
        None => Ok(Some(text.clone())),
    }
}

pub(super) async fn parents(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
    args: &RevisionArgs,
) -> Result<Vec<RevisionId>, CommandError> {
    let mut parents: Vec<RevisionId> = Vec::new();
    let named: Vec<&str> = match args.heads.as_slice() {
        [] => vec!["head"],
        named => named.iter().map(String::as_str).collect(),
    };
    for text in named {
        for id in identifier::in_files(ui, workspace, graph, text).await? {
            if !parents.contains(&id) {
                parents.push(id);
            }
        }
    }
    refuse_inner(graph, &parents, args.new.splice)?;
    Ok(parents)
}

/// Refuses parents on which others build already, unless a branch is to begin there.
pub(in crate::commands) fn refuse_inner(
    graph: &Graph,
    parents: &[RevisionId],
    splice: bool,
) -> Result<(), CommandError> {
    if splice {
        return Ok(());
    }
    for id in parents {
        if let Some(child) = graph.children(id).next() {
            let [id, child] = [id, child].map(|id| graph.located(id));
            let text = format!("{id} is no head: {child} builds on it");
            return Err(CommandError::usage(text)
                .hint("build on the head, or begin a branch there: --splice"));
        }
    }
    Ok(())
}

/// What the revision requires besides its parents.
pub(super) async fn depends_on(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
    args: &RevisionArgs,
    revision: &Revision,
) -> Result<Vec<RevisionId>, CommandError> {
    let mut needed: Vec<RevisionId> = Vec::new();
    let below = graph.ancestors_of(&revision.parents);
    for text in &args.depends_on {
        let found = identifier::in_files(ui, workspace, graph, text).await?;
        let [id] = found.as_slice() else {
            return Err(CommandError::usage(format!(
                "--depends-on: `{text}` stands for {}, and one is to be named",
                count(found.len(), "revision")
            )));
        };
        if below.contains(id) || revision.parents.contains(id) {
            let text = format!("--depends-on: it builds on {} anyway", graph.located(id));
            return Err(CommandError::usage(text).hint("leave it out"));
        }
        if !needed.contains(id) {
            needed.push(id.clone());
        }
    }
    Ok(needed)
}

/// The folder that was named, else that of the first parent, else the first one.
pub(super) fn folder(
    workspace: &Workspace,
    graph: &Graph,
    revision: &Revision,
    named: Option<&Path>,
) -> Result<PathBuf, CommandError> {
    let folders = workspace.migrations();
    let found = match named {
        Some(path) => folders
            .iter()
            .find(|folder| workspace.is_same(folder, path)),
        None => {
            let parent = revision.parents.first().and_then(|id| graph.file(id));
            let parent = parent.and_then(|file| Path::new(file).parent());
            let beside = folders
                .iter()
                .find(|folder| Some(folder.as_path()) == parent);
            beside.or(folders.first())
        }
    };
    found.cloned().ok_or_else(|| match named {
        Some(path) => {
            let listed: Vec<String> = folders
                .iter()
                .map(|folder| format!("--version-path {}", folder.display()))
                .collect();
            let text = format!(
                "--version-path: {} is not among `migrations`",
                path.display()
            );
            CommandError::usage(text).hint(listed.join("\n"))
        }
        None => {
            CommandError::config("`migrations` names no folder").hint("migrations = \"migrations\"")
        }
    })
}
