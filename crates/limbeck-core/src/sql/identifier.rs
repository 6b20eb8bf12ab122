//! Names in SQL text: how they are written, where they occur, and how one is replaced.

use crate::dialect::Dialect;
use crate::sql::keywords::{is_keyword, is_reserved};
use crate::sql::{Token, TokenKind, lex};

/// Writes a name, in quotes only when it needs them.
pub fn quote_identifier(name: &str, dialect: Dialect) -> String {
    if is_simple(name) && !is_keyword(name, dialect) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Writes a text as a string literal.
///
/// A backslash stands for itself, as it does with `standard_conforming_strings` on.
pub fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Tells whether an expression names this column, quoted or not.
///
/// The names of functions, types and qualifying tables do not count, and neither do strings.
pub fn mentions(expression: &str, column: &str, dialect: Dialect) -> bool {
    !occurrences(expression, column, dialect).is_empty()
}

/// Returns the expression with each mention of the column `from` replaced by `to`.
///
/// Everything else, white space and comments included, stays as it is.
pub fn rename_identifier(expression: &str, from: &str, to: &str, dialect: Dialect) -> String {
    replaced(
        expression,
        occurrences(expression, from, dialect),
        to,
        dialect,
    )
}

/// Tells whether a statement has this name in it, whatever it names.
pub fn names(statement: &str, name: &str, dialect: Dialect) -> bool {
    !named_tokens(statement, name, dialect).is_empty()
}

/// Tells whether a text has this word in it, in code or in strings, which a function's body is.
pub fn has_word(text: &str, word: &str) -> bool {
    let text = text.to_lowercase();
    let word = word.to_lowercase();
    let is_part =
        |letter: Option<char>| letter.is_some_and(|one| one.is_alphanumeric() || one == '_');
    text.match_indices(&word).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        !is_part(before) && !is_part(after)
    })
}

/// Returns the statement with the name `from` replaced by `to`, whatever it names.
pub fn rename_everywhere(statement: &str, from: &str, to: &str, dialect: Dialect) -> String {
    replaced(
        statement,
        named_tokens(statement, from, dialect),
        to,
        dialect,
    )
}

fn named_tokens(statement: &str, name: &str, dialect: Dialect) -> Vec<Token> {
    let mut tokens = lex(statement, dialect).unwrap_or_default();
    tokens.retain(|token| is_named(statement, token, name, dialect));
    tokens
}

fn replaced(text: &str, tokens: Vec<Token>, to: &str, dialect: Dialect) -> String {
    let to = quote_identifier(to, dialect);
    let mut renamed = String::with_capacity(text.len());
    let mut copied = 0;
    for token in tokens {
        renamed.push_str(&text[copied..token.range.start]);
        renamed.push_str(&to);
        copied = token.range.end;
    }
    renamed.push_str(&text[copied..]);
    renamed
}

/// Tells whether an expression casts to a type, given as its parts.
pub fn casts_to(expression: &str, data_type: &[&str], dialect: Dialect) -> bool {
    rename_type(expression, data_type, &["renamed"], dialect)
        != rename_type(expression, data_type, data_type, dialect)
}

/// Returns the expression with the type `from` of each cast replaced by `to`. Both are given as
/// their parts: the schema, where there is one, and the name.
pub fn rename_type(expression: &str, from: &[&str], to: &[&str], dialect: Dialect) -> String {
    let Ok(mut tokens) = lex(expression, dialect) else {
        return expression.to_owned();
    };
    tokens.retain(Token::is_significant);
    let name = |index: usize| name_of(expression, tokens.get(index)?);
    let is_dot = |index: usize| {
        let token = tokens.get(index);
        token.is_some_and(|token| token.text(expression) == ".")
    };
    let mut renamed = String::with_capacity(expression.len());
    let mut copied = 0;
    for index in 1..tokens.len() {
        let before = tokens[index - 1].text(expression);
        if before != "::" && !before.eq_ignore_ascii_case("as") {
            continue;
        }
        let last = if is_dot(index + 1) { index + 2 } else { index };
        let parts: Option<Vec<String>> = (index..=last).step_by(2).map(name).collect();
        if parts.is_some_and(|parts| parts == from) {
            let to: Vec<String> = to
                .iter()
                .map(|part| quote_identifier(part, dialect))
                .collect();
            renamed.push_str(&expression[copied..tokens[index].range.start]);
            renamed.push_str(&to.join("."));
            copied = tokens[last].range.end;
        }
    }
    renamed.push_str(&expression[copied..]);
    renamed
}

/// Returns the expression with the sequence `from`, which functions such as `nextval` are given as a
/// string, replaced by `to`. Both are given as their parts: the schema, where there is one, and the
/// name. PostgreSQL's spelling, the only dialect with sequences.
pub fn rename_sequence(expression: &str, from: &[&str], to: &[&str]) -> String {
    let dialect = Dialect::Postgres;
    let Ok(mut tokens) = lex(expression, dialect) else {
        return expression.to_owned();
    };
    tokens.retain(Token::is_significant);
    let literal = |parts: &[&str]| {
        let quoted: Vec<String> = parts
            .iter()
            .map(|part| quote_identifier(part, dialect))
            .collect();
        quote_literal(&quoted.join("."))
    };
    let (from, to) = (literal(from), literal(to));
    let text = |index: usize| tokens.get(index).map(|token| token.text(expression));
    let is_regclass = |index: usize| {
        text(index + 1) == Some("::")
            && [index + 2, index + 4]
                .iter()
                .any(|at| text(*at).is_some_and(|word| word.eq_ignore_ascii_case("regclass")))
    };
    let is_argument = |index: usize| {
        let function = index.checked_sub(2).and_then(text);
        function.is_some_and(|function| {
            ["nextval", "currval", "setval"]
                .iter()
                .any(|name| function.eq_ignore_ascii_case(name))
        })
    };
    let mut renamed = String::with_capacity(expression.len());
    let mut copied = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token.text(expression) == from && (is_regclass(index) || is_argument(index)) {
            renamed.push_str(&expression[copied..token.range.start]);
            renamed.push_str(&to);
            copied = token.range.end;
        }
    }
    renamed.push_str(&expression[copied..]);
    renamed
}

/// Tells whether a name consists of lower-case ASCII letters, digits, `_` and `$` only.
pub(crate) fn is_simple(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'$'
        })
}

/// Writes a name in double quotes, which both dialects know.
///
/// For SQL that nobody reads: what is a keyword differs between versions of a server.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the name that a quoted identifier stands for.
///
/// `None` when it is spelled with Unicode escapes, whose escape character a later word may change.
pub fn unquoted(text: &str) -> Option<String> {
    let open = text.find(['"', '`', '['])?;
    if open > 0 && text.contains('\\') {
        return None;
    }
    let inner = text.get(open + 1..text.len().checked_sub(1)?)?;
    Some(match text.as_bytes()[open] {
        b'"' => inner.replace("\"\"", "\""),
        b'`' => inner.replace("``", "`"),
        _ => inner.to_owned(),
    })
}

fn occurrences(expression: &str, column: &str, dialect: Dialect) -> Vec<Token> {
    let Ok(mut tokens) = lex(expression, dialect) else {
        return Vec::new();
    };
    tokens.retain(Token::is_significant);
    let found: Vec<usize> = (0..tokens.len())
        .filter(|index| {
            is_named(expression, &tokens[*index], column, dialect)
                && is_column_position(expression, &tokens, *index)
        })
        .collect();
    found
        .into_iter()
        .map(|index| tokens[index].clone())
        .collect()
}

fn is_named(expression: &str, token: &Token, column: &str, dialect: Dialect) -> bool {
    let text = token.text(expression).to_ascii_lowercase();
    if token.kind == TokenKind::Word && is_reserved(&text, dialect) {
        return false;
    }
    let name = name_of(expression, token);
    name.is_some_and(|name| match dialect {
        Dialect::Postgres => name == column,
        Dialect::Sqlite => name.eq_ignore_ascii_case(column),
    })
}

/// The name that a word, in lower case, or a quoted identifier stands for.
pub(super) fn name_of(text: &str, token: &Token) -> Option<String> {
    let name = token.text(text);
    match token.kind {
        TokenKind::Word => Some(name.to_ascii_lowercase()),
        TokenKind::QuotedIdentifier => unquoted(name),
        TokenKind::Whitespace
        | TokenKind::LineComment
        | TokenKind::BlockComment
        | TokenKind::String
        | TokenKind::DollarString
        | TokenKind::Number
        | TokenKind::Parameter
        | TokenKind::Operator
        | TokenKind::Punctuation => None,
    }
}

/// Tells whether a name at this place is a column's: what calls, qualifies, or names a type, a
/// collation or a field of `EXTRACT` is not.
fn is_column_position(expression: &str, tokens: &[Token], index: usize) -> bool {
    let text = |at: Option<usize>| {
        let token = at.and_then(|at| tokens.get(at));
        token.map_or(String::new(), |token| {
            token.text(expression).to_ascii_lowercase()
        })
    };
    let after = tokens.get(index + 1);
    if after.is_some_and(|token| token.kind == TokenKind::String) {
        return false;
    }
    if matches!(text(Some(index + 1)).as_str(), "(" | ".") {
        return false;
    }
    let before = text(index.checked_sub(1));
    let field = before == "(" && text(index.checked_sub(2)) == "extract";
    !field && !matches!(before.as_str(), "::" | "as" | "collate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_when_they_need_it() {
        use Dialect::{Postgres, Sqlite};
        let cases = [
            (Postgres, "users", "users"),
            (Postgres, "_a$1", "_a$1"),
            (Postgres, "User", "\"User\""),
            (Postgres, "1a", "\"1a\""),
            (Postgres, "", "\"\""),
            (Postgres, "a\"b", "\"a\"\"b\""),
            (Postgres, "user", "\"user\""),
            (Postgres, "left", "\"left\""),
            (Postgres, "position", "\"position\""),
            (Postgres, "key", "key"),
            (Sqlite, "key", "\"key\""),
            (Sqlite, "user", "user"),
            (Sqlite, "é", "\"é\""),
        ];
        for (dialect, name, expected) in cases {
            assert_eq!(quote_identifier(name, dialect), expected);
        }
        assert_eq!(quote_literal(r"it's \n"), r"'it''s \n'");
    }

    #[test]
    fn types_are_renamed_where_something_is_cast() {
        let cases = [
            ("s", "r", "s = 'a'::s", "s = 'a'::r"),
            ("s", "app.R", "'{s}'::s[]", "'{s}'::app.\"R\"[]"),
            (
                "app.s",
                "r",
                "CAST(x AS app.s) <> 'b'::s",
                "CAST(x AS r) <> 'b'::s",
            ),
        ];
        for (from, to, expression, expected) in cases {
            let from: Vec<&str> = from.split('.').collect();
            let to: Vec<&str> = to.split('.').collect();
            let renamed = rename_type(expression, &from, &to, Dialect::Postgres);
            assert_eq!(renamed, expected);
        }
    }

    #[test]
    fn mentions_are_found_and_renamed() {
        use Dialect::{Postgres, Sqlite};
        let cases = [
            (
                Postgres,
                "length(Title) > 0",
                "title",
                "length(\"Text\") > 0",
            ),
            (
                Postgres,
                "\"title\" <> 'title'",
                "title",
                "\"Text\" <> 'title'",
            ),
            (
                Postgres,
                "tasks.title /* title */",
                "title",
                "tasks.\"Text\" /* title */",
            ),
            (Postgres, "title.title", "title", "title.\"Text\""),
            (Postgres, "length(length)", "length", "length(\"Text\")"),
            (
                Postgres,
                "date > date '2020-01-01'",
                "date",
                "\"Text\" > date '2020-01-01'",
            ),
            (Postgres, "date::date", "date", "\"Text\"::date"),
            (
                Postgres,
                "CAST(date AS date)",
                "date",
                "CAST(\"Text\" AS date)",
            ),
            (
                Postgres,
                "extract(year FROM year)",
                "year",
                "extract(year FROM \"Text\")",
            ),
            (Sqlite, "[TITLE] = `Title`", "title", "\"Text\" = \"Text\""),
        ];
        for (dialect, expression, column, expected) in cases {
            assert!(mentions(expression, column, dialect), "{expression}");
            let renamed = rename_identifier(expression, column, "Text", dialect);
            assert_eq!(renamed, expected);
            assert_eq!(
                rename_identifier(expression, "other", "x", dialect),
                expression
            );
        }
        let absent = [
            (Postgres, "'title'", "title"),
            (Postgres, "$$title$$", "title"),
            (Postgres, "\"Title\"", "title"),
            (Postgres, "Title", "Title"),
            (Postgres, "titles", "title"),
            (Postgres, "CASE WHEN a THEN b END", "end"),
            (Postgres, "a COLLATE \"c\"", "c"),
        ];
        for (dialect, expression, column) in absent {
            assert!(!mentions(expression, column, dialect), "{expression}");
        }
    }
}
