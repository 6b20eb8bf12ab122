//! Tokens that must not be taken, tried on every route that needs one.

use axum::http::{Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};

use crate::bad_input::{NO_ID, Route, assert_refused, routes, with_ids};
use crate::place::{Place, request};

on_both!(no_route_takes_a_bad_token);

/// Requirement 3.
async fn no_route_takes_a_bad_token(place: Place) {
    let ada = place.somebody("ada").await;
    let eve = place.somebody("eve").await;
    let gone = place.somebody("gone").await;
    let asleep = place.somebody("asleep").await;
    crate::requirements::delete(&place, &gone).await;
    crate::requirements::put_to_sleep(&place, &asleep).await;
    let at = with_ids(&place, &ada).await;
    let before = place.rows().await;
    let parts: Vec<&str> = ada.token.split('.').collect();
    let eves: Vec<&str> = eve.token.split('.').collect();
    let claims = |extra: Value| {
        let mut claims = json!({ "sub": ada.id, "exp": 4_000_000_000_u64 });
        claims
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        claims
    };
    let own = crate::place::SECRET;
    let mut last = ada.token.clone();
    let changed = if last.pop() == Some('A') { 'E' } else { 'A' };
    let tokens = [
        ("none", String::new()),
        ("no token", "abc".to_owned()),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        (
            "another signature",
            format!("{}.{}.{}", parts[0], parts[1], eves[2]),
        ),
        (
            "another subject",
            format!("{}.{}.{}", parts[0], eves[1], parts[2]),
        ),
        ("one bit", format!("{last}{changed}")),
        (
            "alg none",
            format!("{}.{}.", encode(r#"{"alg":"none","typ":"JWT"}"#), parts[1]),
        ),
        (
            "alg None",
            format!("{}.{}.", encode(r#"{"alg":"None"}"#), parts[1]),
        ),
        (
            "alg RS256",
            format!("{}.{}.{}", encode(r#"{"alg":"RS256"}"#), parts[1], parts[2]),
        ),
        ("another alg", sign("HS512", own, &claims(json!({})))),
        (
            "another key",
            sign(
                "HS256",
                "another secret that has 32 bytes and more",
                &claims(json!({})),
            ),
        ),
        (
            "expired",
            sign("HS256", own, &claims(json!({ "exp": 1_700_000_000 }))),
        ),
        ("no exp", sign("HS256", own, &json!({ "sub": ada.id }))),
        (
            "no sub",
            sign("HS256", own, &json!({ "exp": 4_000_000_000_u64 })),
        ),
        (
            "exp as text",
            sign("HS256", own, &claims(json!({ "exp": "4000000000" }))),
        ),
        (
            "sub is none",
            sign("HS256", own, &claims(json!({ "sub": "admin" }))),
        ),
        (
            "nobody",
            sign("HS256", own, &claims(json!({ "sub": NO_ID }))),
        ),
        ("a deleted account", gone.token.clone()),
        ("an account asleep", asleep.token.clone()),
        ("very long", "x".repeat(7000)),
    ];
    // What is signed so is fine otherwise.
    let good = sign("HS256", own, &claims(json!({})));
    assert_eq!(
        place
            .call(Method::GET, "/auth/me", Some(&good), &Value::Null)
            .await
            .status,
        StatusCode::OK
    );
    for Route {
        method,
        path,
        fields,
        is_open,
        ..
    } in routes(&place).await
    {
        if is_open {
            continue;
        }
        let body = fields.map_or(Value::Null, |fields| {
            Value::Object(fields.into_iter().collect())
        });
        for (case, token) in &tokens {
            let told = format!("{method} {path}, {case}");
            let request = request(method.clone(), &at(&path), Some(token), &body);
            let answer = assert_refused(&place, request, &[401], &told).await;
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer", "{told}");
            assert_eq!(answer.json["detail"], "not authenticated", "{told}");
        }
        for value in [
            "",
            "Bearer",
            "Basic YWRhOnB3",
            &ada.token,
            "bearer  ",
            "Bearer \u{ff}",
        ] {
            let mut request = request(method.clone(), &at(&path), None, &body);
            let value = header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().insert(header::AUTHORIZATION, value);
            assert_refused(&place, request, &[401], &format!("{method} {path}")).await;
        }
    }
    assert_eq!(place.rows().await, before);
}

fn encode(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A token as a forger who knows the key would make it, without the library that reads it.
fn sign(algorithm: &str, key: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT" }).to_string();
    let text = format!("{}.{}", encode(header), encode(claims.to_string()));
    let key = key.as_bytes();
    let signature = match algorithm {
        "HS512" => {
            let hash = Hmac::<sha2::Sha512>::new_from_slice(key).unwrap();
            hash.chain_update(&text).finalize().into_bytes().to_vec()
        }
        _ => {
            let hash = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
            hash.chain_update(&text).finalize().into_bytes().to_vec()
        }
    };
    format!("{text}.{}", encode(signature))
}
