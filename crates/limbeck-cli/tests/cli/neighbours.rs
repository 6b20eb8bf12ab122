//! Projects that have entities and migrations of other libraries and tools.

use crate::project::Project;

/// A project of another tool: nothing of Limbeck's is in it.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::without_url();
    for name in ["limbeck.toml", "src/models.rs"] {
        let _ = std::fs::remove_file(project.path(name));
    }
    let _ = std::fs::remove_dir_all(project.path("migrations"));
    project.write("src/lib.rs", "");
    for (name, text) in files {
        project.write(name, text);
    }
    project
}

#[test]
fn migrations_of_another_tool_are_named_as_such() {
    let files = [
        (
            "migrations/1_a.sql",
            "CREATE TABLE t (id INTEGER PRIMARY KEY);\n",
        ),
        ("migrations/2_b.sql", "CREATE INDEX i ON t (id);\n"),
    ];
    let project = project(&files);
    for command in [
        "check",
        "heads",
        "revision -m x",
        "upgrade --url sqlite:///./app.db",
    ] {
        assert_eq!(
            project.run(command),
            "err| error: 2 migrations of sqlx in migrations, and no revision of Limbeck\n\
             err| hint: begin with a database that they have made: limbeck init --from URL\n\
             err| hint: a folder of Limbeck's own, in limbeck.toml: migrations = \"limbeck/revisions\"\n\
             exit 2\n",
            "{command}"
        );
    }
    insta::assert_snapshot!(project.run("init"), @r#"
    out| Created limbeck.toml
    out| Created limbeck/revisions
    out| Created .env.example
    out| Added .env, *.db, *.db-shm, *.db-wal to .gitignore
    err| Found 2 migrations of sqlx in migrations: left as it is
    err| Next: begin with a database that they have made: limbeck init --from URL
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `todo`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| error: there is nothing to compare: no model and no revision
    err| cause: 2 migrations of sqlx in migrations
    err| hint: begin with a database that they have made: limbeck init --from URL
    err| hint: derive `limbeck::Table` on a struct, then: limbeck revision --autogenerate -m "…"
    exit 2
    "#);
    let toml = std::fs::read_to_string(project.path("limbeck.toml")).unwrap();
    assert!(
        toml.contains("\nmigrations = \"limbeck/revisions\"\n"),
        "{toml}"
    );
    // One file that is Limbeck's, and each other one is told with its line.
    project.write("limbeck.toml", "");
    project.write(
        "migrations/3_c.sql",
        "-- C\n--\n-- revision: 3\n-- parents: none\n\n-- upgrade\n-- nothing\n\n-- downgrade\n-- nothing\n",
    );
    let shown = project.run("heads");
    assert!(
        shown.contains("migrations/1_a.sql:1: the header is missing"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_database_of_another_tool_gets_revisions_beside_its_own() {
    let files = [(
        "migrations/1_a.sql",
        "CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL);\n",
    )];
    let project = project(&files);
    let url = format!("sqlite:///{}", project.path("app.db").display());
    let parsed = limbeck::url::DatabaseUrl::parse(&url, std::path::Path::new("/")).unwrap();
    std::fs::File::create(project.path("app.db")).unwrap();
    let mut connection = limbeck::connection::Connection::connect(&parsed)
        .await
        .unwrap();
    connection.execute(files[0].1).await.unwrap();
    connection.close().await.unwrap();
    insta::assert_snapshot!(project.run("init --from sqlite:///./app.db --rev-id base1"), @r#"
    out| Created limbeck/models.rs
    out| Created limbeck/revisions/base1_baseline.sql
    out| Created limbeck.toml
    err| Found 1 migration of sqlx in migrations: left as it is
    err| Baseline of 1 table
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Running stamp  -> base1
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| Nothing differs
    exit 0
    "#);
    assert_eq!(
        std::fs::read_dir(project.path("migrations"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn entities_of_another_library_are_seen_where_there_is_no_model() {
    let entity = "#[derive(Clone, Debug, DeriveEntityModel)]\n#[sea_orm(table_name = \"cake\")]\npub struct Model {\n    #[sea_orm(primary_key)]\n    pub id: i32,\n}\n";
    let project = project(&[
        ("src/entity/cake.rs", entity),
        ("src/entity/fruit.rs", entity),
    ]);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `todo`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| error: there is nothing to compare: no model and no revision
    err| cause: 2 entities of SeaORM in src/entity
    err| hint: begin with a database that they have made: limbeck init --from URL
    err| hint: derive `limbeck::Table` on a struct, then: limbeck revision --autogenerate -m "…"
    exit 2
    "#);
    insta::assert_snapshot!(project.run("revision --autogenerate -m x --dialect sqlite"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `todo`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| There is no model to compare with: no revision written
    err| Found 2 entities of SeaORM in src/entity
    err| Next: begin with a database that they have made: limbeck init --from URL
    exit 0
    "#);
    insta::assert_snapshot!(project.run("init"), @r#"
    out| Created limbeck.toml
    out| Created migrations
    out| Created .env.example
    out| Added .env, *.db, *.db-shm, *.db-wal to .gitignore
    err| Found 2 entities of SeaORM in src/entity: they are the models
    err| Next: begin with a database that they have made: limbeck init --from URL
    exit 0
    "#);
}
