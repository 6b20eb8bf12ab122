//! Cuts SQL text into tokens by the rules of one dialect.
//!
//! Every byte of the text belongs to exactly one token, so the text can be put together again.

use std::ops::Range;

use crate::dialect::Dialect;
use crate::sql::SqlError;

/// Says what a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// Blanks and line ends.
    Whitespace,
    /// From `--` to the end of the line, the line end excluded.
    LineComment,
    /// From `/*` to `*/`.
    BlockComment,
    /// A literal in single quotes, its prefix (`E`, `U&`, `B`, `X`, `N`) included.
    String,
    /// A literal between dollar delimiters.
    DollarString,
    /// A name in double quotes; on SQLite also in backticks or square brackets.
    QuotedIdentifier,
    /// A keyword or an unquoted name.
    Word,
    /// A numeric literal without its sign.
    Number,
    /// A placeholder such as `$1`, `?` or `:name`.
    Parameter,
    /// An operator such as `+` or `->>`.
    Operator,
    /// A parenthesis, bracket, comma, semicolon, dot, colon or stray character.
    Punctuation,
}

/// One token: what it is and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What the token is.
    pub kind: TokenKind,
    /// The bytes of the text that it covers.
    pub range: Range<usize>,
    /// The line, counted from 1, on which it starts.
    pub line: u32,
}

impl Token {
    /// Returns the token's own text out of the text it was cut from.
    pub fn text<'a>(&self, sql: &'a str) -> &'a str {
        &sql[self.range.clone()]
    }

    /// Tells whether the token means anything to the database: white space and comments do not.
    pub fn is_significant(&self) -> bool {
        !matches!(
            self.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment
        )
    }
}

/// Cuts `sql` into tokens that together cover all of it.
///
/// # Errors
///
/// When a string, a quoted identifier or a block comment is never closed.
pub fn lex(sql: &str, dialect: Dialect) -> Result<Vec<Token>, SqlError> {
    let mut lexer = Lexer::new(sql, dialect, 0, 1);
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next_token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// Cuts tokens one by one, so that a reader of revision files can change the dialect on the way.
pub(crate) struct Lexer<'a> {
    sql: &'a str,
    pub(crate) dialect: Dialect,
    position: usize,
    line: u32,
    continuation: Continuation,
}

/// Whether a plain quote would continue an escape string.
///
/// PostgreSQL joins literals that are separated by white space with a line end in it, and reads all
/// of them by the rules of the first (manual section 4.1.2.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Continuation {
    None,
    AfterEscapeString,
    AfterLineEnd,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(sql: &'a str, dialect: Dialect, position: usize, line: u32) -> Self {
        Lexer {
            sql,
            dialect,
            position,
            line,
            continuation: Continuation::None,
        }
    }

    pub(crate) fn next_token(&mut self) -> Result<Option<Token>, SqlError> {
        let start = self.position;
        let Some(first) = self.byte(start) else {
            return Ok(None);
        };
        let (kind, end) = self.scan(start, first)?;
        let lines = if matches!(kind, TokenKind::Word | TokenKind::Punctuation) {
            0
        } else {
            line_ends(&self.sql[start..end])
        };
        self.continuation = match kind {
            TokenKind::Whitespace | TokenKind::LineComment => match self.continuation {
                Continuation::AfterEscapeString if lines > 0 => Continuation::AfterLineEnd,
                Continuation::None
                | Continuation::AfterEscapeString
                | Continuation::AfterLineEnd => self.continuation,
            },
            TokenKind::String if self.reads_escapes(start, first) => {
                Continuation::AfterEscapeString
            }
            TokenKind::String
            | TokenKind::BlockComment
            | TokenKind::DollarString
            | TokenKind::QuotedIdentifier
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Parameter
            | TokenKind::Operator
            | TokenKind::Punctuation => Continuation::None,
        };
        let token = Token {
            kind,
            range: start..end,
            line: self.line,
        };
        self.line += lines;
        self.position = end;
        Ok(Some(token))
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.sql.as_bytes().get(at).copied()
    }

    fn starts_with(&self, at: usize, prefix: &str) -> bool {
        self.sql.as_bytes()[at..].starts_with(prefix.as_bytes())
    }

    fn end_of(&self, start: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let bytes = &self.sql.as_bytes()[start..];
        let length = bytes.iter().position(|byte| !belongs(*byte));
        start + length.unwrap_or(bytes.len())
    }

    fn scan(&self, start: usize, first: u8) -> Result<(TokenKind, usize), SqlError> {
        if is_space(first, self.dialect) {
            let end = self.end_of(start, |byte| is_space(byte, self.dialect));
            return Ok((TokenKind::Whitespace, end));
        }
        // Most of a text is these, and words that no quote follows, whose prefix they could be.
        if matches!(first, b'(' | b')' | b',' | b';') {
            return Ok((TokenKind::Punctuation, start + 1));
        }
        if is_word_start(first) && !matches!(self.byte(start + 1), Some(b'\'' | b'&')) {
            return Ok((TokenKind::Word, self.end_of(start, is_word)));
        }
        if self.starts_with(start, "--") {
            return Ok((TokenKind::LineComment, self.line_comment(start)));
        }
        if self.starts_with(start, "/*") {
            return Ok((TokenKind::BlockComment, self.block_comment(start)?));
        }
        if let Some(quote) = self.string_quote(start, first) {
            let end = self.string(quote, self.reads_escapes(start, first))?;
            return Ok((TokenKind::String, end));
        }
        if let Some((open, close)) = self.identifier_quote(start, first) {
            let end = self.closing_quote(open + 1, close, close != b']');
            let end = end.ok_or(SqlError::UnterminatedIdentifier { line: self.line })?;
            return Ok((TokenKind::QuotedIdentifier, end));
        }
        if is_word_start(first) {
            return Ok((TokenKind::Word, self.end_of(start, is_word)));
        }
        let decimal_point =
            first == b'.' && self.byte(start + 1).is_some_and(|b| b.is_ascii_digit());
        if first.is_ascii_digit() || decimal_point {
            return Ok((TokenKind::Number, self.number(start)));
        }
        match self.dialect {
            Dialect::Postgres => self.postgres_symbol(start, first),
            Dialect::Sqlite => Ok(self.sqlite_symbol(start, first)),
        }
    }

    /// PostgreSQL ends a comment at a carriage return too; SQLite only at a line feed.
    fn line_comment(&self, start: usize) -> usize {
        match self.dialect {
            Dialect::Postgres => self.end_of(start, |byte| byte != b'\n' && byte != b'\r'),
            Dialect::Sqlite => self.end_of(start, |byte| byte != b'\n'),
        }
    }

    fn block_comment(&self, start: usize) -> Result<usize, SqlError> {
        let mut depth = 1;
        let mut at = start + 2;
        while at < self.sql.len() {
            if self.starts_with(at, "*/") {
                at += 2;
                depth -= 1;
                if depth == 0 {
                    return Ok(at);
                }
            } else if self.dialect == Dialect::Postgres && self.starts_with(at, "/*") {
                at += 2;
                depth += 1;
            } else {
                at += 1;
            }
        }
        Err(SqlError::UnterminatedComment { line: self.line })
    }

    /// Returns where the opening quote of a string literal stands, if one starts here.
    fn string_quote(&self, start: usize, first: u8) -> Option<usize> {
        let prefixes: &[u8] = match self.dialect {
            Dialect::Postgres => b"ebxn",
            Dialect::Sqlite => b"x",
        };
        if first == b'\'' {
            return Some(start);
        }
        if prefixes.contains(&first.to_ascii_lowercase()) && self.byte(start + 1) == Some(b'\'') {
            return Some(start + 1);
        }
        (self.is_unicode_prefix(start, first) && self.byte(start + 2) == Some(b'\''))
            .then_some(start + 2)
    }

    fn is_unicode_prefix(&self, start: usize, first: u8) -> bool {
        self.dialect == Dialect::Postgres
            && first.eq_ignore_ascii_case(&b'u')
            && self.byte(start + 1) == Some(b'&')
    }

    fn reads_escapes(&self, start: usize, first: u8) -> bool {
        if self.dialect != Dialect::Postgres {
            return false;
        }
        match first {
            b'e' | b'E' => self.byte(start + 1) == Some(b'\''),
            b'\'' => self.continuation == Continuation::AfterLineEnd,
            _ => false,
        }
    }

    fn string(&self, quote: usize, escapes: bool) -> Result<usize, SqlError> {
        let end = if escapes {
            self.closing_quote_after_escapes(quote + 1)
        } else {
            self.closing_quote(quote + 1, b'\'', true)
        };
        end.ok_or(SqlError::UnterminatedString { line: self.line })
    }

    /// Returns the position after the closing quote; a doubled quote stands for itself.
    fn closing_quote(&self, from: usize, close: u8, doubles: bool) -> Option<usize> {
        let mut at = from;
        loop {
            at = self.end_of(at, |byte| byte != close);
            self.byte(at)?;
            if doubles && self.byte(at + 1) == Some(close) {
                at += 2;
            } else {
                return Some(at + 1);
            }
        }
    }

    fn closing_quote_after_escapes(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at = self.end_of(at, |byte| byte != b'\'' && byte != b'\\');
            let escape = self.byte(at)? == b'\\';
            if escape || self.byte(at + 1) == Some(b'\'') {
                at += 2;
                if at > self.sql.len() {
                    return None;
                }
            } else {
                return Some(at + 1);
            }
        }
    }

    /// Returns the position of the opening quote of a name, and the byte that closes it.
    fn identifier_quote(&self, start: usize, first: u8) -> Option<(usize, u8)> {
        match (first, self.dialect) {
            (b'"', _) => Some((start, b'"')),
            (b'`', Dialect::Sqlite) => Some((start, b'`')),
            (b'[', Dialect::Sqlite) => Some((start, b']')),
            (_, Dialect::Postgres)
                if self.is_unicode_prefix(start, first) && self.byte(start + 2) == Some(b'"') =>
            {
                Some((start + 2, b'"'))
            }
            _ => None,
        }
    }

    fn number(&self, start: usize) -> usize {
        let radix = self.byte(start + 1).map(|b| b.to_ascii_lowercase());
        if self.byte(start) == Some(b'0') && matches!(radix, Some(b'x' | b'o' | b'b')) {
            let end = self.end_of(start + 2, |byte| byte.is_ascii_hexdigit() || byte == b'_');
            if end > start + 2 {
                return end;
            }
        }
        let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        let mut end = self.end_of(start, is_digit);
        // `1..10` is a range in PL/pgSQL: two numbers and two dots.
        if self.byte(end) == Some(b'.') && self.byte(end + 1) != Some(b'.') {
            end = self.end_of(end + 1, is_digit);
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(self.byte(end + 1), Some(b'+' | b'-')));
            let digits = end + 1 + signed;
            if self.byte(digits).is_some_and(|b| b.is_ascii_digit()) {
                end = self.end_of(digits, is_digit);
            }
        }
        end
    }

    fn postgres_symbol(&self, start: usize, first: u8) -> Result<(TokenKind, usize), SqlError> {
        if first == b'$' {
            return self.dollar(start);
        }
        if is_postgres_operator(first) {
            return Ok((TokenKind::Operator, self.postgres_operator(start)));
        }
        let pair = ["::", ":=", ".."]
            .iter()
            .any(|pair| self.starts_with(start, pair));
        Ok((TokenKind::Punctuation, start + if pair { 2 } else { 1 }))
    }

    fn dollar(&self, start: usize) -> Result<(TokenKind, usize), SqlError> {
        let digits = self.end_of(start + 1, |byte| byte.is_ascii_digit());
        if digits > start + 1 {
            return Ok((TokenKind::Parameter, digits));
        }
        let tag = self.end_of(start + 1, |byte| is_word(byte) && byte != b'$');
        if self.byte(tag) != Some(b'$') {
            return Ok((TokenKind::Punctuation, start + 1));
        }
        let delimiter = &self.sql[start..=tag];
        match self.sql[tag + 1..].find(delimiter) {
            Some(body) => Ok((TokenKind::DollarString, tag + 1 + body + delimiter.len())),
            None => Err(SqlError::UnterminatedDollarQuote {
                line: self.line,
                delimiter: delimiter.to_owned(),
            }),
        }
    }

    /// Follows the rules of manual section 4.1.3: a comment ends an operator, and a trailing sign
    /// belongs to what follows unless the operator holds one of `~ ! @ # % ^ & | ? `` ` ``.
    fn postgres_operator(&self, start: usize) -> usize {
        let run = self.end_of(start, is_postgres_operator);
        let mut end = (start + 1..run)
            .find(|at| self.starts_with(*at, "--") || self.starts_with(*at, "/*"))
            .unwrap_or(run);
        while end > start + 1 && matches!(self.byte(end - 1), Some(b'+' | b'-')) {
            let rest = &self.sql.as_bytes()[start..end - 1];
            if rest.iter().any(|byte| b"~!@#%^&|`?".contains(byte)) {
                break;
            }
            end -= 1;
        }
        end
    }

    fn sqlite_symbol(&self, start: usize, first: u8) -> (TokenKind, usize) {
        if first == b'?' {
            let end = self.end_of(start + 1, |byte| byte.is_ascii_digit());
            return (TokenKind::Parameter, end);
        }
        if matches!(first, b':' | b'@' | b'$' | b'#') {
            let end = self.end_of(start + 1, is_word);
            if end > start + 1 {
                return (TokenKind::Parameter, end);
            }
        }
        let operator = ["->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "!=", "=="]
            .iter()
            .find(|operator| self.starts_with(start, operator));
        match operator {
            Some(operator) => (TokenKind::Operator, start + operator.len()),
            None if b"+-*/%<>=&|~!".contains(&first) => (TokenKind::Operator, start + 1),
            None => (TokenKind::Punctuation, start + 1),
        }
    }
}

/// Counts the line ends in a text.
pub(crate) fn line_ends(text: &str) -> u32 {
    let count = text.bytes().filter(|byte| *byte == b'\n').count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn is_space(byte: u8, dialect: Dialect) -> bool {
    let spaces = match dialect {
        Dialect::Postgres => SPACE | POSTGRES_SPACE,
        Dialect::Sqlite => SPACE,
    };
    CLASSES[usize::from(byte)] & spaces != 0
}

fn is_word_start(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & WORD_START != 0
}

fn is_word(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & (WORD_START | WORD_REST) != 0
}

/// What a byte may be. Most bytes of a text are asked for it.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => SPACE,
            0x0b => POSTGRES_SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => WORD_START,
            b'0'..=b'9' | b'$' => WORD_REST,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

const SPACE: u8 = 1;
const POSTGRES_SPACE: u8 = 2;
const WORD_START: u8 = 4;
const WORD_REST: u8 = 8;

fn is_postgres_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|`?".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn significant(sql: &str, dialect: Dialect) -> Vec<(TokenKind, &str)> {
        let tokens = lex(sql, dialect).unwrap();
        tokens
            .iter()
            .filter(|token| token.is_significant())
            .map(|token| (token.kind, token.text(sql)))
            .collect()
    }

    #[test]
    fn one_token() {
        use Dialect::{Postgres, Sqlite};
        use TokenKind::*;
        let cases = [
            (Postgres, String, "''"),
            (Postgres, String, "'it''s'"),
            (Postgres, String, r"'back\'"),
            (Postgres, String, r"E'it\'s'"),
            (Postgres, String, r"e'it''s\\'"),
            (Postgres, String, r"U&'d\0061t'"),
            (Postgres, String, "B'01'"),
            (Postgres, String, "x'FF'"),
            (Postgres, String, "N'é'"),
            (Postgres, DollarString, "$$it's$$"),
            (Postgres, DollarString, "$body$ $$ $other$ $body$"),
            (Postgres, QuotedIdentifier, r#""a""b""#),
            (Postgres, QuotedIdentifier, r#"U&"d\0061t""#),
            (Postgres, BlockComment, "/* a /* b */ c */"),
            (Postgres, Word, "naïve$1"),
            (Postgres, Parameter, "$12"),
            (Postgres, Number, "1_000.5e-3"),
            (Postgres, Number, ".5"),
            (Postgres, Number, "0xFF"),
            (Postgres, Operator, "->>"),
            (Postgres, Operator, "@-"),
            (Postgres, Operator, "<->"),
            (Postgres, Punctuation, "::"),
            (Sqlite, BlockComment, "/* a /* b */"),
            (Sqlite, String, "X'00'"),
            (Sqlite, QuotedIdentifier, "[it's]"),
            (Sqlite, QuotedIdentifier, "`a``b`"),
            (Sqlite, Parameter, "$name"),
            (Sqlite, Parameter, "?3"),
            (Sqlite, Parameter, ":a"),
            (Sqlite, Operator, "=="),
        ];
        for (dialect, kind, sql) in cases {
            let tokens = lex(sql, dialect).unwrap();
            assert_eq!(tokens.len(), 1, "{sql}: {tokens:?}");
            assert_eq!((tokens[0].kind, tokens[0].text(sql)), (kind, sql));
        }
    }

    #[test]
    fn several_tokens() {
        use Dialect::{Postgres, Sqlite};
        let cases: [(Dialect, &str, &[&str]); 13] = [
            (Postgres, "a=-1", &["a", "=", "-", "1"]),
            (Postgres, "a+--b\n1", &["a", "+", "1"]),
            (Postgres, "a*/*c*/b", &["a", "*", "b"]),
            (Postgres, "1..10", &["1", "..", "10"]),
            (Postgres, "a$b$c", &["a$b$c"]),
            (
                Postgres,
                "a[1:2]::text",
                &["a", "[", "1", ":", "2", "]", "::", "text"],
            ),
            (Postgres, "E'a'\n'b\\''", &["E'a'", r"'b\''"]),
            (Postgres, "E'a' -- c\n  'b\\''", &["E'a'", r"'b\''"]),
            (Postgres, "E'a' /* c\n */ 'b\\'", &["E'a'", r"'b\'"]),
            (Postgres, "-- c\rSELECT", &["SELECT"]),
            (Sqlite, "-- c\rSELECT", &[]),
            (Sqlite, "$$a$$", &["$$a$$"]),
            (Sqlite, "e'a'", &["e", "'a'"]),
        ];
        for (dialect, sql, expected) in cases {
            let texts: Vec<&str> = significant(sql, dialect)
                .into_iter()
                .map(|(_, text)| text)
                .collect();
            assert_eq!(texts, expected, "{sql}");
        }
    }

    #[test]
    fn lines_are_counted_through_every_kind_of_token() {
        let sql = "a\n'b\nc' /*\n*/ d";
        let tokens = lex(sql, Dialect::Postgres).unwrap();
        let lines: Vec<(u32, &str)> = tokens
            .iter()
            .filter(|token| token.is_significant())
            .map(|token| (token.line, token.text(sql)))
            .collect();
        assert_eq!(lines, [(1, "a"), (2, "'b\nc'"), (4, "d")]);
    }

    #[test]
    fn what_is_never_closed_is_named_with_its_line() {
        use Dialect::{Postgres, Sqlite};
        let cases = [
            (Postgres, "\n'a", SqlError::UnterminatedString { line: 2 }),
            (Postgres, "E'a\\'", SqlError::UnterminatedString { line: 1 }),
            (Postgres, "E'a\\", SqlError::UnterminatedString { line: 1 }),
            (
                Postgres,
                "\"a",
                SqlError::UnterminatedIdentifier { line: 1 },
            ),
            (
                Sqlite,
                "\n\n[a",
                SqlError::UnterminatedIdentifier { line: 3 },
            ),
            (Sqlite, "`a``", SqlError::UnterminatedIdentifier { line: 1 }),
            (
                Postgres,
                "/* /* */",
                SqlError::UnterminatedComment { line: 1 },
            ),
            (
                Postgres,
                "a\n$x$ $$",
                SqlError::UnterminatedDollarQuote {
                    line: 2,
                    delimiter: "$x$".to_owned(),
                },
            ),
        ];
        for (dialect, sql, error) in cases {
            assert_eq!(lex(sql, dialect), Err(error), "{sql}");
        }
    }
}
