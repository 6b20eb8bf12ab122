//! `limbeck adopt`: what the database has and entities of SeaORM do not say, written into their source.

mod patch;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use clap::Args;
use limbeck::folder::Folder;
use limbeck_core::diff::Decisions;
use limbeck_core::schema::{Models, QualifiedName};
use limbeck_engine::autogenerate::compare;
use limbeck_engine::compare::{CompareError, Project};
use limbeck_engine::state::Bench;
use limbeck_models::adopt::{Addition, Insertion, additions, insertions, is_entity};
use serde::Serialize;

use self::patch::{Patch, applied};
use crate::command_error::{CommandError, Kind};
use crate::explain;
use crate::nearest::nearest;
use crate::ui::{Ui, count};
use crate::workspace::Workspace;

#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// The tables; all that entities declare where none is named
    pub(crate) tables: Vec<String>,
    /// Write it without asking
    #[arg(long)]
    pub(crate) write: bool,
}

/// What was found, as programs read it.
#[derive(Debug, Serialize)]
struct Adoption {
    /// A unified diff of the files.
    patch: String,
    written: bool,
    /// What no attribute of an entity says.
    left: Vec<String>,
}

/// A file, before and after.
struct Edited {
    file: String,
    before: String,
    insertions: Vec<Insertion>,
}

pub(crate) async fn cmd_adopt(
    ui: &Ui,
    workspace: &Workspace,
    args: &AdoptArgs,
) -> Result<(), CommandError> {
    let models = workspace.models(ui)?;
    let folder = workspace.folder()?;
    let tables = chosen(&models, &args.tables)?;
    let mut found: Option<Vec<Addition>> = None;
    let mut left = BTreeSet::new();
    for dialect in workspace.dialects()? {
        workspace.refuse_unsaid(&folder.graph, dialect)?;
        let mut bench = workspace.bench(dialect)?;
        let progress = ui.progress("Comparing entities and revisions");
        let heads = folder
            .graph
            .heads()
            .into_iter()
            .cloned()
            .collect::<Vec<_>>();
        let state = bench.state(&folder, &heads).await;
        drop(progress);
        let closed = bench.close().await;
        let state = state.map_err(|error| explain::state(&error))?;
        closed.map_err(|error| explain::state(&error))?;
        let mut schema = state.schema.clone();
        workspace.unmanaged().take_out_defaults(&mut schema);
        let here = additions(&models, &schema, dialect, &tables);
        left.extend(here.left);
        // One source is for all databases: what is not the same on each stays theirs.
        found = Some(match found {
            None => here.additions,
            Some(found) => both(found, &here.additions, &mut left),
        });
    }
    let edited = edited(&found.unwrap_or_default())?;
    let patch: String = edited
        .iter()
        .map(|one| Patch::of(&one.file, &one.before, &one.insertions).to_string())
        .collect();
    let left: Vec<String> = left.into_iter().collect();
    if !ui.is_json() && !patch.is_empty() {
        ui.verbatim(patch.trim_end());
    }
    if !ui.is_json() {
        for what in &left {
            ui.note(format!("note: left to the database: {what}"));
        }
    }
    let may_write = !edited.is_empty()
        && (args.write
            || (ui.can_ask()
                && ui
                    .ask_whether("Write this?")
                    .map_err(|error| CommandError::of(Kind::Undecided, &error))?));
    if may_write {
        write(ui, workspace, &folder, &edited).await?;
    }
    if ui.is_json() {
        ui.json(&Adoption {
            patch,
            written: may_write,
            left,
        })?;
    }
    if edited.is_empty() {
        ui.note("The entities say all that their attributes can say");
        return Ok(());
    }
    let files = count(edited.len(), "file");
    if may_write {
        ui.note(format!("{files} written"));
        return Ok(());
    }
    Err(CommandError::new(
        Kind::Differs,
        format!("nothing is written; {files} would change"),
    )
    .hint("limbeck adopt --write"))
}

/// The tables that are named, each of which an entity declares.
fn chosen(models: &Models, names: &[String]) -> Result<BTreeSet<QualifiedName>, CommandError> {
    let entities: Vec<&QualifiedName> = models
        .schema
        .tables
        .values()
        .filter(|table| is_entity(table))
        .map(|table| &table.name)
        .collect();
    if entities.is_empty() {
        let text = "there is no entity of SeaORM that is a model by itself";
        return Err(CommandError::usage(text)
            .hint("structs that derive `Table` say everything already: limbeck check"));
    }
    let mut tables = BTreeSet::new();
    for text in names {
        let name = text.parse::<QualifiedName>();
        let name = name.ok().filter(|name| entities.contains(&name));
        let Some(name) = name else {
            let known: Vec<String> = entities.iter().map(ToString::to_string).collect();
            let near = nearest(text, known.iter().map(String::as_str));
            return Err(
                CommandError::usage(format!("no entity declares the table `{text}`"))
                    .hint_if(near.map(|near| format!("did you mean `{near}`?"))),
            );
        };
        tables.insert(name);
    }
    Ok(tables)
}

/// What both databases have in the same words.
fn both(one: Vec<Addition>, other: &[Addition], left: &mut BTreeSet<String>) -> Vec<Addition> {
    let mut kept = Vec::new();
    let alone = other.iter().filter(|addition| !one.contains(addition));
    let alone: Vec<Addition> = alone.cloned().collect();
    let (same, own): (Vec<Addition>, Vec<Addition>) = one
        .into_iter()
        .partition(|addition| other.contains(addition));
    kept.extend(same);
    for addition in own.iter().chain(&alone) {
        left.insert(format!(
            "what {} has on one of the databases alone",
            addition.object
        ));
    }
    kept
}

/// The files with what is to be put into them.
fn edited(additions: &[Addition]) -> Result<Vec<Edited>, CommandError> {
    let mut by_file: BTreeMap<&str, Vec<Addition>> = BTreeMap::new();
    for addition in additions {
        let of_file = by_file.entry(addition.file.as_str()).or_default();
        of_file.push(addition.clone());
    }
    let mut edited = Vec::new();
    for (file, additions) in by_file {
        let before = fs::read_to_string(file).map_err(|error| {
            CommandError::config(format!("cannot read {file}")).cause(error.to_string())
        })?;
        let insertions = insertions(&before, &additions)
            .map_err(|error| CommandError::of(Kind::Config, &error).hint("limbeck adopt"))?;
        edited.push(Edited {
            file: file.to_owned(),
            before,
            insertions,
        });
    }
    Ok(edited)
}

/// Writes the files, and reads the models again: where they say another thing than the database has, the files become
/// what they were.
async fn write(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
    edited: &[Edited],
) -> Result<(), CommandError> {
    let put = |one: &Edited, text: &str| {
        fs::write(&one.file, text).map_err(|error| {
            CommandError::config(format!("cannot write {}", one.file)).cause(error.to_string())
        })
    };
    let before = differences(ui, workspace, folder).await?;
    let mut outcome = Ok(());
    for one in edited {
        outcome = outcome.and_then(|()| put(one, &applied(&one.before, &one.insertions)));
    }
    if outcome.is_ok() {
        outcome = differences(ui, workspace, folder).await.and_then(|after| {
            let new: Vec<&String> = after.difference(&before).collect();
            if new.is_empty() {
                return Ok(());
            }
            let error = CommandError::new(
                Kind::Bug,
                "what is written says another thing than the database has; the files are as they were",
            );
            Err(new.into_iter().fold(error, |error, line| error.cause(line.clone())))
        });
    }
    if outcome.is_err() {
        for one in edited {
            put(one, &one.before)?;
        }
    }
    outcome
}

/// What models and revisions differ in, on all databases.
async fn differences(
    ui: &Ui,
    workspace: &Workspace,
    folder: &Folder,
) -> Result<BTreeSet<String>, CommandError> {
    let models = workspace.models(ui)?;
    let mut found = BTreeSet::new();
    for dialect in workspace.dialects()? {
        let mut bench = workspace.bench(dialect)?;
        let outcome = difference(&mut bench, workspace, folder, &models).await;
        let closed = bench.close().await.map_err(|error| explain::state(&error));
        found.extend(outcome?);
        closed?;
    }
    Ok(found)
}

async fn difference(
    bench: &mut Bench,
    workspace: &Workspace,
    folder: &Folder,
    models: &Models,
) -> Result<Vec<String>, CommandError> {
    let unmanaged = workspace.unmanaged();
    let parents: Vec<_> = folder.graph.heads().into_iter().cloned().collect();
    let project = Project {
        folder,
        parents: &parents,
        unmanaged: &unmanaged,
    };
    match compare(bench, project, models, &Decisions::default()).await {
        Ok(comparison) => {
            let operations = comparison.operations.iter();
            Ok(operations.map(|one| one.describe()).collect())
        }
        Err(CompareError::Undecided(questions)) => {
            Ok(questions.iter().map(|one| format!("{one:?}")).collect())
        }
        Err(error) => Err(explain::compare(&error, Some(models))),
    }
}
