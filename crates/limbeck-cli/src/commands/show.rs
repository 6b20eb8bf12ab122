//! `limbeck show`: one revision, with all that its header says.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use limbeck::history::AppliedRevision;
use limbeck_core::revision::{Graph, Revision, RevisionId};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::commands::current::Facts;
use crate::commands::identifier;
use crate::ui::Ui;
use crate::workspace::{Workspace, short};

/// Show one revision
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Its id, the start of it, a label, or a word such as `head` or `current`
    #[arg(allow_negative_numbers = true)]
    pub(crate) revision: String,
}

/// What of a revision only the whole history tells.
pub(super) struct Marks<'a> {
    /// The labels of the branches that it is on.
    labels: BTreeMap<&'a RevisionId, BTreeSet<&'a str>>,
    /// Those that another one depends on.
    needed: BTreeSet<&'a RevisionId>,
}

impl<'a> Marks<'a> {
    pub(super) fn of(graph: &'a Graph) -> Self {
        Self {
            labels: graph.labels_of_branches(),
            needed: graph.iter().flat_map(|one| &one.depends_on).collect(),
        }
    }

    /// Whether another revision depends on this one.
    pub(super) fn is_needed(&self, id: &RevisionId) -> bool {
        self.needed.contains(id)
    }
}

/// A revision as programs read it.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    pub(super) revision: &'a RevisionId,
    pub(super) parents: &'a [RevisionId],
    pub(super) description: &'a str,
    pub(super) created: &'a str,
    pub(super) label: Option<&'a str>,
    /// The labels of the branches that it is on.
    pub(super) branches: Vec<&'a str>,
    pub(super) depends_on: &'a [RevisionId],
    pub(super) children: Vec<&'a RevisionId>,
    pub(super) pending: Vec<&'static str>,
    pub(super) requires: Vec<&'static str>,
    pub(super) replaces: Vec<String>,
    pub(super) file: &'a str,
    pub(super) is_head: bool,
    /// Whether it is a head on which a revision of another branch depends.
    #[serde(skip)]
    is_needed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_current: Option<bool>,
    /// Whether it has not been run, and something has that needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_missing: Option<bool>,
    /// What the history of the database says of it, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<Run>,
}

/// What the history of the database says of a revision.
#[derive(Debug, Serialize)]
pub(super) struct Run {
    applied_at: String,
    #[serde(flatten)]
    facts: Facts,
    #[serde(skip)]
    told: String,
}

impl Run {
    pub(super) fn of(row: &AppliedRevision) -> Self {
        let told = row.to_string();
        let title = format!("{}, ", row.description);
        Self {
            applied_at: row.applied_at.clone(),
            facts: Facts::of(row),
            told: told.strip_prefix(&title).unwrap_or(&told).to_owned(),
        }
    }
}

impl<'a> Shown<'a> {
    pub(super) fn new(graph: &'a Graph, marks: &Marks<'a>, revision: &'a Revision) -> Self {
        let labels = marks.labels.get(&revision.id).into_iter().flatten();
        let children: Vec<&RevisionId> = graph.children(&revision.id).collect();
        Self {
            revision: &revision.id,
            parents: &revision.parents,
            description: &revision.description,
            created: &revision.created,
            label: revision.label.as_deref(),
            branches: labels.copied().collect(),
            depends_on: &revision.depends_on,
            pending: revision
                .pending
                .iter()
                .map(|dialect| dialect.as_str())
                .collect(),
            requires: revision.requires.iter().map(|one| one.as_str()).collect(),
            replaces: revision.replaces.iter().map(ToString::to_string).collect(),
            file: graph.file(&revision.id).unwrap_or_default(),
            is_head: children.is_empty(),
            is_needed: marks.is_needed(&revision.id),
            children,
            is_current: None,
            is_missing: None,
            run: None,
        }
    }

    /// ` (head) (current)`, as far as it is so, in Alembic's words.
    pub(super) fn marks(&self) -> String {
        let marks = [
            (self.is_head && !self.is_needed, " (head)"),
            (self.is_head && self.is_needed, " (effective head)"),
            (self.is_current == Some(true), " (current)"),
            (self.is_missing == Some(true), " (not run)"),
            (self.children.len() > 1, " (branchpoint)"),
            (self.parents.len() > 1, " (mergepoint)"),
        ];
        let marks = marks.into_iter().filter(|(is_so, _)| *is_so);
        marks.map(|(_, mark)| mark).collect()
    }

    /// `1a2b3c4d5e6f (billing) (head)`.
    pub(super) fn name(&self) -> String {
        format!("{}{}{}", self.revision, self.labels(), self.marks())
    }

    /// `1a2b3c4d (billing) (head), Add invoices`.
    pub(super) fn line(&self, graph: &Graph) -> String {
        let title = self.description.lines().next().unwrap_or_default();
        let id = short(graph, self.revision);
        format!("{id}{}{}, {title}", self.labels(), self.marks())
    }

    fn labels(&self) -> String {
        match self.branches.as_slice() {
            [] => String::new(),
            labels => format!(" ({})", labels.join(", ")),
        }
    }

    /// `1a2b (head), Add invoices (needs 0f1e)`.
    pub(super) fn line_with_needs(&self, graph: &Graph) -> String {
        match self.depends_on {
            [] => self.line(graph),
            needs => format!("{} (needs {})", self.line(graph), shorts(graph, needs)),
        }
    }

    /// `0f1e -> 1a2b (head), Add invoices`, with what it depends on in parentheses.
    pub(super) fn line_with_parents(&self, graph: &Graph) -> String {
        let parents = match self.parents {
            [] => "<base>".to_owned(),
            parents => shorts(graph, parents),
        };
        let needs = match self.depends_on {
            [] => String::new(),
            needs => format!(" ({})", shorts(graph, needs)),
        };
        format!("{parents}{needs} -> {}", self.line(graph))
    }

    /// Everything, over several lines.
    pub(super) fn write(&self, ui: &Ui) {
        ui.data(format!("Revision: {}{}", self.revision, self.marks()));
        let parents = words(self.parents);
        let parents = match self.parents {
            [] => "none",
            _ => parents.as_str(),
        };
        ui.data(format!("Parents:  {parents}"));
        let forks = match self.children.as_slice() {
            [] | [_] => String::new(),
            children => words(children.iter().copied()),
        };
        for (name, value) in [
            ("Created: ", self.created.to_owned()),
            ("Label:   ", self.label.unwrap_or_default().to_owned()),
            ("Branches:", self.branches.join(", ")),
            ("Needs:   ", words(self.depends_on)),
            ("Children:", forks),
            ("Pending: ", self.pending.join(", ")),
            ("Requires:", self.requires.join(", ")),
            ("File:    ", self.file.to_owned()),
            (
                "History: ",
                self.run
                    .as_ref()
                    .map_or_else(String::new, |run| run.told.clone()),
            ),
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

fn shorts(graph: &Graph, ids: &[RevisionId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| short(graph, id)).collect();
    ids.join(", ")
}

fn words<'a>(ids: impl IntoIterator<Item = &'a RevisionId>) -> String {
    let ids: Vec<&str> = ids.into_iter().map(RevisionId::as_str).collect();
    ids.join(", ")
}

pub(crate) async fn cmd_show(
    ui: &Ui,
    workspace: &Workspace,
    args: &ShowArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let graph = &folder.graph;
    let ids = identifier::in_files(ui, workspace, graph, &args.revision).await?;
    if ids.is_empty() && !graph.is_empty() {
        return Err(CommandError::usage(format!(
            "`{}` is the base, before any revision",
            args.revision
        ))
        .hint("limbeck history lists the revisions"));
    }
    if ids.is_empty() && !ui.is_json() {
        ui.note("There are no revisions");
        return Ok(());
    }
    let marks = Marks::of(graph);
    let shown: Vec<Shown<'_>> = ids
        .iter()
        .filter_map(|id| graph.get(id))
        .map(|revision| Shown::new(graph, &marks, revision))
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
