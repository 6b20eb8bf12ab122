//! Tables of Diesel as models, unchanged.

use std::fmt::Write as _;

use limbeck_core::schema::Models;
use limbeck_models::{DieselTables, ScanOptions, scan};

use crate::support::{errors_text, text, write_files};

const MANIFEST: &str =
    "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n\n[dependencies]\ndiesel = \"2.3\"\n";

/// What is told of the files, warnings included, and the models where there are any.
fn told(files: &[(&str, &str)], options: &ScanOptions) -> (String, Option<Models>) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_files(folder.path(), files);
    match scan(folder.path(), options) {
        Ok(found) => {
            let mut told = String::new();
            if !found.warnings.is_empty() {
                let _ = write!(told, "warnings:\n{}", errors_text(&found.warnings));
            }
            told.push_str(&text(&found.models));
            (told, Some(found.models))
        }
        Err(errors) => (format!("errors:\n{}", errors_text(&errors)), None),
    }
}

/// The same of one file.
fn source(text: &str) -> String {
    let files = [("Cargo.toml", MANIFEST), ("src/lib.rs", text)];
    told(&files, &ScanOptions::default()).0
}

#[test]
fn every_form_of_a_table_is_read() {
    insta::assert_snapshot!(source(
        "#[macro_use]
extern crate diesel;

mod sql_types {
    #[derive(diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = \"mood\", schema = \"app\"))]
    pub struct Mood;
    pub type Label = diesel::sql_types::Text;
}

table! {
    use diesel::sql_types::*;
    use crate::sql_types::{Label, Mood as Feeling};
    use diesel_full_text_search::Tsvector;

    /// A comment.
    #[sql_name = \"Things\"]
    app.things (id, other_id) {
        /// Another one.
        id -> Int4,
        r#type -> Nullable<Feeling>,
        other_id -> BigInt,
        #[sql_name = \"from\"]
        from_ -> Array<Nullable<Label>>,
        #[max_length = 10]
        fixed -> Bpchar,
        words -> Tsvector,
        days -> Nullable<Range<Date>>,
        spans -> Multirange<diesel::sql_types::Int8>,
        at -> Nullable<Timestamptz>
    }
}

diesel::table! {
    others {
        id -> Integer,
        thing -> Nullable<Integer>,
        third -> Integer,
    }
}

diesel::table! {
    thirds (key) { key -> Integer, }
}

joinable!(others -> thirds (third));
diesel::joinable!(others -> self::thirds (thing));
"
    ), @r#"
    schema app
    table others
      id integer identity serial
      thing integer null
      third integer
      others_pkey: primary key id
      others_thing_fkey: foreign key thing -> thirds(key) [no_action,[],no_action,simple,no]
      others_third_fkey: foreign key third -> thirds(key) [no_action,[],no_action,simple,no]
    table thirds
      key integer identity serial
      thirds_pkey: primary key key
    table app.Things
      id integer
      type `app.mood` null
      other_id big_int
      from text[]
      fixed {char:10}
      words `tsvector`
      days `daterange` null
      spans `int8multirange`
      at {timestamp:{precision:null,zone:true}} null
      Things_pkey: primary key id, other_id
    "#);
}

#[test]
fn what_is_irregular_is_refused_at_its_place() {
    let table =
        |columns: &str| format!("diesel::table! {{\n    a (id) {{\n{columns}\n    }}\n}}\n");
    let id = "        id -> Integer,";
    for (text, expected) in [
        (
            table("        id -> Integer\n        b -> Text"),
            "src/lib.rs:4:9: this `table!` is not read: expected `,`",
        ),
        (
            table(&format!(
                "{id}\n        #[cfg(feature = \"x\")]\n        b -> Text,"
            )),
            "src/lib.rs:4:9: a condition within `table!` is not read",
        ),
        (
            table(&format!("{id}\n        id -> Text,")),
            "src/lib.rs:4:9: the column `id` is declared twice (at src/lib.rs:3)",
        ),
        (
            table("        b -> Text,"),
            "src/lib.rs:2:8: the primary key of `a` names `id`, which is no column",
        ),
        (
            table(&format!(
                "{id}\n        #[max_length = \"x\"]\n        b -> Text,"
            )),
            "src/lib.rs:4:9: `max_length` is no number of characters",
        ),
        (
            table(&format!("{id}\n        #[sql_name(b)]\n        b -> Text,")),
            "src/lib.rs:4:9: `sql_name` is no text",
        ),
        (table(""), "src/lib.rs:2:5: `a` has no columns"),
        (
            table(id) + &table(id),
            "src/lib.rs:7:5: the table `a` is declared twice: by `a` at src/lib.rs:2 and by `a`",
        ),
        (
            table(id) + "diesel::joinable!(a -> b (id));",
            "src/lib.rs:6:27: `b` is no table of Diesel",
        ),
        (
            table(id) + "diesel::joinable!(a -> a (c));",
            "src/lib.rs:6:27: `a` has no column `c`",
        ),
        (
            table(id) + "diesel::joinable!(a -> a);",
            "src/lib.rs:6:9: this `joinable!` is not read: unexpected end of input, expected parentheses",
        ),
        (
            table(id)
                + "diesel::table! { b (x, y) { x -> Integer, y -> Integer, } }\ndiesel::joinable!(a -> b (id));",
            "src/lib.rs:7:27: the primary key of `b` is not one column",
        ),
    ] {
        let told = source(&text);
        let first = told.lines().nth(1).unwrap_or_default();
        assert_eq!(first, expected, "{told}");
    }
}

#[test]
fn a_type_that_nothing_says_is_the_databases() {
    insta::assert_snapshot!(source(
        "pub struct Bare;
diesel::table! {
    use diesel::sql_types::*;
    use super::Bare;
    a (id) {
        id -> Integer,
        b -> Nullable<Missing>,
        c -> Bare,
        d -> other_crate::Thing,
    }
}
"
    ), @r#"
    warnings:
    src/lib.rs:7:14: `a::b`: the type `Missing` cannot be resolved; the column keeps the type that the database has
        hint: say it as `#[diesel(postgres_type(name = "…"))]` on the type, or add it to `[types]` in `limbeck.toml`
    src/lib.rs:8:14: `a::c`: what the type `Bare` is in SQL stands in no attribute of it; the column keeps the type that the database has
        hint: say it as `#[diesel(postgres_type(name = "…"))]` on the type, or add it to `[types]` in `limbeck.toml`
    src/lib.rs:9:14: `a::d`: the SQL type of `other_crate::Thing` is not known; the column keeps the type that the database has
        hint: say it as `#[diesel(postgres_type(name = "…"))]` on the type, or add it to `[types]` in `limbeck.toml`
    table a
      id integer identity serial
      b `unknown` null
      c `unknown`
      d `unknown`
      a_pkey: primary key id
    "#);
}

#[test]
fn a_macro_of_the_same_name_is_nobodys_concern() {
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n";
    let text = "prettytable::table!([1, 2]);\ntable!(not a table);\nfn f() { diesel::table! { a (id) { id -> Integer, } } }\n";
    let files = [("Cargo.toml", manifest), ("src/lib.rs", text)];
    let (told, models) = told(&files, &ScanOptions::default());
    let models = models.expect("nothing is refused");
    assert!(models.schema.tables.is_empty(), "{told}");
}

#[test]
fn a_patch_that_fits_nowhere_is_refused() {
    let schema = "diesel::table! {\n    a (id) {\n        id -> Integer,\n    }\n}\n";
    let hunk =
        |context: &str| format!("@@ -3,3 +3,2 @@\n{context}-        b -> Text,\n     }}\n }}\n");
    let told_of = |patch: &str| {
        let files = [
            ("Cargo.toml", MANIFEST),
            ("src/lib.rs", "mod schema;\n"),
            ("src/schema.rs", schema),
            ("src/schema.patch", patch),
        ];
        told(&files, &ScanOptions::default())
    };
    let (_, models) = told_of(&hunk("         id -> Integer,\n"));
    let models = models.expect("the patch fits");
    let left: Vec<_> = models
        .schema
        .tables
        .values()
        .map(|table| &table.unsaid_columns)
        .collect();
    assert_eq!(left, [&["b".to_owned()].into()]);
    let (told, _) = told_of(
        &hunk("         never -> Integer,\n         was -> Integer,\n").replace("     }\n }\n", ""),
    );
    assert!(
        told.contains("src/schema.patch:1:1: this hunk fits nowhere in src/schema.rs"),
        "{told}"
    );
}

#[test]
fn the_file_that_is_printed_is_the_one_that_counts() {
    let one = "diesel::table! { a (id) { id -> Integer, } }\n";
    let two =
        "diesel::table! { a (id) { id -> Text, } }\ndiesel::table! { b (id) { id -> Text, } }\n";
    let printed = "[print_schema]\nfile = \"src/one.rs\"\n";
    let files = |more: &'static str| {
        [
            ("Cargo.toml", MANIFEST),
            ("diesel.toml", more),
            ("src/lib.rs", "mod one;\nmod two;\n"),
            ("src/one.rs", one),
            ("src/two.rs", two),
        ]
    };
    let names = |more: &'static str, diesel: DieselTables| {
        let options = ScanOptions {
            diesel,
            ..ScanOptions::default()
        };
        match told(&files(more), &options) {
            (_, Some(models)) => {
                let names = models.schema.tables.keys().map(ToString::to_string);
                names.collect::<Vec<_>>().join(" ")
            }
            (told, None) => told.lines().nth(1).unwrap_or_default().to_owned(),
        }
    };
    let named = |file: &str| DieselTables::In(vec![file.into()]);
    assert_eq!(names(printed, DieselTables::Found), "a");
    assert_eq!(names(printed, named("src/two.rs")), "a b");
    assert_eq!(names(printed, DieselTables::Left), "");
    let twice = names("", DieselTables::Found);
    assert!(twice.contains("`a` is declared twice"), "{twice}");
    let unread = names("", named("src/three.rs"));
    assert!(unread.contains("no `mod` reaches this file"), "{unread}");
}
