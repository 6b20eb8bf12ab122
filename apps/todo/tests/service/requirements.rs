//! The security requirements, by their numbers. Those on input are in `bad_tokens` (3) and `bad_input` (5 isolation, 7 bodies), 4 is in
//! `settings`, 12 in `log`, 13 in `scripts`.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode, header};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _,
    TransactionTrait as _,
};
use serde_json::{Value, json};
use todo::models::user;
use uuid::Uuid;

use crate::place::{Place, Somebody, assert_is_error, request, send};

on_both!(
    r1_passwords_are_hashed_and_hashed_again,
    r2_an_unknown_address_is_told_as_a_wrong_password,
    r6_tries_are_limited,
    r7_texts_have_their_limits,
    r8_only_listed_origins_are_let_in,
    r9_faults_of_the_database_tell_nothing,
    r10_every_answer_has_its_headers,
    r14_a_taken_address_is_told,
);

pub(crate) async fn hash_of(place: &Place, who: &Somebody) -> String {
    let found = user::Entity::find().filter(user::Column::Email.eq(&who.email));
    found.one(&place.db).await.unwrap().unwrap().hashed_password
}

pub(crate) async fn delete(place: &Place, who: &Somebody) {
    let id: Uuid = who.id.parse().unwrap();
    user::Entity::delete_by_id(id)
        .exec(&place.db)
        .await
        .unwrap();
}

pub(crate) async fn put_to_sleep(place: &Place, who: &Somebody) {
    let id: Uuid = who.id.parse().unwrap();
    let update = user::Entity::update_many()
        .col_expr(user::Column::IsActive, sea_orm::sea_query::Expr::val(false));
    update
        .filter(user::Column::Id.eq(id))
        .exec(&place.db)
        .await
        .unwrap();
}

async fn r1_passwords_are_hashed_and_hashed_again(place: Place) {
    let ada = place.somebody("ada").await;
    let hash = hash_of(&place, &ada).await;
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    let id: Uuid = ada.id.parse().unwrap();
    // `password of ada`, as an earlier release would have hashed it.
    let weak = {
        use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
        let params = Params::new(8192, 1, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2
            .hash_password(b"password of ada")
            .unwrap()
            .to_string()
    };
    let update = user::Entity::update_many().col_expr(
        user::Column::HashedPassword,
        sea_orm::sea_query::Expr::val(weak.clone()),
    );
    update
        .filter(user::Column::Id.eq(id))
        .exec(&place.db)
        .await
        .unwrap();
    assert_eq!(
        place.log_in(&ada.email, "a wrong password").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        hash_of(&place, &ada).await,
        weak,
        "a wrong password changes nothing"
    );
    assert_eq!(
        place.log_in(&ada.email, "password of ada").await.status,
        StatusCode::OK
    );
    let hash = hash_of(&place, &ada).await;
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    assert_eq!(
        place.log_in(&ada.email, "password of ada").await.status,
        StatusCode::OK
    );
    // Every character counts, also behind the 72 bytes that bcrypt reads.
    let long = "x".repeat(128);
    let body = json!({ "email": "long@example.org", "password": long });
    assert_eq!(
        place
            .call(Method::POST, "/auth/register", None, &body)
            .await
            .status,
        StatusCode::CREATED
    );
    let other = format!("{}y", &long[1..]);
    assert_eq!(
        place.log_in("long@example.org", &other).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        place.log_in("long@example.org", &long).await.status,
        StatusCode::OK
    );
}

async fn r2_an_unknown_address_is_told_as_a_wrong_password(place: Place) {
    let ada = place.somebody("ada").await;
    let asleep = place.somebody("asleep").await;
    put_to_sleep(&place, &asleep).await;
    let wrong = place.log_in(&ada.email, "a wrong password").await;
    assert_is_error(&wrong, "wrong");
    for (email, password) in [
        ("nobody@example.org", "password123"),
        ("asleep@example.org", "password of asleep"),
    ] {
        let other = place.log_in(email, password).await;
        assert_eq!(
            (other.status, &other.text),
            (wrong.status, &wrong.text),
            "{email}"
        );
    }
    let time = async |email: &str| {
        let begun = Instant::now();
        place.log_in(email, "a wrong password").await;
        begun.elapsed()
    };
    // Others use this machine, too: what counts is the fastest of many. Without a hash an answer takes a tenth of the time.
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for attempt in 1.. {
        for _ in 0..12 {
            known = known.min(time(&ada.email).await);
            unknown = unknown.min(time("nobody@example.org").await);
        }
        let ratio = known.as_secs_f64() / unknown.as_secs_f64();
        if (0.5..2.0).contains(&ratio) {
            break;
        }
        assert!(
            attempt < 20,
            "{known:?} for an account, {unknown:?} for none"
        );
    }
}

async fn r6_tries_are_limited(place: Place) {
    let ada = place.somebody("ada").await;
    let app = place.with(|settings| {
        settings.limits.auth_per_minute = 3;
        settings.limits.trust_proxy = true;
    });
    let log_in = async |email: &str, address: &str| {
        let body = json!({ "email": email, "password": "a wrong password" });
        let mut request = request(Method::POST, "/auth/login", None, &body);
        let value = format!("6.6.6.6, {address}").parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", value);
        send(&app, request).await
    };
    // An account, from wherever.
    for number in 0..3 {
        assert_eq!(
            log_in(&ada.email, &format!("10.0.0.{number}")).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let refused = log_in(&ada.email.to_uppercase(), "10.0.0.9").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{refused:?}");
    assert_is_error(&refused, "too many");
    let wait: u64 = refused.headers[header::RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    // An address, whatever the account; IPv6 by its network.
    for number in 0..3 {
        assert_eq!(
            log_in(&format!("a{number}@b.c"), &format!("2001:db8::{number}"))
                .await
                .status,
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(
        log_in("z@b.c", "2001:db8::9").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    let other = log_in("z@b.c", "2001:db8:0:1::1").await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED, "{other:?}");
    let body = json!({ "email": ada.email, "password": "password123" });
    let register = send(&app, request(Method::POST, "/auth/register", None, &body)).await;
    assert_eq!(
        register.status,
        StatusCode::TOO_MANY_REQUESTS,
        "it counts, too"
    );
    // Other routes are not concerned.
    for _ in 0..10 {
        let me = send(
            &app,
            request(Method::GET, "/auth/me", Some(&ada.token), &Value::Null),
        )
        .await;
        assert_eq!(me.status, StatusCode::OK);
    }
}

async fn r7_texts_have_their_limits(place: Place) {
    let ada = place.somebody("ada").await;
    for (field, most) in [
        ("title", 200),
        ("description", 10_000),
        ("recurrence_pattern", 50),
    ] {
        // A character counts as one, whatever its bytes.
        for (length, expected) in [
            (most, StatusCode::CREATED),
            (most + 1, StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let mut body = json!({ "title": "a" });
            body[field] = json!("🛒".repeat(length));
            assert_eq!(
                place.post("/tasks", &ada, body).await.status,
                expected,
                "{field} {length}"
            );
        }
    }
    for (length, expected) in [(7, 422), (8, 201), (128, 201), (129, 422)] {
        let email = format!("p{length}@example.org");
        let body = json!({ "email": email, "password": "x".repeat(length) });
        assert_eq!(
            place
                .call(Method::POST, "/auth/register", None, &body)
                .await
                .status
                .as_u16(),
            expected,
            "{length}"
        );
    }
    for (year, expected) in [
        ("0001", 201),
        ("9999", 201),
        ("0000", 422),
        ("+10000", 422),
        ("-0001", 422),
    ] {
        let body = json!({ "title": "a", "due_date": format!("{year}-01-01T00:00:00Z") });
        let made = place.post("/tasks", &ada, body).await;
        assert_eq!(made.status.as_u16(), expected, "{year} {made:?}");
        if expected == 201 {
            let path = format!("/tasks/{}", made.json["id"].as_str().unwrap());
            assert_eq!(place.get(&path, &ada).await.json, made.json);
        }
    }
}

async fn r8_only_listed_origins_are_let_in(place: Place) {
    let ada = place.somebody("ada").await;
    for (origin, is_let_in) in [
        ("https://app.example.org", true),
        ("https://app.example.org.evil.example", false),
        ("http://app.example.org", false),
        ("null", false),
    ] {
        let mut preflight = request(Method::OPTIONS, "/tasks", None, &Value::Null);
        let headers = preflight.headers_mut();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(
            header::ACCESS_CONTROL_REQUEST_METHOD,
            "PATCH".parse().unwrap(),
        );
        headers.insert(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "authorization,content-type".parse().unwrap(),
        );
        let mut get = request(Method::GET, "/tasks", Some(&ada.token), &Value::Null);
        get.headers_mut()
            .insert(header::ORIGIN, origin.parse().unwrap());
        let mut bad = request(Method::GET, "/tasks", None, &Value::Null);
        bad.headers_mut()
            .insert(header::ORIGIN, origin.parse().unwrap());
        for (request, expected) in [(preflight, 200), (get, 200), (bad, 401)] {
            let answer = place.send(request).await;
            assert_eq!(answer.status.as_u16(), expected, "{origin}");
            let allowed = answer.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(
                allowed.is_some_and(|value| value == origin),
                is_let_in,
                "{origin} {answer:?}"
            );
            assert!(allowed.is_none_or(|value| value != "*"));
        }
    }
}

async fn r9_faults_of_the_database_tell_nothing(place: Place) {
    let ada = place.somebody("ada").await;
    let title = json!({ "title": "a" });
    // A statement that finds no table.
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    place
        .db
        .execute_unprepared(&rename("tasks", "tasks_away"))
        .await
        .unwrap();
    for (method, path, body) in [
        (Method::GET, "/tasks", &Value::Null),
        (Method::POST, "/tasks", &title),
        (
            Method::DELETE,
            "/tasks/00000000-0000-7000-8000-000000000000",
            &Value::Null,
        ),
    ] {
        let answer = place.call(method, path, Some(&ada.token), body).await;
        assert_eq!(
            answer.status,
            StatusCode::INTERNAL_SERVER_ERROR,
            "{answer:?}"
        );
        assert_is_error(&answer, path);
        assert_eq!(answer.json["detail"], "internal error");
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert_eq!(
            answer.json["request_id"], id,
            "the log has the rest under it"
        );
    }
    place
        .db
        .execute_unprepared(&rename("tasks_away", "tasks"))
        .await
        .unwrap();
    // A pool that has nothing left.
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(place.db.begin().await.unwrap());
        if place.db.get_database_backend() == sea_orm::DbBackend::Sqlite && taken.len() == 3 {
            break;
        }
    }
    let begun = Instant::now();
    let answer = place.get("/tasks", &ada).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    assert_is_error(&answer, "a full pool");
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    let health = place.call(Method::GET, "/health", None, &Value::Null).await;
    assert_eq!(
        health.json,
        json!({ "status": "unhealthy", "database": "disconnected" })
    );
    for transaction in taken {
        transaction.rollback().await.unwrap();
    }
    assert_eq!(place.get("/tasks", &ada).await.status, StatusCode::OK);
}

async fn r10_every_answer_has_its_headers(place: Place) {
    let ada = place.somebody("ada").await;
    for (path, token) in [
        ("/tasks", Some(&ada.token)),
        ("/tasks", None),
        ("/nowhere", None),
        ("/health", None),
        ("/", None),
        ("/docs/", None),
    ] {
        let answer = place
            .call(Method::GET, path, token.map(String::as_str), &Value::Null)
            .await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';"), "{path} {policy}");
        assert!(
            !policy.contains("http") && !policy.contains("unsafe-eval"),
            "{path} {policy}"
        );
        // Requirement 11: the page has no script in it.
        assert!(
            path == "/docs/" || !policy.contains("unsafe"),
            "{path} {policy}"
        );
        assert!(!policy.contains("script-src"), "{path} {policy}");
    }
    let token = place.log_in(&ada.email, "password of ada").await;
    assert_eq!(token.headers[header::CACHE_CONTROL], "no-store");
}

async fn r14_a_taken_address_is_told(place: Place) {
    let ada = place.somebody("ada").await;
    let before = place.rows().await;
    let body = json!({ "email": ada.email.to_uppercase(), "password": "password123" });
    let answer = place
        .call(Method::POST, "/auth/register", None, &body)
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{answer:?}");
    assert_is_error(&answer, "taken");
    assert_eq!(place.rows().await, before);
    // Of two at once one has it.
    let body = json!({ "email": "eve@example.org", "password": "password123" });
    let (one, two) = tokio::join!(
        place.call(Method::POST, "/auth/register", None, &body),
        place.call(Method::POST, "/auth/register", None, &body)
    );
    let mut both = [one.status.as_u16(), two.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [201, 409]);
}
