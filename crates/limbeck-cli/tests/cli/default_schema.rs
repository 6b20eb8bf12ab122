//! Models that name the schema in which names without one are.

use std::fs;

use crate::project::Project;

/// A schema that is the default one is where names without a schema are, whoever says it.
#[tokio::test]
async fn a_model_may_name_the_default_schema_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("live", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    let mut connection = database.connect().await.unwrap();
    connection.batch("CREATE SCHEMA app").await.unwrap();
    connection.close().await.unwrap();
    for (default, configuration) in [
        ("public", "dialects = [\"postgres\"]\n"),
        ("app", "dialects = [\"postgres\"]\nsearch_path = \"app\"\n"),
    ] {
        project.write("limbeck.toml", configuration);
        let model = |schema: &str, name: &str, reference: &str| {
            format!(
                "#[derive(limbeck::Table)]\n#[table(name = \"{name}\"{schema})]\npub struct {name} {{\n    #[column(primary_key)]\n    pub id: i64,\n    {reference}\n}}\n"
            )
        };
        let said = format!(", schema = \"{default}\"");
        let reference = format!(
            "#[column(references = \"{default}.Lists.id\")]\n    pub list_id: i64,\n    pub mood: Mood,"
        );
        let mood = format!(
            "#[derive(limbeck::EnumType)]\n#[enum_type(name = \"mood\"{said})]\npub enum Mood {{ Good, Bad }}\n"
        );
        let whole = |said: &str| {
            [
                mood.clone(),
                model(said, "Lists", ""),
                model(said, "Tasks", &reference),
            ]
            .concat()
        };
        project.write("src/models.rs", &whole(&said));
        let written = project.run("revision --autogenerate -m 'Lists'");
        assert!(written.ends_with("exit 0\n"), "{written}");
        for command in ["check --only models", "upgrade", "check"] {
            let shown = project.run(command);
            assert!(shown.ends_with("exit 0\n"), "{command}: {shown}");
        }
        // It is the same without.
        project.write("src/models.rs", &whole(""));
        let shown = project.run("check");
        assert!(shown.ends_with("exit 0\n"), "{shown}");
        let both = [
            whole(&said),
            model("", "Lists", "").replace("struct Lists", "struct Again"),
        ];
        project.write("src/models.rs", &both.concat());
        let refused = project.run("check --only models");
        assert!(
            refused.contains("`Lists` is declared once with its schema and once without"),
            "{refused}"
        );
        project.run("downgrade base --allow-loss");
        for file in fs::read_dir(project.path("migrations")).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        project.write("migrations/scratch.sql", "CREATE SCHEMA app;\n");
    }
    scratch.close().await.unwrap();
}

/// What is printed of a database whose search path is its own makes it again where the path is the usual one.
#[tokio::test]
async fn what_is_printed_of_another_default_schema_is_the_database_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let there = scratch.create_database("there", None).await.unwrap();
    scratch
        .set_search_path(&there, "app, public")
        .await
        .unwrap();
    let again = scratch.create_database("again", None).await.unwrap();
    let mut connection = there.connect().await.unwrap();
    let made = "CREATE SCHEMA app; CREATE TYPE mood AS ENUM ('good'); CREATE TABLE t (id int PRIMARY KEY, m mood); \
        CREATE TABLE public.p (id int REFERENCES t); \
        CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t'; CREATE VIEW v AS SELECT f()";
    connection.batch(made).await.unwrap();
    connection.close().await.unwrap();
    let shown = project.run(&format!("inspect {}", there.url));
    let lines = shown.lines().filter_map(|line| line.strip_prefix("out| "));
    let sql = lines.collect::<Vec<_>>().join("\n");
    let mut connection = again.connect().await.unwrap();
    let loaded = connection.batch(&sql).await;
    loaded.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    connection.close().await.unwrap();
    project.write("limbeck.toml", "search_path = \"app\"\n");
    let shown = project.run(&format!("diff {} {}", there.url, again.url));
    assert_eq!(shown, "err| Nothing differs\nexit 0\n", "{sql}");
    scratch.close().await.unwrap();
}
