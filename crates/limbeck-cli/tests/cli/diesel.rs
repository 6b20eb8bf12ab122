//! Projects whose models are tables of Diesel, as they stand.

use std::fs;

use crate::project::Project;

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\ndiesel = \"2.3\"\n";

const TOML: &str = "[print_schema]\nfile = \"src/schema.rs\"\n";

const SCHEMA: &str = "// @generated automatically by Diesel CLI.

diesel::table! {
    orders (id) {
        id -> Integer,
        user_id -> Integer,
        amount -> BigInt,
        #[sql_name = \"type\"]
        type_ -> Text,
        paid -> Bool,
    }
}

diesel::table! {
    tags (order_id, name) {
        order_id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Nullable<Integer>,
        email -> Text,
        score -> Nullable<Double>,
        created_at -> Timestamp,
    }
}

diesel::joinable!(orders -> users (user_id));
diesel::joinable!(tags -> orders (order_id));

diesel::allow_tables_to_appear_in_same_query!(orders, tags, users,);
";

/// The tables as migrations of Diesel make them, with what `table!` does not say.
const SQLITE: &str = "
CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(254) NOT NULL UNIQUE, score NUMERIC, created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    amount BIGINT NOT NULL CHECK (amount >= 0), type TEXT NOT NULL DEFAULT 'web', paid BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE tags (name TEXT NOT NULL CONSTRAINT names CHECK (name IN ('new', 'old')), order_id INTEGER NOT NULL, PRIMARY KEY (name, order_id));
CREATE INDEX orders_by_user ON orders (user_id);
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE other (a INTEGER);
";

const POSTGRES_SCHEMA: &str = "// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = \"order_state\"))]
    pub struct OrderState;
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::OrderState;

    /// Representation of the `orders` table.
    app.orders (id) {
        id -> Int8,
        user_id -> Uuid,
        state -> OrderState,
        former -> Array<Nullable<OrderState>>,
        labels -> Array<Nullable<Text>>,
        settings -> Nullable<Jsonb>,
        #[max_length = 64]
        code -> Varchar,
        price -> Numeric,
        during -> Nullable<Tstzrange>,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        #[max_length = 254]
        email -> Varchar,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    recent (user_id) {
        user_id -> Uuid,
    }
}

diesel::joinable!(orders -> users (user_id));
diesel::joinable!(recent -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(orders, recent, users,);
";

/// What `diesel print-schema` prints, and its users take out again.
const PATCH: &str = "--- src/schema.rs.orig
+++ src/schema.rs
@@ -35,7 +35,6 @@
         #[max_length = 254]
         email -> Varchar,
         created_at -> Timestamptz,
-        searched -> Tsvector,
     }
 }
 
";

const POSTGRES: &str = "
CREATE SCHEMA app;
CREATE TYPE order_state AS ENUM ('open', 'paid');
CREATE TYPE unused AS ENUM ('a');
CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email varchar(254) NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now(),
    searched tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', email)) STORED);
CREATE INDEX users_searched ON users USING gin (searched);
CREATE TABLE app.orders (id bigserial PRIMARY KEY, user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE,
    state order_state NOT NULL DEFAULT 'open', former order_state[] NOT NULL, labels text[] NOT NULL, settings jsonb, code varchar(64) NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price >= 0), during tstzrange);
COMMENT ON COLUMN app.orders.price IS 'in euros';
CREATE VIEW recent AS SELECT id AS user_id FROM users;
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
";

/// A package with tables of Diesel, and nothing of Limbeck's in it.
fn shop(project: Project, schema: &str) -> Project {
    for name in ["limbeck.toml", "src/models.rs"] {
        let _ = fs::remove_file(project.path(name));
    }
    let _ = fs::remove_dir_all(project.path("migrations"));
    project.write("Cargo.toml", MANIFEST);
    project.write("diesel.toml", TOML);
    project.write("src/lib.rs", "pub mod schema;\n");
    project.write("src/schema.rs", schema);
    project
}

#[tokio::test]
async fn tables_are_models_as_they_stand() {
    let project = shop(Project::without_url(), SCHEMA);
    project.batch("shop.db", SQLITE).await;
    insta::assert_snapshot!(project.run("init --from sqlite:///./shop.db --rev-id base1"), @r#"
    out| Created limbeck.toml
    out| Created migrations/base1_baseline.sql
    err| Found 3 tables of Diesel in src/schema.rs: they are the models
    err| Baseline of 4 tables
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| Unmanaged: __diesel_schema_migrations (the history of Diesel)
    err| Unmanaged: other (no model says it)
    err| Running stamp  -> base1
    exit 0
    "#);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: __diesel_schema_migrations
    err| unmanaged: other
    err| Nothing differs
    exit 0
    "#);
    assert_eq!(project.read("src/schema.rs"), SCHEMA);
    project.edit(
        "src/schema.rs",
        "        paid -> Bool,\n",
        "        paid -> Bool,\n        placed_at -> Nullable<Timestamp>,\n",
    );
    project.edit(
        "src/schema.rs",
        "diesel::joinable!(tags",
        "diesel::table! {\n    notes (id) {\n        id -> BigInt,\n        order_id -> Integer,\n        text -> Nullable<Text>,\n    }\n}\n\ndiesel::joinable!(notes -> orders (order_id));\ndiesel::joinable!(tags",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m placed --rev-id two2"), @r#"
    out| migrations/two2_placed.sql
    err| Detected: create table notes (src/schema.rs:33)
    err| Detected: add column orders.placed_at TIMESTAMP (src/schema.rs:11)
    err| Proven on SQLite …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.sections("placed"), @r#"
    -- upgrade
    ALTER TABLE orders ADD COLUMN placed_at TIMESTAMP;

    CREATE TABLE notes (
        id INTEGER CONSTRAINT notes_pkey PRIMARY KEY AUTOINCREMENT NOT NULL,
        order_id INTEGER NOT NULL,
        text TEXT,
        CONSTRAINT notes_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id)
    );

    -- downgrade
    -- loses: notes
    DROP TABLE notes;
    -- loses: orders.placed_at
    ALTER TABLE orders DROP COLUMN placed_at;
    "#);
    project.run("upgrade");
    let shown = project.run("check");
    assert!(shown.ends_with("err| Nothing differs\nexit 0\n"), "{shown}");
    // A column goes, and takes along what stands on it.
    project.edit("src/schema.rs", "        amount -> BigInt,\n", "");
    project.run("revision --autogenerate -m free --rev-id three3");
    insta::assert_snapshot!(project.sections("free"), @r#"
    -- upgrade
    -- step: foreign keys off
    -- loses: orders.amount
    CREATE TABLE limbeck_new_orders (
        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
        user_id INTEGER NOT NULL,
        type TEXT NOT NULL DEFAULT 'web',
        paid BOOLEAN NOT NULL DEFAULT 0,
        placed_at TIMESTAMP,
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    );
    INSERT INTO limbeck_new_orders (id, user_id, type, paid, placed_at) SELECT id, user_id, type, paid, placed_at FROM orders;
    DELETE FROM sqlite_sequence WHERE name = 'limbeck_new_orders';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'limbeck_new_orders', seq FROM sqlite_sequence WHERE name = 'orders';
    DROP TABLE orders;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE limbeck_new_orders RENAME TO orders;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX orders_by_user ON orders (user_id);
    CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
    INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
    DROP TABLE limbeck_foreign_key_check;

    -- downgrade
    -- step: foreign keys off
    -- hazard: may_fail: orders.orders_amount_check: rows that do not satisfy it
    CREATE TABLE limbeck_new_orders (
        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
        user_id INTEGER NOT NULL,
        type TEXT NOT NULL DEFAULT 'web',
        paid BOOLEAN NOT NULL DEFAULT 0,
        placed_at TIMESTAMP,
        amount BIGINT NOT NULL,
        CHECK (amount >= 0),
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    );
    INSERT INTO limbeck_new_orders (id, user_id, type, paid, placed_at, amount) SELECT id, user_id, type, paid, placed_at, 0 FROM orders;
    DELETE FROM sqlite_sequence WHERE name = 'limbeck_new_orders';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'limbeck_new_orders', seq FROM sqlite_sequence WHERE name = 'orders';
    DROP TABLE orders;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE limbeck_new_orders RENAME TO orders;
    PRAGMA legacy_alter_table = OFF;
    CREATE INDEX orders_by_user ON orders (user_id);
    CREATE TEMP TABLE limbeck_foreign_key_check (violations INTEGER CONSTRAINT "no row references a missing row (PRAGMA foreign_key_check lists them)" CHECK (violations = 0));
    INSERT INTO limbeck_foreign_key_check SELECT count(*) FROM pragma_foreign_key_check;
    DROP TABLE limbeck_foreign_key_check;
    "#);
}

/// A constraint that nobody has named is told by its columns on SQLite, and follows them.
#[test]
fn unnamed_constraints_follow_a_rename_on_sqlite() {
    let (column, table) = (
        ("s.name:title", "name ->", "title ->"),
        ("s:t", " s (", " t ("),
    );
    for (clause, (flag, from, to)) in [
        ("UNIQUE", column),
        ("REFERENCES u (id)", column),
        ("CHECK (length(name) > 1)", column),
        (", CHECK (name <> 'x'), CHECK (name <> 'y')", column),
        (", UNIQUE (id, NAME)", column),
        ("UNIQUE", table),
        ("CONSTRAINT own UNIQUE", column),
    ] {
        let schema = "diesel::table! { u (id) { id -> Text, } }\ndiesel::table! { s (id) { id -> Text, name -> Text, } }\n";
        let project = shop(Project::without_url(), schema);
        project.write("limbeck.toml", "dialects = [\"sqlite\"]\n");
        project.write(
            "migrations/1a_a.sql",
            &format!(
                "-- a\n--\n-- revision: 1a\n-- parents: none\n-- dialects: sqlite\n\n-- upgrade\nCREATE TABLE u (id TEXT NOT NULL PRIMARY KEY);\n\
                 CREATE TABLE s (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL {clause});\n\n-- downgrade\n-- loses: s\n-- loses: u\nDROP TABLE s;\nDROP TABLE u;\n"
            ),
        );
        project.write("src/schema.rs", &schema.replace(from, to));
        let said = project.run(&format!("revision --autogenerate -m r --rename {flag}"));
        // The database renames what stands on the column, and nothing has to be made again for a name.
        let is_plain = !said.contains("constraint") && said.ends_with("exit 0\n");
        assert!(is_plain, "{clause}: {said}");
        let said = project.run("check");
        assert!(said.contains("Nothing differs"), "{clause}: {said}");
    }
}

/// What `table!` cannot say of a type is the database's, and no reason to drop a column that is renamed.
#[tokio::test]
async fn what_a_type_cannot_say_is_the_databases_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    // The declared type with its attribute, and what the database has.
    let cases = [
        ("", "Array<Nullable<Text>>", "words"),
        ("", "Int4", "num2 NOT NULL"),
        ("", "Bit", "bit(3)"),
        ("", "Nullable<Varbit>", "varbit(5)"),
        ("", "Nullable<Interval>", "interval day to second"),
        ("", "Nullable<Array<Nullable<Interval>>>", "interval(3)[]"),
        ("#[max_length = 255]", "Varchar", "slug"),
        ("", "Nullable<Array<Nullable<Varchar>>>", "slug[]"),
        ("", "Numeric", "numeric(10, 2)"),
    ];
    let mut declared = String::new();
    let mut columns = String::new();
    for (place, (attribute, said, there)) in cases.iter().enumerate() {
        declared.push_str(&format!("{attribute} c{place} -> {said}, "));
        let null = if said.starts_with("Nullable") {
            ""
        } else {
            " NOT NULL"
        };
        // A domain that admits no NULL makes the column say so.
        let there = there
            .strip_suffix(" NOT NULL")
            .map_or_else(|| format!("{there}{null}"), str::to_owned);
        columns.push_str(&format!(", c{place} {there}"));
    }
    let types = ["bit", "varbit"].map(|name| {
        let rust = if name == "bit" { "Bit" } else { "Varbit" };
        format!("#[derive(diesel::sql_types::SqlType)] #[diesel(postgres_type(name = \"{name}\"))] pub struct {rust};")
    });
    let schema = format!(
        "pub mod sql_types {{ {} }}\ndiesel::table! {{ use diesel::sql_types::*; use super::sql_types::*; t (id) {{ id -> Int4, {declared} }} }}\n",
        types.concat()
    );
    let mut project = shop(project, &schema);
    let database = scratch.create_database("said", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(&format!(
        "CREATE DOMAIN slug AS varchar(255) CHECK (value <> ''); CREATE DOMAIN words AS text[]; CREATE DOMAIN num AS int NOT NULL;
         CREATE DOMAIN num2 AS num; CREATE TABLE t (id serial PRIMARY KEY{columns});"
    ))
    .await
    .unwrap();
    live.close().await.unwrap();
    let url = database.url.to_string();
    let said = project.run(&format!("init --from {url} --rev-id base1"));
    assert!(!said.contains("Differs"), "{said}");
    project.set("DATABASE_URL", &url);
    assert_eq!(project.run("check"), "err| Nothing differs\nexit 0\n");
    for place in 0..cases.len() {
        let renamed = schema.replace(&format!(" c{place} ->"), &format!(" d{place} ->"));
        project.write("src/schema.rs", &renamed);
        let said = project.run("revision --autogenerate -m x");
        let question = format!("--rename t.c{place}:d{place}");
        assert!(said.contains(&question), "{place}: {said}");
    }
    scratch.close().await.unwrap();
}

#[tokio::test]
async fn tables_are_models_as_they_stand_on_postgres() {
    let (project, mut scratch) = Project::beside_postgres().await;
    let mut project = shop(project, POSTGRES_SCHEMA);
    project.write("src/schema.patch", PATCH);
    let database = scratch.create_database("shop", None).await.unwrap();
    let mut live = database.connect().await.unwrap();
    live.batch(POSTGRES).await.unwrap();
    live.close().await.unwrap();
    let url = database.url.to_string();
    let shown = project.run(&format!("init --from {url} --rev-id base1"));
    insta::assert_snapshot!(shown.replace(&url, "URL"), @r#"
    out| Created limbeck.toml
    out| Created migrations/base1_baseline.sql
    err| Found 3 tables of Diesel in src/schema.rs: they are the models
    err| Baseline of 2 tables
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| Unmanaged: __diesel_schema_migrations (the history of Diesel)
    err| Running stamp  -> base1
    err| Next: set DATABASE_URL in the environment or in .env to the URL of the database
    exit 0
    "#);
    project.set("DATABASE_URL", &url);
    insta::assert_snapshot!(project.run("check"), @r#"
    err| unmanaged: __diesel_schema_migrations
    err| Nothing differs
    exit 0
    "#);
    for (from, to) in [
        (
            "        during -> Nullable<Tstzrange>,\n",
            "        during -> Nullable<Tstzrange>,\n        next -> Nullable<OrderState>,\n",
        ),
        ("#[max_length = 64]", "#[max_length = 80]"),
        (
            "        created_at -> Timestamptz,\n",
            "        created_at -> Timestamptz,\n        name -> Nullable<Text>,\n",
        ),
        (
            "diesel::joinable!(recent",
            "diesel::table! {\n    stars (user_id, order_id) {\n        user_id -> Uuid,\n        order_id -> Int8,\n    }\n}\n\ndiesel::joinable!(stars -> users (user_id));\ndiesel::joinable!(stars -> orders (order_id));\ndiesel::joinable!(recent",
        ),
    ] {
        project.edit("src/schema.rs", from, to);
    }
    insta::assert_snapshot!(project.run("revision --autogenerate -m more --rev-id two2"), @r#"
    out| migrations/two2_more.sql
    err| Detected: create table stars (src/schema.rs:47)
    err| Detected: add column users.name text (src/schema.rs:35)
    err| Detected: alter column app.orders.code: type varchar(64) to varchar(80) (src/schema.rs:22)
    err| Detected: add column app.orders.next order_state (src/schema.rs:25)
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    insta::assert_snapshot!(project.sections("more"), @r#"
    -- upgrade
    ALTER TABLE app.orders ALTER COLUMN code TYPE varchar(80);
    ALTER TABLE users ADD COLUMN name text;
    ALTER TABLE app.orders ADD COLUMN next order_state;

    CREATE TABLE stars (
        user_id uuid NOT NULL,
        order_id bigint NOT NULL,
        CONSTRAINT stars_order_id_fkey FOREIGN KEY (order_id) REFERENCES app.orders (id),
        CONSTRAINT stars_pkey PRIMARY KEY (user_id, order_id),
        CONSTRAINT stars_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
    );

    -- downgrade
    -- loses: stars
    DROP TABLE stars;
    -- loses: app.orders.next
    ALTER TABLE app.orders DROP COLUMN next;
    -- loses: users.name
    ALTER TABLE users DROP COLUMN name;
    -- hazard: may_fail: app.orders.code: values that are no varchar(64)
    ALTER TABLE app.orders ALTER COLUMN code TYPE varchar(64);
    "#);
    project.run("upgrade");
    let shown = project.run("check");
    assert!(shown.ends_with("err| Nothing differs\nexit 0\n"), "{shown}");
    scratch.close().await.unwrap();
}

#[test]
fn tables_begin_a_project() {
    let project = shop(Project::without_url(), SCHEMA);
    insta::assert_snapshot!(project.run("init"), @r#"
    out| Created limbeck.toml
    out| Created migrations
    out| Created .env.example
    out| Added .env, *.db, *.db-shm, *.db-wal to .gitignore
    err| Found 3 tables of Diesel in src/schema.rs: they are the models
    err| Next: begin with a database that they have made: limbeck init --from URL
    exit 0
    "#);
    project.run("revision --autogenerate -m first --rev-id one1 --dialect sqlite");
    insta::assert_snapshot!(project.sections("first"), @r#"
    -- upgrade
    CREATE TABLE users (
        id INTEGER CONSTRAINT users_pkey PRIMARY KEY AUTOINCREMENT NOT NULL,
        email TEXT NOT NULL,
        score DOUBLE,
        created_at TIMESTAMP NOT NULL
    );

    CREATE TABLE orders (
        id INTEGER CONSTRAINT orders_pkey PRIMARY KEY AUTOINCREMENT NOT NULL,
        user_id INTEGER NOT NULL,
        amount BIGINT NOT NULL,
        type TEXT NOT NULL,
        paid BOOLEAN NOT NULL,
        CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
    );

    CREATE TABLE tags (
        order_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        CONSTRAINT tags_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT tags_pkey PRIMARY KEY (order_id, name)
    );

    -- downgrade
    -- loses: tags
    DROP TABLE tags;
    -- loses: orders
    DROP TABLE orders;
    -- loses: users
    DROP TABLE users;
    "#);
    // What somebody does not want to be models is none.
    project.write("limbeck.toml", "[models]\ndiesel = false\n");
    fs::remove_dir_all(project.path("migrations")).unwrap();
    insta::assert_snapshot!(project.run("check"), @r#"
    err| warning: Cargo.toml:1:1: no struct derives `Table` in `shop`: derive `limbeck::Table` on a struct, or set `path` or `crates` under `[models]` in limbeck.toml
    err| error: there is nothing to compare: no model and no revision
    err| cause: 3 tables of Diesel in src/schema.rs
    err| hint: begin with a database that they have made: limbeck init --from URL
    err| hint: derive `limbeck::Table` on a struct, then: limbeck revision --autogenerate -m "…"
    exit 2
    "#);
    // Another file than the one that is printed.
    project.write(
        "src/other.rs",
        "diesel::table! {\n    one (id) {\n        id -> Integer,\n    }\n}\n",
    );
    project.write("src/lib.rs", "pub mod schema;\npub mod other;\n");
    project.write("limbeck.toml", "[models]\ndiesel = \"src/other.rs\"\n");
    insta::assert_snapshot!(project.run("check --dialect sqlite"), @r#"
    out| src/other.rs:2: one: create table one
    err| No database URL is configured: drift and pending revisions were not checked
    err| error: 1 difference between models and revisions
    err| hint: limbeck revision --autogenerate -m "…"
    exit 1
    "#);
}
