//! Tasks. A statement names the user whose they are, so those of others are not there.

mod statements;

use axum::Json;
use axum::http::StatusCode;
use chrono::{DateTime, Datelike as _, Utc};
use garde::Validate;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, Func, SimpleExpr};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::State;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{Body, Id, Query, given, no_nul, not_blank};
use crate::models::task::{self, Column, Entity, Tags};
use crate::openapi::{Invalid, Problem};

/// The routes of tasks.
pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change, delete))
}

/// A new task.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTask {
    /// What it is, in a few words.
    #[garde(length(chars, max = 200), custom(not_blank), custom(no_nul))]
    #[schema(min_length = 1, max_length = 200, example = "Buy groceries")]
    title: String,
    /// What it is, in as many words as it takes.
    #[garde(length(chars, max = 10_000), inner(custom(no_nul)))]
    #[schema(max_length = 10_000)]
    description: Option<String>,
    /// Whether it is done.
    #[serde(default)]
    #[garde(skip)]
    completed: bool,
    /// How urgent it is: the larger, the more.
    #[serde(default)]
    #[garde(skip)]
    priority: i32,
    /// Words to find it by.
    #[garde(inner(
        length(max = 20),
        inner(length(chars, max = 50), custom(not_blank), custom(no_nul))
    ))]
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
    /// When it is due.
    #[garde(inner(custom(of_our_time)))]
    due_date: Option<DateTime<Utc>>,
    /// How often it comes back, such as `weekly`.
    #[garde(length(chars, max = 50), inner(custom(no_nul)))]
    #[schema(max_length = 50)]
    recurrence_pattern: Option<String>,
}

/// What changes of a task. What is absent stays; null takes a value away.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct TaskChange {
    /// What it is, in a few words.
    #[serde(default, deserialize_with = "given")]
    #[garde(length(chars, max = 200), inner(custom(not_blank), custom(no_nul)))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    title: Option<String>,
    /// What it is, in as many words as it takes.
    #[serde(default, deserialize_with = "given")]
    #[garde(length(chars, max = 10_000), inner(inner(custom(no_nul))))]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    description: Option<Option<String>>,
    /// Whether it is done.
    #[serde(default, deserialize_with = "given")]
    #[garde(skip)]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
    /// How urgent it is: the larger, the more.
    #[serde(default, deserialize_with = "given")]
    #[garde(skip)]
    #[schema(value_type = i32, required = false)]
    priority: Option<i32>,
    /// Words to find it by.
    #[serde(default, deserialize_with = "given")]
    #[garde(inner(inner(
        length(max = 20),
        inner(length(chars, max = 50), custom(not_blank), custom(no_nul))
    )))]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    tags: Option<Option<Vec<String>>>,
    /// When it is due.
    #[serde(default, deserialize_with = "given")]
    #[garde(inner(inner(custom(of_our_time))))]
    #[schema(value_type = Option<DateTime<Utc>>)]
    due_date: Option<Option<DateTime<Utc>>>,
    /// How often it comes back, such as `weekly`.
    #[serde(default, deserialize_with = "given")]
    #[garde(length(chars, max = 50), inner(inner(custom(no_nul))))]
    #[schema(value_type = Option<String>, max_length = 50)]
    recurrence_pattern: Option<Option<String>>,
}

/// Which tasks, in which order.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// How many to pass over.
    #[serde(default)]
    #[garde(range(max = 1_000_000_000))]
    #[param(maximum = 1_000_000_000)]
    offset: u64,
    /// How many to give at most.
    #[serde(default = "usual_limit")]
    #[garde(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: u64,
    /// Only those that are done, or only those that are not.
    #[garde(skip)]
    completed: Option<bool>,
    /// Their order; `-` is from the last to the first.
    #[serde(default)]
    #[garde(skip)]
    #[param(inline, default = "-created_at")]
    sort: Sort,
}

/// An order of tasks.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
enum Sort {
    #[serde(rename = "created_at")]
    Created,
    #[default]
    #[serde(rename = "-created_at")]
    LastCreated,
    #[serde(rename = "due_date")]
    Due,
    #[serde(rename = "-due_date")]
    LastDue,
    #[serde(rename = "priority")]
    Priority,
    #[serde(rename = "-priority")]
    HighestPriority,
    #[serde(rename = "title")]
    Title,
    #[serde(rename = "-title")]
    LastTitle,
}

impl Sort {
    /// As SQL. A task that is never due comes last, on every database; of equals the one made first, as ids of this kind
    /// grow.
    fn order(self) -> &'static str {
        match self {
            Self::Created => "created_at, id",
            Self::LastCreated => "created_at DESC, id DESC",
            Self::Due => "due_date NULLS LAST, id",
            Self::LastDue => "due_date DESC NULLS LAST, id DESC",
            Self::Priority => "priority, id",
            Self::HighestPriority => "priority DESC, id DESC",
            Self::Title => "title, id",
            Self::LastTitle => "title DESC, id DESC",
        }
    }
}

/// The caller's tasks
#[utoipa::path(
    get,
    path = "/tasks",
    tag = "tasks",
    params(Wanted),
    responses((status = 200, body = Vec<task::Model>), (status = 401, body = Problem), (status = 422, body = Invalid)),
)]
async fn list(
    state: State,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<task::Model>>> {
    let found = statements::list(&state.db, caller, &wanted).await?;
    if found.is_empty() {
        caller.must_be_active(&state.db).await?;
    }
    Ok(Json(found))
}

/// Make a task
#[utoipa::path(
    post,
    path = "/tasks",
    tag = "tasks",
    request_body = NewTask,
    responses((status = 201, body = task::Model), (status = 401, body = Problem), (status = 422, body = Invalid)),
)]
async fn create(
    state: State,
    caller: Caller,
    Body(new): Body<NewTask>,
) -> Result<(StatusCode, Json<task::Model>)> {
    let now = crate::now();
    let task = task::Model {
        id: Uuid::now_v7(),
        user_id: caller.id,
        title: new.title,
        description: new.description,
        completed: new.completed,
        completed_at: new.completed.then_some(now),
        priority: new.priority,
        tags: new.tags.map(Tags),
        due_date: new.due_date,
        recurrence_pattern: new.recurrence_pattern,
        created_at: now,
        updated_at: now,
    };
    let task = statements::insert(&state.db, task).await?;
    Ok((
        StatusCode::CREATED,
        Json(task.ok_or(Error::Unauthenticated)?),
    ))
}

/// A task
#[utoipa::path(
    get,
    path = "/tasks/{id}",
    tag = "tasks",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = task::Model), (status = 401, body = Problem), (status = 404, body = Problem)),
)]
async fn get(state: State, caller: Caller, Id(id): Id) -> Result<Json<task::Model>> {
    match statements::get(&state.db, caller, id).await? {
        Some(task) => Ok(Json(task)),
        None => Err(caller.not_found(&state.db, "task").await),
    }
}

/// Change a task
#[utoipa::path(
    patch,
    path = "/tasks/{id}",
    tag = "tasks",
    params(("id" = Uuid, Path)),
    request_body = TaskChange,
    responses(
        (status = 200, body = task::Model),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Invalid),
    ),
)]
async fn change(
    state: State,
    caller: Caller,
    Id(id): Id,
    Body(change): Body<TaskChange>,
) -> Result<Json<task::Model>> {
    let now = crate::now();
    let mut row = task::ActiveModel {
        updated_at: Set(now),
        ..Default::default()
    };
    // `None` leaves a value as it is.
    if let Some(title) = change.title {
        row.title = Set(title);
    }
    if let Some(description) = change.description {
        row.description = Set(description);
    }
    if let Some(completed) = change.completed {
        row.completed = Set(completed);
    }
    if let Some(priority) = change.priority {
        row.priority = Set(priority);
    }
    if let Some(tags) = change.tags {
        row.tags = Set(tags.map(Tags));
    }
    if let Some(due_date) = change.due_date {
        row.due_date = Set(due_date);
    }
    if let Some(pattern) = change.recurrence_pattern {
        row.recurrence_pattern = Set(pattern);
    }
    let mut update = Entity::update_many().set(row);
    if let Some(completed) = change.completed {
        update = update.col_expr(Column::CompletedAt, completed_at(completed, now));
    }
    let changed = update
        .filter(Column::Id.eq(id))
        .filter(Column::UserId.eq(caller.id))
        .filter(caller.is_active())
        .exec_with_returning(&state.db)
        .await?;
    match changed.into_iter().next() {
        Some(task) => Ok(Json(task)),
        None => Err(caller.not_found(&state.db, "task").await),
    }
}

/// Delete a task
#[utoipa::path(
    delete,
    path = "/tasks/{id}",
    tag = "tasks",
    params(("id" = Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)),
)]
async fn delete(state: State, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    let deleted = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::UserId.eq(caller.id))
        .filter(caller.is_active())
        .exec(&state.db)
        .await?;
    if deleted.rows_affected == 0 {
        return Err(caller.not_found(&state.db, "task").await);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A task that is done already was done when it was.
fn completed_at(completed: bool, now: DateTime<Utc>) -> SimpleExpr {
    if completed {
        let args = [Expr::col(Column::CompletedAt), Expr::val(now)];
        Func::coalesce(args).into()
    } else {
        Expr::val(None::<DateTime<Utc>>)
    }
}

/// Times that both databases keep, and sort as they are.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "`garde` calls it so")]
fn of_our_time(time: &DateTime<Utc>, _: &()) -> garde::Result {
    if (1..=9999).contains(&time.year()) {
        return Ok(());
    }
    Err(garde::Error::new("must be in a year from 1 to 9999"))
}

fn usual_limit() -> u64 {
    20
}
