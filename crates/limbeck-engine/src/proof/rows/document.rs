//! Documents that an expression about JSON asks for: with its keys, and values of several kinds.

use limbeck_core::sql::{Token, TokenKind};
use serde_json::{Map, Value as Json, json};

/// So many documents are made of an expression.
const MOST_DOCUMENTS: usize = 150;

/// Documents with the keys that the tokens of an expression name; `texts` and `lengths` are those it
/// speaks of.
pub(super) fn documents(
    expression: &str,
    tokens: &[Token],
    texts: &[String],
    lengths: &[usize],
) -> Vec<String> {
    let words = bare(expression, tokens);
    let mut paths: Vec<Vec<String>> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (path, next) = path_at(&words, at);
        for path in path {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        at = next.max(at + 1);
    }
    let leaves = leaves(texts, lengths);
    let mut documents = Vec::new();
    let mut put = |document: Json| {
        let text = document.to_string();
        if documents.len() < MOST_DOCUMENTS && !documents.contains(&text) {
            documents.push(text);
        }
    };
    if paths.is_empty() {
        leaves.into_iter().for_each(put);
        return documents;
    }
    let bases: Vec<Json> = std::iter::once(json!({}))
        .chain(texts.iter().filter_map(|text| {
            let document: Json = serde_json::from_str(text).ok()?;
            document.is_object().then_some(document)
        }))
        .collect();
    // The same everywhere, and then another one in each place.
    for base in bases.iter().rev() {
        for step in 0..=paths.len().min(4) {
            for (number, _) in leaves.iter().enumerate() {
                let mut document = base.clone();
                for (place, path) in paths.iter().enumerate() {
                    let leaf = &leaves[(number + step * place) % leaves.len()];
                    set(&mut document, path, leaf);
                }
                put(document);
            }
        }
    }
    documents
}

/// The tokens' texts without parentheses and casts, which say nothing of keys.
fn bare<'a>(expression: &'a str, tokens: &[Token]) -> Vec<(TokenKind, &'a str)> {
    let mut words: Vec<(TokenKind, &str)> = Vec::new();
    let mut is_cast = false;
    for token in tokens {
        let text = token.text(expression);
        match text {
            "::" => is_cast = true,
            "(" | ")" => {}
            "[" | "]" if is_cast => {}
            _ if is_cast && token.kind == TokenKind::Word => {}
            _ => {
                is_cast = false;
                words.push((token.kind, text));
            }
        }
    }
    words
}

/// The paths that begin at a word, and where reading goes on.
fn path_at(words: &[(TokenKind, &str)], at: usize) -> (Vec<Vec<String>>, usize) {
    let text = |at: usize| words.get(at).map_or("", |(_, text)| *text);
    let key = |at: usize| -> Option<String> {
        let (kind, text) = words.get(at)?;
        (*kind == TokenKind::String).then(|| unquoted(text))
    };
    let mut path = Vec::new();
    let mut next = at;
    while matches!(text(next), "->" | "->>" | "?")
        && let Some(one) = key(next + 1)
    {
        path.extend(one.trim_start_matches("$.").split('.').map(str::to_owned));
        next += 2;
    }
    if !path.is_empty() {
        return (vec![path], next);
    }
    match text(at).to_ascii_lowercase().as_str() {
        "#>" | "#>>" => {
            let path = key(at + 1).map(|list| members(&list));
            (path.into_iter().collect(), at + 2)
        }
        "?&" | "?|" => {
            if let Some(list) = key(at + 1) {
                let paths = members(&list).into_iter().map(|one| vec![one]);
                return (paths.collect(), at + 2);
            }
            // ARRAY['x', 'y']
            let mut paths = Vec::new();
            let mut next = at + 1;
            while matches!(
                text(next).to_ascii_lowercase().as_str(),
                "array" | "[" | ","
            ) || key(next).is_some()
            {
                paths.extend(key(next).map(|one| vec![one]));
                next += 1;
            }
            (paths, next)
        }
        _ => {
            // A path as SQLite and jsonpath have it: '$.a.b'.
            let path = key(at).filter(|one| one.starts_with("$."));
            let path = path.map(|one| {
                one[2..]
                    .split('.')
                    .map(|part| part.trim_matches('"').to_owned())
                    .filter(|part| !part.is_empty())
                    .collect()
            });
            (path.into_iter().collect(), at + 1)
        }
    }
}

fn unquoted(text: &str) -> String {
    let inner = text.trim_start_matches(['E', 'e', 'N', 'n']);
    inner.trim_matches('\'').replace("''", "'")
}

fn members(list: &str) -> Vec<String> {
    let inner = list.trim_start_matches('{').trim_end_matches('}');
    inner
        .split(',')
        .map(|one| one.trim_matches('"').to_owned())
        .filter(|one| !one.is_empty())
        .collect()
}

/// Values of several kinds, those that the expression speaks of first.
fn leaves(texts: &[String], lengths: &[usize]) -> Vec<Json> {
    let mut leaves = Vec::new();
    let mut put = |leaf: Json| {
        if !leaves.contains(&leaf) {
            leaves.push(leaf);
        }
    };
    put(json!(1));
    put(json!("a"));
    for text in texts.iter().take(12) {
        if let Ok(number @ Json::Number(_)) = serde_json::from_str(text) {
            put(number);
        }
        put(json!(text));
    }
    put(json!(true));
    put(json!({}));
    for length in lengths.iter().filter(|length| **length <= 50) {
        put(Json::Array((1..=*length).map(|one| json!(one)).collect()));
        put(Json::Array(vec![json!("a"); *length]));
    }
    for leaf in [
        json!([1]),
        json!(["a"]),
        json!([{}]),
        json!({"a": 1}),
        json!([]),
        Json::Null,
    ] {
        put(leaf);
    }
    leaves
}

/// Puts a value at a path, and objects on the way to it.
fn set(document: &mut Json, path: &[String], leaf: &Json) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if !document.is_object() {
        *document = Json::Object(Map::new());
    }
    let Some(members) = document.as_object_mut() else {
        return;
    };
    if rest.is_empty() {
        // What stands there is what the expression wants, or an object with other keys of it.
        members.entry(first.clone()).or_insert_with(|| leaf.clone());
    } else {
        set(
            members.entry(first.clone()).or_insert(json!({})),
            rest,
            leaf,
        );
    }
}

#[cfg(test)]
mod tests {
    use limbeck_core::dialect::Dialect;
    use limbeck_core::sql::lex;

    use super::*;

    #[test]
    fn documents_have_the_keys_of_an_expression() {
        for (dialect, expression, texts, expected) in [
            (Dialect::Postgres, "(j ? 'k'::text)", vec![], "{\"k\":1}"),
            (
                Dialect::Postgres,
                "((j -> 'a'::text) ->> 'b'::text) = 'x'",
                vec!["x"],
                "{\"a\":{\"b\":\"x\"}}",
            ),
            (
                Dialect::Postgres,
                "j ?& ARRAY['x', 'y']",
                vec![],
                "{\"x\":1,\"y\":1}",
            ),
            (
                Dialect::Postgres,
                "j ?| '{x,y}'::text[]",
                vec![],
                "{\"x\":true,\"y\":true}",
            ),
            (
                Dialect::Postgres,
                "jsonb_array_length(j) > 1",
                vec![],
                "[1,2]",
            ),
            (
                Dialect::Postgres,
                "j @> '{\"v\": 1}' AND j ? 'k'",
                vec!["{\"v\": 1}"],
                "{\"k\":1,\"v\":1}",
            ),
            (
                Dialect::Sqlite,
                "json_extract(e, '$.a.b') > 0",
                vec![],
                "{\"a\":{\"b\":1}}",
            ),
            (
                Dialect::Sqlite,
                "e ->> 'k' = 'x'",
                vec!["x"],
                "{\"k\":\"x\"}",
            ),
        ] {
            let mut tokens = lex(expression, dialect).expect("tokens");
            tokens.retain(Token::is_significant);
            let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
            let found = documents(expression, &tokens, &texts, &[2]);
            assert!(
                found.iter().any(|one| one == expected),
                "{expression}: {found:?}"
            );
        }
    }
}
