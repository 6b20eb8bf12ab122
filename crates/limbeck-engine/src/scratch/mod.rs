//! Scratch databases on PostgreSQL: where they are, how they are made, kept and removed.
//!
//! Not here: what runs in them. The scratch database of SQLite is `Connection::memory`.

pub(crate) mod account;
mod cluster;
mod database;
mod error;
mod folders;
pub(crate) mod login;
mod memory;
pub(crate) mod name;
mod obstacle;
mod process;
mod server;
mod template;

pub use cluster::{Cluster, ClusterError};
pub use database::ScratchDatabase;
pub use error::ScratchError;
pub use limbeck_core::dialect::postgres::version::ServerVersion;
pub use server::{Lifetime, Server, ServerError, ServerOptions, Trust, find as find_server};
pub use template::KEPT_TEMPLATES;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use limbeck_core::dialect::Dialect;

use limbeck::connection::extension::Allowance;
use limbeck::connection::{Connection, QueryError};
use limbeck::own_names;
use limbeck::url::DatabaseUrl;

/// How long a closed connection may keep its database from being copied.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// The tablespace of Limbeck's own cluster that is in memory, as long as a run lasts.
const MEMORY: &str = "limbeck_memory";

const INSUFFICIENT_PRIVILEGE: &str = "42501";
const OBJECT_IN_USE: &str = "55006";

/// Where scratch databases may be made.
#[derive(Clone, Debug)]
pub struct ScratchOptions {
    /// A server given for this purpose; the first choice.
    pub scratch_url: Option<DatabaseUrl>,
    /// The configured database; its server is used when `same_server` says so.
    pub url: Option<DatabaseUrl>,
    /// Whether the server of `url` is used where nothing else is found. One on this machine needs the word,
    /// too: a tunnel to production looks as if it were here.
    pub same_server: bool,
    /// Where to look for the binaries of a server, and where its cluster lives.
    pub server: ServerOptions,
}

/// A server on which Limbeck makes databases and drops them again.
#[derive(Debug)]
pub struct Scratch {
    admin: Connection,
    url: DatabaseUrl,
    version: ServerVersion,
    place: ServerKind,
    trust: Trust,
    /// Extensions that are allowed by name.
    extensions: BTreeSet<String>,
    /// Whether copies of templates go into [`MEMORY`].
    in_memory: bool,
    created: BTreeSet<String>,
}

/// What a server knows about the use of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseUse {
    /// The sessions that it has now.
    pub sessions: u64,
    /// The transactions that it has seen so far.
    pub transactions: u64,
}

#[derive(Debug)]
enum ServerKind {
    Own(Cluster),
    Given,
    Configured,
}

impl Scratch {
    /// Opens the first server that may be used: `scratch_url`, a cluster of Limbeck's own, the
    /// configured server when `same_server` says so. Leftovers of dead runs are removed.
    ///
    /// # Errors
    ///
    /// [`ScratchError::NoServer`] when there is none, else what stands in the way of the one chosen.
    pub async fn open(options: &ScratchOptions) -> Result<Self, ScratchError> {
        let (url, place) = choose(options).await?;
        if url.dialect() != Dialect::Postgres {
            return Err(ScratchError::NotPostgres { url });
        }
        // The server takes the name of the user when the URL has none.
        let mut admin = match url.database().or(url.user()) {
            Some(name) => database::connect(&url, name).await?,
            None => Connection::connect(&url).await?,
        };
        let version = admin
            .server_version()
            .ok_or_else(|| ScratchError::NoVersion { url: url.clone() })?;
        if !version.is_supported() {
            return Err(ScratchError::TooOld {
                url,
                found: version,
            });
        }
        let trust = options.server.trust;
        if matches!(place, ServerKind::Own(_)) {
            let prepared = admin.batch(&login::prepare_sql(trust)).await;
            prepared.map_err(|source| query_error("make the login of replays".into(), source))?;
        } else if trust == Trust::Nothing {
            login::refuse_powerful(&mut admin, &url).await?;
        }
        let mut scratch = Self {
            admin,
            url,
            version,
            place,
            trust,
            extensions: options.server.extensions.clone(),
            in_memory: false,
            created: BTreeSet::new(),
        };
        scratch.remove_leftovers().await?;
        scratch.in_memory = scratch.make_memory().await;
        Ok(scratch)
    }

    /// The version of the server.
    #[must_use]
    pub fn server_version(&self) -> ServerVersion {
        self.version
    }

    /// How far what runs on the server is trusted.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// Whether the server is Limbeck's own, so that roles of it may be changed.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.place, ServerKind::Own(_))
    }

    /// The server, as the database that statements about databases are sent to.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Makes a database for this run, as a copy of `template` or empty; a copy is in memory where that
    /// can be. Its name tells purpose, process and time.
    ///
    /// # Errors
    ///
    /// [`ScratchError::MayNotCreate`] when the role lacks `CREATEDB`.
    pub async fn create_database(
        &mut self,
        purpose: &str,
        template: Option<&str>,
    ) -> Result<ScratchDatabase, ScratchError> {
        if let Some(template) = template.filter(|_| self.in_memory) {
            let place = format!(" TABLESPACE {MEMORY}");
            match self.create(purpose, Some(template), &place).await {
                Ok(database) => return Ok(database),
                Err(error) => tracing::debug!(%error, "no scratch database in memory"),
            }
        }
        self.create(purpose, template, "").await
    }

    /// Makes a database that [`Self::into_template`] can keep beyond this run.
    ///
    /// # Errors
    ///
    /// As [`Self::create_database`].
    pub async fn create_base(
        &mut self,
        purpose: &str,
        template: Option<&str>,
    ) -> Result<ScratchDatabase, ScratchError> {
        self.create(purpose, template, "").await
    }

    async fn create(
        &mut self,
        purpose: &str,
        template: Option<&str>,
        place: &str,
    ) -> Result<ScratchDatabase, ScratchError> {
        let name = name::scratch_database(purpose);
        // What the administrator of a server put into template1 is not the state of the revisions.
        let owner = match &self.place {
            ServerKind::Own(_) => format!(" OWNER {}", login::OWNER),
            ServerKind::Given | ServerKind::Configured => String::new(),
        };
        self.copy(
            template.unwrap_or("template0"),
            &name,
            &format!("{owner}{place}"),
        )
        .await?;
        self.created.insert(name.clone());
        if let (ServerKind::Own(cluster), None) = (&self.place, template) {
            // Nobody else has been in there yet.
            let mut fresh = database::connect(&cluster.url(&name), &name).await?;
            let adopted = fresh.batch(&login::adopt_sql()).await;
            adopted
                .map_err(|source| query_error(format!("hand over database `{name}`"), source))?;
            let _ = fresh.close().await;
        }
        if let Some(template) = template {
            // One that another role made cannot be commented on, and serves all the same.
            let _ = self.mark_used(template).await;
        }
        Ok(self.database(name))
    }

    /// Sets the `search_path` of sessions on a scratch database.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`] when the path is none.
    pub async fn set_search_path(
        &mut self,
        database: &ScratchDatabase,
        path: &str,
    ) -> Result<(), ScratchError> {
        // The server reads the path, as it does for a run; pasted in, it could end in another statement.
        let sql = format!(
            "SELECT pg_catalog.set_config('search_path', {}, true); \
             ALTER DATABASE {} SET search_path FROM CURRENT",
            literal(path),
            quote(&database.name)
        );
        self.query(&sql, "set the search path").await.map(|_| ())
    }

    /// Whether the server has a database of this name.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`].
    pub async fn has_database(&mut self, name: &str) -> Result<bool, ScratchError> {
        let sql = format!(
            "SELECT 1 FROM pg_database WHERE datname = {}",
            literal(name)
        );
        let rows = self.query(&sql, "look up databases").await?;
        Ok(!rows.is_empty())
    }

    /// Gives a database a name that later runs give it, too, where no other run can have taken that: on a
    /// server of Limbeck's own. Nobody may be connected to it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`] when it cannot be renamed.
    pub async fn give_name(
        &mut self,
        database: ScratchDatabase,
        name: &str,
    ) -> Result<ScratchDatabase, ScratchError> {
        if !self.is_own() {
            return Ok(database);
        }
        let name = format!("{}{name}", name::STANDING_PREFIX);
        let sql = format!(
            "ALTER DATABASE {} RENAME TO {}",
            quote(&database.name),
            quote(&name)
        );
        self.execute_when_free(&sql, &database.name)
            .await
            .map_err(|source| {
                query_error(format!("rename database `{}`", database.name), source)
            })?;
        self.created.remove(&database.name);
        self.created.insert(name.clone());
        Ok(self.database(name))
    }

    /// How many sessions a database has, and how many transactions it has seen: where neither is more than it
    /// was, nobody has used it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::Query`].
    pub async fn use_of(&mut self, name: &str) -> Result<DatabaseUse, ScratchError> {
        let sql = format!(
            "SELECT numbackends, xact_commit + xact_rollback FROM pg_catalog.pg_stat_database \
             WHERE datname = {}",
            literal(name)
        );
        let rows = self.query(&sql, "ask who uses a database").await?;
        let mut row = rows.into_iter().flatten().flatten();
        let mut number = || row.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(DatabaseUse {
            sessions: number(),
            transactions: number(),
        })
    }

    /// The database of this name, to connect to as who runs the SQL of a checkout.
    #[must_use]
    pub fn database(&self, name: impl Into<String>) -> ScratchDatabase {
        let name = name.into();
        let url = match &self.place {
            ServerKind::Own(cluster) => cluster.url_of(login::LOGIN, &name),
            ServerKind::Given | ServerKind::Configured => self.url.with_database(&name),
        };
        let allowance = match (&self.place, self.trust) {
            (ServerKind::Own(cluster), Trust::Nothing) if !self.extensions.is_empty() => {
                Some(Allowance {
                    names: self.extensions.clone(),
                    admin: cluster.url(&name),
                })
            }
            _ => None,
        };
        ScratchDatabase {
            name,
            url,
            allowance,
        }
    }

    /// Drops a database, and throws out who is connected to it.
    ///
    /// # Errors
    ///
    /// [`ScratchError::NotScratch`] for a name that does not begin with `limbeck_`.
    pub async fn drop_database(&mut self, name: &str) -> Result<(), ScratchError> {
        self.drop_with(name, " WITH (FORCE)").await
    }

    /// Drops what this run created, and stops the server if it is Limbeck's own.
    ///
    /// # Errors
    ///
    /// The first thing that fails; the rest is done all the same.
    pub async fn close(mut self) -> Result<(), ScratchError> {
        let mut outcome = Ok(());
        // The databases of a cluster that goes with this run go with it.
        let goes = matches!(&self.place, ServerKind::Own(cluster) if !cluster.is_kept());
        for name in std::mem::take(&mut self.created) {
            if !goes {
                outcome = outcome.and(self.drop_database(&name).await);
            }
        }
        if self.in_memory && !goes {
            // The next run drops it where this one cannot.
            let _ = self
                .admin
                .execute(&format!("DROP TABLESPACE {MEMORY}"))
                .await;
        }
        // The server notices a closed connection by itself.
        let _ = self.admin.close().await;
        match self.place {
            ServerKind::Own(cluster) => outcome.and(cluster.stop().map_err(ScratchError::from)),
            ServerKind::Given | ServerKind::Configured => outcome,
        }
    }

    /// Makes the tablespace in memory anew; what an earlier one held went with its run.
    async fn make_memory(&mut self) -> bool {
        let ServerKind::Own(cluster) = &self.place else {
            return false;
        };
        let Some(folder) = cluster.memory_dir() else {
            return false;
        };
        let drop = format!("DROP TABLESPACE IF EXISTS {MEMORY}");
        let create = format!(
            "CREATE TABLESPACE {MEMORY} LOCATION {}",
            literal(&folder.display().to_string())
        );
        for sql in [drop, create] {
            // Databases are made on disk then, which takes longer and serves as well.
            if let Err(error) = self.admin.execute(&sql).await {
                tracing::debug!(%error, "no scratch databases in memory");
                return false;
            }
        }
        true
    }

    async fn copy(&mut self, template: &str, name: &str, place: &str) -> Result<(), ScratchError> {
        // Copying files waits for a checkpoint, which is what makes it slow on a server that syncs;
        // without fsync it takes half the time of writing the copy to the log.
        let strategy = if self.is_own() && self.version.major() >= 15 {
            " STRATEGY file_copy"
        } else {
            ""
        };
        let sql = format!(
            "CREATE DATABASE {} TEMPLATE {}{strategy}{place}",
            quote(name),
            quote(template)
        );
        match self.execute_when_free(&sql, template).await {
            Ok(()) => Ok(()),
            Err(error) if error.has_code(INSUFFICIENT_PRIVILEGE) => {
                Err(ScratchError::MayNotCreate {
                    role: self.url.user().unwrap_or_default().to_owned(),
                    url: self.url.clone(),
                    source: Box::new(error),
                })
            }
            Err(error) => Err(query_error(format!("create database `{name}`"), error)),
        }
    }

    /// Runs a statement that needs `database` without connections.
    async fn execute_when_free(&mut self, sql: &str, database: &str) -> Result<(), QueryError> {
        self.let_backends_go(database).await?;
        let started = Instant::now();
        loop {
            match self.admin.execute(sql).await {
                Err(error) if error.has_code(OBJECT_IN_USE) && started.elapsed() < BUSY_LIMIT => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                outcome => return outcome.map(|_| ()),
            }
        }
    }

    /// Waits a moment for the backends of closed connections: they outlive their clients by a
    /// millisecond, and a statement that meets one sleeps a tenth of a second.
    async fn let_backends_go(&mut self, database: &str) -> Result<(), QueryError> {
        let sql = format!(
            "SELECT 1 FROM pg_stat_activity WHERE datname = {}",
            literal(database)
        );
        for _ in 0..30 {
            if rows(&mut self.admin, &sql).await?.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    async fn drop_with(&mut self, name: &str, options: &str) -> Result<(), ScratchError> {
        if !name.starts_with(name::PREFIX) {
            return Err(ScratchError::NotScratch {
                name: name.to_owned(),
            });
        }
        let sql = format!("DROP DATABASE IF EXISTS {}{options}", quote(name));
        let mut outcome = match self.let_backends_go(name).await {
            Ok(()) => self.admin.execute(&sql).await,
            Err(error) => Err(error),
        };
        if outcome.as_ref().is_err_and(obstacle::may_be_cleared) {
            let url = match &self.place {
                ServerKind::Own(cluster) => cluster.url(name),
                ServerKind::Given | ServerKind::Configured => self.url.with_database(name),
            };
            obstacle::clear(&mut self.admin, &url, name).await?;
            outcome = self.admin.execute(&sql).await;
        }
        match outcome {
            Ok(_) => {
                self.created.remove(name);
                Ok(())
            }
            Err(source) => Err(query_error(format!("drop database `{name}`"), source)),
        }
    }

    async fn query(
        &mut self,
        sql: &str,
        what: &str,
    ) -> Result<Vec<limbeck::connection::TextRow>, ScratchError> {
        rows(&mut self.admin, sql)
            .await
            .map_err(|source| query_error(what.to_owned(), source))
    }
}

async fn choose(options: &ScratchOptions) -> Result<(DatabaseUrl, ServerKind), ScratchError> {
    if let Some(url) = &options.scratch_url {
        return Ok((url.clone(), ServerKind::Given));
    }
    if let Some(server) = server::find(&options.server)? {
        let cluster = Cluster::start(&server, &options.server).await?;
        return Ok((cluster.url("postgres"), ServerKind::Own(cluster)));
    }
    Ok((configured_server(options)?, ServerKind::Configured))
}

/// The configured server, which is often production, also where a tunnel has its end on this machine.
fn configured_server(options: &ScratchOptions) -> Result<DatabaseUrl, ScratchError> {
    let url = options
        .url
        .as_ref()
        .filter(|url| url.dialect() == Dialect::Postgres);
    match url {
        Some(url) if options.same_server => Ok(url.clone()),
        url => Err(ScratchError::NoServer { url: url.cloned() }),
    }
}

/// The rows of a query of Limbeck's own, whose names are those of `pg_catalog`: on a server that is given,
/// others may have put theirs on the path.
async fn rows(
    connection: &mut Connection,
    sql: &str,
) -> Result<Vec<limbeck::connection::TextRow>, QueryError> {
    let sql = format!("{}{sql}", own_names::BEGIN);
    let sets = connection.query_sets(&sql).await?;
    Ok(sets.into_iter().next_back().unwrap_or_default())
}

fn query_error(what: String, source: QueryError) -> ScratchError {
    ScratchError::Query {
        what,
        source: Box::new(source),
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_server_is_used_only_when_that_is_said() {
        let options = |url: &str, same_server| ScratchOptions {
            scratch_url: None,
            url: DatabaseUrl::parse(url, std::path::Path::new("/")).ok(),
            same_server,
            server: ServerOptions::new("/no/such/cache"),
        };
        for url in ["postgres://u@localhost/db", "postgres://u@h.example/db"] {
            assert!(configured_server(&options(url, true)).is_ok());
            let error = configured_server(&options(url, false));
            let error = error.expect_err("a server for something else");
            assert!(matches!(error, ScratchError::NoServer { url: Some(_) }));
        }
        let error = configured_server(&options("sqlite:x.db", true));
        let error = error.expect_err("not PostgreSQL");
        assert!(matches!(error, ScratchError::NoServer { url: None }));
    }
}
