//! Models as the guides have them, with every way to refer to another one.

mod models {
    use limbeck::{Enum, Table};

    pub type Key = i64;

    #[derive(Clone, Copy)]
    pub struct TeamId(pub i64);

    #[derive(Table)]
    #[table(name = "users", comment = "who logs in")]
    pub struct User {
        #[column(primary_key, identity(always, start = 1000))]
        pub id: Key,
        #[column(max_length = 255, unique, check = "email LIKE '%@%'")]
        pub email: String,
        /// Who sent the invitation.
        #[column(references = Self, comment)]
        pub invited_by: Option<Key>,
    }

    #[derive(Enum)]
    #[enum_type(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum TaskStatus {
        Pending,
        InProgress,
        #[enum_type(value = "done", renamed_from = "finished")]
        Done,
    }

    #[derive(Table)]
    #[table(
        name = "memberships",
        schema = "app",
        primary_key(team_id, user_id),
        unique(name = "memberships_user", columns(user_id, role), deferrable = "initially deferred")
    )]
    pub struct Membership {
        pub team_id: TeamIdAlias,
        #[column(references = User, on_delete = cascade)]
        pub user_id: i64,
        pub role: String,
    }

    type TeamIdAlias = i64;
    const _: fn(TeamId) = |_| ();
}

use limbeck::{EnumType, Table};
use models::{TaskStatus, User};

#[derive(limbeck::Table)]
#[table(
    name = "tasks",
    index(user_id, status, created_at desc nulls_last),
    index(name = "ix_title", columns("lower(title)" ops "text_pattern_ops"), unique, where = "title <> ''"),
    check("position is small" = "position < 1000"),
    check(title_not_blank = "length(title) > 0"),
    check("position > 0"),
    foreign_key(columns(team_id, user_id), references = models::Membership, match = full)
)]
struct Task {
    #[column(primary_key)]
    id: i32,
    #[column(references = User, on_delete = cascade, index)]
    user_id: i64,
    team_id: i64,
    #[column(references = models::User::email, name = "mail")]
    email: Option<String>,
    #[column(references = "auth.users.id", on_delete = restrict)]
    owner: i64,
    title: String,
    #[column(default = TaskStatus::Pending)]
    status: TaskStatus,
    #[column(default = now, sql_type(postgres = "timestamptz", sqlite = "TEXT"))]
    created_at: std::time::SystemTime,
    #[column(default = -1)]
    position: i64,
    r#type: char,
    #[column(skip)]
    cache: Vec<std::rc::Rc<u8>>,
}

fn main() {
    assert_eq!(Task::NAME, "tasks");
    assert_eq!(models::Membership::SCHEMA, Some("app"));
    assert_eq!(
        Task::COLUMNS,
        [
            "id", "user_id", "team_id", "mail", "owner", "title", "status", "created_at",
            "position", "type"
        ]
    );
    assert_eq!(TaskStatus::NAME, "task_status");
    assert_eq!(TaskStatus::VALUES, ["PENDING", "IN_PROGRESS", "done"]);
}
