//! Strings in double quotes, which SQLite takes where no column has the name
//! (sqlite.org/quirks.html, section 8).

use crate::dialect::Dialect;
use crate::sql::{Token, TokenKind, lex, quote_literal, unquoted};

/// Returns the expression with every string in single quotes: `"done"` is one where `is_column`
/// knows no column of that name.
///
/// Everything else stays as it is written. Other quotes than double ones never make a string.
pub fn with_strings_quoted(expression: &str, is_column: impl Fn(&str) -> bool) -> String {
    let Ok(mut tokens) = lex(expression, Dialect::Sqlite) else {
        return expression.to_owned();
    };
    tokens.retain(Token::is_significant);
    let mut text = String::with_capacity(expression.len());
    let mut copied = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::QuotedIdentifier || !is_value(expression, &tokens, index) {
            continue;
        }
        let name = Some(token.text(expression)).filter(|name| name.starts_with('"'));
        let Some(name) = name.and_then(unquoted).filter(|name| !is_column(name)) else {
            continue;
        };
        text.push_str(&expression[copied..token.range.start]);
        text.push_str(&quote_literal(&name));
        copied = token.range.end;
    }
    text.push_str(&expression[copied..]);
    text
}

/// Whether a name at this place is a value: none that calls, qualifies or is qualified, and none of a
/// type or a collation.
fn is_value(expression: &str, tokens: &[Token], index: usize) -> bool {
    let text = |at: Option<usize>| {
        let token = at.and_then(|at| tokens.get(at));
        token.map_or(String::new(), |token| {
            token.text(expression).to_ascii_lowercase()
        })
    };
    let before = text(index.checked_sub(1));
    !matches!(text(Some(index + 1)).as_str(), "(" | ".")
        && !matches!(before.as_str(), "." | "as" | "collate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_column_is_a_string() {
        for (expression, expected) in [
            (r#"a <> "done""#, "a <> 'done'"),
            (r#""A" <> "it's""#, r#""A" <> 'it''s'"#),
            (r#"a <> "say ""so""""#, r#"a <> 'say "so"'"#),
            (r#"a <> ("x" || [x] || `x`)"#, "a <> ('x' || [x] || `x`)"),
            (
                r#"a COLLATE "nocase" = t."b""#,
                r#"a COLLATE "nocase" = t."b""#,
            ),
            (r#""lower"(a) = "t".a"#, r#""lower"(a) = "t".a"#),
            (r#"CAST(a AS "text")"#, r#"CAST(a AS "text")"#),
            ("a <> 'b' -- \"c\"", "a <> 'b' -- \"c\""),
            ("'open", "'open"),
        ] {
            let found = with_strings_quoted(expression, |name| name.eq_ignore_ascii_case("a"));
            assert_eq!(found, expected);
        }
    }
}
