//! Five guides that people wrote for SQLModel and Alembic, step by step with Limbeck, on PostgreSQL:
//! what they end with there, they end with here.

mod guide_1;
mod guide_2;

pub(crate) use guide_1::CATALOG as GUIDE_1_CATALOG;
pub(crate) use guide_2::CATALOG as GUIDE_2_CATALOG;

use limbeck::connection::Connection;
use limbeck_engine::scratch::Scratch;

use crate::project::Project;

/// A project whose database is an empty one on a server of its own.
async fn project() -> (Project, Scratch, Connection) {
    let (mut project, mut scratch) = Project::beside_postgres().await;
    let database = scratch.create_database("guide", None).await.unwrap();
    let connection = database.connect().await.unwrap();
    project.set("DATABASE_URL", database.url.to_string());
    (project, scratch, connection)
}

/// The catalog, one line a fact, the history tables left out.
pub(crate) async fn catalog(connection: &mut Connection) -> Vec<String> {
    let sql = "
        SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                      CASE WHEN a.attnotnull THEN ' not null' END, ' default ' || pg_get_expr(d.adbin, d.adrelid))
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'limbeck%'
        UNION ALL
        SELECT format('%s: %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'limbeck%' AND contype <> 'n'
        UNION ALL
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'limbeck%'
        AND indexname NOT IN (SELECT conname FROM pg_constraint)
        UNION ALL
        SELECT format('enum %s: %s', typname, string_agg(enumlabel, ', ' ORDER BY enumsortorder))
        FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY typname
        UNION ALL
        SELECT format('sequence %s', relname) FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'limbeck%'
        ORDER BY 1";
    let rows = connection.query_text(sql).await.unwrap();
    let mut facts: Vec<String> = rows.into_iter().flatten().flatten().collect();
    facts.sort();
    facts
}

pub(crate) fn sorted(facts: &[&str]) -> Vec<String> {
    let mut facts: Vec<String> = facts.iter().map(|fact| (*fact).to_owned()).collect();
    facts.sort();
    facts
}

/// Nothing is left to do: a second autogenerate proposes nothing, and check is content.
fn assert_settled(project: &Project) {
    let again = project.run("revision --autogenerate -m 'Nothing'");
    assert_eq!(again, "err| Nothing differs: no revision written\nexit 0\n");
    assert_eq!(project.run("check"), "err| Nothing differs\nexit 0\n");
}

fn assert_done(shown: &str) {
    assert!(shown.ends_with("exit 0\n"), "{shown}");
}

const GUIDE_0_TABLES: &str = r#"
use chrono::NaiveDateTime;
use limbeck::{Enum, Table};
use uuid::Uuid;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key)]
    pub id: Uuid,
    #[column(max_length = 255, unique_index)]
    pub email: String,
    #[column(max_length = 255)]
    pub hashed_password: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

#[derive(Table)]
#[table(name = "tasks")]
pub struct Task {
    #[column(primary_key)]
    pub id: Uuid,
    #[column(references = User, index)]
    pub user_id: Uuid,
    #[column(max_length = 200, index)]
    pub title: String,
    pub description: Option<String>,
    pub completed: bool,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}
"#;

const GUIDE_0_CONVERSATIONS: &str = r#"
#[derive(Table)]
#[table(name = "conversations")]
pub struct Conversation {
    #[column(primary_key)]
    pub id: Uuid,
    #[column(references = User, index)]
    pub user_id: Uuid,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

#[derive(Enum)]
#[enum_type(name = "messagerole")]
pub enum MessageRole {
    User,
    Assistant,
}

#[derive(Table)]
#[table(name = "messages")]
pub struct Message {
    #[column(primary_key)]
    pub id: Uuid,
    #[column(references = Conversation, on_delete = cascade, index)]
    pub conversation_id: Uuid,
    pub role: MessageRole,
    pub content: String,
    pub created_at: NaiveDateTime,
}
"#;

pub(crate) const GUIDE_0_CATALOG: [&str; 35] = [
    "CREATE INDEX ix_conversations_user_id ON public.conversations USING btree (user_id)",
    "CREATE INDEX ix_messages_conversation_id ON public.messages USING btree (conversation_id)",
    "CREATE INDEX ix_tasks_title ON public.tasks USING btree (title)",
    "CREATE INDEX ix_tasks_user_id ON public.tasks USING btree (user_id)",
    "CREATE UNIQUE INDEX ix_users_email ON public.users USING btree (email)",
    "conversations.created_at timestamp without time zone not null",
    "conversations.id uuid not null",
    "conversations.updated_at timestamp without time zone not null",
    "conversations.user_id uuid not null",
    "conversations_pkey: PRIMARY KEY (id)",
    "conversations_user_id_fkey: FOREIGN KEY (user_id) REFERENCES users(id)",
    "enum messagerole: user, assistant",
    "messages.content text not null",
    "messages.conversation_id uuid not null",
    "messages.created_at timestamp without time zone not null",
    "messages.id uuid not null",
    "messages.role messagerole not null",
    "messages_conversation_id_fkey: FOREIGN KEY (conversation_id) REFERENCES conversations(id) ON DELETE CASCADE",
    "messages_pkey: PRIMARY KEY (id)",
    "tasks.completed boolean not null",
    "tasks.created_at timestamp without time zone not null",
    "tasks.description text",
    "tasks.id uuid not null",
    "tasks.priority integer not null default 0",
    "tasks.title character varying(200) not null",
    "tasks.updated_at timestamp without time zone not null",
    "tasks.user_id uuid not null",
    "tasks_pkey: PRIMARY KEY (id)",
    "tasks_user_id_fkey: FOREIGN KEY (user_id) REFERENCES users(id)",
    "users.created_at timestamp without time zone not null",
    "users.email character varying(255) not null",
    "users.hashed_password character varying(255) not null",
    "users.id uuid not null",
    "users.updated_at timestamp without time zone not null",
    "users_pkey: PRIMARY KEY (id)",
];

#[tokio::test]
async fn guide_0_on_postgres() {
    let (project, scratch, mut live) = project().await;
    project.write("src/models.rs", GUIDE_0_TABLES);
    assert_done(&project.run("revision --autogenerate -m 'Initial schema' --rev-id aaaa0001"));
    let more = format!("{GUIDE_0_TABLES}{GUIDE_0_CONVERSATIONS}");
    project.write("src/models.rs", &more);
    assert_done(
        &project
            .run("revision --autogenerate -m 'Add conversations and messages' --rev-id aaaa0002"),
    );
    let history = project.run("history --verbose");
    assert!(
        history.contains("Add conversations and messages"),
        "{history}"
    );
    let upgrade = project.run("upgrade head");
    assert!(
        upgrade.contains("Running upgrade  -> aaaa0001, Initial schema"),
        "{upgrade}"
    );
    assert!(
        upgrade.contains("Running upgrade aaaa0001 -> aaaa0002"),
        "{upgrade}"
    );
    assert!(project.run("current").contains("aaaa0002 (head)"));
    live.execute("INSERT INTO users VALUES (gen_random_uuid(), 'a@b', 'x', now(), now())")
        .await
        .unwrap();
    live.execute("INSERT INTO tasks SELECT gen_random_uuid(), id, 'A task', NULL, false, now(), now() FROM users")
        .await
        .unwrap();

    // Step 5: a field with a default, on a table that has rows.
    let with_priority = more.replace(
        "    pub completed: bool,\n",
        "    pub completed: bool,\n    #[column(default = 0)]\n    pub priority: i32,\n",
    );
    project.write("src/models.rs", &with_priority);
    assert_done(
        &project.run("revision --autogenerate -m 'Add priority field to tasks' --rev-id aaaa0003"),
    );
    assert_done(&project.run("upgrade head"));
    let rows = live
        .query_text("SELECT title, priority FROM tasks")
        .await
        .unwrap();
    assert_eq!(rows, [[Some("A task".to_owned()), Some("0".to_owned())]]);
    assert_eq!(catalog(&mut live).await, sorted(&GUIDE_0_CATALOG));
    assert_settled(&project);

    // Rows have values in the column: what would be lost is asked about first.
    let asked = project.run("downgrade -1");
    assert!(
        asked.contains("would lose data that is there: tasks.priority"),
        "{asked}"
    );
    assert!(asked.ends_with("exit 2\n"), "{asked}");
    assert_done(&project.run("downgrade -1 --allow-loss"));
    let without: Vec<&str> = GUIDE_0_CATALOG
        .into_iter()
        .filter(|fact| !fact.starts_with("tasks.priority"))
        .collect();
    assert_eq!(catalog(&mut live).await, sorted(&without));
    assert!(
        project
            .run("downgrade base")
            .contains("data that is there: tasks, users")
    );
    assert_done(&project.run("downgrade base --allow-loss"));
    assert_eq!(catalog(&mut live).await, Vec::<String>::new());
    assert_done(&project.run("upgrade head"));
    assert_eq!(catalog(&mut live).await, sorted(&GUIDE_0_CATALOG));
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

const GUIDE_3: &str = r#"
use chrono::NaiveDateTime;
use limbeck::Table;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(max_length = 255, unique, unique_index)]
    pub email: String,
    #[column(max_length = 255)]
    pub hashed_password: String,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

#[derive(Table)]
#[table(name = "tasks")]
pub struct Task {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(max_length = 500)]
    pub description: String,
    #[column(default = false)]
    pub is_complete: bool,
    #[column(references = User, on_delete = cascade, index)]
    pub user_id: i32,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}
"#;

pub(crate) const GUIDE_3_CATALOG: [&str; 19] = [
    "CREATE INDEX ix_tasks_user_id ON public.tasks USING btree (user_id)",
    "CREATE UNIQUE INDEX ix_users_email ON public.users USING btree (email)",
    "sequence tasks_id_seq",
    "sequence users_id_seq",
    "tasks.created_at timestamp without time zone not null",
    "tasks.description character varying(500) not null",
    "tasks.id integer not null default nextval('tasks_id_seq'::regclass)",
    "tasks.is_complete boolean not null default false",
    "tasks.updated_at timestamp without time zone not null",
    "tasks.user_id integer not null",
    "tasks_pkey: PRIMARY KEY (id)",
    "tasks_user_id_fkey: FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
    "users.created_at timestamp without time zone not null",
    "users.email character varying(255) not null",
    "users.hashed_password character varying(255) not null",
    "users.id integer not null default nextval('users_id_seq'::regclass)",
    "users.updated_at timestamp without time zone not null",
    "users_email_key: UNIQUE (email)",
    "users_pkey: PRIMARY KEY (id)",
];

#[tokio::test]
async fn guide_3_on_postgres() {
    let (project, scratch, mut live) = project().await;
    project.write("src/models.rs", GUIDE_3);
    assert_done(
        &project.run("revision --autogenerate -m 'Create users and tasks tables' --rev-id 001"),
    );
    assert!(
        project
            .path("migrations/001_create_users_and_tasks_tables.sql")
            .is_file()
    );
    assert_done(&project.run("upgrade head"));
    let expected = sorted(&GUIDE_3_CATALOG);
    assert_eq!(catalog(&mut live).await, expected);
    assert!(project.run("current").contains("001 (head)"));
    assert!(
        project
            .run("history --verbose")
            .contains("Create users and tasks tables")
    );
    assert_settled(&project);

    // "Reset the database": what is left behind would stop the second upgrade.
    assert_done(&project.run("downgrade base"));
    assert_eq!(catalog(&mut live).await, Vec::<String>::new());
    assert_done(&project.run("upgrade head"));
    assert_eq!(catalog(&mut live).await, expected);
    assert_done(&project.run("downgrade -1"));
    assert_eq!(catalog(&mut live).await, Vec::<String>::new());
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}

const GUIDE_4_USERS: &str = r#"
use chrono::NaiveDateTime;
use limbeck::Table;

#[derive(Table)]
#[table(name = "users")]
pub struct User {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(max_length = 255, unique, unique_index)]
    pub email: String,
    #[column(max_length = 100)]
    pub name: String,
    #[column(max_length = 255)]
    pub password_hash: String,
    #[column(default = now)]
    pub created_at: NaiveDateTime,
    #[column(default = now)]
    pub updated_at: NaiveDateTime,
}
"#;

const GUIDE_4_TASKS: &str = r#"
#[derive(Table)]
#[table(name = "tasks")]
pub struct Task {
    #[column(primary_key, identity = serial)]
    pub id: i32,
    #[column(references = User, on_delete = cascade, index)]
    pub user_id: i32,
    #[column(max_length = 200)]
    pub title: String,
    pub description: Option<String>,
    #[column(default = false)]
    pub completed: bool,
    #[column(default = now)]
    pub created_at: NaiveDateTime,
    #[column(default = now)]
    pub updated_at: NaiveDateTime,
    #[column(max_length = 10)]
    pub priority: Option<String>,
    pub tags: Option<String>,
    pub due_date: Option<NaiveDateTime>,
    #[column(max_length = 50)]
    pub recurrence_pattern: Option<String>,
}
"#;

pub(crate) const GUIDE_4_CATALOG: [&str; 25] = [
    "CREATE INDEX idx_tasks_user_id ON public.tasks USING btree (user_id)",
    "CREATE UNIQUE INDEX idx_users_email ON public.users USING btree (email)",
    "sequence tasks_id_seq",
    "sequence users_id_seq",
    "tasks.completed boolean not null default false",
    "tasks.created_at timestamp without time zone not null default now()",
    "tasks.description text",
    "tasks.due_date timestamp without time zone",
    "tasks.id integer not null default nextval('tasks_id_seq'::regclass)",
    "tasks.priority character varying(10)",
    "tasks.recurrence_pattern character varying(50)",
    "tasks.tags text",
    "tasks.title character varying(200) not null",
    "tasks.updated_at timestamp without time zone not null default now()",
    "tasks.user_id integer not null",
    "tasks_pkey: PRIMARY KEY (id)",
    "tasks_user_id_fkey: FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
    "users.created_at timestamp without time zone not null default now()",
    "users.email character varying(255) not null",
    "users.id integer not null default nextval('users_id_seq'::regclass)",
    "users.name character varying(100) not null",
    "users.password_hash character varying(255) not null",
    "users.updated_at timestamp without time zone not null default now()",
    "users_email_key: UNIQUE (email)",
    "users_pkey: PRIMARY KEY (id)",
];

#[tokio::test]
async fn guide_4_on_postgres() {
    let (project, scratch, mut live) = project().await;
    project.write(
        "limbeck.toml",
        "[names]\nindex = \"idx_{table}_{columns}\"\n",
    );
    project.write("src/models.rs", GUIDE_4_USERS);
    assert_done(&project.run("revision --autogenerate -m 'Create users table' --rev-id 001"));
    project.write("src/models.rs", &format!("{GUIDE_4_USERS}{GUIDE_4_TASKS}"));
    assert_done(&project.run("revision --autogenerate -m 'Create tasks table' --rev-id 002"));
    assert_done(&project.run("upgrade 001"));
    assert!(project.run("current").contains("001"));
    assert_done(&project.run("upgrade +1"));
    let expected = sorted(&GUIDE_4_CATALOG);
    assert_eq!(catalog(&mut live).await, expected);
    assert_settled(&project);
    assert_done(&project.run("downgrade -1"));
    assert_done(&project.run("upgrade head"));
    assert_eq!(catalog(&mut live).await, expected);
    assert_done(&project.run("downgrade base"));
    assert_eq!(catalog(&mut live).await, Vec::<String>::new());
    live.close().await.unwrap();
    scratch.close().await.unwrap();
}
