//! What a source of models does not say, and a revision keeps when it makes the table again on SQLite.

use std::fmt::Write as _;

use crate::project::Project;

/// A table `id, a, b, loose`, with what is said of it besides.
struct Case {
    name: &'static str,
    /// The columns `id`, `a` and `b`, and what stands behind all columns.
    columns: [&'static str; 3],
    members: &'static str,
    options: &'static str,
    /// Statements behind it.
    beside: &'static str,
    /// What the schema still says in the end.
    kept: &'static [&'static str],
}

const ID: &str = "INTEGER NOT NULL PRIMARY KEY";

const A: &str = "TEXT NOT NULL";

const B: &str = "INTEGER";

const PLAIN: Case = Case {
    name: "",
    columns: [ID, A, B],
    members: "",
    options: "",
    beside: "",
    kept: &[],
};

const CASES: &[Case] = &[
    Case {
        name: "defaults",
        columns: [ID, "TEXT NOT NULL DEFAULT 'x'", "INTEGER DEFAULT (1 + 2)"],
        kept: &["a TEXT NOT NULL DEFAULT 'x'", "b INTEGER DEFAULT (1 + 2)"],
        ..PLAIN
    },
    Case {
        name: "collations",
        columns: [ID, "TEXT COLLATE NOCASE NOT NULL", B],
        kept: &["a TEXT NOT NULL COLLATE \"NOCASE\""],
        ..PLAIN
    },
    Case {
        name: "checks",
        columns: [ID, A, "INTEGER CHECK (b > 0)"],
        members: ", CONSTRAINT short CHECK (length(a) < 9)",
        kept: &["CHECK (b > 0)", "CONSTRAINT short CHECK (length(a) < 9)"],
        ..PLAIN
    },
    Case {
        name: "stored",
        columns: [ID, A, "INTEGER GENERATED ALWAYS AS (length(a)) STORED"],
        kept: &["b INTEGER GENERATED ALWAYS AS (length(a)) STORED"],
        ..PLAIN
    },
    Case {
        name: "virtually",
        columns: [ID, A, "INTEGER AS (length(a))"],
        kept: &["b INTEGER GENERATED ALWAYS AS (length(a)) VIRTUAL"],
        ..PLAIN
    },
    Case {
        name: "counted",
        columns: ["INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", A, B],
        kept: &["AUTOINCREMENT"],
        ..PLAIN
    },
    Case {
        name: "uniques",
        members: ", CONSTRAINT pair UNIQUE (a, b) ON CONFLICT IGNORE, UNIQUE (loose)",
        beside: "CREATE UNIQUE INDEX once ON uniques (a) WHERE b > 0;",
        kept: &[
            "CONSTRAINT pair UNIQUE (a, b) ON CONFLICT IGNORE",
            "UNIQUE (loose)",
            "CREATE UNIQUE INDEX once ON uniques (a) WHERE b > 0",
        ],
        ..PLAIN
    },
    Case {
        name: "indexes",
        beside: "CREATE INDEX by_a ON indexes (lower(a) DESC, b); CREATE INDEX by_loose ON indexes (loose COLLATE NOCASE);",
        kept: &[
            "CREATE INDEX by_a ON indexes (lower(a) DESC, b)",
            "CREATE INDEX by_loose ON indexes (loose COLLATE \"NOCASE\")",
        ],
        ..PLAIN
    },
    Case {
        name: "keys",
        columns: [
            ID,
            A,
            "INTEGER REFERENCES defaults (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
        ],
        kept: &[
            "REFERENCES defaults (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
        ],
        ..PLAIN
    },
    Case {
        name: "strictly",
        options: "STRICT",
        kept: &["STRICT"],
        ..PLAIN
    },
    Case {
        name: "rowless",
        options: "WITHOUT ROWID",
        kept: &["WITHOUT ROWID"],
        ..PLAIN
    },
    Case {
        name: "types",
        columns: [ID, "VARCHAR(40) NOT NULL", "INT"],
        kept: &["a VARCHAR(40) NOT NULL", "b INT,"],
        ..PLAIN
    },
    Case {
        name: "looks",
        beside: "CREATE VIEW seen AS SELECT a FROM looks; CREATE TRIGGER noted AFTER INSERT ON looks BEGIN SELECT 1; END;",
        kept: &[
            "CREATE VIEW seen AS SELECT a FROM looks",
            "CREATE TRIGGER noted AFTER INSERT ON looks",
        ],
        ..PLAIN
    },
];

fn sql() -> String {
    let mut text = String::new();
    for case in CASES {
        let [id, a, b] = case.columns;
        let Case {
            name,
            members,
            options,
            beside,
            ..
        } = case;
        writeln!(
            text,
            "CREATE TABLE {name} (id {id}, a {a}, b {b}, loose TEXT NOT NULL{members}) {options}; {beside}"
        )
        .unwrap();
    }
    text
}

fn entities() -> String {
    CASES
        .iter()
        .map(|Case { name, .. }| {
            format!(
                "pub mod {name} {{\n    use sea_orm::entity::prelude::*;\n\n    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n    #[sea_orm(table_name = \"{name}\")]\n    pub struct Model {{\n        #[sea_orm(primary_key)]\n        pub id: i32,\n        pub a: String,\n        pub b: Option<i32>,\n        pub loose: String,\n    }}\n\n    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]\n    pub enum Relation {{}}\n\n    impl ActiveModelBehavior for ActiveModel {{}}\n}}\n"
            )
        })
        .collect()
}

fn tables() -> String {
    CASES
        .iter()
        .map(|Case { name, .. }| {
            format!(
                "diesel::table! {{\n    {name} (id) {{\n        id -> Integer,\n        a -> Text,\n        b -> Nullable<Integer>,\n        loose -> Text,\n    }}\n}}\n"
            )
        })
        .collect()
}

#[tokio::test]
async fn what_is_not_said_stays_when_a_table_is_made_again() {
    for (library, source, from, to) in [
        (
            "sea-orm = \"2.0\"",
            entities(),
            "pub loose: String",
            "pub loose: Option<String>",
        ),
        (
            "diesel = \"2.3\"",
            tables(),
            "loose -> Text",
            "loose -> Nullable<Text>",
        ),
    ] {
        let manifest = format!(
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{library}\n"
        );
        let project =
            Project::new().with_program(&[("Cargo.toml", &manifest), ("src/main.rs", &source)]);
        project.batch("todo.db", &sql()).await;
        let shown = project.run("init --from sqlite:///todo.db --rev-id one1");
        assert!(shown.ends_with("exit 0\n"), "{library}: {shown}");
        let shown = project.run("check");
        assert!(shown.contains("Nothing differs"), "{library}: {shown}");
        project.edit("src/main.rs", from, to);
        let shown = project.run("revision --autogenerate -m loose --rev-id two2");
        assert!(shown.ends_with("exit 0\n"), "{library}: {shown}");
        let shown = project.run("upgrade");
        assert!(shown.ends_with("exit 0\n"), "{library}: {shown}");
        let made = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL";
        let made = project.values("todo.db", made).await.join("\n");
        let made = made.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut lost = Vec::new();
        for case in CASES {
            let table = format!("CREATE TABLE {} (", case.name);
            let quoted = format!("CREATE TABLE \"{}\" (", case.name);
            let (_, own) = made
                .split_once(&table)
                .or_else(|| made.split_once(&quoted))
                .unwrap_or_else(|| panic!("{library}: no {} in {made}", case.name));
            let own = own.split(" CREATE TABLE ").next().unwrap_or_default();
            assert!(!own.contains("loose TEXT NOT NULL"), "{library}: {own}");
            let is_lost = |kept: &&&str| {
                let place = if kept.starts_with("CREATE") {
                    &made
                } else {
                    own
                };
                !place.contains(**kept)
            };
            let gone = case.kept.iter().filter(is_lost);
            lost.extend(gone.map(|kept| format!("{}: {kept}: {own}", case.name)));
        }
        assert_eq!(lost, Vec::<String>::new(), "{library}");
        let shown = project.run("check");
        assert!(shown.contains("Nothing differs"), "{library}: {shown}");
        let shown = project.run("downgrade -1");
        assert!(shown.ends_with("exit 0\n"), "{library}: {shown}");
    }
}

const MODEL: &str = "use limbeck::Table;

#[derive(Table)]
#[table(name = \"users\")]
pub struct User {
    #[column(primary_key)]
    pub id: i64,
    #[column(default_sql = \"'2026-01-01'\")]
    pub modified: String,
    pub name: String,
}
";

#[tokio::test]
async fn a_default_that_each_database_has_of_its_own_is_left_to_it() {
    let project = Project::new();
    project.write("src/models.rs", MODEL);
    project.write(
        "limbeck.toml",
        "dialects = [\"sqlite\"]\n[unmanaged]\ndefaults = [\"*.modified\"]\n",
    );
    project.run("revision --autogenerate -m first --rev-id one1");
    project.run("upgrade");
    // Another installation, with a default of its own.
    project
        .batch(
            "other.db",
            "CREATE TABLE users (id INTEGER CONSTRAINT users_pkey PRIMARY KEY AUTOINCREMENT NOT NULL, modified TEXT NOT NULL DEFAULT '2025-05-05', name TEXT NOT NULL)",
        )
        .await;
    project.run("stamp head --url sqlite:///other.db");
    insta::assert_snapshot!(project.run("check --url sqlite:///other.db"), @"
    err| unmanaged: the default of users.modified
    err| Nothing differs
    exit 0
    ");
    // Models that say another one, or none, say nothing of it.
    project.edit(
        "src/models.rs",
        "    #[column(default_sql = \"'2026-01-01'\")]\n",
        "",
    );
    insta::assert_snapshot!(project.run("check"), @"
    err| Nothing differs
    exit 0
    ");
    insta::assert_snapshot!(project.run("diff models sqlite:///other.db"), @"
    err| Nothing differs
    exit 0
    ");
    project.edit("src/models.rs", "name: String", "name: Option<String>");
    project.run("revision --autogenerate -m loose --rev-id two2");
    insta::assert_snapshot!(project.sections("loose"), @r#"
    -- upgrade
    -- step: foreign keys off
    CREATE TABLE limbeck_new_users (
        id INTEGER CONSTRAINT users_pkey PRIMARY KEY AUTOINCREMENT NOT NULL,
        modified TEXT NOT NULL DEFAULT '2026-01-01',
        name TEXT
    );
    INSERT INTO limbeck_new_users (id, modified, name) SELECT id, modified, name FROM users;
    DELETE FROM sqlite_sequence WHERE name = 'limbeck_new_users';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'limbeck_new_users', seq FROM sqlite_sequence WHERE name = 'users';
    DROP TABLE users;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE limbeck_new_users RENAME TO users;
    PRAGMA legacy_alter_table = OFF;
    CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
    INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
    DROP TABLE limbeck_foreign_key_check;

    -- downgrade
    -- step: foreign keys off
    -- hazard: may_fail: users.name: rows that hold NULL
    CREATE TABLE limbeck_new_users (
        id INTEGER CONSTRAINT users_pkey PRIMARY KEY AUTOINCREMENT NOT NULL,
        modified TEXT NOT NULL DEFAULT '2026-01-01',
        name TEXT NOT NULL
    );
    INSERT INTO limbeck_new_users (id, modified, name) SELECT id, modified, name FROM users;
    DELETE FROM sqlite_sequence WHERE name = 'limbeck_new_users';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'limbeck_new_users', seq FROM sqlite_sequence WHERE name = 'users';
    DROP TABLE users;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE limbeck_new_users RENAME TO users;
    PRAGMA legacy_alter_table = OFF;
    CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
    INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
    DROP TABLE limbeck_foreign_key_check;
    "#);
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///other.db"), @"
    err| error: migrations/two2_loose.sql:18: what was changed of column `modified` of `users` would be lost: it is not in the revisions
    err| hint: add it to a revision, or drop it there if nobody needs it
    err| hint: or let it go: run this upgrade again with --allow-loss
    exit 2
    ");
    insta::assert_snapshot!(project.run("upgrade --url sqlite:///other.db --allow-loss"), @"
    err| Running upgrade one1 -> two2, loose
    exit 0
    ");
    insta::assert_snapshot!(project.run("upgrade"), @"
    err| Running upgrade one1 -> two2, loose
    exit 0
    ");
    insta::assert_snapshot!(project.run("check"), @"
    err| Nothing differs
    exit 0
    ");
}

#[tokio::test]
async fn a_default_that_each_database_has_of_its_own_is_left_to_it_on_postgres() {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("shop", None).await.unwrap();
    let url = database.url.to_string();
    project.set("DATABASE_URL", &url);
    project.write("src/models.rs", MODEL);
    project.write(
        "limbeck.toml",
        "dialects = [\"postgres\"]\n[unmanaged]\ndefaults = [\"*.modified\"]\n",
    );
    project.run("revision --autogenerate -m first --rev-id one1");
    project.run("upgrade");
    let mut live = database.connect().await.unwrap();
    live.batch("ALTER TABLE users ALTER modified SET DEFAULT '2025-05-05'")
        .await
        .unwrap();
    live.close().await.unwrap();
    insta::assert_snapshot!(project.run("check"), @"
    err| unmanaged: the default of users.modified
    err| Nothing differs
    exit 0
    ");
    project.edit("src/models.rs", "'2026-01-01'", "'2026-02-02'");
    insta::assert_snapshot!(project.run("diff models revisions"), @"
    err| Nothing differs
    exit 0
    ");
    let shown = project.run(&format!("diff models {url}"));
    insta::assert_snapshot!(shown.replace(&url, "URL"), @"
    err| Nothing differs
    exit 0
    ");
    project.edit(
        "src/models.rs",
        "pub modified: String",
        "#[column(max_length = 40)]\n    pub modified: String",
    );
    project.run("revision --autogenerate -m short --rev-id two2");
    insta::assert_snapshot!(project.sections("short"), @"
    -- upgrade
    -- hazard: may_fail: users.modified: values that are no varchar(40)
    ALTER TABLE users ALTER COLUMN modified DROP DEFAULT;
    ALTER TABLE users ALTER COLUMN modified TYPE varchar(40);
    ALTER TABLE users ALTER COLUMN modified SET DEFAULT '2026-01-01'::text;

    -- downgrade
    ALTER TABLE users ALTER COLUMN modified DROP DEFAULT;
    ALTER TABLE users ALTER COLUMN modified TYPE text;
    ALTER TABLE users ALTER COLUMN modified SET DEFAULT '2026-01-01'::text;
    ");
}

const FORMER: &str = "use limbeck::{Enum, Table};

#[derive(Enum)]
pub enum State {
    Open,
    Done,
}

#[derive(Table)]
#[table(name = \"t\")]
pub struct T {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = \"x\")]
    pub at: String,
    #[column(default = State::Open)]
    pub state: State,
}
";

/// The type of one column and the values of the other are others, which the former defaults do not fit.
async fn change_what_defaults_fit(project: &Project, dialect: &str) -> String {
    project.write("src/models.rs", FORMER);
    project.write(
        "limbeck.toml",
        &format!("dialects = [\"{dialect}\"]\n[unmanaged]\ndefaults = [\"t.*\"]\n"),
    );
    project.run("revision --autogenerate -m first --rev-id one1");
    let shown = project.run("upgrade");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    project.edit("src/models.rs", "default = \"x\"", "default = 7");
    project.edit("src/models.rs", "at: String", "at: i32");
    project.edit("src/models.rs", "State::Open", "State::Done");
    project.edit("src/models.rs", "    Open,\n", "");
    let shown = project.run("revision --autogenerate -m fit --rev-id two2 --drop state.open");
    assert!(shown.ends_with("exit 0\n"), "{dialect}: {shown}");
    let text = project.sections("fit");
    let (there, _) = text.split_once("-- downgrade").expect("both ways");
    let shown = project.run("upgrade");
    assert!(shown.ends_with("exit 0\n"), "{dialect}: {shown}");
    let shown = project.run("check");
    assert!(shown.ends_with("exit 0\n"), "{dialect}: {shown}");
    there.to_owned()
}

#[tokio::test]
async fn a_default_that_the_column_no_longer_takes_gives_way_to_the_models_on_postgres() {
    let project = Project::new();
    let made = change_what_defaults_fit(&project, "sqlite").await;
    for line in [
        "at INTEGER NOT NULL DEFAULT 7",
        "state TEXT NOT NULL DEFAULT 'done'",
    ] {
        assert!(made.contains(line), "{made}");
    }
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("shop", None).await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    let made = change_what_defaults_fit(&project, "postgres").await;
    for line in [
        "ALTER COLUMN at SET DEFAULT 7",
        "ALTER COLUMN state SET DEFAULT 'done'",
    ] {
        assert!(made.contains(line), "{made}");
    }
}

#[test]
fn a_default_that_is_declared_in_vain_is_told() {
    let project = Project::new();
    project.write("src/models.rs", MODEL);
    project.write(
        "limbeck.toml",
        "dialects = [\"sqlite\"]\n[unmanaged]\ndefaults = [\"*.modified\"]\n",
    );
    project.run("revision --autogenerate -m first --rev-id one1");
    project.edit("src/models.rs", "'2026-01-01'", "'2026-02-02'");
    insta::assert_snapshot!(project.run("check --only models"), @"
    err| unmanaged: the default of users.modified
    err| Nothing differs
    exit 0
    ");
    insta::assert_snapshot!(project.run("revision --autogenerate -m more"), @"
    err| unmanaged: the default of users.modified
    err| Nothing differs: no revision written
    exit 0
    ");
}
