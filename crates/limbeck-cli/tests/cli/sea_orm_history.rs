//! Migrations of SeaORM that are taken over, where they do nothing but send SQL.

use std::fs;

use crate::project::Project;

const LIB: &str = "pub use sea_orm_migration::prelude::*;

mod m20240101_000001_create_users;
mod m20240201_create_tasks;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20240101_000001_create_users::Migration),
            Box::new(m20240201_create_tasks::Migration),
        ]
    }
}
";

const USERS: &str = "use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(include_str!(\"../sql/users_up.sql\"))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(include_str!(\"../sql/users_down.sql\"))
            .await?;
        Ok(())
    }
}
";

const TASKS: &str = "use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(\"CREATE TABLE tasks (id integer PRIMARY KEY NOT NULL, title text NOT NULL)\")
            .await?;
        db.execute_unprepared(\"CREATE INDEX ix_titles ON tasks (title)\").await?;
        Ok(())
    }
}
";

const FILES: [(&str, &str); 5] = [
    ("migration/src/lib.rs", LIB),
    ("migration/src/m20240101_000001_create_users.rs", USERS),
    ("migration/src/m20240201_create_tasks.rs", TASKS),
    (
        "migration/sql/users_up.sql",
        "CREATE TABLE users (id integer PRIMARY KEY NOT NULL, email text NOT NULL);\n",
    ),
    ("migration/sql/users_down.sql", "DROP TABLE users;\n"),
];

/// What SeaORM's runner leaves when it has run so many of them.
fn run_by_sea_orm(number: usize) -> String {
    let steps = [
        "CREATE TABLE users (id integer PRIMARY KEY NOT NULL, email text NOT NULL);
         INSERT INTO seaql_migrations VALUES ('m20240101_000001_create_users', 1735718400);",
        "CREATE TABLE tasks (id integer PRIMARY KEY NOT NULL, title text NOT NULL);
         CREATE INDEX ix_titles ON tasks (title);
         INSERT INTO seaql_migrations VALUES ('m20240201_create_tasks', 1738396800);",
    ];
    let table = "CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);";
    format!("{table}{}", steps[..number].concat())
}

#[tokio::test]
async fn migrations_that_only_send_sql_become_revisions() {
    let project = Project::without_url().with_program(&FILES);
    project.batch("app.db", &run_by_sea_orm(2)).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db"), @r#"
    out| Created limbeck.toml
    out| Created migrations/m20240101_000001_create_users.sql
    out| Created migrations/m20240201_create_tasks.sql
    out| Created src/models.rs
    err| Added `mod models;` to src/main.rs
    err| Revisions of 2 migrations of SeaORM in migration/src, which stay as they are
    err| Replayed: they make what the database holds
    err| Unmanaged: seaql_migrations (the history of SeaORM)
    err| Taken over from SeaORM, as its table says: 2 revisions
    exit 0
    "#);
    insta::assert_snapshot!(project.run("history -v"), @r#"
    out| Revision: m20240201_create_tasks (head)
    out| Parents:  m20240101_000001_create_users
    out| Created:  2024-02-01T00:00:00Z
    out| File:     migrations/m20240201_create_tasks.sql
    out| 
    out|     create tasks
    out| 
    out| Revision: m20240101_000001_create_users
    out| Parents:  none
    out| Created:  2024-01-01T00:00:01Z
    out| File:     migrations/m20240101_000001_create_users.sql
    out| 
    out|     create users
    exit 0
    "#);
    insta::assert_snapshot!(project.read("migrations/m20240101_000001_create_users.sql"), @r#"
    -- create users
    --
    -- revision: m20240101_000001_create_users
    -- parents:  none
    -- created:  2024-01-01T00:00:01Z
    -- dialects: sqlite
    -- replaces: sea-orm m20240101_000001_create_users

    -- upgrade
    CREATE TABLE users (id integer PRIMARY KEY NOT NULL, email text NOT NULL);

    -- downgrade
    DROP TABLE users;
    "#);
    insta::assert_snapshot!(project.read("migrations/m20240201_create_tasks.sql"), @r#"
    -- create tasks
    --
    -- revision: m20240201_create_tasks
    -- parents:  m20240101_000001_create_users
    -- created:  2024-02-01T00:00:00Z
    -- dialects: sqlite
    -- replaces: sea-orm m20240201_create_tasks

    -- upgrade
    CREATE TABLE tasks (id integer PRIMARY KEY NOT NULL, title text NOT NULL);

    CREATE INDEX ix_titles ON tasks (title)

    -- downgrade: irreversible, none was written
    "#);
    insta::assert_snapshot!(project.run("current -v"), @r#"
    out| m20240201_create_tasks (head), create tasks, stamped 2025-02-01T08:00:00Z by SeaORM (taken over), Limbeck 0.1.0, migrations/m20240201_create_tasks.sql
    exit 0
    "#);
    project.batch("behind.db", &run_by_sea_orm(1)).await;
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///./behind.db"), @r#"
    err| Taken over from SeaORM, as its table says: 1 revision
    err| Running upgrade m2024010 -> m2024020, create tasks
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check --url sqlite:///./behind.db"), @r#"
    err| unmanaged: seaql_migrations
    err| Nothing differs
    exit 0
    "#);
}

#[tokio::test]
async fn one_that_does_more_makes_a_baseline_of_all() {
    let project = Project::without_url().with_program(&FILES);
    let more = TASKS.replace(
        "let db = manager.get_connection();",
        "let db = manager.get_connection();\n        let number = count(db).await?;",
    );
    project.write("migration/src/m20240201_create_tasks.rs", &more);
    project.batch("app.db", &run_by_sea_orm(2)).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --rev-id aaaa1111"), @r#"
    out| Created limbeck.toml
    out| Created migrations/aaaa1111_baseline.sql
    out| Created src/models.rs
    err| Found 2 migrations of SeaORM in migration/src: left as it is
    err| Added `mod models;` to src/main.rs
    err| Baseline of 2 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| The baseline stands for the migrations of SeaORM: not all of them are SQL
    err| migration/src/m20240201_create_tasks.rs:10: `up` does more here than to send SQL that stands in the source
    err| One that has not been run here yet is in no revision: run it with SeaORM first
    err| Unmanaged: seaql_migrations (the history of SeaORM)
    err| Taken over from SeaORM, as its table says: 1 revision
    exit 0
    "#);
}

#[tokio::test]
async fn what_is_included_from_outside_is_not_read() {
    let project = Project::without_url().with_program(&FILES);
    fs::write(project.beside("secret.sql"), "SELECT 'secret';\n").unwrap();
    fs::create_dir_all(project.path(".git")).unwrap();
    let outside = project.beside("secret.sql");
    let name = outside.file_name().unwrap().to_string_lossy().into_owned();
    let hostile = USERS.replace("../sql/users_up.sql", &format!("../../../{name}"));
    project.write("migration/src/m20240101_000001_create_users.rs", &hostile);
    project.batch("app.db", &run_by_sea_orm(2)).await;
    let shown = project.run("init --from sqlite:///./app.db");
    assert!(
        shown.contains("which is outside of the checkout and is not read"),
        "{shown}"
    );
    // A link leads there, too.
    #[cfg(unix)]
    {
        fs::remove_file(project.path("migration/sql/users_up.sql")).unwrap();
        std::os::unix::fs::symlink(&outside, project.path("migration/sql/users_up.sql")).unwrap();
        project.write("migration/src/m20240101_000001_create_users.rs", USERS);
        let shown = project.run("init --from sqlite:///./app.db");
        assert!(
            shown.contains("which is outside of the checkout and is not read"),
            "{shown}"
        );
    }
    assert!(!project.path("limbeck.toml").exists());
}

/// Places are named as long as they help to see why.
#[tokio::test]
async fn many_that_do_more_are_told_by_their_number() {
    let names: Vec<String> = (1..=9)
        .map(|day| format!("m2024010{day}_create_t{day}"))
        .collect();
    let modules: String = names.iter().map(|name| format!("mod {name};\n")).collect();
    let listed = names
        .iter()
        .map(|name| format!("Box::new({name}::Migration),\n"));
    let lib = format!(
        "use sea_orm_migration::prelude::*;\n{modules}pub struct Migrator;\nimpl MigratorTrait for Migrator {{\n    fn migrations() -> Vec<Box<dyn MigrationTrait>> {{\n        vec![{}]\n    }}\n}}\n",
        listed.collect::<String>()
    );
    let project = Project::without_url().with_program(&[("migration/src/lib.rs", &lib)]);
    let mut run = "CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);".to_owned();
    for name in &names {
        let more = TASKS.replace(
            "let db = manager",
            "manager.has_table(\"t\").await?;\n        let db = manager",
        );
        project.write(&format!("migration/src/{name}.rs"), &more);
        run += &format!("INSERT INTO seaql_migrations VALUES ('{name}', 1735718400);");
    }
    project
        .batch(
            "app.db",
            &format!("{run}CREATE TABLE t (id integer PRIMARY KEY NOT NULL);"),
        )
        .await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --rev-id base1"), @r#"
    out| Created limbeck.toml
    out| Created migrations/base1_baseline.sql
    out| Created src/models.rs
    err| Found 9 migrations of SeaORM in migration/src: left as it is
    err| Added `mod models;` to src/main.rs
    err| Baseline of 1 table
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| The baseline stands for the migrations of SeaORM: not all of them are SQL
    err| migration/src/m20240101_create_t1.rs:9: `up` does more here than to send SQL that stands in the source
    err| migration/src/m20240102_create_t2.rs:9: `up` does more here than to send SQL that stands in the source
    err| migration/src/m20240103_create_t3.rs:9: `up` does more here than to send SQL that stands in the source
    err| migration/src/m20240104_create_t4.rs:9: `up` does more here than to send SQL that stands in the source
    err| migration/src/m20240105_create_t5.rs:9: `up` does more here than to send SQL that stands in the source
    err| migration/src/m20240106_create_t6.rs:9: `up` does more here than to send SQL that stands in the source
    err| and so in 3 more places
    err| One that has not been run here yet is in no revision: run it with SeaORM first
    err| Unmanaged: seaql_migrations (the history of SeaORM)
    err| Taken over from SeaORM, as its table says: 1 revision
    exit 0
    "#);
}
