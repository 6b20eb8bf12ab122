//! Where a project is, and its paths as messages show them.

use std::env;
use std::path::{Component, Path, PathBuf};

use crate::command_error::CommandError;
use crate::commands::GlobalArgs;

/// The folder that the command was started in, as an absolute path.
pub(crate) fn current_folder() -> Result<PathBuf, CommandError> {
    env::current_dir().map_err(|error| {
        CommandError::usage("the current folder cannot be told").cause(error.to_string())
    })
}

/// The folder to work from, which `--directory` may change.
pub(crate) fn started_in(here: &Path, global: &GlobalArgs) -> Result<PathBuf, CommandError> {
    let Some(directory) = &global.directory else {
        return Ok(here.to_owned());
    };
    let start = clean(&here.join(directory));
    if start.is_dir() {
        Ok(start)
    } else {
        Err(CommandError::usage(format!(
            "there is no folder `{}`",
            directory.display()
        )))
    }
}

pub(super) fn nearest_with(start: &Path, file: &str) -> Option<PathBuf> {
    let mut folders = start.ancestors();
    folders
        .find(|folder| folder.join(file).is_file())
        .map(Path::to_owned)
}

/// The path without `.` and `..`.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    cleaned
}

/// The path from one folder to another, both absolute; empty when they are the same.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let mut from_parts = from.components().peekable();
    let mut to_parts = to.components().peekable();
    while from_parts.peek().is_some() && from_parts.peek() == to_parts.peek() {
        from_parts.next();
        to_parts.next();
    }
    let up = from_parts.count();
    if up > 3 {
        return to.to_owned();
    }
    let mut path: PathBuf = std::iter::repeat_n("..", up).collect();
    path.extend(to_parts);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_where_the_caller_is() {
        for (from, to, expected) in [
            ("/a/b", "/a/b", ""),
            ("/a/b", "/a/b/c", "c"),
            ("/a/b/src", "/a/b", ".."),
            ("/a/b", "/a/c/d", "../c/d"),
            ("/a/b/c/d/e", "/x", "/x"),
        ] {
            assert_eq!(
                relative(Path::new(from), Path::new(to)),
                Path::new(expected)
            );
        }
    }
}
