//! Reads and writes the folders that hold revision files.

mod contents;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{
    self, FileKind, Graph, GraphError, Revision, RevisionError, RevisionId, Section, file_name,
    with_dialects, with_section,
};

use contents::{Content, contents, text};

/// The name of the file that holds what others own and revisions refer to; `scratch.postgres.sql`
/// is for one dialect and wins there.
pub const PRELUDE: &str = "scratch.sql";

/// The name of the folder beside the revisions that holds rows for their proofs: `all.sql` for every
/// revision, `<id>.sql` for one, and `<id>.postgres.sql` for one dialect, which wins there.
pub const FIXTURES: &str = "fixtures";

/// The name of the fixture that is for all revisions, without its ending.
const ALL: &str = "all";

/// What the folders of a project hold.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// All revisions.
    pub graph: Graph,
    /// What runs on a scratch database before the first revision, by dialect; `None` is for those
    /// that have none of their own.
    pub preludes: BTreeMap<Option<Dialect>, Prelude>,
    /// Rows for the proof of a revision, by its id and dialect; `None` is for those that have none
    /// of their own.
    pub fixtures: BTreeMap<(String, Option<Dialect>), Fixture>,
    /// The revision files, in the order in which they were read.
    pub paths: Vec<PathBuf>,
}

impl Folder {
    /// What runs on a scratch database of a dialect before the first revision.
    #[must_use]
    pub fn prelude(&self, dialect: Dialect) -> Option<&Prelude> {
        let own = self.preludes.get(&Some(dialect));
        own.or_else(|| self.preludes.get(&None))
    }

    /// The rows that a revision is to be proven on, where the project brings some: those for all
    /// revisions first. A revision without a name yet gets these alone.
    #[must_use]
    pub fn fixtures(&self, id: Option<&RevisionId>, dialect: Dialect) -> Vec<&Fixture> {
        let of = |name: &str| {
            let own = self.fixtures.get(&(name.to_owned(), Some(dialect)));
            own.or_else(|| self.fixtures.get(&(name.to_owned(), None)))
        };
        let own = id.and_then(|id| of(id.as_str()));
        of(ALL).into_iter().chain(own).collect()
    }
}

impl Folder {
    /// The fixture of a revision that is not there, nor is the one that is about to be written.
    #[must_use]
    pub fn stray_fixture(&self, next: Option<&RevisionId>) -> Option<&Fixture> {
        let is_known = |name: &str| {
            let mut ids = self.graph.iter().map(|revision| &revision.id).chain(next);
            name == ALL || ids.any(|id| id.as_str() == name)
        };
        self.fixtures
            .iter()
            .find(|((name, _), _)| !is_known(name))
            .map(|(_, fixture)| fixture)
    }
}

/// Rows for the proof of a revision: SQL that runs on a scratch database in the parents' state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub sql: String,
    /// Whose proofs it is for.
    pub reach: FixtureScope,
}

impl Fixture {
    /// The revision that the file's name names.
    #[must_use]
    pub fn revision(&self) -> &str {
        let name = self.path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.split('.').next())
            .unwrap_or_default()
    }
}

/// What a fixture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixtureScope {
    /// All revisions: what a state has no table or column for is left out of its proof.
    Project,
    /// One revision.
    Revision,
}

/// What runs on a scratch database before the first revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prelude {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub sql: String,
}

/// Why a folder was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system refuses to read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The operating system refuses to write.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file of that name is there already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Files are not as they should be.
    #[error("{}", lines(problems))]
    Files {
        /// Everything that is wrong, in the order of the files.
        problems: Vec<FileProblem>,
    },
    /// More than one folder has a prelude.
    #[error("there are two preludes: {} and {}", first.display(), second.display())]
    SeveralPreludes {
        /// One of them.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
    },
    /// The revisions do not fit together.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// What is wrong with one file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// The file is no text.
    #[error("{}:{line}: not UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line of the first byte that is no text.
        line: usize,
    },
    /// A NUL byte stands in the file.
    #[error("{}:{line}: a NUL byte, which no database takes", path.display())]
    Nul {
        /// The file.
        path: PathBuf,
        /// Its line.
        line: usize,
    },
    /// The file is no revision.
    #[error(transparent)]
    Revision(#[from] RevisionError),
}

/// Reads the revisions and the prelude of folders; one that is not there holds none.
///
/// Files are taken in the order of their names. Hidden files and sub-folders are ignored.
///
/// # Errors
///
/// [`FolderError::Files`] with everything that is wrong in any file, else what is wrong with the
/// revisions as a whole.
pub fn read(folders: &[PathBuf]) -> Result<Folder, FolderError> {
    read_as(folders, None)
}

/// As [`read`], for a run on a dialect: the checksums that it asks for are worked out while the files are read.
///
/// # Errors
///
/// As [`read`].
pub fn read_to_run(folders: &[PathBuf], dialect: Dialect) -> Result<Folder, FolderError> {
    read_as(folders, Some(dialect))
}

fn read_as(folders: &[PathBuf], dialect: Option<Dialect>) -> Result<Folder, FolderError> {
    let mut folder = Folder::default();
    let mut revisions = Vec::new();
    let mut checksums = Vec::new();
    let mut problems = Vec::new();
    let paths = sql_files(folders)?;
    let contents = contents(&paths, dialect);
    for (path, content) in paths.into_iter().zip(contents) {
        match content? {
            Ok(Content::Prelude(dialect, sql)) => {
                let prelude = Prelude { path, sql };
                if let Some(first) = folder.preludes.insert(dialect, prelude.clone()) {
                    return Err(FolderError::SeveralPreludes {
                        first: first.path,
                        second: prelude.path,
                    });
                }
            }
            Ok(Content::Revision(revision, checksum)) => {
                let known = dialect.zip(checksum);
                checksums.extend(known.map(|known| (revision.id.clone(), known)));
                revisions.push((*revision, path.display().to_string()));
                folder.paths.push(path);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let places: Vec<PathBuf> = folders.iter().map(|path| path.join(FIXTURES)).collect();
    for path in sql_files(&places)? {
        match (text(&path)?, fixture_of(&path)) {
            (Err(problem), _) => problems.push(problem),
            (Ok(sql), Some(key)) => {
                let reach = match key.0.as_str() {
                    ALL => FixtureScope::Project,
                    _ => FixtureScope::Revision,
                };
                folder.fixtures.insert(key, Fixture { path, sql, reach });
            }
            (Ok(_), None) => {}
        }
    }
    if !problems.is_empty() {
        return Err(FolderError::Files { problems });
    }
    folder.graph = Graph::new(revisions)?;
    for (id, (dialect, checksum)) in checksums {
        folder.graph.keep_checksum(&id, dialect, checksum);
    }
    Ok(folder)
}

/// Writes a revision to a file of its own, and makes the folder when it is not there.
///
/// # Errors
///
/// [`FolderError::Exists`] when there is a file of that name: nothing is overwritten.
pub fn write(folder: &Path, revision: &Revision) -> Result<PathBuf, FolderError> {
    fs::create_dir_all(folder).map_err(|source| FolderError::Write {
        path: folder.to_owned(),
        source,
    })?;
    let path = folder.join(file_name(&revision.id, revision.title()));
    let interim = write_interim(&path, &revision::render(revision))?;
    let outcome = put_in_place(&interim, &path);
    // It is gone already when it was renamed.
    let _ = fs::remove_file(&interim);
    match outcome {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(FolderError::Exists { path })
        }
        Err(source) => Err(FolderError::Write { path, source }),
    }
}

/// Puts a dialect's own sections into a revision file, which is no longer pending for it.
///
/// # Errors
///
/// [`FolderError::Files`] when the file is no revision, before or after.
pub fn complete(
    path: &Path,
    dialect: Dialect,
    upgrade: &Section,
    downgrade: &Section,
) -> Result<(), FolderError> {
    edit(path, |text, file| {
        with_section(text, file, dialect, upgrade, downgrade)
    })
}

/// Writes into a revision file which databases its sections without one are for.
///
/// # Errors
///
/// [`FolderError::Files`] when the file is no revision, before or after.
pub fn mark(path: &Path, dialects: &BTreeSet<Dialect>) -> Result<(), FolderError> {
    edit(path, |text, file| with_dialects(text, file, dialects))
}

/// Puts another text in place of a file's, or leaves it as it is.
fn edit(
    path: &Path,
    edited: impl FnOnce(&str, &str) -> Result<String, RevisionError>,
) -> Result<(), FolderError> {
    let one = |problem| FolderError::Files {
        problems: vec![problem],
    };
    let text = text(path)?.map_err(one)?;
    let text = edited(&text, &path.display().to_string()).map_err(|error| one(error.into()))?;
    let interim = write_interim(path, &text)?;
    let outcome = fs::metadata(path)
        .and_then(|metadata| fs::set_permissions(&interim, metadata.permissions()))
        .and_then(|()| fs::rename(&interim, path));
    outcome.map_err(|source| {
        let _ = fs::remove_file(&interim);
        FolderError::Write {
            path: path.to_owned(),
            source,
        }
    })
}

fn kind(path: &Path) -> FileKind {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map_or(FileKind::Other, FileKind::of)
}

/// The revision that a file is the fixture of, and its dialect.
fn fixture_of(path: &Path) -> Option<(String, Option<Dialect>)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".sql")?;
    let own = name
        .rsplit_once('.')
        .and_then(|(id, dialect)| Some((id, dialect.parse().ok()?)));
    Some(match own {
        Some((id, dialect)) => (id.to_owned(), Some(dialect)),
        None => (name.to_owned(), None),
    })
}

/// The names of the revision files in a folder.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) fn revision_files(folder: &Path) -> Result<Vec<String>, FolderError> {
    let files = sql_files(&[folder.to_owned()])?;
    let names = files
        .iter()
        .filter(|path| kind(path) == FileKind::Revision)
        .filter_map(|path| path.file_name()?.to_str());
    Ok(names.map(ToOwned::to_owned).collect())
}

fn sql_files(folders: &[PathBuf]) -> Result<Vec<PathBuf>, FolderError> {
    let mut files = Vec::new();
    for folder in folders {
        let failed = |source| FolderError::Read {
            path: folder.clone(),
            source,
        };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            let name = entry.file_name();
            let hidden = name.as_encoded_bytes().starts_with(b".");
            let is_sql = path.extension().is_some_and(|extension| extension == "sql");
            if !is_sql || hidden {
                continue;
            }
            let kind = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => Ok(kind),
                // Behind a link that leads nowhere a revision may be meant to be.
                Ok(_) | Err(_) => fs::metadata(&path).map(|metadata| metadata.file_type()),
            };
            let kind = kind.map_err(|source| FolderError::Read {
                path: path.clone(),
                source,
            })?;
            if kind.is_file() {
                paths.push((name, path));
            }
        }
        paths.sort_unstable();
        files.extend(paths.into_iter().map(|(_, path)| path));
    }
    Ok(files)
}

/// Writes the text to a hidden file beside `path`, so that a killed process leaves no half revision.
fn write_interim(path: &Path, text: &str) -> Result<PathBuf, FolderError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let interim = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = File::create(&interim).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(interim),
        Err(source) => {
            let _ = fs::remove_file(&interim);
            Err(FolderError::Write {
                path: path.to_owned(),
                source,
            })
        }
    }
}

/// A rename would take the place of a file that somebody wrote meanwhile; a link does not.
fn put_in_place(interim: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(interim, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no links.
        Err(_) => {
            File::create_new(path)?;
            fs::rename(interim, path)
        }
    }
}

fn lines(problems: &[FileProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use limbeck_core::revision::Step;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    const FIRST: &str = "-- First\n--\n-- revision: a\n-- parents: none\n\n-- upgrade\nSELECT 1;\n\n-- downgrade\n-- nothing\n";

    #[test]
    fn what_is_written_is_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("deep/migrations");
        assert!(
            read(std::slice::from_ref(&folder))
                .unwrap()
                .graph
                .is_empty()
        );
        let revision = revision::parse(FIRST, "a.sql").unwrap();
        let path = write(&folder, &revision).unwrap();
        assert_eq!(path, folder.join("a_first.sql"));
        let error = write(&folder, &revision).expect_err("it exists");
        assert!(matches!(error, FolderError::Exists { .. }), "{error:?}");
        fs::create_dir(folder.join("fixtures")).unwrap();
        fs::write(folder.join("fixtures/x.sql"), "x").unwrap();
        fs::write(folder.join(".hidden.sql"), "x").unwrap();
        fs::write(folder.join("README.md"), "x").unwrap();
        fs::write(folder.join(PRELUDE), "CREATE ROLE x;").unwrap();
        let other = home.path().join("other");
        fs::create_dir(&other).unwrap();
        let second = FIRST.replace("revision: a", "revision: b");
        fs::write(other.join("b.sql"), second.replace("none", "a")).unwrap();
        let found = read(&[folder.clone(), other.clone()]).unwrap();
        assert_eq!(found.graph.len(), 2);
        assert_eq!(found.graph.file(&revision.id), path.to_str());
        assert_eq!(found.graph.get(&revision.id), Some(&revision));
        assert_eq!(found.paths, [path.clone(), other.join("b.sql")]);
        let prelude = found.prelude(Dialect::Sqlite).unwrap();
        assert_eq!(prelude.path, folder.join(PRELUDE));
        assert_eq!(prelude.sql, "CREATE ROLE x;");

        let step = |sql: &str| {
            Section::Steps(vec![Step {
                mode: revision::StepMode::Transaction,
                sql: sql.to_owned(),
                line: 0,
            }])
        };
        complete(
            &path,
            Dialect::Sqlite,
            &step("SELECT 2;"),
            &step("SELECT 3;"),
        )
        .unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("-- upgrade sqlite\nSELECT 2;"), "{text}");
        assert_eq!(
            names(&folder),
            [
                ".hidden.sql",
                "README.md",
                "a_first.sql",
                "fixtures",
                "scratch.sql"
            ]
        );
    }

    #[test]
    fn everything_wrong_is_reported_at_once() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().to_owned();
        fs::write(folder.join("a.sql"), b"\xff").unwrap();
        fs::write(folder.join("b.sql"), "SELECT 1;").unwrap();
        fs::write(
            folder.join("c.sql"),
            FIRST.replace("-- nothing", "-- Nothing"),
        )
        .unwrap();
        fs::write(folder.join("d.sql"), FIRST).unwrap();
        let error = read(std::slice::from_ref(&folder)).expect_err("three bad files");
        let text = error.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        for (line, (name, rest)) in lines.iter().zip([
            ("a.sql", ":1: not UTF-8"),
            ("b.sql", ":1: the header is missing"),
            (
                "c.sql",
                ":10: `-- Nothing` is no marker: did you mean `-- nothing`?",
            ),
        ]) {
            assert_eq!(*line, format!("{}{rest}", folder.join(name).display()));
        }
        for name in ["a.sql", "b.sql", "c.sql"] {
            fs::remove_file(folder.join(name)).unwrap();
        }
        fs::write(folder.join("e.sql"), FIRST).unwrap();
        let error = read(std::slice::from_ref(&folder)).expect_err("the same id twice");
        assert!(error.to_string().contains("d.sql:3 and "), "{error}");
    }
}
