//! The migrations of other tools in a folder, told by the names of their files and by their marks.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use limbeck_core::revision;
use limbeck_models::Within;

use super::alembic::{self, Depth, Versions};
use super::places;
use crate::ui::count;

/// How much of a file is read to tell whose it is, in bytes.
const START: u64 = 4096;

/// A tool that keeps migrations in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    Sqlx,
    /// Those of sqlx beside the sums of Atlas, which writes the same names.
    SqlxOrAtlas,
    /// Numbered files beside a journal.
    Drizzle,
    /// Both kinds of sqlx, of which golang-migrate runs the pairs alone.
    SqlxOrPairs,
    /// Pairs of `1_name.up.sql` and `1_name.down.sql`.
    SqlxOrGolangMigrate,
    Diesel,
    /// `V1__name.sql`.
    RefineryOrFlyway,
    /// A version of several numbers, or a repeatable migration.
    Flyway,
    SeaOrm,
    Dbmate,
    Goose,
    Alembic,
}

impl Tool {
    /// Whether files in folders of a folder are its migrations, too.
    fn looks_deeper(self) -> bool {
        match self {
            Self::RefineryOrFlyway | Self::Flyway | Self::Alembic => true,
            Self::Sqlx
            | Self::SqlxOrAtlas
            | Self::Drizzle
            | Self::SqlxOrPairs
            | Self::SqlxOrGolangMigrate
            | Self::Diesel
            | Self::SeaOrm
            | Self::Dbmate
            | Self::Goose => false,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlx | Self::SqlxOrPairs => "sqlx",
            Self::SqlxOrAtlas => "sqlx or Atlas",
            Self::Drizzle => "Drizzle",
            Self::SqlxOrGolangMigrate => "sqlx or golang-migrate",
            Self::Diesel => "Diesel",
            Self::RefineryOrFlyway => "refinery or Flyway",
            Self::Flyway => "Flyway",
            Self::SeaOrm => "SeaORM",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::Alembic => "Alembic",
        })
    }
}

/// Migrations of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Migrations {
    tool: Tool,
    /// How many; one that has a file for each direction counts once.
    number: usize,
    /// At least one.
    folders: Vec<PathBuf>,
    depth: Depth,
}

/// As `13 migrations of sqlx in migrations`.
impl fmt::Display for Migrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tool,
            number,
            folders: _,
            depth: _,
        } = self;
        let number = count(*number, "migration");
        write!(f, "{number} of {tool} in {}", self.place())
    }
}

impl Migrations {
    /// Where they are.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Which of the files there they are.
    pub(crate) fn depth(&self) -> Depth {
        self.depth
    }

    /// Where they are, in words.
    pub(crate) fn place(&self) -> String {
        let folders = self.folders.iter();
        let folders: Vec<String> = folders.map(|folder| folder.display().to_string()).collect();
        folders.join(" and ")
    }

    /// Whether they may be those of a tool whose history the database has.
    pub(crate) fn may_be_of(&self, tool: revision::Tool) -> bool {
        let tools: &[revision::Tool] = match self.tool {
            Tool::Sqlx | Tool::SqlxOrAtlas => &[revision::Tool::Sqlx],
            Tool::Drizzle => &[],
            Tool::SqlxOrPairs | Tool::SqlxOrGolangMigrate => {
                &[revision::Tool::Sqlx, revision::Tool::GolangMigrate]
            }
            Tool::Diesel => &[revision::Tool::Diesel],
            Tool::RefineryOrFlyway => &[revision::Tool::Refinery, revision::Tool::Flyway],
            Tool::Flyway => &[revision::Tool::Flyway],
            Tool::SeaOrm => &[revision::Tool::SeaOrm],
            Tool::Dbmate => &[revision::Tool::Dbmate],
            Tool::Goose => &[revision::Tool::Goose],
            Tool::Alembic => &[revision::Tool::Alembic],
        };
        tools.contains(&tool)
    }

    /// Those in a folder that has no revision of Limbeck, or in the folders in it.
    pub(crate) fn below(folder: &Path) -> Option<Self> {
        Self::in_folder(folder).or_else(|| {
            let mut inner = entries(folder)?;
            inner.sort();
            inner.iter().find_map(|path| Self::in_folder(path))
        })
    }

    /// Those in each of the folders in theirs, where the tool looks into all of them and only some may be meant.
    pub(crate) fn parts(&self) -> Vec<Self> {
        if !self.tool.looks_deeper() {
            return Vec::new();
        }
        let inner = self.folders.iter().filter_map(|folder| entries(folder));
        let mut inner: Vec<PathBuf> = inner.flatten().collect();
        inner.sort();
        inner
            .iter()
            .filter_map(|path| Self::in_folder(path))
            .collect()
    }

    /// Those in a folder that has no revision of Limbeck.
    pub(crate) fn in_folder(folder: &Path) -> Option<Self> {
        let mut numbers: BTreeMap<Tool, usize> = BTreeMap::new();
        for path in entries(folder)? {
            match kind(&path) {
                Kind::Revision => return None,
                Kind::Of(tool) => *numbers.entry(tool).or_default() += 1,
                Kind::Folder => nested(&path, DEEPEST, &mut numbers),
                Kind::None => {}
            }
        }
        // A folder of sqlx may have both kinds.
        if let Some(simple) = numbers.get(&Tool::Sqlx).copied()
            && let Some(pairs) = numbers.remove(&Tool::SqlxOrGolangMigrate)
        {
            numbers.remove(&Tool::Sqlx);
            numbers.insert(Tool::SqlxOrPairs, simple + pairs);
        }
        // A single one that only Flyway has tells whose the others are.
        if let Some(own) = numbers.get(&Tool::Flyway).copied()
            && let Some(others) = numbers.remove(&Tool::RefineryOrFlyway)
        {
            numbers.insert(Tool::Flyway, own + others);
        }
        let (tool, number) = numbers.into_iter().max_by_key(|(_, number)| *number)?;
        let tool = match tool {
            Tool::Sqlx if folder.join("meta/_journal.json").is_file() => Tool::Drizzle,
            Tool::Sqlx if folder.join("atlas.sum").is_file() => Tool::SqlxOrAtlas,
            other => other,
        };
        Some(Self {
            tool,
            number,
            folders: vec![folder.to_owned()],
            depth: Depth::All,
        })
    }

    /// Those of a project: in `folders`, where the settings of tools say, and where tools keep them, in each package.
    pub(crate) fn of_project(root: &Path, folders: &[PathBuf], within: &Within) -> Vec<Self> {
        let of_alembic = Self::of_alembic(root, within);
        let mut found: Vec<Self> = Vec::new();
        let usual = places::folders(root, within);
        for folder in folders.iter().cloned().chain(usual) {
            // Files that a folder above counts are not counted again.
            let counts = |other: &Self| {
                let is_same = |one: &PathBuf| folder == *one;
                let is_above = |one: &PathBuf| folder.starts_with(one);
                if other.tool.looks_deeper() {
                    other.folders.iter().any(is_above)
                } else {
                    other.folders.iter().any(is_same)
                }
            };
            if found.iter().chain(&of_alembic).any(counts) {
                continue;
            }
            // Where its configuration says which folders are Alembic's, no other one is.
            let is_meant = |one: &Self| of_alembic.is_none() || one.tool != Tool::Alembic;
            found.extend(Self::in_folder(&folder).filter(is_meant));
        }
        found.extend(of_alembic);
        found
    }

    /// Those in the folders that the configuration of Alembic names; none that lies outside of `within`.
    fn of_alembic(root: &Path, within: &Within) -> Option<Self> {
        let Versions { folders, depth } = alembic::versions(root, within)?;
        let mut number = 0;
        let mut seen = 0;
        let mut open = folders.clone();
        while seen < places::MOST_FOLDERS
            && let Some(folder) = open.pop()
        {
            seen += 1;
            for path in entries(&folder).into_iter().flatten() {
                match (kind(&path), depth) {
                    (Kind::Of(Tool::Alembic), _) => number += 1,
                    (_, Depth::All) if path.is_dir() => open.push(path),
                    (_, Depth::All | Depth::Top) => {}
                }
            }
        }
        (number > 0).then_some(Self {
            tool: Tool::Alembic,
            number,
            folders,
            depth,
        })
    }
}

/// How many folders deep migrations are looked for.
const DEEPEST: u32 = 8;

/// The files and folders in a folder. Links are left out: one may lead to a file that is not to be read; so are pipes and
/// devices, which may have no end.
fn entries(folder: &Path) -> Option<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let is_own = |kind: fs::FileType| kind.is_file() || kind.is_dir();
    let own = entries.filter(|entry| entry.file_type().is_ok_and(is_own));
    Some(own.map(|entry| entry.path()).collect())
}

/// Counts those of tools that look into the folders of a folder, too.
fn nested(folder: &Path, deepest: u32, numbers: &mut BTreeMap<Tool, usize>) {
    for path in entries(folder).unwrap_or_default() {
        match kind(&path) {
            Kind::Of(tool @ (Tool::RefineryOrFlyway | Tool::Flyway)) => {
                *numbers.entry(tool).or_default() += 1;
            }
            Kind::Folder if deepest > 0 => nested(&path, deepest - 1, numbers),
            Kind::Folder | Kind::Of(_) | Kind::Revision | Kind::None => {}
        }
    }
}

/// What a file or a folder among migrations is.
enum Kind {
    Revision,
    Of(Tool),
    /// A folder that is no migration by itself.
    Folder,
    None,
}

fn kind(path: &Path) -> Kind {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.is_dir() {
        return if path.join("up.sql").is_file() {
            Kind::Of(Tool::Diesel)
        } else {
            Kind::Folder
        };
    }
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return Kind::None;
    };
    match extension {
        "rs" if is_of_sea_orm(stem) => Kind::Of(Tool::SeaOrm),
        "rs" if of_versions(stem).is_some() => Kind::Of(Tool::RefineryOrFlyway),
        "py" if start_of(path).contains("down_revision") => Kind::Of(Tool::Alembic),
        "sql" => of_sql(path, stem),
        _ => Kind::None,
    }
}

fn of_sql(path: &Path, stem: &str) -> Kind {
    let start = start_of(path);
    let has_line = |wanted: &str| start.lines().any(|line| line.starts_with(wanted));
    if has_line("-- revision:") {
        return Kind::Revision;
    }
    let has_mark = |wanted: &str| {
        let mut comments = start.lines().filter_map(|line| line.strip_prefix("--"));
        comments.any(|comment| comment.trim_start().starts_with(wanted))
    };
    if has_mark("migrate:up") {
        return Kind::Of(Tool::Dbmate);
    }
    // goose reads its words in capitals and in small letters.
    if has_mark("+goose Up") || has_mark("+goose up") || has_mark("+goose UP") {
        return Kind::Of(Tool::Goose);
    }
    if let Some(tool) = of_versions(stem) {
        return Kind::Of(tool);
    }
    let is_numbered = stem
        .split_once('_')
        .is_some_and(|(version, _)| is_number(version));
    match (is_numbered, stem.rsplit_once('.')) {
        (false, _) | (true, Some((_, "down"))) => Kind::None,
        (true, Some((_, "up"))) => Kind::Of(Tool::SqlxOrGolangMigrate),
        (true, Some(_) | None) => Kind::Of(Tool::Sqlx),
    }
}

/// `V1__name`; `U1__name` is the way back of one.
fn of_versions(stem: &str) -> Option<Tool> {
    let (version, _) = stem.split_once("__")?;
    if version == "R" {
        return Some(Tool::Flyway);
    }
    // Only Flyway has baselines; what begins with `U` is the way back of another one to it.
    if let Some(version) = version.strip_prefix('B') {
        return version
            .split(['.', '_'])
            .all(is_number)
            .then_some(Tool::Flyway);
    }
    let version = version.strip_prefix('V')?;
    if is_number(version) {
        return Some(Tool::RefineryOrFlyway);
    }
    version
        .split(['.', '_'])
        .all(is_number)
        .then_some(Tool::Flyway)
}

/// `m20220101_000001_create_table`, or with the day alone.
fn is_of_sea_orm(stem: &str) -> bool {
    let day_and_rest = stem.strip_prefix('m').and_then(|rest| rest.split_once('_'));
    day_and_rest.is_some_and(|(day, _)| day.len() == 8 && is_number(day))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The beginning of a file, as far as it is text; an empty one where it cannot be read.
fn start_of(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(START).read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours::folder;

    /// Files with their texts, and what is told of them.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

    #[test]
    fn tools_are_told_by_the_shape_of_their_files() {
        let plain = "CREATE TABLE t (a int);\n";
        let revision = "-- Tables\n--\n-- revision: 1\n-- parents: none\n";
        let cases: &[Case<'_>] = &[
            (
                &[("1_a.sql", plain), ("20240101000000_b.sql", plain)],
                Some("2 migrations of sqlx"),
            ),
            (
                &[("1_a.up.sql", plain), ("1_a.down.sql", plain)],
                Some("1 migration of sqlx or golang-migrate"),
            ),
            (
                &[
                    ("1_a.sql", plain),
                    ("2_b.up.sql", plain),
                    ("2_b.down.sql", plain),
                ],
                Some("2 migrations of sqlx"),
            ),
            (
                &[
                    ("2024-01-01-000000_a/up.sql", plain),
                    ("00000000000000_setup/up.sql", plain),
                    ("README.md", ""),
                    ("tidy.sql", plain),
                ],
                Some("2 migrations of Diesel"),
            ),
            (
                &[("V1__a.sql", plain), ("V2__b.rs", ""), ("U1__a.sql", plain)],
                Some("2 migrations of refinery or Flyway"),
            ),
            (
                &[("V1.1__a.sql", plain), ("V2026_01__a.sql", plain)],
                Some("2 migrations of Flyway"),
            ),
            (
                &[
                    ("2025/V1__a.sql", plain),
                    ("2026/01/V2__b.sql", plain),
                    ("2026/1_c.sql", plain),
                ],
                Some("2 migrations of refinery or Flyway"),
            ),
            (
                &[
                    ("V1__a.sql", plain),
                    ("V2__b.sql", plain),
                    ("views/R__c.sql", plain),
                    ("views/U2__b.sql", plain),
                ],
                Some("3 migrations of Flyway"),
            ),
            (
                &[("B1__a.sql", plain), ("V2__b.sql", plain)],
                Some("2 migrations of Flyway"),
            ),
            (
                &[
                    ("m20220101_000001_create_table.rs", ""),
                    ("lib.rs", ""),
                    ("main.rs", ""),
                ],
                Some("1 migration of SeaORM"),
            ),
            (
                &[
                    ("m20230403_create_user.rs", ""),
                    ("main.rs", ""),
                    ("m2.rs", ""),
                ],
                Some("1 migration of SeaORM"),
            ),
            (
                &[("0000_a.sql", plain), ("meta/_journal.json", "{}")],
                Some("1 migration of Drizzle"),
            ),
            (
                &[("20240101000000_a.sql", plain), ("atlas.sum", "h1:a=\n")],
                Some("1 migration of sqlx or Atlas"),
            ),
            (
                &[("20240101_a.sql", "-- migrate:up\nSELECT 1;\n")],
                Some("1 migration of dbmate"),
            ),
            (
                &[("1_a.sql", "-- A comment\n--migrate:up transaction:false\n")],
                Some("1 migration of dbmate"),
            ),
            (
                &[("1_a.sql", "-- +goose up\nSELECT 1;\n")],
                Some("1 migration of goose"),
            ),
            (
                &[("ab_a.py", "down_revision = None\n"), ("env.py", "")],
                Some("1 migration of Alembic"),
            ),
            // A revision may have a number for its id.
            (&[("1_a.sql", revision), ("2_b.sql", plain)], None),
            (&[("scratch.sql", plain), ("notes.txt", plain)], None),
            (&[], None),
        ];
        for (files, expected) in cases {
            let place = folder(files);
            let found = Migrations::in_folder(place.path());
            let shown = found.map(|found| found.to_string());
            let shown = shown.as_deref().and_then(|text| text.split_once(" in "));
            assert_eq!(shown.map(|(text, _)| text), *expected, "{files:?}");
        }
    }
}
