//! The guide that makes its tables from the models, and takes migrations for optional.

use std::fs;

use limbeck::connection::Connection;

use super::{assert_done, assert_settled, catalog, project, sorted};
use crate::project::Project;

/// The table names are a reserved word, and a word.
const USER: &str = r#"use chrono::{DateTime, Utc};
use limbeck::Table;

/// An account.
#[derive(Table)]
#[table(name = "user")]
pub struct User {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(max_length = 255, unique_index = "idx_user_email_unique")]
    pub email: String,
    #[column(max_length = 255)]
    pub hashed_password: String,
    #[column(default = now)]
    pub created_at: DateTime<Utc>,
    #[column(default = now)]
    pub updated_at: DateTime<Utc>,
}
"#;

const TODO: &str = r#"use chrono::{DateTime, Utc};
use limbeck::Table;

use super::user::User;

/// Something to do, which goes with its owner.
#[derive(Table)]
#[table(name = "todo")]
pub struct Todo {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(max_length = 200)]
    pub title: String,
    pub description: Option<String>,
    #[column(default = false)]
    pub is_completed: bool,
    #[column(references = User, on_delete = cascade, index)]
    pub user_id: i32,
    #[column(default = now)]
    pub created_at: DateTime<Utc>,
    #[column(default = now)]
    pub updated_at: DateTime<Utc>,
}
"#;

/// The listing of the guide's step 7.
pub(crate) const CATALOG: [&str; 19] = [
    "CREATE INDEX idx_todo_user_id ON public.todo USING btree (user_id)",
    "CREATE UNIQUE INDEX idx_user_email_unique ON public.\"user\" USING btree (email)",
    "sequence todo_id_seq",
    "sequence user_id_seq",
    "todo.created_at timestamp with time zone not null default now()",
    "todo.description text",
    "todo.id integer not null default nextval('todo_id_seq'::regclass)",
    "todo.is_completed boolean not null default false",
    "todo.title character varying(200) not null",
    "todo.updated_at timestamp with time zone not null default now()",
    "todo.user_id integer not null",
    "todo_pkey: PRIMARY KEY (id)",
    "todo_user_id_fkey: FOREIGN KEY (user_id) REFERENCES \"user\"(id) ON DELETE CASCADE",
    "user.created_at timestamp with time zone not null default now()",
    "user.email character varying(255) not null",
    "user.hashed_password character varying(255) not null",
    "user.id integer not null default nextval('user_id_seq'::regclass)",
    "user.updated_at timestamp with time zone not null default now()",
    "user_pkey: PRIMARY KEY (id)",
];

/// Steps 3 and 4: the names in limbeck.toml, and a module for each model.
fn write_models(project: &Project) {
    project.write(
        "limbeck.toml",
        "[names]\nindex = \"idx_{table}_{columns}\"\n",
    );
    fs::remove_file(project.path("src/models.rs")).unwrap();
    project.write("src/models/mod.rs", "pub mod todo;\npub mod user;\n");
    project.write("src/models/user.rs", USER);
    project.write("src/models/todo.rs", TODO);
}

/// Step 8: rows come with what the database fills in, and go with their owner.
async fn assert_usable(live: &mut Connection) {
    let insert = "INSERT INTO \"user\" (email, hashed_password) VALUES ('test@example.com', 'x')";
    live.execute(insert).await.unwrap();
    live.execute(insert)
        .await
        .expect_err("an email is there once");
    live.execute("INSERT INTO todo (title, description, user_id) SELECT 'Test Todo', 'This is a test', id FROM \"user\"")
        .await
        .unwrap();
    let count = "SELECT count(*) FROM todo WHERE NOT is_completed AND created_at = updated_at";
    assert_eq!(
        live.query_text(count).await.unwrap(),
        [[Some("1".to_owned())]]
    );
    live.execute("DELETE FROM \"user\"").await.unwrap();
    assert_eq!(
        live.query_text(count).await.unwrap(),
        [[Some("0".to_owned())]]
    );
}

#[tokio::test]
async fn guide_1_on_postgres() {
    let (mut project, scratch, mut live) = project().await;
    // Step 3: the URL stands in `.env`, in the spelling that hosts give.
    let url = project.take("DATABASE_URL").unwrap();
    project.write(
        ".env",
        &format!("DATABASE_URL={url}\nENVIRONMENT=development\nDEBUG=True\n"),
    );
    write_models(&project);
    // Steps 6 and 9 are one: what makes the tables is the first revision.
    assert_done(&project.run(
        "revision --autogenerate -m 'Initial schema: User and Todo tables' --rev-id aaaa0001",
    ));
    assert_done(&project.run("upgrade head"));
    let expected = sorted(&CATALOG);
    assert_eq!(catalog(&mut live).await, expected);
    assert_usable(&mut live).await;
    assert_settled(&project);

    // "relation 'user' already exists": the second time there is nothing to do.
    assert_eq!(
        project.run("upgrade head"),
        "err| Already at head: aaaa0001\nexit 0\n"
    );
    // "Drop tables and recreate", though one has a reserved word for its name.
    assert_done(&project.run("downgrade base"));
    assert_eq!(catalog(&mut live).await, Vec::<String>::new());
    assert_done(&project.run("upgrade head"));
    assert_eq!(catalog(&mut live).await, expected);
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// The guide makes the tables first and takes up migrations afterwards: its first migration is empty
/// then, and makes nothing on another database. Here it makes all.
#[tokio::test]
async fn guide_1_with_tables_that_are_there_on_postgres() {
    let (project, mut scratch, mut live) = project().await;
    write_models(&project);
    project.write("nothing.sql", "");
    let script = project.run("diff nothing.sql models");
    let upgrade: Vec<&str> = script
        .lines()
        .filter_map(|line| line.strip_prefix("out| "))
        .take_while(|line| *line != "-- downgrade")
        .collect();
    live.batch(&upgrade.join("\n")).await.unwrap();
    let expected = sorted(&CATALOG);
    assert_eq!(catalog(&mut live).await, expected);
    live.execute("INSERT INTO \"user\" (email, hashed_password) VALUES ('a@b', 'x')")
        .await
        .unwrap();

    let url = project.variable("DATABASE_URL").unwrap();
    assert_done(&project.run(&format!(
        "init --from {url} --models src/more.rs --rev-id aaaa0001"
    )));
    assert!(!project.path("src/more.rs").exists(), "the models say all");
    assert_settled(&project);
    assert!(project.run("current").contains("aaaa0001 (head)"));
    let rows = live.query_text("SELECT email FROM \"user\"").await.unwrap();
    assert_eq!(rows, [[Some("a@b".to_owned())]]);

    let fresh = scratch.create_database("fresh", None).await.unwrap();
    assert_done(&project.run(&format!("upgrade head --url {}", fresh.url)));
    let mut connection = fresh.connect().await.unwrap();
    assert_eq!(catalog(&mut connection).await, expected);
    assert_done(&project.run(&format!("downgrade base --url {}", fresh.url)));
    assert_eq!(catalog(&mut connection).await, Vec::<String>::new());
    connection.close().await.unwrap();
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}
