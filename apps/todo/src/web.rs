//! The page for people, at `/`: plain ES modules that stand in `web/` and are part of the binary.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::State;

/// A file of the page.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($path:literal, $file:literal, $media_type:expr) => {
        Asset {
            path: $path,
            media_type: $media_type,
            text: include_str!(concat!("../web/", $file)),
        }
    };
}

static ASSETS: [Asset; 9] = [
    asset!("/", "index.html", "text/html; charset=utf-8"),
    asset!("/web/style.css", "style.css", "text/css; charset=utf-8"),
    asset!("/web/icon.svg", "icon.svg", "image/svg+xml"),
    asset!("/web/app.js", "app.js", SCRIPT),
    asset!("/web/account.js", "account.js", SCRIPT),
    asset!("/web/api.js", "api.js", SCRIPT),
    asset!("/web/conversations.js", "conversations.js", SCRIPT),
    asset!("/web/dom.js", "dom.js", SCRIPT),
    asset!("/web/tasks.js", "tasks.js", SCRIPT),
];

/// The routes of the page.
pub(crate) fn router() -> Router<State> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(
            asset.path,
            get(move |headers: HeaderMap| async move { asset.answer(&headers) }),
        )
    })
}

impl Asset {
    /// A browser keeps the file, and asks each time whether it is still the same: a release is seen at once.
    fn answer(&self, headers: &HeaderMap) -> Response {
        let tag = self.tag();
        let kept = [
            (header::ETAG, tag.as_str()),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        let has_it = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|tags| tags.split(',').any(|one| one.trim() == tag));
        if has_it {
            return (StatusCode::NOT_MODIFIED, kept).into_response();
        }
        let of_type = [(header::CONTENT_TYPE, self.media_type)];
        (kept, of_type, self.text).into_response()
    }

    fn tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.text.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }
}
