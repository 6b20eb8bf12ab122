//! Structs of other libraries that say tables, told by the words of their macros.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use limbeck_core::schema::{Models, Object};
use limbeck_models::Within;

use super::places;
use crate::ui::count;

/// So many files are looked at.
const MOST_FILES: usize = 20_000;

/// A library whose structs or macros say tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    SeaOrm,
    Diesel,
}

/// Tables that another library's sources say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entities {
    library: Library,
    number: usize,
    /// The innermost folder that holds all of them, or the file.
    place: PathBuf,
    /// The files with them.
    files: Vec<PathBuf>,
    /// Whether the project reads them as its models.
    pub(crate) are_models: bool,
}

/// As `28 entities of SeaORM in crates/db/entity`.
impl fmt::Display for Entities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = match self.library {
            Library::SeaOrm if self.number == 1 => "1 entity of SeaORM".to_owned(),
            Library::SeaOrm => format!("{} entities of SeaORM", self.number),
            Library::Diesel => format!("{} of Diesel", count(self.number, "table")),
        };
        if self.place.as_os_str().is_empty() {
            f.write_str(&number)
        } else {
            write!(f, "{number} in {}", self.place.display())
        }
    }
}

impl Entities {
    /// Those of them that are among the models, where any is; the configuration of their library, or ours, may leave others out.
    pub(crate) fn among(self, models: &Models) -> Self {
        let tables = models.schema.tables.values();
        let tables = tables.filter(|table| table.is_in_part());
        let origins = tables.filter_map(|table| {
            let object = Object::Table(table.name.clone());
            models
                .origin(&object)
                .map(|origin| PathBuf::from(&origin.file))
        });
        let files: Vec<PathBuf> = origins.collect();
        let place = files.iter().cloned();
        match place.reduce(|place, file| common(&place, &file)) {
            Some(place) => Self {
                number: files.len(),
                place,
                files,
                are_models: true,
                ..self
            },
            None => self,
        }
    }

    /// Whose they are.
    pub(crate) fn library(&self) -> Library {
        self.library
    }

    /// The key of `[models]` that leaves them out.
    pub(crate) fn key(&self) -> &'static str {
        match self.library {
            Library::SeaOrm => "sea_orm",
            Library::Diesel => "diesel",
        }
    }

    /// The first of the names that a word of their files is.
    pub(crate) fn names_one_of<'a>(
        &self,
        names: &BTreeSet<&'a str>,
        within: &Within,
    ) -> Option<&'a str> {
        self.files.iter().find_map(|file| {
            let text = places::text(file, within)?;
            let is_inside = |letter: char| letter.is_alphanumeric() || letter == '_';
            let mut words = text.split(|letter| !is_inside(letter));
            words.find_map(|word| names.get(word).copied())
        })
    }

    /// The folders of the packages, or of their workspaces, that hold them, from `root`, which is shown as the files are.
    pub(crate) fn packages(&self, root: &Path, within: &Within) -> BTreeSet<PathBuf> {
        let of_file = |file: &PathBuf| {
            let above = file.ancestors().skip(1);
            let above = above.take_while(|folder| folder.starts_with(root));
            let manifest = |folder: &Path| places::text(&folder.join("Cargo.toml"), within);
            let mut found: Option<&Path> = None;
            for folder in above {
                let Some(text) = manifest(folder) else {
                    continue;
                };
                let table: toml::Table = text.parse().unwrap_or_default();
                if found.is_none() || table.contains_key("workspace") {
                    found = Some(folder);
                }
            }
            found?.strip_prefix(root).ok().map(Path::to_owned)
        };
        self.files.iter().filter_map(of_file).collect()
    }

    /// Those below a folder, which is the current one where the path is empty, of the library that has most; what stands
    /// in a `target` or a hidden folder, or outside of the checkout, does not count.
    pub(crate) fn below(root: &Path, within: &Within) -> Option<Self> {
        let here = Path::new(".");
        let root = if root.as_os_str().is_empty() {
            here
        } else {
            root
        };
        let mut found = [Library::SeaOrm, Library::Diesel].map(|library| Found {
            library,
            number: 0,
            files: Vec::new(),
        });
        let mut folders = vec![root.to_owned()];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if kind.is_dir() && name != "target" && !name.starts_with('.') {
                    folders.push(path);
                } else if kind.is_file() && name.ends_with(".rs") && files < MOST_FILES {
                    files += 1;
                    if let Some(text) = places::text(&path, within) {
                        for found in &mut found {
                            found.read(&path, &text);
                        }
                    }
                }
            }
        }
        let most = found.into_iter().max_by_key(|found| found.number)?;
        let files = most.files.iter();
        let files = files.map(|file| file.strip_prefix(here).unwrap_or(file).to_owned());
        let files: Vec<PathBuf> = files.collect();
        let place = files.iter().cloned();
        Some(Self {
            library: most.library,
            number: most.number,
            place: place.reduce(|place, file| common(&place, &file))?,
            files,
            are_models: false,
        })
    }
}

struct Found {
    library: Library,
    number: usize,
    files: Vec<PathBuf>,
}

impl Found {
    fn read(&mut self, path: &Path, text: &str) {
        let number = match self.library {
            Library::SeaOrm => lines_with(text, &["DeriveEntityModel", "#[sea_orm::model]"]),
            Library::Diesel => lines_with(text, &["table!"]),
        };
        if number == 0 {
            return;
        }
        self.number += number;
        self.files.push(path.to_owned());
    }
}

/// The lines of code with one of the words; an entity may have both, on lines that follow each other.
fn lines_with(text: &str, words: &[&str]) -> usize {
    let mut number = 0;
    let mut was_one = false;
    for line in text.lines() {
        let line = line.trim();
        let is_one = !line.starts_with("//") && words.iter().any(|word| has_word(line, word));
        if is_one && !was_one {
            number += 1;
        }
        was_one = is_one;
    }
    number
}

/// Whether the word stands there, and is not the end of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let is_macro =
            word != "table!" || line[at + word.len()..].trim_start().starts_with(['{', '(']);
        is_macro && !before.is_some_and(|char| char.is_alphanumeric() || char == '_')
    })
}

/// The innermost folder that holds both.
fn common(place: &Path, path: &Path) -> PathBuf {
    place
        .components()
        .zip(path.components())
        .take_while(|(one, other)| one == other)
        .map(|(one, _)| one)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours::folder;

    /// Files with their texts, and what is told of them.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

    #[test]
    fn entities_are_counted_where_they_are() {
        let entity = "#[derive(Clone, DeriveEntityModel)]\n#[sea_orm(table_name = \"a\")]\npub struct Model {}\n";
        let dense = "#[sea_orm::model]\n#[derive(Clone, DeriveEntityModel)]\npub struct Model {}\n";
        let tables = "diesel::table! {\n    a (id) { id -> Int4, }\n}\n// table! {\ntable! {\n    b (id) { id -> Int4, }\n}\nallow_tables_to_appear_in_same_query!(a, b);\n";
        let cases: &[Case<'_>] = &[
            (
                &[
                    ("db/entity/a.rs", entity),
                    ("db/entity/b.rs", dense),
                    ("src/main.rs", "fn main() {}"),
                ],
                Some("2 entities of SeaORM in db/entity"),
            ),
            (
                &[("src/a.rs", entity)],
                Some("1 entity of SeaORM in src/a.rs"),
            ),
            (
                &[("src/schema.rs", tables)],
                Some("2 tables of Diesel in src/schema.rs"),
            ),
            (
                &[("a.rs", entity), ("src/b.rs", entity)],
                Some("2 entities of SeaORM"),
            ),
            (&[("target/a.rs", entity), (".git/a.rs", entity)], None),
            (
                &[("src/a.rs", "// DeriveEntityModel\nfn print_table!() {}\n")],
                None,
            ),
        ];
        for (files, expected) in cases {
            let place = folder(files);
            let found = Entities::below(place.path(), &Within::default());
            let root = format!(" in {}", place.path().display());
            let shown = found.map(|found| found.to_string().replace(&format!("{root}/"), " in "));
            let shown = shown.map(|shown| shown.replace(&root, ""));
            assert_eq!(shown.as_deref(), *expected, "{files:?}");
        }
    }
}
