//! Gives answers that come from below the handlers the format of all others.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::Error;

/// What the router and the layers refuse by themselves (no such route, wrong method, too slow) becomes JSON, and an
/// internal error tells the id under which the log has its reason.
pub(crate) fn in_one_format(response: Response, id: &str) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if is_json && status != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let body = if status == StatusCode::INTERNAL_SERVER_ERROR {
        json!({ "detail": "internal error", "request_id": id })
    } else {
        let words = status.canonical_reason().unwrap_or("error").to_lowercase();
        json!({ "detail": words })
    };
    // Other headers stay, such as the methods that are allowed, or the time to come again.
    let mut headers = response.headers().clone();
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers
            .entry(header::RETRY_AFTER)
            .or_insert(HeaderValue::from_static("1"));
    }
    (status, headers, Json(body)).into_response()
}

/// A panic is a fault like others: in the log with its words, for the client without.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().cloned();
    let words = words.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    Error::Internal(words.unwrap_or_else(|| "a panic".to_owned()).into()).into_response()
}
