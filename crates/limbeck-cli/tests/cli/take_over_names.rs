//! Files among the migrations of another tool that it does not run, and ids as files spell them.

use sha2::{Digest as _, Sha384};

use crate::project::Project;

const USERS: &str = "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL);\n";

const TASKS: &str = "CREATE TABLE tasks (id INTEGER NOT NULL PRIMARY KEY, title TEXT NOT NULL);\n";

struct Case {
    tool: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// Files that the tool does not run.
    odd: &'static [&'static str],
    history: String,
    ids: &'static [&'static str],
}

fn sum(text: &str) -> String {
    let sum = Sha384::digest(text.as_bytes());
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            tool: "golang-migrate",
            files: &[
                ("0001_users.up.sql", USERS),
                ("0001_users.down.sql", "DROP TABLE users;\n"),
                ("0002_tasks.up.sql", TASKS),
            ],
            odd: &["0003_plain.sql", "0004_alone.down.sql", "seed.sql", "x_y.up.sql"],
            history: "CREATE TABLE schema_migrations (version uint64,dirty bool); CREATE UNIQUE INDEX version_unique ON schema_migrations (version); INSERT INTO schema_migrations VALUES (2, false);".to_owned(),
            ids: &["0001", "0002"],
        },
        Case {
            tool: "sqlx",
            files: &[
                ("0001_users.sql", USERS),
                ("0002_tasks.up.sql", TASKS),
                ("0002_tasks.down.sql", "DROP TABLE tasks;\n"),
            ],
            odd: &["0004_alone.down.sql", "seed.sql"],
            history: format!(
                "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL); INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (1, 'users', true, x'{}', 1), (2, 'tasks', true, x'{}', 1);",
                sum(USERS),
                sum(TASKS)
            ),
            ids: &["0001", "0002"],
        },
        Case {
            tool: "Diesel",
            files: &[
                ("00000000000001_users/up.sql", USERS),
                ("00000000000001_users/down.sql", "DROP TABLE users;\n"),
                ("2024-01-01-000000_tasks/up.sql", TASKS),
            ],
            odd: &["seed.sql", "00000000000001_users/notes.sql"],
            history: "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP); INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000001'), ('20240101000000');".to_owned(),
            ids: &["00000000000001", "20240101000000"],
        },
    ]
}

#[tokio::test]
async fn what_a_tool_does_not_run_is_told_and_keeps_nothing_from_being_taken_over() {
    for case in cases() {
        let project = Project::new().with_program(&[]);
        for (name, text) in case.files {
            project.write(&format!("migrations/{name}"), text);
        }
        for name in case.odd {
            project.write(&format!("migrations/{name}"), "SELECT 1;\n");
        }
        let sql = format!("{USERS}{TASKS}{}", case.history);
        project.batch("todo.db", &sql).await;
        let shown = project.run("init --from sqlite:///todo.db");
        let tool = case.tool;
        let taken = format!("err| Revisions of 2 migrations of {tool} in migrations");
        assert!(shown.contains(&taken), "{tool}: {shown}");
        for name in case.odd {
            let told = format!(
                "err| migrations/{name}: in no revision, since by its name {tool} does not run it as a migration\n"
            );
            assert!(shown.contains(&told), "{told}{shown}");
        }
        assert_eq!(
            shown.matches(": in no revision").count(),
            case.odd.len(),
            "{shown}"
        );
        let history = project.run("history");
        for id in case.ids {
            assert!(
                history.contains(&id[..id.len().min(8)]),
                "{tool}: {history}"
            );
        }
        let shown = project.run("check");
        assert!(
            shown.ends_with("err| Nothing differs\nexit 0\n"),
            "{tool}: {shown}"
        );
        // Another database that only the tool's table knows.
        project.batch("other.db", &sql).await;
        let shown = project.run("upgrade --url sqlite:///other.db");
        assert!(shown.ends_with("exit 0\n"), "{tool}: {shown}");
        let shown = project.run("current --url sqlite:///other.db");
        let last = format!("out| {}", case.ids[1]);
        assert!(shown.contains(&last), "{tool}: {shown}");
    }
}

/// Projects with several folders of migrations: where they are, and which of them the database has run. The others have the
/// same versions with other SQL, or SQL of another database.
const FOLDERS: &[(&str, &[&str])] = &[
    ("server-sqlite/migrations", &["server-postgres/migrations"]),
    ("migrations/sqlite", &["migrations/postgres"]),
    ("zz/migrations/main", &["migrations", "zz/migrations/other"]),
    ("meta-migrations", &["migrations", "record_migrations"]),
    ("db/Migrations2", &[]),
];

#[tokio::test]
async fn of_several_folders_the_one_is_taken_that_the_table_knows() {
    for (own, others) in FOLDERS {
        let project = Project::without_url().with_program(&[]);
        let history = format!(
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL); INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (1, 'users', true, x'{}', 1);",
            sum(USERS)
        );
        project.write(&format!("{own}/1_users.sql"), USERS);
        for other in *others {
            let text = "CREATE TABLE users (id uuid DEFAULT gen_random_uuid());\nSELECT 'x;\n";
            project.write(&format!("{other}/1_users.sql"), text);
        }
        project.batch("app.db", &format!("{USERS}{history}")).await;
        let told = project.run("init --from sqlite:///./app.db");
        let expected = format!("Revisions of 1 migration of sqlx in {own}, which stay as they are");
        assert!(told.contains(&expected), "{own}: {told}");
        let checked = project.run("check");
        assert!(checked.contains("Nothing differs"), "{own}: {checked}");
    }
}

/// What is in a database besides is told: no revision makes it, and so no model says it.
#[tokio::test]
async fn what_no_migration_makes_is_told() {
    let project = Project::without_url().with_program(&[
        ("migrations/1_users.up.sql", USERS),
        ("migrations/1_users.down.sql", "DROP TABLE users;\n"),
    ]);
    let sql = format!(
        "{USERS}CREATE TABLE by_hand (a int); CREATE TABLE schema_migrations (version uint64,dirty bool); CREATE UNIQUE INDEX version_unique ON schema_migrations (version); INSERT INTO schema_migrations VALUES (1, false); CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP); INSERT INTO __diesel_schema_migrations (version) VALUES ('20240101000000');"
    );
    project.batch("app.db", &sql).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db"), @r"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/1_users.sql
    out| Created limbeck.toml
    err| Revisions of 1 migration of golang-migrate in migrations, which stay as they are
    err| Replayed: they make what the database holds, but for what is unmanaged
    err| In no revision: what Diesel has run, as `__diesel_schema_migrations` says (1 row)
    err| Unmanaged: by_hand (no migration makes it)
    err| Unmanaged: __diesel_schema_migrations (the history of Diesel)
    err| Unmanaged: schema_migrations (the history of golang-migrate)
    err| Taken over from golang-migrate, as its table says: 1 revision
    exit 0
    ");
}
