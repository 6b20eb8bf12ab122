//! Revisions that are in the binary.

use std::collections::BTreeSet;
use std::path::Path;

use limbeck_core::revision::{self, Graph};

use super::MigratorError;
use crate::folder::{self, FolderError};

/// A folder as it was when the binary was built.
#[doc(hidden)]
#[derive(Debug)]
pub struct Embedded {
    /// The folder as the macro names it.
    pub name: &'static str,
    /// The names of its files, and their texts.
    pub files: &'static [(&'static str, &'static str)],
    /// Where it is looked at again, in builds for debugging.
    pub path: Option<&'static str>,
}

/// Where revisions come from.
#[derive(Debug)]
pub(super) enum Source {
    Embedded(&'static [Embedded]),
    Files(Vec<(String, String)>),
}

impl Source {
    pub(super) fn read(&self) -> Result<Graph, MigratorError> {
        match self {
            Self::Embedded(folders) => {
                folders.iter().try_for_each(compare)?;
                graph(folders.iter().flat_map(|folder| {
                    let place = |(name, text): &(&'static str, &'static str)| {
                        (format!("{}/{name}", folder.name), *text)
                    };
                    folder.files.iter().map(place)
                }))
            }
            Self::Files(files) => graph(
                files
                    .iter()
                    .map(|(name, text)| (name.clone(), text.as_str())),
            ),
        }
    }
}

fn graph<'a>(files: impl Iterator<Item = (String, &'a str)>) -> Result<Graph, MigratorError> {
    let mut revisions = Vec::new();
    let mut problems = Vec::new();
    for (name, text) in files {
        match revision::parse(text, &name) {
            Ok(revision) => revisions.push((revision, name)),
            Err(error) => problems.push(error.into()),
        }
    }
    if !problems.is_empty() {
        return Err(FolderError::Files { problems }.into());
    }
    Ok(Graph::new(revisions)?)
}

/// Cargo is not told of files that are new: what was built may be older than the folder.
fn compare(folder: &Embedded) -> Result<(), MigratorError> {
    // It is not there where the binary has gone to another machine.
    let Some(path) = folder.path.map(Path::new).filter(|path| path.is_dir()) else {
        return Ok(());
    };
    let there = folder::revision_files(path)?;
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let built: BTreeSet<&str> = folder.files.iter().map(|(name, _)| *name).collect();
    let names = |left: &BTreeSet<&str>, right: &BTreeSet<&str>| -> Vec<String> {
        let files = left.difference(right);
        files
            .map(|name| format!("{}/{name}", folder.name))
            .collect()
    };
    let (added, removed) = (names(&there, &built), names(&built, &there));
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    Err(MigratorError::Stale {
        folder: folder.name,
        added,
        removed,
    })
}
