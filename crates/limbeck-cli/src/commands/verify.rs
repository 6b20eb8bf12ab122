//! `limbeck verify`: proves revisions as they stand in their files.

use std::collections::BTreeMap;

use clap::Args;
use limbeck::folder::Folder;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, Requirement, Revision, RevisionId};
use limbeck_engine::branches::{Clash, Which, clashes};
use limbeck_engine::compare::Project;
use limbeck_engine::proof::rows::RowsReport;
use limbeck_engine::proof::{self, Downgrade, Proof, ProofError};
use limbeck_engine::state::{Bench, StateError};
use serde::Serialize;

use crate::command_error::{CommandError, Kind};
use crate::commands::identifier;
use crate::explain;
use crate::ui::{Ui, count};
use crate::workspace::{Workspace, short};

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
    server: Option<String>,
    irreversible: Option<String>,
    rows: Option<ToldRows>,
    /// Why it is not proven, with the causes.
    error: Option<Vec<String>>,
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
    pub(super) fn of(rows: &RowsReport) -> Option<Self> {
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

/// What became of the revisions so far.
#[derive(Debug)]
struct Tally {
    /// How many proofs there are to make.
    of: usize,
    verified: Vec<Verified>,
    failed: Vec<Failed>,
}

/// A revision that is not proven.
#[derive(Debug)]
struct Failed {
    revision: RevisionId,
    dialect: Dialect,
    error: CommandError,
}

pub(crate) async fn cmd_verify(
    ui: &Ui,
    workspace: &Workspace,
    args: &VerifyArgs,
) -> Result<(), CommandError> {
    let folder = workspace.folder()?;
    let ids = chosen(ui, workspace, &folder, args).await?;
    let dialects = workspace.dialects()?;
    for dialect in &dialects {
        workspace.refuse_unsaid(&folder.graph, *dialect)?;
    }
    let mut outcome = Tally {
        of: ids.len() * dialects.len(),
        verified: Vec::new(),
        failed: Vec::new(),
    };
    for dialect in &dialects {
        let mut bench = workspace.bench(*dialect)?;
        let mut ended = one_dialect(ui, workspace, &folder, &mut bench, &ids, &mut outcome).await;
        if ended.is_ok() && args.revisions.is_empty() {
            let which = if args.all { Which::All } else { Which::Heads };
            ended = branches(ui, &folder, &mut bench, which, &mut outcome).await;
        }
        let closed = bench.close().await.map_err(|error| explain::state(&error));
        ended.and(closed)?;
    }
    if ui.is_json() {
        ui.json(&outcome.verified)?;
    }
    if ids.is_empty() {
        ui.note("There are no revisions");
    }
    summary(&folder, outcome)
}

/// The one error as it is, and several in a table: each was told in full when it came up.
fn summary(folder: &Folder, outcome: Tally) -> Result<(), CommandError> {
    let Tally { of, mut failed, .. } = outcome;
    if of == 1
        && let Some(only) = failed.pop()
    {
        return Err(only.error);
    }
    let Some(worst) = failed.iter().max_by_key(|one| one.error.kind.exit_code()) else {
        return Ok(());
    };
    let text = format!("{} of {} failed", failed.len(), count(of, "proof"));
    let lines = failed.iter().map(|one| {
        let id = short(&folder.graph, &one.revision);
        let first = one.error.message.lines().next().unwrap_or_default();
        format!("{id}  {}  {first}", one.dialect)
    });
    let error = CommandError::new(worst.error.kind, text);
    Err(lines.fold(error, CommandError::cause))
}

async fn chosen(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    args: &VerifyArgs,
) -> Result<Vec<RevisionId>, CommandError> {
    let graph = &folder.graph;
    if args.all {
        return Ok(graph.iter().map(|revision| revision.id.clone()).collect());
    }
    if args.revisions.is_empty() {
        return Ok(graph.heads().into_iter().cloned().collect());
    }
    let mut ids = Vec::new();
    for text in &args.revisions {
        for id in identifier::in_files(ui, workspace, graph, text).await? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    Ok(ids)
}

/// Proves one after the other; what fails does not keep the others from being tried.
async fn one_dialect(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    bench: &mut Bench,
    ids: &[RevisionId],
    outcome: &mut Tally,
) -> Result<(), CommandError> {
    let dialect = bench.dialect();
    let unmanaged = workspace.unmanaged();
    let project = Project {
        folder,
        parents: &[],
        unmanaged: &unmanaged,
    };
    for (number, id) in (1..).zip(ids) {
        let of = count(ids.len(), "revision");
        let progress = ui.progress(format!("Proving {number} of {of} on {dialect}"));
        let proof = proof::verify(bench, project, id).await;
        drop(progress);
        let error = match proof {
            Ok(proof) => {
                tell(ui, workspace, folder, id, &proof);
                outcome.verified.push(Verified::proven(id, proof));
                continue;
            }
            Err(error) => workspace.in_words_of_layout(failure(folder, id, &error)?),
        };
        if outcome.of > 1 {
            ui.error(&error);
        }
        outcome.verified.push(Verified::failed(id, dialect, &error));
        outcome.failed.push(Failed {
            revision: id.clone(),
            dialect,
            error,
        });
    }
    Ok(())
}

/// Tells which branches make another database when they run in the other order.
async fn branches(
    ui: &Ui,
    folder: &Folder,
    bench: &mut Bench,
    which: Which,
    outcome: &mut Tally,
) -> Result<(), CommandError> {
    let dialect = bench.dialect();
    let progress = ui.progress(format!("Running branches in both orders on {dialect}"));
    let found = clashes(bench, folder, which).await;
    drop(progress);
    let found = match found {
        // What does not run by itself has been told.
        Err(StateError::Replay { .. }) if !outcome.failed.is_empty() => return Ok(()),
        found => found.map_err(|error| explain::state(&error))?,
    };
    for clash in found {
        let error = clash_error(folder, &clash);
        outcome.of += 1;
        if outcome.of > 1 {
            ui.error(&error);
        }
        let revision = clash.second;
        outcome
            .verified
            .push(Verified::failed(&revision, dialect, &error));
        outcome.failed.push(Failed {
            revision,
            dialect,
            error,
        });
    }
    Ok(())
}

fn clash_error(folder: &Folder, clash: &Clash) -> CommandError {
    let [one, two] = [&clash.first, &clash.second].map(|id| short(&folder.graph, id));
    let error = CommandError::new(Kind::Differs, clash_sentence(&folder.graph, clash));
    let error = clash
        .differences
        .iter()
        .cloned()
        .fold(error, CommandError::cause);
    error.hint(format!(
        "write {two} anew, as a revision that builds on {one}; or merge them, and make in the merge what should be there"
    ))
}

/// `aaaa and bbbb do not commute: …`.
pub(super) fn clash_sentence(graph: &Graph, clash: &Clash) -> String {
    let [one, two] = [&clash.first, &clash.second].map(|id| short(graph, id));
    format!("{one} and {two} make another database when {two} runs first")
}

/// What is said of a revision that is not proven.
///
/// Where no scratch database can be had, nothing more can be tried, and that is the error.
fn failure(
    folder: &Folder,
    id: &RevisionId,
    error: &ProofError,
) -> Result<CommandError, CommandError> {
    let mut own = explain::proof(error);
    match error {
        ProofError::State(StateError::Replay { .. } | StateError::Section(_))
        | ProofError::Parents { .. }
        | ProofError::NotTheModels { .. }
        | ProofError::NotRestored { .. }
        | ProofError::NotRepeatable { .. }
        | ProofError::RowsChanged { .. }
        | ProofError::ValuesLost { .. }
        | ProofError::NextRowRefused { .. }
        | ProofError::DefaultRefused { .. }
        | ProofError::NothingOfThatName { .. }
        | ProofError::RowsRefused { .. } => {}
        ProofError::StrayFixture { .. }
        | ProofError::State(_)
        | ProofError::Inspect(_)
        | ProofError::Ask(_) => return Err(own),
    }
    let direction = error.direction().unwrap_or(Direction::Upgrade);
    let file = folder.graph.file_of(id, direction).unwrap_or_default();
    if !own.message.starts_with(file) {
        own.message = format!("{file}: {}", own.message);
    }
    Ok(own)
}

fn tell(ui: &Ui, workspace: &Workspace, folder: &Folder, id: &RevisionId, proof: &Proof) {
    if ui.is_json() {
        return;
    }
    let revision = folder.graph.get(id);
    let title = revision.map_or("", Revision::title);
    let hook = revision.is_some_and(|one| one.requires.contains(&Requirement::Hook));
    let id = short(&folder.graph, id);
    ui.data(format!("{id}, {title}: {}", sentence(proof)));
    for line in row_lines(workspace, &proof.rows) {
        ui.data(format!("  {line}"));
    }
    if hook {
        ui.data("  hook: it is the application's, and no part of the proof");
    }
}

impl Verified {
    fn proven(id: &RevisionId, proof: Proof) -> Self {
        Self {
            revision: id.clone(),
            dialect: proof.dialect.as_str(),
            irreversible: match &proof.downgrade {
                Downgrade::Restores => None,
                Downgrade::Irreversible(reason) => Some(reason.clone()),
            },
            rows: ToldRows::of(&proof.rows),
            server: Some(proof.server),
            error: None,
        }
    }

    fn failed(id: &RevisionId, dialect: Dialect, error: &CommandError) -> Self {
        let causes = error.causes.iter().cloned();
        Self {
            revision: id.clone(),
            dialect: dialect.as_str(),
            irreversible: None,
            rows: None,
            server: None,
            error: Some(
                std::iter::once(error.message.clone())
                    .chain(causes)
                    .collect(),
            ),
        }
    }
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
pub(super) fn row_lines(workspace: &Workspace, rows: &RowsReport) -> Vec<String> {
    if rows.of == 0 {
        return Vec::new();
    }
    let mut lines = vec![rows.to_string()];
    if rows.lacks_some() {
        let text = "what cannot be made up can be given: INSERTs in `fixtures/all.sql` beside the revisions";
        lines.push(workspace.beside_in_layout(text.to_owned()));
    }
    lines.extend(hazards(rows));
    lines
}

fn hazards(rows: &RowsReport) -> Vec<String> {
    let hazards = rows.findings.iter().map(|finding| {
        let hazard = &finding.hazard;
        match finding.direction {
            Direction::Downgrade if finding.is_loss() => format!("{hazard} (on the way back)"),
            Direction::Upgrade | Direction::Downgrade => hazard.to_string(),
        }
    });
    hazards.collect()
}
