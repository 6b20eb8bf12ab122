//! What sqlx, SeaORM and Diesel say beside ours, and what their types are.

use std::fmt::Write as _;

use crate::support::{errors_of, models_of, text};

const HEAD: &str = "use limbeck::{Enum, Table};\n";

/// The columns of a table with these fields, or the errors.
fn fields(cases: &[(&str, &str)]) -> String {
    let mut all = String::new();
    for (attributes, fields) in cases {
        let source = format!("{HEAD}#[derive(Table)]\n{attributes}\nstruct Task {{\n{fields}\n}}");
        let errors = errors_of(&source);
        let outcome = match errors.as_str() {
            "no error\n" => text(&models_of(&source)),
            _ => errors,
        };
        let _ = writeln!(all, "# {attributes} {fields}\n{outcome}");
    }
    all
}

#[test]
fn names_and_types_are_taken_over() {
    insta::assert_snapshot!(fields(&[
        ("", "#[sqlx(rename = \"type\")] kind: String"),
        ("#[sqlx(rename_all = \"camelCase\")]", "created_at: i32, #[sqlx(rename = \"x\")] y: i32"),
        ("", "a: i32, #[sqlx(skip)] b: u64"),
        ("", "#[column(skip = false, default = 1)] #[sqlx(skip)] b: i32"),
        ("", "#[sqlx(try_from = \"i64\")] count: u64, #[sqlx(json)] a: Vec<Thing>, #[sqlx(json(nullable))] b: Option<Thing>"),
        ("", "#[sqlx(default)] a: i32"),
        ("#[cfg_attr(not(feature = \"off\"), sqlx(rename_all = \"PascalCase\"))]", "#[cfg_attr(all(), sqlx(rename = \"q\"))] a: i32, b_c: i32"),
        (
            "#[sea_orm(table_name = \"posts\", schema_name = \"blog\", comment = \"what is written\")]",
            "#[sea_orm(primary_key, auto_increment = false)] id: i32, #[sea_orm(column_name = \"ttl\", column_type = \"Text\", nullable, unique)] title: String,
             #[sea_orm(ignore)] gone: Thing, #[sea_orm(indexed, default_value = 3)] n: i32, #[sea_orm(default_expr = \"Expr::current_timestamp()\")] at: chrono::NaiveDateTime,
             #[sea_orm(column_type = \"Decimal(Some((16, 4)))\")] price: rust_decimal::Decimal, #[sea_orm(has_many)] tags: HasMany<Tag>,
             #[sea_orm(unique_key = \"pair\")] a: i32, #[sea_orm(unique_key = \"pair\")] b: i32"
        ),
        ("#[sea_orm(rename_all = \"SCREAMING-KEBAB-CASE\")]", "first_name: String"),
        ("#[diesel(table_name = crate::schema::articles, primary_key(slug))]", "#[diesel(column_name = headline)] title: String, slug: String, #[diesel(sql_type = diesel::sql_types::Citext)] a: String, #[diesel(serialize_as = i64, deserialize_as = i64)] b: Thing"),
        ("#[table_name = \"articles\"]", "#[column_name = \"headline\"] title: String"),
        ("#[serde(rename_all = \"camelCase\")]", "#[serde(rename = \"x\", skip)] a_b: i32"),
    ]));
}

#[test]
fn contradictions_are_refused() {
    insta::assert_snapshot!(fields(&[
        (
            "",
            "#[column(name = \"kind\")]\n#[sqlx(rename = \"type\")]\nkind: String"
        ),
        (
            "#[sqlx(rename_all = \"camelCase\")]",
            "#[column(name = \"created_at\")] created_at: i32"
        ),
        (
            "",
            "#[sqlx(rename = \"a\")]\n#[sea_orm(column_name = \"b\")]\nc: i32"
        ),
        ("", "a: i32,\n#[column(default = 1)]\n#[sqlx(skip)]\nb: i32"),
        ("", "#[sqlx(flatten)] a: Thing"),
        ("", "#[diesel(embed)] a: Thing"),
        ("", "#[sqlx(json)] a: Option<Thing>"),
        ("", "#[column(nullable)] #[sqlx(json)] a: Thing"),
        ("", "#[sqlx(try_from = \"][\")] a: i32"),
        ("#[sqlx(rename_all = \"camelcase\")]", "a: i32"),
        (
            "#[table(name = \"a\")]\n#[sea_orm(table_name = \"b\")]",
            "a: i32"
        ),
        (
            "#[table(schema = \"a\")]\n#[sea_orm(table_name = \"task\", schema_name = \"b\")]",
            "a: i32"
        ),
        (
            "#[table(name = \"a\")]\n#[diesel(table_name = b)]",
            "a: i32"
        ),
        ("#[diesel(table_name = type_)]", "a: i32"),
        (
            "#[diesel(primary_key(a))]",
            "#[column(primary_key)] b: i32, a: i32"
        ),
        ("#[diesel(primary_key(c))]", "a: i32"),
        (
            "",
            "#[column(identity = false)] #[sea_orm(auto_increment = true)] a: i32"
        ),
        (
            "",
            "#[column(max_length = 100)] #[sea_orm(column_type = \"String(StringLen::N(255))\")] a: String"
        ),
        (
            "",
            "#[column(json)] #[sea_orm(column_type = \"JsonBinary\")] a: Thing"
        ),
        ("", "#[sea_orm(column_type = \"f(3)\")] a: Thing"),
        ("", "#[sea_orm(default_expr = \"Expr::cust(1)\")] a: i32"),
        (
            "",
            "#[column(nullable = false)] #[sea_orm(nullable)] a: i32"
        ),
    ]));
}

#[test]
fn what_ours_says_too_is_no_contradiction() {
    let source = format!(
        "{HEAD}#[derive(Table)] #[table(name = \"user-roles\", unique(a, b))] #[diesel(table_name = user_roles)] struct T {{
            #[column(name = \"type\", primary_key)] #[sqlx(rename = \"type\")] #[sea_orm(primary_key)] #[diesel(column_name = type_)] kind: i32,
            #[column(max_length = 9)] #[diesel(sql_type = Text)] a: String, #[column(default = 2)] #[sea_orm(default_value = 1, unique_key = \"k\")] b: i32,
            #[column(sql_type = \"vector(3)\")] #[sea_orm(column_type = \"Vector(Some(3))\")] c: Thing, #[column(skip)] #[sqlx(flatten)] d: Thing }}"
    );
    insta::assert_snapshot!(text(&models_of(&source)));
}

/// One enum with its table, or the errors.
fn enums(cases: &[&str]) -> String {
    let mut all = String::new();
    for case in cases {
        let source = format!("{HEAD}{case}\n#[derive(Table)] struct T {{ a: TeaKind }}");
        let errors = errors_of(&source);
        let outcome = match errors.as_str() {
            "no error\n" => text(&models_of(&source)),
            _ => errors,
        };
        let _ = writeln!(all, "# {case}\n{outcome}");
    }
    all
}

#[test]
fn enums_are_kept_as_their_driver_keeps_them() {
    insta::assert_snapshot!(enums(&[
        "#[sqlx(type_name = \"tea\", rename_all = \"kebab-case\")] enum TeaKind { EverydayTea, #[sqlx(rename = \"x\")] Other }",
        "#[sqlx(type_name = \"text\")] enum TeaKind { EverydayTea }",
        "#[derive(sqlx::Type)] #[sqlx(type_name = \"App.TeaKind\")] enum TeaKind { EverydayTea }",
        "#[derive(sqlx::Type)] enum TeaKind { EverydayTea }",
        "#[sqlx(rename_all = \"snake_case\")] enum TeaKind { EverydayTea }",
        "#[derive(Enum)] #[enum_type(name = \"tea_kind\")] #[sqlx(rename_all = \"snake_case\")] enum TeaKind { EverydayTea }",
        "#[derive(Enum, sqlx::Type)] #[enum_type(rename_all = \"as_is\")] enum TeaKind { EverydayTea }",
        "#[derive(sqlx::Type)] #[repr(i16)] enum TeaKind { EverydayTea = 3 }",
        "#[derive(DeriveActiveEnum)] #[sea_orm(rs_type = \"String\", db_type = \"Enum\", enum_name = \"tea\")] enum TeaKind { #[sea_orm(string_value = \"B\")] Black }",
        "#[sea_orm(rs_type = \"String\", db_type = \"String(StringLen::N(1))\")] enum TeaKind { #[sea_orm(string_value = \"B\")] Black }",
        "#[sea_orm(rs_type = \"i32\", db_type = \"Integer\")] enum TeaKind { #[sea_orm(num_value = 7)] Black }",
        "#[sea_orm(rs_type = \"String\", db_type = \"Enum\")] enum TeaKind { #[sea_orm(string_value = \"B\")] Black }",
        "#[DbValueStyle = \"SCREAMING_SNAKE_CASE\"] enum TeaKind { EverydayTea, #[db_rename = \"x\"] Other }",
        "#[derive(FromJsonQueryResult)] enum TeaKind { Cups(i32) }",
        "#[derive(Enum)] #[enum_type(name = \"a\")] #[sqlx(type_name = \"b\")] enum TeaKind { A }",
        "#[derive(Enum)] #[enum_type(rename_all = \"snake_case\")] #[sqlx(rename_all = \"lowercase\")] enum TeaKind { EverydayTea }",
        "#[derive(Enum)] #[sqlx(rename_all = \"lowercase\")] enum TeaKind { #[enum_type(value = \"a\")] A, #[enum_type(value = \"c\")] B }",
        "#[derive(Enum)] #[enum_type(name = \"a\")] #[sqlx(type_name = \"text\")] enum TeaKind { A }",
        "#[derive(sqlx::Type)] #[enum_type(rename_all = \"snake_case\")] enum TeaKind { EverydayTea }",
    ]));
}

#[test]
fn the_prelude_of_sea_orm_is_known() {
    let columns = "at: DateTimeWithTimeZone, utc: DateTimeUtc, local: DateTimeLocal, naive: DateTime, day: Date, tim: Time, \
        data: Json, amount: Decimal, big: BigDecimal, uid: Uuid, off: TimeDateTimeWithTimeZone, prim: TimeDateTime, td: TimeDate, tt: TimeTime, \
        v: PgVector, net: IpNetwork, stamp: ChronoUnixTimestamp";
    let source = format!(
        "mod glob {{ use limbeck::Table; use sea_orm::entity::prelude::*; #[derive(Table)] struct Model {{ {columns} }} }}
        mod through {{ mod prelude {{ pub use sea_orm::prelude::*; }} use prelude::*; #[derive(limbeck::Table)] struct Other {{ {columns} }} }}
        mod paths {{ #[derive(limbeck::Table)] struct Paths {{ a: sea_orm::prelude::DateTimeUtc, b: sea_orm::JsonValue, c: sea_orm::prelude::chrono::NaiveDate,
            d: sea_orm::sqlx::types::Uuid, e: sqlx::types::time::OffsetDateTime, f: sqlx::types::JsonValue, g: sqlx::types::BitVec, h: sqlx::types::mac_address::MacAddress,
            i: diesel::pg::data_types::PgInterval, j: sqlx::postgres::types::PgRange<chrono::DateTime<chrono::Utc>>, k: sqlx::postgres::types::PgTimeTz, l: url::Url,
            m: std::num::NonZeroI64, n: sqlx::postgres::types::PgMoney, o: ipnetwork::IpNetwork, p: serde_json::Map<String, serde_json::Value> }} }}
        mod renamed {{ use sea_orm::prelude::{{DateTimeUtc as At, Json as Data}}; #[derive(limbeck::Table)] struct Renamed {{ a: At, b: Option<Data> }} }}"
    );
    insta::assert_snapshot!(text(&models_of(&source)));
}

#[test]
fn newtypes_are_read_as_people_write_them() {
    let source = "use limbeck::Table; use std::{borrow::Cow, marker::PhantomData, sync::Arc}; use uuid::Uuid;
        pub struct Id<T>(pub Uuid, PhantomData<T>); pub struct Of<K, T = i64>(T, std::marker::PhantomData<fn() -> K>);
        pub struct Wrapper<T>(T); type Short<T> = Wrapper<Option<T>>; type Pair<A, B> = Of<A, B>;
        #[sqlx(transparent)] struct Named { value: String } #[repr(transparent)] struct Cents { cents: i64, _unit: () }
        #[derive(sqlx::Type)] #[sqlx(type_name = \"citext\")] struct Email(String);
        #[derive(DeriveValueType)] #[sea_orm(column_type = \"Decimal(Some((12, 2)))\")] struct Price(Decimal2);
        #[derive(FromJsonQueryResult)] struct Settings { dark: bool, size: i32 }
        #[derive(sqlx::Type)] #[sqlx(type_name = \"inventory_item\")] struct Item { name: String, price: i64 }
        struct Deep(Wrapper<Arc<Box<Cow<'static, str>>>>); struct Lifetimes<'a, const N: usize>(&'a [u8; N]);
        #[derive(Table)] struct A { #[column(primary_key)] id: Id<A>, a: Of<A>, b: Of<A, i16>, c: Wrapper<Vec<u8>>, d: Short<String>, e: Pair<A, bool>,
            f: Named, g: Cents, h: Email, i: Price, j: Settings, k: Item, l: Deep, m: Option<Arc<Wrapper<Cow<'static, [u8]>>>>, n: Lifetimes<'static, 4>,
            o: Vec<Wrapper<i32>>, p: Vec<Email>, q: Box<Option<Arc<str>>> }";
    insta::assert_snapshot!(text(&models_of(source)));
    let errors = [
        "struct Two(i32, i32); #[derive(limbeck::Table)] struct A { x: Two }",
        "struct Loop<T>(Box<Loop<Loop<T>>>); #[derive(limbeck::Table)] struct A { x: Loop<i32> }",
        "struct Open<T>(T); #[derive(limbeck::Table)] struct A { x: Open }",
        "use std::marker::PhantomData; struct Nothing<T>(PhantomData<T>); #[derive(limbeck::Table)] struct A { x: Nothing<i32> }",
        "struct One { a: i32 } #[derive(limbeck::Table)] struct A { x: One }",
        "struct Inner<T: Tr>(T::Out); #[derive(limbeck::Table)] struct A { x: Inner<i32> }",
        "#[sea_orm(column_type = \"Odd(1)\")] struct V(i32); #[derive(limbeck::Table)] struct A { x: V }",
    ]
    .map(errors_of)
    .join("\n");
    insta::assert_snapshot!(errors);
}
