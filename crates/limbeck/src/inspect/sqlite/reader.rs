//! Walks over the tokens of a statement that SQLite has kept.

use limbeck_core::dialect::Dialect;
use limbeck_core::sql::{SqlError, Token, TokenKind, lex};

/// Says where a kept statement stops being understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text cannot be cut into tokens.
    #[error("the text is not SQL")]
    Tokens(#[from] SqlError),
    /// Another token should stand there.
    #[error("line {line}: expected {expected}, found {found}")]
    Unexpected {
        /// The line of the statement, counted from 1.
        line: u32,
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

/// The significant tokens of a statement, and a place among them.
pub(super) struct Reader<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sql: &'a str) -> Result<Self, ParseError> {
        let mut tokens = lex(sql, Dialect::Sqlite)?;
        tokens.retain(Token::is_significant);
        Ok(Self {
            sql,
            tokens,
            position: 0,
        })
    }

    /// The tokens themselves.
    pub(super) fn into_tokens(self) -> Vec<Token> {
        self.tokens
    }

    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.position + ahead)
    }

    /// Whether nothing is left but a semicolon.
    pub(super) fn is_at_end(&self) -> bool {
        self.token(0)
            .is_none_or(|token| token.text(self.sql) == ";")
    }

    /// Whether these keywords follow.
    pub(super) fn at(&self, keywords: &[&str]) -> bool {
        keywords.iter().enumerate().all(|(ahead, keyword)| {
            self.token(ahead).is_some_and(|token| {
                token.kind == TokenKind::Word && token.text(self.sql).eq_ignore_ascii_case(keyword)
            })
        })
    }

    /// Steps over these keywords if they follow.
    pub(super) fn accept(&mut self, keywords: &[&str]) -> bool {
        let found = self.at(keywords);
        if found {
            self.position += keywords.len();
        }
        found
    }

    pub(super) fn at_symbol(&self, symbol: &str) -> bool {
        self.token(0).is_some_and(|token| {
            matches!(token.kind, TokenKind::Punctuation | TokenKind::Operator)
                && token.text(self.sql) == symbol
        })
    }

    pub(super) fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.position += 1;
        }
        found
    }

    pub(super) fn expect(
        &mut self,
        keywords: &[&str],
        expected: &'static str,
    ) -> Result<(), ParseError> {
        if self.accept(keywords) {
            return Ok(());
        }
        Err(self.unexpected(expected))
    }

    pub(super) fn expect_symbol(
        &mut self,
        symbol: &str,
        expected: &'static str,
    ) -> Result<(), ParseError> {
        if self.accept_symbol(symbol) {
            return Ok(());
        }
        Err(self.unexpected(expected))
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> ParseError {
        let (line, found) = match self.token(0) {
            Some(token) => (token.line, format!("`{}`", token.text(self.sql))),
            None => (
                self.tokens.last().map_or(1, |token| token.line),
                "the end".to_owned(),
            ),
        };
        ParseError::Unexpected {
            line,
            expected,
            found,
        }
    }

    /// Whether a name follows, quoted in any of SQLite's ways or not.
    pub(super) fn at_name(&self) -> bool {
        self.token(0).is_some_and(|token| {
            matches!(
                token.kind,
                TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::String
            )
        })
    }

    /// Reads a name, without its quotes.
    pub(super) fn name(&mut self, expected: &'static str) -> Result<String, ParseError> {
        match self.token(0) {
            Some(token) if self.at_name() => {
                let name = unquoted(token.text(self.sql));
                self.position += 1;
                Ok(name)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    /// Reads one token of any kind as it is written.
    pub(super) fn any(&mut self, expected: &'static str) -> Result<&'a str, ParseError> {
        let Some(token) = self.token(0) else {
            return Err(self.unexpected(expected));
        };
        let text = token.text(self.sql);
        self.position += 1;
        Ok(text)
    }

    /// Reads `( … )` and returns what stands between, as it is written.
    pub(super) fn group(&mut self, expected: &'static str) -> Result<&'a str, ParseError> {
        self.expect_symbol("(", expected)?;
        let text = self.until(&[])?;
        self.expect_symbol(")", "`)`")?;
        Ok(text)
    }

    /// Reads up to one of `symbols` or a closing parenthesis, outside inner parentheses; or, when
    /// there are neither, to the end.
    pub(super) fn until(&mut self, symbols: &[&str]) -> Result<&'a str, ParseError> {
        let start = self.position;
        let mut depth = 0_usize;
        while let Some(token) = self.token(0) {
            let text = token.text(self.sql);
            match text {
                "(" => depth += 1,
                ")" if depth > 0 => depth -= 1,
                ")" | ";" if depth == 0 => break,
                _ if depth == 0 && symbols.contains(&text) => break,
                _ => {}
            }
            self.position += 1;
        }
        if depth > 0 {
            return Err(self.unexpected("`)`"));
        }
        Ok(self.between(start, self.position))
    }

    fn between(&self, start: usize, end: usize) -> &'a str {
        match (
            self.tokens.get(start),
            end.checked_sub(1).map(|last| &self.tokens[last]),
        ) {
            (Some(first), Some(last)) if start < end => {
                &self.sql[first.range.start..last.range.end]
            }
            _ => "",
        }
    }
}

/// A name without its quotes: `"a"`, `` `a` ``, `[a]` and `'a'` all are (sqlite.org/lang_keywords.html).
pub fn unquoted(text: &str) -> String {
    let Some(open @ ('"' | '`' | '[' | '\'')) = text.chars().next() else {
        return text.to_owned();
    };
    let inner = &text[1..text.len().max(2) - 1];
    if open == '[' {
        return inner.to_owned();
    }
    let doubled: String = [open, open].iter().collect();
    inner.replace(&doubled, &open.to_string())
}
