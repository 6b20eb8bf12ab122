//! `MigratorTrait` as loco uses it, and SeaORM's connections.

use std::sync::LazyLock;

use limbeck::migrator::{Migrator, MigratorError, Revisions, SeaOrm};
use limbeck::run::RunOptions;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, TransactionTrait as _};
use sea_orm_migration::MigratorTrait;

use super::server::{Postgres, sqlite};

static MIGRATOR: Migrator = limbeck::embed!("migrations");
/// Two revisions that stand for migrations of SeaORM, and one of Limbeck's own.
fn taken_over() -> Migrator {
    let file = |id: &str, parents: &str, replaces: &str| {
        let text = format!(
            "-- revision: {id}\n-- parents: {parents}\n{replaces}\n-- upgrade\nCREATE TABLE {id} (x integer);\n-- downgrade\nDROP TABLE {id};\n"
        );
        (format!("{id}.sql"), text)
    };
    Migrator::from_files(vec![
        file("a", "none", "-- replaces: sea-orm m20240101_000001_a\n"),
        file("b", "a", "-- replaces: sea-orm m20240102_000001_b\n"),
        file("c", "b", ""),
    ])
}

static TAKEN_OVER: LazyLock<Migrator> = LazyLock::new(taken_over);
static OF_TENANT: LazyLock<Migrator> = LazyLock::new(|| {
    limbeck::embed!("migrations").with_options(RunOptions {
        search_path: Some("tenant".to_owned()),
        ..RunOptions::default()
    })
});

struct TakenOver;

impl Revisions for TakenOver {
    fn migrator() -> &'static Migrator {
        &TAKEN_OVER
    }
}

struct OfTenant;

impl Revisions for OfTenant {
    fn migrator() -> &'static Migrator {
        &OF_TENANT
    }
}

static BRANCHES: LazyLock<Migrator> = LazyLock::new(super::of_sqlx::branches);

struct Here;

impl Revisions for Here {
    fn migrator() -> &'static Migrator {
        &MIGRATOR
    }
}

struct Branches;

impl Revisions for Branches {
    fn migrator() -> &'static Migrator {
        &BRANCHES
    }
}

/// What `loco_rs::db::{migrate, down, status, reset}` call, by the same bounds.
mod loco {
    use sea_orm::{DatabaseConnection, DbErr};
    use sea_orm_migration::MigratorTrait;

    pub(super) async fn migrate<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), DbErr> {
        M::up(db, None).await
    }

    pub(super) async fn down<M: MigratorTrait>(
        db: &DatabaseConnection,
        steps: u32,
    ) -> Result<(), DbErr> {
        M::down(db, Some(steps)).await
    }

    pub(super) async fn status<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), DbErr> {
        M::status(db).await
    }

    pub(super) async fn reset<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), DbErr> {
        M::fresh(db).await
    }
}

const NAMES: [&str; 3] = [
    "5b1e0c7a9d42_create_notes",
    "c3d8f1a64e90_index_notes",
    "e72b95d04c18_names_are_not_empty",
];

#[tokio::test]
async fn a_framework_runs_them_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(sqlite(&folder)).await.unwrap();
    walk(&db).await;
}

#[tokio::test]
async fn a_framework_runs_them_on_postgres() {
    let mut server = Postgres::start().await;
    let db = Database::connect(server.database().await).await.unwrap();
    walk(&db).await;
}

async fn walk(db: &DatabaseConnection) {
    type M = SeaOrm<Here>;
    // Looking writes nothing.
    loco::status::<M>(db).await.unwrap();
    assert_eq!(pending(db).await, NAMES);
    assert!(
        db.execute_unprepared("SELECT * FROM limbeck_history")
            .await
            .is_err()
    );
    M::up(db, Some(0)).await.unwrap();
    M::up(db, Some(2)).await.unwrap();
    assert_eq!(pending(db).await, NAMES[2..]);
    loco::migrate::<M>(db).await.unwrap();
    loco::migrate::<M>(db).await.unwrap();
    assert!(pending(db).await.is_empty());
    let applied = M::get_applied_migrations_read_only(db).await.unwrap();
    let names: Vec<&str> = applied.iter().map(|one| one.name()).collect();
    assert_eq!(names, NAMES);
    let models = M::get_migration_models(db).await.unwrap();
    assert!(
        models.iter().all(|model| model.applied_at > 1_700_000_000),
        "{models:?}"
    );
    // As many as there are at most, and rows are asked for.
    loco::down::<M>(db, 1).await.unwrap();
    assert_eq!(pending(db).await, NAMES[2..]);
    db.execute_unprepared("INSERT INTO notes (text) VALUES ('x')")
        .await
        .unwrap();
    let error = M::down(db, None).await.unwrap_err().to_string();
    assert!(
        error.contains("would lose data") && error.contains("notes"),
        "{error}"
    );
    // `fresh` says that they go, and leaves what no revision made.
    db.execute_unprepared("CREATE TABLE others (x int)")
        .await
        .unwrap();
    loco::reset::<M>(db).await.unwrap();
    assert!(pending(db).await.is_empty());
    db.execute_unprepared("SELECT x FROM others").await.unwrap();
    let rows = db.query_one_raw(sea_orm::Statement::from_string(
        db.get_database_backend(),
        "SELECT count(*) AS rows FROM notes WHERE text = 'x'",
    ));
    let rows: i64 = rows.await.unwrap().unwrap().try_get("", "rows").unwrap();
    assert_eq!(rows, 0);
    M::refresh(db).await.unwrap();
    M::reset(db).await.unwrap();
    assert_eq!(pending(db).await, NAMES);
    // What Limbeck does not do is an error.
    let transaction = db.begin().await.unwrap();
    let error = M::up(&transaction, None).await.unwrap_err().to_string();
    assert!(error.contains("and not a transaction"), "{error}");
    drop(transaction);
    let error = M::uninstall(db).await.unwrap_err().to_string();
    assert!(error.contains("limbeck stamp base --purge"), "{error}");
    let manager = sea_orm_migration::SchemaManager::new(db);
    let error = M::migrations()[0]
        .up(&manager)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`5b1e0c7a9d42_create_notes` is run by Limbeck"),
        "{error}"
    );
    assert!(
        db.execute_unprepared("SELECT * FROM seaql_migrations")
            .await
            .is_err()
    );
}

async fn pending(db: &DatabaseConnection) -> Vec<String> {
    let pending = SeaOrm::<Here>::get_pending_migrations(db).await.unwrap();
    pending.iter().map(|one| one.name().to_owned()).collect()
}

/// So many are so many, wherever the run finds what has been run.
#[tokio::test]
async fn steps_are_those_of_the_history_that_the_run_reads_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(sqlite(&folder)).await.unwrap();
    steps_of_another_tool(&db).await;
}

#[tokio::test]
async fn steps_are_those_of_the_history_that_the_run_reads_on_postgres() {
    let mut server = Postgres::start().await;
    let db = Database::connect(server.database().await).await.unwrap();
    steps_of_another_tool(&db).await;
    // By the path of the options, which the pool does not have.
    type M = SeaOrm<OfTenant>;
    let db = Database::connect(server.database().await).await.unwrap();
    db.execute_unprepared("CREATE SCHEMA tenant").await.unwrap();
    M::up(&db, None).await.unwrap();
    assert!(M::get_pending_migrations(&db).await.unwrap().is_empty());
    M::down(&db, Some(1)).await.unwrap();
    let pending = M::get_pending_migrations(&db).await.unwrap();
    let pending: Vec<&str> = pending.iter().map(|one| one.name()).collect();
    assert_eq!(pending, NAMES[2..]);
}

async fn steps_of_another_tool(db: &DatabaseConnection) {
    type M = SeaOrm<TakenOver>;
    db.execute_unprepared(
        "CREATE TABLE a (x integer); CREATE TABLE b (x integer); \
         CREATE TABLE seaql_migrations (version varchar(255) PRIMARY KEY, applied_at bigint NOT NULL); \
         INSERT INTO seaql_migrations VALUES ('m20240101_000001_a', 1704067200), ('m20240102_000001_b', 1704153600)",
    )
    .await
    .unwrap();
    // What has been run is not told as pending.
    let error = M::status(db).await.unwrap_err().to_string();
    assert!(
        error.contains("`seaql_migrations` of SeaORM, and is not taken over yet: `up` does that"),
        "{error}"
    );
    M::down(db, Some(1)).await.unwrap();
    db.execute_unprepared("SELECT x FROM a").await.unwrap();
    assert!(db.execute_unprepared("SELECT x FROM b").await.is_err());
    let pending = M::get_pending_migrations(db).await.unwrap();
    assert_eq!(pending.len(), 2);
    M::up(db, None).await.unwrap();
    // More than there are are all.
    M::down(db, Some(9)).await.unwrap();
    assert!(db.execute_unprepared("SELECT x FROM a").await.is_err());
    M::down(db, Some(1)).await.unwrap();
}

#[tokio::test]
async fn several_heads_are_named() {
    type M = SeaOrm<Branches>;
    let db = Database::connect("sqlite::memory:").await.unwrap();
    for outcome in [
        M::up(&db, None).await,
        M::down(&db, Some(1)).await,
        M::status(&db).await,
        M::fresh(&db).await,
    ] {
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("b1") && error.contains("b2"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_without_a_pool_is_refused() {
    let db = DatabaseConnection::default();
    let error = MIGRATOR.status(&db).await.unwrap_err();
    assert!(matches!(error, MigratorError::NoPool(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "SeaORM's `Disconnected` has no pool of PostgreSQL or SQLite below it"
    );
}
