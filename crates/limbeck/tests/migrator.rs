//! Revisions that run from an application.

use std::fs;
use std::time::Duration;

use limbeck::migrator::{AtStart, Embedded, Migrator, MigratorError, Newer, Status};
use limbeck::run::{Changed, Event, Loss, RunErrorKind, RunOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Executor as _, SqlitePool};

static MIGRATOR: Migrator = limbeck::embed!("examples/migrations");

const CREATE: &str = "3f1c9a70b2d4";
const ADD: &str = "a90d44e6c175";

fn files(revisions: &[(&str, &str, &str)]) -> Migrator {
    let file = |(id, parents, sql): &(&str, &str, &str)| {
        let text = format!(
            "-- revision: {id}\n-- parents: {parents}\n\n-- upgrade\n{sql}\n-- downgrade\n-- nothing\n"
        );
        (format!("{id}.sql"), text)
    };
    Migrator::from_files(revisions.iter().map(file).collect())
}

fn texts(ids: &[limbeck::revision::RevisionId]) -> Vec<&str> {
    ids.iter()
        .map(limbeck::revision::RevisionId::as_str)
        .collect()
}

#[tokio::test]
async fn a_database_in_memory_is_the_pools_own() {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let before = MIGRATOR.status(&pool).await.unwrap();
    assert_eq!(texts(&before.pending), [CREATE, ADD]);
    let status = MIGRATOR.start(&pool, AtStart::Upgrade).await.unwrap();
    assert!(status.is_at_head());
    assert_eq!(texts(&status.current), [ADD]);
    // The connection is back in the pool as it was.
    let keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(keys, 1);
    sqlx::query("INSERT INTO notes (text, done) VALUES ('x', true)")
        .execute(&pool)
        .await
        .unwrap();
    let error = MIGRATOR.downgrade(&pool, "-1").await.unwrap_err();
    assert!(
        matches!(&error, MigratorError::Run(run) if matches!(run.kind(), RunErrorKind::WouldLose { objects, .. } if *objects == ["notes.done"])),
        "{error:?}"
    );
    let careless = Migrator::from_files(vec![]);
    assert!(
        matches!(careless.status(&pool).await.unwrap().unknown.as_slice(), [a, b] if a.id.as_str() == CREATE && b.id.as_str() == ADD)
    );
    let error = careless.start(&pool, AtStart::Check).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`a90d44e6c175` (Add done), run at 20"),
        "{error}"
    );
    let status = careless
        .with_newer(Newer::Serve)
        .start(&pool, AtStart::Check)
        .await
        .unwrap();
    assert_eq!(status.unknown.len(), 2);
}

/// A newer release builds an index for half an hour, or has stopped on its way; what this one needs is there.
#[tokio::test]
async fn a_newer_release_on_its_way_is_served() {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let a = ("a", "none", "CREATE TABLE a (x INTEGER);");
    let older = |newer| files(&[a]).with_newer(newer);
    let steps =
        "CREATE TABLE b (x INTEGER);\n-- step\nINSERT INTO b SELECT x FROM a WHERE nothing;";
    let release = files(&[a, ("b", "a", steps)]);
    release.upgrade(&pool, "heads").await.unwrap_err();
    let half = |status: &Status| status.half.as_ref().map(|half| half.id.as_str().to_owned());
    assert_eq!(
        half(&release.status(&pool).await.unwrap()).as_deref(),
        Some("b")
    );
    let wait = AtStart::Wait(Duration::from_millis(50));
    for policy in [AtStart::Check, wait, AtStart::Upgrade] {
        let status = older(Newer::Serve).start(&pool, policy).await;
        let status = status.unwrap_or_else(|error| panic!("{policy:?}: {error}"));
        assert_eq!((half(&status), status.is_at_head()), (None, true));
        assert_eq!(
            status.unknown_half.map(|half| half.id.to_string()),
            Some("b".to_owned())
        );
        let refused = older(Newer::Refuse).start(&pool, policy).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the database has been at a newer release: the upgrade of `b` is half done",
            "{policy:?}"
        );
    }
    // Something of its own is pending beside.
    let behind = files(&[a, ("c", "a", "CREATE TABLE c (x INTEGER);")]).with_newer(Newer::Serve);
    let error = behind.start(&pool, AtStart::Upgrade).await.unwrap_err();
    assert!(matches!(error, MigratorError::Newer(_)), "{error:?}");
}

#[tokio::test]
async fn each_start_does_what_its_policy_says() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", home.path().join("a.db").display());
    let error = MIGRATOR.start(&url, AtStart::Check).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database is not up to date, pending: 3f1c9a70b2d4, a90d44e6c175"
    );
    let wait = AtStart::Wait(Duration::from_millis(100));
    let error = MIGRATOR.start(&url, wait).await.unwrap_err();
    assert!(matches!(error, MigratorError::Pending(_)), "{error:?}");
    let waiting = async {
        MIGRATOR
            .start(&url, AtStart::Wait(Duration::from_secs(30)))
            .await
    };
    let running = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        MIGRATOR.upgrade(&url, "head").await
    };
    let (waited, ran) = tokio::join!(waiting, running);
    assert!(waited.unwrap().is_at_head());
    assert_eq!(texts(&ran.unwrap()), [CREATE, ADD]);
    MIGRATOR.start(&url, AtStart::Check).await.unwrap();
    // Down to a revision and up again, told step by step.
    let mut told = Vec::new();
    let ran = MIGRATOR
        .downgrade_with(&url, "3f1c", &mut |event| {
            if let Event::Running { revision, .. } = event {
                told.push(revision.id.to_string());
            }
        })
        .await;
    assert_eq!(texts(&ran.unwrap()), [ADD]);
    assert_eq!(told, [ADD]);
    MIGRATOR.stamp(&url, "head").await.unwrap();
    assert!(MIGRATOR.status(&url).await.unwrap().is_at_head());
    let unknown = MIGRATOR.upgrade(&url, "nothing").await.unwrap_err();
    assert!(matches!(unknown, MigratorError::Graph(_)), "{unknown:?}");
}

/// Who has one connection hands over its options.
#[tokio::test]
async fn the_options_of_a_connection_are_a_database() {
    use sqlx::ConnectOptions as _;
    let home = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(home.path().join("a.db"))
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let status = MIGRATOR.start(&options, AtStart::Upgrade).await.unwrap();
    assert!(status.is_at_head());
    sqlx::query("INSERT INTO notes (text) VALUES ('x')")
        .execute(&mut connection)
        .await
        .unwrap();
    // A run that cannot open the file names it.
    let nowhere = options.filename(home.path().join("no/b.db"));
    let error = MIGRATOR.status(&nowhere).await.unwrap_err();
    assert!(error.to_string().contains("no/b.db"), "{error}");
}

/// A revision that says something else by now is refused at each start, as the command refuses it.
#[tokio::test]
async fn an_edited_revision_is_refused_at_the_start() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", home.path().join("a.db").display());
    let of = |sql: &str| files(&[("a", "none", sql)]);
    of("CREATE TABLE a (x int);")
        .upgrade(&url, "head")
        .await
        .unwrap();
    // White space and comments are no change.
    let harmless = of("CREATE  TABLE a (x int); -- as before");
    harmless.start(&url, AtStart::Check).await.unwrap();
    let wait = AtStart::Wait(Duration::from_secs(60));
    for policy in [AtStart::Upgrade, AtStart::Check, wait] {
        let edited = of("CREATE TABLE a (y int);");
        let error = edited.start(&url, policy).await.unwrap_err().to_string();
        assert!(error.contains("changed since"), "{policy:?}: {error}");
        let options = RunOptions {
            changed: Changed::Accept,
            ..RunOptions::default()
        };
        edited
            .with_options(options)
            .start(&url, policy)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn several_that_start_at_once_run_each_revision_once() {
    let home = tempfile::tempdir().unwrap();
    for round in 0..10 {
        let url = format!(
            "sqlite:{}",
            home.path().join(format!("{round}.db")).display()
        );
        let starts = (0..4).map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let migrator = files(&[
                    ("a", "none", "CREATE TABLE a (x int);"),
                    ("b", "a", "CREATE TABLE b (x int);"),
                ]);
                migrator.upgrade(&url, "head").await
            })
        });
        let mut ran = 0;
        for start in starts.collect::<Vec<_>>() {
            ran += start.await.unwrap().unwrap().len();
        }
        assert_eq!(ran, 2);
    }
}

/// Who opens a new file while another program writes it, and changes its journal mode as the options of a pool may ask,
/// gets `SQLITE_BUSY` at once, however long it would wait for a lock.
#[tokio::test]
async fn a_file_in_use_is_waited_for_with_any_journal_mode() {
    let home = tempfile::tempdir().unwrap();
    for is_pool in [false, true] {
        let file = home.path().join(format!("{is_pool}.db"));
        let options = SqliteConnectOptions::new().filename(&file);
        let mut other = options
            .clone()
            .create_if_missing(true)
            .connect()
            .await
            .unwrap();
        other.execute("CREATE TABLE other (x int)").await.unwrap();
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        let other = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            other.execute("COMMIT").await.unwrap();
        });
        let migrator = files(&[("a", "none", "CREATE TABLE a (x int);")]);
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let ran = if is_pool {
            let pool = SqlitePool::connect_lazy_with(options);
            migrator.upgrade(&pool, "head").await
        } else {
            migrator.upgrade(&options, "head").await
        };
        assert_eq!(texts(&ran.unwrap()), ["a"]);
        other.await.unwrap();
    }
}

#[tokio::test]
async fn loss_is_accepted_by_an_option_alone() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", home.path().join("a.db").display());
    let careless = Migrator::from_files(
        ["3f1c9a70b2d4_create_notes.sql", "a90d44e6c175_add_done.sql"]
            .map(|name| {
                let text = fs::read_to_string(format!("examples/migrations/{name}"));
                (name.to_owned(), text.unwrap())
            })
            .to_vec(),
    )
    .with_options(RunOptions {
        loss: Loss::Accept,
        ..RunOptions::default()
    });
    careless.upgrade(&url, "head").await.unwrap();
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("INSERT INTO notes (text, done) VALUES ('x', true)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let ran = careless.downgrade(&url, "base").await.unwrap();
    assert_eq!(texts(&ran), [ADD, CREATE]);
}

/// A file that is written after the build is no part of it.
#[tokio::test]
async fn a_folder_that_has_gone_on_is_told() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap().to_owned();
    for name in ["a.sql", "b.sql", "scratch.sql", ".hidden.sql"] {
        fs::write(home.path().join(name), "").unwrap();
    }
    let text =
        "-- revision: a\n-- parents: none\n\n-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n";
    let files: &'static [(&str, &str)] = vec![("a.sql", text), ("c.sql", text)].leak();
    let of = |path: Option<&'static str>| {
        let folder = Embedded {
            name: "migrations",
            files,
            path,
        };
        Migrator::embedded(vec![folder].leak())
    };
    let error = of(Some(folder.leak())).graph().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the binary is older than the folder `migrations`, which has got migrations/b.sql, which has lost migrations/c.sql: \
         build it again: cargo does once the file with `embed!` is saved, and by itself with \
         `println!(\"cargo:rerun-if-changed=migrations\")` in build.rs"
    );
    for elsewhere in [None, Some("/no/such/folder")] {
        let error = of(elsewhere).graph().unwrap_err();
        // Both files have one id, which is looked at.
        assert!(matches!(error, MigratorError::Graph(_)), "{error:?}");
    }
}

/// The checksum of the migrations of another tool that the revisions below stand for.
const SUM: &str = "9f86d081";

/// Two revisions that stand for migrations of sqlx, and one of Limbeck's own.
fn taken_over() -> Migrator {
    let file = |id: &str, parents: &str, replaces: &str| {
        let text = format!(
            "-- revision: {id}\n-- parents: {parents}\n{replaces}\n-- upgrade\nCREATE TABLE {id} (a INTEGER);\n-- downgrade\nDROP TABLE {id};\n"
        );
        (format!("{id}.sql"), text)
    };
    Migrator::from_files(vec![
        file("a", "none", &format!("-- replaces: sqlx 1 {SUM}\n")),
        file("b", "a", &format!("-- replaces: sqlx 2 {SUM}\n")),
        file("c", "b", ""),
    ])
}

#[tokio::test]
async fn a_database_of_another_tool_is_taken_over_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let table = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT, installed_on TIMESTAMP, success BOOLEAN, checksum BLOB, execution_time BIGINT);";
    for (what, rows, expected) in [
        (
            "both",
            "(1, '', '2024-01-02', true, X'9F86D081', 1), (2, '', '2024-01-03', true, X'9F86D081', 1)",
            Ok("c"),
        ),
        (
            "the first",
            "(1, '', '2024-01-02', true, X'9F86D081', 1)",
            Ok("b c"),
        ),
        (
            "another text",
            "(1, '', '2024-01-02', true, X'00', 1)",
            Err(
                "a.sql: changed since `1` was run: its checksum is 9f86d081, and that of what was run 00",
            ),
        ),
        (
            "one that nobody knows",
            "(3, '', '2024-01-02', true, X'00', 1)",
            Err("`3` has been run, and nothing stands for it"),
        ),
        (
            "a later one alone",
            "(2, '', '2024-01-02', true, X'9F86D081', 1)",
            Err("`b` has been run, and `a`, on which it builds, has not"),
        ),
        (
            "one that stopped",
            "(1, '', '2024-01-02', false, X'9F86D081', 1)",
            Err("`1` stopped in the middle"),
        ),
    ] {
        let url = format!(
            "sqlite:///{}?mode=rwc",
            folder.path().join(format!("{what}.db")).display()
        );
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect(&url)
            .await
            .unwrap();
        let run = if what == "the first" {
            "CREATE TABLE a (a INTEGER);"
        } else {
            "CREATE TABLE a (a INTEGER); CREATE TABLE b (a INTEGER);"
        };
        let sql = format!("{table} INSERT INTO _sqlx_migrations VALUES {rows}; {run}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap();
        let migrator = taken_over();
        // To look at it writes nothing.
        let status = migrator.status(&pool).await;
        let histories = "SELECT count(*) FROM sqlite_schema WHERE name = 'limbeck_history'";
        let histories: i64 = sqlx::query_scalar(histories)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(histories, 0, "{what}");
        let outcome = migrator.upgrade(&pool, "head").await;
        match expected {
            Ok(run) => {
                let pending = texts(&status.unwrap().pending).join(" ");
                assert_eq!(pending, run, "{what}");
                assert_eq!(texts(&outcome.unwrap()).join(" "), run, "{what}");
                assert!(migrator.status(&pool).await.unwrap().is_at_head(), "{what}");
                let at: String = sqlx::query_scalar(
                    "SELECT applied_at FROM limbeck_history WHERE revision = 'a'",
                )
                .fetch_one(&pool)
                .await
                .unwrap();
                assert_eq!(at, "2024-01-02T00:00:00Z", "{what}");
                // What is taken back is taken back, whatever the other tool's table goes on saying.
                migrator.downgrade(&pool, "base").await.unwrap();
                assert!(
                    migrator.status(&pool).await.unwrap().current.is_empty(),
                    "{what}"
                );
                let again = migrator.upgrade(&pool, "head").await.unwrap();
                assert_eq!(texts(&again), ["a", "b", "c"], "{what}");
            }
            Err(reason) => {
                let error = outcome.unwrap_err();
                let MigratorError::Run(error) = error else {
                    panic!("{what}: {error:?}");
                };
                assert!(error.to_string().ends_with(reason), "{what}: {error}");
                assert!(status.is_err(), "{what}: {status:?}");
            }
        }
        let rows: i64 =
            sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success IS NOT NULL")
                .fetch_one(&pool)
                .await
                .unwrap();
        assert!(rows > 0, "{what}");
    }
}

/// At the start of an application everything may be there already; who upgrades writes that down, since the other tool's
/// table may be dropped.
#[tokio::test]
async fn a_database_that_another_tool_has_brought_to_the_head_is_at_it() {
    let rows = "(1, '', '2024-01-02', true, X'9F86D081', 1)";
    let migrator = || {
        let text = format!(
            "-- revision: a\n-- parents: none\n-- replaces: sqlx 1 {SUM}\n\n-- upgrade\nCREATE TABLE a (a INTEGER);\n-- downgrade\nDROP TABLE a;\n"
        );
        Migrator::from_files(vec![("a.sql".to_owned(), text)])
    };
    for (policy, is_written) in [(AtStart::Check, 0_i64), (AtStart::Upgrade, 1)] {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect("sqlite::memory:");
        let pool = pool.await.unwrap();
        let made = format!(
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT, installed_on TIMESTAMP, success BOOLEAN, checksum BLOB, execution_time BIGINT); \
             INSERT INTO _sqlx_migrations VALUES {rows}; CREATE TABLE a (a INTEGER)"
        );
        pool.execute(sqlx::AssertSqlSafe(made)).await.unwrap();
        let status = migrator().start(&pool, policy).await.unwrap();
        assert_eq!(texts(&status.current), ["a"], "{policy:?}");
        let histories = "SELECT count(*) FROM sqlite_schema WHERE name = 'limbeck_history'";
        let histories: i64 = sqlx::query_scalar(histories)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(histories, is_written, "{policy:?}");
        let back = migrator().downgrade(&pool, "base").await.unwrap();
        assert_eq!(texts(&back), ["a"], "{policy:?}");
    }
}

/// A head that has been run does not say that all below it have.
#[tokio::test]
async fn no_policy_starts_on_a_database_that_lacks_what_it_has_run() {
    let a = ("a", "none", "CREATE TABLE a (a INTEGER);");
    let x = ("x", "a", "CREATE TABLE x (a INTEGER);");
    let b = |parents| ("b", parents, "CREATE TABLE b (a INTEGER);");
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let before = files(&[a, b("a")]);
    before.start(&pool, AtStart::Upgrade).await.unwrap();
    let late = || files(&[a, x, b("x")]);
    let status = late().status(&pool).await.unwrap();
    assert_eq!(texts(&status.pending), ["x"]);
    assert_eq!(texts(&status.gap.clone().unwrap().missing), ["x"]);
    assert!(!status.is_at_head());
    let said = "revision `b` has been run, and `x`, on which it builds, has not";
    let wait = AtStart::Wait(Duration::from_millis(50));
    for policy in [AtStart::Check, wait, AtStart::Upgrade] {
        for newer in [Newer::Refuse, Newer::Serve] {
            let migrator = late().with_newer(newer);
            let error = migrator.start(&pool, policy).await.unwrap_err();
            let error = error.to_string();
            assert!(error.ends_with(said), "{policy:?}, {newer:?}: {error}");
        }
    }
    // The heads that are stamped are taken with all that they need.
    late().stamp(&pool, "b").await.unwrap();
    let status = late().start(&pool, AtStart::Check).await.unwrap();
    assert_eq!(texts(&status.current), ["b"]);
}

#[test]
fn files_that_are_no_revisions_are_all_named() {
    let wrong = |name: &str| (name.to_owned(), "SELECT 1;".to_owned());
    let migrator = Migrator::from_files(vec![wrong("a.sql"), wrong("b.sql")]);
    assert_eq!(
        migrator.graph().unwrap_err().to_string(),
        "a.sql:1: the header is missing\nb.sql:1: the header is missing"
    );
}

/// What nobody has written yet is not run, and nothing is before it.
#[tokio::test]
async fn a_template_is_not_run() {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let migrator = files(&[
        ("a", "none", "CREATE TABLE t (x INTEGER);"),
        ("b", "a", "-- Write the SQL here."),
    ]);
    let error = migrator.start(&pool, AtStart::Upgrade).await.unwrap_err();
    assert!(
        matches!(&error, MigratorError::Run(run) if matches!(run.kind(), RunErrorKind::Section(_))),
        "{error:?}"
    );
    let status = migrator.status(&pool).await.unwrap();
    assert_eq!(texts(&status.pending), ["a", "b"]);
}
