//! User accounts.

use chrono::{DateTime, Utc};
use limbeck::Table;
use sea_orm::entity::prelude::*;

/// A user account. It holds the hash of a password, so it is never sent to anybody.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Table)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address to log in with, in small letters.
    #[column(max_length = 255, unique_index)]
    pub email: String,
    /// The password, hashed.
    #[column(max_length = 255)]
    pub hashed_password: String,
    /// What to call the user.
    #[column(max_length = 255)]
    pub full_name: Option<String>,
    /// Whether the account may be used.
    #[column(default = true)]
    pub is_active: bool,
    /// When it was made.
    #[column(default = now)]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[column(default = now)]
    pub updated_at: DateTime<Utc>,
}

/// What leads from here to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
