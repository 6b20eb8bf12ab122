//! Running revisions from an application, whose binary holds them.
//!
//! ```no_run
//! use limbeck::migrator::{AtStart, Migrator};
//!
//! static MIGRATOR: Migrator = limbeck::embed!("examples/migrations");
//!
//! # async fn start(pool: sqlx::PgPool) -> Result<(), limbeck::migrator::MigratorError> {
//! MIGRATOR.start(&pool, AtStart::Upgrade).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Not here: how revisions are written, compared and proven, which is the command's.

#[cfg(any(
    feature = "diesel",
    feature = "sea-orm-migration",
    feature = "sqlx-migrate"
))]
mod adapter;
#[cfg(feature = "clap")]
mod command;
mod database;
mod embedded;
mod error;
mod status;
#[cfg(feature = "test")]
mod test_database;
mod wait;

use std::pin::Pin;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use limbeck_core::revision::{Direction, Graph, Requirement, RevisionId};

use crate::connection::Connection;
use crate::run::{
    self, Changed, Event, Hook, HookConnection, HookError, HookFn, Hooks, OnEvent, RunOptions,
    Stamp,
};

#[cfg(feature = "sea-orm-migration")]
pub use self::adapter::{Revisions, SeaOrm};
#[cfg(feature = "clap")]
pub use self::command::{Command, Outcome};
pub use self::database::Database;
pub use self::embedded::Embedded;
use self::embedded::Source;
pub use self::error::MigratorError;
pub use self::status::Status;
#[cfg(feature = "test")]
pub use self::test_database::TestDatabase;

/// The revisions of an application, and how they are run.
///
/// Revisions are named as on the command line: `head`, `heads`, `base`, an id or the start of one, `label@head`,
/// `+1` and `-1`.
#[derive(Debug)]
pub struct Migrator {
    source: Source,
    options: Option<RunOptions>,
    newer: Newer,
    hooks: Vec<(String, Hook)>,
    graph: OnceLock<Graph>,
}

/// What an application does about its database when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtStart {
    /// It runs what is pending. Of several that start at once one does, and the others wait for it.
    Upgrade,
    /// It waits until somebody else has run what is pending, for this long at most, also for a server that is not there yet
    /// or starts again. Then it fails with what was wrong last.
    Wait(Duration),
    /// It refuses to start while something is pending.
    Check,
}

/// What is done on a database with revisions that this binary does not have: a newer release was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newer {
    /// It is an error that names them.
    #[default]
    Refuse,
    /// It is fine while nothing of this binary is pending, also while a newer release is on its way: newer releases keep
    /// older ones working.
    Serve,
}

/// How often a waiting application looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What says where a database is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SaidBy {
    History,
    /// The table of another tool, where there is no history yet.
    OtherTool,
}

impl Migrator {
    /// The revisions of [`crate::embed!`].
    #[doc(hidden)]
    #[must_use]
    pub const fn embedded(folders: &'static [Embedded]) -> Self {
        Self::of(Source::Embedded(folders))
    }

    /// Revisions by the names of their files and their texts.
    #[must_use]
    pub const fn from_files(files: Vec<(String, String)>) -> Self {
        Self::of(Source::Files(files))
    }

    const fn of(source: Source) -> Self {
        Self {
            source,
            options: None,
            newer: Newer::Refuse,
            hooks: Vec::new(),
            graph: OnceLock::new(),
        }
    }

    /// Runs with these options instead of the usual ones.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// What is done on a database that a newer release has been at.
    #[must_use]
    pub const fn with_newer(mut self, newer: Newer) -> Self {
        self.newer = newer;
        self
    }

    /// Has a function change data in the transaction of a revision, whose header says `-- requires: hook`.
    ///
    /// ```
    /// use std::sync::LazyLock;
    ///
    /// use limbeck::migrator::Migrator;
    /// use sqlx::PgConnection;
    ///
    /// static MIGRATOR: LazyLock<Migrator> =
    ///     LazyLock::new(|| limbeck::embed!("examples/migrations").with_hook("a90d44e6c175", shorten));
    ///
    /// async fn shorten(connection: &mut PgConnection) -> sqlx::Result<()> {
    ///     let notes: Vec<(i64, String)> = sqlx::query_as("SELECT id, text FROM notes")
    ///         .fetch_all(&mut *connection)
    ///         .await?;
    ///     for (id, text) in notes {
    ///         let update = sqlx::query("UPDATE notes SET text = $1 WHERE id = $2");
    ///         update.bind(text.trim()).bind(id).execute(&mut *connection).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = &*MIGRATOR;
    /// ```
    ///
    /// The revision is named by its whole id. Its error may be of any type that becomes a
    /// [`HookError`]. A function that needs more than the connection is one of
    /// [`Self::with_boxed_hook`].
    ///
    /// It is called at the end of the upgrade, behind its last statement and before the history is written, in the
    /// transaction of the last step; where that step has none, in one of its own. If it fails, the step is rolled
    /// back. The way back is the SQL of the downgrade alone. An application on both databases gives a revision one
    /// function for `PgConnection` and one for `SqliteConnection`; two for one of them are an error.
    ///
    /// The transaction is the step's. On PostgreSQL `begin` makes a savepoint in it; on SQLite it is an error, and
    /// `COMMIT` is refused. A function that ends it all the same is an error of the run.
    ///
    /// The command does not have the function: `limbeck upgrade` refuses the revision, and so does a `Migrator`
    /// without it, before anything runs. What proofs and tests of revisions run is the SQL.
    #[must_use]
    pub fn with_hook<C, F>(mut self, revision: impl Into<String>, hook: F) -> Self
    where
        C: HookConnection,
        F: for<'c> HookFn<'c, C>,
    {
        self.hooks.push((revision.into(), C::keep(hook)));
        self
    }

    /// The same for a closure, which may hold what it needs: a key, a client, the configuration.
    ///
    /// ```
    /// use limbeck::migrator::Migrator;
    /// use sqlx::PgConnection;
    ///
    /// fn migrator(mark: String) -> Migrator {
    ///     let migrator = limbeck::embed!("examples/migrations");
    ///     migrator.with_boxed_hook("a90d44e6c175", move |connection: &mut PgConnection| {
    ///         let mark = mark.clone();
    ///         Box::pin(async move {
    ///             let update = sqlx::query("UPDATE notes SET text = $1 || text");
    ///             update.bind(mark).execute(connection).await?;
    ///             Ok(())
    ///         })
    ///     })
    /// }
    /// # let _ = migrator("- ".to_owned());
    /// ```
    #[must_use]
    pub fn with_boxed_hook<C, F>(self, revision: impl Into<String>, hook: F) -> Self
    where
        C: HookConnection,
        F: for<'c> Fn(
                &'c mut C,
            )
                -> Pin<Box<dyn Future<Output = Result<(), HookError>> + Send + 'c>>
            + Send
            + Sync
            + 'static,
    {
        self.with_hook(revision, hook)
    }

    /// The revisions.
    ///
    /// # Errors
    ///
    /// A file is no revision, they do not fit together, a function is of a revision that does not ask for one, or
    /// there are two of one; in debug builds also when the folder holds others by now than the binary.
    pub fn graph(&self) -> Result<&Graph, MigratorError> {
        if let Some(graph) = self.graph.get() {
            return Ok(graph);
        }
        let graph = self.source.read()?;
        self.check_hooks(&graph)?;
        Ok(self.graph.get_or_init(|| graph))
    }

    fn check_hooks(&self, graph: &Graph) -> Result<(), MigratorError> {
        let options = self.options.as_ref();
        let mut hooks = options.map_or_else(Hooks::default, |options| options.hooks.clone());
        for (id, hook) in &self.hooks {
            let revision = graph.iter().find(|revision| revision.id.as_str() == *id);
            let revision = revision.ok_or_else(|| MigratorError::HookOfNothing(id.clone()))?;
            let id = revision.id.clone();
            if !revision.requires.contains(&Requirement::Hook) {
                let file = graph.file(&id).unwrap_or_default().to_owned();
                return Err(MigratorError::HookNotAskedFor { id, file });
            }
            if let Some(dialect) = hooks.has_another(&id, hook) {
                return Err(MigratorError::TwoHooks { id, dialect });
            }
            hooks.insert(id, hook.clone());
        }
        Ok(())
    }

    /// Does what an application does when it starts, and tells where the database is then.
    ///
    /// # Errors
    ///
    /// [`MigratorError`]. Of a revision that fails the steps that were done stay, and the next start goes on behind them: a
    /// step is one transaction, and outside of one each statement is. Where the connection is lost while the database
    /// ends a transaction, the database alone knows, and the next start asks it.
    pub async fn start<D: Database + ?Sized>(
        &self,
        database: &D,
        policy: AtStart,
    ) -> Result<Status, MigratorError> {
        let begun = Instant::now();
        loop {
            let rest = match policy {
                AtStart::Wait(limit) => limit.saturating_sub(begun.elapsed()),
                AtStart::Upgrade | AtStart::Check => Duration::ZERO,
            };
            let (status, by) = match self.look(database).await {
                Err(error) if !rest.is_zero() && wait::passes(&error) => {
                    tracing::info!("the database cannot be read yet, waiting: {error}");
                    tokio::time::sleep(PAUSE.min(rest)).await;
                    continue;
                }
                outcome => outcome?,
            };
            self.accept(&status)?;
            let accepts = self.options().changed == Changed::Accept;
            // An upgrade writes down what another tool's table says, which may be dropped.
            let is_written = by == SaidBy::History || policy != AtStart::Upgrade;
            if status.is_at_head() && is_written && (status.changed.is_empty() || accepts) {
                return Ok(status);
            }
            match policy {
                AtStart::Upgrade => {
                    self.upgrade(database, "heads").await?;
                    let status = self.status(database).await?;
                    if status.is_at_head() {
                        return Ok(status);
                    }
                    return Err(MigratorError::NotKept(Box::new(status)));
                }
                AtStart::Wait(_) if !status.is_at_head() && !rest.is_zero() => {
                    tokio::time::sleep(PAUSE.min(rest)).await;
                }
                AtStart::Wait(_) | AtStart::Check => {
                    return Err(MigratorError::Pending(Box::new(status)));
                }
            }
        }
    }

    /// Tells where a database is: by the table of another tool where revisions stand for its migrations and there is no
    /// history yet, which is read then, too. It reads once otherwise, and writes nothing.
    ///
    /// # Errors
    ///
    /// The database cannot be reached or read.
    pub async fn status<D: Database + ?Sized>(
        &self,
        database: &D,
    ) -> Result<Status, MigratorError> {
        let (status, _) = self.look(database).await?;
        Ok(status)
    }

    async fn look<D: Database + ?Sized>(
        &self,
        database: &D,
    ) -> Result<(Status, SaidBy), MigratorError> {
        let graph = self.graph()?;
        let mut connection = database.look().await?;
        let options = self.options();
        let outcome = run::read_as_taken_over(&mut connection, graph, &options).await;
        let dialect = connection.dialect();
        close(connection).await;
        let applied = outcome?;
        let by = if applied.has_tables || applied.revisions.is_empty() {
            SaidBy::History
        } else {
            SaidBy::OtherTool
        };
        Ok((Status::new(graph, &applied, dialect), by))
    }

    /// Runs the revisions up to a target, and returns what this run brought to its end.
    ///
    /// # Errors
    ///
    /// [`MigratorError::Run`], whose [`run::RunError::done`] tells what ran before it stopped.
    pub async fn upgrade<D: Database + ?Sized>(
        &self,
        database: &D,
        target: &str,
    ) -> Result<Vec<RevisionId>, MigratorError> {
        self.upgrade_with(database, target, &mut log).await
    }

    /// The same, and tells what happens while it does.
    ///
    /// # Errors
    ///
    /// As [`Self::upgrade`].
    pub async fn upgrade_with<D: Database + ?Sized>(
        &self,
        database: &D,
        target: &str,
        on_event: OnEvent<'_>,
    ) -> Result<Vec<RevisionId>, MigratorError> {
        let options = self.options();
        self.run(database, Direction::Upgrade, target, &options, on_event)
            .await
    }

    /// Takes back what builds on a target, and returns what this run took back; `base` takes back all.
    ///
    /// Rows that are there and would be lost are an error, unless the options accept that.
    ///
    /// # Errors
    ///
    /// As [`Self::upgrade`].
    pub async fn downgrade<D: Database + ?Sized>(
        &self,
        database: &D,
        target: &str,
    ) -> Result<Vec<RevisionId>, MigratorError> {
        self.downgrade_with(database, target, &mut log).await
    }

    /// The same, and tells what happens while it does.
    ///
    /// # Errors
    ///
    /// As [`Self::upgrade`].
    pub async fn downgrade_with<D: Database + ?Sized>(
        &self,
        database: &D,
        target: &str,
        on_event: OnEvent<'_>,
    ) -> Result<Vec<RevisionId>, MigratorError> {
        let options = self.options();
        self.run(database, Direction::Downgrade, target, &options, on_event)
            .await
    }

    /// Tells a database that it is at a target, without running anything. What builds on the target is forgotten, and
    /// the next upgrade runs it again.
    ///
    /// # Errors
    ///
    /// The target is no revision, or the history cannot be written.
    pub async fn stamp<D: Database + ?Sized>(
        &self,
        database: &D,
        target: &str,
    ) -> Result<(), MigratorError> {
        self.stamp_and_tell(database, target).await?;
        Ok(())
    }

    /// The same, and returns what the history has lost by it.
    async fn stamp_and_tell<D: Database + ?Sized>(
        &self,
        database: &D,
        target: &str,
    ) -> Result<Vec<RevisionId>, MigratorError> {
        let graph = self.graph()?;
        let options = self.options();
        let mut connection = database.connect().await?;
        let outcome = async {
            let before = run::read_as_taken_over(&mut connection, graph, &options).await?;
            let target = graph.resolve_downgrade(target, &before.heads(graph))?;
            run::stamp(&mut connection, graph, &target, Stamp::Keep, &options).await?;
            Ok(run::forgotten(graph, &target, Stamp::Keep, &before))
        }
        .await;
        close(connection).await;
        outcome
    }

    async fn run<D: Database + ?Sized>(
        &self,
        database: &D,
        direction: Direction,
        target: &str,
        options: &RunOptions,
        on_event: OnEvent<'_>,
    ) -> Result<Vec<RevisionId>, MigratorError> {
        // What is wrong with the files is told without a database.
        self.graph()?;
        let mut connection = database.connect().await?;
        let outcome = self
            .run_on(&mut connection, direction, target, options, on_event)
            .await;
        close(connection).await;
        outcome
    }

    async fn run_on(
        &self,
        connection: &mut Connection,
        direction: Direction,
        target: &str,
        options: &RunOptions,
        on_event: OnEvent<'_>,
    ) -> Result<Vec<RevisionId>, MigratorError> {
        let graph = self.graph()?;
        let mut applied = run::read_to_run(connection, graph, options, on_event).await?;
        let heads = applied.heads(graph);
        let applied = &mut applied;
        let run = match direction {
            Direction::Upgrade => {
                let target = graph.resolve(target, &heads)?;
                run::upgrade_from(connection, graph, applied, &target, options, on_event).await
            }
            Direction::Downgrade => {
                let target = graph.resolve_downgrade(target, &heads)?;
                run::downgrade_from(connection, graph, applied, &target, options, on_event).await
            }
        };
        Ok(run?)
    }

    fn accept(&self, status: &Status) -> Result<(), MigratorError> {
        match self.newer {
            Newer::Serve if status.pending.is_empty() => Ok(()),
            Newer::Serve | Newer::Refuse if !status.is_newer() => Ok(()),
            Newer::Serve | Newer::Refuse => Err(MigratorError::Newer(Box::new(status.clone()))),
        }
    }

    fn options(&self) -> RunOptions {
        let mut options = self.options.clone().unwrap_or_default();
        for (id, hook) in &self.hooks {
            // Another one is of no revision, which `graph` says.
            if let Ok(id) = id.parse() {
                options.hooks.insert(id, hook.clone());
            }
        }
        options
    }
}

/// What was to be done is done, or has failed with a better reason.
async fn close(connection: Connection) {
    let _ = connection.close().await;
}

/// Tells the log.
fn log(event: Event<'_>) {
    match event {
        Event::Running {
            direction,
            revision,
            ..
        } => tracing::info!(revision = %revision.id, "{direction}: {}", revision.title()),
        Event::Resuming {
            direction,
            revision,
            half,
        } => tracing::info!(
            revision = %revision.id,
            "{direction}, after {half}: {}",
            revision.title()
        ),
        Event::Done { revision, elapsed } => {
            tracing::info!(revision = %revision.id, ?elapsed, "done");
        }
        Event::TakenOver { tool, revisions } => {
            let number = revisions.len();
            tracing::info!(number, "the history of {tool} is taken over");
        }
        Event::Waiting { seconds: 0 } => tracing::info!("another run is under way, waiting"),
        Event::WaitingForWriter { seconds: 0 } => {
            tracing::info!("another connection is writing to the file, waiting");
        }
        Event::Settled { object, left } => {
            tracing::warn!(object, ?left, "an attempt before has left something");
        }
        Event::NotCompared { object, why } => {
            tracing::warn!("whether somebody changed {object} by hand cannot be told: {why}");
        }
        Event::InUse { seconds, by } if seconds % 10 == 0 => {
            tracing::info!("others use the tables, waiting for {}", by.join("; "));
        }
        Event::Blocked { seconds, by } if seconds % 10 == 2 => {
            tracing::info!("the statement waits in the server for {}", by.join("; "));
        }
        Event::InUse { .. }
        | Event::Blocked { .. }
        | Event::Waiting { .. }
        | Event::WaitingForWriter { .. }
        | Event::Step { .. }
        | Event::Statement { .. } => {}
    }
}
