//! `limbeck revision`: writes the next revision, empty or from what the models differ in.

mod complete;
mod mark;
pub(super) mod place;
mod report;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use limbeck::folder::{self, Folder};
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::Decisions;
use limbeck_core::op::Operation;
use limbeck_core::revision::{
    Direction, Graph, Revision, RevisionId, Section, Sections, Unwritten, parse, render,
};
use limbeck_core::schema::{Expression, Models, Object, QualifiedName, Schema};
use limbeck_engine::autogenerate::{Comparison, Generated, compare, generate};
use limbeck_engine::compare::{CompareError, Project};
use limbeck_engine::fill;
use limbeck_engine::state::Bench;

use crate::answers::AnswerArgs;
use crate::command_error::{CommandError, Kind};
use crate::commands::check::left_to_others;
use crate::explain;
use crate::hint;
use crate::ui::Ui;
use crate::workspace::Workspace;
use place::NewArgs;

/// Write a new revision
#[derive(Debug, Args)]
pub(crate) struct RevisionArgs {
    /// Say what the revision is about
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Fill it with what the models differ in from the revisions
    #[arg(long)]
    pub(crate) autogenerate: bool,
    /// Build on this revision instead of the head; `heads` joins all of them, `base` begins anew; may be given more than once
    #[arg(long = "head", value_name = "REVISION", allow_hyphen_values = true)]
    pub(crate) heads: Vec<String>,
    /// Require that this revision has been run before; may be given more than once
    #[arg(long, value_name = "REVISION")]
    pub(crate) depends_on: Vec<String>,
    #[command(flatten)]
    pub(crate) new: NewArgs,
    /// Write the sections that this revision lacks for a database
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "",
          conflicts_with_all = ["message", "autogenerate", "heads", "depends_on", "new"])]
    pub(crate) complete: Option<String>,
    /// Write the sections that any revision lacks: all that is to be done into the head's
    #[arg(long, requires = "complete")]
    pub(crate) all: bool,
    /// Say in the header of files that do not say it which database they were written for, as --dialect names it
    #[arg(long, conflicts_with_all = ["message", "autogenerate", "heads", "depends_on", "new", "complete"])]
    pub(crate) mark: bool,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
}

/// What was found on one dialect; nothing generated when nothing differs.
#[derive(Debug)]
struct DialectOutcome {
    dialect: Dialect,
    comparison: Comparison,
    generated: Option<Generated>,
}

pub(crate) async fn cmd_revision(
    ui: &Ui,
    workspace: &Workspace,
    args: &RevisionArgs,
) -> Result<(), CommandError> {
    refuse_beyond_layout(workspace, args)?;
    if args.mark {
        return mark::mark(ui, workspace);
    }
    if let Some(id) = &args.complete {
        return match (args.all, id.as_str()) {
            (true, _) => complete::complete_all(ui, workspace, args).await,
            (false, "") => Err(CommandError::usage("which revision is to be completed?")
                .hint("limbeck revision --complete ID, or --complete --all")),
            (false, id) => complete::complete(ui, workspace, args, id).await,
        };
    }
    let description = args.message.as_deref().map(str::trim).unwrap_or_default();
    if description.is_empty() {
        return Err(
            CommandError::usage("the revision needs a description").hint("-m \"Add tasks\"")
        );
    }
    let folder = workspace.folder_to_begin()?;
    let parents = place::parents(ui, workspace, &folder.graph, args).await?;
    let mut revision = place::empty(&folder, &args.new, parents)?;
    if let Some(layout) = workspace.layout() {
        let wanted = args.new.rev_id.as_deref();
        revision.id = workspace.next_version(layout, &folder, wanted)?;
    }
    let lines = description.lines().map(str::trim_end);
    revision.description = lines.collect::<Vec<_>>().join("\n");
    revision.depends_on = place::depends_on(ui, workspace, &folder.graph, args, &revision).await?;
    if !args.autogenerate {
        if !args.answers.is_empty() {
            return Err(CommandError::usage(
                "answers are given, and nothing is asked without --autogenerate",
            )
            .hint("--autogenerate"));
        }
        let unwritten = || Sections {
            common: Some(Section::Unwritten(Unwritten::default())),
            ..Sections::default()
        };
        // SQL that somebody writes is for the databases of the project, where those are known.
        if workspace.tells_dialect()? {
            revision.dialects = workspace.listed_dialects()?.into_iter().collect();
        }
        revision.upgrade = unwritten();
        revision.downgrade = unwritten();
        let path = write(
            workspace,
            &folder.graph,
            &revision,
            args.new.version_path.as_deref(),
        )?;
        if let Some(layout) = workspace.layout() {
            let back = layout
                .downgrade()
                .map_or("", |_| ", and the way back beside it");
            ui.note(format!("Write its SQL there{back}, then: limbeck verify"));
        } else {
            ui.note("Write the SQL of both sections, then: limbeck verify");
        }
        return report::file(ui, &revision, &path, &[]);
    }

    let models = workspace.models(ui)?;
    let listed = workspace.listed_dialects()?;
    let dialects = workspace.dialects()?;
    let mut benches = Vec::new();
    for dialect in &dialects {
        workspace.refuse_unsaid(&folder.graph, *dialect)?;
        benches.push(workspace.bench(*dialect)?);
    }
    let next = Next {
        folder: &folder,
        id: &revision.id,
        parents: &revision.parents,
    };
    let outcome = autogenerate(ui, workspace, next, &mut benches, &models, &args.answers).await;
    let closed = close(benches).await;
    let outcomes = outcome?;
    closed?;
    report::spent(ui, &models, &outcomes);
    if outcomes.iter().all(|outcome| outcome.generated.is_none()) {
        return report::nothing(ui, workspace, &models);
    }
    fill(&mut revision, &listed, &outcomes);
    report::findings(ui, workspace, &models, &outcomes);
    check_text(&revision)?;
    let path = write(
        workspace,
        &folder.graph,
        &revision,
        args.new.version_path.as_deref(),
    )?;
    for dialect in &revision.pending {
        ui.note(format!(
            "Pending on {dialect}: limbeck revision --complete {}",
            revision.id
        ));
    }
    report::file(ui, &revision, &path, &outcomes)
}

/// Refuses what the layout of another tool has no place for.
fn refuse_beyond_layout(workspace: &Workspace, args: &RevisionArgs) -> Result<(), CommandError> {
    let said = [
        ("--head", !args.heads.is_empty()),
        ("--depends-on", !args.depends_on.is_empty()),
        ("--splice", args.new.splice),
        ("--branch-label", args.new.branch_label.is_some()),
        ("--version-path", args.new.version_path.is_some()),
        ("--complete", args.complete.is_some()),
        ("--mark", args.mark),
    ];
    match said.iter().find(|(_, is_said)| *is_said) {
        Some((flag, _)) => workspace.refuse_in_layout(&format!("revision {flag}")),
        None => Ok(()),
    }
}

/// The revision that is to be written, as far as it is known before.
#[derive(Debug, Clone, Copy)]
struct Next<'a> {
    folder: &'a Folder,
    id: &'a RevisionId,
    parents: &'a [RevisionId],
}

/// Compares, asks, generates and proves, on every dialect.
async fn autogenerate(
    ui: &Ui,
    workspace: &Workspace,
    next: Next<'_>,
    benches: &mut [Bench],
    models: &Models,
    answers: &AnswerArgs,
) -> Result<Vec<DialectOutcome>, CommandError> {
    let unmanaged = workspace.unmanaged();
    let project = Project {
        folder: next.folder,
        parents: next.parents,
        unmanaged: &unmanaged,
    };
    let comparisons = decide(ui, project, benches, models, answers).await?;
    let left: BTreeSet<&Object> = comparisons
        .iter()
        .flat_map(|comparison| &comparison.unmanaged)
        .filter(|object| matches!(object, Object::Column(..)))
        .collect();
    for object in left {
        ui.note(format!("unmanaged: {}", left_to_others(object)));
    }
    let mut outcomes = Vec::new();
    for (bench, comparison) in benches.iter_mut().zip(comparisons) {
        let dialect = bench.dialect();
        let progress = ui.progress(format!("Proving the revision on {dialect}"));
        let generated = generate(bench, project, comparison.clone(), Some(next.id)).await;
        drop(progress);
        outcomes.push(DialectOutcome {
            dialect,
            comparison,
            generated: generated.map_err(|error| explain::generate(&error, models))?,
        });
    }
    Ok(outcomes)
}

/// Compares on every dialect until no question is open.
async fn decide(
    ui: &Ui,
    project: Project<'_>,
    benches: &mut [Bench],
    models: &Models,
    answers: &AnswerArgs,
) -> Result<Vec<Comparison>, CommandError> {
    let mut states = Vec::new();
    for bench in benches.iter_mut() {
        let progress = ui.progress(format!("Replaying revisions on {}", bench.dialect()));
        let state = bench.state(project.folder, project.parents).await;
        drop(progress);
        states.push(state.map_err(|error| unavailable(&error, bench.dialect()))?);
    }
    let states: Vec<&Schema> = states.iter().map(|state| &state.schema).collect();
    let mut decisions = answers.decisions(&models.renamed_from, &states, &models.schema)?;
    loop {
        let mut questions = Vec::new();
        let mut comparisons = Vec::new();
        for bench in benches.iter_mut() {
            let progress = ui.progress(format!(
                "Comparing models and revisions on {}",
                bench.dialect()
            ));
            let outcome = compare(bench, project, models, &decisions).await;
            drop(progress);
            match outcome {
                Ok(comparison) => comparisons.push(comparison),
                Err(CompareError::Undecided(open)) => {
                    for question in open {
                        let flags = hint::flags(&question);
                        if !questions
                            .iter()
                            .any(|one: &limbeck_core::diff::Undecided| hint::flags(one) == flags)
                        {
                            questions.push(question);
                        }
                    }
                }
                Err(error) => return Err(explain::compare(&error, Some(models))),
            }
        }
        if questions.is_empty() {
            let operations = comparisons.iter().flat_map(|one| &one.operations);
            let operations: Vec<&Operation> = operations.collect();
            answers.refuse_unused(&models.renamed_from, &states, &models.schema, &operations)?;
            return Ok(comparisons);
        }
        let before: Decisions = decisions.clone();
        let refusal = async |decisions: &Decisions,
                             place: (&QualifiedName, &str),
                             value: &Expression| {
            for bench in benches.iter_mut() {
                let refusal = fill::refusal(bench, project, models, decisions, place, value).await;
                if let Some(error) = refusal.map_err(|error| explain::state(&error))? {
                    return Ok(Some(error.to_string()));
                }
            }
            Ok(None)
        };
        answers
            .answer(ui, &questions, &mut decisions, refusal)
            .await?;
        if decisions == before {
            let texts: Vec<String> = questions.iter().map(ToString::to_string).collect();
            return Err(
                CommandError::new(Kind::Bug, "an answer did not settle its question")
                    .cause(texts.join(", ")),
            );
        }
    }
}

/// A dialect that cannot be had can be left for later.
fn unavailable(error: &limbeck_engine::state::StateError, dialect: Dialect) -> CommandError {
    let own = explain::state(error);
    match error {
        limbeck_engine::state::StateError::Scratch(_)
        | limbeck_engine::state::StateError::Connect(_) => {
            own.cause(format!("`{dialect}` is among the dialects of this project"))
        }
        _ => own,
    }
}

async fn close(benches: Vec<Bench>) -> Result<(), CommandError> {
    let mut outcome = Ok(());
    for bench in benches {
        let closed = bench.close().await.map_err(|error| explain::state(&error));
        outcome = outcome.and(closed);
    }
    outcome
}

/// Puts the sections in: unmarked in a project of one dialect, which the header names, else each
/// marked with its own.
fn fill(revision: &mut Revision, listed: &[Dialect], outcomes: &[DialectOutcome]) {
    for outcome in outcomes {
        let nothing = || Section::Steps(Vec::new());
        let (upgrade, downgrade) = match &outcome.generated {
            Some(generated) => (generated.upgrade.clone(), generated.downgrade.clone()),
            None => (nothing(), nothing()),
        };
        if listed.len() == 1 {
            revision.dialects = BTreeSet::from([outcome.dialect]);
            revision.upgrade.common = Some(upgrade);
            revision.downgrade.common = Some(downgrade);
        } else {
            revision.upgrade.dialects.insert(outcome.dialect, upgrade);
            revision
                .downgrade
                .dialects
                .insert(outcome.dialect, downgrade);
        }
    }
    let is_done = |dialect: &Dialect| outcomes.iter().any(|outcome| outcome.dialect == *dialect);
    revision.pending = listed
        .iter()
        .filter(|dialect| !is_done(dialect))
        .copied()
        .collect();
}

/// The time as headers have it.
pub(super) fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}

/// A revision that does not read back as it was meant must not reach the disk.
fn check_text(revision: &Revision) -> Result<(), CommandError> {
    let text = render(revision);
    let error = match parse(&text, "the new revision") {
        Ok(read) if read == *revision => return Ok(()),
        Ok(_) if let Some(statement) = with_line_end_of_windows(revision) => {
            return Err(CommandError::new(
                Kind::Usage,
                format!("no file can keep the line end of Windows (CR LF) in a text or a name of `{statement}`"),
            )
            .cause("files have the line ends of the system that they are checked out on")
            .hint("write it without the CR; where the value needs one, put it together: 'a' || char(13, 10) || 'b'"));
        }
        Ok(_) => CommandError::new(
            Kind::Bug,
            "the revision would not read back as it was written",
        ),
        Err(error) => CommandError::of(Kind::Bug, &error),
    };
    Err(error.hint("no file is written; this is a bug in Limbeck"))
}

/// The beginning of a statement with a line end that no file keeps.
fn with_line_end_of_windows(revision: &Revision) -> Option<String> {
    let sections = [Direction::Upgrade, Direction::Downgrade];
    let sections = sections.iter().map(|way| revision.sections(*way));
    let sections = sections.flat_map(|way| way.common.iter().chain(way.dialects.values()));
    let mut steps = sections.flat_map(Section::steps);
    let step = steps.find(|step| step.sql.contains("\r\n"))?;
    let (before, _) = step.sql.split_once("\r\n")?;
    let start = before.rfind(";\n").map_or(before, |end| &before[end + 2..]);
    let first = start.trim_start().lines().next()?;
    Some(first.trim_end().chars().take(60).collect())
}

/// Writes the file of a revision.
pub(super) fn write(
    workspace: &Workspace,
    graph: &Graph,
    revision: &Revision,
    version_path: Option<&Path>,
) -> Result<PathBuf, CommandError> {
    check_text(revision)?;
    if let Some(layout) = workspace.layout() {
        return workspace.write_in(layout, graph, revision);
    }
    let folder = place::folder(workspace, graph, revision, version_path)?;
    folder::write(&folder, revision).map_err(|error| explain::folder(&error))
}
