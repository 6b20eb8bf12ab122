//! `limbeck merge`: joins branches in one revision, once both orders were run and made the same.

use clap::Args;
use limbeck::folder::Folder;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId, Section, Sections};
use limbeck_engine::branches::{Clash, clashes_of};
use serde::Serialize;

use crate::command_error::{CommandError, Kind};
use crate::commands::revision::place::{NewArgs, empty, refuse_inner};
use crate::commands::{identifier, revision};
use crate::explain;
use crate::ui::Ui;
use crate::workspace::{Workspace, short};

/// Join branches, if they make the same in either order
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// The ends of the branches: ids, starts of them, labels, `label@head`; all heads when none is named
    #[arg(value_name = "REVISION")]
    pub(crate) revisions: Vec<String>,
    /// Say what the revision is about
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    #[command(flatten)]
    pub(crate) new: NewArgs,
}

/// The merge as programs read it.
#[derive(Debug, Serialize)]
struct Merged<'a> {
    revision: &'a RevisionId,
    parents: &'a [RevisionId],
    file: String,
    /// Where both orders were run.
    tried_on: Vec<Dialect>,
}

pub(crate) async fn cmd_merge(
    ui: &Ui,
    workspace: &Workspace,
    args: &MergeArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let ids = ends(ui, workspace, graph, args).await?;
    refuse_inner(graph, &ids, args.new.splice)?;
    let mut merge = empty(&folder, &args.new, ids)?;
    merge.description = args.message.clone().unwrap_or_else(|| {
        let ids: Vec<String> = merge.parents.iter().map(|id| short(graph, id)).collect();
        format!("Merge {}", listed(&ids))
    });
    let nothing = || Sections {
        common: Some(Section::Steps(Vec::new())),
        ..Sections::default()
    };
    merge.upgrade = nothing();
    merge.downgrade = nothing();
    let tried = try_orders(ui, workspace, &folder, &merge.parents).await?;
    let path = revision::write(workspace, graph, &merge, args.new.version_path.as_deref())?;
    let file = path.display().to_string();
    if ui.is_json() {
        return ui.json(&Merged {
            revision: &merge.id,
            parents: &merge.parents,
            file,
            tried_on: tried,
        });
    }
    let names: Vec<String> = tried.iter().map(ToString::to_string).collect();
    ui.note(format!("All orders make the same on {}", listed(&names)));
    let mut left = workspace.listed_dialects()?;
    left.retain(|dialect| !tried.contains(dialect));
    for dialect in left {
        ui.note(format!(
            "Not tried on {dialect}: limbeck verify --all --dialect {dialect}"
        ));
    }
    ui.data(file);
    Ok(())
}

/// The revisions to be joined: at least two, none of which builds on another.
async fn ends(
    ui: &Ui,
    workspace: &Workspace,
    graph: &Graph,
    args: &MergeArgs,
) -> Result<Vec<RevisionId>, CommandError> {
    let mut ids: Vec<RevisionId> = Vec::new();
    let named: Vec<&str> = match args.revisions.as_slice() {
        [] => vec!["heads"],
        named => named.iter().map(String::as_str).collect(),
    };
    for text in named {
        for id in identifier::in_files(ui, workspace, graph, text).await? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    if let [] | [_] = ids.as_slice() {
        let heads = graph.heads();
        let text = match (ids.as_slice(), heads.as_slice()) {
            ([one], [head]) if one == *head => {
                format!(
                    "there is nothing to merge: {} is the only head",
                    graph.located(one)
                )
            }
            ([one], _) => format!("{} alone cannot be merged", graph.located(one)),
            _ => "there is nothing to merge".to_owned(),
        };
        return Err(CommandError::usage(text).hint("limbeck heads"));
    }
    for id in &ids {
        let (below, line) = (graph.ancestors(id), graph.lineage(id));
        let is_below = |other: &&RevisionId| below.contains(other) && line.contains(other);
        if let Some(other) = ids.iter().find(is_below) {
            let [id, other] = [id, other].map(|id| graph.located(id));
            let text = format!("{id} builds on {other} already");
            return Err(CommandError::usage(text).hint("leave the second one out"));
        }
    }
    Ok(ids)
}

/// Runs all branches in both orders, on every dialect; an order that makes something else is an error.
async fn try_orders(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    ids: &[RevisionId],
) -> Result<Vec<Dialect>, CommandError> {
    let dialects = workspace.dialects()?;
    let mut differing = Vec::new();
    for dialect in &dialects {
        workspace.refuse_unsaid(&folder.graph, *dialect)?;
        let mut bench = workspace.bench(*dialect)?;
        let progress = ui.progress(format!("Running branches in both orders on {dialect}"));
        let found = clashes_of(&mut bench, folder, ids).await;
        drop(progress);
        let closed = bench.close().await.map_err(|error| explain::state(&error));
        let found = found.map_err(|error| explain::state(&error))?;
        closed?;
        differing.extend(found.into_iter().map(|clash| (*dialect, clash)));
    }
    if differing.is_empty() {
        Ok(dialects)
    } else {
        Err(refusal(&folder.graph, ids, &differing))
    }
}

fn refusal(graph: &Graph, ids: &[RevisionId], differing: &[(Dialect, Clash)]) -> CommandError {
    let names: Vec<String> = ids.iter().map(|id| short(graph, id)).collect();
    let text = format!(
        "{} are not merged: it matters which of them runs first",
        listed(&names)
    );
    let mut error = CommandError::new(Kind::Differs, text);
    for (dialect, clash) in differing {
        let [one, two] = [&clash.first, &clash.second].map(|id| graph.located(id));
        if !clash.named_by_both.is_empty() {
            let named: Vec<String> = clash
                .named_by_both
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            error = error.cause(format!("{one} and {two} both touch {}", listed(&named)));
        }
        for difference in &clash.differences {
            error = error.cause(format!("{dialect}: {difference}"));
        }
    }
    error
        .hint(format!(
            "write {} anew, as a revision that builds on the other one",
            names.last().map_or("one of them", String::as_str)
        ))
        .hint(format!("or {}", by_hand(&names)))
}

/// The line that writes a merge to be filled by hand, and what is to be done with it.
pub(super) fn by_hand(names: &[String]) -> String {
    let heads: Vec<String> = names.iter().map(|name| format!("--head {name}")).collect();
    format!(
        "make in a merge what should be there: limbeck revision -m \"Merge {}\" {}; limbeck verify --all proves it",
        listed(names),
        heads.join(" ")
    )
}

/// `a, b and c`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
