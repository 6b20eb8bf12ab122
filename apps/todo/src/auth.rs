//! Accounts: who may use the service, and how a request says whose it is.

mod caller;
mod password;
mod rate;
mod token;

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use garde::Validate;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, SqlErr,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) use self::caller::Caller;
pub(crate) use self::password::{Passwords, Verdict};
pub(crate) use self::rate::{Client, Rate};
pub(crate) use self::token::Tokens;
use crate::State;
use crate::error::{Error, Result};
use crate::extract::{Body, checked, is_of_type, no_nul, unsupported, whole_body};
use crate::models::user;
use crate::store::single;

/// The routes of accounts.
pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(login))
        .routes(routes!(me))
}

/// A new account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// The address to log in with. Capitals are no other address.
    #[garde(email, length(max = 254))]
    #[schema(format = Email, max_length = 254, example = "ada@example.org")]
    email: String,
    /// The password.
    #[garde(length(chars, min = 8, max = 128), custom(no_nul))]
    #[schema(format = Password, min_length = 8, max_length = 128)]
    password: String,
    /// What to call the user.
    #[garde(length(chars, max = 255), inner(custom(no_nul)))]
    #[schema(max_length = 255)]
    full_name: Option<String>,
}

/// What somebody logs in with, as JSON or as the form of OAuth 2.
#[derive(Deserialize, Validate, ToSchema)]
struct Credentials {
    /// The address of the account.
    #[serde(alias = "username")]
    #[garde(length(max = 254), custom(no_nul))]
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The password.
    #[garde(length(chars, max = 128), custom(no_nul))]
    #[schema(format = Password, max_length = 128)]
    password: String,
}

/// An account, as its user sees it.
#[derive(Serialize, ToSchema)]
struct Account {
    /// Its id.
    id: Uuid,
    /// The address to log in with.
    email: String,
    /// What to call the user.
    full_name: Option<String>,
    /// Whether the account may be used.
    is_active: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// What a client shows from now on.
#[derive(Serialize, ToSchema)]
struct AccessToken {
    /// Goes into the header `Authorization`, behind `Bearer`.
    access_token: String,
    /// Always `bearer`.
    token_type: &'static str,
    /// In how many seconds it is good no more.
    expires_in: u64,
}

impl From<user::Model> for Account {
    fn from(user: user::Model) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.full_name,
            is_active: user.is_active,
            created_at: user.created_at,
        }
    }
}

impl FromRequest<State> for Credentials {
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self> {
        if !is_of_type(request.headers(), "application/x-www-form-urlencoded") {
            let Body(credentials) =
                Body::from_request(request, state)
                    .await
                    .map_err(|error| match error {
                        Error::Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, _) => {
                            unsupported("application/json or application/x-www-form-urlencoded")
                        }
                        error => error,
                    })?;
            return Ok(credentials);
        }
        let (parts, body) = request.into_parts();
        let whole = whole_body(Request::from_parts(parts.clone(), body), state).await?;
        let request = Request::from_parts(parts, whole.into());
        match axum::Form::<Self>::from_request(request, state).await {
            Ok(axum::Form(credentials)) => checked(credentials, "body"),
            Err(_) => Err(Error::field(
                "body",
                "",
                "must have `username` and `password`",
            )),
        }
    }
}

/// Make an account
#[utoipa::path(
    post,
    path = "/auth/register",
    tag = "auth",
    security(()),
    request_body = NewAccount,
    responses(
        (status = 201, body = Account),
        (status = 409, description = "There is an account of this address", body = crate::openapi::Problem),
        (status = 422, body = crate::openapi::Invalid),
        (status = 429, body = crate::openapi::Problem),
    ),
)]
async fn register(
    state: State,
    client: Client,
    Body(new): Body<NewAccount>,
) -> Result<(StatusCode, Json<Account>)> {
    let email = normal(&new.email);
    state.rate.admit(client, &email)?;
    let now = crate::now();
    let account = user::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(email),
        hashed_password: Set(state.passwords.hash(new.password).await?),
        full_name: Set(new.full_name),
        is_active: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
    };
    match account.insert(&state.db).await {
        Ok(account) => Ok((StatusCode::CREATED, Json(account.into()))),
        Err(error) if is_taken(&error) => {
            Err(Error::Conflict("there is an account of this address"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Log in
#[utoipa::path(
    post,
    path = "/auth/login",
    tag = "auth",
    security(()),
    request_body(content(
        (Credentials = "application/json"),
        (Credentials = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, body = AccessToken),
        (status = 401, description = "The address, the password or the account", body = crate::openapi::Problem),
        (status = 422, body = crate::openapi::Invalid),
        (status = 429, body = crate::openapi::Problem),
    ),
)]
async fn login(
    state: State,
    client: Client,
    credentials: Credentials,
) -> Result<Json<AccessToken>> {
    let email = normal(&credentials.email);
    state.rate.admit(client, &email)?;
    let account = user::Entity::find().filter(user::Column::Email.eq(email));
    let found = single(account, &state.db).await?;
    let hash = found.as_ref().map(|user| user.hashed_password.clone());
    // An account that is not there takes as long as a wrong password.
    let password = credentials.password;
    let verdict = state.passwords.verify(password.clone(), hash).await?;
    let user = match (verdict, found) {
        (Verdict::Right | Verdict::Outdated, Some(user)) if user.is_active => user,
        _ => return Err(Error::WrongCredentials),
    };
    let id = user.id;
    if verdict == Verdict::Outdated {
        let mut user = user::ActiveModel::from(user);
        user.hashed_password = Set(state.passwords.hash(password).await?);
        user.updated_at = Set(crate::now());
        user.update(&state.db).await?;
    }
    Ok(Json(AccessToken {
        access_token: state.tokens.issue(id)?,
        token_type: "bearer",
        expires_in: state.tokens.lifetime().as_secs(),
    }))
}

/// The account of the token
#[utoipa::path(
    get,
    path = "/auth/me",
    tag = "auth",
    responses((status = 200, body = Account), (status = 401, body = crate::openapi::Problem)),
)]
async fn me(state: State, caller: Caller) -> Result<Json<Account>> {
    let account = user::Entity::find_by_id(caller.id).filter(user::Column::IsActive.eq(true));
    let found = single(account, &state.db).await?;
    Ok(Json(found.ok_or(Error::Unauthenticated)?.into()))
}

/// Addresses that differ in capitals are one account.
fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
