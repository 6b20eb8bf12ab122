//! Migrations that stay in the layout of another tool: read as revisions where they lie, and the next one written there.

mod files;
mod settings;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use limbeck::folder::{self, Folder};
use limbeck::old_history::OldHistory;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, InvalidRevisionId, Replaced, Revision, RevisionId};
use limbeck_engine::layout::{CannotHold, Last, Layout};
use limbeck_engine::takeover::{self, Edited, Migration, TakeoverError};

use super::Workspace;
use crate::checkout;
use crate::command_error::{CommandError, Kind};
use crate::explain;

/// What of Limbeck's own such a project has: rows for proofs, and what others own.
const BESIDE: &str = "limbeck";

/// What becomes of migrations that the layout is too little for.
const TAKE_OVER: &str = "Limbeck's own files hold it: write migrations = \"limbeck/revisions\" in place of `layout`, then limbeck init --from URL";

/// What becomes of migrations whose SQL nobody can read.
const PROGRAM: &str = "a baseline stands for them: write migrations = \"limbeck/revisions\" in place of `layout`, then limbeck init --from URL";

impl Workspace {
    /// Files of other tools that are larger than this are no migrations; in bytes.
    pub(crate) const LARGEST_MIGRATION: u64 = 64 << 20;

    /// The layout of another tool that the migrations stay in.
    pub(crate) fn layout(&self) -> Option<Layout> {
        self.config.layout.map(Into::into)
    }

    /// What runs pending revisions.
    pub(crate) fn upgrade_command(&self) -> &'static str {
        self.layout().map_or("limbeck upgrade", Layout::upgrade)
    }

    /// Refuses what the tool does, or what its layout has no place for.
    pub(crate) fn refuse_in_layout(&self, command: &str) -> Result<(), CommandError> {
        let Some(layout) = self.layout() else {
            return Ok(());
        };
        let tool = layout.tool();
        let text = format!(
            "limbeck {command} is not for migrations of {tool}, which `layout` in {} says these are",
            self.config_file
        );
        let error = CommandError::usage(text);
        Err(match command {
            "upgrade" => error.hint(layout.upgrade()),
            "downgrade" => error.hint(layout.downgrade().unwrap_or(
                "the tool goes no way back: write a migration that undoes it, limbeck revision -m \"…\"",
            )),
            "init --from" => error
                .hint("its tables as models: mkdir -p limbeck && limbeck inspect URL --format rust > limbeck/models.rs")
                .hint(format!("and in {}, under [models]: files = [\"limbeck/models.rs\"]", self.config_file))
                .hint(TAKE_OVER),
            _ => error.hint(TAKE_OVER),
        })
    }

    /// An error with what is typed in files of the tool: the marks of Limbeck's own mean nothing there.
    pub(crate) fn in_words_of_layout(&self, mut error: CommandError) -> CommandError {
        let Some(layout) = self.layout() else {
            return error;
        };
        for hint in &mut error.hints {
            if let Some(said) = beside_layout(hint) {
                *hint = said;
            } else if hint.contains("`-- step: no transaction`") {
                *hint = layout.no_transaction().unwrap_or(TAKE_OVER).to_owned();
            } else if hint.contains("`-- step") {
                TAKE_OVER.clone_into(hint);
            }
        }
        error
    }

    /// Reads the migrations as revisions.
    pub(super) fn folder_in(&self, layout: Layout) -> Result<Folder, CommandError> {
        let place = self.place_of(layout)?;
        let table = self.table_in(layout)?;
        let files = self.files_of_layout(layout, &place)?;
        let dialect = self.dialect_of_layout(layout)?;
        let settings = self.settings_of(layout)?;
        let shown = |file: &str| place.join(file).display().to_string();
        let tool = layout.tool();
        let unreadable = |errors: &[takeover::FileError]| {
            let text = format!("migrations of {tool} cannot be read");
            let is_program =
                |error: &takeover::FileError| matches!(error, takeover::FileError::NoSql { .. });
            let hint = errors.iter().any(is_program).then_some(PROGRAM);
            let errors = errors.iter().map(|error| shown(&error.to_string()));
            let told = errors.fold(CommandError::config(text), CommandError::cause);
            hint.into_iter().fold(told, CommandError::hint)
        };
        let migrations = takeover::read(tool, &files, &settings, dialect);
        let migrations = migrations.map_err(|errors| unreadable(&errors))?;
        let history = OldHistory {
            tool,
            table,
            rows: Vec::new(),
        };
        let taken = takeover::revisions(&migrations, &history, dialect, Edited::Refuse);
        let taken = taken.map_err(|error| match error {
            TakeoverError::Files(errors) => unreadable(&errors),
            TakeoverError::Graph(error) => explain::graph(&error),
            TakeoverError::Unfit(_) => CommandError::of(Kind::Bug, &error),
        })?;
        let of = |revision: &Revision| {
            let version = revision.replaces.first().map(|one| one.version.as_str());
            let mut all = migrations.iter();
            all.find(|one| Some(one.version.as_str()) == version)
        };
        let back = taken.revisions.iter().filter_map(|revision| {
            let file = of(revision)?.downgrade_file.as_ref()?;
            Some((revision.id.clone(), shown(file)))
        });
        let back: Vec<(RevisionId, String)> = back.collect();
        let revisions = taken.revisions.iter().map(|revision| {
            let file = of(revision).map_or(String::new(), |one| shown(&one.file));
            (with_all_sums(revision, of(revision)), file)
        });
        let revisions: Vec<(Revision, String)> = revisions.collect();
        let mut folder = self.beside_layout()?;
        folder.paths = revisions
            .iter()
            .map(|(_, file)| PathBuf::from(file))
            .collect();
        let graph = Graph::new(revisions).map_err(|error| explain::graph(&error))?;
        folder.graph = graph.with_downgrade_files(back);
        Ok(folder)
    }

    /// The folder of the migrations where `limbeck.toml` names none.
    pub(super) fn usual_folder(&self) -> String {
        // What is wrong with the settings is told where the migrations are read.
        let said = self.layout().map(|layout| self.place_in_settings(layout));
        let said = said.and_then(Result::ok).flatten();
        said.unwrap_or_else(|| "migrations".to_owned())
    }

    /// A text in which what stands beside the revisions is where the layout has it.
    pub(crate) fn beside_in_layout(&self, text: String) -> String {
        let said = self.layout().and_then(|_| beside_layout(&text));
        said.unwrap_or(text)
    }

    /// The folder of the migrations: one, as the tool has it.
    pub(crate) fn place_of(&self, layout: Layout) -> Result<PathBuf, CommandError> {
        if self.config.migrations.is_none() {
            self.place_in_settings(layout)?;
        }
        match self.migrations().as_slice() {
            [place] => {
                let what = format!("`migrations`, {},", place.display());
                checkout::refuse(&self.within, place, &what)?;
                Ok(place.clone())
            }
            _ => Err(CommandError::config(format!(
                "{} has one folder of migrations, and {} names several",
                layout.tool(),
                self.config_file
            ))),
        }
    }

    /// Rows for proofs and what others own, which the tool would take for migrations of its own.
    fn beside_layout(&self) -> Result<Folder, CommandError> {
        let place = self.shown(BESIDE);
        checkout::refuse(&self.within, &place, BESIDE)?;
        for file in checkout::links(&place) {
            checkout::refuse(&self.within, &file, &file.display().to_string())?;
        }
        let folder = folder::read(&[place]).map_err(|error| explain::folder(&error))?;
        match folder.paths.first() {
            None => Ok(folder),
            Some(path) => Err(CommandError::config(format!(
                "{} is a revision, and `layout` in {} says that migrations stay where they are",
                path.display(),
                self.config_file
            ))
            .hint(format!(
                "take one of the two away: {}, or `layout`",
                path.display()
            ))),
        }
    }

    /// The database that the files are for: the tool knows one alone.
    fn dialect_of_layout(&self, layout: Layout) -> Result<Dialect, CommandError> {
        let listed = self.config.dialects.as_deref();
        let flags = Some(self.dialects.as_slice()).filter(|flags| !flags.is_empty());
        let of_url = || self.url().ok().flatten().map(|url| url.dialect());
        let found: Vec<Dialect> = match listed.or(flags) {
            Some(said) => said.to_vec(),
            None => of_url().into_iter().collect(),
        };
        match found.as_slice() {
            [one] => Ok(*one),
            _ => Err(CommandError::config(format!(
                "nothing says which database the migrations of {} are for",
                layout.tool()
            ))
            .hint(format!(
                "write dialects = [\"postgres\"] or dialects = [\"sqlite\"] into {}",
                self.config_file
            ))),
        }
    }

    /// The id of the next revision: the version that was asked for, else the one that follows.
    pub(crate) fn next_version(
        &self,
        layout: Layout,
        folder: &Folder,
        wanted: Option<&str>,
    ) -> Result<RevisionId, CommandError> {
        let place = self.place_of(layout)?;
        let there = There::read(layout, &place, &folder.graph);
        let version = match wanted {
            Some(wanted) => wanted.to_owned(),
            None => {
                let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
                layout
                    .next(there.last(), &now)
                    .map_err(|error| cannot_hold(&error))?
            }
        };
        let id: RevisionId =
            layout
                .id(&version, there.last())
                .parse()
                .map_err(|error: InvalidRevisionId| {
                    CommandError::usage(format!("--rev-id: {error}"))
                })?;
        if let Some(file) = folder.graph.file(&id) {
            return Err(CommandError::usage(format!(
                "--rev-id: `{id}` is taken by {file}"
            )));
        }
        let checked = layout.check(&id, there.last());
        checked.map_err(|error| cannot_hold(&error))?;
        Ok(id)
    }

    /// Writes a revision in the layout, and answers with the file that has the way there.
    pub(crate) fn write_in(
        &self,
        layout: Layout,
        graph: &Graph,
        revision: &Revision,
    ) -> Result<PathBuf, CommandError> {
        let place = self.place_of(layout)?;
        let there = There::read(layout, &place, graph);
        let dialect = self.dialect_of_layout(layout)?;
        let files = layout.files(revision, there.last(), dialect);
        let files = files.map_err(|error| cannot_hold(&error))?;
        let mut written: Vec<PathBuf> = Vec::new();
        for file in &files {
            let path = place.join(&file.path);
            let made = path.parent().map_or(Ok(()), fs::create_dir_all);
            let made = made.and_then(|()| fs::File::create_new(&path));
            let made = made.and_then(|mut open| open.write_all(&file.bytes));
            if let Err(error) = made {
                // A half of a migration would be run.
                for path in &written {
                    let _ = fs::remove_file(path);
                }
                let text = format!("cannot write {}", path.display());
                return Err(CommandError::config(text).cause(error.to_string()));
            }
            written.push(path);
        }
        let first = written.into_iter().next();
        first.ok_or_else(|| CommandError::new(Kind::Bug, "no file was written"))
    }
}

/// A text with the folder in which a layout has what otherwise stands beside the revisions; none where it names nothing
/// of the kind.
fn beside_layout(text: &str) -> Option<String> {
    let mut told = text.to_owned();
    for file in ["scratch.sql", "fixtures/all.sql"] {
        for beside in ["the revisions", "them"] {
            let usual = format!("`{file}` beside {beside}");
            told = told.replace(&usual, &format!("`{BESIDE}/{file}`"));
        }
    }
    (told != text).then_some(told)
}

/// A revision with each of the sums that the tool may have for its file, as it was built.
fn with_all_sums(revision: &Revision, file: Option<&Migration>) -> Revision {
    let mut revision = revision.clone();
    let sums = file.into_iter().flat_map(|file| &file.checksums);
    let first = revision.replaces.first().cloned();
    let (Some(first), true) = (first, sums.clone().count() > 1) else {
        return revision;
    };
    revision.replaces = sums
        .map(|sum| Replaced {
            checksum: Some(sum.clone()),
            ..first.clone()
        })
        .collect();
    revision
}

fn failed(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::config(format!("cannot read {}", path.display())).cause(error.to_string())
}

fn cannot_hold(error: &CannotHold) -> CommandError {
    let told = CommandError::config(error.to_string()).hint(match error {
        CannotHold::Later { .. } => "--rev-id VERSION names one that comes behind it",
        CannotHold::Version { .. } => "--rev-id takes a whole number here, such as --rev-id 20261126150000",
        CannotHold::Wide { .. } => {
            "without --rev-id the next number is taken; where refinery was built so, the first file with such a version is made by hand"
        }
        CannotHold::Steps(_)
        | CannotHold::ForeignKeys(_)
        | CannotHold::NoTransaction(_)
        | CannotHold::Modes(_)
        | CannotHold::Otherwise(_) => TAKE_OVER,
    });
    match error {
        CannotHold::Later { .. } | CannotHold::Version { .. } | CannotHold::Wide { .. } => told,
        _ => told.cause("no file is written"),
    }
}

/// The last migration that is there.
struct There {
    version: Option<String>,
    has_way_back: bool,
}

impl There {
    fn read(layout: Layout, place: &Path, graph: &Graph) -> Self {
        let heads = graph.heads();
        let file = heads.first().and_then(|id| graph.file(id));
        let own = file.and_then(|file| Path::new(file).strip_prefix(place).ok());
        let path = own.map(|path| path.to_string_lossy().replace('\\', "/"));
        let version = path.as_deref().and_then(|path| layout.version_of(path));
        Self {
            version: version.map(str::to_owned),
            has_way_back: path.is_none_or(|path| path.ends_with(".up.sql")),
        }
    }

    fn last(&self) -> Last<'_> {
        Last {
            version: self.version.as_deref(),
            has_way_back: self.has_way_back,
        }
    }
}
