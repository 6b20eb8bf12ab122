//! Expressions as text: the parentheses around the whole of one.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{Token, lex};

/// The text without white space and without any parentheses that enclose all of it.
pub fn without_parentheses(text: &str, dialect: Dialect) -> &str {
    let Ok(mut tokens) = lex(text, dialect) else {
        return text;
    };
    tokens.retain(Token::is_significant);
    let mut inner = tokens.as_slice();
    while encloses_all(inner, text) {
        inner = &inner[1..inner.len() - 1];
    }
    match (inner.first(), inner.last()) {
        (Some(first), Some(last)) => &text[first.range.start..last.range.end],
        _ => text.trim(),
    }
}

/// Whether the first token opens a parenthesis that only the last one closes.
fn encloses_all(tokens: &[Token], text: &str) -> bool {
    let mut depth = 0_usize;
    if tokens.len() < 3 || tokens[0].text(text) != "(" {
        return false;
    }
    for (position, token) in tokens.iter().enumerate() {
        match token.text(text) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return position + 1 == tokens.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parentheses_around_everything_are_removed() {
        for (text, expected) in [
            ("(a > 0)", "a > 0"),
            ("((a) > (0))", "(a) > (0)"),
            ("(a) > (0)", "(a) > (0)"),
            ("(((a || b)))", "a || b"),
            ("('(' || a)", "'(' || a"),
            ("(a = ')') OR (b = '(')", "(a = ')') OR (b = '(')"),
            ("  now() ", "now()"),
            ("()", "()"),
            ("", ""),
        ] {
            assert_eq!(without_parentheses(text, Dialect::Postgres), expected);
        }
    }
}
