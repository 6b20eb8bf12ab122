//! What clients ask for most, as text that sqlx sends by itself: building a statement with SeaORM takes a quarter of the
//! time of such a request (`benches/throughput.rs`). Both databases read this text.

use sea_orm::DatabaseConnection;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::Wanted;
use crate::auth::Caller;
use crate::models::task::Model;
use crate::store::send;

/// By name: a newer release may have added some.
macro_rules! columns {
    () => {
        "id, user_id, title, description, completed, completed_at, priority, tags, due_date, recurrence_pattern, \
         created_at, updated_at"
    };
}

/// See [`Caller::is_active`].
macro_rules! is_active {
    () => {
        "EXISTS (SELECT 1 FROM users WHERE users.id = $1 AND users.is_active)"
    };
}

const GET: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tasks WHERE id = $2 AND user_id = $1 AND ",
    is_active!()
);

const LIST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tasks WHERE user_id = $1 AND ",
    is_active!()
);

const INSERT: &str = concat!(
    "INSERT INTO tasks (user_id, id, title, description, completed, completed_at, priority, tags, due_date, \
     recurrence_pattern, created_at, updated_at) \
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE ",
    is_active!(),
    " RETURNING ",
    columns!()
);

/// A task of the caller.
pub(super) async fn get(
    db: &DatabaseConnection,
    caller: Caller,
    id: Uuid,
) -> sqlx::Result<Option<Model>> {
    send!(db, fetch_optional, GET, caller.id, id)
}

/// Some tasks of the caller. The numbers stand in the text, as in [`crate::store::some_of`].
pub(super) async fn list(
    db: &DatabaseConnection,
    caller: Caller,
    wanted: &Wanted,
) -> sqlx::Result<Vec<Model>> {
    let completed = match wanted.completed {
        Some(true) => " AND completed",
        Some(false) => " AND NOT completed",
        None => "",
    };
    let (order, offset, limit) = (wanted.sort.order(), wanted.offset, wanted.limit);
    // Numbers and words of this program: nothing in it is a client's text.
    let sql = AssertSqlSafe(format!(
        "{LIST}{completed} ORDER BY {order} LIMIT {limit} OFFSET {offset}"
    ));
    send!(db, fetch_all, sql, caller.id)
}

/// Adds a task, unless its account is none any more.
pub(super) async fn insert(db: &DatabaseConnection, task: Model) -> sqlx::Result<Option<Model>> {
    let tags = task.tags.map(sqlx::types::Json);
    send!(
        db,
        fetch_optional,
        INSERT,
        task.user_id,
        task.id,
        task.title,
        task.description,
        task.completed,
        task.completed_at,
        task.priority,
        tags,
        task.due_date,
        task.recurrence_pattern,
        task.created_at,
        task.updated_at
    )
}
