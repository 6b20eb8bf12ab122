//! The tables that a statement names.

use super::identifier::name_of;
use super::{Token, TokenKind, lex};
use crate::dialect::Dialect;

/// Words before the name of a table.
const BEFORE_TABLE: [&str; 4] = ["from", "join", "into", "update"];
/// Words that end a list of tables, or stand where one could.
const AFTER_TABLES: [&str; 12] = [
    "select",
    "values",
    "where",
    "group",
    "order",
    "limit",
    "having",
    "window",
    "union",
    "except",
    "intersect",
    "set",
];

/// Returns the tables that a statement reads or writes, without their schemas, in the order in which
/// they are named.
pub fn tables_named(statement: &str, dialect: Dialect) -> Vec<String> {
    let mut tokens = lex(statement, dialect).unwrap_or_default();
    tokens.retain(Token::is_significant);
    let text = |index: usize| {
        let token = tokens.get(index);
        token.map_or(String::new(), |token| {
            token.text(statement).to_ascii_lowercase()
        })
    };
    let mut tables = Vec::new();
    // Whether a list of tables is open, for each parenthesis that is.
    let mut lists = vec![false];
    let mut is_expected = false;
    let mut index = 0;
    while index < tokens.len() {
        let word = text(index);
        let list = lists.last_mut();
        match word.as_str() {
            "(" => lists.push(is_expected),
            ")" => {
                if lists.len() > 1 {
                    lists.pop();
                }
                is_expected = false;
            }
            "," => is_expected = list.is_some_and(|list| *list),
            word if BEFORE_TABLE.contains(&word) => {
                is_expected = true;
                if let Some(list) = list {
                    *list |= word == "from";
                }
            }
            word if AFTER_TABLES.contains(&word) => {
                is_expected = false;
                if let Some(list) = list {
                    *list = false;
                }
            }
            // UPDATE OR IGNORE
            "or" if is_expected => index += 1,
            _ if is_expected => {
                // The schema stands before the name.
                if text(index + 1) == "." {
                    index += 2;
                }
                let token = tokens.get(index);
                tables.extend(token.and_then(|token| table_name(statement, token)));
                is_expected = false;
            }
            _ => {}
        }
        index += 1;
    }
    tables
}

/// SQLite takes a string for a name where only a name can stand (sqlite.org/quirks.html, section 8).
fn table_name(statement: &str, token: &Token) -> Option<String> {
    if token.kind == TokenKind::String {
        let text = token.text(statement);
        return Some(text.trim_matches('\'').replace("''", "'"));
    }
    name_of(statement, token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_told_from_columns() {
        for (statement, expected) in [
            ("CREATE VIEW v AS SELECT a, b FROM t", &["t"][..]),
            ("SELECT t.id FROM u, t AS x WHERE a IN (1, b)", &["u", "t"]),
            (
                "SELECT a FROM u JOIN main.\"T t\" ON u.a = b, w ORDER BY a, b",
                &["u", "T t", "w"],
            ),
            (
                "SELECT (SELECT max(a, b) FROM x), c FROM (SELECT a, d FROM y, z) q, w",
                &["x", "y", "z", "w"],
            ),
            ("SELECT a FROM (t, u)", &["t", "u"]),
            (
                "WITH c AS (SELECT 1) SELECT * FROM c UNION SELECT a, t FROM u",
                &["c", "u"],
            ),
            ("UPDATE OR IGNORE t SET a = 1", &["t"]),
            ("SELECT a FROM 'it''s'", &["it's"]),
            (
                "CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN INSERT INTO log (a, b) VALUES (1, 2); UPDATE u SET a = 1, b = 2; DELETE FROM w; END",
                &["of", "log", "u", "w"],
            ),
        ] {
            assert_eq!(
                tables_named(statement, Dialect::Sqlite),
                expected,
                "{statement}"
            );
        }
    }
}
