//! A service on axum and SeaORM that brings its database up to date when it starts. Start as many of them as you like.
//!
//! `cargo run --package embedded --example axum_sea_orm -- 'sqlite:notes.db?mode=rwc' 127.0.0.1:3000`

use std::error::Error;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use limbeck::migrator::{AtStart, Migrator};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DatabaseConnection, EntityTrait as _};
use tokio::net::TcpListener;

static MIGRATOR: Migrator = limbeck::embed!("migrations");

#[expect(unreachable_pub, reason = "what the derive makes is public")]
mod note {
    //! The table, as SeaORM has it.
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub author_id: Option<i64>,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Migrates, then serves.
pub(crate) async fn serve(
    url: &str,
    listener: TcpListener,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let db = sea_orm::Database::connect(url).await?;
    MIGRATOR.start(&db, AtStart::Upgrade).await?;
    let service = Router::new()
        .route("/notes", get(list).post(add))
        .route("/ready", get(ready))
        .with_state(db);
    Ok(axum::serve(listener, service).await?)
}

async fn list(State(db): State<DatabaseConnection>) -> Result<Json<Vec<String>>, StatusCode> {
    let notes = note::Entity::find().all(&db).await.map_err(internal)?;
    Ok(Json(notes.into_iter().map(|note| note.text).collect()))
}

async fn add(State(db): State<DatabaseConnection>, text: String) -> Result<StatusCode, StatusCode> {
    let note = note::ActiveModel {
        text: Set(text),
        ..Default::default()
    };
    note.insert(&db).await.map_err(internal)?;
    Ok(StatusCode::CREATED)
}

/// One round trip, and nothing is written.
async fn ready(State(db): State<DatabaseConnection>) -> Result<String, StatusCode> {
    let status = MIGRATOR.status(&db).await;
    let status = status.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    if status.is_at_head() {
        Ok("ready".to_owned())
    } else {
        Err(StatusCode::SERVICE_UNAVAILABLE)
    }
}

fn internal(_: sea_orm::DbErr) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the URL of the database")?;
    let address = arguments.next().ok_or("the address to listen at")?;
    serve(&url, TcpListener::bind(address).await?).await
}
