//! The revisions as a `MigratorTrait` of `sea-orm-migration`, which loco and `run_cli` take.

use std::marker::PhantomData;

use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Direction, Graph, GraphError, Revision};
use limbeck_core::schema::{DefaultSchema, QualifiedName};
use limbeck_core::sql::{quote_identifier, quote_literal};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DbBackend, DbErr, IntoDatabaseExecutor,
    QueryResult, RuntimeErr, Statement,
};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, seaql_migrations,
};

use super::line;
use crate::migrator::{Migrator, MigratorError, log};
use crate::old_history;
use crate::run::{Loss, RunOptions};

/// Says which revisions a [`SeaOrm`] runs.
pub trait Revisions: Send + Sync + 'static {
    /// They.
    fn migrator() -> &'static Migrator;
}

/// A `MigratorTrait` that has Limbeck run the revisions, for `loco_rs::cli::main::<App, …>` and the like.
///
/// ```
/// use limbeck::migrator::{Migrator, Revisions, SeaOrm};
///
/// static MIGRATOR: Migrator = limbeck::embed!("examples/migrations");
///
/// pub struct OfThisApplication;
///
/// impl Revisions for OfThisApplication {
///     fn migrator() -> &'static Migrator {
///         &MIGRATOR
///     }
/// }
///
/// /// loco_rs::cli::main::<App, Migration>().await
/// pub type Migration = SeaOrm<OfThisApplication>;
/// # fn takes<M: sea_orm_migration::MigratorTrait>() {}
/// # takes::<Migration>();
/// ```
///
/// | Of the trait | What Limbeck does |
/// |---|---|
/// | `up` | an upgrade of all, or of so many; with its lock, its limits and its history |
/// | `down` | a downgrade of all, or of so many; rows that would be lost are an error, unless the options accept that |
/// | `reset`, `refresh`, `fresh` | a downgrade of all, rows included, and for the latter two all up again. What no revision made stays. A revision without a way back is an error that names it |
/// | `status`, `get_pending_migrations` and the like | read Limbeck's history, and write nothing. It is looked for in the first schema of `RunOptions::search_path`. Before the history of another tool is taken over, which `up` does, they are an error |
/// | `uninstall` | an error: forgetting is `limbeck stamp base --purge` |
///
/// There is no table `seaql_migrations`. A transaction is refused: a run has its own.
#[derive(Debug)]
pub struct SeaOrm<R>(PhantomData<R>);

#[async_trait::async_trait]
impl<R: Revisions> MigratorTrait for SeaOrm<R> {
    /// Their names are those of the files. Revisions that cannot be put in a line have none; every other function
    /// of the trait says why.
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let Ok(graph) = R::migrator().graph() else {
            return Vec::new();
        };
        let line = line(graph).unwrap_or_default();
        line.into_iter()
            .map(|revision| Box::new(Named(name(graph, revision))) as Box<dyn MigrationTrait>)
            .collect()
    }

    async fn get_migration_models<C>(db: &C) -> Result<Vec<seaql_migrations::Model>, DbErr>
    where
        C: ConnectionTrait,
    {
        let migrator = R::migrator();
        let graph = migrator.graph().map_err(failed)?;
        line(graph).map_err(failed)?;
        let rows = match applied(db, &migrator.options()).await? {
            Some(rows) => rows,
            None => {
                not_taken_over(db, graph).await?;
                Vec::new()
            }
        };
        let model = |(id, applied_at): (String, i64)| {
            let revision = graph.iter().find(|revision| revision.id.as_str() == id);
            seaql_migrations::Model {
                version: revision.map_or(id, |revision| name(graph, revision)),
                applied_at,
            }
        };
        Ok(rows.into_iter().map(model).collect())
    }

    async fn get_migration_with_status_read_only<C>(
        db: &C,
    ) -> Result<Vec<sea_orm_migration::migrator::Migration>, DbErr>
    where
        C: ConnectionTrait,
    {
        Self::get_migration_with_status(db).await
    }

    /// Limbeck's tables are made by the first run.
    async fn install<C>(_: &C) -> Result<(), DbErr>
    where
        C: ConnectionTrait,
    {
        Ok(())
    }

    async fn fresh<'c, C>(db: C) -> Result<(), DbErr>
    where
        C: IntoDatabaseExecutor<'c>,
    {
        let executor = db.into_database_executor();
        let db = pool(&executor)?;
        all_down::<R>(db).await?;
        up::<R>(db, None).await
    }

    async fn refresh<'c, C>(db: C) -> Result<(), DbErr>
    where
        C: IntoDatabaseExecutor<'c>,
    {
        let executor = db.into_database_executor();
        let db = pool(&executor)?;
        all_down::<R>(db).await?;
        up::<R>(db, None).await
    }

    async fn reset<'c, C>(db: C) -> Result<(), DbErr>
    where
        C: IntoDatabaseExecutor<'c>,
    {
        let executor = db.into_database_executor();
        all_down::<R>(pool(&executor)?).await
    }

    async fn uninstall<'c, C>(_: C) -> Result<(), DbErr>
    where
        C: IntoDatabaseExecutor<'c>,
    {
        Err(DbErr::Migration(
            "Limbeck forgets what has been run by `limbeck stamp base --purge` alone".to_owned(),
        ))
    }

    async fn up<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoDatabaseExecutor<'c>,
    {
        let executor = db.into_database_executor();
        up::<R>(pool(&executor)?, steps).await
    }

    async fn down<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoDatabaseExecutor<'c>,
    {
        let executor = db.into_database_executor();
        let db = pool(&executor)?;
        let migrator = R::migrator();
        line(migrator.graph().map_err(failed)?).map_err(failed)?;
        // Where the run reads what has been run, it counts too: in the history that it takes over, by its own search path.
        let ran = match steps {
            None => migrator.downgrade(db, "base").await,
            Some(0) => return Ok(()),
            Some(steps) => match migrator.downgrade(db, &format!("-{steps}")).await {
                Err(MigratorError::Graph(GraphError::TooFar { .. })) => {
                    migrator.downgrade(db, "base").await
                }
                ran => ran,
            },
        };
        ran.map_err(failed)?;
        Ok(())
    }
}

async fn up<R: Revisions>(db: &DatabaseConnection, steps: Option<u32>) -> Result<(), DbErr> {
    let migrator = R::migrator();
    line(migrator.graph().map_err(failed)?).map_err(failed)?;
    let target = match steps {
        None => "head".to_owned(),
        Some(steps) => {
            let pending = migrator.status(db).await.map_err(failed)?.pending.len();
            match usize::try_from(steps) {
                Ok(0) => return Ok(()),
                Ok(steps) if steps < pending => format!("+{steps}"),
                Ok(_) | Err(_) => "head".to_owned(),
            }
        }
    };
    migrator.upgrade(db, &target).await.map_err(failed)?;
    Ok(())
}

/// The words of the trait that come here say that everything goes.
async fn all_down<R: Revisions>(db: &DatabaseConnection) -> Result<(), DbErr> {
    let migrator = R::migrator();
    let options = RunOptions {
        loss: Loss::Accept,
        ..migrator.options()
    };
    let ran = migrator
        .run(db, Direction::Downgrade, "base", &options, &mut log)
        .await;
    ran.map_err(failed)?;
    Ok(())
}

/// A revision that only `up` and `down` of the trait run.
struct Named(String);

impl MigrationName for Named {
    fn name(&self) -> &str {
        &self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Named {
    async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(self.alone())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(self.alone())
    }
}

impl Named {
    fn alone(&self) -> DbErr {
        DbErr::Migration(format!(
            "`{}` is run by Limbeck, through `up` and `down` of the `MigratorTrait`",
            self.0
        ))
    }
}

fn name(graph: &Graph, revision: &Revision) -> String {
    let file = graph.file(&revision.id).unwrap_or_default();
    let name = file.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".sql").unwrap_or(name).to_owned()
}

fn pool<'a>(executor: &'a DatabaseExecutor<'_>) -> Result<&'a DatabaseConnection, DbErr> {
    match executor {
        DatabaseExecutor::Connection(connection) => Ok(connection),
        DatabaseExecutor::Transaction(_) | DatabaseExecutor::OwnedTransaction(_) => {
            Err(DbErr::Migration(
                "Limbeck has a transaction for each step: give it the `DatabaseConnection`, and not a transaction"
                    .to_owned(),
            ))
        }
    }
}

/// The ids in the history, and when each was run in seconds since 1970, in the order of the ids; none without a history.
async fn applied<C: ConnectionTrait>(
    db: &C,
    options: &RunOptions,
) -> Result<Option<Vec<(String, i64)>>, DbErr> {
    let mut table = options.history.name.clone();
    if let (None, Some(path)) = (&table.schema, &options.search_path) {
        let schema = DefaultSchema::first_of(path);
        table.schema = Some(schema.name(Dialect::Postgres).to_owned());
    }
    if !is_there(db, &table).await? {
        return Ok(None);
    }
    let select = match dialect(db)? {
        Dialect::Sqlite => format!(
            "SELECT revision, CAST(strftime('%s', applied_at) AS integer) AS at FROM {} ORDER BY revision",
            quote_identifier(&table.name, Dialect::Sqlite)
        ),
        Dialect::Postgres => format!(
            "SELECT revision::pg_catalog.text AS revision, pg_catalog.date_part('epoch', applied_at)::pg_catalog.int8 AS at \
             FROM {} ORDER BY revision",
            on_postgres(&table)
        ),
    };
    let rows = ask(db, select).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "revision")?, row.try_get("", "at")?)))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// What another tool has run is not pending, and what of it Limbeck has is known to a run only.
async fn not_taken_over<C: ConnectionTrait>(db: &C, graph: &Graph) -> Result<(), DbErr> {
    for (tool, table) in old_history::named(graph, dialect(db)?) {
        if is_there(db, &table).await? {
            return Err(DbErr::Migration(format!(
                "what has been run is in `{table}` of {tool}, and is not taken over yet: `up` does that first, and `Migrator::status` reads it"
            )));
        }
    }
    Ok(())
}

async fn is_there<C: ConnectionTrait>(db: &C, table: &QualifiedName) -> Result<bool, DbErr> {
    let exists = match dialect(db)? {
        Dialect::Sqlite => format!(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = {} COLLATE NOCASE",
            quote_literal(&table.name)
        ),
        Dialect::Postgres => format!(
            "SELECT 1 WHERE pg_catalog.to_regclass({}) IS NOT NULL",
            quote_literal(&on_postgres(table))
        ),
    };
    Ok(!ask(db, exists).await?.is_empty())
}

async fn ask<C: ConnectionTrait>(db: &C, sql: String) -> Result<Vec<QueryResult>, DbErr> {
    let backend = db.get_database_backend();
    db.query_all_raw(Statement::from_string(backend, sql)).await
}

fn dialect<C: ConnectionTrait>(db: &C) -> Result<Dialect, DbErr> {
    match db.get_database_backend() {
        DbBackend::Sqlite => Ok(Dialect::Sqlite),
        DbBackend::Postgres => Ok(Dialect::Postgres),
        other => Err(failed(MigratorError::NoPool(format!("{other:?}")))),
    }
}

fn on_postgres(table: &QualifiedName) -> String {
    let name = quote_identifier(&table.name, Dialect::Postgres);
    match &table.schema {
        Some(schema) => format!("{}.{name}", quote_identifier(schema, Dialect::Postgres)),
        None => name,
    }
}

/// With its causes, of which `DbErr` has no place.
fn failed(error: MigratorError) -> DbErr {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    DbErr::Exec(RuntimeErr::Internal(text))
}
