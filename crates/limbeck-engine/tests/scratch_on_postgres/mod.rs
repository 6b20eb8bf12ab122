//! Clusters and scratch databases on a real PostgreSQL server; one that is missing is a failure.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod extensions;
mod obstacle;
mod untrusted;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use limbeck::connection::{ConnectError, Connection};
use limbeck::url::DatabaseUrl;
use limbeck_engine::scratch::{
    Cluster, KEPT_TEMPLATES, Scratch, ScratchError, ScratchOptions, Server, ServerOptions, Trust,
    find_server,
};

/// A folder for clusters that the account of the server can reach, also when root runs the tests.
fn cache() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("lbk").tempdir().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

fn server_options(cache: &tempfile::TempDir) -> ServerOptions {
    let mut options = ServerOptions::new(cache.path().join("cache"));
    options.bin_dir = std::env::var_os("LIMBECK_PG_BIN").map(Into::into);
    options.temp_dir = cache.path().to_owned();
    options.path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    options
}

fn scratch_options(cache: &tempfile::TempDir) -> ScratchOptions {
    ScratchOptions {
        scratch_url: None,
        url: None,
        same_server: false,
        server: server_options(cache),
    }
}

fn server(options: &ServerOptions) -> Server {
    find_server(options)
        .unwrap()
        .expect("a PostgreSQL server is installed")
}

/// The process in the data directory's `postmaster.pid`.
fn process(data_dir: &Path) -> Option<String> {
    let text = fs::read_to_string(data_dir.join("postmaster.pid")).ok()?;
    text.lines().next().map(ToOwned::to_owned)
}

async fn table_count(connection: &mut Connection) -> String {
    let sql = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    connection.query_text(sql).await.unwrap()[0][0]
        .clone()
        .unwrap()
}

#[tokio::test]
async fn a_cluster_is_made_once_and_stopped() {
    let cache = cache();
    let options = server_options(&cache);
    let server = server(&options);
    let started = Instant::now();
    let cluster = Cluster::start(&server, &options).await.unwrap();
    let cold = started.elapsed();
    let data_dir = cluster.data_dir().to_owned();
    assert!(cluster.is_kept());
    assert!(!cluster.is_adopted());
    let mut connection = Connection::connect(&cluster.url("postgres")).await.unwrap();
    let major = connection.server_version().unwrap().major();
    assert_eq!(major, server.version.major());
    connection
        .execute("CREATE TABLE kept (a int)")
        .await
        .unwrap();
    cluster.stop().unwrap();
    assert_eq!(process(&data_dir), None);
    assert!(connection.execute("SELECT 1").await.is_err());

    let started = Instant::now();
    let cluster = Cluster::start(&server, &options).await.unwrap();
    let warm = started.elapsed();
    let mut connection = Connection::connect(&cluster.url("postgres")).await.unwrap();
    assert_eq!(table_count(&mut connection).await, "1");
    let stopping = Instant::now();
    drop(cluster);
    println!(
        "cold start {cold:?}, warm start {warm:?}, stop {:?}",
        stopping.elapsed()
    );
    assert_eq!(process(&data_dir), None);
}

#[tokio::test]
async fn a_second_cluster_at_the_same_time_is_temporary() {
    let cache = cache();
    let options = server_options(&cache);
    let server = server(&options);
    let first = Cluster::start(&server, &options).await.unwrap();
    let second = Cluster::start(&server, &options).await.unwrap();
    assert!(first.is_kept());
    assert!(!second.is_kept());
    let home = second.data_dir().parent().unwrap().to_owned();
    assert!(home.is_dir());
    for cluster in [&first, &second] {
        let mut connection = Connection::connect(&cluster.url("postgres")).await.unwrap();
        connection.execute("SELECT 1").await.unwrap();
        connection.close().await.unwrap();
    }
    second.stop().unwrap();
    assert!(!home.exists());
    first.stop().unwrap();
}

/// What `the_server_of_a_killed_run_is_adopted` starts as a process of its own, by its whole name.
const KILLED: &str = "scratch_on_postgres::a_run_that_is_killed";

#[tokio::test]
#[ignore = "runs until it is killed"]
async fn a_run_that_is_killed() {
    let folder = std::env::var("KILLED_RUN").expect("the folder of the test that starts it");
    let mut options = ServerOptions::new(Path::new(&folder).join("cache"));
    options.bin_dir = std::env::var_os("LIMBECK_PG_BIN").map(Into::into);
    options.temp_dir = folder.into();
    let server = server(&options);
    let _kept = Cluster::start(&server, &options).await.unwrap();
    let _temporary = Cluster::start(&server, &options).await.unwrap();
    fs::write(options.temp_dir.join("is-running"), "").unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn the_server_of_a_killed_run_is_adopted() {
    let cache = cache();
    let options = server_options(&cache);
    let mut run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", KILLED, "--ignored"])
        .env("KILLED_RUN", cache.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !cache.path().join("is-running").exists() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the run does not start"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let killed = run.id();
    run.kill().unwrap();
    run.wait().unwrap();
    let temporary = || {
        let prefix = format!("limbeck-once-{killed}-");
        fs::read_dir(cache.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name.to_string_lossy().starts_with(&prefix))
            .count()
    };
    assert_eq!(temporary(), 1);

    let cluster = Cluster::start(&server(&options), &options).await.unwrap();
    assert!(cluster.is_kept());
    assert!(cluster.is_adopted());
    assert_eq!(temporary(), 0);
    let data_dir = cluster.data_dir().to_owned();
    assert!(process(&data_dir).is_some());
    cluster.stop().unwrap();
    assert_eq!(process(&data_dir), None);
}

#[tokio::test]
async fn a_server_that_does_not_answer_and_broken_data_are_replaced() {
    let cache = cache();
    let options = server_options(&cache);
    let server = server(&options);
    let cluster = Cluster::start(&server, &options).await.unwrap();
    let data_dir = cluster.data_dir().to_owned();
    cluster.stop().unwrap();

    // The file of a server whose number now belongs to another process: this one.
    let own = std::process::id();
    let text = format!("{own}\n{}\n0\n5432\n/no/such/folder\n", data_dir.display());
    fs::write(data_dir.join("postmaster.pid"), text).unwrap();
    let cluster = Cluster::start(&server, &options).await.unwrap();
    assert!(!cluster.is_adopted());
    cluster.stop().unwrap();

    fs::remove_file(data_dir.join("global/pg_control")).unwrap();
    Cluster::start(&server, &options)
        .await
        .unwrap()
        .stop()
        .unwrap();

    fs::write(data_dir.join("PG_VERSION"), "9.6\n").unwrap();
    Cluster::start(&server, &options)
        .await
        .unwrap()
        .stop()
        .unwrap();
    let major = fs::read_to_string(data_dir.join("PG_VERSION")).unwrap();
    assert_eq!(major.trim(), server.version.major().to_string());
}

#[tokio::test]
async fn databases_are_made_from_templates_that_survive() {
    let cache = cache();
    let options = scratch_options(&cache);
    let mut scratch = Scratch::open(&options).await.unwrap();
    assert!(scratch.is_own());
    assert!(scratch.keeps_templates());
    let base = scratch.create_database("replay", None).await.unwrap();
    let mut connection = base.connect().await.unwrap();
    connection
        .batch(
            "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE a (b mood); INSERT INTO a VALUES ('ok')",
        )
        .await
        .unwrap();
    let rows = connection
        .query_text("SELECT b, 1.50::numeric, true, NULL, ARRAY[1, 2], 'é' FROM a")
        .await
        .unwrap();
    let expected = [
        Some("ok"),
        Some("1.50"),
        Some("t"),
        None,
        Some("{1,2}"),
        Some("é"),
    ];
    assert_eq!(
        rows,
        vec![expected.map(|text| text.map(ToOwned::to_owned)).to_vec()]
    );
    let sets = connection
        .query_sets("SELECT 1 UNION SELECT 2; SELECT 1 WHERE false; SELECT 3")
        .await
        .unwrap();
    assert_eq!(sets.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 1]);
    let error = connection
        .execute("INSERT INTO a VALUES ('no')")
        .await
        .expect_err("an enum");
    let error = error.database().unwrap();
    assert!(error.has_code("22P02"), "{error:?}");
    assert_eq!(error.position, Some(23));
    connection.close().await.unwrap();

    let template = scratch.save_template(&base, "0123abcd").await.unwrap();
    assert_eq!(template, Scratch::template_name("0123abcd"));
    scratch
        .save_template(&base, "0123abcd")
        .await
        .expect("a template that is there already");
    let renamed = scratch.into_template(base, "4567").await.unwrap();
    scratch.close().await.unwrap();

    let mut scratch = Scratch::open(&options).await.unwrap();
    for template in [&template, &renamed] {
        assert!(scratch.has_database(template).await.unwrap());
        let copy = scratch
            .create_database("proof", Some(template))
            .await
            .unwrap();
        assert!(copy.name.starts_with("limbeck_proof_"));
        let mut connection = copy.connect().await.unwrap();
        assert_eq!(table_count(&mut connection).await, "1");
        // Dropped while somebody is connected.
        scratch.drop_database(&copy.name).await.unwrap();
        assert!(!scratch.has_database(&copy.name).await.unwrap());
    }
    let error = scratch
        .drop_database("postgres")
        .await
        .expect_err("not ours");
    assert!(matches!(error, ScratchError::NotScratch { .. }));
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn leftovers_of_dead_runs_and_old_templates_are_removed() {
    let cache = cache();
    let options = scratch_options(&cache);
    let mut scratch = Scratch::open(&options).await.unwrap();
    let url = scratch.url().clone();
    let mut admin = Connection::connect(&url).await.unwrap();
    let dead = "limbeck_replay_4294967295_1000000000_0123abcd";
    for name in [dead, "limbeck_of_somebody", "somebody"] {
        admin
            .execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
    }
    assert_eq!(scratch.remove_leftovers().await.unwrap(), [dead]);

    // On a server that is not Limbeck's own: recent, connected and living ones stay.
    let mut given = ScratchOptions {
        scratch_url: Some(url.clone()),
        ..options.clone()
    };
    let error = Scratch::open(&given).await.expect_err("a superuser");
    assert!(
        matches!(&error, ScratchError::Powerful { rights, .. } if rights.starts_with("is a superuser")),
        "{error:?}"
    );
    given.server.trust = Trust::Everything;
    let mut guest = Scratch::open(&given).await.unwrap();
    assert!(!guest.is_own());
    let recent = {
        let now = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_secs();
        format!("limbeck_replay_4294967295_{now}_0123abcd")
    };
    let living = format!("limbeck_replay_{}_1000000000_0123abcd", std::process::id());
    let connected = "limbeck_replay_4294967295_1000000001_0123abcd";
    for name in [dead, &recent, &living, connected] {
        admin
            .execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
    }
    let visitor = Connection::connect(&url.with_database(connected))
        .await
        .unwrap();
    assert_eq!(guest.remove_leftovers().await.unwrap(), [dead]);
    visitor.close().await.unwrap();
    let made = guest.create_database("guest", None).await.unwrap();
    guest.close().await.unwrap();
    assert!(!scratch.has_database(&made.name).await.unwrap());
    assert!(scratch.has_database("limbeck_of_somebody").await.unwrap());

    let base = scratch.create_database("base", None).await.unwrap();
    for number in 0..=KEPT_TEMPLATES {
        let template = scratch
            .save_template(&base, &format!("{number:02}"))
            .await
            .unwrap();
        let sql = format!("COMMENT ON DATABASE {template} IS '{}'", 1000 + number);
        admin.execute(&sql).await.unwrap();
    }
    let removed = scratch.remove_leftovers().await.unwrap();
    assert!(
        removed.contains(&Scratch::template_name("00")),
        "{removed:?}"
    );
    assert!(
        !removed.contains(&Scratch::template_name("01")),
        "{removed:?}"
    );
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn servers_are_chosen_in_order() {
    let cache = cache();
    let mut options = scratch_options(&cache);
    let cluster = Scratch::open(&options).await.unwrap();
    let mut admin = Connection::connect(cluster.url()).await.unwrap();
    admin.execute("CREATE ROLE weak LOGIN").await.unwrap();
    let folder = match cluster.url().location() {
        limbeck::url::Location::Socket { folder, .. } => folder.display().to_string(),
        location => panic!("{location:?}"),
    };
    let parse = |text: &str| DatabaseUrl::parse(text, Path::new("/")).unwrap();

    options.scratch_url = Some(parse(&format!("postgres://weak@/postgres?host={folder}")));
    let mut scratch = Scratch::open(&options).await.unwrap();
    let error = scratch
        .create_database("x", None)
        .await
        .expect_err("no CREATEDB");
    assert!(
        matches!(error, ScratchError::MayNotCreate { .. }),
        "{error:?}"
    );
    scratch.close().await.unwrap();

    let unknown = parse(&format!("postgres://nobody@/postgres?host={folder}"));
    let error = Connection::connect(&unknown)
        .await
        .expect_err("no such role");
    assert!(matches!(error, ConnectError::NoRole { .. }), "{error:?}");
    let absent = cluster.url().with_database("absent");
    let error = Connection::connect(&absent)
        .await
        .expect_err("no such database");
    assert!(
        matches!(error, ConnectError::NoDatabase { .. }),
        "{error:?}"
    );

    options.scratch_url = Some(parse("sqlite:x.db"));
    let error = Scratch::open(&options).await.expect_err("not PostgreSQL");
    assert!(
        matches!(error, ScratchError::NotPostgres { .. }),
        "{error:?}"
    );

    options.scratch_url = None;
    options.server.bin_dir = Some(cache.path().to_owned());
    let error = Scratch::open(&options)
        .await
        .expect_err("no binaries there");
    assert!(matches!(error, ScratchError::Server(_)), "{error:?}");
    drop(admin);
    cluster.close().await.unwrap();
}

#[tokio::test]
async fn one_transaction_has_room_for_thousands_of_tables() {
    let cache = cache();
    let mut scratch = Scratch::open(&scratch_options(&cache)).await.unwrap();
    let database = scratch.create_database("many", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    // Advisory locks have their place in the same table as those that CREATE TABLE takes, about ten for
    // each table with its keys, and take no time: these are the locks of 10,000 tables.
    let sql = "SELECT count(pg_advisory_xact_lock(i)) FROM generate_series(1, 100000) AS i";
    connection.query_text(sql).await.unwrap();
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}
