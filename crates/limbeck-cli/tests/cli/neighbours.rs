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
    err| Found 2 entities of SeaORM in src/entity: they are not among the models
    err| Next: begin with a database that they have made: limbeck init --from URL
    exit 0
    "#);
}

/// Where entities and tables of other libraries are, and what `init` says of them: what it calls the models is what `check` reads.
#[tokio::test]
async fn what_is_called_the_models_is_read() {
    let entity = "use sea_orm::entity::prelude::*;\n#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n#[sea_orm(table_name = \"cake\")]\npub struct Model {\n    #[sea_orm(primary_key)]\n    pub id: i32,\n    pub name: String,\n}\n";
    let other_entity = entity.replace("\"cake\"", "\"fork\"");
    let table = "diesel::table! { cake (id) { id -> Integer, name -> Text, } }\n";
    let off = "#[cfg(feature = \"d\")]\npub mod schema;\n";
    let package = |name: &str, more: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n[dependencies]\nsea-orm = \"1.1\"\ndiesel = \"2.2\"\n{more}"
        )
    };
    let (server, feature) = (
        package("server", ""),
        package("server", "[features]\nd = []\n"),
    );
    let app = package(
        "app",
        "types = { path = \"types\" }\n[features]\ndefault = [\"full\"]\nfull = [\"types/d\"]\n[workspace]\nmembers = [\"types\"]\n",
    );
    let types = feature.replace("\"server\"", "\"types\"");
    let fork = server.replace(
        "\"2.2\"",
        "{ version = \"2\", package = \"another_diesel\" }",
    );
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Result<&'a str, &'a str>);
    let cases: &[Case<'_>] = &[
        (
            "the package is below",
            &[
                ("server/Cargo.toml", &server),
                ("server/src/lib.rs", entity),
            ],
            Ok("Found 1 entity of SeaORM in server/src/lib.rs: they are the models"),
        ),
        (
            "two packages are below",
            &[
                ("server/Cargo.toml", &server),
                ("server/src/lib.rs", entity),
                ("other/Cargo.toml", &server),
                ("other/src/lib.rs", entity),
            ],
            Err("name one in limbeck.toml: [models] path = \"other\""),
        ),
        (
            "the package is beside",
            &[
                ("Cargo.toml", &server),
                ("src/lib.rs", ""),
                ("other/Cargo.toml", &server),
                ("other/src/lib.rs", entity),
            ],
            Err("where their package is, is said in limbeck.toml: [models] path = \"other\""),
        ),
        (
            "no mod leads there",
            &[
                ("Cargo.toml", &server),
                ("src/lib.rs", ""),
                ("src/schema.rs", table),
            ],
            Err("or leave them as they are: [models] diesel = false"),
        ),
        (
            "a feature is off",
            &[
                ("Cargo.toml", &feature),
                ("src/lib.rs", off),
                ("src/schema.rs", table),
            ],
            Err("`schema` holds a model and is left out: `feature = \"d\"` is off"),
        ),
        (
            "a feature is off for a file that diesel.toml names",
            &[
                ("Cargo.toml", &feature),
                ("src/lib.rs", off),
                ("src/schema.rs", table),
                ("diesel.toml", "[print_schema]\nfile = \"src/schema.rs\"\n"),
            ],
            Ok("Found 1 table of Diesel in src/schema.rs: they are the models"),
        ),
        (
            "a member turns the feature on",
            &[
                ("Cargo.toml", &app),
                ("src/lib.rs", ""),
                ("types/Cargo.toml", &types),
                ("types/src/lib.rs", off),
                ("types/src/schema.rs", table),
            ],
            Ok("Found 1 table of Diesel in types/src/schema.rs: they are the models"),
        ),
        (
            "a fork of Diesel",
            &[
                ("Cargo.toml", &fork),
                ("src/lib.rs", "pub mod schema;\n"),
                ("src/schema.rs", table),
            ],
            Ok("Found 1 table of Diesel in src/schema.rs: they are the models"),
        ),
        (
            "an example with a table of its own",
            &[
                ("Cargo.toml", &server),
                ("src/lib.rs", ""),
                ("examples/fork.rs", &other_entity),
            ],
            Ok("Found 1 entity of SeaORM in examples/fork.rs: they are not among the models"),
        ),
        (
            "they are left",
            &[
                ("Cargo.toml", &server),
                ("src/lib.rs", "mod schema;\n"),
                ("src/schema.rs", table),
                ("limbeck.toml", "[models]\ndiesel = false\n"),
            ],
            Ok("Found 1 table of Diesel in src/schema.rs: they are not among the models"),
        ),
    ];
    for (name, files, expected) in cases {
        let project = project(&[]);
        let _ = std::fs::remove_file(project.path("Cargo.toml"));
        let _ = std::fs::remove_dir_all(project.path("src"));
        for (file, text) in *files {
            project.write(file, text);
        }
        project
            .batch(
                "app.db",
                "CREATE TABLE cake (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name VARCHAR NOT NULL);",
            )
            .await;
        let said = project.run("init --from sqlite:///./app.db");
        let (Ok(words) | Err(words)) = expected;
        assert!(said.contains(words), "{name}: {said}");
        assert_eq!(
            said.ends_with("exit 0\n"),
            expected.is_ok(),
            "{name}: {said}"
        );
        if !words.contains("they are the models") {
            continue;
        }
        for (file, text) in *files {
            let more = text
                .replace("name -> Text,", "name -> Text, more -> Nullable<Integer>,")
                .replace(
                    "pub name: String,",
                    "pub name: String, pub more: Option<i32>,",
                );
            project.write(file, &more);
        }
        let said = project.run("check --url sqlite:///./app.db");
        assert!(said.contains("add column cake.more"), "{name}: {said}");
    }
}
