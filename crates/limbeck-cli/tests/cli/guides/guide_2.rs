//! The guide with helper scripts, and with an index that only its migration has.

use limbeck::connection::Connection;

use super::{assert_done, assert_settled, catalog, project, sorted};

const MODELS: &str = r#"use chrono::NaiveDateTime;
use limbeck::Table;

/// An account.
#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(max_length = 255, unique_index)]
    pub email: String,
    #[column(max_length = 255)]
    pub hashed_password: String,
    #[column(max_length = 255)]
    pub full_name: Option<String>,
    #[column(default = true)]
    pub is_active: bool,
    #[column(default = now)]
    pub created_at: NaiveDateTime,
    #[column(default = now)]
    pub updated_at: NaiveDateTime,
}

/// Something to do.
#[derive(Table)]
#[table(
    name = "todos",
    index(name = "ix_todos_user_status_created", columns(user_id, status, created_at))
)]
pub struct Todo {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(references = User, index)]
    pub user_id: i32,
    #[column(max_length = 200)]
    pub text: String,
    #[column(
        sql_type = "varchar",
        default = "pending",
        check = "status IN ('pending', 'completed')",
        index
    )]
    pub status: String,
    #[column(
        sql_type = "varchar",
        default = "medium",
        check = "priority IN ('low', 'medium', 'high')"
    )]
    pub priority: String,
    #[column(default = now, index)]
    pub created_at: NaiveDateTime,
    #[column(default = now)]
    pub updated_at: NaiveDateTime,
    pub completed_at: Option<NaiveDateTime>,
}
"#;

/// The guide's example migration, with the checks that its types promise and the models' defaults.
pub(crate) const CATALOG: [&str; 27] = [
    "CREATE INDEX ix_todos_created_at ON public.todos USING btree (created_at)",
    "CREATE INDEX ix_todos_status ON public.todos USING btree (status)",
    "CREATE INDEX ix_todos_user_id ON public.todos USING btree (user_id)",
    "CREATE INDEX ix_todos_user_status_created ON public.todos USING btree (user_id, status, created_at)",
    "CREATE UNIQUE INDEX ix_users_email ON public.users USING btree (email)",
    "sequence todos_id_seq",
    "sequence users_id_seq",
    "todos.completed_at timestamp without time zone",
    "todos.created_at timestamp without time zone not null default now()",
    "todos.id integer not null default nextval('todos_id_seq'::regclass)",
    "todos.priority character varying not null default 'medium'::character varying",
    "todos.status character varying not null default 'pending'::character varying",
    "todos.text character varying(200) not null",
    "todos.updated_at timestamp without time zone not null default now()",
    "todos.user_id integer not null",
    "todos_pkey: PRIMARY KEY (id)",
    "todos_priority_check: CHECK (((priority)::text = ANY ((ARRAY['low'::character varying, 'medium'::character varying, 'high'::character varying])::text[])))",
    "todos_status_check: CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'completed'::character varying])::text[])))",
    "todos_user_id_fkey: FOREIGN KEY (user_id) REFERENCES users(id)",
    "users.created_at timestamp without time zone not null default now()",
    "users.email character varying(255) not null",
    "users.full_name character varying(255)",
    "users.hashed_password character varying(255) not null",
    "users.id integer not null default nextval('users_id_seq'::regclass)",
    "users.is_active boolean not null default true",
    "users.updated_at timestamp without time zone not null default now()",
    "users_pkey: PRIMARY KEY (id)",
];

/// Step 8: what the guide's seed puts in, all else left to the database.
async fn seed(live: &mut Connection) {
    live.batch(
        "INSERT INTO users (email, hashed_password, full_name) VALUES ('test@example.com', 'x', 'Test User');
        INSERT INTO todos (user_id, text, status, priority) SELECT id, 'Buy groceries', 'pending', 'high' FROM users;
        INSERT INTO todos (user_id, text, status) SELECT id, 'Write documentation', 'completed' FROM users;
        INSERT INTO todos (user_id, text, priority) SELECT id, 'Deploy to production', 'low' FROM users",
    )
    .await
    .unwrap();
}

const TODOS: &str = "SELECT concat_ws(' ', id, text, status, priority) FROM todos ORDER BY id";

async fn todos(live: &mut Connection) -> Vec<String> {
    let rows = live.query_text(TODOS).await.unwrap();
    rows.into_iter().flatten().flatten().collect()
}

const SEEDED: [&str; 3] = [
    "1 Buy groceries pending high",
    "2 Write documentation completed medium",
    "3 Deploy to production pending low",
];

#[tokio::test]
async fn guide_2_on_postgres() {
    let (project, scratch, mut live) = project().await;
    project.write("src/models.rs", MODELS);
    // Step 6, with the id of the example.
    assert_done(
        &project
            .run("revision --autogenerate -m 'Initial schema with users and todos' --rev-id 001"),
    );
    assert_done(&project.run("upgrade head"));
    let expected = sorted(&CATALOG);
    assert_eq!(catalog(&mut live).await, expected);
    // `migrate.sh create` without a change of the models: no index is dropped, no file written.
    assert_settled(&project);

    seed(&mut live).await;
    assert_eq!(todos(&mut live).await, SEEDED);
    for (wrong, why) in [
        ("UPDATE todos SET status = 'bogus'", "todos_status_check"),
        (
            "UPDATE todos SET priority = 'urgent'",
            "todos_priority_check",
        ),
        (
            "INSERT INTO users (email, hashed_password) VALUES ('test@example.com', 'y')",
            "ix_users_email",
        ),
        ("DELETE FROM users", "todos_user_id_fkey"),
    ] {
        let refused = live.execute(wrong).await.expect_err("is refused");
        let reported = refused.database().expect("the server says so");
        assert!(
            reported.message.contains(why),
            "{wrong}: {}",
            reported.message
        );
    }

    // "Creating new migrations": `migrate.sh create "add_todo_tags"`, now with a change, and each
    // other word of the script.
    project.edit(
        "src/models.rs",
        "    pub completed_at: Option<NaiveDateTime>,\n",
        "    pub completed_at: Option<NaiveDateTime>,\n    pub tags: Option<Vec<String>>,\n",
    );
    insta::assert_snapshot!(project.run("revision --autogenerate -m add_todo_tags --rev-id 002"), @r#"
    out| migrations/002_add_todo_tags.sql
    err| Detected: add column todos.tags text[] (src/models.rs:55)
    err| Proven on PostgreSQL …: upgrade, downgrade, upgrade again
    err| rows: 2 of 2 tables
    exit 0
    "#);
    assert_done(&project.run("upgrade head"));
    let mut with_tags = CATALOG.to_vec();
    with_tags.push("todos.tags text[]");
    assert_eq!(catalog(&mut live).await, sorted(&with_tags));
    assert_eq!(todos(&mut live).await, SEEDED);
    insta::assert_snapshot!(project.run("current"), @r#"
    out| 002 (head)
    exit 0
    "#);
    insta::assert_snapshot!(project.run("history"), @r#"
    out| 001 -> 002 (head), add_todo_tags
    out| <base> -> 001, Initial schema with users and todos
    exit 0
    "#);
    assert_settled(&project);
    assert_done(&project.run("downgrade -1"));
    assert_eq!(catalog(&mut live).await, expected);
    assert_eq!(todos(&mut live).await, SEEDED);

    // From nothing again, ids start again, too.
    let asked = project.run("downgrade base");
    assert!(asked.contains("--allow-loss"), "{asked}");
    assert!(asked.ends_with("exit 2\n"), "{asked}");
    assert_done(&project.run("downgrade base --allow-loss"));
    assert_eq!(catalog(&mut live).await, Vec::<String>::new());
    assert_done(&project.run("upgrade 001"));
    assert_eq!(catalog(&mut live).await, expected);
    seed(&mut live).await;
    assert_eq!(todos(&mut live).await, SEEDED);
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

/// Step 9: the guide's tests make the same tables in SQLite.
#[tokio::test]
async fn guide_2_in_its_tests() {
    let project = crate::project::Project::new();
    project.write("src/models.rs", MODELS);
    assert_done(&project.run("revision --autogenerate -m 'Initial schema' --rev-id 001"));
    assert_done(&project.run("upgrade head"));
    assert_settled(&project);
    let url = format!("sqlite:///{}", project.path("todo.db").display());
    let url = limbeck::url::DatabaseUrl::parse(&url, std::path::Path::new("/")).unwrap();
    let mut live = Connection::connect(&url).await.unwrap();
    seed(&mut live).await;
    assert_eq!(todos(&mut live).await, SEEDED);
    let active = live
        .query_text("SELECT is_active FROM users")
        .await
        .unwrap();
    assert_eq!(active, [[Some("1".to_owned())]]);
    let wrong = "UPDATE todos SET status = 'bogus'";
    live.execute(wrong).await.expect_err("is not in the list");
    let twice = "INSERT INTO users (email, hashed_password) VALUES ('test@example.com', 'y')";
    live.execute(twice)
        .await
        .expect_err("an email is there once");
}
