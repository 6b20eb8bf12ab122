//! Extensions that are allowed by name, on Limbeck's own server: what may be done with them, and what not.

use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::Location;
use limbeck_engine::scratch::{Scratch, ScratchOptions};

use super::untrusted::ATTACKS;
use super::{cache, scratch_options};

fn allowing(cache: &tempfile::TempDir, names: &[&str]) -> ScratchOptions {
    let mut options = scratch_options(cache);
    options.server.extensions = names.iter().map(|&name| name.to_owned()).collect();
    options
}

async fn run(connection: &mut Connection, statements: &[&str]) {
    for sql in statements {
        let outcome = connection.batch(sql).await;
        assert!(outcome.is_ok(), "{sql}: {outcome:?}");
    }
}

async fn text(connection: &mut Connection, sql: &str) -> String {
    let rows = connection.query_text(sql).await.unwrap();
    let rows = rows.into_iter().map(|row| {
        let row: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
        row.join(" ")
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_allowed_is_installed_dropped_and_installed_again() {
    let cache = cache();
    let names = ["dblink", "file_fdw", "pageinspect", "earthdistance"];
    let mut scratch = Scratch::open(&allowing(&cache, &names)).await.unwrap();
    let database = scratch.create_database("replay", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    run(
        &mut connection,
        &[
            "CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
            // In a transaction, which may be rolled back, in schemas of it, and outside.
            "BEGIN",
            "CREATE SCHEMA tools",
            "CREATE EXTENSION dblink WITH SCHEMA tools",
            "SELECT tools.dblink_get_connections()",
            "ROLLBACK",
            "BEGIN",
            "CREATE SCHEMA tools",
            "CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA tools",
            "CREATE EXTENSION IF NOT EXISTS dblink",
            "COMMIT",
            "DROP EXTENSION dblink",
            "CREATE EXTENSION dblink",
            "SELECT public.dblink_get_connections()",
            "ALTER EXTENSION dblink SET SCHEMA tools",
            "COMMENT ON EXTENSION dblink IS 'mine'",
            // What is trusted comes with it.
            "CREATE EXTENSION earthdistance SCHEMA tools CASCADE",
            "CREATE TABLE place (at tools.earth)",
            // Older versions, and on.
            "CREATE EXTENSION pageinspect VERSION '1.8'",
            "ALTER EXTENSION pageinspect UPDATE TO '1.9'",
            "BEGIN",
            "ALTER EXTENSION pageinspect UPDATE",
            "COMMIT",
            // A wrapper may be used, and others be let use it.
            "CREATE EXTENSION file_fdw",
            "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
            "CREATE ROLE app",
            "GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO app",
            "DROP SERVER files",
        ],
    )
    .await;
    let installed = "SELECT e.extname, e.extowner::regrole, e.extnamespace::regnamespace
        FROM pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1";
    assert_eq!(
        text(&mut connection, installed).await,
        "cube limbeck tools\ndblink limbeck tools\nearthdistance limbeck tools\n\
         file_fdw limbeck public\npageinspect limbeck public"
    );
    let of_limbeck = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'limbeck%'";
    assert_eq!(text(&mut connection, of_limbeck).await, "");
    // An owner that is noted goes with what it owns, and is asked for before a role goes.
    run(
        &mut connection,
        &[
            "GRANT app TO CURRENT_USER",
            "GRANT CREATE ON SCHEMA public TO app",
            "DROP EXTENSION file_fdw",
            "SET ROLE app",
            "CREATE EXTENSION file_fdw SCHEMA public",
            "RESET ROLE",
        ],
    )
    .await;
    let error = connection.batch("DROP ROLE app").await.unwrap_err();
    assert!(error.has_code("2BP01"), "{error:?}");
    run(&mut connection, &["DROP OWNED BY app", "DROP ROLE app"]).await;
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn what_is_allowed_gives_a_revision_nothing_else() {
    let cache = cache();
    let leak = cache.path().join("leak").display().to_string();
    let names = ["dblink", "file_fdw", "pageinspect", "earthdistance"];
    let options = allowing(&cache, &names);
    let mut scratch = Scratch::open(&options).await.unwrap();
    let base = scratch.create_database("base", None).await.unwrap();
    scratch.save_template(&base, "00").await.unwrap();
    let database = scratch.create_database("replay", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let Location::Socket { folder, .. } = database.url.location() else {
        panic!("{} is no socket", database.url);
    };
    let socket = folder.display().to_string();
    let port = text(&mut connection, "SHOW port").await;
    run(
        &mut connection,
        &[
            "CREATE EXTENSION dblink",
            "CREATE EXTENSION file_fdw",
            "CREATE EXTENSION pageinspect",
            "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
            "CREATE EXTENSION cube",
            "CREATE SCHEMA mine",
            "CREATE TABLE mine.t (a int)",
        ],
    )
    .await;
    let more = [
        ("CREATE EXTENSION amcheck", "42501"),
        ("CREATE EXTENSION amcheck CASCADE", "42501"),
        ("DROP EXTENSION dblink; CREATE EXTENSION dblink", "42501"),
        (
            "DO $$ BEGIN DROP EXTENSION dblink; CREATE EXTENSION dblink; END $$",
            "42501",
        ),
        // The schema is that of the server, or of somebody else.
        ("DROP EXTENSION dblink", ""),
        ("CREATE EXTENSION dblink SCHEMA pg_catalog", "42501"),
        ("CREATE EXTENSION dblink SCHEMA nowhere", "3F000"),
        ("CREATE EXTENSION dblink VERSION '0'", "22023"),
        ("CREATE EXTENSION dblink", ""),
        ("CREATE EXTENSION dblink", "42710"),
        (
            "CREATE FUNCTION earth() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "",
        ),
        // The script of earthdistance sees the schema of cube.
        ("CREATE EXTENSION earthdistance", "55000"),
        ("CREATE EXTENSION earthdistance SCHEMA mine", "55000"),
        ("SELECT dblink_connect_u('c', 'dbname=postgres')", "42501"),
        (
            "SELECT dblink('host=SOCKET port=PORT user=limbeck_admin dbname=postgres', 'SELECT 1')",
            "2F003",
        ),
        (
            "SELECT dblink('host=SOCKET port=PORT user=limbeck_admin password=x dbname=postgres', 'SELECT 1')",
            "2F003",
        ),
        (
            "CREATE FOREIGN TABLE f (a text) SERVER files OPTIONS (filename '/etc/passwd')",
            "42501",
        ),
        (
            "CREATE FOREIGN TABLE f (a text) SERVER files OPTIONS (program 'touch LEAK')",
            "42501",
        ),
        ("ALTER FOREIGN DATA WRAPPER file_fdw NO VALIDATOR", "42501"),
        ("SELECT get_raw_page('pg_authid', 0)", "42501"),
        (
            "ALTER FUNCTION get_raw_page(text, bigint) OWNER TO CURRENT_USER",
            "42501",
        ),
        (
            "CREATE OR REPLACE FUNCTION dblink_connect(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
            "42501",
        ),
        (
            "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
            "42501",
        ),
    ];
    let attacks = ATTACKS
        .iter()
        .filter(|(sql, _)| !sql.starts_with("CREATE EXTENSION"));
    for (sql, code) in more.iter().chain(attacks) {
        let sql = sql
            .replace("LEAK", &leak)
            .replace("SOCKET", &socket)
            .replace("PORT", &port);
        let outcome = connection.batch(&sql).await;
        match outcome {
            Ok(()) => assert!(code.is_empty(), "{sql}"),
            Err(error) => assert!(error.has_code(code), "{sql}: {error:?}"),
        }
        let rights = text(
            &mut connection,
            "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = 'limbeck'",
        );
        assert_eq!(rights.await, "limbeck f", "{sql}");
    }
    assert!(!Path::new(&leak).exists());
    connection.close().await.unwrap();
    scratch.close().await.unwrap();

    // Nothing of it holds for a run that does not say so again.
    let mut scratch = Scratch::open(&scratch_options(&cache)).await.unwrap();
    let database = scratch.create_database("replay", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let error = connection.batch("CREATE EXTENSION dblink").await;
    assert!(error.unwrap_err().has_code("42501"));
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// Behind what sets up a session or a database for it, the administrator's statements are what they are.
#[tokio::test]
async fn settings_of_the_login_do_not_change_what_is_installed() {
    let cache = cache();
    let options = allowing(&cache, &["dblink"]);
    let mut scratch = Scratch::open(&options).await.unwrap();
    let database = scratch.create_database("replay", None).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let name = &database.name;
    for setting in [
        "standard_conforming_strings = off",
        "search_path = mine, pg_catalog",
        "default_transaction_read_only = on",
    ] {
        let sql = format!("ALTER DATABASE {name} SET {setting}");
        run(&mut connection, &[&sql]).await;
    }
    run(
        &mut connection,
        &[
            "CREATE SCHEMA mine",
            "CREATE FUNCTION mine.eq(name, name) RETURNS bool LANGUAGE sql AS 'SELECT 1 / 0 = 1'",
            "CREATE OPERATOR mine.= (LEFTARG = name, RIGHTARG = name, FUNCTION = mine.eq)",
            "CREATE FUNCTION mine.current_schema() RETURNS name LANGUAGE sql AS 'SELECT 1 / 0'",
            "SET standard_conforming_strings = off",
            "SET search_path = mine, pg_catalog",
            "CREATE SCHEMA \"o'd\"\"d\\\\\"",
            "CREATE EXTENSION dblink SCHEMA \"o'd\"\"d\\\\\"",
            "DROP EXTENSION dblink",
            "CREATE EXTENSION dblink",
        ],
    )
    .await;
    assert_eq!(
        text(
            &mut connection,
            "SELECT extnamespace::pg_catalog.regnamespace FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'dblink'"
        )
        .await,
        "mine"
    );
    connection.close().await.unwrap();
    scratch.close().await.unwrap();
}
