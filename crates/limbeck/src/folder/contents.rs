//! What the files of a folder hold, read on all processors where they are many.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{self, Direction, FileKind, Revision};

use super::{FileProblem, FolderError, kind};

/// What a file of the folder holds.
pub(super) enum Content {
    Prelude(Option<Dialect>, String),
    /// With the checksum of its upgrade, where a run asks for it.
    Revision(Box<Revision>, Option<String>),
}

/// A file that is not as it should be is told beside the others, one that cannot be read ends the reading.
pub(super) type Reading<T> = Result<Result<T, FileProblem>, FolderError>;

/// Reads files, many of them on all processors.
pub(super) fn contents(paths: &[PathBuf], dialect: Option<Dialect>) -> Vec<Reading<Content>> {
    let read = |paths: &[PathBuf]| {
        let contents = paths.iter().map(|path| content(path, dialect));
        contents.collect::<Vec<_>>()
    };
    if paths.len() <= FEW {
        return read(paths);
    }
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    if threads == 1 {
        return read(paths);
    }
    thread::scope(|scope| {
        let parts = paths.chunks(paths.len().div_ceil(threads));
        let running: Vec<_> = parts.map(|part| scope.spawn(|| read(part))).collect();
        let read = running.into_iter().flat_map(|part| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        read.collect()
    })
}

/// Up to this many files are read while the connection is made, by one thread.
const FEW: usize = 200;

fn content(path: &Path, dialect: Option<Dialect>) -> Reading<Content> {
    let text = match text(path)? {
        Ok(text) => text,
        Err(problem) => return Ok(Err(problem)),
    };
    if let FileKind::Prelude(dialect) = kind(path) {
        return Ok(Ok(Content::Prelude(dialect, text)));
    }
    let revision = revision::parse(&text, &path.to_string_lossy());
    Ok(revision
        .map(|revision| {
            let checksum = dialect.and_then(|dialect| {
                let section = revision.section(Direction::Upgrade, dialect).ok()?;
                Some(revision::checksum(section, dialect))
            });
            Content::Revision(Box::new(revision), checksum)
        })
        .map_err(Into::into))
}

pub(super) fn text(path: &Path) -> Reading<String> {
    let bytes = fs::read(path).map_err(|source| FolderError::Read {
        path: path.to_owned(),
        source,
    })?;
    // A database takes what stands before it for all.
    if let Some(place) = bytes.iter().position(|byte| *byte == 0) {
        return Ok(Err(FileProblem::Nul {
            path: path.to_owned(),
            line: 1 + bytes[..place].iter().filter(|byte| **byte == b'\n').count(),
        }));
    }
    Ok(String::from_utf8(bytes).map_err(|error| {
        let (text, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        FileProblem::NotUtf8 {
            path: path.to_owned(),
            line: 1 + text.iter().filter(|byte| **byte == b'\n').count(),
        }
    }))
}
