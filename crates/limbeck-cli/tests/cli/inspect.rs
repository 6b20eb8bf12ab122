//! A database as SQL, JSON and models.

use std::fs;

use crate::project::Project;

const SHOP: &str = "CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(20) NOT NULL UNIQUE,
    \"type\" TEXT NOT NULL DEFAULT 'guest' CONSTRAINT kind CHECK (\"type\" IN ('guest', 'vip'))
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    placed DATETIME DEFAULT CURRENT_TIMESTAMP,
    total NUMERIC(10, 2) NOT NULL DEFAULT 0 CHECK (total >= 0)
);
CREATE INDEX ix_orders_user_id ON orders (user_id);
CREATE INDEX large ON orders (total DESC) WHERE total > 100;
CREATE VIEW totals AS SELECT user_id, sum(total) FROM orders GROUP BY 1;
";

async fn shop(project: &Project) {
    let url = format!("sqlite:///{}", project.path("todo.db").display());
    let url = limbeck::url::DatabaseUrl::parse(&url, std::path::Path::new("/")).unwrap();
    let mut connection = limbeck::connection::Connection::connect(&url)
        .await
        .unwrap();
    connection.execute(SHOP).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_database_is_sql_and_models() {
    let project = Project::new();
    shop(&project).await;
    insta::assert_snapshot!(project.run("inspect"), @r#"
    out| CREATE TABLE users (
    out|     id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    out|     email VARCHAR(20) NOT NULL,
    out|     type TEXT NOT NULL DEFAULT 'guest' CONSTRAINT kind CHECK (type IN ('guest', 'vip')),
    out|     UNIQUE (email)
    out| );
    out| 
    out| CREATE TABLE orders (
    out|     id INTEGER NOT NULL,
    out|     user_id INTEGER NOT NULL,
    out|     placed DATETIME DEFAULT CURRENT_TIMESTAMP,
    out|     total NUMERIC(10, 2) NOT NULL DEFAULT 0,
    out|     PRIMARY KEY (id),
    out|     CHECK (total >= 0),
    out|     FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    out| );
    out| 
    out| CREATE INDEX ix_orders_user_id ON orders (user_id);
    out| CREATE INDEX large ON orders (total DESC) WHERE total > 100;
    out| CREATE VIEW totals AS SELECT user_id, sum(total) FROM orders GROUP BY 1;
    exit 0
    "#);
    insta::assert_snapshot!(project.run("inspect sqlite:///todo.db --format rust"), @r#"
    out| use chrono::NaiveDateTime;
    out| use limbeck::{Enum, Table};
    out| 
    out| #[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]
    out| #[sqlx(type_name = "kind", rename_all = "snake_case")]
    out| pub enum Kind {
    out|     Guest,
    out|     Vip,
    out| }
    out| 
    out| #[derive(Clone, Debug, Table)]
    out| #[table(name = "orders", index(name = "large", columns(total desc), where = "total > 100"))]
    out| pub struct Order {
    out|     #[column(primary_key, identity = false)]
    out|     pub id: i64,
    out|     #[column(references = User, on_delete = cascade, index)]
    out|     pub user_id: i64,
    out|     #[column(default = now)]
    out|     pub placed: Option<NaiveDateTime>,
    out|     // not read: whole numbers, which are stored as integers: select CAST(… AS REAL), or read them as i64
    out|     #[column(sql_type = "NUMERIC(10, 2)", default = 0, check = "total >= 0")]
    out|     pub total: f64,
    out| }
    out| 
    out| #[derive(Clone, Debug, Table)]
    out| #[table(name = "users")]
    out| pub struct User {
    out|     #[column(primary_key)]
    out|     pub id: i64,
    out|     #[column(max_length = 20, unique)]
    out|     pub email: String,
    out|     #[column(default = Kind::Guest)]
    out|     pub r#type: Kind,
    out| }
    out| 
    out| // not said: view `totals`
    exit 0
    "#);
    let json = project.run("--format json inspect");
    assert!(
        json.contains("\"email\"") && json.ends_with("exit 0\n"),
        "{json}"
    );
    assert_eq!(json, project.run("inspect --format json"));
}

#[tokio::test]
async fn what_is_printed_is_the_database() {
    let project = Project::new();
    shop(&project).await;
    let data = |shown: String| -> String {
        shown
            .lines()
            .filter_map(|line| line.strip_prefix("out| "))
            .flat_map(|line| [line, "\n"])
            .collect()
    };
    let sql = data(project.run("inspect"));
    project.write("shop.sql", &sql);
    insta::assert_snapshot!(project.run("diff shop.sql sqlite:///todo.db"), @r#"
    err| Nothing differs
    exit 0
    "#);
    project.write("src/models.rs", &data(project.run("inspect --format rust")));
    insta::assert_snapshot!(project.run("diff shop.sql models"), @r#"
    err| Nothing differs
    exit 0
    "#);
    insta::assert_snapshot!(project.run("diff sqlite:///todo.db models"), @r#"
    err| Nothing differs
    exit 0
    "#);
}

#[test]
fn a_database_can_be_inspected_anywhere() {
    let project = Project::new();
    let empty = project.beside("empty");
    fs::create_dir(&empty).unwrap();
    insta::assert_snapshot!(project.run_in(&empty, "inspect sqlite:///nothing.db"), @r#"
    err| error: `sqlite:///nothing.db` is not there
    exit 2
    "#);
    insta::assert_snapshot!(project.run_in(&empty, "inspect"), @r#"
    err| error: no database URL is configured
    err| hint: set DATABASE_URL in the environment or in .env
    err| hint: set `url` in limbeck.toml
    err| hint: give --url postgres://user@host/database or --url sqlite:///app.db
    exit 2
    "#);
    insta::assert_snapshot!(project.run("heads --format rust"), @r#"
    err| error: invalid value 'rust' for '--format <FORMAT>'
    err|   [possible values: text, json]
    err| 
    err| For more information, try '--help'.
    exit 2
    "#);
}
