//! Entities of SeaORM as models, unchanged.

use std::fmt::Write as _;

use limbeck_core::dialect::{Dialect, lower};
use limbeck_core::schema::{MemberFact, Models};
use limbeck_models::{Entities, ScanOptions, scan};

use crate::support::{errors_text, text, write_files};

const HEAD: &str = "use sea_orm::entity::prelude::*;\n";

/// The manifest of a package that uses a version of SeaORM.
fn manifest(version: &str) -> String {
    format!(
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n\n[dependencies]\nsea-orm = \"{version}\"\nserde_json = \"1\"\nuuid = \"1\"\n"
    )
}

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
    let text = format!("{HEAD}{text}");
    let files = [("Cargo.toml", &*manifest("2.0")), ("src/lib.rs", &text)];
    told(&files, &ScanOptions::default()).0
}

const TYPES: &str = "#[derive(Clone, DeriveEntityModel)]
#[sea_orm(table_name = \"things\", schema_name = \"app\")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub text: String,
    #[sea_orm(column_type = \"Text\")]
    pub long: String,
    #[sea_orm(column_type = \"String(StringLen::N(64))\", nullable)]
    pub short: Option<String>,
    pub small: i16,
    pub unsigned: u32,
    pub wide: u64,
    pub big: Option<i64>,
    pub ratio: f32,
    pub exact: f64,
    pub price: Decimal,
    #[sea_orm(column_type = \"Decimal(Some((16, 4)))\")]
    pub rate: Decimal,
    pub flag: bool,
    pub bytes: Vec<u8>,
    pub key: Uuid,
    pub day: Date,
    pub hour: Time,
    pub moment: DateTime,
    pub instant: DateTimeUtc,
    pub zoned: Option<DateTimeWithTimeZone>,
    pub extra: Json,
    #[sea_orm(column_type = \"JsonBinary\")]
    pub binary: serde_json::Value,
    pub tags: Settings,
    #[sea_orm(column_type = \"custom(\\\"citext\\\")\", select_as = \"text\")]
    pub nick: String,
    pub state: State,
    pub level: Level,
    pub letter: Letter,
    pub owner_: Owner,
    pub r#type: String,
    #[sea_orm(column_name = \"kind\", unique, indexed)]
    pub sort: String,
    #[sea_orm(indexed, comment = \"where it lies\", default_value = \"attic\")]
    pub place: String,
    #[sea_orm(unique_key = \"pair\", default_expr = \"Expr::current_timestamp()\")]
    pub one: DateTimeUtc,
    #[sea_orm(unique_key = \"pair\", default_expr = \"Expr::cust(\\\"random()\\\")\")]
    pub two: i64,
    #[sea_orm(renamed_from = \"former\")]
    pub latter: i64,
    #[sea_orm(ignore)]
    pub gone: NotAColumn,
}

#[derive(Clone, FromJsonQueryResult)]
pub struct Settings { pub theme: String }

#[derive(EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = \"String\", db_type = \"Enum\", enum_name = \"state\")]
pub enum State {
    #[sea_orm(string_value = \"open\")]
    Open,
    #[sea_orm(string_value = \"paid\")]
    Paid,
}

#[derive(EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = \"i32\", db_type = \"Integer\")]
pub enum Level { Low = 0, High = 1 }

#[derive(EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = \"String\", db_type = \"String(StringLen::N(1))\")]
pub enum Letter {
    #[sea_orm(string_value = \"A\")]
    A,
}

#[derive(Clone, DeriveValueType)]
pub struct Owner(pub Uuid);
";

#[test]
fn columns_are_what_sea_orm_makes_of_them() {
    let text = format!("{HEAD}{TYPES}");
    for version in ["1.1", "2.0"] {
        let files = [("Cargo.toml", &*manifest(version)), ("src/lib.rs", &text)];
        let (shown, models) = told(&files, &ScanOptions::default());
        insta::assert_snapshot!(format!("types_{version}"), shown);
        let mut schema = models.expect("are read").schema;
        let mut table = schema.tables.pop_first().expect("is there").1;
        table.name.schema = None;
        schema.tables.insert(table.name.clone(), table);
        schema.namespaces.clear();
        let lowered = lower(&schema, Dialect::Sqlite).expect("can be lowered");
        let models = Models {
            schema: lowered,
            ..Models::default()
        };
        insta::assert_snapshot!(
            format!("types_{version}_sqlite"),
            crate::support::text(&models)
        );
    }
}

const USER: &str = "use sea_orm::entity::prelude::*;
#[derive(Clone, DeriveEntityModel)]
#[sea_orm(table_name = \"users\")]
pub struct Model {
    #[sea_orm(primary_key, column_name = \"user_id\")]
    pub id: i32,
    #[sea_orm(enum_name = \"Mail\")]
    pub email: String,
}
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(has_many = \"super::post::Entity\")]
    Post,
}
";

#[test]
fn relations_are_foreign_keys() {
    let post = |relations: &str| {
        format!(
            "{HEAD}use super::prelude::User;
#[derive(Clone, DeriveEntityModel)]
#[sea_orm(table_name = \"posts\")]
pub struct Model {{
    #[sea_orm(primary_key)]
    pub a: i32,
    #[sea_orm(primary_key)]
    pub b: String,
    pub author_id: i32,
    pub next_a: Option<i32>,
    pub next_b: Option<String>,
}}
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {{
{relations}
}}"
        )
    };
    let mut all = String::new();
    for relations in [
        "#[sea_orm(belongs_to = \"super::user::Entity\", from = \"Column::AuthorId\", to = \"super::user::Column::Id\", on_delete = \"Cascade\", on_update = \"NoAction\")] User,",
        "#[sea_orm(belongs_to = \"User\", from = \"Column::AuthorId\", to = \"super::user::Column::Mail\", fk_name = \"by\")] User,",
        "#[sea_orm(belongs_to = \"Entity\", from = \"(Column::NextA, Column::NextB)\", to = \"(Column::A, Column::B)\", on_delete = \"SetNull\")] Next,\n#[sea_orm(has_many = \"Entity\")] Others,",
        "#[sea_orm(belongs_to = \"super::user::Entity\", from = \"Column::AuthorId\", to = \"super::user::Column::Id\", skip_fk)] User,",
        "#[sea_orm(belongs_to = \"other_crate::user::Entity\", from = \"Column::AuthorId\", to = \"other_crate::user::Column::Id\")] User,",
        "#[sea_orm(belongs_to = \"super::usr::Entity\", from = \"Column::AuthorId\", to = \"super::usr::Column::Id\")] User,",
        "#[sea_orm(belongs_to = \"super::user::Entity\", from = \"Column::Author\", to = \"super::user::Column::Id\")] User,",
        "#[sea_orm(belongs_to = \"super::user::Entity\", from = \"Column::AuthorId\", to = \"(super::user::Column::Id, super::user::Column::Mail)\")] User,",
        "#[sea_orm(belongs_to = \"super::user::Entity\", from = \"Column::AuthorId\", to = \"super::user::Column::Id\", on_delete = \"cascade\")] User,",
        "#[sea_orm(belongs_to = \"super::user::Entity\", from = \"f()\", to = \"super::user::Column::Id\")] User,",
        "#[sea_orm(belongs_to = \"super::user::Entity\", to = \"super::user::Column::Id\")] User,",
    ] {
        let post = post(relations);
        let files = [
            ("Cargo.toml", &*manifest("2.0")),
            ("src/lib.rs", "pub mod post; pub mod user; pub mod prelude;"),
            ("src/prelude.rs", "pub use super::user::Entity as User;"),
            ("src/user.rs", USER),
            ("src/post.rs", &post),
        ];
        let (shown, models) = told(&files, &ScanOptions::default());
        let _ = writeln!(all, "# {relations}");
        let Some(models) = models else {
            all.push_str(&shown);
            continue;
        };
        let posts = &models.schema.tables[&"posts".parse().expect("a name")];
        for line in shown.lines().filter(|line| line.contains("foreign key")) {
            let name = line.trim().split(':').next().unwrap_or_default();
            let unsaid = &posts.unsaid_of[name];
            let _ = writeln!(all, "{line}\n    unsaid: {unsaid:?}");
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_is_not_certain_is_refused_and_what_is_not_read_is_told() {
    let mut all = String::new();
    for fields in [
        "#[sea_orm(primary_key)] id: i32, #[sea_orm(colum_name = \"x\")] a: i32,",
        "#[sea_orm(primary_key)] id: i32, #[sea_orm(extra = \"CHECK (a > 0)\", default_expr = \"f()\")] a: i32,",
        "#[sea_orm(primary_key)] id: i32, #[sea_orm(column_type = \"f(1)\")] a: i32,",
        "#[sea_orm(primary_key)] id: i32, a: Unknown,",
        "#[sea_orm(primary_key)] id: i32, a: ByHand,",
        "#[sea_orm(primary_key)] id: i32, a: i32, #[sea_orm(column_name = \"a\")] b: i32,",
    ] {
        let shown = source(&format!(
            "#[derive(DeriveEntityModel)] #[sea_orm(table_name = \"t\")] pub struct Model {{ {fields} }} pub enum ByHand {{ A }}"
        ));
        let _ = writeln!(all, "# {fields}\n{shown}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn an_entity_gives_way_to_a_table_that_says_more() {
    let entity = "pub mod entity { use sea_orm::entity::prelude::*;
        #[derive(DeriveEntityModel)] #[sea_orm(table_name = \"t\")] pub struct Model { #[sea_orm(primary_key)] pub id: i32 } }\n";
    let both = format!(
        "{entity}#[derive(limbeck::Table)] struct T {{ #[column(primary_key)] id: i64, #[column(default = 1)] n: i32 }}"
    );
    let manifest = manifest("2.0") + "limbeck = \"0.1\"\n";
    let files = [("Cargo.toml", &*manifest), ("src/lib.rs", &both)];
    let (shown, models) = told(&files, &ScanOptions::default());
    let table = models.expect("are read").schema.tables.pop_first();
    assert!(!table.expect("is there").1.is_in_part(), "{shown}");
    // And nobody has to have them as models.
    let left = ScanOptions {
        entities: Entities::Left,
        ..ScanOptions::default()
    };
    let files = [("Cargo.toml", &*manifest), ("src/lib.rs", entity)];
    let (_, models) = told(&files, &left);
    assert!(models.expect("are read").schema.tables.is_empty());
}

#[test]
fn a_package_of_another_database_is_left_out_by_name() {
    let entity = format!(
        "{HEAD}#[derive(DeriveEntityModel)] #[sea_orm(table_name = \"t\")] pub struct Model {{ #[sea_orm(primary_key)] pub id: i32 }}"
    );
    let one = manifest("2.0");
    let two = one.replace("shop", "bank");
    let files = [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"shop\", \"bank\"]\n",
        ),
        ("shop/Cargo.toml", &*one),
        ("shop/src/lib.rs", &*entity),
        ("bank/Cargo.toml", &*two),
        ("bank/src/lib.rs", &*entity),
    ];
    insta::assert_snapshot!(told(&files, &ScanOptions::default()).0);
    let shop = ScanOptions {
        crates: Some(vec!["shop".to_owned()]),
        ..ScanOptions::default()
    };
    let models = told(&files, &shop).1.expect("are read");
    let table = models.schema.tables.values().next().expect("is there");
    let facts = &table.unsaid_of["t_pkey"];
    assert!(facts.contains(&MemberFact::Name) && facts.contains(&MemberFact::Details));
}

#[test]
fn relations_of_the_dense_format_stand_on_fields() {
    let post = format!(
        "{HEAD}#[sea_orm::model]
#[derive(Clone, DeriveEntityModel)]
#[sea_orm(table_name = \"posts\")]
pub struct Model {{
    #[sea_orm(primary_key)]
    pub id: i32,
    pub author_id: i32,
    pub parent_id: Option<i32>,
    pub reviewer_id: Option<i32>,
    #[sea_orm(belongs_to, from = \"author_id\", to = \"id\", on_delete = \"Cascade\")]
    pub author: HasOne<super::user::Entity>,
    #[sea_orm(self_ref, relation_enum = \"Parent\", from = \"parent_id\", to = \"id\")]
    pub parent: BelongsTo<Option<Entity>>,
    #[sea_orm(belongs_to, relation_enum = \"Reviewer\", from = \"reviewer_id\", to = \"id\", skip_fk)]
    pub reviewer: BelongsTo<Option<super::user::Entity>>,
    #[sea_orm(has_many)]
    pub comments: HasMany<super::comment::Entity>,
}}"
    );
    let files = [
        ("Cargo.toml", &*manifest("2.0")),
        ("src/lib.rs", "pub mod post; pub mod user;"),
        ("src/user.rs", USER),
        ("src/post.rs", &post),
    ];
    insta::assert_snapshot!(told(&files, &ScanOptions::default()).0);
}

/// As `sea-orm-cli generate entity --expanded-format` writes it.
const EXPANDED: &str = "use sea_orm::entity::prelude::*;
#[derive(Copy, Clone, Default, Debug, DeriveEntity)]
pub struct Entity;

impl EntityName for Entity {
    fn schema_name(&self) -> Option<&str> { Some(\"lunch\") }
    fn table_name(&self) -> &str { \"cakes\" }
}

#[derive(Clone, Debug, PartialEq, DeriveModel, DeriveActiveModel, Eq)]
pub struct Model {
    pub id: i32,
    pub kind: String,
    pub name: Option<String>,
    pub baker_id: i32,
    pub state: State,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
pub enum Column {
    Id,
    #[sea_orm(column_name = \"type\")]
    Kind,
    Name,
    BakerId,
    State,
}

#[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
pub enum PrimaryKey { Id }

impl PrimaryKeyTrait for PrimaryKey {
    type ValueType = i32;
    fn auto_increment() -> bool { true }
}

#[derive(Copy, Clone, Debug, EnumIter)]
pub enum Relation { Baker, Fruit }

impl ColumnTrait for Column {
    type EntityName = Entity;
    fn def(&self) -> ColumnDef {
        match self {
            Self::Id => ColumnType::Integer.def(),
            Self::Kind => ColumnType::String(StringLen::N(32)).def().unique(),
            Self::Name => ColumnType::Text.def().null(),
            Self::BakerId => ColumnType::Integer.def(),
            Self::State => State::db_type().get_column_type().to_owned().def(),
        }
    }
}

impl RelationTrait for Relation {
    fn def(&self) -> RelationDef {
        match self {
            Self::Baker => Entity::belongs_to(super::user::Entity)
                .from(Column::BakerId)
                .to(super::user::Column::Id)
                .on_delete(ForeignKeyAction::Cascade)
                .into(),
            Self::Fruit => Entity::has_many(super::fruit::Entity).into(),
        }
    }
}

#[derive(EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = \"String\", db_type = \"Enum\", enum_name = \"state\")]
pub enum State {
    #[sea_orm(string_value = \"raw\")]
    Raw,
}

impl ActiveModelBehavior for ActiveModel {}
";

#[test]
fn the_expanded_format_is_read_in_its_regular_shape() {
    let read = |cake: &str| {
        let files = [
            ("Cargo.toml", &*manifest("1.1")),
            ("src/lib.rs", "pub mod cake; pub mod user; pub mod slice;"),
            ("src/user.rs", USER),
            ("src/cake.rs", cake),
            // An entity of which another one speaks by its own struct.
            (
                "src/slice.rs",
                "use sea_orm::entity::prelude::*;
                #[derive(DeriveEntityModel)] #[sea_orm(table_name = \"slices\")]
                pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub cake_id: i32 }
                #[derive(DeriveRelation)] pub enum Relation {
                    #[sea_orm(belongs_to = \"super::cake::Entity\", from = \"Column::CakeId\", to = \"super::cake::Column::Id\")] Cake }",
            ),
        ];
        told(&files, &ScanOptions::default()).0
    };
    let mut all = read(EXPANDED);
    for (from, to) in [
        ("\"cakes\" }", "NAMES[0] }"),
        (
            "Self::Name => ColumnType::Text.def().null(),",
            "Self::Name if odd() => ColumnType::Text.def(), Self::Name => todo!(),",
        ),
        (
            "match self {\n            Self::Id",
            "let one = 1; match self {\n            Self::Id",
        ),
        ("Entity::belongs_to(super::user::Entity)", "baker()"),
    ] {
        let cake = EXPANDED.replacen(from, to, 1);
        assert_ne!(cake, EXPANDED);
        let _ = write!(all, "# {to}\n{}", read(&cake));
    }
    insta::assert_snapshot!(all);
}
