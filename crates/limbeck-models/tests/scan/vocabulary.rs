//! What each word of the vocabulary becomes.

use limbeck_core::schema::QualifiedName;
use limbeck_models::{Conventions, Numbering, ScanOptions, SqlType};

use crate::support::{errors_of, models_of, origins, scan_files, text};

#[test]
fn the_models_of_the_first_guide() {
    let models = models_of(
        r#"
use chrono::{DateTime, Utc};
use limbeck::{Enum, Table};
use uuid::Uuid;

/// A user account.
#[derive(Debug, Clone, Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: Uuid,
    #[column(max_length = 255, unique)]
    pub email: String,
    #[column(default = now)]
    pub created_at: DateTime<Utc>,
}

#[derive(Table)]
#[table(name = "tasks", index(user_id, status, created_at), check(title_not_blank = "length(title) > 0"))]
pub struct Task {
    #[column(primary_key)]
    pub id: i32,
    #[column(references = User, on_delete = cascade, index)]
    pub user_id: Uuid,
    #[column(max_length = 200)]
    pub title: String,
    pub description: Option<String>,
    #[column(default = Status::Pending, index)]
    pub status: Status,
    pub created_at: DateTime<Utc>,
}

#[derive(Enum)]
pub enum Status { Pending, InProgress, Completed }
"#,
    );
    insta::assert_snapshot!(text(&models));
    insta::assert_snapshot!(origins(&models));
}

#[test]
fn columns() {
    let models = models_of(
        r#"
use limbeck::Table;
use chrono::{DateTime, Utc, NaiveDate};
#[derive(Table)]
struct Everything {
    #[column(primary_key, identity(always, start = 1000, increment = 10, cycle))]
    id: i64,
    #[column(name = "kind", renamed_from = "sort", comment = "what it is")]
    r#type: i16,
    #[column(max_length = 20, default = "it's", collation = "C", nullable = true)]
    name: String,
    #[column(precision = 10, scale = 2, default = -1.50)]
    price: rust_decimal::Decimal,
    #[column(precision = 3, default = now)]
    at: DateTime<Utc>,
    #[column(default_sql = "CURRENT_DATE + 1")]
    on: NaiveDate,
    #[column(sql_type = "citext", unique = "one_email")]
    email: String,
    #[column(sql_type(postgres = "citext", sqlite = "TEXT"), index = "by_nick")]
    nick: Option<String>,
    #[column(generated = "price * 2")]
    double: Option<rust_decimal::Decimal>,
    #[column(generated_virtual = "price * 3")]
    triple: Option<rust_decimal::Decimal>,
    #[column(json)]
    plain_json: serde_json::Value,
    #[column(jsonb)]
    settings: Option<Settings>,
    #[column(unique, index)]
    both: i32,
    #[column(unique_index, check = "code > 0", check(code_small = "code < 10", comment = "one digit"))]
    code: i32,
    #[column(default = uuid)]
    token: uuid::Uuid,
    #[column(default = true)]
    flag: bool,
    #[column(identity = serial)]
    number: i32,
    #[column(max_length = 10, default = "{}")]
    tags: Vec<String>,
    #[column(skip)]
    cache: std::collections::BTreeMap<String, Settings>,
}
struct Settings { dark: bool }
"#,
    );
    insta::assert_snapshot!(text(&models));
}

/// The word alone is the doc comment.
#[test]
fn comments() {
    let models = models_of(
        r#"
use limbeck::{Enum, Table};
/// What is to be done.
///
/// In two paragraphs.
#[derive(Table)]
#[table(comment)]
struct Task {
    /// Who does it.
    #[column(comment)]
    user: String,
    /// For programmers.
    at: i32,
    /// Not this.
    #[column(comment = "but this")]
    state: State,
}
/** In a block. */
#[derive(Enum)]
#[enum_type(comment)]
enum State { Open }
"#,
    );
    let task = &models.schema.tables[&QualifiedName::new("task")];
    let expected = "What is to be done.\n\nIn two paragraphs.";
    assert_eq!(task.comment.as_deref(), Some(expected));
    let comments: Vec<Option<&str>> = task
        .columns
        .iter()
        .map(|column| column.comment.as_deref())
        .collect();
    assert_eq!(comments, [Some("Who does it."), None, Some("but this")]);
    let state = &models.schema.enums[&QualifiedName::new("state")];
    assert_eq!(state.comment.as_deref(), Some("In a block."));
    insta::assert_snapshot!(errors_of("#[derive(limbeck::Table)] #[table(comment)] struct A { a: i32 }"), @r#"
    src/lib.rs:1:35: `comment` alone is the doc comment, and there is none
        hint: write `/// …` above, or `comment = "…"`
    "#);
}

/// What `[types]` says of types that Limbeck knows is for fields that say nothing of it, by any path of the type.
#[test]
fn types_of_a_project() {
    let everywhere = |text: &str| SqlType::Everywhere(text.to_owned());
    let on_postgres = SqlType::PerDialect([("postgres".into(), "timestamp(3)".into())].into());
    let conventions = Conventions {
        types: [
            ("std::string::String".to_owned(), everywhere("varchar")),
            ("chrono::NaiveDateTime".to_owned(), on_postgres),
            ("i64".to_owned(), everywhere("numeric(20)")),
        ]
        .into(),
        ..Conventions::default()
    };
    let source = r#"
use limbeck::Table;
use sqlx::types::chrono::NaiveDateTime;
struct Email(String);
#[derive(Table)]
struct Row {
    #[column(primary_key)]
    id: i64,
    total: i64,
    #[column(default = "x", collation = "C")]
    plain: Option<String>,
    #[column(max_length = 3)]
    short: String,
    #[column(default = "{}")]
    list: Vec<String>,
    #[column(default = "a@b")]
    email: Email,
    #[column(sql_type = "text")]
    long: String,
    #[column(default = now)]
    at: NaiveDateTime,
    #[column(precision = 6)]
    exact: NaiveDateTime,
}
"#;
    let options = ScanOptions {
        conventions,
        ..ScanOptions::default()
    };
    let models = scan_files(&[("src/lib.rs", source)], &options).expect("is read");
    let table = &models.schema.tables[&QualifiedName::new("row")];
    let types: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, column.data_type))
        .collect();
    insta::assert_snapshot!(types.join("\n"), @r#"
    id bigint
    total numeric(20)
    plain varchar
    short varchar(3)
    list varchar[]
    email varchar
    long text
    at timestamp(3) or DATETIME
    exact timestamp(6)
    "#);
    // A key that counts by itself stays an integer, whatever the project calls others.
    let counts: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.identity.is_some())
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(counts, ["id"]);
}

/// How integer keys are numbered is the project's to say.
#[test]
fn keys_of_a_project() {
    let source = "#[derive(limbeck::Table)] struct A { #[column(primary_key)] id: i32 } \
        #[derive(limbeck::Table)] struct B { #[column(primary_key, identity = always)] id: i32 } \
        #[derive(limbeck::Table)] struct C { #[column(primary_key, references = A)] id: i32 }";
    for (numbering, expected) in [
        (Numbering::ByDefault, "ByDefault Always -"),
        (Numbering::Always, "Always Always -"),
        (Numbering::Serial, "Serial Always -"),
        (Numbering::No, "- Always -"),
    ] {
        let options = ScanOptions {
            conventions: Conventions {
                numbering,
                ..Conventions::default()
            },
            ..ScanOptions::default()
        };
        let models = scan_files(&[("src/lib.rs", source)], &options).expect("is read");
        let kinds: Vec<String> = models
            .schema
            .tables
            .values()
            .map(|table| match &table.columns[0].identity {
                Some(identity) => format!("{:?}", identity.kind),
                None => "-".to_owned(),
            })
            .collect();
        assert_eq!(kinds.join(" "), expected);
    }
}

#[test]
fn tables() {
    let models = models_of(
        r#"
use limbeck::Table;
#[derive(Table)]
#[table(
    schema = "app", renamed_from = "members", comment = "who is in", unlogged, with(fillfactor = 70),
    primary_key(team_id, user_id),
    unique(name = "one_role", columns(team_id, role), nulls_not_distinct, deferrable = "initially deferred"),
    unique(role, position, comment = "c"),
    index(role),
    index(role desc nulls_last, "lower(role)" ops "text_pattern_ops", position desc, team_id nulls_first),
    index(name = "ix_live", columns(role collate "C"), unique, where = "left_at IS NULL", include(position), nulls_not_distinct, with(fillfactor = 90), comment = "live"),
    index(role, method = "gin"),
    index(position, nulls_not_distinct),
    check("position > 0 AND role <> 'team_id'"),
    check("position < 100"),
    check(role_known = "role IN ('a', 'b')", no_inherit, role_short = "length(role) < 9"),
    exclude("USING gist (role WITH =, position WITH &&)"),
    exclude(name = "no_two", "EXCLUDE USING gist (role WITH =)", comment = "x"),
    foreign_key(columns(team_id, user_id), references = Other(left, right), on_delete = set_null(user_id), on_update = cascade, match = full, name = "to_other", deferrable = "initially immediate"),
    foreign_key(columns(user_id), references = "auth.users(id)"),
)]
struct Membership {
    team_id: i64,
    user_id: Option<i64>,
    role: String,
    position: i32,
    left_at: Option<chrono::NaiveDateTime>,
}
#[derive(Table)]
#[table(unique(left, right), strict, without_rowid)]
struct Other {
    #[column(primary_key)]
    id: String,
    left: i64,
    right: i64,
}
"#
        .replace("user_id: Option<i64>", "user_id: i64")
        .replace("set_null(user_id)", "set_default(user_id)")
        .as_str(),
    );
    insta::assert_snapshot!(text(&models));
}

#[test]
fn what_one_database_has() {
    let models = models_of(
        r#"
use limbeck::Table;
#[derive(Table)]
#[table(
    sequence(name = "rooms", sql_type = "integer", start = 100, cache = 5, cycle),
    sequence(name = "numbers", owned_by = id, increment = -1),
    extension = "btree_gist", extension = "uuid-ossp",
    primary_key(id, on_conflict = replace),
    unique(email, rooms, on_conflict = fail, name = "one"),
    unique(email, on_conflict = abort),
    check("length(email) > 3", not_valid),
    check(short = "length(email) < 99", no_inherit, not_valid, even = "id % 2 = 0"),
    foreign_key(columns(left), references = Booking, not_valid),
)]
struct Booking {
    id: i64,
    #[column(sql_type = "app.\"Email\"", on_conflict = ignore, check(known = "email <> 'x'", not_valid))]
    email: String,
    #[column(sql_type = "int4multirange[]")]
    rooms: Option<String>,
    #[column(sql_type = "vector(3)")]
    place: Option<Vec<f32>>,
    #[column(references = Self, not_valid, on_delete = cascade)]
    right: Option<i64>,
    left: Option<i64>,
}
"#,
    );
    insta::assert_snapshot!(text(&models));
}

#[test]
fn enums() {
    let models = models_of(
        r#"
use limbeck::{Enum, Table};
#[derive(Table)]
struct Row {
    #[column(primary_key, identity = false)]
    id: i32,
    #[column(default = Role::Assistant)]
    role: Role,
    #[column(default = "in-progress")]
    state: Option<State>,
    #[column(default = Level::High)]
    level: Level,
    kind: Kind,
    many: Vec<Kind>,
    bare: inner::Bare,
}
#[derive(Enum)]
#[enum_type(name = "message_role", schema = "chat", rename_all = "UPPERCASE", renamed_from = "role", comment = "who")]
enum Role { User, #[enum_type(value = "bot", renamed_from = "machine")] Assistant }
#[derive(sqlx::Type)]
#[sqlx(type_name = "task_state", rename_all = "kebab-case")]
enum State { Pending, InProgress, #[sqlx(rename = "finished")] Done }
#[derive(sqlx::Type)]
#[repr(i16)]
enum Level { Low = -1, Middle, High }
#[derive(Debug, sqlx::Type)]
enum Kind { BigOne, SmallOne }
mod inner { pub enum Bare { FirstThing, Second } }
"#,
    );
    insta::assert_snapshot!(text(&models));
}

#[test]
fn foreign_types() {
    let mut source = String::from("use limbeck::Table;\n#[derive(Table)] struct Row {\n");
    let types = [
        "i8",
        "u8",
        "i16",
        "u16",
        "i32",
        "u32",
        "i64",
        "f32",
        "f64",
        "bool",
        "char",
        "String",
        "Box<str>",
        "std::sync::Arc<str>",
        "std::borrow::Cow<'static, str>",
        "Vec<u8>",
        "[u8; 32]",
        "Option<Vec<u8>>",
        "uuid::Uuid",
        "chrono::DateTime<chrono::Utc>",
        "chrono::DateTime<chrono::FixedOffset>",
        "chrono::NaiveDateTime",
        "chrono::NaiveDate",
        "chrono::naive::NaiveTime",
        "time::OffsetDateTime",
        "time::PrimitiveDateTime",
        "time::Date",
        "time::Time",
        "jiff::Timestamp",
        "jiff::Zoned",
        "jiff::civil::DateTime",
        "jiff::civil::Date",
        "jiff::civil::Time",
        "rust_decimal::Decimal",
        "bigdecimal::BigDecimal",
        "serde_json::Value",
        "sqlx::types::Json<Vec<String>>",
        "sqlx::types::Uuid",
        "sqlx::types::JsonValue",
        "sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>",
        "sqlx::types::time::Date",
        "sqlx::types::Decimal",
        "sqlx::types::BigDecimal",
        "sqlx::postgres::types::PgInterval",
        "std::net::IpAddr",
        "Vec<String>",
        "Vec<Option<i32>>",
        "Vec<Vec<i64>>",
        "Option<Vec<uuid::Uuid>>",
        "bytes::Bytes",
    ];
    for (position, rust_type) in types.iter().enumerate() {
        source += &format!("f{position}: {rust_type},\n");
    }
    source += "}\n";
    let described = text(&models_of(&source));
    let lines: Vec<String> = described
        .lines()
        .skip(1)
        .zip(types)
        .map(|(line, rust_type)| format!("{rust_type}: {}", line.trim().split_once(' ').unwrap().1))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
