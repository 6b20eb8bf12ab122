//! What every request goes through before its handler, and every answer after it.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument as _;

use crate::error::{in_one_format, panicked};
use crate::settings::Settings;

/// The largest body.
const BODY_BYTES: usize = 64 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing comes from another host, and no page of another host shows ours.
const POLICY: &str = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";

/// Swagger UI sets styles of elements, and draws with images that are in its text.
const POLICY_OF_DOCS: &str = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
     form-action 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/// Puts the layers around the routes, as one: each layer of a router is one more box around each of its routes.
pub(crate) fn around(routes: Router, settings: &Settings) -> Router {
    // The first is the first that a request comes to.
    routes.layer(
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .layer(SetSensitiveRequestHeadersLayer::new([
                header::AUTHORIZATION,
                header::COOKIE,
            ]))
            .layer(from_fn(answer))
            .layer(cors(settings))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                settings.limits.request,
            ))
            .layer(DefaultBodyLimit::max(BODY_BYTES)),
    )
}

fn cors(settings: &Settings) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(settings.cors_origins.clone())
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID])
        .expose_headers([REQUEST_ID, header::RETRY_AFTER])
        .max_age(Duration::from_secs(600))
}

/// What every answer has: a line in the log, the format of all errors, and the headers of security.
async fn answer(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id
        .as_ref()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    // The query is left out of the log: it is the client's text.
    let path = uri.path();
    // What is logged on the way says the id.
    let span = tracing::info_span!("request", id, %method, path);
    let begun = Instant::now();
    let response = next.run(request).instrument(span).await;
    let status = response.status().as_u16();
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    // Probes come every second.
    if matches!(path, "/health" | "/ready") {
        tracing::debug!(id, %method, path, status, milliseconds, "answered");
    } else {
        tracing::info!(id, %method, path, status, milliseconds, "answered");
    }
    let mut response = in_one_format(response, id);
    let is_docs = path == "/docs" || path.starts_with("/docs/");
    secure(response.headers_mut(), is_docs);
    response
}

fn secure(headers: &mut HeaderMap, is_docs: bool) {
    let policy = if is_docs { POLICY_OF_DOCS } else { POLICY };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // What a user has written is for that user alone. Files of pages say otherwise.
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}
