//! Whether the service can do its work: for load balancers, and for whoever releases it.

use std::time::{Duration, Instant};

use axum::Json;
use axum::http::StatusCode;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{MIGRATOR, State};

/// How long the database may take to answer.
const LIMIT: Duration = Duration::from_secs(2);

/// How long an answer about revisions holds: each costs a connection, and anybody may ask.
const REMEMBERED: Duration = Duration::from_secs(1);

/// The routes of probes.
pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(ready))
}

/// Whether the database answers.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    /// `connected` or `disconnected`.
    database: &'static str,
}

/// Whether the database has what this release needs.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`, `pending` or `unavailable`.
    status: &'static str,
    /// The revisions that are still to be run.
    pending: Vec<String>,
}

/// The last answer about revisions.
pub(crate) type LastReadiness = Mutex<Option<(Instant, Readiness)>>;

/// Whether the database answers
#[utoipa::path(
    get,
    path = "/health",
    tag = "health",
    security(()),
    responses((status = 200, body = Health), (status = 503, body = Health)),
)]
async fn health(state: State) -> (StatusCode, Json<Health>) {
    let (status, health) = match timeout(LIMIT, state.db.ping()).await {
        Ok(Ok(())) => (
            StatusCode::OK,
            Health {
                status: "healthy",
                database: "connected",
            },
        ),
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Health {
                status: "unhealthy",
                database: "disconnected",
            },
        ),
    };
    (status, Json(health))
}

/// Whether the database has all revisions of this release
#[utoipa::path(
    get,
    path = "/ready",
    tag = "health",
    security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)),
)]
async fn ready(state: State) -> (StatusCode, Json<Readiness>) {
    // Who asks meanwhile waits for the same answer.
    let mut last = state.readiness.lock().await;
    let readiness = match &*last {
        Some((when, readiness)) if when.elapsed() < REMEMBERED => readiness.clone(),
        _ => {
            let readiness = look(&state).await;
            *last = Some((Instant::now(), readiness.clone()));
            readiness
        }
    };
    let status = match readiness.status {
        "ready" => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(readiness))
}

async fn look(state: &State) -> Readiness {
    match timeout(LIMIT, MIGRATOR.status(&state.db)).await {
        Ok(Ok(status)) if status.is_at_head() => Readiness {
            status: "ready",
            pending: Vec::new(),
        },
        Ok(Ok(status)) => Readiness {
            status: "pending",
            pending: status.pending.iter().map(ToString::to_string).collect(),
        },
        Ok(Err(_)) | Err(_) => Readiness {
            status: "unavailable",
            pending: Vec::new(),
        },
    }
}
