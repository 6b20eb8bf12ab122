//! What entities of SeaORM and their database really differ in, as real projects do, is told after a take-over, and nothing else.

use limbeck::connection::Connection;
use limbeck::url::DatabaseUrl;

use crate::project::Project;
use crate::sea_orm::shop;

struct Case {
    name: &'static str,
    /// The fields of `members`, and its relations.
    fields: &'static str,
    relations: &'static str,
    /// The table, and what else migrations made that no entity says.
    sqlite: &'static str,
    postgres: &'static str,
    told: &'static [&'static str],
}

const GROUPS: &str = "use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = \"groups\")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
";

const BESIDE_ON_SQLITE: &str = "CREATE TABLE groups (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar NOT NULL DEFAULT 'none');
CREATE INDEX groups_by_name ON groups (name);
CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);
INSERT INTO seaql_migrations VALUES ('m20240101_000001_first', 1704103200);";

const BESIDE_ON_POSTGRES: &str =
    "CREATE TABLE groups (id serial PRIMARY KEY, name varchar(80) NOT NULL DEFAULT 'none');
CREATE INDEX groups_by_name ON groups (name);
CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);
INSERT INTO seaql_migrations VALUES ('m20240101_000001_first', 1704103200);";

const ID: &str = "    #[sea_orm(primary_key)]\n    pub id: i32,\n";

const CASES: &[Case] = &[
    Case {
        name: "a key of the entity that is only a unique index",
        fields: "    #[sea_orm(primary_key, auto_increment = false)]\n    pub user_id: i32,\n    #[sea_orm(primary_key, auto_increment = false)]\n    pub group_id: i32,\n",
        relations: "",
        sqlite: "CREATE TABLE members (user_id integer NOT NULL, group_id integer NOT NULL); CREATE UNIQUE INDEX pairs ON members (user_id, group_id);",
        postgres: "CREATE TABLE members (user_id integer NOT NULL, group_id integer NOT NULL); CREATE UNIQUE INDEX pairs ON members (user_id, group_id);",
        told: &[
            "src/entity/member.rs:6: Model: add primary key members.members_pkey (user_id, group_id)",
        ],
    },
    Case {
        name: "a field that may be missing, and a column that may not",
        fields: "ID    pub note: Option<String>,\n",
        relations: "",
        sqlite: "CREATE TABLE members (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, note varchar NOT NULL);",
        postgres: "CREATE TABLE members (id serial PRIMARY KEY, note text NOT NULL);",
        told: &["src/entity/member.rs:8: Model::note: alter column members.note: drop not null"],
    },
    Case {
        name: "a field that may not be missing, and a column that may",
        fields: "ID    pub note: String,\n",
        relations: "",
        sqlite: "CREATE TABLE members (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, note varchar DEFAULT 'x');",
        postgres: "CREATE TABLE members (id serial PRIMARY KEY, note text DEFAULT 'x');",
        told: &["src/entity/member.rs:8: Model::note: alter column members.note: set not null"],
    },
    Case {
        name: "another action of a foreign key",
        fields: "ID    pub group_id: Option<i32>,\n",
        relations: "    #[sea_orm(belongs_to = \"super::group::Entity\", from = \"Column::GroupId\", to = \"super::group::Column::Id\", on_delete = \"Cascade\")]\n    Group,\n",
        sqlite: "CREATE TABLE members (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, group_id integer, CONSTRAINT \"fk-members\" FOREIGN KEY (group_id) REFERENCES groups (id) ON DELETE SET NULL);",
        postgres: "CREATE TABLE members (id serial PRIMARY KEY, group_id integer CONSTRAINT \"fk-members\" REFERENCES groups (id) ON DELETE SET NULL);",
        told: &[
            "src/entity/member.rs:5: Model: drop foreign key members.fk-members",
            "src/entity/member.rs:5: Model: add foreign key members.fk-members (group_id) references groups (id) on delete cascade",
        ],
    },
    Case {
        name: "a unique field that no index holds",
        fields: "ID    #[sea_orm(unique)]\n    pub email: String,\n",
        relations: "",
        sqlite: "CREATE TABLE members (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, email varchar NOT NULL); CREATE INDEX by_email ON members (email);",
        postgres: "CREATE TABLE members (id serial PRIMARY KEY, email varchar(254) NOT NULL); CREATE INDEX by_email ON members (email);",
        told: &[
            "src/entity/member.rs:8: Model::email: add unique constraint members.members_email_key (email)",
        ],
    },
];

fn members(case: &Case) -> String {
    let fields = case.fields.replace("ID", ID);
    let relations = case.relations;
    format!(
        "use sea_orm::entity::prelude::*;\n\n#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n#[sea_orm(table_name = \"members\")]\npub struct Model {{\n{fields}}}\n\n#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]\npub enum Relation {{\n{relations}}}\n\nimpl ActiveModelBehavior for ActiveModel {{}}\n"
    )
}

/// What `check` tells after the take-over.
async fn told(project: Project, case: &Case, url: &str, sql: &str) -> (Project, Vec<String>) {
    let source = members(case);
    let mut project = shop(project, &[("group", GROUPS), ("member", &source)]);
    let parsed = DatabaseUrl::parse(url, &project.path("")).unwrap();
    let mut live = Connection::connect(&parsed).await.unwrap();
    live.batch(sql).await.unwrap();
    live.close().await.unwrap();
    let shown = project.run(&format!("init --from {url}"));
    assert!(shown.ends_with("exit 0\n"), "{}: {shown}", case.name);
    project.set("DATABASE_URL", url);
    let shown = project.run("check");
    assert!(shown.ends_with("exit 1\n"), "{}: {shown}", case.name);
    let lines = shown.lines().filter_map(|line| line.strip_prefix("out| "));
    let lines = lines.map(str::to_owned).collect();
    (project, lines)
}

#[tokio::test]
async fn what_really_differs_is_told_on_sqlite() {
    for case in CASES {
        let project = Project::without_url();
        std::fs::File::create(project.path("shop.db")).unwrap();
        let url = format!("sqlite:///{}", project.path("shop.db").display());
        let sql = format!("{BESIDE_ON_SQLITE}{}", case.sqlite);
        let (_project, found) = told(project, case, &url, &sql).await;
        assert_eq!(found, case.told, "{}", case.name);
    }
}

#[tokio::test]
async fn what_really_differs_is_told_on_postgres() {
    for case in CASES {
        let (project, mut scratch) = Project::beside_postgres().await;
        let database = scratch.create_database("shop", None).await.unwrap();
        let sql = format!("{BESIDE_ON_POSTGRES}{}", case.postgres);
        let (_project, found) = told(project, case, &database.url.to_string(), &sql).await;
        assert_eq!(found, case.told, "{}", case.name);
        scratch.close().await.unwrap();
    }
}
