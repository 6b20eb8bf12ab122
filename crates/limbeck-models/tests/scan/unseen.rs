//! Every place where a model can stand: it is read rightly, or the scan says that it does not see it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use limbeck_models::{ScanOptions, scan};

use crate::support::{errors_text, manifest, text, write_files};

/// What the scan says of some files: the models, then the warnings, or the errors.
fn said(files: &[(&str, &str)]) -> String {
    said_with(files, &ScanOptions::default())
}

fn said_with(files: &[(&str, &str)], options: &ScanOptions) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_files(folder.path(), files);
    match scan(folder.path(), options) {
        Ok(found) => format!("{}{}", text(&found.models), errors_text(&found.warnings)),
        Err(errors) => errors_text(&errors),
    }
}

/// One snapshot for a list of libraries.
fn all(cases: &[&str]) -> String {
    let mut all = String::new();
    for case in cases {
        let _ = writeln!(all, "# {case}\n{}", said(&[("src/lib.rs", case)]));
    }
    all
}

#[test]
fn models_stand_anywhere() {
    insta::assert_snapshot!(all(&[
        "fn f() { #[derive(limbeck::Table)] struct A { x: i32 } }",
        "use limbeck::Table; type X = i64; impl B { async fn f(&self) { let a = { #[derive(Table)] struct A { x: X } 1 }; } }",
        "fn f() { use limbeck::Table as Row; mod inner { use super::Key; #[derive(limbeck::Table)] pub struct A { x: Key } } #[derive(Row)] struct B { y: Key } } type Key = u32;",
        "const _: () = { type X = String; #[derive(limbeck::Table)] struct A { x: X, y: super_::Y } mod super_ { pub type Y = self::Z; type Z = bool; } };",
        "static S: fn() = || { if true { #[derive(limbeck::Table)] struct A { x: i32 } } else { loop { #[derive(limbeck::Table)] struct B { x: i32 } } } };",
        "trait T { fn f() { unsafe { #[derive(limbeck::Table)] struct A { x: i32 } } } }",
        "fn f() { fn g() { match 1 { _ => { #[derive(limbeck::Table)] struct A { x: i32 } } } } }",
        "#[test] fn t() { #[derive(limbeck::Table)] struct A { x: i32 } } #[tokio::test] async fn u() { #[derive(limbeck::Table)] struct A { x: i32 } } #[cfg(test)] impl X { fn f() { #[derive(limbeck::Table)] struct A { x: i32 } } }",
        "cfg_if::cfg_if! { if #[cfg(feature = \"off\")] { #[derive(limbeck::Table)] struct A { x: i32 } } else if #[cfg(not(test))] { #[derive(limbeck::Table)] struct B { x: i32 } } else { #[derive(limbeck::Table)] struct C { x: i32 } } }",
        "cfg_if! { if #[cfg(unix)] { mod a { #[derive(limbeck::Table)] struct A { x: i32 } } } else { #[derive(limbeck::Table)] struct B { x: i32 } } }",
        "#[cfg_attr(not(feature = \"off\"), derive(limbeck::Table))] struct A { x: i32 }",
        "mod reexport { pub use limbeck::Table as T; } use reexport::T as Model; #[derive(Clone, Model)] struct A { x: i32 }",
        "#[derive(limbeck::Table)] #[my::rewriting] struct A { x: i32 }",
        "#[serde_with::serde_as] #[derive(limbeck::Table)] struct A { x: i32 }",
        "use serde::Serialize; #[serde(rename_all = \"camelCase\")] #[rustfmt::skip] #[derive(limbeck::Table, Serialize)] struct A { x: i32 }",
    ]));
}

#[test]
fn what_only_a_macro_knows_is_refused() {
    insta::assert_snapshot!(all(&[
        "use limbeck::Table;\nmacro_rules! model { ($n:ident) => { #[derive(Table)] pub struct $n { id: i32 } } }\nmodel!(A);",
        "macro_rules! model { ($n:ident) => { #[derive(Clone, $crate::limbeck::Table)] struct $n { id: i32 } } }",
        "extern crate limbeck as l; macro_rules! model { () => { #[cfg_attr(all(), derive(l::Table))] struct A { id: i32 } } }",
        "macro_rules! model { ($($d:path),*; $n:ident) => { #[derive($($d),*)] struct $n { id: i32 } } }\nmodel!(Clone, limbeck::Table; A);\nmodel!(Clone; B);",
        "macro_rules! model { ($d:ident) => { #[derive($d)] struct A { id: i32 } } } use limbeck::Table;\nmodel!(Table);",
        "macro_rules! items { ($($t:tt)*) => { $($t)* } }\nitems! {\n    #[derive(Clone, limbeck::Table)] struct A { id: i32 }\n}",
        "use limbeck::Table as T; fn f() { lazy! { #[derive(T)] struct A { id: i32 } } }",
        "fn f() -> X { let x = quote! { #[derive(limbeck::Table)] struct #name { id: i32 } }; x }",
        "other::items! { #[derive(limbeck::Enum)] enum A { X } }",
        "cfg_if! { when #[cfg(unix)] { #[derive(limbeck::Table)] struct A { x: i32 } } }",
        "use my_macros::rewrite; #[rewrite] #[derive(limbeck::Table)] struct A { x: i32 }",
        "#[my_macros::rewrite(all)]\n#[derive(limbeck::Table)]\nstruct A { x: i32 }",
        "fn f() { let broken = ; #[derive(limbeck::Table)] struct A { x: i32 } }",
    ]));
}

#[test]
fn macros_without_a_model_are_nobodys_concern() {
    insta::assert_snapshot!(all(&[
        "#[derive(limbeck::Table)] struct A { x: i32 }
         macro_rules! id { ($n:ident, $($d:ident),*) => { #[derive(Clone, $($d),*)] pub struct $n(i64); } } id!(A, Debug); id!(B, Table2);
         macro_rules! other { () => { #[derive(tabled::Table)] struct B { x: i32 } } } bitflags! { #[derive(Clone)] struct F: u32 { } }
         fn f() { println!(\"#[derive(Table)]\"); stringify!(#[derive(limbeck::Table)] struct B;); vec![Table::new()]; }
         thread_local! { static X: u8 = 1; }",
    ]));
}

#[test]
fn included_files_stand_where_they_are_included() {
    insta::assert_snapshot!(said(&[
        (
            "src/lib.rs",
            "use limbeck::Table; type Key = i64; include!(\"models/all.rs\"); mod inner { include!(\"more.rs\"); }\nfn f() { include!(\"in_body.rs\"); }"
        ),
        (
            "src/models/all.rs",
            "#[derive(Table)] struct A { x: Key } mod deeper;"
        ),
        (
            "src/models/deeper.rs",
            "#[derive(limbeck::Table)] struct B { x: super::Key }"
        ),
        (
            "src/more.rs",
            "#[derive(limbeck::Table)] struct C { x: super::Key }"
        ),
        ("src/in_body.rs", "#[derive(Table)] struct D { x: Key }"),
    ]));
    let out = "include!(concat!(env!(\"OUT_DIR\"), \"/models.rs\"));\n#[derive(limbeck::Table)] struct A { x: i32 }";
    insta::assert_snapshot!(said(&[
        ("src/lib.rs", out),
        (
            "build.rs",
            "fn main() { write(\"#[derive(limbeck::Table)]\") }"
        )
    ]));
    insta::assert_snapshot!(said(&[
        ("src/lib.rs", out),
        ("build.rs", "fn main() { built() }")
    ]));
    insta::assert_snapshot!(said(&[("src/lib.rs", "include!(\"gone.rs\");")]));
}

#[test]
fn files_that_lead_back_to_themselves_are_refused() {
    insta::assert_snapshot!(said(&[("src/lib.rs", "#[path = \"lib.rs\"]\nmod again;")]));
    insta::assert_snapshot!(said(&[
        ("src/lib.rs", "mod a;"),
        ("src/a.rs", "fn f() {}\n#[path = \"b.rs\"] mod b;"),
        ("src/b.rs", "include!(\"a.rs\");"),
    ]));
    insta::assert_snapshot!(said(&[(
        "src/lib.rs",
        "#[cfg(feature = \"off\")] #[path = \"lib.rs\"] mod again; #[derive(limbeck::Table)] struct A { x: i32 }"
    ),]));
}

#[test]
fn what_is_left_out_is_told() {
    insta::assert_snapshot!(said(&[("src/lib.rs", "struct A { x: i32 }")]));
    insta::assert_snapshot!(said(&[
        (
            "src/lib.rs",
            "#[derive(limbeck::Table)] struct Kept { x: i32 }\n#[cfg(feature = \"billing\")]\nmod billing;\n#[cfg(feature = \"one\")]\n#[derive(limbeck::Table)] struct One { x: i32 }\n\
             #[cfg_attr(feature = \"two\", derive(limbeck::Table))] struct Two { x: i32 }\n#[cfg(test)] mod tests;\n#[cfg(all(test, feature = \"x\"))]\n#[derive(limbeck::Table)] struct Three { x: i32 }",
        ),
        ("src/billing.rs", "mod invoice;"),
        (
            "src/billing/invoice.rs",
            "#[derive(limbeck::Table)] struct Invoice { x: i32 }"
        ),
        (
            "src/tests.rs",
            "mod helper; #[derive(limbeck::Table)] struct Test { x: i32 }"
        ),
        (
            "src/tests/helper.rs",
            "#[derive(limbeck::Table)] struct Test { x: i32 }"
        ),
        (
            "src/forgotten.rs",
            "use limbeck::Table;\n\n#[derive(Table)]\nstruct Forgotten { x: i32 }"
        ),
        ("src/other.rs", "#[derive(tabled::Other)] struct Other;"),
        (
            "src/deep/er.rs",
            "#[derive(limbeck::Table)] struct Deeper { x: i32 }"
        ),
    ]));
}

/// A package of the workspace that is not read, and whether that is told.
const UNREAD: &[(&str, bool)] = &[
    ("pub fn f() {}", false),
    (
        "use limbeck::Migrator; pub struct Table; #[derive(Debug, Clone)] struct A;",
        false,
    ),
    (
        "//! #[derive(Table)]\nconst TEXT: &str = \"#[derive(Table)]\";",
        false,
    ),
    ("#[derive(limbeck::Table)] struct A { x: i32 }", true),
    ("use limbeck::Enum; #[derive(Enum)] enum E { A }", true),
    (
        "use limbeck::{Enum, Table as Row}; #[derive(Row)] struct A { x: i32 }",
        true,
    ),
    (
        "mod a { pub use limbeck::Table as T; } #[cfg_attr(all(), derive(a::T))] struct A;",
        true,
    ),
    (
        "macro_rules! m { () => { #[derive(limbeck::Table)] struct A { x: i32 } } }",
        true,
    ),
    (
        "macro_rules! m { ($d:path) => { #[derive($d)] struct A { x: i32 } } }",
        true,
    ),
    (
        "fn f() { #[derive(limbeck::Table)] struct A { x: i32 } }",
        true,
    ),
    ("#[path = \"../../elsewhere.rs\"] mod a;", true),
    (
        "include!(concat!(env!(\"OUT_DIR\"), \"/models.rs\"));",
        true,
    ),
    ("fn broken( {", true),
];

#[test]
fn a_package_beside_is_told_of_only_if_it_may_declare_models() {
    for (source, is_told) in UNREAD {
        let files = [
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"app\", \"beside\"]\n",
            ),
            ("app/Cargo.toml", &*manifest("app", "")),
            (
                "app/src/lib.rs",
                "#[derive(limbeck::Table)] struct A { x: i32 }",
            ),
            ("beside/Cargo.toml", &*manifest("beside", "")),
            ("beside/src/lib.rs", "mod inner;"),
            ("beside/src/inner.rs", source),
            (
                "beside/tests/it.rs",
                "#[derive(limbeck::Table)] struct A { x: i32 }",
            ),
            ("beside/nested/Cargo.toml", &*manifest("nested", "")),
            (
                "beside/nested/src/lib.rs",
                "#[derive(limbeck::Table)] struct A { x: i32 }",
            ),
        ];
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        write_files(folder.path(), &files);
        let found = scan(&folder.path().join("app"), &ScanOptions::default()).expect("is read");
        assert_eq!(!found.warnings.is_empty(), *is_told, "{source}");
    }
}

#[test]
fn packages_that_are_not_read_are_told() {
    let files = [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"app\", \"billing\", \"shared\", \"plain\"]\n",
        ),
        (
            "app/Cargo.toml",
            &*format!(
                "{}shared = {{ path = \"../shared\" }}\n",
                manifest("app", "")
            ),
        ),
        (
            "app/src/lib.rs",
            "use shared::Row; #[derive(Row)] struct A { x: i32 }",
        ),
        ("billing/Cargo.toml", &*manifest("billing", "")),
        (
            "billing/src/lib.rs",
            "#[derive(limbeck::Table)] struct B { x: i32 }",
        ),
        (
            "shared/Cargo.toml",
            "[package]\nname = \"shared\"\n[dependencies]\nfacade = \"1\"\n",
        ),
        (
            "shared/src/lib.rs",
            "pub use limbeck::Table as Row; #[derive(limbeck::Table)] struct Shared { x: i32 }",
        ),
        ("plain/Cargo.toml", "[package]\nname = \"plain\"\n"),
        ("plain/src/lib.rs", ""),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_files(folder.path(), &files);
    let app = folder.path().join("app");
    let found = scan(&app, &ScanOptions::default()).expect("is read");
    insta::assert_snapshot!(format!(
        "{}{}",
        text(&found.models),
        errors_text(&found.warnings)
    ));
    let options = ScanOptions {
        crates: Some(vec!["app".to_owned()]),
        features: BTreeSet::new(),
        ..ScanOptions::default()
    };
    let found = scan(&app, &options).expect("is read");
    assert_eq!(found.warnings, Vec::new());
}

#[test]
fn whatever_is_nested_too_deeply_is_an_error() {
    let many = |text: &str| text.repeat(100_000);
    let model = "#[derive(limbeck::Table)] struct A { x: i32 }\n";
    for (name, source) in [
        ("open brackets", many("(")),
        (
            "brackets",
            format!("const A: i32 = {}1{};", many("("), many(")")),
        ),
        (
            "generics",
            format!(
                "#[derive(limbeck::Table)] struct A {{ x: {}u8{} }}",
                many("Vec<"),
                many(">")
            ),
        ),
        (
            "references",
            format!(
                "#[derive(limbeck::Table)] struct A {{ x: {}u8 }}",
                many("&")
            ),
        ),
        ("modules", format!("{}{}", many("mod a {"), many("}"))),
        ("imports", format!("use {}b;", many("a::"))),
        (
            "attributes",
            format!(
                "#[derive(limbeck::Table)] struct A {{ #[column(default = {}1{})] x: i32 }}",
                many("("),
                many(")")
            ),
        ),
        (
            "discriminants",
            format!("enum A {{ B = {}1 }}", many("1 + ")),
        ),
        (
            "bodies",
            format!(
                "fn f() {{ #[derive(limbeck::Table)] struct A {{ x: i32 }} {}1{} }}",
                many("{"),
                many("}")
            ),
        ),
        ("tuples", format!("type A = {}u8{};", many("("), many(",)"))),
        ("functions", format!("type A = {}u8;", many("fn() -> "))),
    ] {
        let said = said(&[("src/lib.rs", &format!("{model}{source}"))]);
        assert!(
            said.starts_with("src/lib.rs:2:1: this is nested too deeply to be read\n"),
            "{name}: {said}"
        );
    }
    // What no parser sees does no harm.
    for source in [
        format!("fn f() {{ {}1{} }}", many("("), many(")")),
        format!("m! {{ {}1{} }}", many("["), many("]")),
    ] {
        assert!(said(&[("src/lib.rs", &format!("{model}{source}"))]).starts_with("table a\n"));
    }
    // As deep as it may be, for each kind of nesting.
    for (open, close) in [
        ("Vec<", ">"),
        ("&", ""),
        ("(", ")"),
        ("fn() -> ", ""),
        ("[", ";1]"),
        ("Box<dyn Fn(", ")>"),
    ] {
        let deep = |count: usize| {
            format!(
                "type X = {}u8{};\n{model}",
                open.repeat(count),
                close.repeat(count)
            )
        };
        let (mut deepest, mut refused) = (1, 4000);
        while refused - deepest > 1 {
            let middle = usize::midpoint(deepest, refused);
            if said(&[("src/lib.rs", &deep(middle))]).contains("too deeply") {
                refused = middle;
            } else {
                deepest = middle;
            }
        }
        assert!(deepest > 100, "{open}: {deepest}");
        assert!(said(&[("src/lib.rs", &deep(deepest))]).starts_with("table a\n"));
    }
    let chain: Vec<(String, String)> = (0..300)
        .map(|number| {
            (
                format!("src/m{number}.rs"),
                format!("#[path = \"m{}.rs\"] mod next;", number + 1),
            )
        })
        .chain([
            (
                "src/lib.rs".to_owned(),
                "#[path = \"m0.rs\"] mod next;".to_owned(),
            ),
            ("src/m300.rs".to_owned(), String::new()),
        ])
        .collect();
    let files: Vec<(&str, &str)> = chain
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    insta::assert_snapshot!(said(&files));
}
