//! What handlers take from a request: bodies, queries and ids that have been looked through, or an [`Error`].

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use garde::Validate;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::State;
use crate::error::{Error, FieldError, Result};

/// A JSON body whose fields are as they must be.
pub(crate) struct Body<T>(pub(crate) T);

/// A query whose fields are as they must be.
pub(crate) struct Query<T>(pub(crate) T);

/// The id in the path.
pub(crate) struct Id(pub(crate) Uuid);

impl<T> FromRequest<State> for Body<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &State) -> Result<Self> {
        if !is_of_type(request.headers(), "application/json") {
            return Err(unsupported("application/json"));
        }
        let bytes = whole_body(request, state).await?;
        is_object(&bytes)?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value =
            serde_path_to_error::deserialize(&mut json).map_err(|error| not_read(error, &bytes))?;
        json.end().map_err(|error| malformed(&error))?;
        checked(value, "body").map(Self)
    }
}

impl<T> FromRequestParts<State> for Query<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        match query {
            Ok(axum::extract::Query(value)) => checked(value, "query").map(Self),
            Err(error) => {
                // `limit: invalid digit found in string`
                let text =
                    std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
                let (field, message) = text.split_once(": ").unwrap_or(("", &text));
                Err(Error::field("query", field, message))
            }
        }
    }
}

impl FromRequestParts<State> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self> {
        let id = axum::extract::Path::<Uuid>::from_request_parts(parts, state).await;
        match id {
            Ok(axum::extract::Path(id)) => Ok(Self(id)),
            Err(_) => Err(Error::field("path", "id", "must be a UUID")),
        }
    }
}

/// The body, unless it is too large or takes too long.
pub(crate) async fn whole_body(request: Request, state: &State) -> Result<Bytes> {
    let limit: Duration = state.limits.request.mul_f32(0.6);
    match tokio::time::timeout(limit, Bytes::from_request(request, state)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(BytesRejection::FailedToBufferBody(rejection))) => {
            let status = rejection.status();
            let words = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "the body is too large",
                _ => "the body cannot be read",
            };
            Err(Error::Malformed(status, words.to_owned()))
        }
        Ok(Err(rejection)) => Err(Error::Malformed(
            rejection.status(),
            "the body cannot be read".to_owned(),
        )),
        Err(_) => Err(Error::Malformed(
            StatusCode::REQUEST_TIMEOUT,
            "the body takes too long".to_owned(),
        )),
    }
}

/// Whether the body says that it is of a type, with whatever parameters.
pub(crate) fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}

pub(crate) fn unsupported(wanted: &str) -> Error {
    Error::Malformed(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("the body must be {wanted}"),
    )
}

/// A value, unless a field of it breaks a rule; then all that do are told.
pub(crate) fn checked<T: Validate<Context = ()>>(value: T, place: &str) -> Result<T> {
    match value.validate() {
        Ok(()) => Ok(value),
        Err(report) => {
            let fields = report
                .iter()
                .map(|(path, error)| FieldError::new(place, &path.to_string(), error.message()));
            Err(Error::Invalid(fields.collect()))
        }
    }
}

/// `serde` reads a struct from a list, too: its fields in their order.
fn is_object(text: &[u8]) -> Result<()> {
    if text.trim_ascii_start().first() == Some(&b'{') {
        return Ok(());
    }
    match serde_json::from_slice::<IgnoredAny>(text) {
        Ok(IgnoredAny) => Err(Error::field("body", "", "must be an object")),
        Err(error) => Err(malformed(&error)),
    }
}

fn not_read(error: serde_path_to_error::Error<serde_json::Error>, text: &[u8]) -> Error {
    let path = error.path().to_string();
    let path = if path == "." { "" } else { &path };
    let error = error.into_inner();
    match error.classify() {
        Category::Data => {
            // Its place in the text is in `loc` already.
            let words = error.to_string();
            let message = words.split(" at line ").next().unwrap_or_default();
            Error::field("body", path, message)
        }
        // `serde_json` calls it so, too, where an enum is to be read from what is no text.
        Category::Syntax if serde_json::from_slice::<IgnoredAny>(text).is_ok() => {
            Error::field("body", path, "invalid type")
        }
        Category::Io | Category::Syntax | Category::Eof => malformed(&error),
    }
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::Malformed(StatusCode::BAD_REQUEST, format!("no JSON: {error}"))
}

/// A page of rows.
#[derive(Debug, Clone, Copy, Deserialize, Validate, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// How many rows to pass over.
    #[garde(range(max = 1_000_000_000))]
    #[param(maximum = 1_000_000_000)]
    pub(crate) offset: u64,
    /// How many rows to give at most.
    #[garde(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) limit: u64,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            offset: 0,
            limit: 20,
        }
    }
}

/// A field that is there, be it null: serde calls this for no other. What is absent stays `None`.
pub(crate) fn given<'de, D, T>(deserializer: D) -> std::result::Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Some text, and not white space alone.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "`garde` calls it so")]
pub(crate) fn not_blank<T: AsRef<str>>(text: &T, _: &()) -> garde::Result {
    if text.as_ref().trim().is_empty() {
        return Err(garde::Error::new("must not be blank"));
    }
    Ok(())
}

/// No database keeps a text with this character: PostgreSQL refuses it, and C ends there.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "`garde` calls it so")]
pub(crate) fn no_nul<T: AsRef<str>>(text: &T, _: &()) -> garde::Result {
    if text.as_ref().contains('\0') {
        return Err(garde::Error::new("must not contain the character NUL"));
    }
    Ok(())
}
