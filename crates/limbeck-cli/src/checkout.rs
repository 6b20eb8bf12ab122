//! What belongs to the checkout that a command works on: the files that it may read without being told.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use limbeck_models::Within;

use crate::command_error::CommandError;
use crate::commands::GlobalArgs;
use crate::environment::repository;

/// Which files of a project are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readable {
    /// Those of the checkout, and where the user says so: what it holds may be of a stranger.
    Checkout,
    /// All that it names: its revisions are trusted to run.
    Everywhere,
}

/// The folders from which files are read.
pub(crate) fn within(root: &Path, reach: Readable, global: &GlobalArgs) -> Within {
    match reach {
        Readable::Everywhere => Within::default(),
        Readable::Checkout => {
            let named = env::var_os("LIMBECK_READ_OUTSIDE");
            let of_process = named.iter().flat_map(env::split_paths);
            let of_process = of_process.filter(|folder| folder.is_absolute());
            let mut folders = vec![top(root)];
            folders.extend(global.read_outside.iter().cloned());
            folders.extend(of_process);
            Within::folders(folders)
        }
    }
}

/// The checkout alone, whatever else may be read when it is named: what is looked for by itself is looked for there.
pub(crate) fn alone(root: &Path) -> Within {
    Within::folders([top(root)])
}

/// Refuses a file outside of the folders; `what` names it to a person.
pub(crate) fn refuse(within: &Within, path: &Path, what: &str) -> Result<(), CommandError> {
    match outside(within, path, what) {
        None => Ok(()),
        Some((text, hint)) => Err(CommandError::config(text).hint(hint)),
    }
}

/// What to tell of a file that is outside.
pub(crate) fn outside(within: &Within, path: &Path, what: &str) -> Option<(String, String)> {
    let real = within.outside(path)?;
    let folder = if real.is_dir() {
        &real
    } else {
        real.parent().unwrap_or(&real)
    };
    Some((
        format!(
            "{what} leads to `{}`, which is outside of the checkout and is not read",
            real.display()
        ),
        format!(
            "if it is meant: --read-outside {}, or LIMBECK_READ_OUTSIDE in the environment",
            folder.display()
        ),
    ))
}

/// The links in a folder of revisions, and in the folders in it: nothing else in a folder leads out of it.
pub(crate) fn links(folder: &Path) -> Vec<PathBuf> {
    let mut links = Vec::new();
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries(folder) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            links.extend(
                entries(&entry.path())
                    .filter(may_be_link)
                    .map(|entry| entry.path()),
            );
        } else if may_be_link(&entry) {
            links.push(entry.path());
        }
    }
    links
}

fn may_be_link(entry: &fs::DirEntry) -> bool {
    entry.file_type().map_or(true, |kind| kind.is_symlink())
}

/// The root of the repository; without one that of the Cargo workspace, if it is of the same owner, else
/// the folder of the project.
fn top(root: &Path) -> PathBuf {
    if let Some(folder) = repository(root) {
        return folder.to_owned();
    }
    let is_workspace = |folder: &&Path| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let table = text.parse::<toml::Table>().unwrap_or_default();
        table.contains_key("workspace") && has_owner_of(folder, root)
    };
    let mut folders = root.ancestors();
    folders.find(is_workspace).unwrap_or(root).to_owned()
}

#[cfg(unix)]
fn has_owner_of(folder: &Path, root: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |folder: &Path| fs::metadata(folder).map(|metadata| metadata.uid()).ok();
    owner(folder) == owner(root)
}

#[cfg(not(unix))]
fn has_owner_of(_: &Path, _: &Path) -> bool {
    true
}
