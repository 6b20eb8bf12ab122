//! A project that begins with a database that is there already.

mod places;

use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

use crate::project::Project;

const MUSIC: &str = include_str!("../../../limbeck-engine/tests/databases/music.sql");
const RENTAL: &str = include_str!("../../../limbeck-engine/tests/databases/rental_postgres.sql");
const MUSIC_BEYOND: &str =
    include_str!("../../../limbeck-engine/tests/databases/music_beyond_sqlite.sql");
const RENTAL_BEYOND: &str =
    include_str!("../../../limbeck-engine/tests/databases/rental_beyond.sql");

/// The tables of other tools.
const HISTORIES: &str = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);
    CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL);
    CREATE TABLE seaql_migrations (version text PRIMARY KEY, applied_at bigint NOT NULL);
    CREATE TABLE refinery_schema_history (version integer PRIMARY KEY, name varchar(255));
    CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY);";

async fn open(project: &Project, name: &str) -> Connection {
    let url = format!("sqlite:///{}", project.path(name).display());
    let url = DatabaseUrl::parse(&url, Path::new("/")).unwrap();
    Connection::connect(&url).await.unwrap()
}

async fn texts(live: &mut Connection, sql: &str) -> Vec<String> {
    let rows = live.query_text(sql).await.unwrap();
    rows.into_iter()
        .flatten()
        .map(Option::unwrap_or_default)
        .collect()
}

#[tokio::test]
async fn a_database_becomes_a_project() {
    let project = Project::without_url().without_models();
    project.batch("todo.db", &format!(
            "{MUSIC}{HISTORIES}{MUSIC_BEYOND} INSERT INTO genre VALUES (1, 'Rock', NULL), (2, 'Indie', 1);"
        ),
    )
    .await;
    let shown = project.run("init --from sqlite:///todo.db --rev-id aaaa1111");
    insta::assert_snapshot!(shown, @r#"
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/models.rs
    err| Added `pub mod models;` to src/lib.rs
    err| Baseline of 20 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Unmanaged: __diesel_schema_migrations (the history of Diesel)
    err| Unmanaged: _sqlx_migrations (the history of sqlx)
    err| Unmanaged: alembic_version (the history of Alembic)
    err| Unmanaged: refinery_schema_history (the history of refinery)
    err| Unmanaged: seaql_migrations (the history of SeaORM)
    err| Running stamp  -> aaaa1111
    err| Next: cargo add chrono
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    # The database: DATABASE_URL of the environment or of .env.
    url = "${DATABASE_URL:-sqlite:///todo.db}"

    # The databases that revisions are written for.
    dialects = ["sqlite"]

    [models]
    # How the database numbers integer keys of which models say nothing.
    identity = false

    # What others own, or models cannot say: kept as it is.
    [unmanaged]
    tables = [
        "__diesel_schema_migrations", # the history of Diesel
        "_sqlx_migrations", # the history of sqlx
        "alembic_version", # the history of Alembic
        "refinery_schema_history", # the history of refinery
        "seaql_migrations", # the history of SeaORM
    ]
    "#);
    assert_eq!(
        project.read("src/lib.rs"),
        "//! An application.\n\npub mod models;\n"
    );
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: __diesel_schema_migrations
    err| unmanaged: _sqlx_migrations
    err| unmanaged: alembic_version
    err| unmanaged: refinery_schema_history
    err| unmanaged: seaql_migrations
    err| Nothing differs
    exit 0
    "#);

    // What is there stays, with its rows; the next revision is about the new field alone.
    project.edit(
        "src/models.rs",
        "    pub parent_id: Option<i64>,\n",
        "    pub parent_id: Option<i64>,\n    #[column(default = 0)]\n    pub rank: i64,\n",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Rank --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_rank.sql
    err| Detected: add column genre.rank INTEGER not null default 0 (src/models.rs:88)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 5 of 5 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade aaaa1111 -> bbbb2222, Rank
    exit 0
    "#);
    let mut live = open(&project, "todo.db").await;
    let genres = texts(
        &mut live,
        "SELECT name || ' ' || rank FROM genre ORDER BY 1",
    )
    .await;
    assert_eq!(genres, ["Indie 0", "Rock 0"]);
    live.close().await.unwrap();

    // The same project makes the database anew, elsewhere.
    let fresh = "--url sqlite:///fresh.db";
    let upgraded = project.run(&format!("upgrade {fresh}"));
    assert!(upgraded.ends_with("exit 0\n"), "{upgraded}");
    assert_eq!(
        project.run(&format!("check --only drift {fresh}")),
        "err| Nothing differs\nexit 0\n"
    );
    let downgraded = project.run(&format!("downgrade base {fresh}"));
    assert!(downgraded.ends_with("exit 0\n"), "{downgraded}");
    let mut fresh = open(&project, "fresh.db").await;
    let tables = texts(&mut fresh, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'limbeck%' AND name NOT LIKE 'sqlite_%'").await;
    assert_eq!(tables, Vec::<String>::new());
}

#[tokio::test]
async fn a_database_becomes_a_project_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = project.without_models();
    let database = scratch.create_database("shop", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(&format!("{MUSIC}{HISTORIES}CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint);"))
        .await
        .unwrap();
    live.batch("INSERT INTO genre VALUES (1, 'Rock', NULL), (2, 'Indie', 1)")
        .await
        .unwrap();
    let url = database.url.to_string();
    let shown = project.run(&format!(
        "init --from {url} --models src/db.rs --rev-id aaaa1111"
    ));
    project.set("DATABASE_URL", &url);
    insta::assert_snapshot!(shown, @r#"
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/db.rs
    err| Added `pub mod db;` to src/lib.rs
    err| Baseline of 20 tables
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| Unmanaged: __diesel_schema_migrations (the history of Diesel)
    err| Unmanaged: _sqlx_migrations (the history of sqlx)
    err| Unmanaged: alembic_version (the history of Alembic)
    err| Unmanaged: goose_db_version (the history of goose)
    err| Unmanaged: refinery_schema_history (the history of refinery)
    err| Unmanaged: seaql_migrations (the history of SeaORM)
    err| Running stamp  -> aaaa1111
    err| Next: cargo add chrono rust_decimal
    err| Next: set DATABASE_URL in the environment or in .env to the URL of the database
    exit 0
    "#);
    insta::assert_snapshot!(project.read("limbeck.toml"), @r#"
    # The database: DATABASE_URL of the environment or of .env.
    url = "${DATABASE_URL}"

    # The databases that revisions are written for.
    dialects = ["postgres"]

    [models]
    # How the database numbers integer keys of which models say nothing.
    identity = false

    # What others own, or models cannot say: kept as it is.
    [unmanaged]
    tables = [
        "__diesel_schema_migrations", # the history of Diesel
        "_sqlx_migrations", # the history of sqlx
        "alembic_version", # the history of Alembic
        "goose_db_version", # the history of goose
        "refinery_schema_history", # the history of refinery
        "seaql_migrations", # the history of SeaORM
    ]
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: __diesel_schema_migrations
    err| unmanaged: _sqlx_migrations
    err| unmanaged: alembic_version
    err| unmanaged: goose_db_version
    err| unmanaged: refinery_schema_history
    err| unmanaged: seaql_migrations
    err| Nothing differs
    exit 0
    "#);
    project.edit(
        "src/db.rs",
        "    pub parent_id: Option<i32>,\n",
        "    pub parent_id: Option<i32>,\n    #[column(default = 0)]\n    pub rank: i64,\n",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m Rank --rev-id bbbb2222"), @r#"
    out| migrations/bbbb2222_rank.sql
    err| Detected: add column genre.rank bigint not null default 0 (src/db.rs:89)
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| rows: 5 of 5 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.run("upgrade"), @r#"
    err| Running upgrade aaaa1111 -> bbbb2222, Rank
    exit 0
    "#);
    let genres = texts(
        &mut live,
        "SELECT name || ' ' || rank FROM genre ORDER BY 1",
    )
    .await;
    assert_eq!(genres, ["Indie 0", "Rock 0"]);

    let fresh = scratch.create_database("fresh", None).await.unwrap();
    let fresh = format!("--url {}", fresh.url);
    let upgraded = project.run(&format!("upgrade {fresh}"));
    assert!(upgraded.ends_with("exit 0\n"), "{upgraded}");
    assert_eq!(
        project.run(&format!("check {fresh}")),
        "err| Nothing differs\nexit 0\n"
    );
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// Enums, schemas, domains, views, functions, triggers, policies, and a table that no model can say.
#[tokio::test]
async fn all_that_a_database_has_is_in_the_baseline_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = project.without_models();
    let database = scratch.create_database("rental", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(RENTAL).await.unwrap();
    live.batch(RENTAL_BEYOND).await.unwrap();
    live.batch(
        "CREATE TYPE unused AS ENUM ('a'); CREATE SEQUENCE free; CREATE TABLE staff.alembic_version (v text);
        CREATE TABLE odd (id serial PRIMARY KEY, n integer);
        ALTER TABLE odd ADD CONSTRAINT later CHECK (n > 0) NOT VALID;
        CREATE TABLE uses_odd (id integer PRIMARY KEY REFERENCES odd);",
    )
    .await
    .unwrap();
    let url = database.url.to_string();
    project.set("DATABASE_URL", "sqlite:///todo.db");
    let shown = project.run(&format!("init --from {url} --rev-id aaaa1111"));
    project.set("DATABASE_URL", &url);
    let (shown, project_url) = shown.split_once(": the project is on `").unwrap();
    assert!(project_url.starts_with("postgres://"), "{project_url}");
    insta::assert_snapshot!(shown, @r#"
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/models.rs
    err| Added `pub mod models;` to src/lib.rs
    err| Baseline of 23 tables
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| Unmanaged: staff.alembic_version (the history of Alembic)
    err| Unmanaged: unused (as a model it would differ: drop enum unused)
    err| Running stamp  -> aaaa1111
    err| Next: cargo add chrono rust_decimal serde_json uuid
    err| Next: cargo add sqlx --features chrono,postgres,rust_decimal,uuid
    err| warning: DATABASE_URL or limbeck.toml names another database, `sqlite:///todo.db`
    "#);
    let checked = project.run("check");
    assert!(
        checked.ends_with("err| Nothing differs\nexit 0\n"),
        "{checked}"
    );
    let again = project.run("revision --autogenerate -m Nothing");
    assert_eq!(again, "err| Nothing differs: no revision written\nexit 0\n");
    let fresh = scratch.create_database("fresh", None).await.unwrap();
    let upgraded = project.run(&format!("upgrade --url {}", fresh.url));
    assert!(upgraded.ends_with("exit 0\n"), "{upgraded}");
    live.execute("DROP TABLE staff.alembic_version")
        .await
        .unwrap();
    let differs = project.run(&format!("diff {} {}", url, fresh.url));
    assert_eq!(differs, "err| Nothing differs\nexit 0\n");
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// Who may not write a history leaves the files, and what to type.
#[tokio::test]
async fn a_stamp_that_fails_comes_last_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = project.without_models();
    let database = scratch.create_database("shop", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch("CREATE TABLE t (id integer PRIMARY KEY); CREATE ROLE looker LOGIN SUPERUSER; ALTER ROLE looker NOSUPERUSER; REVOKE CREATE ON SCHEMA public FROM PUBLIC;")
        .await
        .unwrap();
    let own = database.url.to_string();
    let user = database.url.user().unwrap().to_owned();
    let url = own.replacen(&user, "looker", 1);
    project.set("DATABASE_URL", &url);
    let shown = project.run(&format!("init --from {url} --rev-id aaaa1111"));
    let shown = shown.replace(&url, "URL");
    // Before PostgreSQL 15 the schema `public` is of whom the server was made for.
    let of_public = |line: &&str| !line.contains("`schema public: owner`");
    let shown: Vec<&str> = shown.lines().filter(of_public).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/models.rs
    err| Added `pub mod models;` to src/lib.rs
    err| Baseline of 1 table
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| warning: not in the baseline: `table t: owner` is `limbeck`, which no revision says
    err| error: the history table `public.limbeck_history` cannot be written
    err| cause: permission denied for schema public
    err| cause: the files are written, and the database does not know of them yet
    err| hint: grant CREATE on schema `public` to this role, or set `role` in limbeck.toml
    err| hint: limbeck stamp head
    exit 3
    "#);
    let stamped = project.run(&format!("stamp head --url {own}"));
    assert!(stamped.ends_with("exit 0\n"), "{stamped}");
    assert_eq!(
        project.run(&format!("check --url {own}")),
        "err| Nothing differs\nexit 0\n"
    );
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn a_database_that_no_model_can_say_is_a_project_all_the_same() {
    let project = Project::without_url().without_models();
    project.batch("todo.db", "CREATE TABLE t (anything)").await;
    let shown = project.run("init --from sqlite:///todo.db --rev-id aaaa1111");
    assert!(
        shown.contains("err| Unmanaged: t (as a model it would differ: alter column t.anything"),
        "{shown}"
    );
    let shown = project.run("check");
    assert!(
        shown.ends_with("err| unmanaged: t\nerr| There is no model to compare with\nexit 0\n"),
        "{shown}"
    );
}

/// What stands on something that Limbeck does not make is left out with a word, and all else is there;
/// a default that is cast otherwise costs no table its model.
#[tokio::test]
async fn one_odd_object_costs_no_other_its_model_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = project.without_models();
    let database = scratch.create_database("shop", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE OPERATOR CLASS odd FOR TYPE integer USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
         CREATE TABLE a (id integer PRIMARY KEY, n text COLLATE ci UNIQUE);
         CREATE TABLE o (id integer PRIMARY KEY); CREATE INDEX i ON o (id odd);
         CREATE TABLE c (o integer REFERENCES o);
         CREATE TABLE b (id bigint PRIMARY KEY DEFAULT '0'::bigint, s smallint DEFAULT '-1'::smallint, v varchar(5) DEFAULT 'a'::text);
         CREATE VIEW va AS SELECT n FROM a; CREATE VIEW vo AS SELECT id FROM o;",
    )
    .await
    .unwrap();
    let url = database.url.to_string();
    project.set("DATABASE_URL", &url);
    let shown = project.run(&format!("init --from {url} --rev-id aaaa1111"));
    assert!(shown.contains("Baseline of 2 tables"), "{shown}");
    let warnings: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.strip_prefix("err| warning: not in the baseline: "))
        .collect();
    insta::assert_snapshot!(warnings.join("\n"), @r#"
    `c`, which cannot be made: it references `o`
    `o`, which cannot be made: operator class "odd" does not exist for access method "btree"
    `vo`, which cannot be made: relation "o" does not exist
    operator class public.odd USING btree: only a superuser can make it
    operator family public.odd USING btree: only a superuser can make it
    "#);
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    let models = project.read("src/models.rs");
    assert!(
        models.contains("#[column(primary_key, default = 0)]\n    pub id: i64,"),
        "{models}"
    );
    let baseline = project.read("migrations/aaaa1111_baseline.sql");
    for made in ["CREATE COLLATION ci", "CREATE VIEW va"] {
        assert!(baseline.contains(made), "{baseline}");
    }
    let checked = project.run(&format!("check --url {url}"));
    assert!(checked.ends_with("exit 0\n"), "{checked}");
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// What models cannot say and tables may stand on, whom things belong to, and what partitions have apart.
const BESIDE: &str = "CREATE SCHEMA app; COMMENT ON SCHEMA app IS 'the app'; COMMENT ON SCHEMA public IS 'ours';
    CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); COMMENT ON COLLATION ci IS 'any case';
    CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a integer, b text);
    CREATE FUNCTION less(mood, mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1::text < $2::text';
    CREATE OPERATOR <<< (LEFTARG = mood, RIGHTARG = mood, FUNCTION = less);
    CREATE FUNCTION to_pair(text) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW(1, $1)::pair';
    CREATE CAST (text AS pair) WITH FUNCTION to_pair(text) AS ASSIGNMENT; COMMENT ON CAST (text AS pair) IS 'one and a text';
    CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
    CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english);
    CREATE TEXT SEARCH CONFIGURATION ours (COPY = english); ALTER TEXT SEARCH CONFIGURATION ours ALTER MAPPING FOR word WITH plain, english_stem;
    DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    DO $$ BEGIN CREATE ROLE \"Odd One\"; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO reader; GRANT USAGE ON SCHEMA app TO reader;
    CREATE TABLE app.t (id integer PRIMARY KEY, name text COLLATE ci, m mood, CHECK (m <<< 'ok'),
        v tsvector GENERATED ALWAYS AS (to_tsvector('ours', name)) STORED, CONSTRAINT long CHECK (length(name) < 9));
    ALTER TABLE app.t ALTER name SET STORAGE EXTERNAL, ALTER name SET STATISTICS 500, CLUSTER ON t_pkey; COMMENT ON CONSTRAINT long ON app.t IS 'short';
    CREATE VIEW v AS SELECT id FROM app.t; ALTER VIEW v OWNER TO \"Odd One\"; GRANT SELECT ON v TO reader;
    CREATE TABLE logs (id bigserial, at date NOT NULL, t text) PARTITION BY RANGE (at);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE INDEX mine ON logs_1 (t); CREATE INDEX whole ON logs (t); CREATE SEQUENCE odd_seq OWNED BY logs.id;";

#[tokio::test]
async fn what_stands_beside_tables_is_in_the_baseline_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = project.without_models();
    let database = scratch.create_database("beside", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(BESIDE).await.unwrap();
    let url = database.url.to_string();
    project.set("DATABASE_URL", &url);
    let shown = project.run(&format!("init --from {url} --rev-id aaaa1111"));
    assert!(
        shown.ends_with("exit 0\n") && !shown.contains("not in the baseline"),
        "{shown}"
    );
    insta::assert_snapshot!(project.read("migrations/scratch.sql"), @r#"
    -- What others own, and scratch databases need: the roles that the database names.
    CREATE ROLE "Odd One";
    CREATE ROLE reader;
    "#);
    let checked = project.run("check");
    assert!(checked.ends_with("exit 0\n"), "{checked}");
    let fresh = scratch.create_database("fresh", None).await.unwrap();
    let upgraded = project.run(&format!("upgrade --url {}", fresh.url));
    assert!(upgraded.ends_with("exit 0\n"), "{upgraded}");
    let differs = project.run(&format!("diff {} {}", url, fresh.url));
    assert_eq!(differs, "err| Nothing differs\nexit 0\n");
    let emptied = project.run(&format!("downgrade base --url {}", fresh.url));
    assert!(emptied.ends_with("exit 0\n"), "{emptied}");
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}
