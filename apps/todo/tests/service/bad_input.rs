//! What must not be taken, tried on every route: the description of the API says which there are and what they take, so a
//! new one is tried without a line here.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::place::{Answer, Place, Somebody, assert_is_error, request};

on_both!(
    no_route_takes_a_bad_body,
    no_route_takes_a_bad_query_or_id,
    nothing_of_others_is_there,
    a_slow_body_is_not_waited_for,
);

/// A route, as the description has it.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The names of the fields of its body, each with an example that is fine.
    pub(crate) fields: Option<Vec<(String, Value)>>,
    pub(crate) queries: Vec<String>,
    /// Whether it needs no token.
    pub(crate) is_open: bool,
}

/// An id that nothing has.
pub(crate) const NO_ID: &str = "00000000-0000-7000-8000-000000000000";

pub(crate) async fn routes(place: &Place) -> Vec<Route> {
    let description = place
        .call(Method::GET, "/openapi.json", None, &Value::Null)
        .await
        .json;
    let mut routes = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            let schema = &route["requestBody"]["content"]["application/json"]["schema"];
            let name = schema["$ref"]
                .as_str()
                .and_then(|name| name.rsplit('/').next());
            let fields = name.map(|name| fields(&description["components"]["schemas"][name]));
            let parameters = route["parameters"].as_array().cloned().unwrap_or_default();
            let queries = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "query");
            routes.push(Route {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                fields,
                queries: queries
                    .map(|query| query["name"].as_str().unwrap().to_owned())
                    .collect(),
                is_open: route["security"] == json!([{}]),
            });
        }
    }
    assert!(routes.len() > 10);
    routes
}

fn fields(schema: &Value) -> Vec<(String, Value)> {
    let fields = schema["properties"].as_object().unwrap().iter();
    let example = |name: &str, field: &Value| match (name, &field["type"]) {
        ("email", _) => json!("eve@example.org"),
        ("role", _) => json!("user"),
        ("due_date", _) => json!("2026-12-01T10:00:00Z"),
        (_, Value::String(kind)) if kind == "boolean" => json!(true),
        (_, Value::String(kind)) if kind == "integer" => json!(1),
        (_, kinds) if kinds.to_string().contains("array") => json!(["a"]),
        _ => json!("something long enough"),
    };
    fields
        .map(|(name, field)| (name.clone(), example(name, field)))
        .collect()
}

/// Something of somebody at each path.
pub(crate) async fn with_ids(place: &Place, who: &Somebody) -> impl Fn(&str) -> String {
    let task = place
        .post("/tasks", who, json!({ "title": "mine" }))
        .await
        .json;
    let conversation = place.post("/conversations", who, Value::Null).await.json;
    move |path| {
        let thing = if path.starts_with("/tasks") {
            &task
        } else {
            &conversation
        };
        path.replace("{id}", thing["id"].as_str().unwrap())
    }
}

/// Sends it, and sees that nothing changed and nothing was told.
pub(crate) async fn assert_refused(
    place: &Place,
    request: Request<Body>,
    expected: &[u16],
    told: &str,
) -> Answer {
    let answer = place.send(request).await;
    assert!(
        expected.contains(&answer.status.as_u16()),
        "{told}: {answer:?}"
    );
    assert_is_error(&answer, told);
    answer
}

async fn no_route_takes_a_bad_body(place: Place) {
    let ada = place.somebody("ada").await;
    let at = with_ids(&place, &ada).await;
    let before = place.rows().await;
    let long = "x".repeat(20_000);
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for Route {
        method,
        path,
        fields,
        ..
    } in routes(&place).await
    {
        let Some(fields) = fields else { continue };
        let told = format!("{method} {path}");
        let fine: serde_json::Map<String, Value> = fields.iter().cloned().collect();
        let with = |name: &str, value: Value| {
            let mut body = fine.clone();
            body.insert(name.to_owned(), value);
            Bytes::from(Value::Object(body).to_string())
        };
        let mut cases: Vec<(String, &[u16], Bytes)> = vec![
            ("nothing".into(), &[400], Bytes::new()),
            ("no JSON".into(), &[400], "{".into()),
            ("two documents".into(), &[400], format!("{}{{}}", json!(fine)).into()),
            ("not UTF-8".into(), &[400, 422], Bytes::from_static(b"{\"title\": \"\xff\xfe\"}")),
            ("a raw NUL".into(), &[400, 422], Bytes::from_static(b"{\"title\": \"a\0b\"}")),
            ("half a surrogate".into(), &[400, 422], Bytes::from_static(b"{\"title\": \"\\ud800\"}")),
            ("ten megabytes".into(), &[413], vec![b' '; 10 << 20].into()),
            ("deep".into(), &[400, 422], deep.clone().into()),
            ("null".into(), &[422], "null".into()),
            ("a list".into(), &[422], "[]".into()),
            ("a number".into(), &[400, 422], "1e400".into()),
            ("an unknown field".into(), &[422], with("user_id", json!(NO_ID))),
            ("a field twice".into(), &[422], "{\"title\":\"a\",\"title\":\"b\",\"role\":\"user\",\"role\":\"user\",\"email\":\"a@b.c\",\"email\":\"a@b.c\"}".into()),
        ];
        // What somebody logs in with may come along with other fields, as OAuth has it.
        if path == "/auth/login" {
            cases.retain(|(told, ..)| told != "an unknown field");
        }
        for (name, value) in &fields {
            for wrong in [
                json!({}),
                json!([[]]),
                json!(1.5),
                json!("\0"),
                json!(long),
                json!(i64::MAX),
                json!("a\0b"),
            ] {
                // The one thing that a list of texts and a text have in common is that a number is neither.
                cases.push((format!("{name} = {wrong:.20}"), &[422], with(name, wrong)));
            }
            if value.is_string() || value.is_array() {
                cases.push((format!("{name} is true"), &[422], with(name, json!(true))));
            }
            if value.is_array() {
                cases.push((
                    format!("{name} has a NUL"),
                    &[422],
                    with(name, json!(["a", "\0"])),
                ));
                cases.push((
                    format!("{name} has many"),
                    &[422],
                    with(name, json!(vec!["a"; 21])),
                ));
            }
            if matches!(
                name.as_str(),
                "title" | "content" | "email" | "password" | "role" | "due_date"
            ) {
                cases.push((
                    format!("{name} is empty"),
                    if path == "/auth/login" {
                        &[401, 422]
                    } else {
                        &[422]
                    },
                    with(name, json!("")),
                ));
            }
        }
        for (case, expected, body) in cases {
            let told = format!("{told}, {case}");
            let mut request = request(method.clone(), &at(&path), Some(&ada.token), &json!({}));
            *request.body_mut() = Body::from(body);
            assert_refused(&place, request, expected, &told).await;
        }
        for kind in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "\u{ff}",
        ] {
            let mut request = request(method.clone(), &at(&path), Some(&ada.token), &json!(fine));
            let kind = header::HeaderValue::from_bytes(kind.as_bytes()).unwrap();
            request.headers_mut().insert(header::CONTENT_TYPE, kind);
            assert_refused(&place, request, &[415], &format!("{told}, as text")).await;
        }
    }
    assert_eq!(place.rows().await, before);
}

async fn no_route_takes_a_bad_query_or_id(place: Place) {
    let ada = place.somebody("ada").await;
    let at = with_ids(&place, &ada).await;
    let before = place.rows().await;
    for Route {
        method,
        path,
        fields,
        queries,
        ..
    } in routes(&place).await
    {
        let told = format!("{method} {path}");
        let body = fields.map_or(Value::Null, |fields| {
            Value::Object(fields.into_iter().collect())
        });
        if path.contains("{id}") {
            for id in [
                "x",
                "1",
                "%00",
                "..%2f..",
                "%27%20OR%201=1",
                "%ff",
                &"9".repeat(5000),
                "00000000-0000-0000-0000-00000000000g",
            ] {
                let request = request(
                    method.clone(),
                    &path.replace("{id}", id),
                    Some(&ada.token),
                    &body,
                );
                assert_refused(&place, request, &[404, 422], &format!("{told}, {id:.30}")).await;
            }
            let request = request(
                method.clone(),
                &path.replace("{id}", NO_ID),
                Some(&ada.token),
                &body,
            );
            assert_refused(&place, request, &[404], &told).await;
        }
        for name in &queries {
            let wrong = [
                "x",
                "-1",
                "",
                "1.5",
                "%00",
                "99999999999999999999",
                "1%20OR%201",
                "%ff",
                "NaN",
            ];
            for value in wrong {
                let path = format!("{}?{name}={value}", at(&path));
                let request = request(method.clone(), &path, Some(&ada.token), &Value::Null);
                assert_refused(&place, request, &[422], &path).await;
            }
        }
        if !queries.is_empty() {
            for query in [
                "limit=0",
                "limit=101",
                "offset=18446744073709551615",
                "limit=1&limit=2",
                "unknown=1",
            ] {
                let path = format!("{}?{query}", at(&path));
                let request = request(method.clone(), &path, Some(&ada.token), &Value::Null);
                assert_refused(&place, request, &[422], &path).await;
            }
        }
        // No other method does anything there.
        for other in [
            Method::PUT,
            Method::TRACE,
            Method::from_bytes(b"PROPFIND").unwrap(),
        ] {
            let request = request(other, &at(&path), Some(&ada.token), &Value::Null);
            assert_refused(&place, request, &[405], &told).await;
        }
    }
    let nowhere = request(Method::GET, "/nowhere", Some(&ada.token), &Value::Null);
    assert_refused(&place, nowhere, &[404], "nowhere").await;
    assert_eq!(place.rows().await, before);
}

/// Requirement 5: what is another's is not there, and stays as it is.
async fn nothing_of_others_is_there(place: Place) {
    let ada = place.somebody("ada").await;
    let eve = place.somebody("eve").await;
    let at = with_ids(&place, &ada).await;
    let said = json!({ "role": "user", "content": "a secret" });
    place
        .post(&at("/conversations/{id}/messages"), &ada, said)
        .await;
    let before = place.rows().await;
    for Route {
        method,
        path,
        fields,
        queries,
        ..
    } in routes(&place).await
    {
        if path.contains("{id}") {
            let body = fields.map_or(Value::Null, |fields| {
                Value::Object(fields.into_iter().collect())
            });
            let request = request(method.clone(), &at(&path), Some(&eve.token), &body);
            let other = assert_refused(&place, request, &[404], &format!("{method} {path}")).await;
            // It is told as what is nowhere is told.
            let nowhere = crate::place::request(
                method.clone(),
                &path.replace("{id}", NO_ID),
                Some(&eve.token),
                &body,
            );
            assert_eq!(other.text, place.send(nowhere).await.text);
        } else if !queries.is_empty() {
            let found = place.get(&path, &eve).await;
            assert_eq!(found.json, json!([]), "{path}");
        }
    }
    assert_eq!(place.rows().await, before);
}

async fn a_slow_body_is_not_waited_for(place: Place) {
    let ada = place.somebody("ada").await;
    let app = place.with(|settings| settings.limits.request = Duration::from_millis(500));
    let before = place.rows().await;
    let mut slow = request(Method::POST, "/tasks", Some(&ada.token), &json!({}));
    *slow.body_mut() = endless("{\"title\": \"");
    let answer = crate::place::send(&app, slow).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT, "{answer:?}");
    assert_is_error(&answer, "slow");
    assert_eq!(place.rows().await, before);
}

/// A body that begins and never ends.
fn endless(begin: &'static str) -> Body {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    sender
        .try_send(Bytes::from_static(begin.as_bytes()))
        .unwrap();
    Body::new(Endless {
        receiver,
        _sender: sender,
    })
}

struct Endless {
    receiver: tokio::sync::mpsc::Receiver<Bytes>,
    _sender: tokio::sync::mpsc::Sender<Bytes>,
}

impl axum::body::HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.receiver
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}
