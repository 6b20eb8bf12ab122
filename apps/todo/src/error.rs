//! Why a request was not answered, in one format: `{"detail": …}`.
//!
//! Nothing of the database, of paths or of a panic is told to a client. It is in the log, with the id of the request.

mod database;
mod format;

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

pub(crate) use self::format::{in_one_format, panicked};

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no token, or it is not good.
    #[error("not authenticated")]
    Unauthenticated,
    /// The email, the password or the account is wrong; which of them is not told.
    #[error("incorrect email or password")]
    WrongCredentials,
    /// There is no such thing, or it is another user's.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// It is there already.
    #[error("{0}")]
    Conflict(&'static str),
    /// The body is no JSON, or the like.
    #[error("{1}")]
    Malformed(StatusCode, String),
    /// Fields are wrong.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<FieldError>),
    /// Too many tries.
    #[error("too many requests")]
    TooMany(Duration),
    /// The database cannot be reached, or has no time.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Cause),
    /// A fault of the service.
    #[error("internal error")]
    Internal(#[source] Cause),
}

/// What is behind an error: for the log alone.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong with a field, in the words of FastAPI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: `body`, `query` or `path`, and the names of the fields on the way.
    pub loc: Vec<String>,
    /// What is wrong with it.
    pub msg: String,
}

/// The result of a handler.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A field that is wrong.
    pub(crate) fn field(place: &str, path: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(place, path, message)])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated | Self::WrongCredentials => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Malformed(status, _) => *status,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl FieldError {
    /// `path` is `tags[1]` or `title`.
    pub(crate) fn new(place: &str, path: &str, message: impl Into<String>) -> Self {
        let parts = path.split(['.', '[', ']']);
        let parts = parts.filter(|part| !part.is_empty()).map(str::to_owned);
        Self {
            loc: std::iter::once(place.to_owned()).chain(parts).collect(),
            msg: message.into(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let detail = match &self {
            Self::Invalid(fields) => json!(fields),
            other => json!(other.to_string()),
        };
        let mut response = (status, Json(json!({ "detail": detail }))).into_response();
        let headers = response.headers_mut();
        match &self {
            Self::Unauthenticated | Self::WrongCredentials => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooMany(wait) => {
                // A client that comes in the last instant of it would be early.
                headers.insert(header::RETRY_AFTER, (wait.as_secs() + 1).into());
            }
            Self::Unavailable(cause) => {
                tracing::warn!(cause, "the database cannot be reached");
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::Internal(cause) => tracing::error!(cause, "internal error"),
            _ => {}
        }
        response
    }
}
