//! One small project for each tool whose migrations are SQL, walked on both databases.

use std::fs;
use std::path::Path;

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

use crate::project::Project;

const USERS: &str =
    "CREATE TABLE users (id INTEGER PRIMARY KEY NOT NULL, email VARCHAR(80) NOT NULL);\n";
const TASKS: &str = "CREATE TABLE tasks (id INTEGER PRIMARY KEY NOT NULL, user_id INTEGER NOT NULL REFERENCES users (id), title TEXT NOT NULL);\n";
const TITLES: &str = "CREATE INDEX ix_titles ON tasks (title);\n";
const VIEW: &str = "DROP VIEW IF EXISTS active;\nCREATE VIEW active AS SELECT id FROM users;\n";

/// A database of a server, or a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Sqlite,
    Postgres,
}

/// A project of a tool that has three migrations, or what stands for them.
struct Case {
    tool: &'static str,
    /// The folder of its files, as messages show it.
    folder: &'static str,
    files: Vec<(&'static str, String)>,
    /// What has been run: SQL, and the rows that the tool has written of it.
    run: Vec<(String, &'static str)>,
    /// The table as the tool makes it.
    table: fn(On) -> &'static str,
    name: &'static str,
    /// The ids of the revisions.
    ids: &'static [&'static str],
    /// When the first one was run, where the tool says so.
    at: Option<&'static str>,
    /// What goes wrong, and how that is said.
    wrong: &'static [(&'static str, &'static str)],
}

fn cases() -> Vec<Case> {
    let three = || [USERS, TASKS, TITLES].map(str::to_owned);
    let with = |rows: [&'static str; 3]| three().into_iter().zip(rows).collect::<Vec<_>>();
    vec![
        Case {
            tool: "refinery",
            folder: "migrations",
            files: vec![
                ("V1__create_users.sql", USERS.to_owned()),
                ("2026/V2__create_tasks.sql", TASKS.to_owned()),
                ("V3__index_titles.sql", TITLES.to_owned()),
            ],
            // The checksums of versions of four bytes, and of eight on PostgreSQL.
            run: with([
                "INSERT INTO refinery_schema_history VALUES (1, 'create_users', '2025-01-01T08:00:00.123456789Z', '{11727480764955464817|16294399886499878840}')",
                "INSERT INTO refinery_schema_history VALUES (2, 'create_tasks', '2025-02-01T09:00:00.5+01:00', '{4096441061268195125|10297174614274605136}')",
                "INSERT INTO refinery_schema_history VALUES (3, 'index_titles', '2025-03-01T08:00:00Z', '{6663508963821965633|11004648839455070368}')",
            ]),
            table: |on| match on {
                On::Sqlite => {
                    "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))"
                }
                On::Postgres => {
                    "CREATE TABLE refinery_schema_history (version int8 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))"
                }
            },
            name: "refinery_schema_history",
            ids: &["1", "2", "3"],
            at: Some("2025-01-01T08:00:00Z"),
            wrong: &[
                (
                    "UPDATE refinery_schema_history SET checksum = '7' WHERE version = 2",
                    "migrations/2026/V2__create_tasks.sql: changed since `2` was run: its checksum is {4096441061268195125|10297174614274605136}, and that of what was run 7",
                ),
                (
                    "INSERT INTO refinery_schema_history VALUES (4, 'x', '2025-04-01T08:00:00Z', '7')",
                    "`4` has been run, and nothing stands for it",
                ),
            ],
        },
        Case {
            tool: "dbmate",
            folder: "db/migrations",
            files: vec![
                (
                    "20240101100000_create_users.sql",
                    format!("-- migrate:up\n{USERS}\n-- migrate:down\nDROP TABLE users;\n"),
                ),
                (
                    "20240201100000_create_tasks.sql",
                    format!("-- migrate:up\n{TASKS}\n-- migrate:down\nDROP TABLE tasks;\n"),
                ),
                (
                    "20240301100000_index_titles.sql",
                    format!("-- migrate:up transaction:false\n{TITLES}\n-- migrate:down\n"),
                ),
            ],
            run: with([
                "INSERT INTO done VALUES ('20240101100000')",
                "INSERT INTO done VALUES ('20240201100000')",
                "INSERT INTO done VALUES ('20240301100000')",
            ]),
            // Of another name than usual: the files tell that it may be theirs.
            table: |_| "CREATE TABLE done (version varchar(128) PRIMARY KEY)",
            name: "done",
            ids: &["20240101100000", "20240201100000", "20240301100000"],
            at: None,
            wrong: &[(
                "INSERT INTO done VALUES ('20240401100000')",
                "`20240401100000` has been run, and nothing stands for it",
            )],
        },
        Case {
            tool: "golang-migrate",
            folder: "crates/db/migrations",
            files: vec![
                ("000001_create_users.up.sql", USERS.to_owned()),
                (
                    "000001_create_users.down.sql",
                    "DROP TABLE users;\n".to_owned(),
                ),
                ("000002_create_tasks.up.sql", TASKS.to_owned()),
                (
                    "000002_create_tasks.down.sql",
                    "DROP TABLE tasks;\n".to_owned(),
                ),
                ("000010_index_titles.up.sql", TITLES.to_owned()),
            ],
            run: with([
                "INSERT INTO schema_migrations VALUES (1, false)",
                "UPDATE schema_migrations SET version = 2",
                "UPDATE schema_migrations SET version = 10",
            ]),
            table: |on| match on {
                On::Sqlite => {
                    "CREATE TABLE schema_migrations (version uint64,dirty bool); CREATE UNIQUE INDEX version_unique ON schema_migrations (version)"
                }
                On::Postgres => {
                    "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)"
                }
            },
            name: "schema_migrations",
            ids: &["000001", "000002", "000010"],
            at: None,
            wrong: &[
                (
                    "UPDATE schema_migrations SET dirty = true",
                    "`10` stopped in the middle",
                ),
                (
                    "UPDATE schema_migrations SET version = 7",
                    "`7` has been run, and nothing stands for it",
                ),
            ],
        },
        Case {
            tool: "goose",
            folder: "migrations",
            files: vec![
                (
                    "00001_create_users.sql",
                    format!("-- +goose Up\n{USERS}\n-- +goose Down\nDROP TABLE users;\n"),
                ),
                (
                    "00002_create_tasks.sql",
                    format!(
                        "-- +goose Up\n-- +goose StatementBegin\n{TASKS}-- +goose StatementEnd\n\n-- +goose Down\nDROP TABLE tasks;\n"
                    ),
                ),
                (
                    "00003_index_titles.sql",
                    format!("-- +goose NO TRANSACTION\n-- +goose Up\n{TITLES}"),
                ),
            ],
            // The second one was taken back and run again.
            run: with([
                "INSERT INTO goose_db_version VALUES (1, 0, {1|true}, '2024-12-31 00:00:00'), (2, 1, {1|true}, '2025-01-01 08:00:00')",
                "INSERT INTO goose_db_version VALUES (3, 2, {1|true}, '2025-01-02 08:00:00'), (4, 2, {0|false}, '2025-01-03 08:00:00'), (5, 2, {1|true}, '2025-02-01 08:00:00')",
                "INSERT INTO goose_db_version VALUES (6, 3, {1|true}, '2025-03-01 08:00:00')",
            ]),
            table: |on| match on {
                On::Sqlite => {
                    "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))"
                }
                On::Postgres => {
                    "CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now())"
                }
            },
            name: "goose_db_version",
            ids: &["00001", "00002", "00003"],
            at: Some("2025-01-01T08:00:00Z"),
            wrong: &[
                (
                    "INSERT INTO goose_db_version VALUES (9, 9, {1|true}, '2025-03-01 08:00:00')",
                    "`9` has been run, and nothing stands for it",
                ),
                // Taken back, and the table of it is there all the same.
                (
                    "INSERT INTO goose_db_version VALUES (9, 3, {0|false}, '2025-03-01 08:00:00')",
                    "create index tasks.ix_titles (title)",
                ),
            ],
        },
        Case {
            tool: "Flyway",
            folder: "src/main/resources/db/migration",
            files: vec![
                ("V1__create_users.sql", USERS.to_owned()),
                ("V1_1__create_tasks.sql", TASKS.to_owned()),
                ("U1_1__create_tasks.sql", "DROP TABLE tasks;\n".to_owned()),
                ("R__active.sql", VIEW.to_owned()),
                ("V2__index_titles.sql", TITLES.to_owned()),
            ],
            run: vec![
                (
                    USERS.to_owned(),
                    "INSERT INTO flyway_schema_history VALUES (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', 'public', NULL, 'ops', '2024-12-31 08:00:00', 0, true), (1, '1', 'create users', 'SQL', 'V1__create_users.sql', 752513138, 'ops', '2025-01-01 08:00:00', 5, true)",
                ),
                // The other way back is a row of its own, and so is each text of what is run again.
                (
                    format!("{TASKS}{TITLES}"),
                    "INSERT INTO flyway_schema_history VALUES (2, '1.1', 'create tasks', 'SQL', 'V1_1__create_tasks.sql', -1052617762, 'ops', '2025-02-01 08:00:00', 5, true), (3, '1.1', 'create tasks', 'UNDO_SQL', 'U1_1__create_tasks.sql', 7, 'ops', '2025-02-02 08:00:00', 5, true), (4, '1.1', 'create tasks', 'SQL', 'V1_1__create_tasks.sql', -1052617762, 'ops', '2025-02-03 08:00:00', 5, true), (5, '2', 'index titles', 'SQL', 'V2__index_titles.sql', -898560184, 'ops', '2025-03-01 08:00:00', 5, true)",
                ),
                (
                    VIEW.to_owned(),
                    "INSERT INTO flyway_schema_history VALUES (6, NULL, 'active', 'SQL', 'R__active.sql', 1, 'ops', '2025-03-01 08:00:00', 5, true), (7, NULL, 'active', 'SQL', 'R__active.sql', -996959393, 'ops', '2025-03-02 08:00:00', 5, true)",
                ),
            ],
            table: |on| match on {
                On::Sqlite => {
                    "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) NOT NULL, installed_on TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')), execution_time INT NOT NULL, success BOOLEAN NOT NULL); CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success)"
                }
                On::Postgres => {
                    "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INTEGER, installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT now(), execution_time INTEGER NOT NULL, success BOOLEAN NOT NULL); ALTER TABLE flyway_schema_history ADD CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank); CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success)"
                }
            },
            name: "flyway_schema_history",
            ids: &["1", "1-1", "2", "R__active"],
            at: Some("2025-01-01T08:00:00Z"),
            wrong: &[
                (
                    "UPDATE flyway_schema_history SET success = false WHERE installed_rank = 5",
                    "`2` stopped in the middle",
                ),
                (
                    "UPDATE flyway_schema_history SET checksum = 5 WHERE installed_rank = 7",
                    "src/main/resources/db/migration/R__active.sql: changed since `R__active` was run: its checksum is -996959393, and that of what was run 5",
                ),
                (
                    "INSERT INTO flyway_schema_history VALUES (8, '0.5', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, 'ops', '2025-01-01 08:00:00', 0, true)",
                    "what came up to `0.5` was there before the tool, and nothing stands for it",
                ),
            ],
        },
        // It begins with a database that was there, whose making is a file all the same.
        Case {
            tool: "Flyway",
            folder: "migrations",
            files: vec![
                ("V001__create_users.sql", USERS.to_owned()),
                ("V002__create_tasks.sql", TASKS.to_owned()),
                ("V003__index_titles.sql", TITLES.to_owned()),
            ],
            run: vec![
                (
                    USERS.to_owned(),
                    "INSERT INTO ops_history VALUES (1, '1.0', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, 'ops', '2025-01-01 08:00:00', 0, true)",
                ),
                (
                    TASKS.to_owned(),
                    "INSERT INTO ops_history VALUES (2, '002', 'create tasks', 'SQL', 'V002__create_tasks.sql', -1052617762, 'ops', '2025-02-01 08:00:00', 5, true)",
                ),
                (
                    TITLES.to_owned(),
                    "INSERT INTO ops_history VALUES (3, '003', 'index titles', 'SQL', 'V003__index_titles.sql', -898560184, 'ops', '2025-03-01 08:00:00', 5, true)",
                ),
            ],
            table: |_| "CREATE TABLE ops_history (installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL, execution_time INT NOT NULL, success BOOLEAN NOT NULL)",
            name: "ops_history",
            ids: &["001", "002", "003"],
            at: Some("2025-01-01T08:00:00Z"),
            wrong: &[],
        },
    ]
}

/// The text with the first of `{…|…}` for SQLite, and the second one for PostgreSQL.
fn said(text: &str, on: On) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (choice, behind) = after.split_once('}').unwrap();
        let (sqlite, postgres) = choice.split_once('|').unwrap();
        said.push_str(before);
        said.push_str(match on {
            On::Sqlite => sqlite,
            On::Postgres => postgres,
        });
        rest = behind;
    }
    said + rest
}

async fn connect(url: &str) -> Connection {
    let url = DatabaseUrl::parse(url, Path::new("/")).unwrap();
    Connection::connect(&url).await.unwrap()
}

/// Makes what the tool has made of its first `number` migrations.
async fn run_by_tool(url: &str, case: &Case, number: usize, more: &str, on: On) {
    let mut connection = connect(url).await;
    connection.batch((case.table)(on)).await.unwrap();
    for (sql, rows) in &case.run[..number] {
        connection.batch(sql).await.unwrap();
        connection.batch(&said(rows, on)).await.unwrap();
    }
    if !more.is_empty() {
        connection.batch(&said(more, on)).await.unwrap();
    }
    connection.close().await.unwrap();
}

async fn rows(url: &str, sql: &str) -> Vec<String> {
    let mut connection = connect(url).await;
    if url.starts_with("postgres") {
        connection.batch("SET TIME ZONE 'UTC'").await.unwrap();
    }
    let rows = connection.query_text(sql).await.unwrap();
    connection.close().await.unwrap();
    let text = |row: Vec<Option<String>>| {
        let values = row.into_iter().map(Option::unwrap_or_default);
        values.collect::<Vec<_>>().join("|")
    };
    rows.into_iter().map(text).collect()
}

/// A program with the files of a case, and nothing of Limbeck's.
fn program(case: &Case) -> Project {
    let project = Project::without_url();
    for name in ["src/models.rs", "src/lib.rs"] {
        fs::remove_file(project.path(name)).unwrap();
    }
    project.write("src/main.rs", "fn main() {}\n");
    for (name, text) in &case.files {
        project.write(&format!("{}/{name}", case.folder), text);
    }
    project
}

/// Takes a project over, goes on with it, and upgrades a database that is behind.
async fn walk(project: &Project, case: &Case, on: On, url: &str, behind: &str) {
    let tool = case.tool;
    run_by_tool(url, case, case.run.len(), "", on).await;
    let all = format!("SELECT * FROM {} ORDER BY 1", case.name);
    let before = rows(url, &all).await;
    let shown = project.run(&format!("init --from {url}"));
    let number = case.ids.len();
    for expected in [
        format!(
            "err| Revisions of {number} migrations of {tool} in {}, which stay as they are\n",
            case.folder
        ),
        "err| Replayed: they make what the database holds\n".to_owned(),
        format!(
            "err| Unmanaged: {} (the history of {}",
            case.name, case.tool
        )
        .replace("the history of dbmate", "the history of Rails or dbmate"),
        format!("err| Taken over from {tool}, as its table says: {number} revisions\n"),
        "exit 0\n".to_owned(),
    ] {
        assert!(shown.contains(&expected), "{tool}: {expected}\n{shown}");
    }
    for (name, text) in &case.files {
        assert_eq!(project.read(&format!("{}/{name}", case.folder)), *text);
        let told = format!(
            "err| {}/{name}: run again by Flyway whenever it changes",
            case.folder
        );
        let is_told = shown.contains(&told);
        assert_eq!(is_told, name.starts_with("R__"), "{tool}: {name}\n{shown}");
    }
    assert_eq!(rows(url, &all).await, before, "{tool}");
    let history = "SELECT revision FROM limbeck_history ORDER BY revision";
    let mut ids: Vec<&str> = case.ids.to_vec();
    ids.sort_unstable();
    assert_eq!(rows(url, history).await, ids, "{tool}");
    if let Some(at) = case.at {
        let time = format!(
            "SELECT applied_at FROM limbeck_history WHERE revision = '{}'",
            case.ids[0]
        );
        let found = rows(url, &time).await.concat();
        let found = found.replace("+00", "Z").replace(' ', "T");
        assert_eq!(found, at, "{tool}");
    }
    let shown = project.run(&format!("check --url {url}"));
    assert!(
        shown.ends_with("err| Nothing differs\nexit 0\n"),
        "{tool}: {shown}"
    );

    // What only the tool knows is where it says; the rest is run.
    run_by_tool(behind, case, 1, "", on).await;
    let shown = project.run(&format!("upgrade --url {behind}"));
    let expected = format!("err| Taken over from {tool}, as its table says: 1 revision\n");
    assert!(shown.contains(&expected), "{tool}: {shown}");
    assert!(shown.ends_with("exit 0\n"), "{tool}: {shown}");
    let run = shown.matches("Running upgrade").count();
    assert_eq!(run, number - 1, "{tool}: {shown}");
    assert_eq!(rows(behind, history).await, ids, "{tool}");
}

/// What does not fit is named, and nothing is written.
async fn refuse(case: &Case, on: On, url: &str, (more, expected): (&str, &str)) {
    let project = program(case);
    run_by_tool(url, case, case.run.len(), more, on).await;
    let shown = project.run(&format!("init --from {url}"));
    let expected = said(expected, on);
    assert!(
        shown.contains(&format!("err| cause: {expected}\n")),
        "{}: {expected}\n{shown}",
        case.tool
    );
    assert!(shown.ends_with("exit 1\n"), "{}: {shown}", case.tool);
    for file in ["limbeck.toml", "limbeck"] {
        assert!(!project.path(file).exists(), "{}", case.tool);
    }
}

fn file(project: &Project, name: &str) -> String {
    format!("sqlite:///{}?mode=rwc", project.path(name).display())
}

#[tokio::test]
async fn migrations_of_each_tool_become_revisions_on_sqlite() {
    for case in cases() {
        let project = program(&case);
        let (url, behind) = (file(&project, "app.db"), file(&project, "behind.db"));
        walk(&project, &case, On::Sqlite, &url, &behind).await;
    }
}

#[tokio::test]
async fn what_does_not_fit_of_any_tool_writes_nothing_on_sqlite() {
    for case in cases() {
        for wrong in case.wrong {
            let place = Project::empty();
            refuse(&case, On::Sqlite, &file(&place, "app.db"), *wrong).await;
        }
    }
}

#[tokio::test]
async fn migrations_of_each_tool_become_revisions_on_postgres() {
    let (_server, mut scratch) = Project::beside_postgres().await;
    for (number, case) in cases().iter().enumerate() {
        let project = program(case);
        let live = scratch
            .create_database(&format!("live{number}"), None)
            .await;
        let behind = scratch
            .create_database(&format!("behind{number}"), None)
            .await;
        let (live, behind) = (live.unwrap(), behind.unwrap());
        let (url, behind) = (live.url.to_string(), behind.url.to_string());
        walk(&project, case, On::Postgres, &url, &behind).await;
    }
}

#[tokio::test]
async fn what_does_not_fit_of_any_tool_writes_nothing_on_postgres() {
    let (_server, mut scratch) = Project::beside_postgres().await;
    let mut number = 0;
    for case in cases() {
        for wrong in case.wrong {
            number += 1;
            let live = scratch
                .create_database(&format!("live{number}"), None)
                .await;
            refuse(&case, On::Postgres, &live.unwrap().url.to_string(), *wrong).await;
        }
    }
}

#[tokio::test]
async fn migrations_that_are_programs_become_a_baseline() {
    let mut cases = cases();
    let case = &mut cases[0];
    case.files[1] = (
        "2026/V2__create_tasks.rs",
        "pub fn migration() -> String {}\n".to_owned(),
    );
    let project = program(case);
    let url = file(&project, "app.db");
    run_by_tool(&url, case, 3, "", On::Sqlite).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --rev-id aaaa1111"), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/aaaa1111_baseline.sql
    out| Created limbeck.toml
    err| Found 3 migrations of refinery or Flyway in migrations: left as it is
    err| Baseline of 2 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| The baseline stands for the migrations of refinery: not all of them are SQL
    err| migrations/2026/V2__create_tasks.rs: a program, which refinery alone can run
    err| One that has not been run here yet is in no revision: run it with refinery first
    err| Unmanaged: refinery_schema_history (the history of refinery)
    err| Taken over from refinery, as its table says: 1 revision
    exit 0
    "#);
    let file = project.read("limbeck/revisions/aaaa1111_baseline.sql");
    assert_eq!(
        file.matches("\n-- replaces: refinery ").count(),
        3,
        "{file}"
    );
}

/// What the old table says is compared with the revisions before anything is left in the project.
#[tokio::test]
async fn no_file_stays_where_the_old_table_does_not_fit() {
    let project = Project::without_url().without_models();
    let before = fs::read_dir(project.path("")).unwrap().count();
    let table = "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (7, true)";
    crate::layouts::run(&project, &format!("{USERS}{table}")).await;
    let shown = project.run("init --from sqlite:///./shop.db");
    assert!(
        shown.starts_with("err| error: the history of golang-migrate, `schema_migrations`, does not fit the revisions: `7` stopped in the middle\n"),
        "{shown}"
    );
    let after = fs::read_dir(project.path("")).unwrap().count();
    assert_eq!(after, before + 1, "the database alone: {shown}");
}
