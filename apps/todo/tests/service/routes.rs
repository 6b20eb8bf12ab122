//! What each route does when all is well.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::place::Place;

on_both!(
    accounts_are_made_and_used,
    tasks_are_kept,
    tasks_are_sorted_and_paged,
    conversations_are_kept,
    probes_tell_the_truth,
    the_description_is_whole,
);

async fn accounts_are_made_and_used(place: Place) {
    let body = json!({ "email": "Ada@Example.org", "password": "password123", "full_name": "Ada" });
    let made = place
        .call(Method::POST, "/auth/register", None, &body)
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let fields: Vec<&String> = made.json.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["created_at", "email", "full_name", "id", "is_active"]
    );
    assert_eq!(made.json["email"], "ada@example.org");
    let token = place.log_in("ADA@example.org", "password123").await;
    assert_eq!(token.json["token_type"], "bearer");
    assert_eq!(token.json["expires_in"], 1800);
    // As the button of the page sends it.
    let form = Request::post("/auth/login")
        .header(
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .body(Body::from(
            "grant_type=password&username=ada%40example.org&password=password123",
        ))
        .unwrap();
    let by_form = place.send(form).await;
    assert_eq!(by_form.status, StatusCode::OK, "{by_form:?}");
    let token = by_form.json["access_token"].as_str();
    let me = place
        .call(Method::GET, "/auth/me", token, &Value::Null)
        .await;
    assert_eq!(me.json, made.json);
}

async fn tasks_are_kept(place: Place) {
    let ada = place.somebody("ada").await;
    let body = json!({ "title": "Buy groceries 🛒", "tags": ["home", "food"], "due_date": "2026-12-01T10:00:00+02:00" });
    let made = place.post("/tasks", &ada, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.json["user_id"], ada.id);
    assert_eq!(made.json["due_date"], "2026-12-01T08:00:00Z");
    assert_eq!(made.json["tags"], json!(["home", "food"]));
    let path = format!("/tasks/{}", made.json["id"].as_str().unwrap());
    assert_eq!(place.get(&path, &ada).await.json, made.json);
    let change = async |body: Value| {
        let changed = place
            .call(Method::PATCH, &path, Some(&ada.token), &body)
            .await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        assert_eq!(place.get(&path, &ada).await.json, changed.json);
        changed.json
    };
    // What is absent stays, and null takes a value away.
    let done = change(json!({ "completed": true, "description": "milk" })).await;
    assert_eq!(done["title"], "Buy groceries 🛒");
    assert_eq!(done["completed_at"], done["updated_at"]);
    assert!(done["updated_at"].as_str() > made.json["updated_at"].as_str());
    let again = change(json!({ "completed": true, "tags": null, "due_date": null })).await;
    assert_eq!(
        again["completed_at"], done["completed_at"],
        "it was done when it was"
    );
    assert_eq!(
        (&again["tags"], &again["due_date"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(again["description"], "milk");
    let undone = change(json!({ "completed": false })).await;
    assert_eq!(undone["completed_at"], Value::Null);
    let gone = place
        .call(Method::DELETE, &path, Some(&ada.token), &Value::Null)
        .await;
    assert_eq!(
        (gone.status, gone.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert_eq!(place.get(&path, &ada).await.status, StatusCode::NOT_FOUND);
    assert_eq!(place.get("/tasks", &ada).await.json, json!([]));
}

async fn tasks_are_sorted_and_paged(place: Place) {
    let ada = place.somebody("ada").await;
    for (title, priority, due, completed) in [
        ("b", 2, Value::Null, false),
        ("a", 3, json!("2026-12-02T00:00:00Z"), true),
        ("c", -1, json!("2026-12-01T00:00:00.5Z"), false),
        ("d", 2, json!("2026-12-01T00:00:00Z"), true),
    ] {
        let body = json!({ "title": title, "priority": priority, "due_date": due, "completed": completed });
        assert_eq!(
            place.post("/tasks", &ada, body).await.status,
            StatusCode::CREATED
        );
    }
    for (query, expected) in [
        ("", "dcab"),
        ("?sort=created_at", "bacd"),
        ("?sort=title", "abcd"),
        ("?sort=-title", "dcba"),
        ("?sort=priority", "cbda"),
        ("?sort=-priority", "adbc"),
        ("?sort=due_date", "dcab"),
        ("?sort=-due_date", "acdb"),
        ("?completed=true", "da"),
        ("?completed=false&sort=title", "bc"),
        ("?sort=title&limit=2", "ab"),
        ("?sort=title&limit=2&offset=3", "d"),
        ("?offset=1000000000", ""),
    ] {
        let found = place.get(&format!("/tasks{query}"), &ada).await;
        let titles = found
            .json
            .as_array()
            .unwrap_or_else(|| panic!("{query} {found:?}"));
        let titles: String = titles
            .iter()
            .filter_map(|task| task["title"].as_str())
            .collect();
        assert_eq!(titles, expected, "{query}");
    }
}

async fn conversations_are_kept(place: Place) {
    let ada = place.somebody("ada").await;
    let made = place.post("/conversations", &ada, Value::Null).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let path = format!("/conversations/{}", made.json["id"].as_str().unwrap());
    let messages = format!("{path}/messages");
    assert_eq!(place.get(&messages, &ada).await.json, json!([]));
    for (role, content) in [
        ("user", "Add milk"),
        ("assistant", "Done"),
        ("user", "Thanks"),
    ] {
        let said = place
            .post(&messages, &ada, json!({ "role": role, "content": content }))
            .await;
        assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
    }
    let said = place.get(&messages, &ada).await;
    let said = said.json.as_array().unwrap();
    let words: Vec<&str> = said
        .iter()
        .filter_map(|message| message["content"].as_str())
        .collect();
    assert_eq!(words, ["Add milk", "Done", "Thanks"]);
    let conversation = place.get(&path, &ada).await.json;
    assert_eq!(conversation["updated_at"], said[2]["created_at"]);
    // The one in which something was said last comes first.
    let other = place.post("/conversations", &ada, Value::Null).await.json;
    place
        .post(
            &messages,
            &ada,
            json!({ "role": "user", "content": "And?" }),
        )
        .await;
    let list = place.get("/conversations", &ada).await.json;
    assert_eq!(
        (&list[0]["id"], &list[1]["id"]),
        (&conversation["id"], &other["id"])
    );
    let gone = place
        .call(Method::DELETE, &path, Some(&ada.token), &Value::Null)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        place.get(&messages, &ada).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(!place.rows().await.contains("Thanks"), "messages go along");
}

async fn probes_tell_the_truth(place: Place) {
    let health = place.call(Method::GET, "/health", None, &Value::Null).await;
    assert_eq!(
        health.json,
        json!({ "status": "healthy", "database": "connected" })
    );
    let ready = place.call(Method::GET, "/ready", None, &Value::Null).await;
    assert_eq!(
        (ready.status, &ready.json),
        (StatusCode::OK, &json!({ "status": "ready", "pending": [] }))
    );
    todo::MIGRATOR.downgrade(&place.db, "-1").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let ready = place.call(Method::GET, "/ready", None, &Value::Null).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        ready.json["pending"].as_array().unwrap().len(),
        1,
        "{ready:?}"
    );
}

async fn the_description_is_whole(place: Place) {
    let description = place
        .call(Method::GET, "/openapi.json", None, &Value::Null)
        .await
        .json;
    assert_eq!(description["info"]["title"], "Todo API");
    assert_eq!(description["info"]["version"], "2.0.0");
    let routes: Vec<String> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(routes.len(), 16, "{routes:#?}");
    for (name, scheme) in [("bearer", "http"), ("password", "oauth2")] {
        assert_eq!(
            description["components"]["securitySchemes"][name]["type"],
            scheme
        );
    }
    let page = place.call(Method::GET, "/docs/", None, &Value::Null).await;
    assert!(page.text.contains("swagger-ui"), "{page:?}");
    for part in page
        .text
        .split(['"', '\''])
        .filter(|part| part.ends_with(".js") || part.ends_with(".css"))
    {
        let file = place
            .call(
                Method::GET,
                &format!("/docs/{}", part.trim_start_matches("./")),
                None,
                &Value::Null,
            )
            .await;
        assert_eq!(file.status, StatusCode::OK, "{part} is in the binary");
    }
}
