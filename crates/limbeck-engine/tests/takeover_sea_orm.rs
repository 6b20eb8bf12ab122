//! Migrations of SeaORM that do nothing but send SQL become revisions; of any other one the place is named.

use std::fmt::Write as _;

use limbeck::old_history::OldHistory;
use limbeck_core::dialect::Dialect;
use limbeck_core::revision::{Tool, parse, render};
use limbeck_core::schema::QualifiedName;
use limbeck_engine::takeover::{Edited, SourceFile, ToolSettings, included, read, revisions};

fn file((path, text): &(&str, &str)) -> SourceFile {
    SourceFile {
        path: (*path).to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

/// The sections of each revision behind its id, or the errors.
fn taken(files: &[(&str, &str)]) -> String {
    let files: Vec<SourceFile> = files.iter().map(file).collect();
    let settings = ToolSettings::default();
    let migrations = match read(Tool::SeaOrm, &files, &settings, Dialect::Postgres) {
        Ok(migrations) => migrations,
        Err(errors) => return errors.iter().map(|error| format!("{error}\n")).collect(),
    };
    let history = OldHistory {
        tool: Tool::SeaOrm,
        table: QualifiedName::new(Tool::SeaOrm.table()),
        rows: Vec::new(),
    };
    let taken = revisions(&migrations, &history, Dialect::Postgres, Edited::Refuse);
    let mut told = String::new();
    for revision in taken.expect("they fit").revisions {
        let text = render(&revision);
        // What is written is read back as it was meant.
        assert_eq!(parse(&text, "x.sql").as_ref(), Ok(&revision), "{text}");
        let (_, sections) = text.split_once("\n\n").expect("has sections");
        let parents: Vec<String> = revision.parents.iter().map(ToString::to_string).collect();
        writeln!(
            told,
            "# {} behind {}: {}\n{}",
            revision.id,
            parents.join(", "),
            revision.title(),
            sections.trim_end()
        )
        .expect("is text");
    }
    told
}

/// A crate that lists these modules, in this order.
fn list(modules: &[&str]) -> String {
    let declared: String = modules.iter().map(|one| format!("mod {one};\n")).collect();
    let listed: String = modules
        .iter()
        .map(|one| format!("            Box::new({one}::Migration),\n"))
        .collect();
    format!(
        "pub use sea_orm_migration::prelude::*;\n{declared}\npub struct Migrator;\n\n#[async_trait::async_trait]\nimpl MigratorTrait for Migrator {{\n    fn migrations() -> Vec<Box<dyn MigrationTrait>> {{\n        vec![\n{listed}        ]\n    }}\n}}\n\n\
         pub async fn from_sql(manager: &SchemaManager<'_>, content: &str) -> Result<(), DbErr> {{\n    manager.get_connection().execute_unprepared(content).await?;\n    Ok(())\n}}\n\n\
         async fn run(db: &SchemaManagerConnection<'_>, sql: &str) -> Result<(), DbErr> {{\n    db.execute_unprepared(sql).await.map(|_| ())\n}}\n\n\
         async fn split(manager: &SchemaManager<'_>, content: &str) -> Result<(), DbErr> {{\n    for sql in content.split(';') {{\n        manager.get_connection().execute_unprepared(sql).await?;\n    }}\n    Ok(())\n}}\n"
    )
}

/// A module with these bodies.
fn migration(up: &str, down: &str) -> String {
    format!(
        "use sea_orm_migration::prelude::*;\n\n#[derive(DeriveMigrationName)]\npub struct Migration;\n\n#[async_trait::async_trait]\nimpl MigrationTrait for Migration {{\n    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        {up}\n    }}\n\n    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        {down}\n    }}\n}}\n"
    )
}

#[test]
fn what_only_sends_sql_becomes_a_revision() {
    let lib = list(&["m20240201_000001_b", "m20240101_000001_a"]);
    let first = migration(
        "from_sql(manager, include_str!(\"up/b.sql\")).await?;\n        Ok(())",
        "crate::from_sql(manager, include_str!(\"./../down/b.sql\")).await",
    );
    let second = migration(
        "let db = manager.get_connection();\n        db.execute_unprepared(\"CREATE TABLE u (a int)\").await?;\n        run(db, r#\"CREATE INDEX i ON u (a);\"#).await?;\n        let sql = include_str!(\"up/a.sql\");\n        db.execute_unprepared(sql).await.map(|_| ())?;\n        Ok(())",
        "Err(DbErr::Custom(\"no way back\".to_owned()))",
    );
    let files = [
        ("lib.rs", lib.as_str()),
        ("m20240201_000001_b.rs", &first),
        ("m20240101_000001_a.rs", &second),
        ("up/b.sql", "CREATE TABLE t (a int);\n"),
        ("../down/b.sql", "DROP TABLE t;\n"),
        ("up/a.sql", "-- rows\nINSERT INTO u VALUES (1);\n"),
    ];
    assert_eq!(
        taken(&files),
        "# m20240201_000001_b behind : b\n-- upgrade\nCREATE TABLE t (a int);\n\n-- downgrade\nDROP TABLE t;\n\
         # m20240101_000001_a behind m20240201_000001_b: a\n-- upgrade\nCREATE TABLE u (a int);\n\nCREATE INDEX i ON u (a);\n\n-- rows\nINSERT INTO u VALUES (1);\n\n\
         -- downgrade: irreversible, none was written\n"
    );
    let files: Vec<SourceFile> = files.iter().map(file).collect();
    let found: Vec<String> = included(Tool::SeaOrm, &files).into_iter().collect();
    assert_eq!(found, ["../down/b.sql", "up/a.sql", "up/b.sql"]);
}

#[test]
fn what_does_more_is_named() {
    let lib = list(&["m20240101_000001_a"]);
    let file = "m20240101_000001_a.rs";
    let sends = "manager.get_connection().execute_unprepared(\"SELECT 1\").await?;\n        Ok(())";
    let more = |way: &str, line: u32| {
        format!(
            "{file}:{line}: `{way}` does more here than to send SQL that stands in the source\n"
        )
    };
    let cases = [
        (
            "manager.create_table(Table::create().table(\"a\").to_owned()).await",
            more("up", 9),
        ),
        (
            "let sql = format!(\"SELECT {}\", 1);\n        Ok(())",
            more("up", 9),
        ),
        ("split(manager, \"SELECT 1\").await", more("up", 9)),
        ("other::from(manager, \"SELECT 1\").await", more("up", 9)),
        (
            "manager.get_connection().execute_unprepared(\"SELECT 1\").await?;\n        if true { return Ok(()); }\n        Ok(())",
            more("up", 10),
        ),
        (
            "#[cfg(test)]\n        manager.get_connection().execute_unprepared(\"SELECT 1\").await?;\n        Ok(())",
            more("up", 9),
        ),
        (
            "manager.get_connection().execute_unprepared(include_str!(concat!(\"a\", \".sql\"))).await?;\n        Ok(())",
            more("up", 9),
        ),
        (
            "manager.get_connection().execute_unprepared(include_str!(\"/etc/passwd\")).await?;\n        Ok(())",
            more("up", 9),
        ),
        (
            "manager.get_connection().execute_unprepared(include_str!(\"gone.sql\")).await?;\n        Ok(())",
            format!("{file}:9: `gone.sql`, which it includes, is not there\n"),
        ),
        (
            "other.get_connection().execute_unprepared(\"SELECT 1\").await?;\n        Ok(())",
            more("up", 9),
        ),
    ];
    for (up, expected) in cases {
        let source = migration(up, "Ok(())");
        assert_eq!(
            taken(&[("lib.rs", &lib), (file, &source)]),
            expected,
            "{up}"
        );
    }
    let down = migration(sends, "manager.drop_table(Table::drop().to_owned()).await");
    assert_eq!(taken(&[("lib.rs", &lib), (file, &down)]), more("down", 14));
    // The list, names, and what decides how it is run.
    let good = migration(sends, "todo!()");
    let unlisted = lib
        .replace("vec![", "let all = vec![")
        .replace("        ]\n", "        ];\n        all\n");
    let twice = format!("{lib}\npub struct Other;\nimpl MigratorTrait for Other {{}}\n");
    let conditional = lib.replace("mod m2024", "#[cfg(unix)]\nmod m2024");
    let nobody = lib.replace("MigratorTrait", "OtherTrait");
    let list_is_more =
        "lib.rs:8: `migrations` is not one `vec!` of `Box::new(module::Migration)`\n";
    for (lib, expected) in [
        (&unlisted, list_is_more),
        (
            &twice,
            "lib.rs:32: a second `MigratorTrait`, and which one was run is not said\n",
        ),
        (
            &conditional,
            "lib.rs:11: `migrations` is not one `vec!` of `Box::new(module::Migration)`\n",
        ),
        (
            &nobody,
            "lib.rs:1: neither here nor beside it is a `MigratorTrait` that lists migrations\n",
        ),
    ] {
        assert_eq!(taken(&[("lib.rs", lib), (file, &good)]), expected, "{lib}");
    }
    let broken = taken(&[("lib.rs", &lib), (file, "fn (")]);
    assert!(
        broken.starts_with(&format!("{file}:1: not Rust: ")),
        "{broken}"
    );
    let named = good.replace("#[derive(DeriveMigrationName)]\n", "").replace(
        "#[async_trait::async_trait]",
        "impl MigrationName for Migration {\n    fn name(&self) -> &str {\n        \"first\"\n    }\n}\n\n#[async_trait::async_trait]",
    );
    let alone = named.replace(
        "    async fn up",
        "    fn use_transaction(&self) -> Option<bool> {\n        Some(false)\n    }\n\n    async fn up",
    );
    for (source, expected) in [
        (
            &named,
            "# first behind : first\n-- upgrade\nSELECT 1\n\n-- downgrade: irreversible, none was written\n",
        ),
        (
            &alone,
            "# first behind : first\n-- upgrade\n-- step: no transaction\nSELECT 1\n\n-- downgrade: irreversible, none was written\n",
        ),
    ] {
        assert_eq!(
            taken(&[("lib.rs", &lib), (file, source)]),
            expected,
            "{source}"
        );
    }
}
