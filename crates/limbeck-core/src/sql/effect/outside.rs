//! Statements that reach outside of the database in which they run: for its server, and for files.

use super::Words;
use crate::dialect::Dialect;
use crate::sql::{Statement, Token, TokenKind, unquoted};

/// SQLite's settings that change what later statements may do, or where files are made.
const PRAGMAS: [&str; 6] = [
    "data_store_directory",
    "lock_proxy_file",
    "temp_store_directory",
    "trusted_schema",
    "vdbe_listing",
    "writable_schema",
];

/// What is done to roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleVerb {
    /// CREATE ROLE, or USER or GROUP.
    Create,
    /// ALTER.
    Alter,
    /// DROP.
    Drop,
}

/// What a PostgreSQL statement does to roles, and their names: one, or all of a DROP.
pub fn on_roles(statement: &Statement) -> Option<(RoleVerb, Vec<String>)> {
    let text = Words::new(&statement.text, Dialect::Postgres);
    let verb = match text.keyword(0).as_str() {
        "create" => RoleVerb::Create,
        "alter" => RoleVerb::Alter,
        "drop" => RoleVerb::Drop,
        _ => return None,
    };
    if !text.is_any(1, &["role", "user", "group"]) || text.is(2, "mapping") {
        return None;
    }
    let start = text.skip(2, &["if", "exists"]);
    let names = (start..text.len()).filter_map(|at| text.identifier(at));
    Some(match verb {
        RoleVerb::Create | RoleVerb::Alter => (verb, names.take(1).collect()),
        RoleVerb::Drop => (verb, names.collect()),
    })
}

/// The roles that statements in a text make, a block among them, as they are spelled, and the place
/// behind each statement.
pub fn made_roles(sql: &str) -> Vec<(String, usize)> {
    let text = Words::new(sql, Dialect::Postgres);
    let mut made = Vec::new();
    for at in 0..text.len() {
        let is_role = text.is(at, "create") && text.is_any(at + 1, &["role", "user", "group"]);
        if !is_role || text.is(at + 2, "mapping") || text.text(at + 2).is_empty() {
            continue;
        }
        let end = text.tokens()[at..]
            .iter()
            .find(|token| token.text(sql) == ";");
        made.push((
            text.text(at + 2).to_owned(),
            end.map_or(sql.len(), |token| token.range.end),
        ));
    }
    made
}

/// The places of the words with which CREATE ROLE and ALTER ROLE give what only a superuser can give.
pub fn great_rights(sql: &str) -> Vec<usize> {
    const GREAT: [&str; 4] = ["superuser", "replication", "bypassrls", "createdb"];
    let text = Words::new(sql, Dialect::Postgres);
    let mut places = Vec::new();
    // Where the statement began: in a block, `THEN` and its like stand before it.
    let mut start = None;
    for (at, token) in text.tokens().iter().enumerate() {
        match text.keyword(at).as_str() {
            ";" => start = None,
            "create" | "alter" => start = Some(at),
            word => {
                let of_role = start.is_some_and(|start| {
                    at > start + 2 && text.is_any(start + 1, &["role", "user", "group"])
                });
                if of_role && token.kind == TokenKind::Word && GREAT.contains(&word) {
                    places.push(token.range.start);
                }
            }
        }
    }
    places
}

/// Whether a PostgreSQL statement would change something of its server: roles, databases and
/// tablespaces belong to a whole cluster (PostgreSQL manual, chapter 22).
pub fn reaches_server(statement: &Statement) -> bool {
    let words = statement.words(4);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create" | "alter" | "drop", "user", "mapping", ..] => false,
        [
            "create" | "alter" | "drop",
            "role" | "user" | "group" | "database" | "tablespace" | "subscription",
            ..,
        ]
        | ["alter", "system", ..]
        | ["reassign" | "drop", "owned", ..]
        | ["comment", "on", "database" | "role" | "tablespace", ..] => true,
        // Membership in a role, unlike a privilege on something, has no ON.
        ["grant" | "revoke", ..] => {
            let text = Words::new(&statement.text, Dialect::Postgres);
            !(0..text.len()).any(|at| text.keyword(at) == "on")
        }
        _ => false,
    }
}

/// The first token with which SQLite reaches for files.
///
/// A statement begins at the start of a text, behind each `;`, and behind EXPLAIN, also where
/// `sql::split` sees the body of a trigger.
pub fn reaches_files(sql: &str) -> Option<Token> {
    let text = Words::new(sql, Dialect::Sqlite);
    let is = |at: usize, words: &[&str]| {
        let word = match text.tokens().get(at) {
            Some(token) if token.kind == TokenKind::QuotedIdentifier => unquoted(text.text(at)),
            _ => Some(text.text(at).to_owned()),
        };
        word.is_some_and(|word| words.iter().any(|one| word.eq_ignore_ascii_case(one)))
    };
    let mut starts = true;
    for (at, token) in text.tokens().iter().enumerate() {
        let explains = is(at, &["explain"]) || is(at, &["query"]) && is(at + 1, &["plan"]);
        let plans = is(at, &["plan"]) && at > 0 && is(at - 1, &["query"]);
        let reaches = if starts {
            is(at, &["attach"])
                || is(at, &["vacuum"])
                    && (at + 1..text.len())
                        .take_while(|one| !is(*one, &[";"]))
                        .any(|one| is(one, &["into"]))
                || is(at, &["pragma"])
                    && (is(at + 1, &PRAGMAS) || is(at + 2, &["."]) && is(at + 3, &PRAGMAS))
        } else {
            is(at, &["load_extension"]) && is(at + 1, &["("])
        };
        if reaches {
            return Some(token.clone());
        }
        starts = is(at, &[";"]) || starts && (explains || plans);
    }
    None
}
