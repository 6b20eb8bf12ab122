//! `limbeck check`: models against revisions, and a live database against both.

mod live;
mod tell;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use limbeck::folder::Folder;
use limbeck::history::Applied;
use limbeck::url::DatabaseUrl;
use limbeck_core::compare::Ignored;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, Undecided};
use limbeck_core::revision::{Gap, Graph, RevisionId};
use limbeck_core::schema::{Models, Object};
use limbeck_engine::autogenerate::compare;
use limbeck_engine::branches::{Which, clashes};
use limbeck_engine::compare::{CompareError, Project};
use limbeck_engine::drift::{self, DriftError, Found};
use limbeck_engine::state::Bench;
use serde::Serialize;

use crate::command_error::CommandError;
use crate::commands::merge::listed;
use crate::commands::verify::clash_sentence;
use crate::explain;
use crate::ignore::IgnoreArgs;
use crate::neighbours;
use crate::ui::Ui;
use crate::workspace::{ReadModels, Workspace, short};
use live::{add_live, check_live};
pub(super) use tell::left_to_others;
use tell::{conclude, show};

/// Compare models, revisions and database; exit 1 when anything differs
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Look at one thing only
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) only: Option<What>,
    #[command(flatten)]
    pub(crate) ignore: IgnoreArgs,
}

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// The models from the revisions
    Models,
    /// The database from the revisions that it has run
    Drift,
    /// Revisions that the database has not run
    Pending,
    /// Branches of which it matters which runs first
    Branches,
}

/// One thing that differs.
#[derive(Debug, Serialize)]
struct Finding {
    what: What,
    /// The dialects on which it is so.
    dialects: BTreeSet<Dialect>,
    object: Option<String>,
    /// The struct and field, such as `Task::priority`.
    path: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    text: String,
}

#[derive(Debug, Serialize)]
struct Report {
    findings: Vec<Finding>,
    unmanaged: BTreeSet<String>,
    /// The database that was looked at.
    live: Option<String>,
    /// Whether models were asked for, and there is none.
    #[serde(skip)]
    lacks_models: bool,
    /// The heads that are to be joined, as messages show them.
    #[serde(skip)]
    heads: Vec<String>,
    /// What the database has run without what it needs.
    #[serde(skip)]
    gap: Option<Gap>,
    /// What made no difference because somebody said so.
    ignored: Vec<&'static str>,
}

pub(crate) async fn cmd_check(
    ui: &Ui,
    workspace: &Workspace,
    args: &CheckArgs,
) -> Result<(), CommandError> {
    let wants = |what: What| args.only.is_none_or(|only| only == what);
    let ignored = args.ignore.ignored(workspace)?;
    let folder = workspace.folder()?;
    let mut report = Report {
        findings: Vec::new(),
        unmanaged: BTreeSet::new(),
        live: None,
        lacks_models: false,
        heads: Vec::new(),
        gap: None,
        ignored: ignored.0.iter().map(|aspect| aspect.as_str()).collect(),
    };
    let wants_live = wants(What::Drift) || wants(What::Pending);
    if let (true, Ok(Some(url))) = (wants_live, workspace.url()) {
        workspace.refuse_unsaid(&folder.graph, url.dialect())?;
    }
    let scanning = async {
        if wants(What::Models) {
            scanned(workspace).await.map(Some)
        } else {
            Ok(None)
        }
    };
    // The server reads its catalog while the models are read here. What is wrong with the models is
    // said first, and does not wait for the server.
    let looking = async {
        Ok(if wants_live {
            look(workspace, &folder, args).await
        } else {
            Ok(None)
        })
    };
    let (models, live) = tokio::try_join!(scanning, looking)?;
    let edited = edited(&folder, live.as_ref().ok().and_then(Option::as_ref));
    let models = models.map(|models| models.told(ui));
    report.lacks_models = models
        .as_ref()
        .is_some_and(|models| models.schema.tables.is_empty());
    if report.lacks_models && folder.graph.iter().next().is_none() {
        return Err(nothing_to_compare(workspace));
    }
    let mut benches = BTreeMap::new();
    // The revisions are replayed into the schema that the live database has them in.
    let looked = live.as_ref().ok().and_then(Option::as_ref);
    let schema = looked
        .and_then(|live| live.database.as_ref())
        .and_then(|looked| looked.schema.clone());
    let compared = looked
        .filter(|live| live.database.is_some())
        .map(|live| live.url.dialect());
    let outcome = async {
        if let Some(dialect) = compared {
            bench_for(workspace, &mut benches, dialect, schema.as_deref())?.expect_base();
        }
        if let Some(models) = &models {
            for dialect in workspace.dialects()? {
                workspace.refuse_unsaid(&folder.graph, dialect)?;
                let bench = bench_for(workspace, &mut benches, dialect, schema.as_deref())?;
                check_models(ui, workspace, &folder, bench, models, &mut report).await?;
            }
        }
        if wants(What::Branches) && folder.graph.heads().len() > 1 {
            let dialects = workspace.dialects()?;
            for dialect in dialects.iter().copied() {
                let bench = bench_for(workspace, &mut benches, dialect, schema.as_deref())?;
                check_branches(ui, &folder, bench, &mut report).await?;
            }
            check_heads(ui, &folder.graph, dialects, &mut report);
        }
        if let Some(live) = live? {
            let dialect = live.url.dialect();
            let bench = bench_for(workspace, &mut benches, dialect, schema.as_deref())?;
            let asked = Asked {
                args,
                ignored: &ignored,
            };
            check_live(ui, workspace, &folder, asked, bench, live, &mut report).await?;
        } else if wants_live {
            ui.note("No database URL is configured: drift and pending revisions were not checked");
        }
        Ok::<(), CommandError>(())
    }
    .await;
    let mut closed = Ok(());
    for bench in benches.into_values() {
        closed = closed.and(bench.close().await.map_err(|error| explain::state(&error)));
    }
    outcome.and(closed).map_err(|error| edited.explain(error))?;
    if ui.is_json() {
        ui.json(&report)?;
    } else {
        show(ui, workspace, &report)?;
    }
    conclude(ui, workspace, &folder, &report, &ignored)
}

fn nothing_to_compare(workspace: &Workspace) -> CommandError {
    let text = "there is nothing to compare: no model and no revision";
    let found = workspace.neighbours();
    let is_alone = found.is_empty();
    let error = found
        .iter()
        .map(ToString::to_string)
        .fold(CommandError::config(text), CommandError::cause);
    let error = error.hint_if((!is_alone).then_some(neighbours::HINT));
    error
        .hint("derive `limbeck::Table` on a struct, then: limbeck revision --autogenerate -m \"…\"")
}

/// Files that say something else than what was run on the live database.
struct Edited(Vec<(RevisionId, String)>);

fn edited(folder: &Folder, live: Option<&Live>) -> Edited {
    let database = live.and_then(|live| Some((live.url.dialect(), live.database.as_ref()?)));
    let Some((dialect, looked)) = database else {
        return Edited(Vec::new());
    };
    let changed = looked.applied.changed(&folder.graph, dialect);
    let file = |id: &RevisionId| folder.graph.file(id).unwrap_or_default().to_owned();
    Edited(
        changed
            .into_iter()
            .map(|id| (id.clone(), file(&id)))
            .collect(),
    )
}

impl Edited {
    /// An edited file shows in the replay of a later one, which is not to blame.
    fn explain(&self, error: CommandError) -> CommandError {
        self.0.iter().fold(error, |error, (id, file)| {
            error
                .cause(format!(
                    "{file}: changed since it was run as revision `{id}`"
                ))
                .hint(format!(
                    "restore {file}, and write what is to change into a new revision"
                ))
        })
    }
}

/// What was asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    args: &'a CheckArgs,
    ignored: &'a Ignored,
}

async fn check_models(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    bench: &mut Bench,
    models: &Models,
    report: &mut Report,
) -> Result<(), CommandError> {
    let dialect = bench.dialect();
    let heads: Vec<RevisionId> = folder.graph.heads().into_iter().cloned().collect();
    let unmanaged = workspace.unmanaged();
    let project = Project {
        folder,
        parents: &heads,
        unmanaged: &unmanaged,
    };
    let progress = ui.progress(format!("Comparing models and revisions on {dialect}"));
    let mut decisions = Decisions::default();
    let mut questions: Vec<Undecided> = Vec::new();
    let outcome = loop {
        match compare(bench, project, models, &decisions).await {
            // A question is a finding; what lies behind it is found with the answer that needs nobody.
            Err(CompareError::Undecided(mut open)) => {
                if open
                    .iter()
                    .all(|question| !assume(question, &mut decisions))
                {
                    break Err(CompareError::Undecided(open));
                }
                // A column that may be a rename needs no value then.
                open.retain(|question| {
                    let about = objects(question).pop();
                    !questions.iter().any(|one| objects(one).pop() == about)
                });
                questions.extend(open);
            }
            outcome => break outcome,
        }
    };
    drop(progress);
    let comparison = outcome.map_err(|error| explain::compare(&error, Some(models)))?;
    let asked: BTreeSet<Object> = questions.iter().flat_map(objects).collect();
    for question in &questions {
        let object = objects(question).pop();
        add(report, dialect, models, object, question.to_string());
    }
    for operation in &comparison.operations {
        let object = operation.object();
        if !asked.contains(&object) {
            add(report, dialect, models, Some(object), operation.describe());
        }
    }
    report
        .unmanaged
        .extend(comparison.unmanaged.iter().map(left_to_others));
    Ok(())
}

async fn check_branches(
    ui: &Ui,
    folder: &Folder,
    bench: &mut Bench,
    report: &mut Report,
) -> Result<(), CommandError> {
    let dialect = bench.dialect();
    let progress = ui.progress(format!("Running branches in both orders on {dialect}"));
    let found = clashes(bench, folder, Which::Heads).await;
    drop(progress);
    for clash in found.map_err(|error| explain::state(&error))? {
        let sentence = clash_sentence(&folder.graph, &clash);
        let text = format!("{sentence}: {}", clash.differences.join("; "));
        add_live(report, What::Branches, dialect, text);
    }
    Ok(())
}

/// Tells of several heads, unless each ends a branch with a label of its own: that is meant.
fn check_heads(ui: &Ui, graph: &Graph, dialects: Vec<Dialect>, report: &mut Report) {
    let heads = graph.heads();
    let names: Vec<String> = heads
        .iter()
        .map(|id| graph.located(id).to_string())
        .collect();
    let text = format!("there are {} heads: {}", heads.len(), listed(&names));
    let labels = graph.labels_of_branches();
    let of_heads: Vec<_> = heads.iter().filter_map(|id| labels.get(*id)).collect();
    let all: BTreeSet<&str> = of_heads.iter().copied().flatten().copied().collect();
    let each: usize = of_heads.iter().map(|labels| labels.len()).sum();
    if of_heads.len() == heads.len() && all.len() == each {
        ui.note(format!("note: {text}, each on a branch with a label"));
        return;
    }
    report.heads = heads.iter().map(|id| short(graph, id)).collect();
    report.findings.push(Finding {
        what: What::Branches,
        dialects: dialects.into_iter().collect(),
        object: None,
        path: None,
        file: None,
        line: None,
        text,
    });
}

/// Takes an answer, so that the comparison goes on; `false` when it was taken before.
fn assume(question: &Undecided, decisions: &mut Decisions) -> bool {
    match question {
        Undecided::Drop { object, .. } => decisions.drops.insert(object.clone()),
        Undecided::Rename { from, .. } => decisions.drops.insert(from.clone()),
        Undecided::Fill { table, column, .. } => {
            let column = Object::Column(table.clone(), column.clone());
            let value = limbeck_core::schema::Expression("NULL".to_owned());
            decisions.fills.insert(column, value).is_none()
        }
    }
}

/// What a question is about; the declared object last.
fn objects(question: &Undecided) -> Vec<Object> {
    match question {
        Undecided::Drop { object, .. } => vec![object.clone()],
        Undecided::Rename { from, to, .. } => vec![from.clone(), to.clone()],
        Undecided::Fill { table, column, .. } => {
            vec![Object::Column(table.clone(), column.clone())]
        }
    }
}

fn add(
    report: &mut Report,
    dialect: Dialect,
    models: &Models,
    object: Option<Object>,
    text: String,
) {
    let known = report
        .findings
        .iter_mut()
        .find(|one| one.what == What::Models && one.text == text);
    if let Some(known) = known {
        known.dialects.insert(dialect);
        return;
    }
    let origin = object.as_ref().and_then(|object| models.origin(object));
    report.findings.push(Finding {
        what: What::Models,
        dialects: BTreeSet::from([dialect]),
        object: object.as_ref().map(ToString::to_string),
        path: origin.map(|origin| origin.path.clone()),
        file: origin.map(|origin| origin.file.clone()),
        line: origin.map(|origin| origin.line),
        text,
    });
}

/// A live database.
struct Live {
    url: DatabaseUrl,
    /// What it holds; none where it is not there yet.
    database: Option<Looked>,
}

struct Looked {
    applied: Applied,
    /// The schema that names without one are in, where that is not what the project says.
    schema: Option<String>,
    /// Its objects, where they can be compared with a state of the revisions.
    found: Option<Found>,
}

/// Looks at the live database; there may be none.
async fn look(
    workspace: &Workspace,
    folder: &Folder,
    args: &CheckArgs,
) -> Result<Option<Live>, CommandError> {
    if args.only.is_none() && workspace.url()?.is_none() {
        return Ok(None);
    }
    let url = workspace.required_url()?;
    let Some(mut connection) = workspace.look(&url).await? else {
        return Ok(Some(Live {
            url,
            database: None,
        }));
    };
    let applied = workspace
        .applied_or_taken_over(&mut connection, &folder.graph)
        .await?;
    let is_compared = args.only != Some(What::Pending)
        && applied.half.is_none()
        && applied.gap(&folder.graph).is_none()
        && applied.unknown(&folder.graph).is_empty();
    let options = workspace.inspect_options_of(&mut connection).await?;
    let own = workspace.inspect_options().default_schema;
    let schema = options.default_schema.name(Dialect::Postgres);
    let schema = (options.default_schema != own).then(|| schema.to_owned());
    let found = if is_compared {
        let found = drift::look(&options, &mut connection).await;
        Some(found.map_err(|error| explain::drift(&DriftError::Inspect(error)))?)
    } else {
        None
    };
    Ok(Some(Live {
        url,
        database: Some(Looked {
            applied,
            schema,
            found,
        }),
    }))
}

/// Reads the models on a thread of their own.
async fn scanned(workspace: &Workspace) -> Result<ReadModels, CommandError> {
    let workspace = workspace.clone();
    match tokio::task::spawn_blocking(move || workspace.scan()).await {
        Ok(models) => models,
        // It is not cancelled before it begins, so it has panicked.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn bench_for<'a>(
    workspace: &Workspace,
    benches: &'a mut BTreeMap<Dialect, Bench>,
    dialect: Dialect,
    schema: Option<&str>,
) -> Result<&'a mut Bench, CommandError> {
    match benches.entry(dialect) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(place) => Ok(place.insert(workspace.bench_in(dialect, schema)?)),
    }
}
