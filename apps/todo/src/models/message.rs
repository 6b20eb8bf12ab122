//! Messages of a conversation.

use chrono::NaiveDateTime;
use limbeck::{Enum, Table};
use uuid::Uuid;

use super::Conversation;

/// Something that was said.
#[derive(Debug, Clone, Table)]
#[table(name = "messages")]
pub struct Message {
    /// Its id.
    #[column(primary_key)]
    pub id: Uuid,
    /// Where it was said. A conversation takes its messages along.
    #[column(references = Conversation, on_delete = cascade, index)]
    pub conversation_id: Uuid,
    /// Who said it.
    pub role: MessageRole,
    /// What was said.
    pub content: String,
    /// When it was said, in UTC.
    #[column(default = now)]
    pub created_at: NaiveDateTime,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[enum_type(name = "messagerole")]
pub enum MessageRole {
    /// The user.
    User,
    /// The assistant.
    Assistant,
}
