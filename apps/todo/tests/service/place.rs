//! A service with a database of its own, called without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use limbeck::migrator::TestDatabase;
use sea_orm::{DatabaseConnection, EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};
use todo::models::{conversation, message, task, user};
use todo::settings::Settings;
use todo::{MIGRATOR, State, app};
use tower::ServiceExt as _;

use crate::server::{self, Server};

/// What the tokens of tests are signed with.
pub(crate) const SECRET: &str = "a secret of tests that has 32 bytes and more";

/// A service with a database of its own.
pub(crate) struct Place {
    pub(crate) app: Router,
    pub(crate) db: DatabaseConnection,
    pub(crate) settings: Settings,
    _database: TestDatabase,
    // What the database is on goes after it.
    _server: Option<Arc<Server>>,
    _folder: Option<tempfile::TempDir>,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null, if it is none.
    pub(crate) json: Value,
}

/// An account, logged in.
#[derive(Debug, Clone)]
pub(crate) struct Somebody {
    pub(crate) email: String,
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Place {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.db").display());
        let database = MIGRATOR.test_database(&url).await.unwrap();
        Self::new(database, None, Some(folder))
    }

    pub(crate) async fn postgres() -> Self {
        let server = server::shared().await;
        let url = server.url("postgres");
        let text = match url.target() {
            limbeck::url::Target::Postgres(options) => {
                use sqlx::ConnectOptions as _;
                options.to_url_lossy().to_string()
            }
            _ => panic!("{url}"),
        };
        let database = MIGRATOR.test_database(&text).await.unwrap();
        Self::new(database, Some(server), None)
    }

    fn new(
        database: TestDatabase,
        server: Option<Arc<Server>>,
        folder: Option<tempfile::TempDir>,
    ) -> Self {
        let mut settings = crate::settings::read(&[
            ("JWT_SECRET_KEY", SECRET),
            ("AUTH_RATE_LIMIT", "0"),
            ("DB_POOL_SIZE", "3"),
            ("DB_MAX_OVERFLOW", "0"),
            ("DB_POOL_TIMEOUT", "1"),
            ("REQUEST_TIMEOUT", "5"),
            ("CORS_ORIGINS", "https://app.example.org"),
        ])
        .unwrap();
        settings.database = database.url().clone();
        let db = todo::pool::open(&settings).unwrap();
        let app = app(State::new(&settings, db.clone()).unwrap(), &settings);
        Self {
            app,
            db,
            settings,
            _database: database,
            _server: server,
            _folder: folder,
        }
    }

    /// The same database behind a service with other settings.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Settings)) -> Router {
        let mut settings = self.settings.clone();
        change(&mut settings);
        app(State::new(&settings, self.db.clone()).unwrap(), &settings)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.app, request).await
    }

    /// With a body, unless it is null.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Answer {
        self.send(request(method, path, token, body)).await
    }

    pub(crate) async fn get(&self, path: &str, who: &Somebody) -> Answer {
        self.call(Method::GET, path, Some(&who.token), &Value::Null)
            .await
    }

    pub(crate) async fn post(&self, path: &str, who: &Somebody, body: Value) -> Answer {
        self.call(Method::POST, path, Some(&who.token), &body).await
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        self.call(Method::POST, "/auth/login", None, &body).await
    }

    /// A new account whose password is `password of` and the name.
    pub(crate) async fn somebody(&self, name: &str) -> Somebody {
        let email = format!("{name}@example.org");
        let password = format!("password of {name}");
        let body = json!({ "email": email, "password": password });
        let account = self.call(Method::POST, "/auth/register", None, &body).await;
        assert_eq!(account.status, StatusCode::CREATED, "{account:?}");
        let token = self.log_in(&email, &password).await;
        Somebody {
            email,
            id: account.json["id"].as_str().unwrap().to_owned(),
            token: token.json["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// All that the database holds.
    pub(crate) async fn rows(&self) -> String {
        let users = user::Entity::find()
            .order_by_asc(user::Column::Id)
            .all(&self.db);
        let tasks = task::Entity::find()
            .order_by_asc(task::Column::Id)
            .all(&self.db);
        let conversations = conversation::Entity::find()
            .order_by_asc(conversation::Column::Id)
            .all(&self.db);
        let messages = message::Entity::find()
            .order_by_asc(message::Column::Id)
            .all(&self.db);
        format!(
            "{:#?}{:#?}{:#?}{:#?}",
            users.await.unwrap(),
            tasks.await.unwrap(),
            conversations.await.unwrap(),
            messages.await.unwrap()
        )
    }
}

pub(crate) fn request(
    method: Method,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        request = request.header(header::CONTENT_TYPE, "application/json");
        Body::from(body.to_string())
    };
    request.body(body).unwrap()
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 10 << 20).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer {
        status: parts.status,
        headers: parts.headers,
        json: serde_json::from_str(&text).unwrap_or_default(),
        text,
    }
}

/// What every error must be like.
pub(crate) fn assert_is_error(answer: &Answer, told: &str) {
    let Answer {
        status,
        headers,
        json,
        text,
    } = answer;
    assert!(
        status.is_client_error() || status.is_server_error(),
        "{told}: {status} {text}"
    );
    assert_eq!(
        headers[header::CONTENT_TYPE],
        "application/json",
        "{told}: {text}"
    );
    assert!(headers.contains_key("x-request-id"), "{told}");
    let detail = &json["detail"];
    if *status == StatusCode::UNPROCESSABLE_ENTITY {
        let fields = detail
            .as_array()
            .unwrap_or_else(|| panic!("{told}: {text}"));
        assert!(!fields.is_empty(), "{told}: {text}");
        for field in fields {
            let place = field["loc"][0].as_str().unwrap();
            assert!(["body", "query", "path"].contains(&place), "{told}: {text}");
            assert!(
                field["msg"].as_str().is_some_and(|text| !text.is_empty()),
                "{told}: {text}"
            );
        }
    } else {
        assert!(detail.is_string(), "{told}: {text}");
    }
    assert_tells_nothing(text, told);
}

/// Requirement 9: no SQL, no name of a constraint, no path, no words of a panic.
pub(crate) fn assert_tells_nothing(text: &str, told: &str) {
    let lower = text.to_lowercase();
    for word in [
        "select ",
        "insert ",
        "update ",
        "violates",
        "constraint",
        "sqlx",
        "sqlite",
        "postgres",
        "relation",
        "column \"",
        ".rs",
        "/src/",
        "panicked",
        "hashed_password",
        "argon2",
        "ix_",
        "_pkey",
        "_fkey",
    ] {
        assert!(!lower.contains(word), "{told}: `{word}` in {text}");
    }
}
