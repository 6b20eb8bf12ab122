//! Requests a second of the service, beside axum and sqlx that send the same statements and nothing else.
//!
//! `cargo bench --package todo [-- SECONDS]`; a rate is the median of three runs, and the two take turns. Both run in this
//! process, and so do the clients: 32 connections over loopback, each with one request at a time.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends where something is wrong"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use limbeck_engine::scratch::{Scratch, ScratchOptions, ServerOptions, Trust};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use todo::settings::Settings;
use todo::{MIGRATOR, State, pool};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use uuid::Uuid;

const CONNECTIONS: usize = 32;
const RUNS: usize = 3;
const SECRET: &str = "a secret of thirty-two bytes or more";

/// A task as the service answers it.
#[derive(Serialize, sqlx::FromRow)]
struct Task {
    id: Uuid,
    user_id: Uuid,
    title: String,
    description: Option<String>,
    completed: bool,
    completed_at: Option<DateTime<Utc>>,
    priority: i32,
    tags: Option<sqlx::types::Json<Vec<String>>>,
    due_date: Option<DateTime<Utc>>,
    recurrence_pattern: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct New {
    title: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: Uuid,
}

/// Whose request it is, as the service finds out.
fn caller(headers: &axum::http::HeaderMap) -> Uuid {
    let value = headers["authorization"].to_str().unwrap();
    let key = DecodingKey::from_secret(SECRET.as_bytes());
    let validation = Validation::new(Algorithm::HS256);
    let token = value.strip_prefix("Bearer ").unwrap();
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation);
    claims.unwrap().claims.sub
}

/// The same statements with axum and sqlx alone.
macro_rules! floor {
    ($pool:expr) => {{
        use axum::extract::{Json, Path, State};
        use axum::http::HeaderMap;
        use axum::routing::get;

        const OWN: &str = "EXISTS (SELECT 1 FROM users WHERE users.id = $1 AND users.is_active)";
        let one = async |State(pool): State<_>, Path(id): Path<Uuid>, headers: HeaderMap| {
            let sql = format!("SELECT * FROM tasks WHERE user_id = $1 AND {OWN} AND id = $2");
            let query = sqlx::query_as::<_, Task>(sqlx::AssertSqlSafe(sql));
            Json(query.bind(caller(&headers)).bind(id).fetch_one(&pool).await.unwrap())
        };
        let list = async |State(pool): State<_>, headers: HeaderMap| {
            let sql = format!(
                "SELECT * FROM tasks WHERE user_id = $1 AND {OWN} ORDER BY created_at DESC, id DESC LIMIT 20 OFFSET 0"
            );
            let query = sqlx::query_as::<_, Task>(sqlx::AssertSqlSafe(sql));
            Json(query.bind(caller(&headers)).fetch_all(&pool).await.unwrap())
        };
        let create = async |State(pool): State<_>, headers: HeaderMap, Json(new): Json<New>| {
            let sql = format!(
                "INSERT INTO tasks (user_id, id, title, description, completed, completed_at, priority, tags, \
                 due_date, recurrence_pattern, created_at, updated_at) \
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE {OWN} RETURNING *"
            );
            let query = sqlx::query_as::<_, Task>(sqlx::AssertSqlSafe(sql));
            let query = query.bind(caller(&headers)).bind(Uuid::now_v7()).bind(new.title);
            let query = query.bind(None::<String>).bind(false).bind(None::<DateTime<Utc>>);
            let query = query.bind(0_i32).bind(None::<sqlx::types::Json<Vec<String>>>);
            let query = query.bind(None::<DateTime<Utc>>).bind(None::<String>);
            let query = query.bind(Utc::now()).bind(Utc::now());
            (axum::http::StatusCode::CREATED, Json(query.fetch_one(&pool).await.unwrap()))
        };
        Router::new()
            .route("/tasks", get(list).post(create))
            .route("/tasks/{id}", get(one))
            .with_state($pool.clone())
    }};
}

/// What is asked for.
struct Request {
    name: &'static str,
    text: String,
}

/// Sends a request over and over until the time is over, and counts.
async fn client(address: SocketAddr, text: String, end: Instant) -> usize {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut count, mut answer) = (0, vec![0; 64 * 1024]);
    while Instant::now() < end {
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut read = 0;
        while !is_whole(&answer[..read]) {
            let more = stream.read(&mut answer[read..]).await.unwrap();
            assert!(more > 0, "the server hangs up");
            read += more;
        }
        assert!(
            answer.starts_with(b"HTTP/1.1 20"),
            "{}",
            String::from_utf8_lossy(&answer[..read])
        );
        count += 1;
    }
    count
}

/// Whether head and body of an answer are there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let text = std::str::from_utf8(&answer[..head]).unwrap();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    answer.len() >= head + 4 + length.parse::<usize>().unwrap()
}

async fn rate(address: SocketAddr, request: &Request, time: Duration) -> f64 {
    let (begun, mut clients) = (Instant::now(), JoinSet::new());
    for _ in 0..CONNECTIONS {
        clients.spawn(client(address, request.text.clone(), begun + time));
    }
    let counts = clients.join_all().await;
    let count = u32::try_from(counts.into_iter().sum::<usize>()).unwrap();
    f64::from(count) / begun.elapsed().as_secs_f64()
}

async fn listen(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// One request and its answer's body.
async fn send(address: SocketAddr, text: &str) -> Value {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !is_whole(&answer) {
        stream.read_buf(&mut answer).await.unwrap();
    }
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
    serde_json::from_slice(&answer[head.unwrap() + 4..]).unwrap()
}

fn post(path: &str, token: Option<&str>, body: &Value) -> String {
    let body = body.to_string();
    let token = token.map_or(String::new(), |token| {
        format!("authorization: Bearer {token}\r\n")
    });
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{token}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n")
}

async fn measure(name: &str, url: &str, time: Duration) {
    let variables = BTreeMap::from([
        ("ENVIRONMENT", "testing"),
        ("DATABASE_URL", url),
        ("JWT_SECRET_KEY", SECRET),
        // Both pools together are below what a scratch server takes.
        ("DB_POOL_SIZE", "4"),
        ("DB_MAX_OVERFLOW", "4"),
    ]);
    let read = |key: &str| variables.get(key).map(|&text| text.to_owned());
    let settings = Settings::read(&read, Path::new("/")).unwrap();
    let db = pool::open(&settings).unwrap();
    MIGRATOR.upgrade(&db, "head").await.unwrap();
    let state = State::new(&settings, db.clone()).unwrap();
    let service = listen(todo::app(state, &settings)).await;
    let floor_db = pool::open(&settings).unwrap();
    let floor = listen(if url.starts_with("sqlite") {
        floor!(floor_db.get_sqlite_connection_pool())
    } else {
        floor!(floor_db.get_postgres_connection_pool())
    })
    .await;

    let account = json!({"email": "ada@example.org", "password": "a long password"});
    send(service, &post("/auth/register", None, &account)).await;
    let token = send(service, &post("/auth/login", None, &account)).await;
    let token = token["access_token"].as_str().unwrap();
    let task = json!({"title": "Buy groceries"});
    let mut id = String::new();
    for _ in 0..1000 {
        let made = send(service, &post("/tasks", Some(token), &task)).await;
        made["id"].as_str().unwrap().clone_into(&mut id);
    }
    let requests = [
        ("one", get(&format!("/tasks/{id}"), token)),
        ("list of 20", get("/tasks", token)),
        ("new", post("/tasks", Some(token), &task)),
    ];
    for (what, text) in requests {
        let request = Request { name: what, text };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(rate(service, &request, time).await);
            theirs.push(rate(floor, &request, time).await);
        }
        let median = |mut rates: Vec<f64>| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        };
        let (ours, theirs) = (median(ours), median(theirs));
        println!(
            "{name:<10} {:<10} {ours:>8.0} {theirs:>8.0} {:>6.2}",
            request.name,
            ours / theirs
        );
    }
}

fn main() {
    // `cargo test --all-targets` starts this too, and has nothing to learn from it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let seconds = std::env::args().find_map(|word| word.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(3));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!(
        "requests a second at {CONNECTIONS} connections: the service, axum + sqlx, their ratio"
    );
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("todo.db");
        measure("SQLite", &format!("sqlite://{}", file.display()), time).await;
        let mut server = ServerOptions::new(std::env::temp_dir().join("todo-bench"));
        server.trust = Trust::Everything;
        server.bin_dir = std::env::var_os("LIMBECK_PG_BIN").map(Into::into);
        let path = std::env::var_os("PATH").unwrap_or_default();
        server.path = std::env::split_paths(&path).collect();
        let options = ScratchOptions {
            scratch_url: None,
            url: None,
            same_server: false,
            server,
        };
        let mut scratch = Scratch::open(&options).await.unwrap();
        let database = scratch.create_database("todo", None).await.unwrap();
        measure("PostgreSQL", &database.url.to_string(), time).await;
        scratch.close().await.unwrap();
    });
}
