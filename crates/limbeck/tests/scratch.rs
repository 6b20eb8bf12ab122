//! Clusters and scratch databases on a real PostgreSQL server; one that is missing is a failure.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use limbeck::connection::{ConnectError, Connection};
use limbeck::scratch::{
    Cluster, KEPT_TEMPLATES, Lifetime, Scratch, ScratchError, ScratchOptions, Server,
    ServerOptions, Trust, find_server,
};
use limbeck::url::DatabaseUrl;

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

/// What `the_server_of_a_killed_run_is_adopted` starts as a process of its own.
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
        .args(["--exact", "a_run_that_is_killed", "--ignored"])
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
        let names = fs::read_dir(cache.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        names
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
    assert!(
        error.hint().contains("--trust-revisions"),
        "{}",
        error.hint()
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
    assert!(
        error.hint().contains("ALTER ROLE \"weak\" CREATEDB"),
        "{}",
        error.hint()
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
    assert_eq!(error.hint(), "CREATE DATABASE \"absent\"");

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

/// What a revision may try, and how the server answers; `LEAK` stands for a file that must not come to be.
const ATTACKS: &[(&str, &str)] = &[
    ("COPY (SELECT 1) TO PROGRAM 'env > LEAK'", "42501"),
    ("COPY (SELECT 1) TO 'LEAK'", "42501"),
    (
        "CREATE TABLE t (a text); COPY t FROM '/etc/passwd'",
        "42501",
    ),
    ("SELECT pg_read_file('/etc/passwd')", "42501"),
    ("SELECT lo_export(lo_from_bytea(0, 'x'), 'LEAK')", "42501"),
    ("SELECT lo_import('/etc/passwd')", "42501"),
    ("CREATE EXTENSION dblink", "42501"),
    (
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
        "42501",
    ),
    ("ALTER SYSTEM SET archive_command = 'touch LEAK'", "42501"),
    ("ALTER ROLE limbeck SUPERUSER", "42501"),
    ("ALTER ROLE limbeck_admin PASSWORD 'x'", "42501"),
    ("GRANT limbeck_admin TO limbeck", "42501"),
    ("SET ROLE limbeck_admin", "42501"),
    ("SET SESSION AUTHORIZATION limbeck_admin", "42501"),
    ("UPDATE pg_authid SET rolsuper = true", "42501"),
    // Before PostgreSQL 16 these would be given to whoever may make roles.
    ("GRANT pg_execute_server_program TO limbeck", "42704"),
    ("CREATE ROLE r IN ROLE pg_read_server_files", "42704"),
    (
        "DO $$ BEGIN EXECUTE 'GRANT pg_write_server_files TO limbeck'; END $$",
        "42704",
    ),
    (
        "ALTER DATABASE limbeck_template_00 SET search_path = x",
        "42501",
    ),
    ("DROP DATABASE limbeck_template_00", "42501"),
    ("ALTER DATABASE postgres SET search_path = x", "42501"),
];

#[tokio::test]
async fn what_a_revision_says_reaches_nothing_but_its_database() {
    let cache = cache();
    let leak = cache.path().join("leak").display().to_string();
    let mut scratch = Scratch::open(&scratch_options(&cache)).await.unwrap();
    let base = scratch.create_database("base", None).await.unwrap();
    scratch.save_template(&base, "00").await.unwrap();
    let database = scratch.create_database("replay", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    for (sql, code) in ATTACKS {
        let sql = sql.replace("LEAK", &leak);
        let error = connection.batch(&sql).await.expect_err(&sql);
        assert!(error.has_code(code), "{sql}: {error:?}");
    }
    assert!(!Path::new(&leak).exists());
    // What is of the database may be done, roles included.
    connection
        .batch(
            "CREATE EXTENSION hstore; COMMENT ON EXTENSION plpgsql IS 'p'; COMMENT ON SCHEMA public IS 's';
             CREATE ROLE app NOLOGIN; GRANT app TO CURRENT_USER; GRANT limbeck_database TO app;
             CREATE SCHEMA app AUTHORIZATION app; CREATE TABLE t (a hstore); ALTER TABLE t OWNER TO app;
             ALTER SCHEMA public OWNER TO app; DROP SCHEMA public CASCADE; CREATE SCHEMA public",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn nothing_that_a_revision_leaves_is_trusted_by_a_later_run() {
    let cache = cache();
    let options = scratch_options(&cache);
    let mut scratch = Scratch::open(&options).await.unwrap();
    let database = scratch.create_database("replay", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    for sql in [
        "ALTER ROLE limbeck SET search_path = elsewhere",
        "ALTER ROLE limbeck SET default_transaction_read_only = on",
        "ALTER ROLE limbeck PASSWORD 'x' CONNECTION LIMIT 0",
    ] {
        connection.execute(sql).await.unwrap();
    }
    // Before PostgreSQL 16 it may let itself make databases, and could forge a template.
    if connection
        .execute("ALTER ROLE limbeck CREATEDB")
        .await
        .is_ok()
    {
        let forged = "CREATE DATABASE limbeck_template_4567";
        connection.execute(forged).await.unwrap();
    }
    assert!(!scratch.has_template("4567").await.unwrap());
    connection.close().await.unwrap();
    scratch.close().await.unwrap();

    let mut scratch = Scratch::open(&options).await.unwrap();
    let forged = Scratch::template_name("4567");
    assert!(!scratch.has_database(&forged).await.unwrap());
    let database = scratch.create_database("replay", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    for (setting, expected) in [
        ("search_path", "\"$user\", public"),
        ("default_transaction_read_only", "off"),
    ] {
        let rows = connection.query_text(&format!("SHOW {setting}")).await;
        assert_eq!(rows.unwrap()[0][0].as_deref(), Some(expected));
    }
    let error = connection.execute("CREATE DATABASE x").await.unwrap_err();
    assert!(error.has_code("42501"), "{error:?}");
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn each_project_has_a_server_of_its_own_and_one_run_may_have_its_own() {
    let cache = cache();
    let mut options = server_options(&cache);
    let server = server(&options);
    let mut homes = std::collections::BTreeSet::new();
    for project in ["/one", "/other"] {
        options.project = project.into();
        let cluster = Cluster::start(&server, &options).await.unwrap();
        assert!(cluster.is_kept());
        homes.insert(cluster.data_dir().to_owned());
        cluster.stop().unwrap();
    }
    options.trust = Trust::Everything;
    let cluster = Cluster::start(&server, &options).await.unwrap();
    homes.insert(cluster.data_dir().to_owned());
    cluster.stop().unwrap();
    assert_eq!(homes.len(), 3);
    options.lifetime = Lifetime::OneRun;
    let cluster = Cluster::start(&server, &options).await.unwrap();
    assert!(!cluster.is_kept());
    let home = cluster.data_dir().parent().unwrap().to_owned();
    cluster.stop().unwrap();
    assert!(!home.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn what_the_account_of_the_server_puts_into_its_folders_is_not_followed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let cache = cache();
    let options = server_options(&cache);
    let server = server(&options);
    let cluster = Cluster::start(&server, &options).await.unwrap();
    let data_dir = cluster.data_dir().to_owned();
    let home = data_dir.parent().unwrap().to_owned();
    cluster.stop().unwrap();
    for folder in [&home, &data_dir] {
        let mode = fs::symlink_metadata(folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o066, 0, "{}", folder.display());
    }
    // A file and a folder that only we may touch, and links to them where the server may write.
    let secret = cache.path().join("secret");
    fs::write(&secret, "keep").unwrap();
    let precious = cache.path().join("precious");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("file"), "keep").unwrap();
    let forged = format!(
        "1\n{}\n0\n5432\n{}\n\n\nready\n",
        data_dir.display(),
        precious.display()
    );
    fs::write(cache.path().join("forged"), &forged).unwrap();
    symlink(cache.path().join("forged"), data_dir.join("postmaster.pid")).unwrap();
    symlink(&precious, data_dir.join("pg_link")).unwrap();
    fs::remove_file(data_dir.join("PG_VERSION")).unwrap();
    symlink(&secret, data_dir.join("PG_VERSION")).unwrap();
    // The data directory is taken for broken, removed and made anew.
    let cluster = Cluster::start(&server, &options).await.unwrap();
    assert!(!cluster.is_adopted());
    cluster.stop().unwrap();
    assert_eq!(fs::read_to_string(&secret).unwrap(), "keep");
    assert_eq!(fs::read_to_string(precious.join("file")).unwrap(), "keep");
}
