//! Conversations of a user with the assistant, and what was said in them.

use axum::Json;
use axum::http::StatusCode;
use garde::Validate;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::JoinType;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, Order, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, RelationTrait as _, TransactionTrait as _,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::State;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{Body, Id, Page, Query, no_nul, not_blank};
use crate::models::conversation::{self, Column, Entity};
use crate::models::message::{self, MessageRole};
use crate::openapi::{Invalid, Problem};
use crate::store::{insert_if, single, some_of};

/// The routes of conversations.
pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, delete))
        .routes(routes!(messages, say))
}

/// Something to say.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    /// Who says it.
    #[garde(skip)]
    role: MessageRole,
    /// What is said.
    #[garde(length(chars, max = 10_000), custom(not_blank), custom(no_nul))]
    #[schema(min_length = 1, max_length = 10_000)]
    content: String,
}

/// The caller's conversations, the last one first
#[utoipa::path(
    get,
    path = "/conversations",
    tag = "conversations",
    params(Page),
    responses((status = 200, body = Vec<conversation::Model>), (status = 401, body = Problem), (status = 422, body = Invalid)),
)]
async fn list(
    state: State,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<Vec<conversation::Model>>> {
    let conversations = Entity::find()
        .filter(is_own(caller))
        .order_by(Column::UpdatedAt, Order::Desc)
        .order_by(Column::Id, Order::Desc);
    let found = some_of(conversations, page.offset, page.limit, &state.db).await?;
    if found.is_empty() {
        caller.must_be_active(&state.db).await?;
    }
    Ok(Json(found))
}

/// Begin a conversation
#[utoipa::path(
    post,
    path = "/conversations",
    tag = "conversations",
    responses((status = 201, body = conversation::Model), (status = 401, body = Problem)),
)]
async fn create(state: State, caller: Caller) -> Result<(StatusCode, Json<conversation::Model>)> {
    let now = crate::now();
    let conversation = conversation::ActiveModel {
        id: Set(Uuid::now_v7()),
        user_id: Set(caller.id),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let conversation = insert_if(&state.db, conversation, caller.is_active()).await?;
    Ok((
        StatusCode::CREATED,
        Json(conversation.ok_or(Error::Unauthenticated)?),
    ))
}

/// A conversation
#[utoipa::path(
    get,
    path = "/conversations/{id}",
    tag = "conversations",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = conversation::Model), (status = 401, body = Problem), (status = 404, body = Problem)),
)]
async fn get(state: State, caller: Caller, Id(id): Id) -> Result<Json<conversation::Model>> {
    let conversation = Entity::find_by_id(id).filter(is_own(caller));
    match single(conversation, &state.db).await? {
        Some(conversation) => Ok(Json(conversation)),
        None => Err(caller.not_found(&state.db, "conversation").await),
    }
}

/// Delete a conversation, and what was said in it
#[utoipa::path(
    delete,
    path = "/conversations/{id}",
    tag = "conversations",
    params(("id" = Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)),
)]
async fn delete(state: State, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    let deleted = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(is_own(caller))
        .exec(&state.db)
        .await?;
    if deleted.rows_affected == 0 {
        return Err(caller.not_found(&state.db, "conversation").await);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What was said, in order
#[utoipa::path(
    get,
    path = "/conversations/{id}/messages",
    tag = "conversations",
    params(("id" = Uuid, Path), Page),
    responses(
        (status = 200, body = Vec<message::Model>),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Invalid),
    ),
)]
async fn messages(
    state: State,
    caller: Caller,
    Id(id): Id,
    Query(page): Query<Page>,
) -> Result<Json<Vec<message::Model>>> {
    let messages = message::Entity::find()
        .join(JoinType::InnerJoin, message::Relation::Conversation.def())
        .filter(message::Column::ConversationId.eq(id))
        .filter(is_own(caller))
        .order_by(message::Column::CreatedAt, Order::Asc)
        .order_by(message::Column::Id, Order::Asc);
    let found = some_of(messages, page.offset, page.limit, &state.db).await?;
    if found.is_empty() {
        // Nothing was said yet, or there is no such conversation.
        let Json(_) = get(state, caller, Id(id)).await?;
    }
    Ok(Json(found))
}

/// Say something
#[utoipa::path(
    post,
    path = "/conversations/{id}/messages",
    tag = "conversations",
    params(("id" = Uuid, Path)),
    request_body = NewMessage,
    responses(
        (status = 201, body = message::Model),
        (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Invalid),
    ),
)]
async fn say(
    state: State,
    caller: Caller,
    Id(id): Id,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<message::Model>)> {
    let now = crate::now();
    let transaction = state.db.begin().await?;
    // It also locks the conversation, so that nobody deletes it meanwhile.
    let touched = Entity::update_many()
        .set(conversation::ActiveModel {
            updated_at: Set(now),
            ..Default::default()
        })
        .filter(Column::Id.eq(id))
        .filter(is_own(caller))
        .exec(&transaction)
        .await?;
    if touched.rows_affected == 0 {
        let error = caller.not_found(&transaction, "conversation").await;
        return Err(error);
    }
    let message = message::ActiveModel {
        id: Set(Uuid::now_v7()),
        conversation_id: Set(id),
        role: Set(new.role),
        content: Set(new.content),
        created_at: Set(now),
    };
    let message = message.insert(&transaction).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Json(message)))
}

/// It is the caller's, who is somebody.
fn is_own(caller: Caller) -> SimpleExpr {
    use sea_orm::sea_query::ExprTrait as _;
    Column::UserId.eq(caller.id).and(caller.is_active())
}
