//! Takes over the migrations of another tool: its files become revisions, as long as they are what its table says was run,
//! and make what the database holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::folder::Folder;
use limbeck::old_history::{OldHistory, OldHistoryError, Uncovered};
use limbeck::run::read_old_history;
use limbeck_core::op::{Operation, fold};
use limbeck_core::revision::{Replaced, Revision, RevisionId, Sections, Tool};
use limbeck_core::schema::Models;
use limbeck_engine::autogenerate::{Comparison, Generated, generate};
use limbeck_engine::compare::Project;
use limbeck_engine::drift::{Drift, drift};
use limbeck_engine::state::Bench;
use limbeck_engine::takeover::{
    self, Edited, FileError, Migration, SourceFile, TakeoverError, ToolSettings,
};

use super::existing::{self, Begun, Origin, Start};
use super::files::Files;
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::neighbours::{History, Owner};

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
    history: &'a OldHistory,
    migrations: Vec<Migration>,
    folder: String,
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
pub(super) fn replaced(old: &[OldHistory]) -> Vec<Replaced> {
    let replaced = old.iter().flat_map(|history| {
        let usual = history.table.schema.is_none() && history.table.name == history.tool.table();
        history.rows.iter().map(move |row| Replaced {
            tool: history.tool,
            version: row.version.clone(),
            checksum: row.checksum.clone(),
            table: (!usual).then(|| history.table.clone()),
        })
    });
    // A version with a blank in it is none that a header can say.
    replaced
        .filter(|one| !one.version.contains(char::is_whitespace))
        .collect()
}

/// The migrations in the project of which a table speaks.
pub(super) fn migrations<'a>(
    start: &Start<'_>,
    old: &'a [OldHistory],
) -> Result<Source<'a>, CommandError> {
    let none = Ok(Source::Database(Vec::new()));
    if start.args.baseline {
        return none;
    }
    let Some(there) = start.workspace.migrations_of_others() else {
        return none;
    };
    let Some(history) = old.iter().find(|history| there.may_be_of(history.tool)) else {
        return none;
    };
    let folder = there.folder().display().to_string();
    let files = source_files(there.folder())?;
    let settings = settings(start)?;
    let read = takeover::read(history.tool, &files, &settings, start.url.dialect());
    let migrations = match read {
        Ok(migrations) => migrations,
        Err(errors) => {
            let programs = programs(history.tool, Path::new(&folder), &errors);
            return match programs {
                Some(told) => Ok(Source::Database(told)),
                None => Err(unreadable(history.tool, Path::new(&folder), &errors)),
            };
        }
    };
    if migrations.is_empty() {
        return none;
    }
    Ok(Source::Migrations(Found {
        history,
        migrations,
        folder,
    }))
}

/// What is told of migrations that a baseline stands for, because some are programs and nothing else is wrong.
fn programs(tool: Tool, folder: &Path, errors: &[FileError]) -> Option<Vec<String>> {
    let is_program = |error: &FileError| matches!(error, FileError::NoSql { .. });
    if !errors.iter().all(is_program) {
        return None;
    }
    let first =
        format!("The baseline stands for the migrations of {tool}: not all of them are SQL");
    let errors = errors
        .iter()
        .map(|error| folder.join(error.to_string()).display().to_string());
    Some([first].into_iter().chain(errors).collect())
}

/// Files larger than this are no migrations; in bytes.
const LARGEST: u64 = 64 << 20;

/// The files of a folder and of those in it, hidden ones and links left out.
fn source_files(folder: &Path) -> Result<Vec<SourceFile>, CommandError> {
    let failed = |path: &Path, error: &std::io::Error| {
        CommandError::config(format!("cannot read {}", path.display())).cause(error.to_string())
    };
    let mut files = Vec::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| failed(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(&folder, &error))?;
            let (path, kind) = (entry.path(), entry.file_type());
            let kind = kind.map_err(|error| failed(&path, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                open.push((path, format!("{prefix}{name}/")));
                continue;
            }
            let is_small = entry.metadata().is_ok_and(|found| found.len() <= LARGEST);
            let is_source = [".sql", ".toml", ".rs", ".py"]
                .iter()
                .any(|ending| name.ends_with(ending));
            if kind.is_file() && is_small && is_source {
                let bytes = fs::read(&path).map_err(|error| failed(&path, &error))?;
                files.push(SourceFile {
                    path: format!("{prefix}{name}"),
                    bytes,
                });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// What `sqlx.toml` says.
fn settings(start: &Start<'_>) -> Result<ToolSettings, CommandError> {
    let path = start.workspace.shown("sqlx.toml");
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(ToolSettings::default());
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        CommandError::config(format!("{} is not TOML", path.display()))
            .cause(error.message().to_owned())
    })?;
    let ignored = table
        .get("migrate")
        .and_then(|migrate| migrate.get("ignored-chars"))
        .and_then(toml::Value::as_array);
    let ignored = ignored
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str);
    Ok(ToolSettings {
        ignored: ignored.flat_map(str::chars).collect::<BTreeSet<char>>(),
    })
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
    } = &found;
    let edited = if start.args.accept_edited {
        Edited::Accept
    } else {
        Edited::Refuse
    };
    let taken = takeover::revisions(migrations, history, start.url.dialect(), edited);
    let taken = taken.map_err(|error| unfit(history, Path::new(place), &error))?;
    let mut folder = existing::write_revisions(start, files, &taken.revisions)?;
    let progress = start
        .ui
        .progress("Replaying the migrations on a scratch database");
    let at = heads_of(&folder, &taken.run);
    let drift = drift(bench, &folder, live, &at, project.unmanaged).await;
    drop(progress);
    let drift = drift.map_err(|error| explain::drift(&error).hint(BASELINE))?;
    let is_drift = !drift.operations.is_empty() || !drift.said.is_empty();
    if is_drift && !start.args.keep_drift {
        return Err(drifted(history.tool, &drift));
    }
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
    let begun = Begun {
        heads,
        schema,
        said: drift.said,
        told: Vec::new(),
        origin: Origin::TakenOver(Box::new(TakenOver {
            tool: history.tool,
            folder: place.clone(),
            number: taken.revisions.len(),
            run: taken.run.len(),
            drift: by_hand,
        })),
    };
    Ok((folder, begun))
}

/// Those on which no other one builds.
fn heads_of(folder: &Folder, run: &[RevisionId]) -> Vec<RevisionId> {
    let inner = folder.graph.ancestors_of(run);
    run.iter()
        .filter(|id| !inner.contains(id))
        .cloned()
        .collect()
}

fn unfit(history: &OldHistory, folder: &Path, error: &TakeoverError) -> CommandError {
    let reasons = match error {
        TakeoverError::Files(errors) => return unreadable(history.tool, folder, errors),
        TakeoverError::Graph(error) => return explain::graph(error),
        TakeoverError::Unfit(reasons) => reasons,
    };
    let text = format!(
        "the history of {}, `{}`, and {} do not fit",
        history.tool,
        history.table,
        folder.display()
    );
    let mut error = CommandError::new(Kind::Differs, text);
    let mut hints = BTreeMap::new();
    for reason in reasons {
        let (hint, place) = match reason {
            Uncovered::Changed { place, .. } => (
                "restore the file, or take it as it is: --accept-edited",
                folder.join(place).display().to_string(),
            ),
            Uncovered::Unknown { .. } | Uncovered::Part { .. } => {
                ("pull the branch that has the file", String::new())
            }
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

fn drifted(tool: Tool, drift: &Drift) -> CommandError {
    let text = format!("the database differs from what the migrations of {tool} make");
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
