//! Conversations with the assistant.

use chrono::NaiveDateTime;
use limbeck::Table;
use uuid::Uuid;

use super::User;

/// A conversation of a user with the assistant.
#[derive(Debug, Clone, Table)]
#[table(name = "conversations")]
pub struct Conversation {
    /// Its id.
    #[column(primary_key)]
    pub id: Uuid,
    /// Whose it is.
    #[column(references = User, index)]
    pub user_id: Uuid,
    /// When it began, in UTC.
    #[column(default = now)]
    pub created_at: NaiveDateTime,
    /// When something was last said, in UTC.
    #[column(default = now)]
    pub updated_at: NaiveDateTime,
}
