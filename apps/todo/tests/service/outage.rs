//! A database that goes and comes back under load, and replicas that start at once on an empty one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use limbeck::migrator::AtStart;
use limbeck::url::DatabaseUrl;
use serde_json::{Value, json};
use todo::serve::serve_until;
use todo::settings::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::place::SECRET;
use crate::server::Stoppable;

/// A service on a port of its own, until it is told to stop.
struct Replica {
    address: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    service: tokio::task::JoinHandle<Result<(), todo::serve::ServeError>>,
}

impl Replica {
    async fn start(url: &DatabaseUrl) -> Self {
        let mut settings: Settings = crate::settings::read(&[
            ("JWT_SECRET_KEY", SECRET),
            ("AUTH_RATE_LIMIT", "0"),
            ("DB_POOL_SIZE", "4"),
            ("DB_MAX_OVERFLOW", "0"),
            ("REQUEST_TIMEOUT", "3"),
        ])
        .unwrap();
        settings.database = url.clone();
        settings.at_start = AtStart::Upgrade;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let service = tokio::spawn(async move {
            serve_until(&settings, listener, async {
                let _ = stopped.await;
            })
            .await
        });
        Self {
            address,
            stop,
            service,
        }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.service.await.unwrap().unwrap();
    }
}

/// The status and the body of an answer.
async fn call(
    address: SocketAddr,
    line: &str,
    token: &str,
    body: &Value,
) -> std::io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(address).await?;
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let text = format!(
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((
        status.unwrap_or(0),
        serde_json::from_str(body).unwrap_or_default(),
    ))
}

async fn token(address: SocketAddr, name: &str) -> String {
    let body = json!({ "email": format!("{name}@example.org"), "password": "password123" });
    let made = call(address, "POST /auth/register", "", &body)
        .await
        .unwrap();
    assert_eq!(made.0, 201, "{made:?}");
    let (_, token) = call(address, "POST /auth/login", "", &body).await.unwrap();
    token["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_and_comes_back_under_load_on_postgres() {
    let server = Stoppable::start().await;
    let replica = Replica::start(&server.url("postgres")).await;
    let address = replica.address;
    let token = Arc::new(token(address, "ada").await);
    let is_over = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..8)
        .map(|number| {
            let (token, is_over) = (Arc::clone(&token), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut statuses = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let answer = if number % 2 == 0 {
                        call(address, "GET /tasks", &token, &Value::Null).await
                    } else {
                        call(address, "POST /tasks", &token, &json!({ "title": "a" })).await
                    };
                    statuses.push(answer.unwrap().0);
                }
                statuses
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.stop();
    for _ in 0..3 {
        let begun = Instant::now();
        let (status, health) = call(address, "GET /health", "", &Value::Null)
            .await
            .unwrap();
        assert_eq!((status, &health["database"]), (503, &json!("disconnected")));
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
    }
    server.run();
    let begun = Instant::now();
    while call(address, "GET /health", "", &Value::Null)
        .await
        .unwrap()
        .0
        != 200
    {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it does not come back"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    is_over.store(true, Ordering::Relaxed);
    let mut counts = std::collections::BTreeMap::new();
    for task in load {
        for status in task.await.unwrap() {
            *counts.entry(status).or_insert(0) += 1;
        }
    }
    let seen: Vec<u16> = counts.keys().copied().collect();
    assert_eq!(seen, [200, 201, 503], "{counts:?}");
    // It serves as before, without a restart.
    for _ in 0..20 {
        assert_eq!(
            call(address, "GET /tasks", &token, &Value::Null)
                .await
                .unwrap()
                .0,
            200
        );
    }
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_replicas_start_at_once_on_postgres() {
    let server = Stoppable::start().await;
    ten_replicas(&server.url("postgres")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_replicas_start_at_once_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    ten_replicas(&DatabaseUrl::parse("sqlite:///./data/todo.db", folder.path()).unwrap()).await;
}

async fn ten_replicas(url: &DatabaseUrl) {
    let mut replicas = Vec::new();
    for _ in 0..10 {
        replicas.push(Replica::start(url).await);
    }
    for replica in &mut replicas {
        // A connection waits in the listener until the service has started.
        match call(replica.address, "GET /ready", "", &Value::Null).await {
            Ok(ready) => assert_eq!(ready.0, 200, "{ready:?}"),
            Err(error) => panic!("{error}: {:?}", (&mut replica.service).await),
        }
    }
    // A token of one is good at all others.
    let token = token(replicas[0].address, "ada").await;
    for replica in &replicas {
        let made = call(
            replica.address,
            "POST /tasks",
            &token,
            &json!({ "title": "a" }),
        )
        .await
        .unwrap();
        assert_eq!(made.0, 201, "{made:?}");
    }
    let (_, tasks) = call(replicas[9].address, "GET /tasks", &token, &Value::Null)
        .await
        .unwrap();
    assert_eq!(tasks.as_array().unwrap().len(), 10);
    for replica in replicas {
        replica.stop().await;
    }
}

/// What was begun before the signal to stop is finished after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_breaks_nothing_off() {
    let folder = tempfile::tempdir().unwrap();
    let replica =
        Replica::start(&DatabaseUrl::parse("sqlite:///./todo.db", folder.path()).unwrap()).await;
    let address = replica.address;
    let body = json!({ "email": "ada@example.org", "password": "password123" });
    call(address, "GET /health", "", &Value::Null)
        .await
        .unwrap();
    let made = tokio::spawn(async move { call(address, "POST /auth/register", "", &body).await });
    // Hashing takes longer than this.
    tokio::time::sleep(Duration::from_millis(10)).await;
    replica.stop().await;
    assert_eq!(made.await.unwrap().unwrap().0, 201);
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}
