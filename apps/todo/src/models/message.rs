//! Messages of a conversation.

use chrono::{DateTime, Utc};
use limbeck::{Enum, Table};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conversation;

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Table, Serialize, ToSchema)]
#[sea_orm(table_name = "messages")]
#[schema(as = Message)]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where it was said. A conversation takes its messages along.
    #[column(references = conversation::Model, on_delete = cascade, index)]
    pub conversation_id: Uuid,
    /// Who said it.
    pub role: MessageRole,
    /// What was said.
    pub content: String,
    /// When it was said.
    #[column(default = now)]
    pub created_at: DateTime<Utc>,
}

/// Who says something.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    EnumIter,
    DeriveActiveEnum,
    Enum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "messagerole")]
#[sea_orm(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    /// The user.
    User,
    /// The assistant.
    Assistant,
}

/// What leads from here to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Where it was said.
    #[sea_orm(
        belongs_to = "conversation::Entity",
        from = "Column::ConversationId",
        to = "conversation::Column::Id"
    )]
    Conversation,
}

impl ActiveModelBehavior for ActiveModel {}
