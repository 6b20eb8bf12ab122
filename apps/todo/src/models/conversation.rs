//! Conversations with the assistant.

use chrono::{DateTime, Utc};
use limbeck::Table;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::user;

/// A conversation of a user with the assistant.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Table, Serialize, ToSchema)]
#[sea_orm(table_name = "conversations")]
#[schema(as = Conversation)]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    #[column(references = user::Model, on_delete = cascade, index)]
    pub user_id: Uuid,
    /// When it began.
    #[column(default = now)]
    pub created_at: DateTime<Utc>,
    /// When something was last said.
    #[column(default = now)]
    pub updated_at: DateTime<Utc>,
}

/// What leads from here to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whose it is.
    #[sea_orm(
        belongs_to = "user::Entity",
        from = "Column::UserId",
        to = "user::Column::Id"
    )]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
