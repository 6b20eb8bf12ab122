//! What every request goes through before its handler, and every answer after it.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};

use crate::error::{one_format, panicked};
use crate::settings::Settings;

/// The largest body.
const BODY_BYTES: usize = 64 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing comes from another host, and no page of another host shows ours.
const POLICY: &str = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";

/// Swagger UI sets styles of elements, and draws with images that are in its text.
const POLICY_OF_DOCS: &str = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
     form-action 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/// Puts the layers around the routes.
pub(crate) fn around(routes: Router, settings: &Settings) -> Router {
    // Read from below: the last one is the first that a request comes to.
    routes
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            settings.limits.request,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(one_format))
        .layer(from_fn(security_headers))
        .layer(cors(settings))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::DEBUG))
                .on_failure(()),
        )
        .layer(from_fn(log))
        .layer(SetSensitiveRequestHeadersLayer::new([
            header::AUTHORIZATION,
            header::COOKIE,
        ]))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
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

async fn security_headers(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_docs = path == "/docs" || path.starts_with("/docs/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
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
    response
}

/// Events of a request say its id. The query is left out: it is the client's text.
fn span<B>(request: &axum::http::Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>();
    let id = id
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default();
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}

/// One line for each request; probes come every second, and are told at a lower level.
async fn log(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let begun = std::time::Instant::now();
    let response = next.run(request).await;
    let id = id
        .as_ref()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default();
    let status = response.status().as_u16();
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if matches!(path.as_str(), "/health" | "/ready") {
        tracing::debug!(id, %method, path, status, milliseconds, "answered");
    } else {
        tracing::info!(id, %method, path, status, milliseconds, "answered");
    }
    response
}
