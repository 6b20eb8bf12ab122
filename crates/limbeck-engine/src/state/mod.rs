//! The state that revisions build, found by replaying them on a scratch database.
//!
//! Not here: what the state is compared with (`autogenerate`, `drift`), nor whether a revision
//! undoes what it does (`proof`).

pub(crate) mod cache;
mod error;
mod files;
mod guard;
mod hash;
mod image;
mod order;
mod prelude;
mod replay;
pub(crate) mod roles;
mod stand;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use limbeck_core::compare::without;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{RevisionId, Section};
use limbeck_core::schema::{DefaultSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::inspect::{InspectError, InspectOptions, Residue, Snapshot, snapshot};
use crate::scratch::{
    Scratch, ScratchDatabase, ScratchError, ScratchOptions, ServerVersion, find_server,
};
use limbeck::connection::Connection;
use limbeck::folder::Folder;

use self::image::Image;

pub use self::error::{Part, StateError};
pub use self::guard::{BeyondDatabase, Outside};
pub(crate) use self::prelude::prelude_keys;
pub use self::prelude::{Missing, missing_from_prelude, missing_roles};

/// Part of every hash: cached states of another format are not found.
const FORMAT: u32 = 12;

/// What the revisions build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The objects of the revisions: what the prelude made is not among them.
    pub schema: Schema,
    /// The objects of the prelude.
    pub prelude: Schema,
    /// What the state is cached under.
    #[serde(skip)]
    pub hash: String,
}

/// Where states are found.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Scratch databases of PostgreSQL.
    pub scratch: ScratchOptions,
    /// What is left out of every state.
    pub inspect: InspectOptions,
    /// The `search_path` that revisions run under (PostgreSQL), where it is not the server's.
    pub search_path: Option<String>,
    /// Where found states are kept; `None` keeps none.
    pub cache: Option<PathBuf>,
}

/// Scratch databases of one dialect. A server is started when the first one is needed.
#[derive(Debug)]
pub struct Bench {
    dialect: Dialect,
    options: BenchOptions,
    scratch: Option<Scratch>,
    server: Option<String>,
    version: Option<ServerVersion>,
    /// A copy that nothing was changed in.
    spare: Option<Copy>,
    /// What was asked for last, which is what is asked for next in most commands.
    last: Option<KnownState>,
    /// What is there before all revisions.
    base: Option<KnownState>,
    /// Whether it is read on the way, where a replay passes it.
    reads_base: bool,
    /// Checksums of upgrades, and what they were taken of: another folder may have another text.
    checksums: BTreeMap<RevisionId, (Section, String)>,
    /// SQLite databases that were made last.
    images: VecDeque<Image>,
}

/// What is known of the database after some revisions.
#[derive(Debug)]
struct KnownState {
    state: Arc<State>,
    /// Only proofs need it, and it is the larger part.
    residue: Option<Arc<Residue>>,
}

/// A scratch database in a known state, to be changed at will.
#[derive(Debug)]
pub struct Copy {
    /// The open connection.
    pub connection: Connection,
    database: Option<ScratchDatabase>,
    /// What it is a copy of.
    hash: String,
}

/// A scratch database to which nobody is connected, in the state of `hash`.
struct Made {
    database: ScratchDatabase,
    hash: String,
    /// Whether it is to be kept as the template of that state.
    becomes_template: bool,
}

impl Bench {
    /// A bench without any database yet.
    #[must_use]
    pub fn new(dialect: Dialect, options: BenchOptions) -> Self {
        Self {
            dialect,
            options,
            scratch: None,
            server: None,
            version: None,
            spare: None,
            last: None,
            base: None,
            reads_base: false,
            checksums: BTreeMap::new(),
            images: VecDeque::new(),
        }
    }

    /// The dialect.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Says that the state before all revisions will be asked for besides another one: the first replay
    /// reads it on its way, and does not make a database for it alone.
    pub fn expect_base(&mut self) {
        self.reads_base = true;
    }

    /// The schema that names without one are in.
    #[must_use]
    pub fn default_schema(&self) -> DefaultSchema {
        match self.dialect {
            Dialect::Postgres => self.options.inspect.default_schema.clone(),
            Dialect::Sqlite => DefaultSchema::default(),
        }
    }

    /// What is left out of every state.
    #[must_use]
    pub fn inspect_options(&self) -> &InspectOptions {
        &self.options.inspect
    }

    /// The folder of the cache.
    pub(crate) fn cache(&self) -> Option<&PathBuf> {
        self.options.cache.as_ref()
    }

    /// The version of the PostgreSQL server that answers; none for SQLite, which is built in.
    ///
    /// # Errors
    ///
    /// No server can be had.
    pub async fn server_version(&mut self) -> Result<Option<ServerVersion>, StateError> {
        if self.dialect == Dialect::Sqlite || self.version.is_some() {
            return Ok(self.version);
        }
        // The binaries tell their version without being started.
        let found = match &self.options.scratch.scratch_url {
            Some(_) => None,
            None => find_server(&self.options.scratch.server).map_err(ScratchError::from)?,
        };
        let version = match found {
            Some(server) => server.version,
            None => self.scratch().await?.server_version(),
        };
        self.version = Some(version);
        Ok(self.version)
    }

    /// The server that answers, as messages name it: `PostgreSQL 15.13`.
    ///
    /// # Errors
    ///
    /// No server can be had.
    pub async fn server(&mut self) -> Result<String, StateError> {
        if let Some(server) = &self.server {
            return Ok(server.clone());
        }
        let server = match self.server_version().await? {
            None => {
                let mut connection = Connection::memory().await?;
                let rows = connection
                    .query_text("SELECT sqlite_version()")
                    .await
                    .map_err(InspectError::from)?;
                let version = rows.into_iter().flatten().flatten().next();
                format!("SQLite {}", version.unwrap_or_default())
            }
            Some(version) => format!("PostgreSQL {version}"),
        };
        self.server = Some(server.clone());
        Ok(server)
    }

    /// The state after `revisions` and all that they build on.
    ///
    /// # Errors
    ///
    /// A revision that cannot be replayed, or no scratch database.
    pub async fn state(
        &mut self,
        folder: &Folder,
        revisions: &[RevisionId],
    ) -> Result<Arc<State>, StateError> {
        let path = folder.graph.upgrade_path(&[], revisions)?;
        let hash = self.hash(folder, &path).await?;
        if let Some(known) = self.known(&hash) {
            return Ok(Arc::clone(&known.state));
        }
        let Some(mut state) = cache::read::<State>(self.cache(), "state", &hash) else {
            return Ok(self.replayed(folder, revisions, hash).await?.0);
        };
        state.hash = hash;
        let state = Arc::new(state);
        let known = KnownState {
            state: Arc::clone(&state),
            residue: None,
        };
        *self.place(path.is_empty()) = Some(known);
        Ok(state)
    }

    fn known(&mut self, hash: &str) -> Option<&mut KnownState> {
        [&mut self.last, &mut self.base]
            .into_iter()
            .flatten()
            .into_iter()
            .find(|one| one.state.hash == hash)
    }

    fn place(&mut self, is_base: bool) -> &mut Option<KnownState> {
        if is_base {
            &mut self.base
        } else {
            &mut self.last
        }
    }

    /// The whole database after `revisions` and all that they build on, as text and without going
    /// through `Schema`.
    ///
    /// # Errors
    ///
    /// As [`Self::state`].
    pub async fn residue(
        &mut self,
        folder: &Folder,
        revisions: &[RevisionId],
    ) -> Result<Arc<Residue>, StateError> {
        let hash = self.state(folder, revisions).await?.hash.clone();
        if let Some(residue) = self.known(&hash).and_then(|one| one.residue.as_ref()) {
            return Ok(Arc::clone(residue));
        }
        let Some(residue) = cache::read::<Residue>(self.cache(), "residue", &hash) else {
            return Ok(self.replayed(folder, revisions, hash).await?.1);
        };
        let residue = Arc::new(residue);
        if let Some(known) = self.known(&hash) {
            known.residue = Some(Arc::clone(&residue));
        }
        Ok(residue)
    }

    /// Reads a scratch database after `revisions`, and keeps what was read.
    async fn replayed(
        &mut self,
        folder: &Folder,
        revisions: &[RevisionId],
        hash: String,
    ) -> Result<(Arc<State>, Arc<Residue>), StateError> {
        let is_base = folder.graph.upgrade_path(&[], revisions)?.is_empty();
        self.reads_base |= folder.prelude(self.dialect).is_some();
        let found = self.read(folder, revisions).await?;
        let prelude = if is_base || folder.prelude(self.dialect).is_none() {
            Schema::default()
        } else {
            Box::pin(self.state(folder, &[])).await?.prelude.clone()
        };
        Ok(self.keep(found, is_base, prelude, hash))
    }

    /// Keeps what was read, for this run and later ones. All that is there before the first revision
    /// belongs to others.
    fn keep(
        &mut self,
        found: Snapshot,
        is_base: bool,
        prelude: Schema,
        hash: String,
    ) -> (Arc<State>, Arc<Residue>) {
        let Snapshot {
            mut schema,
            residue,
        } = found;
        let state = if is_base {
            State {
                schema: Schema {
                    default_schema: schema.default_schema.clone(),
                    ..Schema::default()
                },
                prelude: schema,
                hash,
            }
        } else {
            without(&mut schema, &prelude);
            State {
                schema,
                prelude,
                hash,
            }
        };
        cache::write(self.cache(), "state", &state.hash, &state);
        cache::write(self.cache(), "residue", &state.hash, &residue);
        let (state, residue) = (Arc::new(state), Arc::new(residue));
        let known = KnownState {
            state: Arc::clone(&state),
            residue: Some(Arc::clone(&residue)),
        };
        *self.place(is_base) = Some(known);
        (state, residue)
    }

    /// Reads a scratch database in the state after `revisions`. What was replayed for it is read where it
    /// is, since reading changes nothing, and becomes the template after that.
    async fn read(
        &mut self,
        folder: &Folder,
        revisions: &[RevisionId],
    ) -> Result<Snapshot, StateError> {
        let path = folder.graph.upgrade_path(&[], revisions)?;
        if self.dialect == Dialect::Sqlite {
            let mut copy = self.copy(folder, revisions).await?;
            return Ok(snapshot(&mut copy.connection, &self.options.inspect).await?);
        }
        let made = self.postgres_database(folder, &path).await?;
        let mut connection = made.database.connect().await?;
        let outcome = snapshot(&mut connection, &self.options.inspect).await;
        let _ = connection.close().await;
        let scratch = self.scratch().await?;
        if made.becomes_template && outcome.is_ok() {
            scratch.into_template(made.database, &made.hash).await?;
        } else {
            scratch.drop_database(&made.database.name).await?;
        }
        Ok(outcome?)
    }

    /// A scratch database in the state after `revisions`.
    ///
    /// # Errors
    ///
    /// A revision that cannot be replayed, or no scratch database.
    pub async fn copy(
        &mut self,
        folder: &Folder,
        revisions: &[RevisionId],
    ) -> Result<Copy, StateError> {
        let path = folder.graph.upgrade_path(&[], revisions)?;
        match self.dialect {
            Dialect::Sqlite => self.sqlite_copy(folder, &path).await,
            Dialect::Postgres => self.postgres_copy(folder, &path).await,
        }
    }

    /// Takes a scratch database back that is as it was, for the next one who asks for the same state.
    ///
    /// # Errors
    ///
    /// The server does not drop the one that was kept before.
    pub async fn put_back(&mut self, copy: Copy) -> Result<(), StateError> {
        match self.spare.replace(copy) {
            Some(former) => self.discard(former).await,
            None => Ok(()),
        }
    }

    /// Drops a scratch database.
    ///
    /// # Errors
    ///
    /// The server does not drop it.
    pub async fn discard(&mut self, copy: Copy) -> Result<(), StateError> {
        let Copy {
            connection,
            database,
            hash: _,
        } = copy;
        // Whatever the goodbye says, the database goes.
        let _ = connection.close().await;
        if let (Some(database), Some(scratch)) = (database, &mut self.scratch) {
            scratch.drop_database(&database.name).await?;
        }
        Ok(())
    }

    /// Drops what is left and stops what was started.
    ///
    /// # Errors
    ///
    /// The server does not stop.
    pub async fn close(mut self) -> Result<(), StateError> {
        if let Some(spare) = self.spare.take() {
            self.discard(spare).await?;
        }
        match self.scratch {
            Some(scratch) => Ok(scratch.close().await?),
            None => Ok(()),
        }
    }

    /// Whether roles and the like can be made on the scratch server, which nobody else uses.
    pub(crate) fn is_on_own_server(&self) -> bool {
        self.scratch.as_ref().is_none_or(Scratch::is_own)
    }

    /// The same, once it has been started.
    async fn has_own_server(&mut self) -> Result<bool, StateError> {
        Ok(self.scratch().await?.is_own())
    }

    async fn scratch(&mut self) -> Result<&mut Scratch, StateError> {
        if self.scratch.is_none() {
            self.scratch = Some(Scratch::open(&self.options.scratch).await?);
        }
        self.scratch
            .as_mut()
            .ok_or(StateError::Scratch(ScratchError::NoServer { url: None }))
    }

    /// A copy of its own for whoever asks: the one that was put back, or a copy of the template.
    async fn postgres_copy(
        &mut self,
        folder: &Folder,
        path: &[&RevisionId],
    ) -> Result<Copy, StateError> {
        if let Some(spare) = self.spare.take() {
            if spare.hash == self.hash(folder, path).await? {
                return Ok(spare);
            }
            self.discard(spare).await?;
        }
        let Made {
            mut database,
            hash,
            becomes_template,
        } = self.postgres_database(folder, path).await?;
        if becomes_template {
            let search_path = self.options.search_path.clone();
            let scratch = self.scratch().await?;
            let template = scratch.into_template(database, &hash).await?;
            database = scratch.create_database("replay", Some(&template)).await?;
            if let Some(path) = &search_path {
                scratch.set_search_path(&database, path).await?;
            }
        }
        Ok(Copy {
            connection: database.connect().await?,
            database: Some(database),
            hash,
        })
    }

    /// Copies the template of the longest known part of the path, and replays the rest. Nobody is
    /// connected to it.
    async fn postgres_database(
        &mut self,
        folder: &Folder,
        path: &[&RevisionId],
    ) -> Result<Made, StateError> {
        let hashes = self.hashes(folder, path).await?;
        let search_path = self.options.search_path.clone();
        let scratch = self.scratch().await?;
        let templates = scratch.templates().await?;
        let known = hashes.iter().enumerate().rev().find_map(|(length, hash)| {
            let name = Scratch::template_name(hash);
            templates.contains(&name).then_some((length, name))
        });
        let template = known.as_ref().map(|(_, name)| name.as_str());
        let done = known.as_ref().map(|(length, _)| *length);
        let becomes_template = done != Some(path.len()) && scratch.keeps_templates();
        let database = if becomes_template {
            scratch.create_base("replay", template).await?
        } else {
            scratch.create_database("replay", template).await?
        };
        if let Some(path) = &search_path {
            scratch.set_search_path(&database, path).await?;
        }
        if done != Some(path.len()) {
            let mut connection = database.connect().await?;
            if done.is_none() {
                self.run_prelude(&mut connection, folder).await?;
                self.make_default_schema(&mut connection, folder).await?;
                if self.reads_base && !path.is_empty() && self.known(&hashes[0]).is_none() {
                    let mut fresh = database.connect().await?;
                    let found = snapshot(&mut fresh, &self.options.inspect).await?;
                    let _ = fresh.close().await;
                    self.keep(found, true, Schema::default(), hashes[0].clone());
                }
            }
            for id in &path[done.unwrap_or(0)..] {
                self.replay(&mut connection, folder, id).await?;
            }
            // What a revision has set for its session ends with that.
            let _ = connection.close().await;
        }
        Ok(Made {
            database,
            hash: hashes.into_iter().next_back().unwrap_or_default(),
            becomes_template,
        })
    }
}
