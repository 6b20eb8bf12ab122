//! Tasks.

use chrono::{DateTime, Utc};
use limbeck::Table;
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::user;

/// Something that a user wants to do.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Table, Serialize, ToSchema)]
#[sea_orm(table_name = "tasks")]
#[table(index(user_id, completed, created_at))]
#[schema(as = Task)]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    #[column(references = user::Model, on_delete = cascade, index)]
    pub user_id: Uuid,
    /// What it is, in a few words.
    #[column(max_length = 200, index)]
    pub title: String,
    /// What it is, in as many words as it takes.
    pub description: Option<String>,
    /// Whether it is done.
    #[column(default = false)]
    pub completed: bool,
    /// When it was done.
    pub completed_at: Option<DateTime<Utc>>,
    /// How urgent it is: the larger, the more.
    #[column(default = 0)]
    pub priority: i32,
    /// Words to find it by.
    #[schema(value_type = Option<Vec<String>>)]
    pub tags: Option<Tags>,
    /// When it is due.
    pub due_date: Option<DateTime<Utc>>,
    /// How often it comes back, such as `weekly`.
    #[column(max_length = 50)]
    pub recurrence_pattern: Option<String>,
    /// When it was made.
    #[column(default = now)]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[column(default = now)]
    pub updated_at: DateTime<Utc>,
}

/// Words to find a task by, kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Tags(pub Vec<String>);

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
