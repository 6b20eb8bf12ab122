//! Requirement 12: what is in the log, and what is not.

use std::io::Write;
use std::sync::Mutex;

use axum::http::Method;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::place::Place;
use crate::requirements::hash_of;

on_both!(r12_nothing_secret_is_in_the_log);

/// Keeps what all tests of this process log.
#[derive(Clone)]
struct Log;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn r12_nothing_secret_is_in_the_log(place: Place) {
    let levels = "info,todo=trace,tower_http=trace,sqlx=trace,sea_orm=trace,limbeck=trace";
    // The other database's test may have been first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(levels))
        .with_ansi(false)
        .with_writer(|| Log)
        .try_init();
    let name = format!("ada{}", Uuid::now_v7().simple());
    let ada = place.somebody(&name).await;
    let (task, wrong) = (format!("task of {name}"), format!("no password of {name}"));
    place.post("/tasks", &ada, json!({ "title": task })).await;
    place.log_in(&ada.email, &wrong).await;
    let bad = format!("{}.a.b", ada.id);
    place
        .call(Method::GET, "/tasks", Some(&bad), &Value::Null)
        .await;
    let away = "ALTER TABLE tasks RENAME TO away";
    place.db.execute_unprepared(away).await.unwrap();
    let failed = place.post("/tasks", &ada, json!({ "title": task })).await;
    let hash = hash_of(&place, &ada).await;
    let text = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    // It is the log of these requests, and has what an operator needs.
    let id = failed.json["request_id"].as_str().unwrap();
    let of_failed: Vec<&str> = text.lines().filter(|line| line.contains(id)).collect();
    assert!(
        of_failed
            .iter()
            .any(|line| line.contains("internal error cause=")),
        "{of_failed:#?}"
    );
    assert!(text.contains("INSERT INTO"));
    for secret in [
        &ada.token,
        &format!("password of {name}"),
        &wrong,
        &hash,
        crate::place::SECRET,
        &task,
        &bad,
    ] {
        assert!(!text.contains(secret), "`{secret}` is in the log");
    }
}
