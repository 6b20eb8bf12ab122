//! The project that a command works on: its folders, models, revisions, databases and scratch servers.

mod database;
mod dialect;
mod layout;
mod missing;
mod own_tables;
mod paths;
mod url;

use std::fs;
use std::path::{Path, PathBuf};

use limbeck::folder::{self, Folder, FolderError};
use limbeck_core::compare::{self, Unmanaged};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{DowngradeTarget, Graph, RevisionId};
use limbeck_core::schema::Models;
use limbeck_models::{Conventions, DieselTables, NameLength, Numbering, ScanOptions, Within, scan};

pub(crate) use self::database::Looked;
use self::missing::Expect;
use self::paths::nearest_with;
pub(crate) use self::paths::{clean, current_folder, relative, started_in};
use crate::allowed::Allowed;
use crate::checkout::{self, Readable};
use crate::command_error::CommandError;
use crate::commands::GlobalArgs;
use crate::config::{Config, DieselConfig, FILE, ModelsConfig, OneOrMany};
use crate::environment::Environment;
use crate::explain;
use crate::neighbours::{self, Entities, Library, Migrations, Neighbour, OWN_FOLDER};
use crate::ui::Ui;

/// The project and its settings.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The folder of the project as messages show it: from the folder of the caller, empty when it
    /// is that folder.
    root: PathBuf,
    absolute: PathBuf,
    config: Config,
    config_file: String,
    environment: Environment,
    allowed: Allowed,
    within: Within,
    url: Option<String>,
    dialects: Vec<Dialect>,
}

/// What a folder without a project means.
#[derive(Debug, Clone, Copy)]
enum WithoutProject {
    Fails,
    StartsHere,
}

/// Models, and what was left out and may have been meant.
pub(crate) struct ReadModels {
    pub(crate) models: Models,
    pub(crate) warnings: Vec<String>,
}

impl ReadModels {
    /// The models, once the warnings are told.
    pub(crate) fn told(self, ui: &Ui) -> Models {
        for warning in self.warnings {
            ui.warning(warning);
        }
        self.models
    }
}

impl Workspace {
    /// Finds the project: the nearest folder with a limbeck.toml, else with a Cargo.toml.
    pub(crate) fn find(global: &GlobalArgs, reach: Readable) -> Result<Self, CommandError> {
        Self::read(global, WithoutProject::Fails, reach)
    }

    /// Finds the project; where there is none, the folder that the command was started in is one.
    pub(crate) fn find_or_here(global: &GlobalArgs, reach: Readable) -> Result<Self, CommandError> {
        Self::read(global, WithoutProject::StartsHere, reach)
    }

    /// The project that begins in the folder of the command, on a database that is there.
    pub(crate) fn begin(global: &GlobalArgs, url: &str) -> Result<Self, CommandError> {
        let here = current_folder()?;
        let start = started_in(&here, global)?;
        let file = start.join(FILE);
        let file = file.is_file().then_some(file);
        let mut workspace = Self::read_at(global, &here, start, file, Readable::Everywhere)?;
        workspace.url = Some(url.to_owned());
        Ok(workspace)
    }

    fn read(
        global: &GlobalArgs,
        without: WithoutProject,
        reach: Readable,
    ) -> Result<Self, CommandError> {
        let here = current_folder()?;
        let start = started_in(&here, global)?;
        let file = match &global.config {
            Some(file) => Some(here.join(file)),
            None => nearest_with(&start, FILE).map(|folder| folder.join(FILE)),
        };
        let absolute = match &file {
            Some(file) => file.parent().unwrap_or(&start).to_owned(),
            None => match (nearest_with(&start, "Cargo.toml"), without) {
                (Some(folder), _) => folder,
                (None, WithoutProject::StartsHere) => start,
                (None, WithoutProject::Fails) => return Err(CommandError::config(
                    "no project here: neither limbeck.toml nor Cargo.toml in this folder or above it",
                )
                .hint("limbeck init")),
            },
        };
        Self::read_at(global, &here, absolute, file, reach)
    }

    fn read_at(
        global: &GlobalArgs,
        here: &Path,
        absolute: PathBuf,
        file: Option<PathBuf>,
        reach: Readable,
    ) -> Result<Self, CommandError> {
        let allowed = Allowed::by(global);
        let within = checkout::within(&absolute, reach, global);
        let environment = Environment::read(&absolute, &within, &allowed);
        let mut config = Config::default();
        let mut config_file = FILE.to_owned();
        if let Some(file) = file {
            config_file = relative(here, &file).display().to_string();
            if global.config.is_none() {
                checkout::refuse(&within, &file, &config_file)?;
            }
            let text = fs::read_to_string(&file).map_err(|error| {
                CommandError::config(format!("cannot read {config_file}")).cause(error.to_string())
            })?;
            config = Config::parse(&text, &config_file)?;
        }
        let name = global
            .env
            .clone()
            .or_else(|| environment.get("LIMBECK_ENV"));
        if let Some(name) = name {
            config = config.with_env(&name, &config_file)?;
        }
        Ok(Self {
            root: relative(here, &absolute),
            absolute,
            config,
            config_file,
            environment,
            allowed,
            within,
            url: global.url.clone(),
            dialects: global.dialects.clone(),
        })
    }

    /// Whether a command finds it, as one that begins need not be.
    pub(crate) fn is_there(&self) -> bool {
        [FILE, "Cargo.toml"]
            .iter()
            .any(|file| nearest_with(&self.absolute, file).is_some())
    }

    /// A path of the project as messages show it.
    pub(crate) fn shown(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// The folders of the revisions; new ones go into the first.
    pub(crate) fn migrations(&self) -> Vec<PathBuf> {
        match &self.config.migrations {
            Some(folders) => folders
                .as_slice()
                .iter()
                .map(|one| self.shown(one))
                .collect(),
            None => vec![self.shown(self.usual_folder())],
        }
    }

    /// The project with its revisions in another folder.
    pub(crate) fn with_migrations(mut self, folder: &str) -> Self {
        self.config.migrations = Some(OneOrMany::One(folder.to_owned()));
        self
    }

    /// The project with its models in the package or workspace of another folder.
    pub(crate) fn with_models_in(mut self, folder: &Path) -> Self {
        let mut models = self.config.models.take().unwrap_or_default();
        models.path = Some(folder.display().to_string());
        self.config.models = Some(models);
        self
    }

    /// Whether the configuration says something of the models.
    pub(crate) fn speaks_of_models(&self) -> bool {
        self.config.models.is_some()
    }

    /// Whether the configuration leaves out what a library says.
    pub(crate) fn leaves_out(&self, library: Library) -> bool {
        let models = self.config.models.as_ref();
        models.is_some_and(|models| match library {
            Library::SeaOrm => models.sea_orm == Some(false),
            Library::Diesel => models.diesel == Some(DieselConfig::Found(false)),
        })
    }

    /// Entities of other libraries in the project.
    pub(crate) fn entities(&self) -> Option<Entities> {
        Entities::below(&self.shown(""), &self.within)
    }

    /// Whether a folder of the project is the one that somebody names, from here or from the project.
    pub(crate) fn is_same(&self, folder: &Path, named: &Path) -> bool {
        let shown = clean(folder);
        shown == clean(named) || shown == clean(&self.shown(named))
    }

    /// Reads the revisions.
    pub(crate) fn folder(&self) -> Result<Folder, CommandError> {
        self.folder_by(Expect::Revisions, folder::read)
    }

    /// Reads the revisions before the first one may be written, whose folder need not be there.
    pub(crate) fn folder_to_begin(&self) -> Result<Folder, CommandError> {
        self.folder_by(Expect::First, folder::read)
    }

    /// Reads the revisions, and works out meanwhile what a run on a dialect compares.
    fn folder_to_run(&self, dialect: Dialect) -> Result<Folder, CommandError> {
        self.folder_by(Expect::Revisions, |folders| {
            folder::read_to_run(folders, dialect)
        })
    }

    fn folder_by(
        &self,
        expect: Expect,
        read: impl FnOnce(&[PathBuf]) -> Result<Folder, FolderError>,
    ) -> Result<Folder, CommandError> {
        if let Some(layout) = self.layout() {
            return self.folder_in(layout);
        }
        for folder in self.migrations() {
            let shown = folder.display().to_string();
            checkout::refuse(&self.within, &folder, &format!("`migrations`, {shown},"))?;
            for file in checkout::links(&folder) {
                checkout::refuse(&self.within, &file, &file.display().to_string())?;
            }
        }
        self.refuse_missing(expect)?;
        read(&self.migrations()).map_err(|error| self.not_ours(&error))
    }

    /// Files that are no revisions are those of another tool, or each has its error.
    fn not_ours(&self, error: &FolderError) -> CommandError {
        let of_others = self
            .migrations()
            .iter()
            .find_map(|folder| Migrations::in_folder(folder));
        match (error, of_others) {
            (FolderError::Files { .. }, Some(found)) => {
                let error = CommandError::config(format!("{found}, and no revision of Limbeck"));
                let own = format!("migrations = \"{OWN_FOLDER}\"");
                if self.shown(FILE).is_file() {
                    return error.hint(format!(
                        "write {own} into {}, then: limbeck init --from URL",
                        self.config_file
                    ));
                }
                error.hint(neighbours::HINT).hint(format!(
                    "a folder of Limbeck's own, in {}: {own}",
                    self.config_file
                ))
            }
            (_, _) => explain::folder(error),
        }
    }

    /// What other libraries and tools have in the project.
    pub(crate) fn neighbours(&self) -> Vec<Neighbour> {
        let entities = self.entities().map(Neighbour::Entities);
        let migrations = self.migrations_of_others().into_iter();
        let migrations = migrations.map(Neighbour::Migrations);
        entities.into_iter().chain(migrations).collect()
    }

    /// The checkout, where files may be written.
    pub(crate) fn checkout(&self) -> Within {
        checkout::alone(&self.absolute)
    }

    /// Refuses what is found by itself outside of the checkout; `what` names it to a person.
    pub(crate) fn refuse_outside(&self, path: &Path, what: &str) -> Result<(), CommandError> {
        checkout::refuse(&checkout::alone(&self.absolute), path, what)
    }

    /// The migrations of other tools in the project, by folders; those in Limbeck's own come first.
    pub(crate) fn migrations_of_others(&self) -> Vec<Migrations> {
        let within = checkout::alone(&self.absolute);
        Migrations::of_project(&self.shown(""), &self.migrations(), &within)
    }

    /// Refuses migrations of Alembic that lie outside of the checkout: they are not among those of others.
    pub(crate) fn refuse_alembic_outside(&self) -> Result<(), CommandError> {
        let within = checkout::alone(&self.absolute);
        match neighbours::alembic_outside(&self.shown(""), &within) {
            None => Ok(()),
            Some(folder) => checkout::refuse(&within, &folder, &folder.display().to_string()),
        }
    }

    /// Reads the models, and tells what was left out and may have been meant.
    pub(crate) fn models(&self, ui: &Ui) -> Result<Models, CommandError> {
        Ok(self.scan()?.told(ui))
    }

    /// Whether models are here, or limbeck.toml says where they are: a place that runs revisions needs none.
    pub(crate) fn expects_models(&self) -> bool {
        let is_said = |models: &ModelsConfig| models.path.is_some() || !models.files.is_empty();
        self.config.models.as_ref().is_some_and(is_said)
            || self.models_root().join("Cargo.toml").is_file()
    }

    /// Reads the models.
    pub(crate) fn scan(&self) -> Result<ReadModels, CommandError> {
        let models = self.config.models.clone().unwrap_or_default();
        let root = self.models_root();
        if !root.join("Cargo.toml").is_file() && models.files.is_empty() {
            let root = self.shown(models.path.unwrap_or_default());
            return Err(CommandError::config(format!(
                "no Cargo.toml in {}, so there are no models to read",
                if root.as_os_str().is_empty() { Path::new(".") } else { &root }.display()
            ))
            .hint("set `path` under `[models]` in limbeck.toml to the folder of the package or workspace"));
        }
        let options = ScanOptions {
            crates: models.crates,
            files: models
                .files
                .iter()
                .map(|file| self.absolute.join(file))
                .collect(),
            features: models.features,
            conventions: self.conventions(),
            within: self.within.clone(),
            names: match self.listed_dialects().as_deref() {
                Ok([Dialect::Sqlite]) => NameLength::Any,
                Ok(_) | Err(_) => NameLength::OfPostgres,
            },
            entities: match models.sea_orm {
                None | Some(true) => limbeck_models::Entities::Models,
                Some(false) => limbeck_models::Entities::Left,
            },
            diesel: match models.diesel {
                None | Some(DieselConfig::Found(true)) => DieselTables::Found,
                Some(DieselConfig::Found(false)) => DieselTables::Left,
                Some(DieselConfig::In(files)) => {
                    DieselTables::In(files.as_slice().iter().map(PathBuf::from).collect())
                }
            },
        };
        let found = scan(&root, &options).map_err(|errors| explain::scan(self, &errors))?;
        let warnings = explain::scan_warnings(self, &found.warnings);
        let mut found = found.models;
        let base = models.path.unwrap_or_default();
        for origin in found.origins.values_mut() {
            origin.file = self
                .shown(Path::new(&base).join(&origin.file))
                .display()
                .to_string();
        }
        let default = self.inspect_options().default_schema;
        compare::unqualify(&mut found, &default)
            .map_err(|object| explain::declared_twice(&object, &found))?;
        self.refuse_own_tables(&found)?;
        Ok(ReadModels {
            models: found,
            warnings,
        })
    }

    /// The base of the files that a scan names.
    pub(crate) fn models_base(&self) -> PathBuf {
        let models = self.config.models.as_ref();
        let path = models.and_then(|models| models.path.clone());
        self.shown(path.unwrap_or_default())
    }

    /// The folder of the package or workspace that holds the models.
    pub(crate) fn models_root(&self) -> PathBuf {
        let models = self.config.models.as_ref();
        match models.and_then(|models| models.path.as_ref()) {
            Some(path) => self.absolute.join(path),
            None => self.absolute.clone(),
        }
    }

    /// What models go by where they say nothing.
    pub(crate) fn conventions(&self) -> Conventions {
        Conventions {
            naming: self.config.names.clone().unwrap_or_default(),
            types: self.config.types.clone().unwrap_or_default(),
            numbering: self
                .config
                .models
                .as_ref()
                .and_then(|models| models.identity)
                .map_or_else(Numbering::default, Numbering::from),
        }
    }

    /// What models go by, with what `found` has where the configuration says nothing.
    pub(crate) fn conventions_or(&self, found: Conventions) -> Conventions {
        let said = self.conventions();
        let config = &self.config;
        Conventions {
            naming: if config.names.is_some() {
                said.naming
            } else {
                found.naming
            },
            types: if config.types.is_some() {
                said.types
            } else {
                found.types
            },
            numbering: if config.models.is_some() {
                said.numbering
            } else {
                found.numbering
            },
        }
    }

    /// An error that names the configuration as `--config` does.
    pub(crate) fn with_own_file(&self, mut error: CommandError) -> CommandError {
        if !self.config_file.ends_with(FILE) {
            let all = [&mut error.message].into_iter();
            let all = all.chain(&mut error.causes).chain(&mut error.hints);
            all.for_each(|text| *text = text.replace(FILE, &self.config_file));
        }
        error
    }

    /// What the models leave to others.
    pub(crate) fn unmanaged(&self) -> Unmanaged {
        let unmanaged = self.config.unmanaged.clone().unwrap_or_default();
        let table = self.table_of_layout().map(|table| table.to_string());
        Unmanaged {
            patterns: unmanaged.tables.into_iter().chain(table).collect(),
            defaults: unmanaged.defaults,
            default_schema: self.inspect_options().default_schema,
        }
    }

    /// What makes no difference where databases are compared, in the words of `--ignore`.
    pub(crate) fn ignored(&self) -> &[String] {
        self.config
            .diff
            .as_ref()
            .map_or(&[], |diff| diff.ignore.as_slice())
    }
}

/// An id as messages show it: the shortest start of eight letters or more that no other id has.
pub(crate) fn short(graph: &Graph, id: &RevisionId) -> String {
    graph.abbreviation(id, 8).to_owned()
}

/// Finds the revisions that somebody means.
pub(crate) fn resolve(
    graph: &Graph,
    text: &str,
    current: &[RevisionId],
) -> Result<Vec<RevisionId>, CommandError> {
    refuse_other_forms(text)?;
    let found = graph.resolve(text, current);
    found.map_err(|error| explain::graph(&error))
}

/// Finds what somebody means to go down to.
pub(crate) fn resolve_downgrade(
    graph: &Graph,
    text: &str,
    current: &[RevisionId],
) -> Result<DowngradeTarget, CommandError> {
    refuse_other_forms(text)?;
    let found = graph.resolve_downgrade(text, current);
    found.map_err(|error| explain::graph(&error))
}

/// A colon is in no id and no label.
fn refuse_other_forms(text: &str) -> Result<(), CommandError> {
    if text.contains("://") {
        let text = "a URL stands where a revision is expected";
        return Err(CommandError::usage(text).hint("give it as --url URL"));
    }
    if text.contains(':') {
        let error = CommandError::usage(format!("`{text}` has two ends, and one is expected"));
        return Err(error.hint("FROM:TO goes with --sql, and with `limbeck history -r`"));
    }
    Ok(())
}
