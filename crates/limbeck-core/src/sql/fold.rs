//! Decides whether two pieces of SQL say the same, by what is left when spelling is taken away.

use std::collections::BTreeMap;

use crate::dialect::Dialect;
use crate::sql::identifier::{is_simple, quoted, unquoted};
use crate::sql::keywords::{is_keyword, is_reserved};
use crate::sql::{Token, TokenKind, lex};

/// Tells whether two pieces of SQL differ in spelling at most.
pub fn same(a: &str, b: &str, dialect: Dialect) -> bool {
    fold(a, dialect) == fold(b, dialect)
}

/// Returns the tokens of a piece of SQL in one spelling.
///
/// White space, comments, the case of keywords and unquoted names, quotes that a name does not
/// need, parentheses that change nothing and closing semicolons are gone; strings are exact. Text
/// that cannot be cut into tokens is returned as one piece.
pub fn fold(text: &str, dialect: Dialect) -> Vec<String> {
    let Ok(tokens) = lex(text, dialect) else {
        return vec![text.to_owned()];
    };
    let mut tokens: Vec<Folded> = tokens
        .iter()
        .filter(|token| token.is_significant())
        .map(|token| Folded {
            kind: token.kind,
            text: canonical(text, token, dialect),
        })
        .collect();
    while tokens.last().is_some_and(|token| token.text == ";") {
        tokens.pop();
    }
    Parentheses::new(&tokens).fold()
}

struct Folded {
    kind: TokenKind,
    text: String,
}

fn canonical(sql: &str, token: &Token, dialect: Dialect) -> String {
    let text = token.text(sql);
    match token.kind {
        TokenKind::Word => unescaped_name(text.to_ascii_lowercase()),
        TokenKind::QuotedIdentifier => quoted_name(text, dialect),
        TokenKind::String => prefixed_string(text),
        TokenKind::Number => text.to_ascii_lowercase(),
        TokenKind::Operator => match (text, dialect) {
            ("!=", _) => "<>".to_owned(),
            ("==", Dialect::Sqlite) => "=".to_owned(),
            _ => text.to_owned(),
        },
        TokenKind::Whitespace
        | TokenKind::LineComment
        | TokenKind::BlockComment
        | TokenKind::DollarString
        | TokenKind::Parameter
        | TokenKind::Punctuation => text.to_owned(),
    }
}

/// A name beyond ASCII needs quotes by Limbeck's rule but not by the server's: both spellings meet
/// in the quoted one.
fn unescaped_name(word: String) -> String {
    if is_simple(&word) {
        word
    } else {
        quoted(&word)
    }
}

fn quoted_name(text: &str, dialect: Dialect) -> String {
    let Some(name) = unquoted(text) else {
        return text.to_owned();
    };
    let (name, needs_quotes) = match dialect {
        Dialect::Postgres => {
            let needs_quotes = is_keyword(&name, dialect);
            (name, needs_quotes)
        }
        Dialect::Sqlite => {
            let name = name.to_ascii_lowercase();
            let needs_quotes = is_reserved(&name, dialect);
            (name, needs_quotes)
        }
    };
    if needs_quotes || !is_simple(&name) {
        quoted(&name)
    } else {
        name
    }
}

fn prefixed_string(text: &str) -> String {
    match text.find('\'') {
        Some(quote) => format!("{}{}", text[..quote].to_ascii_lowercase(), &text[quote..]),
        None => text.to_owned(),
    }
}

/// The tokens with the parentheses that are still there.
struct Parentheses<'a> {
    tokens: &'a [Folded],
    /// The partner of each opening parenthesis, in the order in which they close.
    pairs: Vec<(usize, usize)>,
    partner: BTreeMap<usize, usize>,
    /// The neighbours of each token that have not been taken out.
    before: Vec<Option<usize>>,
    after: Vec<Option<usize>>,
    first: Option<usize>,
}

impl<'a> Parentheses<'a> {
    fn new(tokens: &'a [Folded]) -> Self {
        let mut pairs = Vec::new();
        let mut open = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            match token.text.as_str() {
                "(" => open.push(index),
                ")" => pairs.extend(open.pop().map(|start| (start, index))),
                _ => {}
            }
        }
        Parentheses {
            tokens,
            partner: pairs.iter().copied().collect(),
            pairs,
            before: (0..tokens.len()).map(|at| at.checked_sub(1)).collect(),
            after: (1..=tokens.len())
                .map(|at| (at < tokens.len()).then_some(at))
                .collect(),
            first: (!tokens.is_empty()).then_some(0),
        }
    }

    fn fold(mut self) -> Vec<String> {
        for (open, close) in std::mem::take(&mut self.pairs) {
            let redundant = self.fills_parentheses(open, close)
                || self.is_operand(open, close)
                    && (self.encloses_token(open, close) || self.encloses_pair(open, close));
            if redundant {
                self.take_out(open);
                self.take_out(close);
            }
        }
        while let Some((open, close)) = self.outermost() {
            self.take_out(open);
            self.take_out(close);
        }
        let mut texts = Vec::new();
        let mut next = self.first;
        while let Some(index) = next {
            texts.push(self.tokens[index].text.clone());
            next = self.after[index];
        }
        texts
    }

    /// Returns the parentheses around everything, unless they make a row or a subquery.
    fn outermost(&self) -> Option<(usize, usize)> {
        let open = self.first?;
        let close = *self.partner.get(&open)?;
        (self.after[close].is_none() && self.encloses_one_value(open, close))
            .then_some((open, close))
    }

    /// Tells whether the parentheses stand around one value and within another pair, with nothing
    /// between: `f((a + 1))`.
    fn fills_parentheses(&self, open: usize, close: usize) -> bool {
        let outer = self.before[open].filter(|outer| self.tokens[*outer].text == "(");
        let outer_close = outer.and_then(|outer| self.partner.get(&outer).copied());
        outer_close.is_some()
            && outer_close == self.after[close]
            && self.encloses_one_value(open, close)
    }

    fn take_out(&mut self, index: usize) {
        let (before, after) = (self.before[index], self.after[index]);
        match before {
            Some(before) => self.after[before] = after,
            None => self.first = after,
        }
        if let Some(after) = after {
            self.before[after] = before;
        }
    }

    fn text(&self, index: Option<usize>) -> Option<&str> {
        index.map(|index| self.tokens[index].text.as_str())
    }

    fn encloses_one_value(&self, open: usize, close: usize) -> bool {
        let mut next = self.after[open];
        if next == Some(close) || is_query_start(self.text(next)) {
            return false;
        }
        let mut depth = 0_usize;
        while let Some(index) = next.filter(|index| *index != close) {
            match self.tokens[index].text.as_str() {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "," | ";" if depth == 0 => return false,
                _ => {}
            }
            next = self.after[index];
        }
        true
    }

    fn encloses_token(&self, open: usize, close: usize) -> bool {
        let Some(inner) = self.after[open].filter(|inner| self.after[*inner] == Some(close)) else {
            return false;
        };
        let token = &self.tokens[inner];
        match token.kind {
            // SQLite takes `-9223372036854775808` for an integer and `-(9223372036854775808)` for a
            // real number.
            TokenKind::Number => token.text.len() < 19,
            TokenKind::String
            | TokenKind::DollarString
            | TokenKind::QuotedIdentifier
            | TokenKind::Word
            | TokenKind::Parameter => true,
            TokenKind::Whitespace
            | TokenKind::LineComment
            | TokenKind::BlockComment
            | TokenKind::Operator
            | TokenKind::Punctuation => false,
        }
    }

    fn encloses_pair(&self, open: usize, close: usize) -> bool {
        let inner = self.after[open].and_then(|inner| self.partner.get(&inner));
        inner.is_some_and(|inner_close| self.before[close] == Some(*inner_close))
    }

    /// Tells whether the parentheses stand where a value is expected, so that they cannot belong to
    /// a function call, a type, a list or a clause; and whether nothing after them reaches into them,
    /// as `.field` and `[1]` do.
    fn is_operand(&self, open: usize, close: usize) -> bool {
        if matches!(self.text(self.after[close]), Some("." | "[" | "(")) {
            return false;
        }
        let Some(before) = self.before[open] else {
            return true;
        };
        let token = &self.tokens[before];
        match token.kind {
            TokenKind::Operator => true,
            TokenKind::Punctuation => matches!(token.text.as_str(), "(" | ","),
            TokenKind::Word => matches!(
                token.text.as_str(),
                "and"
                    | "or"
                    | "not"
                    | "when"
                    | "then"
                    | "else"
                    | "where"
                    | "having"
                    | "like"
                    | "ilike"
                    | "between"
            ),
            TokenKind::Whitespace
            | TokenKind::LineComment
            | TokenKind::BlockComment
            | TokenKind::String
            | TokenKind::DollarString
            | TokenKind::QuotedIdentifier
            | TokenKind::Number
            | TokenKind::Parameter => false,
        }
    }
}

fn is_query_start(text: Option<&str>) -> bool {
    matches!(text, Some("select" | "values" | "with" | "table"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &[Dialect] = &Dialect::ALL;
    const POSTGRES: &[Dialect] = &[Dialect::Postgres];
    const SQLITE: &[Dialect] = &[Dialect::Sqlite];

    #[test]
    fn spelling_is_folded() {
        let cases = [
            (BOTH, "a  >\n0", "A>0"),
            (BOTH, "a /* c */ > 0 -- d", "a > 0;"),
            (BOTH, "\"a\" > 0", "a > 0"),
            (BOTH, "((a > 0))", "a > 0"),
            (BOTH, "(a) > (0)", "a > 0"),
            (BOTH, "((a + b)) * c", "(a + b) * c"),
            (BOTH, "f((a), (b))", "f(a, b)"),
            (BOTH, "a != 1", "a <> 1"),
            (BOTH, "x IN ((1), (2))", "x in (1, 2)"),
            (BOTH, "CURRENT_TIMESTAMP", "(current_timestamp)"),
            (BOTH, "\"é\" = 1", "é = 1"),
            (POSTGRES, "X'ff'", "x'ff'"),
            (POSTGRES, "(a)::int", "a::int"),
            (SQLITE, "\"A\" = [b]", "a = `B`"),
            (SQLITE, "\"key\" == 1", "key = 1"),
            (SQLITE, "[a b] = 1", "\"A b\" = 1"),
        ];
        for (dialects, a, b) in cases {
            for dialect in dialects {
                assert_eq!(fold(a, *dialect), fold(b, *dialect), "{dialect}");
            }
        }
    }

    #[test]
    fn meaning_is_not_folded() {
        let cases = [
            (BOTH, "(a + b) * c", "a + b * c"),
            (BOTH, "a - (b - c)", "a - b - c"),
            (BOTH, "f(a)", "f a"),
            (BOTH, "x IN (1)", "x IN 1"),
            (BOTH, "x IN ((SELECT 1))", "x IN (SELECT 1)"),
            (BOTH, "x IN ((1, 2))", "x IN (1, 2)"),
            (BOTH, "f((a, b))", "f(a, b)"),
            (BOTH, "VALUES ((1, 2))", "VALUES (1, 2)"),
            (BOTH, "'A'", "'a'"),
            (BOTH, "'a  b'", "'a b'"),
            (BOTH, "\"select\"", "select"),
            (BOTH, "\"current_time\"", "current_time"),
            (BOTH, "(SELECT 1)", "SELECT 1"),
            (BOTH, "(a, b)", "a, b"),
            (BOTH, "(a) + (b)", "a) + (b"),
            (BOTH, "a = 'b'", "a = \"b\""),
            (POSTGRES, "\"A\"", "a"),
            (POSTGRES, "x::\"char\"", "x::char"),
            (POSTGRES, "(a).b", "a.b"),
            (POSTGRES, "x = ANY ((SELECT y))", "x = ANY (SELECT y)"),
            (POSTGRES, "ARRAY((SELECT 1))", "ARRAY(SELECT 1)"),
            (POSTGRES, "numeric(5)", "numeric 5"),
            (SQLITE, "-(9223372036854775808)", "-9223372036854775808"),
        ];
        for (dialects, a, b) in cases {
            for dialect in dialects {
                assert!(!same(a, b, *dialect), "{dialect}: {a} and {b}");
            }
        }
    }

    #[test]
    fn text_that_cannot_be_cut_is_one_piece() {
        assert_eq!(fold("'a", Dialect::Sqlite), ["'a"]);
        assert_eq!(fold("", Dialect::Sqlite), [""; 0]);
        let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(fold(&deep, Dialect::Postgres), ["a"]);
    }
}
