//! Names of files that begin with a number: `12_add_tasks.sql`, of which several tools have dialects of their own.

use limbeck_core::revision::Tool;

use super::{FileError, Migration, SourceFile, text};

/// What a migration's file holds, by its name.
pub(super) enum Holds {
    Sql,
    /// A program, which the tool alone can run.
    Program,
}

/// The migrations of files in the order of their versions. `named` tells version, name and what it holds of a path;
/// other files are no migrations.
pub(super) fn in_order<'a, V: Ord + Copy>(
    tool: Tool,
    files: &'a [SourceFile],
    named: impl Fn(&'a str) -> Option<(V, &'a str, Holds)>,
    migration: impl Fn(&'a SourceFile, V, &'a str) -> Result<Migration, FileError>,
    errors: &mut Vec<FileError>,
) -> Vec<Migration> {
    let mut found = Vec::new();
    for file in files {
        let read = match named(&file.path) {
            None => continue,
            Some((version, name, Holds::Sql)) => {
                migration(file, version, name).map(|migration| (version, migration))
            }
            Some((_, _, Holds::Program)) => Err(FileError::NoSql {
                file: file.path.clone(),
                reason: text::program(tool),
            }),
        };
        match read {
            Ok(read) => found.push(read),
            Err(error) => errors.push(error),
        }
    }
    found.sort_by_key(|(version, _)| *version);
    found.into_iter().map(|(_, migration)| migration).collect()
}

/// A whole number, as a table spells it, and what follows its `_`.
pub(super) fn numbered(name: &str) -> Option<(u64, &str)> {
    let (number, rest) = name.split_once('_')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

/// What a file is called besides its version, for people.
pub(super) fn title(name: &str) -> String {
    name.trim_matches(['_', '-']).replace(['_', '-'], " ")
}
