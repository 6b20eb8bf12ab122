//! What statements do through code that they hold or call, and which nothing tells for sure.

use std::collections::BTreeSet;

use super::statement::anywhere;
use super::{Effect, Reach, Words};
use crate::dialect::Dialect;
use crate::sql::{Statement, Token, TokenKind, has_word, lex, unquoted};

/// The longest statement that a message shows.
const SHOWN_CHARACTERS: usize = 120;

/// Something of the statement that is not told.
pub(super) fn touching(statement: &Statement, verb: &str, reach: Reach) -> Effect {
    Effect::Unknown {
        what: touched(statement, verb),
        reach,
    }
}

/// `what … changes`, as a message says it.
pub fn touched(statement: &Statement, verb: &str) -> String {
    let words: Vec<&str> = statement.text.split_whitespace().collect();
    let mut shown = words.join(" ");
    if shown.chars().count() > SHOWN_CHARACTERS {
        shown = shown.chars().take(SHOWN_CHARACTERS - 1).collect();
        shown.push('…');
    }
    format!("what `{shown}` {verb}")
}

/// Functions that a statement calls.
pub(super) fn calls(text: &Words<'_>, statement: &Statement) -> Option<Effect> {
    let called = called(text);
    (!called.is_empty()).then(|| touching(statement, "changes", Reach::Functions(called)))
}

fn called(text: &Words<'_>) -> BTreeSet<String> {
    (0..text.len())
        .filter(|at| text.text(at + 1) == "(")
        .filter_map(|at| text.identifier(at))
        .collect()
}

/// A function or procedure that is made.
pub(super) fn function(text: &Words<'_>) -> Option<Effect> {
    let at = text.skip(1, &["or", "replace"]);
    let is_code = text.is_any(at, &["function", "procedure"]);
    let name = text.name(at + 1).filter(|_| is_code)?.0;
    Some(Effect::CreateFunction(name))
}

/// Whether the last word switches something off.
pub(super) fn is_off(text: &Words<'_>) -> bool {
    let last = text.skip(3, &["("]);
    text.is_any(last, &["off", "0", "no", "false"])
}

/// An attribute of a composite type goes, and with it what columns hold of it.
pub(super) fn attribute(statement: &Statement, text: &Words<'_>) -> Option<Effect> {
    let mut at = 0..text.len();
    let goes = at.any(|at| text.is_any(at, &["drop", "alter"]) && text.is(at + 1, "attribute"));
    goes.then(|| touching(statement, "takes along", Reach::Any))
}

/// A DO block: which of its statements run, and with which values, is not known.
pub(super) fn block(statement: &Statement) -> Vec<Effect> {
    let unknown = |reach: Reach| Effect::Unknown {
        what: "what a DO block changes or deletes".to_owned(),
        reach,
    };
    let bodies = bodies(&statement.text);
    if bodies.is_empty() {
        // In a plain string, with or without escapes, it is not read.
        return vec![unknown(Reach::Any)];
    }
    let mut found = Vec::new();
    for body in bodies {
        let text = Words::new(body, Dialect::Postgres);
        let has = |word: &str| has_word(body, word);
        let writes = ["drop", "delete", "truncate", "update", "merge"];
        if has("execute") {
            // What is put together from strings is not known.
            found.push(unknown(Reach::Any));
        } else if writes.into_iter().any(has) || (has("alter") && has("type")) {
            found.push(unknown(Reach::Named(text.identifiers().collect())));
        }
        let called = called(&text);
        if !called.is_empty() {
            found.push(Effect::Unknown {
                what: "what `DO` changes".to_owned(),
                reach: Reach::Functions(called),
            });
        }
        found.extend((0..text.len()).flat_map(|at| anywhere(&text, at)));
    }
    found
}

/// A statement with other texts in its dollar quotes.
#[must_use]
pub fn with_bodies(sql: &str, change: impl Fn(&str) -> String) -> String {
    let mut changed = sql.to_owned();
    let tokens = lex(sql, Dialect::Postgres).unwrap_or_default();
    for token in tokens.iter().rev() {
        if token.kind == TokenKind::DollarString {
            let body = inside(token.text(sql));
            let start = token.range.start + (token.range.len() - body.len()) / 2;
            changed.replace_range(start..start + body.len(), &change(body));
        }
    }
    changed
}

/// The texts in dollar quotes.
pub fn bodies(sql: &str) -> Vec<&str> {
    let tokens = lex(sql, Dialect::Postgres).unwrap_or_default();
    let is_body = |token: &&Token| token.kind == TokenKind::DollarString;
    tokens
        .iter()
        .filter(is_body)
        .map(|token| inside(token.text(sql)))
        .collect()
}

/// The text between dollar delimiters.
pub fn inside(text: &str) -> &str {
    let end = text[1..].find('$').map_or(0, |end| end + 2);
    text.get(end..text.len().saturating_sub(end))
        .unwrap_or_default()
}

/// Every name and word of a text, as a catalog would have them; strings that hold code are read too.
pub fn words(sql: &str, dialect: Dialect) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for token in lex(sql, dialect).unwrap_or_default() {
        let text = token.text(sql);
        if token.kind == TokenKind::Word {
            words.insert(text.to_lowercase());
        } else if token.kind == TokenKind::QuotedIdentifier {
            // A name in escapes is none that a catalog has.
            let name = unquoted(text).unwrap_or_else(|| text.to_owned());
            if dialect == Dialect::Sqlite {
                words.insert(name.to_lowercase());
            }
            words.insert(name);
        } else if token.kind == TokenKind::DollarString {
            words.extend(self::words(inside(text), dialect));
        }
    }
    words
}
