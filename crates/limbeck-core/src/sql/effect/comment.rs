//! What comments announce, and which objects they mean.

use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::{TokenKind, lex, unquoted};

/// What comments announce.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announced {
    /// The objects behind `-- loses:`.
    pub losses: BTreeSet<String>,
    /// The objects behind `-- hazard: may_fail:`.
    pub failures: BTreeSet<String>,
}

/// What the comment lines of a text announce.
pub fn announced(sql: &str, dialect: Dialect) -> Announced {
    let mut announced = Announced::default();
    for token in lex(sql, dialect).unwrap_or_default() {
        if token.kind != TokenKind::LineComment {
            continue;
        }
        let text = token.text(sql).trim_start_matches('-').trim();
        if let Some(object) = text.strip_prefix("loses:") {
            announced.losses.insert(object.trim().to_owned());
        } else if let Some(rest) = text.strip_prefix("hazard: may_fail:") {
            let object = rest.split(": ").next().unwrap_or_default();
            announced.failures.insert(object.trim().to_owned());
        }
    }
    announced
}

/// The parts of a name as messages show it.
fn parts(text: &str, dialect: Dialect) -> Vec<String> {
    // A name that needs no quotes in a message may need them in SQL, and is cut at its dots.
    if !text.contains('"') {
        return text.split('.').map(str::to_owned).collect();
    }
    let tokens = lex(text, dialect).unwrap_or_default();
    let names = tokens.iter().filter_map(|token| {
        if token.kind == TokenKind::QuotedIdentifier {
            return unquoted(token.text(text));
        }
        let is_part = matches!(token.kind, TokenKind::Word | TokenKind::Number);
        is_part.then(|| token.text(text).to_owned())
    });
    names.collect()
}

/// The tables and columns that a name in a comment can mean.
pub fn readings(text: &str, dialect: Dialect) -> Vec<(QualifiedName, Option<String>)> {
    let parts = parts(text, dialect);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [table] => vec![(QualifiedName::new(*table), None)],
        [first, second] => vec![
            (QualifiedName::new(*first), Some((*second).to_owned())),
            (QualifiedName::within(Some(first), *second), None),
        ],
        [schema, table, column] => vec![(
            QualifiedName::within(Some(schema), *table),
            Some((*column).to_owned()),
        )],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_announce() {
        let found = announced(
            "-- loses: tasks.note\nSELECT '-- loses: x';\n-- hazard: may_fail: a.b: rows that hold NULL\n-- a comment\nSELECT 1",
            Dialect::Postgres,
        );
        assert_eq!(found.losses, ["tasks.note".to_owned()].into());
        assert_eq!(found.failures, ["a.b".to_owned()].into());
        assert_eq!(parts("\"a.b\".c", Dialect::Postgres), ["a.b", "c"]);
        assert_eq!(
            parts("task lists.c d", Dialect::Postgres),
            ["task lists", "c d"]
        );
    }
}
