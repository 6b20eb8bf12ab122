//! Takes over the migrations of another tool: its files become revisions, as long as they are what its table says was run,
//! and make what the database holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use limbeck::connection::Connection;
use limbeck::folder::Folder;
use limbeck::old_history::{OldHistory, OldHistoryError, Uncovered};
use limbeck::run::read_old_history;
use limbeck_core::op::{Operation, fold};
use limbeck_core::revision::{Replaced, Revision, RevisionId, Sections, Tool};
use limbeck_core::schema::{Models, Schema};
use limbeck_engine::autogenerate::{Comparison, Generated, generate};
use limbeck_engine::compare::Project;
use limbeck_engine::drift::{Drift, drift};
use limbeck_engine::state::Bench;
use limbeck_engine::takeover::{
    self, Edited, FileError, Migration, SourceFile, TakeoverError, ToolSettings, VersionWidth,
};

use super::existing::{self, Begun, Origin, Start};
use super::files::Files;
use super::stands_for;
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::neighbours::{Depth, History, Migrations, Owner, SQLX};
use crate::workspace::Workspace;

/// What leaves the files out.
const BASELINE: &str =
    "or begin with what the database holds, whatever made it: limbeck init --from URL --baseline";

/// What was taken over.
pub(super) struct TakenOver {
    pub(super) tool: Tool,
    /// Where the files are, as messages show it.
    pub(super) folder: String,
    /// How many migrations there are.
    pub(super) number: usize,
    /// How many the tool has run.
    pub(super) run: usize,
    /// The files of those that the tool would run again.
    pub(super) repeatable: Vec<String>,
    /// Whether nothing else is in the database.
    pub(super) is_all: bool,
    /// What was done to the database besides.
    pub(super) drift: Option<ByHand>,
}

/// A revision of what somebody did by hand.
pub(super) struct ByHand {
    pub(super) revision: Revision,
    pub(super) generated: Generated,
}

/// What the revisions are made of.
pub(super) enum Source<'a> {
    /// Of the migrations that the tool has run.
    Migrations(Found<'a>),
    /// Of the database; and what is told of migrations that are there.
    Database(Vec<String>),
}

/// A tool's history, and the migrations that it is of.
pub(super) struct Found<'a> {
    pub(super) history: &'a OldHistory,
    pub(super) migrations: Vec<Migration>,
    /// Where they are, in words.
    folder: String,
    /// What the paths of their files are below.
    root: PathBuf,
    /// What is told of other files and tables.
    pub(super) told: Vec<String>,
}

/// What the tables of other tools say, as far as they can be read and have rows.
pub(super) async fn old_histories(
    start: &Start<'_>,
    live: &mut Connection,
    histories: &[History],
) -> Result<Vec<OldHistory>, CommandError> {
    let options = start.workspace.run_options();
    let mut found = Vec::new();
    for history in histories {
        let Owner::Read(tool) = history.of else {
            continue;
        };
        let read = read_old_history(live, &options, tool, &history.table).await;
        let read = read.map_err(|error| match error {
            OldHistoryError::Query { .. } => CommandError::of(Kind::Database, &error),
            OldHistoryError::Owner { .. } | OldHistoryError::Uncovered { .. } => {
                CommandError::of(Kind::Config, &error)
            }
        })?;
        found.extend(read.filter(|history| !history.rows.is_empty()));
    }
    Ok(found)
}

/// What a baseline stands for: everything that was run.
pub(super) fn replaced(old: &[OldHistory]) -> Result<Vec<Replaced>, CommandError> {
    let replaced = old.iter().flat_map(|history| {
        let usual = history.table.schema.is_none() && history.table.name == history.tool.table();
        history.rows.iter().map(move |row| Replaced {
            tool: history.tool,
            version: row.version.clone(),
            checksum: row.checksum.clone(),
            table: (!usual).then(|| history.table.clone()),
            dialect: None,
        })
    });
    // A version with a blank in it is none that a header can say.
    let replaced = replaced.filter(|one| !one.version.contains(char::is_whitespace));
    let told = |one: Replaced| match one.to_string().parse::<Replaced>() {
        Ok(read) if read == one => Ok(one),
        // What stands in the table would be read as something else, SQL among it.
        Ok(_) | Err(()) => Err(CommandError::config(format!(
            "the row of `{}` in `{}` holds what no header of a revision can say",
            one.version,
            one.table()
        ))
        .hint(format!(
            "{} writes no such row: look at it, and correct it",
            one.tool
        ))),
    };
    replaced.map(told).collect()
}

/// The migrations in folders as the tool of a table reads them.
pub(super) fn of_history<'a>(
    start: &Start<'_>,
    there: &Migrations,
    history: &'a OldHistory,
    schema: &Schema,
) -> Result<Source<'a>, CommandError> {
    let (mut files, root) = source_files(start, there)?;
    include(start, history.tool, &root, &mut files)?;
    let settings = settings(start, there, history, schema)?;
    let read = takeover::read(history.tool, &files, &settings, start.url.dialect());
    let migrations = match read {
        Ok(migrations) => migrations,
        Err(errors) => {
            return match stands_for::programs(history.tool, &root, &errors) {
                Some(told) => Ok(Source::Database(told)),
                None => Err(unreadable(history.tool, &root, &errors)),
            };
        }
    };
    if migrations.is_empty() {
        return Ok(Source::Database(Vec::new()));
    }
    let told = stands_for::left_out(history.tool, &root, &files, &migrations);
    Ok(Source::Migrations(Found {
        history,
        migrations,
        told,
        folder: there.place(),
        root,
    }))
}

/// The files of migrations, and the folder that their paths are below.
fn source_files(
    start: &Start<'_>,
    there: &Migrations,
) -> Result<(Vec<SourceFile>, PathBuf), CommandError> {
    let mut files = Vec::new();
    let folders = there.folders();
    // What Alembic has printed lies elsewhere, and errors name both.
    let alone = match folders {
        [folder] if !there.may_be_of(Tool::Alembic) => Some(folder),
        _ => None,
    };
    for folder in folders {
        let shown = folder.display();
        let what = format!("{shown}, where migrations are,");
        start.workspace.refuse_outside(folder, &what)?;
        let prefix = match alone {
            Some(_) => String::new(),
            None => format!("{shown}/"),
        };
        files_below(start, folder, prefix, there, &mut files)?;
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|one, other| one.path == other.path);
    Ok((files, alone.cloned().unwrap_or_default()))
}

/// Adds the files that programs have in their source, which may lie beside their folder, and are of the checkout.
fn include(
    start: &Start<'_>,
    tool: Tool,
    root: &Path,
    files: &mut Vec<SourceFile>,
) -> Result<(), CommandError> {
    for path in takeover::included(tool, files) {
        let place = root.join(&path);
        let is_new = !files.iter().any(|file| file.path == path);
        let found = fs::metadata(&place).ok().filter(|_| is_new);
        if !found
            .is_some_and(|found| found.is_file() && found.len() <= Workspace::LARGEST_MIGRATION)
        {
            continue;
        }
        let what = format!("{}, which a migration includes,", place.display());
        start.workspace.refuse_outside(&place, &what)?;
        files.push(source_file(&place, path)?);
    }
    Ok(())
}

/// The files of a folder, hidden ones left out where the tool does so. Tools follow links, and what one leads to may have been run. Only those
/// to folders further down are left out: they may go round in a circle.
fn files_below(
    start: &Start<'_>,
    top: &Path,
    prefix: String,
    there: &Migrations,
    files: &mut Vec<SourceFile>,
) -> Result<(), CommandError> {
    let mut open = vec![(top.to_owned(), prefix)];
    while let Some((folder, prefix)) = open.pop() {
        // Alembic and refinery follow no links to folders, and refinery reads what is hidden.
        let is_of_refinery = there.may_be_of(Tool::Refinery);
        let follows = folder == top && !there.may_be_of(Tool::Alembic) && !is_of_refinery;
        let entries = fs::read_dir(&folder).map_err(|error| failed(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(&folder, &error))?;
            let (path, kind) = (entry.path(), entry.file_type());
            let is_link = kind.map_err(|error| failed(&path, &error))?.is_symlink();
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') && !is_of_refinery {
                continue;
            }
            let is_source = [
                ".sql", ".toml", ".conf", ".rs", ".py", ".go", ".java", ".kt",
            ]
            .iter()
            .any(|ending| name.ends_with(ending));
            let found = match fs::metadata(&path) {
                Ok(found) => found,
                Err(error) if is_source => return Err(failed(&path, &error)),
                Err(_) => continue,
            };
            let is_open = there.depth() == Depth::All && (follows || !is_link);
            let is_folder = found.is_dir() && is_open;
            let is_small = found.len() <= Workspace::LARGEST_MIGRATION;
            let is_file = found.is_file() && is_small && is_source;
            if is_link && (is_folder || is_file) {
                let what = path.display().to_string();
                start.workspace.refuse_outside(&path, &what)?;
            }
            if is_folder {
                open.push((path, format!("{prefix}{name}/")));
            } else if is_file {
                files.push(source_file(&path, format!("{prefix}{name}"))?);
            }
        }
    }
    Ok(())
}

fn source_file(path: &Path, name: String) -> Result<SourceFile, CommandError> {
    let bytes = fs::read(path).map_err(|error| failed(path, &error))?;
    Ok(SourceFile { path: name, bytes })
}

fn failed(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::config(format!("cannot read {}", path.display())).cause(error.to_string())
}

/// What the project tells the tool, and what the tool has printed.
fn settings(
    start: &Start<'_>,
    there: &Migrations,
    history: &OldHistory,
    schema: &Schema,
) -> Result<ToolSettings, CommandError> {
    let table = schema.tables.get(&history.table);
    let version = table.and_then(|table| table.column("version"));
    let data_type = version.map_or(String::new(), |version| version.data_type.to_string());
    let data_type = data_type.to_ascii_lowercase();
    let version_width = if data_type.contains("bigint") || data_type.contains("int8") {
        VersionWidth::Eight
    } else {
        VersionWidth::Four
    };
    let scripts = start.args.sql_from.iter();
    let scripts = scripts.map(|path| source_file(path, path.display().to_string()));
    Ok(ToolSettings {
        ignored: ignored(start, there)?,
        scripts: scripts.collect::<Result<_, _>>()?,
        table: Some(history.table.clone()),
        version_width,
    })
}

/// The characters that the nearest `sqlx.toml` leaves out of checksums.
fn ignored(start: &Start<'_>, there: &Migrations) -> Result<BTreeSet<char>, CommandError> {
    let root = start.workspace.shown("");
    let folders = there.folders().iter().flat_map(|folder| folder.ancestors());
    let mut inside = folders.take_while(|one| one.starts_with(&root));
    let folder = inside.find(|folder| SQLX.is_in(folder)).unwrap_or(&root);
    start.workspace.settings_of_sqlx(folder)?.ignored()
}

fn unreadable(tool: Tool, folder: &Path, errors: &[FileError]) -> CommandError {
    let text = format!("migrations of {tool} cannot be taken over");
    let errors = errors
        .iter()
        .map(|error| folder.join(error.to_string()).display().to_string());
    let error = errors.fold(CommandError::config(text), CommandError::cause);
    error.hint(BASELINE)
}

/// Makes revisions of the migrations, and writes them, once they are what was run and make what the database holds.
pub(super) async fn take_over(
    start: &Start<'_>,
    files: &mut Files,
    bench: &mut Bench,
    live: &mut Connection,
    project: Project<'_>,
    found: Found<'_>,
) -> Result<(Folder, Begun), CommandError> {
    let Found {
        history,
        migrations,
        folder: place,
        root,
        told,
    } = &found;
    let edited = if start.args.accept_edited {
        Edited::Accept
    } else {
        Edited::Refuse
    };
    let taken = takeover::revisions(migrations, history, start.url.dialect(), edited);
    let taken = taken.map_err(|error| unfit(history, (place, root), &error))?;
    let mut folder = existing::write_revisions(start, files, &taken.revisions)?;
    let progress = start
        .ui
        .progress("Replaying the migrations on a scratch database");
    let at = folder.graph.heads_of(&taken.run).into_iter().cloned();
    let at: Vec<RevisionId> = at.collect();
    let drift = drift(bench, &folder, live, &at, project.unmanaged).await;
    drop(progress);
    let drift = drift.map_err(|error| explain::drift(&error).hint(BASELINE))?;
    let is_drift = !drift.operations.is_empty() || !drift.said.is_empty();
    if is_drift && !start.args.keep_drift {
        return Err(drifted(history.tool, place, &drift));
    }
    let besides = stands_for::besides(&drift.unmanaged, project.unmanaged);
    let mut by_hand = None;
    if !drift.operations.is_empty() {
        if taken.run.len() < taken.revisions.len() {
            let text = "what was done by hand comes after what was run, and migrations are still to be run";
            return Err(CommandError::usage(text).hint(format!(
                "run them with {} first, and try again",
                history.tool
            )));
        }
        let made = revision_of_drift(start, bench, (&folder, project, &at), &drift).await?;
        folder = existing::write_revisions(start, files, std::slice::from_ref(&made.revision))?;
        by_hand = Some(made);
    }
    let heads: Vec<RevisionId> = folder.graph.heads().into_iter().cloned().collect();
    let state = bench.state(&folder, &heads).await;
    let state = state.map_err(|error| explain::state(&error).hint(BASELINE))?;
    let mut schema = state.schema.clone();
    project.unmanaged.take_out(&mut schema);
    let repeatable = migrations.iter().filter(|one| one.is_repeatable());
    let repeatable = repeatable.map(|one| root.join(&one.file).display().to_string());
    let begun = Begun {
        heads,
        schema,
        said: drift.said,
        told: told.iter().chain(&besides).cloned().collect(),
        origin: Origin::TakenOver(Box::new(TakenOver {
            tool: history.tool,
            folder: place.clone(),
            number: taken.revisions.len(),
            run: taken.run.len(),
            repeatable: repeatable.collect(),
            is_all: besides.is_empty(),
            drift: by_hand,
        })),
    };
    Ok((folder, begun))
}

fn unfit(
    history: &OldHistory,
    (place, root): (&str, &Path),
    error: &TakeoverError,
) -> CommandError {
    let reasons = match error {
        TakeoverError::Files(errors) => return unreadable(history.tool, root, errors),
        TakeoverError::Graph(error) => return explain::graph(error),
        TakeoverError::Unfit(reasons) => reasons,
    };
    let text = format!(
        "the history of {}, `{}`, and {place} do not fit",
        history.tool, history.table
    );
    let mut error = CommandError::new(Kind::Differs, text);
    let mut hints = BTreeMap::new();
    for reason in reasons {
        let (hint, place) = match reason {
            Uncovered::Changed { place, .. } => (
                "restore the file, or take it as it is: --accept-edited",
                root.join(place).display().to_string(),
            ),
            Uncovered::Unknown { .. } | Uncovered::Part { .. } => {
                ("pull the branch that has the file", String::new())
            }
            Uncovered::Before { .. } => ("no file makes what was there", String::new()),
            Uncovered::Failed { .. } => ("mend it as the tool asks for it", String::new()),
            Uncovered::Gap { .. } => ("run what is missing with the tool first", String::new()),
        };
        hints.insert(hint, ());
        error = error.cause(match reason {
            Uncovered::Changed { version, run, file, .. } => format!(
                "{place}: changed since `{version}` was run: its checksum is {file}, and that of what was run {run}"
            ),
            other => other.to_string(),
        });
    }
    let error = hints.into_keys().fold(error, CommandError::hint);
    error.hint(BASELINE)
}

fn drifted(tool: Tool, place: &str, drift: &Drift) -> CommandError {
    let text = format!("the database differs from what the migrations of {tool} in {place} make");
    let mut error = CommandError::new(Kind::Differs, text);
    error
        .causes
        .extend(drift.operations.iter().map(Operation::describe));
    error.causes.extend(drift.said.iter().cloned());
    error
        .hint("make a revision of it: --keep-drift")
        .hint(BASELINE)
}

/// Plans and proves what was done by hand as a revision behind those that were run.
async fn revision_of_drift(
    start: &Start<'_>,
    bench: &mut Bench,
    (folder, project, at): (&Folder, Project<'_>, &[RevisionId]),
    drift: &Drift,
) -> Result<ByHand, CommandError> {
    let dialect = start.url.dialect();
    let state = bench.state(folder, at).await;
    let state = state.map_err(|error| explain::state(&error))?;
    let mut before = state.schema.clone();
    project.unmanaged.take_out(&mut before);
    let target = fold(&drift.operations, before.clone(), dialect)
        .map_err(|error| CommandError::of(Kind::Bug, &error))?;
    let comparison = Comparison {
        operations: drift.operations.clone(),
        state,
        before,
        target,
        spent: Vec::new(),
        unmanaged: BTreeSet::new(),
    };
    let project = Project {
        folder,
        parents: at,
        unmanaged: project.unmanaged,
    };
    let mut revision = existing::empty_revision(start, "Changes made by hand")?;
    let generated = generate(bench, project, comparison, Some(&revision.id)).await;
    let generated =
        generated.map_err(|error| explain::generate(&error, &Models::default()).hint(BASELINE))?;
    let generated = generated.ok_or_else(|| {
        CommandError::new(Kind::Bug, "what was done by hand is nothing after all")
    })?;
    revision.parents = at.to_vec();
    revision.dialects = BTreeSet::from([dialect]);
    let only = |section| Sections {
        common: Some(section),
        ..Sections::default()
    };
    revision.upgrade = only(generated.upgrade.clone());
    revision.downgrade = only(generated.downgrade.clone());
    Ok(ByHand {
        revision,
        generated,
    })
}
