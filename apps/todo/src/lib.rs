//! The Todo service: users keep tasks, and talk to an assistant about them.
//!
//! [`app`] is the whole service as a router, which tests call without a network. `serve` puts it on one.

mod auth;
mod conversations;
pub mod error;
mod extract;
mod health;
mod layers;
pub mod models;
mod openapi;
pub mod pool;
pub mod scripts;
pub mod serve;
pub mod settings;
mod store;
mod tasks;
mod web;

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::{DateTime, SubsecRound as _, Utc};
use limbeck::migrator::{Migrator, Newer};
use sea_orm::DatabaseConnection;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use self::auth::{Passwords, Rate, Tokens};
use self::error::Result;
use self::health::LastReadiness;
use self::settings::{Limits, Settings};

/// The revisions of the database, in the binary. A release that goes back serves on a database that stays ahead.
pub static MIGRATOR: Migrator = limbeck::embed!("migrations").with_newer(Newer::Serve);

/// What handlers share.
#[derive(Clone)]
pub struct State(Arc<Shared>);

/// What handlers share.
pub struct Shared {
    /// The pool.
    pub db: DatabaseConnection,
    tokens: Tokens,
    passwords: Passwords,
    rate: Rate,
    limits: Limits,
    readiness: LastReadiness,
}

impl State {
    /// Makes what handlers share.
    ///
    /// # Errors
    ///
    /// The machine gives no random numbers.
    pub fn new(settings: &Settings, db: DatabaseConnection) -> Result<Self> {
        Ok(Self(Arc::new(Shared {
            db,
            tokens: Tokens::new(&settings.tokens)?,
            passwords: Passwords::new()?,
            rate: Rate::per_minute(settings.limits.auth_per_minute),
            limits: settings.limits,
            readiness: LastReadiness::default(),
        })))
    }
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// A handler takes it as it is.
impl FromRequestParts<State> for State {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &State) -> Result<Self, Infallible> {
        Ok(state.clone())
    }
}

/// The service.
pub fn app(state: State, settings: &Settings) -> Router {
    let (routes, description) = OpenApiRouter::with_openapi(openapi::Description::openapi())
        .merge(auth::router())
        .merge(tasks::router())
        .merge(conversations::router())
        .merge(health::router())
        .split_for_parts();
    let routes = routes
        .merge(openapi::page(description))
        .merge(web::router())
        .fallback(|| async { StatusCode::NOT_FOUND })
        .with_state(state);
    layers::around(routes, settings)
}

/// Now, as exactly as both databases keep it.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
