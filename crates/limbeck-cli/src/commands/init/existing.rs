//! `limbeck init --from`: a project on a database that is there already.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use limbeck::connection::Connection;
use limbeck::folder::{Folder, PRELUDE};
use limbeck::run;
use limbeck::url::DatabaseUrl;
use limbeck_core::compare::Unmanaged;
use limbeck_core::dialect::Dialect;
use limbeck_core::diff::{Decisions, WhenUndecided};
use limbeck_core::op::Operation;
use limbeck_core::revision::{Direction, Replaced, Revision, RevisionId, Sections};
use limbeck_core::schema::{Models, Schema, Table};
use limbeck_core::sql::quote_identifier;
use limbeck_engine::autogenerate::{Comparison, compare};
use limbeck_engine::baseline::{Baseline, baseline};
use limbeck_engine::compare::Project;
use limbeck_engine::drift::drift;
use limbeck_engine::inspect::{inspect, roles};
use limbeck_engine::state::{Bench, missing_roles};
use limbeck_engine::uuids::note_uuids;

use super::InitArgs;
use super::chosen;
use super::dependencies;
use super::entities::{self, Unread};
use super::files::Files;
use super::models;
use super::other_dialect;
use super::others::{self, ToOthers};
use super::place::{self, ModelsFile, Prefer};
use super::report;
use super::stamp;
use super::take_over::{self, Source, TakenOver};
use crate::command_error::{CommandError, Kind};
use crate::commands::{GlobalArgs, revision};
use crate::config::FILE;
use crate::explain;
use crate::neighbours::{self, History, Migrations, Neighbour, OWN_FOLDER};
use crate::ui::Ui;
use crate::workspace::{Workspace, current_folder, started_in};

/// What the whole command goes by.
pub(super) struct Start<'a> {
    pub(super) ui: &'a Ui,
    pub(super) global: &'a GlobalArgs,
    pub(super) args: &'a InitArgs,
    /// The URL as it was given.
    pub(super) from: &'a str,
    pub(super) url: DatabaseUrl,
    pub(super) workspace: Workspace,
    /// Without revisions; it may have a prelude.
    pub(super) folder: Folder,
    /// Where revisions go because the usual folder is another tool's.
    pub(super) own_folder: Option<&'static str>,
    /// The folder of the package that has them, where it is another than the project's and nothing says so yet.
    pub(super) models_in: Option<PathBuf>,
    /// Where models go; none where those of another library are the models.
    pub(super) place: Option<ModelsFile>,
    /// The configuration that is there already.
    pub(super) configured: Option<String>,
    /// Models that are there already.
    pub(super) declared: Models,
    /// Those of another library that are not read.
    pub(super) unread: Option<Unread>,
    /// The other dialects that the project is for.
    pub(super) others: Vec<Dialect>,
    /// The revision that lacks what the database holds, where the project has begun with another one.
    pub(super) completes: Option<Revision>,
}

/// What was made of it, with the files not kept yet.
pub(super) struct Made {
    pub(super) files: Files,
    pub(super) workspace: Workspace,
    pub(super) folder: Folder,
    pub(super) begun: Begun,
    /// Names that the models leave to others, each with the reason.
    pub(super) left: Vec<ToOthers>,
    pub(super) source: Option<String>,
    /// What models of another library say otherwise.
    pub(super) differences: Vec<Operation>,
}

/// The revisions that a project begins with.
pub(super) struct Begun {
    /// Its heads, at which the database is unless migrations are still to be run.
    pub(super) heads: Vec<RevisionId>,
    /// What they build, without what belongs to others.
    pub(super) schema: Schema,
    /// What the database says beside them.
    pub(super) said: Vec<String>,
    /// What is told of migrations that are there.
    pub(super) told: Vec<String>,
    pub(super) origin: Origin,
}

/// What the revisions were made of.
pub(super) enum Origin {
    /// Of the database.
    Baseline(Box<Baseline>),
    /// Of the migrations of another tool.
    TakenOver(Box<TakenOver>),
}

pub(super) async fn init_from(
    ui: &Ui,
    global: &GlobalArgs,
    args: &InitArgs,
    from: &str,
) -> Result<(), CommandError> {
    let start = begin(ui, global, args, from)?;
    let workspace = &start.workspace;
    let Some(mut live) = workspace.look(&start.url).await? else {
        return Err(CommandError::usage(format!("`{}` is not there", start.url)));
    };
    refuse_history(workspace, &mut live).await?;
    let mut bench = workspace.bench(start.url.dialect())?;
    let outcome = make(&start, &mut bench, &mut live).await;
    let closed = bench.close().await.map_err(|error| explain::state(&error));
    let made = outcome?;
    closed?;
    finish(&start, made, &mut live).await
}

/// Looks at everything that can be refused without a database.
fn begin<'a>(
    ui: &'a Ui,
    global: &'a GlobalArgs,
    args: &'a InitArgs,
    from: &'a str,
) -> Result<Start<'a>, CommandError> {
    let beside = [
        ("--config", global.config.is_some()),
        ("--url", global.url.is_some()),
    ];
    if let Some((flag, _)) = beside.iter().find(|(_, is_given)| *is_given) {
        let text = format!(
            "init --from says which database it is, and where {FILE} goes: leave out {flag}"
        );
        return Err(CommandError::usage(text));
    }
    let workspace = Workspace::begin(global, from)?;
    workspace.refuse_in_layout("init --from")?;
    let url = workspace.argument_url(from)?;
    let dialect = url.dialect();
    let listed = workspace.listed_dialects()?;
    let (workspace, own_folder) = beside_others(workspace);
    let models_in = match &args.models {
        None => entities::package(&workspace)?,
        Some(_) => None,
    };
    let workspace = match &models_in {
        Some(folder) => workspace.with_models_in(folder),
        None => workspace,
    };
    let folder = workspace.folder_to_begin()?;
    let completes = other_dialect::lacking(&folder.graph, dialect).cloned();
    if completes.is_none() && !listed.contains(&dialect) {
        let words: Vec<String> = listed.iter().map(ToString::to_string).collect();
        let text = format!(
            "the project is for {}, and `{url}` is {dialect}",
            words.join(" and ")
        );
        let error = CommandError::usage(text).hint(format!("add `{dialect}` to `dialects`"));
        return Err(match folder.graph.iter().next() {
            Some(_) => error.hint(other_dialect::BOTH),
            None => error,
        });
    }
    if let (Some(revision), None) = (folder.graph.iter().next(), &completes) {
        let file = folder.graph.file(&revision.id).unwrap_or_default();
        let text = format!("the project has revisions already, such as {file}");
        let is_taken_over = |revision: &Revision| !revision.replaces.is_empty();
        let is_here = |revision: &Revision| revision.section(Direction::Upgrade, dialect).is_ok();
        let hint = if !folder.graph.iter().any(is_here) {
            other_dialect::BOTH.to_owned()
        } else if folder.graph.iter().any(is_taken_over) {
            let typed = in_project(&workspace, "limbeck upgrade --url URL");
            format!(
                "another database of the same tool is taken over, and what is pending is run: {typed}"
            )
        } else {
            let typed = in_project(&workspace, "limbeck stamp head --url URL");
            format!("a database that holds what they build is told so: {typed}")
        };
        return Err(CommandError::usage(text).hint(hint));
    }
    let here = current_folder()?;
    let root = started_in(&here, global)?;
    let has_package = workspace.models_root().join("Cargo.toml").is_file();
    let mut unread = None;
    let declared = if has_package || completes.is_some() {
        let read = workspace.scan()?;
        if has_entities(&read.models) {
            read.told(ui)
        } else {
            if args.models.is_none() {
                unread = entities::unread(&workspace, &read);
            }
            read.models
        }
    } else {
        Models::default()
    };
    let own = workspace.shown(OWN_FOLDER);
    let is_beside = workspace.migrations().first() == Some(&own);
    let prefer = if is_beside && declared.schema.tables.is_empty() {
        Prefer::Own
    } else {
        Prefer::Package
    };
    let package = workspace.models_root();
    let place = match args.models.as_deref() {
        None if has_entities(&declared) || completes.is_some() => None,
        wanted => Some(place::find(&here, &root, &package, wanted, prefer)?),
    };
    Ok(Start {
        ui,
        global,
        args,
        from,
        url,
        workspace,
        folder,
        own_folder,
        models_in,
        place,
        configured: fs::read_to_string(root.join(FILE)).ok(),
        declared,
        unread,
        others: listed.into_iter().filter(|one| *one != dialect).collect(),
        completes,
    })
}

fn has_entities(models: &Models) -> bool {
    models.schema.tables.values().any(Table::is_in_part)
}

/// Where nothing says which folder is for revisions and the usual one is another tool's, they get one of their own.
fn beside_others(workspace: Workspace) -> (Workspace, Option<&'static str>) {
    let folders = workspace.migrations();
    let of_others = folders.iter().find_map(|folder| Migrations::below(folder));
    match of_others {
        Some(_) if !workspace.shown(FILE).is_file() => {
            (workspace.with_migrations(OWN_FOLDER), Some(OWN_FOLDER))
        }
        Some(_) | None => (workspace, None),
    }
}

/// What is to be done in a project, where there may be none yet.
fn in_project(workspace: &Workspace, what: &str) -> String {
    if workspace.is_there() {
        what.to_owned()
    } else {
        format!("limbeck init, then {what}")
    }
}

/// A database that revisions have been run on belongs to a project.
async fn refuse_history(workspace: &Workspace, live: &mut Connection) -> Result<(), CommandError> {
    let applied = workspace.applied(live).await?;
    let half = applied.half.as_ref().map(|half| &half.id);
    let first = applied.revisions.first().map(|row| &row.id).or(half);
    let Some(id) = first else {
        return Ok(());
    };
    let table = workspace.history_table().name;
    Err(CommandError::usage(format!(
        "the database has a history already: `{table}` has revision `{id}`"
    ))
    .hint(in_project(
        workspace,
        "put its revisions into migrations; limbeck check --only drift compares the database with them",
    ))
    .hint("or let it forget them, and try again: limbeck stamp base --purge --url URL"))
}

/// Makes baseline and models, and writes them, as long as `check` will find nothing.
async fn make(
    start: &Start<'_>,
    bench: &mut Bench,
    live: &mut Connection,
) -> Result<Made, CommandError> {
    let mut unmanaged = start.workspace.unmanaged();
    let found = inspect(live, bench.inspect_options()).await;
    let found = found.map_err(|error| explain::inspect(&error))?;
    if let Some(unread) = &start.unread {
        unread.refuse(&start.workspace, &found)?;
    }
    // Another database of the project may have left them to others already, and this one has its own rows.
    let histories = neighbours::histories(&found, &start.workspace.migrations_of_others());
    let is_new = |history: &&History| !unmanaged.contains(&history.table);
    let new = histories.iter().filter(is_new);
    let mut left: Vec<ToOthers> = new.map(ToOthers::history).collect();
    let names = left.iter().map(|one| one.name.clone());
    unmanaged.patterns.extend(names);
    let mut files = Files::within(start.workspace.checkout());
    let folder = with_roles(start, &mut files, bench, live).await?;
    let old = take_over::old_histories(start, live, &histories).await?;
    let source = match &start.completes {
        Some(_) => Source::Database(Vec::new()),
        None => chosen::migrations(start, &old, &found)?,
    };
    let (folder, mut begun) = match (source, &start.completes) {
        (Source::Database(_), Some(before)) => {
            let replaces = take_over::replaced(&old)?;
            let place = (&folder, &unmanaged);
            other_dialect::complete(start, &mut files, bench, live, place, (before, replaces))
                .await?
        }
        (Source::Migrations(found), _) => {
            let project = Project {
                folder: &folder,
                parents: &[],
                unmanaged: &unmanaged,
            };
            take_over::take_over(start, &mut files, bench, live, project, found).await?
        }
        (Source::Database(told), None) => {
            let replaces = take_over::replaced(&old)?;
            let of = (&folder, &unmanaged);
            let (folder, begun) = begin_anew(start, &mut files, bench, live, of, replaces).await?;
            (folder, Begun { told, ..begun })
        }
    };
    note_uuids(live, &mut begun.schema).await;
    loop {
        let (workspace, source) = models::write(start, &mut files, &begun.schema, &left)?;
        let read = workspace.scan()?;
        others::refuse_unseen(start, &begun.schema, &left, &read.models)?;
        let models = read.models;
        let comparison = compare_with(bench, &workspace, &folder, &begun.heads, &models).await?;
        let found = comparison.operations.clone();
        let (differences, open) = match &start.completes {
            Some(_) => other_dialect::of_models(start, found),
            None => others::of_entities(start, found),
        };
        let comparison = Comparison {
            operations: open,
            ..comparison
        };
        if comparison.operations.is_empty() {
            if let Origin::Baseline(_) = begun.origin {
                let said = refuse_drift(bench, &workspace, &folder, &begun.heads, live).await?;
                begun.said.extend(said);
            }
            if start.completes.is_some() {
                let all = start.others.iter().copied().chain([start.url.dialect()]);
                other_dialect::list_dialects(start, &mut files, &all.collect())?;
            }
            return Ok(Made {
                files,
                workspace,
                folder,
                begun,
                left,
                source,
                differences,
            });
        }
        let before = left.len();
        others::leave(start, &begun.schema, &comparison, &models, &mut left)?;
        if left.len() == before {
            return Err(others::differ(&comparison, &models));
        }
    }
}

/// Makes one revision of what the database holds, which stands for the migrations that were run on it.
async fn begin_anew(
    start: &Start<'_>,
    files: &mut Files,
    bench: &mut Bench,
    live: &mut Connection,
    (folder, unmanaged): (&Folder, &Unmanaged),
    replaces: Vec<Replaced>,
) -> Result<(Folder, Begun), CommandError> {
    let project = Project {
        folder,
        parents: &[],
        unmanaged,
    };
    let progress = start
        .ui
        .progress("Proving the baseline on a scratch database");
    let revision = Revision {
        replaces,
        ..empty_revision(start, "Baseline")?
    };
    let made = baseline(bench, project, live, revision).await;
    drop(progress);
    let mut baseline = made.map_err(|error| explain::baseline(&error))?;
    if baseline.operations.is_empty() {
        let text = format!("`{}` holds nothing to begin with", start.url);
        return Err(CommandError::usage(text).hint("limbeck init"));
    }
    let dialect = start.url.dialect();
    other_dialect::leave_open(&mut baseline.revision, dialect, &start.others);
    let folder = write_revisions(start, files, std::slice::from_ref(&baseline.revision))?;
    let begun = Begun {
        heads: vec![baseline.revision.id.clone()],
        schema: baseline.schema.clone(),
        said: baseline.left_out.clone(),
        told: Vec::new(),
        origin: Origin::Baseline(Box::new(baseline)),
    };
    Ok((folder, begun))
}

/// The project's folder, with a prelude that makes the roles which the database speaks of: a scratch
/// server has none, and what is given to them is a part of the database.
async fn with_roles(
    start: &Start<'_>,
    files: &mut Files,
    bench: &mut Bench,
    live: &mut Connection,
) -> Result<Folder, CommandError> {
    let named = roles(live, bench.inspect_options()).await;
    let named = named.map_err(|error| explain::inspect(&error))?;
    let missing = missing_roles(bench, &start.folder, &named).await;
    let missing = missing.map_err(|error| explain::state(&error))?;
    if missing.is_empty() {
        return Ok(start.folder.clone());
    }
    let dialect = start.url.dialect();
    let lines: Vec<String> = missing
        .iter()
        .map(|role| format!("CREATE ROLE {};\n", quote_identifier(role, dialect)))
        .collect();
    let lines = lines.concat();
    match start.folder.prelude(dialect) {
        Some(prelude) => files.append(&prelude.path, &lines)?,
        None => {
            let Some(migrations) = start.workspace.migrations().into_iter().next() else {
                return Ok(start.folder.clone());
            };
            let text = format!(
                "-- What others own, and scratch databases need: the roles that the database names.\n{lines}"
            );
            files.write(&migrations.join(PRELUDE), &text)?;
        }
    }
    start.workspace.folder()
}

pub(super) fn empty_revision(
    start: &Start<'_>,
    description: &str,
) -> Result<Revision, CommandError> {
    Ok(Revision {
        id: revision::place::id(&start.folder, start.args.rev_id.as_deref())?,
        parents: Vec::new(),
        description: description.to_owned(),
        created: revision::now(),
        label: None,
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

pub(super) fn write_revisions(
    start: &Start<'_>,
    files: &mut Files,
    revisions: &[Revision],
) -> Result<Folder, CommandError> {
    if let Some(folder) = start.workspace.migrations().first() {
        files.folder(folder)?;
    }
    for revision in revisions {
        let path = revision::write(&start.workspace, &start.folder.graph, revision, None)?;
        files.adopt(&path);
    }
    start.workspace.folder()
}

/// What the models differ in from the baseline, everything decided for drop and create.
async fn compare_with(
    bench: &mut Bench,
    workspace: &Workspace,
    folder: &Folder,
    heads: &[RevisionId],
    models: &Models,
) -> Result<Comparison, CommandError> {
    let unmanaged = workspace.unmanaged();
    let project = Project {
        folder,
        parents: heads,
        unmanaged: &unmanaged,
    };
    let decisions = Decisions {
        when_undecided: WhenUndecided::DropAndCreate,
        ..Decisions::default()
    };
    let compared = compare(bench, project, models, &decisions).await;
    compared.map_err(|error| explain::compare(&error, Some(models)))
}

/// The comparison that `check` makes with the database; what is said there of the objects besides their
/// shape, and the baseline does not say.
async fn refuse_drift(
    bench: &mut Bench,
    workspace: &Workspace,
    folder: &Folder,
    heads: &[RevisionId],
    live: &mut Connection,
) -> Result<Vec<String>, CommandError> {
    let unmanaged = workspace.unmanaged();
    let found = drift(bench, folder, live, heads, &unmanaged).await;
    let found = found.map_err(|error| explain::drift(&error))?;
    if found.operations.is_empty() {
        return Ok(found.said);
    }
    let text = "the database differs from its baseline";
    let mut error = CommandError::new(Kind::Differs, text);
    error
        .causes
        .extend(found.operations.iter().map(Operation::describe));
    Err(error.hint("somebody may have changed it meanwhile: try again"))
}

/// Lets the files stand, stamps the database, and tells.
/// Refuses revisions of which the old tables say something else, before any file stays.
async fn refuse_unfit(made: &Made, live: &mut Connection) -> Result<(), CommandError> {
    let options = made.workspace.run_options();
    let read = run::read_as_taken_over(live, &made.folder.graph, &options).await;
    read.map_err(|error| {
        let mut told = explain::run(&error);
        // No revision is there to be stamped.
        told.hints.retain(|hint| !hint.contains("limbeck stamp"));
        told.cause("no file is written")
    })?;
    Ok(())
}

async fn finish(
    start: &Start<'_>,
    mut made: Made,
    live: &mut Connection,
) -> Result<(), CommandError> {
    let ui = start.ui;
    refuse_unfit(&made, live).await?;
    for found in start.workspace.neighbours() {
        if let (Origin::TakenOver(taken), Neighbour::Migrations(found)) =
            (&made.begun.origin, &found)
            && found.place() == taken.folder
        {
            continue;
        }
        let found = match found {
            Neighbour::Entities(found) => Neighbour::Entities(found.among(&start.declared)),
            found @ Neighbour::Migrations(_) => found,
        };
        ui.note(format!("Found {found}: {}", found.fate()));
    }
    report::created(ui, &made.files.keep());
    report::made(start, &made);
    stamp::stamp(ui, &made, live).await.map_err(|error| {
        explain::run(&error)
            .cause("the files are written, and the database does not know of them yet")
            .hint(match &made.begun.origin {
                Origin::Baseline(_) => "limbeck stamp head",
                // What was not run yet is still to be run.
                Origin::TakenOver(_) => "limbeck upgrade",
            })
    })?;
    dependencies::tell(start, made.source.as_deref().unwrap_or_default());
    report::url(start, &made.workspace);
    Ok(())
}
