//! Which files with tables of Diesel are of the database: those that diesel.toml, or limbeck.toml, names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::manifest::{Package, clean};
use super::tree::{Tree, display};
use super::{DieselTables, ScanError, ScanOptions};

/// What somebody says of the files; all of them count where nobody says anything.
#[derive(Debug, Default)]
pub(super) struct SchemaFiles {
    /// By the folder that this is said for, as messages show it.
    said: BTreeMap<String, Vec<Named>>,
}

#[derive(Debug)]
struct Named {
    /// As messages show it.
    file: String,
    path: PathBuf,
    /// The patch on it, where one is named.
    patch: Option<PathBuf>,
    by: &'static str,
}

/// What `[print_schema]` says.
#[derive(Debug, PartialEq, Eq)]
struct Printed {
    file: PathBuf,
    patch: Option<PathBuf>,
}

/// Where the patch on a file is.
pub(super) enum Patch {
    /// Where the settings say.
    Named(PathBuf),
    /// Where one would be.
    Beside(PathBuf),
}

impl SchemaFiles {
    /// Reads what is said.
    pub(super) fn read(root: &Path, options: &ScanOptions, packages: &[Package]) -> Self {
        let named = |folder: &Path, printed: Printed, by: &'static str| {
            let path = clean(&folder.join(printed.file));
            Named {
                file: display(root, &path),
                path,
                patch: printed.patch.map(|patch| clean(&folder.join(patch))),
                by,
            }
        };
        let mut said = BTreeMap::new();
        match &options.diesel {
            DieselTables::Left => {
                said.insert(String::new(), Vec::new());
            }
            DieselTables::In(files) => {
                let files = files.iter().map(|file| Printed {
                    file: file.clone(),
                    patch: None,
                });
                let files = files.map(|file| named(root, file, "limbeck.toml"));
                said.insert(String::new(), files.collect());
            }
            DieselTables::Found => {
                let folders = packages.iter().map(|package| package.folder.as_path());
                for folder in std::iter::once(root).chain(folders) {
                    let file = folder.join("diesel.toml");
                    if options.within.outside(&file).is_some() {
                        continue;
                    }
                    let text = fs::read_to_string(&file).unwrap_or_default();
                    let files = printed(&text);
                    if !files.is_empty() {
                        let of = display(root, folder);
                        let files = files.into_iter();
                        let files = files.map(|file| named(folder, file, "diesel.toml"));
                        said.insert(of, files.collect());
                    }
                }
            }
        }
        Self { said }
    }

    /// Whether the tables of a file count.
    pub(super) fn count(&self, file: &str) -> bool {
        // The innermost folder that somebody speaks of says it.
        let inner = self
            .said
            .iter()
            .rev()
            .find(|(folder, _)| is_below(file, folder));
        inner.is_none_or(|(_, files)| files.iter().any(|named| named.file == file))
    }

    /// The patch on a file: the one that is named, which must be there, else the one beside it that is called alike.
    pub(super) fn patch(&self, root: &Path, file: &str) -> Patch {
        let mut named = self.said.values().flatten();
        let named = named.find(|named| named.file == file);
        match named.and_then(|named| named.patch.clone()) {
            Some(patch) => Patch::Named(patch),
            None => Patch::Beside(root.join(file).with_extension("patch")),
        }
    }

    /// Features that are off, of packages, behind which the files stand that somebody names: who names a file of the database
    /// says that it belongs to the schema.
    pub(super) fn behind_features(&self, tree: &Tree, packages: &[Package]) -> BTreeSet<String> {
        let calls = tree.diesel.tables.iter();
        let read: BTreeSet<&str> = calls.map(|call| tree.files[call.file].as_str()).collect();
        let mut found = BTreeSet::new();
        for files in self.said.values() {
            // Of several that one diesel.toml names, each may be of a database of its own.
            let is_one_read = files.iter().any(|named| read.contains(named.file.as_str()));
            let wanted = files.iter().filter(|named| {
                !read.contains(named.file.as_str()) && (named.by == "limbeck.toml" || !is_one_read)
            });
            let wanted: BTreeSet<&str> = wanted.map(|named| named.file.as_str()).collect();
            for passed in &tree.passed {
                if wanted.contains(tree.files[passed.file].as_str()) {
                    let package = &packages[tree.crates[passed.krate].package].name;
                    let features = passed.features.iter();
                    found.extend(features.map(|feature| format!("{package}/{feature}")));
                }
            }
        }
        found
    }

    /// The errors for files that are there and in no module.
    pub(super) fn unread<'a>(&'a self, tree: &'a Tree) -> impl Iterator<Item = ScanError> + 'a {
        let files = self.said.values().flatten();
        // Diesel makes the file when it first prints it.
        let is_there = |named: &&Named| named.by == "limbeck.toml" || named.path.is_file();
        let unread = files
            .filter(is_there)
            .filter(|named| !tree.files.contains(&named.file));
        unread.map(|named| {
            ScanError::in_file(
                Path::new(&named.file),
                format!("no `mod` reaches this file, which {} names", named.by),
                format!(
                    "write it into limbeck.toml: [models] files = [\"{}\"]",
                    named.file
                ),
            )
        })
    }
}

fn is_below(file: &str, folder: &str) -> bool {
    let rest = file.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
}

/// What `[print_schema]` says, and each table of it that has a name of its own.
fn printed(text: &str) -> Vec<Printed> {
    let Ok(table) = text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let printed = table.get("print_schema").and_then(toml::Value::as_table);
    let Some(printed) = printed else {
        return Vec::new();
    };
    let path = |table: &toml::Table, key: &str| table.get(key)?.as_str().map(PathBuf::from);
    let of = |table: &toml::Table| {
        Some(Printed {
            file: path(table, "file")?,
            patch: path(table, "patch_file"),
        })
    };
    let inner = printed.values().filter_map(toml::Value::as_table);
    std::iter::once(printed)
        .chain(inner)
        .filter_map(of)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_printed_file_is_found() {
        for (text, expected) in [
            (
                "[print_schema]\nfile = \"src/schema.rs\"\npatch_file = \"a.patch\"",
                &["src/schema.rs a.patch"][..],
            ),
            (
                "[print_schema.a]\nfile = \"a.rs\"\n[print_schema.b]\nfile = \"b.rs\"\nschema = \"b\"",
                &["a.rs", "b.rs"],
            ),
            ("[migrations_directory]\ndir = \"m\"", &[]),
            ("[print_schema", &[]),
        ] {
            let shown = printed(text).into_iter().map(|one| {
                let paths = std::iter::once(one.file).chain(one.patch);
                let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
                paths.join(" ")
            });
            assert_eq!(shown.collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
