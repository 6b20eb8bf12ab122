//! The page for people, at `/`. What it needs stands in `web/`, and is part of the binary.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use crate::State;

/// The routes of the page. Until there is one, whoever comes is led to the description of the API.
pub(crate) fn router() -> Router<State> {
    Router::new().route("/", get(|| async { Redirect::temporary("/docs/") }))
}
