//! Every error of the scan: its place, its message and its hint.

use std::fmt::Write as _;

use crate::support::errors_of;

const HEAD: &str = "use limbeck::{Enum, Table};\n";

/// One snapshot for a list of sources.
fn all(cases: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, source) in cases {
        let _ = writeln!(text, "# {name}\n{}", errors_of(&format!("{HEAD}{source}")));
    }
    text
}

/// A table of one field with this attribute.
fn column(attribute: &str, rust_type: &str) -> String {
    format!(
        "#[derive(Table)] struct Task {{\n    #[column({attribute})]\n    field: {rust_type},\n}}"
    )
}

#[test]
fn columns() {
    let mut text = String::new();
    for (attribute, rust_type) in [
        ("max_lenght = 3", "String"),
        ("primary_key, primary_key", "i32"),
        ("max_length", "String"),
        ("max_length = \"3\"", "String"),
        ("max_length = 0", "String"),
        ("max_length = 3", "i32"),
        ("max_length = 3", "uuid::Uuid"),
        ("precision = 3", "String"),
        ("scale = 3", "rust_decimal::Decimal"),
        ("precision = 9", "chrono::NaiveDateTime"),
        ("identity", "uuid::Uuid"),
        ("identity = sometimes", "i32"),
        ("identity, default = 1", "i32"),
        ("on_delete = cascade", "i32"),
        ("not_valid", "i32"),
        ("on_conflict = sometimes", "i32"),
        ("on_conflict = ignore", "Option<i32>"),
        ("references = \"users\"", "i32"),
        ("references = \"users.id\", on_delete = casacde", "i32"),
        ("references = \"users.id\", on_delete = \"CASCADE\"", "i32"),
        ("references = \"users.id\", on_delete = set_null", "i32"),
        ("references = 3", "i32"),
        ("default = 1, generated = \"2\"", "i32"),
        ("default = \"x\"", "bool"),
        ("default = 70000", "i16"),
        ("default = 1.5", "i32"),
        ("default = now", "String"),
        ("default = uuid", "chrono::NaiveDate"),
        ("default = Utc::now()", "chrono::DateTime<chrono::Utc>"),
        ("default = noww", "chrono::NaiveDate"),
        ("default = Status::Open", "String"),
        ("default = \"long\", max_length = 2", "String"),
        ("primary_key", "Option<i32>"),
        ("unique_index, index", "i32"),
        ("sql_type = \"citext\", max_length = 3", "String"),
        ("sql_type(mysql = \"x\")", "String"),
        ("collation = \"C\"", "i32"),
        ("check = 3", "i32"),
        ("check(\"\")", "i32"),
        ("deferrable = \"now\", references = \"a.b\"", "i32"),
        ("name = \"\"", "i32"),
        ("skip, index", "i32"),
        ("", "u64"),
        ("", "Option<usize>"),
        ("", "i128"),
        ("", "std::time::Duration"),
        ("", "chrono::DateTime"),
        ("", "Money"),
        ("", "Option<NaiveDate>"),
        ("", "DateTime<Utc>"),
        ("", "money::Money"),
        ("", "(i32, i32)"),
        ("", "Vec"),
        ("", "std::collections::BTreeMap<String, String>"),
    ] {
        let source = format!("{HEAD}{}", column(attribute, rust_type));
        let _ = writeln!(text, "# {attribute} on {rust_type}\n{}", errors_of(&source));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn tables() {
    insta::assert_snapshot!(all(&[
        (
            "unknown key",
            "#[derive(Table)] #[table(nmae = \"a\")] struct A { x: i32 }"
        ),
        (
            "dotted name",
            "#[derive(Table)] #[table(name = \"app.tasks\")] struct A { x: i32 }"
        ),
        ("no list", "#[derive(Table)] #[table] struct A { x: i32 }"),
        ("tuple", "#[derive(Table)] struct A(i32);"),
        ("generic", "#[derive(Table)] struct A<T> { x: T }"),
        ("enum", "#[derive(Table)] enum A { B }"),
        ("no columns", "#[derive(Table)] struct A {}"),
        (
            "fields that are not there",
            "#[derive(Table)] #[table(index(titel, x desk), unique(y), primary_key(z), index(column_x))]\n\
             struct A { title: i32, #[column(name = \"column_x\")] x: i32 }"
        ),
        (
            "two primary keys",
            "#[derive(Table)] #[table(primary_key(y))] struct A { #[column(primary_key)] x: i32, y: i32 }"
        ),
        (
            "one column twice",
            "#[derive(Table)] struct A { x: i32, #[column(name = \"x\")] y: i32 }"
        ),
        (
            "a field twice",
            "#[derive(Table)] #[table(unique(x, x))] struct A { x: i32 }"
        ),
        (
            "two tables of one name",
            "#[derive(Table)] #[table(name = \"t\")] struct A { x: i32 }\n\
             #[derive(Table)] #[table(name = \"t\")] struct B { x: i32 }"
        ),
        (
            "sequences",
            "#[derive(Table)] #[table(sequence(start = 1), sequence(name = \"a.b\"), sequence(name = \"s\", sql_type = \"text\", owned_by = y))] struct A { x: i32 }\n\
             #[derive(Table)] #[table(sequence(name = \"s\", owned_by = y))] struct B { x: i32 }\n\
             #[derive(Table)] #[table(extension)] struct C { x: i32 }"
        ),
        (
            "a sequence twice",
            "#[derive(Table)] #[table(sequence(name = \"s\"))] struct A { x: i32 }\n\
             #[derive(Table)] #[table(sequence(name = \"s\"))] struct B { x: i32 }"
        ),
        (
            "two members of one name",
            "#[derive(Table)] #[table(check(same = \"x > 0\"), check(same = \"x > 1\"))]\n\
             struct A { #[column(index = \"one\")] x: i32 }\n\
             #[derive(Table)] struct B { #[column(index = \"one\", unique = \"a\")] x: i32 }"
        ),
        (
            "a long name",
            "#[derive(Table)] struct A { a_name_that_is_rather_longer_than_postgres_keeps_in_its_catalogue: i32 }"
        ),
        (
            "several errors",
            "#[derive(Table)] #[table(colour)] struct A { #[column(size = 3)] x: i32, #[column(indx)] y: Foo }\n\
             #[derive(Table)] struct B { z: Bar }"
        ),
        (
            "foreign key without columns",
            "#[derive(Table)] #[table(foreign_key(references = A))] struct A { x: i32 }"
        ),
        (
            "empty list",
            "#[derive(Table)] #[table(index())] struct A { x: i32 }"
        ),
        (
            "exclude without text",
            "#[derive(Table)] #[table(exclude(name = \"x\"))] struct A { x: i32 }"
        ),
    ]));
}

#[test]
fn references() {
    let user = "#[derive(Table)] struct User { #[column(primary_key)] id: uuid::Uuid, #[column(unique)] mail: String, name: String }\n";
    let mut text = String::new();
    for (attribute, rust_type) in [
        ("references = User", "i32"),
        ("references = User::mail", "i32"),
        ("references = User::name", "String"),
        ("references = User::emial", "String"),
        ("references = Usr", "uuid::Uuid"),
        ("references = Plain", "uuid::Uuid"),
        ("references = Pair", "i32"),
        ("references = Keyless", "i32"),
        ("references = Broken", "i32"),
        ("references = User(id, mail)", "uuid::Uuid"),
        ("references = Pair, on_delete = set_null", "Option<i32>"),
    ] {
        let source = format!(
            "{HEAD}{user}struct Plain;\n\
             #[derive(Table)] struct Pair {{ #[column(primary_key)] a: i32, #[column(primary_key)] b: i32 }}\n\
             #[derive(Table)] struct Keyless {{ a: i32 }}\n\
             #[derive(Table)] struct Broken {{ #[column(oops)] a: i32 }}\n{}",
            column(attribute, rust_type)
        );
        let errors = errors_of(&source);
        let errors: String = errors
            .lines()
            .filter(|line| !line.contains("`oops`") && !line.contains("hint: one of `primary_key`"))
            .map(|line| format!("{line}\n"))
            .collect();
        let _ = writeln!(text, "# {attribute} on {rust_type}\n{errors}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn types() {
    insta::assert_snapshot!(all(&[
        (
            "enum with fields",
            "enum Shape { Circle(f64) }\n#[derive(Table)] struct A { x: Shape }"
        ),
        (
            "enum without variants",
            "enum Shape {}\n#[derive(Table)] struct A { x: Option<Shape> }"
        ),
        (
            "generic newtype",
            "struct Id<T>(T);\n#[derive(Table)] struct A { x: Id<i32> }"
        ),
        (
            "struct with fields",
            "struct Point { x: i32 }\n#[derive(Table)] struct A { x: Point }"
        ),
        (
            "newtype of an unknown",
            "struct Price(Money);\n#[derive(Table)] struct A { x: Price }"
        ),
        (
            "alias of itself",
            "type X = X;\n#[derive(Table)] struct A { x: X }"
        ),
        (
            "an alias that is an option",
            "type X = Option<i32>;\n#[derive(Table)] struct A { #[column(primary_key)] x: X }"
        ),
        (
            "default of another enum",
            "enum A { X }\nenum B { Y }\n#[derive(Table)] struct T { #[column(default = B::Y)] a: A, #[column(default = A::Z)] b: A, #[column(default = \"y\")] c: A }"
        ),
        (
            "values twice",
            "#[derive(Enum)] enum A { #[enum_type(value = \"b\")] X, B }"
        ),
        (
            "unknown rule",
            "#[derive(Enum)] #[enum_type(rename_all = \"snakecase\")] enum A { X }"
        ),
        (
            "enum key",
            "#[derive(Enum)] #[enum_type(nam = \"a\")] enum A { #[enum_type(valeu = \"x\")] X }"
        ),
        ("both derives", "#[derive(Enum, sqlx::Type)] enum A { X }"),
        ("enum on a struct", "#[derive(Enum)] struct A { x: i32 }"),
        (
            "two enums of one name",
            "mod a { pub enum Kind { X } } mod b { pub enum Kind { Y } }\n#[derive(Table)] struct T { a: a::Kind, b: b::Kind }"
        ),
        (
            "enum named as a table",
            "enum T { X }\nmod m { #[derive(limbeck::Table)] struct T { a: super::T } }"
        ),
    ]));
}
