//! Line ends of Windows, which a file does not keep: a checkout has those of its system, and they are read as `\n`.

use crate::dialect::Dialect;
use crate::sql::{Token, TokenKind, lex};

const WINDOWS: &str = "\r\n";

/// Returns the SQL with `\n` at the end of each line. In a literal PostgreSQL has an escape for what is lost (manual, section
/// 4.1.2.2), so the value stays the same. SQLite has none, and names are read by their plain spelling: they stay as they are.
pub fn with_plain_line_ends(sql: &str, dialect: Dialect) -> String {
    if !sql.contains(WINDOWS) {
        return sql.to_owned();
    }
    let Ok(tokens) = lex(sql, dialect) else {
        return sql.to_owned();
    };
    let of = |(index, token): (usize, &Token)| {
        let text = token.text(sql);
        if !text.contains(WINDOWS) {
            return text.to_owned();
        }
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment => {
                text.replace(WINDOWS, "\n")
            }
            TokenKind::String | TokenKind::DollarString
                if dialect == Dialect::Postgres && !goes_on(&tokens, index) =>
            {
                escaped(text).unwrap_or_else(|| text.to_owned())
            }
            TokenKind::String
            | TokenKind::DollarString
            | TokenKind::QuotedIdentifier
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Parameter
            | TokenKind::Operator
            | TokenKind::Punctuation => text.to_owned(),
        }
    };
    tokens.iter().enumerate().map(of).collect()
}

/// Whether the literal is a part of one that is written in several parts, which have one way to be read.
fn goes_on(tokens: &[Token], index: usize) -> bool {
    let is_string =
        |token: Option<&Token>| token.is_some_and(|token| token.kind == TokenKind::String);
    let (before, after) = (&tokens[..index], &tokens[index + 1..]);
    let is_significant = |token: &&Token| token.is_significant();
    is_string(before.iter().rfind(is_significant)) || is_string(after.iter().find(is_significant))
}

/// A literal of PostgreSQL, with an escape in it for each carriage return before the end of a line.
fn escaped(text: &str) -> Option<String> {
    // An escape that is there stays; a backslash elsewhere is one of the value.
    let with_escapes = |body: &str| Some(format!("E'{}'", body.replace(WINDOWS, "\\r\n")));
    if let Some(body) = text.strip_prefix('\'') {
        let body = body.strip_suffix('\'')?.replace('\\', "\\\\");
        return with_escapes(&body);
    }
    if let Some(body) = text
        .strip_prefix(['E', 'e'])
        .and_then(|rest| rest.strip_prefix('\''))
    {
        // A backslash before the carriage return would be one before its escape then.
        let body = body
            .strip_suffix('\'')
            .filter(|body| !body.contains("\\\r"))?;
        return with_escapes(body);
    }
    if let Some((name, _)) = text.strip_prefix('$').and_then(|rest| rest.split_once('$')) {
        let tag = &*format!("${name}$");
        let body = text.strip_prefix(tag)?.strip_suffix(tag)?;
        let body = body.replace('\\', "\\\\").replace('\'', "''");
        return with_escapes(&body);
    }
    // `U&'…'` may have an escape character of its own.
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_what_it_is() {
        use Dialect::{Postgres, Sqlite};
        for (dialect, sql, expected) in [
            (Postgres, "SELECT 'a\nb'", "SELECT 'a\nb'"),
            (Postgres, "SELECT\r\n1 -- x\r\n", "SELECT\n1 -- x\n"),
            (Postgres, "/* a\r\nb */", "/* a\nb */"),
            (Postgres, "'a\r\nb''\\'", "E'a\\r\nb''\\\\'"),
            (Postgres, "E'a\\n\r\nb'", "E'a\\n\\r\nb'"),
            (Postgres, "E'a\\\r\nb'", "E'a\\\r\nb'"),
            (Postgres, "$f$it's\r\n\\$f$", "E'it''s\\r\n\\\\'"),
            (Postgres, "\"a\r\nb\"", "\"a\r\nb\""),
            (Postgres, "U&'a\r\nb'", "U&'a\r\nb'"),
            (Postgres, "'a\r\n'\n'b\\'", "'a\r\n'\n'b\\'"),
            (Postgres, "'a'\r\n'b\r\n'", "'a'\n'b\r\n'"),
            (Sqlite, "SELECT\r\n'a\r\nb'", "SELECT\n'a\r\nb'"),
        ] {
            assert_eq!(with_plain_line_ends(sql, dialect), expected, "{sql:?}");
        }
    }
}
