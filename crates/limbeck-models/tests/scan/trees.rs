//! Module trees, workspaces and names: what the scan reaches and how it resolves it.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{errors_text, manifest, origins, scan_files, text, write_files};
use limbeck_models::{Conventions, ScanOptions, SqlType, scan};

fn scanned(files: &[(&str, &str)]) -> String {
    scanned_with(files, &ScanOptions::default())
}

fn scanned_with(files: &[(&str, &str)], options: &ScanOptions) -> String {
    match scan_files(files, options) {
        Ok(models) => format!("{}--\n{}", text(&models), origins(&models)),
        Err(errors) => errors_text(&errors),
    }
}

const ROW: &str = "#[derive(limbeck::Table)] pub struct";

#[test]
fn module_files_follow_the_rules_of_rustc() {
    let text = scanned(&[
        (
            "src/lib.rs",
            "mod plain; mod folder; pub mod inline { pub mod nested; #[path = \"odd.rs\"] mod b; }\n\
             #[path = \"elsewhere/file.rs\"] mod moved;\n#[cfg(test)] mod tests;\n\
             #[cfg(feature = \"x\")] mod x;\nfn f() { mod ignored {} }",
        ),
        (
            "src/plain.rs",
            &format!("mod child; {ROW} Plain {{ a: i32 }}"),
        ),
        ("src/plain/child.rs", &format!("{ROW} Child {{ a: i32 }}")),
        (
            "src/folder/mod.rs",
            &format!("mod leaf; {ROW} Folder {{ a: i32 }}"),
        ),
        ("src/folder/leaf.rs", &format!("{ROW} Leaf {{ a: i32 }}")),
        (
            "src/inline/nested.rs",
            &format!("{ROW} Nested {{ a: i32 }}"),
        ),
        ("src/inline/odd.rs", &format!("{ROW} Odd {{ a: i32 }}")),
        (
            "src/elsewhere/file.rs",
            &format!("mod beside; {ROW} Moved {{ a: i32 }}"),
        ),
        (
            "src/elsewhere/beside.rs",
            &format!("{ROW} Beside {{ a: i32 }}"),
        ),
        ("src/orphan.rs", "this is not Rust"),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn names_are_resolved_by_module() {
    let text = scanned(&[
        (
            "src/lib.rs",
            "pub mod ids; pub mod kinds; mod prelude { pub use crate::ids::*; pub use super::kinds::Kind as Sort; \
             pub use uuid::Uuid as Id; pub use chrono::prelude::*; pub use limbeck::Table; }\nmod models;",
        ),
        (
            "src/ids.rs",
            "use uuid::Uuid; pub struct UserId(pub Uuid); pub type TaskId = i64; pub struct Email(String);\n\
             pub type Maybe = Option<Email>;",
        ),
        (
            "src/kinds.rs",
            "pub enum Kind { Small, Big }\npub use self::Kind as K;",
        ),
        (
            "src/models.rs",
            "use crate::prelude::*; use super::{ids, kinds as k};\n\
             #[derive(Table)] #[table(name = \"users\")] pub struct User { #[column(primary_key)] id: UserId, \
             mail: Maybe, since: DateTime<Utc>, sort: Sort, other: Id }\n\
             pub mod task { use super::*; type Account = User;\n\
             #[derive(Table)] struct Task { #[column(primary_key)] id: ids::TaskId, \
             #[column(references = Account)] user_id: Id, #[column(references = super::User)] maker: Option<UserId>, \
             #[column(default = Sort::Big)] kind: k::K, text: std::string::String } }",
        ),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn only_limbecks_derive_counts() {
    let text = scanned(&[(
        "src/lib.rs",
        "mod a { use limbeck::Table as Model; #[derive(Model)] struct A { x: i32 } }\n\
         mod b { use other::Table; #[derive(Table)] struct B { x: i32 } }\n\
         mod c { #[derive(tabled::Table)] struct C { x: i32 } }\n\
         mod d { use limbeck::*; #[derive(Debug, Table)] struct D { x: i32 } }\n\
         mod e { #[derive(Table)] struct E { x: i32 } }\n\
         mod f { #[cfg_attr(feature = \"off\", derive(limbeck::Table))] struct F { x: i32 } }\n\
         mod g { #[cfg_attr(not(feature = \"off\"), derive(limbeck::Table), table(name = \"gg\"))] struct G { x: i32 } }\n\
         mod h { use limbeck as lb; #[derive(lb::Table)] struct H { x: i32 } }",
    )]);
    insta::assert_snapshot!(text);
}

#[test]
fn features_choose() {
    let source = format!(
        "#[cfg(feature = \"billing\")] mod billing {{ {ROW} Invoice {{ a: i32 }} }}\n\
         {ROW} User {{ a: i32, #[cfg(feature = \"extra\")] b: i32, #[cfg(not(feature = \"extra\"))] c: i32 }}"
    );
    let more = "[features]\ndefault = [\"base\"]\nbase = [\"billing\"]\nbilling = []\nextra = []";
    let files = [
        ("Cargo.toml", &*manifest("app", more)),
        ("src/lib.rs", &*source),
    ];
    insta::assert_snapshot!(scanned(&files));
    let options = ScanOptions {
        features: BTreeSet::from(["app/extra".to_owned()]),
        ..ScanOptions::default()
    };
    insta::assert_snapshot!(scanned_with(&files, &options));
}

#[test]
fn a_library_and_its_binary_share_files() {
    let models = "pub mod user; pub mod task;";
    let text = scanned(&[
        ("src/lib.rs", "pub mod user;"),
        (
            "src/main.rs",
            &format!("{models} use app::user::User as Same;"),
        ),
        (
            "src/user.rs",
            &format!("{ROW} User {{ #[column(primary_key)] pub id: i64 }}"),
        ),
        (
            "src/task.rs",
            &format!(
                "{ROW} Task {{ #[column(references = crate::user::User)] a: i64, \
                 #[column(references = app::user::User)] b: i64 }}"
            ),
        ),
        ("src/bin/tool.rs", &format!("{ROW} Tool {{ a: i32 }}")),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn a_workspace_of_three() {
    let folder = tempfile::tempdir().unwrap();
    let with = |name: &str, more: &str| format!("{}{more}\n", manifest(name, ""));
    write_files(
        folder.path(),
        &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/old\"]\n\
                 [workspace.dependencies]\nshared-types = { path = \"crates/shared\" }\n",
            ),
            (
                "crates/shared/Cargo.toml",
                "[package]\nname = \"shared-types\"\n[dependencies]\nuuid = \"1\"\n",
            ),
            (
                "crates/shared/src/lib.rs",
                "pub struct UserId(pub uuid::Uuid);\npub mod kinds { pub enum Kind { One, Two } }",
            ),
            (
                "crates/users/Cargo.toml",
                &with("users", "shared-types = { workspace = true }"),
            ),
            (
                "crates/users/src/lib.rs",
                &format!("{ROW} User {{ #[column(primary_key)] pub id: shared_types::UserId }}"),
            ),
            (
                "crates/app/Cargo.toml",
                &with(
                    "app",
                    "shared-types.workspace = true\nmembers = { path = \"../users\", package = \"users\" }",
                ),
            ),
            (
                "crates/app/src/main.rs",
                &format!(
                    "use shared_types::kinds::*; {ROW} Task {{ #[column(references = members::User)] \
                     user_id: shared_types::UserId, kind: Kind }}"
                ),
            ),
            ("crates/old/Cargo.toml", &manifest("old", "")),
            ("crates/old/src/lib.rs", "not rust"),
        ],
    );
    let described = |root: &std::path::Path, options: &ScanOptions| match scan(root, options) {
        Ok(found) => text(&found.models),
        Err(errors) => errors_text(&errors),
    };
    let all = described(folder.path(), &ScanOptions::default());
    insta::assert_snapshot!("workspace", all);
    let member = described(&folder.path().join("crates/app"), &ScanOptions::default());
    assert_eq!(all, member);
    let options = ScanOptions {
        crates: Some(vec!["users".to_owned()]),
        ..ScanOptions::default()
    };
    insta::assert_snapshot!("one_crate", described(folder.path(), &options));
    let options = ScanOptions {
        crates: Some(vec!["user".to_owned()]),
        ..ScanOptions::default()
    };
    insta::assert_snapshot!("unknown_crate", described(folder.path(), &options));
}

/// The tables of a workspace without `limbeck` among the dependencies of any package.
fn tables(files: &[(&str, &str)], options: &ScanOptions) -> String {
    let found = scan_files(files, options);
    let found = found.map(|models| {
        let names = models.schema.tables.keys().map(ToString::to_string);
        names.collect::<Vec<_>>().join(" ")
    });
    found.unwrap_or_else(|errors| errors_text(&errors))
}

#[test]
fn members_are_those_that_cargo_takes_for_such() {
    let package = |name: &str, path: &str| {
        let dependency = match path {
            "" => String::new(),
            path => format!("[dependencies]\ndb = {{ path = \"{path}\" }}\n"),
        };
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{dependency}")
    };
    // What derives `limbeck::Table` counts wherever it is reached.
    let model = "use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, DeriveEntityModel)] #[sea_orm(table_name = \"t\")]
        pub struct Model { #[sea_orm(primary_key)] pub id: i32 }";
    for (workspace, expected) in [
        ("[workspace]\nmembers = [\"app\"]\n", "t"),
        ("[workspace]\nmembers = [\"app\"]\nexclude = [\"db\"]\n", ""),
        (
            "[package]\nname = \"root\"\n[dependencies]\ndb = { path = \"db\" }\n",
            "",
        ),
    ] {
        let files = [
            ("Cargo.toml", workspace.to_owned()),
            ("src/lib.rs", String::new()),
            ("app/Cargo.toml", package("app", "../db")),
            ("app/src/main.rs", "fn main() {}".to_owned()),
            ("db/Cargo.toml", package("db", "")),
            ("db/src/lib.rs", model.to_owned()),
        ];
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        assert_eq!(
            tables(&files, &ScanOptions::default()),
            expected,
            "{workspace}"
        );
    }
}

#[test]
fn files_need_no_package() {
    let model = "use limbeck::Table; use chrono::NaiveDate; mod more;
        #[derive(Table)] pub struct Post { #[column(primary_key)] pub id: uuid::Uuid, pub on: NaiveDate }";
    let more = format!("{ROW} Tag {{ #[column(primary_key)] pub id: i32 }}");
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"app\"]\n"),
        ("app/Cargo.toml", "[package]\nname = \"app\"\n"),
        ("app/src/main.rs", "fn main() {}"),
        ("limbeck/models.rs", model),
        ("limbeck/more.rs", &more),
    ];
    let options = |file: &str, crates: Option<&str>| ScanOptions {
        files: vec![file.into()],
        crates: crates.map(|name| vec![name.to_owned()]),
        ..ScanOptions::default()
    };
    for crates in [None, Some("app")] {
        let options = options("limbeck/models.rs", crates);
        assert_eq!(tables(&files, &options), "post tag");
    }
    assert_eq!(
        tables(&files, &options("limbeck/model.rs", None)),
        "limbeck/model.rs:1:1: this file of `files` under `[models]` is not there\n    \
         hint: correct `files` under `[models]` in limbeck.toml\n"
    );
}

#[test]
fn types_of_the_configuration_come_first() {
    let types = BTreeMap::from([
        (
            "money::Money".to_owned(),
            SqlType::Everywhere("numeric(12, 2)".to_owned()),
        ),
        (
            "app::ids::Id".to_owned(),
            SqlType::PerDialect(BTreeMap::from([("postgres".into(), "uuid".into())])),
        ),
    ]);
    let options = ScanOptions {
        conventions: Conventions {
            types,
            ..Conventions::default()
        },
        ..ScanOptions::default()
    };
    let source = format!(
        "mod ids {{ pub struct Id<T>(T); }} use money::Money; {ROW} Row {{ a: Money, b: Option<ids::Id<u8>> }}"
    );
    insta::assert_snapshot!(scanned_with(&[("src/lib.rs", &source)], &options));
}

#[test]
fn the_scan_works_while_the_crate_does_not() {
    let source = format!(
        "use crate::missing::Thing;\nfn broken() -> {{ let x = ; undefined!! }}\n\
         {ROW} Row {{ a: i32 }}\nimpl Row {{ fn half(&self) {{ self. }} }}"
    )
    .replace("-> {", "{");
    insta::assert_snapshot!(scanned(&[("src/lib.rs", &source)]));
    insta::assert_snapshot!(scanned(&[
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "fn open() {\n"),
        ("src/b.rs", "struct A {\n  x: ,\n}"),
    ]));
    insta::assert_snapshot!(scanned(&[("Cargo.toml", "[package\n")]));
    insta::assert_snapshot!(scanned(&[("Cargo.toml", "[profile.dev]\n")]));
}

#[test]
fn the_same_sources_give_the_same_models() {
    let files = [
        ("src/lib.rs", "mod a; mod b;"),
        (
            "src/a.rs",
            &*format!("{ROW} A {{ #[column(index)] x: i32 }}"),
        ),
        (
            "src/b.rs",
            &*format!("{ROW} B {{ #[column(index)] x: i32 }}"),
        ),
    ];
    let json = |models| serde_json::to_string(&models).unwrap_or_default();
    let first = scan_files(&files, &ScanOptions::default()).map(json);
    let second = scan_files(&files, &ScanOptions::default()).map(json);
    assert_eq!(first, second);
}
