//! The project that a command works on: its folders, models, revisions, databases and scratch servers.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};

use limbeck::autogenerate::Unmanaged;
use limbeck::connection::Connection;
use limbeck::folder::{self, Folder};
use limbeck::history::{Applied, HistoryTable};
use limbeck::inspect::InspectOptions;
use limbeck::run::{RunOptions, read_history};
use limbeck::scratch::{Lifetime, ScratchOptions};
use limbeck::state::{Bench, BenchOptions};
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId};
use limbeck_core::schema::Models;
use limbeck_core::schema::naming::Naming;
use limbeck_core::sql::{quote_identifier, quote_literal};
use limbeck_models::{ScanOptions, scan};

use crate::allowed::{Allowed, elsewhere};
use crate::command_error::{CommandError, Kind};
use crate::commands::GlobalArgs;
use crate::config::{Config, FILE, OneOrMany, ScratchPlace};
use crate::dotenv;
use crate::environment::{Environment, cache_folder, server_options};
use crate::explain;
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
    warnings: Vec<String>,
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
    pub(crate) fn find(global: &GlobalArgs) -> Result<Self, CommandError> {
        Self::read(global, WithoutProject::Fails)
    }

    /// Finds the project; where there is none, the folder that the command was started in is one.
    pub(crate) fn find_or_here(global: &GlobalArgs) -> Result<Self, CommandError> {
        Self::read(global, WithoutProject::StartsHere)
    }

    /// The project that begins in the folder of the command, on a database that is there.
    pub(crate) fn begin(global: &GlobalArgs, url: &str) -> Result<Self, CommandError> {
        let here = current_folder()?;
        let start = started_in(&here, global)?;
        let file = start.join(FILE);
        let file = file.is_file().then_some(file);
        let mut workspace = Self::read_at(global, &here, start, file)?;
        workspace.url = Some(url.to_owned());
        Ok(workspace)
    }

    fn read(global: &GlobalArgs, without: WithoutProject) -> Result<Self, CommandError> {
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
        Self::read_at(global, &here, absolute, file)
    }

    fn read_at(
        global: &GlobalArgs,
        here: &Path,
        absolute: PathBuf,
        file: Option<PathBuf>,
    ) -> Result<Self, CommandError> {
        let allowed = Allowed::by(global);
        let environment = Environment::read(&absolute, &allowed);
        let mut config = Config::default();
        let mut config_file = FILE.to_owned();
        if let Some(file) = file {
            config_file = relative(here, &file).display().to_string();
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
            url: global.url.clone(),
            dialects: global.dialects.clone(),
        })
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
            None => vec![self.shown("migrations")],
        }
    }

    /// Reads the revisions.
    pub(crate) fn folder(&self) -> Result<Folder, CommandError> {
        folder::read(&self.migrations()).map_err(|error| explain::folder(&error))
    }

    /// Reads the models, and tells what was left out and may have been meant.
    pub(crate) fn models(&self, ui: &Ui) -> Result<Models, CommandError> {
        Ok(self.scan()?.told(ui))
    }

    /// Reads the models.
    pub(crate) fn scan(&self) -> Result<ReadModels, CommandError> {
        let models = self.config.models.clone().unwrap_or_default();
        let root = self.models_root();
        if !root.join("Cargo.toml").is_file() {
            let root = self.shown(models.path.unwrap_or_default());
            return Err(CommandError::config(format!(
                "no Cargo.toml in {}, so there are no models to read",
                if root.as_os_str().is_empty() { Path::new(".") } else { &root }.display()
            ))
            .hint("set `path` under `[models]` in limbeck.toml to the folder of the package or workspace"));
        }
        let options = ScanOptions {
            crates: models.crates,
            features: models.features,
            types: self.config.types.clone().unwrap_or_default(),
            naming: self.naming(),
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

    /// How members are named that nobody names.
    pub(crate) fn naming(&self) -> Naming {
        self.config.names.clone().unwrap_or_default()
    }

    /// What the models leave to others.
    pub(crate) fn unmanaged(&self) -> Unmanaged {
        let unmanaged = self.config.unmanaged.clone().unwrap_or_default();
        Unmanaged {
            patterns: unmanaged.tables,
        }
    }

    /// What makes no difference where databases are compared, in the words of `--ignore`.
    pub(crate) fn ignored(&self) -> &[String] {
        self.config
            .diff
            .as_ref()
            .map_or(&[], |diff| diff.ignore.as_slice())
    }

    /// The configured database, if there is one.
    pub(crate) fn url(&self) -> Result<Option<DatabaseUrl>, CommandError> {
        let (text, place) = if let Some(url) = &self.url {
            (url.clone(), "--url".to_owned())
        } else if let Some(url) = &self.config.url {
            (
                self.filled_in(url, "url")?,
                format!("`url` in {}", self.config_file),
            )
        } else if let Some(url) = self.environment.get("DATABASE_URL") {
            (url, "DATABASE_URL".to_owned())
        } else if let Some(reason) = self.environment.unreadable("DATABASE_URL") {
            return Err(CommandError::config(reason));
        } else {
            return Ok(None);
        };
        let url = DatabaseUrl::parse(&text, &self.absolute);
        url.map(Some).map_err(|error| explain::url(&error, &place))
    }

    /// What to tell where the project's files name another host than the environment does.
    pub(crate) fn elsewhere(&self) -> Option<String> {
        match &self.url {
            Some(_) => None,
            // What is wrong with it is said where it is used.
            None => elsewhere(&self.url().ok()??, &self.absolute),
        }
    }

    /// The database that the project has when no flag names one.
    pub(crate) fn own_url(&self) -> Result<Option<DatabaseUrl>, CommandError> {
        let own = Self {
            url: None,
            ..self.clone()
        };
        own.url()
    }

    /// A database that an argument names.
    pub(crate) fn argument_url(&self, text: &str) -> Result<DatabaseUrl, CommandError> {
        let url = DatabaseUrl::parse(text, &self.absolute);
        url.map_err(|error| explain::url(&error, "the command line"))
    }

    /// The dialects that a comparison of things without one can be about.
    pub(crate) fn possible_dialects(&self) -> Result<Vec<Dialect>, CommandError> {
        if self.dialects.is_empty() {
            self.listed_dialects()
        } else {
            Ok(self.dialects.clone())
        }
    }

    /// Whether a flag, the configuration or a URL names a dialect.
    pub(crate) fn tells_dialect(&self) -> Result<bool, CommandError> {
        let is_named = !self.dialects.is_empty() || self.config.dialects.is_some();
        Ok(is_named || self.url()?.is_some() || !self.dialects_of_revisions()?.is_empty())
    }

    /// The configured database; that there is none is an error.
    pub(crate) fn required_url(&self) -> Result<DatabaseUrl, CommandError> {
        self.url()?.ok_or_else(|| {
            CommandError::usage("no database URL is configured").hint(format!(
                "set DATABASE_URL in the environment or in .env\n\
                 set `url` in {}\n\
                 give --url postgres://user:password@host/database or --url sqlite:///app.db",
                self.config_file
            ))
        })
    }

    /// The dialects that a revision of this project is written for.
    pub(crate) fn listed_dialects(&self) -> Result<Vec<Dialect>, CommandError> {
        let mut dialects = match &self.config.dialects {
            Some(dialects) if dialects.is_empty() => {
                let text = format!("{}: `dialects` is empty", self.config_file);
                return Err(CommandError::config(text).hint("list `postgres`, `sqlite` or both"));
            }
            Some(dialects) => dialects.clone(),
            None if !self.dialects.is_empty() => self.dialects.clone(),
            None => match self.url()? {
                Some(url) => vec![url.dialect()],
                None => self.dialects_of_revisions()?,
            },
        };
        if dialects.is_empty() {
            let text = "nothing says which database this project is for";
            return Err(CommandError::config(text).hint(format!(
                "set DATABASE_URL in .env, such as DATABASE_URL=sqlite:///app.db\n\
                 write dialects = [\"postgres\"] or dialects = [\"sqlite\"] into {}\n\
                 for this time: --dialect postgres or --dialect sqlite",
                self.config_file
            )));
        }
        dialects.sort_unstable();
        dialects.dedup();
        Ok(dialects)
    }

    /// The dialects that revisions are written for, by their headers and marked sections.
    fn dialects_of_revisions(&self) -> Result<Vec<Dialect>, CommandError> {
        let folder = self.folder()?;
        let named = folder.graph.iter().flat_map(|revision| {
            let marked = revision.upgrade.dialects.keys();
            marked.chain(&revision.dialects).chain(&revision.pending)
        });
        Ok(named.copied().collect())
    }

    /// The dialects to work on now: those that flags choose of the listed ones.
    pub(crate) fn dialects(&self) -> Result<Vec<Dialect>, CommandError> {
        let listed = self.listed_dialects()?;
        for dialect in &self.dialects {
            if !listed.contains(dialect) {
                let text = format!(
                    "`{dialect}` is not among the `dialects` of {}",
                    self.config_file
                );
                return Err(
                    CommandError::usage(text).hint(format!("add `{dialect}` to `dialects`"))
                );
            }
        }
        let chosen =
            |dialect: &Dialect| self.dialects.is_empty() || self.dialects.contains(dialect);
        Ok(listed.into_iter().filter(chosen).collect())
    }

    /// Where scratch databases of a dialect are made.
    pub(crate) fn bench(&self, dialect: Dialect) -> Result<Bench, CommandError> {
        let scratch_url = match &self.config.scratch_url {
            Some(url) => {
                let text = self.filled_in(url, "scratch_url")?;
                let url = DatabaseUrl::parse(&text, &self.absolute);
                let place = format!("`scratch_url` in {}", self.config_file);
                let url = url.map_err(|error| explain::url(&error, &place))?;
                Some(url.without_search_path())
            }
            None => None,
        };
        let url = match dialect {
            // The project's own database is asked for only where scratch databases may be beside it.
            Dialect::Postgres if self.config.scratch == Some(ScratchPlace::SameServer) => {
                self.url()?
            }
            Dialect::Postgres => self.url().ok().flatten(),
            Dialect::Sqlite => None,
        };
        let url = url.filter(|url| url.dialect() == dialect);
        let url = url.map(|url| url.without_search_path());
        let options = BenchOptions {
            scratch: ScratchOptions {
                scratch_url,
                url,
                same_server: self.config.scratch == Some(ScratchPlace::SameServer),
                server: server_options(&self.absolute, &self.allowed),
            },
            inspect: self.inspect_options(),
            search_path: self.run_options().search_path,
            cache: match self.allowed.lifetime {
                Lifetime::Kept => cache_folder(),
                Lifetime::OneRun => None,
            },
        };
        Ok(Bench::new(dialect, options))
    }

    /// The same, on which what has no schema goes into `schema`, where that is given.
    pub(crate) fn bench_in(
        &self,
        dialect: Dialect,
        schema: Option<&str>,
    ) -> Result<Bench, CommandError> {
        let mut inside = self.clone();
        if let (Some(schema), Dialect::Postgres) = (schema, dialect) {
            let path = quote_identifier(schema, dialect);
            inside.config.search_path = Some(OneOrMany::One(path));
        }
        inside.bench(dialect)
    }

    /// What inspections leave out.
    pub(crate) fn inspect_options(&self) -> InspectOptions {
        let history = self.history_table();
        let mut options = InspectOptions::default();
        options.ignore.extend([history.journal(), history.name]);
        if let Some(path) = &self.config.search_path {
            let first = path.as_slice().iter().flat_map(|one| one.split(',')).next();
            if let Some(first) = first {
                let name = first.trim();
                let quoted = name
                    .strip_prefix('"')
                    .and_then(|name| name.strip_suffix('"'));
                options.default_schema = match quoted {
                    Some(name) => name.replace("\"\"", "\""),
                    None => name.to_owned(),
                };
            }
        }
        options
    }

    /// What an inspection of a database leaves out, and which schema its names are without: the first
    /// one that is there of its search path, which URL, role and database may set, too.
    pub(crate) async fn inspect_options_of(
        &self,
        connection: &mut Connection,
    ) -> Result<InspectOptions, CommandError> {
        let mut options = self.inspect_options();
        if self.config.search_path.is_none() && connection.dialect() == Dialect::Postgres {
            let rows = connection
                .query_text("SELECT pg_catalog.current_schema()")
                .await;
            let rows = rows.map_err(|error| CommandError::of(Kind::Database, &error))?;
            options.default_schema =
                rows.into_iter().flatten().flatten().next().ok_or_else(|| {
                    CommandError::config("no schema of the search path is there")
                        .hint("create it: CREATE SCHEMA …, or name another one in the URL")
                })?;
        }
        Ok(options)
    }

    /// Refuses a database without the schema that `search_path` begins with: what belongs into it would
    /// go into the next one.
    async fn check_search_path(&self, connection: &mut Connection) -> Result<(), CommandError> {
        let Some(path) = &self.config.search_path else {
            return Ok(());
        };
        if connection.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let first = path.as_slice().iter().flat_map(|one| one.split(',')).next();
        let first = first.unwrap_or_default().trim();
        let name = first.trim_matches('"');
        let sql = format!(
            "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {}",
            quote_literal(name)
        );
        let rows = connection.query_text(&sql).await;
        let rows = rows.map_err(|error| CommandError::of(Kind::Database, &error))?;
        if !rows.is_empty() || name == "$user" {
            return Ok(());
        }
        let text = format!(
            "the database has no schema `{name}`, which `search_path` in {} begins with",
            self.config_file
        );
        Err(CommandError::config(text).hint(format!(
            "create it there: CREATE SCHEMA {first};\n\
             put the same line into migrations/scratch.sql, for scratch databases"
        )))
    }

    /// Where a database keeps its history.
    pub(crate) fn history_table(&self) -> HistoryTable {
        match &self.config.history_table {
            Some(name) => HistoryTable { name: name.clone() },
            None => HistoryTable::default(),
        }
    }

    /// How revisions are run.
    pub(crate) fn run_options(&self) -> RunOptions {
        let mut options = RunOptions {
            history: self.history_table(),
            role: self.config.role.clone(),
            ..RunOptions::default()
        };
        options.search_path = self
            .config
            .search_path
            .as_ref()
            .map(|path| path.as_slice().join(", "));
        if let Some(timeout) = self.config.lock_timeout {
            options.lock_timeout = timeout;
        }
        options
    }

    /// Opens the database.
    pub(crate) async fn connect(&self, url: &DatabaseUrl) -> Result<Connection, CommandError> {
        let connection = Connection::connect(url).await;
        let mut connection = connection.map_err(|error| explain::connect(&error))?;
        self.check_search_path(&mut connection).await?;
        Ok(connection)
    }

    /// Opens a database to look at it: one that is not there yet is not made.
    pub(crate) async fn look(&self, url: &DatabaseUrl) -> Result<Option<Connection>, CommandError> {
        match url.location() {
            Location::File { path, .. } if !path.exists() => Ok(None),
            _ => self.connect(url).await.map(Some),
        }
    }

    /// What a database says has been run on it.
    pub(crate) async fn applied(
        &self,
        connection: &mut Connection,
    ) -> Result<Applied, CommandError> {
        let applied = read_history(connection, &self.run_options()).await;
        applied.map_err(|error| explain::history(&error))
    }

    /// The value with its variables filled in, as in `.env`.
    fn filled_in(&self, text: &str, key: &str) -> Result<String, CommandError> {
        // Only what has braces is one here: a password may hold a dollar.
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some(end) = dotenv::closing_brace(after) else {
                break;
            };
            let refused = RefCell::new(None);
            let lookup = |name: &str| match self.allowed.may_hold(name) {
                true => Ok(self.environment.get(name)),
                false => {
                    *refused.borrow_mut() = Some(name.to_owned());
                    Err(format!("`{name}` could be sent anywhere"))
                }
            };
            let failed = |reason: String| match refused.take() {
                Some(name) => {
                    let text = format!(
                        "`{key}` in {} asks for the variable `{name}`, which it could send anywhere",
                        self.config_file
                    );
                    CommandError::config(text).hint(format!(
                        "if that is meant: --variable {name}\n\
                         a URL may hold DATABASE_URL and variables of PostgreSQL, such as PGPASSWORD"
                    ))
                }
                None => {
                    let name = after[..end].to_owned();
                    CommandError::config(format!("`{key}` in {}: {reason}", self.config_file))
                        .hint(format!("set `{name}` in the environment or in .env"))
                }
            };
            filled.push_str(before);
            let variable = &after[..end];
            let is_plain = variable
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_');
            if is_plain && lookup(variable) == Ok(None) {
                let unreadable = self.environment.unreadable(variable).map(str::to_owned);
                let error = CommandError::config(format!(
                    "`{key}` in {} needs the variable `{variable}`, which is not set",
                    self.config_file
                ));
                return Err(match unreadable {
                    Some(reason) => error.cause(reason),
                    None => error.hint(format!("set `{variable}` in the environment or in .env")),
                });
            }
            filled.push_str(&dotenv::variable(variable, &lookup).map_err(failed)?);
            rest = &after[end + 1..];
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// An id as messages show it: the shortest start of eight letters or more that no other id has.
pub(crate) fn short(graph: &Graph, id: &RevisionId) -> String {
    let text = id.as_str();
    let is_own = |start: &str| {
        let mut others = graph.iter().filter(|revision| revision.id != *id);
        !others.any(|revision| revision.id.as_str().starts_with(start))
    };
    let lengths = text.char_indices().map(|(index, _)| index).skip(8);
    let start = lengths
        .map(|length| &text[..length])
        .find(|start| is_own(start));
    start.unwrap_or(text).to_owned()
}

/// Finds the revisions that somebody means.
pub(crate) fn resolve(
    graph: &Graph,
    text: &str,
    current: &[RevisionId],
) -> Result<Vec<RevisionId>, CommandError> {
    if text.contains("://") {
        return Err(
            CommandError::usage("a URL stands where a revision is expected")
                .hint("give it as --url URL"),
        );
    }
    graph
        .resolve(text, current)
        .map_err(|error| explain::graph(&error))
}

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
            "no folder {}",
            directory.display()
        )))
    }
}

fn nearest_with(start: &Path, file: &str) -> Option<PathBuf> {
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
