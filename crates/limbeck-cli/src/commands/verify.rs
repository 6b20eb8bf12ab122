//! `limbeck verify`: proves revisions as they stand in their files.

use std::collections::BTreeMap;

use clap::Args;
use limbeck::autogenerate::Project;
use limbeck::folder::Folder;
use limbeck::proof::{self, Downgrade, Proof};
use limbeck::rows::Rows;
use limbeck::state::Bench;
use limbeck_core::revision::RevisionId;
use serde::Serialize;

use crate::command_error::CommandError;
use crate::explain;
use crate::ui::{Ui, count};
use crate::workspace::{Workspace, resolve, short};

/// Prove revisions on a scratch database: upgrade, downgrade, upgrade again
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Their ids, starts of them, or words such as `head`; the heads when none is named
    pub(crate) revisions: Vec<String>,
    /// Prove all of them
    #[arg(long, conflicts_with = "revisions")]
    pub(crate) all: bool,
}

#[derive(Debug, Serialize)]
struct Verified {
    revision: RevisionId,
    dialect: &'static str,
    server: String,
    irreversible: Option<String>,
    rows: Option<ToldRows>,
}

/// What a proof has shown about rows, as programs read it.
#[derive(Debug, Serialize)]
pub(super) struct ToldRows {
    filled: usize,
    of: usize,
    without: BTreeMap<String, String>,
    hazards: Vec<String>,
}

impl ToldRows {
    /// `None` when no table was to have rows.
    pub(super) fn of(rows: &Rows) -> Option<Self> {
        let without = rows.without.iter();
        (rows.of > 0).then(|| Self {
            filled: rows.filled,
            of: rows.of,
            without: without
                .map(|(table, reason)| (table.to_string(), reason.clone()))
                .collect(),
            hazards: hazards(rows),
        })
    }
}

pub(crate) async fn cmd_verify(
    ui: &Ui,
    workspace: &Workspace,
    args: &VerifyArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let ids = chosen(&folder, args)?;
    let mut verified = Vec::new();
    for dialect in workspace.dialects()? {
        let mut bench = workspace.bench(dialect)?;
        let outcome = one_dialect(ui, workspace, &folder, &mut bench, &ids, &mut verified).await;
        let closed = bench.close().await.map_err(|error| explain::state(&error));
        outcome.and(closed)?;
    }
    if ui.is_json() {
        return ui.json(&verified);
    }
    if ids.is_empty() {
        ui.note("There are no revisions");
    }
    Ok(())
}

fn chosen(folder: &Folder, args: &VerifyArgs) -> Result<Vec<RevisionId>, CommandError> {
    let graph = &folder.graph;
    if args.all {
        return Ok(graph.iter().map(|revision| revision.id.clone()).collect());
    }
    if args.revisions.is_empty() {
        return Ok(graph.heads().into_iter().cloned().collect());
    }
    let mut ids = Vec::new();
    for text in &args.revisions {
        for id in resolve(graph, text, &[])? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    Ok(ids)
}

async fn one_dialect(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    bench: &mut Bench,
    ids: &[RevisionId],
    verified: &mut Vec<Verified>,
) -> Result<(), CommandError> {
    let dialect = bench.dialect();
    let unmanaged = workspace.unmanaged();
    let project = Project {
        folder,
        parents: &[],
        unmanaged: &unmanaged,
    };
    let of = ids.len();
    for (number, id) in (1..).zip(ids) {
        let progress = ui.progress(format!(
            "Proving {} of {} on {dialect}",
            number,
            count(of, "revision")
        ));
        let outcome = proof::verify(bench, project, id).await;
        drop(progress);
        let proof = outcome.map_err(|error| {
            let mut own = explain::proof(&error);
            let file = folder.graph.file(id).unwrap_or_default();
            if !own.message.contains(id.as_str()) {
                own.message = format!("{file}: {}", own.message);
            }
            own
        })?;
        if !ui.is_json() {
            let text = folder.graph.get(id).map_or("", |revision| revision.title());
            ui.data(format!(
                "{}, {text}: {}",
                short(&folder.graph, id),
                sentence(&proof)
            ));
            for line in row_lines(&proof.rows) {
                ui.data(format!("  {line}"));
            }
        }
        verified.push(Verified {
            revision: id.clone(),
            dialect: dialect.as_str(),
            irreversible: match &proof.downgrade {
                Downgrade::Restores => None,
                Downgrade::Irreversible(reason) => Some(reason.clone()),
            },
            rows: ToldRows::of(&proof.rows),
            server: proof.server,
        });
    }
    Ok(())
}

/// `proven on PostgreSQL 15.13: upgrade, downgrade, upgrade again`.
pub(super) fn sentence(proof: &Proof) -> String {
    let way = match &proof.downgrade {
        Downgrade::Restores => "upgrade, downgrade, upgrade again".to_owned(),
        Downgrade::Irreversible(reason) => format!("upgrade only, irreversible: {reason}"),
    };
    format!("proven on {}: {way}", proof.server)
}

/// `rows: 11 of 12 tables; orders: check total_ok`, and the hazards that rows have shown.
pub(super) fn row_lines(rows: &Rows) -> Vec<String> {
    if rows.of == 0 {
        return Vec::new();
    }
    let mut lines = vec![rows.to_string()];
    lines.extend(hazards(rows));
    lines
}

fn hazards(rows: &Rows) -> Vec<String> {
    let hazards = rows
        .findings
        .iter()
        .map(|finding| finding.hazard.to_string());
    hazards.collect()
}
