//! A service on axum and sqlx that brings its database up to date when it starts. Start as many of them as you like.
//!
//! `cargo run --package embedded --example axum_sqlx -- postgres://… 127.0.0.1:3000`

use std::error::Error;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use limbeck::migrator::{AtStart, Migrator};
use sqlx::PgPool;
use tokio::net::TcpListener;

static MIGRATOR: Migrator = limbeck::embed!("migrations");

/// Migrates, then serves.
pub(crate) async fn serve(
    url: &str,
    listener: TcpListener,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let pool = PgPool::connect(url).await?;
    MIGRATOR.start(&pool, AtStart::Upgrade).await?;
    let service = Router::new()
        .route("/notes", get(list).post(add))
        .route("/ready", get(ready))
        .with_state(pool);
    Ok(axum::serve(listener, service).await?)
}

async fn list(State(pool): State<PgPool>) -> Result<Json<Vec<String>>, StatusCode> {
    let texts = sqlx::query_scalar("SELECT text FROM notes ORDER BY id");
    Ok(Json(texts.fetch_all(&pool).await.map_err(internal)?))
}

async fn add(State(pool): State<PgPool>, text: String) -> Result<StatusCode, StatusCode> {
    let insert = sqlx::query("INSERT INTO notes (text) VALUES ($1)").bind(text);
    insert.execute(&pool).await.map_err(internal)?;
    Ok(StatusCode::CREATED)
}

/// One round trip, and nothing is written.
async fn ready(State(pool): State<PgPool>) -> Result<String, StatusCode> {
    let status = MIGRATOR.status(&pool).await;
    let status = status.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    if status.is_at_head() {
        Ok("ready".to_owned())
    } else {
        Err(StatusCode::SERVICE_UNAVAILABLE)
    }
}

fn internal(_: sqlx::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the URL of the database")?;
    let address = arguments.next().ok_or("the address to listen at")?;
    serve(&url, TcpListener::bind(address).await?).await
}
