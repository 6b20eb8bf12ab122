//! The parts of a condition that must all hold.

use crate::dialect::Dialect;
use crate::sql::{Token, lex};

/// The parts of a conjunction, without the parentheses around them; the whole where it is none.
pub fn conjuncts(expression: &str, dialect: Dialect) -> Vec<&str> {
    let bare = without_parentheses(expression, dialect);
    let mut depth = 0usize;
    let mut parts = Vec::new();
    let mut start = 0;
    for token in &significant(bare, dialect) {
        match token.text(bare) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            word => match word.to_ascii_lowercase().as_str() {
                // An OR binds less, and the AND of a BETWEEN joins nothing.
                "or" | "between" | "case" => return vec![bare],
                "and" => {
                    parts.push(&bare[start..token.range.start]);
                    start = token.range.end;
                }
                _ => {}
            },
        }
    }
    if parts.is_empty() {
        return vec![bare];
    }
    parts.push(&bare[start..]);
    parts
        .into_iter()
        .flat_map(|part| conjuncts(part, dialect))
        .collect()
}

/// An expression without the parentheses around all of it.
pub(crate) fn without_parentheses(expression: &str, dialect: Dialect) -> &str {
    let mut bare = expression.trim();
    loop {
        let tokens = significant(bare, dialect);
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return bare;
        };
        if first.text(bare) != "(" || last.text(bare) != ")" {
            return bare;
        }
        let mut depth = 0usize;
        for (at, token) in tokens.iter().enumerate() {
            match token.text(bare) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && at + 1 < tokens.len() {
                return bare;
            }
        }
        bare = bare[first.range.end..last.range.start].trim();
    }
}

fn significant(text: &str, dialect: Dialect) -> Vec<Token> {
    let mut tokens = lex(text, dialect).unwrap_or_default();
    tokens.retain(Token::is_significant);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjunctions_are_taken_apart() {
        for (expression, parts) in [
            ("a IS NOT NULL", vec!["a IS NOT NULL"]),
            (
                "((a IS NOT NULL) AND (b > 0))",
                vec!["a IS NOT NULL", "b > 0"],
            ),
            ("a and (b AND (c OR d))", vec!["a", "b", "c OR d"]),
            ("a OR b AND c", vec!["a OR b AND c"]),
            (
                "a BETWEEN 1 AND b IS NOT NULL",
                vec!["a BETWEEN 1 AND b IS NOT NULL"],
            ),
            ("(a) = (b)", vec!["(a) = (b)"]),
            ("", vec![""]),
        ] {
            assert_eq!(conjuncts(expression, Dialect::Postgres), parts);
        }
    }
}
