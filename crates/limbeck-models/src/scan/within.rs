//! The folders that files may be read from: a source file or manifest that somebody else wrote may name any file.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ScanError, SourceLocation};

/// Folders outside of which no file is read; every file may be where there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    folders: Vec<PathBuf>,
}

impl Within {
    /// These folders and all below them, but not what links in them lead to elsewhere.
    pub fn folders(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let folders = folders.into_iter();
        Self {
            folders: folders
                .map(|folder| fs::canonicalize(&folder).unwrap_or(folder))
                .collect(),
        }
    }

    /// Where a file really is, when that is outside; what is not there is nowhere.
    #[must_use]
    pub fn outside(&self, path: &Path) -> Option<PathBuf> {
        if self.folders.is_empty() {
            return None;
        }
        let real = fs::canonicalize(path).ok()?;
        let is_inside = self.folders.iter().any(|folder| real.starts_with(folder));
        (!is_inside).then_some(real)
    }

    /// The error for a file that is outside, at a place.
    pub(super) fn refuse(&self, path: &Path, place: SourceLocation) -> Option<ScanError> {
        let real = self.outside(path)?;
        let folder = real.parent().unwrap_or(&real);
        Some(refused(&real, folder, place))
    }

    /// The error for a folder that is outside, at a place.
    pub(super) fn refuse_all_of(&self, folder: &Path, place: SourceLocation) -> Option<ScanError> {
        let real = self.outside(folder)?;
        Some(refused(&real, &real, place))
    }
}

fn refused(real: &Path, folder: &Path, place: SourceLocation) -> ScanError {
    ScanError::at(
        place,
        format!(
            "`{}` is outside of the checkout, and is not read",
            real.display()
        ),
        format!(
            "if it is meant: --read-outside {}, or LIMBECK_READ_OUTSIDE in the environment",
            folder.display()
        ),
    )
}
