//! What a revision of somebody else may not do on Limbeck's own server, and what it leaves behind.

use std::fs;
use std::path::Path;

use limbeck_engine::scratch::{Cluster, Lifetime, Scratch, Trust};

use super::{cache, scratch_options, server, server_options};

/// What a revision may try, and how the server answers; `LEAK` stands for a file that must not come to be.
pub(crate) const ATTACKS: &[(&str, &str)] = &[
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
        "ALTER ROLE limbeck PASSWORD 'x'",
    ] {
        connection.execute(sql).await.unwrap();
    }
    // Before PostgreSQL 16 it may lock itself out; since then only who administers it may.
    let limited = connection.execute("ALTER ROLE limbeck CONNECTION LIMIT 0");
    if let Err(error) = limited.await {
        assert!(error.has_code("42501"), "{error:?}");
        assert!(scratch.server_version().major() >= 16);
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
    let templates = scratch.templates().await.unwrap();
    assert!(!templates.contains(&Scratch::template_name("4567")));
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

/// Services often run as a user whose home cannot be written to, or is no folder: nothing is kept then.
#[cfg(unix)]
#[tokio::test]
async fn where_nothing_can_be_kept_the_server_goes_with_the_run() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let folder = cache();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write into it all the same.
    let is_root = fs::metadata(&closed).unwrap().uid() == 0;
    for (home, is_kept) in [(Path::new("/dev/null"), false), (&closed, is_root)] {
        let mut options = server_options(&folder);
        options.cache_dir = home.join(".cache/limbeck");
        let cluster = Cluster::start(&server(&options), &options).await.unwrap();
        assert_eq!(cluster.is_kept(), is_kept, "{}", home.display());
        let data_dir = cluster.data_dir().to_owned();
        cluster.stop().unwrap();
        assert_eq!(data_dir.exists(), is_kept, "{}", home.display());
    }
}
