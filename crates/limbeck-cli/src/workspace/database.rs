//! The databases of the project and its scratch databases: how they are opened, and what is read of them.

use std::panic::resume_unwind;
use std::path::PathBuf;

use limbeck::connection::Connection;
use limbeck::folder::Folder;
use limbeck::history::{Applied, HistoryError, HistoryTable};
use limbeck::run::{self, RunErrorKind, RunOptions, read_history};
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Graph, RevisionId};
use limbeck_core::schema::DefaultSchema;
use limbeck_core::sql::{quote_identifier, quote_literal};
use limbeck_engine::inspect::InspectOptions;
use limbeck_engine::scratch::{Lifetime, ScratchOptions, find_server};
use limbeck_engine::state::{Bench, BenchOptions};

use super::Workspace;
use crate::command_error::{CommandError, Kind};
use crate::config::{OneOrMany, ScratchPlace};
use crate::environment::{cache_folder, login, server_options};
use crate::explain;

/// A database that was opened to look at it, and its history.
pub(crate) struct Looked {
    pub(crate) connection: Connection,
    pub(crate) applied: Result<Applied, HistoryError>,
}

impl Workspace {
    /// Where scratch databases of a dialect are made.
    pub(crate) fn bench(&self, dialect: Dialect) -> Result<Bench, CommandError> {
        Ok(Bench::new(dialect, self.bench_options(dialect)?))
    }

    /// The same, on a server of Limbeck's own for this purpose alone: one that another process keeps running is
    /// not in the way of other commands.
    pub(crate) fn bench_apart(
        &self,
        dialect: Dialect,
        purpose: &str,
        lifetime: Lifetime,
    ) -> Result<Bench, CommandError> {
        let mut options = self.bench_options(dialect)?;
        let server = &mut options.scratch.server;
        server.project = server.project.join(purpose);
        if lifetime == Lifetime::OneRun {
            server.lifetime = lifetime;
        }
        Ok(Bench::new(dialect, options))
    }

    fn bench_options(&self, dialect: Dialect) -> Result<BenchOptions, CommandError> {
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
        Ok(BenchOptions {
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
        })
    }

    /// The folder of the project, as it is whatever links lead to it.
    pub(crate) fn real_folder(&self) -> PathBuf {
        std::fs::canonicalize(&self.absolute).unwrap_or_else(|_| self.absolute.clone())
    }

    /// Whether anything that a command makes may serve a later one.
    pub(crate) fn lifetime(&self) -> Lifetime {
        self.allowed.lifetime
    }

    /// Where scratch databases of PostgreSQL would be made, without making one; or why nowhere.
    pub(crate) fn scratch_place(&self) -> Result<String, CommandError> {
        if self.config.scratch_url.is_some() {
            return Ok(format!("`scratch_url` in {}", self.config_file));
        }
        let options = server_options(&self.absolute, &self.allowed);
        let found = find_server(&options);
        let found = found.map_err(|error| CommandError::of(Kind::Scratch, &error))?;
        match found {
            Some(server) => Ok(format!(
                "a server of Limbeck's own, PostgreSQL {} from {}",
                server.version,
                server.bin_dir.display()
            )),
            None if self.config.scratch == Some(ScratchPlace::SameServer) => {
                Ok("the project's own server, as `scratch` says".to_owned())
            }
            None => Err(
                CommandError::new(Kind::Scratch, "no PostgreSQL server is there to start").hint(
                    "apt-get install postgresql, or `scratch_url` in limbeck.toml, or for SQLite alone --dialect sqlite",
                ),
            ),
        }
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
            options.default_schema = DefaultSchema::first_of(&path.as_slice().join(", "));
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
            let name = rows.into_iter().flatten().flatten().next().ok_or_else(|| {
                CommandError::config("no schema of the search path is there")
                    .hint("create it: CREATE SCHEMA …, or name another one in the URL")
            })?;
            options.default_schema = DefaultSchema::new(&name, Dialect::Postgres);
        }
        Ok(options)
    }

    /// Refuses a database without the schema that `search_path` begins with: what belongs into it would
    /// go into the next one.
    async fn check_search_path(&self, connection: &mut Connection) -> Result<(), CommandError> {
        if self.config.search_path.is_none() {
            return Ok(());
        }
        if connection.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let default = self.inspect_options().default_schema;
        let name = default.name(Dialect::Postgres);
        let first = quote_identifier(name, Dialect::Postgres);
        let sql = format!(
            "SELECT pg_catalog.has_schema_privilege(oid, 'USAGE'), CURRENT_USER \
             FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) {}",
            quote_literal(name)
        );
        let rows = connection.query_text(&sql).await;
        let rows = rows.map_err(|error| CommandError::of(Kind::Database, &error))?;
        // A schema that may not be used is passed over, and a history in it would be none.
        let row = rows.into_iter().next();
        let cell = |index: usize| row.as_ref().and_then(|row| row.get(index)?.as_deref());
        if cell(0) == Some("f") && self.config.role.is_none() {
            let role = cell(1).unwrap_or_default();
            let text = format!(
                "`{role}` may not use the schema `{name}`, which `search_path` in {} begins with",
                self.config_file
            );
            let role = quote_identifier(role, Dialect::Postgres);
            return Err(CommandError::new(Kind::Database, text)
                .hint(format!("GRANT USAGE ON SCHEMA {first} TO {role}")));
        }
        if row.is_some() || name == "$user" {
            return Ok(());
        }
        let text = format!(
            "the database has no schema `{name}`, which `search_path` in {} begins with",
            self.config_file
        );
        Err(CommandError::config(text).hint(format!(
            "create it there: CREATE SCHEMA {first};\n\
             put the same line into `scratch.sql` beside the revisions, for scratch databases"
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
            run_by: login(),
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
        if let Some(limit) = self.config.lock_wait {
            options.wait_for_lock = limit;
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

    /// Reads the revisions while the database is opened to look at it, and its history is read. What is wrong with the files
    /// does not wait for the server, and what the caller finds wrong with them is to be told before what the server says.
    pub(crate) async fn folder_and_look(
        &self,
        url: &DatabaseUrl,
    ) -> Result<(Folder, Result<Option<Looked>, CommandError>), CommandError> {
        let (workspace, dialect) = (self.clone(), url.dialect());
        let reading = tokio::task::spawn_blocking(move || workspace.folder_to_run(dialect));
        let reading = async {
            reading
                .await
                .unwrap_or_else(|error| resume_unwind(error.into_panic()))
        };
        let looking = async {
            let Some(mut connection) = self.look(url).await? else {
                return Ok(None);
            };
            let applied = read_history(&mut connection, &self.run_options()).await;
            Ok(Some(Looked {
                connection,
                applied,
            }))
        };
        tokio::try_join!(reading, async { Ok(looking.await) })
    }

    /// What has been run on a database: where Limbeck's history is empty, what that of another tool says.
    pub(crate) async fn applied_or_taken_over(
        &self,
        connection: &mut Connection,
        graph: &Graph,
    ) -> Result<Applied, CommandError> {
        let applied = read_history(connection, &self.run_options()).await;
        self.as_taken_over(connection, graph, applied).await
    }

    /// The same, once the history has been read.
    pub(crate) async fn as_taken_over(
        &self,
        connection: &mut Connection,
        graph: &Graph,
        applied: Result<Applied, HistoryError>,
    ) -> Result<Applied, CommandError> {
        let applied = applied.map_err(|error| explain::history(&error))?;
        let applied = run::as_taken_over(connection, graph, applied, &self.run_options()).await;
        applied.map_err(|error| {
            let told = match error.kind() {
                RunErrorKind::History(error) => return explain::history(error),
                _ => explain::run(&error),
            };
            match self.layout() {
                // The tool stops at the same, and its table is its own.
                Some(layout) if !told.hints.is_empty() => CommandError {
                    hints: vec![format!(
                        "restore the files that {} has run, as it demands itself",
                        layout.tool()
                    )],
                    ..told
                },
                Some(_) | None => told,
            }
        })
    }

    /// What has been run on a database, for what goes on from there and takes nothing over: one that only the table of
    /// another tool knows is refused.
    pub(crate) async fn applied_here(
        &self,
        connection: &mut Connection,
        graph: &Graph,
    ) -> Result<Applied, CommandError> {
        let applied = self.applied_or_taken_over(connection, graph).await?;
        if applied.has_tables || applied.revisions.is_empty() {
            return Ok(applied);
        }
        let heads = applied.heads(graph);
        let heads: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
        let text = "only the table of another tool says what has been run on this database";
        Err(CommandError::config(text).hint(format!(
            "take it over first, without running anything more: limbeck upgrade {}",
            heads.first().copied().unwrap_or_default()
        )))
    }

    /// What a database says has been run on it.
    pub(crate) async fn applied(
        &self,
        connection: &mut Connection,
    ) -> Result<Applied, CommandError> {
        let applied = read_history(connection, &self.run_options()).await;
        applied.map_err(|error| explain::history(&error))
    }
}
