//! Replicas of the examples that start at once on an empty database.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::server::{Postgres, sqlite};

#[path = "../examples/axum_sea_orm.rs"]
#[expect(dead_code, reason = "`main` is what the example runs")]
mod axum_sea_orm;
#[path = "../examples/axum_sqlx.rs"]
#[expect(dead_code, reason = "`main` is what the example runs")]
mod axum_sqlx;

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_on_sqlx_serve_on_postgres() {
    let mut server = Postgres::start().await;
    for _ in 0..3 {
        let url = server.database().await;
        replicas(url, |url, listener| async move {
            axum_sqlx::serve(&url, listener).await
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_on_sea_orm_serve_on_postgres() {
    let mut server = Postgres::start().await;
    for _ in 0..3 {
        let url = server.database().await;
        replicas(url, |url, listener| async move {
            axum_sea_orm::serve(&url, listener).await
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_on_sea_orm_serve_on_sqlite() {
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        replicas(sqlite(&folder), |url, listener| async move {
            axum_sea_orm::serve(&url, listener).await
        })
        .await;
    }
}

async fn replicas<F, S>(url: String, serve: F)
where
    F: Fn(String, TcpListener) -> S,
    S: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut replicas = Vec::new();
    for _ in 0..3 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let replica = tokio::spawn(serve(url.clone(), listener));
        replicas.push((address, replica));
    }
    for (number, (address, replica)) in replicas.iter().enumerate() {
        // A connection waits in the listener until the service has started.
        let answer = request(*address, "GET /ready", "");
        let answer = tokio::time::timeout(Duration::from_secs(60), answer).await;
        assert!(!replica.is_finished(), "the replica has ended");
        assert!(answer.unwrap().ends_with("\r\n\r\nready"));
        let added = request(*address, "POST /notes", &format!("note {number}")).await;
        assert!(added.starts_with("HTTP/1.0 201"), "{added}");
    }
    for (address, replica) in &replicas {
        let notes = request(*address, "GET /notes", "").await;
        assert!(
            notes.ends_with("\"note 0\",\"note 1\",\"note 2\"]"),
            "{notes}"
        );
        replica.abort();
    }
}

async fn request(address: SocketAddr, line: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let text = format!(
        "{line} HTTP/1.0\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
