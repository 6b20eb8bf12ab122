//! Migrations of another tool as revisions: their ids and their text stay.
//!
//! Pure: files and rows are arguments. Not here: whether the revisions make what the database holds (`drift`), and what is
//! written into its history (`limbeck::run::take_over`).

mod alembic;
mod dbmate;
mod diesel;
mod flyway;
mod golang_migrate;
mod goose;
mod marked;
mod numbered;
mod own_table;
mod refinery;
mod sea_orm;
mod sqlx;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{
    Graph, GraphError, Replaced, Revision, RevisionId, Section, Sections, Tool,
};
use limbeck_core::schema::QualifiedName;
use limbeck_core::sql::SqlError;

use limbeck::old_history::{
    OldHistory, OldRow, Uncovered, cover, differences, is_same_version, row_of,
};

/// A file among migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path below the folder of the migrations, with `/`.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A migration as its tool reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its version, as the tool's table spells it.
    pub version: String,
    /// What it is called besides; the first line is its title.
    pub name: String,
    /// The file with the way there.
    pub file: String,
    /// The file with the way back, where that is another one.
    pub downgrade_file: Option<String>,
    /// The checksums that a table may have for it; none where the tool keeps none.
    pub checksums: Vec<String>,
    /// The way there.
    pub upgrade: Section,
    /// The way back.
    pub downgrade: Section,
    /// What it builds on.
    pub ancestry: Ancestry,
}

/// How a tool knows what a migration builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ancestry {
    /// On the one that its tool has run, or runs, before it.
    Line,
    /// On those that its file names.
    Graph(Node),
}

/// What the file of a migration says of its place among the others, which it names by their versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// What it builds on.
    pub parents: Vec<String>,
    /// What must have been run before it besides.
    pub depends_on: Vec<String>,
    /// The name of the branch that starts here.
    pub label: Option<String>,
    /// When it was written, as RFC 3339 text; empty where the file does not say it.
    pub created: String,
}

impl Migration {
    /// Whether its tool runs it again whenever it changes, which a revision is not.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        flyway::is_repeatable(&self.version)
    }
}

/// What a project tells its tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolSettings {
    /// Characters that a checksum leaves out.
    pub ignored: BTreeSet<char>,
    /// What the tool has printed of the SQL that it runs, where its files are programs.
    pub scripts: Vec<SourceFile>,
    /// The tool's table, where it has not the usual name.
    pub table: Option<QualifiedName>,
    /// How wide a version probably is in a checksum: the first one is of that.
    pub version_width: VersionWidth,
}

/// How many bytes a version has, as its column in the tool's table tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VersionWidth {
    /// As an `int4`.
    #[default]
    Four,
    /// As an `int8`.
    Eight,
}

/// Why a file cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is no text.
    #[error("{file}: not UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
    },
    /// A NUL byte stands in it.
    #[error("{file}: a NUL byte, which no database takes")]
    Nul {
        /// The file.
        file: String,
    },
    /// It cannot be cut into statements.
    #[error("{file}:{}: {source}", source.line())]
    Sql {
        /// The file.
        file: String,
        /// What is wrong.
        source: SqlError,
    },
    /// It begins or ends a transaction otherwise than by `BEGIN` and `COMMIT`.
    #[error("{file}:{line}: `{statement}` cannot be taken over")]
    Transaction {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// The statement.
        statement: String,
    },
    /// A line that every migration of the tool has is missing, or a statement stands before it.
    #[error("{file}: does not begin with `{mark}`")]
    NoMark {
        /// The file.
        file: String,
        /// The line.
        mark: &'static str,
    },
    /// Its text is not what is run.
    #[error("{file}:{line}: `{text}`: what {tool} fills in is not in the file")]
    Placeholder {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// What is replaced, or what says so.
        text: String,
        /// The tool.
        tool: Tool,
    },
    /// Two files have one version.
    #[error("{second}: the same version as {first}")]
    SameVersion {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// Its version cannot be the id of a revision.
    #[error("{file}: `{version}` cannot be the id of a revision")]
    Id {
        /// The file.
        file: String,
        /// The version.
        version: String,
    },
    /// It builds on a version that no file has.
    #[error("{file}: it builds on `{version}`, and no file is that")]
    Unknown {
        /// The file.
        file: String,
        /// The version.
        version: String,
    },
    /// The files are programs, and nobody had the tool print their SQL.
    #[error("the SQL of {} is not at hand", heads.join(", "))]
    NotPrinted {
        /// The versions on which no other one builds.
        heads: Vec<String>,
    },
    /// What the tool has printed and its files do not fit, or cannot be read.
    #[error("{place}: {reason}")]
    Script {
        /// The file and the line.
        place: String,
        /// Why.
        reason: String,
    },
    /// It is a program, and what SQL it runs is not at hand: a baseline can stand for it.
    #[error("{file}: {reason}")]
    NoSql {
        /// The file, with a line where there is one.
        file: String,
        /// Why.
        reason: String,
    },
}

/// Reads the migrations of a tool in the order in which it runs them; files that it leaves out are left out.
///
/// # Errors
///
/// All that is wrong with any file.
pub fn read(
    tool: Tool,
    files: &[SourceFile],
    settings: &ToolSettings,
    dialect: Dialect,
) -> Result<Vec<Migration>, Vec<FileError>> {
    let mut errors = Vec::new();
    let mut migrations = match tool {
        Tool::Sqlx => sqlx::read(files, settings, dialect, &mut errors),
        Tool::Diesel => diesel::read(files, dialect, &mut errors),
        Tool::Alembic => alembic::read(files, settings, dialect, &mut errors),
        Tool::Dbmate => dbmate::read(files, dialect, &mut errors),
        Tool::Flyway => flyway::read(files, dialect, &mut errors),
        Tool::GolangMigrate => golang_migrate::read(files, dialect, &mut errors),
        Tool::Goose => goose::read(files, dialect, &mut errors),
        Tool::Refinery => refinery::read(files, settings, dialect, &mut errors),
        Tool::SeaOrm => sea_orm::read(files, dialect, &mut errors),
        // They are programs of another language.
        Tool::Rails => Vec::new(),
    };
    for (index, one) in migrations.iter().enumerate() {
        let same = migrations[..index]
            .iter()
            .find(|other| is_same_version(tool, &other.version, &one.version));
        if let Some(first) = same {
            errors.push(FileError::SameVersion {
                first: first.file.clone(),
                second: one.file.clone(),
            });
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let table = settings.table.as_ref().map(|table| table.name.as_str());
    let table = table.unwrap_or(tool.table());
    for migration in &mut migrations {
        for section in [&mut migration.upgrade, &mut migration.downgrade] {
            // What Alembic prints goes by the columns, too.
            if tool != Tool::Alembic {
                own_table::left_out(section, table, dialect);
            }
            if dialect == Dialect::Sqlite && leaves_foreign_keys_off(tool) {
                text::without_foreign_keys(section);
            }
        }
    }
    Ok(migrations)
}

/// Whether a tool, or what its users connect with, leaves foreign keys of SQLite as SQLite does by itself: not enforced.
/// With some builds of Diesel they are; taken for off, rows of other tables stay where they may have been meant to go, and none go
/// that were meant to stay.
fn leaves_foreign_keys_off(tool: Tool) -> bool {
    match tool {
        Tool::Alembic
        | Tool::Dbmate
        | Tool::Diesel
        | Tool::Flyway
        | Tool::GolangMigrate
        | Tool::Goose => true,
        // sqlx and Rails switch them on, and so does the library that refinery brings.
        Tool::Rails | Tool::Refinery | Tool::SeaOrm | Tool::Sqlx => false,
    }
}

/// The files besides those of its folder that migrations of a tool are made of, by paths that begin where those of the
/// files do; they may lead out of the folder.
#[must_use]
pub fn included(tool: Tool, files: &[SourceFile]) -> BTreeSet<String> {
    match tool {
        Tool::SeaOrm => sea_orm::included(files),
        Tool::Alembic
        | Tool::Dbmate
        | Tool::Diesel
        | Tool::Flyway
        | Tool::GolangMigrate
        | Tool::Goose
        | Tool::Rails
        | Tool::Refinery
        | Tool::Sqlx => BTreeSet::new(),
    }
}

/// The files with SQL that are no part of any migration, since their tool does not run them by their names.
#[must_use]
pub fn left_out<'a>(tool: Tool, files: &'a [SourceFile], migrations: &[Migration]) -> Vec<&'a str> {
    match tool {
        // Their migrations are programs, which may have SQL anywhere.
        Tool::Alembic | Tool::Rails | Tool::SeaOrm => return Vec::new(),
        Tool::Dbmate
        | Tool::Diesel
        | Tool::Flyway
        | Tool::GolangMigrate
        | Tool::Goose
        | Tool::Refinery
        | Tool::Sqlx => {}
    }
    let paths = files.iter().map(|file| file.path.as_str());
    let is_left = |path: &&str| {
        let is_of =
            |one: &Migration| one.file == *path || one.downgrade_file.as_deref() == Some(*path);
        path.ends_with(".sql") && !migrations.iter().any(is_of)
    };
    paths.filter(is_left).collect()
}

/// What is done about files that say something else than what was run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Edited {
    /// Nothing is taken over.
    #[default]
    Refuse,
    /// They are taken as they are, and the revision says so.
    Accept,
}

/// Why migrations do not become revisions.
#[derive(Debug, thiserror::Error)]
pub enum TakeoverError {
    /// Files cannot be taken over.
    #[error("{} cannot be taken over", files(.0.len()))]
    Files(Vec<FileError>),
    /// The table says something else than the files.
    #[error("the table and the files do not fit")]
    Unfit(Vec<Uncovered>),
    /// The revisions do not fit together.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

fn files(number: usize) -> String {
    match number {
        1 => "a file".to_owned(),
        number => format!("{number} files"),
    }
}

/// Revisions that migrations have become.
#[derive(Debug, Clone)]
pub struct Taken {
    /// All, in their order.
    pub revisions: Vec<Revision>,
    /// Those that the tool has run.
    pub run: Vec<RevisionId>,
}

/// Makes revisions of migrations, each with its parents: those that its file names, or in a line, where what the tool has run
/// comes first, in the tool's order. The tool's table and the files must fit.
///
/// # Errors
///
/// [`TakeoverError`] with everything that does not fit.
pub fn revisions(
    migrations: &[Migration],
    history: &OldHistory,
    dialect: Dialect,
    edited: Edited,
) -> Result<Taken, TakeoverError> {
    let row = |migration: &Migration| row_of(history, &migration.version);
    let (run, open): (Vec<&Migration>, Vec<&Migration>) =
        migrations.iter().partition(|one| row(one).is_some());
    let mut ids = BTreeMap::new();
    let mut errors = Vec::new();
    for migration in migrations {
        match spelled(history.tool, migration)
            .replace('.', "-")
            .parse::<RevisionId>()
        {
            Ok(id) => drop(ids.insert(migration.version.as_str(), id)),
            Err(_) => errors.push(FileError::Id {
                file: migration.file.clone(),
                version: migration.version.clone(),
            }),
        }
    }
    let mut named = |file: &str, versions: &[String]| -> Vec<RevisionId> {
        let mut found = Vec::new();
        for version in versions {
            match ids.get(version.as_str()) {
                Some(id) => found.push(id.clone()),
                None => errors.push(FileError::Unknown {
                    file: file.to_owned(),
                    version: version.clone(),
                }),
            }
        }
        found
    };
    let mut revisions: Vec<Revision> = Vec::new();
    for migration in run.into_iter().chain(open) {
        let Some(id) = ids.get(migration.version.as_str()) else {
            continue;
        };
        let mut revision = revision(
            migration,
            id.clone(),
            (history, row(migration)),
            dialect,
            edited,
        );
        match &migration.ancestry {
            Ancestry::Line => {
                let before = revisions.last().map(|before| before.id.clone());
                revision.parents = before.into_iter().collect();
            }
            Ancestry::Graph(node) => {
                revision.parents = named(&migration.file, &node.parents);
                revision.depends_on = named(&migration.file, &node.depends_on);
                revision.label.clone_from(&node.label);
                revision.created.clone_from(&node.created);
            }
        }
        revisions.push(revision);
    }
    if !errors.is_empty() {
        return Err(TakeoverError::Files(errors));
    }
    let named = revisions.iter().cloned().map(|revision| {
        let of = |one: &&Migration| revision.replaces.iter().any(|it| it.version == one.version);
        let file = migrations.iter().find(of).map(|one| one.file.clone());
        (revision, file.unwrap_or_default())
    });
    let graph = Graph::new(named.collect())?;
    let covered = cover(&graph, history, dialect).map_err(TakeoverError::Unfit)?;
    Ok(Taken {
        run: covered.iter().map(|one| one.revision.id.clone()).collect(),
        revisions,
    })
}

/// The version as the name of the file spells it, with its leading zeros: a table keeps a number of it.
fn spelled(tool: Tool, migration: &Migration) -> &str {
    let keeps_numbers = match tool {
        Tool::Sqlx | Tool::GolangMigrate | Tool::Goose | Tool::Refinery => true,
        Tool::Alembic | Tool::Dbmate | Tool::Diesel | Tool::Flyway | Tool::Rails | Tool::SeaOrm => {
            false
        }
    };
    let name = migration.file.rsplit('/').next().unwrap_or_default();
    let name = name.strip_prefix(['V', 'U']).unwrap_or(name);
    let end = name.find(|c: char| !c.is_ascii_digit());
    let digits = &name[..end.unwrap_or(name.len())];
    let keeps_numbers = keeps_numbers && !digits.is_empty();
    if keeps_numbers && digits.trim_start_matches('0') == migration.version.trim_start_matches('0')
    {
        digits
    } else {
        &migration.version
    }
}

fn revision(
    migration: &Migration,
    id: RevisionId,
    (history, row): (&OldHistory, Option<&OldRow>),
    dialect: Dialect,
    edited: Edited,
) -> Revision {
    let usual = history.table.schema.is_none() && history.table.name == history.tool.table();
    let mut description = migration.name.trim().to_owned();
    let difference = row.and_then(|row| differences(row, &migration.checksums, &migration.file));
    let run = row.and_then(|row| row.checksum.clone());
    // Another database has the sum of what was run there, which may be one of several for the same file.
    let is_of_file = run
        .as_ref()
        .is_some_and(|sum| migration.checksums.contains(sum));
    let checksum = match (difference, edited) {
        (Some(Uncovered::Changed { file, .. }), Edited::Accept) => {
            description.push_str(&format!(
                "\n\nTaken over although its file changed since {} ran it: the file's checksum was\n{file}",
                history.tool
            ));
            run
        }
        (_, _) if is_of_file => run,
        (_, _) => migration.checksums.first().cloned(),
    };
    let only = |section: &Section| Sections {
        common: Some(section.clone()),
        ..Sections::default()
    };
    Revision {
        id,
        parents: Vec::new(),
        description,
        created: created(&migration.version),
        label: None,
        depends_on: Vec::new(),
        pending: BTreeSet::new(),
        dialects: BTreeSet::from([dialect]),
        requires: Default::default(),
        replaces: vec![Replaced {
            tool: history.tool,
            version: migration.version.clone(),
            checksum,
            table: (!usual).then(|| history.table.clone()),
            dialect: None,
        }],
        lines: Default::default(),
        upgrade: only(&migration.upgrade),
        downgrade: only(&migration.downgrade),
    }
}

/// The time that a version of 14 digits or more begins with, or the day of a name of SeaORM, as RFC 3339 text; empty where it
/// is none.
fn created(version: &str) -> String {
    let of_sea_orm = version.strip_prefix('m');
    let mut digits: String = of_sea_orm
        .unwrap_or(version)
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
        .filter(char::is_ascii_digit)
        .take(14)
        .collect();
    if of_sea_orm.is_some() && digits.len() == 8 {
        digits.push_str("000000");
    }
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let is_time = digits.len() == 14
        && number(0, 4).is_some_and(|year| (1990..2100).contains(&year))
        && number(4, 6).is_some_and(|month| (1..=12).contains(&month))
        && number(6, 8).is_some_and(|day| (1..=31).contains(&day))
        && number(8, 10).is_some_and(|hour| hour < 24)
        && number(10, 12).is_some_and(|minute| minute < 60)
        && number(12, 14).is_some_and(|second| second < 60);
    if !is_time {
        return String::new();
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    )
}

#[cfg(test)]
mod tests {
    use super::created;

    #[test]
    fn a_version_that_begins_with_a_time_says_when() {
        for (version, expected) in [
            ("20240101100203", "2024-01-01T10:02:03Z"),
            ("202607151829340000", "2026-07-15T18:29:34Z"),
            ("m20240101_100203_create_t", "2024-01-01T10:02:03Z"),
            ("m20240101_create_t", "2024-01-01T00:00:00Z"),
            ("m20240101_create_123456", "2024-01-01T00:00:00Z"),
            ("2024.01.01.10.02.03", "2024-01-01T10:02:03Z"),
            ("20240101", ""),
            ("20241301100203", ""),
            ("m2024_create_12345678901234", ""),
            ("12", ""),
        ] {
            assert_eq!(created(version), expected, "{version}");
        }
    }
}
