//! A folder of `migrations` that is not there: with a typo in it a deployment would run nothing, and say that all is well.

use std::fs;
use std::path::{Path, PathBuf};

use limbeck::folder;

use super::Workspace;
use crate::checkout;
use crate::command_error::CommandError;
use crate::config::OneOrMany;
use crate::nearest::nearest;
use crate::neighbours::OWN_FOLDER;

/// What the absence of a folder means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// There is nothing to work on.
    Revisions,
    /// The first revision makes it, unless revisions are in another one.
    First,
}

impl Workspace {
    /// Refuses a folder that the configuration names and that is not there.
    pub(super) fn refuse_missing(&self, expect: Expect) -> Result<(), CommandError> {
        let named = self.config.migrations.as_ref().map(OneOrMany::as_slice);
        let is_missing = |folder: &&String| !self.shown(folder).exists();
        let Some(named) = named.unwrap_or_default().iter().find(is_missing) else {
            return Ok(());
        };
        let found = self.with_revisions(Path::new(named));
        if expect == Expect::First && found.is_none() {
            return Ok(());
        }
        let text = format!(
            "there is no folder `{}`, which `migrations` in {} names",
            self.shown(named).display(),
            self.config_file
        );
        Err(CommandError::config(text).hint(match found {
            Some(found) => format!(
                "revisions are in {}: write migrations = \"{}\"",
                self.shown(&found).display(),
                found.display()
            ),
            None => "limbeck revision --autogenerate -m \"…\" makes it with the first revision"
                .to_owned(),
        }))
    }

    /// The folder with revisions that was probably meant, below the root.
    fn with_revisions(&self, missing: &Path) -> Option<PathBuf> {
        let mut above = missing.ancestors().skip(1);
        let above = above.find(|folder| self.root_or_here(folder).is_dir())?;
        let entries = fs::read_dir(self.root_or_here(above))
            .into_iter()
            .flatten()
            .flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        let beside = names.iter().map(|name| above.join(name));
        let usual = ["migrations", OWN_FOLDER].map(PathBuf::from);
        let found = usual
            .into_iter()
            .chain(beside)
            .filter(|folder| self.holds_revisions(folder));
        let found: Vec<PathBuf> = found.collect();
        let texts: Vec<String> = found.iter().map(|one| one.display().to_string()).collect();
        let missing = missing.display().to_string();
        let near = nearest(&missing, texts.iter().map(String::as_str));
        near.map(PathBuf::from).or_else(|| found.into_iter().next())
    }

    fn root_or_here(&self, folder: &Path) -> PathBuf {
        let shown = self.shown(folder);
        if shown.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            shown
        }
    }

    fn holds_revisions(&self, folder: &Path) -> bool {
        let folder = self.shown(folder);
        let within = checkout::alone(&self.absolute);
        let mut all = checkout::links(&folder).into_iter().chain([folder.clone()]);
        folder.is_dir()
            && all.all(|one| within.outside(&one).is_none())
            && folder::read(std::slice::from_ref(&folder)).is_ok_and(|read| !read.graph.is_empty())
    }
}
