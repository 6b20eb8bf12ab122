//! `limbeck show`: one revision, with all that its header says.

use clap::Args;
use limbeck_core::revision::{Graph, Revision, RevisionId};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::ui::Ui;
use crate::workspace::{Workspace, resolve};

/// Show one revision
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Its id, the start of it, or a word such as `head`
    pub(crate) revision: String,
}

/// A revision as programs read it.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    pub(super) revision: &'a RevisionId,
    pub(super) parents: &'a [RevisionId],
    pub(super) description: &'a str,
    pub(super) created: &'a str,
    pub(super) label: Option<&'a str>,
    pub(super) depends_on: &'a [RevisionId],
    pub(super) pending: Vec<&'static str>,
    pub(super) file: &'a str,
    pub(super) is_head: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_current: Option<bool>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(graph: &'a Graph, revision: &'a Revision) -> Self {
        Self {
            revision: &revision.id,
            parents: &revision.parents,
            description: &revision.description,
            created: &revision.created,
            label: revision.label.as_deref(),
            depends_on: &revision.depends_on,
            pending: revision
                .pending
                .iter()
                .map(|dialect| dialect.as_str())
                .collect(),
            file: graph.file(&revision.id).unwrap_or_default(),
            is_head: graph.children(&revision.id).next().is_none(),
            is_current: None,
        }
    }

    /// ` (head) (current)`, as far as it is so.
    pub(super) fn marks(&self) -> String {
        let head = if self.is_head { " (head)" } else { "" };
        let current = if self.is_current == Some(true) {
            " (current)"
        } else {
            ""
        };
        format!("{head}{current}")
    }

    /// Everything, over several lines.
    pub(super) fn write(&self, ui: &Ui) {
        ui.data(format!("Revision: {}{}", self.revision, self.marks()));
        ui.data(format!("Parents:  {}", words(self.parents, "none")));
        for (name, value) in [
            ("Created: ", self.created.to_owned()),
            ("Label:   ", self.label.unwrap_or_default().to_owned()),
            ("Needs:   ", words(self.depends_on, "")),
            ("Pending: ", self.pending.join(", ")),
            ("File:    ", self.file.to_owned()),
        ] {
            if !value.is_empty() {
                ui.data(format!("{name} {value}"));
            }
        }
        ui.data("");
        for line in self.description.lines() {
            ui.data(format!("    {line}").trim_end());
        }
    }
}

fn words(ids: &[RevisionId], none: &str) -> String {
    if ids.is_empty() {
        return none.to_owned();
    }
    let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
    ids.join(", ")
}

pub(crate) fn cmd_show(
    ui: &Ui,
    workspace: &Workspace,
    args: &ShowArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    if matches!(args.revision.as_str(), "current" | "base") {
        let text = format!("`{}` is no revision of the files", args.revision);
        return Err(CommandError::usage(text).hint("limbeck current shows where the database is"));
    }
    let ids = resolve(graph, &args.revision, &[])?;
    if ids.is_empty() && !ui.is_json() {
        ui.note("There are no revisions");
        return Ok(());
    }
    let shown: Vec<Shown<'_>> = ids
        .iter()
        .filter_map(|id| graph.get(id))
        .map(|revision| Shown::new(graph, revision))
        .collect();
    if ui.is_json() {
        return ui.json(&shown);
    }
    for (index, shown) in shown.iter().enumerate() {
        if index > 0 {
            ui.data("");
        }
        shown.write(ui);
    }
    Ok(())
}
