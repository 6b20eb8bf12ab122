//! Entities of other libraries as a project begins: those that the project reads are its models.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use limbeck_core::schema::Schema;
use limbeck_models::Within;

use crate::checkout::Readable;
use crate::command_error::CommandError;
use crate::commands::GlobalArgs;
use crate::config::FILE;
use crate::neighbours::Entities;
use crate::workspace::{ReadModels, Workspace};

/// Entities of other libraries, as many as are models where the sources can be read.
pub(super) fn of_project(global: &GlobalArgs, root: &Path) -> Option<Entities> {
    let found = Entities::below(root, &Within::default())?;
    let workspace = Workspace::find(global, Readable::Everywhere);
    let read = workspace.and_then(|workspace| workspace.scan());
    Some(match read {
        Ok(read) => found.among(&read.models),
        // The next command that reads them tells why it cannot.
        Err(_) => found,
    })
}

/// What a new limbeck.toml says of the models, where one package below the project has them, and the project is none.
pub(super) fn models_table(root: &Path) -> String {
    if root.join("Cargo.toml").is_file() {
        return String::new();
    }
    let within = Within::default();
    let found = Entities::below(root, &within);
    let packages = found.map(|found| found.packages(root, &within));
    let mut packages = packages.unwrap_or_default().into_iter();
    match (packages.next(), packages.next()) {
        (Some(only), None) => format!("\n[models]\npath = \"{}\"\n", shown(&only)),
        _ => String::new(),
    }
}

/// The folder of the package with entities, where the project is in none itself and does not say where its models are.
pub(super) fn package(workspace: &Workspace) -> Result<Option<PathBuf>, CommandError> {
    if workspace.speaks_of_models() || workspace.models_root().join("Cargo.toml").is_file() {
        return Ok(None);
    }
    let Some(found) = workspace.entities() else {
        return Ok(None);
    };
    let packages = found.packages(&workspace.shown(""), &workspace.checkout());
    let mut folders = packages.iter();
    match (folders.next(), folders.next()) {
        (Some(only), None) => Ok(Some(only.clone())),
        (None, _) => Ok(None),
        (Some(first), Some(_)) => {
            let error =
                CommandError::config(format!("{found}: which of the packages has the models?"));
            let error = packages
                .iter()
                .fold(error, |error, folder| error.cause(shown(folder)));
            Err(error.hint(format!(
                "name one in {FILE}: [models] path = \"{}\"",
                shown(first)
            )))
        }
    }
}

/// Entities that the project does not read.
pub(super) struct Unread {
    found: Entities,
    /// What may hide them.
    warnings: Vec<String>,
}

/// What the project does not read, where it reads no models at all.
pub(super) fn unread(workspace: &Workspace, read: &ReadModels) -> Option<Unread> {
    let is_left = |found: &Entities| workspace.leaves_out(found.library());
    let found = workspace.entities().filter(|found| !is_left(found))?;
    let warnings = read.warnings.clone();
    let is_alone = read.models.schema.tables.is_empty();
    is_alone.then_some(Unread { found, warnings })
}

impl Unread {
    /// Refuses entities that may be of this database: it would get a second set of models beside them. Those of an example or of
    /// a test name none of its tables.
    pub(super) fn refuse(&self, workspace: &Workspace, live: &Schema) -> Result<(), CommandError> {
        let Self { found, warnings } = self;
        let within = workspace.checkout();
        let names: BTreeSet<&str> = live.tables.keys().map(|name| name.name.as_str()).collect();
        let Some(table) = found.names_one_of(&names, &within) else {
            return Ok(());
        };
        let error = CommandError::config(format!(
            "{found}: they are not among the models that are read, and `{table}` is a table of the database"
        ));
        let mut error = warnings
            .iter()
            .fold(error, |error, warning| error.cause(warning));
        let packages = found.packages(&workspace.shown(""), &within);
        let elsewhere = |folder: &&PathBuf| workspace.shown(folder) != workspace.models_base();
        if let Some(folder) = packages.iter().find(elsewhere) {
            error = error.hint(format!(
                "where their package is, is said in {FILE}: [models] path = \"{}\"",
                shown(folder)
            ));
        }
        Err(error
            .hint("let a `mod` lead to their files; a feature that is on for the database is said in limbeck.toml: [models] features = [\"…\"]")
            .hint(format!(
                "or leave them as they are: [models] {} = false",
                found.key()
            )))
    }
}

/// With `/` on every system, as the file is everybody's.
fn shown(folder: &Path) -> String {
    let parts: Vec<_> = folder
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}
