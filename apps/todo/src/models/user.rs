//! User accounts.

use chrono::NaiveDateTime;
use limbeck::Table;
use uuid::Uuid;

/// A user account.
#[derive(Debug, Clone, Table)]
#[table(name = "users")]
pub struct User {
    /// Its id.
    #[column(primary_key)]
    pub id: Uuid,
    /// The address to log in with.
    #[column(max_length = 255, unique_index)]
    pub email: String,
    /// The password, hashed.
    #[column(max_length = 255)]
    pub hashed_password: String,
    /// When it was made, in UTC.
    #[column(default = now)]
    pub created_at: NaiveDateTime,
    /// When it was last changed, in UTC.
    #[column(default = now)]
    pub updated_at: NaiveDateTime,
}
