//! Gives answers that come from below the handlers the format of all others.

use std::any::Any;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tower_http::request_id::RequestId;

use super::Error;

/// What the router and the layers refuse by themselves (no such route, wrong method, too slow) becomes JSON, and an
/// internal error tells the id under which the log has its reason.
pub(crate) async fn one_format(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
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
    let words = status.canonical_reason().unwrap_or("error").to_lowercase();
    let body = match (
        status,
        id.as_ref().and_then(|id| id.header_value().to_str().ok()),
    ) {
        (StatusCode::INTERNAL_SERVER_ERROR, Some(id)) => {
            json!({ "detail": "internal error", "request_id": id })
        }
        _ => json!({ "detail": words }),
    };
    let mut formatted = (status, Json(body)).into_response();
    // A limit of methods, or a time to come again.
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            formatted.headers_mut().insert(name, value.clone());
        }
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let headers = formatted.headers_mut();
        headers
            .entry(header::RETRY_AFTER)
            .or_insert(HeaderValue::from_static("1"));
    }
    formatted
}

/// A panic is a fault like others: in the log with its words, for the client without.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().cloned();
    let words = words.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    Error::Internal(words.unwrap_or_else(|| "a panic".to_owned()).into()).into_response()
}
