//! User accounts.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A user account. It holds the hash of a password, so it is never sent to anybody.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address to log in with, in small letters.
    #[sea_orm(column_type = "String(StringLen::N(255))", unique)]
    pub email: String,
    /// The password, hashed.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub hashed_password: String,
    /// What to call the user.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub full_name: Option<String>,
    /// Whether the account may be used.
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// When it was made.
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime<Utc>,
}

/// What leads from here to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
