//! Tasks.

use chrono::NaiveDateTime;
use limbeck::Table;
use uuid::Uuid;

use super::User;

/// Something that a user wants to do.
#[derive(Debug, Clone, Table)]
#[table(name = "tasks")]
pub struct Task {
    /// Its id.
    #[column(primary_key)]
    pub id: Uuid,
    /// Whose it is.
    #[column(references = User, index)]
    pub user_id: Uuid,
    /// What it is, in a few words.
    #[column(max_length = 200, index)]
    pub title: String,
    /// What it is, in as many words as it takes.
    pub description: Option<String>,
    /// Whether it is done.
    #[column(default = false)]
    pub completed: bool,
    /// How urgent it is: the larger, the more.
    #[column(default = 0)]
    pub priority: i32,
    /// When it was made, in UTC.
    #[column(default = now)]
    pub created_at: NaiveDateTime,
    /// When it was last changed, in UTC.
    #[column(default = now)]
    pub updated_at: NaiveDateTime,
}
