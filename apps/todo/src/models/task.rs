//! Tasks.

use chrono::{DateTime, Utc};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that a user wants to do.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sqlx::FromRow, Serialize, ToSchema)]
#[sea_orm(table_name = "tasks")]
#[cfg_attr(any(), limbeck(index(user_id, completed, created_at)))]
#[schema(as = Task)]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    #[sea_orm(indexed)]
    pub user_id: Uuid,
    /// What it is, in a few words.
    #[sea_orm(column_type = "String(StringLen::N(200))", indexed)]
    pub title: String,
    /// What it is, in as many words as it takes.
    pub description: Option<String>,
    /// Whether it is done.
    #[sea_orm(default_value = false)]
    pub completed: bool,
    /// When it was done.
    pub completed_at: Option<DateTime<Utc>>,
    /// How urgent it is: the larger, the more.
    #[sea_orm(default_value = 0)]
    pub priority: i32,
    /// Words to find it by.
    #[schema(value_type = Option<Vec<String>>)]
    #[sqlx(json(nullable))]
    pub tags: Option<Tags>,
    /// When it is due.
    pub due_date: Option<DateTime<Utc>>,
    /// How often it comes back, such as `weekly`.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub recurrence_pattern: Option<String>,
    /// When it was made.
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
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
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::Id",
        on_delete = "Cascade"
    )]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
