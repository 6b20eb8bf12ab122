//! The tokens of a statement that mean something, read by their place.

use crate::dialect::Dialect;
use crate::schema::QualifiedName;
use crate::sql::{Token, TokenKind, lex, unquoted};

/// Tokens that mean something, with the text they are cut from.
pub struct Words<'a> {
    sql: &'a str,
    dialect: Dialect,
    tokens: Vec<Token>,
}

impl<'a> Words<'a> {
    /// The tokens of a statement, without comments.
    pub fn new(sql: &'a str, dialect: Dialect) -> Self {
        let mut tokens = lex(sql, dialect).unwrap_or_default();
        tokens.retain(Token::is_significant);
        Self {
            sql,
            dialect,
            tokens,
        }
    }

    /// The dialect by whose rules they are read.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "a statement has tokens")]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// All of them, with their places in the text.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The token at a place; empty behind the last one.
    pub fn text(&self, at: usize) -> &'a str {
        let token = self.tokens.get(at);
        token.map_or("", |token| token.text(self.sql))
    }

    /// The token at a place as keywords are compared: in lower case; a name in quotes and a string
    /// are their first sign, which no keyword is.
    pub fn keyword(&self, at: usize) -> String {
        match self.tokens.get(at).map(|token| token.kind) {
            Some(TokenKind::String | TokenKind::DollarString) => "'".to_owned(),
            Some(TokenKind::QuotedIdentifier) => "\"".to_owned(),
            _ => self.text(at).to_ascii_lowercase(),
        }
    }

    /// Whether a word stands at a place.
    pub fn is(&self, at: usize, word: &str) -> bool {
        self.text(at).eq_ignore_ascii_case(word)
    }

    /// Whether one of these words stands at a place.
    pub fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// The first place from here on that has none of these words.
    pub fn skip(&self, mut at: usize, words: &[&str]) -> usize {
        while self.is_any(at, words) {
            at += 1;
        }
        at
    }

    /// The name at a place, as a catalog would have it.
    pub fn identifier(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let text = token.text(self.sql);
        if token.kind == TokenKind::QuotedIdentifier {
            return unquoted(text);
        }
        (token.kind == TokenKind::Word).then(|| match self.dialect {
            Dialect::Postgres => text.to_ascii_lowercase(),
            // SQLite keeps the case in which a name was written.
            Dialect::Sqlite => text.to_owned(),
        })
    }

    /// All names and words, as a catalog would have them.
    pub fn identifiers(&self) -> impl Iterator<Item = String> {
        (0..self.len()).filter_map(|at| self.identifier(at))
    }

    /// A name with or without schema, and where it ends.
    pub fn name(&self, at: usize) -> Option<(QualifiedName, usize)> {
        let first = self.identifier(at)?;
        if self.text(at + 1) != "." {
            return Some((QualifiedName::new(first), at + 1));
        }
        let name = self.identifier(at + 2)?;
        Some((QualifiedName::within(Some(&first), name), at + 3))
    }

    /// The text of these tokens, with what stands between them.
    pub fn between(&self, from: usize, to: usize) -> &'a str {
        let (Some(first), Some(last)) = (
            self.tokens.get(from),
            to.checked_sub(1).and_then(|last| self.tokens.get(last)),
        ) else {
            return "";
        };
        self.sql
            .get(first.range.start..last.range.end)
            .unwrap_or_default()
    }

    /// The first place from here on, outside of parentheses, where one of these words stands; else
    /// the end of the statement.
    pub fn outside(&self, from: usize, words: &[&str]) -> usize {
        let mut depth = 0usize;
        for at in from..self.tokens.len() {
            match self.text(at) {
                "(" | "[" => depth += 1,
                ")" | "]" if depth == 0 => return at,
                ")" | "]" => depth -= 1,
                ";" if depth == 0 => return at,
                _ if depth == 0 && self.is_any(at, words) => return at,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// The ranges between commas outside of parentheses.
    pub fn listed(&self, from: usize, to: usize) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        let mut start = from;
        while start < to {
            let end = self.outside(start, &[","]).min(to);
            ranges.push((start, end));
            start = end.max(start) + 1;
        }
        ranges
    }

    /// Whether the last word is CASCADE.
    pub(super) fn cascades(&self) -> bool {
        let last = self.tokens.len().checked_sub(1);
        last.is_some_and(|last| self.is(last, "cascade"))
    }
}
