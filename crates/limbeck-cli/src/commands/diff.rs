//! `limbeck diff`: the way from one schema to another.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use limbeck::folder::Folder;
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::compare::Ignored;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, Undecided, WhenUndecided};
use limbeck_core::op::{Hazard, HazardCode, Operation};
use limbeck_core::plan::{Plan, PlannedStep, StepMode};
use limbeck_core::revision::{self, Revision, RevisionId, Section, Sections};
use limbeck_core::schema::Models;
use limbeck_engine::compare::CompareError;
use limbeck_engine::sides::{Answers, Side, SideError, Way, way};
use serde::Serialize;

use crate::answers::{AnswerArgs, undecided_between};
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::ignore::{IgnoreArgs, nothing_differs};
use crate::ui::{Ui, count};
use crate::workspace::{Workspace, resolve, short};

/// Print the way from one schema to another as SQL; exit 1 when they differ
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// `models`, `revisions`, `revisions@ID`, a database URL or a .sql file
    pub(crate) from: String,
    /// The same
    pub(crate) to: String,
    /// Print the way back, too, as a revision has it
    #[arg(long)]
    pub(crate) both: bool,
    #[command(flatten)]
    pub(crate) ignore: IgnoreArgs,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
}

#[derive(Serialize)]
struct Difference {
    operations: Vec<DiffOperation>,
    upgrade: Vec<DiffStep>,
    downgrade: Vec<DiffStep>,
    /// Why there is no way back.
    #[serde(skip_serializing_if = "Option::is_none")]
    irreversible: Option<String>,
    /// What made no difference because somebody said so.
    ignored: Vec<&'static str>,
    /// Why the way was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    untried: Option<String>,
}

#[derive(Serialize)]
struct DiffOperation {
    describe: String,
    object: String,
    hazards: Vec<DiffHazard>,
}

#[derive(Serialize)]
struct DiffHazard {
    code: HazardCode,
    object: String,
    reason: String,
}

#[derive(Serialize)]
struct DiffStep {
    transaction: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    foreign_keys_off: bool,
    statements: Vec<String>,
    hazards: Vec<DiffHazard>,
    /// The objects whose values are lost.
    loses: Vec<String>,
}

/// A side as it is named, before it is known which dialect is meant.
enum Named {
    Models,
    Revisions(String),
    Database(DatabaseUrl),
    Sql(PathBuf),
}

pub(crate) async fn cmd_diff(
    ui: &Ui,
    workspace: &Workspace,
    args: &DiffArgs,
) -> Result<(), CommandError> {
    let from = named(workspace, &args.from)?;
    let to = named(workspace, &args.to)?;
    let dialect = dialect(workspace, &from, &to)?;
    let needs_models = [&from, &to]
        .iter()
        .any(|side| matches!(side, Named::Models));
    let models = if needs_models {
        workspace.models(ui)?
    } else {
        Models::default()
    };
    let folder = workspace.folder()?;
    if let (Named::Revisions(_), _) | (_, Named::Revisions(_)) = (&from, &to) {
        workspace.refuse_unsaid(&folder.graph, dialect)?;
    }
    let from = side(&from, &models, &folder)?;
    let to = side(&to, &models, &folder)?;

    let ignored = args.ignore.ignored(workspace)?;
    let mut bench = workspace.bench(dialect)?;
    let outcome = compare(&mut bench, workspace, &from, &to, args, &ignored).await;
    let closed = bench.close().await.map_err(|error| explain::state(&error));
    let way = outcome?;
    closed?;
    if ui.is_json() {
        ui.json(&json(&way, &ignored))?;
    } else if !way.operations.is_empty() {
        let parts = if args.both {
            Parts::Both
        } else {
            Parts::Upgrade
        };
        ui.verbatim(text(&way, parts, dialect).trim_end());
    }
    for table in &way.reordered {
        ui.note(format!(
            "note: the columns of `{table}` stand in another order, which is left as it is"
        ));
    }
    if let Some(reason) = &way.untried {
        ui.note(format!(
            "note: the way was not tried, since the first side cannot be made again: {reason}"
        ));
    }
    if way.operations.is_empty() {
        ui.note(if needs_models && models.schema.tables.is_empty() {
            "There is no model to compare with".to_owned()
        } else {
            nothing_differs(&ignored)
        });
        return Ok(());
    }
    if !ignored.is_empty() {
        ui.note(format!("note: {} ignored", ignored.words()));
    }
    Err(CommandError::new(
        Kind::Differs,
        format!(
            "the sides differ in {}",
            count(way.operations.len(), "operation")
        ),
    ))
}

async fn compare(
    bench: &mut limbeck_engine::state::Bench,
    workspace: &Workspace,
    from: &Side<'_>,
    to: &Side<'_>,
    args: &DiffArgs,
    ignored: &Ignored,
) -> Result<Way, CommandError> {
    let mut answers = Answers {
        decisions: Decisions::default(),
        flags: args.answers.flags(),
        unmanaged: workspace.unmanaged(),
        ignored: ignored.clone(),
    };
    if args.answers.no_rename && args.answers.drop_all {
        answers.decisions.when_undecided = WhenUndecided::DropAndCreate;
    }
    loop {
        let questions = match way(bench, from, to, &answers).await {
            Ok(way) => return Ok(way),
            Err(SideError::Compare(CompareError::Undecided(questions))) => questions,
            Err(error) => return Err(explain::side(&error)),
        };
        // A value is for rows, and there are none here.
        let open: Vec<Undecided> = args
            .answers
            .settle(&questions, &mut answers.decisions)
            .into_iter()
            .filter(|question| !matches!(question, Undecided::Fill { .. }))
            .collect();
        if !open.is_empty() {
            return Err(undecided_between(&open, &words(from), &words(to)));
        }
        let only_values = questions
            .iter()
            .all(|question| matches!(question, Undecided::Fill { .. }));
        if only_values {
            answers.decisions.when_undecided = WhenUndecided::DropAndCreate;
        }
    }
}

fn named(workspace: &Workspace, text: &str) -> Result<Named, CommandError> {
    if text == "models" {
        return Ok(Named::Models);
    }
    if text == "revisions" {
        return Ok(Named::Revisions("heads".to_owned()));
    }
    if let Some(id) = text.strip_prefix("revisions@") {
        return Ok(Named::Revisions(id.to_owned()));
    }
    let is_file = std::path::Path::new(text)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    if is_file && !text.contains("://") {
        return Ok(Named::Sql(PathBuf::from(text)));
    }
    if text.contains(':') {
        return workspace.argument_url(text).map(Named::Database);
    }
    Err(
        CommandError::usage(format!("`{text}` is nothing that can be compared")).hint(
            "name `models`, `revisions`, `revisions@ID`, a database URL or a file that ends in .sql",
        ),
    )
}

fn dialect(workspace: &Workspace, from: &Named, to: &Named) -> Result<Dialect, CommandError> {
    let of = |side: &Named| match side {
        Named::Database(url) => Some(url.dialect()),
        Named::Models | Named::Revisions(_) | Named::Sql(_) => None,
    };
    match (of(from), of(to)) {
        (Some(one), Some(other)) if one != other => Err(CommandError::usage(
            "the two sides are databases of different dialects",
        )),
        (Some(dialect), _) | (_, Some(dialect)) => Ok(dialect),
        (None, None) => {
            let of_files = matches!((from, to), (Named::Sql(_), Named::Sql(_)));
            // A file of SQL is for one of them, and a project that names none has no say in it.
            let is_told = !of_files || workspace.tells_dialect()?;
            let possible = if is_told {
                workspace.possible_dialects()?
            } else {
                Vec::new()
            };
            match possible.as_slice() {
                [dialect] => Ok(*dialect),
                _ => Err(CommandError::usage("neither side tells its dialect")
                    .hint("add --dialect postgres or --dialect sqlite")),
            }
        }
    }
}

fn side<'a>(
    named: &Named,
    models: &'a Models,
    folder: &'a Folder,
) -> Result<Side<'a>, CommandError> {
    Ok(match named {
        Named::Models => Side::Models(models),
        Named::Revisions(text) => Side::Revisions(folder, resolve(&folder.graph, text, &[])?),
        // To open a file that is not there would make it.
        Named::Database(url) => match url.location() {
            Location::File { path, .. } if !path.exists() => {
                return Err(CommandError::usage(format!("`{url}` is not there")));
            }
            _ => Side::Database(url.clone()),
        },
        Named::Sql(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                CommandError::usage(format!("cannot read {}", path.display()))
                    .cause(error.to_string())
            })?;
            if let Some(place) = text.find('\0') {
                let line = 1 + text[..place].matches('\n').count();
                let message = format!(
                    "{}:{line}: a NUL byte, which no database takes",
                    path.display()
                );
                return Err(CommandError::usage(message));
            }
            Side::Sql {
                path: path.clone(),
                text: text.trim_start_matches('\u{feff}').to_owned(),
            }
        }
    })
}

/// A side as questions name it.
fn words(side: &Side<'_>) -> String {
    match side {
        Side::Models(_) => "the models".to_owned(),
        Side::Revisions(folder, ids) => {
            let heads: Vec<&RevisionId> = folder.graph.heads();
            if ids.len() == heads.len() && ids.iter().all(|id| heads.contains(&id)) {
                return "the revisions".to_owned();
            }
            let ids: Vec<String> = ids.iter().map(|id| short(&folder.graph, id)).collect();
            match ids.as_slice() {
                [] => "the base".to_owned(),
                ids => format!("revisions@{}", ids.join(", ")),
            }
        }
        Side::Database(url) => format!("`{url}`"),
        Side::Sql { path, .. } => path.display().to_string(),
    }
}

fn json(way: &Way, ignored: &Ignored) -> Difference {
    let hazard = |hazard: &Hazard| DiffHazard {
        code: hazard.code,
        object: hazard.object.to_string(),
        reason: hazard.reason.clone(),
    };
    let steps = |plan: &Plan| {
        plan.steps
            .iter()
            .map(|step| DiffStep {
                transaction: step.mode != StepMode::NoTransaction,
                foreign_keys_off: step.mode == StepMode::ForeignKeysOff,
                statements: step
                    .statements
                    .iter()
                    .map(|statement| statement.sql.clone())
                    .collect(),
                hazards: hazards(step).map(hazard).collect(),
                loses: hazards(step)
                    .filter(|hazard| hazard.code == HazardCode::DeletesData)
                    .map(|hazard| hazard.object.to_string())
                    .collect(),
            })
            .collect()
    };
    // What the state before rules out is in no step.
    let known: Vec<&Hazard> = way.upgrade.steps.iter().flat_map(hazards).collect();
    let operation = |operation: &Operation| {
        let own = operation.hazards();
        let own = own.iter().filter(|one| known.contains(one));
        DiffOperation {
            describe: operation.describe(),
            object: operation.object().to_string(),
            hazards: own.map(hazard).collect(),
        }
    };
    Difference {
        operations: way.operations.iter().map(operation).collect(),
        upgrade: steps(&way.upgrade),
        downgrade: steps(&way.downgrade),
        irreversible: way.downgrade.irreversible.clone(),
        ignored: ignored.0.iter().map(|aspect| aspect.as_str()).collect(),
        untried: way.untried.clone(),
    }
}

fn hazards(step: &PlannedStep) -> impl Iterator<Item = &Hazard> {
    step.statements
        .iter()
        .flat_map(|statement| &statement.hazards)
}

/// What is printed of a way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    /// What leads to the other side, and can be given to a shell.
    Upgrade,
    /// The way back behind it.
    Both,
}

/// The sections of a revision, without its header: there is no revision yet.
fn text(way: &Way, parts: Parts, dialect: Dialect) -> String {
    let sections = |plan: &Plan| Sections {
        common: Some(if plan.is_empty() && plan.irreversible.is_none() {
            Section::Steps(Vec::new())
        } else {
            revision::section(plan, dialect)
        }),
        dialects: Default::default(),
    };
    let revision = Revision {
        id: RevisionId::new_from_entropy([0; 6]),
        parents: Vec::new(),
        description: String::new(),
        created: String::new(),
        label: None,
        depends_on: Vec::new(),
        pending: Default::default(),
        dialects: Default::default(),
        requires: Default::default(),
        replaces: Vec::new(),
        lines: Default::default(),
        upgrade: sections(&way.upgrade),
        downgrade: sections(&way.downgrade),
    };
    let text = revision::render(&revision);
    let start = text.find("-- upgrade").unwrap_or_default();
    let end = match parts {
        Parts::Both => None,
        Parts::Upgrade => text.find("\n-- downgrade"),
    };
    text[start..end.unwrap_or(text.len())].to_owned()
}
